//! What the profile takes and what it does not.

use super::*;
use crate::sign::rustcrypto;

fn identifier(oid: ObjectIdentifier, parameters: Option<Any>) -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned { oid, parameters }
}

#[test]
fn digests_read_with_absent_and_null_parameters_only() {
    for parameters in [None, Some(Any::null())] {
        let read = DigestAlgorithm::read(&identifier(oid::ID_SHA_512, parameters));
        assert_eq!(read, Ok(DigestAlgorithm::Sha512));
    }
    let odd = Any::new(Tag::OctetString, [1]).unwrap();
    let fault = Fault::DigestAlgorithmUnsupported {
        oid: oid::ID_SHA_256.to_string(),
    };
    assert_eq!(
        DigestAlgorithm::read(&identifier(oid::ID_SHA_256, Some(odd))),
        Err(fault)
    );
    let sha1 = identifier(oid::ID_SHA_1, None);
    assert!(matches!(
        DigestAlgorithm::read(&sha1),
        Err(Fault::DigestAlgorithmUnsupported { .. })
    ));
}

#[test]
fn schemes_read_what_they_write() {
    for digest in [
        DigestAlgorithm::Sha256,
        DigestAlgorithm::Sha384,
        DigestAlgorithm::Sha512,
    ] {
        for family in [Family::Rsa, Family::RsaPss, Family::Ecdsa] {
            let scheme = Scheme { family, digest };
            assert_eq!(Scheme::read(&scheme.identifier(), digest), Ok(scheme));
            assert_eq!(Scheme::of_structure(&scheme.identifier()), Ok(scheme));
            assert_eq!(DigestAlgorithm::read(&digest.identifier()), Ok(digest));
            assert!(!digest.of(b"x").is_empty());
        }
    }
    let bare = identifier(oid::RSA_ENCRYPTION, Some(Any::null()));
    assert_eq!(
        Scheme::read(&bare, DigestAlgorithm::Sha256),
        Ok(Scheme::RSA_SHA256)
    );
}

#[test]
fn schemes_disagreeing_with_the_digest_or_unknown_are_faults() {
    let rsa = Scheme::RSA_SHA256.identifier();
    let mismatch = Scheme::read(&rsa, DigestAlgorithm::Sha512);
    assert!(matches!(
        mismatch,
        Err(Fault::DigestAlgorithmMismatch {
            digest: "SHA-512",
            ..
        })
    ));
    let pss = identifier(oid::ID_RSASSA_PSS, None);
    let unsupported = Scheme::read(&pss, DigestAlgorithm::Sha256);
    assert!(matches!(
        unsupported,
        Err(Fault::SignatureAlgorithmUnsupported { .. })
    ));
}

#[test]
fn pss_takes_one_digest_throughout_and_a_salt_of_its_length() {
    let hash = |oid| identifier(oid, None);
    let mgf = |oid| Some(identifier(oid::ID_MGF_1, Any::encode_from(&hash(oid)).ok()));
    let right = || PssParameters {
        hash: Some(hash(oid::ID_SHA_256)),
        mask: mgf(oid::ID_SHA_256),
        salt: Some(32),
        trailer: Some(1),
    };
    let digest = |parameters: PssParameters| {
        pss_digest(&identifier(
            oid::ID_RSASSA_PSS,
            Any::encode_from(&parameters).ok(),
        ))
    };
    assert_eq!(digest(right()), Some(DigestAlgorithm::Sha256));
    let wrong: [fn(&mut PssParameters); 8] = [
        |p| p.hash = None,
        |p| p.hash = Some(identifier(oid::ID_SHA_384, None)),
        |p| p.hash = Some(identifier(oid::ID_SHA_1, None)),
        |p| p.mask = None,
        |p| p.mask = Some(identifier(oid::ID_MGF_1, None)),
        |p| p.mask = Some(identifier(oid::ID_SHA_256, None)),
        |p| p.salt = Some(20),
        |p| p.trailer = Some(2),
    ];
    for change in wrong {
        let mut parameters = right();
        change(&mut parameters);
        assert_eq!(digest(parameters), None);
    }
    assert_eq!(pss_digest(&identifier(oid::ID_RSASSA_PSS, None)), None);
}

#[test]
fn bits_are_counted_from_the_first_one() {
    assert_eq!(modulus_bits(&[0x80, 0]), 16);
    assert_eq!(modulus_bits(&[0x01, 0]), 9);
    assert_eq!(modulus_bits(&[]), 0);
}

#[test]
fn names_by_sha1_are_the_same_in_browsers() {
    for bytes in [b"".as_slice(), b"abc", &[0x5a; 1000]] {
        assert_eq!(primitive::sha1(bytes), rustcrypto::sha1(bytes));
    }
}
