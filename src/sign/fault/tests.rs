//! Every fault: its code, its words, and that the table is in order.
//!
//! What raises a fault is tested where it arises: `attacks.rs`, `foreign.rs` and the parts.

use std::collections::BTreeSet;

use super::*;

fn all() -> Vec<Fault> {
    [up_to_digest_algorithm(), from_digest_mismatch()].concat()
}

fn up_to_digest_algorithm() -> Vec<Fault> {
    let at: Timestamp = "2024-09-08T23:30:00Z".parse().expect("an instant");
    let (not_before, not_after, signing_time) = (at, at, at);
    let text = || "1.2.3".to_string();
    vec![
        Fault::AlgorithmOutdated {
            algorithm: text(),
            until: at,
        },
        Fault::AlgorithmOutdatedNoPoe {
            algorithm: text(),
            until: at,
        },
        Fault::AlgorithmProtectionMismatch {},
        Fault::AttributeMalformed { attribute: "a" },
        Fault::AttributeMissing { attribute: "a" },
        Fault::AttributeRepeated {
            attribute: "a",
            count: 2,
        },
        Fault::AttributesUnsorted {},
        Fault::AuthorityAlgorithmUnsupported { oid: text() },
        Fault::AuthorityExpired { at },
        Fault::AuthorityKeySizeUnsuitable { bits: 1, least: 2 },
        Fault::AuthorityOutsideValidity { signing_time },
        Fault::AuthorityRevoked {
            subject: text(),
            since: at,
        },
        Fault::CertificateExpired { not_after, at },
        Fault::CertificateMalformed { sha256: text() },
        Fault::CertificateMissing {},
        Fault::CertificateNotYetValid { not_before, at },
        Fault::CertificateRevoked {
            since: at,
            compromised: true,
        },
        Fault::CertificatesTooMany { count: 2, limit: 1 },
        Fault::ChainInvalid { reason: "r" },
        Fault::ChainNotFound { issuer: text() },
        Fault::ContentAttached {},
        Fault::ContentMissing {},
        Fault::ContentTypeMismatch {
            attribute: text(),
            encapsulated: text(),
        },
        Fault::ContentTypeUnsupported { oid: text() },
        Fault::CounterSignaturesIgnored { count: 1 },
        Fault::DigestAlgorithmMismatch {
            digest: "d",
            signature: text(),
        },
        Fault::DigestAlgorithmUnsupported { oid: text() },
    ]
}

fn from_digest_mismatch() -> Vec<Fault> {
    let at: Timestamp = "2024-09-08T23:30:00Z".parse().expect("an instant");
    let (not_before, not_after, signing_time) = (at, at, at);
    let text = || "1.2.3".to_string();
    vec![
        Fault::DigestMismatch {
            signed: text(),
            found: text(),
        },
        Fault::DigestUnavailable { algorithm: "a" },
        Fault::ExtendedKeyUsageUnsuitable { found: text() },
        Fault::FileTooLarge { size: 2, limit: 1 },
        Fault::HashIndexMismatch { count: 1 },
        Fault::IssuerSerialMismatch {},
        Fault::KeyAlgorithmMismatch {
            key: text(),
            algorithm: text(),
        },
        Fault::KeySizeUnsuitable {
            bits: 1,
            least: 2,
            most: 3,
        },
        Fault::KeyUnsupported { oid: text() },
        Fault::KeyUsageMissing {},
        Fault::KeyUsageUnsuitable {},
        Fault::Malformed { reason: text() },
        Fault::RevocationOutOfBounds { not_after },
        Fault::SignatureAlgorithmUnsupported { oid: text() },
        Fault::SignatureMismatch {},
        Fault::SignedAfterRevocation {
            proven: at,
            since: at,
        },
        Fault::SignedAfterValidity {
            proven: at,
            not_after,
        },
        Fault::SignedAttributesMissing {},
        Fault::SignedBeforeValidity {
            proven: at,
            not_before,
        },
        Fault::SignerCount { count: 2 },
        Fault::SignerIdentifierMismatch {},
        Fault::SigningCertificateMissing {},
        Fault::SigningCertificateSha1 {},
        Fault::SigningTimeAfterStamp {
            signing_time,
            proven: at,
        },
        Fault::SigningTimeInFuture { signing_time, at },
        Fault::SigningTimeMissing {},
        Fault::SigningTimeOutsideValidity {
            signing_time,
            not_before,
            not_after,
        },
        Fault::StampImprintMismatch {},
        Fault::StampRefused {
            number: 1,
            reason: Box::new(Fault::StampImprintMismatch {}),
        },
        Fault::StampUsageUnsuitable {},
        Fault::StampsContradict {
            after: at,
            before: at,
        },
        Fault::StatementMalformed { reason: text() },
        Fault::TrailingBytes { count: 1 },
        Fault::VersionUnsupported { version: 0 },
    ]
}

#[test]
fn every_fault_is_listed_here_and_in_order() {
    let codes: Vec<_> = all().iter().map(Fault::code).collect();
    assert_eq!(codes, Fault::CODES);
    assert!(codes.is_sorted());
    assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len());
}

#[test]
fn codes_are_the_names_in_kebab_case() {
    for fault in all() {
        let debug = format!("{fault:?}");
        let name = debug.split([' ', '{']).next().unwrap();
        let mut kebab = String::new();
        for letter in name.chars() {
            if letter.is_uppercase() && !kebab.is_empty() {
                kebab.push('-');
            }
            kebab.extend(letter.to_lowercase());
        }
        assert_eq!(fault.code(), kebab);
    }
}

#[test]
fn every_fault_speaks_both_languages() {
    for fault in all() {
        let words = fault.words();
        assert_ne!(words.vi, words.en);
        assert!(!words.vi.is_empty() && !words.en.is_empty());
        assert!(!words.en.ends_with('.') && !words.vi.ends_with('.'));
    }
}

#[test]
fn a_fault_that_bears_on_an_answer_has_a_sub_indication() {
    for fault in all() {
        assert_eq!(
            fault.bearing().is_some(),
            fault.sub_indication().is_some(),
            "{}",
            fault.code()
        );
        // A definite failure never leaves the question open.
        let failed = fault
            .sub_indication()
            .is_some_and(SubIndication::is_failure);
        assert!(
            !failed
                || fault
                    .bearing()
                    .is_some_and(|(_, answer)| answer == Answer::No)
        );
    }
}

#[test]
fn instants_are_said_in_vietnamese_time() {
    let at = "2024-09-08T23:30:00Z".parse().unwrap();
    let words = Fault::AuthorityExpired { at }.words();
    assert!(
        words.vi.ends_with("06:30:00 ngày 09/09/2024"),
        "{}",
        words.vi
    );
    assert!(
        words.en.ends_with("2024-09-09 06:30:00+07:00"),
        "{}",
        words.en
    );
}
