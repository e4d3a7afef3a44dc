//! Attacks on the certificate: another one, another reference to it, another authority.

use const_oid::db::{rfc5911, rfc5912};
use der::{Any, Decode};

use crate::digest::Sha256;
use crate::sign::Answer;
use crate::sign::Signer as _;
use crate::sign::TrustStore;
use crate::sign::attacks::CONSTRAINTS;
use crate::sign::attacks::FORMAT;
use crate::sign::attacks::GOOD;
use crate::sign::attacks::check;
use crate::sign::attacks::forgery::Forgery;
use crate::sign::attacks::forgery::der_of;
use crate::sign::attacks::forgery::tlv;
use crate::sign::attacks::octets;
use crate::sign::attacks::plain;
use crate::sign::certificate::Certificate;
use crate::sign::demo::Authority;
use crate::sign::demo::KeyChoice;
use crate::sign::demo::Person;
use crate::sign::demo::Validity;
use crate::sign::sample;
use crate::sign::sample::CONTENT;
use crate::sign::sample::fixture;
use crate::sign::sign;
use crate::sign::verify;

#[test]
fn certificate_swapped() {
    let other = sample::identity(KeyChoice::P256).certificate;
    let forged = Forgery {
        certificates: vec![other.clone()],
        ..Forgery::new()
    };
    let examined = check(
        &forged.file(),
        &["certificate-missing"],
        "INDETERMINATE/NO_SIGNING_CERTIFICATE_FOUND",
    );
    assert_eq!(
        (examined.intact(), examined.valid()),
        (Answer::Yes, Answer::Unknown)
    );

    // The right one is there, but the identifier names another: the signed attribute decides.
    let other = Certificate::read(&other).unwrap();
    let sid = tlv(0x30, &[der_of(other.issuer()), der_of(other.serial())]);
    let forged = Forgery {
        sid,
        ..Forgery::new()
    };
    check(&forged.file(), &["signer-identifier-mismatch"], CONSTRAINTS);
}

#[test]
fn reference_to_another_issuer_or_to_nothing() {
    let right = Certificate::read(sample::signer().certificate()).unwrap();
    let digest = tlv(0x04, &[right.facts().sha256.as_bytes().to_vec()]);
    let name = tlv(0x30, &[tlv(0xa4, &[der_of(right.issuer())])]);
    let serial = tlv(0x30, &[name, der_of(&1u8)]);
    let refer = |entries: &[Vec<u8>]| {
        let value = tlv(0x30, &[tlv(0x30, entries)]);
        Forgery::new().set(
            rfc5911::ID_AA_SIGNING_CERTIFICATE_V_2,
            &[Any::from_der(&value).unwrap()],
        )
    };
    let entry = tlv(0x30, &[digest.clone(), serial]);
    check(
        &refer(&[entry]).file(),
        &["issuer-serial-mismatch"],
        CONSTRAINTS,
    );
    check(
        &refer(&[tlv(0x30, std::slice::from_ref(&digest))]).file(),
        &[],
        GOOD,
    );
    check(&refer(&[]).file(), &["attribute-malformed"], FORMAT);
    let sha1 = tlv(0x30, &[der_of(&plain(rfc5912::ID_SHA_1)), digest]);
    check(
        &refer(&[sha1]).file(),
        &["digest-algorithm-unsupported"],
        "INDETERMINATE/CRYPTO_CONSTRAINTS_FAILURE",
    );
}

#[test]
fn reference_to_a_certificate_that_cannot_be_used() {
    let refer = |der: &[u8]| {
        let value = tlv(
            0x30,
            &[tlv(
                0x30,
                &[tlv(0x30, &[der_of(&octets(Sha256::of(der).as_bytes()))])],
            )],
        );
        let value = Any::from_der(&value).unwrap();
        let mut forged = Forgery::new().set(rfc5911::ID_AA_SIGNING_CERTIFICATE_V_2, &[value]);
        forged.certificates.push(der.to_vec());
        forged.file()
    };
    let unreadable = tlv(0x30, &[b"none".to_vec()]);
    let verdict = "INDETERMINATE/NO_SIGNING_CERTIFICATE_FOUND";
    check(&refer(&unreadable), &["certificate-malformed"], verdict);
    let huge = tlv(0x30, &[vec![0; 17_000]]);
    check(&refer(&huge), &["certificate-malformed"], verdict);
    let codes = [
        "signer-identifier-mismatch",
        "key-unsupported",
        "chain-not-found",
    ];
    check(&refer(fixture!("ed25519.der")), &codes, CONSTRAINTS);
}

#[test]
fn reference_by_sha1_only() {
    let mut forged = Forgery::new();
    forged.attribute(rfc5911::ID_AA_SIGNING_CERTIFICATE_V_2).oid =
        rfc5911::ID_AA_SIGNING_CERTIFICATE;
    check(
        &forged.file(),
        &["signing-certificate-sha1"],
        "INDETERMINATE/CRYPTO_CONSTRAINTS_FAILURE",
    );
}

#[test]
fn an_authority_from_the_file_is_no_anchor() {
    let foreign = Authority::new("x", KeyChoice::P256, sample::validity()).unwrap();
    let mut anchors = TrustStore::default();
    anchors
        .add_signers("goc", foreign.root_pem().as_bytes())
        .unwrap();
    let mut forged = Forgery::new();
    forged
        .certificates
        .push(sample::signer().chain()[1].clone());
    let examined = verify(CONTENT, &forged.file(), &anchors, sample::at());
    assert_eq!(examined.trusted(), Answer::No);
    assert_eq!(
        examined.verdict().to_string(),
        "INDETERMINATE/NO_CERTIFICATE_CHAIN_FOUND"
    );
    assert_eq!(
        verify(CONTENT, &forged.file(), &Default::default(), sample::at()).trusted(),
        Answer::No
    );
}

/// The name is free to choose; the key is not.
#[test]
fn an_authority_of_the_same_name() {
    let validity = Validity {
        from: sample::instant("2020-01-01T00:00:00Z"),
        until: sample::instant("2040-01-01T00:00:00Z"),
    };
    let imitation = Authority::new("Trường Mầm non Hoa Sen", KeyChoice::P256, validity).unwrap();
    let person = Person {
        name: "Nguyễn Thị An Khê",
        uid: "CCCD:000000000001",
        validity: sample::validity(),
        key: KeyChoice::P256,
    };
    let identity = imitation.issue(&person, sample::PASSWORD).unwrap();
    let signer = sample::open(&identity);
    let genuine = Certificate::read(sample::signer().certificate()).unwrap();
    let forged = Certificate::read(signer.certificate()).unwrap();
    assert_eq!(forged.issuer(), genuine.issuer());
    let file = sign(CONTENT, &sample::statement(), &signer, sample::at()).unwrap();
    let examined = verify(CONTENT, &file, &sample::anchors(), sample::at());
    let answers = [examined.intact(), examined.valid(), examined.trusted()];
    assert_eq!(answers, [Answer::Yes, Answer::Yes, Answer::No]);
    assert_eq!(examined.anchor(), None);
    let codes: Vec<_> = examined.faults().iter().map(|f| f.code()).collect();
    assert!(
        matches!(codes[..], ["chain-not-found" | "chain-invalid"]),
        "{codes:?}"
    );
    // The genuine intermediate beside it is no bridge.
    let mut beside = Forgery::new();
    beside.certificates = vec![
        signer.certificate().to_vec(),
        sample::signer().chain()[0].clone(),
    ];
    let examined = verify(CONTENT, &beside.file(), &sample::anchors(), sample::at());
    assert_ne!(examined.trusted(), Answer::Yes);
}

/// The reference is to a certificate of the same subject whose key did not sign.
#[test]
fn reference_to_a_certificate_of_the_same_subject() {
    let other = sample::identity(KeyChoice::P256).certificate;
    let genuine = Certificate::read(sample::signer().certificate()).unwrap();
    let namesake = Certificate::read(&other).unwrap();
    assert_eq!(namesake.facts().subject_cn, genuine.facts().subject_cn);
    let digest = der_of(&octets(Sha256::of(&other).as_bytes()));
    let value = tlv(0x30, &[tlv(0x30, &[tlv(0x30, &[digest])])]);
    let mut forged = Forgery::new().set(
        rfc5911::ID_AA_SIGNING_CERTIFICATE_V_2,
        &[Any::from_der(&value).unwrap()],
    );
    forged.certificates.push(other);
    check(
        &forged.file(),
        &["signer-identifier-mismatch", "signature-mismatch"],
        "TOTAL-FAILED/SIG_CRYPTO_FAILURE",
    );
}
