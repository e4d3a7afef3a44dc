//! Checks of one signature with one public key, by RustCrypto: what [`primitive`] is in a browser, where
//! AWS-LC does not run. Only public keys come here, so nothing has to be kept from a clock.
//!
//! [`primitive`]: crate::sign::primitive

use std::ops::RangeInclusive;

use const_oid::AssociatedOid;
use der::asn1::UintRef;
use der::{Decode, Sequence};
use rsa::{BoxedUint, Pkcs1v15Sign, Pss, PublicKey};
use sha1::Sha1;
use sha2::digest::FixedOutputReset;
use sha2::{Digest, Sha256, Sha384, Sha512};
use signature::hazmat::PrehashVerifier;

use crate::sign::algorithm::DigestAlgorithm;
use crate::sign::algorithm::Primitive;

/// Whether `signature` over `message` is right under `key`, as [`primitive`] has it.
///
/// [`primitive`]: crate::sign::primitive
pub(crate) fn verify(
    primitive: Primitive,
    digest: DigestAlgorithm,
    key: &[u8],
    message: &[u8],
    signature: &[u8],
) -> bool {
    let hash = digest.of(message);
    let right = match primitive {
        Primitive::P256 => p256(key, &hash, signature),
        Primitive::P384 => p384(key, &hash, signature),
        Primitive::RsaPkcs1 | Primitive::RsaPss => match digest {
            DigestAlgorithm::Sha256 => rsa::<Sha256>(primitive, key, &hash, signature),
            DigestAlgorithm::Sha384 => rsa::<Sha384>(primitive, key, &hash, signature),
            DigestAlgorithm::Sha512 => rsa::<Sha512>(primitive, key, &hash, signature),
        },
    };
    right.is_some()
}

/// SHA-1, which finds things here; nothing ever rests on it.
pub(crate) fn sha1(bytes: &[u8]) -> Vec<u8> {
    Sha1::digest(bytes).to_vec()
}

fn p256(key: &[u8], hash: &[u8], signature: &[u8]) -> Option<()> {
    let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(key).ok()?;
    let signature = p256::ecdsa::Signature::from_der(signature).ok()?;
    key.verify_prehash(hash, &signature).ok()
}

fn p384(key: &[u8], hash: &[u8], signature: &[u8]) -> Option<()> {
    let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(key).ok()?;
    let signature = p384::ecdsa::Signature::from_der(signature).ok()?;
    key.verify_prehash(hash, &signature).ok()
}

fn rsa<D>(primitive: Primitive, key: &[u8], hash: &[u8], signature: &[u8]) -> Option<()>
where
    D: Digest + FixedOutputReset + AssociatedOid + Send + Sync + 'static,
{
    let key = RsaKey::from_der(key).ok()?;
    let number = |bytes: &UintRef<'_>| BoxedUint::from_be_slice_vartime(bytes.as_bytes());
    let (modulus, exponent) = (number(&key.modulus), number(&key.exponent));
    let key = PublicKey::new_with_size_limits(modulus, exponent, BITS).ok()?;
    match primitive {
        Primitive::RsaPss => key.verify(Pss::<D>::new(), hash, signature).ok(),
        _ => key.verify(Pkcs1v15Sign::new::<D>(), hash, signature).ok(),
    }
}

/// What `algorithm.rs` takes.
const BITS: RangeInclusive<usize> = 2048..=8192;

#[derive(Sequence)]
struct RsaKey<'a> {
    modulus: UintRef<'a>,
    exponent: UintRef<'a>,
}
