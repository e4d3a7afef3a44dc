//! `hoso check`: reads and reports; writes nothing.

use std::path::Path;

use crate::cli::args::FindingFormat;
use crate::cli::exit::Fault;
use crate::cli::exit::Outcome;
use crate::cli::ui::Ui;
use crate::diag::Report;
use crate::pipeline;
use crate::repo::Repo;

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
        let snapshot = match &self.revision {
            Some(given) => repo.snapshot(&repo.revision(Some(given))?)?,
            None => repo.worktree()?,
        };
        let mut report = Report::default();
        let records = pipeline::check(&mut report, &snapshot)
            .map(|records| records.all.len())
            .unwrap_or(0);
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
