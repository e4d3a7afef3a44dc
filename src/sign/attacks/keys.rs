//! Attacks on the signature value and on the key behind it.

use der::asn1::{Any, OctetString};

use crate::sign::Answer;
use crate::sign::Scheme;
use crate::sign::Signer as _;
use crate::sign::TrustStore;
use crate::sign::attacks::CRYPTO;
use crate::sign::attacks::check;
use crate::sign::attacks::forgery::Forgery;
use crate::sign::attacks::forgery::der_of;
use crate::sign::attacks::forgery::tlv;
use crate::sign::attacks::plain;
use crate::sign::sample;
use crate::sign::sample::CONTENT;
use crate::sign::sample::fixture;
use crate::sign::verify;

fn with_signature(signature: Vec<u8>) -> Vec<u8> {
    let signature = Some(signature);
    Forgery {
        signature,
        ..Forgery::new()
    }
    .file()
}

fn pair(r: &[u8], s: &[u8]) -> Vec<u8> {
    tlv(0x30, &[tlv(0x02, &[r.to_vec()]), tlv(0x02, &[s.to_vec()])])
}

/// The order of P-256 (SP 800-186 §3.2.1.3), with the zero that keeps it positive.
const ORDER: [u8; 33] = [
    0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc,
    0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

#[test]
fn ecdsa_with_zero_or_the_order() {
    // CVE-2022-21449: r = s = 0 is right for every message where nobody asks whether they are in range.
    for r in [&[0][..], &[1], &ORDER] {
        for s in [&[0][..], &[1], &ORDER] {
            check(&with_signature(pair(r, s)), &["signature-mismatch"], CRYPTO);
        }
    }
}

#[test]
fn ecdsa_written_in_other_ways() {
    let file = Forgery::new().file();
    // The signature value is what the file ends with.
    let at = (1..80).find(|n| {
        let value = &file[file.len() - n..];
        value[0] == 0x30 && usize::from(value[1]) == n - 2
    });
    let right = file[file.len() - at.expect("a signature")..].to_vec();
    let behind = [&right[..], &[0]].concat();
    let padded = [&[0x30, 0x81], &right[1..]].concat();
    let indefinite = [&[0x30, 0x80], &right[2..], &[0, 0]].concat();
    let negative = pair(&[0x80], &[0x80]);
    let fixed = vec![0x11; 64];
    for signature in [behind, padded, indefinite, negative, fixed, Vec::new()] {
        check(&with_signature(signature), &["signature-mismatch"], CRYPTO);
    }
}

#[test]
fn a_signature_of_the_right_key_over_something_else() {
    let other = sample::signer().sign(CONTENT).expect("a signature");
    check(&with_signature(other), &["signature-mismatch"], CRYPTO);
    let mut attributes = Forgery::new();
    let digest = OctetString::new(Scheme::ECDSA_SHA256.digest().of(b"another")).expect("short");
    let value = Any::encode_from(&digest).expect("DER");
    attributes = attributes.set(const_oid::db::rfc5911::ID_MESSAGE_DIGEST, &[value]);
    // Signed attributes of another file, whose digest is then written over.
    let stolen = sample::signer()
        .sign(&tlv(
            0x31,
            &attributes
                .attributes
                .expect("attributes")
                .iter()
                .map(der_of)
                .collect::<Vec<_>>(),
        ))
        .expect("a signature");
    check(&with_signature(stolen), &["signature-mismatch"], CRYPTO);
}

#[test]
fn a_cube_root_is_no_rsa_signature() {
    let content = fixture!("content.txt");
    let at = sample::instant("2030-01-01T00:00:00Z");
    let examine = |file| verify(content, file, &TrustStore::default(), at);
    let forged = examine(fixture!("e3-forged.p7s"));
    assert_eq!(forged.valid(), Answer::No);
    assert_eq!(forged.verdict().to_string(), CRYPTO);
    let mut codes = forged.faults().iter().map(|fault| fault.code());
    assert!(codes.any(|code| code == "signature-mismatch"));
    // It is the padding that is refused: the genuine file under the same key has nothing wrong but its path.
    let genuine = examine(fixture!("e3.p7s"));
    assert_eq!(genuine.intact(), Answer::Yes);
    let mut codes = genuine.faults().iter().map(|fault| fault.code());
    assert!(codes.all(|code| code != "signature-mismatch"));
}

#[test]
fn a_digest_that_is_none() {
    use const_oid::db::rfc5912;
    let verdict = "INDETERMINATE/CRYPTO_CONSTRAINTS_FAILURE";
    for oid in [rfc5912::ID_SHA_1, rfc5912::ID_SHA_224, rfc5912::ID_MD_5] {
        let digest = plain(oid);
        let forged = Forgery {
            digest,
            ..Forgery::new()
        };
        check(&forged.file(), &["digest-algorithm-unsupported"], verdict);
    }
    for oid in [
        rfc5912::DSA_WITH_SHA_1,
        rfc5912::SHA_1_WITH_RSA_ENCRYPTION,
        rfc5912::DSA_WITH_SHA_256,
    ] {
        let algorithm = plain(oid);
        let forged = Forgery {
            algorithm,
            ..Forgery::new()
        };
        check(
            &forged.file(),
            &["signature-algorithm-unsupported"],
            verdict,
        );
    }
}
