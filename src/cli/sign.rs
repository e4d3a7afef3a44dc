//! `hoso sign`: signs what is this signer's turn, and commits the signatures.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;

use jiff::Timestamp;
use rayon::prelude::*;
use serde_json::json;

use crate::cli;
use crate::cli::args::FindingFormat;
use crate::cli::args::Format;
use crate::cli::exit::Fault;
use crate::cli::exit::Outcome;
use crate::cli::ui::Ui;
use crate::diag::Report;
use crate::diag::Words;
use crate::diag::words::near_miss;
use crate::diag::words::tame;
use crate::digest::Sha256;
use crate::path::RepoPath;
use crate::pipeline;
use crate::pipeline::Progress;
use crate::pipeline::Stage;
use crate::records::dates;
use crate::records::id::RecordId;
use crate::records::school::School;
use crate::render::Press;
use crate::render::kept;
use crate::render::kept::Trust;
use crate::render::world::Layouts;
use crate::repo::Entering;
use crate::repo::FOLDERS;
use crate::repo::History;
use crate::repo::Person;
use crate::repo::Repo;
use crate::repo::Revision;
use crate::repo::Shallow;
use crate::seal::SEAL;
use crate::sign::CertificateFacts;
use crate::sign::Pkcs12;
use crate::sign::Signer;
use crate::signing::Desk;
use crate::signing::Failure;
use crate::signing::NotNow;
use crate::signing::Turn;
use crate::signing::Who;
use crate::trace;
use crate::trace::Traced;

/// What `sign` takes.
#[derive(Debug, clap::Args)]
pub struct SignArgs {
    #[arg(
        value_name = "RECORD",
        help = "Mã các hồ sơ cần ký ¦ Ids of the records to sign"
    )]
    records: Vec<String>,

    #[arg(
        long,
        value_name = "FILE.p12",
        help = "Tệp khóa PKCS#12 của người ký ¦ The signer's PKCS#12 key file"
    )]
    key: PathBuf,

    #[arg(
        long,
        conflicts_with = "records",
        help = "Ký mọi hồ sơ đến lượt mình ¦ Sign every record whose turn it is"
    )]
    all: bool,

    #[arg(
        long,
        value_name = "FILE",
        help = "Đọc mật khẩu từ tệp thay vì hỏi (cho máy chạy tự động) ¦ Read the password from a file instead of asking (for machines)"
    )]
    password_file: Option<PathBuf>,

    #[arg(
        long,
        help = "Ký tiếp lên bản in mà người trước đã ký, dù nay văn bản dựng ra bản khác (mẫu hoặc chương trình đã đổi); hãy đọc form.pdf trước ¦ Sign on over the form that others have signed although the text gives another one now (layouts or program changed); read form.pdf first"
    )]
    as_signed: bool,

    #[arg(
        short = 'n',
        long,
        help = "Chỉ cho xem những gì sẽ ký ¦ Only show what would be signed"
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

impl SignArgs {
    /// Runs it.
    ///
    /// # Errors
    /// When the repository, the key or the roster does not allow it; nothing is signed then.
    pub fn run(&self, dir: &Path, ui: &mut Ui) -> Result<Outcome, Fault> {
        if self.records.is_empty() && !self.all && !self.dry_run {
            return Err(Fault::usage(Words::new(
                "hãy nêu mã hồ sơ, hoặc `--all`",
                "name the records, or say `--all`",
            )));
        }
        let at = cli::now()?;
        let repo = Repo::open(dir)?;
        let revision = repo.revision(None)?;
        let snapshot = repo.snapshot(&revision)?;
        let history = History::read(&repo, &revision, &FOLDERS, Shallow::Refuse)?;
        if repo.is_dirty_under(&FOLDERS)? {
            ui.say(&Words::new(
                "chú ý: có thay đổi chưa ghi (commit); chỉ ký những gì đã ghi",
                "note: there are changes not yet committed; only what is committed is signed",
            ));
        }
        let mut report = Report::default();
        let read = pipeline::check(&mut report, &snapshot);
        ui.findings(&report, FindingFormat::Text)?;
        let mut records = read?;
        report.stop_on_errors()?;

        let key = self.open_key(dir, ui)?;
        let who = who(&key, &records.school, at)?;
        let all = std::mem::take(&mut records.all);
        let traced = report.take(trace::attach(&history, all));
        let layouts = Layouts::read(&snapshot)?;
        let (store, _) = report.with(|findings| kept::anchors(&snapshot, findings));
        let trust = Trust {
            school: &records.school,
            store: &store,
            at,
        };
        let press = Press {
            snapshot: &snapshot,
            school: &records.school,
            layouts: &layouts,
            trust,
        };
        let desk = Desk {
            press: &press,
            who: &who,
        };
        let turns = self.turns(&desk, traced, ui)?;
        if turns.is_empty() || self.dry_run {
            self.show(&turns, &who, ui)?;
            return Ok(Outcome::Done);
        }
        if !self.as_signed {
            unseen(&desk, &turns, ui)?;
        }
        let bar = ui.bar();
        bar.begin(Stage::Forms, turns.len());
        let made = desk.sign(&turns, &key, &|| bar.step());
        bar.finish();
        let files = made.map_err(|failure| refused(failure, ui))?;
        let id = commit(&repo, &revision, files, &who, turns.len(), at)?;
        self.show(&turns, &who, ui)?;
        let short: String = id.chars().take(10).collect();
        ui.say(&Words::new(
            format!("Đã ký {} hồ sơ, ghi vào kho ở commit {short}", turns.len()),
            format!("Signed {} records, entered as commit {short}", turns.len()),
        ));
        Ok(Outcome::Done)
    }

    fn open_key(&self, dir: &Path, ui: &mut Ui) -> Result<Pkcs12, Fault> {
        let path = cli::within(dir, &self.key);
        let file = cli::read_small(&path)?;
        let password = match &self.password_file {
            Some(file) => {
                let text = String::from_utf8_lossy(&cli::read_small(&cli::within(dir, file))?)
                    .into_owned();
                text.lines().next().unwrap_or_default().to_owned()
            }
            None => ui.ask_password(&Words::new(
                format!("Mật khẩu của {}", self.key.display()),
                format!("Password of {}", self.key.display()),
            ))?,
        };
        Pkcs12::open(&file, &password).map_err(|error| {
            let words = error.words();
            let shown = path.display();
            Fault::failed(Words::new(
                format!("{shown}: {}", words.vi),
                format!("{shown}: {}", words.en),
            ))
        })
    }

    /// The turns among the records asked for. A record named by hand whose turn it is not stops
    /// everything; with `--all` it is passed over.
    fn turns(&self, desk: &Desk<'_>, traced: Vec<Traced>, ui: &mut Ui) -> Result<Vec<Turn>, Fault> {
        if self.records.is_empty() {
            return Ok(all_turns(desk, traced, ui));
        }
        let mut by_id: BTreeMap<RecordId, Traced> = traced
            .into_iter()
            .map(|t| (t.record.id.clone(), t))
            .collect();
        let mut turns = Vec::new();
        let mut refusals: Vec<Words> = Vec::new();
        for given in &self.records {
            let Some(traced) = RecordId::parse(given).and_then(|id| by_id.remove(&id)) else {
                refusals.push(unknown(given, &by_id));
                continue;
            };
            let id = traced.record.id.clone();
            match desk.turn(traced) {
                Ok(turn) => turns.push(turn),
                Err(NotNow::Done) => ui.say(&NotNow::Done.words(&id)),
                Err(not_now) => refusals.push(not_now.words(&id)),
            }
        }
        if refusals.is_empty() {
            return Ok(turns);
        }
        for words in &refusals {
            ui.say(words);
        }
        Err(Fault::at_fault(Words::new(
            "không ký hồ sơ nào",
            "nothing was signed",
        )))
    }

    fn show(&self, turns: &[Turn], who: &Who, ui: &mut Ui) -> Result<(), Fault> {
        if turns.is_empty() {
            ui.say(&Words::new(
                format!("{}: không có hồ sơ nào chờ ký", who.name),
                format!("{}: no record waits for this signature", who.name),
            ));
        }
        for turn in turns {
            let record = &turn.traced.record;
            let step = &record.steps[turn.step];
            let form = turn
                .version
                .as_ref()
                .map(|version| version.digest.to_string());
            match self.format {
                Format::Json => ui.print(
                    &json!({
                        "schema": "hoso/turn/1",
                        "record": record.id.as_str(),
                        "title": record.title,
                        "step": step.step,
                        "signer": who.id,
                        "capacity": turn.statement.capacity,
                        "form_sha256": form,
                        "prior": turn.statement.prior.iter().map(Sha256::to_string).collect::<Vec<_>>(),
                        "signed": !self.dry_run,
                    })
                    .to_string(),
                )?,
                Format::Text => {
                    // What is signed must not be able to repaint what is shown of it.
                    let title = tame(&record.title);
                    ui.print(&format!("{}  {}  {title}", record.id, step.label))?;
                }
            }
        }
        Ok(())
    }
}

/// Every turn there is. Records that cannot be signed because a signature does not hold are named.
fn all_turns(desk: &Desk<'_>, traced: Vec<Traced>, ui: &mut Ui) -> Vec<Turn> {
    let mut turns = Vec::new();
    for traced in traced {
        let id = traced.record.id.clone();
        match desk.turn(traced) {
            Ok(turn) => turns.push(turn),
            Err(NotNow::Faulty) => ui.say(&NotNow::Faulty.words(&id)),
            Err(_) => {}
        }
    }
    turns
}

/// Stops before anything is signed over a form that the text does not give: who signs must have seen
/// it, and a form that somebody made by hand must not pass.
fn unseen(desk: &Desk<'_>, turns: &[Turn], ui: &mut Ui) -> Result<(), Fault> {
    let other: Vec<&Turn> = turns
        .par_iter()
        .filter(|turn| !desk.comes_from_text(turn))
        .collect();
    if other.is_empty() {
        return Ok(());
    }
    for turn in other {
        let folder = turn
            .version
            .as_ref()
            .map(|version| version.folder.to_string())
            .unwrap_or_default();
        ui.say(&Words::new(
            format!("{folder}/form.pdf không phải bản in mà văn bản và mẫu hiện nay dựng ra"),
            format!("{folder}/form.pdf is not the form that the text and the present layouts give"),
        ));
    }
    Err(Fault::at_fault(Words::new("không ký hồ sơ nào", "nothing was signed")).help(Words::new(
        "đọc các tệp form.pdf ấy; nếu đúng (mẫu hoặc chương trình đã đổi sau khi người trước ký) thì ký với `--as-signed`",
        "read those form.pdf; if they are right (layouts or program changed since) sign with `--as-signed`",
    )))
}

/// Whose key this is today, by the roster.
fn who(key: &Pkcs12, school: &School, at: Timestamp) -> Result<Who, Fault> {
    let facts =
        CertificateFacts::of(key.certificate()).map_err(|error| Fault::failed(error.words()))?;
    let day = dates::day(at);
    if school.is_seal(&facts.sha256, day) {
        let organisation = school.organisation(day);
        let name = organisation.map(|o| o.ten.clone()).unwrap_or_default();
        return Ok(Who {
            id: SEAL.to_owned(),
            name,
            email: organisation.and_then(|o| o.email.clone()),
        });
    }
    let Some(person) = school.owner(&facts.sha256, day) else {
        let subject = tame(facts.subject_cn.as_deref().unwrap_or("—"));
        let sha256 = facts.sha256;
        return Err(Fault::at_fault(Words::new(
            format!("ngày {day} school.yaml không có chứng thư của «{subject}»"),
            format!("on {day} school.yaml has no certificate of «{subject}»"),
        ))
        .help(Words::new(
            format!("thêm vào mục `chung-thu` của người này: sha256: {sha256}"),
            format!("add to `chung-thu` of this person: sha256: {sha256}"),
        )));
    };
    Ok(Who {
        id: person.id.clone(),
        name: person.ten.clone(),
        email: person.email.first().cloned(),
    })
}

fn commit(
    repo: &Repo,
    revision: &Revision,
    files: BTreeMap<String, Vec<u8>>,
    who: &Who,
    count: usize,
    at: Timestamp,
) -> Result<String, Fault> {
    let mut sound = BTreeMap::new();
    for (path, bytes) in files {
        let sounded = RepoPath::parse(&path);
        let path = sounded.map_err(|_| {
            Fault::failed(Words::new(
                format!("`{path}` không phải đường dẫn"),
                format!("`{path}` is no path"),
            ))
        })?;
        sound.insert(path, bytes);
    }
    let author = Person {
        name: who.name.clone(),
        email: who
            .email
            .clone()
            .unwrap_or_else(|| format!("{}@hoso.invalid", who.id)),
    };
    let message = format!("ký số: {count} hồ sơ ({})\n", who.id);
    Ok(repo.enter(&Entering {
        onto: revision,
        files: &sound,
        author: &author,
        message: &message,
        at,
    })?)
}

fn refused(failure: Failure, ui: &mut Ui) -> Fault {
    match failure {
        Failure::Findings(findings) => {
            let mut report = Report::default();
            report.add(findings);
            let _ = ui.findings(&report, FindingFormat::Text);
            Fault::at_fault(Words::new(
                "chưa ký hồ sơ nào, xem các dòng trên",
                "nothing was signed, see above",
            ))
        }
        Failure::Key { id, words } => Fault::failed(Words::new(
            format!("`{id}`: {}", words.vi),
            format!("`{id}`: {}", words.en),
        )),
    }
}

fn unknown(given: &str, known: &BTreeMap<RecordId, Traced>) -> Words {
    let shown = tame(given);
    match near_miss(given, known.keys().map(RecordId::as_str)) {
        Some(near) => Words::new(
            format!("kho không có hồ sơ `{shown}`; có phải là `{near}`?"),
            format!("the repository has no record `{shown}`; did you mean `{near}`?"),
        ),
        None => Words::new(
            format!(
                "kho không có hồ sơ `{shown}` (hồ sơ mới phải được ghi bằng git commit trước khi ký)"
            ),
            format!(
                "the repository has no record `{shown}` (a new record must be committed before it is signed)"
            ),
        ),
    }
}
