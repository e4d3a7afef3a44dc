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
use crate::records::Member;
use crate::records::Origin;
use crate::records::Record;
use crate::records::Source;
use crate::records::id::RecordId;
use crate::records::kind::FormKind;
use crate::records::kind::Kind;
use crate::records::parse::title;
use crate::records::roster;
use crate::records::roster::Question;
use crate::records::school::School;

/// Makes the books of every kind that is one: one for each unit and month that has records.
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
        let mut months: BTreeMap<String, Vec<&Record>> = BTreeMap::new();
        for record in records.iter().filter(|r| r.kind.id == *of) {
            let name = format!("{:04}-{:02}", record.date.year(), record.date.month());
            let id = format!(
                "{}/{}/{}/{name}",
                record.id.year(),
                record.id.unit(),
                kind.id
            );
            months.entry(id).or_default().push(record);
        }
        for (id, members) in months {
            books.extend(
                RecordId::parse(&id)
                    .and_then(|id| book(school, kind, id, sort, &members, findings)),
            );
        }
    }
    books
}

fn book(
    school: &School,
    kind: &Arc<Kind>,
    id: RecordId,
    sort: &[String],
    records: &[&Record],
    findings: &mut Vec<Finding>,
) -> Option<Record> {
    let first = records.first()?;
    let date = first.date.last_of_month();
    let place = Place::raw(format!("layouts/{}/kind.yaml", kind.id));
    let Some(version) = kind.version_on(date).cloned() else {
        findings.push(no_version(kind, date, place));
        return None;
    };
    let mut members: Vec<Member> = records.iter().filter_map(|r| member(r)).collect();
    members.sort_by(|a, b| by_fields(sort, a, b).then_with(|| a.id.cmp(&b.id)));
    let fields = Map::from_iter([("thang".to_owned(), Value::String(id.name().to_owned()))]);
    let question = Question {
        school,
        unit: &first.unit,
        date,
        fields: &fields,
    };
    let steps = roster::fill(kind, &question, |_| place.clone(), findings);
    let bytes: Arc<[u8]> = list(&id, &members).into();
    Some(Record {
        title: title(&kind.title_from, &fields),
        kind: Arc::clone(kind),
        version,
        unit: first.unit.clone(),
        team: first.team.clone(),
        date,
        fields,
        body: Vec::new(),
        images: BTreeMap::new(),
        steps,
        source: Source {
            digest: Sha256::of(&bytes),
            bytes,
            origin: Origin::Book(members),
        },
        id,
    })
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
        date: record.date,
        fields: record.fields.clone(),
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
