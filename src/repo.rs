//! The git repository of a school: the only place where records, layouts and signatures are read.
//!
//! * `snapshot`: the files of one revision; `worktree`: the same for what lies on the disk
//! * `history`: who changed which path when, from `walk` (the order of the commits), `trees` (what
//!   differs between them), `renames` (what has only moved) and `commit` (who and when)
//! * `compare`: what differs between two states
//! * `error`: what can go wrong on the way, in words
//!
//! * `enter`: new files as one commit, the only thing here that writes to the working tree; the two
//!   exceptions to "new" are `raise`, signatures that something is added to, and `revise`, records that
//!   their writer changes
//! * `journal`: signatures made and not yet committed, and `private`: accounts, kept in git's own folder
//! * `exchange`: the shared repository, by the `git` program; nothing is forced

use std::path::Path;
use std::path::PathBuf;

use git2::ErrorClass;
use git2::ErrorCode;
use git2::Oid;
use git2::Repository;
use git2::StatusOptions;
use jiff::Timestamp;

mod commit;
mod compare;
mod enter;
mod error;
mod exchange;
mod history;
mod journal;
mod private;
mod raise;
mod renames;
mod revise;
mod snapshot;
#[cfg(test)]
mod testing;
mod trees;
mod walk;
mod worktree;

pub use commit::Commit;
pub use commit::Moment;
pub use commit::Person;
pub use compare::Difference;
pub use compare::How;
pub use enter::Entering;
pub use error::Error;
pub use exchange::Exchanged;
pub use exchange::Upstream;
pub use history::Action;
pub use history::Change;
pub use history::History;
pub use history::Shallow;
pub use journal::Journal;
pub use private::Alone;
pub use revise::Revising;
pub use revise::Seen;
pub use snapshot::Entry;
pub use snapshot::Refusal;
pub use snapshot::Refused;
pub use snapshot::Snapshot;

/// The folders that a school's archive is made from; nothing else in the repository is read.
pub const FOLDERS: [&str; 3] = ["content", "layouts", "signatures"];

/// An open repository.
pub struct Repo {
    git: Repository,
    root: PathBuf,
}

/// One commit, as the state of all files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// The commit: 40 hexadecimal digits.
    pub id: String,
    /// When it was committed.
    pub committed: Timestamp,
    /// East of Greenwich, where it was committed.
    pub offset_minutes: i32,
}

impl Repo {
    /// Opens the repository that `dir` belongs to: the nearest one from there upwards, as git finds it.
    ///
    /// A repository that belongs to another user of the machine is opened only if git's own setting
    /// `safe.directory` (of the user or the system) allows it; the environment is not asked.
    ///
    /// # Errors
    /// [`Error::NotARepository`], [`Error::ForeignOwner`], [`Error::Read`] if `dir` cannot be
    /// reached, [`Error::Git`] for a format that cannot be read.
    #[expect(
        clippy::disallowed_methods,
        reason = "`repo` is where the disk is read"
    )]
    pub fn open(dir: &Path) -> Result<Repo, Error> {
        let dir = dir
            .canonicalize()
            .map_err(|source| Error::read(dir, source))?;
        let git = Repository::discover(&dir).map_err(|source| match source.code() {
            ErrorCode::NotFound => Error::NotARepository { path: dir.clone() },
            ErrorCode::Owner => Error::ForeignOwner { path: dir.clone() },
            _ => Error::git(dir.display(), source),
        })?;
        let root = git.workdir().unwrap_or(git.path()).to_path_buf();
        let root = root
            .canonicalize()
            .map_err(|source| Error::read(&root, source))?;
        Ok(Repo { git, root })
    }

    /// The top folder of the working tree; of a bare repository, its own folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Whether the history has been cut off (`git clone --depth`).
    pub fn is_shallow(&self) -> bool {
        self.git.is_shallow()
    }

    /// The commit that `given` names (branch, tag, id or any other spelling that git knows for one
    /// commit), or the one that is checked out.
    ///
    /// # Errors
    /// [`Error::NoCommits`] in an empty repository, [`Error::NoSuchRevision`], [`Error::Git`].
    pub fn revision(&self, given: Option<&str>) -> Result<Revision, Error> {
        let name = given.unwrap_or("HEAD");
        let object = self.git.revparse_single(name);
        let commit = object
            .and_then(|object| object.peel_to_commit())
            .map_err(|source| {
                let path = self.root.clone();
                match source.class() {
                    _ if name == "HEAD" && self.is_unborn() => Error::NoCommits { path },
                    ErrorClass::NoMemory | ErrorClass::Os | ErrorClass::Zlib => {
                        Error::git(path.display(), source)
                    }
                    _ => Error::NoSuchRevision {
                        path,
                        given: name.to_owned(),
                    },
                }
            })?;
        let Moment {
            time,
            offset_minutes,
        } = Moment::of(commit.time());
        Ok(Revision {
            id: commit.id().to_string(),
            committed: time,
            offset_minutes,
        })
    }

    /// The files of `revision`.
    ///
    /// # Errors
    /// As [`Snapshot::of_revision`].
    pub fn snapshot(&self, revision: &Revision) -> Result<Snapshot, Error> {
        Snapshot::of_revision(self, revision)
    }

    /// Whether the commit `id` is `revision` or one that led to it.
    ///
    /// # Errors
    /// [`Error::NoSuchRevision`] when the repository has no such commit, [`Error::Git`].
    pub fn is_within(&self, id: &str, revision: &Revision) -> Result<bool, Error> {
        let missing = || Error::NoSuchRevision {
            path: self.root.clone(),
            given: id.to_owned(),
        };
        let own = Oid::from_str(id).map_err(|_| missing())?;
        self.git.find_commit(own).map_err(|_| missing())?;
        let tip = self.commit(revision)?.id();
        let descends = self.git.graph_descendant_of(tip, own);
        Ok(tip == own || descends.map_err(|source| Error::git(self.root.display(), source))?)
    }

    /// The files as they lie on the disk, without those that git is told to ignore.
    ///
    /// # Errors
    /// As [`Snapshot::of_worktree`].
    pub fn worktree(&self) -> Result<Snapshot, Error> {
        Snapshot::of_worktree(self)
    }

    /// Whether something below one of `folders` has not been committed, new files included.
    /// In a bare repository nothing has.
    ///
    /// # Errors
    /// [`Error::Git`].
    pub fn is_dirty_under(&self, folders: &[&str]) -> Result<bool, Error> {
        if self.git.is_bare() || folders.is_empty() {
            return Ok(false);
        }
        let mut options = StatusOptions::new();
        options.include_untracked(true).disable_pathspec_match(true);
        for folder in folders {
            options.pathspec(*folder);
        }
        let found = self.git.statuses(Some(&mut options));
        Ok(!found
            .map_err(|source| Error::git(self.root.display(), source))?
            .is_empty())
    }

    /// Who works here, from git's settings; none unless both name and address are set.
    ///
    /// # Errors
    /// [`Error::Git`] if the settings cannot be read.
    pub fn user(&self) -> Result<Option<Person>, Error> {
        let failed = |source| Error::git(self.root.display(), source);
        let config = self
            .git
            .config()
            .and_then(|mut config| config.snapshot())
            .map_err(failed)?;
        let get = |key| match config.get_bytes(key) {
            Ok(value) => Ok(Some(value)),
            Err(e) if e.code() == ErrorCode::NotFound => Ok(None),
            Err(e) => Err(failed(e)),
        };
        let (name, email) = (get("user.name")?, get("user.email")?);
        Ok(name
            .zip(email)
            .map(|(name, email)| Person::read(name, email)))
    }

    /// The other repositories that this one knows: names and addresses, in order of the names.
    ///
    /// # Errors
    /// [`Error::Git`] if the settings cannot be read.
    pub fn remotes(&self) -> Result<Vec<(String, String)>, Error> {
        let failed = |source| Error::git(self.root.display(), source);
        let config = self.git.config().map_err(failed)?;
        let mut found = Vec::new();
        let mut entries = config.entries(Some(r"^remote\..*\.url$")).map_err(failed)?;
        while let Some(entry) = entries.next() {
            let entry = entry.map_err(failed)?;
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let name = text(entry.name_bytes());
            let name = name.trim_start_matches("remote.").trim_end_matches(".url");
            let value = entry.value_bytes();
            found.push((name.to_owned(), text(value)));
        }
        found.sort();
        Ok(found)
    }

    /// Whether the branch that is checked out has no commit yet.
    fn is_unborn(&self) -> bool {
        self.git
            .head()
            .is_err_and(|e| e.code() == ErrorCode::UnbornBranch)
    }

    /// The commit of a revision; the id may also come from another run.
    fn commit(&self, revision: &Revision) -> Result<git2::Commit<'_>, Error> {
        let id = Oid::from_str(&revision.id);
        id.and_then(|id| self.git.find_commit(id))
            .map_err(|_| Error::NoSuchRevision {
                path: self.root.clone(),
                given: revision.id.clone(),
            })
    }
}

/// git's name for some bytes as a file, 40 hexadecimal digits.
pub fn blob_id(bytes: &[u8]) -> Option<String> {
    let id = Oid::hash_object(git2::ObjectType::Blob, bytes).ok()?;
    Some(id.to_string())
}

#[cfg(test)]
mod tests;
