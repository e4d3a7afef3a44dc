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
use crate::sign::sample;
use crate::sign::sample::CONTENT;
use crate::sign::sample::fixture;
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
