//! Files of this machine's own beside a repository, `<git dir>/hoso/`: never committed, never sent along,
//! readable by their owner only.

#![expect(
    clippy::disallowed_methods,
    reason = "`repo` is where the disk is reached"
)]

use std::fs;
use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::Read;
use std::io::Write;
use std::path::PathBuf;

use crate::repo::Error;
use crate::repo::Repo;
use crate::spool::Spool;

/// Nobody else changes an own file while this lives.
#[derive(Debug)]
pub struct Alone {
    // The system takes the lock away when the file is closed, also of a program that was ended.
    _file: File,
}

impl Repo {
    /// Waits until nobody else holds the lock of this name, in this program or another one.
    ///
    /// # Errors
    /// [`Error::Read`] when the disk fails, or knows no locks.
    pub fn alone(&self, name: &str) -> Result<Alone, Error> {
        let path = self.private_path(name);
        let lock = || {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            let mut options = OpenOptions::new();
            options.create(true).write(true).truncate(false);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let file = options.open(&path)?;
            file.lock()?;
            Ok(Alone { _file: file })
        };
        lock().map_err(|source| Error::read(&path, source))
    }

    /// Reads an own file; none when it is not there.
    ///
    /// # Errors
    /// [`Error::Read`], also for one of more than `max` bytes.
    pub fn private(&self, name: &str, max: u64) -> Result<Option<Vec<u8>>, Error> {
        let path = self.private_path(name);
        let failed = |source| Error::read(&path, source);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let mut bytes = Vec::new();
        let mut file = file.take(max + 1);
        file.read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() as u64 > max {
            return Err(failed(io::ErrorKind::FileTooLarge.into()));
        }
        Ok(Some(bytes))
    }

    /// Writes an own file in one step: whoever looks sees the old bytes or the new ones.
    ///
    /// # Errors
    /// [`Error::Read`] when the disk fails.
    pub fn put_private(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let path = self.private_path(name);
        let beside = path.with_extension("new");
        let write = || {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            let mut options = OpenOptions::new();
            options.create(true).write(true).truncate(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let mut file = options.open(&beside)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            fs::rename(&beside, &path)
        };
        write().map_err(|source| Error::read(&path, source))
    }

    /// Where what is made waits to be written, beside the repository.
    pub fn spool(&self) -> Spool {
        let folder = self.git.path().join("hoso");
        // Where there can be no folder, the spool waits in memory.
        let _ = fs::create_dir_all(&folder);
        Spool::within(&folder)
    }

    /// Where an own file or folder lies.
    pub fn private_path(&self, name: &str) -> PathBuf {
        self.git.path().join("hoso").join(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repo::testing::Lab;

    #[test]
    fn an_own_file_is_read_as_it_was_written() {
        let repo = Lab::new().open();
        assert_eq!(repo.private("x.json", 9).expect("read"), None);
        repo.put_private("x.json", b"one").expect("written");
        repo.put_private("x.json", b"two").expect("written");
        let there = repo.private("x.json", 3).expect("read");
        assert_eq!(there.as_deref(), Some(&b"two"[..]));
        assert!(repo.private("x.json", 2).is_err());
    }

    #[test]
    fn changes_at_the_same_time_are_all_kept() {
        let lab = Lab::new();
        let root = lab.root();
        let add = || {
            let repo = Repo::open(root).expect("a repository");
            let _alone = repo.alone("x.lock").expect("alone");
            let mut bytes = repo.private("x", 99).expect("read").unwrap_or_default();
            std::thread::yield_now();
            bytes.push(b'x');
            repo.put_private("x", &bytes).expect("written");
        };
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(add);
            }
        });
        let there = lab.open().private("x", 99).expect("read");
        assert_eq!(there.expect("bytes").len(), 8);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_read_it() {
        use std::os::unix::fs::MetadataExt;

        let repo = Lab::new().open();
        repo.put_private("x.json", b"one").expect("written");
        let info = fs::metadata(repo.private_path("x.json")).expect("there");
        assert_eq!(info.mode() & 0o777, 0o600);
    }
}
