//! What an archive time-stamp is over (EN 319 122-1 §5.5.2 and §5.5.3).
//!
//! ```text
//! imprint of the token = digest of
//!     eContentType                                   tag, length and value
//!     digest of the signed content                   the bytes alone
//!     version, sid, digestAlgorithm, signedAttrs,
//!     signatureAlgorithm, signature                  as they stand in SignerInfo, so signedAttrs
//!                                                    with its tag [0]
//!     ATSHashIndexV3                                 tag, length and value
//!
//! ATSHashIndexV3 ::= SEQUENCE {
//!     hashIndAlgorithm            AlgorithmIdentifier,
//!     certificatesHashIndex       SEQUENCE OF OCTET STRING,  each CertificateChoices
//!     crlsHashIndex               SEQUENCE OF OCTET STRING,  each RevocationInfoChoice
//!     unsignedAttrValuesHashIndex SEQUENCE OF OCTET STRING } attrType and one AttributeValue, each
//! ```
//!
//! The index stands in the token as an unsigned attribute. What is not in it may have been added
//! later and is not covered; what is in it must be in the file, or the file has lost something.
//! Files of the years before the standard have older indexes: version 1 (TS 101 733) may leave out
//! SHA-256, version 2 is its draft; both have the digest of a whole Attribute.

use std::collections::BTreeSet;

use const_oid::ObjectIdentifier;
use der::Decode;
use spki::AlgorithmIdentifierOwned;

use crate::digest::Sha256;
use crate::sign::algorithm::DigestAlgorithm;
use crate::sign::cms::Message;
use crate::sign::cms::RawSigner;
use crate::sign::fault::Fault;
use crate::sign::timestamp::sha256_identifier;
use crate::sign::tlv;
use crate::sign::tlv::Tlv;

/// ats-hash-index-v3 (EN 319 122-1 §5.5.2).
pub(crate) const ATS_HASH_INDEX_V3: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("0.4.0.19122.1.5");

/// ats-hash-index of the draft (EN 319 122-1 v1.0.0).
const ATS_HASH_INDEX_V2: ObjectIdentifier = ObjectIdentifier::new_unwrap("0.4.0.19122.1.4");

/// ats-hash-index (TS 101 733 v2.2.1 §6.4.2).
const ATS_HASH_INDEX_V1: ObjectIdentifier = ObjectIdentifier::new_unwrap("0.4.0.1733.2.5");

/// The index of an archive time-stamp, read.
pub(crate) struct Index<'a> {
    /// Tag, length and value.
    raw: &'a [u8],
    version: ObjectIdentifier,
    digest: DigestAlgorithm,
    certificates: BTreeSet<&'a [u8]>,
    revocations: BTreeSet<&'a [u8]>,
    unsigned: BTreeSet<&'a [u8]>,
}

/// What an archive time-stamp proves to have existed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Covered {
    pub(crate) certificates: BTreeSet<Sha256>,
    /// SHA-256 of each RevocationInfoChoice.
    pub(crate) revocations: BTreeSet<Sha256>,
    /// SHA-256 of each value of an unsigned attribute.
    pub(crate) values: BTreeSet<Sha256>,
}

impl<'a> Index<'a> {
    /// Writes the index of all there is in a file, with SHA-256.
    pub(crate) fn now(message: &Message<'_>, signer: &RawSigner<'_>) -> Vec<u8> {
        let list = |digests: Vec<Vec<u8>>| {
            let octets = digests
                .iter()
                .map(|it| tlv::write(tlv::OCTET_STRING, &[it]));
            let octets: Vec<_> = octets.collect();
            let octets: Vec<_> = octets.iter().map(Vec::as_slice).collect();
            tlv::write(tlv::SEQUENCE, &octets)
        };
        let digest = DigestAlgorithm::Sha256;
        let of_all = |choices: &Option<Vec<&[u8]>>| {
            let all = choices.iter().flatten();
            all.map(|raw| digest.of(raw)).collect()
        };
        let unsigned = signer.unsigned.iter().flatten().flat_map(|attribute| {
            let values = attribute.values.iter();
            values.map(|value| digest.of(&[attribute.raw_type, value].concat()))
        });
        tlv::write(
            tlv::SEQUENCE,
            &[
                &sha256_identifier(),
                &list(of_all(&message.certificates)),
                &list(of_all(&message.revocations)),
                &list(unsigned.collect()),
            ],
        )
    }

    /// Finds and reads the index in the unsigned attributes of a token.
    pub(crate) fn of_token(token: &Message<'a>) -> Result<Self, Fault> {
        let all = token
            .signers
            .iter()
            .flat_map(|signer| signer.unsigned.iter().flatten());
        let mut found = all.filter(|attribute| VERSIONS.contains(&attribute.oid));
        let (Some(attribute), None) = (found.next(), found.next()) else {
            return Err(tlv::malformed("not exactly one index of what is covered"));
        };
        match attribute.values[..] {
            [value] => Self::read(attribute.oid, value),
            _ => Err(tlv::malformed("not exactly one index of what is covered")),
        }
    }

    fn read(version: ObjectIdentifier, raw: &'a [u8]) -> Result<Self, Fault> {
        let mut elements = Tlv::only(raw)?.expect(tlv::SEQUENCE)?.elements()?;
        let digest = match elements.len() {
            // Version 1: DEFAULT SHA-256.
            3 if version == ATS_HASH_INDEX_V1 => DigestAlgorithm::Sha256,
            4 => {
                let identifier = elements.remove(0);
                let read = AlgorithmIdentifierOwned::from_ber(identifier.raw);
                DigestAlgorithm::read(&read.map_err(|error| tlv::malformed(&error.to_string()))?)?
            }
            _ => return Err(tlv::malformed("an index of another shape")),
        };
        let mut lists = elements.iter().map(|list| -> Result<BTreeSet<_>, Fault> {
            let list = list.expect(tlv::SEQUENCE)?.elements()?;
            list.into_iter()
                .map(|octets| Ok(octets.expect(tlv::OCTET_STRING)?.value))
                .collect()
        });
        let mut next = || lists.next().unwrap_or_else(|| Ok(BTreeSet::new()));
        Ok(Self {
            raw,
            version,
            digest,
            certificates: next()?,
            revocations: next()?,
            unsigned: next()?,
        })
    }

    pub(crate) fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// Looks for everything that the index names.
    ///
    /// # Errors
    /// [`Fault::HashIndexMismatch`] if something is not in the file any more.
    pub(crate) fn covered(
        &self,
        message: &Message<'_>,
        signer: &RawSigner<'_>,
    ) -> Result<Covered, Fault> {
        let mut missing = self.certificates.len() + self.revocations.len() + self.unsigned.len();
        let mut find = |named: &BTreeSet<&[u8]>, choices: &Option<Vec<&[u8]>>| {
            let mut left = named.clone();
            let mut found = BTreeSet::new();
            for raw in choices.iter().flatten() {
                let digest = self.digest.of(raw);
                if named.contains(digest.as_slice()) {
                    found.insert(Sha256::of(raw));
                    missing -= usize::from(left.remove(digest.as_slice()));
                }
            }
            found
        };
        let certificates = find(&self.certificates, &message.certificates);
        let revocations = find(&self.revocations, &message.revocations);
        let mut left = self.unsigned.clone();
        let mut values = BTreeSet::new();
        for attribute in signer.unsigned.iter().flatten() {
            for value in &attribute.values {
                let digest = match self.version == ATS_HASH_INDEX_V3 {
                    true => self.digest.of(&[attribute.raw_type, value].concat()),
                    false => self.digest.of(attribute.raw),
                };
                if self.unsigned.contains(digest.as_slice()) {
                    values.insert(Sha256::of(value));
                    missing -= usize::from(left.remove(digest.as_slice()));
                }
            }
        }
        match missing {
            0 => Ok(Covered {
                certificates,
                revocations,
                values,
            }),
            count => Err(Fault::HashIndexMismatch { count }),
        }
    }
}

const VERSIONS: &[ObjectIdentifier] = &[ATS_HASH_INDEX_V1, ATS_HASH_INDEX_V2, ATS_HASH_INDEX_V3];

/// Returns the bytes that the token's imprint is the digest of; `content` is the digest of the signed
/// content in the algorithm of that imprint.
pub(crate) fn covered(
    message: &Message<'_>,
    signer: &RawSigner<'_>,
    content: &[u8],
    index: &[u8],
) -> Vec<u8> {
    let mut parts = vec![message.raw_content_type, content];
    parts.extend(&signer.signed);
    parts.push(index);
    parts.concat()
}
