//! Numbers of documents (`Số:`): one series a calendar year, or one for each type of document,
//! without gaps and without doubles (NĐ 30/2020, Điều 15).
//!
//! Two people can take the same number at once on two branches; git merges the two files without a
//! word. What CI checks is the merged tree, so the double is found before anything is issued: the
//! document that is signed keeps its number, else the earlier one, and the other takes the next
//! free one with `hoso number`.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::Map;
use serde_json::Value;

use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Words;
use crate::diag::words::tame;
use crate::records::Record;
use crate::records::header;
use crate::records::id::RecordId;
use crate::records::kind::NumberRule;
use crate::records::school::School;
use crate::records::school::practice::SeriesBy;
use crate::repo::Snapshot;

/// A gap beyond this is told as one of this size: a slip such as 20240 must not take a minute.
const MAX_GAP: u32 = 10_000;

/// One series of numbers: its name, its calendar year, and its type of document if it is kept by
/// type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SeriesId {
    /// The name in `kind.yaml`.
    pub name: String,
    /// The calendar year.
    pub year: i16,
    /// The type of document.
    pub by: Option<String>,
}

/// A number taken from a series.
#[derive(Clone, Debug)]
pub struct Taken<'a> {
    /// The number.
    pub number: u32,
    /// By which record.
    pub record: &'a Record,
}

/// The series a record belongs to, whether it has its number yet or not.
pub fn series(school: &School, record: &Record) -> Option<SeriesId> {
    let rule = record.kind.numbering.as_ref()?;
    Some(series_of(school, rule, record.date, &record.fields))
}

/// The series that a record of these fields and this date belongs to.
pub fn series_of(
    school: &School,
    rule: &NumberRule,
    date: Date,
    fields: &Map<String, Value>,
) -> SeriesId {
    let by = match school.series(&rule.series, date) {
        SeriesBy::Chung => None,
        SeriesBy::Loai => rule
            .by
            .as_ref()
            .and_then(|field| fields.get(field)?.as_str().map(str::to_owned)),
    };
    SeriesId {
        name: rule.series.clone(),
        year: date.year(),
        by,
    }
}

/// Every series with the numbers taken from it, in order.
pub fn all<'a>(school: &School, records: &'a [Record]) -> BTreeMap<SeriesId, Vec<Taken<'a>>> {
    let mut all: BTreeMap<SeriesId, Vec<Taken<'a>>> = BTreeMap::new();
    for record in records {
        let Some(series) = series(school, record) else {
            continue;
        };
        if let Some(number) = number(record) {
            all.entry(series)
                .or_default()
                .push(Taken { number, record });
        }
    }
    for taken in all.values_mut() {
        taken.sort_by(|a, b| {
            let key = |t: &Taken<'_>| (t.number, t.record.date);
            key(a)
                .cmp(&key(b))
                .then_with(|| a.record.id.cmp(&b.record.id))
        });
    }
    all
}

/// The number a record has.
pub fn number(record: &Record) -> Option<u32> {
    let field = &record.kind.numbering.as_ref()?.field;
    record
        .fields
        .get(field)
        .and_then(Value::as_u64)?
        .try_into()
        .ok()
}

/// The next number of a series: the one after the highest, or the first that is kept here.
pub fn next(school: &School, series: &SeriesId, taken: &[Taken<'_>]) -> u32 {
    let first = school.first_number(&series.name, series.year, series.by.as_deref());
    taken
        .iter()
        .map(|t| t.number.saturating_add(1))
        .max()
        .unwrap_or(first)
        .max(first)
}

/// Doubles, gaps, and numbers that run against their dates. Gaps only when `every_one_read`: a record
/// that could not be read may have the number that seems to be missing.
pub fn check(
    snapshot: &Snapshot,
    school: &School,
    records: &[Record],
    every_one_read: bool,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (series, taken) in all(school, records) {
        doubles(snapshot, school, &series, &taken, &mut findings);
        if every_one_read {
            gaps(school, &series, &taken, &mut findings);
        }
        order(&taken, &mut findings);
    }
    findings
}

fn doubles(
    snapshot: &Snapshot,
    school: &School,
    series: &SeriesId,
    taken: &[Taken<'_>],
    findings: &mut Vec<Finding>,
) {
    let mut free = next(school, series, taken);
    for same in taken.chunk_by(|a, b| a.number == b.number) {
        let known = same.iter().any(|t| is_known(school, series, t.number));
        if same.len() < 2 || known {
            continue;
        }
        // A signed document keeps its number for ever; among others the earlier does.
        let keeper = same
            .iter()
            .position(|t| is_signed(snapshot, &t.record.id))
            .unwrap_or(0);
        let kept = &same[keeper].record.id;
        for (_, t) in same.iter().enumerate().filter(|(i, _)| *i != keeper) {
            let (n, id) = (t.number, &t.record.id);
            let finding = at(
                t.record,
                Code::NumberDoubled,
                Words::new(
                    format!("số {n} đã cấp cho `{kept}`"),
                    format!("number {n} is that of `{kept}`"),
                ),
            );
            let help = if is_signed(snapshot, id) {
                Words::new(
                    format!(
                        "cả hai đã ký, số không đổi được nữa: ra văn bản đính chính cho `{id}` (NĐ 30/2020, Điều 18), rồi khai `so-ngoai-le` trong school.yaml"
                    ),
                    format!(
                        "both are signed and keep their number: issue a correction of `{id}` (NĐ 30/2020, Điều 18), then enter `so-ngoai-le` in school.yaml"
                    ),
                )
            } else {
                Words::new(
                    format!("cấp số kế tiếp ({free}): `hoso number --again {id}`"),
                    format!("give it the next one ({free}): `hoso number --again {id}`"),
                )
            };
            free = free.saturating_add(1);
            findings.push(finding.help(help));
        }
    }
}

fn gaps(school: &School, series: &SeriesId, taken: &[Taken<'_>], findings: &mut Vec<Finding>) {
    let mut expected = school.first_number(&series.name, series.year, series.by.as_deref());
    for t in taken {
        let missing: Vec<u32> = (expected..t.number.min(expected.saturating_add(MAX_GAP)))
            .filter(|n| !is_known(school, series, *n))
            .collect();
        if let Some((first, last)) = missing.first().zip(missing.last()) {
            let missing = if first == last {
                first.to_string()
            } else {
                format!("{first}–{last}")
            };
            let (name, year) = (tame(&series.name), series.year);
            let finding = at(
                t.record,
                Code::NumberGap,
                Words::new(
                    format!("dãy `{name}` năm {year} thiếu số {missing}"),
                    format!("series `{name}` of {year} has no number {missing}"),
                ),
            );
            findings.push(finding.help(Words::new(
                "nhập văn bản mang số ấy; số trước đây ở sổ giấy thì khai `so-dau`, số đã hủy thì khai `so-ngoai-le` trong school.yaml",
                "enter the document with that number; in school.yaml, `so-dau` is for numbers on paper and `so-ngoai-le` for one that was cancelled",
            )));
        }
        expected = expected.max(t.number.saturating_add(1));
    }
}

fn is_known(school: &School, series: &SeriesId, number: u32) -> bool {
    school
        .odd_number(&series.name, series.year, series.by.as_deref(), number)
        .is_some()
}

fn order(taken: &[Taken<'_>], findings: &mut Vec<Finding>) {
    let mut latest: Option<(Date, u32)> = None;
    for t in taken {
        let date = t.record.date;
        if let Some((before, number)) = latest
            && date < before
        {
            let n = t.number;
            let finding = at(
                t.record,
                Code::NumberOrder,
                Words::new(
                    format!("số {n} ngày {date}, trong khi số {number} đã ở ngày {before}"),
                    format!("number {n} is of {date}, while number {number} is of {before}"),
                ),
            );
            findings.push(finding.help(Words::new(
                "xem lại số và ngày của hai văn bản",
                "look at number and date of both",
            )));
        }
        if latest.is_none_or(|(before, _)| before <= date) {
            latest = Some((date, t.number));
        }
    }
}

/// Whether anything of the record was signed.
pub fn is_signed(snapshot: &Snapshot, id: &RecordId) -> bool {
    let folder = format!("signatures/{id}/");
    snapshot.under(&folder).next().is_some()
}

fn at(record: &Record, code: Code, words: Words) -> Finding {
    let place = record.place();
    let text = std::str::from_utf8(&record.source.bytes).unwrap_or_default();
    let rule = record.kind.numbering.as_ref();
    let located = rule.and_then(|rule| header::locate(text, &place, &format!("/{}", rule.field)));
    Finding::new(code, located.unwrap_or(place), words).excerpt(text)
}
