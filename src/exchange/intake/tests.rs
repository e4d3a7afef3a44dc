//! Sheets as other programs make them.

use serde_json::json;

use super::*;
use crate::exchange::column;

fn sheet(lines: &[&str]) -> Sheet {
    let mut sheet = Sheet::default();
    for (row, line) in (0..).zip(lines) {
        for (column, text) in (0..).zip(line.split('|')) {
            if let Some(cell) = Cell::text(text) {
                sheet.cells.insert((row, column), cell);
            }
        }
    }
    sheet
}

fn wanted() -> Vec<Wanted> {
    let schema = json!({"required": ["stt", "ma", "ten", "sinh"], "properties": {
        "stt": {"type": "integer", "title": "STT"},
        "ma": {"type": "string", "title": "Mã"},
        "ten": {"type": "string", "title": "Họ tên"},
        "sinh": {"type": "string", "format": "date", "title": "Ngày sinh"},
        "que": {"type": "string", "title": "Quê"}
    }});
    let columns = column::of(&schema).columns;
    columns
        .into_iter()
        .map(|column| Wanted {
            column,
            of_head: false,
        })
        .collect()
}

fn taken(lines: &[&str]) -> (Intake, Vec<String>) {
    let spot = Spot {
        file: "a.csv".to_owned(),
    };
    let mut findings = Vec::new();
    let known = [key("Lớp")];
    let taken = read(&sheet(lines), &wanted(), &known, &[], &spot, &mut findings);
    let said = findings.iter().map(|f| {
        format!(
            "{} {}",
            f.place.field.clone().unwrap_or_default(),
            f.message.en
        )
    });
    (taken, said.collect())
}

#[test]
fn headings_are_found_below_titles_and_notes_are_told() {
    let (taken, said) = taken(&[
        "TRƯỜNG MẦM NON HOA SEN",
        "DANH SÁCH TRẺ|||Ngày sinh",
        "",
        "STT|MÃ|HỌ  TÊN|ngay sinh|Lớp|Sở thích",
        "(1)|(2)|(3)|(4)|(5)|(6)",
        "1|0700000001|An|01/02/2020|A|vẽ",
        "",
        "2|0700000002|Bình|2020-03-04|A",
        "Tổng cộng: 2 trẻ",
        "Người lập|Hiệu trưởng|x|y",
    ]);
    assert_eq!(said, Vec::<String>::new());
    let rows: Vec<Value> = taken
        .rows
        .iter()
        .map(|row| Value::Object(row.fields.clone()))
        .collect();
    assert_eq!(
        rows,
        [
            json!({"stt": 1, "ma": "0700000001", "ten": "An", "sinh": "2020-02-01"}),
            json!({"stt": 2, "ma": "0700000002", "ten": "Bình", "sinh": "2020-03-04"}),
        ]
    );
    assert_eq!(taken.unused, ["F “Sở thích”"]);
    assert_eq!(
        taken.notes,
        ["9: Tổng cộng: 2 trẻ", "10: Người lập · Hiệu trưởng · x · y"]
    );
    assert_eq!(taken.place(1, "sinh"), Some((7, "D8".to_owned())));
    assert_eq!(taken.place(1, "que"), Some((7, "8".to_owned())));
}

#[test]
fn every_bad_cell_is_told_with_its_name() {
    let (_, said) = taken(&[
        "STT|Mã|Họ tên|Ngày sinh",
        "một|1|An|1/13/2020",
        "2|2|Bình|hôm qua",
    ]);
    assert_eq!(said.len(), 3);
    assert!(said[0].starts_with("A2 column “STT”"));
    assert!(said[1].starts_with("D2 ") && said[2].starts_with("D3 "));
}

#[test]
fn columns_that_are_missing_or_there_twice_are_told() {
    let (_, said) = taken(&["Họ tên|Họ tên|Quê", "An|B|C"]);
    assert_eq!(said.len(), 3);
    assert!(said[0].starts_with("B1 there are two columns"));
    assert!(said[1].contains("`ma`") && said[2].contains("`sinh`"));
    let (_, said) = taken(&["a|b", "c|d"]);
    assert!(said[0].contains("no row of headings"));
    let (_, said) = taken(&["STT|Mã|Họ tên|Ngày sinh"]);
    assert!(said[0].contains("no row below"));
}

#[test]
fn numbers_are_given_where_the_table_has_none() {
    let (taken, said) = taken(&["Mã|Họ tên|Ngày sinh", "1|An|1/1/2020", "2|Bình|1/1/2020"]);
    assert_eq!(said, Vec::<String>::new());
    let numbers: Vec<&Value> = taken.rows.iter().map(|row| &row.fields["stt"]).collect();
    assert_eq!(numbers, [1, 2]);
}
