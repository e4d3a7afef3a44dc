//! One incremental update with one signature (ISO 32000-1 §7.5.6, §12.7.4.5, §12.8).
//!
//! 1. [`prepare`] appends the signature dictionary with room for the CMS, the drawing, and the field
//!    that now has both. The first one also makes all fields with their widgets, and new versions of
//!    the objects that must name them: catalogue, pages, structure (its element, its tree of
//!    parents). Nothing else of the document is said again.
//! 2. [`Prepared::signed`] is what /ByteRange names: everything but the CMS.
//! 3. [`Prepared::complete`] puts the CMS where the room is.
//!
//! The same input gives the same bytes, which is what `replay` builds on.

use jiff::Timestamp;
use jiff::tz::Offset;
use lopdf::Dictionary;
use lopdf::Document;
use lopdf::IncrementalDocument;
use lopdf::LoadOptions;
use lopdf::Object;
use lopdf::ObjectId;
use lopdf::StringFormat;
use lopdf::dictionary;

use crate::diag::Words;
use crate::digest::Sha256;
use crate::pades::Field;
use crate::pades::MAX_PDF;
use crate::pades::PadesError;
use crate::pades::draw;

/// What stands in /ByteRange until the places are known; ten digits are enough for any [`MAX_PDF`].
const UNKNOWN: i64 = 9_999_999_999;
const UNKNOWN_RANGE: &[u8] = b"/ByteRange[0 9999999999 9999999999 9999999999]";
/// Deepest chain of references that is followed.
const MAX_HOPS: usize = 8;

/// A PDF with a signature field and room for the CMS.
pub(crate) struct Prepared {
    bytes: Vec<u8>,
    /// First byte of the room: its `<`.
    from: usize,
    /// First byte after the room's `>`.
    until: usize,
}

impl Prepared {
    /// The bytes that are signed, before and after the room.
    pub(crate) fn signed(&self) -> Vec<u8> {
        [&self.bytes[..self.from], &self.bytes[self.until..]].concat()
    }

    /// Writes the CMS into its room, in hexadecimal, zeros after it.
    pub(crate) fn complete(mut self, cms: &[u8]) -> Result<Vec<u8>, PadesError> {
        let room = self.room();
        if cms.len() > room {
            let size = cms.len();
            return Err(PadesError::Room { size, room });
        }
        let digits = cms.iter().flat_map(|byte| {
            let digit = |half: u8| b"0123456789ABCDEF"[usize::from(half)];
            [digit(byte >> 4), digit(byte & 15)]
        });
        for (place, digit) in self.bytes[self.from + 1..].iter_mut().zip(digits) {
            *place = digit;
        }
        Ok(self.bytes)
    }

    /// Bytes of DER that fit.
    fn room(&self) -> usize {
        (self.until - self.from - 2) / 2
    }
}

/// Reads a PDF as strictly as it can be read; what this program makes is read without repair.
pub(crate) fn load(pdf: &[u8]) -> Result<Document, PadesError> {
    if pdf.len() > MAX_PDF {
        let size = pdf.len();
        return Err(unsuitable(
            format!("tệp có {size} byte, nhiều hơn {MAX_PDF}"),
            format!("it has {size} bytes, more than {MAX_PDF}"),
        ));
    }
    let options = LoadOptions {
        strict: true,
        max_decompressed_size: Some(MAX_PDF),
        ..LoadOptions::default()
    };
    let document = Document::load_mem_with_options(pdf, options).map_err(unreadable)?;
    if document.is_encrypted() || document.trailer.has(b"Encrypt") {
        return Err(unsuitable("tệp được mã hóa", "it is encrypted"));
    }
    Ok(document)
}

/// Appends the signature of `fields[index]` to `pdf`, with `room` bytes for its CMS. The first
/// signature makes all the fields; the others find theirs waiting.
pub(crate) fn prepare(
    pdf: &[u8],
    fields: &[Field],
    index: usize,
    at: Timestamp,
    room: usize,
) -> Result<Prepared, PadesError> {
    let field = fields
        .get(index)
        .ok_or_else(|| unsuitable("không có ô chữ ký ấy", "there is no such signature field"))?;
    let mut update = Update {
        document: IncrementalDocument::create_from(pdf.to_vec(), load(pdf)?),
    };
    let widget = match update.waiting(field)? {
        Some(widget) => widget,
        None => update.create(fields, index)?,
    };
    update.fill(widget, field, at, room)?;
    update.identify(pdf, field, at);
    let mut bytes = Vec::with_capacity(pdf.len() + 2 * room + 64 * 1024);
    update
        .document
        .save_to(&mut bytes)
        .map_err(|error| PadesError::Unreadable {
            reason: error.to_string(),
        })?;
    if !bytes.ends_with(b"\n") {
        bytes.push(b'\n');
    }
    locate(bytes, pdf.len())
}

/// Finds the room and fills in /ByteRange.
fn locate(mut bytes: Vec<u8>, before: usize) -> Result<Prepared, PadesError> {
    let lost = || PadesError::Unreadable {
        reason: "the update has no place for a signature".to_owned(),
    };
    let new = &bytes[before..];
    let range = before + find(new, UNKNOWN_RANGE).ok_or_else(lost)?;
    let contents = range + find(&bytes[range..], b"/Contents<").ok_or_else(lost)?;
    let from = contents + b"/Contents".len();
    let until = from + find(&bytes[from..], b">").ok_or_else(lost)? + 1;
    let rest = bytes.len() - until;
    let known = format!("/ByteRange[0 {from} {until} {rest}");
    let width = UNKNOWN_RANGE.len() - 1;
    let known = format!("{known:<width$}]");
    bytes[range..range + known.len()].copy_from_slice(known.as_bytes());
    Ok(Prepared { bytes, from, until })
}

struct Update {
    document: IncrementalDocument,
}

impl Update {
    fn catalogue(&self) -> Result<(ObjectId, Dictionary), PadesError> {
        let old = self.document.get_prev_documents();
        let root = old.trailer.get(b"Root").and_then(Object::as_reference);
        let root = root.map_err(unreadable)?;
        let catalogue = old.get_dictionary(root).map_err(unreadable)?.clone();
        if catalogue.has(b"Perms") {
            return Err(unsuitable(
                "tệp đã có quyền hạn chế sửa đổi (/Perms)",
                "it has usage rights (/Perms)",
            ));
        }
        Ok((root, catalogue))
    }

    /// The widget of a field that is in the document and has no signature yet.
    fn waiting(&self, field: &Field) -> Result<Option<ObjectId>, PadesError> {
        let old = self.document.get_prev_documents();
        let (_, catalogue) = self.catalogue()?;
        let Ok(form) = catalogue.get(b"AcroForm") else {
            return Ok(None);
        };
        let form = resolve(old, form)?.as_dict().map_err(unreadable)?;
        let fields = form.get(b"Fields").map_err(unreadable)?;
        let name = text(&field.name);
        for reference in resolve(old, fields)?.as_array().map_err(unreadable)? {
            let id = reference.as_reference().map_err(unreadable)?;
            let other = old.get_dictionary(id).map_err(unreadable)?;
            if other.get(b"T").is_ok_and(|t| same_string(t, &name)) {
                return match other.has(b"V") {
                    false => Ok(Some(id)),
                    true => {
                        let name = &field.name;
                        Err(unsuitable(
                            format!("ô `{name}` đã có chữ ký"),
                            format!("field `{name}` is signed already"),
                        ))
                    }
                };
            }
        }
        let name = &field.name;
        Err(unsuitable(
            format!("biểu mẫu trong tệp không có ô `{name}`"),
            format!("the form inside has no field `{name}`"),
        ))
    }

    /// Makes all the fields, without signatures; the widget of `fields[index]`.
    ///
    /// They are made before anything is signed: a field that comes later changes what earlier signers
    /// signed over, and validators argue about that.
    fn create(&mut self, fields: &[Field], index: usize) -> Result<ObjectId, PadesError> {
        let (root, mut catalogue) = self.catalogue()?;
        let old = self.document.get_prev_documents();
        let all: Vec<ObjectId> = old.page_iter().collect();
        let tree = match catalogue.get(b"StructTreeRoot") {
            Ok(tree) => Some(tree.as_reference().map_err(unreadable)?),
            Err(_) => None,
        };
        let mut made = Vec::new();
        for field in fields {
            let number = field.mark.as_ref().map_or(0, |mark| mark.page);
            let page = all.get(number).copied();
            let page =
                page.ok_or_else(|| unsuitable("không có trang ấy", "there is no such page"))?;
            let new = &mut self.document.new_document;
            let empty = field.mark.as_ref().map(|mark| draw::nothing(new, mark));
            let widget = new.add_object(widget(field, page, empty));
            self.list_on_page(page, widget)?;
            if let Some(tree) = tree {
                self.tag(tree, page, widget, field)?;
            }
            made.push(widget);
        }
        // ISO 32000-1 §12.7.2; SigFlags 3: there are signatures, and they survive nothing but an
        // incremental update.
        let form = self.document.new_document.add_object(dictionary! {
            "Fields" => made.iter().map(|id| Object::Reference(*id)).collect::<Vec<_>>(),
            "SigFlags" => 3,
        });
        catalogue.set("AcroForm", form);
        self.document.new_document.set_object(root, catalogue);
        made.get(index)
            .copied()
            .ok_or_else(|| unsuitable("không có ô chữ ký ấy", "there is no such signature field"))
    }

    /// Gives a field its signature and its drawing.
    fn fill(
        &mut self,
        widget: ObjectId,
        field: &Field,
        at: Timestamp,
        room: usize,
    ) -> Result<(), PadesError> {
        let mut dictionary = self.latest(widget)?;
        let new = &mut self.document.new_document;
        if let Some(mark) = &field.mark {
            let appearance = draw::appearance(new, mark);
            dictionary.set("AP", dictionary! {"N" => appearance});
        }
        dictionary.set("V", new.add_object(signature(field, at, room)));
        new.set_object(widget, dictionary);
        Ok(())
    }

    /// An object as this update has it so far, else as it was.
    fn latest(&self, id: ObjectId) -> Result<Dictionary, PadesError> {
        let new = self.document.new_document.get_dictionary(id);
        let latest = new.or_else(|_| self.document.get_prev_documents().get_dictionary(id));
        latest.cloned().map_err(unreadable)
    }

    fn list_on_page(&mut self, page: ObjectId, widget: ObjectId) -> Result<(), PadesError> {
        let mut dictionary = self.latest(page)?;
        let old = self.document.get_prev_documents();
        let mut annotations = match dictionary.get(b"Annots") {
            Ok(list) => resolve(old, list)?.as_array().map_err(unreadable)?.clone(),
            Err(_) => Vec::new(),
        };
        annotations.push(Object::Reference(widget));
        dictionary.set("Annots", annotations);
        // PDF/UA-1 §7.18.3: annotations are visited in the order of the structure.
        dictionary.set("Tabs", "S");
        self.document.new_document.set_object(page, dictionary);
        Ok(())
    }

    /// Puts the widget into the structure, as the last element of the document (ISO 32000-1
    /// §14.7.4.3; PDF/UA-1 §7.18.4: a widget is the content of a Form element).
    fn tag(
        &mut self,
        tree: ObjectId,
        page: ObjectId,
        widget: ObjectId,
        field: &Field,
    ) -> Result<(), PadesError> {
        let mut root = self.latest(tree)?;
        let old = self.document.get_prev_documents();
        let above = document_element(old, &root).ok_or_else(|| {
            unsuitable(
                "cấu trúc của tệp không có phần tử Document",
                "its structure has no Document element",
            )
        })?;
        let mut element = self.latest(above)?;
        let parents = root.get(b"ParentTree").cloned().map_err(unreadable)?;
        let mut numbers = match &parents {
            Object::Reference(id) => self.latest(*id)?,
            inside => inside.as_dict().map_err(unreadable)?.clone(),
        };
        let key = next_key(old, &root, &numbers)?;

        let new = &mut self.document.new_document;
        let form = new.add_object(dictionary! {
            "Type" => "StructElem",
            "S" => "Form",
            "P" => above,
            "Pg" => page,
            "Alt" => text(&field.words()),
            "K" => dictionary! {"Type" => "OBJR", "Obj" => widget, "Pg" => page},
        });
        let mut children = match element.get(b"K") {
            Ok(Object::Array(children)) => children.clone(),
            Ok(only) => vec![only.clone()],
            Err(_) => Vec::new(),
        };
        children.push(Object::Reference(form));
        element.set("K", children);
        new.set_object(above, element);

        match numbers.get_mut(b"Nums").and_then(Object::as_array_mut) {
            Ok(list) => list.extend([Object::Integer(key), Object::Reference(form)]),
            Err(_) => {
                let leaf = new.add_object(dictionary! {
                    "Limits" => vec![key.into(), key.into()],
                    "Nums" => vec![key.into(), form.into()],
                });
                let kids = numbers.get_mut(b"Kids").and_then(Object::as_array_mut);
                kids.map_err(unreadable)?.push(leaf.into());
            }
        }
        root.set("ParentTreeNextKey", key + 1);
        match parents {
            Object::Reference(id) => {
                new.set_object(id, numbers);
            }
            _ => root.set("ParentTree", numbers),
        }
        new.set_object(tree, root);
        if let Ok(Object::Dictionary(widget)) = new.get_object_mut(widget) {
            widget.set("StructParent", key);
        }
        Ok(())
    }

    /// Changes the second part of the file's identifier, as every update must (ISO 32000-1 §14.4).
    fn identify(&mut self, pdf: &[u8], field: &Field, at: Timestamp) {
        let told = format!("{} {}", field.name, at.as_second());
        let own = Sha256::of(&[pdf, told.as_bytes()].concat());
        let trailer = &mut self.document.new_document.trailer;
        if let Ok(Object::Array(identifier)) = trailer.get_mut(b"ID")
            && let [_, second] = &mut identifier[..]
        {
            *second = Object::String(own.as_bytes()[..16].to_vec(), StringFormat::Hexadecimal);
        }
    }
}

/// The signature dictionary (ISO 32000-1 table 252; EN 319 142-1 §5.3): when is told here and not in
/// the CMS.
fn signature(field: &Field, at: Timestamp, room: usize) -> Dictionary {
    dictionary! {
        "Type" => "Sig",
        "Filter" => "Adobe.PPKLite",
        "SubFilter" => "ETSI.CAdES.detached",
        "ByteRange" => vec![0.into(), UNKNOWN.into(), UNKNOWN.into(), UNKNOWN.into()],
        "Contents" => Object::String(vec![0; room], StringFormat::Hexadecimal),
        "M" => Object::string_literal(date(at)),
        "Name" => text(&field.signer),
        "Reason" => text(&field.reason),
        "Location" => text(&field.location),
    }
}

/// The field, which is its own widget (ISO 32000-1 §12.5.6.19). Printed, and not to be moved.
fn widget(field: &Field, page: ObjectId, appearance: Option<ObjectId>) -> Dictionary {
    const PRINT_LOCKED: i64 = 4 | 128;
    let corners = field
        .mark
        .as_ref()
        .map_or([0.0; 4], |mark| mark.area.corners());
    let mut widget = dictionary! {
        "Type" => "Annot",
        "Subtype" => "Widget",
        "FT" => "Sig",
        "T" => text(&field.name),
        "TU" => text(&field.words()),
        "Contents" => text(&field.words()),
        "F" => PRINT_LOCKED,
        "P" => page,
        "Rect" => corners.map(Object::Real).to_vec(),
    };
    if let Some(appearance) = appearance {
        widget.set("AP", dictionary! {"N" => appearance});
    }
    widget
}

/// The element that all others are below.
fn document_element(old: &Document, root: &Dictionary) -> Option<ObjectId> {
    let children = match resolve(old, root.get(b"K").ok()?).ok()? {
        Object::Array(children) => children.clone(),
        _ => vec![root.get(b"K").ok()?.clone()],
    };
    let is_document = |id: &ObjectId| {
        let element = old.get_dictionary(*id);
        element.is_ok_and(|e| e.get(b"S").and_then(Object::as_name).ok() == Some(b"Document"))
    };
    let mut references = children.iter().filter_map(|c| c.as_reference().ok());
    references.find(is_document)
}

/// The first free key of the tree of parents (ISO 32000-1 §14.7.4.4).
fn next_key(old: &Document, root: &Dictionary, numbers: &Dictionary) -> Result<i64, PadesError> {
    if let Ok(next) = root.get(b"ParentTreeNextKey").and_then(Object::as_i64) {
        return Ok(next);
    }
    let last = match numbers.get(b"Nums").and_then(Object::as_array) {
        Ok(list) => list.iter().step_by(2).filter_map(|k| k.as_i64().ok()).max(),
        Err(_) => {
            let kids = numbers.get(b"Kids").and_then(Object::as_array);
            let mut most = None;
            for kid in kids.map_err(unreadable)? {
                let kid = resolve(old, kid)?.as_dict().map_err(unreadable)?;
                let limits = kid.get(b"Limits").and_then(Object::as_array);
                let limit = limits
                    .ok()
                    .and_then(|l| l.get(1))
                    .and_then(|l| l.as_i64().ok());
                most = most.max(limit);
            }
            most
        }
    };
    Ok(last.map_or(0, |last| last.saturating_add(1)))
}

fn resolve<'a>(old: &'a Document, mut object: &'a Object) -> Result<&'a Object, PadesError> {
    for _ in 0..MAX_HOPS {
        match object {
            Object::Reference(id) => object = old.get_object(*id).map_err(unreadable)?,
            direct => return Ok(direct),
        }
    }
    Err(unsuitable(
        "tham chiếu vòng quanh",
        "its references go in circles",
    ))
}

/// A text string (ISO 32000-1 §7.9.2.2): UTF-16BE with its mark, ASCII as it is.
pub(crate) fn text(words: &str) -> Object {
    if words.is_ascii() {
        return Object::string_literal(words);
    }
    let units = words.encode_utf16().flat_map(u16::to_be_bytes);
    let bytes = [0xFE, 0xFF].into_iter().chain(units).collect();
    Object::String(bytes, StringFormat::Hexadecimal)
}

fn same_string(a: &Object, b: &Object) -> bool {
    matches!((a.as_str(), b.as_str()), (Ok(a), Ok(b)) if a == b)
}

/// A date (ISO 32000-1 §7.9.4) in Vietnam's time.
pub(crate) fn date(at: Timestamp) -> String {
    let local = VIETNAM.to_datetime(at);
    local.strftime("D:%Y%m%d%H%M%S+07'00'").to_string()
}

/// Vietnam's time; it has no summer time.
pub(crate) const VIETNAM: Offset = Offset::constant(7);

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}

fn unsuitable(vi: impl Into<String>, en: impl Into<String>) -> PadesError {
    PadesError::Unsuitable {
        reason: Words::new(vi.into(), en.into()),
    }
}

fn unreadable(error: lopdf::Error) -> PadesError {
    PadesError::Unreadable {
        reason: error.to_string(),
    }
}
