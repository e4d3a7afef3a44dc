//! Returning, withdrawing, superseding: signed statements over a form that do not approve it. They
//! lie beside the form as its signatures do, are examined as signatures are, and are kept for ever.
//!
//! Who may do what, and when ([`RULES`]):
//!
//! | act | while | who |
//! |---|---|---|
//! | return (`tra-lai`) | it waits for an approval | who signs the step waited for or a later one, but no author |
//! | withdraw (`rut`) | it waits for an approval | an author: who signed the first step |
//! | withdraw | it is approved | who may sign the last step of approval, on the day of the act |
//! | supersede (`thay-the`) | every step is signed | the same |

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde_json::Map;

use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Place;
use crate::diag::Words;
use crate::diag::words::tame;
use crate::digest::Sha256;
use crate::records::Record;
use crate::records::id::RecordId;
use crate::records::roster;
use crate::records::roster::Question;
use crate::records::school::School;
use crate::seal::Seal;
use crate::seal::order;
use crate::sign::Act;
use crate::sign::Answer;

/// How far a form has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Nobody has signed.
    Unsigned,
    /// It waits for an approval: the number is the step.
    Waiting(usize),
    /// Every person has signed; the seal is not on it yet.
    Approved,
    /// Every step is signed.
    Signed,
}

/// Who may do an act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Who signed the first step.
    Author,
    /// Who may sign the step waited for or a later one, and is no author.
    Approver,
    /// Who may sign the last step of approval.
    Head,
}

/// The table: the act, whether it is before or after the approval is complete, and who.
pub const RULES: [(Act, &[Phase], Actor); 4] = [
    (Act::Return, &[Phase::Before], Actor::Approver),
    (Act::Withdraw, &[Phase::Before], Actor::Author),
    (
        Act::Withdraw,
        &[Phase::Approved, Phase::Signed],
        Actor::Head,
    ),
    (Act::Supersede, &[Phase::Signed], Actor::Head),
];

/// What an act is called.
pub fn words(act: Act) -> Words {
    match act {
        Act::Sign => Words::new("Ký", "Signed"),
        Act::Return => Words::new("Trả lại", "Returned"),
        Act::Withdraw => Words::new("Rút", "Withdrawn"),
        Act::Supersede => Words::new("Thay thế", "Superseded"),
        Act::SealArchive => Words::new("Niêm phong", "Archive sealed"),
    }
}

/// A stage, without the step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// [`Stage::Waiting`].
    Before,
    /// [`Stage::Approved`].
    Approved,
    /// [`Stage::Signed`].
    Signed,
}

impl Stage {
    /// How far a form has come with these signatures.
    pub fn of(record: &Record, seals: &[&Seal]) -> Self {
        if seals.is_empty() {
            return Self::Unsigned;
        }
        let open = |index: &usize| !order::is_complete(record, seals, *index);
        let approval = |index: &usize| !record.steps[*index].seal;
        let steps = 0..record.steps.len();
        match steps.clone().filter(approval).find(open) {
            Some(next) => Self::Waiting(next),
            None if steps.clone().any(|index| open(&index)) => Self::Approved,
            None => Self::Signed,
        }
    }

    fn phase(self) -> Option<Phase> {
        match self {
            Self::Unsigned => None,
            Self::Waiting(_) => Some(Phase::Before),
            Self::Approved => Some(Phase::Approved),
            Self::Signed => Some(Phase::Signed),
        }
    }

    /// Whether the people with authority have all signed.
    pub fn is_approved(self) -> bool {
        matches!(self, Self::Approved | Self::Signed)
    }
}

/// Who may do an act at a stage; none when nobody may.
pub fn actor(act: Act, stage: Stage) -> Option<Actor> {
    let phase = stage.phase()?;
    RULES
        .iter()
        .find(|(of, phases, _)| *of == act && phases.contains(&phase))
        .map(|(_, _, actor)| *actor)
}

/// A record with the signatures over one form, and a day: what an act is judged by.
pub struct Bench<'a> {
    /// The school.
    pub school: &'a School,
    /// The record.
    pub record: &'a Record,
    /// The signatures that were there.
    pub seals: Vec<&'a Seal>,
    /// The day of the act.
    pub day: Date,
}

impl Bench<'_> {
    /// The steps, each with the capacity, in which `person` may do the act.
    pub fn standing_of(&self, act: Act, person: &str) -> Vec<(usize, String)> {
        let stage = Stage::of(self.record, &self.seals);
        let Some(actor) = actor(act, stage) else {
            return Vec::new();
        };
        let mut people = (0..self.record.steps.len())
            .filter(|index| self.record.steps[*index].digital && !self.record.steps[*index].seal);
        match actor {
            Actor::Author => self.authorship(person).into_iter().collect(),
            Actor::Approver if self.authorship(person).is_some() => Vec::new(),
            Actor::Approver => {
                let Stage::Waiting(next) = stage else {
                    return Vec::new();
                };
                people
                    .filter(|index| *index >= next)
                    .flat_map(|index| self.entitled(index, person))
                    .collect()
            }
            Actor::Head => people
                .next_back()
                .map(|index| self.entitled(index, person))
                .unwrap_or_default(),
        }
    }

    /// The first step, if `person` signed it or stands in it.
    fn authorship(&self, person: &str) -> Option<(usize, String)> {
        let first = self
            .record
            .steps
            .iter()
            .position(|step| step.digital && !step.seal)?;
        let own = |s: &&&Seal| s.step == Some(first) && s.signer() == Some(person);
        let signed = self.seals.iter().find(own)?;
        let statement = signed.examined.statement()?;
        Some((first, statement.capacity.clone()))
    }

    fn entitled(&self, index: usize, person: &str) -> Vec<(usize, String)> {
        let record = self.record;
        let Some(rule) = record.kind.chain_on(record.date).get(index) else {
            return Vec::new();
        };
        let question = Question {
            school: self.school,
            unit: &record.unit,
            date: self.day,
            fields: &Map::new(),
        };
        roster::capacities(&record.kind, rule, &question, person)
            .map(|p| (index, p.capacity()))
            .collect()
    }
}

/// The signatures that an act over a form found there: those that it names, and those of an earlier
/// time.
pub fn found<'a>(seals: &'a [Seal], act: &Seal) -> Vec<&'a Seal> {
    seals
        .iter()
        .filter(|seal| act.names(seal) || seal.when() < act.when())
        .collect()
}

/// Whether an act names only what is there: what it names beyond that was taken away.
pub fn covers(seals: &[Seal], acts: &[Seal], act: &Seal) -> Answer {
    let Some(statement) = act.examined.statement() else {
        return Answer::No;
    };
    let there: BTreeSet<Sha256> = seals.iter().chain(acts).map(|s| s.file.core).collect();
    if !statement.prior.is_empty() && statement.prior.iter().all(|core| there.contains(core)) {
        Answer::Yes
    } else {
        Answer::No
    }
}

/// Whether the signer of an act may do it, by the signatures that it found and the roster of its day.
pub fn entitled(school: &School, record: &Record, seals: &[Seal], act: &Seal) -> Answer {
    let (Some(step), Some(statement), Some(day)) = (act.step, act.examined.statement(), act.day())
    else {
        return Answer::No;
    };
    let bench = Bench {
        school,
        record,
        seals: found(seals, act),
        day,
    };
    let as_stated = (step, statement.capacity.clone());
    let may = bench.standing_of(statement.act, &statement.signer);
    if may.contains(&as_stated) {
        Answer::Yes
    } else {
        Answer::No
    }
}

/// Whether an act over an older form stands by itself, with everything that it names still there.
pub fn stood(act: &Seal) -> bool {
    act.held() && act.order != Answer::No
}

/// Whether nobody may sign a form after this act.
pub fn closes(act: &Seal) -> bool {
    matches!(act.act(), Act::Return | Act::Withdraw)
}

/// Whether an act is about the record for good, whatever becomes of its text: it was superseded, or
/// withdrawn after it had been approved.
pub fn is_final(record: &Record, seals: &[Seal], act: &Seal) -> bool {
    match act.act() {
        Act::Supersede => true,
        Act::Withdraw => Stage::of(record, &found(seals, act)).is_approved(),
        Act::Sign | Act::Return | Act::SealArchive => false,
    }
}

/// What is wrong with an act.
pub fn faults(record: &Record, act: &Seal) -> Vec<Finding> {
    let place = || Place::file(&act.file.path);
    let mut findings = Vec::new();
    if !act.is_sound() || act.step.is_none() {
        let words = match act.is_sound() {
            false => act.examined.words(),
            true => Words::new(
                format!(
                    "văn bản này không nói về hồ sơ `{}`, hoặc tệp mang tên khác",
                    record.id
                ),
                format!(
                    "this statement is not about record `{}`, or its file has another name",
                    record.id
                ),
            ),
        };
        findings.push(
            Finding::new(Code::ActFault, place(), words).help(Words::new(
                "văn bản này không có giá trị; lấy lại tệp gốc từ lịch sử git",
                "this statement counts for nothing; restore the original from git's history",
            )),
        );
        return findings;
    }
    if act.order == Answer::No {
        findings.push(
            Finding::new(
                Code::ActOrder,
                place(),
                Words::new(
                    "văn bản này nêu những chữ ký nay không còn ở đây",
                    "this statement names signatures that are not here any more",
                ),
            )
            .help(Words::new(
                "lấy lại các tệp .p7s từ lịch sử git",
                "restore the .p7s files from git's history",
            )),
        );
    }
    if act.roster == Answer::No || act.role == Answer::No {
        let who = tame(act.signer().unwrap_or("—"));
        let day = act.day().map(|d| d.to_string()).unwrap_or_default();
        let code = act.act().code();
        findings.push(
            Finding::new(
                Code::ActNotEntitled,
                place(),
                Words::new(
                    format!("ngày {day} `{who}` không được làm việc này (`{code}`) với hồ sơ"),
                    format!("on {day} `{who}` may not do this (`{code}`) to the record"),
                ),
            )
            .help(Words::new(
                "trả lại: người ký bước đang chờ hoặc bước sau; rút: người soạn khi chưa duyệt xong, người có thẩm quyền khi đã duyệt; thay thế: người có thẩm quyền (docs/signatures.md)",
                "return: who signs the step waited for or a later one; withdraw: the author before approval, who has authority after it; supersede: who has authority (docs/signatures.md)",
            )),
        );
    }
    findings
}

/// Acts that name a record that is not there, among all records of a revision.
pub fn dangling<'a>(
    known: &BTreeSet<RecordId>,
    acts: impl Iterator<Item = &'a Seal>,
) -> Vec<Finding> {
    let missing = |act: &&Seal| {
        let other = act.examined.statement().and_then(|s| s.other.as_deref());
        other.is_some_and(|other| RecordId::parse(other).is_none_or(|id| !known.contains(&id)))
    };
    acts.filter(missing)
        .map(|act| {
            let statement = act.examined.statement();
            let other = statement.and_then(|s| s.other.as_deref()).unwrap_or("—");
            let other = tame(other);
            Finding::new(
                Code::ActOther,
                Place::file(&act.file.path),
                Words::new(
                    format!("hồ sơ thay thế `{other}` không có trong kho"),
                    format!("the replacing record `{other}` is not in the repository"),
                ),
            )
            .help(Words::new(
                "lấy lại hồ sơ ấy từ lịch sử git; hồ sơ không được xóa",
                "restore that record from git's history; records are never deleted",
            ))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_says_who_may_do_what_and_when() {
        use Actor::*;
        let waiting = Stage::Waiting(1);
        let cases = [
            (Act::Return, Stage::Unsigned, None),
            (Act::Return, waiting, Some(Approver)),
            (Act::Return, Stage::Approved, None),
            (Act::Return, Stage::Signed, None),
            (Act::Withdraw, Stage::Unsigned, None),
            (Act::Withdraw, waiting, Some(Author)),
            (Act::Withdraw, Stage::Approved, Some(Head)),
            (Act::Withdraw, Stage::Signed, Some(Head)),
            (Act::Supersede, waiting, None),
            (Act::Supersede, Stage::Approved, None),
            (Act::Supersede, Stage::Signed, Some(Head)),
            (Act::Sign, waiting, None),
            (Act::SealArchive, Stage::Signed, None),
        ];
        for (act, stage, expected) in cases {
            assert_eq!(actor(act, stage), expected, "{act:?} at {stage:?}");
        }
    }
}
