//! `hoso number`: takes the next number of a series for a record.

use std::fs;
use std::path::Path;

use crate::cli::args::FindingFormat;
use crate::cli::exit::Fault;
use crate::cli::exit::Outcome;
use crate::cli::ui::Ui;
use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Report;
use crate::diag::Severity;
use crate::diag::Words;
use crate::diag::words::tame;
use crate::path::RepoPath;
use crate::records;
use crate::records::id::RecordId;
use crate::repo::Repo;
use crate::scaffold::number;

/// What `number` takes.
#[derive(Debug, clap::Args)]
pub struct NumberArgs {
    #[arg(
        value_name = "RECORD",
        required = true,
        help = "Hồ sơ cần lấy số ¦ The record that takes a number"
    )]
    records: Vec<String>,

    #[arg(
        long,
        help = "Thay số đang có, khi số ấy bị trùng ¦ Replace the number there is, when two have it"
    )]
    again: bool,
}

impl NumberArgs {
    /// Runs it.
    ///
    /// # Errors
    /// When a record cannot take a number, or its file cannot be written.
    pub fn run(&self, dir: &Path, ui: &mut Ui) -> Result<Outcome, Fault> {
        let ids = self
            .records
            .iter()
            .map(|text| {
                RecordId::parse(text).ok_or_else(|| {
                    let shown = tame(text);
                    Fault::usage(Words::new(
                        format!("`{shown}` không phải mã hồ sơ"),
                        format!("`{shown}` is no record id"),
                    ))
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        let repo = Repo::open(dir)?;
        let snapshot = repo.worktree()?;
        let mut report = Report::default();
        let Some(records) = report.take(records::read(&snapshot)) else {
            ui.findings(&report, FindingFormat::Text)?;
            return Ok(Outcome::AtFault);
        };
        // A record that cannot be read may hold a number that nobody then knows of.
        let others = |f: &&Finding| f.severity == Severity::Error && !is_of_numbers(f.code);
        if report.sorted().into_iter().any(|f| others(&f)) {
            ui.findings(&report, FindingFormat::Text)?;
            return Ok(Outcome::AtFault);
        }
        let numbered = number::number(&snapshot, &records, &ids, self.again)
            .map_err(|refusal| Fault::at_fault(refusal.words()))?;
        for one in &numbered {
            replace(repo.root(), &one.path, &one.before, &one.after)?;
            ui.print(&format!("{}\t{}", one.number, one.path))?;
        }
        ui.say(&Words::new(
            "Đã ghi số; lưu lại (commit) và đưa lên ngay để người khác không lấy trùng.",
            "Entered; commit and push at once, so that nobody else takes the same.",
        ));
        Ok(Outcome::Done)
    }
}

fn is_of_numbers(code: Code) -> bool {
    matches!(
        code,
        Code::NumberDoubled | Code::NumberGap | Code::NumberOrder
    )
}

/// Replaces a file that still holds what was read, whole or not at all.
///
/// # Errors
/// When it holds something else by now, or cannot be written.
#[expect(
    clippy::disallowed_methods,
    reason = "`number` and `import --onto` edit a record's file when asked"
)]
pub(super) fn replace(
    root: &Path,
    path: &RepoPath,
    before: &[u8],
    after: &[u8],
) -> Result<(), Fault> {
    let full = root.join(path.as_str());
    let failed = |error: std::io::Error| {
        Fault::failed(Words::new(
            format!("không ghi được {}: {error}", full.display()),
            format!("cannot write {}: {error}", full.display()),
        ))
    };
    if fs::read(&full).map_err(failed)? != before {
        return Err(Fault::failed(Words::new(
            format!("{} vừa bị sửa bởi người khác; chạy lại", full.display()),
            format!(
                "{} was just changed by somebody else; run again",
                full.display()
            ),
        )));
    }
    let aside = full.with_extension("md.hoso-number");
    fs::write(&aside, after).map_err(failed)?;
    fs::rename(&aside, &full).map_err(failed)
}
