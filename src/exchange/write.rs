//! Lines → .xlsx or .csv: equal bytes for equal lines. Text is never a formula.

use std::borrow::Cow;

use csv::QuoteStyle;
use csv::Terminator;
use csv::WriterBuilder;
use jiff::civil::Date;
use rust_xlsxwriter::DocProperties;
use rust_xlsxwriter::ExcelDateTime;
use rust_xlsxwriter::Format;
use rust_xlsxwriter::FormatAlign;
use rust_xlsxwriter::FormatBorder;
use rust_xlsxwriter::Workbook;
use rust_xlsxwriter::Worksheet;
use rust_xlsxwriter::XlsxError;

use crate::exchange::cell::Cell;

/// A table to be written.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// The name of its sheet.
    pub sheet: String,
    /// Lines above the headings.
    pub head: Vec<String>,
    /// The headings.
    pub titles: Vec<String>,
    /// The lines; a cell that is none is empty.
    pub lines: Vec<Vec<Option<Cell>>>,
}

/// The day that every workbook says it was made on, so that equal lines give equal bytes.
pub(super) const MADE: (u16, u8, u8) = (2020, 1, 1);
/// The longest text of a cell that Excel takes.
pub const MAX_CELL: usize = 32_767;

/// The table as .xlsx.
///
/// # Errors
/// A table that Excel cannot hold.
pub fn xlsx(table: &Table) -> Result<Vec<u8>, XlsxError> {
    let mut book = book()?;
    let sheet = book.add_worksheet();
    sheet.set_name(&table.sheet)?;
    let title = Format::new().set_bold().set_font_size(14);
    let heading = heading();
    let (text, day) = (text_format(), day_format());
    let mut row = 0;
    for line in &table.head {
        sheet.write_string_with_format(row, 0, line, &title)?;
        row += 1;
    }
    for (column, text) in (0..).zip(&table.titles) {
        sheet.write_string_with_format(row, column, text, &heading)?;
        sheet.set_column_width(column, width(table, usize::from(column)))?;
    }
    sheet.set_freeze_panes(row + 1, 0)?;
    sheet.set_repeat_rows(row, row)?;
    sheet.set_landscape().set_print_fit_to_pages(1, 0);
    for line in &table.lines {
        row += 1;
        for (column, cell) in (0..).zip(line) {
            if let Some(cell) = cell {
                put(sheet, row, column, cell, &text, &day)?;
            }
        }
    }
    book.save_to_buffer()
}

/// A workbook that says nothing of who made it, when, on what.
pub(super) fn book() -> Result<Workbook, XlsxError> {
    let mut book = Workbook::new();
    let (year, month, day) = MADE;
    let made = ExcelDateTime::from_ymd(year, month, day)?;
    book.set_properties(&DocProperties::new().set_creation_datetime(&made));
    Ok(book)
}

pub(super) fn heading() -> Format {
    Format::new()
        .set_bold()
        .set_text_wrap()
        .set_align(FormatAlign::Center)
        .set_align(FormatAlign::VerticalCenter)
        .set_border(FormatBorder::Thin)
        .set_background_color("#E2EFDA")
}

/// Text stays text: `@` keeps the zeros of a code that is typed over.
pub(super) fn text_format() -> Format {
    Format::new()
        .set_num_format("@")
        .set_text_wrap()
        .set_align(FormatAlign::Top)
}

pub(super) fn day_format() -> Format {
    Format::new()
        .set_num_format("dd/mm/yyyy")
        .set_align(FormatAlign::Top)
}

pub(super) fn put(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    cell: &Cell,
    text: &Format,
    day: &Format,
) -> Result<(), XlsxError> {
    match cell {
        Cell::Number(number) => sheet.write_number(row, column, *number)?,
        Cell::Date(date) => match excel(*date) {
            Some(at) => sheet.write_datetime_with_format(row, column, &at, day)?,
            None => sheet.write_string_with_format(row, column, cell.shown(), text)?,
        },
        cell => sheet.write_string_with_format(row, column, cell.shown(), text)?,
    };
    Ok(())
}

fn excel(date: Date) -> Option<ExcelDateTime> {
    let year = u16::try_from(date.year()).ok()?;
    let (month, day) = (
        u8::try_from(date.month()).ok()?,
        u8::try_from(date.day()).ok()?,
    );
    ExcelDateTime::from_ymd(year, month, day).ok()
}

/// As wide as its texts, within reason.
fn width(table: &Table, column: usize) -> f64 {
    let cells = table
        .lines
        .iter()
        .filter_map(|line| line.get(column)?.as_ref());
    let longest = cells
        .map(|cell| cell.shown().chars().count())
        .max()
        .unwrap_or(0);
    let title = table
        .titles
        .get(column)
        .map_or(0, |t| t.chars().count() / 2 + 2);
    longest.max(title).clamp(5, 40) as f64 + 2.0
}

/// The table as .csv: UTF-8 with its mark, which Excel needs, commas, CRLF (RFC 4180), texts
/// between quotation marks, so that no comma or semicolon within one is taken for a separator.
///
/// # Errors
/// Never for memory; the error is the writer's own.
pub fn csv(table: &Table) -> Result<Vec<u8>, csv::Error> {
    let mut writer = WriterBuilder::new()
        .flexible(true)
        .terminator(Terminator::CRLF)
        .quote_style(QuoteStyle::NonNumeric)
        .from_writer("\u{feff}".as_bytes().to_vec());
    for line in &table.head {
        writer.write_record([guarded(line).as_ref()])?;
    }
    writer.write_record(table.titles.iter().map(|t| guarded(t).into_owned()))?;
    for line in &table.lines {
        let shown = line.iter().map(|cell| match cell {
            Some(cell @ Cell::Number(_)) => cell.shown(),
            Some(cell) => guarded(&cell.shown()).into_owned(),
            None => String::new(),
        });
        writer.write_record(shown)?;
    }
    writer
        .into_inner()
        .map_err(|error| csv::Error::from(std::io::Error::other(error.to_string())))
}

/// Whether a program that opens a .csv would take the text for a formula.
fn is_formula(text: &str) -> bool {
    text.trim_start_matches('\'')
        .starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// A text that no program takes for a formula: an apostrophe before it, as people write it in Excel.
pub fn guarded(text: &str) -> Cow<'_, str> {
    match is_formula(text) {
        true => format!("'{text}").into(),
        false => text.into(),
    }
}

/// What [`guarded`] made of a text, undone.
pub fn unguarded(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if is_formula(rest) => rest,
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::exchange::open;

    fn table(texts: &[String]) -> Table {
        Table {
            sheet: "Trang".to_owned(),
            head: Vec::new(),
            titles: vec!["A".to_owned()],
            lines: texts.iter().map(|t| vec![Cell::text(t)]).collect(),
        }
    }

    fn read_back(bytes: &[u8]) -> Vec<String> {
        let sheets = open::sheets(bytes).expect("a table");
        let cells = sheets[0].cells.iter().filter(|((row, _), _)| *row > 0);
        cells.map(|(_, cell)| cell.shown()).collect()
    }

    #[test]
    fn nothing_is_a_formula() {
        let texts = ["=1+1", "+84 912", "-x", "@a", "'=1", "''", "0123"].map(str::to_owned);
        let csv = csv(&table(&texts)).expect("a csv");
        let text = String::from_utf8(csv.clone()).expect("UTF-8");
        assert!(
            text.lines()
                .skip(1)
                .all(|line| !line.starts_with(['=', '+', '-', '@']))
        );
        assert_eq!(read_back(&csv), texts);
        let xlsx = xlsx(&table(&texts)).expect("an xlsx");
        assert_eq!(read_back(&xlsx), texts);
        assert_eq!(xlsx, super::xlsx(&table(&texts)).expect("an xlsx"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_text_survives(texts in prop::collection::vec("\\PC{1,20}|[=+@'\"_x0-9A-F;,\n-]{1,12}", 1..6)) {
            let clean: Vec<String> = texts.iter().filter_map(|t| Some(Cell::text(t)?.shown())).collect();
            prop_assume!(!clean.is_empty());
            let table = table(&clean);
            prop_assert_eq!(read_back(&csv(&table).unwrap()), clean.clone());
            prop_assert_eq!(read_back(&xlsx(&table).unwrap()), clean);
        }
    }
}
