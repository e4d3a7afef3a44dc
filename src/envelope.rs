//! An encrypted parcel (CMS, RFC 5652 and RFC 5083), written as it comes: bytes in, bytes out, and
//! never more than one piece of them in memory. `openssl cms -decrypt` opens it.
//!
//! The content's key is new for each parcel and goes to each recipient under his or her own public
//! key ([`recipient`]). What surrounds the content is BER of indefinite length, as `openssl cms
//! -stream` writes it, since nobody knows yet how long the content will be.

mod content;
pub mod recipient;
#[cfg(test)]
mod tests;

use std::io;
use std::io::Write;

use aws_lc_rs::rand;
use cms::enveloped_data::RecipientInfos;
use const_oid::ObjectIdentifier;
use const_oid::db::rfc5911::{ID_CT_AUTH_ENVELOPED_DATA, ID_DATA, ID_ENVELOPED_DATA};
use der::Encode;
use zeroize::Zeroizing;

use crate::diag::Words;
use crate::envelope::content::Content;
use crate::envelope::recipient::Recipient;

/// How much is encrypted at a time; a whole number of AES blocks.
const PIECE: usize = 64 * 1024;
/// The end of a value of indefinite length.
const END: [u8; 2] = [0, 0];

/// How the content is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cipher {
    /// AES-256-GCM in AuthEnvelopedData: a changed byte is noticed on decryption. OpenSSL 3.0 and later.
    Gcm,
    /// AES-256-CBC in EnvelopedData: what older programs read. A changed byte is noticed only by what
    /// is inside.
    Cbc,
}

/// The parcel could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EnvelopeError {
    /// There is nobody who could open it.
    #[error("there is no recipient")]
    NoRecipient,
    /// The cryptographic library refused.
    #[error("the cryptographic library refused: {step}")]
    Backend {
        /// What it was to do.
        step: &'static str,
    },
    /// A structure could not be encoded.
    #[error("cannot encode the parcel's head")]
    Encoding(#[from] der::Error),
    /// It could not be written.
    #[error("cannot write")]
    Write(#[from] io::Error),
}

impl EnvelopeError {
    /// What failed, for people.
    pub fn words(&self) -> Words {
        match self {
            Self::NoRecipient => Words::new("chưa nêu người nhận", "there is no recipient"),
            Self::Backend { step } => Words::new(
                format!("thư viện mã hóa từ chối: {step}"),
                format!("the cryptographic library refused: {step}"),
            ),
            Self::Encoding(error) => Words::new(
                format!("không lập được phần đầu của gói: {error}"),
                format!("cannot encode the parcel's head: {error}"),
            ),
            Self::Write(error) => Words::new(
                format!("không ghi được: {error}"),
                format!("cannot write: {error}"),
            ),
        }
    }
}

/// A parcel that is being written: what is written to it comes out encrypted.
pub struct Envelope<W: Write> {
    to: W,
    content: Content,
    /// What does not fill a piece yet.
    waiting: Zeroizing<Vec<u8>>,
}

impl<W: Write> Envelope<W> {
    /// Begins a parcel for `recipients`.
    ///
    /// # Errors
    /// [`EnvelopeError`]
    pub fn begin(
        mut to: W,
        recipients: &[Recipient],
        cipher: Cipher,
    ) -> Result<Self, EnvelopeError> {
        if recipients.is_empty() {
            return Err(EnvelopeError::NoRecipient);
        }
        let mut key = Zeroizing::new([0; 32]);
        fill(key.as_mut())?;
        let (content, algorithm) = Content::begin(cipher, &key)?;
        let infos: Result<Vec<_>, EnvelopeError> =
            recipients.iter().map(|r| r.info(&key)).collect();
        let infos = RecipientInfos::try_from(infos?)?;
        let (kind, version) = match cipher {
            Cipher::Gcm => (ID_CT_AUTH_ENVELOPED_DATA, 0_u8),
            // RFC 5652 §6.1: 2 as soon as one recipient agrees on a key.
            Cipher::Cbc if recipients.iter().any(Recipient::agrees) => (ID_ENVELOPED_DATA, 2),
            Cipher::Cbc => (ID_ENVELOPED_DATA, 0),
        };
        let mut head = Vec::new();
        open(&mut head, 0x30);
        put(&mut head, &kind)?;
        open(&mut head, 0xa0);
        open(&mut head, 0x30);
        head.extend(version.to_der()?);
        head.extend(infos.to_der()?);
        open(&mut head, 0x30);
        put(&mut head, &ID_DATA)?;
        head.extend(algorithm.to_der()?);
        open(&mut head, 0xa0);
        to.write_all(&head)?;
        Ok(Self {
            to,
            content,
            waiting: Zeroizing::new(Vec::with_capacity(PIECE)),
        })
    }

    /// Ends the parcel and hands back what it was written to.
    ///
    /// # Errors
    /// [`EnvelopeError`]
    pub fn finish(mut self) -> Result<W, EnvelopeError> {
        self.piece()?;
        let (rest, mac) = self.content.finish()?;
        octets(&mut self.to, &rest)?;
        self.to.write_all(&END)?;
        self.to.write_all(&END)?;
        if let Some(mac) = mac {
            octets(&mut self.to, &mac)?;
        }
        for _ in 0..3 {
            self.to.write_all(&END)?;
        }
        self.to.flush()?;
        Ok(self.to)
    }

    /// Encrypts what is waiting.
    fn piece(&mut self) -> Result<(), EnvelopeError> {
        let encrypted = self.content.piece(&self.waiting)?;
        self.waiting.clear();
        octets(&mut self.to, &encrypted)?;
        Ok(())
    }
}

impl<W: Write> Write for Envelope<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(PIECE - self.waiting.len());
        self.waiting.extend_from_slice(&bytes[..taken]);
        if self.waiting.len() == PIECE {
            self.piece().map_err(io::Error::other)?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        // A piece goes out when it is full: the last one alone may end within a block.
        Ok(())
    }
}

/// Bytes that nobody can guess.
fn fill(bytes: &mut [u8]) -> Result<(), EnvelopeError> {
    rand::fill(bytes).map_err(|_| EnvelopeError::Backend { step: "random" })
}

/// Opens a value of indefinite length.
fn open(head: &mut Vec<u8>, tag: u8) {
    head.extend([tag, 0x80]);
}

fn put(head: &mut Vec<u8>, oid: &ObjectIdentifier) -> Result<(), EnvelopeError> {
    head.extend(oid.to_der()?);
    Ok(())
}

/// One OCTET STRING; nothing for no bytes.
fn octets(to: &mut impl Write, bytes: &[u8]) -> Result<(), EnvelopeError> {
    if bytes.is_empty() {
        return Ok(());
    }
    let length = der::Length::try_from(bytes.len())?;
    to.write_all(&[0x04])?;
    to.write_all(&length.to_der()?)?;
    to.write_all(bytes)?;
    Ok(())
}
