//! A sheet → the rows of a list, and every fault with the name of its cell.
//!
//! 1. `headings` finds the row whose cells name the most columns, below whatever titles;
//! 2. each row below is read cell by cell ([`value`]); notes below the last row are told and left;
//! 3. the whole record is judged later, by `check`; [`Intake::place`] leads its findings back to cells.

use std::collections::BTreeMap;

use serde_json::Map;
use serde_json::Value;

use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Place;
use crate::diag::Words;
use crate::diag::words::tame;
use crate::exchange::cell;
use crate::exchange::cell::Cell;
use crate::exchange::cell::Sheet;
use crate::exchange::cell::key;
use crate::exchange::column::Column;
use crate::exchange::value;

/// Rows in which headings are looked for.
const MAX_HEAD: usize = 60;

/// A column as it is looked for.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Which.
    pub column: Column,
    /// Whether the value belongs to the record instead of the row.
    pub of_head: bool,
}

/// What was taken out of a sheet.
#[derive(Clone, Debug, Default)]
pub struct Intake {
    /// The rows.
    pub rows: Vec<Row>,
    /// Fields of the record itself, from columns that say the same in every row.
    pub head: Map<String, Value>,
    /// Headings that name no column: told, never dropped in silence.
    pub unused: Vec<String>,
    /// Lines below the last row.
    pub notes: Vec<String>,
    /// The columns found: field, dotted → column of the sheet.
    pub columns: BTreeMap<String, u32>,
    /// The sheet's name.
    pub sheet: String,
}

/// A row.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its row in the sheet, from 0.
    pub at: u32,
    /// Its fields.
    pub fields: Map<String, Value>,
}

impl Intake {
    /// The cell of a row's field, dotted without the list: row, column and the cell's name.
    pub fn place(&self, row: usize, field: &str) -> Option<(u32, String)> {
        let row = self.rows.get(row)?;
        let mut field = field;
        loop {
            if let Some(column) = self.columns.get(field) {
                return Some((row.at, cell::name(row.at, *column)));
            }
            let Some((before, _)) = field.rsplit_once(['.', '[']) else {
                return Some((row.at, format!("{}", row.at + 1)));
            };
            field = before;
        }
    }
}

/// Where faults of a sheet are.
#[derive(Clone, Debug)]
pub struct Spot {
    /// The file as the user named it.
    pub file: String,
}

impl Spot {
    /// A finding at a cell.
    pub fn at(&self, sheet: &str, row: Option<u32>, what: &str) -> Place {
        let place = Place::raw(tame(&self.file));
        let sheet = tame(sheet);
        let what = match (sheet.is_empty(), what.is_empty()) {
            (true, _) => what.to_owned(),
            (false, true) => sheet,
            (false, false) => format!("{sheet}!{what}"),
        };
        let place = place.field(what);
        row.map_or(place.clone(), |row| place.at(row as usize + 1, None))
    }
}

/// How many of the columns the best row of a sheet names.
pub fn fit(sheet: &Sheet, names: &dyn Fn(&str) -> bool) -> usize {
    best(sheet, names).map_or(0, |(_, count)| count)
}

fn best(sheet: &Sheet, names: &dyn Fn(&str) -> bool) -> Option<(u32, usize)> {
    let count = |row: u32| {
        let texts = sheet.row(row).map(|(_, cell)| key(&cell.shown()));
        texts.filter(|text| names(text)).count()
    };
    let counted = sheet
        .rows()
        .into_iter()
        .take(MAX_HEAD)
        .map(|row| (row, count(row)));
    // The first of the best.
    counted
        .filter(|(_, count)| *count > 0)
        .max_by_key(|(row, count)| (*count, std::cmp::Reverse(*row)))
}

/// Reads the rows of a sheet. `known` are headings that are known and not taken; `given` are values
/// for cells that are empty, and for columns that are not there.
pub fn read(
    sheet: &Sheet,
    wanted: &[Wanted],
    known: &[String],
    given: &[(Column, Value)],
    spot: &Spot,
    findings: &mut Vec<Finding>,
) -> Intake {
    let mut out = Intake {
        sheet: sheet.name.clone(),
        ..Intake::default()
    };
    let is_name = |text: &str| {
        let own = wanted
            .iter()
            .any(|w| w.column.names.iter().any(|name| name == text));
        own || known.iter().any(|name| name == text)
    };
    let Some((heading, _)) = best(sheet, &is_name) else {
        let titles: Vec<&str> = wanted
            .iter()
            .map(|w| w.column.title.as_str())
            .take(6)
            .collect();
        let titles = titles.join("`, `");
        findings.push(
            Finding::new(
                Code::TableColumns,
                spot.at(&sheet.name, None, ""),
                Words::new("không tìm thấy hàng tiêu đề", "there is no row of headings"),
            )
            .help(Words::new(
                format!("hàng tiêu đề phải có các cột như `{titles}`; chọn trang bằng `--sheet`, cột bằng `--mapping`"),
                format!("the row of headings must have columns such as `{titles}`; choose the sheet with `--sheet`, the columns with `--mapping`"),
            )),
        );
        return out;
    };
    let found = columns(sheet, heading, wanted, known, spot, &mut out, findings);
    missing(wanted, &found, given, heading, spot, &out.sheet, findings);
    rows(
        sheet, heading, wanted, &found, given, spot, &mut out, findings,
    );
    out
}

/// Which column of the sheet is which of those wanted.
fn columns(
    sheet: &Sheet,
    heading: u32,
    wanted: &[Wanted],
    known: &[String],
    spot: &Spot,
    out: &mut Intake,
    findings: &mut Vec<Finding>,
) -> Vec<(u32, usize)> {
    let mut found: Vec<(u32, usize)> = Vec::new();
    for (column, cell) in sheet.row(heading) {
        let shown = cell.shown();
        let name = key(&shown);
        let which = wanted.iter().position(|w| w.column.names.contains(&name));
        match which {
            None if known.contains(&name) => {}
            None => out
                .unused
                .push(format!("{} “{}”", cell::letters(column), tame(&shown))),
            Some(which) if found.iter().any(|(_, other)| *other == which) => {
                let title = tame(&shown);
                findings.push(
                    Finding::new(
                        Code::TableColumns,
                        spot.at(&sheet.name, Some(heading), &cell::name(heading, column)),
                        Words::new(
                            format!("cột `{title}` có hai lần"),
                            format!("there are two columns `{title}`"),
                        ),
                    )
                    .help(Words::new(
                        "bỏ hoặc đổi tên một cột",
                        "remove or rename one of them",
                    )),
                );
            }
            Some(which) => {
                found.push((column, which));
                let field = wanted[which].column.dotted();
                out.columns.entry(field).or_insert(column);
            }
        }
    }
    found
}

/// Columns that every row needs and that are not there, told at once.
fn missing(
    wanted: &[Wanted],
    found: &[(u32, usize)],
    given: &[(Column, Value)],
    heading: u32,
    spot: &Spot,
    sheet: &str,
    findings: &mut Vec<Finding>,
) {
    let fields: Vec<String> = found
        .iter()
        .map(|(_, which)| wanted[*which].column.dotted())
        .collect();
    let mut told = Vec::new();
    for want in wanted.iter().filter(|w| w.column.required && !w.of_head) {
        let field = want.column.dotted();
        let numbered = field == "stt";
        let there = fields.contains(&field) || given.iter().any(|(c, _)| c.dotted() == field);
        if there || numbered || told.contains(&field) {
            continue;
        }
        let title = &want.column.title;
        findings.push(
            Finding::new(
                Code::TableColumns,
                spot.at(sheet, Some(heading), &format!("{}", heading + 1)),
                Words::new(
                    format!("thiếu cột `{title}` (`{field}`)"),
                    format!("the column `{title}` (`{field}`) is missing"),
                ),
            )
            .help(Words::new(
                format!("thêm cột vào bảng, hoặc cho mọi dòng một giá trị: `--set {field}=…`"),
                format!("add the column, or give all rows one value: `--set {field}=…`"),
            )),
        );
        told.push(field);
    }
}

#[expect(clippy::too_many_arguments, reason = "one step of `read`, named")]
fn rows(
    sheet: &Sheet,
    heading: u32,
    wanted: &[Wanted],
    found: &[(u32, usize)],
    given: &[(Column, Value)],
    spot: &Spot,
    out: &mut Intake,
    findings: &mut Vec<Finding>,
) {
    let filled = |row: u32| {
        let cells = found
            .iter()
            .filter(|(column, _)| sheet.get(row, *column).is_some());
        cells.count()
    };
    let below: Vec<u32> = sheet
        .rows()
        .into_iter()
        .filter(|row| *row > heading)
        .collect();
    let enough = found.len().min(2);
    let last = below
        .iter()
        .rposition(|row| filled(*row) >= enough && !is_signature(sheet, *row));
    for (index, row) in below.iter().enumerate() {
        if last.is_none_or(|last| index > last) {
            let texts: Vec<String> = sheet
                .row(*row)
                .map(|(_, cell)| tame(&cell.shown()))
                .collect();
            out.notes
                .push(format!("{}: {}", row + 1, texts.join(" · ")));
            continue;
        }
        // A row of numbers below the headings, (1) (2) (3), says which column is which.
        if index == 0 && is_numbering(sheet, *row) {
            continue;
        }
        let mut fields = Map::new();
        for (column, which) in found {
            let want = &wanted[*which];
            let Some(cell) = sheet.get(*row, *column) else {
                continue;
            };
            let at = || spot.at(&sheet.name, Some(*row), &cell::name(*row, *column));
            match value::read(&want.column, cell) {
                Ok(value) if want.of_head => {
                    let before = want.column.of(&out.head).cloned();
                    if before.as_ref().is_some_and(|before| *before != value) {
                        findings.push(differs(&want.column, at()));
                    }
                    want.column.put(&mut out.head, value);
                }
                Ok(value) => join(&want.column, &mut fields, value),
                Err(unfit) => {
                    let message = Words::new(
                        format!("cột “{}”: {}", want.column.title, unfit.message.vi),
                        format!("column “{}”: {}", want.column.title, unfit.message.en),
                    );
                    let finding = Finding::new(Code::TableCell, at(), message);
                    findings.push(unfit.help.into_iter().fold(finding, Finding::help));
                }
            }
        }
        for (column, value) in given {
            if column.of(&fields).is_none() {
                column.put(&mut fields, value.clone());
            }
        }
        let number = wanted
            .iter()
            .find(|w| !w.of_head && w.column.dotted() == "stt");
        if let Some(number) = number.filter(|n| n.column.of(&fields).is_none()) {
            let next = Value::from(out.rows.len() + 1);
            number.column.put(&mut fields, next);
        }
        out.rows.push(Row { at: *row, fields });
    }
    if out.rows.is_empty() {
        findings.push(
            Finding::new(
                Code::TableColumns,
                spot.at(&sheet.name, Some(heading), ""),
                Words::new(
                    "dưới hàng tiêu đề không có dòng nào",
                    "there is no row below the headings",
                ),
            )
            .help(Words::new(
                "kiểm tra lại trang, tệp",
                "look whether it is the right sheet and file",
            )),
        );
    }
}

/// Two columns may be one field: the parts of a place.
fn join(column: &Column, fields: &mut Map<String, Value>, value: Value) {
    let joined = match (column.of(fields), &value) {
        (Some(Value::String(first)), Value::String(second)) if first != second => {
            Value::from(format!("{first}, {second}"))
        }
        (Some(first), _) => first.clone(),
        (None, _) => value,
    };
    column.put(fields, joined);
}

fn differs(column: &Column, place: Place) -> Finding {
    let title = &column.title;
    Finding::new(
        Code::TableCell,
        place,
        Words::new(
            format!("cột “{title}” nói về cả hồ sơ mà dòng này ghi khác dòng trên"),
            format!("column “{title}” is about the whole record, and this row says something else than the one above"),
        ),
    )
    .help(Words::new(
        "mỗi lần nhập một hồ sơ: tách bảng theo giá trị của cột này",
        "import one record at a time: part the table by this column",
    ))
}

/// `Người lập biểu · Hiệu trưởng`: a line of people, not of data.
fn is_signature(sheet: &Sheet, row: u32) -> bool {
    let said = [
        "nguoi lap",
        "hieu truong",
        "thu truong",
        "tong cong",
        "tong so",
        "cong",
        "ke toan",
    ];
    let begins = |text: &str| {
        said.iter()
            .any(|word| text == *word || text.starts_with(&format!("{word} ")))
    };
    let mut cells = sheet.row(row);
    let text = |cell: &Cell| matches!(cell, Cell::Text(_));
    cells
        .next()
        .is_some_and(|(_, first)| text(first) && begins(&key(&first.shown())))
}

fn is_numbering(sheet: &Sheet, row: u32) -> bool {
    let mut cells = sheet.row(row).peekable();
    let bare = |cell: &Cell| {
        cell.shown()
            .trim_matches(['(', ')', ' '])
            .parse::<u32>()
            .ok()
    };
    let all: Option<Vec<u32>> = cells.by_ref().map(|(_, cell)| bare(cell)).collect();
    all.is_some_and(|all| all.len() > 2 && all.windows(2).all(|two| two[1] == two[0] + 1))
}

#[cfg(test)]
mod tests;
