//! Which records a person may read and write through the forge, by the roster of the record's day.
//!
//! * Written: where the person may take the first step of the kind's chain, or holds the role that hands
//!   the kind in. A class's books are written by its teachers together; what is about one person
//!   (`nguoi` of `kind.yaml`) by that person, or by the role that hands it in for all.
//! * Read: the books of units where the person holds a role in that school year; heads of team also those
//!   of their classes, the head of the school and the deputies everything. What is sensitive about one person:
//!   that person, who signs it, who hands it in for all, the head of the school and the deputies.

use jiff::civil::Date;
use serde_json::Map;
use serde_json::Value;

use crate::records::Records;
use crate::records::dates;
use crate::records::id::RecordId;
use crate::records::kind::FormKind;
use crate::records::kind::Kind;
use crate::records::roster;
use crate::records::roster::Question;
use crate::records::school::School;
use crate::records::school::UnitKind;

/// Roles that see every book.
const OVER_ALL: [&str; 2] = ["hieu-truong", "pho-hieu-truong"];
/// Roles that see the books of their team's classes.
const OVER_TEAM: [&str; 2] = ["to-truong", "to-pho"];

/// What one person may do.
#[derive(Clone, Copy)]
pub struct Rights<'a> {
    /// The roster and the kinds.
    pub records: &'a Records,
    /// The person's id.
    pub person: &'a str,
}

impl Rights<'_> {
    /// Whether the person may write a record of `kind` in `unit` that is dated `date`. `fields` are those
    /// of the record, as far as they are known.
    pub fn may_write(
        &self,
        kind: &Kind,
        unit: &str,
        date: Date,
        fields: &Map<String, Value>,
    ) -> bool {
        let school = &*self.records.school;
        let (FormKind::Record(_), Some(unit)) = (&kind.form, school.unit(unit, date)) else {
            return false;
        };
        if !kind.is_kept_at(unit) {
            return false;
        }
        let question = Question {
            school,
            unit,
            date,
            fields: &Map::new(),
        };
        let first = kind.chain_on(date).first();
        let takes_first = first.is_some_and(|step| {
            roster::capacities(kind, step, &question, self.person)
                .next()
                .is_some()
        });
        let hands_in = |at: Option<&str>| {
            (kind.submitter.as_deref()).is_some_and(|role| {
                self.held(date)
                    .any(|(r, u)| r == role && at.is_none_or(|at| u == at))
            })
        };
        // An office of the school is held in one of its teams: any will do for the school's own books.
        let at = Some(unit.id.as_str()).filter(|_| unit.loai != UnitKind::Truong);
        if !takes_first && !hands_in(at) {
            return false;
        }
        let about = kind.person.as_deref().and_then(|field| fields.get(field));
        match about.and_then(Value::as_str) {
            Some(person) if person != self.person => school
                .whole(date)
                .is_some_and(|whole| hands_in(Some(&whole.id))),
            _ => true,
        }
    }

    /// Whether the person may write a record of `kind` in `unit` on any day of a school year.
    pub fn may_write_in(
        &self,
        kind: &Kind,
        unit: &str,
        year: &str,
        fields: &Map<String, Value>,
    ) -> bool {
        days(year).any(|day| self.may_write(kind, unit, day, fields))
    }

    /// Whether the person may read the books that `unit` keeps in a school year.
    pub fn may_read(&self, unit: &str, year: &str) -> bool {
        let school = &*self.records.school;
        days(year).any(|day| {
            let team = (school.unit(unit, day)).and_then(|unit| school.team(unit, day));
            self.held(day).any(|(role, at)| {
                at == unit
                    || OVER_ALL.contains(&role)
                    || OVER_TEAM.contains(&role) && team.is_some_and(|team| team.id == at)
            })
        })
    }

    /// Whether the person may read a file below `content/`.
    pub fn may_read_file(&self, path: &str) -> bool {
        self.may_read_about(path) && self.may_read_folder(path)
    }

    /// Whether the person may read what lies where a file lies, but for what [`Rights::may_read_about`] keeps.
    pub fn may_read_folder(&self, path: &str) -> bool {
        let mut segments = path.split('/').skip(1);
        match (
            segments.next(),
            segments.next(),
            segments.next(),
            segments.next(),
        ) {
            (Some(year), Some(unit), Some(_), Some(_)) => self.may_read(unit, year),
            _ => false,
        }
    }

    /// What a kind marks as sensitive about one person is not for all who share the unit: it is for that person, for who
    /// signs it or hands it in, and for the head of the school and the deputies.
    pub fn may_read_about(&self, path: &str) -> bool {
        let mut segments = path.split('/').skip(1);
        let (year, kind) = (segments.next().unwrap_or_default(), segments.nth(1));
        let kind = kind.and_then(|kind| self.records.kinds.get(kind));
        let Some(kind) = kind.filter(|kind| !kind.sensitive.is_empty()) else {
            return true;
        };
        let Some(field) = &kind.person else {
            return true;
        };
        // A picture goes with the record of its name.
        let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
        let all = &self.records.all;
        let record = RecordId::parse(stem)
            .and_then(|id| all.binary_search_by(|record| record.id.cmp(&id)).ok())
            .and_then(|index| all.get(index));
        let Some(record) = record else {
            // Whom it is about nobody can tell.
            return days(year).any(|day| self.is_over_all(day));
        };
        let mut signers = record.steps.iter().flat_map(|step| &step.people);
        record.fields.get(field).and_then(Value::as_str) == Some(self.person)
            || signers.any(|signer| signer.id == self.person)
            || self.may_write(kind, record.id.unit(), record.date, &record.fields)
            || self.is_over_all(record.date)
    }

    /// Whether the person may read every unit on `date`.
    pub fn is_over_all(&self, date: Date) -> bool {
        self.held(date).any(|(role, _)| OVER_ALL.contains(&role))
    }

    /// Whether the person holds any role on `date`.
    pub fn has_a_role(&self, date: Date) -> bool {
        self.held(date).next().is_some()
    }

    /// The roles that the person holds on `date`, each with its unit.
    fn held(&self, date: Date) -> impl Iterator<Item = (&str, &str)> {
        self.records
            .school
            .roles_of(self.person, date)
            .map(|role| (role.vai_tro.as_str(), role.don_vi.as_str()))
    }
}

/// Some days of a school year: whoever holds a role in it for a month holds it on one of them.
fn days(year: &str) -> impl Iterator<Item = Date> {
    let range = dates::school_year(year);
    range.into_iter().flat_map(|(from, to)| {
        std::iter::successors(Some(from), |day| {
            day.checked_add(jiff::Span::new().days(7)).ok()
        })
        .take_while(move |day| *day <= to)
        .chain([to])
    })
}

/// Whether the person is on the roster of `date`.
pub fn works_here(school: &School, person: &str, date: Date) -> bool {
    school.people_on(date).any(|p| p.id == person)
}
