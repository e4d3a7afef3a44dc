//! Signatures: bytes in, bytes or an [`Examined`] out.
//!
//! Detached CMS signatures (RFC 5652) with the attributes of CAdES-B-B (EN 319 122-1), one file
//! per signer. This module knows bytes, keys, certificates and instants; not records, git, Typst
//! or PDF, and it reads no clock, disk or environment, so it can be audited alone.
//!
//! | part | what it is |
//! |---|---|
//! | `demo` | a throw-away authority for `hoso init --demo` and the sample school |
//! | `verify` | decode, inspect, digest, signature, path: [`Examined`] |
//! | `chain` | certificate paths to an anchor, as of an instant |
//! | `pades` | the CMS inside a PDF, which has other attributes |
//! | `signer` | who can sign: [`Signer`], PKCS#12 |
//! | `cms` | SignedData to and from bytes, only the allowed profile |
//! | `attributes` | the signed attributes |
//! | `certificate` | what a certificate says and whether it may sign |
//! | `algorithm` | digests, signature algorithms, keys |
//! | `statement` | what the signer states: record, step, capacity, earlier signatures |
//! | `fault` | everything that can be wrong |
//! | `verdict` | three answers and one verdict, in the words of EN 319 102-1 |

use jiff::Timestamp;
use thiserror::Error;

use crate::diag::Words;
use crate::digest::Sha256;

pub mod demo;
mod verify;
mod chain;
mod pades;
mod signer;
mod cms;
mod attributes;
mod certificate;
mod algorithm;
mod statement;
mod fault;
mod verdict;
#[cfg(test)]
mod attacks;
#[cfg(test)]
mod foreign;
#[cfg(test)]
mod sample;

pub use algorithm::Scheme;
pub use certificate::{CertificateError, CertificateFacts};
pub use chain::{AnchorError, Anchors};
pub use fault::Fault;
pub use pades::{pades_signature, pades_signer};
pub use signer::{Pkcs12, Pkcs12Error, Signer, SignerError};
pub use statement::{STATEMENT, Statement, StatementError};
pub use verdict::{Answer, Question, SubIndication, Verdict};
pub use verify::{Content, Examined, verify};

use attributes::Parts;
use certificate::Certificate;
use cms::ToBeSigned;

/// Signs `content` with the statement, claiming `at` as signing time, and returns the DER file.
///
/// 1. Nobody signs who may not: the certificate is valid at `at`, meant for signing, of the profile.
/// 2. The signed attributes are built and signed (RFC 5652 §5.4).
/// 3. Leaf and intermediates go into the file; a root does not, it would prove nothing.
/// 4. The file is verified before it is returned: a wrong answer of a token stays here.
///
/// # Errors
/// [`SignError`], and then there is no file.
pub fn sign(
    content: &[u8],
    statement: &Statement,
    signer: &dyn Signer,
    at: Timestamp,
) -> Result<Vec<u8>, SignError> {
    let certificate = Certificate::read(signer.certificate())?;
    let chain = intermediates(&certificate, signer.chain())?;
    fitness(&certificate, at)?;

    let scheme = signer.scheme();
    let parts = Parts {
        scheme,
        message_digest: scheme.digest().of(content),
        signing_time: at,
        certificate: &certificate,
        statement: &statement.to_der()?,
    };
    let attributes = attributes::write(&parts).map_err(unencodable)?;
    let signed = ToBeSigned::of(&attributes).map_err(unencodable)?;
    let signature = signer.sign(&signed.sorted)?;
    let file =
        cms::encode(scheme, attributes, signature, &certificate, &chain).map_err(unencodable)?;

    match verify::own_faults(content.into(), &file).into_iter().next() {
        None => Ok(file),
        Some(fault) => Err(SignError::Refuted { fault }),
    }
}

/// The digest of what nothing may be added to: the file without unsigned attributes and revocation
/// data. It names a signature through all its levels.
pub fn core_digest(file: &[u8]) -> Sha256 {
    Sha256::of(file)
}

/// Says why there is no signature.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SignError {
    /// A certificate of the signer cannot be read.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The file cannot be encoded.
    #[error("the signature cannot be encoded: {reason}")]
    Encoding {
        /// What the encoder says.
        reason: String,
    },
    /// The signature that came from the key does not hold.
    #[error("the signature that the key made does not hold: {}", fault.words().en)]
    Refuted {
        /// What is wrong with it.
        fault: Fault,
    },
    /// The key did not sign.
    #[error(transparent)]
    Signer(#[from] SignerError),
    /// The statement is out of bounds.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// The certificate may not sign, or not now.
    #[error("this certificate cannot sign: {}", fault.words().en)]
    Unfit {
        /// Why not.
        fault: Fault,
    },
}

impl SignError {
    /// Says it for people.
    pub fn words(&self) -> Words {
        let vi = match self {
            Self::Certificate(error) => return error.words(),
            Self::Signer(error) => return error.words(),
            Self::Statement(error) => return error.words(),
            Self::Encoding { reason } => format!("không ghi được tệp chữ ký ({reason})"),
            Self::Refuted { fault } => {
                format!("chữ ký do khóa tạo ra không đúng: {}", fault.words().vi)
            }
            Self::Unfit { fault } => {
                format!("không ký được bằng chứng thư này: {}", fault.words().vi)
            }
        };
        Words::new(vi, self.to_string())
    }
}

/// The certificates above the leaf that belong into the file.
fn intermediates(
    leaf: &Certificate,
    chain: &[Vec<u8>],
) -> Result<Vec<Certificate>, CertificateError> {
    let read: Vec<_> = chain
        .iter()
        .map(|der| Certificate::read(der))
        .collect::<Result<_, _>>()?;
    let belongs = |other: &Certificate| !other.is_self_issued() && other.der() != leaf.der();
    Ok(read.into_iter().filter(belongs).collect())
}

fn fitness(certificate: &Certificate, at: Timestamp) -> Result<(), SignError> {
    let (not_before, not_after) = (
        certificate.facts().not_before,
        certificate.facts().not_after,
    );
    let fault = match certificate.usage_faults().into_iter().next() {
        Some(fault) => fault,
        None if at < not_before => Fault::CertificateNotYetValid { not_before, at },
        None if at > not_after => Fault::CertificateExpired { not_after, at },
        None => match certificate.key() {
            Ok(_) => return Ok(()),
            Err(fault) => fault,
        },
    };
    Err(SignError::Unfit { fault })
}

fn unencodable(error: der::Error) -> SignError {
    SignError::Encoding {
        reason: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign::demo::KeyChoice;

    fn unfit(identity: &demo::Identity, at: Timestamp) -> SignError {
        sign(
            sample::CONTENT,
            &sample::statement(),
            &sample::open(identity),
            at,
        )
        .unwrap_err()
    }

    #[test]
    fn what_is_signed_verifies_with_every_kind_of_key() {
        for key in [KeyChoice::P256, KeyChoice::P384, KeyChoice::Rsa2048] {
            let signer = sample::open(&sample::identity(key));
            let file = sign(sample::CONTENT, &sample::statement(), &signer, sample::at()).unwrap();
            let examined = verify(sample::CONTENT, &file, &sample::anchors(), sample::at());
            assert_eq!(examined.faults(), []);
            let answers = [examined.intact(), examined.valid(), examined.trusted()];
            assert_eq!(answers, [Answer::Yes; 3]);
            assert_eq!(examined.verdict().to_string(), "INDETERMINATE/TRY_LATER");
            assert_eq!(examined.signing_time(), Some(sample::at()));
            assert_eq!(examined.statement(), Some(&sample::statement()));
            assert_ne!(examined.words().vi, examined.words().en);
        }
    }

    #[test]
    fn nobody_signs_outside_the_validity_of_the_certificate() {
        let identity = sample::identity(KeyChoice::P256);
        let early = unfit(&identity, sample::instant("2024-07-31T23:59:59Z"));
        assert!(matches!(
            early,
            SignError::Unfit {
                fault: Fault::CertificateNotYetValid { .. }
            }
        ));
        let late = unfit(&identity, sample::instant("2027-08-01T00:00:00Z"));
        assert!(matches!(
            late,
            SignError::Unfit {
                fault: Fault::CertificateExpired { .. }
            }
        ));
        assert_ne!(late.words().vi, late.words().en);
    }

    #[test]
    fn nobody_signs_with_a_certificate_for_something_else() {
        let mut signer = Broken {
            certificate: sample::fixture!("ed25519.der"),
            answer: b"x",
        };
        let sign =
            |signer: &Broken| sign(b"", &sample::statement(), signer, sample::at()).unwrap_err();
        assert!(matches!(
            sign(&signer),
            SignError::Unfit {
                fault: Fault::KeyUnsupported { .. }
            }
        ));
        signer.certificate = sample::fixture!("ica.der");
        assert!(matches!(
            sign(&signer),
            SignError::Unfit {
                fault: Fault::KeyUsageUnsuitable {}
            }
        ));
        signer.certificate = b"none";
        assert!(matches!(sign(&signer), SignError::Certificate(_)));
    }

    #[test]
    fn a_wrong_answer_of_a_key_is_never_returned() {
        let certificate = sample::signer().certificate();
        let sign = |answer| {
            sign(
                b"",
                &sample::statement(),
                &Broken {
                    certificate,
                    answer,
                },
                sample::at(),
            )
            .unwrap_err()
        };
        let refuted = SignError::Refuted {
            fault: Fault::SignatureMismatch {},
        };
        assert_eq!(sign(b"wrong"), refuted);
        let failed = sign(b"");
        assert!(matches!(failed, SignError::Signer(_)));
        for error in [refuted, failed] {
            assert_ne!(error.words().vi, error.words().en);
        }
    }

    #[test]
    fn the_root_stays_out_of_the_file() {
        let file = sign(b"", &sample::statement(), sample::signer(), sample::at()).unwrap();
        let mut faults = Vec::new();
        let decoded = cms::decode(&file, &mut faults).unwrap();
        assert_eq!(decoded.certificates.len(), 2);
        assert!(!decoded.certificates.contains(&sample::signer().chain()[1]));
    }

    /// A token that answers nonsense, or nothing.
    struct Broken<'a> {
        certificate: &'a [u8],
        answer: &'a [u8],
    }

    impl Signer for Broken<'_> {
        fn certificate(&self) -> &[u8] {
            self.certificate
        }

        fn chain(&self) -> &[Vec<u8>] {
            &[]
        }

        fn scheme(&self) -> Scheme {
            Scheme::ECDSA_SHA256
        }

        fn sign(&self, _: &[u8]) -> Result<Vec<u8>, SignerError> {
            match self.answer {
                b"" => Err(SignerError {
                    reason: "removed".into(),
                }),
                answer => Ok(answer.to_vec()),
            }
        }
    }
}
