//! `hoso export --table FILE`: records as a table for another program, by a mapping.

#![expect(
    clippy::disallowed_methods,
    reason = "what is given out lies outside the repository"
)]

use std::fs::File;
use std::io::Write;
use std::path::Path;

use crate::cli;
use crate::cli::args::FindingFormat;
use crate::cli::exit::Fault;
use crate::cli::exit::Outcome;
use crate::cli::export::ExportArgs;
use crate::cli::import;
use crate::cli::ui::Ui;
use crate::diag::Report;
use crate::diag::Words;
use crate::diag::words::tame;
use crate::exchange::column;
use crate::exchange::mapping;
use crate::exchange::mapping::Mapping;
use crate::exchange::outgo;
use crate::exchange::outgo::Outgoing;
use crate::exchange::write;
use crate::records;
use crate::records::Record;
use crate::records::Records;
use crate::records::kind::FormKind;
use crate::records::parse::MAX_RECORD;
use crate::repo::FOLDERS;
use crate::repo::History;
use crate::repo::Repo;
use crate::repo::Shallow;

impl ExportArgs {
    /// Writes records of a kind as a table.
    pub(super) fn table(&self, dir: &Path, out: &Path, ui: &mut Ui) -> Result<Outcome, Fault> {
        let csv = match out
            .extension()
            .and_then(|end| end.to_str())
            .map(str::to_lowercase)
        {
            Some(end) if end == "csv" => true,
            Some(end) if end == "xlsx" => false,
            _ => {
                return Err(Fault::usage(Words::new(
                    "`--table` ghi tệp .xlsx hoặc .csv",
                    "`--table` writes .xlsx or .csv",
                )));
            }
        };
        let repo = Repo::open(dir)?;
        let snapshot = repo.worktree()?;
        let mut report = Report::default();
        let read = report.take(records::read(&snapshot));
        let mappings = match mapping::all(&snapshot) {
            Ok(all) => all.into_values().collect(),
            Err(found) => {
                report.add(found);
                Vec::new()
            }
        };
        let Some(records) = read.filter(|_| !report.has_errors()) else {
            ui.findings(&report, FindingFormat::Text)?;
            return Ok(Outcome::AtFault);
        };
        let mapping = self.mapping(dir, &records, &mappings)?;
        let chosen = self.chosen(&records, &mapping)?;
        let history = match outgo::needs_history(&mapping) {
            true => {
                let head = repo.revision(None)?;
                let history = History::read(&repo, &head, &FOLDERS, Shallow::Refuse)?;
                Some((history, repo.snapshot(&head)?))
            }
            false => None,
        };
        let outgoing: Vec<Outgoing<'_>> = chosen
            .into_iter()
            .map(|record| {
                let committed = history
                    .as_ref()
                    .zip(record.path())
                    .and_then(|(past, path)| {
                        let (history, head) = past;
                        // What is being edited has no version yet.
                        let there = head.read(path, MAX_RECORD).ok()?;
                        let changes = history.of(path);
                        let last = changes.last()?.commit.committed.time;
                        (there == *record.source.bytes).then_some((changes.len(), last))
                    });
                Outgoing { record, committed }
            })
            .collect();
        let written = report.with(|found| outgo::table(&mapping, &outgoing, found));
        ui.findings(&report, FindingFormat::Text)?;
        if report.has_errors() {
            return Ok(Outcome::AtFault);
        }
        let bytes = match csv {
            true => write::csv(&written.table).map_err(|error| unwritable(&error))?,
            false => write::xlsx(&written.table).map_err(|error| unwritable(&error))?,
        };
        self::write(&cli::within(dir, out), &bytes)?;
        if !written.left_out.is_empty() {
            let all: Vec<String> = written
                .left_out
                .iter()
                .map(|field| format!("`{}`", tame(field)))
                .collect();
            let all = all.join(", ");
            ui.say(&Words::new(
                format!("không có cột trong bảng: {all}"),
                format!("without a column in the table: {all}"),
            ));
        }
        if let Some(note) = &mapping.note {
            let note = note.trim();
            ui.say(&Words::new(
                format!("lưu ý: {note}"),
                format!("note: {note}"),
            ));
        }
        let (count, lines) = (outgoing.len(), written.table.lines.len());
        ui.say(&Words::new(
            format!("{count} hồ sơ, {lines} dòng"),
            format!("{count} records, {lines} rows"),
        ));
        ui.print(&out.display().to_string())?;
        Ok(Outcome::Done)
    }

    /// The mapping asked for; for one record without one, its schema's own columns.
    fn mapping(&self, dir: &Path, records: &Records, all: &[Mapping]) -> Result<Mapping, Fault> {
        if let Some(asked) = &self.mapping {
            return import::by_name(dir, asked, all);
        }
        let record = self.named(records)?.ok_or_else(|| {
            Fault::usage(Words::new(
                "chưa nói các cột: thêm `--mapping`, hoặc nêu một hồ sơ để lấy cột theo loại của nó",
                "no columns are named: add `--mapping`, or name a record to take the columns of its kind",
            ))
        })?;
        let FormKind::Record(rules) = &record.kind.form else {
            return Err(listless(record));
        };
        let header = rules.fields.text();
        match mapping::list_of(header, self.list.as_deref()) {
            Some((list, row)) => Ok(mapping::generic(
                &record.kind.id,
                &record.kind.title,
                list,
                &column::of(row),
            )),
            None => Err(listless(record)),
        }
    }

    fn named<'r>(&self, records: &'r Records) -> Result<Option<&'r Record>, Fault> {
        let Some(asked) = &self.record else {
            return Ok(None);
        };
        let found = records
            .all
            .iter()
            .find(|record| record.id.as_str() == *asked);
        found.map(Some).ok_or_else(|| {
            let shown = tame(asked);
            Fault::usage(Words::new(
                format!("không có hồ sơ `{shown}`"),
                format!("there is no record `{shown}`"),
            ))
        })
    }

    /// The records that go out: the named one, or all of the kind in the year and unit.
    fn chosen<'r>(
        &self,
        records: &'r Records,
        mapping: &Mapping,
    ) -> Result<Vec<&'r Record>, Fault> {
        let one = self.named(records)?;
        if let Some(other) = one.filter(|record| record.kind.id != mapping.kind) {
            let (id, kind) = (&other.id, tame(&mapping.kind));
            return Err(Fault::usage(Words::new(
                format!("`{id}` không phải hồ sơ loại `{kind}`"),
                format!("`{id}` is no record of the kind `{kind}`"),
            )));
        }
        let fits = |record: &&Record| {
            record.kind.id == mapping.kind
                && self
                    .year
                    .as_ref()
                    .is_none_or(|year| record.id.year() == year)
                && self
                    .unit
                    .as_ref()
                    .is_none_or(|unit| record.unit.id == *unit)
        };
        let chosen: Vec<&Record> = match one {
            Some(one) => vec![one],
            None => records.all.iter().filter(fits).collect(),
        };
        if chosen.is_empty() {
            let kind = tame(&mapping.kind);
            return Err(Fault::at_fault(Words::new(
                format!("không có hồ sơ loại `{kind}` nào như vậy"),
                format!("there is no such record of the kind `{kind}`"),
            )));
        }
        Ok(chosen)
    }
}

fn listless(record: &Record) -> Fault {
    let id = &record.id;
    Fault::usage(Words::new(
        format!("`{id}` không có danh sách, hoặc có nhiều: thêm `--list`"),
        format!("`{id}` has no list, or several: add `--list`"),
    ))
}

/// That a table could not be made.
pub(in crate::cli) fn unwritable(error: &dyn std::error::Error) -> Fault {
    let error = tame(&error.to_string());
    Fault::failed(Words::new(
        format!("không lập được bảng: {error}"),
        format!("the table cannot be made: {error}"),
    ))
}

/// Writes a new file; one that is there stays.
///
/// # Errors
/// When it is there already, or the disk fails.
pub(in crate::cli) fn write(path: &Path, bytes: &[u8]) -> Result<(), Fault> {
    let failed = |error: std::io::Error| {
        let path = tame(&path.display().to_string());
        Fault::failed(Words::new(
            format!("không ghi được {path}: {error}"),
            format!("cannot write {path}: {error}"),
        ))
        .help(Words::new(
            "chọn tên tệp khác bằng --table hoặc --out",
            "choose another name with --table or --out",
        ))
    };
    let mut file = File::create_new(path).map_err(failed)?;
    file.write_all(bytes).map_err(failed)
}
