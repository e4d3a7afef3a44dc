//! Taking files apart and putting them together, and the digest that names a signature.

use super::*;
use crate::sign;
use crate::sign::attacks::forgery::Forgery;
use crate::sign::demo::KeyChoice;
use crate::sign::sample;
use crate::sign::sample::fixture;

const UNSIGNED: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.14");

fn ours(key: KeyChoice) -> Vec<u8> {
    let signer = sample::open(&sample::identity(key));
    let statement = sample::statement();
    sign::sign(sample::CONTENT, &statement, &signer, sample::at()).unwrap()
}

fn attribute() -> Vec<u8> {
    let kind = tlv::write(tlv::OBJECT_IDENTIFIER, &[UNSIGNED.as_bytes()]);
    let values = tlv::write(tlv::SET, &[&[5, 0], &[2, 1, 7]]);
    tlv::write(tlv::SEQUENCE, &[&kind, &values])
}

/// Puts an unsigned attribute, a revocation list and an OCSP response in.
fn raised(file: &[u8]) -> Vec<u8> {
    let attribute = attribute();
    let format = tlv::write(tlv::OBJECT_IDENTIFIER, &[ID_RI_OCSP_RESPONSE.as_bytes()]);
    let ocsp = tlv::write(tlv::context(1), &[&format, &[0x30, 3, 0x0a, 1, 0]]);
    let mut message = Message::read(file).unwrap();
    message.revocations = Some(vec![&[0x30, 0], &ocsp]);
    let read = RawAttribute::read(&Tlv::only(&attribute).unwrap()).unwrap();
    message.signers[0].unsigned = Some(vec![read]);
    message.to_der()
}

#[test]
fn the_core_of_what_we_write_is_the_file() {
    for key in [KeyChoice::P256, KeyChoice::P384, KeyChoice::Rsa2048] {
        let file = ours(key);
        assert_eq!(core_digest(&file), Sha256::of(&file));
        assert_eq!(Message::read(&file).unwrap().to_der(), file);
    }
    // Other programs that write DER, key identifiers included.
    for file in [
        fixture!("cades-p256.p7s"),
        fixture!("cades-rsa2048-sha512.p7s"),
        fixture!("cades-keyid.p7s"),
        fixture!("pyhanko.p7s"),
        fixture!("two-signers.p7s"),
    ] {
        assert_eq!(Message::read(file).unwrap().to_der(), file);
        assert_eq!(core_digest(file), Sha256::of(file));
    }
}

#[test]
fn raising_a_level_leaves_the_core() {
    for file in [ours(KeyChoice::P256), fixture!("cades-keyid.p7s").to_vec()] {
        let higher = raised(&file);
        assert_ne!(higher, file);
        assert_eq!(core_digest(&higher), core_digest(&file));
        let message = Message::read(&higher).unwrap();
        assert_eq!(message.version, 5);
        assert_eq!(message.crls().collect::<Vec<_>>(), [[0x30, 0]]);
        let ocsps: Vec<_> = message.ocsps().collect();
        assert_eq!(ocsps, [[0x30, 3, 0x0a, 1, 0]]);
        let values: Vec<_> = message.signers[0].unsigned_values(UNSIGNED).collect();
        assert_eq!(values, [[5, 0].as_slice(), &[2, 1, 7]]);
        assert_eq!(message.to_der(), higher);
    }
}

#[test]
fn a_basic_response_alone_is_given_its_outside() {
    let format = tlv::write(tlv::OBJECT_IDENTIFIER, &[ID_PKIX_OCSP_BASIC.as_bytes()]);
    let ocsp = tlv::write(tlv::context(1), &[&format, &[0x30, 0]]);
    let whole = ocsp_of(&ocsp).unwrap().unwrap();
    assert_eq!(whole[..5], [0x30, whole.len() as u8 - 2, 0x0a, 1, 0]);
    assert!(whole.ends_with(&[4, 2, 0x30, 0]));
    assert_eq!(ocsp_of(&[0x30, 0]), Ok(None));
}

#[test]
fn order_of_certificates_and_encoding_of_the_outside_do_not_matter() {
    let file = ours(KeyChoice::P256);
    let mut message = Message::read(&file).unwrap();
    message.certificates.as_mut().unwrap().reverse();
    assert_eq!(core_digest(&message.to_der()), Sha256::of(&file));
    // The same with indefinite lengths outside, as a streaming program writes it.
    let info = Tlv::only(&file).unwrap().elements().unwrap();
    let indefinite = [
        &[0x30, 0x80],
        info[0].raw,
        &[0xa0, 0x80],
        info[1].value,
        &[0; 4],
    ]
    .concat();
    assert_eq!(core_digest(&indefinite), Sha256::of(&file));
}

#[test]
fn what_is_signed_is_in_the_core() {
    let (one, other) = (ours(KeyChoice::P256), ours(KeyChoice::P256));
    assert_ne!(core_digest(&one), core_digest(&other));
    let mut message = Message::read(&one).unwrap();
    message.certificates.as_mut().unwrap().pop();
    assert_ne!(core_digest(&message.to_der()), core_digest(&one));
}

#[test]
fn what_cannot_be_read_is_its_own_core() {
    let trailing = [Forgery::new().file(), vec![0]].concat();
    for file in [b"none".as_slice(), b"", &trailing, fixture!("data.p7s")] {
        assert_eq!(core_digest(file), Sha256::of(file));
    }
}

#[test]
fn attached_content_is_joined_and_carried_on() {
    let file = fixture!("attached.p7s");
    let message = Message::read(file).unwrap();
    assert_eq!(message.content.as_deref(), Some(fixture!("content.txt")));
    assert_eq!(message.content_type, rfc5911::ID_DATA);
    let again = message.to_der();
    assert_eq!(Message::read(&again).unwrap().content, message.content);
}

#[test]
fn numbers_are_bounded() {
    let file = ours(KeyChoice::P256);
    let attribute = attribute();
    let read = RawAttribute::read(&Tlv::only(&attribute).unwrap()).unwrap();
    let mut message = Message::read(&file).unwrap();
    message.signers[0].unsigned = Some(vec![read; UNSIGNED_LIMIT]);
    assert!(Message::read(&message.to_der()).is_err());
    message.signers[0].unsigned = None;
    message.revocations = Some(vec![&[0x30, 0]; REVOCATIONS_LIMIT + 1]);
    assert!(Message::read(&message.to_der()).is_err());
    message.revocations = None;
    message.signers = vec![message.signers[0].clone(); SIGNERS_LIMIT + 1];
    let refused = Message::read(&message.to_der()).map(|_| ());
    let count = SIGNERS_LIMIT + 1;
    assert_eq!(refused, Err(Fault::SignerCount { count }));
}
