//! Small files of the user that are no part of a repository: keys, certificates, secrets.

#![expect(
    clippy::disallowed_methods,
    reason = "keys and certificates of the user are not part of the repository"
)]

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;

use der::Decode;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use secrecy::SecretString;
use secrecy::zeroize::Zeroize;
use x509_cert::ext::pkix::BasicConstraints;

use crate::keys::KeyError;
use crate::sign::CertificateFacts;

/// The most that is read as a key file; one with key and path has 10 kB. One byte more than the
/// core takes would already be refused there.
pub const KEY_LIMIT: u64 = 1024 * 1024;
/// The most that is read as a file of certificates.
const CERTIFICATES_LIMIT: u64 = 256 * 1024;
/// The longest path that is looked for above a certificate.
const LONGEST_PATH: usize = 8;

/// Reads a file whole.
///
/// # Errors
/// [`KeyError::Read`] if it cannot be read or has more than `limit` bytes.
pub fn read(path: &Path, limit: u64) -> Result<Vec<u8>, KeyError> {
    let failed = |reason: String| KeyError::Read {
        path: path.display().to_string(),
        reason,
    };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| failed(error.to_string()))?;
    file.take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| failed(error.to_string()))?;
    match u64::try_from(bytes.len()) {
        Ok(size) if size <= limit => Ok(bytes),
        _ => Err(failed(format!("> {limit} byte"))),
    }
}

/// A password or PIN: the first line of a file.
///
/// # Errors
/// [`KeyError::Read`].
pub fn secret(path: &Path) -> Result<SecretString, KeyError> {
    const LONGEST: u64 = 4096;
    let mut bytes = read(path, LONGEST)?;
    let first = bytes
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    let first = first.strip_suffix(b"\r").unwrap_or(first);
    let secret = SecretString::from(String::from_utf8_lossy(first).as_ref());
    bytes.zeroize();
    Ok(secret)
}

/// A path that was given, as seen from `dir`.
pub fn within(dir: &Path, path: &Path) -> PathBuf {
    if dir == Path::new(".") {
        path.to_owned()
    } else {
        dir.join(path)
    }
}

/// The same for what is run or loaded: a bare name would be looked for on the system's search path.
pub fn beside(dir: &Path, path: &Path) -> PathBuf {
    let path = within(dir, path);
    match path.parent() {
        Some(parent) if parent == Path::new("") => Path::new(".").join(path),
        _ => path,
    }
}

/// Reads every certificate of a file: PEM (any number) or one in DER.
///
/// # Errors
/// [`KeyError`] if there is none, or something that is none.
pub fn certificates(path: &Path) -> Result<Vec<Vec<u8>>, KeyError> {
    let bytes = read(path, CERTIFICATES_LIMIT)?;
    let failed = |reason: String| KeyError::CertificateFile {
        path: path.display().to_string(),
        reason,
    };
    let found = certificates_of(&bytes).map_err(failed)?;
    for der in &found {
        CertificateFacts::of(der).map_err(|error| KeyError::from(error).of_file(path))?;
    }
    match found.is_empty() {
        true => Err(failed("PEM: 0".to_owned())),
        false => Ok(found),
    }
}

/// The certificates in some bytes, unread.
///
/// # Errors
/// What the PEM decoder says.
pub fn certificates_of(bytes: &[u8]) -> Result<Vec<Vec<u8>>, String> {
    const PEM_START: &[u8] = b"-----BEGIN";
    if !bytes.windows(PEM_START.len()).any(|w| w == PEM_START) {
        return Ok(vec![bytes.to_vec()]);
    }
    CertificateDer::pem_slice_iter(bytes)
        .map(|one| one.map(|der| der.to_vec()).map_err(|e| e.to_string()))
        .collect()
}

/// Those of `pool` that lie above `leaf`, nearest first, by the names of issuers; the root too.
/// What is on a token beside a certificate need not belong to it.
pub fn path_above(leaf: &[u8], pool: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let read = |der: &[u8]| {
        CertificateFacts::of(der).ok()?;
        x509_cert::Certificate::from_der(der).ok()
    };
    let mut path: Vec<Vec<u8>> = Vec::new();
    let Some(mut below) = read(leaf) else {
        return path;
    };
    let pool: Vec<_> = pool
        .iter()
        .filter_map(|der| Some((der, read(der)?)))
        .collect();
    while path.len() < LONGEST_PATH {
        let issuer = below.tbs_certificate().issuer();
        let next = pool.iter().find(|(der, certificate)| {
            certificate.tbs_certificate().subject() == issuer
                && der.as_slice() != leaf
                && !path.contains(der)
        });
        let Some((der, certificate)) = next else {
            break;
        };
        path.push((*der).clone());
        below = certificate.clone();
    }
    path
}

/// Whether a certificate is one of an authority (RFC 5280 §4.2.1.9).
pub fn is_authority(der: &[u8]) -> bool {
    let constraints = || -> Option<BasicConstraints> {
        CertificateFacts::of(der).ok()?;
        let certificate = x509_cert::Certificate::from_der(der).ok()?;
        let (_, constraints) = certificate.tbs_certificate().get_extension().ok()??;
        Some(constraints)
    };
    constraints().is_some_and(|constraints| constraints.ca)
}
