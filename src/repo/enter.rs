//! The one thing that writes to a repository: files, as one commit. What is there already is never
//! changed, moved or taken away, but for signatures that [`Repo::raise`] adds something to and records
//! that their writer changes ([`Repo::revise`]); what a user has staged is left as it is.

#![expect(
    clippy::disallowed_methods,
    reason = "`repo` is where the disk is reached"
)]

use std::collections::BTreeMap;
use std::fs;
use std::fs::File;
use std::io;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use git2::IndexEntry;
use git2::IndexTime;
use git2::Oid;
use git2::Repository;
use git2::RepositoryInitOptions;
use git2::Signature;
use git2::Time;
use git2::build::TreeUpdateBuilder;
use jiff::Timestamp;

use crate::path::RepoPath;
use crate::repo::Error;
use crate::repo::Person;
use crate::repo::Repo;
use crate::repo::Revision;

/// East of Greenwich, where these schools are.
const VIETNAM_MINUTES: i32 = 7 * 60;
/// A plain file, in git's words.
const PLAIN: u32 = 0o100_644;

/// A commit to be made.
pub struct Entering<'a> {
    /// The commit it follows; nothing is written if another one came in between.
    pub onto: &'a Revision,
    /// The files, none of which may exist.
    pub files: &'a BTreeMap<RepoPath, Vec<u8>>,
    /// Who.
    pub author: &'a Person,
    /// What for.
    pub message: &'a str,
    /// When.
    pub at: Timestamp,
}

impl Repo {
    /// Makes an empty repository of a folder, unless it is one already. That it lies within another
    /// repository does not matter: a school's records are their own.
    ///
    /// # Errors
    /// [`Error::Git`].
    pub fn init(root: &Path) -> Result<(), Error> {
        if Repository::open(root).is_ok() {
            return Ok(());
        }
        let mut options = RepositoryInitOptions::new();
        options.initial_head("main").no_reinit(true);
        Repository::init_opts(root, &options)
            .map(drop)
            .map_err(|source| Error::git(root.display(), source))
    }

    /// Commits new files onto the checked-out branch and puts them into the working tree.
    ///
    /// # Errors
    /// [`Error::Exists`] for a file that is there already, [`Error::Detached`] when no branch is
    /// checked out, [`Error::Moved`] when it moved, [`Error::Git`], [`Error::Read`] when the disk
    /// fails. Nothing is committed then.
    pub fn enter(&self, entering: &Entering<'_>) -> Result<String, Error> {
        self.write(entering, &BTreeMap::new(), &[])
    }

    /// As [`enter`](Self::enter), and replaces signatures by themselves with something added: each of
    /// `raised` must be committed, lie unchanged in the working tree, and pass
    /// [`sign::only_adds`](crate::sign::only_adds). The old bytes stay in the history.
    ///
    /// # Errors
    /// As [`enter`](Self::enter); [`Error::NotRaised`], [`Error::Modified`], [`Error::Missing`].
    /// Nothing is committed then.
    pub fn raise(
        &self,
        entering: &Entering<'_>,
        raised: &BTreeMap<RepoPath, Vec<u8>>,
    ) -> Result<String, Error> {
        let base = self.base(entering)?;
        for (path, bytes) in raised {
            self.may_raise(&base, path, bytes)?;
        }
        self.write(entering, raised, &[])
    }

    /// The tree of the commit that is followed.
    pub(super) fn base(&self, entering: &Entering<'_>) -> Result<git2::Tree<'_>, Error> {
        let parent = self.tip(entering.onto)?;
        parent
            .tree()
            .map_err(|source| Error::git(self.root.display(), source))
    }

    /// Commits `entering`, with `over` in the place of what is there and without `gone`, of all of which
    /// the caller has seen that it may be so.
    pub(super) fn write(
        &self,
        entering: &Entering<'_>,
        over: &BTreeMap<RepoPath, Vec<u8>>,
        gone: &[&RepoPath],
    ) -> Result<String, Error> {
        let failed = |source| Error::git(self.root.display(), source);
        let parent = self.tip(entering.onto)?;
        let base = parent.tree().map_err(failed)?;
        let mut tree = TreeUpdateBuilder::new();
        let mut blobs: Vec<(&RepoPath, Oid, usize)> = Vec::new();
        for path in entering.files.keys() {
            if base.get_path(Path::new(path.as_str())).is_ok() || over.contains_key(path) {
                return Err(Error::Exists { path: path.clone() });
            }
        }
        for (path, bytes) in entering.files.iter().chain(over) {
            let blob = self.git.blob(bytes).map_err(failed)?;
            tree.upsert(path.as_str(), blob, git2::FileMode::Blob);
            blobs.push((path, blob, bytes.len()));
        }
        for path in gone {
            tree.remove(path.as_str());
        }
        let tree = tree
            .create_updated(&self.git, &base)
            .and_then(|id| self.git.find_tree(id))
            .map_err(failed)?;
        // The author's time is that of the signing; a commit is never older than its parent, whatever
        // the machine's clock says.
        let seconds = entering.at.as_second();
        let by = |seconds| {
            let Person { name, email } = entering.author;
            Signature::new(name, email, &Time::new(seconds, VIETNAM_MINUTES)).map_err(failed)
        };
        let author = by(seconds)?;
        let committer = by(seconds.max(parent.time().seconds()))?;
        // If the index cannot be written, say so before anything is put anywhere.
        self.stage(&[], &[]).map_err(failed)?;
        // The files first: a commit whose files are missing from the disk would look as if somebody
        // had deleted them.
        for (path, bytes) in entering.files {
            self.put(path, bytes)?;
        }
        for (path, bytes) in over {
            self.put_over(path, bytes)?;
        }
        // The index next: if it is locked or broken nothing is committed, and what is staged without
        // a commit shows as new. The other way round it would show as deleted, and somebody's next
        // commit would delete it.
        self.stage(&blobs, gone).map_err(failed)?;
        let id = self
            .git
            .commit(
                Some("HEAD"),
                &author,
                &committer,
                entering.message,
                &tree,
                &[&parent],
            )
            .map_err(failed)?;
        // Last, since what is still there is only untidy.
        for path in gone {
            let full = self.plain(path)?;
            fs::remove_file(&full).map_err(|source| Error::read(&full, source))?;
        }
        Ok(id.to_string())
    }

    /// The commit that is checked out, which must be `onto`.
    fn tip(&self, onto: &Revision) -> Result<git2::Commit<'_>, Error> {
        let failed = |source| Error::git(self.root.display(), source);
        let path = || self.root.clone();
        if self.git.head_detached().map_err(failed)? {
            return Err(Error::Detached { path: path() });
        }
        let head = self.git.head();
        let tip = head
            .and_then(|head| head.peel_to_commit())
            .map_err(failed)?;
        if tip.id().to_string() == onto.id {
            Ok(tip)
        } else {
            Err(Error::Moved { path: path() })
        }
    }

    /// Writes one file that is not there yet; the same bytes there already are fine.
    fn put(&self, path: &RepoPath, bytes: &[u8]) -> Result<(), Error> {
        let full = self.plain(path)?;
        let failed = |source| Error::read(&full, source);
        match File::create_new(&full) {
            Ok(mut file) => file.write_all(bytes).map_err(failed),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => match fs::read(&full) {
                Ok(there) if there == bytes => Ok(()),
                _ => Err(Error::Exists { path: path.clone() }),
            },
            Err(error) => Err(failed(error)),
        }
    }

    /// Where a file lies on the disk; its folder is there, and no link leads to it.
    pub(super) fn plain(&self, path: &RepoPath) -> Result<PathBuf, Error> {
        let mut full = self.root.clone();
        full.extend(path.segments());
        let folder = self.folder(path)?;
        let real = folder.canonicalize();
        if real.map_err(|source| Error::read(&full, source))? != folder {
            return Err(Error::NotPlain { path: path.clone() });
        }
        Ok(full)
    }

    /// The folder of a file, made where it is missing. No folder is made behind a link.
    fn folder(&self, path: &RepoPath) -> Result<PathBuf, Error> {
        let mut full = self.root.clone();
        let folder = path.parent();
        for name in folder.iter().flat_map(RepoPath::segments) {
            full.push(name);
            let made = match fs::symlink_metadata(&full) {
                Ok(info) if info.is_dir() => Ok(()),
                Ok(_) => return Err(Error::NotPlain { path: path.clone() }),
                Err(error) if error.kind() == io::ErrorKind::NotFound => fs::create_dir(&full),
                Err(error) => Err(error),
            };
            made.map_err(|source| Error::read(&full, source))?;
        }
        Ok(full)
    }

    /// The new files in the index, so that they do not show as deleted. Other entries stay.
    fn stage(
        &self,
        blobs: &[(&RepoPath, Oid, usize)],
        gone: &[&RepoPath],
    ) -> Result<(), git2::Error> {
        let mut index = self.git.index()?;
        index.read(false)?;
        for path in gone {
            index.remove(Path::new(path.as_str()), 0)?;
        }
        for (path, id, size) in blobs {
            index.add(&IndexEntry {
                ctime: IndexTime::new(0, 0),
                mtime: IndexTime::new(0, 0),
                dev: 0,
                ino: 0,
                mode: PLAIN,
                uid: 0,
                gid: 0,
                file_size: u32::try_from(*size).unwrap_or(u32::MAX),
                id: *id,
                flags: 0,
                flags_extended: 0,
                path: path.as_str().into(),
            })?;
        }
        index.write()
    }
}

#[cfg(test)]
mod tests {
    #[cfg(unix)]
    #[test]
    fn nothing_is_made_behind_a_link() {
        use super::*;
        use crate::repo::testing::Lab;

        let lab = Lab::new();
        let tip = lab.commit(&[], &[("content/a", Some("1"))]);
        let elsewhere = tempfile::tempdir().expect("a folder");
        let link = lab.root().join("signatures");
        std::os::unix::fs::symlink(elsewhere.path(), link).expect("a link");
        let repo = lab.open();
        let path = RepoPath::parse("signatures/2024-2025/a.p7s").expect("a path");
        let author = Person {
            name: "A".to_owned(),
            email: "a@truong.example".to_owned(),
        };
        let revision = repo.revision(Some(&tip.to_string())).expect("a revision");
        let entering = Entering {
            onto: &revision,
            files: &BTreeMap::from([(path, b"x".to_vec())]),
            author: &author,
            message: "x",
            at: revision.committed,
        };
        let error = repo.enter(&entering).expect_err("a link");
        assert!(matches!(error, Error::NotPlain { .. }), "{error}");
        assert_eq!(fs::read_dir(elsewhere.path()).expect("a folder").count(), 0);
    }
}
