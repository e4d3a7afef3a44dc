//! Where things lie: names that every file system keeps apart, and files in their places.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Place;
use crate::diag::Words;
use crate::diag::words::tame;
use crate::path::RepoPath;
use crate::records::school::SCHOOL_FILE;
use crate::records::school::pictures::is_picture;
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

/// What may lie beside records: photos, tables and letters. What a browser would run or show as a
/// page of the archive (HTML, SVG, scripts) is not among them.
const BESIDE: [&str; 11] = [
    "csv", "docx", "jpeg", "jpg", "odp", "ods", "odt", "pdf", "png", "txt", "xlsx",
];

fn is_passive(path: &RepoPath) -> bool {
    let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
    BESIDE.contains(&ending.as_str())
}

fn active(path: &RepoPath) -> Finding {
    let all = BESIDE.join(", ");
    Finding::new(
        Code::FileRefused,
        Place::file(path),
        Words::new(
            "loại tệp này không được để cạnh hồ sơ",
            "a file of this kind may not lie beside records",
        ),
    )
    .help(Words::new(
        format!("chỉ nhận: {all}; xóa tệp hoặc đổi sang một dạng đó"),
        format!("taken are {all}; remove it or convert it"),
    ))
}

/// The files that are records, in byte order; files that lie nowhere are found wrong.
pub fn record_files<'a>(snapshot: &'a Snapshot, findings: &mut Vec<Finding>) -> Vec<&'a RepoPath> {
    let mut records = Vec::new();
    for entry in snapshot.under("content/") {
        let path = &entry.path;
        if path.as_str() == SCHOOL_FILE || is_picture(path) {
            continue;
        }
        let depth = path.segments().count();
        let is_record = path.as_str().ends_with(".md");
        match (is_record, depth) {
            (true, 5) => records.push(path),
            (false, 5..) if is_passive(path) => {}
            (false, 5..) => findings.push(active(path)),
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

/// Files beside the records that no record uses: a Word file put there by mistake, a record with
/// another ending, a picture that was forgotten.
pub fn unused<'a>(snapshot: &Snapshot, used: impl Iterator<Item = &'a RepoPath>) -> Vec<Finding> {
    let used: BTreeSet<&RepoPath> = used.collect();
    let beside = |path: &RepoPath| path.segments().count() >= 5 && !path.as_str().ends_with(".md");
    let finding = |path: &RepoPath| {
        Finding::new(
            Code::FileUnused,
            Place::file(path),
            Words::new("không hồ sơ nào dùng tệp này", "no record uses this file"),
        )
        .help(Words::new(
            "hồ sơ là tệp .md; ảnh thì đưa vào hồ sơ bằng `![mô tả](tên tệp)`; tệp thừa thì xóa",
            "a record is an .md file; a picture is used by `![what it shows](name)`; remove what is not needed",
        ))
    };
    let paths = snapshot.under("content/").map(|entry| &entry.path);
    paths
        .filter(|path| beside(path) && !used.contains(path))
        .map(finding)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_browser_would_run_is_not_taken() {
        let names = ["a.png", "a.JPG", "a.html", "a.svg", "a.js", "a", "a.md"];
        let paths = names.map(|name| format!("content/2024-2025/mg-5a/giao-an/{name}"));
        let snapshot = Snapshot::of_files(
            paths
                .each_ref()
                .map(|path| (path.as_str(), b"x".as_slice())),
        );
        let mut findings = Vec::new();
        assert_eq!(record_files(&snapshot, &mut findings).len(), 1);
        let mut refused: Vec<&str> = findings.iter().map(|f| f.place.file.as_str()).collect();
        refused.sort_unstable();
        assert_eq!(refused, [&paths[5], &paths[2], &paths[4], &paths[3]]);
    }
}
