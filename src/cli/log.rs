//! `hoso log`: who changed a record, when, with which message, in which commit.

use std::collections::HashMap;
use std::path::Path;

use serde_json::json;

use crate::cli::args::Format;
use crate::cli::exit::Fault;
use crate::cli::exit::Outcome;
use crate::cli::ui::Ui;
use crate::diag::Words;
use crate::diag::words::near_miss;
use crate::diag::words::tame;
use crate::path::RepoPath;
use crate::records;
use crate::records::id::RecordId;
use crate::repo::Action;
use crate::repo::Change;
use crate::repo::FOLDERS;
use crate::repo::History;
use crate::repo::Repo;
use crate::repo::Shallow;
use crate::repo::Snapshot;
use crate::trace;

/// What `log` takes.
#[derive(Debug, clap::Args)]
pub struct LogArgs {
    #[arg(
        value_name = "RECORD",
        help = "Mã hồ sơ, hoặc đường dẫn tệp của nó ¦ The record's id, or the path of its file"
    )]
    record: String,

    #[arg(
        long,
        value_name = "FORMAT",
        hide_possible_values = true,
        default_value = "text",
        help = "Dạng kết quả: text hoặc json ¦ Form of the result: text or json"
    )]
    format: Format,

    #[arg(
        long,
        value_name = "REV",
        help = "Xem từ phiên bản git này (mặc định: HEAD) ¦ Look from this git revision (default: HEAD)"
    )]
    revision: Option<String>,
}

impl LogArgs {
    /// Runs it.
    ///
    /// # Errors
    /// When the repository cannot be read or never had such a record.
    pub fn run(&self, dir: &Path, ui: &mut Ui) -> Result<Outcome, Fault> {
        let repo = Repo::open(dir)?;
        let revision = repo.revision(self.revision.as_deref())?;
        let history = History::read(&repo, &revision, &FOLDERS, Shallow::Refuse)?;
        let (id, path) = self.path()?;
        let snapshot = repo.snapshot(&revision)?;
        let changes = match history.of(&path) {
            [] => of_book(&id, &snapshot, &history),
            changes => changes.to_vec(),
        };
        if changes.is_empty() {
            return Err(unknown(&id, &snapshot));
        }
        let signatures = format!("signatures/{id}/");
        let files = snapshot
            .under(&signatures)
            .filter(|e| e.path.as_str().ends_with(".p7s"));
        let mut all: Vec<&Change> = changes.iter().collect();
        all.extend(files.flat_map(|entry| history.of(&entry.path)));
        let order: HashMap<&str, usize> =
            history.commits().map(|c| c.id.as_str()).zip(0..).collect();
        all.sort_by_key(|change| std::cmp::Reverse(order.get(change.commit.id.as_str()).copied()));
        for change in all {
            self.show(&id, change, ui)?;
        }
        Ok(Outcome::Done)
    }

    fn path(&self) -> Result<(RecordId, RepoPath), Fault> {
        let bad = || {
            let shown = tame(&self.record);
            Fault::usage(Words::new(
                format!("`{shown}` không phải mã hồ sơ"),
                format!("`{shown}` is no record id"),
            ))
            .help(Words::new(
                "mã có dạng 2024-2025/mg-5a/giao-an/2024-09-09",
                "an id looks like 2024-2025/mg-5a/giao-an/2024-09-09",
            ))
        };
        let id = RecordId::parse(&self.record).ok_or_else(bad)?;
        let path = RepoPath::parse(&format!("content/{id}.md")).map_err(|_| bad())?;
        Ok((id, path))
    }

    fn show(&self, id: &RecordId, change: &Change, ui: &mut Ui) -> Result<(), Fault> {
        let commit = &change.commit;
        let when = commit.authored.civil();
        let (code, words) = action(&change.action);
        match self.format {
            Format::Json => ui.print(
                &json!({
                    "schema": "hoso/log/1",
                    "record": id.as_str(),
                    "commit": commit.id,
                    "action": code,
                    "path": change.path.as_str(),
                    "author": {"name": commit.author.name, "email": commit.author.email},
                    "authored": commit.authored.time.to_string(),
                    "committed": commit.committed.time.to_string(),
                    "summary": commit.summary,
                    "merge": commit.merge,
                })
                .to_string(),
            ),
            Format::Text => {
                let action = words.in_lang(ui.lang()).to_owned();
                let time = crate::archive::view::civil(when);
                ui.print(&format!(
                    "{}  {time}  {} <{}>  {action} {}",
                    commit.short, commit.author.name, commit.author.email, change.path
                ))?;
                ui.print(&format!("            {}", commit.summary))
            }
        }
    }
}

/// The changes of the records of a book; none if there is no such book.
fn of_book(id: &RecordId, snapshot: &Snapshot, history: &History) -> Vec<Change> {
    let records = records::read(snapshot).drain_into(&mut Vec::new());
    let all = records.map(|records| records.all).unwrap_or_default();
    let book: Vec<_> = all.into_iter().filter(|record| record.id == *id).collect();
    let traced = trace::attach(history, book).drain_into(&mut Vec::new());
    traced
        .first()
        .map(|traced| traced.changes().to_vec())
        .unwrap_or_default()
}

fn action(action: &Action) -> (&'static str, Words) {
    match action {
        Action::Added => ("added", Words::new("tạo", "added")),
        Action::Modified => ("modified", Words::new("sửa", "modified")),
        Action::Deleted => ("deleted", Words::new("xóa", "deleted")),
        Action::Renamed { from } => (
            "renamed",
            Words::new(
                format!("đổi tên từ {from} thành"),
                format!("renamed from {from} to"),
            ),
        ),
    }
}

fn unknown(id: &RecordId, snapshot: &Snapshot) -> Fault {
    let ids: Vec<String> = snapshot
        .under("content")
        .filter_map(|e| RecordId::parse(e.path.as_str()))
        .map(|id| id.to_string())
        .collect();
    let fault = Fault::at_fault(Words::new(
        format!("kho không có hồ sơ `{id}`"),
        format!("the repository has no record `{id}`"),
    ));
    match near_miss(id.as_str(), ids.iter().map(String::as_str)) {
        Some(near) => fault.help(Words::new(
            format!("có phải là `{near}`?"),
            format!("did you mean `{near}`?"),
        )),
        None => fault,
    }
}
