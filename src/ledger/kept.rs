//! What is there: records and books with where they stand, found by what was asked for.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::Value;

use crate::ledger::Named;
use crate::ledger::State;
use crate::ledger::due::Asked;
use crate::ledger::due::CLASS_LIST;
use crate::records::Record;
use crate::records::dates;
use crate::records::period;
use crate::records::school::School;
use crate::repo::Change;
use crate::seal::SEAL;
use crate::seal::Seal;
use crate::seal::Seals;
use crate::seal::standing::Standing;

/// A record or book that is there, and where it stands.
#[derive(Clone, Debug)]
pub struct Kept<'a> {
    /// Which.
    pub record: &'a Record,
    /// Where it stands.
    pub state: State,
    /// Whose signature is next; empty when it is complete.
    pub next: Vec<Named>,
    /// The day on which it was entered in git; of a book, the day it was signed.
    pub entered: Option<Date>,
    /// The day of the last signature, once every step is signed.
    pub signed: Option<Date>,
    /// Whether another record answers in its place.
    pub superseded: bool,
}

impl<'a> Kept<'a> {
    /// A record with its signatures. `entered`: the day of its first commit, if it is known.
    pub fn of(record: &'a Record, seals: &Seals, entered: Option<Date>) -> Self {
        let state = state(record, seals.standing);
        let signed = seals
            .current
            .iter()
            .filter_map(Seal::day)
            .max()
            .filter(|_| state.is_complete());
        Self {
            record,
            state,
            next: next(record, seals, state),
            entered: match record.kind.is_book() {
                true => signed,
                false => entered,
            },
            signed,
            superseded: seals.standing == Standing::Superseded,
        }
    }
}

/// The day on which the first of some changes was made, as its author's clock says.
pub fn first_day(changes: &[Change]) -> Option<Date> {
    changes.first().map(|c| dates::day(c.commit.authored.time))
}

fn state(record: &Record, standing: Standing) -> State {
    match standing {
        Standing::Faulty => State::Faulty,
        // Taken back, it is to be done again just as if somebody had given it back.
        Standing::Returned | Standing::Withdrawn | Standing::Superseded => State::Returned,
        Standing::Changed => State::Changed,
        // Where the school asks for no digital signature, nothing is waited for.
        Standing::Unsigned if !record.steps.iter().any(|step| step.digital) => State::Signed,
        Standing::Unsigned => State::Draft,
        Standing::Waiting(_) => State::Waiting,
        Standing::Signed if record.closing().is_some() => State::Closed,
        Standing::Signed => State::Signed,
    }
}

/// The signers of the step that is next, without those who have signed it.
fn next(record: &Record, seals: &Seals, state: State) -> Vec<Named> {
    let index = match (state.is_complete(), seals.standing) {
        (true, _) => None,
        (false, Standing::Waiting(index)) => Some(index),
        (false, _) => record.steps.iter().position(|step| step.digital),
    };
    let Some((index, step)) = index.and_then(|i| Some((i, record.steps.get(i)?))) else {
        return Vec::new();
    };
    if step.seal {
        return vec![Named {
            id: SEAL.to_owned(),
            name: step.label.clone(),
        }];
    }
    let has_signed = |person: &str| {
        let mut own = seals.current.iter().filter(|s| s.step == Some(index));
        matches!(seals.standing, Standing::Waiting(_)) && own.any(|s| s.signer() == Some(person))
    };
    step.people
        .iter()
        .filter(|person| !has_signed(&person.id))
        .map(|person| Named {
            id: person.id.clone(),
            name: person.name.clone(),
        })
        .collect()
}

/// Kind, unit, school year and the name of the period.
type Key<'a> = (&'a str, &'a str, &'a str, String);

/// Records by what they answer.
pub struct Index<'a> {
    found: BTreeMap<Key<'a>, Vec<&'a Kept<'a>>>,
    lists: Vec<&'a Record>,
    all: &'a [Kept<'a>],
}

impl<'a> Index<'a> {
    /// Puts every record under the period it is about: the one that its file is named after
    /// (`2024-09`, `2024-09-16-kham-pha`), else the one that its date lies in.
    /// What was superseded is left out: what replaces it answers.
    pub fn of(school: &School, all: &'a [Kept<'a>]) -> Self {
        let mut found: BTreeMap<Key<'a>, Vec<&'a Kept<'a>>> = BTreeMap::new();
        for kept in all.iter().filter(|kept| !kept.superseded) {
            let record = kept.record;
            let id = &record.id;
            let Some(year) = school.year(id.year()) else {
                continue;
            };
            // What a plan for October is dated, 28 September, is not what it is about.
            let named = |date: Date| period::of(record.kind.due.every, &year, date);
            let own = match record.kind.is_book() {
                true => Some(id.name().to_owned()),
                false => of_name(id.name())
                    .and_then(named)
                    .filter(|period| id.name().starts_with(&period.name))
                    .or_else(|| named(record.date))
                    .map(|period| period.name),
            };
            let Some(own) = own else { continue };
            let key = (record.kind.id.as_str(), id.unit(), id.year(), own);
            found.entry(key).or_default().push(kept);
        }
        let present = all.iter().filter(|kept| !kept.superseded);
        let records = present.map(|kept| kept.record);
        Self {
            found,
            lists: records.filter(|r| r.kind.id == CLASS_LIST).collect(),
            all,
        }
    }

    /// The school years that have records.
    pub fn years(&self) -> impl Iterator<Item = &'a str> {
        self.all.iter().map(|kept| kept.record.id.year())
    }

    /// The newest class list of each unit, of those that `wanted` takes, by unit.
    pub fn class_lists(&self, year: &str, wanted: impl Fn(&Record) -> bool) -> Vec<&'a Record> {
        let mut newest: BTreeMap<&str, &'a Record> = BTreeMap::new();
        for record in self.lists.iter().copied() {
            if record.id.year() != year || !wanted(record) {
                continue;
            }
            let slot = newest.entry(record.id.unit()).or_insert(record);
            if (record.date, &record.id) > (slot.date, &slot.id) {
                *slot = record;
            }
        }
        newest.into_values().collect()
    }

    /// What is there of what was asked for, by id.
    pub fn find(&self, asked: &Asked<'_>) -> Vec<&'a Kept<'a>> {
        let demand = &asked.demand;
        let key = (
            demand.kind.id.as_str(),
            demand.unit.id.as_str(),
            demand.year.name.as_str(),
            asked.period.name.clone(),
        );
        let there = self.found.get(&key).map(Vec::as_slice).unwrap_or_default();
        there
            .iter()
            .copied()
            .filter(|kept| {
                let subject = asked.subject.as_ref();
                subject.is_none_or(|subject| is_about(kept.record, &subject.id))
            })
            .collect()
    }
}

/// The day that a file's name begins with: `2024-09-16-kham-pha`, `2024-09`.
fn of_name(name: &str) -> Option<Date> {
    let day = name.get(..10).and_then(|day| day.parse().ok());
    day.or_else(|| format!("{}-01", name.get(..7)?).parse().ok())
}

/// Whether a record is about a child or a person.
fn is_about(record: &Record, subject: &str) -> bool {
    let field = record.kind.child.as_ref().or(record.kind.person.as_ref());
    match field.and_then(|field| record.fields.get(field)) {
        Some(Value::String(one)) => one == subject,
        Some(Value::Array(some)) => some.iter().any(|one| one.as_str() == Some(subject)),
        _ => false,
    }
}
