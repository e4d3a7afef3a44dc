//! `hoso serve`: the archive of the working tree, on this machine, kept up to date.

use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use jiff::Timestamp;

use crate::archive::pages::Pages;
use crate::archive::site::Site;
use crate::cache::Cache;
use crate::cli;
use crate::cli::args::FindingFormat;
use crate::cli::exit::Fault;
use crate::cli::exit::Outcome;
use crate::cli::ui::Ui;
use crate::diag::Refused;
use crate::diag::Report;
use crate::diag::Words;
use crate::diag::words::tame;
use crate::forge::accounts::Accounts;
use crate::forge::http::Forge;
use crate::forge::reading;
use crate::forge::reading::Built;
use crate::forge::reading::Room;
use crate::pipeline;
use crate::pipeline::Input;
use crate::pipeline::Silent;
use crate::records::audience::Audience;
use crate::records::dates;
use crate::repo;
use crate::repo::FOLDERS;
use crate::repo::History;
use crate::repo::Repo;
use crate::repo::Shallow;
use crate::scaffold;
use crate::serve;
use crate::serve::Done;
use crate::serve::Event;
use crate::serve::Pace;
use crate::serve::Server;
use crate::serve::Watcher;
use crate::web;
use crate::web::Bound;
use crate::web::Life;
use crate::web::Limits;
use crate::web::Own;

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

    #[arg(
        long,
        help = "Cho người trong danh bạ đăng nhập và viết hồ sơ bằng trình duyệt (tạo tài khoản: hoso account) ¦ Let people of the roster sign in and write records in a browser (accounts: hoso account)"
    )]
    edit: bool,

    #[arg(
        long,
        requires = "edit",
        value_name = "URL",
        help = "Với --edit: địa chỉ mà trình duyệt gọi khi đứng sau máy chủ có TLS, ví dụ https://so.truong.edu.vn ¦ With --edit: the address that browsers call when a server with TLS stands in front, such as https://books.school.example"
    )]
    url: Option<String>,

    #[arg(
        long = "nam",
        visible_alias = "year",
        requires = "edit",
        value_name = "YEAR",
        help = "Với --edit: năm học được viết, ví dụ 2026-2027 (mặc định: năm học của hôm nay) ¦ With --edit: the school year that is written, such as 2026-2027 (default: that of today)"
    )]
    year: Option<String>,
}

impl ServeArgs {
    /// Runs it; it ends with the program.
    ///
    /// # Errors
    /// When the port or the folders cannot be had.
    pub fn run(&self, dir: &Path, ui: &mut Ui) -> Result<Outcome, Fault> {
        let repo = Repo::open(dir)?;
        if self.edit {
            return self.edit(&repo, ui);
        }
        let watcher = Watcher::new(repo.root(), &FOLDERS)?;
        let server = Server::bind(self.port)?;
        let lang = ui.lang();
        let mut voice = Ui::new(lang);
        let cache = cli::cache(&repo, None);
        let build = || outcome(&repo, cache.as_ref().map(Cache::again), ui);
        let never = serve::run(server, watcher, build, |event| tell(&mut voice, event))?;
        match never {}
    }

    fn edit(&self, repo: &Repo, ui: &mut Ui) -> Result<Outcome, Fault> {
        let year = match &self.year {
            Some(year) => year.clone(),
            None => scaffold::school_year(dates::day(cli::now()?)),
        };
        if dates::school_year(&year).is_none() {
            return Err(Fault::usage(Words::new(
                format!("`{}` không phải năm học như 2026-2027", tame(&year)),
                format!("`{}` is no school year such as 2026-2027", tame(&year)),
            )));
        }
        if Accounts::read(repo)?.people().next().is_none() {
            ui.say(&Words::new(
                "chưa ai có tài khoản: hoso account invite --all",
                "nobody has an account yet: hoso account invite --all",
            ));
        }
        let bound = Bound::loopback(self.port)?;
        let own = Own::loopback(bound.address().port());
        let own = match &self.url {
            Some(url) => own.and(url)?,
            None => own,
        };
        let secure = self
            .url
            .as_deref()
            .is_some_and(|url| url.starts_with("https://"));
        let forge = Forge::new(repo.root().to_path_buf(), instant, secure, year);
        let (folder, room, lang) = (forge.folder.clone(), Arc::clone(&forge.room), ui.lang());
        let cache = cli::cache(repo, None);
        thread::Builder::new()
            .name("hoso-kho".to_owned())
            .spawn(move || keep(&folder, cache.as_ref(), &room, Ui::new(lang)))
            .map_err(|source| serve::Error::NoThread { source })?;
        let shown = match &self.url {
            Some(url) => url.clone(),
            None => format!("http://{}", bound.address()),
        };
        let (router, rules) = forge.answers(own);
        let limits = Limits {
            connections: CONNECTIONS,
            ..Limits::default()
        };
        let _ = ui.print(&format!("{}/", shown.trim_end_matches('/')));
        ui.say(&Words::new(
            "Đang chờ người đăng nhập… (Ctrl-C để dừng)",
            "Waiting for people to sign in… (Ctrl-C to stop)",
        ));
        web::serve(bound, router, rules, limits, &Life::default())?;
        Ok(Outcome::Done)
    }
}

/// Most browsers at a time; each may send a picture.
const CONNECTIONS: usize = 32;

/// The clock for a server that runs for days.
fn instant() -> Timestamp {
    cli::now().unwrap_or_default()
}

/// Keeps the archive up to date for who has signed in, beside the server and in its shadow: on half of the cores.
fn keep(folder: &Path, cache: Option<&Cache>, room: &Room, mut ui: Ui) {
    let cores = thread::available_parallelism().map_or(1, |cores| cores.get() / 2);
    let Ok(few) = rayon::ThreadPoolBuilder::new()
        .num_threads(cores.max(1))
        .build()
    else {
        return room.fail();
    };
    let newest = || {
        let repo = Repo::open(folder).ok()?;
        repo.revision(None).ok().map(|revision| revision.id)
    };
    serve::keep(Pace::default(), newest, || {
        let mut report = Report::default();
        let cache = cache.map(Cache::again);
        // Whatever goes wrong with one build, there will be others.
        let work = AssertUnwindSafe(|| few.install(|| built(folder, cache.as_ref(), &mut report)));
        match catch_unwind(work) {
            Ok(Ok(built)) => {
                if let Some(cache) = cache {
                    cache.sweep();
                }
                room.show(built);
                return Done::Built;
            }
            Ok(Err(fault)) => {
                let _ = ui.findings(&report, FindingFormat::Text);
                ui.fault(&fault);
            }
            // The panic has told itself.
            Err(_) => {}
        }
        room.fail();
        tell(&mut ui, Event::Failed);
        Done::Failed
    });
}

/// The archive of the newest commit, for all who may read it here.
fn built(folder: &Path, cache: Option<&Cache>, report: &mut Report) -> Result<Built, Fault> {
    let repo = Repo::open(folder)?;
    let revision = repo.revision(None)?;
    let snapshot = repo.snapshot(&revision)?;
    let history = History::read(&repo, &revision, &FOLDERS, Shallow::Allow)?;
    let at = cli::now()?;
    let input = Input {
        snapshot: &snapshot,
        history: &history,
        revision: Some(&revision),
        at,
        audience: Audience::Inspector,
        seal: None,
        cache,
        spool: &repo.spool(),
    };
    let sites = pipeline::build_for(report, &input, &reading::AUDIENCES, &Silent)?;
    let Ok([whole, staff]) = <[Site; 2]>::try_from(sites) else {
        return Err(pipeline::Stop::Refused(Refused).into());
    };
    Ok(Built {
        whole,
        staff,
        revision,
        at,
    })
}

fn outcome(repo: &Repo, cache: Option<Cache>, ui: &mut Ui) -> serve::Outcome {
    let mut report = Report::default();
    match site(repo, cache.as_ref(), &mut report, ui) {
        Ok(site) => {
            if let Some(cache) = cache {
                cache.sweep();
            }
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

fn site(
    repo: &Repo,
    cache: Option<&Cache>,
    report: &mut Report,
    ui: &mut Ui,
) -> Result<Site, Fault> {
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
        audience: Audience::Inspector,
        seal: None,
        cache,
        spool: &repo.spool(),
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
