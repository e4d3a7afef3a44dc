//! One cell ↔ one value of a field. What a value becomes in a table is read back as the same value;
//! `outgo` and `template` make sure of it before anything is given out.

use jiff::civil::Date;
use serde_json::Number;
use serde_json::Value;

use crate::diag::Words;
use crate::diag::words::near_miss;
use crate::diag::words::or_ticked;
use crate::diag::words::tame;
use crate::exchange::cell::Cell;
use crate::exchange::cell::key;
use crate::exchange::cell::plain;
use crate::exchange::column::Choice;
use crate::exchange::column::Column;
use crate::exchange::column::Shape;

/// What is wrong with a cell, and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfit {
    /// What.
    pub message: Words,
    /// How to mend it.
    pub help: Option<Words>,
}

fn unfit(vi: impl Into<String>, en: impl Into<String>, help: (&str, &str)) -> Unfit {
    Unfit {
        message: Words::new(vi, en),
        help: Some(Words::new(help.0, help.1)),
    }
}

/// A day as people in Viet Nam and programs write it: 9/9/2024, 09-09-2024, 2024-09-09, with or
/// without midnight behind it. A year of two digits is none.
pub fn written_date(text: &str) -> Option<Date> {
    let (day, time) = text
        .split_once([' ', 'T'])
        .map_or((text, ""), |(day, time)| (day, time.trim()));
    let midnight = time.chars().all(|c| "0:.Z".contains(c));
    let parts: Vec<&str> = day.split(['/', '-', '.']).collect();
    let [a, b, c] = parts[..] else { return None };
    let digits = |part: &str, most| {
        (1..=most).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit())
    };
    let (year, month, day) = match (a.len(), c.len()) {
        (4, _) if digits(c, 2) => (a, b, c),
        (_, 4) if digits(a, 2) => (c, b, a),
        _ => return None,
    };
    let sound = midnight && digits(year, 4) && digits(month, 2);
    let date = Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
    date.ok().filter(|_| sound)
}

/// Reads a cell as the value of a column.
///
/// # Errors
/// [`Unfit`], when it cannot be one.
pub fn read(column: &Column, cell: &Cell) -> Result<Value, Unfit> {
    if let Cell::Error(error) = cell {
        let error = tame(error);
        return Err(unfit(
            format!("ô có lỗi hoặc giờ không phải ngày: `{error}`"),
            format!("the cell holds an error, or a time that is no day: `{error}`"),
            (
                "sửa công thức, hoặc gõ giá trị vào ô",
                "mend the formula, or type the value",
            ),
        ));
    }
    match &column.shape {
        Shape::Text => text(column, cell),
        Shape::Texts => Ok(cell
            .shown()
            .lines()
            .map(str::trim)
            .filter(|l| !l.is_empty())
            .map(Value::from)
            .collect()),
        Shape::Choice(choices) => choice(choices, &cell.shown()),
        Shape::Choices(choices) => {
            let shown = cell.shown();
            let parts = shown
                .split([';', '\n'])
                .map(str::trim)
                .filter(|p| !p.is_empty());
            parts.map(|part| choice(choices, part)).collect()
        }
        Shape::Yes => yes(cell),
        Shape::Whole => whole(cell),
        Shape::Real => real(cell).map(|number| {
            Number::from_f64(number).map_or(Value::Null, |exact| match number.fract() == 0.0 {
                true => Value::from(number as i64),
                false => Value::Number(exact),
            })
        }),
        Shape::Day => day(cell),
    }
}

/// The cell that a value becomes; none for what no cell can hold.
pub fn write(column: &Column, value: &Value) -> Option<Cell> {
    let label = |choices: &[Choice], value: &Value| {
        let found = choices.iter().find(|choice| choice.value == *value)?;
        Some(found.label.clone())
    };
    match (&column.shape, value) {
        (Shape::Choice(choices), value) => label(choices, value).and_then(|l| Cell::text(&l)),
        (Shape::Choices(choices), Value::Array(items)) => {
            let labels: Option<Vec<String>> = items.iter().map(|v| label(choices, v)).collect();
            Cell::text(&labels?.join("; "))
        }
        (Shape::Texts, Value::Array(items)) => {
            let items: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
            Cell::text(&items?.join("\n"))
        }
        (Shape::Yes, Value::Bool(yes)) => Cell::text(if *yes { "Có" } else { "Không" }),
        (Shape::Whole | Shape::Real, Value::Number(number)) => number.as_f64().map(Cell::Number),
        (Shape::Day, Value::String(text)) => written_date(text).map(Cell::Date),
        (Shape::Text, Value::String(text)) => Cell::text(text),
        _ => None,
    }
}

fn text(column: &Column, cell: &Cell) -> Result<Value, Unfit> {
    let accepts = |text: &str| column.schema.accepts(&Value::from(text));
    let shown = match cell {
        Cell::Number(number) if number.abs() >= 1e15 => {
            return Err(unfit(
                format!(
                    "số {} dài quá 15 chữ số, bảng tính đã làm tròn",
                    plain(*number)
                ),
                format!(
                    "{} has more than 15 digits, the table has rounded it",
                    plain(*number)
                ),
                (
                    "định dạng cột là Chữ (Text) rồi gõ lại",
                    "format the column as text and type it again",
                ),
            ));
        }
        cell => cell.shown(),
    };
    if accepts(&shown) && !(column.pad.is_some() && matches!(cell, Cell::Number(_))) {
        return Ok(Value::from(shown));
    }
    if let (Some(width), Cell::Number(_)) = (column.pad, cell) {
        let padded = format!("{shown:0>width$}");
        if padded.len() == shown.len() + 1 && accepts(&padded) {
            return Ok(Value::from(padded));
        }
        if accepts(&shown) {
            return Ok(Value::from(shown));
        }
    }
    if let Some(month) = month(cell).filter(|month| accepts(month)) {
        return Ok(Value::from(month));
    }
    if let Some(day) = written_date(&shown).map(|day| day.to_string())
        && accepts(&day)
    {
        return Ok(Value::from(day));
    }
    match cell {
        Cell::Number(_) => Err(unfit(
            format!("số {shown} không đúng quy định của cột; bảng tính bỏ số 0 ở đầu mã số"),
            format!(
                "the number {shown} does not fit the column; tables drop the zeros before a code"
            ),
            (
                "định dạng cột là Chữ (Text) rồi gõ lại đủ các số 0",
                "format the column as text and type all the zeros",
            ),
        )),
        // The schema says what is wrong with it.
        _ => Ok(Value::from(shown)),
    }
}

/// A month: 9/2024, or a day of it.
fn month(cell: &Cell) -> Option<String> {
    match cell {
        Cell::Date(date) => Some(format!("{:04}-{:02}", date.year(), date.month())),
        Cell::Text(text) => {
            let (month, year) = text.split_once('/')?;
            let (month, year): (u8, u16) = (month.trim().parse().ok()?, year.trim().parse().ok()?);
            Some(format!("{year:04}-{month:02}"))
        }
        _ => None,
    }
}

fn choice(choices: &[Choice], shown: &str) -> Result<Value, Unfit> {
    let wanted = key(shown);
    let found = choices.iter().find(|choice| choice.keys.contains(&wanted));
    found.map(|choice| choice.value.clone()).ok_or_else(|| {
        let labels = || choices.iter().map(|choice| choice.label.as_str());
        let all = or_ticked(labels());
        let near = near_miss(shown, labels());
        let shown = tame(shown);
        Unfit {
            message: Words::new(
                format!("`{shown}` không hợp lệ: phải là {}", all.vi),
                format!("`{shown}` is not valid: it must be {}", all.en),
            ),
            help: near.map(|near| {
                Words::new(
                    format!("có phải là `{near}`?"),
                    format!("did you mean `{near}`?"),
                )
            }),
        }
    })
}

fn yes(cell: &Cell) -> Result<Value, Unfit> {
    let shown = cell.shown();
    match key(&shown).as_str() {
        "x" | "co" | "dung" | "true" | "yes" | "1" | "y" => Ok(Value::Bool(true)),
        "khong" | "sai" | "false" | "no" | "0" | "n" => Ok(Value::Bool(false)),
        _ => {
            let shown = tame(&shown);
            Err(unfit(
                format!("`{shown}` không phải có hay không"),
                format!("`{shown}` is neither yes nor no"),
                (
                    "ghi `x` hoặc `Có`; không thì để trống hoặc `Không`",
                    "write `x` or `Có`; else nothing, or `Không`",
                ),
            ))
        }
    }
}

fn whole(cell: &Cell) -> Result<Value, Unfit> {
    let number = match cell {
        Cell::Number(number) => Some(*number),
        cell => cell.shown().parse::<i64>().ok().map(|n| n as f64),
    };
    match number.filter(|n| n.fract() == 0.0 && n.abs() < 1e15) {
        Some(number) => Ok(Value::from(number as i64)),
        None => {
            let shown = tame(&cell.shown());
            Err(unfit(
                format!("`{shown}` không phải số nguyên"),
                format!("`{shown}` is no whole number"),
                (
                    "gõ lại thành số, không có dấu chấm, dấu phẩy",
                    "type it as a number without points or commas",
                ),
            ))
        }
    }
}

/// A number; in text with a decimal comma or point. What could be thousands is not guessed.
fn real(cell: &Cell) -> Result<f64, Unfit> {
    let shown = cell.shown();
    let number = match cell {
        Cell::Number(number) => Some(*number),
        _ => {
            let parts: Vec<&str> = shown.split([',', '.']).collect();
            match parts[..] {
                [whole] => whole.parse().ok(),
                [whole, part] if part.len() != 3 || whole == "0" => {
                    format!("{whole}.{part}").parse().ok()
                }
                _ => None,
            }
        }
    };
    number.filter(|n: &f64| n.is_finite()).ok_or_else(|| {
        let shown = tame(&shown);
        unfit(
            format!("`{shown}` không đọc chắc được thành số"),
            format!("`{shown}` is no number for certain"),
            (
                "định dạng ô là Số (Number) rồi gõ lại",
                "format the cell as a number and type it again",
            ),
        )
    })
}

fn day(cell: &Cell) -> Result<Value, Unfit> {
    let date = match cell {
        Cell::Date(date) => Some(*date),
        Cell::Text(text) => written_date(text),
        _ => None,
    };
    date.map(|date| Value::from(date.to_string())).ok_or_else(|| {
        let shown = tame(&cell.shown());
        unfit(
            format!("`{shown}` không phải ngày"),
            format!("`{shown}` is no day"),
            (
                "viết ngày/tháng/năm đủ bốn chữ số của năm, ví dụ 09/09/2019, hoặc định dạng ô là Ngày (Date)",
                "write day/month/year with a year of four digits, such as 09/09/2019, or format the cell as a date",
            ),
        )
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::exchange::column;

    fn column(schema: Value) -> Column {
        let schema = json!({"type": "object", "properties": {"a": schema}});
        column::of(&schema).columns.remove(0)
    }

    fn said(schema: Value, cell: Cell) -> Result<Value, String> {
        read(&column(schema), &cell).map_err(|unfit| unfit.message.en)
    }

    fn text(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }

    #[test]
    fn days_are_read_in_all_their_forms() {
        let day = Some(Date::constant(2019, 12, 1));
        for written in [
            "01/12/2019",
            "1/12/2019",
            "1-12-2019",
            "01.12.2019",
            "2019-12-01",
            "2019-12-01 00:00:00",
            "2019-12-01T00:00:00Z",
        ] {
            assert_eq!(written_date(written), day, "{written}");
        }
        for none in [
            "1/12/19",
            "31/11/2019",
            "12/2019",
            "2019-12-01 07:30",
            "1/12/2019/3",
            "+1/12/2019",
            "x",
            "01/12/02019",
        ] {
            assert_eq!(written_date(none), None, "{none}");
        }
    }

    #[test]
    fn codes_keep_their_zeros_or_are_refused() {
        let code = json!({"type": "string", "pattern": "^[0-9]{10}$"});
        assert_eq!(
            said(code.clone(), text("0719002738")),
            Ok(json!("0719002738"))
        );
        assert_eq!(
            said(code.clone(), Cell::Number(2719002738.0)),
            Ok(json!("2719002738"))
        );
        assert!(
            said(code.clone(), Cell::Number(719002738.0))
                .unwrap_err()
                .contains("drop the zeros")
        );
        assert!(
            said(json!({"type": "string"}), Cell::Number(1234567890123456.0))
                .unwrap_err()
                .contains("rounded")
        );
        let mut phone = column(json!({"type": "string", "pattern": "^[0-9+][0-9 .]{7,18}$"}));
        phone.pad = Some(10);
        assert_eq!(
            read(&phone, &Cell::Number(912345678.0)),
            Ok(json!("0912345678"))
        );
        assert_eq!(read(&phone, &text("912 345 678")), Ok(json!("912 345 678")));
    }

    #[test]
    fn what_is_not_certain_is_not_guessed() {
        let number = json!({"type": "number"});
        assert_eq!(said(number.clone(), text("12,5")), Ok(json!(12.5)));
        assert_eq!(said(number.clone(), text("105.5")), Ok(json!(105.5)));
        assert_eq!(said(number.clone(), Cell::Number(18.0)), Ok(json!(18)));
        assert!(said(number.clone(), text("1.500")).is_err());
        assert!(said(number, text("1.500,5")).is_err());
        assert!(said(json!({"type": "integer"}), Cell::Number(1.5)).is_err());
        assert!(said(json!({"type": "boolean"}), text("đôi khi")).is_err());
        assert!(
            said(
                json!({"type": "string", "format": "date"}),
                Cell::Number(43800.0)
            )
            .is_err()
        );
        assert!(said(json!({"type": "string"}), Cell::Error("#REF!".to_owned())).is_err());
    }

    #[test]
    fn choices_are_known_by_label_and_value() {
        let sex =
            json!({"type": "string", "enum": ["nam", "nu"], "x-nhan": {"nam": "Nam", "nu": "Nữ"}});
        for shown in ["Nữ", "nu", "NỮ "] {
            assert_eq!(said(sex.clone(), text(shown)), Ok(json!("nu")));
        }
        assert!(
            said(sex, text("Nũ?x"))
                .unwrap_err()
                .contains("`Nam` or `Nữ`")
        );
        let many = json!({"type": "array", "items": {"type": "string", "enum": ["a", "b"], "x-nhan": {"a": "Hộ nghèo", "b": "Khác"}}});
        assert_eq!(said(many, text("Khác; hộ nghèo")), Ok(json!(["b", "a"])));
    }

    #[test]
    fn months_are_read_where_months_are_asked_for() {
        let month = json!({"type": "string", "pattern": "^\\d{4}-(0[1-9]|1[0-2])$"});
        assert_eq!(said(month.clone(), text("9/2024")), Ok(json!("2024-09")));
        assert_eq!(
            said(month, Cell::Date(Date::constant(2024, 9, 5))),
            Ok(json!("2024-09"))
        );
    }
}
