//! Whose turn it is ([`Desk::turn`]), and the signatures made in that turn (`batch`). Nothing is
//! written here but the journal: the outcome is a list of files, which the caller commits.
//!
//! A signed form is never set again: the next signer signs the very bytes of the one before.

use jiff::civil::Date;

use crate::diag::Words;
use crate::digest::Sha256;
use crate::records::Record;
use crate::records::dates;
use crate::records::id::RecordId;
use crate::records::numbering;
use crate::render;
use crate::render::Press;
use crate::render::kept;
use crate::render::kept::Version;
use crate::seal::Examination;
use crate::seal::SEAL;
use crate::seal::Seal;
use crate::seal::order;
use crate::seal::standing::Standing;
use crate::sign::Statement;
use crate::trace::Traced;

mod batch;

pub use batch::Batch;
pub use batch::Failure;
pub use batch::Laid;
pub use batch::Made;

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

/// One signature to be made.
#[derive(Clone, Debug)]
pub struct Turn {
    /// The record with its history.
    pub traced: Traced,
    /// The step of its chain.
    pub step: usize,
    /// The version already signed by others; none when this is the first signature.
    pub version: Option<Version>,
    /// The form was signed before, and the record changed since.
    pub changed: bool,
    /// What will be stated.
    pub statement: Statement,
}

/// Why it is not this signer's turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotNow {
    /// The signer has signed already.
    Done,
    /// Every step is signed.
    Complete,
    /// A signature of the record does not hold.
    Faulty,
    /// A book whose period is not over and that nobody has closed: it would change under the signature.
    Open {
        /// The last day of its period.
        until: Date,
    },
    /// An official document whose number is still to be taken: a number entered later would change
    /// the text under the signature (NĐ 30/2020, Điều 14, 15).
    Unnumbered,
    /// It is the turn of others.
    Others {
        /// The step waited for.
        step: String,
        /// Its signers.
        people: Vec<String>,
    },
}

impl NotNow {
    /// The reason as a word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Complete => "complete",
            Self::Faulty => "faulty",
            Self::Open { .. } => "open",
            Self::Unnumbered => "unnumbered",
            Self::Others { .. } => "others",
        }
    }

    /// The reason as a sentence about record `id`.
    pub fn words(&self, id: &RecordId) -> Words {
        match self {
            Self::Done => Words::new(
                format!("`{id}`: anh/chị đã ký"),
                format!("`{id}`: you have signed"),
            ),
            Self::Complete => Words::new(
                format!("`{id}`: đã ký đủ các bước"),
                format!("`{id}`: every step is signed"),
            ),
            Self::Faulty => Words::new(
                format!("`{id}`: có chữ ký không đúng, xem `hoso verify`"),
                format!("`{id}`: a signature does not hold, see `hoso verify`"),
            ),
            Self::Open { until } => Words::new(
                format!(
                    "`{id}`: sổ còn ghi đến hết ngày {until}; ký sau ngày ấy, hoặc khóa sổ trước"
                ),
                format!(
                    "`{id}`: the book is kept until {until}; sign it after that, or close it first"
                ),
            ),
            Self::Unnumbered => Words::new(
                format!("`{id}`: văn bản chưa có số; lấy số bằng `hoso number {id}` rồi ký"),
                format!(
                    "`{id}`: the document has no number; take one with `hoso number {id}`, then sign"
                ),
            ),
            Self::Others { step, people } => {
                let people = people.join(", ");
                Words::new(
                    format!("`{id}`: chưa đến lượt, đang chờ bước `{step}` ({people})"),
                    format!("`{id}`: not your turn, it waits for step `{step}` ({people})"),
                )
            }
        }
    }
}

/// What turns are looked for with.
pub struct Desk<'a> {
    /// What forms are made with.
    pub press: &'a Press<'a>,
    /// Who signs.
    pub who: &'a Who,
}

impl Desk<'_> {
    /// Whether it is this signer's turn on a record.
    ///
    /// # Errors
    /// [`NotNow`].
    pub fn turn(&self, traced: Traced) -> Result<Turn, NotNow> {
        let record = &traced.record;
        let today = dates::day(self.press.trust.at);
        if let Some((_, until)) = record.range()
            && record.closing().is_none()
            && until > today
        {
            return Err(NotNow::Open { until });
        }
        let sealed = record.steps.iter().any(|step| step.seal && step.digital);
        if sealed && record.kind.numbering.is_some() && numbering::number(record).is_none() {
            return Err(NotNow::Unnumbered);
        }
        // Faults of the kept files are reported by `verify`; here they only mean "not now".
        let mut findings = Vec::new();
        let versions = kept::versions(
            self.press.snapshot,
            &record.id,
            self.press.trust,
            &mut findings,
        );
        let (current, earlier) = kept::current(versions, &record.source.digest);
        let seals = self
            .examination()
            .examine(record, current.as_ref(), &earlier, &mut findings);
        if seals.standing == Standing::Faulty
            || findings
                .iter()
                .any(|f| f.code == crate::diag::Code::SignatureFormChanged)
        {
            return Err(NotNow::Faulty);
        }
        let all: Vec<&Seal> = seals.current.iter().collect();
        let next = (0..record.steps.len()).find(|index| !order::is_complete(record, &all, *index));
        let Some(step) = next else {
            return Err(NotNow::Complete);
        };
        if all
            .iter()
            .any(|s| s.step == Some(step) && s.signer() == Some(&self.who.id))
        {
            return Err(NotNow::Done);
        }
        let Some(capacity) = self.capacity(record, step) else {
            let signed = all.iter().any(|s| s.signer() == Some(&self.who.id));
            return Err(if signed {
                NotNow::Done
            } else {
                others(record, step)
            });
        };
        let mut prior: Vec<Sha256> = all
            .iter()
            .filter(|s| s.step.is_some_and(|s| s < step))
            .map(|s| s.file.digest)
            .collect();
        prior.sort_unstable();
        let statement = Statement {
            subject: record.id.to_string(),
            step: record.steps[step].step.clone(),
            signer: self.who.id.clone(),
            capacity,
            prior,
        };
        Ok(Turn {
            traced,
            step,
            changed: current.is_none() && !earlier.is_empty(),
            version: current,
            statement,
        })
    }

    /// The role in which the signer may sign a step; none when the step is not theirs.
    fn capacity(&self, record: &Record, step: usize) -> Option<String> {
        let step = &record.steps[step];
        if step.seal {
            return (self.who.id == SEAL).then(|| SEAL.to_owned());
        }
        step.people
            .iter()
            .find(|p| p.id == self.who.id)
            .map(|p| p.role.clone())
    }

    fn examination(&self) -> Examination<'_> {
        Examination {
            school: self.press.school,
            anchors: self.press.trust.anchors,
            at: self.press.trust.at,
        }
    }

    /// Whether the form that others have signed is the one that the text gives now. It need not be,
    /// after a change of layouts or of the program; but whoever signs next should know.
    pub fn comes_from_text(&self, turn: &Turn) -> bool {
        match &turn.version {
            Some(version) => {
                render::set(self.press, &turn.traced.record).is_ok_and(|pdf| *pdf == *version.pdf)
            }
            None => true,
        }
    }
}

fn others(record: &Record, step: usize) -> NotNow {
    let step = &record.steps[step];
    let people = if step.seal {
        vec!["con dấu của trường".to_owned()]
    } else {
        step.people.iter().map(|p| p.name.clone()).collect()
    };
    NotNow::Others {
        step: step.label.clone(),
        people,
    }
}
