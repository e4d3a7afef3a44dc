//! Books: forms over many records. A book has no text of its own; its source is the list of its
//! records with their digests, and from there on it is a record like any other.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use serde_json::Map;
use serde_json::Value;

use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Place;
use crate::diag::Words;
use crate::digest::Sha256;
use crate::records::Book;
use crate::records::Member;
use crate::records::Origin;
use crate::records::Record;
use crate::records::Source;
use crate::records::id::RecordId;
use crate::records::kind::Every;
use crate::records::kind::FormKind;
use crate::records::kind::Kind;
use crate::records::kind::Scope;
use crate::records::parse::title;
use crate::records::period;
use crate::records::period::Period;
use crate::records::roster;
use crate::records::roster::Question;
use crate::records::school::School;
use crate::records::school::Unit;
use crate::records::school::UnitKind;

/// Makes the books of every kind that is one: one for each unit and period that has records.
pub fn gather(
    school: &School,
    kinds: &BTreeMap<String, Arc<Kind>>,
    records: &[Record],
    findings: &mut Vec<Finding>,
) -> Vec<Record> {
    let mut books = Vec::new();
    for kind in kinds.values() {
        let FormKind::Book { of, sort } = &kind.form else {
            continue;
        };
        let mut parts: BTreeMap<RecordId, (Part, Vec<&Record>)> = BTreeMap::new();
        for record in records.iter().filter(|r| of.contains(&r.kind.id)) {
            let Some(part) = part(school, kind, record) else {
                continue;
            };
            let name = &part.period.name;
            let id = format!("{}/{}/{}/{name}", record.id.year(), part.unit.id, kind.id);
            let Some(id) = RecordId::parse(&id) else {
                continue;
            };
            let entry = parts.entry(id).or_insert_with(|| (part, Vec::new()));
            entry.1.push(record);
        }
        for (id, (part, members)) in parts {
            books.extend(book(school, kind, id, &part, sort, &members, findings));
        }
    }
    books
}

/// Which book a record belongs to.
struct Part {
    unit: Unit,
    period: Period,
    /// The day by which the book's names and signers are looked up: the period's last, or the last
    /// school day for a whole year.
    date: Date,
}

/// The part of `kind` that takes `record`: the school's book takes from every unit, a team's from
/// the team and its classes.
fn part(school: &School, kind: &Kind, record: &Record) -> Option<Part> {
    let year = school.year(record.id.year())?;
    let period = period::of(kind.due.every, &year, record.date)?;
    // Over a year, people and classes are those of its last school day, not of the summer after it.
    let date = match kind.due.every {
        Every::Ngay | Every::Tuan | Every::Thang => period.to,
        _ if period.from <= year.to => period.to.min(year.to),
        _ => period.to,
    };
    let unit = match kind.scope {
        Scope::Lop => (record.unit.loai == UnitKind::Lop).then(|| record.unit.clone()),
        Scope::To => record.team.clone(),
        Scope::Truong => school
            .whole(date)
            .or_else(|| school.whole(record.date))
            .cloned(),
    }?;
    Some(Part { unit, period, date })
}

fn book(
    school: &School,
    kind: &Arc<Kind>,
    id: RecordId,
    part: &Part,
    sort: &[String],
    records: &[&Record],
    findings: &mut Vec<Finding>,
) -> Option<Record> {
    let date = part.date;
    let place = Place::raw(format!("layouts/{}/kind.yaml", kind.id));
    let Some(version) = kind.version_on(date).cloned() else {
        findings.push(no_version(kind, date, place));
        return None;
    };
    let mut members: Vec<Member> = records.iter().filter_map(|r| member(r)).collect();
    members.sort_by(|a, b| by_fields(sort, a, b).then_with(|| a.id.cmp(&b.id)));
    let fields = fields(kind.due.every, &id);
    let question = Question {
        school,
        unit: &part.unit,
        date,
        fields: &fields,
    };
    let steps = roster::fill(kind, &question, |_| place.clone(), findings);
    let bytes: Arc<[u8]> = list(&id, &members).into();
    Some(Record {
        title: title(&kind.title_from, &fields),
        kind: Arc::clone(kind),
        version,
        unit: part.unit.clone(),
        team: school.team(&part.unit, date).cloned(),
        date,
        fields,
        computed: Map::new(),
        body: Vec::new(),
        images: BTreeMap::new(),
        steps,
        source: Source {
            digest: Sha256::of(&bytes),
            bytes,
            origin: Origin::Book(Box::new(Book {
                members,
                range: (part.period.from, part.period.to),
                closing: None,
            })),
        },
        id,
    })
}

/// What a book says of itself: its year, and the month, quarter or term it is of.
fn fields(every: Every, id: &RecordId) -> Map<String, Value> {
    let mut fields = Map::new();
    let name = id.name();
    let number = || name.chars().last().and_then(|c| c.to_digit(10));
    match every {
        Every::Thang => {
            fields.insert("thang".into(), name.into());
        }
        Every::Quy => {
            fields.insert("quy".into(), number().into());
        }
        Every::HocKy => {
            fields.insert("hoc-ky".into(), number().into());
        }
        _ => {}
    }
    if every != Every::Thang {
        fields.insert("nam".into(), id.year().into());
    }
    fields
}

/// The finding that no version of a kind's form holds on a date.
pub fn no_version(kind: &Kind, date: Date, place: Place) -> Finding {
    Finding::new(
        Code::FormVersion,
        place,
        Words::new(
            format!(
                "mẫu `{}` không có phiên bản nào có hiệu lực ngày {date}",
                kind.id
            ),
            format!("no version of the form `{}` holds on {date}", kind.id),
        ),
    )
    .help(Words::new(
        "khai phiên bản mẫu với `tu`/`den` trong kind.yaml, mục `mau`",
        "enter a version with `tu`/`den` in kind.yaml under `mau`",
    ))
}

fn member(record: &Record) -> Option<Member> {
    Some(Member {
        id: record.id.clone(),
        title: record.title.clone(),
        unit: record.unit.clone(),
        date: record.date,
        fields: record.fields.clone(),
        computed: record.computed.clone(),
        digest: record.source.digest,
        path: record.path()?.clone(),
    })
}

fn by_fields(fields: &[String], a: &Member, b: &Member) -> Ordering {
    fields
        .iter()
        .map(|field| match (a.fields.get(field), b.fields.get(field)) {
            (Some(Value::Number(a)), Some(Value::Number(b))) => a.as_i64().cmp(&b.as_i64()),
            (a, b) => a.and_then(Value::as_str).cmp(&b.and_then(Value::as_str)),
        })
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

/// The list that is a book's source: JSON, one record a line, so that two lists can be compared.
fn list(id: &RecordId, members: &[Member]) -> Vec<u8> {
    let lines: Vec<String> = members
        .iter()
        .map(|m| {
            serde_json::json!({"id": m.id.as_str(), "sha256": m.digest.to_string()}).to_string()
        })
        .collect();
    format!(
        "{{\"schema\":\"hoso/book/1\",\"id\":\"{id}\",\"records\":[\n{}\n]}}\n",
        lines.join(",\n")
    )
    .into_bytes()
}
