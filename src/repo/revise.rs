//! Records that their writer changes: the new text in the place of the one that the writer saw, or under
//! another name. What it replaces stays in the history.

use std::collections::BTreeMap;
use std::path::Path;

use git2::Tree;

use crate::path::RepoPath;
use crate::repo::Entering;
use crate::repo::Error;
use crate::repo::Repo;

/// A plain file that cannot be run, in git's words.
const PLAIN: i32 = 0o100_644;

/// A file that is there, as the one who changes it saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// git's name for its content, 40 hexadecimal digits.
    pub blob: String,
}

/// What becomes of files that are there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Revising {
    /// Files that get another content.
    pub changed: BTreeMap<RepoPath, (Seen, Vec<u8>)>,
    /// Files that go, since [`Entering::files`] has them under another name.
    pub moved: BTreeMap<RepoPath, Seen>,
}

impl Repo {
    /// As [`enter`](Self::enter), and changes or moves files below `content/`. Each must be committed with
    /// the content that its writer saw, and lie unchanged in the working tree and in the index.
    ///
    /// # Errors
    /// As [`enter`](Self::enter); [`Error::Stale`] when another content is committed by now,
    /// [`Error::Modified`] when somebody works on the file in the working tree, [`Error::Missing`].
    /// Nothing is committed then.
    pub fn revise(&self, entering: &Entering<'_>, revising: &Revising) -> Result<String, Error> {
        let base = self.base(entering)?;
        for (path, (seen, bytes)) in &revising.changed {
            self.may_revise(&base, path, seen, bytes)?;
        }
        for (path, seen) in &revising.moved {
            self.may_revise(&base, path, seen, &[])?;
        }
        let changed = revising.changed.iter();
        let over = changed.map(|(path, (_, bytes))| (path.clone(), bytes.clone()));
        let gone: Vec<&RepoPath> = revising.moved.keys().collect();
        self.write(entering, &over.collect(), &gone)
    }

    fn may_revise(
        &self,
        base: &Tree<'_>,
        path: &RepoPath,
        seen: &Seen,
        bytes: &[u8],
    ) -> Result<(), Error> {
        let failed = |source| Error::git(path, source);
        if !path.starts_with("content") {
            return Err(Error::NotPlain { path: path.clone() });
        }
        let entry = base.get_path(Path::new(path.as_str()));
        let entry = entry.map_err(|_| Error::Missing { path: path.clone() })?;
        if entry.filemode() != PLAIN {
            return Err(Error::NotPlain { path: path.clone() });
        }
        if entry.id().to_string() != seen.blob {
            return Err(Error::Stale { path: path.clone() });
        }
        let before = self.git.find_blob(entry.id()).map_err(failed)?;
        // A run that was cut off here may have left the new text already.
        self.lies_as(path, |there| there == before.content() || there == bytes)
    }
}

#[cfg(test)]
mod tests;
