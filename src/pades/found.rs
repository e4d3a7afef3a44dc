//! The signatures in any PDF, whoever made it (ISO 32000-1 §12.8): what each is over, and its CMS.
//! Whether they hold is asked of `sign`; here it is made sure that what is verified is what a reader
//! of the file sees: the gap in /ByteRange is the CMS and nothing else.

use std::collections::BTreeSet;

use lopdf::Dictionary;
use lopdf::Document;
use lopdf::LoadOptions;
use lopdf::Object;
use lopdf::ObjectId;

use crate::pades::MAX_PDF;
use crate::pades::PadesError;
use crate::pades::replay::der_length;

/// Most signatures of a file.
const MAX_SIGNATURES: usize = 64;
/// Most fields that are looked at.
const MAX_FIELDS: usize = 10_000;

/// A signature in a PDF, nothing of it believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The name of its field.
    pub field: String,
    /// Its format, `ETSI.CAdES.detached`.
    pub format: String,
    /// When it was made, as the file says: `D:20240905080000+07'00'`.
    pub time: Option<String>,
    /// What it is over, and the CMS; none where its /ByteRange is not that of a signature.
    pub parts: Option<Parts>,
}

/// What is verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// The bytes that it is over.
    pub signed: Vec<u8>,
    /// The DER of the CMS.
    pub cms: Vec<u8>,
    /// Whether it is over the whole file but itself: nothing was added after it.
    pub covers: bool,
}

/// The signatures of a PDF, in the order of what they are over.
///
/// # Errors
/// [`PadesError`], if it cannot be read.
pub fn found(pdf: &[u8]) -> Result<Vec<Found>, PadesError> {
    let document = load(pdf)?;
    let mut out = Vec::new();
    let mut seen: BTreeSet<ObjectId> = BTreeSet::new();
    let mut open: Vec<(Object, String, bool)> = roots(&document)
        .into_iter()
        .rev()
        .map(|field| (field, String::new(), false))
        .collect();
    let mut looked = 0;
    while let Some((field, above, signed)) = open.pop() {
        looked += 1;
        if looked > MAX_FIELDS || out.len() >= MAX_SIGNATURES {
            break;
        }
        if let Object::Reference(id) = field
            && !seen.insert(id)
        {
            continue;
        }
        let Some(field) = dictionary(&document, &field) else {
            continue;
        };
        let own = field.get(b"T").ok().and_then(text).unwrap_or_default();
        let name = match (above.is_empty(), own.is_empty()) {
            (false, false) => format!("{above}.{own}"),
            _ => format!("{above}{own}"),
        };
        // The type of a field is inherited (§12.7.3.1).
        let kind = field
            .get(b"FT")
            .ok()
            .map(|kind| kind.as_name().ok() == Some(b"Sig".as_slice()));
        let signed = kind.unwrap_or(signed);
        if signed
            && let Some(value) = field.get(b"V").ok().and_then(|v| dictionary(&document, v))
            && value.has(b"Contents")
        {
            out.push(signature(&document, pdf, name.clone(), value));
        }
        let kids = field
            .get(b"Kids")
            .ok()
            .and_then(|kids| array(&document, kids));
        open.extend(
            kids.into_iter()
                .flatten()
                .rev()
                .map(|kid| (kid.clone(), name.clone(), signed)),
        );
    }
    out.sort_by_key(|found| found.parts.as_ref().map_or(0, |parts| parts.signed.len()));
    Ok(out)
}

/// Reads what other programs wrote, which is not always to the letter.
fn load(pdf: &[u8]) -> Result<Document, PadesError> {
    if pdf.len() > MAX_PDF {
        return Err(PadesError::Unreadable {
            reason: format!("> {MAX_PDF} bytes"),
        });
    }
    let options = LoadOptions {
        max_decompressed_size: Some(MAX_PDF),
        ..LoadOptions::default()
    };
    Document::load_mem_with_options(pdf, options).map_err(|error| PadesError::Unreadable {
        reason: error.to_string(),
    })
}

fn roots(document: &Document) -> Vec<Object> {
    let catalog = document.catalog().ok();
    let form = catalog.and_then(|root| dictionary(document, root.get(b"AcroForm").ok()?));
    let fields = form.and_then(|form| array(document, form.get(b"Fields").ok()?));
    fields.cloned().unwrap_or_default()
}

fn dictionary<'d>(document: &'d Document, object: &'d Object) -> Option<&'d Dictionary> {
    document.dereference(object).ok()?.1.as_dict().ok()
}

fn array<'d>(document: &'d Document, object: &'d Object) -> Option<&'d Vec<Object>> {
    document.dereference(object).ok()?.1.as_array().ok()
}

fn text(object: &Object) -> Option<String> {
    let bytes = object.as_str().ok()?;
    match bytes {
        [0xFE, 0xFF, rest @ ..] => {
            let units: Vec<u16> = rest
                .as_chunks::<2>()
                .0
                .iter()
                .map(|b| u16::from_be_bytes(*b))
                .collect();
            Some(String::from_utf16_lossy(&units))
        }
        bytes => Some(String::from_utf8_lossy(bytes).into_owned()),
    }
}

fn signature(document: &Document, pdf: &[u8], field: String, value: &Dictionary) -> Found {
    let resolved = |key: &[u8]| {
        value
            .get(key)
            .ok()
            .and_then(|v| Some(document.dereference(v).ok()?.1))
    };
    let format = resolved(b"SubFilter").and_then(|v| v.as_name().ok());
    Found {
        field,
        format: format
            .map(|name| String::from_utf8_lossy(name).into_owned())
            .unwrap_or_default(),
        time: resolved(b"M").and_then(text),
        parts: resolved(b"ByteRange")
            .zip(resolved(b"Contents"))
            .and_then(|(range, contents)| parts(pdf, range, contents)),
    }
}

fn parts(pdf: &[u8], range: &Object, contents: &Object) -> Option<Parts> {
    let range: Option<Vec<usize>> = range
        .as_array()
        .ok()?
        .iter()
        .map(|part| usize::try_from(part.as_i64().ok()?).ok())
        .collect();
    let [0, first, second, rest] = range?[..] else {
        return None;
    };
    let end = second.checked_add(rest)?;
    let gap = pdf.get(first..second)?;
    let signed = [pdf.get(..first)?, pdf.get(second..end)?].concat();
    // The gap is the hexadecimal text of /Contents: what is verified is what the file shows.
    let inside = gap.strip_prefix(b"<")?.strip_suffix(b">")?;
    let contents = contents.as_str().ok()?;
    if unhex(inside)? != contents {
        return None;
    }
    let length = der_length(contents).unwrap_or(contents.len());
    Some(Parts {
        signed,
        cms: contents.get(..length)?.to_vec(),
        covers: end == pdf.len(),
    })
}

fn unhex(text: &[u8]) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text
        .iter()
        .filter(|byte| !byte.is_ascii_whitespace())
        .map(|byte| {
            char::from(*byte)
                .to_digit(16)
                .and_then(|d| u8::try_from(d).ok())
        })
        .collect();
    let digits = digits?;
    let (pairs, odd) = digits.as_chunks::<2>();
    odd.is_empty()
        .then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}
