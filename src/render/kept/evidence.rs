//! What lies beside the signatures and speaks for or against them: the roots of time-stamps
//! (`signatures/tsa/*.pem`), and lists of revoked certificates and OCSP answers under the first 16
//! hex digits of their SHA-256 (`signatures/revocation/<16 hex>.crl|.ocsp`).

use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Place;
use crate::diag::Words;
use crate::digest::Sha256;
use crate::path::RepoPath;
use crate::render::kept;
use crate::repo::Snapshot;
use crate::sign::Evidence;
use crate::sign::TrustStore;

/// Where the roots of time-stamps lie.
pub const STAMPERS: &str = "signatures/tsa";
/// Where revocation data lies.
pub const REVOCATION: &str = "signatures/revocation";

/// Largest file of anchors.
const MAX_ANCHOR: u64 = 256 * 1024;
/// Largest piece of revocation data: that of a whole country has some MiB.
pub const MAX_EVIDENCE: u64 = 32 * 1024 * 1024;

/// What a piece of revocation data is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A CRL (RFC 5280 §5).
    Crl,
    /// An OCSP response (RFC 6960 §4.2).
    Ocsp,
}

/// Where a piece of revocation data is kept.
pub fn place(kind: Kind, bytes: &[u8]) -> String {
    let ending = match kind {
        Kind::Crl => "crl",
        Kind::Ocsp => "ocsp",
    };
    format!("{REVOCATION}/{}.{ending}", Sha256::of(bytes).short())
}

/// Reads all of it into the store.
pub(super) fn read(snapshot: &Snapshot, store: &mut TrustStore, findings: &mut Vec<Finding>) {
    let mut refuse = |path: &RepoPath, words: Words| {
        findings.push(Finding::new(
            Code::SignatureMisplaced,
            Place::file(path),
            words,
        ));
    };
    for entry in snapshot.under(&format!("{STAMPERS}/")) {
        let path = &entry.path;
        let Some(list) = path.file_name().strip_suffix(".pem") else {
            refuse(path, kept::misplaced(path).message);
            continue;
        };
        let added = match snapshot.read(path, MAX_ANCHOR) {
            Ok(bytes) => store.add_stampers(list, &bytes).map_err(|e| e.words()),
            Err(error) => Err(error.words()),
        };
        if let Err(words) = added {
            refuse(path, words);
        }
    }
    for (path, read) in pieces(snapshot) {
        let added = read.and_then(|(kind, bytes)| {
            let read = match kind {
                Kind::Crl => Evidence::crl(&bytes),
                Kind::Ocsp => Evidence::ocsp(&bytes),
            };
            read.and_then(|piece| store.add_evidence(piece))
                .map_err(|error| error.words())
        });
        if let Err(words) = added {
            refuse(path, words);
        }
    }
}

/// The revocation data of a revision that lies as it should, by path.
pub fn files(snapshot: &Snapshot) -> Vec<(Kind, Vec<u8>)> {
    let sound = pieces(snapshot).into_iter();
    sound.filter_map(|(_, read)| read.ok()).collect()
}

/// What lies in the folder, or why it is not taken.
type Piece<'a> = (&'a RepoPath, Result<(Kind, Vec<u8>), Words>);

fn pieces(snapshot: &Snapshot) -> Vec<Piece<'_>> {
    let folder = format!("{REVOCATION}/");
    let read = |path: &RepoPath| {
        let kind = match path.extension() {
            Some("crl") => Kind::Crl,
            Some("ocsp") => Kind::Ocsp,
            _ => return Err(kept::misplaced(path).message),
        };
        let bytes = snapshot.read(path, MAX_EVIDENCE);
        let bytes = bytes.map_err(|error| error.words())?;
        // The name is not what counts, but a name that lies would be a way to hide something.
        match place(kind, &bytes) == path.as_str() {
            true => Ok((kind, bytes)),
            false => Err(Words::new(
                "tên tệp không phải 16 số đầu SHA-256 của nội dung",
                "the name is not the first 16 digits of the content's SHA-256",
            )),
        }
    };
    let entries = snapshot.under(&folder);
    entries
        .map(|entry| (&entry.path, read(&entry.path)))
        .collect()
}
