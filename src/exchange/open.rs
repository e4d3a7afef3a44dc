//! Bytes of a table → sheets. The bytes decide what it is, not the file's name; what could fill the
//! memory or never end is told before a library reads it.
//!
//! | bytes begin with | read by |
//! |---|---|
//! | `PK` | `packed` vets the ZIP and its XML, then calamine reads .xlsx or .ods |
//! | `D0 CF 11 E0` | `binary` vets the records, then calamine reads .xls |
//! | text | `lines`: .csv in UTF-8 or UTF-16 |

mod binary;
mod lines;
mod packed;

use std::collections::BTreeMap;
use std::io::Read;
use std::io::Seek;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

use calamine::Data;
use calamine::Reader;
use calamine::SheetVisible;
use jiff::civil::Date;

use crate::diag::Words;
use crate::diag::words::tame;
use crate::exchange::cell::Cell;
use crate::exchange::cell::Sheet;
use crate::exchange::cell::clean;
use crate::exchange::value::written_date;

/// Largest file that is read; a class list has 20 kB, a year's export of a big school 2 MB.
pub const MAX_FILE: u64 = 20 * 1024 * 1024;
/// Most cells that are not empty, all sheets together.
const MAX_CELLS: usize = 300_000;
/// Most bytes of text, all cells together: one text that a million cells share is a bomb.
const MAX_TEXT: usize = 32 * 1024 * 1024;
/// Most rows and columns of a sheet; beyond are cells that nobody sees.
const MAX_ROW: u32 = 50_000;
const MAX_COLUMN: u32 = 1_000;

/// Why a file is not read as a table.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is encrypted.
    #[error("encrypted")]
    Encrypted,
    /// It is a web page that calls itself a table, as many programs export it.
    #[error("HTML")]
    Html,
    /// It is XML: the format of Excel 2003, or something else.
    #[error("XML")]
    Xml,
    /// It is .xlsb.
    #[error("binary workbook")]
    Xlsb,
    /// It has more bytes, cells, rows or columns than any table of a school.
    #[error("too large: {0}")]
    TooLarge(String),
    /// Its text is in no encoding that is known for sure.
    #[error("unknown encoding")]
    Encoding,
    /// Nothing is in it.
    #[error("empty")]
    Empty,
    /// It is no table, or a damaged one.
    #[error("broken: {0}")]
    Broken(String),
}

impl Refusal {
    /// What is wrong.
    pub fn words(&self) -> Words {
        match self {
            Self::Encrypted => Words::new(
                "tệp có mật khẩu mở, không đọc được",
                "the file is encrypted with a password",
            ),
            Self::Html => Words::new(
                "tệp này là trang web (HTML) mang tên bảng tính, không phải bảng tính",
                "this file is a web page (HTML) that calls itself a table",
            ),
            Self::Xml => Words::new(
                "tệp này là XML (bảng tính kiểu Excel 2003 hoặc dữ liệu khác)",
                "this file is XML (a table of Excel 2003, or other data)",
            ),
            Self::Xlsb => Words::new(
                "không đọc bảng tính nhị phân .xlsb",
                "binary workbooks (.xlsb) are not read",
            ),
            Self::TooLarge(what) => Words::new(
                format!("bảng lớn quá mức một bảng của trường ({what})"),
                format!("the table is larger than any of a school ({what})"),
            ),
            Self::Encoding => Words::new(
                "tệp chữ không phải UTF-8 hay UTF-16; có thể là TCVN3, VNI hoặc Windows-1258",
                "the text is neither UTF-8 nor UTF-16; it may be TCVN3, VNI or Windows-1258",
            ),
            Self::Empty => Words::new("tệp không có ô nào", "there is nothing in the file"),
            Self::Broken(why) => {
                let why = tame(why);
                Words::new(
                    format!("tệp hỏng hoặc không phải bảng tính ({why})"),
                    format!("the file is damaged or no table ({why})"),
                )
            }
        }
    }

    /// How to mend it.
    pub fn help(&self) -> Words {
        match self {
            Self::Encrypted => Words::new(
                "mở bằng Excel hay LibreOffice, bỏ mật khẩu, lưu lại",
                "open it in Excel or LibreOffice, take the password away, save it again",
            ),
            Self::Encoding => Words::new(
                "mở bằng Excel hay LibreOffice, kiểm tra chữ có dấu, lưu thành .xlsx",
                "open it in Excel or LibreOffice, look at the marked letters, save it as .xlsx",
            ),
            Self::TooLarge(_) => Words::new(
                "chép riêng phần cần nhập sang bảng mới; xóa các dòng, cột trống có định dạng",
                "copy what is needed to a new table; remove empty rows and columns that are formatted",
            ),
            Self::Empty => Words::new(
                "kiểm tra lại đã chọn đúng tệp",
                "look whether it is the right file",
            ),
            Self::Html | Self::Xml | Self::Xlsb | Self::Broken(_) => Words::new(
                "mở bằng Excel hay LibreOffice, chọn Lưu thành (Save As) → .xlsx, rồi nhập tệp .xlsx",
                "open it in Excel or LibreOffice, choose Save As → .xlsx, then import the .xlsx",
            ),
        }
    }
}

/// Reads every sheet of a file.
///
/// # Errors
/// [`Refusal`], and then nothing of it is used.
pub fn sheets(bytes: &[u8]) -> Result<Vec<Sheet>, Refusal> {
    if bytes.len() as u64 > MAX_FILE {
        return Err(Refusal::TooLarge(format!(
            "> {} MB",
            MAX_FILE / 1024 / 1024
        )));
    }
    let sheets = match bytes {
        [b'P', b'K', ..] => packed::read(bytes)?,
        [0xD0, 0xCF, 0x11, 0xE0, ..] => binary::read(bytes)?,
        _ => vec![lines::read(bytes)?],
    };
    if sheets.iter().all(|sheet| sheet.cells.is_empty()) {
        return Err(Refusal::Empty);
    }
    Ok(sheets)
}

/// Runs a library over hostile bytes. It has been vetted what takes too long or too much; where the
/// library stumbles over the rest, the file is broken.
fn guarded<T>(read: impl FnOnce() -> Result<T, Refusal>) -> Result<T, Refusal> {
    catch_unwind(AssertUnwindSafe(read))
        .unwrap_or_else(|_| Err(Refusal::Broken("the reader stopped".to_owned())))
}

/// Cells as they come in, counted.
#[derive(Default)]
struct Taken {
    cells: usize,
    text: usize,
}

/// The sheets of a workbook, and whether each is hidden.
fn named<S: Read + Seek, R: Reader<S>>(book: &R) -> Vec<(String, bool)> {
    let sheets = book.sheets_metadata().iter();
    sheets
        .map(|sheet| (sheet.name.clone(), sheet.visible != SheetVisible::Visible))
        .collect()
}

/// The sheets of a workbook whose library reads whole ranges; it was vetted before.
fn ranges<S: Read + Seek, R: Reader<S>>(mut book: R) -> Result<Vec<Sheet>, Refusal>
where
    R::Error: ToString,
{
    let mut taken = Taken::default();
    let mut sheets = Vec::new();
    for (name, hidden) in named(&book) {
        let range = book.worksheet_range(&name).map_err(broken)?;
        let (top, left) = range.start().unwrap_or_default();
        let mut sheet = Sheet {
            name,
            hidden,
            ..Sheet::default()
        };
        for (row, column, data) in range.used_cells() {
            let at = (
                top.saturating_add(row as u32),
                left.saturating_add(column as u32),
            );
            taken.put(&mut sheet.cells, at, data.clone())?;
        }
        sheets.push(sheet);
    }
    Ok(sheets)
}

fn broken(error: impl ToString) -> Refusal {
    Refusal::Broken(error.to_string())
}

impl Taken {
    /// Puts a cell into its place.
    fn put(
        &mut self,
        into: &mut BTreeMap<(u32, u32), Cell>,
        at: (u32, u32),
        data: Data,
    ) -> Result<(), Refusal> {
        let Some(cell) = cell(data) else {
            return Ok(());
        };
        if at.0 >= MAX_ROW || at.1 >= MAX_COLUMN {
            return Err(Refusal::TooLarge(crate::exchange::cell::name(at.0, at.1)));
        }
        self.cells += 1;
        self.text += match &cell {
            Cell::Text(text) | Cell::Error(text) => text.len(),
            _ => 0,
        };
        if self.cells > MAX_CELLS {
            return Err(Refusal::TooLarge(format!("> {MAX_CELLS} ô")));
        }
        if self.text > MAX_TEXT {
            return Err(Refusal::TooLarge(format!(
                "> {} MB",
                MAX_TEXT / 1024 / 1024
            )));
        }
        into.insert(at, cell);
        Ok(())
    }
}

fn cell(data: Data) -> Option<Cell> {
    match data {
        Data::Empty => None,
        Data::String(text) => Cell::text(&text),
        Data::Int(number) => Some(Cell::Number(number as f64)),
        Data::Float(number) => Some(Cell::Number(number)),
        Data::Bool(yes) => Some(Cell::Bool(yes)),
        Data::Error(error) => Some(Cell::Error(error.to_string())),
        Data::DateTimeIso(text) => Some(match written_date(&clean(&text)) {
            Some(date) => Cell::Date(date),
            None => Cell::Error(clean(&text)),
        }),
        Data::DurationIso(text) => Some(Cell::Error(clean(&text))),
        Data::DateTime(moment) => {
            let serial = moment.as_f64();
            let (year, month, day, ..) = moment.to_ymd_hms_milli();
            let parts = (i16::try_from(year), i8::try_from(month), i8::try_from(day));
            // Day 0 is a time of day, day 60 is 29 February 1900, which never was.
            let date = match parts {
                (Ok(year), Ok(month), Ok(day)) if serial >= 1.0 && !moment.is_duration() => {
                    Date::new(year, month, day).ok()
                }
                _ => None,
            };
            Some(date.map_or_else(|| Cell::Error(format!("{serial}")), Cell::Date))
        }
    }
}

#[cfg(test)]
mod tests;
