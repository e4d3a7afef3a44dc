//! What a closed book holds fast: its records do not change, none goes and none comes.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use jiff::civil::Date;
use serde_json::Value;

use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Words;
use crate::diag::words::tame;
use crate::records::Record;
use crate::records::book;
use crate::records::dates;
use crate::records::id::RecordId;
use crate::records::kind::Kind;
use crate::records::parse::closing::Written;
use crate::records::school::School;
use crate::records::school::Unit;

/// Where a record stands: what decides which books it falls into.
#[derive(Clone, Copy)]
pub struct Spot<'a> {
    /// Its kind.
    pub kind: &'a Kind,
    /// Its school year, `2024-2025`.
    pub year: &'a str,
    /// Its unit.
    pub unit: &'a Unit,
    /// The team of its unit.
    pub team: Option<&'a Unit>,
    /// Its date.
    pub date: Date,
    /// The child it is about.
    pub child: Option<&'a str>,
}

impl<'a> Spot<'a> {
    /// That of a record.
    pub fn of(record: &'a Record) -> Self {
        let child = record.kind.child.as_ref();
        Self {
            kind: &record.kind,
            year: record.id.year(),
            unit: &record.unit,
            team: record.team.as_ref(),
            date: record.date,
            child: child
                .and_then(|field| record.fields.get(field))
                .and_then(Value::as_str),
        }
    }
}

/// The closing of the book that a new record there would fall into.
pub fn over<'a>(school: &School, closings: &'a [Written], spot: &Spot<'_>) -> Option<&'a Written> {
    closings.iter().find(|closing| match &closing.selection {
        Some(selection) => selection.takes(school, spot),
        None => book::of(school, &closing.kind, spot).as_ref() == Some(&closing.id),
    })
}

/// The records that a closing lists, those that are still there, in its order.
pub fn listed<'a>(closing: &Written, records: &'a [Record]) -> Vec<&'a Record> {
    let by_id: BTreeMap<&RecordId, &Record> = records.iter().map(|r| (&r.id, r)).collect();
    let ids = closing.listed.iter();
    ids.filter_map(|(id, _)| by_id.get(id).copied()).collect()
}

/// Compares what a closing lists with what there is now. `due` are the records that fall into the
/// book; `exists` tells of files that could not be read as records, whose faults are told already.
pub fn compare(
    closing: &Written,
    due: &[&Record],
    records: &[Record],
    exists: &dyn Fn(&RecordId) -> bool,
    findings: &mut Vec<Finding>,
) {
    let by_id: BTreeMap<&RecordId, &Record> = records.iter().map(|r| (&r.id, r)).collect();
    let mut known = BTreeSet::new();
    for (index, (id, digest)) in closing.listed.iter().enumerate() {
        known.insert(id);
        match by_id.get(id) {
            Some(record) if record.source.digest == *digest => {}
            Some(record) => findings.push(changed(closing, record)),
            None if exists(id) => {}
            None => findings.push(missing(closing, index, id)),
        }
    }
    let added = due.iter().filter(|record| !known.contains(&record.id));
    findings.extend(added.map(|record| self::added(closing, record)));
}

/// `đã khóa ngày 01/10/2024`, and the same in English.
fn said(closing: &Written) -> (String, String, String) {
    let title = tame(closing.id.as_str());
    (
        title,
        dates::official(closing.date),
        closing.date.to_string(),
    )
}

fn changed(closing: &Written, record: &Record) -> Finding {
    let (book, day, iso) = said(closing);
    Finding::new(
        Code::BookRecordChanged,
        record.place(),
        Words::new(
            format!("hồ sơ đã bị sửa sau khi sổ `{book}` khóa ngày {day}"),
            format!("the record was changed after the book `{book}` was closed on {iso}"),
        ),
    )
    .help(Words::new(
        "lấy lại văn bản cũ bằng một commit mới (git log, rồi git checkout <commit> -- <tệp>); điều cần bổ sung thì viết thành hồ sơ của kỳ sau",
        "bring the old text back by a new commit (git log, then git checkout <commit> -- <file>); what must be added goes into a record of the next period",
    ))
}

fn missing(closing: &Written, index: usize, id: &RecordId) -> Finding {
    let (book, day, iso) = said(closing);
    let message = Words::new(
        format!("hồ sơ `{id}` không còn, mà sổ `{book}` đã khóa ngày {day} với nó"),
        format!("the record `{id}` is gone, with which the book `{book}` was closed on {iso}"),
    );
    let at = format!("/ho-so/{index}/id");
    closing
        .finding(Code::BookRecordMissing, &at, message)
        .help(Words::new(
            "lấy lại tệp từ lịch sử git bằng một commit mới",
            "restore the file from git's history by a new commit",
        ))
}

fn added(closing: &Written, record: &Record) -> Finding {
    let (book, day, iso) = said(closing);
    Finding::new(
        Code::BookRecordAdded,
        record.place(),
        Words::new(
            format!("hồ sơ rơi vào kỳ của sổ `{book}` đã khóa ngày {day}, mà sổ không có nó"),
            format!("the record falls into the book `{book}`, which was closed on {iso} without it"),
        ),
    )
    .help(Words::new(
        "chuyển thành hồ sơ bổ sung của kỳ sau (ngày của kỳ sau, ghi rõ bổ sung cho kỳ này)",
        "make it a supplement in the next period: a date of that period, saying what it supplements",
    ))
}
