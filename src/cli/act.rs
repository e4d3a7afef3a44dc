//! `hoso return`, `hoso withdraw`, `hoso supersede`: signed statements about a record that do not
//! approve it. Each takes one record, a key and a reason, and commits one file.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use serde_json::json;

use crate::cli;
use crate::cli::args::FindingFormat;
use crate::cli::args::Format;
use crate::cli::exit::Fault;
use crate::cli::exit::Outcome;
use crate::cli::key::KeyArgs;
use crate::cli::ui::Ui;
use crate::diag::Report;
use crate::diag::Words;
use crate::diag::words::near_miss;
use crate::diag::words::tame;
use crate::path::RepoPath;
use crate::pipeline;
use crate::records::Record;
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
use crate::repo::Shallow;
use crate::sign::Act;
use crate::sign::CertificateFacts;
use crate::sign::MAX_REASON;
use crate::signing::Desk;
use crate::signing::Who;
use crate::signing::act::Acting;
use crate::signing::act::Undone;
use crate::signing::act::Wish;
use crate::trace;
use crate::trace::Traced;

/// What `return` and `withdraw` take.
#[derive(Debug, clap::Args)]
pub struct ActArgs {
    #[arg(value_name = "RECORD", help = "Mã hồ sơ ¦ Id of the record")]
    record: String,

    #[command(flatten)]
    key: KeyArgs,

    #[arg(
        long,
        value_name = "TEXT",
        help = "Lý do; được ký cùng và giữ mãi ¦ Why; it is signed with the act and kept for ever"
    )]
    reason: String,

    #[arg(
        long,
        value_name = "FORMAT",
        hide_possible_values = true,
        default_value = "text",
        help = "Dạng kết quả: text hoặc json ¦ Form of the result: text or json"
    )]
    format: Format,
}

/// What `supersede` takes.
#[derive(Debug, clap::Args)]
pub struct SupersedeArgs {
    #[command(flatten)]
    act: ActArgs,

    #[arg(
        long,
        value_name = "RECORD",
        help = "Mã hồ sơ thay thế ¦ Id of the record that replaces it"
    )]
    by: String,
}

impl ActArgs {
    /// Runs `return` or `withdraw`.
    ///
    /// # Errors
    /// When the repository, the key or the rules do not allow it; nothing is entered then.
    pub fn run(&self, act: Act, dir: &Path, ui: &mut Ui) -> Result<Outcome, Fault> {
        self.done(act, None, dir, ui)
    }

    fn done(&self, act: Act, by: Option<&str>, dir: &Path, ui: &mut Ui) -> Result<Outcome, Fault> {
        let reason = self.reason.trim();
        if reason.is_empty() || reason.len() > MAX_REASON || reason.chars().any(char::is_control) {
            return Err(Fault::usage(Words::new(
                format!("`--reason`: hãy nêu lý do, trên một dòng, không quá {MAX_REASON} byte"),
                format!("`--reason`: say why, on one line, in at most {MAX_REASON} bytes"),
            )));
        }
        let at = cli::now()?;
        let repo = Repo::open(dir)?;
        let revision = repo.revision(None)?;
        let snapshot = repo.snapshot(&revision)?;
        let history = History::read(&repo, &revision, &FOLDERS, Shallow::Refuse)?;
        let mut report = Report::default();
        let read = pipeline::check(&mut report, &snapshot);
        ui.findings(&report, FindingFormat::Text)?;
        let mut records = read?;
        report.stop_on_errors()?;

        let wish = Wish {
            act,
            reason: reason.to_owned(),
            other: by
                .map(|by| replacement(&self.record, by, &records.all))
                .transpose()?,
        };
        let all = std::mem::take(&mut records.all);
        let traced = find(report.take(trace::attach(&history, all)), &self.record)?;
        let key = self.key.open(dir, ui)?;
        let who = person(key.certificate(), &records.school, at)?;

        let layouts = Layouts::read(&snapshot)?;
        let (store, _) = report.with(|findings| kept::anchors(&snapshot, findings));
        let press = Press {
            snapshot: &snapshot,
            school: &records.school,
            layouts: &layouts,
            trust: Trust {
                school: &records.school,
                store: &store,
                at,
            },
            cache: None,
        };
        let desk = Desk {
            press: &press,
            who: &who,
        };
        let id = traced.record.id.clone();
        let acting = desk
            .acting(traced, &wish)
            .map_err(|refusal| Fault::at_fault(refusal.words(&id)))?;
        let (path, bytes) = desk
            .act(&acting, key.as_ref())
            .map_err(|e| undone(e, &id, ui))?;
        let files = BTreeMap::from([(path.clone(), bytes)]);
        let author = Person {
            name: who.name.clone(),
            email: who
                .email
                .clone()
                .unwrap_or_else(|| format!("{}@hoso.invalid", who.id)),
        };
        let commit = repo.enter(&Entering {
            onto: &revision,
            files: &files,
            author: &author,
            message: &format!("{}: {id} ({})\n\n{reason}\n", verb(act).vi, who.id),
            at,
        })?;
        self.show(&acting, &path, ui)?;
        let short: String = commit.chars().take(10).collect();
        let verb = verb(act);
        ui.say(&Words::new(
            format!("Đã {} `{id}`, ghi vào kho ở commit {short}", verb.vi),
            format!("{} `{id}`, entered as commit {short}", verb.en),
        ));
        Ok(Outcome::Done)
    }

    fn show(&self, acting: &Acting, path: &RepoPath, ui: &mut Ui) -> Result<(), Fault> {
        let statement = &acting.statement;
        match self.format {
            Format::Json => ui.print(
                &json!({
                    "schema": "hoso/act/1",
                    "record": statement.subject,
                    "act": statement.act.code(),
                    "step": statement.step,
                    "signer": statement.signer,
                    "capacity": statement.capacity,
                    "reason": statement.reason,
                    "other": statement.other,
                    "form_sha256": acting.version.digest.to_string(),
                    "file": path.as_str(),
                })
                .to_string(),
            ),
            Format::Text => ui.print(path.as_str()),
        }
    }
}

impl SupersedeArgs {
    /// Runs it.
    ///
    /// # Errors
    /// As [`ActArgs::run`].
    pub fn run(&self, dir: &Path, ui: &mut Ui) -> Result<Outcome, Fault> {
        self.act.done(Act::Supersede, Some(&self.by), dir, ui)
    }
}

/// What was done, as a word in a sentence.
fn verb(act: Act) -> Words {
    match act {
        Act::Withdraw => Words::new("rút", "Withdrew"),
        Act::Supersede => Words::new("thay thế", "Superseded"),
        Act::Return | Act::Sign | Act::SealArchive => Words::new("trả lại", "Returned"),
    }
}

/// The record that replaces another: it must be there, be another, and not be older.
fn replacement(given: &str, by: &str, all: &[Record]) -> Result<RecordId, Fault> {
    let of = |text: &str| {
        let id = RecordId::parse(text)?;
        all.iter().find(|record| record.id == id)
    };
    let Some(other) = of(by) else {
        return Err(unknown(by, all.iter().map(|record| record.id.as_str())));
    };
    let old = of(given);
    if old.is_some_and(|old| old.id == other.id || other.date < old.date) {
        return Err(Fault::at_fault(Words::new(
            "hồ sơ thay thế phải là hồ sơ khác và không cũ hơn",
            "the record that replaces must be another one, and not an older one",
        )));
    }
    Ok(other.id.clone())
}

fn find(traced: Vec<Traced>, given: &str) -> Result<Traced, Fault> {
    let wanted = RecordId::parse(given);
    let (mut own, others): (Vec<Traced>, Vec<Traced>) = traced
        .into_iter()
        .partition(|one| Some(&one.record.id) == wanted.as_ref());
    match own.pop() {
        Some(one) => Ok(one),
        None => Err(unknown(
            given,
            others.iter().map(|one| one.record.id.as_str()),
        )),
    }
}

fn unknown<'a>(given: &str, known: impl Iterator<Item = &'a str>) -> Fault {
    let shown = tame(given);
    let fault = Fault::at_fault(Words::new(
        format!("kho không có hồ sơ `{shown}`"),
        format!("the repository has no record `{shown}`"),
    ));
    match near_miss(given, known) {
        Some(near) => fault.help(Words::new(
            format!("có phải là `{near}`?"),
            format!("did you mean `{near}`?"),
        )),
        None => fault,
    }
}

/// Whose key this is today, by the roster. The seal is nobody: it returns and withdraws nothing.
fn person(certificate: &[u8], school: &School, at: Timestamp) -> Result<Who, Fault> {
    let facts = CertificateFacts::of(certificate).map_err(|e| Fault::failed(e.words()))?;
    let day = dates::day(at);
    let Some(person) = school.owner(&facts.sha256, day) else {
        let subject = tame(facts.subject_cn.as_deref().unwrap_or("—"));
        return Err(Fault::at_fault(Words::new(
            format!("ngày {day} school.yaml không ghi chứng thư của «{subject}» là của người nào"),
            format!("on {day} school.yaml gives the certificate of «{subject}» to nobody"),
        )));
    };
    Ok(Who {
        id: person.id.clone(),
        name: person.ten.clone(),
        email: person.email.first().cloned(),
    })
}

fn undone(error: Undone, id: &RecordId, ui: &mut Ui) -> Fault {
    match error {
        Undone::Findings(findings) => {
            let mut report = Report::default();
            report.add(findings);
            let _ = ui.findings(&report, FindingFormat::Text);
            Fault::at_fault(Words::new(
                "chưa ghi gì, xem các dòng trên",
                "nothing was entered, see above",
            ))
        }
        Undone::Key(words) => Fault::failed(Words::new(
            format!("`{id}`: {}", words.vi),
            format!("`{id}`: {}", words.en),
        )),
    }
}
