//! Who can sign: a key and its certificates, wherever the key lives.
//!
//! A [`Signer`] signs bytes and nothing else; what the bytes are is decided in
//! [`sign`](crate::sign::sign). Open it once (a PIN, a password) and sign any number of files with it.

use std::fmt;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature as lc;
use aws_lc_rs::signature::KeyPair as _;
use der::asn1::UintRef;
use der::{Encode, Sequence};
use p12_keystore::{KeyStore, KeyStoreEntry};
use thiserror::Error;

use crate::diag::Words;
use crate::sign::algorithm::Key;
use crate::sign::algorithm::KeyKind;
use crate::sign::algorithm::Scheme;
use crate::sign::certificate::Certificate;
use crate::sign::certificate::CertificateError;

/// Makes raw signatures with one key.
pub trait Signer {
    /// Returns the signer's certificate in DER.
    fn certificate(&self) -> &[u8];

    /// Returns the certificates above it in DER, in any order; a root may be among them.
    fn chain(&self) -> &[Vec<u8>];

    /// Returns the algorithm that [`Signer::sign`] uses.
    fn scheme(&self) -> Scheme;

    /// Signs the bytes (not their digest): PKCS#1 v1.5, PSS, or ECDSA as DER.
    ///
    /// # Errors
    /// [`SignerError`] if the key does not answer.
    fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, SignerError>;

    /// How many signatures are best asked for at once: more than one where each asking costs a
    /// start or a journey.
    fn at_once(&self) -> usize {
        1
    }

    /// Signs several, in the order given; each has its own answer.
    fn sign_all(&self, all: &[&[u8]]) -> Vec<Result<Vec<u8>, SignerError>> {
        all.iter().map(|bytes| self.sign(bytes)).collect()
    }
}

/// Joins the two halves of an ECDSA signature, as tokens give it, to DER (RFC 3279 §2.2.3).
/// None if it is not two halves of a P-256 or P-384 signature.
pub fn ecdsa_der(halves: &[u8]) -> Option<Vec<u8>> {
    if ![64, 96].contains(&halves.len()) {
        return None;
    }
    let (r, s) = halves.split_at(halves.len() / 2);
    let (r, s) = (UintRef::new(r).ok()?, UintRef::new(s).ok()?);
    EcdsaSignature { r, s }.to_der().ok()
}

#[derive(Sequence)]
struct EcdsaSignature<'a> {
    r: UintRef<'a>,
    s: UintRef<'a>,
}

/// Says that a key did not sign.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the key did not sign: {reason}")]
pub struct SignerError {
    /// What the key, token or service says.
    pub reason: String,
}

/// A key from a PKCS#12 file (RFC 7292).
///
/// The private key stays in the memory of the backend and cannot be printed.
pub struct Pkcs12 {
    certificate: Vec<u8>,
    chain: Vec<Vec<u8>>,
    key: PrivateKey,
    pss: bool,
    random: SystemRandom,
}

/// Says why a PKCS#12 file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Pkcs12Error {
    /// The certificate of the key cannot be read.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The private key is not that of the certificate.
    #[error("the private key in the file does not belong to its certificate")]
    KeyMismatch,
    /// The key is none that signatures are made with here.
    #[error("the key in the file cannot be used: {reason}")]
    KeyUnsupported {
        /// Why.
        reason: String,
    },
    /// The bytes are not PKCS#12.
    #[error("the file is not a readable PKCS#12 file: {reason}")]
    Malformed {
        /// What the decoder says.
        reason: String,
    },
    /// There is no private key with a certificate in the file.
    #[error("there is no private key with its certificate in the file")]
    NoKey,
    /// There are several keys, and nothing says which one is meant.
    #[error("the file holds {count} private keys; it must hold one")]
    SeveralKeys {
        /// How many there are.
        count: usize,
    },
    /// The file is larger than any with one key.
    #[error("the file has {size} bytes, more than {limit}")]
    TooLarge {
        /// Its size in bytes.
        size: usize,
        /// The most that is read.
        limit: usize,
    },
    /// The password does not open the file (one without MAC may also be damaged).
    #[error("the password does not open the file")]
    WrongPassword,
}

impl Pkcs12Error {
    /// Says it for people.
    pub fn words(&self) -> Words {
        let vi = match self {
            Self::Certificate(error) => return error.words(),
            Self::KeyMismatch => {
                "khóa bí mật trong tệp không phải của chứng thư đi kèm".to_string()
            }
            Self::KeyUnsupported { reason } => format!("không dùng được khóa trong tệp ({reason})"),
            Self::Malformed { reason } => format!("tệp không phải PKCS#12 hoặc bị hỏng ({reason})"),
            Self::NoKey => "trong tệp không có khóa bí mật kèm chứng thư".to_string(),
            Self::SeveralKeys { count } => format!("trong tệp có {count} khóa, phải có đúng một"),
            Self::TooLarge { size, limit } => format!("tệp dài {size} byte, tối đa {limit}"),
            Self::WrongPassword => "mật khẩu không mở được tệp".to_string(),
        };
        Words::new(vi, self.to_string())
    }
}

impl SignerError {
    /// Says it for people.
    pub fn words(&self) -> Words {
        Words::new(
            format!("khóa không ký được ({})", self.reason),
            self.to_string(),
        )
    }
}

impl Pkcs12 {
    /// Opens a file with exactly one private key and its certificate.
    ///
    /// For the signer's own file only: the format lets a stranger choose how long opening takes.
    ///
    /// # Errors
    /// [`Pkcs12Error`], which tells a wrong password from a file that is none.
    pub fn open(file: &[u8], password: &str) -> Result<Self, Pkcs12Error> {
        if file.len() > FILE_LIMIT {
            return Err(Pkcs12Error::TooLarge {
                size: file.len(),
                limit: FILE_LIMIT,
            });
        }
        let store = KeyStore::from_pkcs12(file, password).map_err(unopened)?;
        let keys: Vec<_> = store
            .entries()
            .filter_map(|(_, entry)| match entry {
                KeyStoreEntry::PrivateKeyChain(chain) => Some(chain),
                KeyStoreEntry::Certificate(_) | KeyStoreEntry::Secret(_) => None,
            })
            .collect();
        let entry = match keys[..] {
            [] => return Err(Pkcs12Error::NoKey),
            [only] => only,
            [_, _, ..] => return Err(Pkcs12Error::SeveralKeys { count: keys.len() }),
        };
        let (leaf, others) = entry.chain().split_first().ok_or(Pkcs12Error::NoKey)?;
        Ok(Self {
            key: PrivateKey::read(entry.key(), leaf.as_der())?,
            certificate: leaf.as_der().to_vec(),
            chain: others.iter().map(|other| other.as_der().to_vec()).collect(),
            pss: false,
            random: SystemRandom::new(),
        })
    }
}

impl Pkcs12 {
    /// The same key, signing with RSASSA-PSS if it is one of RSA.
    #[must_use]
    pub fn with_pss(mut self) -> Self {
        self.pss = true;
        self
    }

    /// The same key with other certificates above its own.
    #[must_use]
    pub fn with_chain(mut self, chain: Vec<Vec<u8>>) -> Self {
        self.chain = chain;
        self
    }
}

impl Signer for Pkcs12 {
    fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    fn chain(&self) -> &[Vec<u8>] {
        &self.chain
    }

    fn scheme(&self) -> Scheme {
        match &self.key {
            PrivateKey::Ecdsa { scheme, .. } => *scheme,
            PrivateKey::Rsa(_) if self.pss => Scheme::RSA_PSS_SHA256,
            PrivateKey::Rsa(_) => Scheme::RSA_SHA256,
        }
    }

    fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, SignerError> {
        let failed = |_| SignerError {
            reason: "aws-lc".into(),
        };
        match &self.key {
            PrivateKey::Ecdsa { pair, .. } => {
                let signature = pair.sign(&self.random, bytes).map_err(failed)?;
                Ok(signature.as_ref().to_vec())
            }
            PrivateKey::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                let padding: &'static dyn lc::RsaEncoding = match self.pss {
                    true => &lc::RSA_PSS_SHA256,
                    false => &lc::RSA_PKCS1_SHA256,
                };
                pair.sign(padding, &self.random, bytes, &mut signature)
                    .map_err(failed)?;
                Ok(signature)
            }
        }
    }
}

impl fmt::Debug for Pkcs12 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pkcs12")
            .field("scheme", &self.scheme())
            .finish_non_exhaustive()
    }
}

enum PrivateKey {
    Ecdsa {
        pair: lc::EcdsaKeyPair,
        scheme: Scheme,
    },
    Rsa(lc::RsaKeyPair),
}

impl PrivateKey {
    /// Reads PKCS#8 as the kind of key that the certificate has, and compares the public halves.
    fn read(pkcs8: &[u8], certificate: &[u8]) -> Result<Self, Pkcs12Error> {
        let unsupported = |reason: String| Pkcs12Error::KeyUnsupported { reason };
        let public = Certificate::read(certificate)?.key();
        let public = public.map_err(|fault| unsupported(fault.words().en))?;
        let ecdsa = |algorithm, scheme| {
            let pair = lc::EcdsaKeyPair::from_pkcs8(algorithm, pkcs8);
            pair.map(|pair| Self::Ecdsa { pair, scheme })
                .map_err(|error| unsupported(error.to_string()))
        };
        let key = match public.kind() {
            KeyKind::P256 => ecdsa(&lc::ECDSA_P256_SHA256_ASN1_SIGNING, Scheme::ECDSA_SHA256)?,
            KeyKind::P384 => ecdsa(&lc::ECDSA_P384_SHA384_ASN1_SIGNING, Scheme::ECDSA_SHA384)?,
            KeyKind::Rsa { bits } if bits > MOST_RSA => {
                return Err(unsupported(public.to_string()));
            }
            KeyKind::Rsa { .. } => lc::RsaKeyPair::from_pkcs8(pkcs8)
                .map(Self::Rsa)
                .map_err(|error| unsupported(error.to_string()))?,
        };
        match key.belongs_to(&public) {
            true => Ok(key),
            false => Err(Pkcs12Error::KeyMismatch),
        }
    }

    fn belongs_to(&self, public: &Key) -> bool {
        match self {
            Self::Ecdsa { pair, .. } => pair.public_key().as_ref() == public.bytes(),
            Self::Rsa(pair) => pair.public_key().as_ref() == public.bytes(),
        }
    }
}

/// A key and four certificates take 10 kB.
const FILE_LIMIT: usize = 128 * 1024;

/// What is signed today should be checked quickly for decades.
const MOST_RSA: usize = 4096;

fn unopened(error: p12_keystore::error::Error) -> Pkcs12Error {
    use p12_keystore::error::Error;
    match error {
        // Without a MAC a wrong password shows as garbage after decryption.
        Error::MacError(_) | Error::Pkcs5Error(_) | Error::UnpadError => Pkcs12Error::WrongPassword,
        other => Pkcs12Error::Malformed {
            reason: other.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use p12_keystore::EncryptionAlgorithm;
    use p12_keystore::MacAlgorithm;
    use p12_keystore::PrivateKeyChain;

    use super::*;
    use crate::sign::demo::Identity;
    use crate::sign::demo::KeyChoice;
    use crate::sign::sample;

    // What OpenSSL and Java write is opened by `.ci/judges/p12.sh`: the project holds no key.

    #[test]
    fn opens_what_demo_writes() {
        for (key, scheme) in [
            (KeyChoice::P256, Scheme::ECDSA_SHA256),
            (KeyChoice::P384, Scheme::ECDSA_SHA384),
            (KeyChoice::Rsa2048, Scheme::RSA_SHA256),
        ] {
            let identity = sample::identity(key);
            let signer = Pkcs12::open(&identity.pkcs12, sample::PASSWORD).unwrap();
            assert_eq!(signer.certificate(), identity.certificate);
            assert_eq!(signer.chain(), identity.chain);
            assert_eq!(signer.scheme(), scheme);
        }
    }

    #[test]
    fn old_windows_encryption_opens() {
        let identity = sample::identity(KeyChoice::P256);
        let store = KeyStore::from_pkcs12(&identity.pkcs12, sample::PASSWORD).unwrap();
        for old in [
            EncryptionAlgorithm::PbeWithShaAnd3KeyTripleDesCbc,
            EncryptionAlgorithm::PbeWithShaAnd40BitRc4Cbc,
        ] {
            let writer = store.writer(sample::PASSWORD).encryption_algorithm(old);
            let file = writer.mac_algorithm(MacAlgorithm::HmacSha1).write();
            let signer = Pkcs12::open(&file.unwrap(), sample::PASSWORD).unwrap();
            assert_eq!(signer.certificate(), identity.certificate);
        }
    }

    #[test]
    fn wrong_password_malformed_and_too_large_are_told_apart() {
        let file = &sample::identity(KeyChoice::P256).pkcs12;
        for (file, expected) in [
            (file.as_slice(), "WrongPassword"),
            (&file[..100], "Malformed"),
            (b"x", "Malformed"),
            (&[0; FILE_LIMIT + 1], "TooLarge"),
        ] {
            let error = Pkcs12::open(file, "sai").unwrap_err();
            assert!(format!("{error:?}").starts_with(expected), "{error:?}");
            assert_ne!(error.words().vi, error.words().en);
        }
    }

    #[test]
    fn there_must_be_one_key() {
        let [one, other] =
            [KeyChoice::P256, KeyChoice::P384].map(|key| key_of(&sample::identity(key)));
        let certificate = KeyStoreEntry::Certificate(one.chain()[0].clone());
        let error = Pkcs12::open(&pack([("ca", certificate)]), sample::PASSWORD).unwrap_err();
        assert_eq!(error, Pkcs12Error::NoKey);
        let two = pack([
            ("one", KeyStoreEntry::PrivateKeyChain(one)),
            ("other", KeyStoreEntry::PrivateKeyChain(other)),
        ]);
        let error = Pkcs12::open(&two, sample::PASSWORD).unwrap_err();
        assert_eq!(error, Pkcs12Error::SeveralKeys { count: 2 });
    }

    #[test]
    fn another_ones_key_is_refused() {
        let [mine, other] = [(); 2].map(|()| key_of(&sample::identity(KeyChoice::P256)));
        for (key, expected) in [
            (other.key(), "KeyMismatch"),
            (b"none".as_slice(), "KeyUnsupported"),
        ] {
            let entry = PrivateKeyChain::new(key, [1], mine.chain().to_vec());
            let file = pack([("mine", KeyStoreEntry::PrivateKeyChain(entry))]);
            let error = Pkcs12::open(&file, sample::PASSWORD).unwrap_err();
            assert!(format!("{error:?}").starts_with(expected), "{error:?}");
        }
    }

    #[test]
    fn nothing_secret_is_printed() {
        let printed = format!("{:?}", sample::signer());
        assert!(
            printed.starts_with("Pkcs12 { scheme:") && printed.len() < 120,
            "{printed}"
        );
    }

    fn key_of(identity: &Identity) -> PrivateKeyChain {
        let store = KeyStore::from_pkcs12(&identity.pkcs12, sample::PASSWORD).unwrap();
        store.private_key_chain().unwrap().1.clone()
    }

    fn pack<const N: usize>(entries: [(&str, KeyStoreEntry); N]) -> Vec<u8> {
        let mut store = KeyStore::new();
        for (name, entry) in entries {
            store.add_entry(name, entry);
        }
        store.writer(sample::PASSWORD).write().unwrap()
    }
}
