//! Wycheproof's vectors through the one place that checks signatures with a public key.

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5912 as oid;
use der::{Any, Decode};
use spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

use crate::sign::algorithm::DigestAlgorithm;
use crate::sign::algorithm::Key;
use crate::sign::algorithm::Scheme;
use crate::sign::fault::Fault;
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
                let verified = key.verify(scheme, &unhex(message), &unhex(signature));
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
