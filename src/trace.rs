//! Gives every record its history: who changed it, when, in which commit, with which message.
//!
//! A web-forge commit is trace, never a signature: the forge wrote it, not the person.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::diag::Checked;
use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Place;
use crate::diag::Words;
use crate::path::RepoPath;
use crate::records::Origin;
use crate::records::Record;
use crate::records::id::RecordId;
use crate::records::kind::Kind;
use crate::records::parse::closing;
use crate::repo::Action;
use crate::repo::Change;
use crate::repo::History;

/// A record with its history.
#[derive(Clone, Debug)]
pub struct Traced {
    /// The record.
    pub record: Record,
    /// Oldest first; of a book, the changes of its records. Empty for a record not yet committed,
    /// which only the working tree can hold.
    changes: Vec<Change>,
}

impl Traced {
    /// A record of whose history nothing is told.
    pub fn bare(record: Record) -> Self {
        let changes = Vec::new();
        Self { record, changes }
    }

    /// The changes, oldest first.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// The last change.
    pub fn last(&self) -> Option<&Change> {
        self.changes.last()
    }
}

/// Attaches to each record the changes of its file, renames followed.
pub fn attach(history: &History, records: Vec<Record>) -> Checked<Vec<Traced>> {
    let mut findings = Vec::new();
    let traced = records
        .into_iter()
        .map(|record| {
            let changes = match &record.source.origin {
                Origin::File(path) => history.of(path).to_vec(),
                Origin::Book(book) => {
                    let closing = book.closing.iter().map(|closing| &closing.path);
                    let mut all: Vec<Change> = book
                        .members
                        .iter()
                        .filter_map(|m| m.path.as_ref())
                        .chain(closing)
                        .flat_map(|path| history.of(path).iter().cloned())
                        .collect();
                    all.sort_by(|a, b| {
                        a.commit
                            .committed
                            .cmp(&b.commit.committed)
                            .then_with(|| a.commit.id.cmp(&b.commit.id))
                            .then_with(|| a.path.cmp(&b.path))
                    });
                    all
                }
            };
            findings.extend(reused(&record, &changes));
            findings.extend(closing_changed(&record, history));
            Traced { record, changes }
        })
        .collect();
    Checked::new(traced, findings)
}

/// An id that was given up once and taken again: two records of one name, which nobody can tell
/// apart later.
fn reused(record: &Record, changes: &[Change]) -> Option<Finding> {
    let path = record.path()?;
    let gone = changes
        .iter()
        .find(|c| matches!(c.action, Action::Deleted) && c.path == *path)?;
    let commit = &gone.commit.short;
    Some(
        Finding::new(
            Code::RecordIdReused,
            Place::file(path),
            Words::new(
                format!("mã này thuộc về một hồ sơ đã bị xóa ở commit {commit}"),
                format!("this id belonged to a record deleted in commit {commit}"),
            ),
        )
        .help(Words::new(
            "đặt tên khác cho hồ sơ mới; mã hồ sơ không dùng lại",
            "give the new record another name; ids are never used again",
        )),
    )
}

/// The list that locks a book's records is written once.
fn closing_changed(record: &Record, history: &History) -> Option<Finding> {
    let path = &record.closing()?.path;
    let modified = |change: &&Change| matches!(change.action, Action::Modified);
    let change = history.of(path).iter().find(modified)?;
    let commit = &change.commit.short;
    Some(
        Finding::new(
            Code::BookClosingChanged,
            Place::file(path),
            Words::new(
                format!("tệp khóa sổ đã bị sửa ở commit {commit}"),
                format!("the file that closes the book was changed in commit {commit}"),
            ),
        )
        .help(Words::new(
            "sổ khóa nhầm thì xóa tệp khóa (khi chưa ai ký) rồi khóa lại dưới tên khác; sổ đã ký thì giữ nguyên tệp cũ",
            "a book closed by mistake: remove its closing (while nobody has signed) and close it under another name; keep that of a signed one as it was",
        )),
    )
}

/// Closed books that were opened again by taking their closing away.
pub fn reopened(history: &History, kinds: &BTreeMap<String, Arc<Kind>>) -> Vec<Finding> {
    let finding = |(path, change): (&RepoPath, &Change)| {
        let commit = &change.commit.short;
        Finding::new(
            Code::BookReopened,
            Place::file(path),
            Words::new(
                format!("sổ đã khóa được mở lại ở commit {commit}: tệp khóa sổ bị xóa"),
                format!(
                    "a closed book was opened again in commit {commit}: its closing was removed"
                ),
            ),
        )
        .help(Words::new(
            format!("nếu không cố ý, lấy lại: git checkout {commit}~1 -- {path}"),
            format!("if that was not meant, get it back: git checkout {commit}~1 -- {path}"),
        ))
    };
    history
        .deleted()
        .filter(|(path, _)| closing::is_closing(kinds, path))
        // A name that is no id never closed anything, and does not belong into a command.
        .filter(|(path, _)| RecordId::parse(path.as_str()).is_some())
        .map(finding)
        .collect()
}

/// The different authors of some changes, as `name <address>`, in order of their first change.
pub fn authors(changes: &[Change]) -> Vec<&str> {
    let mut seen = BTreeSet::new();
    changes
        .iter()
        .map(|c| c.commit.author.name.as_str())
        .filter(|name| seen.insert(*name))
        .collect()
}
