//! `hoso doctor`: what is missing, each with how to mend it; changes nothing.

use std::path::Path;

use serde_json::json;

use crate::cli;
use crate::cli::args::Format;
use crate::cli::exit::Fault;
use crate::cli::exit::Outcome;
use crate::cli::forge::AskArgs;
use crate::cli::setup;
use crate::cli::ui::Ui;
use crate::diag::Report;
use crate::diag::Words;
use crate::doctor;
use crate::doctor::Facts;
use crate::doctor::Git;
use crate::doctor::Line;
use crate::doctor::State;
use crate::forges::Forge;
use crate::forges::api::Wanted;
use crate::forges::files;
use crate::forges::files::Request;
use crate::forges::owners;
use crate::forges::owners::Logins;
use crate::forges::stamp;
use crate::records;
use crate::records::dates;
use crate::repo::Repo;

/// The format of a line as JSON.
const SCHEMA: &str = "hoso/doctor/1";

/// What `doctor` takes.
#[derive(Debug, clap::Args)]
pub struct DoctorArgs {
    #[command(flatten)]
    ask: AskArgs,

    #[arg(
        long,
        value_name = "BRANCH",
        default_value = "main",
        help = "Nhánh chính ¦ The main branch"
    )]
    branch: String,

    #[arg(
        long,
        value_name = "FORMAT",
        hide_possible_values = true,
        default_value = "text",
        help = "Dạng kết quả: text hoặc json ¦ Form of the result: text or json"
    )]
    format: Format,
}

impl DoctorArgs {
    /// Runs it.
    ///
    /// # Errors
    /// When the repository or the forge cannot be reached.
    pub fn run(&self, dir: &Path, ui: &mut Ui) -> Result<Outcome, Fault> {
        let repo = Repo::open(dir)?;
        let snapshot = repo.worktree()?;
        let mut report = Report::default();
        let records = report.take(records::read(&snapshot));
        let now = cli::now()?;
        let today = dates::day(now);
        let git = Git {
            user: repo.user()?,
            remotes: repo.remotes()?,
            shallow: repo.is_shallow(),
            last: repo.revision(None).ok().map(|last| last.committed),
        };
        let mut forges = Vec::new();
        if let Some(records) = &records {
            let school = &records.school;
            let logins = owners::logins(school, today, &Logins::new());
            for forge in Forge::ALL {
                let request = Request {
                    forge,
                    branch: &self.branch,
                    program: None,
                    pages: false,
                    school,
                    today,
                    logins: &logins,
                };
                let wanted = files::files(&request);
                let there = setup::existing(repo.root(), &wanted)?;
                let used = there
                    .iter()
                    // What `hoso init` writes everywhere says nothing of where the school is.
                    .any(|(path, bytes)| {
                        files::tells(forge, path) && !files::is_older(path, bytes)
                    });
                if used || self.ask.forge() == Some(forge) {
                    // Where the program comes from is the school's own choice and no difference.
                    let fates = stamp::fates(&wanted, &there, &[], |path, bytes| {
                        files::is_older(path, bytes)
                    });
                    let fates = files::but_for_program(&request, &there, fates);
                    forges.push((forge, fates));
                }
            }
        }
        let steps = match self.ask.api(dir)? {
            Some(api) => {
                let wanted = Wanted {
                    branch: &self.branch,
                    editor: None,
                };
                Some(api.set_up(&wanted)?)
            }
            None => None,
        };
        let lines = doctor::examine(&Facts {
            snapshot: &snapshot,
            records: records.as_ref(),
            git: &git,
            forges: &forges,
            steps: steps.as_deref(),
            now,
            today,
        });
        for line in &lines {
            self.show(line, ui)?;
        }
        let of = |state| lines.iter().filter(|line| line.state == state).count();
        let (missing, look) = (of(State::Missing), of(State::Attention));
        if self.format == Format::Text {
            ui.say(&Words::new(
                format!("{} mục: {missing} thiếu, {look} cần xem lại", lines.len()),
                format!(
                    "{} lines: {missing} missing, {look} to look at",
                    lines.len()
                ),
            ));
        }
        Ok(match missing {
            0 => Outcome::Done,
            _ => Outcome::AtFault,
        })
    }

    fn show(&self, line: &Line, ui: &mut Ui) -> Result<(), Fault> {
        let lang = ui.lang();
        let mend = line.mend.as_ref().map(|mend| mend.in_lang(lang));
        if self.format == Format::Json {
            let object = json!({
                "schema": SCHEMA,
                "about": line.about,
                "state": line.state.as_str(),
                "what": line.what.in_lang(lang),
                "mend": mend,
            });
            return ui.print(&object.to_string());
        }
        let words = line.state.words();
        ui.print(&format!(
            "{:10} {}",
            words.in_lang(lang),
            line.what.in_lang(lang)
        ))?;
        match mend {
            Some(mend) => ui.print(&format!("{:10} → {mend}", "")),
            None => Ok(()),
        }
    }
}
