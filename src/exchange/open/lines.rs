//! .csv: text in lines. Encoding by its mark or by being UTF-8; the separator by what parts the first
//! lines most evenly, or by Excel's own `sep=`.

use calamine::Data;
use csv::ByteRecord;
use csv::ReaderBuilder;

use crate::exchange::cell::Sheet;
use crate::exchange::open::Refusal;
use crate::exchange::open::Taken;
use crate::exchange::write::unguarded;

/// Reads a text.
pub(super) fn read(bytes: &[u8]) -> Result<Sheet, Refusal> {
    let text = decoded(bytes)?;
    let start = text.trim_start();
    if start.starts_with('<') {
        let head: String = start.chars().take(4096).collect();
        let head = head.to_ascii_lowercase();
        let page = ["<html", "<table", "<!doctype html", "<meta", "<body"];
        return Err(match page.iter().any(|tag| head.contains(tag)) {
            true => Refusal::Html,
            false => Refusal::Xml,
        });
    }
    if text.contains('\0') {
        return Err(Refusal::Broken("NUL".to_owned()));
    }
    // The last line counts like the others.
    let text = format!("{}\n", text.trim_end_matches(['\r', '\n']));
    let (separator, skipped, body) = separator(&text);
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .from_reader(body.as_bytes());
    let mut taken = Taken::default();
    let mut sheet = Sheet::default();
    let mut record = ByteRecord::new();
    // The reader passes over empty lines, which a table counts as rows; a text of several lines is one.
    let (mut seen, mut lines, mut within) = (0, skipped as usize, 0);
    while reader
        .read_byte_record(&mut record)
        .map_err(|error| Refusal::Broken(error.to_string()))?
    {
        let from = record.position().map_or(0, csv::Position::byte);
        let from = usize::try_from(from).unwrap_or(usize::MAX);
        let rest = body.as_bytes().get(from..).unwrap_or_default();
        let empty = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
        let start = from.saturating_add(empty.count());
        let passed = body.as_bytes().get(seen..start).unwrap_or_default();
        lines += passed.iter().filter(|byte| **byte == b'\n').count();
        seen = start;
        let row = u32::try_from(lines.saturating_sub(within)).unwrap_or(u32::MAX);
        for (column, field) in record.iter().enumerate() {
            let field = String::from_utf8_lossy(field);
            within += field.matches('\n').count();
            let column = u32::try_from(column).unwrap_or(u32::MAX);
            let text = unguarded(&field).to_owned();
            taken.put(&mut sheet.cells, (row, column), Data::String(text))?;
        }
    }
    Ok(sheet)
}

fn decoded(bytes: &[u8]) -> Result<String, Refusal> {
    let wide = |rest: &[u8], read: fn([u8; 2]) -> u16| {
        let (pairs, odd) = rest.as_chunks::<2>();
        let units: Vec<u16> = pairs.iter().map(|pair| read(*pair)).collect();
        match odd {
            [] => String::from_utf16(&units).map_err(|_| Refusal::Encoding),
            _ => Err(Refusal::Encoding),
        }
    };
    match bytes {
        [] => Err(Refusal::Empty),
        [0xFF, 0xFE, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf8(rest),
        rest => utf8(rest),
    }
}

fn utf8(bytes: &[u8]) -> Result<String, Refusal> {
    String::from_utf8(bytes.to_vec()).map_err(|_| Refusal::Encoding)
}

/// A line without what stands between quotation marks.
fn bare(line: &str) -> String {
    line.split('"').step_by(2).collect()
}

/// The separator, how many lines it took to say so, and the rest.
fn separator(text: &str) -> (u8, u32, &str) {
    if let Some(rest) = text.strip_prefix("sep=")
        && let [separator @ (b',' | b';' | b'\t' | b'|'), ..] = rest.as_bytes()
    {
        let body = rest.split_once('\n').map_or("", |(_, body)| body);
        return (*separator, 1, body);
    }
    let lines: Vec<&str> = text.lines().take(20).collect();
    let most = |separator: char| {
        let counts = lines
            .iter()
            .map(|line| bare(line).matches(separator).count());
        counts.max().unwrap_or(0)
    };
    // A comma stands in addresses, too: the others come first where they part as much.
    let found = ['\t', ';', '|', ','].into_iter().max_by_key(|c| {
        let inside = if *c == ',' { 0 } else { 1 };
        (most(*c), inside)
    });
    let found = found.filter(|c| most(*c) > 0).unwrap_or(',');
    (found as u8, 0, text)
}
