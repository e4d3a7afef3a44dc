//! The completeness ledger: what the kinds ask for by a day, against what is there.
//!
//! 1. [`due`]: kinds × units × periods × children or people → what is asked for, and by when;
//! 2. [`kept`]: what is there of it, and where it stands;
//! 3. [`Entry`]: both together; [`tally`] counts them, [`run`] draws neighbours together for people.
//!
//! An entry is never a finding: a record that is missing says nothing against those that are there.

pub mod due;
pub mod kept;
pub mod run;
pub mod tally;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;

use crate::diag::Words;
use crate::ledger::due::Asked;
use crate::ledger::due::Demand;
use crate::ledger::kept::Kept;
use crate::records::id::RecordId;
use crate::records::kind::Every;
use crate::records::kind::Kind;
use crate::records::period::Period;
use crate::records::school::School;
use crate::records::school::Unit;

/// What the ledger is made from.
pub struct Sources<'a> {
    /// The school.
    pub school: &'a School,
    /// The kinds.
    pub kinds: &'a BTreeMap<String, Arc<Kind>>,
    /// The records and books that are there.
    pub kept: &'a [Kept<'a>],
    /// The day as of which.
    pub on: Date,
}

/// What was asked for by a day, and what is there of it.
#[derive(Clone, Debug)]
pub struct Ledger {
    /// The day as of which.
    pub on: Date,
    /// By year, by unit in the order of `school.yaml`, by kind in that of Điều 21, by child or
    /// person, by period.
    pub entries: Vec<Entry>,
}

/// What one period asks of one unit (child, person), and what is there of it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The kind.
    pub kind: Arc<Kind>,
    /// The unit, as of the period.
    pub unit: Unit,
    /// The school year.
    pub year: String,
    /// The period.
    pub period: Period,
    /// The child or person, where there is one record each.
    pub subject: Option<Named>,
    /// The last day on which it is not late.
    pub due: Date,
    /// The day by which it belongs to a month: the period's first; of a term or a year the first or
    /// the last, whichever is nearer to the day it is due.
    pub anchor: Date,
    /// How many records are asked for; at least 1.
    pub needed: usize,
    /// Those that are there.
    pub records: Vec<RecordId>,
    /// Where it stands.
    pub state: State,
    /// On whom it waits: who writes it, or whose signature is next. Empty when it is complete.
    pub who: Vec<Named>,
    /// The day on which the last of its records was entered in git, as its author's clock says; of
    /// a book, the day it was signed. None while something is missing or nothing is known of it.
    pub entered: Option<Date>,
    /// The day of the last signature, as its signer claims it; none before every step is signed.
    pub signed: Option<Date>,
    /// Whether its time is over.
    pub is_due: bool,
    /// Days since it was due, while it is not complete; 0 when it is, or is not due yet.
    pub late: u32,
}

/// Somebody or some child.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named {
    /// The person's id or the child's code.
    pub id: String,
    /// The name.
    pub name: String,
}

/// Where what was asked for stands, the worst first: of several records the worst counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It is due and not there, or not all of it.
    Missing,
    /// A signature does not hold.
    Faulty,
    /// It was given back to be mended, or taken back.
    Returned,
    /// The text changed after it was signed.
    Changed,
    /// Nobody has signed.
    Draft,
    /// Some steps are signed.
    Waiting,
    /// It is not there, and need not be yet.
    Open,
    /// Every step is signed, or there is none.
    Signed,
    /// A book that was closed and is signed.
    Closed,
}

impl State {
    /// Every state, in the order in which tables show them.
    pub const ALL: [State; 9] = [
        Self::Missing,
        Self::Faulty,
        Self::Returned,
        Self::Changed,
        Self::Draft,
        Self::Waiting,
        Self::Open,
        Self::Signed,
        Self::Closed,
    ];

    /// The code used in data and in class names; those of [`crate::seal::standing::Standing`] where
    /// both have it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Missing => "thieu",
            Self::Faulty => "loi",
            Self::Returned => "tra-lai",
            Self::Changed => "sua-sau-ky",
            Self::Draft => "chua-ky",
            Self::Waiting => "cho-ky",
            Self::Open => "chua-den-han",
            Self::Signed => "da-ky",
            Self::Closed => "da-khoa",
        }
    }

    /// What people see.
    pub fn words(self) -> Words {
        match self {
            Self::Missing => Words::new("thiếu", "missing"),
            Self::Faulty => Words::new("chữ ký có lỗi", "faulty signature"),
            Self::Returned => Words::new("trả lại", "returned"),
            Self::Changed => Words::new("sửa sau khi ký", "changed after signing"),
            Self::Draft => Words::new("chưa ký", "not signed"),
            Self::Waiting => Words::new("chờ ký", "waiting"),
            Self::Open => Words::new("chưa đến hạn", "not due yet"),
            Self::Signed => Words::new("đã ký đủ", "signed"),
            Self::Closed => Words::new("đã khóa sổ", "closed"),
        }
    }

    /// Whether nothing more is to be done.
    pub fn is_complete(self) -> bool {
        matches!(self, Self::Signed | Self::Closed)
    }
}

impl Ledger {
    /// Makes the ledger of every school year that has records, and of `more` years.
    pub fn of(sources: &Sources<'_>, more: &[&str]) -> Self {
        let index = kept::Index::of(sources.school, sources.kept);
        let asked = due::all(sources, &index, more);
        let entries = asked
            .into_iter()
            .filter_map(|asked| entry(sources, &index, asked))
            .collect();
        Self {
            on: sources.on,
            entries,
        }
    }

    /// The entries of a school year.
    pub fn of_year<'a>(&'a self, year: &'a str) -> impl Iterator<Item = &'a Entry> {
        self.entries.iter().filter(move |entry| entry.year == year)
    }

    /// The school years, newest first.
    pub fn years(&self) -> Vec<&str> {
        let mut years: Vec<&str> = self.entries.iter().map(|e| e.year.as_str()).collect();
        years.sort_unstable();
        years.dedup();
        years.reverse();
        years
    }
}

impl Entry {
    /// Days by which its records came late into git; none when that is not known, 0 when in time.
    pub fn entered_late(&self) -> Option<u32> {
        self.entered.map(|day| days_after(self.due, day))
    }

    /// Days by which the last signature came late; none before every step is signed.
    pub fn signed_late(&self) -> Option<u32> {
        self.signed.map(|day| days_after(self.due, day))
    }

    /// Whether every record asked for is there.
    pub fn is_there(&self) -> bool {
        self.records.len() >= self.needed
    }

    /// Whether it was there by the day it was due.
    pub fn is_on_time(&self) -> bool {
        self.is_there() && self.entered_late() == Some(0)
    }

    /// Whether somebody is asked to do something about it, or it is about them.
    pub fn concerns(&self, person: &str) -> bool {
        self.who.iter().chain(&self.subject).any(|n| n.id == person)
    }
}

/// Days from `due` to `day`; 0 when `day` is not after it.
pub fn days_after(due: Date, day: Date) -> u32 {
    due.until(day)
        .ok()
        .and_then(|span| u32::try_from(span.get_days()).ok())
        .unwrap_or(0)
}

/// What is there of what was asked for. None for a book without records: there is nothing to gather,
/// and what is missing in it is missing by itself.
fn entry(sources: &Sources<'_>, index: &kept::Index<'_>, asked: Asked<'_>) -> Option<Entry> {
    let Demand { kind, unit, .. } = &asked.demand;
    let found = index.find(&asked);
    if kind.is_book() && found.is_empty() {
        return None;
    }
    let needed = match kind.is_book() {
        true => 1,
        false => kind.due.count as usize,
    };
    let is_due = asked.due < sources.on;
    let is_there = found.len() >= needed;
    let worst = found.iter().map(|kept| kept.state).min();
    let state = match worst {
        Some(worst) if is_there => worst,
        _ if is_due => State::Missing,
        _ => State::Open,
    };
    let who = match state {
        State::Missing | State::Open => due::writers(sources.school, &asked),
        State::Signed | State::Closed => Vec::new(),
        state => {
            let mut who: Vec<Named> = Vec::new();
            for next in found
                .iter()
                .filter(|kept| kept.state == state)
                .flat_map(|kept| &kept.next)
            {
                if !who.contains(next) {
                    who.push(next.clone());
                }
            }
            who
        }
    };
    let last = |day: fn(&Kept<'_>) -> Option<Date>| -> Option<Date> {
        let days: Option<Vec<Date>> = found.iter().map(|kept| day(kept)).collect();
        days.filter(|_| is_there)?.into_iter().max()
    };
    let late = match is_due && !state.is_complete() {
        true => days_after(asked.due, sources.on),
        false => 0,
    };
    Some(Entry {
        kind: Arc::clone(kind),
        unit: (*unit).clone(),
        year: asked.demand.year.name.clone(),
        anchor: anchor(&asked),
        records: found.iter().map(|kept| kept.record.id.clone()).collect(),
        signed: last(|kept| kept.signed).filter(|_| state.is_complete()),
        entered: last(|kept| kept.entered),
        due: asked.due,
        period: asked.period,
        subject: asked.subject,
        needed,
        state,
        who,
        is_due,
        late,
    })
}

fn anchor(asked: &Asked<'_>) -> Date {
    let (year, period) = (&asked.demand.year, &asked.period);
    let day = match asked.demand.kind.due.every {
        Every::HocKy | Every::Nam | Every::Khong => {
            asked.due.clamp(period.from, period.to.max(period.from))
        }
        Every::Ngay | Every::Tuan | Every::Thang | Every::Quy => period.from,
    };
    day.clamp(year.from, year.to.max(year.from))
}

#[cfg(test)]
mod tests;
