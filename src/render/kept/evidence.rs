//! Lists of revoked certificates and OCSP answers as files: under the first 16 hex digits of their
//! SHA-256, `signatures/revocation/<16 hex>.crl|.ocsp`.

use crate::digest::Sha256;
use crate::path::RepoPath;
use crate::repo::Snapshot;

/// Where revocation data lies.
pub const REVOCATION: &str = "signatures/revocation";

/// Largest piece of revocation data: that of a whole country has some MiB.
const MAX_EVIDENCE: u64 = 32 * 1024 * 1024;

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

/// The revocation data of a revision that lies as it should.
pub fn files(snapshot: &Snapshot) -> Vec<(Kind, Vec<u8>)> {
    let folder = format!("{REVOCATION}/");
    let entries = snapshot.under(&folder);
    let read = |path: &RepoPath| {
        let kind = match path.extension()? {
            "crl" => Kind::Crl,
            "ocsp" => Kind::Ocsp,
            _ => return None,
        };
        let bytes = snapshot.read(path, MAX_EVIDENCE).ok()?;
        (place(kind, &bytes) == path.as_str()).then_some((kind, bytes))
    };
    entries.filter_map(|entry| read(&entry.path)).collect()
}
