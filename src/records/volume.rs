//! Bound volumes (*đóng quyển*): a book of any range that contains the whole forms of its records:
//! a month of lesson plans, all books of a class for the end of the year, a child's whole file.

use std::sync::Arc;

use jiff::civil::Date;
use serde_json::Map;
use serde_json::Value;

use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Place;
use crate::diag::Words;
use crate::records::Bound;
use crate::records::Record;
use crate::records::book::Frame;
use crate::records::book::member;
use crate::records::book::no_version;
use crate::records::id::RecordId;
use crate::records::kind::Kind;
use crate::records::lock;
use crate::records::lock::Spot;
use crate::records::parse::closing::Written;
use crate::records::roster;
use crate::records::roster::Question;
use crate::records::school::School;
use crate::records::school::Unit;

/// Most records of one volume. A thousand sheets cannot be bound, and Typst has room for so many
/// files only.
pub const MAX_RECORDS: usize = 400;

/// Which records a volume holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// The unit; the school takes from every unit, a team from its classes too.
    pub unit: String,
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// The kinds; empty: every kind but books, which only repeat what is in the records.
    pub kinds: Vec<String>,
    /// The child (its code) that all of it is about.
    pub child: Option<String>,
}

impl Selection {
    /// Whether a record there would be in the volume.
    pub fn takes(&self, school: &School, spot: &Spot<'_>) -> bool {
        let kind = if self.kinds.is_empty() {
            !spot.kind.is_book()
        } else {
            self.kinds.contains(&spot.kind.id) && !spot.kind.is_volume()
        };
        let own = |unit: &Unit| unit.id == self.unit;
        let whole = || school.whole(spot.date).is_some_and(own);
        let unit = own(spot.unit) || spot.team.is_some_and(own) || whole();
        let day = self.from <= spot.date && spot.date <= self.to;
        let child = self.child.is_none() || self.child.as_deref() == spot.child;
        kind && unit && day && child
    }

    /// The records it takes, in the order in which they are bound: by kind as Điều 21 counts them,
    /// then by date.
    pub fn of<'a>(&self, school: &School, records: &'a [Record]) -> Vec<&'a Record> {
        let mut taken: Vec<&Record> = records
            .iter()
            .filter(|record| self.takes(school, &Spot::of(record)))
            .collect();
        taken.sort_by_key(|r| (order(&r.kind), &r.unit.id, r.date, &r.id));
        taken
    }
}

fn order(kind: &Kind) -> (u8, &str) {
    let number = Some(kind.number).filter(|number| *number > 0);
    (number.unwrap_or(u8::MAX), &kind.id)
}

/// What a volume is to be, before it is closed.
pub struct Draft<'a> {
    /// Its id.
    pub id: RecordId,
    /// Its kind.
    pub kind: &'a Arc<Kind>,
    /// The title on the cover.
    pub title: &'a str,
    /// What it holds.
    pub selection: Selection,
    /// The day by which names are looked up.
    pub date: Date,
    /// Who would close it; the empty text when nobody is known.
    pub by: &'a str,
    /// Whether somebody must be there to sign it.
    pub strict: bool,
}

/// A volume that is not closed: to be looked at and printed.
///
/// # Errors
/// What is missing for it.
pub fn draft(
    school: &School,
    records: &[Record],
    draft: Draft<'_>,
) -> Result<Record, Vec<Finding>> {
    let bound: Vec<Arc<Record>> = draft
        .selection
        .of(school, records)
        .into_iter()
        .cloned()
        .map(Arc::new)
        .collect();
    let strict = draft.strict;
    let mut fields = Map::new();
    fields.insert("tieu-de".into(), draft.title.into());
    fields.insert("nguoi-khoa".into(), draft.by.into());
    let mut findings = Vec::new();
    let made = Making {
        school,
        id: draft.id,
        kind: draft.kind,
        date: draft.date,
        fields,
        bound,
        selection: draft.selection,
    };
    let place = Place::raw(format!("layouts/{}/kind.yaml", made.kind.id));
    let record = made.record(|_| place.clone(), &mut findings, None);
    match record {
        // Whoever looks at a draft has not been asked for a signature: an empty place is no fault.
        Some(record) if !strict || findings.is_empty() => Ok(record),
        _ => Err(findings),
    }
}

/// The closed volumes of a revision.
pub fn closed(
    school: &School,
    records: &[Record],
    closings: &[Written],
    exists: &dyn Fn(&RecordId) -> bool,
    findings: &mut Vec<Finding>,
) -> Vec<Record> {
    let mut volumes = Vec::new();
    for closing in closings {
        let Some(selection) = &closing.selection else {
            continue;
        };
        let due = selection.of(school, records);
        lock::compare(closing, &due, records, exists, findings);
        let listed = lock::listed(closing, records);
        if listed.len() > MAX_RECORDS {
            findings.push(too_many(closing, listed.len()));
            continue;
        }
        let mut fields = closing.fields.clone();
        fields.remove("ho-so");
        let making = Making {
            school,
            id: closing.id.clone(),
            kind: &closing.kind,
            date: closing.date,
            fields,
            bound: listed.into_iter().cloned().map(Arc::new).collect(),
            selection: selection.clone(),
        };
        let mut found = Vec::new();
        let volume = making.record(|at| closing.place(at), &mut found, Some(closing));
        findings.extend(found.into_iter().map(|f| f.excerpt(closing.text())));
        volumes.extend(volume);
    }
    volumes
}

struct Making<'a> {
    school: &'a School,
    id: RecordId,
    kind: &'a Arc<Kind>,
    date: Date,
    fields: Map<String, Value>,
    bound: Vec<Arc<Record>>,
    selection: Selection,
}

impl Making<'_> {
    fn record(
        self,
        locate: impl Fn(&str) -> Place,
        findings: &mut Vec<Finding>,
        closing: Option<&Written>,
    ) -> Option<Record> {
        let Some(unit) = unit(self.school, &self.id, self.date) else {
            findings.push(no_unit(self.id.unit(), self.date, locate("")));
            return None;
        };
        let Some(version) = self.kind.version_on(self.date).cloned() else {
            findings.push(no_version(self.kind, self.date, locate("")));
            return None;
        };
        let question = Question {
            school: self.school,
            unit,
            date: self.date,
            fields: &self.fields,
        };
        let steps = roster::fill(self.kind, &question, locate, findings);
        let members: Vec<_> = self.bound.iter().map(|record| member(record)).collect();
        let frame = Frame {
            id: self.id,
            kind: Arc::clone(self.kind),
            version,
            unit: unit.clone(),
            team: self.school.team(unit, self.date).cloned(),
            date: self.date,
            fields: self.fields,
            steps,
        };
        let range = (self.selection.from, self.selection.to);
        let bound = Bound {
            selection: self.selection,
            records: self.bound,
        };
        Some(frame.over(members, range, closing, Some(bound)))
    }
}

/// The unit of a volume. A class that ended in May is looked at in June: then as it was on the last
/// school day.
fn unit<'a>(school: &'a School, id: &RecordId, date: Date) -> Option<&'a Unit> {
    let last = || school.year(id.year()).map(|year| year.to.min(date));
    let ended = || school.unit(id.unit(), last()?);
    school.unit(id.unit(), date).or_else(ended)
}

fn no_unit(id: &str, date: Date, place: Place) -> Finding {
    Finding::new(
        Code::UnitUnknown,
        place,
        Words::new(
            format!("ngày {date} trường không có đơn vị `{id}`"),
            format!("on {date} the school has no unit `{id}`"),
        ),
    )
    .help(Words::new(
        "khai đơn vị trong content/school.yaml, mục `don-vi`",
        "enter the unit in content/school.yaml under `don-vi`",
    ))
}

fn too_many(closing: &Written, count: usize) -> Finding {
    let message = Words::new(
        format!("quyển có {count} hồ sơ; một quyển đóng nhiều nhất {MAX_RECORDS}"),
        format!("the volume has {count} records; one volume holds {MAX_RECORDS} at most"),
    );
    closing
        .finding(Code::FieldInvalid, "/ho-so", message)
        .help(Words::new(
            "chia thành nhiều quyển theo tháng hoặc theo loại",
            "divide it into volumes by month or by kind",
        ))
}
