//! What a parcel looks like from outside, and to whom none is made. That others open it is for
//! `.ci/judges/handover.sh` to show.

use rcgen::{CertificateParams, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PKCS_ED25519};

use super::*;
use crate::envelope::recipient::RecipientError;

fn certificate(
    algorithm: &'static rcgen::SignatureAlgorithm,
    usages: &[KeyUsagePurpose],
) -> Vec<u8> {
    let key = KeyPair::generate_for(algorithm).expect("a key");
    let mut params = CertificateParams::new(Vec::new()).expect("parameters");
    params.key_usages = usages.to_vec();
    params
        .self_signed(&key)
        .expect("a certificate")
        .pem()
        .into_bytes()
}

#[test]
fn a_parcel_ends_and_differs_each_time() {
    let to = Recipient::read(&certificate(&PKCS_ECDSA_P256_SHA256, &[])).expect("a recipient");
    for cipher in [Cipher::Gcm, Cipher::Cbc] {
        let make = || {
            let mut parcel =
                Envelope::begin(Vec::new(), std::slice::from_ref(&to), cipher).expect("a parcel");
            parcel.write_all(&[1; 3 * PIECE + 5]).expect("content");
            parcel.finish().expect("an end")
        };
        let (one, other) = (make(), make());
        assert_ne!(one, other);
        assert_eq!(one[..2], [0x30, 0x80]);
        assert_eq!(one[one.len() - 6..], [0; 6]);
        assert!(one.len() < 3 * PIECE + 1000);
    }
}

#[test]
fn nothing_is_encrypted_to_nobody_or_to_a_key_for_something_else() {
    let nobody = Envelope::begin(Vec::new(), &[], Cipher::Gcm);
    assert!(matches!(nobody, Err(EnvelopeError::NoRecipient)));
    let refused = |file: &[u8]| Recipient::read(file).expect_err("a refusal");
    let signs = [KeyUsagePurpose::DigitalSignature];
    let signer = certificate(&PKCS_ECDSA_P256_SHA256, &signs);
    let wanted = "keyAgreement";
    assert_eq!(refused(&signer), RecipientError::Usage { wanted });
    assert!(matches!(
        refused(&certificate(&PKCS_ED25519, &[])),
        RecipientError::Key { .. }
    ));
    assert_eq!(refused(b"-----BEGIN"), RecipientError::NotOne { found: 0 });
    let two = [signer.clone(), signer].concat();
    assert_eq!(refused(&two), RecipientError::NotOne { found: 2 });
    assert!(matches!(
        refused(&[0x30, 0x82]),
        RecipientError::Certificate(_)
    ));
}
