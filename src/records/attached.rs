//! Files that a record keeps as they came: a kind's `dinh-kem` names the list whose items say the
//! file (`tep`, from the record's folder) and its digest (`sha256`).

use serde_json::Value;

use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Words;
use crate::diag::words::tame;
use crate::digest::Sha256;
use crate::path::RepoPath;
use crate::records::Record;
use crate::repo::Snapshot;

/// Largest file that is kept so.
pub const MAX_ATTACHED: u64 = 64 * 1024 * 1024;

/// The files that records keep; what is not as the record says is found wrong.
pub fn check(
    snapshot: &Snapshot,
    records: &[Record],
    findings: &mut Vec<Finding>,
) -> Vec<RepoPath> {
    let mut used = Vec::new();
    for record in records {
        let Some(list) = &record.kind.attached else {
            continue;
        };
        let items = record.fields.get(list).and_then(Value::as_array);
        for (index, item) in items.into_iter().flatten().enumerate() {
            let said = |key: &str| item.get(key).and_then(Value::as_str).unwrap_or_default();
            let (file, digest) = (said("tep"), said("sha256"));
            let place = record.place().field(format!("{list}[{}].tep", index + 1));
            let path = record.path().and_then(RepoPath::parent);
            let path = path.and_then(|folder| folder.join(file).ok());
            let shown = tame(file);
            let Some(path) = path.filter(|path| snapshot.contains(path)) else {
                findings.push(
                    Finding::new(
                        Code::AttachmentMissing,
                        place,
                        Words::new(
                            format!("không có tệp `{shown}`"),
                            format!("there is no file `{shown}`"),
                        ),
                    )
                    .help(Words::new(
                        "lấy lại tệp từ lịch sử git",
                        "restore it from git's history",
                    )),
                );
                continue;
            };
            match snapshot.read(&path, MAX_ATTACHED) {
                Ok(bytes) if Sha256::of(&bytes).to_string() == digest => {}
                Ok(_) => findings.push(
                    Finding::new(
                        Code::AttachmentChanged,
                        place,
                        Words::new(
                            format!("tệp `{shown}` không còn là tệp đã nhập"),
                            format!("`{shown}` is not the file that was taken in"),
                        ),
                    )
                    .help(Words::new(
                        "lấy lại tệp từ lịch sử git; không sửa sha256",
                        "restore it from git's history; do not change sha256",
                    )),
                ),
                Err(error) => findings.push(Finding::new(Code::FileTooLarge, place, error.words())),
            }
            used.push(path);
        }
    }
    used
}
