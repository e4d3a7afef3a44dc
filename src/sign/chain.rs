//! Certificate paths to an anchor, as of an instant (RFC 5280 §6.1).
//!
//! 1. The anchors are those of the [`TrustStore`], list by list; nothing that a signature file
//!    carries ever becomes one.
//! 2. [`trace_to_anchor`] asks at the two instants that count, and says what each answer means.
//! 3. [`chain_at`] is the one door to path building. Behind it is rustls-webpki, which builds
//!    and checks paths (signatures, validity, basic constraints, path lengths, name constraints,
//!    purposes) under a budget; it does not look at keyUsage, so that is checked on top.
//!
//! Revocation belongs behind the same door: `chain_at` knows the path whose certificates are asked
//! about.

use std::cell::Cell;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rustls_pki_types::{CertificateDer, SignatureVerificationAlgorithm, UnixTime};
use webpki::aws_lc_rs as lc;
use webpki::{EndEntityCert, ExtendedKeyUsageValidator, KeyPurposeIdIter, KeyUsage};
use webpki::{RequiredEkuNotFoundContext, VerifiedPath};

use crate::digest::Sha256;
use crate::sign::certificate::Certificate;
use crate::sign::certificate::CertificateFacts;
use crate::sign::certificate::SIGNING_PURPOSES;
use crate::sign::certificate::common_name;
use crate::sign::fault::Fault;
use crate::sign::trust::AnchorList;
use crate::sign::trust::TrustStore;

/// Looks for a path to an anchor at the claimed signing time and at `at` (RFC 5280 §6.1).
///
/// Notes everything that keeps the signer from being trusted, and returns the digest of the
/// anchor's certificate. Paths are asked for at instants inside the validity of the signer's
/// certificate, so that one that has run out does not hide that nobody trusts its issuer.
pub(crate) fn trace_to_anchor(
    certificate: &Certificate,
    others: &[Vec<u8>],
    store: &TrustStore,
    signing_time: Option<Timestamp>,
    at: Timestamp,
    faults: &mut Vec<Fault>,
) -> Option<Sha256> {
    let facts = certificate.facts();
    faults.extend(certificate.usage_faults());
    faults.extend(time_faults(facts, signing_time, at));

    let signing_time = signing_time.unwrap_or(at);
    let inside = signing_time.min(facts.not_after).max(facts.not_before);
    let path = match chain_at(certificate, others, store, inside) {
        Ok(path) => path,
        Err(broken) => {
            faults.push(broken.fault(Fault::AuthorityOutsideValidity { signing_time }));
            return None;
        }
    };
    // The same path holds as long as its authorities do; else there may be another.
    let (from, until) = path.authorities_valid;
    let still_holds = from <= at && at <= until;
    if facts.is_valid_at(at)
        && !still_holds
        && let Err(broken) = chain_at(certificate, others, store, at)
    {
        faults.push(broken.fault(Fault::AuthorityExpired { at }));
    }
    Some(path.anchor)
}

fn time_faults(
    facts: &CertificateFacts,
    signing_time: Option<Timestamp>,
    at: Timestamp,
) -> Vec<Fault> {
    let (not_before, not_after) = (facts.not_before, facts.not_after);
    let mut faults = Vec::new();
    if let Some(signing_time) = signing_time {
        if signing_time.duration_since(at) > CLOCK_SKEW {
            faults.push(Fault::SigningTimeInFuture { signing_time, at });
        }
        if !facts.is_valid_at(signing_time) {
            faults.push(Fault::SigningTimeOutsideValidity {
                signing_time,
                not_before,
                not_after,
            });
        }
    }
    if at < not_before {
        faults.push(Fault::CertificateNotYetValid { not_before, at });
    } else if not_after < at {
        faults.push(Fault::CertificateExpired { not_after, at });
    }
    faults
}

/// Clocks of school computers differ; five minutes prove nothing.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);

/// A path that holds.
struct Path {
    /// Digest of the anchor's certificate.
    anchor: Sha256,
    /// When all certificates between the signer's and the anchor are valid.
    authorities_valid: (Timestamp, Timestamp),
}

/// Says why there is no path at the instant.
enum Broken {
    /// There is one, but a certificate in it is outside its validity.
    OutsideValidity,
    /// For this reason, at any instant.
    Fault(Fault),
}

impl Broken {
    fn fault(self, outside_validity: Fault) -> Fault {
        match self {
            Self::OutsideValidity => outside_validity,
            Self::Fault(fault) => fault,
        }
    }
}

/// Looks for a path from `certificate` over `others` to an anchor that holds at `at`, one list
/// after the other. When none has one, the reason that says most is given.
fn chain_at(
    certificate: &Certificate,
    others: &[Vec<u8>],
    store: &TrustStore,
    at: Timestamp,
) -> Result<Path, Broken> {
    let mut reason = Broken::Fault(not_found(certificate));
    for list in store.signers() {
        match chain_under(certificate, others, list, at) {
            Ok(path) => return Ok(path),
            Err(Broken::Fault(Fault::ChainNotFound { .. })) => {}
            Err(broken) => reason = broken,
        }
    }
    Err(reason)
}

fn chain_under(
    certificate: &Certificate,
    others: &[Vec<u8>],
    list: &AnchorList,
    at: Timestamp,
) -> Result<Path, Broken> {
    let roots = list.roots();
    let leaf = CertificateDer::from(certificate.der());
    let others: Vec<_> = others
        .iter()
        .map(|der| CertificateDer::from(der.as_slice()))
        .collect();
    let seconds = u64::try_from(at.as_second()).unwrap_or(0);
    let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    let broken = |error| broken(&error, certificate);
    let authorities_valid = Cell::new((Timestamp::MIN, Timestamp::MAX));
    let authorities_hold = |path: &VerifiedPath<'_>| {
        authorities_valid.set(authorities(path)?);
        Ok(())
    };

    let leaf = EndEntityCert::try_from(&leaf).map_err(broken)?;
    let path = leaf
        .verify_for_usage(
            ALGORITHMS,
            &roots,
            &others,
            time,
            SigningPurposes,
            None,
            Some(&authorities_hold),
        )
        .map_err(broken)?;
    let index = roots.iter().position(|root| root == path.anchor());
    let facts = index.and_then(|index| list.facts().nth(index));
    let anchor = facts
        .ok_or_else(|| Broken::Fault(not_found(certificate)))?
        .sha256;
    Ok(Path {
        anchor,
        authorities_valid: authorities_valid.get(),
    })
}

/// SHA-1 is not here, so a path that needs it does not hold. The backend refuses RSA below 2048 bits.
pub(crate) const ALGORITHMS: &[&dyn SignatureVerificationAlgorithm] = &[
    lc::ECDSA_P256_SHA256,
    lc::ECDSA_P256_SHA384,
    lc::ECDSA_P256_SHA512,
    lc::ECDSA_P384_SHA256,
    lc::ECDSA_P384_SHA384,
    lc::ECDSA_P384_SHA512,
    lc::RSA_PKCS1_2048_8192_SHA256,
    lc::RSA_PKCS1_2048_8192_SHA384,
    lc::RSA_PKCS1_2048_8192_SHA512,
    lc::RSA_PSS_2048_8192_SHA256_LEGACY_KEY,
    lc::RSA_PSS_2048_8192_SHA384_LEGACY_KEY,
    lc::RSA_PSS_2048_8192_SHA512_LEGACY_KEY,
];

/// Lets webpki ask the purposes of the whole path: an authority limited to servers stays so.
struct SigningPurposes;

impl ExtendedKeyUsageValidator for SigningPurposes {
    fn validate(&self, purposes: KeyPurposeIdIter<'_, '_>) -> Result<(), webpki::Error> {
        let mut present = Vec::new();
        for purpose in purposes {
            let arcs = purpose?.to_decoded_oid();
            let dotted = arcs
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(".");
            if SIGNING_PURPOSES
                .iter()
                .any(|allowed| allowed.to_string() == dotted)
            {
                return Ok(());
            }
            present.push(arcs);
        }
        if present.is_empty() {
            return Ok(());
        }
        let required = KeyUsage::required_if_present(EMAIL_PROTECTION);
        Err(webpki::Error::RequiredEkuNotFoundContext(
            RequiredEkuNotFoundContext { required, present },
        ))
    }
}

/// id-kp-emailProtection, as webpki writes object identifiers: the bytes of its value.
const EMAIL_PROTECTION: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 4];

/// Checks the authorities in a path and returns when all of them are valid.
///
/// RFC 5280 §6.1.4 n: keyCertSign, where an authority has a keyUsage. webpki does not ask.
fn authorities(path: &VerifiedPath<'_>) -> Result<(Timestamp, Timestamp), webpki::Error> {
    let mut valid = (Timestamp::MIN, Timestamp::MAX);
    for authority in path.intermediate_certificates() {
        match Certificate::read(&authority.der()) {
            Ok(certificate) if certificate.may_issue() => {
                let facts = certificate.facts();
                valid = (valid.0.max(facts.not_before), valid.1.min(facts.not_after));
            }
            Ok(_) | Err(_) => return Err(webpki::Error::EndEntityUsedAsCa),
        }
    }
    Ok(valid)
}

fn broken(error: &webpki::Error, certificate: &Certificate) -> Broken {
    use webpki::Error;
    let reason = match error {
        Error::CertExpired { .. } | Error::CertNotValidYet { .. } => {
            return Broken::OutsideValidity;
        }
        Error::UnknownIssuer => return Broken::Fault(not_found(certificate)),
        Error::BadDer | Error::BadDerTime | Error::TrailingData(_) => "certificate not in DER",
        Error::CaUsedAsEndEntity => "the signer's certificate is an authority's",
        Error::CertDistrusted => "a key in the path is known to be compromised",
        Error::EndEntityUsedAsCa => "a certificate in the path may not issue others",
        Error::InvalidSignatureForPublicKey => "signature of a certificate",
        Error::NameConstraintViolation => "name constraints",
        Error::PathLenConstraintViolated => "path length",
        Error::RequiredEkuNotFoundContext(_) | Error::EmptyEkuExtension => "extended key usage",
        Error::SignatureAlgorithmMismatch
        | Error::UnsupportedSignatureAlgorithmContext(_)
        | Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => "signature algorithm",
        Error::UnsupportedCertVersion => "certificate version",
        Error::UnsupportedCriticalExtension => "unknown critical extension",
        Error::MaximumPathBuildCallsExceeded
        | Error::MaximumPathDepthExceeded
        | Error::MaximumSignatureChecksExceeded => "path too complex",
        _ => "certificate extensions",
    };
    Broken::Fault(Fault::ChainInvalid { reason })
}

fn not_found(certificate: &Certificate) -> Fault {
    Fault::ChainNotFound {
        issuer: common_name(certificate.issuer()),
    }
}
