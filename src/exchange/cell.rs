//! A sheet as far as records need it: what stands in which cell, and what people call that cell.

use std::collections::BTreeMap;

use icu_normalizer::ComposingNormalizerBorrowed;
use jiff::civil::Date;

use crate::archive::search::fold;

/// What stands in a cell. An empty cell has none.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Text: NFC, without white space around it.
    Text(String),
    /// A number; tables know no other kind.
    Number(f64),
    /// A day.
    Date(Date),
    /// Yes or no.
    Bool(bool),
    /// `#REF!` and the like, or a moment that is no day.
    Error(String),
}

impl Cell {
    /// A text as a cell; none if nothing is left of it.
    pub fn text(text: &str) -> Option<Self> {
        let text = clean(text);
        (!text.is_empty()).then_some(Self::Text(text))
    }

    /// The cell as people see it.
    pub fn shown(&self) -> String {
        match self {
            Self::Text(text) | Self::Error(text) => text.clone(),
            Self::Number(number) => plain(*number),
            Self::Date(date) => date.strftime("%d/%m/%Y").to_string(),
            Self::Bool(yes) => if *yes { "TRUE" } else { "FALSE" }.to_owned(),
        }
    }
}

/// A sheet: its cells by (row, column), both from 0.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    /// Its name; of a .csv none.
    pub name: String,
    /// Whether its program hides it.
    pub hidden: bool,
    /// What is not empty.
    pub cells: BTreeMap<(u32, u32), Cell>,
}

impl Sheet {
    /// The cell at a row and a column, if it is not empty.
    pub fn get(&self, row: u32, column: u32) -> Option<&Cell> {
        self.cells.get(&(row, column))
    }

    /// The rows that are not empty, in order.
    pub fn rows(&self) -> Vec<u32> {
        let mut rows: Vec<u32> = self.cells.keys().map(|(row, _)| *row).collect();
        rows.dedup();
        rows
    }

    /// The cells of a row with their columns, in order.
    pub fn row(&self, row: u32) -> impl Iterator<Item = (u32, &Cell)> {
        self.cells
            .range((row, 0)..=(row, u32::MAX))
            .map(|((_, column), cell)| (*column, cell))
    }
}

/// A cell's name as Excel shows it: row 16, column 2 is `C17`.
pub fn name(row: u32, column: u32) -> String {
    format!("{}{}", letters(column), row.saturating_add(1))
}

/// A column's name: 0 is `A`, 26 is `AA`.
pub fn letters(column: u32) -> String {
    let mut rest = column;
    let mut out = Vec::new();
    loop {
        out.push(char::from(b'A' + (rest % 26) as u8));
        if rest < 26 {
            break;
        }
        rest = rest / 26 - 1;
    }
    out.iter().rev().collect()
}

/// Text as records have it: NFC, one kind of space, no control characters but line breaks, nothing
/// around it.
pub fn clean(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let plain: String = text
        .chars()
        .filter_map(|c| match c {
            '\n' => Some(c),
            '\t' | '\u{a0}' | '\u{202f}' | '\u{2007}' => Some(' '),
            '\u{200b}' | '\u{feff}' => None,
            c if c.is_control() => None,
            c => Some(c),
        })
        .collect();
    let nfc = ComposingNormalizerBorrowed::new_nfc().normalize(&plain);
    nfc.trim().to_owned()
}

/// What two spellings of a heading or a choice have in common: letters and digits without marks, in
/// lower case, words parted by one space.
pub fn key(text: &str) -> String {
    let words: Vec<String> = fold::words(text)
        .into_iter()
        .map(|word| fold::fold(word.text))
        .collect();
    words.join(" ")
}

/// A number without an exponent, as people type it.
pub fn plain(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < 1e15 {
        format!("{number:.0}")
    } else {
        format!("{number}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_called_as_excel_calls_them() {
        assert_eq!(name(16, 2), "C17");
        let all = [0, 25, 26, 51, 52, 701, 702, 16383].map(letters);
        assert_eq!(all, ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA", "XFD"]);
    }

    #[test]
    fn spellings_of_a_heading_are_one() {
        let all = [
            "Mã định danh Bộ GD&ĐT",
            "MÃ ĐỊNH DANH BỘ GD&ĐT ",
            "ma dinh danh\nbo gd-dt",
        ];
        assert_eq!(
            all.map(key),
            [(); 3].map(|()| "ma dinh danh bo gd dt".to_owned())
        );
        assert_ne!(key("Họ tên"), key("Họ tên cha"));
    }

    #[test]
    fn text_is_cleaned_and_not_changed() {
        assert_eq!(
            clean(" \u{a0}Nguye\u{302}\u{303}n\tVăn\r\nA\u{7} "),
            "Nguyễn Văn\nA"
        );
        assert_eq!(Cell::text(" \u{200b} "), None);
        assert_eq!(plain(2719002738.0), "2719002738");
        assert_eq!(plain(12.5), "12.5");
    }
}
