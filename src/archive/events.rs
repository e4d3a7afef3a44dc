//! What happened to the records, in the order of time: written, changed, signed, returned, withdrawn,
//! replaced, sealed. The pages of days and of people are lists of these.
//!
//! The time of a commit is its author's clock and its author a claim; the time of a signature is what
//! its signer states. The pages say so.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::archive::Material;
use crate::archive::chain::Link;
use crate::archive::chain::page;
use crate::archive::chain::spelled;
use crate::archive::files;
use crate::records::Origin;
use crate::records::dates;
use crate::records::school::School;
use crate::repo::Action;
use crate::seal::SEAL;
use crate::seal::Seal;
use crate::seal::Sealed;
use crate::seal::acts;
use crate::sign::Act;
use crate::sign::Answer;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// The record's title, or the archive's name.
    pub title: String,
    /// The page of it.
    pub href: String,
    /// What.
    pub what: What,
    /// What exactly: the step that was signed, the reason of an act, a commit's first line.
    pub detail: String,
    /// Who, as people read it.
    pub who: String,
    /// The person of `school.yaml`, where it is one.
    pub person: Option<String>,
    /// Whether nothing about it is known to be wrong; a commit proves nothing and always passes.
    pub holds: bool,
    /// The record, by its place among all; none for an archive.
    pub record: Option<usize>,
}

/// What can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// A record was written for the first time.
    Written,
    /// Its text was changed.
    Changed,
    /// It was moved or removed.
    Moved,
    /// A step was signed.
    Signed,
    /// It was returned with a reason.
    Returned,
    /// It was taken back.
    Withdrawn,
    /// Another record took its place.
    Replaced,
    /// An archive was sealed.
    Sealed,
}

impl What {
    /// The code used in class names; that of the state which a page has for it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Written => "chua-ky",
            Self::Changed => "sua-sau-ky",
            Self::Moved => "thay-the",
            Self::Signed => "da-ky",
            Self::Returned => "tra-lai",
            Self::Withdrawn => "rut",
            Self::Replaced => "bi-thay-the",
            Self::Sealed => "da-khoa",
        }
    }

    /// What people see.
    pub fn label(self) -> &'static str {
        match self {
            Self::Written => "Viết",
            Self::Changed => "Sửa",
            Self::Moved => "Đổi tên hoặc xóa",
            Self::Signed => "Ký",
            Self::Returned => "Trả lại",
            Self::Withdrawn => "Rút",
            Self::Replaced => "Thay thế",
            Self::Sealed => "Niêm phong",
        }
    }

    /// Whether it is one of writing, which a commit says.
    pub fn is_writing(self) -> bool {
        matches!(self, Self::Written | Self::Changed | Self::Moved)
    }
}

impl Event {
    /// The day in Vietnam.
    pub fn day(&self) -> Date {
        dates::day(self.at)
    }

    /// The month, as pages are named: `2024-09`.
    pub fn month(&self) -> String {
        let day = self.day();
        format!("{:04}-{:02}", day.year(), day.month())
    }
}

/// Everything that happened, oldest first. `chained`: whether there is a page of the sealed archives.
pub fn all(material: &Material<'_>, sealed: &[Sealed], chained: bool) -> Vec<Event> {
    let school = &material.records.school;
    let mut all: Vec<Event> = sealed
        .iter()
        .enumerate()
        .flat_map(|(index, one)| of_record(school, one, index))
        .collect();
    if chained {
        all.extend(archives(material));
    }
    all.sort();
    all
}

fn of_record(school: &School, sealed: &Sealed, index: usize) -> Vec<Event> {
    let record = &sealed.rendered.traced.record;
    let base = |at: Timestamp, what: What| Event {
        at,
        title: record.title.clone(),
        href: files::page(&record.id),
        what,
        detail: String::new(),
        who: String::new(),
        person: None,
        holds: true,
        record: Some(index),
    };
    let mut all = Vec::new();
    // A book's changes are those of its records, which stand for themselves.
    if matches!(record.source.origin, Origin::File(_)) || record.closing().is_some() {
        let own = sealed.rendered.traced.changes().iter();
        let own = own.filter(|change| {
            record
                .closing()
                .is_none_or(|closing| closing.path == change.path)
        });
        for change in own {
            let commit = &change.commit;
            let what = match change.action {
                Action::Added => What::Written,
                Action::Modified => What::Changed,
                Action::Deleted | Action::Renamed { .. } => What::Moved,
            };
            let person = school.by_email(&commit.author.email);
            all.push(Event {
                detail: commit.summary.clone(),
                who: person.map_or_else(|| commit.author.name.clone(), |p| p.ten.clone()),
                person: person.map(|p| p.id.clone()),
                ..base(commit.authored.time, what)
            });
        }
    }
    let older = sealed.seals.superseded.iter().flatten();
    for seal in sealed.seals.current.iter().chain(older) {
        let Some(at) = seal.examined.signing_time() else {
            continue;
        };
        let step = seal.step.and_then(|step| record.steps.get(step));
        all.push(Event {
            detail: step.map(|step| step.label.clone()).unwrap_or_default(),
            holds: seal.holds() || seal.held(),
            ..signed(school, seal, base(at, What::Signed))
        });
    }
    for act in sealed.seals.all_acts() {
        let (Some(at), Some(what)) = (act.examined.signing_time(), of_act(act.act())) else {
            continue;
        };
        all.push(Event {
            detail: act.reason().unwrap_or_default().to_owned(),
            holds: acts::stood(act),
            ..signed(school, act, base(at, what))
        });
    }
    all
}

fn of_act(act: Act) -> Option<What> {
    match act {
        Act::Return => Some(What::Returned),
        Act::Withdraw => Some(What::Withdrawn),
        Act::Supersede => Some(What::Replaced),
        _ => None,
    }
}

/// Who signed, by the roster; somebody whom the roster does not know goes by the certificate.
fn signed(school: &School, seal: &Seal, event: Event) -> Event {
    let known = seal
        .signer()
        .filter(|id| *id != SEAL && seal.roster != Answer::No)
        .and_then(|id| school.person(id));
    let subject = seal
        .examined
        .certificate()
        .and_then(|c| c.subject_cn.clone());
    Event {
        who: known
            .map(|person| person.ten.clone())
            .or(subject)
            .unwrap_or_else(|| seal.signer().unwrap_or("—").to_owned()),
        person: known.map(|person| person.id.clone()),
        ..event
    }
}

/// The sealed archives before this one.
fn archives(material: &Material<'_>) -> Vec<Event> {
    let event = |link: &Link| {
        let seal = link.seal.as_ref()?;
        let subject = seal.examined.certificate();
        Some(Event {
            at: seal.examined.signing_time()?,
            title: format!("Kho lưu trữ số {}", spelled(link.entry.number)),
            href: page::PAGE.to_owned(),
            what: What::Sealed,
            detail: String::new(),
            who: subject
                .and_then(|c| c.subject_cn.clone())
                .unwrap_or_default(),
            person: None,
            holds: seal.holds(),
            record: None,
        })
    };
    material.chain.links().iter().filter_map(event).collect()
}
