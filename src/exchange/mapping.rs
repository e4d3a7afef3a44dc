//! `layouts/trao-doi/<name>.yaml`: which column of a foreign table is which field. A school's own
//! file stands in the place of the program's of the same name; nothing of it is Rust.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Place;
use crate::diag::Words;
use crate::diag::words::tame;
use crate::embedded;
use crate::exchange::cell::key;
use crate::exchange::column::Choice;
use crate::exchange::column::Column;
use crate::exchange::column::Columns;
use crate::exchange::column::Shape;
use crate::records::schema::Schema;
use crate::records::yaml::Document;
use crate::repo::Snapshot;

/// The folder of mappings within `layouts/`.
pub const FOLDER: &str = "trao-doi";
/// The kind of a mapping whose rows are people of `school.yaml`.
pub const PEOPLE: &str = "nguoi";

const SCHEMA: &str = include_str!("../../layouts/exchange.schema.json");
const MAX_MAPPING: u64 = 256 * 1024;

/// A mapping.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Mapping {
    /// Its file's name.
    #[serde(skip)]
    pub id: String,
    /// What people call it.
    #[serde(rename = "ten")]
    pub title: String,
    /// The kind whose rows it has.
    #[serde(rename = "loai")]
    pub kind: String,
    /// The field that is the list.
    #[serde(rename = "danh-sach")]
    pub list: Option<String>,
    /// Where the columns come from.
    #[serde(rename = "nguon")]
    pub source: String,
    /// What is unsure.
    #[serde(rename = "ghi-chu")]
    pub note: Option<String>,
    /// The name of the sheet that is written.
    #[serde(rename = "trang")]
    pub sheet: Option<String>,
    /// Lines above the headings.
    #[serde(rename = "dong-dau", default)]
    pub head: Vec<String>,
    /// The columns in their order.
    #[serde(rename = "cot")]
    pub columns: Vec<Mapped>,
}

/// A column of a mapping.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Mapped {
    /// What stands over it.
    #[serde(rename = "tieu-de")]
    pub title: String,
    /// What else stands over it.
    #[serde(rename = "ten-khac", default)]
    names: Vec<String>,
    /// The field of the row.
    #[serde(rename = "truong")]
    pub field: Option<String>,
    /// The field of the record.
    #[serde(rename = "dau")]
    pub head: Option<String>,
    /// Always this.
    #[serde(rename = "co-dinh")]
    pub fixed: Option<String>,
    /// What the program knows.
    #[serde(rename = "tinh")]
    pub made: Option<Made>,
    /// Written where the field has a value.
    #[serde(rename = "co")]
    pub with: Option<String>,
    /// Written where it has none.
    #[serde(rename = "khong")]
    pub without: Option<String>,
    /// Value of the record → what the table calls it.
    #[serde(rename = "gia-tri", default)]
    values: BTreeMap<String, Vec<String>>,
    /// How a day is written.
    #[serde(rename = "dang-ngay", default)]
    pub days: Days,
    #[serde(rename = "bu-so-0")]
    pad: Option<usize>,
    /// Known and not taken.
    #[serde(rename = "bo-qua", default)]
    pub ignored: bool,
}

/// How a day is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum Days {
    /// As people do.
    #[default]
    #[serde(rename = "dd/mm/yyyy")]
    People,
    /// As programs do.
    #[serde(rename = "yyyy-mm-dd")]
    Programs,
}

/// What the program knows of a row beside its fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Made {
    /// Its number within the table.
    SoThuTu,
    /// The school year.
    NamHoc,
    /// The unit's id.
    DonVi,
    /// The unit's name.
    TenDonVi,
    /// The unit's age.
    DoTuoi,
    /// The record's date.
    NgayHoSo,
    /// The record's id and the row's key.
    MaBanGhi,
    /// NEW, or UPDATE.
    SuKien,
    /// How often the record was committed.
    PhienBan,
    /// When it was last.
    ThoiGian,
}

impl Mapped {
    /// Everything that may stand over it, folded.
    pub fn keys(&self) -> Vec<String> {
        let names = self.names.iter().map(|name| key(name));
        [key(&self.title)].into_iter().chain(names).collect()
    }

    /// Whether a table's value in this column comes into the record.
    pub fn is_taken(&self) -> bool {
        let told = self.with.is_some() || self.without.is_some() || self.ignored;
        (self.field.is_some() || self.head.is_some()) && !told
    }

    /// The column of the schema that this is, with its own names and choices.
    pub fn column(&self, rows: &Columns, head: &Columns) -> Option<Column> {
        let (columns, dotted) = match (&self.field, &self.head) {
            (Some(field), _) => (rows, field),
            (None, Some(field)) => (head, field),
            _ => return None,
        };
        let mut column = columns
            .columns
            .iter()
            .find(|c| c.dotted() == *dotted)?
            .clone();
        column.title.clone_from(&self.title);
        column.names = self.keys();
        column.pad = self.pad;
        if let Shape::Choice(choices) | Shape::Choices(choices) = &mut column.shape {
            for choice in choices {
                self.name(choice);
            }
        }
        Some(column)
    }

    fn name(&self, choice: &mut Choice) {
        let value = choice
            .value
            .as_str()
            .map_or_else(|| choice.value.to_string(), str::to_owned);
        if let Some(names) = self.values.get(&value) {
            choice.keys = names
                .iter()
                .map(|name| key(name))
                .chain(std::mem::take(&mut choice.keys))
                .collect();
            if let Some(first) = names.first() {
                choice.label.clone_from(first);
            }
        }
    }
}

/// A mapping from its text.
///
/// # Errors
/// Everything that is wrong with it, each with its line.
pub fn read(id: &str, text: &str, place: &Place) -> Result<Mapping, Vec<Finding>> {
    let fail = |words: Words| vec![Finding::new(Code::KindInvalid, place.clone(), words)];
    let own = |found: Vec<Finding>| -> Vec<Finding> {
        let own = |f: Finding| {
            Finding {
                code: Code::KindInvalid,
                ..f
            }
            .excerpt(text)
        };
        found.into_iter().map(own).collect()
    };
    let document = Document::read(text, 1, place).map_err(own)?;
    let said = |error: String| fail(Words::new(tame(&error), tame(&error)));
    let schema = serde_json::from_str(SCHEMA).map_err(|error| said(error.to_string()))?;
    let violations = Schema::compile(schema)
        .map_err(said)?
        .findings(&document, place);
    if !violations.is_empty() {
        return Err(own(violations));
    }
    let mapping: Mapping =
        serde_json::from_value(document.value).map_err(|error| said(error.to_string()))?;
    Ok(Mapping {
        id: id.to_owned(),
        ..mapping
    })
}

/// The mapping of a list that a schema alone gives: every field a column.
pub fn generic(kind: &str, title: &str, list: &str, rows: &Columns) -> Mapping {
    let columns = rows.columns.iter().map(|column| Mapped {
        title: column.title.clone(),
        names: Vec::new(),
        field: Some(column.dotted()),
        head: None,
        fixed: None,
        made: None,
        with: None,
        without: None,
        values: BTreeMap::new(),
        days: Days::People,
        pad: None,
        ignored: false,
    });
    Mapping {
        id: String::new(),
        title: title.to_owned(),
        kind: kind.to_owned(),
        list: Some(list.to_owned()),
        source: String::new(),
        note: None,
        sheet: None,
        head: Vec::new(),
        columns: columns.collect(),
    }
}

/// Every mapping of a repository, by name: its own, and those of the program that it has none of.
///
/// # Errors
/// Everything that is wrong with its own.
pub fn all(snapshot: &Snapshot) -> Result<BTreeMap<String, Mapping>, Vec<Finding>> {
    let mut texts: BTreeMap<String, (String, String)> = BTreeMap::new();
    for (name, bytes) in embedded::folder(FOLDER) {
        let text = String::from_utf8_lossy(bytes).into_owned();
        texts.insert(stem(name), (format!("layouts/{FOLDER}/{name}"), text));
    }
    let mut findings = Vec::new();
    for entry in snapshot.under(&format!("layouts/{FOLDER}")) {
        if entry.path.extension() != Some("yaml") {
            continue;
        }
        let place = Place::file(&entry.path);
        let text = snapshot
            .read(&entry.path, MAX_MAPPING)
            .map_err(|e| e.words());
        let utf8 = Words::new("không phải UTF-8", "not UTF-8");
        match text.and_then(|bytes| String::from_utf8(bytes).map_err(|_| utf8)) {
            Ok(text) => {
                texts.insert(
                    stem(entry.path.file_name()),
                    (entry.path.as_str().to_owned(), text),
                );
            }
            Err(words) => findings.push(Finding::new(Code::KindInvalid, place, words)),
        }
    }
    let mut out = BTreeMap::new();
    for (id, (path, text)) in texts {
        match read(&id, &text, &Place::raw(path)) {
            Ok(mapping) => {
                out.insert(id, mapping);
            }
            Err(found) => findings.extend(found),
        }
    }
    if findings.is_empty() {
        Ok(out)
    } else {
        Err(findings)
    }
}

fn stem(name: &str) -> String {
    name.strip_suffix(".yaml").unwrap_or(name).to_owned()
}

/// The fields that a mapping names and the kind does not have.
pub fn dangling(mapping: &Mapping, rows: &Columns, head: &Columns) -> Vec<String> {
    let named = mapping
        .columns
        .iter()
        .filter(|m| m.field.is_some() || m.head.is_some());
    named
        .filter(|mapped| mapped.column(rows, head).is_none())
        .filter_map(|mapped| mapped.field.clone().or_else(|| mapped.head.clone()))
        .collect()
}

/// The list of a kind that a mapping, or its only one, is over: its name and the schema of a row.
pub fn list_of<'a>(header: &'a Value, wanted: Option<&str>) -> Option<(&'a str, &'a Value)> {
    let lists = crate::exchange::column::lists(header);
    match (wanted, lists.as_slice()) {
        (Some(wanted), all) => all.iter().find(|(name, _)| *name == wanted).copied(),
        (None, [only]) => Some(*only),
        // Of several, the one with the children is meant.
        (None, all) => all.iter().find(|(name, _)| *name == "tre").copied(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Report;
    use crate::exchange::column;
    use crate::records::kind;
    use crate::records::kind::FormKind;

    #[test]
    fn the_program_s_mappings_name_fields_that_there_are() {
        let files: Vec<(String, &[u8])> = embedded::layouts()
            .into_iter()
            .map(|(path, bytes)| (format!("layouts/{path}"), bytes))
            .collect();
        let snapshot = Snapshot::of_files(files.iter().map(|(p, b)| (p.as_str(), *b)));
        let kinds = Report::default().take(kind::read_all(&snapshot));
        let mappings = all(&snapshot).expect("sound mappings");
        assert!(mappings.len() >= 5);
        for mapping in mappings.values().filter(|m| m.kind != PEOPLE) {
            let FormKind::Record(rules) = &kinds[&mapping.kind].form else {
                panic!("{} is a book", mapping.kind);
            };
            let header = rules.fields.text();
            let (_, row) = list_of(header, mapping.list.as_deref()).expect("a list");
            let missing = dangling(mapping, &column::of(row), &column::of(header));
            assert_eq!(missing, Vec::<String>::new(), "{}", mapping.id);
        }
    }

    #[test]
    fn a_mapping_is_told_what_is_wrong_with_it() {
        let text = "ten: X\nloai: a\nnguon: y\ncot:\n  - {tieu-de: A, truonng: ten}\n";
        let found = read("x", text, &Place::raw("x.yaml")).expect_err("a fault");
        assert_eq!(found[0].place.line, Some(5));
        assert!(
            found[0]
                .help
                .as_ref()
                .is_some_and(|h| h.en.contains("`truong`"))
        );
    }
}
