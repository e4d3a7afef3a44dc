//! One file → one record, with every fault of the file at its line.
//!
//! 1. the path says year, unit, kind and name;
//! 2. header and body are split, the header read and checked against the kind's schema;
//! 3. what a schema cannot say: the date in its school year, references, people and their roles;
//! 4. the body becomes data; its pictures are found, its links judged.

mod body;
pub mod closing;
mod place;

use std::collections::BTreeMap;
use std::sync::Arc;

use icu_normalizer::ComposingNormalizerBorrowed;
use jiff::civil::Date;
use serde_json::Map;
use serde_json::Value;

use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Place;
use crate::diag::Words;
use crate::diag::words::tame;
use crate::digest::Sha256;
use crate::path::RepoPath;
use crate::records::Origin;
use crate::records::Record;
use crate::records::Source;
use crate::records::book::no_version;
use crate::records::dates;
use crate::records::evidence;
use crate::records::header;
use crate::records::header::HEADER_LINE;
use crate::records::header::Missing;
use crate::records::header::Parts;
use crate::records::id::RecordId;
use crate::records::kind::FormKind;
use crate::records::kind::Kind;
use crate::records::kind::RecordRules;
use crate::records::roster;
use crate::records::roster::Question;
use crate::records::school::School;
use crate::records::yaml::Document;
use crate::repo::Snapshot;

/// Largest record file: a hundred pages of text.
pub const MAX_RECORD: u64 = 1024 * 1024;

/// What stands where something must still be written.
pub const PLACEHOLDER: &str = "…";

/// What every record is read against.
pub struct Context<'a> {
    /// The files of the revision.
    pub snapshot: &'a Snapshot,
    /// The school.
    pub school: &'a School,
    /// The kinds.
    pub kinds: &'a BTreeMap<String, Arc<Kind>>,
}

/// Reads the record at `path`. There is no record when anything is wrong with it.
pub fn record(context: &Context<'_>, path: &RepoPath) -> (Option<Record>, Vec<Finding>) {
    Reading::run(context, path, None, Reading::record)
}

/// Reads what is to be written to `path` as if it stood there.
pub fn draft(
    context: &Context<'_>,
    path: &RepoPath,
    bytes: &[u8],
) -> (Option<Record>, Vec<Finding>) {
    Reading::run(context, path, Some(bytes), Reading::record)
}

struct Reading<'a> {
    context: &'a Context<'a>,
    path: &'a RepoPath,
    /// The bytes of a file that is not there yet.
    given: Option<&'a [u8]>,
    place: Place,
    findings: Vec<Finding>,
    /// What the file says, once it could be read: findings show their line of it.
    text: String,
}

struct Where<'a> {
    id: RecordId,
    kind: &'a Arc<Kind>,
    rules: &'a RecordRules,
}

impl<'a> Reading<'a> {
    /// Reads one file; what was read of it is dropped when anything is wrong with it.
    fn run<T>(
        context: &'a Context<'a>,
        path: &'a RepoPath,
        given: Option<&'a [u8]>,
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> (Option<T>, Vec<Finding>) {
        let mut reading = Reading {
            context,
            path,
            given,
            place: Place::file(path),
            findings: Vec::new(),
            text: String::new(),
        };
        let made = read(&mut reading);
        let sound = reading
            .findings
            .iter()
            .all(|f| f.severity != crate::diag::Severity::Error);
        let Reading { findings, text, .. } = reading;
        let shown = |f: Finding| {
            if f.excerpt.is_none() {
                f.excerpt(&text)
            } else {
                f
            }
        };
        (
            made.filter(|_| sound),
            findings.into_iter().map(shown).collect(),
        )
    }

    /// Where a record's file lies, and the rules of its kind.
    fn located(&mut self) -> Option<Where<'a>> {
        let (id, kind) = self.locate()?;
        match &kind.form {
            FormKind::Record(rules) => Some(Where { id, kind, rules }),
            // A file of a book is a closing and is read as one.
            FormKind::Book { .. } => None,
        }
    }

    fn record(&mut self) -> Option<Record> {
        let at = self.located();
        let bytes = self.bytes()?;
        let text = self.text(&bytes)?;
        let (parts, document) = self.header(&text)?;
        let at = at?;
        let violations = at.rules.fields.findings(&document, &self.place);
        self.findings
            .extend(violations.into_iter().map(|f| f.excerpt(&text)));
        let codes = evidence::check(&document, &self.place);
        self.findings
            .extend(codes.into_iter().map(|f| f.excerpt(&text)));
        self.placeholders(&document);
        let body = self.body(&parts, at.rules.body);
        let references = self.references(at.kind, &document, &text);
        self.findings.extend(references);
        let Value::Object(fields) = document.value.clone() else {
            return None;
        };
        let date = self.date(&at, &fields, &document, &text)?;
        let unit = self.unit(&at, date)?;
        let team = self.context.school.team(unit, date).cloned();
        let version = self.version(&at, date)?;
        let question = Question {
            school: self.context.school,
            unit,
            date,
            fields: &fields,
        };
        let mut found = Vec::new();
        let steps = roster::fill(
            at.kind,
            &question,
            |pointer| document.locate(&self.place, pointer),
            &mut found,
        );
        self.findings
            .extend(found.into_iter().map(|f| f.excerpt(&text)));
        let (blocks, images) = body?;
        Some(Record {
            title: title(&at.kind.title_from, &fields),
            kind: Arc::clone(at.kind),
            version,
            unit: unit.clone(),
            team,
            date,
            fields,
            computed: Map::new(),
            body: blocks,
            images,
            steps,
            source: Source {
                digest: Sha256::of(&bytes),
                bytes: bytes.into(),
                origin: Origin::File(self.path.clone()),
            },
            id: at.id,
        })
    }

    fn found(&mut self, code: Code, place: Place, message: Words, help: Words) {
        self.findings
            .push(Finding::new(code, place, message).help(help));
    }

    fn bytes(&mut self) -> Option<Vec<u8>> {
        if let Some(given) = self.given {
            return Some(given.to_vec());
        }
        match self.context.snapshot.read(self.path, MAX_RECORD) {
            Ok(bytes) => Some(bytes),
            Err(error) => {
                self.found(
                    Code::FileTooLarge,
                    self.place.clone(),
                    error.words(),
                    Words::new(
                        "một hồ sơ nặng nhất 1 MB; để ảnh và bảng dữ liệu ở tệp riêng",
                        "a record has at most 1 MB; keep pictures and tables in files of their own",
                    ),
                );
                None
            }
        }
    }

    /// The text in NFC, which is what forms and searches see; the source keeps its own bytes.
    fn text(&mut self, bytes: &[u8]) -> Option<String> {
        match std::str::from_utf8(bytes) {
            Ok(text) => {
                let text = text.replace("\r\n", "\n");
                Some(
                    ComposingNormalizerBorrowed::new_nfc()
                        .normalize(&text)
                        .into_owned(),
                )
            }
            Err(error) => {
                let line = bytes[..error.valid_up_to()]
                    .iter()
                    .filter(|b| **b == b'\n')
                    .count()
                    + 1;
                self.found(
                    Code::FileEncoding,
                    self.place.clone().at(line, None),
                    Words::new("tệp không phải văn bản UTF-8", "the file is not UTF-8 text"),
                    Words::new(
                        "lưu lại tệp với bảng mã UTF-8 (không dùng TCVN3, VNI)",
                        "save the file as UTF-8",
                    ),
                );
                None
            }
        }
    }

    /// Header and body apart, the header read.
    fn header<'t>(&mut self, text: &'t str) -> Option<(Parts<'t>, Document)> {
        text.clone_into(&mut self.text);
        let parts = self.split(text)?;
        match Document::read(parts.header, HEADER_LINE, &self.place) {
            Ok(document) => Some((parts, document)),
            Err(found) => {
                self.findings.extend(found);
                None
            }
        }
    }

    fn split<'t>(&mut self, text: &'t str) -> Option<Parts<'t>> {
        match header::split(text) {
            Ok(parts) => Some(parts),
            Err(missing) => {
                let (vi, en) = match missing {
                    Missing::Start => (
                        "dòng đầu tiên phải là `---`",
                        "the first line must be `---`",
                    ),
                    Missing::End => (
                        "phần đầu chưa được đóng bằng dòng `---`",
                        "the header is not closed by a `---` line",
                    ),
                };
                self.found(
                    Code::HeaderMissing,
                    self.place.clone().at(1, None),
                    Words::new(vi, en),
                    Words::new(
                        "viết các trường giữa hai dòng `---` ở đầu tệp",
                        "write the fields between two `---` lines at the top",
                    ),
                );
                None
            }
        }
    }

    /// A new record is full of `…`; a form full of them should not be signed unseen.
    fn placeholders(&mut self, document: &Document) {
        let open = document
            .strings()
            .into_iter()
            .filter(|(_, text)| *text == PLACEHOLDER);
        let open: Vec<String> = open.map(|(pointer, _)| pointer).collect();
        let Some(first) = open.first() else { return };
        let place = document.locate(&self.place, first);
        let count = open.len();
        self.found(
            Code::FieldPlaceholder,
            place,
            Words::new(
                format!("còn {count} chỗ chưa điền (`…`)"),
                format!("{count} places are not filled in (`…`)"),
            ),
            Words::new(
                "điền nội dung, hoặc bỏ dòng không dùng",
                "fill them in, or drop the line",
            ),
        );
    }

    fn references(&self, kind: &Kind, document: &Document, text: &str) -> Vec<Finding> {
        kind.references
            .iter()
            .flat_map(|rule| {
                rule.dangling(&document.value)
                    .into_iter()
                    .map(move |found| (rule, found))
            })
            .map(|(rule, (pointer, value))| {
                let shown = tame(&value.to_string());
                let within = &rule.within;
                Finding::new(
                    Code::ReferenceUnknown,
                    document.locate(&self.place, &pointer),
                    Words::new(
                        format!("`{shown}` không có trong `{within}`"),
                        format!("`{shown}` is not among `{within}`"),
                    ),
                )
                .help(Words::new(
                    "sửa giá trị, hoặc thêm mục còn thiếu vào danh sách",
                    "mend the value, or add the missing item to the list",
                ))
                .excerpt(text)
            })
            .collect()
    }

    fn date(
        &mut self,
        at: &Where<'_>,
        fields: &Map<String, Value>,
        document: &Document,
        text: &str,
    ) -> Option<Date> {
        let field = &at.rules.date_field;
        // A missing or malformed date was found by the schema already.
        let date = dates::parse(fields.get(field)?.as_str()?)?;
        let (from, to) = dates::school_year(at.id.year())?;
        if date < from || to < date {
            let place = document.locate(&self.place, &format!("/{field}"));
            let year = at.id.year();
            let finding = Finding::new(
                Code::DateOutsideYear,
                place,
                Words::new(
                    format!("ngày {date} không thuộc năm học {year}"),
                    format!("{date} is not in the school year {year}"),
                ),
            )
            .help(Words::new(
                format!("năm học này từ {from} đến {to}; sửa ngày hoặc chuyển tệp"),
                format!(
                    "this school year runs from {from} to {to}; mend the date or move the file"
                ),
            ));
            self.findings.push(finding.excerpt(text));
            return None;
        }
        Some(date)
    }

    fn version(&mut self, at: &Where<'_>, date: Date) -> Option<crate::records::kind::FormVersion> {
        let version = at.kind.version_on(date).cloned();
        if version.is_none() {
            self.findings
                .push(no_version(at.kind, date, self.place.clone()));
        }
        version
    }
}

/// A title from a kind's rule: the name of a field, or a text with `{field}` in it.
pub fn title(rule: &str, fields: &Map<String, Value>) -> String {
    if !rule.contains('{') {
        return fields
            .get(rule)
            .map(said)
            .unwrap_or_else(|| rule.to_owned());
    }
    let mut out = String::new();
    let mut rest = rule;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let (name, tail) = after.split_once('}').unwrap_or((after, ""));
        out.push_str(&fields.get(name).map(said).unwrap_or_default());
        rest = tail;
    }
    out.push_str(rest);
    out
}

/// A value as a sentence would say it.
fn said(value: &Value) -> String {
    match value {
        Value::String(text) => match (text.len(), dates::parse(text)) {
            (7, Some(date)) => format!("{}/{}", date.month(), date.year()),
            (_, Some(date)) => dates::official(date),
            _ => text.clone(),
        },
        other => other.to_string(),
    }
}
