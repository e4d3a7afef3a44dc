//! A locked .xlsx to fill in: only the cells of values are open, choices are lists, days are days,
//! and a hidden sheet says which kind, unit, day and fields it is, so that it comes back without a mapping.
//!
//! | sheet | what |
//! |---|---|
//! | `Phần đầu` | the fields of the record itself: title, value, what belongs there |
//! | one for each list | headings, then the rows, as many as the schema takes |
//! | `hoso`, hidden | `loai`, `don-vi`, `ngay`, `dau` and `bang` with their fields in order |
//! | `chon`, hidden | lists of choices too long for a cell's own rule |

use rust_xlsxwriter::Color;
use rust_xlsxwriter::DataValidation;
use rust_xlsxwriter::DataValidationRule;
use rust_xlsxwriter::ExcelDateTime;
use rust_xlsxwriter::Format;
use rust_xlsxwriter::FormatAlign;
use rust_xlsxwriter::FormatBorder;
use rust_xlsxwriter::Formula;
use rust_xlsxwriter::ProtectionOptions;
use rust_xlsxwriter::Worksheet;
use rust_xlsxwriter::XlsxError;
use serde_json::Map;
use serde_json::Value;

use crate::exchange::cell;
use crate::exchange::cell::Cell;
use crate::exchange::cell::Sheet;
use crate::exchange::column::Choice;
use crate::exchange::column::Column;
use crate::exchange::column::Shape;
use crate::exchange::value;
use crate::exchange::write;

/// The hidden sheet that says what a template is.
const DESCRIPTION: &str = "hoso";
/// The hidden sheet of choices.
const CHOICES: &str = "chon";
/// The sheet of the record's own fields.
const HEAD: &str = "Phần đầu";
/// The version of the format of templates; a reader refuses others.
const VERSION: &str = "1";
/// First row of values, in both sorts of sheets.
const FIRST: u32 = 3;
/// Most rows of a list that are laid out.
const MAX_ROWS: usize = 200;
/// The longest list of choices that a cell's own rule holds, in characters.
const MAX_RULE: usize = 255;

/// What a template is made of.
#[derive(Clone, Debug)]
pub struct Template<'a> {
    /// The kind.
    pub kind: &'a str,
    /// Its title.
    pub title: &'a str,
    /// The unit: id and name.
    pub unit: (&'a str, &'a str),
    /// The day that the record is about, `2024-09-05`.
    pub date: &'a str,
    /// The fields of the record itself.
    pub head: Vec<Column>,
    /// The lists.
    pub lists: Vec<List<'a>>,
    /// What is filled in already.
    pub filled: &'a Map<String, Value>,
}

/// A list of a template.
#[derive(Clone, Debug)]
pub struct List<'a> {
    /// Its field.
    pub field: &'a str,
    /// Its title.
    pub title: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Most rows that the schema takes.
    pub most: usize,
}

/// Writes a template.
///
/// # Errors
/// One that Excel cannot hold.
pub fn xlsx(template: &Template<'_>) -> Result<Vec<u8>, XlsxError> {
    let mut book = write::book()?;
    let mut choices = Vec::new();
    let mut head = Worksheet::new();
    self::head(&mut head, template, &mut choices)?;
    let mut sheets = Vec::new();
    let mut names: Vec<String> = vec![HEAD.to_owned(), DESCRIPTION.to_owned(), CHOICES.to_owned()];
    for list in &template.lists {
        let name = sheet_name(&list.title, &names);
        let mut sheet = Worksheet::new();
        self::list(&mut sheet, &name, list, template, &mut choices)?;
        names.push(name);
        sheets.push(sheet);
    }
    let description = describe(template, &names[3..])?;
    // Where there is a list, it is what people want to see first.
    match sheets.first_mut() {
        Some(first) => first.set_active(true),
        None => head.set_active(true),
    };
    for sheet in [head].into_iter().chain(sheets).chain([description]) {
        book.push_worksheet(sheet);
    }
    if !choices.is_empty() {
        let mut sheet = Worksheet::new();
        sheet.set_name(CHOICES)?.set_very_hidden(true).protect();
        for (column, labels) in (0..).zip(&choices) {
            for (row, label) in (0..).zip(labels) {
                sheet.write_string(row, column, label)?;
            }
        }
        book.push_worksheet(sheet);
    }
    book.save_to_buffer()
}

/// A name that Excel takes and that no other sheet has.
fn sheet_name(title: &str, taken: &[String]) -> String {
    let plain: String = title
        .chars()
        .map(|c| if "[]:*?/\\'".contains(c) { ' ' } else { c })
        .take(28)
        .collect();
    let plain = plain.trim().to_owned();
    let plain = if plain.is_empty() {
        "Danh sách".to_owned()
    } else {
        plain
    };
    let free = |name: &String| {
        !taken
            .iter()
            .any(|t| t.to_lowercase() == name.to_lowercase())
    };
    let numbered = (2..100).map(|n| format!("{plain} {n}"));
    [plain.clone()]
        .into_iter()
        .chain(numbered)
        .find(free)
        .unwrap_or(plain)
}

fn title_format() -> Format {
    Format::new().set_bold().set_font_size(14)
}

fn hint_format() -> Format {
    Format::new()
        .set_italic()
        .set_font_color(Color::RGB(0x0059_5959))
        .set_text_wrap()
        .set_align(FormatAlign::Top)
}

/// Cells that may be written in; the only ones.
fn open(format: Format) -> Format {
    format
        .set_unlocked()
        .set_border(FormatBorder::Thin)
        .set_border_color(Color::RGB(0x00BF_BFBF))
        .set_background_color(Color::RGB(0x00FF_FDF2))
}

fn format_of(column: &Column) -> Format {
    open(match column.shape {
        Shape::Day => write::day_format(),
        Shape::Whole | Shape::Real => Format::new().set_align(FormatAlign::Top),
        _ => write::text_format(),
    })
}

fn protect(sheet: &mut Worksheet) {
    sheet.protect_with_options(&ProtectionOptions {
        format_columns: true,
        format_rows: true,
        sort: true,
        use_autofilter: true,
        ..ProtectionOptions::default()
    });
}

fn subtitle(template: &Template<'_>) -> String {
    let day: Vec<&str> = template.date.split('-').rev().collect();
    format!(
        "{} · {} · chỉ ô màu vàng nhạt mở để ghi; * là bắt buộc",
        template.unit.1,
        day.join("/")
    )
}

fn starred(column: &Column) -> String {
    format!(
        "{}{}",
        column.title,
        if column.required { " *" } else { "" }
    )
}

fn head(
    sheet: &mut Worksheet,
    template: &Template<'_>,
    choices: &mut Vec<Vec<String>>,
) -> Result<(), XlsxError> {
    sheet.set_name(HEAD)?;
    sheet.write_string_with_format(0, 0, template.title, &title_format())?;
    sheet.write_string_with_format(1, 0, subtitle(template), &Format::new().set_italic())?;
    for (column, title) in (0..).zip(["Mục", "Giá trị", "Cách ghi"]) {
        sheet.write_string_with_format(FIRST - 1, column, title, &write::heading())?;
    }
    for (row, column) in (FIRST..).zip(&template.head) {
        sheet.write_string_with_format(
            row,
            0,
            starred(column),
            &Format::new()
                .set_bold()
                .set_text_wrap()
                .set_align(FormatAlign::Top),
        )?;
        sheet.write_string_with_format(row, 2, spoken(column), &hint_format())?;
        fill(sheet, row, 1, column, column.of(template.filled))?;
        validate(sheet, (row, row), 1, column, choices)?;
    }
    sheet
        .set_column_width(0, 28)?
        .set_column_width(1, 36)?
        .set_column_width(2, 60)?;
    sheet.set_freeze_panes(FIRST, 0)?;
    protect(sheet);
    Ok(())
}

fn list(
    sheet: &mut Worksheet,
    name: &str,
    list: &List<'_>,
    template: &Template<'_>,
    choices: &mut Vec<Vec<String>>,
) -> Result<(), XlsxError> {
    sheet.set_name(name)?;
    sheet.write_string_with_format(
        0,
        0,
        format!("{} – {}", template.title, list.title),
        &title_format(),
    )?;
    sheet.write_string_with_format(1, 0, subtitle(template), &Format::new().set_italic())?;
    let filled = template.filled.get(list.field).and_then(Value::as_array);
    let rows = filled.map_or(&[][..], Vec::as_slice);
    let count = list.most.min(MAX_ROWS).max(rows.len());
    let last = FIRST + u32::try_from(count).unwrap_or(1).saturating_sub(1);
    for (at, column) in (0..).zip(&list.columns) {
        sheet.write_string_with_format(FIRST - 1, at, starred(column), &write::heading())?;
        for index in 0..count {
            let row = rows.get(index).and_then(Value::as_object);
            let row = row.and_then(|row| column.of(row));
            fill(
                sheet,
                FIRST + u32::try_from(index).unwrap_or(0),
                at,
                column,
                row,
            )?;
        }
        validate(sheet, (FIRST, last), at, column, choices)?;
        let values = rows.iter().filter_map(|row| column.of(row.as_object()?));
        let cells = values.filter_map(|value| value::write(column, value));
        let longest = cells
            .map(|cell| cell.shown().chars().count())
            .max()
            .unwrap_or(0);
        let title = column.title.chars().count() / 2 + 4;
        sheet.set_column_width(at, longest.max(title).clamp(7, 32) as f64 + 2.0)?;
    }
    sheet.set_row_height(FIRST - 1, 48)?;
    // The name stays in sight while one goes to the right.
    let named = list
        .columns
        .iter()
        .position(|c| c.path == ["ten"])
        .filter(|at| *at < 4);
    let still = named.map_or(0, |at| u16::try_from(at + 1).unwrap_or(0));
    sheet.set_freeze_panes(FIRST, still)?;
    sheet
        .set_landscape()
        .set_print_fit_to_pages(1, 0)
        .set_repeat_rows(FIRST - 1, FIRST - 1)?;
    protect(sheet);
    Ok(())
}

fn fill(
    sheet: &mut Worksheet,
    row: u32,
    at: u16,
    column: &Column,
    value: Option<&Value>,
) -> Result<(), XlsxError> {
    let format = format_of(column);
    match value.and_then(|value| value::write(column, value)) {
        Some(Cell::Number(number)) => {
            sheet.write_number_with_format(row, at, number, &format)?;
        }
        Some(cell) => write::put(sheet, row, at, &cell, &format, &format)?,
        None => {
            sheet.write_blank(row, at, &format)?;
        }
    }
    Ok(())
}

/// What belongs into a cell. What a schema says of YAML (quotation marks, year-month-day, the values
/// behind choices) is not how a table is filled in.
fn spoken(column: &Column) -> String {
    let mut text = column.description.clone();
    for yaml in [
        ", viết năm-tháng-ngày",
        " trong dấu nháy",
        ", viết trong dấu nháy",
        "viết năm-tháng-ngày",
    ] {
        text = text.replace(yaml, "");
    }
    let text = text.trim().trim_matches([',', ';']).to_owned();
    match &column.shape {
        Shape::Day if text.trim_matches(['.', ' ', 'V']).is_empty() => {
            "Ghi ngày/tháng/năm.".to_owned()
        }
        Shape::Day => format!(
            "{} Ghi ngày/tháng/năm.",
            text.replace("Viết năm-tháng-ngày.", "").trim()
        ),
        Shape::Choice(_) | Shape::Yes => "Chọn trong danh sách.".to_owned(),
        _ => text,
    }
}

/// What a cell takes, told by the program that it is typed into.
fn validate(
    sheet: &mut Worksheet,
    rows: (u32, u32),
    at: u16,
    column: &Column,
    lists: &mut Vec<Vec<String>>,
) -> Result<(), XlsxError> {
    let text = column.schema.text();
    let bound = |key: &str| text.get(key).and_then(Value::as_f64);
    let rule = match &column.shape {
        Shape::Choice(choices) => labels(choices, lists)?,
        Shape::Yes => DataValidation::new().allow_list_strings(&["Có", "Không"])?,
        Shape::Day => {
            let (from, to) = (
                ExcelDateTime::from_ymd(1930, 1, 1)?,
                ExcelDateTime::from_ymd(2100, 12, 31)?,
            );
            DataValidation::new().allow_date(DataValidationRule::Between(from, to))
        }
        Shape::Whole => {
            let least = bound("minimum").map_or(i32::MIN, |n| n as i32);
            let most = bound("maximum").map_or(i32::MAX, |n| n as i32);
            DataValidation::new().allow_whole_number(DataValidationRule::Between(least, most))
        }
        Shape::Real => {
            let (least, most) = (
                bound("minimum").unwrap_or(-1e9),
                bound("maximum").unwrap_or(1e9),
            );
            DataValidation::new().allow_decimal_number(DataValidationRule::Between(least, most))
        }
        Shape::Text | Shape::Texts => {
            let most = bound("maxLength")
                .map_or(write::MAX_CELL as f64, |n| n.min(write::MAX_CELL as f64));
            let most = if matches!(column.shape, Shape::Texts) {
                write::MAX_CELL as f64
            } else {
                most
            };
            DataValidation::new()
                .allow_text_length(DataValidationRule::LessThanOrEqualTo(most as u32))
        }
        // Several choices are written with semicolons; they are judged on coming in.
        Shape::Choices(_) => DataValidation::new().allow_any_value(),
    };
    let own = spoken(column);
    let hint = match &column.shape {
        Shape::Choices(choices) => {
            let all: Vec<&str> = choices.iter().map(|c| c.label.as_str()).collect();
            format!(
                "{own} Nhiều giá trị cách nhau bằng dấu chấm phẩy: {}.",
                all.join("; ")
            )
        }
        Shape::Texts => format!("{own} Mỗi giá trị một dòng (Alt+Enter)."),
        _ => own,
    };
    let short = |text: &str, most: usize| text.chars().take(most).collect::<String>();
    let rule = rule
        .ignore_blank(true)
        .set_input_title(short(&column.title, 32))?
        .set_input_message(short(&hint, 255))?
        .set_error_title("Chưa đúng")?
        .set_error_message(short(&hint, 255))?;
    sheet.add_data_validation(rows.0, at, rows.1, at, &rule)?;
    Ok(())
}

fn labels(choices: &[Choice], lists: &mut Vec<Vec<String>>) -> Result<DataValidation, XlsxError> {
    let labels: Vec<String> = choices.iter().map(|choice| choice.label.clone()).collect();
    let length = labels
        .iter()
        .map(|label| label.chars().count() + 1)
        .sum::<usize>();
    if length <= MAX_RULE && !labels.iter().any(|label| label.contains(',')) {
        return DataValidation::new().allow_list_strings(&labels);
    }
    let at = lists
        .iter()
        .position(|list| *list == labels)
        .unwrap_or_else(|| {
            lists.push(labels.clone());
            lists.len() - 1
        });
    let column = cell::letters(u32::try_from(at).unwrap_or(0));
    let formula = format!("={CHOICES}!${column}$1:${column}${}", labels.len());
    Ok(DataValidation::new().allow_list_formula(Formula::new(formula)))
}

fn describe(template: &Template<'_>, names: &[String]) -> Result<Worksheet, XlsxError> {
    let mut sheet = Worksheet::new();
    sheet.set_name(DESCRIPTION)?.set_very_hidden(true).protect();
    let mut lines = vec![
        vec!["mau".to_owned(), VERSION.to_owned()],
        vec!["loai".to_owned(), template.kind.to_owned()],
        vec!["don-vi".to_owned(), template.unit.0.to_owned()],
        vec!["ngay".to_owned(), template.date.to_owned()],
    ];
    let fields = |columns: &[Column]| columns.iter().map(Column::dotted).collect::<Vec<_>>();
    lines.push(
        [
            vec!["dau".to_owned(), HEAD.to_owned()],
            fields(&template.head),
        ]
        .concat(),
    );
    for (list, name) in template.lists.iter().zip(names) {
        let begin = vec!["bang".to_owned(), name.clone(), list.field.to_owned()];
        lines.push([begin, fields(&list.columns)].concat());
    }
    for (row, line) in (0..).zip(&lines) {
        for (column, text) in (0..).zip(line) {
            sheet.write_string(row, column, text)?;
        }
    }
    Ok(sheet)
}

/// What a workbook says of itself, if it is a template.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Description {
    /// The version of its format.
    pub version: String,
    /// The kind.
    pub kind: String,
    /// The unit.
    pub unit: String,
    /// The day.
    pub date: String,
    /// The sheet of the record's fields, and the fields of its rows.
    pub head: (String, Vec<String>),
    /// The sheets of lists: name, field, and the fields of the columns.
    pub lists: Vec<(String, String, Vec<String>)>,
}

impl Description {
    /// Whether this program reads templates of that version.
    pub fn is_known(&self) -> bool {
        self.version == VERSION
    }
}

/// Reads the description of a template.
pub fn description(sheets: &[Sheet]) -> Option<Description> {
    let sheet = sheets
        .iter()
        .find(|sheet| sheet.hidden && sheet.name == DESCRIPTION)?;
    let mut out = Description::default();
    for row in sheet.rows() {
        let mut texts = sheet.row(row).map(|(_, cell)| cell.shown());
        let key = texts.next().unwrap_or_default();
        match key.as_str() {
            "mau" => out.version = texts.next().unwrap_or_default(),
            "loai" => out.kind = texts.next().unwrap_or_default(),
            "don-vi" => out.unit = texts.next().unwrap_or_default(),
            "ngay" => out.date = texts.next().unwrap_or_default(),
            "dau" => out.head = (texts.next().unwrap_or_default(), texts.collect()),
            "bang" => {
                let (name, field) = (
                    texts.next().unwrap_or_default(),
                    texts.next().unwrap_or_default(),
                );
                out.lists.push((name, field, texts.collect()));
            }
            _ => {}
        }
    }
    Some(out)
}

/// The cell of the value of a field of the record, by its place in the description.
pub fn head_cell(index: usize) -> (u32, u32) {
    (
        FIRST.saturating_add(u32::try_from(index).unwrap_or(u32::MAX)),
        1,
    )
}

/// The row of the headings of a list.
pub const HEADINGS: u32 = FIRST - 1;
