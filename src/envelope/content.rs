//! The content of a parcel, encrypted piece by piece.
//!
//! The backend encrypts GCM only in one go, which would want the whole archive in memory. GCM is
//! counter mode with a polynomial hash over what it gives (NIST SP 800-38D); the first is the
//! backend's, the second the `ghash` crate's, and here they are put together.

use aws_lc_rs::cipher::{AES_256, EncryptionContext, StreamingEncryptingKey, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use const_oid::ObjectIdentifier;
use const_oid::db::rfc5911::{ID_AES_256_CBC, ID_AES_256_GCM};
use der::asn1::OctetString;
use der::{Any, Decode, Encode, Sequence};
use ghash::GHash;
use ghash::universal_hash::UniversalHash;
use spki::AlgorithmIdentifierOwned;
use zeroize::Zeroizing;

use crate::envelope::Cipher;
use crate::envelope::EnvelopeError;
use crate::envelope::fill;

const BLOCK: usize = 16;
/// Most that one nonce may encrypt (NIST SP 800-38D §5.2.1.1): 2³⁹ − 256 bits.
const MOST: u64 = (1 << 36) - 32;

/// `GCMParameters` (RFC 5084 §3.2).
#[derive(Sequence)]
struct GcmParameters {
    nonce: OctetString,
    tag_length: u8,
}

/// Encrypts.
pub(super) struct Content {
    stream: StreamingEncryptingKey,
    tag: Option<Tag>,
}

/// The authentication tag of GCM.
struct Tag {
    hash: GHash,
    /// The first block of the key stream, which hides the hash.
    mask: Zeroizing<[u8; BLOCK]>,
    length: u64,
}

impl Content {
    /// Begins, and says how the content is encrypted.
    pub(super) fn begin(
        cipher: Cipher,
        key: &[u8; 32],
    ) -> Result<(Self, AlgorithmIdentifierOwned), EnvelopeError> {
        let mut start = [0; BLOCK];
        match cipher {
            Cipher::Cbc => {
                fill(&mut start)?;
                let parameters = OctetString::new(start)?;
                let content = Self {
                    stream: StreamingEncryptingKey::less_safe_cbc_pkcs7(bound(key)?, from(start))
                        .map_err(refused)?,
                    tag: None,
                };
                Ok((content, algorithm(ID_AES_256_CBC, &parameters)?))
            }
            Cipher::Gcm => {
                let (nonce, _) = start.split_at_mut(12);
                fill(nonce)?;
                let parameters = GcmParameters {
                    nonce: OctetString::new(&*nonce)?,
                    tag_length: 16,
                };
                Ok((
                    Self::gcm(key, start)?,
                    algorithm(ID_AES_256_GCM, &parameters)?,
                ))
            }
        }
    }

    /// GCM with the 96 bits that `start` begins with as its nonce.
    fn gcm(key: &[u8; 32], mut start: [u8; BLOCK]) -> Result<Self, EnvelopeError> {
        let (_, counter) = start.split_at_mut(12);
        counter.copy_from_slice(&1_u32.to_be_bytes());
        let mut subkey = Zeroizing::new([0; BLOCK]);
        let mut of_zero = counting(key, [0; BLOCK])?;
        subkey.copy_from_slice(&update(&mut of_zero, &[0; BLOCK])?);
        let mut stream = counting(key, start)?;
        let mut mask = Zeroizing::new([0; BLOCK]);
        mask.copy_from_slice(&update(&mut stream, &[0; BLOCK])?);
        let tag = Tag {
            hash: GHash::new((&*subkey).into()),
            mask,
            length: 0,
        };
        Ok(Self {
            stream,
            tag: Some(tag),
        })
    }

    /// Encrypts a piece. All but the last must be whole blocks.
    pub(super) fn piece(&mut self, plain: &[u8]) -> Result<Vec<u8>, EnvelopeError> {
        let out = update(&mut self.stream, plain)?;
        if let Some(tag) = &mut self.tag {
            tag.length += out.len() as u64;
            if tag.length > MOST {
                return Err(EnvelopeError::Backend {
                    step: "GCM: more than 64 GiB",
                });
            }
            tag.hash.update_padded(&out);
        }
        Ok(out)
    }

    /// What is left to be written, and the tag.
    pub(super) fn finish(self) -> Result<(Vec<u8>, Option<Vec<u8>>), EnvelopeError> {
        let mut out = vec![0; BLOCK];
        let (_, update) = self.stream.finish(&mut out).map_err(refused)?;
        let written = update.written().len();
        out.truncate(written);
        let tag = self.tag.map(|mut tag| {
            let mut lengths = [0; BLOCK];
            lengths[8..].copy_from_slice(&(tag.length * 8).to_be_bytes());
            tag.hash.update(&[lengths.into()]);
            let hash = tag.hash.finalize();
            hash.iter()
                .zip(tag.mask.iter())
                .map(|(a, b)| a ^ b)
                .collect()
        });
        Ok((out, tag))
    }
}

fn update(stream: &mut StreamingEncryptingKey, plain: &[u8]) -> Result<Vec<u8>, EnvelopeError> {
    let mut out = vec![0; plain.len() + BLOCK];
    let written = stream
        .update(plain, &mut out)
        .map_err(refused)?
        .written()
        .len();
    out.truncate(written);
    Ok(out)
}

fn counting(key: &[u8; 32], start: [u8; BLOCK]) -> Result<StreamingEncryptingKey, EnvelopeError> {
    StreamingEncryptingKey::less_safe_ctr(bound(key)?, from(start)).map_err(refused)
}

fn bound(key: &[u8; 32]) -> Result<UnboundCipherKey, EnvelopeError> {
    UnboundCipherKey::new(&AES_256, key).map_err(refused)
}

fn from(start: [u8; BLOCK]) -> EncryptionContext {
    EncryptionContext::Iv128(FixedLength::from(start))
}

fn algorithm(
    oid: ObjectIdentifier,
    parameters: &impl Encode,
) -> Result<AlgorithmIdentifierOwned, EnvelopeError> {
    let parameters = Some(Any::from_der(&parameters.to_der()?)?);
    Ok(AlgorithmIdentifierOwned { oid, parameters })
}

fn refused(_: aws_lc_rs::error::Unspecified) -> EnvelopeError {
    EnvelopeError::Backend { step: "AES-256" }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

    use super::*;

    #[test]
    fn pieces_give_what_the_backend_gives_in_one_go() {
        for length in [0, 1, 15, 16, 17, 4096, 70_001] {
            let plain: Vec<u8> = (0..length).map(|i| (i % 251) as u8).collect();
            let mut start = [7; BLOCK];
            start[3] = 0xff;
            let mut content = Content::gcm(&[9; 32], start).expect("a cipher");
            let mut out = Vec::new();
            for piece in plain.chunks(4096) {
                out.extend(content.piece(piece).expect("a piece"));
            }
            let (rest, tag) = content.finish().expect("an end");
            assert!(rest.is_empty());
            let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[9; 32]).expect("a key"));
            let nonce = Nonce::try_assume_unique_for_key(&start[..12]).expect("a nonce");
            let mut whole = plain;
            let expected = key
                .seal_in_place_separate_tag(nonce, Aad::empty(), &mut whole)
                .expect("a tag");
            assert_eq!((out, tag.as_deref()), (whole, Some(expected.as_ref())));
        }
    }
}
