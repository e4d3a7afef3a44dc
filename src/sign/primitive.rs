//! Checks of one signature with one public key, by AWS-LC.
//!
//! The only place that calls the cryptographic library to verify. A browser cannot run AWS-LC: there
//! `rustcrypto.rs` takes the place of this file, and one test holds both to the same answers.

use aws_lc_rs::digest as lc_digest;
use aws_lc_rs::signature as lc;

use crate::sign::algorithm::DigestAlgorithm;
use crate::sign::algorithm::Primitive;

/// Whether `signature` over `message` is right under `key`: RSAPublicKey (RFC 8017 A.1.1) or the
/// point (RFC 5480 §2.2). ECDSA comes as DER.
pub(crate) fn verify(
    primitive: Primitive,
    digest: DigestAlgorithm,
    key: &[u8],
    message: &[u8],
    signature: &[u8],
) -> bool {
    use DigestAlgorithm::{Sha256, Sha384, Sha512};
    let algorithm: &'static dyn lc::VerificationAlgorithm = match (primitive, digest) {
        (Primitive::RsaPkcs1, Sha256) => &lc::RSA_PKCS1_2048_8192_SHA256,
        (Primitive::RsaPkcs1, Sha384) => &lc::RSA_PKCS1_2048_8192_SHA384,
        (Primitive::RsaPkcs1, Sha512) => &lc::RSA_PKCS1_2048_8192_SHA512,
        (Primitive::RsaPss, Sha256) => &lc::RSA_PSS_2048_8192_SHA256,
        (Primitive::RsaPss, Sha384) => &lc::RSA_PSS_2048_8192_SHA384,
        (Primitive::RsaPss, Sha512) => &lc::RSA_PSS_2048_8192_SHA512,
        (Primitive::P256, Sha256) => &lc::ECDSA_P256_SHA256_ASN1,
        (Primitive::P256, Sha384) => &lc::ECDSA_P256_SHA384_ASN1,
        (Primitive::P256, Sha512) => &lc::ECDSA_P256_SHA512_ASN1,
        (Primitive::P384, Sha256) => &lc::ECDSA_P384_SHA256_ASN1,
        (Primitive::P384, Sha384) => &lc::ECDSA_P384_SHA384_ASN1,
        (Primitive::P384, Sha512) => &lc::ECDSA_P384_SHA512_ASN1,
    };
    lc::UnparsedPublicKey::new(algorithm, key)
        .verify(message, signature)
        .is_ok()
}

/// SHA-1, which finds things here; nothing ever rests on it.
pub(crate) fn sha1(bytes: &[u8]) -> Vec<u8> {
    lc_digest::digest(&lc_digest::SHA1_FOR_LEGACY_USE_ONLY, bytes)
        .as_ref()
        .to_vec()
}
