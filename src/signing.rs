//! Whose turn it is ([`Desk::turn`]), and the signatures made in that turn (`batch`): the outcome is a
//! list of files. [`session`] is the whole way, from what is checked out to one commit.
//!
//! A signed form is never set again: the next signer signs the very bytes of the one before.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Map;

use crate::diag::Words;
use crate::diag::words::tame;
use crate::digest::Sha256;
use crate::records::Record;
use crate::records::dates;
use crate::records::id::RecordId;
use crate::records::numbering;
use crate::records::roster;
use crate::records::roster::Question;
use crate::records::roster::SignerPerson;
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

pub mod act;
mod batch;
pub mod session;
mod stamper;
mod who;

pub use batch::Batch;
pub use batch::Failure;
pub use batch::Laid;
pub use batch::Made;
pub use stamper::Stamper;
pub use who::Nobody;
pub use who::Who;

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
    /// It was returned, withdrawn or superseded; nothing is signed over such a form.
    Ended {
        /// Which of them.
        standing: Standing,
        /// Who did it.
        who: String,
        /// Why.
        reason: String,
    },
    /// The signer signed one of the steps whose signers may not sign this one.
    Own {
        /// The step.
        step: String,
    },
    /// The form names the signer, who no longer holds the role.
    OutOfOffice {
        /// The step.
        step: String,
    },
    /// The signer holds the role today, but the form names who held it on the record's date and no
    /// longer does: the office changed hands in between.
    OfficeChanged {
        /// The step.
        step: String,
        /// Who stands on the form.
        named: Vec<String>,
        /// The record's date.
        date: Date,
    },
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
            Self::Ended { .. } => "ended",
            Self::Own { .. } => "own",
            Self::OutOfOffice { .. } => "out-of-office",
            Self::OfficeChanged { .. } => "office-changed",
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
            Self::Ended {
                standing,
                who,
                reason,
            } => {
                let (who, reason) = (tame(who), tame(reason));
                match standing {
                    Standing::Superseded => Words::new(
                        format!("`{id}`: đã bị hồ sơ khác thay thế ({who}: «{reason}»)"),
                        format!("`{id}`: another record replaces it ({who}: «{reason}»)"),
                    ),
                    Standing::Withdrawn => Words::new(
                        format!("`{id}`: đã rút ({who}: «{reason}»)"),
                        format!("`{id}`: it was withdrawn ({who}: «{reason}»)"),
                    ),
                    _ => Words::new(
                        format!(
                            "`{id}`: đã trả lại ({who}: «{reason}»); sửa văn bản, ghi (commit), rồi ký lại từ bước đầu"
                        ),
                        format!(
                            "`{id}`: it was returned ({who}: «{reason}»); mend the text, commit, then sign again from the first step"
                        ),
                    ),
                }
            }
            Self::Own { step } => Words::new(
                format!(
                    "`{id}`: anh/chị đã ký bước trước, không được ký bước `{step}`: không ai tự duyệt hồ sơ của mình"
                ),
                format!(
                    "`{id}`: you signed an earlier step and may not sign step `{step}`: nobody approves their own record"
                ),
            ),
            Self::OutOfOffice { step } => Words::new(
                format!(
                    "`{id}`: bản in nêu tên anh/chị ở bước `{step}`, nhưng hôm nay anh/chị không còn giữ vai trò ấy; sửa ngày của hồ sơ để bản in nêu người đương nhiệm, hoặc khai `uy-quyen` trong content/school.yaml"
                ),
                format!(
                    "`{id}`: the form names you for step `{step}`, but you do not hold the role today; re-date the record so that the form names who does, or enter `uy-quyen` in content/school.yaml"
                ),
            ),
            Self::OfficeChanged { step, named, date } => {
                let named = named.join(", ");
                Words::new(
                    format!(
                        "`{id}`: bản in ghi ngày {date} nêu người ký bước `{step}` là {named}, nay không còn giữ vai trò ấy; anh/chị không ký được bản này. Sửa ngày của hồ sơ (bản mới sẽ nêu tên anh/chị), rồi ký lại từ bước đầu"
                    ),
                    format!(
                        "`{id}`: the form of {date} names {named} for step `{step}`, who no longer holds the role; you cannot sign this form. Re-date the record (the new form will name you), then sign again from the first step"
                    ),
                )
            }
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
        if let Some(act) = seals.deciding() {
            return Err(self.ended(seals.standing, act));
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
                self.others(record, step)
            });
        };
        let bars = &record.steps[step].other_than;
        if all
            .iter()
            .any(|s| s.step.is_some_and(|s| bars.contains(&s)) && s.signer() == Some(&self.who.id))
        {
            let step = record.steps[step].label.clone();
            return Err(NotNow::Own { step });
        }
        if !record.steps[step].seal && !self.holds(record, step, &self.who.id) {
            let step = record.steps[step].label.clone();
            return Err(NotNow::OutOfOffice { step });
        }
        let mut prior: Vec<Sha256> = all
            .iter()
            .filter(|s| s.step.is_some_and(|s| s < step))
            .map(|s| s.file.core)
            .collect();
        prior.sort_unstable();
        let statement = Statement {
            subject: record.id.to_string(),
            step: record.steps[step].step.clone(),
            signer: self.who.id.clone(),
            capacity,
            prior,
            ..Statement::default()
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
            .map(SignerPerson::capacity)
    }

    /// Whether somebody may sign a step today, by the roster.
    fn holds(&self, record: &Record, step: usize, person: &str) -> bool {
        let question = Question {
            school: self.press.school,
            unit: &record.unit,
            date: dates::day(self.press.trust.at),
            fields: &Map::new(),
        };
        let rule = record.kind.chain_on(record.date).get(step);
        rule.is_some_and(|rule| {
            roster::capacities(&record.kind, rule, &question, person)
                .next()
                .is_some()
        })
    }

    /// Why a step is not this signer's: it is the turn of others, or the office changed hands.
    fn others(&self, record: &Record, index: usize) -> NotNow {
        let step = &record.steps[index];
        if step.seal {
            return NotNow::Others {
                step: step.label.clone(),
                people: vec!["con dấu của trường".to_owned()],
            };
        }
        let people = step.people.iter().map(|p| p.name.clone()).collect();
        let gone = !step.people.iter().any(|p| self.holds(record, index, &p.id));
        if gone && self.holds(record, index, &self.who.id) {
            return NotNow::OfficeChanged {
                step: step.label.clone(),
                named: people,
                date: record.date,
            };
        }
        NotNow::Others {
            step: step.label.clone(),
            people,
        }
    }

    fn ended(&self, standing: Standing, act: &Seal) -> NotNow {
        let signer = act.signer().unwrap_or("—");
        let person = self.press.school.person(signer);
        NotNow::Ended {
            standing,
            who: person.map_or(signer, |p| &p.ten).to_owned(),
            reason: act.reason().unwrap_or_default().to_owned(),
        }
    }

    pub(crate) fn examination(&self) -> Examination<'_> {
        Examination {
            school: self.press.school,
        }
    }

    /// Who signed a turn's form before, in the order of the chain: the step, the name, when.
    pub fn before(&self, turn: &Turn) -> Vec<(String, String, Option<Timestamp>)> {
        let record = &turn.traced.record;
        let mut findings = Vec::new();
        let version = turn.version.as_ref();
        let seals = self
            .examination()
            .examine(record, version, &[], &mut findings);
        let shown = |seal: &Seal| {
            let signer = seal.signer().unwrap_or("—");
            let person = self.press.school.person(signer);
            let step = seal.step.and_then(|step| record.steps.get(step));
            let label = step.map(|step| step.label.clone()).unwrap_or_default();
            let name = person.map_or(signer, |p| &p.ten).to_owned();
            (label, name, seal.when())
        };
        seals.current.iter().map(shown).collect()
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
