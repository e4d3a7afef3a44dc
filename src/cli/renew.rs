//! `hoso renew`: adds to signatures what keeps them provable, and commits them in place.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::Timestamp;
use serde_json::json;

use crate::cli;
use crate::cli::args::FindingFormat;
use crate::cli::args::Format;
use crate::cli::exit::Fault;
use crate::cli::exit::Outcome;
use crate::cli::ui::Ui;
use crate::diag::Report;
use crate::diag::Words;
use crate::diag::words::tame;
use crate::net::Bounds;
use crate::net::Client;
use crate::net::HttpUrl;
use crate::net::Reach;
use crate::net::tsa::Schedule;
use crate::net::tsa::Tsa;
use crate::path::RepoPath;
use crate::pipeline;
use crate::pipeline::Progress;
use crate::pipeline::Stage;
use crate::records::dates;
use crate::records::id::RecordId;
use crate::records::school::School;
use crate::render::kept;
use crate::renewal;
use crate::renewal::Case;
use crate::renewal::Need;
use crate::renewal::Plan;
use crate::renewal::Wanted;
use crate::renewal::evidence::Gatherer;
use crate::renewal::raise::Desk;
use crate::renewal::raise::Raised;
use crate::renewal::stamps::Stamping;
use crate::repo::Entering;
use crate::repo::Journal;
use crate::repo::Person;
use crate::repo::Repo;
use crate::repo::Revision;
use crate::repo::Snapshot;
use crate::sign::TrustStore;
use crate::sign::level;
use crate::sign::level::Level;

/// What `renew` takes.
#[derive(Debug, clap::Args)]
pub struct RenewArgs {
    #[arg(
        value_name = "RECORD",
        help = "Mã các hồ sơ có chữ ký cần gia hạn ¦ Ids of the records whose signatures are meant"
    )]
    records: Vec<String>,

    #[arg(
        long,
        conflicts_with = "records",
        help = "Mọi chữ ký trong kho, kể cả dấu niêm phong các kho lưu trữ ¦ Every signature of the repository, the seals of archives included"
    )]
    all: bool,

    #[arg(
        long,
        value_name = "LEVEL",
        hide_possible_values = true,
        default_value = "lt",
        help = "Mức cần đạt: t (dấu thời gian), lt (thêm dữ liệu thu hồi), lta (thêm dấu thời gian lưu trữ) ¦ The level to reach: t (time-stamp), lt (and revocation data), lta (and archive time-stamp)"
    )]
    level: Target,

    #[arg(
        long,
        value_name = "URL",
        help = "Nơi cấp dấu thời gian, thay cho `thoi-gian` của school.yaml; dùng được nhiều lần, nơi sau được hỏi khi nơi trước không trả lời ¦ Time-stamp authority, in place of `thoi-gian` in school.yaml; may be repeated, the next is asked when one does not answer"
    )]
    tsa: Vec<String>,

    #[arg(
        long,
        value_name = "DAYS",
        num_args = 0..=1,
        default_missing_value = "180",
        help = "Cấp thêm dấu thời gian lưu trữ khi chứng thư của dấu trước sẽ hết hạn trong số ngày này (180) ¦ Add another archive time-stamp where the last one's certificate ends within these days (180)"
    )]
    refresh: Option<u16>,

    #[arg(
        long,
        help = "Không dùng mạng: chỉ dùng những gì đã có ¦ No network: use only what is at hand"
    )]
    offline: bool,

    #[arg(
        long,
        value_name = "SECONDS",
        default_value = "150",
        value_parser = clap::value_parser!(u16).range(1..=3600),
        help = "Chờ một câu trả lời lâu nhất bấy nhiêu giây ¦ Wait at most these seconds for one answer"
    )]
    timeout: u16,

    #[arg(
        short = 'n',
        long,
        help = "Chỉ cho xem những gì sẽ thêm ¦ Only show what would be added"
    )]
    dry_run: bool,

    #[arg(
        long,
        value_name = "FORMAT",
        hide_possible_values = true,
        default_value = "text",
        help = "Dạng kết quả: text hoặc json ¦ Form of the result: text or json"
    )]
    format: Format,
}

/// A level to be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Target {
    /// With a time-stamp.
    T,
    /// And revocation data.
    Lt,
    /// And an archive time-stamp.
    Lta,
}

impl From<Target> for Level {
    fn from(target: Target) -> Self {
        match target {
            Target::T => Self::T,
            Target::Lt => Self::Lt,
            Target::Lta => Self::Lta,
        }
    }
}

impl RenewArgs {
    /// Runs it.
    ///
    /// # Errors
    /// When the repository cannot be read or written, or an authority gave nothing; what the others
    /// gave is committed all the same.
    pub fn run(&self, dir: &Path, ui: &mut Ui) -> Result<Outcome, Fault> {
        let records = self.records()?;
        let at = cli::now()?;
        let repo = Repo::open(dir)?;
        let revision = repo.revision(None)?;
        let snapshot = repo.snapshot(&revision)?;
        let mut report = Report::default();
        let read = pipeline::check(&mut report, &snapshot);
        let read = read.inspect_err(|_| drop(ui.findings(&report, FindingFormat::Text)))?;
        let (store, _) = report.with(|findings| kept::anchors(&snapshot, findings));
        if let Some(unknown) = records
            .iter()
            .find(|id| read.all.iter().all(|record| record.id != **id))
        {
            return Err(Fault::at_fault(Words::new(
                format!("không có hồ sơ `{unknown}`"),
                format!("there is no record `{unknown}`"),
            )));
        }
        // An address that cannot be used is told whether or not it is needed.
        let urls = self.urls(&read.school, at)?;
        let wanted = Wanted {
            level: self.level.into(),
            refresh: self
                .refresh
                .map(|days| SignedDuration::from_hours(24 * i64::from(days))),
            records: (!records.is_empty()).then_some(&records),
        };
        let plan = renewal::plan(&snapshot, &store, &wanted, at);
        for (path, words) in &plan.refused {
            ui.say(&named(path, words));
        }
        if plan.cases.is_empty() || self.dry_run {
            self.show(&plan, None, ui)?;
            return Ok(outcome(&plan));
        }
        // Whoever may not talk to anybody may still use what an earlier run got.
        let stamps = |case: &Case| case.needs.iter().any(|need| *need != Need::Revocation);
        if urls.is_empty() && !self.offline && plan.cases.iter().any(stamps) {
            return Err(nobody());
        }
        let journal = repo.journal()?;
        let room = Room {
            repo: &repo,
            revision: &revision,
            snapshot: &snapshot,
            store: &store,
            journal: &journal,
            at,
        };
        let raised = self.raise(&room, &plan, &urls, ui);
        let id = room.commit(&raised, self.level.into())?;
        self.show(&plan, Some(&raised), ui)?;
        for (path, words) in &raised.failed {
            ui.say(&named(path, words));
        }
        if let Some(id) = id {
            let (count, short) = (raised.files.len(), id.get(..10).unwrap_or(&id).to_owned());
            ui.say(&Words::new(
                format!("Đã gia hạn {count} chữ ký, ghi vào kho ở commit {short}"),
                format!("Raised {count} signatures, entered as commit {short}"),
            ));
        }
        match raised.failed.len() {
            0 => Ok(outcome(&plan)),
            count => Err(Fault::failed(Words::new(
                format!("{count} chữ ký chưa đạt mức {}", name(self.level.into())),
                format!(
                    "{count} signatures are not at level {}",
                    name(self.level.into())
                ),
            ))
            .help(Words::new(
                "chạy lại sau; những gì đã nhận được thì không phải hỏi lại",
                "run again later; what came is not asked for again",
            ))),
        }
    }

    fn records(&self) -> Result<Vec<RecordId>, Fault> {
        if self.records.is_empty() && !self.all {
            return Err(Fault::usage(Words::new(
                "hãy nêu mã hồ sơ, hoặc `--all`",
                "name the records, or say `--all`",
            )));
        }
        let parse = |text: &String| {
            RecordId::parse(text).ok_or_else(|| {
                let shown = tame(text);
                Fault::usage(Words::new(
                    format!("`{shown}` không phải mã hồ sơ"),
                    format!("`{shown}` is no record id"),
                ))
            })
        };
        self.records.iter().map(parse).collect()
    }

    fn raise(&self, room: &Room<'_>, plan: &Plan, urls: &[HttpUrl], ui: &Ui) -> Raised {
        let bounds = Bounds {
            time: Duration::from_secs(self.timeout.into()),
            ..Bounds::default()
        };
        let client = Client::new(Reach::named(urls), bounds);
        let tsa = Tsa::new(client.clone(), urls.to_vec(), Schedule::default());
        let bar = ui.bar();
        let stamps = |need: Need| {
            plan.cases
                .iter()
                .filter(|c| c.needs.contains(&need))
                .count()
        };
        let total = stamps(Need::Stamp) + stamps(Need::ArchiveStamp);
        bar.begin(Stage::Stamps, total);
        let at = room.at;
        let desk = Desk {
            snapshot: room.snapshot,
            store: room.store,
            stamping: Stamping {
                tsa: (!self.offline).then_some(&tsa),
                journal: room.journal,
                store: room.store,
                clock: &|| cli::now().unwrap_or(at),
                nonce: &cli::random,
                progress: &|| bar.step(),
            },
        };
        let client = (!self.offline).then_some(&client);
        let mut gatherer = Gatherer::new(room.snapshot, room.store, client, room.journal, room.at);
        let raised = desk.raise(&plan.cases, &mut gatherer);
        bar.finish();
        raised
    }

    /// Who gives time-stamps: those on the command line, else the school's of today.
    fn urls(&self, school: &School, at: Timestamp) -> Result<Vec<HttpUrl>, Fault> {
        stampers(&self.tsa, school, at)
    }

    fn show(&self, plan: &Plan, raised: Option<&Raised>, ui: &mut Ui) -> Result<(), Fault> {
        for case in &plan.cases {
            let now = raised.and_then(|raised| raised.files.get(&case.path));
            let after = now.map(|bytes| level::of(bytes));
            match self.format {
                Format::Json => ui.print(
                    &json!({
                        "schema": "hoso/renewal/1",
                        "file": case.path.as_str(),
                        "level": case.level.as_str(),
                        "wanted": Level::from(self.level).as_str(),
                        "needs": case.needs.iter().map(|need| need.as_str()).collect::<Vec<_>>(),
                        "reached": after.map(Level::as_str),
                    })
                    .to_string(),
                )?,
                Format::Text => {
                    let needs: Vec<Words> = case.needs.iter().map(|need| need.words()).collect();
                    let needs: Vec<&str> = needs.iter().map(|w| w.in_lang(ui.lang())).collect();
                    let reached = after.unwrap_or(self.level.into());
                    ui.print(&format!(
                        "{}  {} → {}  ({})",
                        case.path,
                        name(case.level),
                        name(reached),
                        needs.join(", ")
                    ))?;
                }
            }
        }
        if plan.cases.is_empty() {
            let (count, level) = (plan.done, name(self.level.into()));
            ui.say(&Words::new(
                format!("{count} chữ ký đã đạt mức {level}, không có gì phải thêm"),
                format!("{count} signatures are at level {level}; there is nothing to add"),
            ));
        }
        Ok(())
    }
}

/// The addresses typed, else the school's of today.
///
/// # Errors
/// When one of them is none that is talked to.
pub fn stampers(given: &[String], school: &School, at: Timestamp) -> Result<Vec<HttpUrl>, Fault> {
    let texts: Vec<&str> = match given.is_empty() {
        true => school.stampers(dates::day(at)).collect(),
        false => given.iter().map(String::as_str).collect(),
    };
    let parse = |text: &str| HttpUrl::parse(text).map_err(|error| Fault::usage(error.words()));
    texts.into_iter().map(parse).collect()
}

/// What raised files are committed with.
struct Room<'a> {
    repo: &'a Repo,
    revision: &'a Revision,
    snapshot: &'a Snapshot,
    store: &'a TrustStore,
    journal: &'a Journal,
    at: Timestamp,
}

impl Room<'_> {
    /// Commits what came, and lets go of the journal; none when nothing came.
    fn commit(&self, raised: &Raised, level: Level) -> Result<Option<String>, Fault> {
        if raised.files.is_empty() {
            return Ok(None);
        }
        let mut files = BTreeMap::new();
        for (path, bytes) in &raised.evidence {
            let path = RepoPath::parse(path)
                .map_err(|error| Fault::failed(Words::new(error.vi(), error.en())))?;
            if !self.snapshot.contains(&path) {
                files.insert(path, bytes.clone());
            }
        }
        let author = self.repo.user()?.unwrap_or_else(|| Person {
            name: "hoso".to_owned(),
            email: "hoso@hoso.invalid".to_owned(),
        });
        let (count, level) = (raised.files.len(), name(level));
        let message = format!("gia hạn chữ ký: {count} tệp (mức {level})\n");
        let entering = Entering {
            onto: self.revision,
            files: &files,
            author: &author,
            message: &message,
            at: self.at,
        };
        let id = self.repo.raise(&entering, &raised.files)?;
        self.journal.clear(&raised.journalled);
        Ok(Some(id))
    }
}

/// The level without the family's name, `LT`.
fn name(level: Level) -> &'static str {
    level.as_str().trim_start_matches("B-")
}

fn named(path: &RepoPath, words: &Words) -> Words {
    Words::new(
        format!("{path}: {}", words.vi),
        format!("{path}: {}", words.en),
    )
}

/// A signature that cannot be raised because it does not hold is a fault of the repository.
fn outcome(plan: &Plan) -> Outcome {
    match plan.refused.is_empty() {
        true => Outcome::Done,
        false => Outcome::AtFault,
    }
}

fn nobody() -> Fault {
    Fault::usage(Words::new(
        "chưa biết xin dấu thời gian ở đâu",
        "nobody to ask for time-stamps is known",
    ))
    .help(Words::new(
        "nêu `--tsa http://…`, hoặc ghi mục `thoi-gian` vào content/school.yaml",
        "say `--tsa http://…`, or enter `thoi-gian` into content/school.yaml",
    ))
}
