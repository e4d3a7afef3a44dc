//! .xlsx and .ods: a ZIP of XML. What is in it is unpacked once with bounds and its XML walked to
//! the end, before calamine, which has neither, reads it.

use std::io::Cursor;
use std::io::Read;

use calamine::Data;
use calamine::Ods;
use calamine::Reader as _;
use calamine::Xlsx;
use calamine::XlsxError;
use quick_xml::Reader;
use quick_xml::events::BytesStart;
use quick_xml::events::Event;
use zip::ZipArchive;

use crate::exchange::cell::Sheet;
use crate::exchange::open::MAX_CELLS;
use crate::exchange::open::MAX_TEXT;
use crate::exchange::open::Refusal;
use crate::exchange::open::Taken;
use crate::exchange::open::broken;
use crate::exchange::open::guarded;
use crate::exchange::open::named;
use crate::exchange::open::ranges;

/// Most bytes that a file unpacks to.
const MAX_UNPACKED: u64 = 128 * 1024 * 1024;
/// Most files in it.
const MAX_PARTS: usize = 2_000;
/// Deepest nesting of its XML.
const MAX_DEPTH: usize = 128;

/// What a ZIP is.
enum Packed {
    Xlsx,
    Ods,
}

/// Reads a ZIP.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Sheet>, Refusal> {
    match vet(bytes)? {
        Packed::Xlsx => guarded(|| xlsx(bytes)),
        Packed::Ods => guarded(|| ods(bytes)),
    }
}

/// Unpacks everything once and counts.
fn vet(bytes: &[u8]) -> Result<Packed, Refusal> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
    if archive.len() > MAX_PARTS {
        return Err(Refusal::TooLarge(format!("> {MAX_PARTS} tệp")));
    }
    let mut left = MAX_UNPACKED;
    let (mut xlsx, mut xlsb, mut ods) = (false, false, false);
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(broken)?;
        let name = part.name().map_err(broken)?.into_owned();
        let mut content = Vec::new();
        part.take(left + 1)
            .read_to_end(&mut content)
            .map_err(broken)?;
        left = left
            .checked_sub(content.len() as u64)
            .ok_or_else(|| Refusal::TooLarge(format!("> {} MB", MAX_UNPACKED / 1024 / 1024)))?;
        xlsx |= name == "xl/workbook.xml";
        xlsb |= name == "xl/workbook.bin";
        ods |= name == "content.xml";
        let encrypted = name == "META-INF/manifest.xml"
            && String::from_utf8_lossy(&content).contains("encryption-data");
        if encrypted {
            return Err(Refusal::Encrypted);
        }
        let is_xml = [".xml", ".rels"].iter().any(|end| name.ends_with(end));
        if is_xml {
            walk(&content)?;
        }
    }
    match (xlsx, ods, xlsb) {
        (true, ..) => Ok(Packed::Xlsx),
        (_, true, _) => Ok(Packed::Ods),
        (.., true) => Err(Refusal::Xlsb),
        _ => Err(broken("ZIP")),
    }
}

/// Walks XML to its end, so that no reader waits for an end that never comes, and counts the cells
/// that an .ods stands for: one element can stand for a million.
fn walk(content: &[u8]) -> Result<(), Refusal> {
    let content = std::str::from_utf8(content).map_err(broken)?;
    let mut reader = Reader::from_str(content.trim_start_matches('\u{feff}'));
    let (mut depth, mut cells, mut text) = (0_usize, 0_usize, 0_usize);
    let (mut rows, mut columns) = (1, 1);
    loop {
        match reader.read_event().map_err(broken)? {
            Event::Start(start) => {
                depth += 1;
                match start.name().as_ref() {
                    "table:table-row" => rows = repeated(&start, "table:number-rows-repeated"),
                    "table:table-cell" | "table:covered-table-cell" => {
                        columns = repeated(&start, "table:number-columns-repeated");
                        cells = cells.saturating_add(columns);
                        let spoken = start.attributes().flatten().map(|a| a.value.len());
                        text = text.saturating_add(spoken.sum::<usize>().saturating_mul(columns));
                    }
                    _ => {}
                }
            }
            Event::Empty(empty)
                if empty.name().as_ref() == "table:table-cell" && has_value(&empty) =>
            {
                let columns = repeated(&empty, "table:number-columns-repeated");
                cells = cells.saturating_add(columns.saturating_mul(rows));
            }
            Event::End(end) => {
                depth -= 1;
                if end.name().as_ref() == "table:table-cell" {
                    cells = cells.saturating_add(columns.saturating_mul(rows));
                    columns = 1;
                }
            }
            Event::Text(part) => {
                let repeats = columns.saturating_mul(rows);
                text = text.saturating_add(part.len().saturating_mul(repeats));
            }
            Event::Eof if depth == 0 => return Ok(()),
            Event::Eof => return Err(broken("XML")),
            // What an entity stands for can be any length.
            Event::DocType(_) => return Err(broken("DOCTYPE")),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return Err(broken("XML"));
        }
        if cells > 4 * MAX_CELLS || (text > 4 * MAX_TEXT && rows.max(columns) > 1) {
            return Err(Refusal::TooLarge(format!("> {MAX_CELLS} ô")));
        }
    }
}

fn repeated(element: &BytesStart<'_>, attribute: &str) -> usize {
    let value = element.try_get_attribute(attribute).ok().flatten();
    value.map_or(1, |value| value.value.parse().unwrap_or(usize::MAX))
}

fn has_value(element: &BytesStart<'_>) -> bool {
    ["office:value-type", "table:formula"]
        .iter()
        .any(|name| element.try_get_attribute(name).ok().flatten().is_some())
}

fn xlsx(bytes: &[u8]) -> Result<Vec<Sheet>, Refusal> {
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(|error| match error {
        XlsxError::Password => Refusal::Encrypted,
        error => broken(error),
    })?;
    let mut taken = Taken::default();
    let mut sheets = Vec::new();
    for (name, hidden) in named(&book) {
        let mut sheet = Sheet {
            name: name.clone(),
            hidden,
            ..Sheet::default()
        };
        // One cell after the other: a range from A1 to XFD1048576 would be seventeen thousand million.
        let mut cells = match book.worksheet_cells_reader(&name) {
            Ok(cells) => cells,
            // A sheet of charts has no cells.
            Err(XlsxError::NotAWorksheet(_)) => continue,
            Err(error) => return Err(broken(error)),
        };
        while let Some(cell) = cells.next_cell().map_err(broken)? {
            let data = Data::from(cell.get_value().clone());
            taken.put(&mut sheet.cells, cell.get_position(), data)?;
        }
        sheets.push(sheet);
    }
    Ok(sheets)
}

fn ods(bytes: &[u8]) -> Result<Vec<Sheet>, Refusal> {
    ranges(Ods::new(Cursor::new(bytes)).map_err(broken)?)
}
