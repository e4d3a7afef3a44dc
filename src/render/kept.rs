//! The forms that were signed: `signatures/<record id>/<16 hex>/form.pdf` and the `.p7s` files
//! beside it. Their bytes are people's legal records; nothing here writes.

use std::sync::Arc;

use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Place;
use crate::diag::Words;
use crate::digest::Sha256;
use crate::path::RepoPath;
use crate::records::id::RecordId;
use crate::render::attached;
use crate::repo::Snapshot;

/// Largest kept form.
const MAX_FORM: u64 = 64 * 1024 * 1024;
/// Largest signature file: certificates and, later, revocation data.
const MAX_SIGNATURE: u64 = 1024 * 1024;

/// One signed version of a record's form.
#[derive(Clone, Debug)]
pub struct Version {
    /// Its folder.
    pub folder: RepoPath,
    /// The bytes of `form.pdf`.
    pub pdf: Arc<[u8]>,
    /// Their digest.
    pub digest: Sha256,
    /// The digest of the source attached inside; none when the file carries none.
    pub source: Option<Sha256>,
    /// The signatures beside it, by file name.
    pub signatures: Vec<SignatureFile>,
}

/// A `.p7s` file.
#[derive(Clone, Debug)]
pub struct SignatureFile {
    /// Where it is. Its name is `<step>-<signer>.p7s`; what counts is the statement inside.
    pub path: RepoPath,
    /// The bytes.
    pub bytes: Arc<[u8]>,
    /// Their digest.
    pub digest: Sha256,
}

/// The folder of a version within the repository.
pub fn folder(id: &RecordId, form: &Sha256) -> String {
    format!("signatures/{id}/{}", form.short())
}

/// The file name of a signature; the seal's signer is `dau`.
pub fn file_name(step: &str, signer: &str) -> String {
    format!("{step}-{signer}.p7s")
}

/// Every signed version of a record, by folder name.
pub fn versions(snapshot: &Snapshot, id: &RecordId, findings: &mut Vec<Finding>) -> Vec<Version> {
    let prefix = format!("signatures/{id}/");
    let mut folders: Vec<RepoPath> = snapshot
        .under(&prefix)
        .filter_map(|entry| entry.path.parent())
        .collect();
    folders.dedup();
    folders
        .into_iter()
        .filter_map(|folder| version(snapshot, folder, findings))
        .collect()
}

/// The version that the record's current source is inside of, and the others. Only a version that
/// somebody signed counts: an unsigned file proves nothing.
pub fn current(versions: Vec<Version>, source: &Sha256) -> (Option<Version>, Vec<Version>) {
    let best = versions
        .iter()
        .enumerate()
        .filter(|(_, v)| v.source.as_ref() == Some(source) && !v.signatures.is_empty())
        .max_by(|(_, a), (_, b)| {
            a.signatures
                .len()
                .cmp(&b.signatures.len())
                .then_with(|| b.folder.cmp(&a.folder))
        })
        .map(|(index, _)| index);
    let mut versions = versions;
    let current = best.map(|index| versions.remove(index));
    (current, versions)
}

fn version(snapshot: &Snapshot, folder: RepoPath, findings: &mut Vec<Finding>) -> Option<Version> {
    let place = Place::raw(format!("{folder}/form.pdf"));
    let form = folder
        .join("form.pdf")
        .ok()
        .filter(|path| snapshot.contains(path));
    let Some(form) = form else {
        findings.push(
            Finding::new(
                Code::SignatureFormChanged,
                place,
                Words::new(
                    "thiếu form.pdf mà các chữ ký này ký lên",
                    "the form.pdf that these signatures are over is missing",
                ),
            )
            .help(Words::new(
                "lấy lại tệp từ lịch sử git",
                "restore the file from git's history",
            )),
        );
        return None;
    };
    let pdf = match snapshot.read(&form, MAX_FORM) {
        Ok(bytes) => bytes,
        Err(error) => {
            findings.push(Finding::new(
                Code::SignatureFormChanged,
                place,
                error.words(),
            ));
            return None;
        }
    };
    let digest = Sha256::of(&pdf);
    if folder.file_name() != digest.short() {
        findings.push(
            Finding::new(
                Code::SignatureFormChanged,
                place,
                Words::new(
                    format!(
                        "form.pdf đã bị thay đổi: SHA-256 bắt đầu bằng {}, thư mục tên {}",
                        digest.short(),
                        folder.file_name()
                    ),
                    format!(
                        "form.pdf was changed: its SHA-256 starts {}, its folder is named {}",
                        digest.short(),
                        folder.file_name()
                    ),
                ),
            )
            .help(Words::new(
                "lấy lại tệp gốc từ lịch sử git",
                "restore the original from git's history",
            )),
        );
    }
    let signatures = snapshot
        .under(&format!("{folder}/"))
        .filter_map(|entry| signature(snapshot, &entry.path, findings))
        .collect();
    Some(Version {
        source: attached::source(&pdf).map(|bytes| Sha256::of(&bytes)),
        pdf: pdf.into(),
        digest,
        folder,
        signatures,
    })
}

fn signature(
    snapshot: &Snapshot,
    path: &RepoPath,
    findings: &mut Vec<Finding>,
) -> Option<SignatureFile> {
    let name = path.file_name();
    if name == "form.pdf" {
        return None;
    }
    if !name.ends_with(".p7s") {
        findings.push(misplaced(path));
        return None;
    }
    match snapshot.read(path, MAX_SIGNATURE) {
        Ok(bytes) => Some(SignatureFile {
            path: path.clone(),
            digest: Sha256::of(&bytes),
            bytes: bytes.into(),
        }),
        Err(error) => {
            findings.push(Finding::new(
                Code::SignatureMisplaced,
                Place::file(path),
                error.words(),
            ));
            None
        }
    }
}

/// The finding that a file under `signatures/` is not where or what it should be.
pub fn misplaced(path: &RepoPath) -> Finding {
    Finding::new(
        Code::SignatureMisplaced,
        Place::file(path),
        Words::new(
            "tệp này không phải chữ ký của hồ sơ nào",
            "this file is no signature of any record",
        ),
    )
    .help(Words::new(
        "chữ ký có tên <bước>-<người>.p7s, nằm cạnh form.pdf; do `hoso sign` tạo ra",
        "a signature is named <step>-<person>.p7s, beside its form.pdf; `hoso sign` makes it",
    ))
}
