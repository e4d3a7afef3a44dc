//! `hoso serve`: the archive of the working tree, on this machine, kept up to date.

use std::path::Path;

use crate::archive::pages::Pages;
use crate::archive::site::Site;
use crate::cli;
use crate::cli::args::FindingFormat;
use crate::cli::exit::Fault;
use crate::cli::exit::Outcome;
use crate::cli::ui::Ui;
use crate::diag::Report;
use crate::diag::Words;
use crate::pipeline;
use crate::pipeline::Input;
use crate::repo;
use crate::repo::FOLDERS;
use crate::repo::History;
use crate::repo::Repo;
use crate::repo::Shallow;
use crate::serve;
use crate::serve::Event;
use crate::serve::Server;
use crate::serve::Watcher;

/// What `serve` takes.
#[derive(Debug, clap::Args)]
pub struct ServeArgs {
    #[arg(
        short,
        long,
        value_name = "PORT",
        default_value = "8017",
        help = "Cổng trên máy này; 0 là cổng trống bất kỳ ¦ Port on this machine; 0 is any free one"
    )]
    port: u16,
}

impl ServeArgs {
    /// Runs it; it ends with the program.
    ///
    /// # Errors
    /// When the port or the folders cannot be had.
    pub fn run(&self, dir: &Path, ui: &mut Ui) -> Result<Outcome, Fault> {
        let repo = Repo::open(dir)?;
        let watcher = Watcher::new(repo.root(), &FOLDERS)?;
        let server = Server::bind(self.port)?;
        let lang = ui.lang();
        let mut voice = Ui::new(lang);
        let build = || outcome(&repo, ui);
        let never = serve::run(server, watcher, build, |event| tell(&mut voice, event))?;
        match never {}
    }
}

fn outcome(repo: &Repo, ui: &mut Ui) -> serve::Outcome {
    let mut report = Report::default();
    match site(repo, &mut report, ui) {
        Ok(site) => {
            let _ = ui.findings(&report, FindingFormat::Text);
            serve::Outcome::Good(site)
        }
        Err(fault) => {
            let _ = ui.findings(&report, FindingFormat::Text);
            ui.fault(&fault);
            let page = Pages::embedded().and_then(|pages| pages.fault(&report.sorted()));
            serve::Outcome::Bad(page.unwrap_or_else(|finding| finding.message.vi))
        }
    }
}

fn site(repo: &Repo, report: &mut Report, ui: &mut Ui) -> Result<Site, Fault> {
    let snapshot = repo.worktree()?;
    // Before the first commit there is no history, and that is no fault while writing.
    let history = match repo.revision(None) {
        Ok(revision) => History::read(repo, &revision, &FOLDERS, Shallow::Allow)?,
        Err(repo::Error::NoCommits { .. }) => History::default(),
        Err(error) => return Err(error.into()),
    };
    let bar = ui.bar();
    let input = Input {
        snapshot: &snapshot,
        history: &history,
        revision: None,
        at: cli::now()?,
    };
    let site = pipeline::build(report, &input, &bar);
    bar.finish();
    Ok(site?)
}

fn tell(ui: &mut Ui, event: Event) {
    match event {
        Event::Ready { address } => {
            let _ = ui.print(&format!("http://{address}/"));
        }
        Event::Built => ui.say(&Words::new("Đã dựng xong bản mới.", "Built anew.")),
        Event::Failed => ui.say(&Words::new(
            "Chưa dựng được; bản tốt gần nhất vẫn còn đó.",
            "Not built; the last good one stays.",
        )),
        Event::Waiting => ui.say(&Words::new(
            "Đang chờ thay đổi… (Ctrl-C để dừng)",
            "Waiting for changes… (Ctrl-C to stop)",
        )),
    }
}
