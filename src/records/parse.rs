//! One file → one record, with every fault of the file at its line.
//!
//! 1. the path says year, unit, kind and name;
//! 2. header and body are split, the header read and checked against the kind's schema;
//! 3. what a schema cannot say: the date in its school year, references, people and their roles;
//! 4. the body becomes data; its pictures are found, its links judged.

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
use crate::diag::words::near_miss;
use crate::diag::words::or_ticked;
use crate::diag::words::tame;
use crate::digest::Sha256;
use crate::path::RepoPath;
use crate::records::Origin;
use crate::records::Record;
use crate::records::Source;
use crate::records::book::no_version;
use crate::records::dates;
use crate::records::header;
use crate::records::header::HEADER_LINE;
use crate::records::header::Missing;
use crate::records::header::Parts;
use crate::records::id::RecordId;
use crate::records::image;
use crate::records::kind::BodyRule;
use crate::records::kind::FormKind;
use crate::records::kind::Kind;
use crate::records::kind::RecordRules;
use crate::records::kind::Scope;
use crate::records::markdown;
use crate::records::markdown::Block;
use crate::records::roster;
use crate::records::roster::Question;
use crate::records::school::School;
use crate::records::school::Unit;
use crate::records::school::UnitKind;
use crate::records::yaml::Document;
use crate::repo::Snapshot;

/// Largest record file: a hundred pages of text.
pub const MAX_RECORD: u64 = 1024 * 1024;

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
    let mut reading = Reading {
        context,
        path,
        place: Place::file(path),
        findings: Vec::new(),
    };
    let record = reading.record();
    let sound = reading
        .findings
        .iter()
        .all(|f| f.severity != crate::diag::Severity::Error);
    (record.filter(|_| sound), reading.findings)
}

struct Reading<'a> {
    context: &'a Context<'a>,
    path: &'a RepoPath,
    place: Place,
    findings: Vec<Finding>,
}

struct Where<'a> {
    id: RecordId,
    kind: &'a Arc<Kind>,
    rules: &'a RecordRules,
}

impl<'a> Reading<'a> {
    fn record(&mut self) -> Option<Record> {
        let at = self.locate();
        let bytes = self.bytes()?;
        let text = self.text(&bytes)?;
        let parts = self.split(&text)?;
        let document = match Document::read(parts.header, HEADER_LINE, &self.place) {
            Ok(document) => document,
            Err(found) => {
                self.findings.extend(found);
                return None;
            }
        };
        let at = at?;
        let violations = at.rules.fields.findings(&document, &self.place);
        self.findings
            .extend(violations.into_iter().map(|f| f.excerpt(&text)));
        let body = self.body(&parts, at.rules);
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

    /// Year, kind and name from the path. The unit is judged later, when the date is known.
    fn locate(&mut self) -> Option<Where<'a>> {
        let segments: Vec<&str> = self.path.segments().collect();
        let [_, year, _, kind_id, file] = segments[..] else {
            return None;
        };
        let mut sound = true;
        if dates::school_year(year).is_none() {
            let shown = tame(year);
            self.found(
                Code::YearMalformed,
                self.place.clone(),
                Words::new(
                    format!("`{shown}` không phải là năm học"),
                    format!("`{shown}` is no school year"),
                ),
                Words::new(
                    "đặt tên thư mục như 2024-2025",
                    "name the folder like 2024-2025",
                ),
            );
            sound = false;
        }
        let Some(kind) = self.context.kinds.get(kind_id) else {
            self.unknown_kind(kind_id);
            return None;
        };
        let FormKind::Record(rules) = &kind.form else {
            self.found(
                Code::FileMisplaced,
                self.place.clone(),
                Words::new(
                    format!("`{kind_id}` là sổ, được lập từ các hồ sơ"),
                    format!("`{kind_id}` is a book, made from records"),
                ),
                Words::new(
                    "xóa tệp này; sổ không có tệp riêng",
                    "remove this file; a book has no file of its own",
                ),
            );
            return None;
        };
        let name = file.trim_end_matches(".md");
        if !rules.name.accepts(&Value::String(name.to_owned())) {
            let shown = tame(name);
            let pattern = tame(&rules.name_pattern);
            self.found(
                Code::NamePattern,
                self.place.clone(),
                Words::new(
                    format!("tên `{shown}` không theo quy tắc của `{kind_id}`"),
                    format!("the name `{shown}` does not follow the rule of `{kind_id}`"),
                ),
                Words::new(
                    format!("đổi tên theo mẫu `{pattern}`"),
                    format!("rename it to match `{pattern}`"),
                ),
            );
            sound = false;
        }
        let id = RecordId::parse(self.path.as_str());
        if id.is_none() && sound {
            self.found(
                Code::NamePattern,
                self.place.clone(),
                Words::new(
                    "đường dẫn chỉ được gồm chữ thường không dấu, số và dấu gạch nối",
                    "the path may only hold lower-case letters without marks, digits and hyphens",
                ),
                Words::new("đổi tên tệp hoặc thư mục", "rename the file or folder"),
            );
        }
        Some(Where {
            id: id.filter(|_| sound)?,
            kind,
            rules,
        })
    }

    fn unknown_kind(&mut self, kind_id: &str) {
        let shown = tame(kind_id);
        let help = match near_miss(kind_id, self.context.kinds.keys().map(String::as_str)) {
            Some(near) => Words::new(
                format!("có phải là `{near}`?"),
                format!("did you mean `{near}`?"),
            ),
            None => {
                let all = or_ticked(self.context.kinds.keys().map(String::as_str));
                Words::new(
                    format!("các loại hồ sơ: {}", all.vi),
                    format!("the kinds are {}", all.en),
                )
            }
        };
        self.found(
            Code::KindUnknown,
            self.place.clone(),
            Words::new(
                format!("không có loại hồ sơ `{shown}`"),
                format!("there is no kind `{shown}`"),
            ),
            help,
        );
    }

    fn bytes(&mut self) -> Option<Vec<u8>> {
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

    fn unit(&mut self, at: &Where<'_>, date: Date) -> Option<&'a Unit> {
        let id = at.id.unit();
        let Some(unit) = self.context.school.unit(id, date) else {
            let shown = tame(id);
            let help = match near_miss(id, self.context.school.unit_ids()) {
                Some(near) if near != id => Words::new(
                    format!("có phải là `{near}`?"),
                    format!("did you mean `{near}`?"),
                ),
                _ => Words::new(
                    "khai đơn vị trong content/school.yaml, mục `don-vi`",
                    "enter the unit in content/school.yaml under `don-vi`",
                ),
            };
            self.found(
                Code::UnitUnknown,
                self.place.clone(),
                Words::new(
                    format!("ngày {date} trường không có đơn vị `{shown}`"),
                    format!("on {date} the school has no unit `{shown}`"),
                ),
                help,
            );
            return None;
        };
        let fits = matches!(
            (at.kind.scope, unit.loai),
            (Scope::Truong, UnitKind::Truong)
                | (Scope::To, UnitKind::To)
                | (Scope::Lop, UnitKind::Lop)
        );
        if !fits {
            let kind = &at.kind.id;
            self.found(
                Code::FileMisplaced,
                self.place.clone(),
                Words::new(
                    format!("đơn vị `{id}` không giữ loại hồ sơ `{kind}`"),
                    format!("unit `{id}` does not keep the kind `{kind}`"),
                ),
                Words::new(
                    "chuyển tệp sang đơn vị đúng",
                    "move the file to the right unit",
                ),
            );
            return None;
        }
        Some(unit)
    }

    fn version(&mut self, at: &Where<'_>, date: Date) -> Option<crate::records::kind::FormVersion> {
        let version = at.kind.version_on(date).cloned();
        if version.is_none() {
            self.findings
                .push(no_version(at.kind, date, self.place.clone()));
        }
        version
    }

    fn body(
        &mut self,
        parts: &Parts<'_>,
        rules: &RecordRules,
    ) -> Option<(Vec<Block>, BTreeMap<String, RepoPath>)> {
        let place = self.place.clone().at(parts.body_line, None);
        let empty = parts.body.trim().is_empty();
        match rules.body {
            BodyRule::BatBuoc if empty => self.found(
                Code::BodyMissing,
                place.clone(),
                Words::new("hồ sơ chưa có nội dung", "the record has no body"),
                Words::new(
                    "viết nội dung dưới dòng `---` thứ hai",
                    "write the body below the second `---` line",
                ),
            ),
            BodyRule::Khong if !empty => self.found(
                Code::BodyUnexpected,
                place.clone(),
                Words::new(
                    "loại hồ sơ này không có nội dung dưới phần đầu",
                    "this kind has nothing below the header",
                ),
                Words::new(
                    "chuyển nội dung vào các trường của phần đầu",
                    "move the text into the fields of the header",
                ),
            ),
            _ => {}
        }
        let body = match markdown::read(parts.body, parts.body_line) {
            Ok(body) => body,
            Err(too_large) => {
                self.found(
                    Code::BodyTooLarge,
                    self.place.clone().at(too_large.line, None),
                    Words::new(
                        "nội dung quá dài hoặc lồng quá nhiều tầng",
                        "the body is too long or nested too deep",
                    ),
                    Words::new(
                        "chia thành nhiều hồ sơ, bớt tầng danh sách",
                        "split the record, use fewer levels",
                    ),
                );
                return None;
            }
        };
        self.html(&body.html);
        self.links(&body.links);
        let images = self.images(&body.images);
        Some((body.blocks, images))
    }

    fn html(&mut self, lines: &[usize]) {
        let mut lines = lines.to_vec();
        lines.dedup();
        for line in lines {
            self.found(
                Code::HtmlLiteral,
                self.place.clone().at(line, None),
                Words::new(
                    "thẻ HTML được in ra nguyên văn",
                    "HTML is printed as it stands",
                ),
                Words::new(
                    "dùng Markdown: `**đậm**`, `*nghiêng*`, `- mục`",
                    "use Markdown: `**strong**`, `*emphasis*`, `- item`",
                ),
            );
        }
    }

    fn links(&mut self, links: &[(String, usize)]) {
        const TAKEN: [&str; 3] = ["http://", "https://", "mailto:"];
        for (href, line) in links {
            let lower = href.to_ascii_lowercase();
            if !TAKEN.iter().any(|scheme| lower.starts_with(scheme)) {
                let shown = tame(href);
                self.found(
                    Code::LinkRefused,
                    self.place.clone().at(*line, None),
                    Words::new(
                        format!("không nhận liên kết `{shown}`"),
                        format!("the link `{shown}` is not taken"),
                    ),
                    Words::new(
                        "liên kết bắt đầu bằng http://, https:// hoặc mailto:",
                        "a link starts with http://, https:// or mailto:",
                    ),
                );
            }
        }
    }

    fn images(&mut self, images: &[(String, usize)]) -> BTreeMap<String, RepoPath> {
        let mut found = BTreeMap::new();
        for (src, line) in images {
            match image::resolve(self.context.snapshot, self.path, src) {
                Ok(path) => {
                    found.insert(src.clone(), path);
                }
                Err(refusal) => self.found(
                    Code::ImageRefused,
                    self.place.clone().at(*line, None),
                    refusal.words(&tame(src)),
                    Words::new("để ảnh cùng thư mục với hồ sơ, viết `![mô tả](anh/ten.jpg)`", "keep the picture in the record's folder, write `![what it shows](anh/name.jpg)`"),
                ),
            }
        }
        found
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
