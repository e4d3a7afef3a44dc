//! Who signs: by the certificate, or by name alone where nothing is signed yet.

use jiff::Timestamp;

use crate::diag::Words;
use crate::diag::words::tame;
use crate::digest::Sha256;
use crate::records::dates;
use crate::records::school::School;
use crate::seal::SEAL;
use crate::sign::CertificateError;
use crate::sign::CertificateFacts;

/// Who signs: a person of the roster, or the organisation's seal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    /// The person's id, or [`SEAL`].
    pub id: String,
    /// The name, for people.
    pub name: String,
    /// The address for the commit.
    pub email: Option<String>,
}

/// Why nobody is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Nobody {
    /// The certificate cannot be read.
    Certificate(CertificateError),
    /// The roster gives it to nobody today.
    NotOnTheRoster {
        /// Today.
        day: jiff::civil::Date,
        /// The name in the certificate.
        subject: String,
        /// Its digest.
        sha256: Sha256,
    },
    /// The roster has no such id.
    NoSuchPerson {
        /// What was given.
        given: String,
    },
}

impl Nobody {
    /// The sentence for people.
    pub fn words(&self) -> Words {
        match self {
            Self::Certificate(error) => error.words(),
            Self::NotOnTheRoster { day, subject, .. } => Words::new(
                format!("ngày {day} school.yaml không có chứng thư của «{subject}»"),
                format!("on {day} school.yaml has no certificate of «{subject}»"),
            ),
            Self::NoSuchPerson { given } => {
                let shown = tame(given);
                Words::new(
                    format!("school.yaml không có người nào mã `{shown}`"),
                    format!("school.yaml has nobody with the id `{shown}`"),
                )
            }
        }
    }

    /// How to mend it.
    pub fn help(&self) -> Option<Words> {
        let Self::NotOnTheRoster { sha256, .. } = self else {
            return None;
        };
        Some(Words::new(
            format!("thêm vào mục `chung-thu` của người này: sha256: {sha256}"),
            format!("add to `chung-thu` of this person: sha256: {sha256}"),
        ))
    }
}

impl Who {
    /// Somebody of the roster, or the seal, by name alone: to look, not to sign.
    ///
    /// # Errors
    /// [`Nobody::NoSuchPerson`].
    pub fn named(person: &str, school: &School, at: Timestamp) -> Result<Self, Nobody> {
        if person == SEAL {
            return Ok(Self {
                email: None,
                ..seal(school, at)
            });
        }
        let found = school.person(person).ok_or_else(|| Nobody::NoSuchPerson {
            given: person.to_owned(),
        })?;
        Ok(Self {
            id: found.id.clone(),
            name: found.ten.clone(),
            email: None,
        })
    }

    /// Whose key this is today, by the roster.
    ///
    /// # Errors
    /// [`Nobody::Certificate`], [`Nobody::NotOnTheRoster`].
    pub fn of(certificate: &[u8], school: &School, at: Timestamp) -> Result<Self, Nobody> {
        let facts = CertificateFacts::of(certificate).map_err(Nobody::Certificate)?;
        let day = dates::day(at);
        if school.is_seal(&facts.sha256, day) {
            return Ok(seal(school, at));
        }
        let Some(person) = school.owner(&facts.sha256, day) else {
            return Err(Nobody::NotOnTheRoster {
                day,
                subject: tame(facts.subject_cn.as_deref().unwrap_or("—")),
                sha256: facts.sha256,
            });
        };
        Ok(Self {
            id: person.id.clone(),
            name: person.ten.clone(),
            email: person.email.first().cloned(),
        })
    }
}

fn seal(school: &School, at: Timestamp) -> Who {
    let organisation = school.organisation(dates::day(at));
    Who {
        id: SEAL.to_owned(),
        name: organisation.map(|o| o.ten.clone()).unwrap_or_default(),
        email: organisation.and_then(|o| o.email.clone()),
    }
}
