//! What a path, or none, means for a signature at the instants that count.
//!
//! The claimed signing time and the instant of verification; `path.rs` says whether a path holds at
//! each of them.

use jiff::{SignedDuration, Timestamp};

use crate::digest::Sha256;
use crate::sign::certificate::Certificate;
use crate::sign::certificate::CertificateFacts;
use crate::sign::fault::Fault;
use crate::sign::path::PathFault;
use crate::sign::path::Purpose;
use crate::sign::path::validate;
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
    let path = match validate(certificate, others, store, Purpose::Sign, inside) {
        Ok(path) => path,
        // Said above.
        Err(PathFault::Unsuitable { .. }) => return None,
        Err(broken) => {
            let outside = Fault::AuthorityOutsideValidity { signing_time };
            faults.push(broken.fault(outside, false));
            return None;
        }
    };
    // The same path holds as long as its authorities do; else there may be another.
    let (from, until) = path.authorities_valid();
    let still_holds = from <= at && at <= until;
    if facts.is_valid_at(at)
        && !still_holds
        && let Err(broken) = validate(certificate, others, store, Purpose::Sign, at)
    {
        faults.push(broken.fault(Fault::AuthorityExpired { at }, false));
    }
    Some(path.anchor())
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
