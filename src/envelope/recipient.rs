//! Who can open a parcel: a certificate whose key may take a content's key, and what a parcel says to
//! its holder.

use aws_lc_rs::agreement::{
    Algorithm, ECDH_P256, ECDH_P384, ECDH_P521, EphemeralPrivateKey, UnparsedPublicKey,
    agree_ephemeral,
};
use aws_lc_rs::key_wrap::{AES_256, AesKek, KeyWrap};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey};
use cms::cert::IssuerAndSerialNumber;
use cms::content_info::CmsVersion;
use cms::enveloped_data::{
    KeyAgreeRecipientIdentifier, KeyAgreeRecipientInfo, KeyTransRecipientInfo,
    OriginatorIdentifierOrKey, OriginatorPublicKey, RecipientEncryptedKey, RecipientIdentifier,
    RecipientInfo,
};
use const_oid::ObjectIdentifier;
use const_oid::db::rfc5912::{
    ID_EC_PUBLIC_KEY, RSA_ENCRYPTION, SECP_256_R_1, SECP_384_R_1, SECP_521_R_1,
};
use der::asn1::{BitString, OctetString};
use der::{Any, Decode, Encode};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use sha2::{Digest, Sha256};
use spki::AlgorithmIdentifierOwned;
use x509_cert::Certificate;
use x509_cert::ext::pkix::KeyUsage;
use zeroize::Zeroizing;

use crate::diag::Words;
use crate::envelope::EnvelopeError;
use crate::sign::CertificateError;
use crate::sign::CertificateFacts;

/// RSAES-OAEP (RFC 3560).
const RSAES_OAEP: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.7");
/// dhSinglePass-stdDH-sha256kdf-scheme (RFC 5753 §7.1.4).
const STD_DH_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.1.11.1");
/// AES-256 key wrap (RFC 3565 §2.3.2); its parameters are absent.
const AES256_WRAP: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.45");
/// `RSAES-OAEP-params` with SHA-256 and MGF1 over it (RFC 4055 §4.1), parameters of the digests
/// absent as `openssl` leaves them.
const OAEP_SHA256: [u8; 45] = [
    0x30, 0x2b, 0xa0, 0x0d, 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
    0x01, 0xa1, 0x1a, 0x30, 0x18, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08,
    0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01,
];
/// `ECC-CMS-SharedInfo` of AES-256 key wrap, a key of 256 bits, nothing more (RFC 5753 §7.2).
const SHARED_INFO: [u8; 23] = [
    0x30, 0x15, 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2d, 0xa2,
    0x06, 0x04, 0x04, 0x00, 0x00, 0x01, 0x00,
];

/// Says why nothing is encrypted to a certificate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecipientError {
    /// The file holds no certificate, or more than one.
    #[error("the file must hold one certificate, it holds {found}")]
    NotOne {
        /// How many it holds.
        found: usize,
    },
    /// It cannot be read.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// Its key is of a kind that is not encrypted to.
    #[error("its key is {key}; RSA of 2048 to 8192 bits, P-256, P-384 and P-521 are encrypted to")]
    Key {
        /// The kind of key.
        key: String,
    },
    /// Its authority issued it for something else.
    #[error("its keyUsage does not allow {wanted}")]
    Usage {
        /// What is wanted.
        wanted: &'static str,
    },
}

impl RecipientError {
    /// Says it for people.
    pub fn words(&self) -> Words {
        let vi = match self {
            Self::NotOne { found } => {
                format!("tệp phải chứa đúng một chứng thư, tệp này có {found}")
            }
            Self::Certificate(error) => return error.words(),
            Self::Key { key } => {
                format!(
                    "khóa là {key}; chỉ mã hóa cho RSA từ 2048 đến 8192 bit, P-256, P-384 và P-521"
                )
            }
            Self::Usage { wanted } => format!("keyUsage không cho phép {wanted}"),
        };
        Words::new(vi, self.to_string())
    }
}

/// Somebody who can open a parcel.
#[derive(Clone, Debug)]
pub struct Recipient {
    facts: CertificateFacts,
    name: IssuerAndSerialNumber,
    key: Key,
}

/// A key that takes another.
#[derive(Clone, Debug)]
enum Key {
    /// `SubjectPublicKeyInfo`
    Rsa(Vec<u8>),
    /// The uncompressed point.
    Ec(&'static Algorithm, Vec<u8>),
}

impl Recipient {
    /// Reads a certificate, PEM or DER.
    ///
    /// # Errors
    /// [`RecipientError`]
    pub fn read(file: &[u8]) -> Result<Self, RecipientError> {
        let der = match file.first() {
            Some(0x30) => file.to_vec(),
            _ => {
                let all: Vec<_> = CertificateDer::pem_slice_iter(file).flatten().collect();
                match all.as_slice() {
                    [one] => one.to_vec(),
                    all => return Err(RecipientError::NotOne { found: all.len() }),
                }
            }
        };
        // It bounds the size first.
        let facts = CertificateFacts::of(&der)?;
        let broken = |error: der::Error| {
            RecipientError::Certificate(CertificateError::Malformed {
                reason: error.to_string(),
            })
        };
        let certificate = Certificate::from_der(&der).map_err(broken)?;
        let tbs = certificate.tbs_certificate();
        let info = tbs.subject_public_key_info();
        let unknown = || RecipientError::Key {
            key: facts.key.clone(),
        };
        let key = if info.algorithm.oid == RSA_ENCRYPTION {
            let spki = info.to_der().map_err(broken)?;
            // The backend takes 2048 to 8192 bits.
            PublicEncryptingKey::from_der(&spki).map_err(|_| unknown())?;
            Key::Rsa(spki)
        } else if info.algorithm.oid == ID_EC_PUBLIC_KEY {
            let parameters = info.algorithm.parameters.as_ref();
            let curve = parameters.and_then(|p| p.decode_as::<ObjectIdentifier>().ok());
            let algorithm = match curve {
                Some(SECP_256_R_1) => &ECDH_P256,
                Some(SECP_384_R_1) => &ECDH_P384,
                Some(SECP_521_R_1) => &ECDH_P521,
                _ => return Err(unknown()),
            };
            let point = info.subject_public_key.as_bytes().ok_or_else(unknown)?;
            Key::Ec(algorithm, point.to_vec())
        } else {
            return Err(unknown());
        };
        let usage = tbs.get_extension::<KeyUsage>().map_err(broken)?;
        let (allowed, wanted): (fn(&KeyUsage) -> bool, _) = match key {
            Key::Rsa(_) => (KeyUsage::key_encipherment, "keyEncipherment"),
            Key::Ec(..) => (KeyUsage::key_agreement, "keyAgreement"),
        };
        if usage.is_some_and(|(_, usage)| !allowed(&usage)) {
            return Err(RecipientError::Usage { wanted });
        }
        let name = IssuerAndSerialNumber {
            issuer: tbs.issuer().clone(),
            serial_number: tbs.serial_number().clone(),
        };
        Ok(Self { facts, name, key })
    }

    /// What the certificate says.
    pub fn facts(&self) -> &CertificateFacts {
        &self.facts
    }

    /// Whether its key agrees on another rather than taking it.
    pub(super) fn agrees(&self) -> bool {
        matches!(self.key, Key::Ec(..))
    }

    /// What a parcel says to this recipient: the content's key, which nobody else can read.
    pub(super) fn info(&self, content: &[u8; 32]) -> Result<RecipientInfo, EnvelopeError> {
        match &self.key {
            Key::Rsa(spki) => self.transport(spki, content),
            Key::Ec(algorithm, point) => self.agreement(algorithm, point, content),
        }
    }

    fn transport(&self, spki: &[u8], content: &[u8; 32]) -> Result<RecipientInfo, EnvelopeError> {
        let refused = || EnvelopeError::Backend { step: "RSA-OAEP" };
        let key = PublicEncryptingKey::from_der(spki).map_err(|_| refused())?;
        let key = OaepPublicEncryptingKey::new(key).map_err(|_| refused())?;
        let mut out = vec![0; key.ciphertext_size()];
        let encrypted = key
            .encrypt(&OAEP_SHA256_MGF1SHA256, content, &mut out, None)
            .map_err(|_| refused())?;
        Ok(RecipientInfo::Ktri(KeyTransRecipientInfo {
            version: CmsVersion::V0,
            rid: RecipientIdentifier::IssuerAndSerialNumber(self.name.clone()),
            key_enc_alg: AlgorithmIdentifierOwned {
                oid: RSAES_OAEP,
                parameters: Some(Any::from_der(&OAEP_SHA256)?),
            },
            enc_key: OctetString::new(&*encrypted)?,
        }))
    }

    fn agreement(
        &self,
        algorithm: &'static Algorithm,
        point: &[u8],
        content: &[u8; 32],
    ) -> Result<RecipientInfo, EnvelopeError> {
        let refused = || EnvelopeError::Backend { step: "ECDH" };
        let own = EphemeralPrivateKey::generate(algorithm, &SystemRandom::new())
            .map_err(|_| refused())?;
        let public = own.compute_public_key().map_err(|_| refused())?;
        let peer = UnparsedPublicKey::new(algorithm, point);
        // X9.63 (SEC 1 §3.6.1): one round of SHA-256 gives the 256 bits that are wanted.
        let wrapping = agree_ephemeral(own, peer, refused(), |secret| {
            let digest = Sha256::new()
                .chain_update(secret)
                .chain_update(1_u32.to_be_bytes())
                .chain_update(SHARED_INFO);
            Ok(Zeroizing::new(<[u8; 32]>::from(digest.finalize())))
        })?;
        let mut out = [0; 40];
        let wrapped = AesKek::new(&AES_256, wrapping.as_ref())
            .and_then(|kek| kek.wrap(content, &mut out))
            .map_err(|_| EnvelopeError::Backend {
                step: "AES key wrap",
            })?;
        let wrap = AlgorithmIdentifierOwned {
            oid: AES256_WRAP,
            parameters: None,
        };
        let rid = KeyAgreeRecipientIdentifier::IssuerAndSerialNumber(self.name.clone());
        Ok(RecipientInfo::Kari(KeyAgreeRecipientInfo {
            version: CmsVersion::V3,
            originator: OriginatorIdentifierOrKey::OriginatorKey(OriginatorPublicKey {
                algorithm: AlgorithmIdentifierOwned {
                    oid: ID_EC_PUBLIC_KEY,
                    parameters: None,
                },
                public_key: BitString::from_bytes(public.as_ref())?,
            }),
            ukm: None,
            key_enc_alg: AlgorithmIdentifierOwned {
                oid: STD_DH_SHA256,
                parameters: Some(Any::encode_from(&wrap)?),
            },
            recipient_enc_keys: vec![RecipientEncryptedKey {
                rid,
                enc_key: OctetString::new(&*wrapped)?,
            }],
        }))
    }
}
