//! What the signer states with the signature: which record, which step, in which capacity, after
//! which other signatures; and whether the signature approves, returns, withdraws or supersedes.
//!
//! It is a signed attribute, so it is bound to the content by RFC 5652 §5.4 exactly as the
//! message digest is. Naming the cores of all earlier signatures ([`crate::sign::core_digest`])
//! proves the order of the steps without a clock: a file cannot contain the digest of one that did
//! not exist. A core stays what it is when time-stamps and revocation data are added.
//!
//! ```text
//! HosoStatement ::= SEQUENCE {                       -- IMPLICIT TAGS
//!     version   INTEGER (1|2),
//!     subject   UTF8String,               -- record id
//!     step      UTF8String,               -- step of the approval chain
//!     signer    UTF8String,               -- person id, or "dau" for the seal
//!     capacity  UTF8String,               -- role in which is signed
//!     prior     SEQUENCE OF OCTET STRING, -- SHA-256 of the cores of earlier .p7s files, ascending
//!     act       [0] UTF8String OPTIONAL,  -- version 2: "tra-lai", "rut", "thay-the", "niem-phong"
//!     reason    [1] UTF8String OPTIONAL,  -- why, for the first three
//!     other     [2] UTF8String OPTIONAL   -- thay-the: id of the record that replaces this one
//! }
//! ```
//!
//! A plain signature is version 1, and version 2 always names an act: one statement, one spelling.

#![expect(
    clippy::needless_question_mark,
    reason = "der's derive macro writes so"
)]

use const_oid::ObjectIdentifier;
use der::asn1::OctetString;
use der::{Decode, Encode, Sequence};
use thiserror::Error;

use crate::diag::Words;
use crate::diag::words::tame;
use crate::digest::Sha256;

/// Identifies the attribute.
///
/// The natural arc for a name nobody assigns is 2.25 followed by a UUID as one number of 128 bits
/// (X.667), but `const-oid`, as many other readers, holds arcs of 32 bits only. So the UUID
/// 2bcb3d5b-f840-4629-8fee-ae3938dc2e89 is cut into arcs of 16 and 24 bits under the arc that
/// Microsoft keeps for this use (its "oidgen" form), and `.1` is this attribute.
pub const STATEMENT: ObjectIdentifier = ObjectIdentifier::new_unwrap(
    "1.2.840.113556.1.8000.2554.11211.15707.63552.17961.36846.11417912.14429833.1",
);

/// What a signature does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    /// It signs a step of the chain.
    #[default]
    Sign,
    /// It returns the form to whoever wrote it.
    Return,
    /// It takes the form back.
    Withdraw,
    /// It says that another record replaces this one.
    Supersede,
    /// It seals a whole archive.
    SealArchive,
}

impl Act {
    /// Every act that is written as one; a plain signature is not.
    pub const WRITTEN: [Self; 4] = [
        Self::Return,
        Self::Withdraw,
        Self::Supersede,
        Self::SealArchive,
    ];

    /// The word in the statement and in file names; `ky`, for a plain signature, is never written.
    pub fn code(self) -> &'static str {
        match self {
            Self::Sign => "ky",
            Self::Return => "tra-lai",
            Self::Withdraw => "rut",
            Self::Supersede => "thay-the",
            Self::SealArchive => "niem-phong",
        }
    }

    /// The act that a word stands for.
    pub fn of_code(code: &str) -> Option<Self> {
        Self::WRITTEN.into_iter().find(|act| act.code() == code)
    }

    /// Whether somebody must say why.
    pub fn needs_reason(self) -> bool {
        matches!(self, Self::Return | Self::Withdraw | Self::Supersede)
    }

    /// Whether another record must be named.
    pub fn needs_other(self) -> bool {
        self == Self::Supersede
    }
}

/// States what a signature is for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statement {
    /// What the signature does.
    pub act: Act,
    /// Id of the record (or book) whose form is signed.
    pub subject: String,
    /// Step of the approval chain.
    pub step: String,
    /// Id of the person, or `dau` for the school's seal.
    pub signer: String,
    /// Role in which the person signs.
    pub capacity: String,
    /// SHA-256 of the cores of the signatures before this one; the order given here is of no
    /// account, the encoding sorts.
    pub prior: Vec<Sha256>,
    /// Why, for an act that must say so.
    pub reason: Option<String>,
    /// The record that replaces this one.
    pub other: Option<String>,
}

/// Says why a statement cannot be written or read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum StatementError {
    /// The bytes are not the ASN.1 above.
    #[error("the statement is not readable: {reason}")]
    Malformed {
        /// What the decoder says.
        reason: String,
    },
    /// A text is empty, too long, or holds control characters.
    #[error("`{field}` of the statement is empty, longer than {limit} bytes or not plain text")]
    Text {
        /// Name of the field.
        field: &'static str,
        /// The longest that is allowed, in bytes.
        limit: usize,
    },
    /// The earlier signatures are too many, repeated, or (when read) not ascending.
    #[error("the {count} earlier signatures are more than {limit}, repeated or not in order")]
    Prior {
        /// How many there are.
        count: usize,
        /// The most that are allowed.
        limit: usize,
    },
    /// The act is not one that is known here, or a plain signature is spelt as an act.
    #[error("the act `{act}` of the statement is not known")]
    Act {
        /// The act found.
        act: String,
    },
    /// A field is missing that the act needs, or there that it does not have.
    #[error("`{field}` of the statement is missing, or has no place in the act `{act}`")]
    Field {
        /// The act.
        act: &'static str,
        /// Name of the field.
        field: &'static str,
    },
    /// The version is not one that is known here.
    #[error("version {version} of the statement is not known")]
    Version {
        /// The version found.
        version: u8,
    },
}

impl StatementError {
    /// Says it for people.
    pub fn words(&self) -> Words {
        let vi = match self {
            Self::Malformed { reason } => format!("không đọc được lời khai khi ký: {reason}"),
            Self::Text { field, limit } => {
                format!(
                    "mục `{field}` của lời khai khi ký để trống, dài quá {limit} byte hoặc có ký tự lạ"
                )
            }
            Self::Prior { count, limit } => {
                format!("{count} chữ ký trước đó vượt quá {limit}, bị trùng hoặc sai thứ tự")
            }
            Self::Act { act } => {
                format!("không biết hành vi `{}` trong lời khai khi ký", tame(act))
            }
            Self::Field { act, field } => format!(
                "mục `{field}` của lời khai khi ký còn thiếu hoặc không thuộc hành vi `{act}`"
            ),
            Self::Version { version } => {
                format!("không biết phiên bản {version} của lời khai khi ký")
            }
        };
        Words::new(vi, self.to_string())
    }
}

impl Statement {
    /// Writes the statement as DER: version 1 for a plain signature, 2 for every other act.
    ///
    /// # Errors
    /// [`StatementError`] if a text or the list of earlier signatures is out of bounds, or a field
    /// does not belong to the act.
    pub fn to_der(&self) -> Result<Vec<u8>, StatementError> {
        self.check()?;
        let mut prior = self.prior.clone();
        prior.sort_unstable();
        check_prior(&prior)?;
        let octets = |digest: &Sha256| OctetString::new(digest.as_bytes().as_slice());
        let plain = self.act == Act::Sign;
        let wire = Wire {
            version: if plain { PLAIN } else { ACT },
            subject: self.subject.clone(),
            step: self.step.clone(),
            signer: self.signer.clone(),
            capacity: self.capacity.clone(),
            prior: prior
                .iter()
                .map(octets)
                .collect::<Result<_, _>>()
                .map_err(malformed)?,
            act: (!plain).then(|| self.act.code().to_owned()),
            reason: self.reason.clone(),
            other: self.other.clone(),
        };
        wire.to_der().map_err(malformed)
    }

    /// Reads a statement; whoever calls has bounded the size of `der`.
    ///
    /// # Errors
    /// [`StatementError`] for anything that [`Statement::to_der`] would not have written.
    pub fn from_der(der: &[u8]) -> Result<Self, StatementError> {
        let wire = Wire::from_der(der).map_err(malformed)?;
        let act = match (wire.version, wire.act) {
            (PLAIN, None) => Act::Sign,
            (ACT, Some(code)) => Act::of_code(&code).ok_or(StatementError::Act { act: code })?,
            (PLAIN | ACT, _) => {
                return Err(StatementError::Field {
                    act: Act::Sign.code(),
                    field: "act",
                });
            }
            (version, _) => return Err(StatementError::Version { version }),
        };
        let digest = |octets: &OctetString| {
            let bytes: [u8; 32] = octets.as_bytes().try_into().ok()?;
            Some(Sha256::from_bytes(bytes))
        };
        let bad_prior = StatementError::Prior {
            count: wire.prior.len(),
            limit: MAX_PRIOR,
        };
        let prior: Vec<_> = wire
            .prior
            .iter()
            .map(digest)
            .collect::<Option<_>>()
            .ok_or(bad_prior)?;
        check_prior(&prior)?;
        let statement = Self {
            act,
            subject: wire.subject,
            step: wire.step,
            signer: wire.signer,
            capacity: wire.capacity,
            prior,
            reason: wire.reason,
            other: wire.other,
        };
        statement.check()?;
        Ok(statement)
    }

    fn check(&self) -> Result<(), StatementError> {
        for (field, given, needed) in [
            ("reason", self.reason.is_some(), self.act.needs_reason()),
            ("other", self.other.is_some(), self.act.needs_other()),
        ] {
            if given != needed {
                let act = self.act.code();
                return Err(StatementError::Field { act, field });
            }
        }
        let texts = [
            ("subject", Some(&self.subject), MAX_TEXT),
            ("step", Some(&self.step), MAX_TEXT),
            ("signer", Some(&self.signer), MAX_TEXT),
            ("capacity", Some(&self.capacity), MAX_TEXT),
            ("reason", self.reason.as_ref(), MAX_REASON),
            ("other", self.other.as_ref(), MAX_TEXT),
        ];
        for (field, text, limit) in texts {
            let bad = |text: &String| {
                text.is_empty() || text.len() > limit || text.chars().any(char::is_control)
            };
            if text.is_some_and(bad) {
                return Err(StatementError::Text { field, limit });
            }
        }
        Ok(())
    }
}

fn check_prior(prior: &[Sha256]) -> Result<(), StatementError> {
    let ascending = prior.windows(2).all(|pair| pair[0] < pair[1]);
    if ascending && prior.len() <= MAX_PRIOR {
        Ok(())
    } else {
        Err(StatementError::Prior {
            count: prior.len(),
            limit: MAX_PRIOR,
        })
    }
}

fn malformed(error: der::Error) -> StatementError {
    StatementError::Malformed {
        reason: error.to_string(),
    }
}

/// The version of a plain signature.
const PLAIN: u8 = 1;
/// The version of every other act.
const ACT: u8 = 2;
/// A record id is a path of a few folders; no text here is longer.
const MAX_TEXT: usize = 512;
/// Longest reason, in bytes: a paragraph.
pub const MAX_REASON: usize = 2000;
/// More signatures than any approval chain has, a class of parallel signers included.
const MAX_PRIOR: usize = 128;

#[derive(Sequence)]
struct Wire {
    version: u8,
    subject: String,
    step: String,
    signer: String,
    capacity: String,
    prior: Vec<OctetString>,
    #[asn1(
        context_specific = "0",
        tag_mode = "IMPLICIT",
        optional = "true",
        type = "UTF8String"
    )]
    act: Option<String>,
    #[asn1(
        context_specific = "1",
        tag_mode = "IMPLICIT",
        optional = "true",
        type = "UTF8String"
    )]
    reason: Option<String>,
    #[asn1(
        context_specific = "2",
        tag_mode = "IMPLICIT",
        optional = "true",
        type = "UTF8String"
    )]
    other: Option<String>,
}

#[cfg(test)]
mod tests;
