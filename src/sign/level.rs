//! The levels of a signature (EN 319 122-1 §6): what may be added after signing, and nothing else.
//!
//! | level | what is added | clause |
//! |---|---|---|
//! | B | nothing; `sign` writes this | §6.3 |
//! | T | a time-stamp over the signature value | §5.3 |
//! | LT | certificates are there already; revocation lists and OCSP answers | §5.4, RFC 5652 §10.2.1 |
//! | LTA | a time-stamp over all of that, and another before its authority ends | §5.5.3 |
//!
//! Every function takes a file and returns a file. It adds, never drops or re-encodes, and proves
//! before it returns that the core (`core_digest`) is what it was.

use const_oid::ObjectIdentifier;
use thiserror::Error;

use crate::diag::Words;
use crate::digest::Sha256;
use crate::sign::cms;
use crate::sign::cms::FILE_LIMIT;
use crate::sign::cms::Message;
use crate::sign::cms::RawAttribute;
use crate::sign::cms::core_digest;
use crate::sign::fault::Fault;
use crate::sign::timestamp::Token;
use crate::sign::tlv;
use crate::sign::tlv::Tlv;

pub(crate) mod index;
pub(crate) mod older;

use index::Index;

/// id-aa-signatureTimeStampToken (RFC 3161 appendix A).
pub(crate) const SIGNATURE_STAMP: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.14");

/// archive-time-stamp-v3 (EN 319 122-1 §5.5.3).
pub(crate) const ARCHIVE_STAMP_V3: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("0.4.0.1733.2.4");

/// archive-time-stamp-v2 (TS 101 733 §6.4.1): other people's older files.
pub(crate) const ARCHIVE_STAMP_V2: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.48");

/// How much a file brings along to be believed later. What is inside, not whether it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// The signature alone.
    B,
    /// With a time-stamp over the signature value.
    T,
    /// And with revocation data.
    Lt,
    /// And with a time-stamp over all of it.
    Lta,
}

impl Level {
    /// Returns the name as the standard writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::B => "B-B",
            Self::T => "B-T",
            Self::Lt => "B-LT",
            Self::Lta => "B-LTA",
        }
    }
}

/// Says why nothing was added.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LevelError {
    /// What came out would not be the same signature. A fault of this program.
    #[error("the signature would not stay what it is")]
    Altered,
    /// The time-stamp is over something else than the file as it is now.
    #[error("the time-stamp is over something else")]
    Imprint,
    /// The file does not have exactly one signer.
    #[error("the file has {count} signers instead of one")]
    SignerCount {
        /// How many there are.
        count: usize,
    },
    /// The file would be larger than what is read.
    #[error("the file would have {size} bytes, more than {limit}")]
    TooLarge {
        /// Its size in bytes.
        size: usize,
        /// The most that is read.
        limit: usize,
    },
    /// The file, the token or the revocation data cannot be read.
    #[error("it cannot be read: {}", fault.words().en)]
    Unreadable {
        /// Why.
        fault: Fault,
    },
}

impl From<Fault> for LevelError {
    fn from(fault: Fault) -> Self {
        Self::Unreadable { fault }
    }
}

impl LevelError {
    /// Says it for people.
    pub fn words(&self) -> Words {
        let vi = match self {
            Self::Altered => "chữ ký sẽ không còn nguyên như cũ".to_string(),
            Self::Imprint => "dấu thời gian được cấp cho nội dung khác".to_string(),
            Self::SignerCount { count } => format!("tệp có {count} chữ ký, phải có đúng một"),
            Self::TooLarge { size, limit } => {
                format!("tệp chữ ký sẽ dài {size} byte, tối đa {limit}")
            }
            Self::Unreadable { fault } => format!("không đọc được: {}", fault.words().vi),
        };
        Words::new(vi, self.to_string())
    }
}

/// Returns the level of a file: what is inside, not whether it holds. A file that cannot be read, or
/// has several signers of different levels, has the lowest.
pub fn of(file: &[u8]) -> Level {
    let Ok(message) = Message::read(file) else {
        return Level::B;
    };
    let levels = (0..message.signers.len()).map(|signer| of_signer(&message, signer));
    levels.min().unwrap_or(Level::B)
}

pub(crate) fn of_signer(message: &Message<'_>, signer: usize) -> Level {
    let Some(signer) = message.signers.get(signer) else {
        return Level::B;
    };
    let has = |oid| signer.unsigned_values(oid).next().is_some();
    let evidence = message.revocations.iter().flatten().next().is_some() || has(REVOCATION_VALUES);
    if has(ARCHIVE_STAMP_V3) || has(ARCHIVE_STAMP_V2) {
        Level::Lta
    } else if !has(SIGNATURE_STAMP) {
        Level::B
    } else if evidence {
        Level::Lt
    } else {
        Level::T
    }
}

/// revocation-values (TS 101 733 §6.3.4): where older programs put what is in SignedData.crls now.
pub(crate) const REVOCATION_VALUES: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.24");

/// Returns what a time-stamp of the signature is over: the digest of the signature value (RFC 3161
/// appendix A: "the value of the field signature in SignerInfo").
///
/// # Errors
/// [`LevelError`] if the file cannot be read or has not exactly one signer.
pub fn signature_stamp_imprint(file: &[u8]) -> Result<Sha256, LevelError> {
    Ok(Sha256::of(&signature_value(file)?))
}

/// The field `signature` of the one SignerInfo: what a time-stamp of the signature is over.
///
/// # Errors
/// [`LevelError`] if the file cannot be read or has not exactly one signer.
pub fn signature_value(file: &[u8]) -> Result<Vec<u8>, LevelError> {
    let message = read(file)?;
    Ok(only_signer(&message)?.signature.to_vec())
}

/// Adds a time-stamp over the signature value: level T.
///
/// # Errors
/// [`LevelError`], and then nothing was added. Whether the token holds is not asked here.
pub fn with_signature_stamp(file: &[u8], token: &Token) -> Result<Vec<u8>, LevelError> {
    let mut message = read(file)?;
    let signer = only_signer(&message)?;
    if !token.info.imprint.is_over(&signer.signature)? {
        return Err(LevelError::Imprint);
    }
    let attribute = attribute(SIGNATURE_STAMP, token.der());
    add_attribute(&mut message, &attribute)?;
    proven(file, &message)
}

/// Adds revocation lists and OCSP responses, each in DER: level LT. What is there already is not
/// added again; with an OCSP response inside, the version becomes 5 (RFC 5652 §5.1).
///
/// # Errors
/// [`LevelError`], and then nothing was added. Whether the data is of use is not asked here.
pub fn with_revocation(
    file: &[u8],
    crls: &[Vec<u8>],
    ocsps: &[Vec<u8>],
) -> Result<Vec<u8>, LevelError> {
    let mut message = read(file)?;
    only_signer(&message)?;
    let format = tlv::write(
        tlv::OBJECT_IDENTIFIER,
        &[cms::ID_RI_OCSP_RESPONSE.as_bytes()],
    );
    let mut choices = crls.to_vec();
    for ocsp in ocsps {
        Tlv::only(ocsp)?.expect(tlv::SEQUENCE)?;
        choices.push(tlv::write(tlv::context(1), &[&format, ocsp]));
    }
    let mut known = message.revocations.take();
    for choice in &choices {
        let element = Tlv::only(choice)?;
        if element.tag != tlv::context(1) {
            element.expect(tlv::SEQUENCE)?;
        }
        let list = known.get_or_insert_default();
        if !list.contains(&choice.as_slice()) {
            cms::insert(list, choice.as_slice(), |raw| raw);
        }
    }
    message.revocations = known;
    proven(file, &message)
}

/// Returns what an archive time-stamp of the file, as it is now, is over (EN 319 122-1 §5.5.3).
///
/// `content` is the SHA-256 of what was signed.
///
/// # Errors
/// [`LevelError`] if the file cannot be read or has not exactly one signer.
pub fn archive_stamp_imprint(file: &[u8], content: Sha256) -> Result<Sha256, LevelError> {
    let message = read(file)?;
    let signer = only_signer(&message)?;
    let index = Index::now(&message, signer);
    let over = index::covered(&message, signer, content.as_bytes(), &index);
    Ok(Sha256::of(&over))
}

/// Adds an archive time-stamp: level LTA, or its renewal where there is one already.
///
/// The index of what it covers (ats-hash-index-v3, EN 319 122-1 §5.5.2) goes into the token as an
/// unsigned attribute. The file must be the one that [`archive_stamp_imprint`] was asked about.
///
/// # Errors
/// [`LevelError`], and then nothing was added. Whether the token holds is not asked here.
pub fn with_archive_stamp(
    file: &[u8],
    content: Sha256,
    token: &Token,
) -> Result<Vec<u8>, LevelError> {
    let mut message = read(file)?;
    let signer = only_signer(&message)?;
    let index = Index::now(&message, signer);
    let over = index::covered(&message, signer, content.as_bytes(), &index);
    if !token.info.imprint.is_over(&over)? {
        return Err(LevelError::Imprint);
    }
    let mut inside = read(token.der())?;
    let index = attribute(index::ATS_HASH_INDEX_V3, &index);
    add_attribute(&mut inside, &index)?;
    let token = proven(token.der(), &inside)?;
    let attribute = attribute(ARCHIVE_STAMP_V3, &token);
    add_attribute(&mut message, &attribute)?;
    proven(file, &message)
}

fn read(file: &[u8]) -> Result<Message<'_>, LevelError> {
    let message = Message::read(file)?;
    match message.trailing {
        0 => Ok(message),
        count => Err(Fault::TrailingBytes { count }.into()),
    }
}

fn only_signer<'m, 'a>(message: &'m Message<'a>) -> Result<&'m cms::RawSigner<'a>, LevelError> {
    match message.signers.as_slice() {
        [only] => Ok(only),
        several => Err(LevelError::SignerCount {
            count: several.len(),
        }),
    }
}

/// Writes `Attribute { type, SET { value } }`.
pub(crate) fn attribute(oid: ObjectIdentifier, value: &[u8]) -> Vec<u8> {
    let kind = tlv::write(tlv::OBJECT_IDENTIFIER, &[oid.as_bytes()]);
    let values = tlv::write(tlv::SET, &[value]);
    tlv::write(tlv::SEQUENCE, &[&kind, &values])
}

fn add_attribute<'a>(message: &mut Message<'a>, attribute: &'a [u8]) -> Result<(), LevelError> {
    let attribute = RawAttribute::read(&Tlv::only(attribute)?)?;
    let count = message.signers.len();
    let [signer] = message.signers.as_mut_slice() else {
        return Err(LevelError::SignerCount { count });
    };
    let list = signer.unsigned.get_or_insert_default();
    cms::insert(list, attribute, |attribute| attribute.raw);
    Ok(())
}

/// Writes the file, and proves that it is the old one with something added.
fn proven(old: &[u8], message: &Message<'_>) -> Result<Vec<u8>, LevelError> {
    let new = message.to_der();
    if new.len() > FILE_LIMIT {
        return Err(LevelError::TooLarge {
            size: new.len(),
            limit: FILE_LIMIT,
        });
    }
    let (before, after) = (read(old)?, read(&new)?);
    let kept = |list: fn(&Message<'_>) -> Vec<Vec<u8>>| {
        let after = list(&after);
        list(&before).iter().all(|part| after.contains(part))
    };
    if core_digest(old) == core_digest(&new) && kept(revocations) && kept(unsigned) {
        Ok(new)
    } else {
        Err(LevelError::Altered)
    }
}

fn revocations(message: &Message<'_>) -> Vec<Vec<u8>> {
    let all = message.revocations.iter().flatten();
    all.map(|raw| raw.to_vec()).collect()
}

fn unsigned(message: &Message<'_>) -> Vec<Vec<u8>> {
    let signers = message.signers.iter();
    let all = signers.flat_map(|signer| signer.unsigned.iter().flatten());
    all.map(|attribute| attribute.raw.to_vec()).collect()
}

#[cfg(test)]
mod tests;
