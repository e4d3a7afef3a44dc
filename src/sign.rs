//! Signatures: bytes in, bytes or an [`Examined`] out.
//!
//! Detached CMS signatures (RFC 5652) with the attributes of CAdES-B-B (EN 319 122-1), one file
//! per signer. This module knows bytes, keys, certificates and instants; not records, git, Typst
//! or PDF, and it reads no clock, disk or environment, so it can be audited alone.
//!
//! | part | what it is |
//! |---|---|
//! | `demo` | a throw-away authority for `hoso init --demo` and the sample school |
//! | `level` | what may be added after signing: time-stamps, revocation data |
//! | `timestamp` | time-stamps: asking for one, accepting it, checking it later |
//! | `others` | other people's files: several signers, content inside |
//! | `verify` | decode, inspect, digest, signature, path: [`Examined`] |
//! | `inquiry` | what is known of the revocation of every certificate in it |
//! | `inspect` | one signer of a CMS file: attributes, certificate, digest, signature |
//! | `process` | time-stamps and the certificate's path at the time that is proven |
//! | `path` | certificate paths to an anchor, as of an instant |
//! | `revocation` | CRLs and OCSP responses: what they say about an instant |
//! | `policy` | algorithms and key sizes by date |
//! | `trust` | whom and what the school trusts: [`TrustStore`] |
//! | `raised` | whether a file is another with something added |
//! | `pades` | reads back the CMS that was put into a PDF |
//! | `signer` | who can sign: [`Signer`], PKCS#12 |
//! | `cms` | SignedData to and from bytes |
//! | `tlv` | the elements of a file as the very bytes they are |
//! | `attributes` | the signed attributes |
//! | `certificate` | what a certificate says and whether it may sign |
//! | `algorithm` | digests, signature algorithms, keys |
//! | `primitive` | checks with a public key, by AWS-LC |
//! | `rustcrypto` | the same by RustCrypto, for browsers |
//! | `statement` | what the signer states: record, step, capacity, earlier signatures |
//! | `fault` | everything that can be wrong |
//! | `facts` | what was found, as JSON |
//! | `verdict` | three answers and one verdict, in the words of EN 319 102-1 |

use jiff::Timestamp;
use thiserror::Error;

use crate::diag::Words;
use crate::digest::Sha256;

pub mod demo;
pub mod level;
pub mod timestamp;
mod others;
mod verify;
mod inspect;
mod inquiry;
mod process;
mod raised;
mod path;
mod revocation;
mod trust;
mod policy;
mod pades;
mod signer;
mod cms;
mod tlv;
mod attributes;
mod certificate;
mod algorithm;
mod primitive;
mod statement;
mod fault;
mod facts;
mod verdict;
#[cfg(test)]
mod attacks;
#[cfg(test)]
mod foreign;
#[cfg(test)]
mod lab;
#[cfg(test)]
mod pkits;
#[cfg(test)]
mod world;
#[cfg(test)]
mod rustcrypto;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod vectors;

pub use algorithm::{Scheme, SchemeError};
pub use certificate::{CertificateError, CertificateFacts};
pub use facts::facts;
pub use fault::Fault;
pub use inquiry::{Inquiry, inquire, last_stamp_ends};
pub use others::verify_all;
pub use pades::pades_signer;
pub use policy::Policy;
pub use process::{Revocation, Stamp, StampKind};
pub use raised::only_adds;
pub use revocation::ocsp::{Naming, request as ocsp_request};
pub use revocation::sources::Sources;
pub use revocation::{CRL_LIMIT, Evidence, EvidenceError, OCSP_LIMIT, Source, Status, Why};
pub use signer::{Pkcs12, Pkcs12Error, Signer, SignerError, ecdsa_der};
pub use statement::{Act, MAX_REASON, STATEMENT, Statement, StatementError};
pub use trust::{AnchorError, AnchorList, TrustStore};
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
    let credential = Credential::of(signer);
    let prepared = prepare(content, Profile::Cades(statement), &credential, at)?;
    let signature = signer.sign(prepared.to_be_signed())?;
    prepared.complete(content, &signature)
}

/// Which signed attributes there are.
#[derive(Clone, Copy, Debug)]
pub enum Profile<'a> {
    /// CAdES-B-B with our statement (EN 319 122-1 §6.3).
    Cades(&'a Statement),
    /// PAdES-B-B: neither signing time, which the PDF has as `/M`, nor statement (EN 319 142-1 §6.3).
    Pades,
}

/// Who signs and how: all of a signer but the key.
#[derive(Clone, Copy, Debug)]
pub struct Credential<'a> {
    /// The certificate in DER.
    pub certificate: &'a [u8],
    /// Certificates above it in DER, in any order; a root is left out.
    pub chain: &'a [Vec<u8>],
    /// The algorithm that the signature will be made with.
    pub scheme: Scheme,
}

impl<'a> Credential<'a> {
    /// That of a signer.
    pub fn of(signer: &'a dyn Signer) -> Self {
        Self {
            certificate: signer.certificate(),
            chain: signer.chain(),
            scheme: signer.scheme(),
        }
    }
}

/// A signature file but for the signature itself, which a key may make later and elsewhere.
pub struct Prepared {
    scheme: Scheme,
    attributes: x509_cert::attr::Attributes,
    to_be_signed: Vec<u8>,
    certificate: Certificate,
    chain: Vec<Certificate>,
    timed: bool,
}

/// Prepares a signature over `content`: equal arguments give equal bytes to be signed.
///
/// `at` is the instant of signing: the certificate must be valid then, and CAdES claims it.
///
/// # Errors
/// [`SignError`] if the certificate may not sign, or not now.
pub fn prepare(
    content: &[u8],
    profile: Profile<'_>,
    credential: &Credential<'_>,
    at: Timestamp,
) -> Result<Prepared, SignError> {
    let certificate = Certificate::read(credential.certificate)?;
    let chain = intermediates(&certificate, credential.chain)?;
    fitness(&certificate, at)?;

    let scheme = credential.scheme;
    let (signing_time, statement) = match profile {
        Profile::Cades(statement) => (Some(at), Some(statement.to_der()?)),
        Profile::Pades => (None, None),
    };
    let parts = Parts {
        scheme,
        message_digest: scheme.digest().of(content),
        signing_time,
        certificate: &certificate,
        statement: statement.as_deref(),
    };
    let attributes = attributes::write(&parts).map_err(unencodable)?;
    let to_be_signed = ToBeSigned::of(&attributes).map_err(unencodable)?.sorted;
    Ok(Prepared {
        scheme,
        attributes,
        to_be_signed,
        certificate,
        chain,
        timed: signing_time.is_some(),
    })
}

impl Prepared {
    /// Returns the bytes that the key signs: the DER of the signed attributes, as a SET OF
    /// (RFC 5652 §5.4).
    pub fn to_be_signed(&self) -> &[u8] {
        &self.to_be_signed
    }

    /// Puts the signature in and returns the file, verified over `content` again.
    ///
    /// ECDSA may come as DER or as its two halves one after the other, as tokens give it.
    ///
    /// # Errors
    /// [`SignError::Refuted`] for a signature that does not hold, or for other content.
    pub fn complete(&self, content: &[u8], signature: &[u8]) -> Result<Vec<u8>, SignError> {
        match self.file(content, signature.to_vec()) {
            Err(SignError::Refuted { fault }) => {
                let halves = self.scheme.coordinate().map(|length| 2 * length);
                let joined = (halves == Some(signature.len()))
                    .then(|| signer::ecdsa_der(signature))
                    .flatten();
                match joined {
                    Some(joined) => self.file(content, joined),
                    None => Err(SignError::Refuted { fault }),
                }
            }
            other => other,
        }
    }

    fn file(&self, content: &[u8], signature: Vec<u8>) -> Result<Vec<u8>, SignError> {
        let attributes = self.attributes.clone();
        let file = cms::encode(
            self.scheme,
            attributes,
            signature,
            &self.certificate,
            &self.chain,
        )
        .map_err(unencodable)?;
        // PAdES has its time in the PDF.
        let expected = |fault: &Fault| !self.timed && *fault == Fault::SigningTimeMissing {};
        let faults = verify::own_faults(content.into(), &file);
        match faults.into_iter().find(|fault| !expected(fault)) {
            None => Ok(file),
            Some(fault) => Err(SignError::Refuted { fault }),
        }
    }
}

/// Returns the digest of what nothing may be added to: SHA-256 of the file in DER without unsigned
/// attributes and revocation data, the sets sorted, the version as [`sign`] would write it.
///
/// It names a signature through all its levels: a time-stamp, revocation data or an archive
/// time-stamp leaves it equal, and for a file as [`sign`] writes it, it is the digest of the file.
/// So it is for a file that cannot be read.
pub fn core_digest(file: &[u8]) -> Sha256 {
    cms::core_digest(file)
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

    #[test]
    fn a_signature_made_elsewhere_is_put_in_as_der_or_as_two_halves() {
        for key in [KeyChoice::P256, KeyChoice::P384] {
            let signer = sample::open(&sample::identity(key));
            let statement = sample::statement();
            let profile = Profile::Cades(&statement);
            let prepare = |content: &[u8]| {
                prepare(content, profile, &Credential::of(&signer), sample::at()).unwrap()
            };
            let prepared = prepare(sample::CONTENT);
            let again = prepare(sample::CONTENT);
            assert_eq!(prepared.to_be_signed(), again.to_be_signed());
            let der = signer.sign(prepared.to_be_signed()).unwrap();
            let file = prepared.complete(sample::CONTENT, &der).unwrap();
            let halves = halves(&der, signer.scheme().coordinate().unwrap());
            assert_eq!(prepared.complete(sample::CONTENT, &halves), Ok(file));
            for wrong in [&der[1..], &halves[1..], &[0; 64], &[0xff; 96], b""] {
                let error = prepared.complete(sample::CONTENT, wrong);
                assert!(matches!(error, Err(SignError::Refuted { .. })), "{error:?}");
            }
            assert!(matches!(
                prepared.complete(b"other content", &der),
                Err(SignError::Refuted {
                    fault: Fault::DigestMismatch { .. }
                })
            ));
        }
    }

    #[test]
    fn pss_is_made_and_checked() {
        let signer = sample::open(&sample::identity(KeyChoice::Rsa2048)).with_pss();
        assert_eq!(signer.scheme(), Scheme::RSA_PSS_SHA256);
        let file = sign(sample::CONTENT, &sample::statement(), &signer, sample::at()).unwrap();
        let examined = verify(sample::CONTENT, &file, &sample::anchors(), sample::at());
        assert_eq!(examined.faults(), []);
        let certificate = signer.certificate();
        for (pss, scheme) in [(true, Scheme::RSA_PSS_SHA256), (false, Scheme::RSA_SHA256)] {
            assert_eq!(Scheme::of_certificate(certificate, pss), Ok(scheme));
        }
    }

    #[test]
    fn pades_carries_neither_time_nor_statement() {
        let signer = sample::signer();
        let credential = Credential::of(signer);
        let prepared = prepare(sample::CONTENT, Profile::Pades, &credential, sample::at()).unwrap();
        let signature = signer.sign(prepared.to_be_signed()).unwrap();
        let file = prepared.complete(sample::CONTENT, &signature).unwrap();
        let examined = verify(sample::CONTENT, &file, &sample::anchors(), sample::at());
        assert_eq!(
            (examined.signing_time(), examined.statement()),
            (None, None)
        );
        assert!(examined.faults().contains(&Fault::SigningTimeMissing {}));
    }

    /// r and s of a DER signature, each filled up to `length` bytes.
    fn halves(der: &[u8], length: usize) -> Vec<u8> {
        use der::Decode;
        let [r, s] = Vec::<der::asn1::Uint>::from_der(der)
            .unwrap()
            .try_into()
            .unwrap();
        let fill = |number: der::asn1::Uint| {
            let bytes = number.as_bytes().to_vec();
            [vec![0; length - bytes.len()], bytes].concat()
        };
        [fill(r), fill(s)].concat()
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
