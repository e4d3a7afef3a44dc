//! What the signer states with the signature: which record, which step, in which capacity, after
//! which other signatures.
//!
//! It is a signed attribute, so it is bound to the content by RFC 5652 §5.4 exactly as the
//! message digest is. Naming the digests of all earlier signature files proves the order of the
//! steps without a clock: a file cannot contain the digest of one that did not exist.
//!
//! ```text
//! HosoStatement ::= SEQUENCE {
//!     version   INTEGER (1),
//!     subject   UTF8String,               -- record id
//!     step      UTF8String,               -- step of the approval chain
//!     signer    UTF8String,               -- person id, or "dau" for the seal
//!     capacity  UTF8String,               -- role in which is signed
//!     prior     SEQUENCE OF OCTET STRING  -- SHA-256 of earlier .p7s files, ascending
//! }
//! ```

use const_oid::ObjectIdentifier;
use der::asn1::OctetString;
use der::{Decode, Encode, Sequence};
use thiserror::Error;

use crate::diag::Words;
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

/// States what a signature is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Id of the record (or book) whose form is signed.
    pub subject: String,
    /// Step of the approval chain.
    pub step: String,
    /// Id of the person, or `dau` for the school's seal.
    pub signer: String,
    /// Role in which the person signs.
    pub capacity: String,
    /// SHA-256 of the signature files of all earlier steps; the order given here is of no
    /// account, the encoding sorts.
    pub prior: Vec<Sha256>,
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
            Self::Version { version } => {
                format!("không biết phiên bản {version} của lời khai khi ký")
            }
        };
        Words::new(vi, self.to_string())
    }
}

impl Statement {
    /// Writes the statement as DER.
    ///
    /// # Errors
    /// [`StatementError`] if a text or the list of earlier signatures is out of bounds.
    pub fn to_der(&self) -> Result<Vec<u8>, StatementError> {
        self.check_texts()?;
        let mut prior = self.prior.clone();
        prior.sort_unstable();
        check_prior(&prior)?;
        let octets = |digest: &Sha256| OctetString::new(digest.as_bytes().as_slice());
        let wire = Wire {
            version: VERSION,
            subject: self.subject.clone(),
            step: self.step.clone(),
            signer: self.signer.clone(),
            capacity: self.capacity.clone(),
            prior: prior
                .iter()
                .map(octets)
                .collect::<Result<_, _>>()
                .map_err(malformed)?,
        };
        wire.to_der().map_err(malformed)
    }

    /// Reads a statement; whoever calls has bounded the size of `der`.
    ///
    /// # Errors
    /// [`StatementError`] for anything that [`Statement::to_der`] would not have written.
    pub fn from_der(der: &[u8]) -> Result<Self, StatementError> {
        let wire = Wire::from_der(der).map_err(malformed)?;
        if wire.version != VERSION {
            return Err(StatementError::Version {
                version: wire.version,
            });
        }
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
            subject: wire.subject,
            step: wire.step,
            signer: wire.signer,
            capacity: wire.capacity,
            prior,
        };
        statement.check_texts()?;
        Ok(statement)
    }

    fn check_texts(&self) -> Result<(), StatementError> {
        let texts = [
            ("subject", &self.subject),
            ("step", &self.step),
            ("signer", &self.signer),
            ("capacity", &self.capacity),
        ];
        for (field, text) in texts {
            if text.is_empty() || text.len() > MAX_TEXT || text.chars().any(char::is_control) {
                return Err(StatementError::Text {
                    field,
                    limit: MAX_TEXT,
                });
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

const VERSION: u8 = 1;
/// A record id is a path of a few folders; no text here is longer.
const MAX_TEXT: usize = 512;
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
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement() -> Statement {
        Statement {
            subject: "2024-2025/mg-5a/giao-an/2024-09-09".into(),
            step: "to-duyet".into(),
            signer: "nguyen-thi-an-khe".into(),
            capacity: "to-truong".into(),
            prior: vec![Sha256::of(b"b"), Sha256::of(b"a")],
        }
    }

    #[test]
    fn reads_what_it_wrote_with_prior_sorted() {
        let der = statement().to_der().unwrap();
        let read = Statement::from_der(&der).unwrap();
        let mut expected = statement();
        expected.prior.sort();
        assert_eq!(read, expected);
    }

    #[test]
    fn texts_are_bounded_both_ways() {
        let limit = MAX_TEXT;
        for bad in ["", "a\nb", &"x".repeat(limit + 1)] {
            let statement = Statement {
                step: bad.into(),
                ..statement()
            };
            assert_eq!(
                statement.to_der(),
                Err(StatementError::Text {
                    field: "step",
                    limit
                })
            );
            let wire = wire(1, bad, &[]);
            assert_eq!(
                Statement::from_der(&wire),
                Err(StatementError::Text {
                    field: "step",
                    limit
                })
            );
        }
    }

    #[test]
    fn prior_is_ascending_distinct_and_bounded() {
        let twice = Statement {
            prior: vec![Sha256::of(b"a"); 2],
            ..statement()
        };
        assert!(matches!(
            twice.to_der(),
            Err(StatementError::Prior { count: 2, .. })
        ));
        let many = (0u16..129).map(|n| Sha256::of(&n.to_be_bytes())).collect();
        let many = Statement {
            prior: many,
            ..statement()
        };
        assert!(matches!(
            many.to_der(),
            Err(StatementError::Prior { count: 129, .. })
        ));
        for prior in [[[2u8; 32].as_slice(), &[1; 32]], [&[1; 32], &[2; 31]]] {
            let read = Statement::from_der(&wire(1, "x", &prior));
            assert!(matches!(read, Err(StatementError::Prior { count: 2, .. })));
        }
    }

    #[test]
    fn other_versions_and_other_bytes_are_refused() {
        assert_eq!(
            Statement::from_der(&wire(2, "x", &[])),
            Err(StatementError::Version { version: 2 })
        );
        let mut trailing = statement().to_der().unwrap();
        trailing.push(0);
        for bad in [&trailing[..], b"", b"\x30\x00"] {
            let read = Statement::from_der(bad);
            assert!(matches!(read, Err(StatementError::Malformed { .. })));
        }
    }

    #[test]
    fn every_error_has_words() {
        for error in [
            StatementError::Malformed { reason: "r".into() },
            StatementError::Text {
                field: "step",
                limit: 1,
            },
            StatementError::Prior { count: 2, limit: 1 },
            StatementError::Version { version: 9 },
        ] {
            assert_ne!(error.words().vi, error.words().en);
        }
    }

    fn wire(version: u8, step: &str, prior: &[&[u8]]) -> Vec<u8> {
        let prior = prior
            .iter()
            .map(|d| OctetString::new(*d).unwrap())
            .collect();
        let text = || "x".to_string();
        let (subject, signer, capacity) = (text(), text(), text());
        Wire {
            version,
            subject,
            step: step.into(),
            signer,
            capacity,
            prior,
        }
        .to_der()
        .unwrap()
    }
}
