//! A signed copy of a form: signatures inside the PDF, in the profile PAdES-B-B (EN 319 142-1), as
//! readers of PDF show them. The copy begins with the form's bytes, unchanged; each signature is one
//! incremental update after them (ISO 32000-1 §7.5.6), so the ones before stay valid.
//!
//! PDF bytes, a signer and what is to be seen go in, PDF bytes come out. Who may sign what is decided
//! in `cli::export`; the detached signatures stay the original and are not touched here.
//!
//! | part | what it is |
//! |---|---|
//! | `found` | the signatures in any PDF, whoever made it |
//! | `replay` | whether a copy that others began is what this program would have written |
//! | `update` | the incremental update: field, widget, structure, place for the CMS |
//! | `place` | where on the pages a signature belongs, found by the printed name |
//! | `draw` | what a signature shows: a picture, or text as outlines |
//! | `picture` | the picture of a handwritten signature or a seal: PNG, transparent |

mod found;
mod replay;
mod update;
pub mod place;
pub mod draw;
pub mod picture;

use jiff::Timestamp;
use thiserror::Error;

use crate::diag::Words;
use crate::pades::draw::Mark;
use crate::sign;
use crate::sign::Credential;
use crate::sign::Profile;
use crate::sign::SignError;
use crate::sign::Signer;

pub use found::Found;
pub use found::Parts;
pub use found::found;
pub use replay::Begun;
pub use replay::Inside;
pub use replay::begun;
pub use replay::rewrite;

/// The largest PDF that is signed; forms are 60 kB, bound volumes a few MB.
pub const MAX_PDF: usize = 64 * 1024 * 1024;

/// Room for a time-stamp token and what comes with it, in bytes of DER.
const STAMP_ROOM: usize = 16 * 1024;
/// Room for attributes, algorithms and the signature itself.
const BASE_ROOM: usize = 4 * 1024;

/// One signature to be put into a PDF.
#[derive(Clone, Debug)]
pub struct Field {
    /// The field's name, unique in the document and without full stop (ISO 32000-1 §12.7.3.2).
    pub name: String,
    /// Who signs, for /Name.
    pub signer: String,
    /// Why, for /Reason: the step and the role.
    pub reason: String,
    /// Where, for /Location.
    pub location: String,
    /// What is to be seen; none for a signature without appearance.
    pub mark: Option<Mark>,
}

impl Field {
    /// What is read out in the place of the drawing.
    fn words(&self) -> String {
        format!("Chữ ký số của {}: {}", self.signer, self.reason)
    }
}

/// What a signer may add to the CMS before it is stored: an RFC 3161 time-stamp.
pub type Stamp<'a> = &'a dyn Fn(Vec<u8>) -> Result<Vec<u8>, Words>;

/// Appends the signature of `fields[index]` to a PDF. `at` becomes /M, in Vietnam's time. `fields` are
/// all that the copy will ever have: the first signature makes them, and they wait for theirs.
///
/// # Errors
/// [`PadesError`], and then there is no copy.
pub fn append(
    pdf: &[u8],
    fields: &[Field],
    index: usize,
    signer: &dyn Signer,
    at: Timestamp,
    stamp: Option<Stamp<'_>>,
) -> Result<Vec<u8>, PadesError> {
    let certificates: usize = signer.chain().iter().map(Vec::len).sum();
    let stamped = if stamp.is_some() { STAMP_ROOM } else { 0 };
    let room = BASE_ROOM + signer.certificate().len() + certificates + stamped;
    let prepared = update::prepare(pdf, fields, index, at, room)?;
    let ranges = prepared.signed();
    let cms = sign::prepare(&ranges, Profile::Pades, &Credential::of(signer), at)?;
    let signature = signer.sign(cms.to_be_signed()).map_err(SignError::from)?;
    let cms = cms.complete(&ranges, &signature)?;
    let cms = match stamp {
        Some(stamp) => stamp(cms).map_err(PadesError::Stamp)?,
        None => cms,
    };
    prepared.complete(&cms)
}

/// Says why a PDF was not signed.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum PadesError {
    /// The copy that was to be continued is not one that this program would have written.
    #[error("this copy is not one that hoso made of this form, or something was added to it: {}", reason.en)]
    Altered {
        /// Where they differ.
        reason: Words,
    },
    /// The PDF has something that is not touched.
    #[error("this PDF cannot be signed: {}", reason.en)]
    Unsuitable {
        /// What.
        reason: Words,
    },
    /// The PDF cannot be read.
    #[error("the PDF cannot be read: {reason}")]
    Unreadable {
        /// What the reader says.
        reason: String,
    },
    /// The signature is larger than the room kept for it.
    #[error("the signature has {size} bytes, more than the {room} kept for it")]
    Room {
        /// Bytes of the CMS.
        size: usize,
        /// Bytes kept.
        room: usize,
    },
    /// There is no signature.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// There is no time-stamp.
    #[error("no time-stamp: {}", .0.en)]
    Stamp(Words),
}

impl PadesError {
    /// Says it for people.
    pub fn words(&self) -> Words {
        let vi = match self {
            Self::Sign(error) => return error.words(),
            Self::Altered { reason } => format!(
                "bản này không phải do hoso xuất từ bản in ấy, hoặc đã bị thêm bớt: {}",
                reason.vi
            ),
            Self::Unsuitable { reason } => format!("không ký được vào PDF này: {}", reason.vi),
            Self::Unreadable { reason } => format!("không đọc được PDF ({reason})"),
            Self::Room { size, room } => {
                format!("chữ ký dài {size} byte, chỗ dành cho nó có {room}")
            }
            Self::Stamp(words) => format!("không có dấu thời gian: {}", words.vi),
        };
        Words::new(vi, self.to_string())
    }
}

#[cfg(test)]
mod tests;
