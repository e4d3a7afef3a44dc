//! Where private keys are: a PKCS#12 file, a PKCS#11 token, a variable of a machine's environment,
//! another program, or a signing service. [`open`] gives a [`Signer`]; what is signed is decided in [`crate::sign`].
//!
//! | part | what it is |
//! |---|---|
//! | `uri` | what `--key` takes: [`KeyUri`], with the URIs of RFC 7512 |
//! | `file` | certificates and keys read from small files |
//! | `pkcs12` | looks at a PKCS#12 file before anything of it is computed |
//! | `token` | PKCS#11: one token, one certificate, one key, one PIN |
//! | `pin` | whether a PIN may be tried at all |
//! | `program` | a program that signs: for services and key stores that are not known here |
//! | `remote` | a signing service, by the Cloud Signature Consortium's API |
//! | `job` | the JSON in which signatures are asked for elsewhere |
//! | `error` | what can go wrong, in words |
//!
//! A wrong PIN is never tried again, neither here nor by whoever calls: tokens lock themselves.

use std::path::Path;

use secrecy::ExposeSecret;
use secrecy::SecretString;

use crate::diag::Words;
use crate::sign::Pkcs12;
use crate::sign::Signer;

mod error;
pub mod file;
pub mod job;
mod pin;
mod pkcs12;
mod program;
mod remote;
mod token;
mod uri;

pub use error::KeyError;
pub use remote::RemoteUri;
pub use remote::TokenAt;
pub use token::TokenUri;
pub use uri::KeyUri;

/// A key that is open, on any thread.
pub type OpenKey = Box<dyn Signer + Send + Sync>;

/// What opening a key needs from the outside, which only the caller may touch.
pub struct Means<'a> {
    /// Paths within a key's URI are relative to this.
    pub dir: &'a Path,
    /// Sign with RSASSA-PSS where the key is one of RSA.
    pub pss: bool,
    /// Use up the last try of a PIN before the token locks.
    pub last_try: bool,
    /// The signer's certificate, where the key's place does not hold it or holds several.
    pub certificate: Option<&'a [u8]>,
    /// More certificates that may lie on the path.
    pub chain: &'a [Vec<u8>],
    /// Asks for a password or PIN, once.
    pub ask: &'a dyn Fn(&Words) -> Result<SecretString, KeyError>,
    /// Tells something that cannot wait.
    pub say: &'a dyn Fn(&Words),
    /// Reads a variable of the environment.
    pub environment: &'a dyn Fn(&str) -> Option<String>,
}

/// Opens a key. A password or PIN is asked for at most once, and tried at most once.
///
/// # Errors
/// [`KeyError`].
pub fn open(uri: &KeyUri, means: &Means<'_>) -> Result<OpenKey, KeyError> {
    match uri {
        KeyUri::Pkcs12(path) => {
            let path = file::within(means.dir, path);
            let bytes = file::read(&path, file::KEY_LIMIT)?;
            // A strange file is refused before a password is typed for it.
            pkcs12::look(&bytes).map_err(|error| error.of_file(&path))?;
            let shown = path.display();
            let words = Words::new(
                format!("Mật khẩu của {shown}"),
                format!("Password of {shown}"),
            );
            let password = (means.ask)(&words)?;
            pkcs12_of(&bytes, &password, means).map_err(|error| error.of_file(&path))
        }
        KeyUri::Environment(name) => {
            let text = (means.environment)(name)
                .ok_or_else(|| KeyError::NoVariable { name: name.clone() })?;
            let bytes = job::base64_decoded(&text)
                .ok_or_else(|| KeyError::NotBase64 { name: name.clone() })?;
            pkcs12::look(&bytes)?;
            let words = Words::new(
                format!("Mật khẩu của khóa trong biến {name}"),
                format!("Password of the key in the variable {name}"),
            );
            let password = (means.ask)(&words)?;
            pkcs12_of(&bytes, &password, means)
        }
        KeyUri::Token(uri) => token::open(uri, means),
        KeyUri::Program(uri) => program::open(uri, means),
        KeyUri::Remote(uri) => remote::open(uri, means),
    }
}

/// Reads whose key it is without using the key: no PIN, nothing signed. None where that cannot be
/// known without the password (PKCS#12 encrypts its certificates too).
///
/// # Errors
/// [`KeyError`].
pub fn certificate(uri: &KeyUri, means: &Means<'_>) -> Result<Option<Vec<u8>>, KeyError> {
    if let Some(certificate) = means.certificate {
        return Ok(Some(certificate.to_vec()));
    }
    match uri {
        KeyUri::Pkcs12(_) | KeyUri::Environment(_) => Ok(None),
        KeyUri::Token(uri) => token::certificate(uri, means).map(Some),
        KeyUri::Program(uri) => program::certificate(uri, means).map(Some),
        KeyUri::Remote(uri) => remote::certificate(uri, means).map(Some),
    }
}

/// How the key's PIN stands, as far as it can be known without a try: what to tell whoever is about to
/// type it. None where nothing speaks against it, or nothing is known.
///
/// # Errors
/// [`KeyError::LastTry`], [`KeyError::Locked`], and what keeps the key from being found.
pub fn tries(uri: &KeyUri, means: &Means<'_>) -> Result<Option<Words>, KeyError> {
    match uri {
        KeyUri::Token(uri) => token::tries(uri, means),
        _ => Ok(None),
    }
}

fn pkcs12_of(
    bytes: &[u8],
    password: &SecretString,
    means: &Means<'_>,
) -> Result<OpenKey, KeyError> {
    let key = Pkcs12::open(bytes, password.expose_secret())?;
    let key = if means.pss { key.with_pss() } else { key };
    let chain = file::path_above(key.certificate(), &[key.chain(), means.chain].concat());
    Ok(Box::new(key.with_chain(chain)))
}
