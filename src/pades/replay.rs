//! Whether a copy that other signers began may be signed on: their keys are elsewhere, and the copy
//! goes from hand to hand. What stands in it is not judged but written again: each update is a
//! function of the form, the school and the time (see `update`), so all that is taken from the copy is
//! the time and the CMS of each signature, and the rest must be equal byte for byte. An update that
//! paints over a page, or a drawing that was exchanged, cannot pass.

use jiff::Timestamp;
use lopdf::Dictionary;
use lopdf::Document;
use lopdf::Object;

use crate::diag::Words;
use crate::pades::Field;
use crate::pades::PadesError;
use crate::pades::update;

/// The most signatures in one copy.
const MAX_SIGNATURES: usize = 64;

/// What a copy holds, as it says itself.
#[derive(Clone, Debug)]
pub struct Begun {
    /// The names of its fields, in their order.
    pub names: Vec<String>,
    /// Its signatures, in the order in which they were made.
    pub signatures: Vec<Inside>,
}

/// A signature found in a copy.
#[derive(Clone, Debug)]
pub struct Inside {
    /// Which field it is in.
    pub index: usize,
    /// When it was made, as it says itself.
    pub at: Timestamp,
    /// The CMS with the zeros after it.
    contents: Vec<u8>,
    /// What it is over.
    signed: Vec<u8>,
}

impl Inside {
    /// The DER of the signature, without the zeros that fill its room.
    pub fn cms(&self) -> &[u8] {
        let length = der_length(&self.contents).unwrap_or(self.contents.len());
        self.contents.get(..length).unwrap_or(&self.contents)
    }

    /// The bytes that it is over.
    pub fn signed(&self) -> &[u8] {
        &self.signed
    }
}

/// The fields and signatures of a copy. Nothing of it is believed yet.
///
/// # Errors
/// [`PadesError`], if the copy does not begin with the form or cannot be read.
pub fn begun(form: &[u8], copy: &[u8]) -> Result<Begun, PadesError> {
    if !copy.starts_with(form) {
        return Err(altered(
            "nó không bắt đầu bằng bản in đã ký của hồ sơ",
            "it does not begin with the record's signed form",
        ));
    }
    let document = update::load(copy)?;
    let fields = fields(&document).ok_or_else(odd)?;
    if fields.len() > MAX_SIGNATURES {
        return Err(odd());
    }
    let mut begun = Begun {
        names: Vec::new(),
        signatures: Vec::new(),
    };
    for (index, field) in fields.iter().enumerate() {
        let field = document.dereference(field).map_err(|_| odd())?.1;
        let field = field.as_dict().map_err(|_| odd())?;
        begun.names.push(name(field).ok_or_else(odd)?);
        if let Ok(value) = field.get(b"V") {
            let inside = inside(&document, copy, index, value);
            begun.signatures.push(inside.ok_or_else(odd)?);
        }
    }
    begun.signatures.sort_by_key(|inside| inside.signed.len());
    Ok(begun)
}

fn fields(document: &Document) -> Option<&Vec<Object>> {
    let root = document.catalog().ok()?;
    let form = document.dereference(root.get(b"AcroForm").ok()?).ok()?.1;
    form.as_dict().ok()?.get(b"Fields").ok()?.as_array().ok()
}

fn name(field: &Dictionary) -> Option<String> {
    let name = field.get(b"T").ok()?.as_str().ok()?;
    String::from_utf8(name.to_vec()).ok()
}

fn inside(document: &Document, copy: &[u8], index: usize, value: &Object) -> Option<Inside> {
    let value = document.dereference(value).ok()?.1.as_dict().ok()?;
    let range = value.get(b"ByteRange").ok()?.as_array().ok()?;
    let range: Vec<usize> = range
        .iter()
        .map(|part| usize::try_from(part.as_i64().ok()?).ok())
        .collect::<Option<_>>()?;
    let [0, first, second, rest] = range[..] else {
        return None;
    };
    let end = second.checked_add(rest)?;
    if first > second {
        return None;
    }
    let signed = [copy.get(..first)?, copy.get(second..end)?].concat();
    let at = std::str::from_utf8(value.get(b"M").ok()?.as_str().ok()?).ok()?;
    Some(Inside {
        index,
        at: moment(at)?,
        contents: value.get(b"Contents").ok()?.as_str().ok()?.to_vec(),
        signed,
    })
}

/// Writes the copy again, from the form and the fields that it must have: `fields(at)` are those of a
/// signature made at that instant.
///
/// # Errors
/// [`PadesError::Altered`], if a single byte differs.
pub fn rewrite(
    form: &[u8],
    copy: &[u8],
    begun: &Begun,
    fields: &dyn Fn(Timestamp) -> Vec<Field>,
) -> Result<(), PadesError> {
    let mut bytes = form.to_vec();
    for inside in &begun.signatures {
        let fields = fields(inside.at);
        let room = inside.contents.len();
        let prepared = update::prepare(&bytes, &fields, inside.index, inside.at, room)?;
        bytes = prepared.complete(&inside.contents)?;
        if !copy.starts_with(&bytes) {
            let name = fields.get(inside.index).map_or("", |field| &field.name);
            return Err(altered(
                format!("từ phần của chữ ký `{name}`"),
                format!("from the part of the signature `{name}` on"),
            ));
        }
    }
    if bytes.len() == copy.len() {
        Ok(())
    } else {
        Err(altered(
            "sau chữ ký cuối còn phần khác",
            "something follows the last signature",
        ))
    }
}

/// Reads a date that `update::date` wrote.
fn moment(text: &str) -> Option<Timestamp> {
    let local = jiff::civil::DateTime::strptime("D:%Y%m%d%H%M%S+07'00'", text).ok()?;
    update::VIETNAM.to_timestamp(local).ok()
}

/// The length of the DER value at the beginning (X.690 §8.1.3), header and all.
pub(super) fn der_length(bytes: &[u8]) -> Option<usize> {
    let first = *bytes.get(1)?;
    if first < 0x80 {
        return Some(2 + usize::from(first));
    }
    let count = usize::from(first & 0x7F);
    let digits = bytes
        .get(2..2 + count)
        .filter(|_| (1..=4).contains(&count))?;
    let length = digits
        .iter()
        .fold(0_usize, |sum, digit| (sum << 8) | usize::from(*digit));
    length.checked_add(2 + count)
}

fn odd() -> PadesError {
    altered(
        "các ô chữ ký của nó không đọc được",
        "its signature fields cannot be read",
    )
}

fn altered(vi: impl Into<String>, en: impl Into<String>) -> PadesError {
    PadesError::Altered {
        reason: Words::new(vi, en),
    }
}
