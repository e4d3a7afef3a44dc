//! A planned record becomes a file, or rows of one: judged first, as `check` would judge it.

use std::collections::BTreeSet;

use serde_json::Map;
use serde_json::Value;

use crate::cli::args::FindingFormat;
use crate::cli::exit::Fault;
use crate::cli::exit::Outcome;
use crate::cli::import::Ground;
use crate::cli::import::ImportArgs;
use crate::cli::import::judged;
use crate::cli::import::plan::Plan;
use crate::cli::init;
use crate::cli::number;
use crate::cli::ui::Ui;
use crate::diag::Place;
use crate::diag::Report;
use crate::diag::Words;
use crate::diag::words::tame;
use crate::exchange::cell::Sheet;
use crate::exchange::intake::Spot;
use crate::exchange::mapping::Mapping;
use crate::exchange::merge;
use crate::exchange::merge::Change;
use crate::path::RepoPath;
use crate::records::header;
use crate::records::header::HEADER_LINE;
use crate::records::parse::MAX_RECORD;
use crate::records::yaml::Document;
use crate::scaffold::Files;
use crate::scaffold::record;
use crate::scaffold::record::NewRecord;
use crate::scaffold::record::Request;

/// A file as it is to be.
pub(super) struct Draft {
    pub(super) path: RepoPath,
    pub(super) text: String,
    /// What is there now.
    before: Option<Vec<u8>>,
    changes: Vec<Change>,
    /// Where each row of the table went, by list; as they came, if nothing is said.
    pub(super) rows: Vec<(String, Vec<usize>)>,
}

impl ImportArgs {
    pub(super) fn record(
        &self,
        ground: Ground,
        sheets: &[Sheet],
        own: Option<Mapping>,
        mappings: &[Mapping],
        spot: &Spot,
        ui: &mut Ui,
    ) -> Result<Outcome, Fault> {
        let mut report = Report::default();
        let plan = report.with(|found| self.plan(&ground, sheets, own, mappings, spot, found))?;
        if report.has_errors() {
            ui.findings(&report, FindingFormat::Text)?;
            nothing(ui);
            return Ok(Outcome::AtFault);
        }
        let draft = self.draft(&ground, &plan)?;
        let root = ground.repo.root().to_owned();
        report.add(judged::findings(ground, &draft, &plan, spot)?);
        ui.findings(&report, FindingFormat::Text)?;
        if report.has_errors() {
            nothing(ui);
            return Ok(Outcome::AtFault);
        }
        summary(&plan, &draft, ui);
        if self.dry_run {
            match &draft.before {
                Some(_) => {}
                None => ui.print_bytes(draft.text.as_bytes())?,
            }
            ui.say(&Words::new(
                "Chỉ xem: chưa ghi gì.",
                "Only shown: nothing was written.",
            ));
            return Ok(Outcome::Done);
        }
        match &draft.before {
            Some(before) => number::replace(&root, &draft.path, before, draft.text.as_bytes())?,
            None => init::write(
                &root,
                &Files::from([(draft.path.to_string(), draft.text.clone().into_bytes())]),
            )?,
        }
        ui.print(draft.path.as_str())?;
        Ok(Outcome::Done)
    }

    fn draft(&self, ground: &Ground, plan: &Plan) -> Result<Draft, Fault> {
        let taken: BTreeSet<String> = match self.onto {
            true => BTreeSet::new(),
            false => ground
                .snapshot
                .under("content")
                .map(|e| e.path.to_string())
                .collect(),
        };
        let request = Request {
            kind: &plan.kind,
            unit: plan.unit.as_deref(),
            date: plan.date,
            name: self.name.as_deref(),
            given: &plan.given,
            whole: Some(&plan.whole),
            person: self.person.as_deref(),
            author: None,
        };
        let made = record::draft(&ground.records, &taken, &request).map_err(|words| {
            let fault = Fault::at_fault(words);
            match self.onto {
                true => fault,
                false => fault.help(Words::new(
                    "nếu hồ sơ đã có: `--onto` sửa, thêm dòng vào đó; xem trước bằng `--dry-run`",
                    "if the record is there: `--onto` changes and adds rows; see it first with `--dry-run`",
                )),
            }
        })?;
        if self.onto && ground.snapshot.contains(&made.path) {
            return self.laid(ground, plan, made.path);
        }
        let NewRecord { path, text } = made;
        Ok(Draft {
            path,
            text,
            before: None,
            changes: Vec::new(),
            rows: Vec::new(),
        })
    }

    /// The rows laid onto a record that is there.
    fn laid(&self, ground: &Ground, plan: &Plan, path: RepoPath) -> Result<Draft, Fault> {
        let bytes = ground.snapshot.read(&path, MAX_RECORD)?;
        let unread = || {
            Fault::at_fault(Words::new(
                format!("hồ sơ {path} đang có lỗi, chưa thêm dòng vào được"),
                format!("the record {path} is at fault; rows cannot be added to it"),
            ))
            .help(Words::new(
                "sửa hồ sơ theo `hoso check` trước",
                "mend it as `hoso check` says first",
            ))
        };
        let mut text = String::from_utf8(bytes.clone()).map_err(|_| unread())?;
        let parts = header::split(&text).map_err(|_| unread())?;
        let document =
            Document::read(parts.header, HEADER_LINE, &Place::file(&path)).map_err(|_| unread())?;
        let (_, rules) = record::kind_of(&ground.records, &plan.kind).map_err(Fault::at_fault)?;
        let schema = rules.fields.text();
        let (mut changes, mut placed) = (Vec::new(), Vec::new());
        for (list, taken) in &plan.lists {
            let old = document.value.get(list).and_then(Value::as_array);
            let old = old.map_or(&[][..], Vec::as_slice);
            let row = schema.pointer(&format!("/properties/{list}/items"));
            let key = row.and_then(merge::key_of).ok_or_else(|| {
                Fault::at_fault(Words::new(
                    format!("các dòng của `{list}` không có mã hay số thứ tự để đối chiếu, không thêm vào hồ sơ có sẵn được"),
                    format!("rows of `{list}` have no code or number to find them by; they cannot be added to a record"),
                ))
            })?;
            let new: Vec<Map<String, Value>> =
                taken.rows.iter().map(|row| row.fields.clone()).collect();
            let (rows, changed) = merge::rows(old, &new, key).map_err(Fault::at_fault)?;
            let at =
                |row: &Map<String, Value>| rows.iter().position(|r| r.get(key) == row.get(key));
            placed.push((
                list.clone(),
                new.iter()
                    .map(|row| at(row).unwrap_or(usize::MAX))
                    .collect(),
            ));
            if !changed.is_empty() {
                text = merge::splice(&text, schema, list, rows).map_err(Fault::at_fault)?;
            }
            changes.extend(changed);
        }
        Ok(Draft {
            path,
            text,
            before: Some(bytes),
            changes,
            rows: placed,
        })
    }
}

fn nothing(ui: &mut Ui) {
    ui.say(&Words::new("Chưa nhập gì.", "Nothing was taken in."));
}

/// What was taken in, and what was not.
fn summary(plan: &Plan, draft: &Draft, ui: &mut Ui) {
    for (list, taken) in &plan.lists {
        let count = taken.rows.len();
        let by = match plan.by.is_empty() {
            true => Words::new("", ""),
            false => Words::new(
                format!(", cột theo `{}`", tame(&plan.by)),
                format!(", columns by `{}`", tame(&plan.by)),
            ),
        };
        ui.say(&Words::new(
            format!("`{list}`: {count} dòng{}", by.vi),
            format!("`{list}`: {count} rows{}", by.en),
        ));
        if !taken.unused.is_empty() {
            let all = taken.unused.join(", ");
            ui.say(&Words::new(
                format!("cột không dùng: {all}"),
                format!("columns not used: {all}"),
            ));
        }
        for note in &taken.notes {
            ui.say(&Words::new(
                format!("dòng dưới bảng không nhập: {note}"),
                format!("line below the table, not taken: {note}"),
            ));
        }
    }
    if draft.before.is_some() {
        let count = draft.changes.len();
        ui.say(&Words::new(
            format!("{count} thay đổi"),
            format!("{count} changes"),
        ));
        for change in &draft.changes {
            let shown = change.shown();
            ui.say(&Words::new(shown.clone(), shown));
        }
    }
}
