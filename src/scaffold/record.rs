//! A new record that passes `check` as it stands: what people write in it comes after.
//!
//! 1. the request is looked up: a kind of the repository, a unit that keeps it;
//! 2. `fill`: every required field gets what was given, who signs, or something to be replaced;
//! 3. `name`: the file's name as the kind's pattern asks for it;
//! 4. `write`: the text, each field with its title;
//! 5. the text is read again and judged as `check` does, so that a wrong value is told here.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

use icu_normalizer::ComposingNormalizerBorrowed;
use jiff::civil::Date;
use serde_json::Map;
use serde_json::Value;

use crate::diag::Finding;
use crate::diag::Place;
use crate::diag::Words;
use crate::diag::words::near_miss;
use crate::diag::words::or_ticked;
use crate::diag::words::tame;
use crate::path::RepoPath;
use crate::records::Records;
use crate::records::dates;
use crate::records::header as parts;
use crate::records::header::HEADER_LINE;
use crate::records::kind::BodyRule;
use crate::records::kind::FormKind;
use crate::records::kind::Kind;
use crate::records::kind::RecordRules;
use crate::records::lock;
use crate::records::lock::Spot;
use crate::records::parse::closing::Written;
use crate::records::roster;
use crate::records::roster::Question;
use crate::records::school::Unit;
use crate::records::yaml::Document;
use crate::scaffold::record::fill::Filler;
use crate::scaffold::record::name::Naming;

mod fill;
mod name;
pub mod sample;
mod signers;
mod write;

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The kind, `giao-an`.
    pub kind: &'a str,
    /// The unit, `mg-5a`; needed when several units keep the kind.
    pub unit: Option<&'a str>,
    /// The day it is about.
    pub date: Date,
    /// What the file is called beside its date or number; marks and spaces are taken out of it.
    pub name: Option<&'a str>,
    /// Values of fields; `a.b` is the field `b` within `a`, a repeated field makes a list.
    pub given: &'a [(String, String)],
    /// Whole fields as data, in the place of what would be filled in: the rows of a table.
    pub whole: Option<&'a Map<String, Value>>,
    /// Who signs where the record names the signer.
    pub person: Option<&'a str>,
    /// Who is writing; takes the place of other holders of the same role, and nobody else's.
    pub author: Option<&'a str>,
}

/// A record to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRecord {
    /// Its file.
    pub path: RepoPath,
    /// What stands in it.
    pub text: String,
}

/// Makes a record. `taken` is every path there is below `content/`: a file that cannot be read as a
/// record has its name and number all the same.
///
/// # Errors
/// What is wrong with the request, or with the school on that day.
pub fn new(
    records: &Records,
    taken: &BTreeSet<String>,
    request: &Request<'_>,
) -> Result<NewRecord, Words> {
    let (kind, rules) = kind_of(records, request.kind)?;
    let (_, day) = days(rules, request);
    let unit = unit_of(records, kind, request.unit, day)?;
    let made = draft(records, taken, request)?;
    judge(records, kind, rules, unit, day, &made.path, &made.text)?;
    Ok(made)
}

/// Makes a record that is still to be judged: by `check`, over the whole repository.
///
/// # Errors
/// What is wrong with the request, or with the school on that day.
pub fn draft(
    records: &Records,
    taken: &BTreeSet<String>,
    request: &Request<'_>,
) -> Result<NewRecord, Words> {
    let (kind, rules) = kind_of(records, request.kind)?;
    let (date, day) = days(rules, request);
    let unit = unit_of(records, kind, request.unit, day)?;
    let given = request
        .given
        .iter()
        .map(|(key, value)| (nfc(key), nfc(value)))
        .collect::<Vec<_>>();
    let filler = Filler {
        school: &records.school,
        kind,
        rules,
        unit,
        date,
        day,
        given: &given,
        request,
    };
    let naming = Naming {
        records,
        taken,
        kind,
        rules,
        unit,
        date,
        day,
    };
    let mut filled = filler.fields()?;
    for (key, value) in request.whole.into_iter().flatten() {
        filled.fields.insert(key.clone(), value.clone());
    }
    about(kind, rules, request, &given, &mut filled.fields);
    let path = naming.path(request.name, &mut filled.fields, &given)?;
    let header = write::header(rules.fields.text(), &filled);
    let body = if rules.body == BodyRule::BatBuoc {
        "\n…\n"
    } else {
        ""
    };
    let text = nfc(&format!("---\n{header}---\n{body}"));
    Ok(NewRecord { path, text })
}

/// A text that a pattern takes, such as a kind's file name; none for patterns nobody writes.
pub fn sample(pattern: &str) -> Option<String> {
    sample::sample(pattern)
}

/// A header with the title of every field beside it, without its `---` lines.
pub fn header(schema: &Value, fields: Map<String, Value>) -> String {
    let filled = fill::Filled {
        fields,
        others: BTreeMap::new(),
    };
    nfc(&write::header(schema, &filled))
}

/// A record about one child or one person is named after the code in it.
fn about(
    kind: &Kind,
    rules: &RecordRules,
    request: &Request<'_>,
    given: &[(String, String)],
    fields: &mut Map<String, Value>,
) {
    let Some((field, name)) = kind
        .child
        .as_ref()
        .or(kind.person.as_ref())
        .zip(request.name)
    else {
        return;
    };
    let value = Value::String(name.to_owned());
    let fits = fill::property(rules.fields.text(), field)
        .is_some_and(|schema| fill::accepts(schema, &value));
    if fits && !given.iter().any(|(key, _)| key == field) {
        fields.insert(field.clone(), value);
    }
}

fn nfc(text: &str) -> String {
    ComposingNormalizerBorrowed::new_nfc()
        .normalize(text)
        .into_owned()
}

/// The kind that a name stands for, if records of it are written.
///
/// # Errors
/// That there is no such kind, or that it is a book.
pub fn kind_of<'a>(
    records: &'a Records,
    id: &str,
) -> Result<(&'a Arc<Kind>, &'a RecordRules), Words> {
    let kinds = || {
        records
            .kinds
            .values()
            .filter(|k| !k.is_book())
            .map(|k| k.id.as_str())
    };
    let shown = tame(id);
    let Some(kind) = records.kinds.get(id) else {
        let message = Words::new(
            format!("không có loại hồ sơ `{shown}`"),
            format!("there is no kind `{shown}`"),
        );
        let all = or_ticked(kinds());
        let all = Words::new(
            format!("các loại hồ sơ: {}", all.vi),
            format!("the kinds are {}", all.en),
        );
        return Err(hinted(message, did_you_mean(id, kinds()).unwrap_or(all)));
    };
    match &kind.form {
        FormKind::Record(rules) => Ok((kind, rules)),
        FormKind::Book { of, .. } if of.is_empty() => Err(hinted(
            Words::new(
                format!("`{id}` là quyển đóng từ các hồ sơ"),
                format!("`{id}` is a volume bound of records"),
            ),
            Words::new("dùng `hoso book`", "use `hoso book`"),
        )),
        FormKind::Book { of, .. } => Err(hinted(
            Words::new(
                format!("`{id}` là sổ, được lập từ các hồ sơ"),
                format!("`{id}` is a book, made from records"),
            ),
            Words::new(
                format!("tạo hồ sơ loại {}", ticked(of)),
                format!("make a record of the kind {}", ticked(of)),
            ),
        )),
    }
}

fn ticked(kinds: &[String]) -> String {
    let kinds: Vec<String> = kinds.iter().map(|kind| format!("`{kind}`")).collect();
    kinds.join(", ")
}

/// The day that the record is about, and the one by which everything is looked up: the same, or the
/// end of the month for a record about a month.
fn days(rules: &RecordRules, request: &Request<'_>) -> (Date, Date) {
    let given = request
        .given
        .iter()
        .rev()
        .find(|(key, _)| *key == rules.date_field);
    let date = given
        .and_then(|(_, value)| dates::parse(value))
        .unwrap_or(request.date);
    let day = Value::String(date.to_string());
    let field = fill::property(rules.fields.text(), &rules.date_field);
    let by_day = field.is_none_or(|field| fill::accepts(field, &day));
    (date, if by_day { date } else { date.last_of_month() })
}

/// The unit of a record: the one that is named, or the only one that keeps the kind.
///
/// # Errors
/// That it is none, or does not keep the kind.
pub fn unit_of<'a>(
    records: &'a Records,
    kind: &Kind,
    id: Option<&str>,
    day: Date,
) -> Result<&'a Unit, Words> {
    let fits = |unit: &&Unit| kind.is_kept_at(unit);
    let school = &records.school;
    let mut keeping: Vec<&Unit> = school
        .unit_ids()
        .filter_map(|id| school.unit(id, day))
        .filter(fits)
        .collect();
    keeping.dedup_by_key(|unit| &unit.id);
    let all = or_ticked(keeping.iter().map(|unit| unit.id.as_str()));
    let all = Words::new(
        format!("ngày {day} loại `{}` được giữ ở: {}", kind.id, all.vi),
        format!("on {day} the kind `{}` is kept at {}", kind.id, all.en),
    );
    let found = match id {
        Some(id) => keeping.iter().find(|unit| unit.id == id),
        None => keeping.first().filter(|_| keeping.len() == 1),
    };
    match (found, id) {
        (Some(unit), _) => Ok(unit),
        (None, None) => Err(hinted(
            Words::new("chưa nói đơn vị nào", "no unit is named"),
            all,
        )),
        (None, Some(id)) => {
            let shown = tame(id);
            let message = match school.unit(id, day) {
                Some(_) => Words::new(
                    format!("đơn vị `{shown}` không giữ loại hồ sơ `{}`", kind.id),
                    format!("unit `{shown}` does not keep the kind `{}`", kind.id),
                ),
                None => Words::new(
                    format!("ngày {day} trường không có đơn vị `{shown}`"),
                    format!("on {day} the school has no unit `{shown}`"),
                ),
            };
            let near = did_you_mean(id, keeping.iter().map(|unit| unit.id.as_str()));
            Err(hinted(message, near.unwrap_or(all)))
        }
    }
}

/// Judges the text as `check` does.
fn judge(
    records: &Records,
    kind: &Kind,
    rules: &RecordRules,
    unit: &Unit,
    day: Date,
    path: &RepoPath,
    text: &str,
) -> Result<(), Words> {
    let place = Place::file(path);
    let parts = parts::split(text)
        .map_err(|_| Words::new("phần đầu không đóng được", "the header does not close"))?;
    let document = Document::read(parts.header, HEADER_LINE, &place)
        .map_err(|found| first(found).unwrap_or_else(unfit))?;
    let mut findings = rules.fields.findings(&document, &place);
    let none = Map::new();
    let fields = document.value.as_object().unwrap_or(&none);
    let question = Question {
        school: &records.school,
        unit,
        date: day,
        fields,
    };
    roster::fill(
        kind,
        &question,
        |pointer| document.locate(&place, pointer),
        &mut findings,
    );
    let dangling = kind
        .references
        .iter()
        .any(|rule| !rule.dangling(&document.value).is_empty());
    let child = kind.child.as_ref().and_then(|field| fields.get(field));
    let spot = Spot {
        kind,
        year: path.segments().nth(1).unwrap_or_default(),
        unit,
        team: records.school.team(unit, day),
        date: day,
        child: child.and_then(Value::as_str),
    };
    if let Some(closed) = lock::over(&records.school, &records.closings, &spot) {
        return Err(locked(closed));
    }
    match first(findings) {
        Some(words) => Err(words),
        None if dangling || kind.version_on(day).is_none() => Err(unfit()),
        None => Ok(()),
    }
}

fn locked(closing: &Written) -> Words {
    let id = &closing.id;
    let (vi, en) = (dates::official(closing.date), closing.date);
    hinted(
        Words::new(
            format!("hồ sơ này rơi vào sổ `{id}` đã khóa ngày {vi}"),
            format!("this record falls into the book `{id}`, which was closed on {en}"),
        ),
        Words::new(
            "lập hồ sơ bổ sung với ngày của kỳ sau",
            "make a supplement with a date of the next period",
        ),
    )
}

fn first(findings: Vec<Finding>) -> Option<Words> {
    let finding = findings.into_iter().next()?;
    let message = match finding.place.field {
        Some(field) => Words::new(
            format!("`{field}`: {}", finding.message.vi),
            format!("`{field}`: {}", finding.message.en),
        ),
        None => finding.message,
    };
    Some(match finding.help {
        Some(help) => hinted(message, help),
        None => message,
    })
}

fn unfit() -> Words {
    Words::new(
        "không tự tạo được hồ sơ loại này vào ngày này; viết tệp bằng tay rồi chạy `hoso check`",
        "a record of this kind cannot be made for this day; write the file by hand and run `hoso check`",
    )
}

fn hinted(message: Words, hint: Words) -> Words {
    Words::new(
        format!("{}; {}", message.vi, hint.vi),
        format!("{}; {}", message.en, hint.en),
    )
}

fn did_you_mean<'a>(written: &str, choices: impl IntoIterator<Item = &'a str>) -> Option<Words> {
    let near = near_miss(written, choices)?;
    Some(Words::new(
        format!("có phải là `{near}`?"),
        format!("did you mean `{near}`?"),
    ))
}

#[cfg(test)]
mod tests;
