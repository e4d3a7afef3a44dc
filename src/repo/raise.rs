//! The one permission to replace a committed file: a signature, by itself with something added
//! (time-stamps, revocation data). What it replaces stays in the history.

#![expect(
    clippy::disallowed_methods,
    reason = "`repo` is where the disk is reached"
)]

use std::fs;
use std::fs::File;
use std::io;
use std::io::Write;
use std::path::Path;

use git2::Tree;

use crate::path::RepoPath;
use crate::repo::Error;
use crate::repo::Repo;
use crate::sign;

/// A plain file that cannot be run, in git's words.
const PLAIN: i32 = 0o100_644;

impl Repo {
    /// Checks that `bytes` may take the place of the file in the commit, on the disk and in the index.
    pub(super) fn may_raise(
        &self,
        base: &Tree<'_>,
        path: &RepoPath,
        bytes: &[u8],
    ) -> Result<(), Error> {
        let failed = |source| Error::git(path, source);
        let not_raised = || Error::NotRaised { path: path.clone() };
        if !path.starts_with("signatures") || path.extension() != Some("p7s") {
            return Err(not_raised());
        }
        let entry = base.get_path(Path::new(path.as_str()));
        let entry = entry.map_err(|_| Error::Missing { path: path.clone() })?;
        if entry.filemode() != PLAIN {
            return Err(Error::NotPlain { path: path.clone() });
        }
        let before = self.git.find_blob(entry.id()).map_err(failed)?;
        let before = before.content();
        if !sign::only_adds(before, bytes) {
            return Err(not_raised());
        }
        // A run that was cut off here may have left the file raised already.
        let own = |there: &[u8]| there == before || sign::only_adds(before, there);
        self.lies_as(path, own)
    }

    /// Checks that the file in the working tree and in the index is one of those expected.
    pub(super) fn lies_as(
        &self,
        path: &RepoPath,
        expected: impl Fn(&[u8]) -> bool,
    ) -> Result<(), Error> {
        let failed = |source| Error::git(path, source);
        let modified = || Error::Modified { path: path.clone() };
        let full = self.plain(path)?;
        let there = fs::symlink_metadata(&full).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => modified(),
            _ => Error::read(&full, source),
        })?;
        if !there.is_file() {
            return Err(Error::NotPlain { path: path.clone() });
        }
        let on_disk = fs::read(&full).map_err(|source| Error::read(&full, source))?;
        let index = self.git.index().map_err(failed)?;
        let staged = index.get_path(Path::new(path.as_str()), 0);
        let staged = staged.ok_or_else(modified)?;
        let staged = self.git.find_blob(staged.id).map_err(failed)?;
        match expected(&on_disk) && expected(staged.content()) {
            true => Ok(()),
            false => Err(modified()),
        }
    }

    /// Writes over a file in one step: whoever looks sees the old bytes or the new ones.
    pub(super) fn put_over(&self, path: &RepoPath, bytes: &[u8]) -> Result<(), Error> {
        let full = self.plain(path)?;
        let failed = |source| Error::read(&full, source);
        // Ours alone, since it is no name of a record's; what a cut-off run left goes.
        let beside = full.with_file_name(format!(".{}.moi", path.file_name()));
        match fs::remove_file(&beside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        let mut file = File::create_new(&beside).map_err(failed)?;
        file.write_all(bytes)
            .and_then(|()| file.sync_all())
            .map_err(failed)?;
        fs::rename(&beside, &full).map_err(failed)
    }
}

#[cfg(test)]
mod tests;
