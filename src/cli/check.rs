//! `hoso check`: reads and reports; writes nothing but the reports that are asked for.

use std::path::Path;
use std::path::PathBuf;

use clap::ValueEnum;

use crate::cli;
use crate::cli::args::FindingFormat;
use crate::cli::exit::Fault;
use crate::cli::exit::Outcome;
use crate::cli::format::markdown;
use crate::cli::ui::Ui;
use crate::diag::Report;
use crate::diag::Words;
use crate::path::RepoPath;
use crate::pipeline;
use crate::pipeline::proposal;
use crate::pipeline::proposal::Proposal;
use crate::repo;
use crate::repo::FOLDERS;
use crate::repo::History;
use crate::repo::Repo;
use crate::repo::Revision;
use crate::repo::Shallow;
use crate::repo::Snapshot;
use crate::seal;

/// What `check` takes.
#[derive(Debug, clap::Args)]
pub struct CheckArgs {
    #[arg(
        long,
        value_name = "FORMAT",
        hide_possible_values = true,
        default_value = "text",
        help = "Dạng kết quả: text, json, github, gitlab, sarif, markdown ¦ Form of the result: text, json, github, gitlab, sarif, markdown"
    )]
    format: FindingFormat,

    #[arg(
        long,
        value_name = "REV",
        help = "Kiểm tra một phiên bản git thay vì các tệp đang sửa ¦ Check a git revision instead of the files being edited"
    )]
    revision: Option<String>,

    #[arg(
        long,
        value_name = "REV",
        help = "Kiểm tra như một đề nghị gửi vào nhánh này: quy tắc (layouts/, school.yaml, chứng thư gốc) lấy từ nhánh, không lấy từ đề nghị ¦ Check as a proposal to this branch: the rules (layouts/, school.yaml, anchors) are those of the branch and not the proposal's"
    )]
    base: Option<String>,

    #[arg(
        long,
        value_name = "FORMAT=FILE",
        value_parser = also,
        help = "Ghi thêm kết quả ra tệp ở dạng khác; dùng được nhiều lần ¦ Also write the result to a file, in another form; may be repeated"
    )]
    report: Vec<(FindingFormat, PathBuf)>,

    #[arg(
        long,
        value_name = "URL",
        help = "Trang có tiêu đề cho từng mã lỗi, để ghi chú dạng markdown dẫn tới ¦ A page with a heading for each code, which the markdown comment links to"
    )]
    docs: Option<String>,
}

impl CheckArgs {
    /// Runs it.
    ///
    /// # Errors
    /// When the repository cannot be read, or a report cannot be written.
    pub fn run(&self, dir: &Path, ui: &mut Ui) -> Result<Outcome, Fault> {
        let repo = Repo::open(dir)?;
        let mut report = Report::default();
        let revision = match repo.revision(self.revision.as_deref()) {
            // Before the first commit nothing can have been taken away.
            Err(repo::Error::NoCommits { .. }) if self.revision.is_none() => None,
            revision => Some(revision?),
        };
        let snapshot = match revision.as_ref().filter(|_| self.revision.is_some()) {
            Some(revision) => repo.snapshot(revision)?,
            None => repo.worktree()?,
        };
        if let Some(revision) = &revision {
            let history = History::read(&repo, revision, &FOLDERS, Shallow::Allow)?;
            report.add(seal::removed(&history));
        }
        let records = match (&self.base, &revision) {
            (Some(base), Some(head)) => {
                self.proposal(&repo, base, head, snapshot, &mut report, ui)?
            }
            _ => whole(&mut report, &snapshot),
        };
        match self.format {
            FindingFormat::Markdown => ui.print_bytes(self.comment(&report, ui).as_bytes())?,
            format => ui.findings(&report, format)?,
        }
        for (format, file) in &self.report {
            let text = match format {
                FindingFormat::Markdown => self.comment(&report, ui),
                format => ui.written(&report, *format),
            };
            cli::write(&cli::within(dir, file), text.as_bytes())?;
        }
        if self.format == FindingFormat::Text {
            ui.tally(&report, records);
        }
        Ok(if report.has_errors() {
            Outcome::AtFault
        } else {
            Outcome::Done
        })
    }

    fn comment(&self, report: &Report, ui: &Ui) -> String {
        markdown::comment(&report.sorted(), ui.lang(), self.docs.as_deref())
    }

    fn proposal(
        &self,
        repo: &Repo,
        base: &str,
        head: &Revision,
        snapshot: Snapshot,
        report: &mut Report,
        ui: &Ui,
    ) -> Result<usize, Fault> {
        let base = repo.revision(Some(base))?;
        let fork = repo.merge_base(&base, head)?.ok_or_else(|| {
            Fault::failed(Words::new(
                "đề nghị và nhánh chính không có commit chung",
                "the proposal and its branch have no commit in common",
            ))
            .help(Words::new(
                "lấy đủ lịch sử (`git fetch --unshallow`, hoặc `fetch-depth: 0` trong quy trình CI)",
                "get the whole history (`git fetch --unshallow`, or `fetch-depth: 0` in a workflow)",
            ))
        })?;
        let files = repo.snapshot(&fork)?;
        // Of what was signed and is gone the proposal's own finding tells more than the history.
        let lost = |path: &str| {
            RepoPath::parse(path).is_ok_and(|path| files.contains(&path))
                && snapshot.get(path).is_none()
        };
        report.only(|place| !lost(&place.file));
        let elsewhere = repo.changed_elsewhere(&fork, head)?;
        let input = Proposal {
            base: repo.snapshot(&base)?,
            fork: &files,
            head: snapshot,
            elsewhere: &elsewhere,
            at: cli::now()?,
        };
        let bar = ui.bar();
        let records = proposal::check(report, input, &bar);
        bar.finish();
        Ok(records?)
    }
}

/// Checks all of a snapshot; how many records it has.
fn whole(report: &mut Report, snapshot: &Snapshot) -> usize {
    match pipeline::check(report, snapshot) {
        Ok(records) => {
            report.add(records.school.check_pictures(snapshot));
            records.all.len()
        }
        Err(_) => 0,
    }
}

/// Reads `FORMAT=FILE`.
fn also(text: &str) -> Result<(FindingFormat, PathBuf), String> {
    let (format, file) = text.split_once('=').ok_or("FORMAT=FILE")?;
    let format = FindingFormat::from_str(format, false)?;
    if file.is_empty() {
        return Err("FORMAT=FILE".to_owned());
    }
    Ok((format, PathBuf::from(file)))
}
