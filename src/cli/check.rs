//! `hoso check`: reads and reports; writes nothing.

use std::path::Path;

use crate::cli::args::FindingFormat;
use crate::cli::exit::Fault;
use crate::cli::exit::Outcome;
use crate::cli::ui::Ui;
use crate::diag::Report;
use crate::pipeline;
use crate::repo;
use crate::repo::FOLDERS;
use crate::repo::History;
use crate::repo::Repo;
use crate::repo::Shallow;
use crate::seal;

/// What `check` takes.
#[derive(Debug, clap::Args)]
pub struct CheckArgs {
    #[arg(
        long,
        value_name = "FORMAT",
        hide_possible_values = true,
        default_value = "text",
        help = "Dạng kết quả: text, json, github, sarif ¦ Form of the result: text, json, github, sarif"
    )]
    format: FindingFormat,

    #[arg(
        long,
        value_name = "REV",
        help = "Kiểm tra một phiên bản git thay vì các tệp đang sửa ¦ Check a git revision instead of the files being edited"
    )]
    revision: Option<String>,
}

impl CheckArgs {
    /// Runs it.
    ///
    /// # Errors
    /// When the repository cannot be read.
    pub fn run(&self, dir: &Path, ui: &mut Ui) -> Result<Outcome, Fault> {
        let repo = Repo::open(dir)?;
        let mut report = Report::default();
        let revision = match repo.revision(self.revision.as_deref()) {
            // Before the first commit nothing can have been taken away.
            Err(repo::Error::NoCommits { .. }) if self.revision.is_none() => None,
            revision => Some(revision?),
        };
        if let Some(revision) = &revision {
            let history = History::read(&repo, revision, &FOLDERS, Shallow::Allow)?;
            report.add(seal::removed(&history));
        }
        let snapshot = match revision.filter(|_| self.revision.is_some()) {
            Some(revision) => repo.snapshot(&revision)?,
            None => repo.worktree()?,
        };
        let records = match pipeline::check(&mut report, &snapshot) {
            Ok(records) => {
                report.add(records.school.check_pictures(&snapshot));
                records.all.len()
            }
            Err(_) => 0,
        };
        ui.findings(&report, self.format)?;
        if self.format == FindingFormat::Text {
            ui.tally(&report, records);
        }
        Ok(if report.has_errors() {
            Outcome::AtFault
        } else {
            Outcome::Done
        })
    }
}
