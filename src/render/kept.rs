//! The forms that were signed: `signatures/<record id>/<16 hex>/form.pdf` and the `.p7s` files
//! beside it. Their bytes are people's legal records; nothing here writes.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;

use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Place;
use crate::diag::Words;
use crate::digest::Sha256;
use crate::path::RepoPath;
use crate::records::dates;
use crate::records::id::RecordId;
use crate::records::school::School;
use crate::render::attached;
use crate::repo::Snapshot;
use crate::sign;
use crate::sign::Act;
use crate::sign::Answer;
use crate::sign::Examined;
use crate::sign::Statement;
use crate::sign::TrustStore;
use crate::spool::Blob;
use crate::spool::Spool;

pub mod evidence;

/// Largest kept form.
const MAX_FORM: u64 = 64 * 1024 * 1024;
/// Largest file of anchors.
const MAX_ANCHOR: u64 = 256 * 1024;
/// Largest signature file: certificates and, later, revocation data.
const MAX_SIGNATURE: u64 = 4 * 1024 * 1024;

/// Whom the school trusts, and as of when.
#[derive(Clone, Copy)]
pub struct Trust<'a> {
    /// The school, whose people sign.
    pub school: &'a School,
    /// Whom and what it trusts.
    pub store: &'a TrustStore,
    /// The instant.
    pub at: Timestamp,
}

/// One signed version of a record's form. An archive holds more of them than memory: there, `Pdf` is a [`Blob`].
#[derive(Clone, Debug)]
pub struct Version<Pdf = Arc<[u8]>> {
    /// Its folder.
    pub folder: RepoPath,
    /// The bytes of `form.pdf`.
    pub pdf: Pdf,
    /// Their digest.
    pub digest: Sha256,
    /// The digest of the source attached inside. None when there is none, and when no signature
    /// stands over the file: what nobody vouches for is not even opened.
    pub source: Option<Sha256>,
    /// How many people's signatures by themselves stand over it: intact, valid, trusted, and for
    /// this record.
    pub standing: usize,
    /// The signatures beside it, by file name.
    pub signatures: Vec<SignatureFile>,
}

impl Version {
    /// The same version with its bytes in a spool.
    pub fn spooled(self, spool: &Spool) -> Version<Blob> {
        Version {
            pdf: spool.put(&self.pdf),
            folder: self.folder,
            digest: self.digest,
            source: self.source,
            standing: self.standing,
            signatures: self.signatures,
        }
    }
}

/// A `.p7s` file, examined.
#[derive(Clone, Debug)]
pub struct SignatureFile {
    /// Where it is. Its name is `<step>-<signer>.p7s`; what counts is the statement inside.
    pub path: RepoPath,
    /// The bytes.
    pub bytes: Arc<[u8]>,
    /// Their digest.
    pub digest: Sha256,
    /// The digest of what nothing may be added to: it names the signature through all its levels.
    pub core: Sha256,
    /// What `sign` says of it, over the form beside it.
    pub examined: Arc<Examined>,
}

impl SignatureFile {
    /// A file of `bytes` at `path`, beside a form.
    pub fn beside(form: &[u8], path: RepoPath, bytes: Vec<u8>, trust: Trust<'_>) -> Self {
        Self {
            examined: Arc::new(sign::verify(form, &bytes, trust.store, trust.at)),
            path,
            digest: Sha256::of(&bytes),
            core: sign::core_digest(&bytes),
            bytes: bytes.into(),
        }
    }
}

/// The folder of a version within the repository.
pub fn folder(id: &RecordId, form: &Sha256) -> String {
    format!("signatures/{id}/{}", form.short())
}

/// The file name of a signature; the seal's signer is `dau`.
pub fn file_name(step: &str, signer: &str) -> String {
    format!("{step}-{signer}.p7s")
}

/// The file name of an act other than a signature; `number` counts from 1.
pub fn act_name(act: Act, signer: &str, number: usize) -> String {
    format!("{}-{signer}-{number}.p7s", act.code())
}

/// Whether a file has the name that its statement calls for.
pub fn is_named_after(name: &str, statement: &Statement) -> bool {
    if statement.act == Act::Sign {
        return name == file_name(&statement.step, &statement.signer);
    }
    let prefix = format!("{}-{}-", statement.act.code(), statement.signer);
    let number = name
        .strip_prefix(&prefix)
        .and_then(|rest| rest.strip_suffix(".p7s"));
    number.is_some_and(|n| n.parse::<u16>().is_ok_and(|n| n > 0) && !n.starts_with(['0', '+']))
}

/// Every signed version of a record, by folder name.
pub fn versions(
    snapshot: &Snapshot,
    id: &RecordId,
    trust: Trust<'_>,
    findings: &mut Vec<Finding>,
) -> Vec<Version> {
    let prefix = format!("signatures/{id}/");
    let mut folders: Vec<RepoPath> = snapshot
        .under(&prefix)
        .filter_map(|entry| entry.path.parent())
        .collect();
    folders.dedup();
    folders
        .into_iter()
        .filter_map(|folder| version(snapshot, id, folder, trust, findings))
        .collect()
}

/// The version that the record's current source is inside of, and the others. The one with the most
/// signatures that stand is the record's form; files that anybody can put there do not count.
pub fn current(mut versions: Vec<Version>, source: &Sha256) -> (Option<Version>, Vec<Version>) {
    let best = versions
        .iter()
        .enumerate()
        .filter(|(_, v)| v.source.as_ref() == Some(source))
        .max_by(|(_, a), (_, b)| {
            a.standing
                .cmp(&b.standing)
                .then_with(|| b.folder.cmp(&a.folder))
        })
        .map(|(index, _)| index);
    let current = best.map(|index| versions.remove(index));
    (current, versions)
}

/// Reads whom and what a revision trusts: `signatures/anchors/*.pem` and `signatures/tsa/*.pem`, and
/// the evidence in `signatures/revocation/<16 hex>.{crl,ocsp}`. The files of the anchors for signers
/// come along.
pub fn anchors(
    snapshot: &Snapshot,
    findings: &mut Vec<Finding>,
) -> (TrustStore, Vec<(RepoPath, Vec<u8>)>) {
    let mut store = TrustStore::default();
    let files = pem_files(snapshot, "signatures/anchors/", findings);
    for (path, bytes) in &files {
        if let Err(fault) = store.add_signers(&list(path), bytes) {
            findings.push(unfit(path, fault.words()));
        }
    }
    for (path, bytes) in pem_files(snapshot, "signatures/tsa/", findings) {
        if let Err(fault) = store.add_stampers(&list(&path), &bytes) {
            findings.push(unfit(&path, fault.words()));
        }
    }
    for entry in snapshot.under("signatures/revocation/") {
        evidence(snapshot, &entry.path, &mut store, findings);
    }
    (store, files)
}

fn pem_files(
    snapshot: &Snapshot,
    folder: &str,
    findings: &mut Vec<Finding>,
) -> Vec<(RepoPath, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in snapshot.under(folder) {
        match snapshot.read(&entry.path, MAX_ANCHOR) {
            Ok(bytes) if entry.path.as_str().ends_with(".pem") => {
                files.push((entry.path.clone(), bytes))
            }
            Ok(_) => findings.push(misplaced(&entry.path)),
            Err(error) => findings.push(unfit(&entry.path, error.words())),
        }
    }
    files
}

/// Takes a CRL or an OCSP response into the store. Its name is the start of its digest, so that a
/// changed one shows.
fn evidence(
    snapshot: &Snapshot,
    path: &RepoPath,
    store: &mut TrustStore,
    findings: &mut Vec<Finding>,
) {
    let name = path.file_name();
    let (stem, is_crl) = match (name.strip_suffix(".crl"), name.strip_suffix(".ocsp")) {
        (Some(stem), _) => (stem, true),
        (_, Some(stem)) => (stem, false),
        (None, None) => return findings.push(misplaced(path)),
    };
    let bytes = match snapshot.read(path, sign::CRL_LIMIT as u64) {
        Ok(bytes) => bytes,
        Err(error) => return findings.push(unfit(path, error.words())),
    };
    if Sha256::of(&bytes).short() != stem {
        return findings.push(misplaced(path));
    }
    let added = match is_crl {
        true => store.add_crl(&bytes),
        false => store.add_ocsp(&bytes),
    };
    if let Err(fault) = added {
        findings.push(unfit(path, fault.words()));
    }
}

fn unfit(path: &RepoPath, words: Words) -> Finding {
    Finding::new(Code::SignatureMisplaced, Place::file(path), words)
}

/// The name of a list of anchors: that of its file.
fn list(path: &RepoPath) -> String {
    path.file_name().trim_end_matches(".pem").to_owned()
}

fn version(
    snapshot: &Snapshot,
    id: &RecordId,
    folder: RepoPath,
    trust: Trust<'_>,
    findings: &mut Vec<Finding>,
) -> Option<Version> {
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
    let files = snapshot.under(folder.as_str());
    let signatures: Vec<SignatureFile> = files
        .filter_map(|entry| {
            let bytes = signature(snapshot, &entry.path, findings)?;
            Some(SignatureFile::beside(
                &pdf,
                entry.path.clone(),
                bytes,
                trust,
            ))
        })
        .collect();
    // By person: whoever signs the same form many times is still one who signed.
    let signers: BTreeSet<String> = signatures
        .iter()
        .filter_map(|file| signer(id, file, trust.school))
        .collect();
    let standing = signers.len();
    let source = if standing > 0 {
        attached::source(&pdf)
    } else {
        None
    };
    Some(Version {
        source: source.map(|bytes| Sha256::of(&bytes)),
        pdf: pdf.into(),
        digest,
        folder,
        signatures,
        standing,
    })
}

/// Who by the roster stands behind a signature over a form of this record: a stranger's certificate
/// may be as good as a teacher's.
fn signer(id: &RecordId, file: &SignatureFile, school: &School) -> Option<String> {
    let examined = &file.examined;
    let sound = [examined.intact(), examined.valid()] == [Answer::Yes; 2];
    let statement = examined.statement()?;
    let named = is_named_after(file.path.file_name(), statement);
    let own = statement.act == Act::Sign && named && statement.subject == id.as_str();
    let (certificate, day) = (
        examined.certificate()?,
        dates::day(examined.signing_time()?),
    );
    let known = match school.owner(&certificate.sha256, day) {
        Some(person) => person.id == statement.signer,
        None => school.is_seal(&certificate.sha256, day),
    };
    let stands = sound && own && known && examined.trusted() != Answer::No;
    stands.then(|| statement.signer.clone())
}

/// The bytes of a file that may be a signature.
fn signature(snapshot: &Snapshot, path: &RepoPath, findings: &mut Vec<Finding>) -> Option<Vec<u8>> {
    let name = path.file_name();
    if name == "form.pdf" {
        return None;
    }
    // Pages show commands with this name in them, to be copied into a shell.
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if !name
        .strip_suffix(".p7s")
        .is_some_and(|stem| stem.bytes().all(plain))
    {
        findings.push(misplaced(path));
        return None;
    }
    match snapshot.read(path, MAX_SIGNATURE) {
        Ok(bytes) => Some(bytes),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_a_shell_would_run_is_no_signature() {
        let folder = "signatures/2024-2025/mg-5a/giao-an/2024-09-09/0123456789abcdef";
        let names = [
            "soan-a.p7s",
            "$(id).p7s",
            "a b.p7s",
            "a;b.p7s",
            "a.p7s.sh",
            "a'.p7s",
        ];
        let paths = names.map(|name| format!("{folder}/{name}"));
        let files = paths
            .each_ref()
            .map(|path| (path.as_str(), b"x".as_slice()));
        let snapshot = Snapshot::of_files(files);
        let mut findings = Vec::new();
        let taken: Vec<bool> = paths
            .iter()
            .map(|path| RepoPath::parse(path).expect("a path"))
            .map(|path| signature(&snapshot, &path, &mut findings).is_some())
            .collect();
        assert_eq!(taken, [true, false, false, false, false, false]);
        assert_eq!(findings.len(), 5);
    }

    #[test]
    fn anchors_and_evidence_are_read_each_from_its_folder() {
        let root = include_bytes!("../../tests/fixtures/sign/root.pem").as_slice();
        let crl =
            include_bytes!("../../tests/fixtures/pkits/crls/TrustAnchorRootCRL.crl").as_slice();
        let named = |ending| format!("signatures/revocation/{}.{ending}", Sha256::of(crl).short());
        let (right, as_ocsp, text) = (named("crl"), named("ocsp"), named("txt"));
        let snapshot = Snapshot::of_files([
            ("signatures/anchors/goc.pem", root),
            ("signatures/tsa/thoi-gian.pem", root),
            ("signatures/tsa/thoi-gian.txt", root),
            (right.as_str(), crl),
            (as_ocsp.as_str(), crl),
            (text.as_str(), crl),
            ("signatures/revocation/0123456789abcdef.crl", crl),
        ]);
        let mut findings = Vec::new();
        let (store, files) = anchors(&snapshot, &mut findings);
        assert_eq!(store.signers()[0].name(), "goc");
        assert_eq!(store.stampers()[0].name(), "thoi-gian");
        assert_eq!((store.facts().count(), files.len()), (1, 1));
        assert_eq!(store.evidence().count(), 1);
        let mut places: Vec<_> = findings.iter().map(|one| one.place.file.clone()).collect();
        places.sort();
        let other = "signatures/revocation/0123456789abcdef.crl".to_owned();
        let stray = "signatures/tsa/thoi-gian.txt".to_owned();
        let mut wrong = [other, as_ocsp, text, stray];
        wrong.sort();
        assert_eq!(places, wrong);
    }
}
