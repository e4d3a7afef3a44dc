//! Children go up: those of a class of 3 to 4 years are listed in the class of 4 to 5 years with the same
//! letter. Who has left stays out; who is done with the oldest class too. Whom the age of the new class does
//! not fit is told, and listed by hand.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::Map;
use serde_json::Value;

use crate::diag::Words;
use crate::diag::words::tame;
use crate::records::Record;
use crate::records::Records;
use crate::records::kind::FormKind;
use crate::records::period::SchoolYear;
use crate::records::school::Unit;
use crate::scaffold::Files;
use crate::scaffold::record;
use crate::scaffold::year::Class;
use crate::scaffold::year::Request;

/// The kind that lists the children of a class.
pub(super) const LIST: &str = "danh-sach-tre";
/// Most children of one list.
const MOST: usize = 60;
/// Most teachers of one list.
const TEACHERS: usize = 3;
/// The youngest age group that goes by years: below it children are counted in months.
const FIRST_YEARS: u32 = 3;

/// What is left out of a child's entry: it is about the year that ended.
const OVER: [&str; 4] = ["stt", "thoi", "ly-do", "vao"];

/// The new lists.
pub(super) fn carry(
    records: &Records,
    request: &Request<'_>,
    classes: &[Class<'_>],
    notes: &mut Vec<Words>,
) -> Result<Files, Words> {
    let Some(kind) = records.kinds.get(LIST) else {
        return Ok(Files::new());
    };
    let FormKind::Record(rules) = &kind.form else {
        return Ok(Files::new());
    };
    let Some(first_day) = SchoolYear::usual(request.year).map(|year| year.from) else {
        return Ok(Files::new());
    };
    let targets = targets(classes, request)?;
    let mut lists: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    let prefix = |unit: &str| format!("{}/{unit}/{LIST}/", request.from);
    for class in classes {
        let own = prefix(&class.old.id);
        let Some(list) = records
            .all
            .iter()
            .rfind(|one| one.id.as_str().starts_with(&own))
        else {
            continue;
        };
        let Some(target) = targets.get(class.old.id.as_str()) else {
            notes.push(done(class.old, staying(list).count()));
            continue;
        };
        let next = classes.iter().find(|one| one.old.id == *target);
        for child in staying(list) {
            let born = child["ngay-sinh"]
                .as_str()
                .and_then(|day| day.parse::<Date>().ok());
            let fits = born.zip(next.and_then(|next| age(next.old)));
            let fits = fits.is_none_or(|(born, low)| {
                low < FIRST_YEARS || i32::from(first_day.year() - born.year()) >= low as i32
            });
            let name = tame(child["ten"].as_str().unwrap_or_default());
            if !fits {
                notes.push(Words::new(
                    format!(
                        "{name} ({}) chưa đủ tuổi lên {target}: xếp lớp riêng",
                        class.old.id
                    ),
                    format!(
                        "{name} ({}) is too young for {target}: find a class by hand",
                        class.old.id
                    ),
                ));
                continue;
            }
            let all = lists.entry(target.as_str()).or_default();
            all.push(entry(child, class.old, all.len() + 1, first_day));
        }
    }
    let mut files = Files::new();
    for (unit, children) in lists {
        let Some(class) = classes.iter().find(|class| class.old.id == unit) else {
            continue;
        };
        let path = format!("content/{}/{unit}/{LIST}/{}.md", request.year, request.year);
        let id = format!("{}/{unit}/{LIST}/{}", request.year, request.year);
        if records.all.iter().any(|one| one.id.as_str() == id) {
            notes.push(Words::new(
                format!("{path} đã có, để nguyên"),
                format!("{path} is there and stays"),
            ));
            continue;
        }
        if children.len() > MOST || class.teachers.is_empty() {
            notes.push(Words::new(
                format!(
                    "chưa lập {path}: {} trẻ, {} giáo viên",
                    children.len(),
                    class.teachers.len()
                ),
                format!(
                    "{path} is not made: {} children, {} teachers",
                    children.len(),
                    class.teachers.len()
                ),
            ));
            continue;
        }
        let teachers = class.teachers.iter().take(TEACHERS).cloned();
        let mut fields = Map::new();
        fields.insert("ngay".to_owned(), first_day.to_string().into());
        fields.insert(
            "giao-vien".to_owned(),
            teachers.collect::<Vec<String>>().into(),
        );
        fields.insert("tre".to_owned(), Value::Array(children));
        let header = record::header(rules.fields.text(), fields);
        files.insert(path, format!("---\n{header}---\n").into_bytes());
    }
    Ok(files)
}

/// The children of a list who have not left.
fn staying(list: &Record) -> impl Iterator<Item = &Map<String, Value>> {
    let all = list.fields.get("tre").and_then(Value::as_array);
    let all = all.into_iter().flatten().filter_map(Value::as_object);
    all.filter(|child| !child.contains_key("thoi"))
}

/// A child in the next class.
fn entry(child: &Map<String, Value>, old: &Unit, number: usize, first_day: Date) -> Value {
    let mut out = Map::new();
    out.insert("stt".to_owned(), number.into());
    for (key, value) in child
        .iter()
        .filter(|(key, _)| !OVER.contains(&key.as_str()))
    {
        out.insert(key.clone(), value.clone());
    }
    if !out.contains_key("vao-truong")
        && let Some(day) = child.get("vao")
    {
        out.insert("vao-truong".to_owned(), day.clone());
    }
    let been = out
        .entry("da-hoc")
        .or_insert_with(|| Value::Object(Map::new()));
    let letter = letter(old).to_uppercase();
    let been_in = match age(old) {
        Some(3) => Some(("t3", format!("3T {letter}"))),
        Some(4) => Some(("t4", format!("4T {letter}"))),
        Some(5) => None,
        _ => Some(("nt", format!("NT {letter}"))),
    };
    if let (Some((key, name)), Value::Object(been)) = (been_in, &mut *been) {
        been.insert(key.to_owned(), name.trim().to_owned().into());
    }
    out.insert("vao".to_owned(), first_day.to_string().into());
    Value::Object(out)
}

/// Which class the children of each go up to.
fn targets(
    classes: &[Class<'_>],
    request: &Request<'_>,
) -> Result<BTreeMap<String, String>, Words> {
    let mut all = BTreeMap::new();
    for class in classes {
        let old = class.old;
        if let Some(named) = request.up.get(&old.id) {
            if !classes.iter().any(|one| one.old.id == *named) {
                let shown = tame(named);
                return Err(Words::new(
                    format!("--up: năm học mới không có lớp `{shown}`"),
                    format!("--up: the new year has no class `{shown}`"),
                ));
            }
            all.insert(old.id.clone(), named.clone());
            continue;
        }
        let Some(next) = age(old).map(|low| {
            if low < FIRST_YEARS {
                FIRST_YEARS
            } else {
                low + 1
            }
        }) else {
            continue;
        };
        let same_age: Vec<&Class<'_>> = classes
            .iter()
            .filter(|one| one.old.id != old.id && age(one.old) == Some(next))
            .collect();
        let lettered = same_age.iter().find(|one| letter(one.old) == letter(old));
        let target = match (lettered, same_age.as_slice()) {
            (Some(one), _) => Some(one.old),
            (None, [one]) => Some(one.old),
            (None, []) => None,
            (None, several) => {
                let names: Vec<&str> = several.iter().map(|one| one.old.id.as_str()).collect();
                let (id, names) = (&old.id, names.join(", "));
                return Err(Words::new(
                    format!("trẻ lớp {id} lên lớp nào ({names})? nêu --up {id}=LỚP"),
                    format!(
                        "which class do the children of {id} go up to ({names})? give --up {id}=CLASS"
                    ),
                ));
            }
        };
        all.extend(target.map(|target| (old.id.clone(), target.id.clone())));
    }
    Ok(all)
}

/// The youngest age of a class in years; for groups that go by months, years begun.
fn age(unit: &Unit) -> Option<u32> {
    let text = unit.do_tuoi.as_deref()?;
    let digits: String = text
        .chars()
        .skip_while(|c| !c.is_ascii_digit())
        .take_while(char::is_ascii_digit)
        .collect();
    let number: u32 = digits.parse().ok()?;
    Some(if text.contains("tháng") {
        number / 12
    } else {
        number
    })
}

/// What tells classes of one age apart: the letters at the end of the id.
fn letter(unit: &Unit) -> &str {
    let id = unit.id.as_str();
    let at = id
        .char_indices()
        .rev()
        .take_while(|(_, c)| c.is_ascii_lowercase())
        .last();
    at.map_or("", |(at, _)| &id[at..])
}

fn done(unit: &Unit, count: usize) -> Words {
    let id = &unit.id;
    Words::new(
        format!(
            "{count} trẻ lớp {id} không lên lớp nào: hoàn thành chương trình, hoặc nêu --up {id}=LỚP"
        ),
        format!(
            "{count} children of {id} go up to no class: they are done, or give --up {id}=CLASS"
        ),
    )
}
