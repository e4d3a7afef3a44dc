//! What differs between two states of the repository: where a line of work began, which files of two
//! snapshots are other, and which files outside of the snapshots' folders.

use git2::DiffOptions;

use crate::path::RepoPath;
use crate::path::shown;
use crate::repo::Error;
use crate::repo::FOLDERS;
use crate::repo::Moment;
use crate::repo::Repo;
use crate::repo::Revision;
use crate::repo::Snapshot;
use crate::repo::blob_id;

/// Largest file that is compared by its content, where git has not compared it already.
const MAX_COMPARED: u64 = 256 * 1024 * 1024;

/// A file that is other in a later snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Which.
    pub path: RepoPath,
    /// How.
    pub how: How,
}

/// How a file differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// It is new.
    Added,
    /// Its content is another.
    Modified,
    /// It is gone.
    Deleted,
}

impl Repo {
    /// The last commit that both `one` and `other` come from; none when they have nothing in common.
    ///
    /// # Errors
    /// [`Error::NoSuchRevision`], [`Error::Git`].
    pub fn merge_base(&self, one: &Revision, other: &Revision) -> Result<Option<Revision>, Error> {
        let (one, other) = (self.commit(one)?.id(), self.commit(other)?.id());
        let failed = |source| Error::git(self.root.display(), source);
        let id = match self.git.merge_base(one, other) {
            Ok(id) => id,
            Err(error) if error.code() == git2::ErrorCode::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let commit = self.git.find_commit(id).map_err(failed)?;
        let Moment {
            time,
            offset_minutes,
        } = Moment::of(commit.time());
        Ok(Some(Revision {
            id: id.to_string(),
            committed: time,
            offset_minutes,
        }))
    }

    /// Whether the last commit has just these bytes under a path, so that they can be got back.
    ///
    /// # Errors
    /// [`Error::Git`].
    pub fn is_committed(&self, path: &str, bytes: &[u8]) -> Result<bool, Error> {
        let head = match self.revision(None) {
            Ok(head) => self.commit(&head)?,
            Err(Error::NoCommits { .. }) => return Ok(false),
            Err(error) => return Err(error),
        };
        let failed = |source| Error::git(self.root.display(), source);
        let tree = head.tree().map_err(failed)?;
        let there = tree.get_path(std::path::Path::new(path));
        Ok(there.is_ok_and(|entry| Some(entry.id().to_string()) == blob_id(bytes)))
    }

    /// The files outside of [`FOLDERS`] that differ between two commits, fit to be shown, in order.
    ///
    /// # Errors
    /// [`Error::NoSuchRevision`], [`Error::Git`].
    pub fn changed_elsewhere(&self, from: &Revision, to: &Revision) -> Result<Vec<String>, Error> {
        let failed = |source| Error::git(self.root.display(), source);
        let (from, to) = (self.commit(from)?, self.commit(to)?);
        let (from, to) = (from.tree().map_err(failed)?, to.tree().map_err(failed)?);
        let mut options = DiffOptions::new();
        options.skip_binary_check(true).include_typechange(true);
        let diff = self
            .git
            .diff_tree_to_tree(Some(&from), Some(&to), Some(&mut options))
            .map_err(failed)?;
        let mut paths: Vec<String> = diff
            .deltas()
            .flat_map(|delta| [delta.old_file().path_bytes(), delta.new_file().path_bytes()])
            .flatten()
            .map(|bytes| shown(&String::from_utf8_lossy(bytes)))
            .filter(|path| {
                let first = path.split('/').next().unwrap_or_default();
                !FOLDERS.contains(&first)
            })
            .collect();
        paths.sort_unstable();
        paths.dedup();
        Ok(paths)
    }
}

impl Snapshot {
    /// The files that differ from those of an `older` snapshot, by path.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn changed_since(&self, older: &Snapshot) -> Result<Vec<Difference>, Error> {
        let mut all = Vec::new();
        for entry in self.entries() {
            let how = match older.get(entry.path.as_str()) {
                None => How::Added,
                Some(_) if self.name_of(&entry.path)? != older.name_of(&entry.path)? => {
                    How::Modified
                }
                Some(_) => continue,
            };
            let path = entry.path.clone();
            all.push(Difference { path, how });
        }
        let gone = older.entries().filter(|entry| !self.contains(&entry.path));
        all.extend(gone.map(|entry| Difference {
            path: entry.path.clone(),
            how: How::Deleted,
        }));
        all.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(all)
    }

    /// git's name for a file's content, computed where git does not know it yet.
    fn name_of(&self, path: &RepoPath) -> Result<Option<String>, Error> {
        match self.get(path.as_str()).and_then(|entry| entry.id.clone()) {
            Some(id) => Ok(Some(id)),
            None => Ok(blob_id(&self.read(path, MAX_COMPARED)?)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repo::testing::Lab;

    #[test]
    fn a_line_of_work_is_compared_with_where_it_began() {
        let lab = Lab::new();
        let first = lab.commit(
            &[],
            &[
                ("content/a", Some("1")),
                ("content/b", Some("1")),
                ("x", Some("1")),
            ],
        );
        let main = lab.commit(&[first], &[("content/c", Some("1"))]);
        let work = lab.commit(
            &[first],
            &[
                ("content/a", Some("2")),
                ("content/b", None),
                ("layouts/d", Some("1")),
                (".github/w.yml", Some("1")),
                ("x", None),
            ],
        );
        let repo = lab.open();
        let revision = |id: git2::Oid| repo.revision(Some(&id.to_string())).expect("a revision");
        let base = repo
            .merge_base(&revision(main), &revision(work))
            .expect("readable")
            .expect("a base");
        assert_eq!(base.id, first.to_string());
        let older = repo.snapshot(&base).expect("files");
        let newer = repo.snapshot(&revision(work)).expect("files");
        let found = newer.changed_since(&older).expect("readable");
        let found: Vec<(&str, How)> = found.iter().map(|d| (d.path.as_str(), d.how)).collect();
        assert_eq!(
            found,
            [
                ("content/a", How::Modified),
                ("content/b", How::Deleted),
                ("layouts/d", How::Added)
            ]
        );
        let elsewhere = repo.changed_elsewhere(&base, &revision(work));
        assert_eq!(elsewhere.expect("readable"), [".github/w.yml", "x"]);
        for (path, bytes, has) in [
            ("content/a", "2", false),
            ("content/a", "1", true),
            ("y", "1", false),
        ] {
            lab.git.set_head_detached(main).expect("a head");
            let repo = lab.open();
            assert_eq!(
                repo.is_committed(path, bytes.as_bytes()).ok(),
                Some(has),
                "{path}"
            );
        }
        let alone = lab.commit(&[], &[("content/z", Some("1"))]);
        let none = repo.merge_base(&revision(main), &revision(alone));
        assert_eq!(none.expect("readable"), None);
    }

    #[test]
    fn another_snapshots_files_take_the_place_of_some() {
        let base = Snapshot::of_files([("layouts/a", &b"old"[..]), ("content/x", b"old")]);
        let head = Snapshot::of_files([
            ("layouts/a", &b"new"[..]),
            ("layouts/b", b"new"),
            ("content/x", b"new"),
        ]);
        let joined = head.with_files_of(base, |path| path.starts_with("layouts/"));
        let read = |path: &str| {
            let path = RepoPath::parse(path).expect("a path");
            joined.read(&path, 10).ok()
        };
        assert_eq!(read("layouts/a").as_deref(), Some(&b"old"[..]));
        assert_eq!(read("layouts/b"), None);
        assert_eq!(read("content/x").as_deref(), Some(&b"new"[..]));
    }
}
