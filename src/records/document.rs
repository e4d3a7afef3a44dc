//! What a form and a kind's jq programs see of a record: one JSON document, `/data.json`. The shape
//! is the contract with kinds and is described in `docs/kinds.md`; a field is added, never renamed.

use jiff::civil::Date;
use jiff::civil::Weekday;
use serde::Serialize;
use serde_json::Map;
use serde_json::Value;

use crate::records::Closing;
use crate::records::Member;
use crate::records::Origin;
use crate::records::Record;
use crate::records::dates;
use crate::records::kind::Every;
use crate::records::markdown::Block;
use crate::records::period;
use crate::records::school::Organisation;
use crate::records::school::School;
use crate::records::school::Unit;

/// Where a form finds the bytes of its source.
pub const SOURCE_FILE: &str = "/source";

#[derive(Serialize)]
struct View<'a> {
    id: &'a str,
    kind: KindView<'a>,
    title: &'a str,
    year: &'a str,
    date: DateView,
    school: SchoolView<'a>,
    unit: UnitView<'a>,
    team: Option<UnitView<'a>>,
    fields: &'a Map<String, Value>,
    people: Map<String, Value>,
    signers: Vec<StepView<'a>>,
    body: &'a [Block],
    days: Vec<DayView>,
    records: Vec<MemberView<'a>>,
    range: Option<RangeView>,
    closed: Option<ClosedView>,
    source: SourceView,
    images: Map<String, Value>,
    code: String,
    computed: &'a Map<String, Value>,
    within: Option<WithinView>,
}

/// The volume that a form is bound into.
#[derive(Serialize)]
struct WithinView {
    id: String,
    code: String,
}

#[derive(Serialize)]
struct RangeView {
    from: String,
    to: String,
}

#[derive(Serialize)]
struct ClosedView {
    date: DateView,
    by: Value,
}

#[derive(Serialize)]
struct KindView<'a> {
    id: &'a str,
    title: &'a str,
    number: u8,
    form: u32,
}

#[derive(Serialize)]
struct DateView {
    iso: String,
    day: i8,
    month: i8,
    year: i16,
    weekday: &'static str,
}

#[derive(Serialize)]
struct SchoolView<'a> {
    name: &'a str,
    heading: &'a str,
    abbreviation: &'a str,
    parent: &'a str,
    place: &'a str,
    address: Option<&'a str>,
    phone: Option<&'a str>,
    email: Option<&'a str>,
}

#[derive(Serialize)]
struct UnitView<'a> {
    id: &'a str,
    kind: &'static str,
    name: &'a str,
    age: Option<&'a str>,
}

#[derive(Serialize)]
struct StepView<'a> {
    step: &'a str,
    label: &'a str,
    seal: bool,
    people: Vec<PersonView<'a>>,
}

#[derive(Serialize)]
struct PersonView<'a> {
    id: &'a str,
    name: &'a str,
    title: &'a str,
    authority: Option<&'a str>,
}

#[derive(Serialize)]
struct DayView {
    iso: String,
    day: i8,
    weekday: &'static str,
    off: bool,
    reason: Option<String>,
}

#[derive(Serialize)]
struct MemberView<'a> {
    id: &'a str,
    kind: &'a str,
    unit: UnitView<'a>,
    title: &'a str,
    date: DateView,
    fields: &'a Map<String, Value>,
    computed: &'a Map<String, Value>,
    sha256: String,
    code: String,
    people: Map<String, Value>,
}

#[derive(Serialize)]
struct SourceView {
    path: String,
    file: &'static str,
    name: String,
    mime: &'static str,
    relationship: &'static str,
}

/// The document of one record.
pub fn of(school: &School, record: &Record) -> Value {
    view(school, record, None)
}

/// The document of a record whose form is bound into a volume.
pub fn within(school: &School, record: &Record, volume: &Record) -> Value {
    view(school, record, Some(volume))
}

fn view(school: &School, record: &Record, volume: Option<&Record>) -> Value {
    let organisation = school.organisation(record.date);
    let view = View {
        id: record.id.as_str(),
        kind: KindView {
            id: &record.kind.id,
            title: &record.kind.title,
            number: record.kind.number,
            form: record.version.version,
        },
        title: &record.title,
        year: record.id.year(),
        date: date(record.date),
        school: organisation.map_or_else(SchoolView::empty, SchoolView::of),
        unit: unit(&record.unit),
        team: record.team.as_ref().map(unit),
        fields: &record.fields,
        people: people(school, record.date),
        signers: signers(record),
        body: &record.body,
        days: days(school, record),
        records: record.members().iter().map(|m| member(school, m)).collect(),
        range: record.range().map(|(from, to)| RangeView {
            from: from.to_string(),
            to: to.to_string(),
        }),
        closed: record.closing().map(|closing| closed(school, closing)),
        source: source(record, volume.is_some()),
        within: volume.map(|volume| WithinView {
            id: volume.id.to_string(),
            code: volume.id.code(),
        }),
        code: record.id.code(),
        computed: &record.computed,
        images: record
            .images
            .keys()
            .enumerate()
            .map(|(i, src)| (src.clone(), Value::String(image_file(i))))
            .collect(),
    };
    // A tree of strings and numbers always serialises; an empty document would fail in the layout
    // with its own message.
    serde_json::to_value(&view).unwrap_or_default()
}

/// The virtual file of the `index`th picture of a record.
pub fn image_file(index: usize) -> String {
    format!("/images/{index}")
}

impl<'a> SchoolView<'a> {
    fn of(school: &'a Organisation) -> Self {
        Self {
            name: &school.ten,
            heading: &school.ten_van_ban,
            abbreviation: &school.viet_tat,
            parent: &school.chu_quan,
            place: &school.dia_danh,
            address: school.dia_chi.as_deref(),
            phone: school.dien_thoai.as_deref(),
            email: school.email.as_deref(),
        }
    }

    fn empty() -> Self {
        Self {
            name: "",
            heading: "",
            abbreviation: "",
            parent: "",
            place: "",
            address: None,
            phone: None,
            email: None,
        }
    }
}

fn date(date: Date) -> DateView {
    DateView {
        iso: date.to_string(),
        day: date.day(),
        month: date.month(),
        year: date.year(),
        weekday: dates::weekday_name(date.weekday()),
    }
}

fn unit(unit: &Unit) -> UnitView<'_> {
    UnitView {
        id: &unit.id,
        kind: unit.loai.as_str(),
        name: &unit.ten,
        age: unit.do_tuoi.as_deref(),
    }
}

fn people(school: &School, date: Date) -> Map<String, Value> {
    school
        .people_on(date)
        .map(|p| (p.id.clone(), serde_json::json!({"name": p.ten, "title": school.title_of(&p.id, date).unwrap_or_default()})))
        .collect()
}

fn signers(record: &Record) -> Vec<StepView<'_>> {
    record
        .steps
        .iter()
        .map(|step| StepView {
            step: &step.step,
            label: &step.label,
            seal: step.seal,
            people: step
                .people
                .iter()
                .map(|p| PersonView {
                    id: &p.id,
                    name: &p.name,
                    title: &p.title,
                    authority: p.authority.as_deref(),
                })
                .collect(),
        })
        .collect()
}

/// The days that a form with a grid shows: the record's month, or its week for a weekly record.
fn days(school: &School, record: &Record) -> Vec<DayView> {
    let date = record.date;
    let week = (record.kind.due.every == Every::Tuan)
        .then(|| period::week(date))
        .flatten();
    let (from, to) = week.unwrap_or((date.first_of_month(), date.last_of_month()));
    from.series(jiff::Span::new().days(1))
        .take_while(|day| *day <= to)
        .map(|day| {
            let reason = match (school.day_off(day), day.weekday()) {
                (Some(reason), _) => Some(reason.to_owned()),
                (None, weekday @ (Weekday::Saturday | Weekday::Sunday)) => {
                    Some(dates::weekday_name(weekday).to_owned())
                }
                _ => None,
            };
            DayView {
                iso: day.to_string(),
                day: day.day(),
                weekday: dates::weekday_short(day.weekday()),
                off: reason.is_some(),
                reason,
            }
        })
        .collect()
}

fn member<'a>(school: &School, m: &'a Member) -> MemberView<'a> {
    MemberView {
        id: m.id.as_str(),
        kind: m.id.kind(),
        unit: unit(&m.unit),
        title: &m.title,
        date: date(m.date),
        fields: &m.fields,
        computed: &m.computed,
        sha256: m.digest.to_string(),
        code: m.id.code(),
        people: named(school, m),
    }
}

/// The people that a member of a book names, as of its date: a book of a year would otherwise carry
/// the whole roster once for each record.
fn named(school: &School, m: &Member) -> Map<String, Value> {
    let mut ids = Vec::new();
    m.fields.values().for_each(|v| texts(v, &mut ids));
    ids.sort_unstable();
    ids.dedup();
    ids.into_iter()
        .filter_map(|id| school.person(id))
        .map(|p| {
            let title = school.title_of(&p.id, m.date).unwrap_or_default();
            (
                p.id.clone(),
                serde_json::json!({"name": p.ten, "title": title}),
            )
        })
        .collect()
}

fn texts<'a>(value: &'a Value, out: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => out.push(text),
        Value::Array(items) => items.iter().for_each(|v| texts(v, out)),
        Value::Object(fields) => fields.values().for_each(|v| texts(v, out)),
        _ => {}
    }
}

fn closed(school: &School, closing: &Closing) -> ClosedView {
    let name = school.person(&closing.by).map(|p| p.ten.as_str());
    let title = school.title_of(&closing.by, closing.date);
    ClosedView {
        date: date(closing.date),
        by: serde_json::json!({"id": closing.by, "name": name, "title": title}),
    }
}

/// Where the form finds its source. A volume has one source of its own and the sources of its records
/// as supplements, each under its id, for a name may be attached once only.
fn source(record: &Record, bound: bool) -> SourceView {
    let mime = match &record.source.origin {
        Origin::File(_) => "text/markdown",
        Origin::Book(book) if book.closing.is_some() => "text/markdown",
        Origin::Book(_) => "application/json",
    };
    let name = record.source_name();
    let path = match record.path() {
        _ if bound => {
            let ending = name.rsplit('.').next().unwrap_or_default();
            format!("{}.{ending}", record.id.as_str().replace('/', "_"))
        }
        Some(path) => path.as_str().to_owned(),
        None => name.clone(),
    };
    SourceView {
        path,
        file: SOURCE_FILE,
        name,
        mime,
        relationship: if bound { "supplement" } else { "source" },
    }
}
