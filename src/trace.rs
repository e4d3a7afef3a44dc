//! Gives every record its history: who changed it, when, in which commit, with which message.
//!
//! A web-forge commit is trace, never a signature: the forge wrote it, not the person.

use std::collections::BTreeSet;

use crate::diag::Checked;
use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Place;
use crate::diag::Words;
use crate::records::Origin;
use crate::records::Record;
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

/// The different authors of some changes, as `name <address>`, in order of their first change.
pub fn authors(changes: &[Change]) -> Vec<&str> {
    let mut seen = BTreeSet::new();
    changes
        .iter()
        .map(|c| c.commit.author.name.as_str())
        .filter(|name| seen.insert(*name))
        .collect()
}
