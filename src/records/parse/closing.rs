//! One closing file (*khóa sổ*): the list of a book's records with their digests, as they were on the
//! day when the book was closed. It lies where the book is, `content/<year>/<unit>/<book>/<name>.md`.

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
use crate::path::RepoPath;
use crate::records::dates;
use crate::records::id::RecordId;
use crate::records::kind::BodyRule;
use crate::records::kind::Kind;
use crate::records::markdown::Block;
use crate::records::parse::Context;
use crate::records::parse::Reading;
use crate::records::schema::Schema;
use crate::records::volume::Selection;
use crate::records::yaml::Document;

/// The JSON Schema of a closing's header.
const SCHEMA: &str = include_str!("../../../layouts/closing.schema.json");

/// What only a volume bound on demand says of itself; any other book says it by its name.
const OF_VOLUMES: [&str; 5] = ["tieu-de", "tu", "den", "loai", "tre"];

/// A closing, read and sound; what it lists is compared later, when the records are known.
#[derive(Debug)]
pub struct Written {
    /// The book it closes.
    pub id: RecordId,
    /// The book's kind.
    pub kind: Arc<Kind>,
    /// The file.
    pub path: RepoPath,
    /// Its bytes.
    pub bytes: Arc<[u8]>,
    /// The day of closing.
    pub date: Date,
    /// Who closed it.
    pub by: String,
    /// The header.
    pub fields: Map<String, Value>,
    /// The records with the digests that they had.
    pub listed: Vec<(RecordId, Sha256)>,
    /// What a volume holds; none for a book that its kind gathers.
    pub selection: Option<Selection>,
    /// What is said below the header.
    pub body: Vec<Block>,
    /// Markdown image source → file of the repository.
    pub images: BTreeMap<String, RepoPath>,
    document: Document,
    text: String,
}

impl Written {
    /// The place of a value of the header.
    pub fn place(&self, pointer: &str) -> Place {
        self.document.locate(&Place::file(&self.path), pointer)
    }

    /// A finding of this file, with its line shown.
    pub fn finding(&self, code: Code, pointer: &str, message: Words) -> Finding {
        Finding::new(code, self.place(pointer), message).excerpt(&self.text)
    }

    /// The text of the file, for showing lines of it.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// Whether a path is that of a closing: it lies in the folder of a book's kind.
pub fn is_closing(kinds: &BTreeMap<String, Arc<Kind>>, path: &RepoPath) -> bool {
    let kind = path.segments().nth(3).and_then(|id| kinds.get(id));
    kind.is_some_and(|kind| kind.is_book())
}

/// Reads the closing at `path`. There is none when anything is wrong with it.
pub fn read(context: &Context<'_>, path: &RepoPath) -> (Option<Written>, Vec<Finding>) {
    Reading::run(context, path, None, Reading::closing)
}

impl Reading<'_> {
    fn closing(&mut self) -> Option<Written> {
        let at = self.locate();
        let bytes = self.bytes()?;
        let text = self.text(&bytes)?;
        let (parts, document) = self.header(&text)?;
        let (id, kind) = at?;
        if document.value.get("khoa-so").is_none() {
            self.no_closing(&kind.id);
            return None;
        }
        let schema = match schema(kind.is_volume()) {
            Ok(schema) => schema,
            Err(error) => {
                let place = self.place.clone();
                self.found(Code::KindInvalid, place, Words::new(&error, &error), none());
                return None;
            }
        };
        self.findings
            .extend(schema.findings(&document, &self.place));
        self.placeholders(&document);
        let (body, images) = self.body(&parts, BodyRule::TuyChon)?;
        let Value::Object(fields) = document.value.clone() else {
            return None;
        };
        let date = |key: &str| dates::parse(fields.get(key)?.as_str()?);
        let day = date("khoa-so")?;
        self.too_early(&id, day, &document);
        Some(Written {
            date: day,
            by: fields.get("nguoi-khoa")?.as_str()?.to_owned(),
            listed: listed(&fields)?,
            selection: match kind.is_volume() {
                true => Some(Selection {
                    unit: id.unit().to_owned(),
                    from: date("tu")?,
                    to: date("den")?,
                    kinds: texts(fields.get("loai")),
                    child: fields.get("tre").and_then(Value::as_str).map(str::to_owned),
                }),
                false => None,
            },
            kind: Arc::clone(kind),
            path: self.path.clone(),
            bytes: bytes.into(),
            fields,
            body,
            images,
            document,
            text,
            id,
        })
    }

    /// Something else lies in the folder of a book, mostly a record put there by mistake.
    fn no_closing(&mut self, kind: &str) {
        self.found(
            Code::FileMisplaced,
            self.place.clone(),
            Words::new(
                format!("`{kind}` là sổ, được lập từ các hồ sơ; tệp này không khóa sổ (không có `khoa-so`)"),
                format!("`{kind}` is a book, made from records; this file does not close it (no `khoa-so`)"),
            ),
            Words::new(
                "chuyển hồ sơ sang thư mục của loại hồ sơ; muốn khóa sổ thì dùng `hoso book … --khoa`",
                "move a record to the folder of its kind; to close a book use `hoso book … --close`",
            ),
        );
    }

    /// A school year's book is not closed before the year begins: a slip of the year's digits.
    fn too_early(&mut self, id: &RecordId, date: Date, document: &Document) {
        let year = id.year();
        if dates::school_year(year).is_some_and(|(from, _)| date < from) {
            self.found(
                Code::DateOutsideYear,
                document.locate(&self.place, "/khoa-so"),
                Words::new(
                    format!("ngày khóa sổ {date} ở trước năm học {year}"),
                    format!("the day of closing, {date}, is before the school year {year}"),
                ),
                Words::new("sửa ngày khóa sổ", "mend the day of closing"),
            );
        }
    }
}

fn none() -> Words {
    Words::new("xem docs/books.md", "see docs/books.md")
}

fn schema(volume: bool) -> Result<Schema, String> {
    let mut text: Value = serde_json::from_str(SCHEMA).map_err(|error| error.to_string())?;
    if volume {
        let required = text.get_mut("required").and_then(Value::as_array_mut);
        if let Some(required) = required {
            required.extend(["tieu-de", "tu", "den"].map(Value::from));
        }
    } else if let Some(properties) = text.get_mut("properties").and_then(Value::as_object_mut) {
        for key in OF_VOLUMES {
            properties.remove(key);
        }
    }
    Schema::compile(text)
}

fn listed(fields: &Map<String, Value>) -> Option<Vec<(RecordId, Sha256)>> {
    let one = |item: &Value| {
        let id = RecordId::parse(item.get("id")?.as_str()?)?;
        let digest = Sha256::parse(item.get("sha256")?.as_str()?)?;
        Some((id, digest))
    };
    fields.get("ho-so")?.as_array()?.iter().map(one).collect()
}

fn texts(value: Option<&Value>) -> Vec<String> {
    let items = value.and_then(Value::as_array).into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}
