//! Every attack that was tried on other verifiers, built here and refused.
//!
//! [`Forgery`] starts as a file of our own and is bent before it is signed again with the real
//! key: most attacks need no broken cryptography, only a verifier that reads too kindly.

use const_oid::ObjectIdentifier;
use const_oid::db::{rfc5911, rfc5912};
use der::asn1::OctetString;
use der::{Any, Decode};
use spki::AlgorithmIdentifierOwned;
use x509_cert::attr::Attributes;

use crate::sign::Answer;
use crate::sign::Examined;
use crate::sign::STATEMENT;
use crate::sign::Scheme;
use crate::sign::Signer as _;
use crate::sign::attacks::forgery::Forgery;
use crate::sign::attacks::forgery::Order;
use crate::sign::attacks::forgery::der_of;
use crate::sign::attacks::forgery::tlv;
use crate::sign::sample;
use crate::sign::sample::CONTENT;
use crate::sign::verify;

mod certificates;
mod encoding;
mod flips;
pub(crate) mod forgery;
mod keys;
mod limits;

fn octets(bytes: &[u8]) -> Any {
    Any::encode_from(&OctetString::new(bytes).expect("short")).expect("DER")
}

fn examine(content: &[u8], file: &[u8]) -> Examined {
    verify(content, file, &sample::anchors(), sample::at())
}

#[track_caller]
fn check(file: &[u8], codes: &[&str], verdict: &str) -> Examined {
    let examined = examine(CONTENT, file);
    let found: Vec<_> = examined.faults().iter().map(|fault| fault.code()).collect();
    assert_eq!(found, codes);
    assert_eq!(examined.verdict().to_string(), verdict);
    examined
}

const GOOD: &str = "INDETERMINATE/TRY_LATER";
const FORMAT: &str = "TOTAL-FAILED/FORMAT_FAILURE";
const HASH: &str = "TOTAL-FAILED/HASH_FAILURE";
const CRYPTO: &str = "TOTAL-FAILED/SIG_CRYPTO_FAILURE";
const CONSTRAINTS: &str = "INDETERMINATE/SIG_CONSTRAINTS_FAILURE";

#[test]
fn an_unbent_forgery_is_a_good_file() {
    let examined = check(&Forgery::new().file(), &[], GOOD);
    assert_eq!(examined.valid(), Answer::Yes);
}

#[test]
fn signature_wrapping() {
    // The attributes of a genuine file become the content of one without attributes.
    let genuine = Forgery::new();
    let attributes = Attributes::from_iter(genuine.attributes.clone().unwrap()).unwrap();
    let content = der_of(&attributes);
    let signature = sample::signer().sign(&content).unwrap();
    let forged = Forgery {
        attributes: None,
        signature: Some(signature),
        ..genuine
    }
    .file();
    let examined = examine(&content, &forged);
    assert_eq!(examined.verdict().to_string(), FORMAT);
    assert_eq!(
        (examined.intact(), examined.valid()),
        (Answer::Unknown, Answer::No)
    );
    let codes: Vec<_> = examined.faults().iter().map(|fault| fault.code()).collect();
    assert_eq!(codes, ["signed-attributes-missing"]);
}

#[test]
fn no_signed_attributes() {
    let forged = Forgery {
        attributes: None,
        ..Forgery::new()
    };
    check(&forged.file(), &["signed-attributes-missing"], FORMAT);
    let empty = Forgery {
        attributes: Some(Vec::new()),
        ..Forgery::new()
    };
    let codes = [
        "attribute-missing",
        "attribute-missing",
        "signing-time-missing",
        "signing-certificate-missing",
    ];
    check(&empty.file(), &codes, FORMAT);
}

#[test]
fn content_type_of_something_else() {
    let other = Any::encode_from(&rfc5911::ID_SIGNED_DATA).unwrap();
    let forged = Forgery::new().set(rfc5911::ID_CONTENT_TYPE, &[other]);
    check(&forged.file(), &["content-type-mismatch"], FORMAT);
    let forged = Forgery {
        content_type: rfc5911::ID_SIGNED_DATA,
        ..Forgery::new()
    };
    let codes = ["content-type-unsupported", "content-type-mismatch"];
    check(&forged.file(), &codes, FORMAT);
}

#[test]
fn each_attribute_missing() {
    let missing = |oid| Forgery::new().without(oid).file();
    check(
        &missing(rfc5911::ID_CONTENT_TYPE),
        &["attribute-missing"],
        FORMAT,
    );
    let examined = check(
        &missing(rfc5911::ID_MESSAGE_DIGEST),
        &["attribute-missing"],
        FORMAT,
    );
    assert_eq!(examined.intact(), Answer::Unknown);
    check(
        &missing(rfc5911::ID_SIGNING_TIME),
        &["signing-time-missing"],
        CONSTRAINTS,
    );
    let reference = rfc5911::ID_AA_SIGNING_CERTIFICATE_V_2;
    check(
        &missing(reference),
        &["signing-certificate-missing"],
        CONSTRAINTS,
    );
    let examined = check(&missing(STATEMENT), &[], GOOD);
    assert_eq!(examined.statement(), None);
}

#[test]
fn each_attribute_twice_or_with_two_values() {
    for oid in [
        rfc5911::ID_CONTENT_TYPE,
        rfc5911::ID_MESSAGE_DIGEST,
        rfc5911::ID_SIGNING_TIME,
        rfc5911::ID_AA_SIGNING_CERTIFICATE_V_2,
        STATEMENT,
    ] {
        let mut twice = Forgery::new();
        let again = twice.attribute(oid).clone();
        twice.attributes.as_mut().unwrap().insert(0, again.clone());
        twice.signed_as = Order::AsStored;
        let values = again.values.into_vec();
        let two_values = Forgery::new().set(oid, &[values[0].clone(), values[0].clone()]);
        let no_value = Forgery::new().set(oid, &[]);
        for forged in [twice, two_values, no_value] {
            let examined = examine(CONTENT, &forged.file());
            assert_eq!(examined.verdict().to_string(), FORMAT);
            assert!(
                examined
                    .faults()
                    .iter()
                    .any(|f| f.code() == "attribute-repeated")
            );
        }
    }
}

#[test]
fn unreadable_attributes() {
    for oid in [
        rfc5911::ID_CONTENT_TYPE,
        rfc5911::ID_MESSAGE_DIGEST,
        rfc5911::ID_SIGNING_TIME,
    ] {
        let forged = Forgery::new().set(oid, &[Any::null()]);
        check(&forged.file(), &["attribute-malformed"], FORMAT);
    }
    let long = octets(&[0; 20_000]);
    let forged = Forgery::new().set(rfc5911::ID_MESSAGE_DIGEST, &[long]);
    check(&forged.file(), &["attribute-malformed"], FORMAT);
    let forged = Forgery::new().set(STATEMENT, &[Any::null()]);
    check(&forged.file(), &["statement-malformed"], CONSTRAINTS);
}

#[test]
fn trailing_bytes() {
    let file = [Forgery::new().file(), vec![0; 3]].concat();
    let examined = check(&file, &["trailing-bytes"], FORMAT);
    assert_eq!(
        (examined.intact(), examined.valid()),
        (Answer::Yes, Answer::No)
    );
}

#[test]
fn other_content_or_digest() {
    let examined = examine(b"another", &Forgery::new().file());
    assert_eq!(examined.verdict().to_string(), HASH);
    assert_eq!(
        (examined.intact(), examined.valid()),
        (Answer::No, Answer::Yes)
    );
    let short = Forgery::new().set(rfc5911::ID_MESSAGE_DIGEST, &[octets(b"")]);
    check(&short.file(), &["digest-mismatch"], HASH);
}

#[test]
fn algorithms_changed() {
    let with_digest = |digest| {
        Forgery {
            digest: plain(digest),
            ..Forgery::new()
        }
        .file()
    };
    let codes = ["digest-algorithm-mismatch", "digest-mismatch"];
    check(&with_digest(rfc5912::ID_SHA_512), &codes, HASH);
    let verdict = "INDETERMINATE/CRYPTO_CONSTRAINTS_FAILURE";
    let examined = check(
        &with_digest(rfc5912::ID_SHA_1),
        &["digest-algorithm-unsupported"],
        verdict,
    );
    assert_eq!(
        (examined.intact(), examined.valid()),
        (Answer::Unknown, Answer::Unknown)
    );
    let with_algorithm = |oid| {
        Forgery {
            algorithm: plain(oid),
            ..Forgery::new()
        }
        .file()
    };
    check(
        &with_algorithm(rfc5912::ECDSA_WITH_SHA_384),
        &["digest-algorithm-mismatch"],
        CRYPTO,
    );
    let codes = ["algorithm-protection-mismatch", "key-algorithm-mismatch"];
    check(
        &with_algorithm(rfc5912::SHA_256_WITH_RSA_ENCRYPTION),
        &codes,
        CRYPTO,
    );
}

#[test]
fn protection_without_signature_algorithm() {
    let only_digest = tlv(0x30, &[der_of(&Scheme::ECDSA_SHA256.digest().identifier())]);
    let oid = const_oid::db::rfc6211::ID_AA_CMS_ALGORITHM_PROTECT;
    let forged = Forgery::new().set(oid, &[Any::from_der(&only_digest).unwrap()]);
    check(&forged.file(), &["algorithm-protection-mismatch"], CRYPTO);
    check(&Forgery::new().without(oid).file(), &[], GOOD);
}

#[test]
fn other_numbers_of_signers() {
    for (signers, count) in [(0, 0), (2, 2)] {
        let file = Forgery {
            signers,
            ..Forgery::new()
        }
        .file();
        let examined = check(&file, &["signer-count"], FORMAT);
        assert_eq!(
            examined.faults(),
            [crate::sign::Fault::SignerCount { count }]
        );
    }
}

#[test]
fn versions_and_attached_content() {
    let file = Forgery {
        version: 2,
        signer_version: 3,
        ..Forgery::new()
    }
    .file();
    check(
        &file,
        &["version-unsupported", "version-unsupported"],
        FORMAT,
    );
    let file = Forgery {
        content: Some(CONTENT.to_vec()),
        ..Forgery::new()
    }
    .file();
    check(&file, &["content-attached"], FORMAT);
}

#[test]
fn unsorted_attributes_are_accepted_with_a_word() {
    for signed_as in [Order::AsSorted, Order::AsStored] {
        let mut forged = Forgery {
            signed_as,
            ..Forgery::new()
        };
        forged.attributes.as_mut().unwrap().reverse();
        let examined = check(&forged.file(), &["attributes-unsorted"], GOOD);
        assert_eq!(examined.valid(), Answer::Yes);
        forged.signature = Some(sample::signer().sign(b"something else").unwrap());
        check(
            &forged.file(),
            &["attributes-unsorted", "signature-mismatch"],
            CRYPTO,
        );
    }
}

#[test]
fn ber_with_indefinite_lengths_is_read() {
    let file = Forgery::new().file();
    let content = &file[4..];
    let ber = [&[0x30, 0x80], content, &[0, 0]].concat();
    check(&ber, &[], GOOD);
}

fn plain(oid: ObjectIdentifier) -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned {
        oid,
        parameters: None,
    }
}
