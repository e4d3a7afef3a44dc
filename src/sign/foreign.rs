//! Files that other programs made, and paths that do not hold.
//!
//! The fixtures are OpenSSL's and pyHanko's own; `tests/fixtures/sign/make.sh` says how each was
//! made. Their certificates hold from 2024-08-01 to 2034-08-01, their signatures claim 2026.

use jiff::Timestamp;

use crate::digest::Sha256;
use crate::sign::AnchorError;
use crate::sign::Answer;
use crate::sign::Content;
use crate::sign::Examined;
use crate::sign::TrustStore;
use crate::sign::sample::fixture;
use crate::sign::sample::instant;
use crate::sign::verify;

const CONTENT: &[u8] = fixture!("content.txt");
const GOOD: &str = "INDETERMINATE/TRY_LATER";

fn anchors() -> TrustStore {
    let mut anchors = TrustStore::default();
    anchors
        .add_signers("goc", fixture!("root.pem"))
        .expect("an anchor");
    anchors
}

fn at() -> Timestamp {
    instant("2030-01-01T00:00:00Z")
}

#[track_caller]
fn check_at(file: &[u8], at: Timestamp, codes: &[&str], verdict: &str) -> Examined {
    let examined = verify(CONTENT, file, &anchors(), at);
    let found: Vec<_> = examined.faults().iter().map(|fault| fault.code()).collect();
    assert_eq!(found, codes);
    assert_eq!(examined.verdict().to_string(), verdict);
    examined
}

#[track_caller]
fn check(file: &[u8], codes: &[&str], verdict: &str) -> Examined {
    check_at(file, at(), codes, verdict)
}

#[test]
fn what_openssl_and_pyhanko_sign_is_accepted() {
    for (file, key) in [
        (fixture!("cades-p256.p7s"), "P-256"),
        (fixture!("cades-p384.p7s"), "P-384"),
        (fixture!("cades-rsa2048.p7s"), "RSA-2048"),
        (fixture!("cades-rsa2048-sha512.p7s"), "RSA-2048"),
        (fixture!("cades-keyid.p7s"), "P-256"),
        (fixture!("client.p7s"), "P-256"),
        (fixture!("pyhanko.p7s"), "P-256"),
    ] {
        let examined = check(file, &[], GOOD);
        let answers = [examined.intact(), examined.valid(), examined.trusted()];
        assert_eq!(answers, [Answer::Yes; 3]);
        assert_eq!(examined.statement(), None);
        assert_eq!(examined.certificate().unwrap().key, key);
        assert_eq!(
            examined.anchor(),
            anchors().facts().next().map(|root| root.sha256)
        );
        assert!(examined.signing_time().is_some());
    }
}

#[test]
fn what_lacks_the_profile_says_what_it_lacks() {
    let constraints = "INDETERMINATE/SIG_CONSTRAINTS_FAILURE";
    let crypto = "INDETERMINATE/CRYPTO_CONSTRAINTS_FAILURE";
    let format = "TOTAL-FAILED/FORMAT_FAILURE";
    check(
        fixture!("plain.p7s"),
        &["signing-certificate-missing"],
        constraints,
    );
    check(
        fixture!("no-attributes.p7s"),
        &["signed-attributes-missing"],
        format,
    );
    check(fixture!("attached.p7s"), &["content-attached"], format);
    check(fixture!("two-signers.p7s"), &["signer-count"], format);
    check(fixture!("data.p7s"), &["content-type-unsupported"], format);
    check(
        fixture!("pss.p7s"),
        &["signature-algorithm-unsupported"],
        crypto,
    );
    check(fixture!("rsa1024.p7s"), &["key-size-unsuitable"], crypto);
    let sha1 = ["signing-certificate-sha1", "digest-algorithm-unsupported"];
    check(fixture!("sha1.p7s"), &sha1, crypto);
    let missing = "INDETERMINATE/NO_SIGNING_CERTIFICATE_FOUND";
    check(
        fixture!("no-certificates.p7s"),
        &["certificate-missing"],
        missing,
    );
}

#[test]
fn what_cannot_be_checked_is_unknown_and_not_no() {
    for file in [
        fixture!("pss.p7s"),
        fixture!("rsa1024.p7s"),
        fixture!("no-certificates.p7s"),
    ] {
        let examined = verify(CONTENT, file, &anchors(), at());
        assert_eq!(
            (examined.intact(), examined.valid()),
            (Answer::Yes, Answer::Unknown)
        );
    }
}

#[test]
fn a_digest_of_the_content_is_enough_when_it_is_the_one_signed() {
    let digest = Sha256::of(CONTENT);
    let examined = verify(digest, fixture!("cades-p256.p7s"), &anchors(), at());
    assert_eq!(examined.intact(), Answer::Yes);
    let examined = verify(
        Content::Sha256(digest),
        fixture!("cades-p384.p7s"),
        &anchors(),
        at(),
    );
    assert_eq!(
        (examined.intact(), examined.valid()),
        (Answer::Unknown, Answer::Yes)
    );
    assert_eq!(
        examined.verdict().to_string(),
        "INDETERMINATE/SIGNED_DATA_NOT_FOUND"
    );
}

#[test]
fn certificates_not_meant_for_signing() {
    let verdict = "INDETERMINATE/CHAIN_CONSTRAINTS_FAILURE";
    let usage = check(fixture!("encipher.p7s"), &["key-usage-unsuitable"], verdict);
    assert_eq!((usage.valid(), usage.trusted()), (Answer::Yes, Answer::No));
    check(fixture!("no_usage.p7s"), &["key-usage-missing"], verdict);
    let codes = ["extended-key-usage-unsuitable"];
    check(fixture!("tls.p7s"), &codes, verdict);
}

#[test]
fn validity_of_the_certificate() {
    let bounds = "INDETERMINATE/OUT_OF_BOUNDS_NO_POE";
    let examined = check(fixture!("expired.p7s"), &["certificate-expired"], bounds);
    assert_eq!(examined.trusted(), Answer::Unknown);
    let while_valid = instant("2028-01-01T00:00:00Z");
    check_at(fixture!("expired.p7s"), while_valid, &[], GOOD);

    let constraints = "INDETERMINATE/SIG_CONSTRAINTS_FAILURE";
    let codes = ["signing-time-outside-validity", "certificate-expired"];
    assert_eq!(
        check(fixture!("past.p7s"), &codes, constraints).trusted(),
        Answer::No
    );
    // It is valid from 2031, when its authority's RSA-2048 no longer counts.
    let codes = [
        "signing-time-outside-validity",
        "certificate-not-yet-valid",
        "algorithm-outdated-no-poe",
    ];
    check(fixture!("future.p7s"), &codes, constraints);
}

#[test]
fn a_signing_time_after_the_verification() {
    let before = instant("2025-06-01T00:00:00Z");
    let verdict = "INDETERMINATE/SIG_CONSTRAINTS_FAILURE";
    check_at(
        fixture!("cades-p256.p7s"),
        before,
        &["signing-time-in-future"],
        verdict,
    );
}

#[test]
fn authorities_that_end_or_may_not_issue_or_are_missing() {
    let general = "INDETERMINATE/CERTIFICATE_CHAIN_GENERAL_FAILURE";
    let examined = check(fixture!("underold.p7s"), &["authority-expired"], general);
    assert_eq!(examined.trusted(), Answer::Unknown);
    check_at(
        fixture!("underold.p7s"),
        instant("2028-01-01T00:00:00Z"),
        &[],
        GOOD,
    );
    check(fixture!("underbad.p7s"), &["chain-invalid"], general);
    let missing = "INDETERMINATE/NO_CERTIFICATE_CHAIN_FOUND";
    check(fixture!("leaf-only.p7s"), &["chain-not-found"], missing);
}

#[test]
fn an_issuing_authority_may_be_the_anchor() {
    let mut anchors = TrustStore::default();
    anchors.add_signers("goc", fixture!("ica.der")).unwrap();
    let examined = verify(CONTENT, fixture!("leaf-only.p7s"), &anchors, at());
    assert_eq!(examined.trusted(), Answer::Yes);
}

#[test]
fn anchors_are_certificates_of_authorities() {
    let refuse = |file: &[u8]| TrustStore::default().add_signers("goc", file).unwrap_err();
    assert_eq!(
        refuse(b"-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n"),
        AnchorError::Empty
    );
    assert!(matches!(
        refuse(b"-----BEGIN CERTIFICATE-----\n#\n"),
        AnchorError::Pem { .. }
    ));
    assert!(matches!(refuse(b"none"), AnchorError::Certificate(_)));
    assert!(matches!(
        refuse(fixture!("ed25519.der")),
        AnchorError::NotAuthority { .. }
    ));
    for error in [
        refuse(b"none"),
        refuse(fixture!("ed25519.der")),
        AnchorError::Empty,
    ] {
        assert_ne!(error.words().vi, error.words().en);
    }
    let mut several = TrustStore::default();
    assert!(several.is_empty());
    several
        .add_signers("goc", &fixture!("root.pem").repeat(2))
        .unwrap();
    several.add_signers("khac", fixture!("ica.der")).unwrap();
    assert_eq!(several.facts().count(), 3);
    let names: Vec<_> = several.signers().iter().map(|list| list.name()).collect();
    assert_eq!(names, ["goc", "khac"]);
}
