//! Where things lie: names that every file system keeps apart, and files in their places.

use std::collections::BTreeMap;

use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Place;
use crate::diag::Words;
use crate::diag::words::tame;
use crate::path::RepoPath;
use crate::records::school::SCHOOL_FILE;
use crate::repo::Snapshot;

/// Everything wrong with the names of a revision: what is no plain file, what is not NFC, and names
/// that some file system would take for one.
pub fn names(snapshot: &Snapshot) -> Vec<Finding> {
    let mut findings: Vec<Finding> = snapshot
        .refused()
        .iter()
        .map(|refused| {
            Finding::new(
                Code::FileRefused,
                Place::raw(tame(&refused.raw)),
                refused.reason.words(),
            )
            .help(Words::new(
                "xóa khỏi kho, hoặc thay bằng tệp thường có tên hợp lệ",
                "remove it, or put a plain file with a sound name in its place",
            ))
        })
        .collect();
    let mut folded: BTreeMap<String, &RepoPath> = BTreeMap::new();
    for entry in snapshot.entries() {
        let path = &entry.path;
        if !path.is_nfc() {
            findings.push(
                Finding::new(
                    Code::FileNameNotNfc,
                    Place::file(path),
                    Words::new(
                        "tên tệp không ở dạng Unicode NFC (thường do máy Mac)",
                        "the name is not in Unicode form NFC (often from a Mac)",
                    ),
                )
                .help(Words::new(
                    "đổi tên tệp, gõ lại chữ có dấu",
                    "rename the file, typing the marked letters again",
                )),
            );
        }
        if let Some(first) = folded.insert(path.collision_key(), path) {
            let other = tame(first.as_str());
            findings.push(
                Finding::new(
                    Code::FileNameClash,
                    Place::file(path),
                    Words::new(
                        format!("trùng tên với `{other}` trên nhiều hệ điều hành"),
                        format!("many systems take this name and `{other}` for one"),
                    ),
                )
                .help(Words::new(
                    "đổi tên một trong hai tệp",
                    "rename one of the two files",
                )),
            );
        }
    }
    findings
}

/// The files that are records, in byte order; files that lie nowhere are found wrong.
pub fn record_files<'a>(snapshot: &'a Snapshot, findings: &mut Vec<Finding>) -> Vec<&'a RepoPath> {
    let mut records = Vec::new();
    for entry in snapshot.under("content/") {
        let path = &entry.path;
        if path.as_str() == SCHOOL_FILE {
            continue;
        }
        let depth = path.segments().count();
        let is_record = path.as_str().ends_with(".md");
        match (is_record, depth) {
            (true, 5) => records.push(path),
            // Photos and tables beside the records of a kind.
            (false, 5..) => {}
            _ => findings.push(
                Finding::new(
                    Code::FileMisplaced,
                    Place::file(path),
                    Words::new("tệp không nằm ở chỗ của hồ sơ nào", "the file lies where no record can be"),
                )
                .help(Words::new(
                    "hồ sơ nằm ở content/<năm học>/<đơn vị>/<loại>/<tên>.md, ảnh nằm cùng thư mục với hồ sơ",
                    "a record lies at content/<year>/<unit>/<kind>/<name>.md, its pictures in the same folder",
                )),
            ),
        }
    }
    records
}
