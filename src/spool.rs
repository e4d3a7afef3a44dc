//! Bytes that are made now and written later: forms, pictures and pages, of which an archive has more than a machine
//! has memory. They wait in a file without a name, gone with the process however it ends.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use crate::digest::Sha256;

/// What is no longer than this stays in memory: it takes less than what it would take to find it again.
const SMALL: usize = 128;

/// Where bytes wait.
#[derive(Debug, Default)]
pub struct Spool {
    file: Option<Arc<File>>,
    end: AtomicU64,
}

impl Spool {
    /// A spool on the disk that holds `folder`; in memory, if no file can be made there.
    pub fn within(folder: &Path) -> Self {
        Self {
            file: tempfile::tempfile_in(folder).ok().map(Arc::new),
            end: AtomicU64::new(0),
        }
    }

    /// Keeps bytes; in memory, if the disk does not take them.
    pub fn put(&self, bytes: &[u8]) -> Blob {
        match &self.file {
            Some(file) if bytes.len() > SMALL => {
                let at = self.end.fetch_add(bytes.len() as u64, Ordering::Relaxed);
                match write(file, at, bytes) {
                    Ok(()) => Blob {
                        digest: Sha256::of(bytes),
                        len: bytes.len(),
                        held: Held::Spooled(Arc::clone(file), at),
                    },
                    Err(_) => Blob::from(bytes),
                }
            }
            _ => Blob::from(bytes),
        }
    }

    /// The same bytes, waiting here.
    pub fn take(&self, blob: Blob) -> Blob {
        match blob.held {
            Held::InMemory(bytes) if self.file.is_some() => self.put(&bytes),
            _ => blob,
        }
    }
}

/// Bytes, wherever they are, with their digest. Two are equal when their digests are.
#[derive(Clone, Debug)]
pub struct Blob {
    digest: Sha256,
    len: usize,
    held: Held,
}

#[derive(Clone, Debug)]
enum Held {
    InMemory(Arc<[u8]>),
    /// In the file of a spool, from this octet on.
    Spooled(Arc<File>, u64),
}

impl Blob {
    /// The SHA-256 of the bytes.
    pub fn digest(&self) -> Sha256 {
        self.digest
    }

    /// How many octets.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The bytes.
    ///
    /// # Errors
    /// When the disk does not give back what it took.
    pub fn read(&self) -> io::Result<Arc<[u8]>> {
        match &self.held {
            Held::InMemory(bytes) => Ok(Arc::clone(bytes)),
            Held::Spooled(file, at) => {
                let mut bytes = vec![0; self.len];
                read(file, *at, &mut bytes)?;
                Ok(bytes.into())
            }
        }
    }
}

impl PartialEq for Blob {
    fn eq(&self, other: &Self) -> bool {
        (self.len, self.digest) == (other.len, other.digest)
    }
}

impl Eq for Blob {}

impl From<Arc<[u8]>> for Blob {
    fn from(bytes: Arc<[u8]>) -> Self {
        Self {
            digest: Sha256::of(&bytes),
            len: bytes.len(),
            held: Held::InMemory(bytes),
        }
    }
}

impl From<Vec<u8>> for Blob {
    fn from(bytes: Vec<u8>) -> Self {
        Self::from(Arc::<[u8]>::from(bytes))
    }
}

impl From<String> for Blob {
    fn from(text: String) -> Self {
        Self::from(text.into_bytes())
    }
}

impl From<&[u8]> for Blob {
    fn from(bytes: &[u8]) -> Self {
        Self::from(Arc::<[u8]>::from(bytes))
    }
}

#[cfg(unix)]
fn write(file: &File, at: u64, bytes: &[u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, at)
}

#[cfg(unix)]
fn read(file: &File, at: u64, bytes: &mut [u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, at)
}

// Elsewhere everything waits in memory.
#[cfg(not(unix))]
fn write(_: &File, _: u64, _: &[u8]) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(not(unix))]
fn read(_: &File, _: u64, _: &mut [u8]) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use rayon::prelude::*;

    use super::*;

    #[expect(clippy::disallowed_methods, reason = "a test looks at its folder")]
    #[test]
    fn what_many_put_in_at_once_comes_out_as_it_was() {
        let folder = tempfile::tempdir().expect("a folder");
        for spool in [Spool::within(folder.path()), Spool::default()] {
            let bytes = |number: usize| vec![number as u8; number * 7 % 1000];
            let blobs: Vec<Blob> = (0..2000)
                .into_par_iter()
                .map(|number| spool.put(&bytes(number)))
                .collect();
            drop(spool);
            for (number, blob) in blobs.iter().enumerate() {
                let expected = bytes(number);
                assert_eq!(*blob.read().expect("read"), expected);
                assert_eq!(blob.digest(), Sha256::of(&expected));
                assert_eq!(
                    (blob.len(), blob.is_empty()),
                    (expected.len(), expected.is_empty())
                );
                assert_eq!(*blob, Blob::from(expected));
            }
        }
        let left = std::fs::read_dir(folder.path()).expect("a folder").count();
        assert_eq!(left, 0, "the file has no name");
    }

    #[test]
    fn without_a_disk_everything_stays_in_memory() {
        let spool = Spool::within(Path::new("/nowhere/at/all"));
        let blob = spool.put(&[7; 5000]);
        assert_eq!(*blob.read().expect("read"), [7; 5000]);
        assert_eq!(*spool.take(blob).read().expect("read"), [7; 5000]);
    }

    #[test]
    fn what_was_in_memory_goes_to_the_disk() {
        let folder = tempfile::tempdir().expect("a folder");
        let spool = Spool::within(folder.path());
        let before = Blob::from(vec![1; 5000]);
        let after = spool.take(before.clone());
        assert!(matches!(after.held, Held::Spooled(..)));
        assert_eq!(before, after);
        assert_eq!(before.read().expect("read"), after.read().expect("read"));
    }
}
