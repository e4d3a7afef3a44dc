//! One signing from the repository to its commit: what the command and the page have in common. Who
//! asks, and how what came of it is shown, is theirs.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::diag::Finding;
use crate::diag::Report;
use crate::diag::Words;
use crate::keys::OpenKey;
use crate::path::RepoPath;
use crate::pipeline;
use crate::pipeline::Stop;
use crate::records::id::RecordId;
use crate::records::school::School;
use crate::render::Press;
use crate::render::kept;
use crate::render::kept::Trust;
use crate::render::world::Layouts;
use crate::renewal::stamps::Freshly;
use crate::repo;
use crate::repo::Entering;
use crate::repo::FOLDERS;
use crate::repo::History;
use crate::repo::Journal;
use crate::repo::Person;
use crate::repo::Repo;
use crate::repo::Revision;
use crate::repo::Shallow;
use crate::repo::Snapshot;
use crate::sign::TrustStore;
use crate::signing::Batch;
use crate::signing::Desk;
use crate::signing::Turn;
use crate::signing::Who;
use crate::signing::act::Acting;
use crate::signing::act::Undone;
use crate::trace;
use crate::trace::Traced;

/// New files by path.
pub type Files = BTreeMap<String, Vec<u8>>;

/// Everything that is read of a revision before anybody signs.
pub struct Books {
    /// The revision.
    pub revision: Revision,
    /// The school.
    pub school: Arc<School>,
    /// Every record with its history.
    pub traced: Vec<Traced>,
    snapshot: Snapshot,
    layouts: Layouts,
    store: TrustStore,
}

impl Books {
    /// Reads what is checked out. `tell` is given what is wrong with the records, right or not.
    ///
    /// # Errors
    /// [`Stop`], when a record is at fault or the repository cannot be read.
    pub fn read(repo: &Repo, tell: &mut dyn FnMut(&Report)) -> Result<Self, Stop> {
        let revision = repo.revision(None)?;
        let snapshot = repo.snapshot(&revision)?;
        let history = History::read(repo, &revision, &FOLDERS, Shallow::Refuse)?;
        let mut report = Report::default();
        let read = pipeline::check(&mut report, &snapshot);
        tell(&report);
        let records = read?;
        report.stop_on_errors()?;
        let traced = report.take(trace::attach(&history, records.all));
        let layouts = Layouts::read(&snapshot)?;
        let (store, _) = report.with(|findings| kept::anchors(&snapshot, findings));
        Ok(Self {
            revision,
            school: records.school,
            traced,
            snapshot,
            layouts,
            store,
        })
    }

    /// What forms are made with, and signatures judged, at an instant.
    pub fn press(&self, at: Timestamp) -> Press<'_> {
        Press {
            snapshot: &self.snapshot,
            school: &self.school,
            layouts: &self.layouts,
            trust: Trust {
                school: &self.school,
                store: &self.store,
                at,
            },
            cache: None,
        }
    }
}

/// What is to be done with one key, as one commit.
pub struct Order<'a> {
    /// The repository.
    pub repo: &'a Repo,
    /// The revision that was looked at; nothing is entered onto another one.
    pub revision: &'a Revision,
    /// Who signs, and with what forms are made.
    pub desk: &'a Desk<'a>,
    /// What is signed.
    pub turns: &'a [Turn],
    /// What is returned, withdrawn or superseded.
    pub acts: &'a [Acting],
    /// Whether a form that cannot be signed lets the others be entered all the same.
    pub all: bool,
    /// Where each signature is kept at once.
    pub journal: &'a Journal,
    /// Called once for each signature that there is.
    pub progress: &'a (dyn Fn() + Sync),
    /// Gets time-stamps for what was signed.
    pub stamp: &'a dyn Fn(Files) -> Freshly,
}

/// What was entered.
#[derive(Debug)]
pub struct Entered {
    /// The commit.
    pub commit: String,
    /// The records that were signed.
    pub signed: Vec<RecordId>,
    /// Those that were returned, withdrawn or superseded.
    pub acted: Vec<RecordId>,
    /// How many of the signatures an earlier run had made.
    pub resumed: usize,
    /// Why some were not signed.
    pub findings: Vec<Finding>,
    /// Signatures without the time-stamp that was asked for, and why.
    pub unstamped: Vec<(String, Words)>,
}

/// Why nothing was entered.
#[derive(Debug)]
pub enum Failed {
    /// The key stopped; what it had signed is kept, and taken up by the next run.
    Key {
        /// At which record.
        id: RecordId,
        /// What it says.
        words: Words,
        /// How many signatures are kept.
        kept: usize,
    },
    /// Not one signature would hold.
    Nothing(Vec<Finding>),
    /// What was signed could not be committed; it is kept, and taken up by the next run.
    Repo {
        /// Why.
        error: repo::Error,
        /// How many signatures are kept.
        kept: usize,
    },
    /// A path that is none; nothing that this program writes is.
    Path(Words),
}

/// Signs and acts with one key, then commits all of it.
///
/// # Errors
/// [`Failed`]; nothing was entered then.
pub fn sign(order: &Order<'_>, key: OpenKey) -> Result<Entered, Failed> {
    let desk = order.desk;
    let made = desk.sign(&Batch {
        turns: order.turns,
        signer: key.as_ref(),
        journal: order.journal,
        progress: order.progress,
    });
    let kept = made.records.len();
    if let Some((id, words)) = made.stopped {
        return Err(Failed::Key { id, words, kept });
    }
    let mut findings = made.findings;
    let mut acts = Files::new();
    let mut acted = Vec::new();
    for acting in order.acts {
        let id = acting.traced.record.id.clone();
        match desk.act(acting, key.as_ref()) {
            Ok((path, bytes)) => {
                acts.insert(path.to_string(), bytes);
                acted.push(id);
            }
            Err(Undone::Findings(found)) => findings.extend(found),
            Err(Undone::Key(words)) => return Err(Failed::Key { id, words, kept }),
        }
    }
    // No session stays open while authorities take their minutes.
    drop(key);
    let nothing = made.files.is_empty() && acts.is_empty();
    if nothing || !findings.is_empty() && !order.all {
        return Err(Failed::Nothing(findings));
    }
    let stamped = match made.files.is_empty() {
        true => Freshly::default(),
        false => (order.stamp)(made.files),
    };
    let mut files = stamped.files;
    files.extend(acts);
    let message = message(desk.who, kept, order.acts, &acted);
    let commit =
        enter(order.repo, order.revision, files, desk, &message).map_err(
            |failed| match failed {
                Failed::Repo { error, .. } => Failed::Repo { error, kept },
                other => other,
            },
        )?;
    let journalled = made.journalled.iter().chain(&stamped.journalled);
    order.journal.clear(journalled);
    Ok(Entered {
        commit,
        signed: made.records,
        acted,
        resumed: made.resumed,
        findings,
        unstamped: stamped.failed,
    })
}

/// What signatures are committed with.
pub fn signed_message(who: &Who, count: usize) -> String {
    format!("ký số: {count} hồ sơ ({})\n", who.id)
}

fn message(who: &Who, signed: usize, acts: &[Acting], acted: &[RecordId]) -> String {
    if acted.is_empty() {
        return signed_message(who, signed);
    }
    let count = acted.len();
    let head = match (signed, acted) {
        (0, [id]) => format!("trả lại: {id} ({})\n", who.id),
        (0, _) => format!("trả lại: {count} hồ sơ ({})\n", who.id),
        _ => format!(
            "ký số: {signed} hồ sơ, trả lại: {count} hồ sơ ({})\n",
            who.id
        ),
    };
    let reasons = acts.iter().filter_map(|acting| {
        let id = &acting.traced.record.id;
        let reason = acting.statement.reason.as_deref()?;
        acted.contains(id).then(|| format!("\n{id}: {reason}\n"))
    });
    std::iter::once(head).chain(reasons).collect()
}

/// Commits new files in the signer's name.
///
/// # Errors
/// [`Failed::Repo`], [`Failed::Path`].
pub fn enter(
    repo: &Repo,
    revision: &Revision,
    files: Files,
    desk: &Desk<'_>,
    message: &str,
) -> Result<String, Failed> {
    let who = desk.who;
    let mut sound = BTreeMap::new();
    for (path, bytes) in files {
        let sounded = RepoPath::parse(&path).map_err(|_| {
            Failed::Path(Words::new(
                format!("`{path}` không phải đường dẫn"),
                format!("`{path}` is no path"),
            ))
        })?;
        sound.insert(sounded, bytes);
    }
    let email = who.email.clone();
    let author = Person {
        name: who.name.clone(),
        email: email.unwrap_or_else(|| format!("{}@hoso.invalid", who.id)),
    };
    let entering = Entering {
        onto: revision,
        files: &sound,
        author: &author,
        message,
        at: desk.press.trust.at,
    };
    let entered = repo.enter(&entering);
    entered.map_err(|error| Failed::Repo { error, kept: 0 })
}
