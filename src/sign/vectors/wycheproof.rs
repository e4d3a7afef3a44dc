//! Wycheproof's vectors through the one place that checks signatures with a public key.

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5912 as oid;
use der::{Any, Decode};
use spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

use crate::sign::algorithm::DigestAlgorithm;
use crate::sign::algorithm::Key;
use crate::sign::algorithm::Scheme;
use crate::sign::attacks::forgery::der_of;
use crate::sign::attacks::forgery::tlv;
use crate::sign::fault::Fault;
use crate::sign::rustcrypto;
use crate::sign::vectors::bytes;

fn unhex(text: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).expect("hex");
    match text {
        "-" => Vec::new(),
        text => (0..text.len()).step_by(2).map(digit).collect(),
    }
}

fn identifier(oid: ObjectIdentifier, parameters: Option<Any>) -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned { oid, parameters }
}

fn scheme(signature: ObjectIdentifier, digest: ObjectIdentifier) -> Scheme {
    let digest = DigestAlgorithm::read(&identifier(digest, None)).expect("a digest");
    Scheme::read(&identifier(signature, None), digest).expect("a scheme")
}

/// Runs a file: every test of it has the result that it is to have.
fn run(file: &str, scheme: Scheme) {
    let text = String::from_utf8(bytes("wycheproof", file)).expect("text");
    let mut key = None;
    let (mut accepted, mut refused) = (0, 0);
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let words: Vec<_> = line.split(' ').collect();
        match words[..] {
            ["key", spki] => {
                let spki = SubjectPublicKeyInfoOwned::from_der(&unhex(spki)).expect("a key");
                key = Some(Key::read(&spki).expect("a key of the profile"));
            }
            [result, number, message, signature] => {
                let key = key.as_ref().expect("a key before its tests");
                let [message, signature] = [message, signature].map(unhex);
                let verified = key.verify(scheme, &message, &signature);
                // What browsers verify with says the same, even where either answer is allowed.
                let other = key.verify_by(rustcrypto::verify, scheme, &message, &signature);
                assert_eq!(verified, other, "{file}, test {number}");
                match (result, verified) {
                    ("valid", Ok(())) => accepted += 1,
                    ("invalid", Err(Fault::SignatureMismatch {})) => refused += 1,
                    ("acceptable", _) => {}
                    (result, verified) => {
                        panic!("{file}, test {number}: {result}, but {verified:?}")
                    }
                }
            }
            _ => panic!("{file}: {line}"),
        }
    }
    assert!(
        accepted > 5 && refused > 40,
        "{file}: {accepted}, {refused}"
    );
}

#[test]
fn wycheproof_rsa() {
    run("rsa_signature_2048_sha256.txt", Scheme::RSA_SHA256);
    run("rsa_signature_4096_sha256.txt", Scheme::RSA_SHA256);
}

/// RSASSA-PSS-params with one digest throughout and a salt as long as it (RFC 4055 §3.1).
fn pss(digest: ObjectIdentifier, salt: u8) -> Scheme {
    let hash = tlv(0x30, &[der_of(&digest)]);
    let mask = tlv(0x30, &[der_of(&oid::ID_MGF_1), hash.clone()]);
    let parameters = [
        tlv(0xa0, &[hash]),
        tlv(0xa1, &[mask]),
        tlv(0xa2, &[der_of(&salt)]),
    ];
    let parameters = Any::from_der(&tlv(0x30, &parameters)).expect("parameters");
    let digest = DigestAlgorithm::read(&identifier(digest, None)).expect("a digest");
    let identifier = identifier(oid::ID_RSASSA_PSS, Some(parameters));
    Scheme::read(&identifier, digest).expect("a scheme")
}

#[test]
fn wycheproof_rsa_pss() {
    let sha256 = pss(oid::ID_SHA_256, 32);
    assert_eq!(sha256, Scheme::RSA_PSS_SHA256);
    run("rsa_pss_2048_sha256_mgf1_32.txt", sha256);
    run("rsa_pss_2048_sha384_mgf1_48.txt", pss(oid::ID_SHA_384, 48));
    run("rsa_pss_4096_sha512_mgf1_64.txt", pss(oid::ID_SHA_512, 64));
}

#[test]
fn wycheproof_ecdsa() {
    let sha256 = Scheme::ECDSA_SHA256;
    let sha384 = Scheme::ECDSA_SHA384;
    let sha512 = scheme(oid::ECDSA_WITH_SHA_512, oid::ID_SHA_512);
    run("ecdsa_secp256r1_sha256.txt", sha256);
    run("ecdsa_secp256r1_sha512.txt", sha512);
    run("ecdsa_secp384r1_sha384.txt", sha384);
    run("ecdsa_secp384r1_sha256.txt", sha256);
}
