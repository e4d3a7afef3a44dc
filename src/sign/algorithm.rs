//! The algorithms of the profile, and the one place that checks a signature with a public key.
//!
//! | | makes | checks |
//! |---|---|---|
//! | digest | SHA-256 (SHA-384 with a P-384 key) | SHA-256, SHA-384, SHA-512 |
//! | RSA, PKCS#1 v1.5 | 2048 to 4096 bits | 2048 to 8192 bits |
//! | RSA, PSS with the same digest inside and a salt as long | 2048 to 4096 bits | 2048 to 8192 bits |
//! | ECDSA | P-256, P-384 | P-256, P-384 |
//!
//! Whatever else a file names is a fault that says so, never "bad signature". The
//! cryptographic library is behind `primitive.rs`; in a browser another takes its place.

use std::fmt;

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5912 as oid;
use der::asn1::{Any, UintRef};
use der::{Decode, Sequence, Tag};
use sha2::{Digest as _, Sha384, Sha512};
use spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use thiserror::Error;

use crate::diag::Words;
use crate::digest::Sha256;
use crate::sign::certificate::Certificate;
use crate::sign::certificate::CertificateError;
use crate::sign::fault::Fault;
use crate::sign::primitive;

/// A digest algorithm of the profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DigestAlgorithm {
    Sha256,
    Sha384,
    Sha512,
}

impl DigestAlgorithm {
    /// Reads the identifier; parameters are absent or NULL (RFC 5754 §2).
    pub(crate) fn read(identifier: &AlgorithmIdentifierOwned) -> Result<Self, Fault> {
        let algorithm = match identifier.oid {
            oid::ID_SHA_256 => Self::Sha256,
            oid::ID_SHA_384 => Self::Sha384,
            oid::ID_SHA_512 => Self::Sha512,
            other => {
                return Err(Fault::DigestAlgorithmUnsupported {
                    oid: other.to_string(),
                });
            }
        };
        match no_parameters(identifier) {
            true => Ok(algorithm),
            false => Err(Fault::DigestAlgorithmUnsupported {
                oid: identifier.oid.to_string(),
            }),
        }
    }

    /// Writes the identifier; parameters are absent (RFC 5754 §2).
    pub(crate) fn identifier(self) -> AlgorithmIdentifierOwned {
        let oid = match self {
            Self::Sha256 => oid::ID_SHA_256,
            Self::Sha384 => oid::ID_SHA_384,
            Self::Sha512 => oid::ID_SHA_512,
        };
        AlgorithmIdentifierOwned {
            oid,
            parameters: None,
        }
    }

    pub(crate) fn of(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha256 => Sha256::of(bytes).as_bytes().to_vec(),
            Self::Sha384 => Sha384::digest(bytes).to_vec(),
            Self::Sha512 => Sha512::digest(bytes).to_vec(),
        }
    }

    /// Length in bytes.
    fn length(self) -> u16 {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        }
    }
}

/// The digest that identifies a name or a key, by the algorithm's own identifier: SHA-1 or SHA-2.
/// SHA-1 finds things here; nothing ever rests on it.
pub(crate) fn identify(algorithm: ObjectIdentifier, bytes: &[u8]) -> Option<Vec<u8>> {
    match algorithm {
        oid::ID_SHA_1 => Some(primitive::sha1(bytes)),
        oid::ID_SHA_256 => Some(DigestAlgorithm::Sha256.of(bytes)),
        oid::ID_SHA_384 => Some(DigestAlgorithm::Sha384.of(bytes)),
        oid::ID_SHA_512 => Some(DigestAlgorithm::Sha512.of(bytes)),
        _ => None,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    Ecdsa,
    Rsa,
    RsaPss,
}

/// A signature algorithm of the profile, digest included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scheme {
    family: Family,
    digest: DigestAlgorithm,
}

impl Scheme {
    /// ECDSA with SHA-256, for keys on P-256.
    pub const ECDSA_SHA256: Self = Self {
        family: Family::Ecdsa,
        digest: DigestAlgorithm::Sha256,
    };
    /// ECDSA with SHA-384, for keys on P-384.
    pub const ECDSA_SHA384: Self = Self {
        family: Family::Ecdsa,
        digest: DigestAlgorithm::Sha384,
    };
    /// RSA PKCS#1 v1.5 with SHA-256.
    pub const RSA_SHA256: Self = Self {
        family: Family::Rsa,
        digest: DigestAlgorithm::Sha256,
    };
    /// RSASSA-PSS with SHA-256, MGF1 over SHA-256 and a salt of 32 bytes (RFC 8017 §8.1).
    pub const RSA_PSS_SHA256: Self = Self {
        family: Family::RsaPss,
        digest: DigestAlgorithm::Sha256,
    };

    /// The scheme with which a certificate's key signs; `pss` chooses between the two of RSA.
    ///
    /// # Errors
    /// [`CertificateError`] if the certificate cannot be read, [`SchemeError`] if its key is none
    /// of the profile or larger than what is signed with.
    pub fn of_certificate(der: &[u8], pss: bool) -> Result<Self, SchemeError> {
        let key = Certificate::read(der)?.key();
        let key = key.map_err(|fault| SchemeError::Key { fault })?;
        Ok(match key.kind() {
            KeyKind::P256 => Self::ECDSA_SHA256,
            KeyKind::P384 => Self::ECDSA_SHA384,
            KeyKind::Rsa { bits } if bits > MOST_RSA_MADE => {
                let (least, most) = (LEAST_RSA, MOST_RSA_MADE);
                let fault = Fault::KeySizeUnsuitable { bits, least, most };
                return Err(SchemeError::Key { fault });
            }
            KeyKind::Rsa { .. } if pss => Self::RSA_PSS_SHA256,
            KeyKind::Rsa { .. } => Self::RSA_SHA256,
        })
    }

    /// The name that jobs for other signers carry.
    pub fn name(self) -> &'static str {
        use DigestAlgorithm::{Sha256, Sha384, Sha512};
        match (self.family, self.digest) {
            (Family::Ecdsa, Sha256) => "ECDSA-SHA256",
            (Family::Ecdsa, Sha384) => "ECDSA-SHA384",
            (Family::Ecdsa, Sha512) => "ECDSA-SHA512",
            (Family::Rsa, Sha256) => "RSA-PKCS1-SHA256",
            (Family::Rsa, Sha384) => "RSA-PKCS1-SHA384",
            (Family::Rsa, Sha512) => "RSA-PKCS1-SHA512",
            (Family::RsaPss, Sha256) => "RSA-PSS-SHA256",
            (Family::RsaPss, Sha384) => "RSA-PSS-SHA384",
            (Family::RsaPss, Sha512) => "RSA-PSS-SHA512",
        }
    }

    /// Length in bytes of each of the two numbers of an ECDSA signature made here.
    pub fn coordinate(self) -> Option<usize> {
        match (self.family, self.digest) {
            (Family::Ecdsa, DigestAlgorithm::Sha256) => Some(32),
            (Family::Ecdsa, DigestAlgorithm::Sha384) => Some(48),
            _ => None,
        }
    }

    /// The digest of `bytes` that the scheme signs, for signers that are given digests.
    pub fn hash(self, bytes: &[u8]) -> Vec<u8> {
        self.digest.of(bytes)
    }

    /// Reads signatureAlgorithm beside digestAlgorithm, which must be the one inside it.
    ///
    /// `rsaEncryption` (RFC 3370 §3.2) names no digest and takes the one of the signer.
    pub(crate) fn read(
        identifier: &AlgorithmIdentifierOwned,
        digest: DigestAlgorithm,
    ) -> Result<Self, Fault> {
        let unsupported = || Fault::SignatureAlgorithmUnsupported {
            oid: identifier.oid.to_string(),
        };
        let (family, inner) = match identifier.oid {
            oid::RSA_ENCRYPTION => (Family::Rsa, digest),
            oid::SHA_256_WITH_RSA_ENCRYPTION => (Family::Rsa, DigestAlgorithm::Sha256),
            oid::SHA_384_WITH_RSA_ENCRYPTION => (Family::Rsa, DigestAlgorithm::Sha384),
            oid::SHA_512_WITH_RSA_ENCRYPTION => (Family::Rsa, DigestAlgorithm::Sha512),
            oid::ECDSA_WITH_SHA_256 => (Family::Ecdsa, DigestAlgorithm::Sha256),
            oid::ECDSA_WITH_SHA_384 => (Family::Ecdsa, DigestAlgorithm::Sha384),
            oid::ECDSA_WITH_SHA_512 => (Family::Ecdsa, DigestAlgorithm::Sha512),
            oid::ID_RSASSA_PSS => {
                let inner = pss_digest(identifier).ok_or_else(unsupported)?;
                (Family::RsaPss, inner)
            }
            _ => return Err(unsupported()),
        };
        if family != Family::RsaPss && !no_parameters(identifier) {
            return Err(unsupported());
        }
        let scheme = Self {
            family,
            digest: inner,
        };
        if inner != digest {
            return Err(Fault::DigestAlgorithmMismatch {
                digest: digest.name(),
                signature: scheme.to_string(),
            });
        }
        Ok(scheme)
    }

    /// Reads the algorithm of a certificate, CRL or OCSP response, which names its own digest
    /// (RFC 5280 §4.1.1.2); `rsaEncryption` does not.
    pub(crate) fn of_structure(identifier: &AlgorithmIdentifierOwned) -> Result<Self, Fault> {
        use DigestAlgorithm::{Sha256, Sha384, Sha512};
        let unsupported = Fault::SignatureAlgorithmUnsupported {
            oid: identifier.oid.to_string(),
        };
        if identifier.oid == oid::RSA_ENCRYPTION {
            return Err(unsupported);
        }
        [Sha256, Sha384, Sha512]
            .into_iter()
            .find_map(|digest| Self::read(identifier, digest).ok())
            .ok_or(unsupported)
    }

    /// Writes the identifier: NULL parameters for RSA (RFC 4055 §5), none for ECDSA (RFC 5758
    /// §3.2), all of them for PSS (RFC 4055 §3.1).
    pub(crate) fn identifier(self) -> AlgorithmIdentifierOwned {
        use DigestAlgorithm::{Sha256, Sha384, Sha512};
        if self.family == Family::RsaPss {
            return AlgorithmIdentifierOwned {
                oid: oid::ID_RSASSA_PSS,
                parameters: pss_parameters(self.digest),
            };
        }
        let oid = match (self.family, self.digest) {
            (Family::Rsa, Sha256) => oid::SHA_256_WITH_RSA_ENCRYPTION,
            (Family::Rsa, Sha384) => oid::SHA_384_WITH_RSA_ENCRYPTION,
            (Family::Rsa, Sha512) => oid::SHA_512_WITH_RSA_ENCRYPTION,
            (Family::RsaPss, _) => oid::ID_RSASSA_PSS,
            (Family::Ecdsa, Sha256) => oid::ECDSA_WITH_SHA_256,
            (Family::Ecdsa, Sha384) => oid::ECDSA_WITH_SHA_384,
            (Family::Ecdsa, Sha512) => oid::ECDSA_WITH_SHA_512,
        };
        let parameters = (self.family == Family::Rsa).then(Any::null);
        AlgorithmIdentifierOwned { oid, parameters }
    }

    pub(crate) fn digest(self) -> DigestAlgorithm {
        self.digest
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let family = match self.family {
            Family::Ecdsa => "ECDSA",
            Family::Rsa => "RSA",
            Family::RsaPss => "RSA-PSS",
        };
        write!(f, "{family} {}", self.digest.name())
    }
}

/// Compares identifiers with absent and NULL parameters taken as equal (RFC 5754 §2).
pub(crate) fn same_algorithm(a: &AlgorithmIdentifierOwned, b: &AlgorithmIdentifierOwned) -> bool {
    a.oid == b.oid && (a.parameters == b.parameters || no_parameters(a) && no_parameters(b))
}

fn no_parameters(identifier: &AlgorithmIdentifierOwned) -> bool {
    identifier
        .parameters
        .as_ref()
        .is_none_or(|any| *any == Any::null())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyKind {
    P256,
    P384,
    Rsa { bits: usize },
}

/// What is computed with a public key; the digest comes beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Primitive {
    P256,
    P384,
    RsaPkcs1,
    /// With MGF1 over the same digest, and a salt as long.
    RsaPss,
}

/// Whether a signature is right: primitive, digest, key as [`Key::bytes`], message, signature.
pub(crate) type Verify = fn(Primitive, DigestAlgorithm, &[u8], &[u8], &[u8]) -> bool;

/// What a key is for, as far as its own identifier says (RFC 4055 §1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Allows {
    Any,
    /// An RSA key with the identifier id-RSASSA-PSS, and perhaps a digest.
    Pss(Option<DigestAlgorithm>),
}

/// A public key of the profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    kind: KeyKind,
    /// What the key itself allows.
    allows: Allows,
    /// RSAPublicKey (RFC 8017 A.1.1) or the point (RFC 5480 §2.2).
    bytes: Vec<u8>,
}

impl Key {
    /// Reads a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7).
    pub(crate) fn read(spki: &SubjectPublicKeyInfoOwned) -> Result<Self, Fault> {
        let unsupported = |oid: ObjectIdentifier| Fault::KeyUnsupported {
            oid: oid.to_string(),
        };
        let algorithm = spki.algorithm.oid;
        let bytes = spki
            .subject_public_key
            .as_bytes()
            .ok_or(unsupported(algorithm))?;
        let mut allows = Allows::Any;
        if algorithm == oid::ID_RSASSA_PSS {
            allows = match (&spki.algorithm.parameters, pss_digest(&spki.algorithm)) {
                (Some(_), None) => return Err(unsupported(algorithm)),
                (_, digest) => Allows::Pss(digest),
            };
        }
        let kind = match algorithm {
            oid::RSA_ENCRYPTION | oid::ID_RSASSA_PSS => {
                let key = RsaPublicKey::from_der(bytes).map_err(|_| unsupported(algorithm))?;
                let bits = modulus_bits(key.modulus.as_bytes());
                if !(LEAST_RSA..=MOST_RSA).contains(&bits) {
                    let (least, most) = (LEAST_RSA, MOST_RSA);
                    return Err(Fault::KeySizeUnsuitable { bits, least, most });
                }
                KeyKind::Rsa { bits }
            }
            oid::ID_EC_PUBLIC_KEY => match named_curve(spki).ok_or(unsupported(algorithm))? {
                oid::SECP_256_R_1 => KeyKind::P256,
                oid::SECP_384_R_1 => KeyKind::P384,
                curve => return Err(unsupported(curve)),
            },
            other => return Err(unsupported(other)),
        };
        Ok(Self {
            kind,
            allows,
            bytes: bytes.to_vec(),
        })
    }

    pub(crate) fn kind(&self) -> KeyKind {
        self.kind
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Checks `signature` over `message` (RFC 5652 §5.6; RFC 8017 §8.2.2; FIPS 186-5 §6.4.2).
    pub(crate) fn verify(
        &self,
        scheme: Scheme,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Fault> {
        self.verify_by(primitive::verify, scheme, message, signature)
    }

    /// The same by one implementation of the mathematics.
    pub(crate) fn verify_by(
        &self,
        verify: Verify,
        scheme: Scheme,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Fault> {
        let primitive = self.primitive(scheme)?;
        match verify(primitive, scheme.digest, &self.bytes, message, signature) {
            true => Ok(()),
            false => Err(Fault::SignatureMismatch {}),
        }
    }

    fn primitive(&self, scheme: Scheme) -> Result<Primitive, Fault> {
        let allowed = match self.allows {
            Allows::Any => true,
            Allows::Pss(None) => scheme.family == Family::RsaPss,
            Allows::Pss(Some(only)) => scheme.family == Family::RsaPss && scheme.digest == only,
        };
        match (self.kind, scheme.family) {
            _ if !allowed => Err(self.mismatch(scheme)),
            (KeyKind::Rsa { .. }, Family::Rsa) => Ok(Primitive::RsaPkcs1),
            (KeyKind::Rsa { .. }, Family::RsaPss) => Ok(Primitive::RsaPss),
            (KeyKind::P256, Family::Ecdsa) => Ok(Primitive::P256),
            (KeyKind::P384, Family::Ecdsa) => Ok(Primitive::P384),
            (KeyKind::Rsa { .. }, Family::Ecdsa) | (_, Family::Rsa | Family::RsaPss) => {
                Err(self.mismatch(scheme))
            }
        }
    }

    fn mismatch(&self, scheme: Scheme) -> Fault {
        let (key, algorithm) = (self.to_string(), scheme.to_string());
        Fault::KeyAlgorithmMismatch { key, algorithm }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            KeyKind::P256 => f.write_str("P-256"),
            KeyKind::P384 => f.write_str("P-384"),
            KeyKind::Rsa { bits } => write!(f, "RSA-{bits}"),
        }
    }
}

/// Smaller keys are within reach of factoring; the Vietnamese authorities issue 2048 and more.
const LEAST_RSA: usize = 2048;
/// Larger ones only cost time.
const MOST_RSA: usize = 8192;
/// What is signed today should be checked quickly for decades.
const MOST_RSA_MADE: usize = 4096;

/// Says why a certificate's key cannot be signed with.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SchemeError {
    /// The certificate cannot be read.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// Its key is none that is signed with.
    #[error("the key of the certificate cannot be used: {}", fault.words().en)]
    Key {
        /// Why.
        fault: Fault,
    },
}

impl SchemeError {
    /// Says it for people.
    pub fn words(&self) -> Words {
        match self {
            Self::Certificate(error) => error.words(),
            Self::Key { fault } => Words::new(
                format!("không dùng được khóa của chứng thư: {}", fault.words().vi),
                self.to_string(),
            ),
        }
    }
}

/// RSASSA-PSS-params (RFC 4055 §3.1); what is absent would mean SHA-1, which is refused.
#[derive(Sequence)]
struct PssParameters {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    hash: Option<AlgorithmIdentifierOwned>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    mask: Option<AlgorithmIdentifierOwned>,
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", optional = "true")]
    salt: Option<u16>,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT", optional = "true")]
    trailer: Option<u8>,
}

/// None if the encoder refuses, which it has no reason to.
fn pss_parameters(digest: DigestAlgorithm) -> Option<Any> {
    let mask = AlgorithmIdentifierOwned {
        oid: oid::ID_MGF_1,
        parameters: Any::encode_from(&digest.identifier()).ok(),
    };
    let parameters = PssParameters {
        hash: Some(digest.identifier()),
        mask: Some(mask),
        salt: Some(digest.length()),
        trailer: None,
    };
    Any::encode_from(&parameters).ok()
}

/// The one digest of the parameters, if they are of the profile: hash and mask with the same
/// digest, a salt as long as it, the usual trailer.
fn pss_digest(identifier: &AlgorithmIdentifierOwned) -> Option<DigestAlgorithm> {
    let parameters: PssParameters = identifier.parameters.as_ref()?.decode_as().ok()?;
    let digest = DigestAlgorithm::read(&parameters.hash?).ok()?;
    let mask = parameters.mask?;
    let inner: AlgorithmIdentifierOwned = mask.parameters?.decode_as().ok()?;
    let same = mask.oid == oid::ID_MGF_1 && DigestAlgorithm::read(&inner) == Ok(digest);
    let usual = parameters.trailer.is_none_or(|trailer| trailer == 1);
    (same && usual && parameters.salt == Some(digest.length())).then_some(digest)
}

#[derive(Sequence)]
struct RsaPublicKey<'a> {
    modulus: UintRef<'a>,
    exponent: UintRef<'a>,
}

fn modulus_bits(modulus: &[u8]) -> usize {
    let zeros = modulus
        .first()
        .map_or(0, |byte| byte.leading_zeros() as usize);
    (modulus.len() * 8).saturating_sub(zeros)
}

/// RFC 5480 §2.1.1: only named curves, no explicit parameters.
fn named_curve(spki: &SubjectPublicKeyInfoOwned) -> Option<ObjectIdentifier> {
    let parameters = spki.algorithm.parameters.as_ref()?;
    if parameters.header().tag() != Tag::ObjectIdentifier {
        return None;
    }
    parameters.decode_as().ok()
}

#[cfg(test)]
mod tests;
