//! The signed attributes of CAdES-B-B (EN 319 122-1 §6.3) and our statement: write and read.
//!
//! | attribute | clause | must be there |
//! |---|---|---|
//! | contentType | RFC 5652 §11.1 | yes |
//! | messageDigest | RFC 5652 §11.2 | yes |
//! | signingTime | RFC 5652 §11.3 | yes (EN 319 122-1 §6.3) |
//! | signingCertificateV2 | RFC 5035 §3 | yes |
//! | CMSAlgorithmProtection | RFC 6211 §2 | if there, it must agree |
//! | [`STATEMENT`] | `statement.rs` | no: other programs do not write it |
//!
//! Each at most once and with exactly one value. Others are signed too, but not read.

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5911;
use const_oid::db::rfc6211::ID_AA_CMS_ALGORITHM_PROTECT;
use der::asn1::OctetString;
use der::{Any, Decode, DecodeOwned, Encode, Sequence};
use jiff::Timestamp;
use spki::AlgorithmIdentifierOwned;
use x509_cert::attr::{Attribute, Attributes};
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::serial_number::SerialNumber;
use x509_cert::time::Time;

use crate::sign::algorithm::DigestAlgorithm;
use crate::sign::algorithm::Scheme;
use crate::sign::algorithm::same_algorithm;
use crate::sign::certificate::Certificate;
use crate::sign::certificate::instant;
use crate::sign::fault::Fault;
use crate::sign::primitive;
use crate::sign::statement::STATEMENT;
use crate::sign::statement::Statement;

/// What goes into the signed attributes.
pub(crate) struct Parts<'a> {
    pub(crate) scheme: Scheme,
    /// Digest of the content, in the scheme's digest algorithm.
    pub(crate) message_digest: Vec<u8>,
    /// Whole seconds count; fractions are dropped (RFC 5652 §11.3 has none). None in PAdES, where
    /// the dictionary has it (EN 319 142-1 §6.3).
    pub(crate) signing_time: Option<Timestamp>,
    pub(crate) certificate: &'a Certificate,
    /// DER of the [`Statement`]; none in PAdES.
    pub(crate) statement: Option<&'a [u8]>,
}

/// Writes the signed attributes, sorted as DER wants them.
pub(crate) fn write(parts: &Parts<'_>) -> der::Result<Attributes> {
    let protection = Protection {
        digest: parts.scheme.digest().identifier(),
        signature: Some(parts.scheme.identifier()),
    };
    let digest = OctetString::new(parts.message_digest.as_slice())?;
    let mut all = vec![
        attribute(rfc5911::ID_CONTENT_TYPE, &rfc5911::ID_DATA)?,
        attribute(rfc5911::ID_MESSAGE_DIGEST, &digest)?,
        attribute(
            rfc5911::ID_AA_SIGNING_CERTIFICATE_V_2,
            &reference(parts.certificate)?,
        )?,
        attribute(ID_AA_CMS_ALGORITHM_PROTECT, &protection)?,
    ];
    if let Some(at) = parts.signing_time {
        all.push(attribute(rfc5911::ID_SIGNING_TIME, &time(at)?)?);
    }
    if let Some(statement) = parts.statement {
        all.push(attribute(STATEMENT, &Any::from_der(statement)?)?);
    }
    Attributes::from_iter(all)
}

/// What the signed attributes say; `None` where nothing readable is said.
#[derive(Default)]
pub(crate) struct Claims {
    pub(crate) content_type: Option<ObjectIdentifier>,
    pub(crate) message_digest: Option<Vec<u8>>,
    pub(crate) signing_time: Option<Timestamp>,
    pub(crate) certificate: Option<CertificateReference>,
    pub(crate) protection: Option<Protection>,
    pub(crate) statement: Option<Statement>,
    /// Time-stamps over the content (EN 319 122-1 §5.2.8), each in DER; there may be several.
    pub(crate) content_stamps: Vec<Vec<u8>>,
}

impl Claims {
    /// Tells whether the certificate is named by SHA-1 only.
    pub(crate) fn is_named_by_sha1(&self) -> bool {
        let reference = self.certificate.as_ref();
        reference.is_some_and(|reference| reference.digest.is_none())
    }
}

/// In what signatures and time-stamp tokens differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rules {
    /// signingTime must be there; a token has its time in TSTInfo.
    signing_time: bool,
    /// The certificate may be named by SHA-1 (RFC 2634 §5.4), as RFC 3161 §2.4.2 had it and
    /// RFC 5816 still allows; most authorities write that.
    sha1_reference: bool,
}

impl Rules {
    pub(crate) const SIGNATURE: Self = Self {
        signing_time: true,
        sha1_reference: false,
    };
    pub(crate) const TIME_STAMP: Self = Self {
        signing_time: false,
        sha1_reference: true,
    };
}

/// Reads the signed attributes and reports each that is missing, repeated or unreadable.
pub(crate) fn read(attributes: &Attributes, rules: Rules, faults: &mut Vec<Fault>) -> Claims {
    let mut look = Look {
        attributes,
        rules,
        faults,
    };
    let content_type = look.demanded::<ObjectIdentifier>("contentType", rfc5911::ID_CONTENT_TYPE);
    let message_digest = look.message_digest();
    let time = look.optional::<Time>("signingTime", rfc5911::ID_SIGNING_TIME);
    if rules.signing_time && !look.has(rfc5911::ID_SIGNING_TIME) {
        look.faults.push(Fault::SigningTimeMissing {});
    }
    let protection = look.optional("CMSAlgorithmProtection", ID_AA_CMS_ALGORITHM_PROTECT);
    Claims {
        content_type,
        message_digest,
        signing_time: time.map(instant),
        certificate: look.certificate(),
        protection,
        statement: look.statement(),
        content_stamps: look.content_stamps(),
    }
}

/// Which certificate the signature was made with, by digest (RFC 5035 §4, ESSCertIDv2).
pub(crate) struct CertificateReference {
    /// `None`: SHA-1, in a time-stamp token.
    digest: Option<DigestAlgorithm>,
    hash: Vec<u8>,
    issuer_serial: Option<IssuerSerial>,
}

impl CertificateReference {
    /// Tells whether the reference is to the certificate with these bytes.
    pub(crate) fn is_to(&self, der: &[u8]) -> bool {
        match self.digest {
            Some(digest) => digest.of(der) == self.hash,
            None => primitive::sha1(der) == self.hash,
        }
    }

    /// Tells whether issuer and serial number, if given, are this certificate's.
    pub(crate) fn agrees_with(&self, certificate: &Certificate) -> bool {
        let Some(IssuerSerial { issuer, serial }) = &self.issuer_serial else {
            return true;
        };
        let named = GeneralName::DirectoryName(certificate.issuer().clone());
        *issuer == [named] && serial == certificate.serial()
    }
}

/// The algorithms of the signer, protected by the signature.
///
/// ```text
/// CMSAlgorithmProtection ::= SEQUENCE {
///     digestAlgorithm         DigestAlgorithmIdentifier,
///     signatureAlgorithm  [1] SignatureAlgorithmIdentifier OPTIONAL,
///     macAlgorithm        [2] MessageAuthenticationCodeAlgorithm OPTIONAL }
/// ```
#[derive(Sequence)]
pub(crate) struct Protection {
    digest: AlgorithmIdentifierOwned,
    #[asn1(
        context_specific = "1",
        tag_mode = "IMPLICIT",
        constructed = "true",
        optional = "true"
    )]
    signature: Option<AlgorithmIdentifierOwned>,
}

impl Protection {
    /// Compares as RFC 6211 §2 says; a protection without signature algorithm is for MACs.
    pub(crate) fn agrees(
        &self,
        digest: &AlgorithmIdentifierOwned,
        signature: &AlgorithmIdentifierOwned,
    ) -> bool {
        same_algorithm(&self.digest, digest)
            && self
                .signature
                .as_ref()
                .is_some_and(|own| same_algorithm(own, signature))
    }
}

struct Look<'a> {
    attributes: &'a Attributes,
    rules: Rules,
    faults: &'a mut Vec<Fault>,
}

impl Look<'_> {
    fn demanded<T: DecodeOwned>(&mut self, name: &'static str, oid: ObjectIdentifier) -> Option<T> {
        if !self.has(oid) {
            self.faults
                .push(Fault::AttributeMissing { attribute: name });
        }
        self.optional(name, oid)
    }

    fn optional<T: DecodeOwned>(&mut self, name: &'static str, oid: ObjectIdentifier) -> Option<T> {
        let der = self.only_value(name, oid)?;
        let value = T::from_der(&der).ok();
        if value.is_none() {
            self.faults
                .push(Fault::AttributeMalformed { attribute: name });
        }
        value
    }

    fn message_digest(&mut self) -> Option<Vec<u8>> {
        let name = "messageDigest";
        let octets = self.demanded::<OctetString>(name, rfc5911::ID_MESSAGE_DIGEST)?;
        if octets.as_bytes().len() > LONGEST_DIGEST {
            self.faults
                .push(Fault::AttributeMalformed { attribute: name });
            return None;
        }
        Some(octets.as_bytes().to_vec())
    }

    fn certificate(&mut self) -> Option<CertificateReference> {
        if !self.has(rfc5911::ID_AA_SIGNING_CERTIFICATE_V_2) {
            let old = self.has(rfc5911::ID_AA_SIGNING_CERTIFICATE);
            if old && self.rules.sha1_reference {
                return self.certificate_by_sha1();
            }
            self.faults.push(match old {
                true => Fault::SigningCertificateSha1 {},
                false => Fault::SigningCertificateMissing {},
            });
            return None;
        }
        let name = "signingCertificateV2";
        let value: SigningCertificateV2 =
            self.optional(name, rfc5911::ID_AA_SIGNING_CERTIFICATE_V_2)?;
        // RFC 5035 §3: the first names the signer, the others its authorities.
        let Some(first) = value.certs.into_iter().next() else {
            self.faults
                .push(Fault::AttributeMalformed { attribute: name });
            return None;
        };
        let digest = first
            .hash_algorithm
            .as_ref()
            .map_or(Ok(DigestAlgorithm::Sha256), DigestAlgorithm::read);
        let digest = digest.map_err(|fault| self.faults.push(fault)).ok()?;
        let hash = first.cert_hash.as_bytes().to_vec();
        Some(CertificateReference {
            digest: Some(digest),
            hash,
            issuer_serial: first.issuer_serial,
        })
    }

    /// RFC 2634 §5.4.
    fn certificate_by_sha1(&mut self) -> Option<CertificateReference> {
        let name = "signingCertificate";
        let value: SigningCertificate = self.optional(name, rfc5911::ID_AA_SIGNING_CERTIFICATE)?;
        let Some(first) = value.certs.into_iter().next() else {
            self.faults
                .push(Fault::AttributeMalformed { attribute: name });
            return None;
        };
        Some(CertificateReference {
            digest: None,
            hash: first.cert_hash.as_bytes().to_vec(),
            issuer_serial: first.issuer_serial,
        })
    }

    fn statement(&mut self) -> Option<Statement> {
        let der = self.only_value("hosoStatement", STATEMENT)?;
        Statement::from_der(&der)
            .map_err(|error| {
                self.faults.push(Fault::StatementMalformed {
                    reason: error.to_string(),
                })
            })
            .ok()
    }

    fn content_stamps(&self) -> Vec<Vec<u8>> {
        let all = self.attributes.iter();
        all.filter(|attribute| attribute.oid == CONTENT_STAMP)
            .flat_map(|attribute| attribute.values.iter())
            .take(MOST_CONTENT_STAMPS)
            .filter_map(|value| value.to_der().ok())
            .collect()
    }

    fn has(&self, oid: ObjectIdentifier) -> bool {
        self.attributes.iter().any(|attribute| attribute.oid == oid)
    }

    /// Returns the DER of the only value of the only attribute of this type.
    fn only_value(&mut self, name: &'static str, oid: ObjectIdentifier) -> Option<Vec<u8>> {
        let found: Vec<_> = self.attributes.iter().filter(|a| a.oid == oid).collect();
        let values = found.iter().map(|attribute| attribute.values.len()).sum();
        match found[..] {
            [] => None,
            [only] if values == 1 => {
                let der = only.values.get(0)?.to_der().ok()?;
                if der.len() > VALUE_LIMIT {
                    self.faults
                        .push(Fault::AttributeMalformed { attribute: name });
                    return None;
                }
                Some(der)
            }
            [_] => {
                self.faults.push(Fault::AttributeRepeated {
                    attribute: name,
                    count: values,
                });
                None
            }
            [_, _, ..] => {
                let count = values.max(found.len());
                self.faults.push(Fault::AttributeRepeated {
                    attribute: name,
                    count,
                });
                None
            }
        }
    }
}

/// id-aa-ets-contentTimestamp (EN 319 122-1 §5.2.8).
pub(crate) const CONTENT_STAMP: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.20");

/// One is usual.
const MOST_CONTENT_STAMPS: usize = 8;

/// SHA-512 has the longest; a digest is shown to people when it differs.
const LONGEST_DIGEST: usize = 64;

/// Names in a value are sorted while read, at the square of their number; real values are below 1 kB
/// (a statement below 8).
const VALUE_LIMIT: usize = 16 * 1024;

#[derive(Sequence)]
struct SigningCertificateV2 {
    certs: Vec<EssCertIdV2>,
    #[asn1(optional = "true")]
    policies: Option<Any>,
}

/// `hashAlgorithm` has SHA-256 as its DEFAULT, which DER leaves out: `None`.
#[derive(Sequence)]
struct EssCertIdV2 {
    #[asn1(optional = "true")]
    hash_algorithm: Option<AlgorithmIdentifierOwned>,
    cert_hash: OctetString,
    #[asn1(optional = "true")]
    issuer_serial: Option<IssuerSerial>,
}

#[derive(Sequence)]
struct SigningCertificate {
    certs: Vec<EssCertId>,
    #[asn1(optional = "true")]
    policies: Option<Any>,
}

#[derive(Sequence)]
struct EssCertId {
    cert_hash: OctetString,
    #[asn1(optional = "true")]
    issuer_serial: Option<IssuerSerial>,
}

#[derive(Sequence)]
struct IssuerSerial {
    issuer: Vec<GeneralName>,
    serial: SerialNumber,
}

fn reference(certificate: &Certificate) -> der::Result<SigningCertificateV2> {
    let issuer = vec![GeneralName::DirectoryName(certificate.issuer().clone())];
    let serial = certificate.serial().clone();
    let first = EssCertIdV2 {
        hash_algorithm: None,
        cert_hash: OctetString::new(DigestAlgorithm::Sha256.of(certificate.der()))?,
        issuer_serial: Some(IssuerSerial { issuer, serial }),
    };
    Ok(SigningCertificateV2 {
        certs: vec![first],
        policies: None,
    })
}

/// RFC 5652 §11.3: UTCTime until 2049, GeneralizedTime after, whole seconds; `Time` does it.
fn time(at: Timestamp) -> der::Result<Time> {
    let seconds = u64::try_from(at.as_second()).map_err(|_| der::ErrorKind::DateTime)?;
    let moment = der::DateTime::from_unix_duration(std::time::Duration::from_secs(seconds))?;
    Ok(Time::from(moment))
}

fn attribute(oid: ObjectIdentifier, value: &impl Encode) -> der::Result<Attribute> {
    let value = Any::from_der(&value.to_der()?)?;
    let values = der::asn1::SetOfVec::from_iter([value])?;
    Ok(Attribute { oid, values })
}
