//! Books: forms over many records. A book has no text of its own; its source is the list of its
//! records with their digests, and from there on it is a record like any other. When it is closed
//! that list is written down, as a file.

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
use crate::records::Bound;
use crate::records::Closing;
use crate::records::Member;
use crate::records::Origin;
use crate::records::Record;
use crate::records::Source;
use crate::records::id::RecordId;
use crate::records::kind::Every;
use crate::records::kind::FormKind;
use crate::records::kind::FormVersion;
use crate::records::kind::Kind;
use crate::records::kind::Scope;
use crate::records::lock;
use crate::records::lock::Spot;
use crate::records::parse::closing::Written;
use crate::records::parse::title;
use crate::records::period;
use crate::records::period::Period;
use crate::records::roster;
use crate::records::roster::Question;
use crate::records::roster::SignerStep;
use crate::records::school::School;
use crate::records::school::Unit;
use crate::records::school::UnitKind;

/// Makes the books of every kind that gathers: one for each unit and period that has records. A book
/// that was closed is what its closing lists; where the records differ from it, that is found.
pub fn gather(
    school: &School,
    kinds: &BTreeMap<String, Arc<Kind>>,
    records: &[Record],
    closings: &[Written],
    exists: &dyn Fn(&RecordId) -> bool,
    findings: &mut Vec<Finding>,
) -> Vec<Record> {
    let mut books = Vec::new();
    let mut closings: BTreeMap<&RecordId, &Written> = closings
        .iter()
        .filter(|closing| closing.selection.is_none())
        .map(|closing| (&closing.id, closing))
        .collect();
    for kind in kinds.values() {
        let FormKind::Book { of, sort } = &kind.form else {
            continue;
        };
        let mut parts: BTreeMap<RecordId, (Part, Vec<&Record>)> = BTreeMap::new();
        for record in records.iter().filter(|r| of.contains(&r.kind.id)) {
            if let Some((id, part)) = part(school, kind, &Spot::of(record)) {
                let entry = parts.entry(id).or_insert_with(|| (part, Vec::new()));
                entry.1.push(record);
            }
        }
        for (id, (part, members)) in parts {
            let closing = closings.remove(&id);
            let members = match closing {
                Some(closing) => {
                    lock::compare(closing, &members, records, exists, findings);
                    let listed = lock::listed(closing, records);
                    listed.into_iter().map(member).collect()
                }
                None => sorted(sort, &members),
            };
            let making = Making {
                school,
                kind,
                part: &part,
                closing,
            };
            books.extend(making.book(id, members, findings));
        }
    }
    for closing in closings.into_values() {
        findings.push(nothing(closing));
        lock::compare(closing, &[], records, exists, findings);
    }
    books
}

/// The book of `kind` that a record there falls into.
pub fn of(school: &School, kind: &Kind, spot: &Spot<'_>) -> Option<RecordId> {
    match &kind.form {
        FormKind::Book { of, .. } if of.contains(&spot.kind.id) => {
            part(school, kind, spot).map(|(id, _)| id)
        }
        _ => None,
    }
}

/// Which book a record belongs to.
struct Part {
    unit: Unit,
    period: Period,
    /// The day by which the book's names and signers are looked up: the period's last, or the last
    /// school day for a whole year.
    date: Date,
}

/// The part of `kind` that takes a record: the school's book takes from every unit, a team's from
/// the team and its classes.
fn part(school: &School, kind: &Kind, spot: &Spot<'_>) -> Option<(RecordId, Part)> {
    let year = school.year(spot.year)?;
    let period = period::of(kind.due.every, &year, spot.date)?;
    // Over a year, people and classes are those of its last school day, not of the summer after it.
    let date = match kind.due.every {
        Every::Ngay | Every::Tuan | Every::Thang => period.to,
        _ if period.from <= year.to => period.to.min(year.to),
        _ => period.to,
    };
    let unit = match kind.scope {
        Scope::Lop => (spot.unit.loai == UnitKind::Lop).then(|| spot.unit.clone()),
        Scope::To => spot.team.cloned(),
        Scope::Truong => school
            .whole(date)
            .or_else(|| school.whole(spot.date))
            .cloned(),
        Scope::BatKy => Some(spot.unit.clone()),
    }?;
    let name = &period.name;
    let id = format!("{}/{}/{}/{name}", spot.year, unit.id, kind.id);
    Some((RecordId::parse(&id)?, Part { unit, period, date }))
}

struct Making<'a> {
    school: &'a School,
    kind: &'a Arc<Kind>,
    part: &'a Part,
    closing: Option<&'a Written>,
}

impl Making<'_> {
    fn book(
        &self,
        id: RecordId,
        members: Vec<Member>,
        findings: &mut Vec<Finding>,
    ) -> Option<Record> {
        let Self {
            school,
            kind,
            part,
            closing,
        } = *self;
        let date = part.date;
        let place = Place::raw(format!("layouts/{}/kind.yaml", kind.id));
        let Some(version) = kind.version_on(date).cloned() else {
            findings.push(no_version(kind, date, place));
            return None;
        };
        let mut fields = fields(kind.due.every, &id);
        for key in ["khoa-so", "nguoi-khoa"] {
            let said = closing.and_then(|closing| closing.fields.get(key));
            fields.extend(said.map(|value| (key.to_owned(), value.clone())));
        }
        let question = Question {
            school,
            unit: &part.unit,
            date,
            fields: &fields,
        };
        let steps = roster::fill(kind, &question, |_| place.clone(), findings);
        let frame = Frame {
            id,
            kind: Arc::clone(kind),
            version,
            unit: part.unit.clone(),
            team: school.team(&part.unit, date).cloned(),
            date,
            fields,
            steps,
        };
        Some(frame.over(members, (part.period.from, part.period.to), closing, None))
    }
}

/// What a book or a volume is, before what it is over.
pub struct Frame {
    /// Its id.
    pub id: RecordId,
    /// Its kind.
    pub kind: Arc<Kind>,
    /// The form that holds on its date.
    pub version: FormVersion,
    /// Its unit.
    pub unit: Unit,
    /// The team of its unit.
    pub team: Option<Unit>,
    /// The date by which it is looked up.
    pub date: Date,
    /// What it says of itself.
    pub fields: Map<String, Value>,
    /// Who signs.
    pub steps: Vec<SignerStep>,
}

impl Frame {
    /// The book over `members`. Its source is the file that closed it, else the list of them.
    pub fn over(
        self,
        members: Vec<Member>,
        range: (Date, Date),
        closing: Option<&Written>,
        bound: Option<Bound>,
    ) -> Record {
        let bytes: Arc<[u8]> = closing.map_or_else(
            || list(&self.id, &members).into(),
            |closing| Arc::clone(&closing.bytes),
        );
        Record {
            title: title(&self.kind.title_from, &self.fields),
            kind: self.kind,
            version: self.version,
            unit: self.unit,
            team: self.team,
            date: self.date,
            fields: self.fields,
            computed: Map::new(),
            body: closing.map(|c| c.body.clone()).unwrap_or_default(),
            images: closing.map(|c| c.images.clone()).unwrap_or_default(),
            steps: self.steps,
            source: Source {
                digest: Sha256::of(&bytes),
                bytes,
                origin: Origin::Book(Box::new(Book {
                    members,
                    range,
                    closing: closing.map(Closing::of),
                    bound,
                })),
            },
            id: self.id,
        }
    }
}

fn sorted(sort: &[String], records: &[&Record]) -> Vec<Member> {
    let mut members: Vec<Member> = records.iter().map(|r| member(r)).collect();
    members.sort_by(|a, b| by_fields(sort, a, b).then_with(|| a.id.cmp(&b.id)));
    members
}

/// The finding that a closing closes no book.
fn nothing(closing: &Written) -> Finding {
    let kind = &closing.kind.id;
    let name = closing.id.name();
    Finding::new(
        Code::FileMisplaced,
        Place::file(&closing.path),
        Words::new(
            format!("sổ `{kind}` không có kỳ `{name}` nào có hồ sơ để khóa"),
            format!("the book `{kind}` has no records in a period `{name}` to close"),
        ),
    )
    .help(Words::new(
        "tệp trong thư mục của sổ là tệp khóa sổ, do `hoso book … --close` ghi; tệp để nhầm thì xóa",
        "a file in a book's folder is a closing, written by `hoso book … --close`; remove one put there by mistake",
    ))
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

/// A record as a book lists it.
pub fn member(record: &Record) -> Member {
    Member {
        id: record.id.clone(),
        title: record.title.clone(),
        unit: record.unit.clone(),
        date: record.date,
        fields: record.fields.clone(),
        computed: record.computed.clone(),
        digest: record.source.digest,
        path: record.path().cloned(),
    }
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
