//! Signatures that are made but not yet committed: `<git dir>/hoso/journal/`. A run that is cut off
//! leaves them there, and the next one takes them up instead of asking the key again.
//!
//! One file for each, named by what it answers; written beside, synced, then renamed, so that it is
//! whole or not there. One process at a time, by an advisory lock that ends with the process.

#![expect(
    clippy::disallowed_methods,
    reason = "`repo` is where the disk is reached"
)]

use std::fs;
use std::fs::File;
use std::fs::OpenOptions;
use std::fs::TryLockError;
use std::io::Read;
use std::io::Write;
use std::path::PathBuf;

use crate::digest::Sha256;
use crate::repo::Error;
use crate::repo::Repo;

/// The most that is read as an entry: what a signature file may have.
const LARGEST: u64 = 1024 * 1024;

/// The journal of a repository, locked for this process.
pub struct Journal {
    folder: PathBuf,
    _lock: File,
}

impl Repo {
    /// Opens the journal and locks it.
    ///
    /// # Errors
    /// [`Error::Busy`] while another process signs in this repository, [`Error::Read`].
    pub fn journal(&self) -> Result<Journal, Error> {
        let own = self.git.path().join("hoso");
        let folder = own.join("journal");
        fs::create_dir_all(&folder).map_err(|source| Error::read(&folder, source))?;
        let path = own.join("lock");
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|source| Error::read(&path, source))?;
        match lock.try_lock() {
            Ok(()) => Ok(Journal {
                folder,
                _lock: lock,
            }),
            Err(TryLockError::WouldBlock) => Err(Error::Busy {
                path: self.root.clone(),
            }),
            Err(TryLockError::Error(source)) => Err(Error::read(&path, source)),
        }
    }
}

impl Journal {
    /// What an earlier run left for `asked`; to be examined like anything else from the disk.
    pub fn get(&self, asked: &Sha256) -> Option<Vec<u8>> {
        let file = File::open(self.path(asked)).ok()?;
        let mut bytes = Vec::new();
        file.take(LARGEST).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    }

    /// Keeps a signature; when this returns, it is on the disk.
    ///
    /// # Errors
    /// [`Error::Read`] when the disk fails.
    pub fn put(&self, asked: &Sha256, bytes: &[u8]) -> Result<(), Error> {
        let path = self.path(asked);
        let beside = path.with_extension("new");
        let write = || {
            let mut file = File::create(&beside)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            fs::rename(&beside, &path)?;
            // The name is on the disk when the folder is. Not every system can do that.
            File::open(&self.folder).and_then(|folder| folder.sync_all())
        };
        write().map_err(|source| Error::read(&path, source))
    }

    /// Lets go of what has been committed. A file that cannot be removed does no harm.
    pub fn clear<'a>(&self, asked: impl IntoIterator<Item = &'a Sha256>) {
        for asked in asked {
            let _ = fs::remove_file(self.path(asked));
        }
    }

    fn path(&self, asked: &Sha256) -> PathBuf {
        self.folder.join(format!("{asked}.p7s"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repo::testing::Lab;

    #[test]
    fn what_is_kept_is_there_for_the_next_and_for_one_process_only() {
        let lab = Lab::new();
        lab.commit(&[], &[("content/a", Some("1"))]);
        let repo = lab.open();
        let (one, other) = (Sha256::of(b"1"), Sha256::of(b"2"));
        let journal = repo.journal().expect("a journal");
        let busy = lab.open().journal().err().expect("a lock");
        assert!(matches!(busy, Error::Busy { .. }));
        assert_ne!(busy.words().vi, busy.words().en);
        journal.put(&one, b"signature").expect("kept");
        journal.put(&one, b"signature again").expect("kept");
        drop(journal);
        let journal = repo.journal().expect("unlocked");
        let kept = journal.get(&one);
        assert_eq!(kept.as_deref(), Some(b"signature again".as_slice()));
        assert_eq!(journal.get(&other), None);
        journal.clear([&one, &other]);
        assert_eq!(journal.get(&one), None);
    }
}
