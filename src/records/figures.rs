//! Derived figures: computed by a kind's own jq programs, checked against what was typed, and
//! compared between books. A figure that can be computed is never typed twice.
//!
//! - `tinh.jq` makes one object of a record's document; forms and pages show it;
//! - `kiem-tra.jq` sees the same, and related records of other kinds; each of its outputs is a
//!   fault. Forms never see related records: a form is a function of its own record.
//!
//! jq, since it is a documented language made for such trees, cannot reach disk, clock or network
//! here ([`engine`]), and a school can change a rule without touching Rust.

mod engine;
mod fault;

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

use rayon::prelude::*;
use serde_json::Map;
use serde_json::Value;

use crate::diag::Checked;
use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Place;
use crate::diag::Words;
use crate::diag::words::tame;
use crate::path::RepoPath;
use crate::records::Record;
use crate::records::document;
use crate::records::figures::engine::Program;
use crate::records::figures::engine::Val;
use crate::records::kind::Kind;
use crate::records::kind::Reach;
use crate::records::parse::PLACEHOLDER;
use crate::records::school::School;
use crate::repo::Snapshot;

/// Definitions that every program may use.
const SHARED: &str = "layouts/chung/chung.jq";

/// Largest program or table.
const MAX_PROGRAM: u64 = 4 * 1024 * 1024;

/// The programs of every kind, compiled.
pub struct Programs {
    kinds: BTreeMap<String, Compiled>,
}

#[derive(Default)]
struct Compiled {
    compute: Option<Program>,
    check: Option<Program>,
    tables: Option<Val>,
}

impl Programs {
    /// Reads and compiles the programs that the kinds name.
    pub fn read(snapshot: &Snapshot, kinds: &BTreeMap<String, Arc<Kind>>) -> Checked<Self> {
        let mut reading = Reading {
            snapshot,
            shared: None,
            findings: Vec::new(),
        };
        let named =
            |kind: &&Arc<Kind>| kind.figures.compute.is_some() || kind.figures.check.is_some();
        let kinds = kinds
            .values()
            .filter(named)
            .map(|kind| (kind.id.clone(), reading.kind(kind)))
            .collect();
        Checked::new(Self { kinds }, reading.findings)
    }

    /// Computes the figures of each record.
    pub fn compute(&self, school: &School, records: &mut [Record], findings: &mut Vec<Finding>) {
        let found: Vec<Finding> = records
            .par_iter_mut()
            .filter_map(|record| {
                let compiled = self.kinds.get(&record.kind.id)?;
                let program = compiled.compute.as_ref()?;
                let input = compiled.input(document::of(school, record));
                match program.one(input) {
                    Ok(Value::Object(figures)) => {
                        record.computed = figures;
                        None
                    }
                    Ok(_) => Some(fault::not_an_object(record, program)),
                    Err(error) => Some(fault::failed(record, program, &error)),
                }
            })
            .collect();
        findings.extend(found);
    }

    /// Looks for faults in each record, and between records.
    pub fn check(&self, snapshot: &Snapshot, school: &School, records: &[Record]) -> Vec<Finding> {
        let related = Related::of_all(records.iter());
        records
            .par_iter()
            .flat_map_iter(|record| self.faults(snapshot, school, &related, record))
            .collect()
    }

    /// Looks for faults in one record, which takes the place of the one of its name among `others`.
    pub fn check_one<'a>(
        &self,
        snapshot: &Snapshot,
        school: &School,
        record: &'a Record,
        others: impl Iterator<Item = &'a Record> + Clone,
    ) -> Vec<Finding> {
        let others = others.filter(|other| other.id != record.id);
        let wanted =
            others.filter(|other| record.kind.figures.related.contains_key(&other.kind.id));
        let related = Related::of_all(wanted.chain([record]));
        self.faults(snapshot, school, &related, record)
    }

    fn faults(
        &self,
        snapshot: &Snapshot,
        school: &School,
        related: &Related,
        record: &Record,
    ) -> Vec<Finding> {
        let Some(compiled) = self.kinds.get(&record.kind.id) else {
            return Vec::new();
        };
        // What is still to be written cannot be compared with anything.
        if record.fields.values().any(is_open) {
            return Vec::new();
        }
        let Some(program) = compiled.check.as_ref() else {
            return Vec::new();
        };
        let input = compiled
            .input(document::of(school, record))
            .with("lien-quan", related.of(record));
        match program.all(input) {
            Ok(faults) => fault::findings(snapshot, record, program, faults),
            Err(error) => vec![fault::failed(record, program, &error)],
        }
    }
}

/// Whether a value holds the `…` of a new record.
fn is_open(value: &Value) -> bool {
    match value {
        Value::String(text) => {
            // Fields with a least length hold several.
            !text.is_empty() && text.replace(PLACEHOLDER, "").is_empty()
        }
        Value::Array(items) => items.iter().any(is_open),
        Value::Object(fields) => fields.values().any(is_open),
        _ => false,
    }
}

/// Records that checks of other records see.
struct Related {
    kinds: BTreeMap<String, Vec<Other>>,
}

struct Other {
    year: String,
    unit: String,
    seen: Val,
}

impl Related {
    /// The records that some check wants to see, as it sees them.
    fn of_all<'a>(records: impl Iterator<Item = &'a Record> + Clone) -> Self {
        let wanted: BTreeSet<&str> = records
            .clone()
            .flat_map(|r| r.kind.figures.related.keys())
            .map(String::as_str)
            .collect();
        let mut kinds: BTreeMap<String, Vec<Other>> = BTreeMap::new();
        for record in records.filter(|r| wanted.contains(r.kind.id.as_str())) {
            let seen = serde_json::json!({
                "id": record.id.as_str(),
                "title": record.title,
                "date": record.date.to_string(),
                "unit": record.unit.id,
                "unit-name": record.unit.ten,
                "fields": record.fields,
                "computed": record.computed,
            });
            kinds
                .entry(record.kind.id.clone())
                .or_default()
                .push(Other {
                    year: record.id.year().to_owned(),
                    unit: record.id.unit().to_owned(),
                    seen: Val::of(seen),
                });
        }
        Self { kinds }
    }

    fn of(&self, record: &Record) -> Val {
        let near = |reach: Reach, other: &&Other| match reach {
            Reach::TatCa => true,
            Reach::Nam => other.year == record.id.year(),
            Reach::DonVi => other.year == record.id.year() && other.unit == record.id.unit(),
        };
        Val::object(record.kind.figures.related.iter().map(|(kind, reach)| {
            let all = self.kinds.get(kind).map(Vec::as_slice).unwrap_or_default();
            let seen = all.iter().filter(|other| near(*reach, other));
            (
                kind.as_str(),
                Val::list(seen.map(|other| other.seen.clone())),
            )
        }))
    }
}

impl Compiled {
    fn input(&self, document: Value) -> Val {
        let input = Val::of(document);
        match &self.tables {
            Some(tables) => input.with("bang", tables.clone()),
            None => input,
        }
    }
}

struct Reading<'a> {
    snapshot: &'a Snapshot,
    shared: Option<String>,
    findings: Vec<Finding>,
}

impl Reading<'_> {
    fn kind(&mut self, kind: &Kind) -> Compiled {
        let figures = &kind.figures;
        let file = |name: &Option<String>| {
            name.as_ref()
                .map(|name| format!("layouts/{}/{name}", kind.id))
        };
        Compiled {
            compute: file(&figures.compute).and_then(|path| self.program(&path)),
            check: file(&figures.check).and_then(|path| self.program(&path)),
            tables: self.tables(kind),
        }
    }

    fn program(&mut self, path: &str) -> Option<Program> {
        let text = self.text(path)?;
        if self.shared.is_none() {
            let there = RepoPath::parse(SHARED).is_ok_and(|path| self.snapshot.contains(&path));
            let shared = if there { self.text(SHARED) } else { None };
            self.shared = Some(shared.unwrap_or_default());
        }
        let shared = self.shared.as_deref().unwrap_or_default();
        match engine::compile(shared, &text, path) {
            Ok(program) => Some(program),
            Err(error) => {
                // A line of the shared definitions and of the program count as one text.
                let before = shared.lines().count() + 1;
                let (file, line) = match error.line {
                    Some(line) if line > before => (path, Some(line - before)),
                    Some(line) => (SHARED, Some(line)),
                    None => (path, None),
                };
                let place = Place::raw(file);
                let place = match line {
                    Some(line) => place.at(line, None),
                    None => place,
                };
                let said = tame(&error.message);
                self.found(
                    place,
                    Words::new(format!("jq: {said}"), format!("jq: {said}")),
                );
                None
            }
        }
    }

    fn tables(&mut self, kind: &Kind) -> Option<Val> {
        if kind.figures.tables.is_empty() {
            return None;
        }
        let mut tables = Map::new();
        for (name, file) in &kind.figures.tables {
            let path = format!("layouts/{file}");
            let text = self.text(&path)?;
            match serde_json::from_str(&text) {
                Ok(table) => tables.insert(name.clone(), table),
                Err(error) => {
                    let said = error.to_string();
                    let place = Place::raw(path).at(error.line(), Some(error.column()));
                    self.found(
                        place,
                        Words::new(format!("JSON: {said}"), format!("JSON: {said}")),
                    );
                    return None;
                }
            };
        }
        Some(Val::of(Value::Object(tables)))
    }

    fn text(&mut self, path: &str) -> Option<String> {
        let read = RepoPath::parse(path)
            .ok()
            .filter(|path| self.snapshot.contains(path))
            .map(|path| self.snapshot.read(&path, MAX_PROGRAM));
        match read {
            None => {
                let words = Words::new("không có tệp này", "there is no such file");
                self.found(Place::raw(path), words);
                None
            }
            Some(Err(error)) => {
                self.found(Place::raw(path), error.words());
                None
            }
            Some(Ok(bytes)) => match String::from_utf8(bytes) {
                Ok(text) => Some(text),
                Err(_) => {
                    let words = Words::new("không phải UTF-8", "not UTF-8");
                    self.found(Place::raw(path), words);
                    None
                }
            },
        }
    }

    fn found(&mut self, place: Place, words: Words) {
        let finding = Finding::new(Code::KindInvalid, place, words);
        self.findings.push(finding.help(Words::new(
            "xem docs/kinds.md, mục Con số",
            "see docs/kinds.md, Figures",
        )));
    }
}
