//! What a person changed becomes a commit under that person's name, or is refused whole with every reason.
//!
//! Refused is: what lies outside the person's records; what somebody else changed meanwhile; what was
//! approved already; and a text with faults, since the branch that is built from stays sound.

mod approved;

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Map;
use serde_json::Value;

use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Report;
use crate::diag::Severity;
use crate::diag::Words;
use crate::diag::words::tame;
use crate::forge::loaded::Loaded;
use crate::forge::loaded::Unreadable;
use crate::forge::rights::Rights;
use crate::forge::save::approved::approved;
use crate::path::RepoPath;
use crate::pipeline;
use crate::records::Record;
use crate::records::Records;
use crate::records::dates;
use crate::records::id::RecordId;
use crate::records::parse::MAX_RECORD;
use crate::repo;
use crate::repo::Entering;
use crate::repo::Person;
use crate::repo::Repo;
use crate::repo::Revising;
use crate::repo::Seen;
use crate::repo::Snapshot;

/// Most files of one save: a record and its pictures.
pub const MAX_FILES: usize = 40;
/// Largest picture.
pub const MAX_PICTURE: usize = 20 * 1024 * 1024;
/// How often a save is tried again when another commit came in between.
const TRIES: usize = 5;

/// What is done to one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// It is not there yet.
    Create,
    /// It gets another content; as the writer saw it.
    Update(Seen),
    /// It gets another name, and perhaps another content.
    Move {
        /// The name it has.
        from: String,
        /// As the writer saw it.
        seen: Seen,
    },
    /// It is to go.
    Delete,
}

/// One file of a save.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its path, as the client says it.
    pub path: String,
    /// What is done.
    pub operation: Operation,
    /// The new content.
    pub bytes: Vec<u8>,
}

/// Who saves, and where.
pub struct Desk<'a> {
    /// The repository.
    pub repo: &'a Repo,
    /// The person's id.
    pub person: &'a str,
    /// Now.
    pub at: Timestamp,
    /// Reads the newest commit.
    pub newest: &'a dyn Fn() -> Result<Arc<Loaded>, Unreadable>,
}

/// What was saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// The commit.
    pub commit: String,
    /// When.
    pub at: Timestamp,
    /// The files, each with git's name for its content.
    pub files: Vec<(RepoPath, String)>,
}

/// Why nothing was saved.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words().en)]
pub enum Refusal {
    /// Nothing was to be saved.
    Empty,
    /// Too much at once.
    TooMuch,
    /// The path is not that of a record or of a picture beside one.
    NotARecord {
        /// The path as the client said it.
        path: String,
    },
    /// The record is not this person's to write.
    NotYours {
        /// The path.
        path: RepoPath,
    },
    /// A record does not go.
    Kept {
        /// The path.
        path: String,
    },
    /// Every step of its chain is signed, or another record replaces it.
    Approved {
        /// Which.
        id: RecordId,
    },
    /// It has signatures, and they or the record itself are damaged.
    Damaged {
        /// Which.
        id: RecordId,
    },
    /// Something is signed under the old name.
    SignedName {
        /// Which.
        id: RecordId,
    },
    /// The text has faults.
    Faults(Vec<Finding>),
    /// The branch cannot be read.
    Unreadable(#[from] Unreadable),
    /// The repository says no: somebody else was there first, or it cannot be written.
    Repo(#[from] repo::Error),
}

impl Refusal {
    /// The sentence for people; of faults, one each.
    pub fn words(&self) -> Words {
        match self {
            Self::Empty => Words::new("không có gì để lưu", "there is nothing to save"),
            Self::TooMuch => Words::new(
                format!(
                    "một lần lưu nhiều nhất {MAX_FILES} tệp, mỗi ảnh nhiều nhất {} MB",
                    MAX_PICTURE >> 20
                ),
                format!(
                    "at most {MAX_FILES} files at a time, each picture at most {} MB",
                    MAX_PICTURE >> 20
                ),
            ),
            Self::NotARecord { path } => Words::new(
                format!(
                    "`{}` không phải chỗ của hồ sơ hay ảnh trong hồ sơ",
                    tame(path)
                ),
                format!("`{}` is no place of a record or of its picture", tame(path)),
            ),
            Self::NotYours { path } => Words::new(
                format!("hồ sơ `{path}` không thuộc phần việc của bạn"),
                format!("the record `{path}` is not yours to write"),
            ),
            Self::Kept { path } => Words::new(
                format!(
                    "không xóa `{}`: hồ sơ đã lưu thì không xóa, chỉ sửa hoặc thay thế",
                    tame(path)
                ),
                format!(
                    "`{}` stays: a record that was saved is mended or superseded, never deleted",
                    tame(path)
                ),
            ),
            Self::Approved { id } => Words::new(
                format!(
                    "hồ sơ {id} đã được duyệt xong nên không sửa nữa; lập hồ sơ mới thay thế (hoso supersede)"
                ),
                format!(
                    "the record {id} is approved and stays as it is; write another one that supersedes it"
                ),
            ),
            Self::Damaged { id } => Words::new(
                format!(
                    "hồ sơ {id} đã có chữ ký, mà hồ sơ hoặc chữ ký đang có lỗi nên không sửa ở đây được; xin báo người quản trị của trường chạy hoso verify"
                ),
                format!(
                    "the record {id} has been signed, and it or its signatures are at fault, so it is not changed here; ask whoever looks after the repository to run hoso verify"
                ),
            ),
            Self::SignedName { id } => Words::new(
                format!("hồ sơ {id} đã có chữ ký nên không đổi tên được"),
                format!("the record {id} has been signed and keeps its name"),
            ),
            Self::Faults(findings) => {
                let files: BTreeSet<&str> =
                    findings.iter().map(|f| f.place.file.as_str()).collect();
                let all = |lang: fn(&Words) -> &str| {
                    let told = findings.iter().map(|finding| match files.len() {
                        1 => told(finding, lang),
                        _ => format!("{}: {}", tame(&finding.place.file), told(finding, lang)),
                    });
                    told.collect::<Vec<String>>().join("\n")
                };
                Words::new(all(|w| &w.vi), all(|w| &w.en))
            }
            Self::Unreadable(error) => error.words(),
            Self::Repo(error) => error.words(),
        }
    }

    /// Whether somebody else was there first.
    pub fn is_conflict(&self) -> bool {
        matches!(
            self,
            Self::Repo(
                repo::Error::Stale { .. }
                    | repo::Error::Exists { .. }
                    | repo::Error::Missing { .. }
            )
        )
    }
}

fn told(finding: &Finding, lang: fn(&Words) -> &str) -> String {
    let field = finding
        .place
        .field
        .as_deref()
        .map(|field| format!("{}: ", tame(field)));
    let help = finding
        .help
        .as_ref()
        .map(|help| format!(" → {}", lang(help)));
    format!(
        "{}{}{}",
        field.unwrap_or_default(),
        lang(&finding.message),
        help.unwrap_or_default()
    )
}

/// Saves, as one commit.
///
/// # Errors
/// [`Refusal`]; nothing is written then.
pub fn save(desk: &Desk<'_>, changes: &[Change]) -> Result<Saved, Refusal> {
    let plan = Plan::of(changes)?;
    let mut tried = 0;
    loop {
        tried += 1;
        match try_save(desk, &plan) {
            // Another record was saved or signed at the same moment: looked at anew.
            Err(Refusal::Repo(repo::Error::Moved { .. })) if tried < TRIES => {}
            outcome => return outcome,
        }
    }
}

/// The changes, sorted by what they do.
#[derive(Default)]
struct Plan {
    created: BTreeMap<RepoPath, Vec<u8>>,
    revising: Revising,
    /// New names, each with the old one.
    moved: BTreeMap<RepoPath, RepoPath>,
}

impl Plan {
    fn of(changes: &[Change]) -> Result<Plan, Refusal> {
        if changes.is_empty() {
            return Err(Refusal::Empty);
        }
        if changes.len() > MAX_FILES {
            return Err(Refusal::TooMuch);
        }
        let mut plan = Plan::default();
        let mut named = BTreeSet::new();
        for change in changes {
            let (path, bytes) = (place(&change.path)?, change.bytes.clone());
            let most = if is_record(&path) {
                MAX_RECORD as usize
            } else {
                MAX_PICTURE
            };
            if bytes.len() > most {
                return Err(Refusal::TooMuch);
            }
            if !named.insert(path.clone()) {
                return Err(Refusal::Repo(repo::Error::Exists { path }));
            }
            match &change.operation {
                Operation::Create => {
                    plan.created.insert(path, bytes);
                }
                // A picture that stands in a signed record must not become another one.
                Operation::Update(_) | Operation::Move { .. } if !is_record(&path) => {
                    return Err(Refusal::Repo(repo::Error::Exists { path }));
                }
                Operation::Update(seen) => {
                    plan.revising.changed.insert(path, (seen.clone(), bytes));
                }
                Operation::Move { from, seen } => {
                    let from = place(from)?;
                    if !is_record(&from) {
                        return Err(Refusal::NotARecord {
                            path: from.to_string(),
                        });
                    }
                    plan.revising.moved.insert(from.clone(), seen.clone());
                    plan.created.insert(path.clone(), bytes);
                    plan.moved.insert(path, from);
                }
                Operation::Delete => {
                    return Err(Refusal::Kept {
                        path: change.path.clone(),
                    });
                }
            }
        }
        Ok(plan)
    }

    /// Every path it touches.
    fn paths(&self) -> impl Iterator<Item = &RepoPath> {
        let changed = self.revising.changed.keys();
        changed
            .chain(self.created.keys())
            .chain(self.revising.moved.keys())
    }

    /// The files as they would be.
    fn over(&self, snapshot: Snapshot) -> Snapshot {
        let gone = self.revising.moved.keys().map(|path| (path.clone(), None));
        let changed = self.revising.changed.iter();
        let changed = changed.map(|(path, (_, bytes))| (path.clone(), Some(bytes.clone())));
        let created = self
            .created
            .iter()
            .map(|(path, bytes)| (path.clone(), Some(bytes.clone())));
        snapshot.with(&gone.chain(changed).chain(created).collect())
    }

    /// What was done, for the history.
    fn message(&self, records: &Records) -> String {
        let all = self
            .paths()
            .filter(|path| !self.revising.moved.contains_key(*path));
        let told = all.filter_map(|path| {
            let id = record_of(path)?;
            let kind = records.kinds.get(id.kind())?;
            let done = match (
                self.moved.get(path),
                self.revising.changed.contains_key(path),
            ) {
                (Some(from), _) => format!("đổi tên từ {}", record_of(from)?.name()),
                (None, true) => "sửa".to_owned(),
                (None, false) => "thêm".to_owned(),
            };
            Some(format!("{}: {done} {id}", kind.title))
        });
        let told: Vec<String> = told.collect();
        match told.as_slice() {
            [] => "thêm ảnh".to_owned(),
            [one] => one.clone(),
            many => format!("{} hồ sơ\n\n{}", many.len(), many.join("\n")),
        }
    }
}

fn try_save(desk: &Desk<'_>, plan: &Plan) -> Result<Saved, Refusal> {
    let now = (desk.newest)()?;
    for path in plan.created.keys() {
        if now.snapshot.contains(path) {
            return Err(Refusal::Repo(repo::Error::Exists { path: path.clone() }));
        }
    }
    // Before anything is told about a text: it may not be this person's to see.
    let there = |path: &RepoPath| now.snapshot.contains(path);
    allowed(desk, &now.records, plan.paths(), &there)?;
    let changed = plan
        .revising
        .changed
        .iter()
        .map(|(path, (seen, _))| (path, seen));
    for (path, seen) in changed.chain(&plan.revising.moved) {
        unchanged(&now.snapshot, path, seen)?;
    }
    approved(desk, &now, plan)?;
    let after = sound(&plan.over(desk.repo.snapshot(&now.revision)?), &now.errors)?;
    allowed(
        desk,
        &after,
        plan.paths()
            .filter(|path| !plan.revising.moved.contains_key(*path)),
        &|_| true,
    )?;
    let entering = Entering {
        onto: &now.revision,
        files: &plan.created,
        author: &author(&now.records, desk.person),
        message: &plan.message(&after),
        at: desk.at,
    };
    let commit = desk.repo.revise(&entering, &plan.revising)?;
    let changed = plan
        .revising
        .changed
        .iter()
        .map(|(path, (_, bytes))| (path, bytes));
    let files = changed.chain(&plan.created);
    let files = files.filter_map(|(path, bytes)| Some((path.clone(), repo::blob_id(bytes)?)));
    Ok(Saved {
        commit,
        at: desk.at,
        files: files.collect(),
    })
}

/// Refuses what is not the person's, by the records as they are or as they would be; `there` tells which files are.
fn allowed<'a>(
    desk: &Desk<'_>,
    records: &Records,
    mut paths: impl Iterator<Item = &'a RepoPath>,
    there: &dyn Fn(&RepoPath) -> bool,
) -> Result<(), Refusal> {
    let (person, today) = (desk.person, dates::day(desk.at));
    let rights = Rights { records, person };
    let may = |path: &RepoPath| match find(records, path) {
        Some(record) => may_touch(&rights, path, Some(record), false, today),
        None => may_touch(&rights, path, None, is_record(path) && there(path), today),
    };
    match paths.find(|path| !may(path)) {
        Some(path) => Err(Refusal::NotYours { path: path.clone() }),
        None => Ok(()),
    }
}

/// The records as they would be; every error that was not there before is a reason to refuse. That two
/// books disagree is none: who mends both begins with one of them, and `check` tells it until both are.
fn sound(snapshot: &Snapshot, known: &[Finding]) -> Result<Records, Refusal> {
    let mut report = Report::default();
    let records = pipeline::check(&mut report, snapshot);
    let same = |a: &Finding, b: &Finding| a.tells_as(b) && a.place.field == b.place.field;
    let errors = report
        .sorted()
        .into_iter()
        .filter(|f| f.severity == Severity::Error);
    let errors = errors.filter(|f| f.code != Code::BooksDisagree);
    let new = errors.filter(|error| !known.iter().any(|k| same(k, error)));
    let new: Vec<Finding> = new.cloned().collect();
    match records {
        Ok(records) if new.is_empty() => Ok(records),
        _ => Err(Refusal::Faults(new)),
    }
}

/// Whether the person may write what lies or is to lie at `path`; `record` is what it holds, and `unreadable` says
/// that it holds one which cannot be read.
fn may_touch(
    rights: &Rights<'_>,
    path: &RepoPath,
    record: Option<&Record>,
    unreadable: bool,
    today: Date,
) -> bool {
    let mut segments = path.segments().skip(1);
    let (Some(year), Some(unit), Some(kind)) = (segments.next(), segments.next(), segments.next())
    else {
        return false;
    };
    let Some(kind) = rights.records.kinds.get(kind) else {
        return false;
    };
    if let Some(record) = record {
        return rights.may_write(kind, unit, record.date, &record.fields);
    }
    // Whom an unreadable record is about nobody can tell, so it is somebody else for everybody.
    let mut fields = Map::new();
    if let Some(field) = kind.person.as_ref().filter(|_| unreadable) {
        fields.insert(field.clone(), Value::String(String::new()));
    }
    // As of today if that is in its year, else of any day.
    match dates::school_year(year) {
        Some((from, to)) if from <= today && today <= to => {
            rights.may_write(kind, unit, today, &fields)
        }
        _ => rights.may_write_in(kind, unit, year, &fields),
    }
}

/// Refuses what is no longer as its writer saw it.
fn unchanged(snapshot: &Snapshot, path: &RepoPath, seen: &Seen) -> Result<(), Refusal> {
    let path = path.clone();
    match snapshot.get(path.as_str()) {
        None => Err(Refusal::Repo(repo::Error::Missing { path })),
        Some(entry) if entry.id.as_deref() != Some(seen.blob.as_str()) => {
            Err(Refusal::Repo(repo::Error::Stale { path }))
        }
        Some(_) => Ok(()),
    }
}

/// Who stands in the history: the roster says it, never the client.
fn author(records: &Records, id: &str) -> Person {
    let person = records.school.person(id);
    let name = person.map_or(id, |person| person.ten.as_str());
    let email = person.and_then(|person| person.email.first().cloned());
    Person {
        name: name.to_owned(),
        // Reserved for addresses that are none (RFC 2606).
        email: email.unwrap_or_else(|| format!("{id}@nguoi.invalid")),
    }
}

/// Where a record or a picture beside one may lie.
fn place(text: &str) -> Result<RepoPath, Refusal> {
    let refused = || Refusal::NotARecord {
        path: text.chars().take(200).collect(),
    };
    let path = RepoPath::parse(text).map_err(|_| refused())?;
    let ending = path.extension().unwrap_or_default();
    let taken = ["md", "jpg", "jpeg", "png"].contains(&ending);
    let within = path.starts_with("content") && path.segments().count() == 5;
    let stem = path
        .file_name()
        .strip_suffix(ending)
        .and_then(|name| name.strip_suffix('.'));
    let folder = path
        .parent()
        .map(|folder| folder.to_string())
        .unwrap_or_default();
    let id = stem.and_then(|stem| RecordId::parse(&format!("{folder}/{stem}")));
    match id {
        Some(_) if taken && within => Ok(path),
        _ => Err(refused()),
    }
}

fn is_record(path: &RepoPath) -> bool {
    path.extension() == Some("md")
}

fn record_of(path: &RepoPath) -> Option<RecordId> {
    is_record(path)
        .then(|| RecordId::parse(path.as_str()))
        .flatten()
}

fn find<'a>(records: &'a Records, path: &RepoPath) -> Option<&'a Record> {
    let id = record_of(path)?;
    let index = records
        .all
        .binary_search_by(|record| record.id.cmp(&id))
        .ok()?;
    records.all.get(index)
}
