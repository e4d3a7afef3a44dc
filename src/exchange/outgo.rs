//! Records → the lines of a table, by a mapping. What a cell would say otherwise than the record is a
//! fault, and what has no column is told: nothing is left out in silence.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::tz::Offset;
use serde_json::Map;
use serde_json::Value;

use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Words;
use crate::exchange::cell::Cell;
use crate::exchange::column;
use crate::exchange::column::Column;
use crate::exchange::column::Columns;
use crate::exchange::mapping;
use crate::exchange::mapping::Days;
use crate::exchange::mapping::Made;
use crate::exchange::mapping::Mapped;
use crate::exchange::mapping::Mapping;
use crate::exchange::merge;
use crate::exchange::value;
use crate::exchange::write::MAX_CELL;
use crate::exchange::write::Table;
use crate::records::Record;
use crate::records::kind::FormKind;

/// Vietnam's time, whole hours from Greenwich.
const VIETNAM: Offset = Offset::constant(7);

/// A record to be written, and what its history says.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// The record.
    pub record: &'a Record,
    /// How often it was committed, and when it was last; none if it never was.
    pub committed: Option<(usize, Timestamp)>,
}

/// The lines, and what of the records is not in them.
#[derive(Clone, Debug, Default)]
pub struct Written {
    /// The table.
    pub table: Table,
    /// Fields of rows that have no column, dotted.
    pub left_out: BTreeSet<String>,
}

/// Whether a mapping needs the history of records.
pub fn needs_history(mapping: &Mapping) -> bool {
    let of_history =
        |m: &Mapped| matches!(m.made, Some(Made::SuKien | Made::PhienBan | Made::ThoiGian));
    mapping.columns.iter().any(of_history)
}

/// Writes records of the mapping's kind.
pub fn table(mapping: &Mapping, records: &[Outgoing<'_>], findings: &mut Vec<Finding>) -> Written {
    let sheet = mapping.sheet.clone().unwrap_or_else(|| "hoso".to_owned());
    let mut out = Written {
        table: Table {
            sheet,
            head: mapping.head.clone(),
            titles: mapping.columns.iter().map(|m| m.title.clone()).collect(),
            lines: Vec::new(),
        },
        left_out: BTreeSet::new(),
    };
    for outgoing in records {
        let FormKind::Record(rules) = &outgoing.record.kind.form else {
            continue;
        };
        let header = rules.fields.text();
        let Some((list, row)) = mapping::list_of(header, mapping.list.as_deref()) else {
            continue;
        };
        let sides = Sides {
            mapping,
            outgoing,
            list,
            rows: column::of(row),
            head: column::of(header),
            key: merge::key_of(row),
        };
        sides.write(&mut out, findings);
    }
    out
}

struct Sides<'a> {
    mapping: &'a Mapping,
    outgoing: &'a Outgoing<'a>,
    list: &'a str,
    rows: Columns,
    head: Columns,
    key: Option<&'static str>,
}

impl Sides<'_> {
    fn write(&self, out: &mut Written, findings: &mut Vec<Finding>) {
        let record = self.outgoing.record;
        let rows = record.fields.get(self.list).and_then(Value::as_array);
        let columns: Vec<Option<Column>> = self
            .mapping
            .columns
            .iter()
            .map(|mapped| mapped.column(&self.rows, &self.head))
            .collect();
        for (index, row) in rows.into_iter().flatten().enumerate() {
            let Some(row) = row.as_object() else { continue };
            let number = out.table.lines.len() + 1;
            let mut line = Vec::new();
            let mut done: BTreeSet<String> = BTreeSet::new();
            for (mapped, column) in self.mapping.columns.iter().zip(&columns) {
                let cell = match column {
                    Some(column) if !mapped.ignored => {
                        let of = if mapped.field.is_some() {
                            row
                        } else {
                            &record.fields
                        };
                        let first = mapped.field.is_none() || done.insert(column.dotted());
                        let value = column.of(of).filter(|_| first || !mapped.is_taken());
                        self.cell(mapped, column, value, index, findings)
                    }
                    _ => self.known(mapped, row, number, findings),
                };
                line.push(cell);
            }
            out.table.lines.push(line);
            let taken = |field: &str| {
                let own = self.mapping.columns.iter().filter(|m| m.is_taken());
                own.filter_map(|m| m.field.as_deref()).any(|f| f == field)
            };
            let lacking = self.rows.columns.iter().filter(|c| c.of(row).is_some());
            let lacking = lacking.map(Column::dotted).filter(|field| !taken(field));
            out.left_out.extend(lacking);
            let nested = self
                .rows
                .nested
                .iter()
                .filter(|f| row.contains_key(f.as_str()));
            out.left_out.extend(nested.cloned());
        }
    }

    fn cell(
        &self,
        mapped: &Mapped,
        column: &Column,
        value: Option<&Value>,
        row: usize,
        findings: &mut Vec<Finding>,
    ) -> Option<Cell> {
        if mapped.with.is_some() || mapped.without.is_some() {
            let said = if value.is_some() {
                &mapped.with
            } else {
                &mapped.without
            };
            return said.as_deref().and_then(Cell::text);
        }
        let value = value?;
        let cell = value::write(column, value).map(|cell| match (cell, mapped.days) {
            (Cell::Date(date), Days::Programs) => Cell::Text(date.to_string()),
            (cell @ Cell::Date(_), Days::People) => Cell::Text(cell.shown()),
            (cell, _) => cell,
        });
        let fits = |cell: &Cell| cell.shown().chars().count() <= MAX_CELL;
        let same = |cell: &Cell| value::read(column, cell).is_ok_and(|back| equal(&back, value));
        if let Some(cell) = &cell
            && fits(cell)
            && same(cell)
        {
            return Some(cell.clone());
        }
        let record = self.outgoing.record;
        let field = match mapped.field.is_some() {
            true => format!("{}[{}].{}", self.list, row + 1, column.dotted()),
            false => column.dotted(),
        };
        let title = &mapped.title;
        findings.push(
            Finding::new(
                Code::TableCell,
                record.place().field(field),
                Words::new(
                    format!("giá trị này không viết được thành một ô của cột “{title}” mà đọc lại vẫn như cũ"),
                    format!("this value cannot be a cell of the column “{title}” that reads back as it is"),
                ),
            )
            .help(Words::new(
                "bỏ dấu cách thừa, dòng trống, ký tự ẩn trong giá trị",
                "take out needless spaces, empty lines and hidden characters",
            )),
        );
        None
    }

    fn known(
        &self,
        mapped: &Mapped,
        row: &Map<String, Value>,
        number: usize,
        findings: &mut Vec<Finding>,
    ) -> Option<Cell> {
        if let Some(fixed) = &mapped.fixed {
            return Cell::text(fixed);
        }
        let record = self.outgoing.record;
        let committed = self.outgoing.committed;
        match mapped.made? {
            Made::SoThuTu => Some(Cell::Number(number as f64)),
            Made::NamHoc => Cell::text(record.id.year()),
            Made::DonVi => Cell::text(&record.unit.id),
            Made::TenDonVi => Cell::text(&record.unit.ten),
            Made::DoTuoi => record.unit.do_tuoi.as_deref().and_then(Cell::text),
            Made::NgayHoSo => Some(Cell::Text(Cell::Date(record.date).shown())),
            Made::MaBanGhi => {
                let key = self.key.and_then(|key| row.get(key));
                let key = key.map(|k| k.as_str().map_or_else(|| k.to_string(), str::to_owned));
                Cell::text(&format!(
                    "{}#{}",
                    record.id,
                    key.unwrap_or_else(|| number.to_string())
                ))
            }
            made => match committed {
                Some((times, at)) => match made {
                    Made::SuKien => Cell::text(if times > 1 { "UPDATE" } else { "NEW" }),
                    Made::PhienBan => Some(Cell::Number(times as f64)),
                    _ => {
                        let local = VIETNAM.to_datetime(at);
                        Cell::text(&local.strftime("%Y-%m-%dT%H:%M:%S").to_string())
                    }
                },
                None => {
                    findings.push(uncommitted(record));
                    None
                }
            },
        }
    }
}

/// Numbers are equal by what they are worth: 18 is 18.0.
fn equal(one: &Value, other: &Value) -> bool {
    match (one.as_f64(), other.as_f64()) {
        (Some(one), Some(other)) => one.total_cmp(&other).is_eq(),
        _ => one == other,
    }
}

fn uncommitted(record: &Record) -> Finding {
    Finding::new(
        Code::TableCell,
        record.place(),
        Words::new(
            "hồ sơ chưa được ghi vào kho (commit), nên chưa có số phiên bản và thời gian cập nhật",
            "the record is not committed, so it has no version and no time of change",
        ),
    )
    .help(Words::new(
        "`git add`, `git commit` rồi xuất lại",
        "`git add`, `git commit`, then export again",
    ))
}
