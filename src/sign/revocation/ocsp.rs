//! OCSP (RFC 6960): requests, and responses as evidence.
//!
//! A response counts for a certificate when
//!
//! 1. it is a successful basic response, read from the bytes as they stand (§4.2.1), and no critical
//!    extension in it is unknown; a nonce is ignored, since a stored answer was asked for by nobody;
//! 2. a single response names the certificate by serial number and by the digests of its issuer's
//!    name and key, SHA-1 or SHA-2 (§4.1.1): SHA-1 only identifies here, the issuer's key decides;
//! 3. it is signed by the issuer's own key, or by a responder whom that very key certified for OCSP
//!    (§4.2.2.2) and who is not revoked: `id-pkix-ocsp-nocheck`, or a CRL says so;
//! 4. the responder's identifier is that signer's, and the signer was valid when it was produced.

use certval::compare_names;
use certval::ocsp::CertId;
use certval::ocsp::CertStatus;
use certval::ocsp::OcspRequest;
use certval::ocsp::OcspResponse;
use certval::ocsp::OcspResponseStatus;
use certval::ocsp::Request;
use certval::ocsp::ResponderId;
use certval::ocsp::ResponseData;
use certval::ocsp::SingleResponse;
use certval::ocsp::TbsRequest;
use const_oid::ObjectIdentifier;
use const_oid::db::rfc5912 as oid;
use der::asn1::OctetString;
use der::{Any, Decode, Encode, Sequence};
use jiff::Timestamp;
use spki::AlgorithmIdentifierOwned;
use x509_cert::certificate::Raw;
use x509_cert::ext::Extensions;
use x509_cert::ext::pkix::CrlReason;

use crate::sign::algorithm::Scheme;
use crate::sign::algorithm::identify;
use crate::sign::certificate::Certificate;
use crate::sign::certificate::CertificateError;
use crate::sign::certificate::Signed;
use crate::sign::path::Purpose;
use crate::sign::policy::Policy;
use crate::sign::revocation::Entry;
use crate::sign::revocation::EvidenceError;
use crate::sign::revocation::instant;

/// How a request names the certificate it asks about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naming {
    /// By SHA-1, which every responder understands (RFC 5019 §2.1.1).
    Sha1,
    /// By SHA-256.
    Sha256,
}

/// Writes a request for one certificate, unsigned and without a nonce, so that responders may answer
/// from their store (RFC 5019 §2.1).
///
/// # Errors
/// [`CertificateError`] if one of the two is no certificate.
pub fn request(
    certificate: &[u8],
    issuer: &[u8],
    naming: Naming,
) -> Result<Vec<u8>, CertificateError> {
    let malformed = |error: der::Error| CertificateError::Malformed {
        reason: error.to_string(),
    };
    let (certificate, issuer) = (Certificate::read(certificate)?, Certificate::read(issuer)?);
    let algorithm = match naming {
        // RFC 5019 leaves the parameters open; NULL is what everybody sends.
        Naming::Sha1 => oid::ID_SHA_1,
        Naming::Sha256 => oid::ID_SHA_256,
    };
    let (name, key) = digests(&certificate, &issuer, algorithm).map_err(malformed)?;
    let serial = certificate.serial().to_der().map_err(malformed)?;
    let request = OcspRequest::<Raw> {
        tbs_request: TbsRequest {
            request_list: vec![Request {
                req_cert: CertId {
                    hash_algorithm: AlgorithmIdentifierOwned {
                        oid: algorithm,
                        parameters: Some(Any::null()),
                    },
                    issuer_name_hash: OctetString::new(name).map_err(malformed)?,
                    issuer_key_hash: OctetString::new(key).map_err(malformed)?,
                    serial_number: Decode::from_der(&serial).map_err(malformed)?,
                },
                single_request_extensions: None,
            }],
            ..TbsRequest::default()
        },
        optional_signature: None,
    };
    request.to_der().map_err(malformed)
}

/// The digests of the issuer's name, as the certificate spells it, and of its key (RFC 6960 §4.1.1).
fn digests(
    certificate: &Certificate,
    issuer: &Certificate,
    algorithm: ObjectIdentifier,
) -> Result<(Vec<u8>, Vec<u8>), der::Error> {
    let unknown = || der::ErrorKind::OidUnknown { oid: algorithm };
    let name = certificate.issuer().to_der()?;
    let key = issuer.spki().subject_public_key.raw_bytes();
    let name = identify(algorithm, &name).ok_or_else(unknown)?;
    let key = identify(algorithm, key).ok_or_else(unknown)?;
    Ok((name, key))
}

/// A response that was read.
#[derive(Clone, Debug)]
pub(crate) struct Response {
    der: Vec<u8>,
    basic: Basic,
}

/// What a response says of one certificate.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub this_update: Timestamp,
    pub next_update: Option<Timestamp>,
    pub produced_at: Timestamp,
    /// From when on the responder still knows certificates that ended (RFC 6960 §4.4.4).
    pub remembers_from: Option<Timestamp>,
    pub said: Said,
}

/// The status in a response.
#[derive(Clone, Debug)]
pub(crate) enum Said {
    Good,
    Revoked(Entry),
    Unknown,
}

/// BasicOCSPResponse (RFC 6960 §4.2.1) with its certificates as they stand.
#[derive(Clone, Debug, Sequence)]
struct Basic {
    data: ResponseData,
    algorithm: AlgorithmIdentifierOwned,
    signature: der::asn1::BitString,
    #[asn1(context_specific = "0", optional = "true", tag_mode = "EXPLICIT")]
    certificates: Option<Vec<Any>>,
}

/// Most certificates and most single responses in one response.
const MOST: usize = 64;

impl Response {
    pub(crate) fn read(der: &[u8]) -> Result<Self, EvidenceError> {
        let malformed = |error: der::Error| EvidenceError::Malformed {
            reason: error.to_string(),
        };
        let outer = OcspResponse::from_der(der).map_err(malformed)?;
        let bytes = match (outer.response_status, outer.response_bytes) {
            (OcspResponseStatus::Successful, Some(bytes)) if bytes.response_type == BASIC => bytes,
            (status, _) => {
                let reason = format!("response status {status:?}");
                return Err(EvidenceError::Malformed { reason });
            }
        };
        let der = bytes.response.as_bytes().to_vec();
        let basic = Basic::from_der(&der).map_err(malformed)?;
        let certificates = basic.certificates.as_ref().map_or(0, Vec::len);
        if certificates > MOST || basic.data.responses.len() > MOST {
            let reason = "too many certificates or answers".to_owned();
            return Err(EvidenceError::Malformed { reason });
        }
        Ok(Self { der, basic })
    }

    /// What it says of `certificate`, if it speaks of it at all. Whoever made it is not known yet.
    pub(crate) fn about(&self, certificate: &Certificate, issuer: &Certificate) -> Option<Answer> {
        let data = &self.basic.data;
        if has_unknown_critical(&data.response_extensions) {
            return None;
        }
        let single = data
            .responses
            .iter()
            .find(|one| names(one, certificate, issuer))?;
        if has_unknown_critical(&single.single_extensions) {
            return None;
        }
        let said = match &single.cert_status {
            CertStatus::Good(_) => Said::Good,
            CertStatus::Unknown(_) => Said::Unknown,
            CertStatus::Revoked(info) => Said::Revoked(Entry {
                since: instant(info.revocation_time.0.to_unix_duration()),
                reason: info.revocation_reason.unwrap_or(CrlReason::Unspecified),
                invalid_since: None,
            }),
        };
        Some(Answer {
            this_update: instant(single.this_update.0.to_unix_duration()),
            next_update: single
                .next_update
                .map(|time| instant(time.0.to_unix_duration())),
            produced_at: instant(data.produced_at.0.to_unix_duration()),
            remembers_from: cutoff(&single.single_extensions),
            said,
        })
    }

    /// Finds the certificate of whoever signed it: the issuer's own, or a responder's that the issuer
    /// certified. The latter may still be revoked. `since` is when the response is proven to exist.
    pub(crate) fn signer(
        &self,
        issuer: &Certificate,
        policy: &Policy,
        since: Timestamp,
    ) -> Option<Certificate> {
        let produced = instant(self.basic.data.produced_at.0.to_unix_duration());
        if self.is_signed_by(issuer, policy, since) {
            return Some(issuer.clone());
        }
        let key = issuer.key().ok()?;
        let delegated = |certificate: &Certificate| {
            let by_issuer = compare_names(certificate.issuer(), issuer.subject())
                && certificate.verify_signature(&key).is_ok();
            let counts = certificate
                .scheme()
                .is_ok_and(|scheme| policy.at(scheme, &key, since).is_ok());
            Purpose::OcspSigning.faults(certificate).is_empty()
                && certificate.facts().is_valid_at(produced)
                && by_issuer
                && counts
        };
        let certificates = self.basic.certificates.iter().flatten();
        certificates
            .filter_map(|any| Certificate::read(&any.to_der().ok()?).ok())
            .filter(|certificate| self.is_signed_by(certificate, policy, since))
            .find(delegated)
    }

    fn is_signed_by(&self, signer: &Certificate, policy: &Policy, since: Timestamp) -> bool {
        let named = match &self.basic.data.responder_id {
            ResponderId::ByName(name) => compare_names(name, signer.subject()),
            ResponderId::ByKey(hash) => {
                let key = signer.spki().subject_public_key.raw_bytes();
                identify(oid::ID_SHA_1, key).as_deref() == Some(hash.as_bytes())
            }
        };
        let (Ok(key), Ok(scheme)) = (signer.key(), Scheme::of_structure(&self.basic.algorithm))
        else {
            return false;
        };
        named
            && policy.at(scheme, &key, since).is_ok()
            && Signed::from_der(&self.der)
                .is_ok_and(|signed| key.verify(scheme, signed.bytes, signed.signature).is_ok())
    }
}

/// id-pkix-ocsp-basic.
const BASIC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.1");
/// id-pkix-ocsp-nonce.
const NONCE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.2");
/// id-pkix-ocsp-nocheck (RFC 6960 §4.2.2.2.1).
pub(crate) const NO_CHECK: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.5");
/// id-pkix-ocsp-archive-cutoff (RFC 6960 §4.4.4).
const ARCHIVE_CUTOFF: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.6");

fn names(single: &SingleResponse, certificate: &Certificate, issuer: &Certificate) -> bool {
    let id = &single.cert_id;
    let (Ok(serial), Ok(own)) = (id.serial_number.to_der(), certificate.serial().to_der()) else {
        return false;
    };
    serial == own
        && digests(certificate, issuer, id.hash_algorithm.oid).is_ok_and(|(name, key)| {
            name == id.issuer_name_hash.as_bytes() && key == id.issuer_key_hash.as_bytes()
        })
}

fn has_unknown_critical(extensions: &Option<Extensions>) -> bool {
    let mut all = extensions.iter().flat_map(|all| all.iter());
    all.any(|one| one.critical && ![NONCE, ARCHIVE_CUTOFF].contains(&one.extn_id))
}

fn cutoff(extensions: &Option<Extensions>) -> Option<Timestamp> {
    let mut all = extensions.iter().flat_map(|all| all.iter());
    let one = all.find(|one| one.extn_id == ARCHIVE_CUTOFF)?;
    let time = der::asn1::GeneralizedTime::from_der(one.extn_value.as_bytes()).ok()?;
    Some(instant(time.to_unix_duration()))
}
