//! `hoso build`: the archive of one revision, to a folder.

use std::path::Component;
use std::path::Path;
use std::path::PathBuf;

use crate::cli;
use crate::cli::args::FindingFormat;
use crate::cli::exit::Fault;
use crate::cli::exit::Outcome;
use crate::cli::ui::Ui;
use crate::diag::Report;
use crate::diag::Words;
use crate::out;
use crate::pipeline;
use crate::pipeline::Input;
use crate::repo::FOLDERS;
use crate::repo::History;
use crate::repo::Repo;
use crate::repo::Shallow;

/// What `build` takes.
#[derive(Debug, clap::Args)]
pub struct BuildArgs {
    #[arg(
        short,
        long,
        value_name = "DIR",
        help = "Thư mục kết quả (mặc định: out/ trong kho) ¦ Folder of the result (default: out/ in the repository)"
    )]
    out: Option<PathBuf>,

    #[arg(
        long,
        value_name = "REV",
        help = "Phiên bản git cần dựng (mặc định: HEAD) ¦ Git revision to build (default: HEAD)"
    )]
    revision: Option<String>,
}

impl BuildArgs {
    /// Runs it.
    ///
    /// # Errors
    /// When the repository cannot be read, a record or form is at fault, or the archive cannot be
    /// written.
    pub fn run(&self, dir: &Path, ui: &mut Ui) -> Result<Outcome, Fault> {
        let repo = Repo::open(dir)?;
        let revision = repo.revision(self.revision.as_deref())?;
        let snapshot = repo.snapshot(&revision)?;
        let history = History::read(&repo, &revision, &FOLDERS, Shallow::Refuse)?;
        if self.revision.is_none() && repo.is_dirty_under(&FOLDERS)? {
            ui.say(&Words::new(
                "chú ý: có thay đổi chưa ghi (commit) nên chưa vào kho lưu trữ",
                "note: there are changes not yet committed, which are not in the archive",
            ));
        }
        let target = match &self.out {
            Some(out) => cli::within(dir, out),
            None => repo.root().join("out"),
        };
        refuse_own(&target, repo.root())?;
        let mut report = Report::default();
        let bar = ui.bar();
        // A clock that was late at the last commit must not make earlier signatures come from the
        // future.
        let commits = history.commits().map(|commit| commit.committed.time);
        let at = commits.max().unwrap_or(revision.committed);
        // The same revision gives the same archive, today or in a year: signatures are examined as
        // of the commit. `hoso verify` examines them as of now.
        let input = Input {
            snapshot: &snapshot,
            history: &history,
            revision: Some(&revision),
            at,
        };
        let site = pipeline::build(&mut report, &input, &bar);
        bar.finish();
        ui.findings(&report, FindingFormat::Text)?;
        let site = site?;
        out::publish(&site, &target)?;
        summary(ui, &site, &target)?;
        Ok(if report.has_errors() {
            Outcome::AtFault
        } else {
            Outcome::Done
        })
    }
}

/// An archive is never put among the files it is made from.
fn refuse_own(target: &Path, root: &Path) -> Result<(), Fault> {
    let mut plain = PathBuf::new();
    for part in std::path::absolute(target)
        .unwrap_or_else(|_| target.to_owned())
        .components()
    {
        match part {
            Component::ParentDir => drop(plain.pop()),
            part => plain.push(part),
        }
    }
    let own = FOLDERS
        .iter()
        .chain(&[".git"])
        .any(|folder| plain.starts_with(root.join(folder)));
    if own || plain == root {
        let shown = target.display();
        return Err(Fault::usage(Words::new(
            format!("{shown} nằm trong phần hồ sơ của kho"),
            format!("{shown} lies among the records of the repository"),
        )));
    }
    Ok(())
}

fn summary(ui: &mut Ui, site: &crate::archive::site::Site, target: &Path) -> Result<(), Fault> {
    let octets: usize = site.files().map(|(_, bytes)| bytes.len()).sum();
    let records = site
        .files()
        .filter(|(path, _)| path.as_str().ends_with("/form.pdf") && !path.as_str().contains("/cu/"))
        .count();
    let size = crate::archive::view::size(octets);
    let files = site.len();
    ui.say(&Words::new(
        format!("Xong: {records} hồ sơ và sổ, {files} tệp, {size}. Mở trong trình duyệt:"),
        format!("Done: {records} records and books, {files} files, {size}. Open in a browser:"),
    ));
    let home = std::path::absolute(target)
        .unwrap_or_else(|_| target.to_owned())
        .join("data")
        .join("index.html");
    ui.print(&home.display().to_string())
}

/// The instant as of which something is examined: `--at`, else now.
///
/// # Errors
/// When it is no instant.
pub fn instant(given: Option<&str>) -> Result<jiff::Timestamp, Fault> {
    match given {
        Some(text) => text.parse().map_err(|_| {
            Fault::usage(Words::new(
                format!("`{text}` không phải thời điểm như 2024-09-30T10:00:00+07:00"),
                format!("`{text}` is no instant such as 2024-09-30T10:00:00+07:00"),
            ))
        }),
        None => cli::now(),
    }
}
