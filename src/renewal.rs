//! Raising signatures: what each file lacks, and the file with it. Nothing is written here; the
//! caller commits what comes out, by `Repo::raise`, which asks again whether anything was taken away.
//!
//! 1. [`plan`] examines every signature and says what it needs for the level that is wanted.
//! 2. [`Desk::raise`] gets it: time-stamps over the signatures, many at once; then revocation data,
//!    once for each authority; then time-stamps over all of that. What comes is in the journal
//!    before it is used, so a run that is cut off asks nobody twice.
//! 3. What comes out is examined as `verify` does, and kept only if it is no worse than before.
//!
//! A signature that does not hold is left as it is: raising it would only make it look better.

use jiff::SignedDuration;
use jiff::Timestamp;

use crate::diag::Words;
use crate::path::RepoPath;
use crate::records::id::RecordId;
use crate::repo::Snapshot;
use crate::sign;
use crate::sign::Answer;
use crate::sign::Examined;
use crate::sign::SubIndication;
use crate::sign::TrustStore;
use crate::sign::Verdict;
use crate::sign::level;
use crate::sign::level::Level;

pub mod evidence;
pub mod raise;
pub mod stamps;

/// Largest signature file that is raised.
const MAX_SIGNATURE: u64 = 2 * 1024 * 1024;
/// Largest content of a signature: a form, or a manifest.
const MAX_CONTENT: u64 = 64 * 1024 * 1024;

/// What is wanted.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The level to be reached at least.
    pub level: Level,
    /// Add another archive time-stamp where the last one's authority ends within this time.
    pub refresh: Option<SignedDuration>,
    /// Only the signatures of these records; none means everything, sealed archives included.
    pub records: Option<&'a [RecordId]>,
}

/// Something that a file lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// A time-stamp over the signature.
    Stamp,
    /// Revocation data for its certificates and those of its time-stamps.
    Revocation,
    /// A time-stamp over all of it.
    ArchiveStamp,
}

impl Need {
    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stamp => "dau-thoi-gian",
            Self::Revocation => "du-lieu-thu-hoi",
            Self::ArchiveStamp => "dau-thoi-gian-luu-tru",
        }
    }

    /// Says it for people.
    pub fn words(self) -> Words {
        match self {
            Self::Stamp => Words::new("dấu thời gian", "time-stamp"),
            Self::Revocation => Words::new("dữ liệu thu hồi", "revocation data"),
            Self::ArchiveStamp => Words::new("dấu thời gian lưu trữ", "archive time-stamp"),
        }
    }
}

/// A signature file that something is to be added to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Where it is.
    pub path: RepoPath,
    /// Where what it is over is.
    pub content: RepoPath,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its level now.
    pub level: Level,
    /// How many of its time-stamps hold.
    pub stamps: usize,
    /// What it lacks, in the order in which it is added.
    pub needs: Vec<Need>,
}

/// What is to be done.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The files to be raised, by path.
    pub cases: Vec<Case>,
    /// Files that cannot be raised, and why not.
    pub refused: Vec<(RepoPath, Words)>,
    /// How many files have the level already.
    pub done: usize,
}

/// Examines every signature that is meant and says what it lacks.
pub fn plan(snapshot: &Snapshot, store: &TrustStore, wanted: &Wanted<'_>, at: Timestamp) -> Plan {
    let mut plan = Plan::default();
    for entry in snapshot.under("signatures/") {
        let path = &entry.path;
        let Some(content) = content_of(path, wanted.records) else {
            continue;
        };
        match case(snapshot, store, wanted, at, path, &content) {
            Ok(Some(case)) => plan.cases.push(case),
            Ok(None) => plan.done += 1,
            Err(words) => plan.refused.push((path.clone(), words)),
        }
    }
    plan
}

/// What a signature file is over: the `form.pdf` beside it, or in a sealed archive the file of its
/// own name. None for what is no signature, or not meant.
fn content_of(path: &RepoPath, records: Option<&[RecordId]>) -> Option<RepoPath> {
    let name = path.file_name().strip_suffix(".p7s")?;
    let folder = path.parent()?;
    let segments: Vec<&str> = path.segments().collect();
    match segments[..] {
        ["signatures", "archives", _, _] if records.is_none() => folder.join(name).ok(),
        ["signatures", year, unit, kind, record, _, _] => {
            let id = format!("{year}/{unit}/{kind}/{record}");
            let meant = records.is_none_or(|all| all.iter().any(|one| one.as_str() == id));
            meant.then(|| folder.join("form.pdf").ok()).flatten()
        }
        _ => None,
    }
}

fn case(
    snapshot: &Snapshot,
    store: &TrustStore,
    wanted: &Wanted<'_>,
    at: Timestamp,
    path: &RepoPath,
    content: &RepoPath,
) -> Result<Option<Case>, Words> {
    let read = |path, max| snapshot.read(path, max).map_err(|error| error.words());
    let bytes = read(path, MAX_SIGNATURE)?;
    let signed = read(content, MAX_CONTENT)?;
    let examined = sign::verify(&*signed, &bytes, store, at);
    if !stands(&examined) {
        return Err(examined.words());
    }
    let level = level::of(&bytes);
    let ends = sign::last_stamp_ends(&bytes);
    let needs = needs(&examined, level, ends, wanted, at);
    let case = Case {
        path: path.clone(),
        content: content.clone(),
        bytes,
        level,
        stamps: holding(&examined),
        needs,
    };
    Ok((!case.needs.is_empty()).then_some(case))
}

/// Whether nothing is known to be wrong with a signature; that something is still open is what
/// raising is for.
fn stands(examined: &Examined) -> bool {
    let open = match examined.verdict() {
        Verdict::TotalPassed => true,
        // Whatever else is open, a time-stamp made now comes too late for.
        Verdict::Indeterminate(why) => matches!(
            why,
            SubIndication::TryLater | SubIndication::RevocationOutOfBoundsNoPoe
        ),
        Verdict::TotalFailed(_) => false,
    };
    open && [examined.intact(), examined.valid()] == [Answer::Yes; 2]
        && examined.trusted() != Answer::No
}

/// How many time-stamps hold.
fn holding(examined: &Examined) -> usize {
    examined.stamps().iter().filter(|stamp| stamp.holds).count()
}

fn needs(
    examined: &Examined,
    level: Level,
    ends: Option<Timestamp>,
    wanted: &Wanted<'_>,
    at: Timestamp,
) -> Vec<Need> {
    let mut needs = Vec::new();
    if wanted.level >= Level::T && holding(examined) == 0 {
        needs.push(Need::Stamp);
    }
    let open = examined.verdict() != Verdict::TotalPassed;
    if wanted.level >= Level::Lt && (level < Level::Lt || open) {
        needs.push(Need::Revocation);
    }
    let near = |within| ends.is_none_or(|end| end.duration_since(at) < within);
    let due = level >= Level::Lta && wanted.refresh.is_some_and(near);
    if due && !needs.contains(&Need::Revocation) {
        // The time-stamps that the next one is to cover must be provable by then.
        needs.push(Need::Revocation);
    }
    if due || wanted.level >= Level::Lta && level < Level::Lta {
        needs.push(Need::ArchiveStamp);
    }
    needs
}
