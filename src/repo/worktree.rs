//! The files of the working tree: as git would add them, read without ever following a link.
//!
//! A file belongs to it if git tracks it, or if no `.gitignore` says otherwise.

#![expect(
    clippy::disallowed_methods,
    reason = "`repo` is where the disk is read"
)]

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::fs::DirEntry;
use std::fs::File;
use std::fs::Metadata;
use std::io;
use std::io::ErrorKind;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Mutex;

use crate::path::RepoPath;
use crate::path::shown;
use crate::repo::Error;
use crate::repo::FOLDERS;
use crate::repo::Repo;
use crate::repo::Snapshot;
use crate::repo::snapshot::Entry;
use crate::repo::snapshot::MAX_FILES;
use crate::repo::snapshot::Refusal;
use crate::repo::snapshot::Refused;
use crate::repo::snapshot::Source;
use crate::repo::snapshot::path_of;
use crate::repo::trees::below;

/// Lists the files below [`FOLDERS`].
pub(super) fn list(repo: &Repo) -> Result<Snapshot, Error> {
    if repo.git.is_bare() {
        return Err(Error::Bare {
            path: repo.root.clone(),
        });
    }
    let tracked = tracked(repo).map_err(|source| Error::git(repo.root.display(), source))?;
    let (entries, refused) = (BTreeMap::new(), Vec::new());
    let mut listing = Listing {
        repo,
        tracked,
        entries,
        refused,
        seen: 0,
    };
    for folder in FOLDERS {
        let path = repo.root.join(folder);
        match fs::symlink_metadata(&path) {
            Ok(metadata) => listing.enter(&path, "", folder, &metadata)?,
            Err(e) if e.kind() == ErrorKind::NotFound => {}
            Err(source) => return Err(Error::read(&path, source)),
        }
    }
    let Listing {
        entries,
        mut refused,
        ..
    } = listing;
    refused.sort_unstable();
    Ok(Snapshot {
        entries,
        refused,
        source: Source::Disk(repo.root.clone()),
        lost: Mutex::default(),
    })
}

/// Reads a file below `root`. Between listing and reading anything may have been exchanged, so it is
/// asked again whether every name on the way is what it seems.
pub(super) fn read(root: &Path, path: &RepoPath, max: u64) -> Result<Vec<u8>, Error> {
    // By segments: a canonical path of Windows knows no `/`.
    let mut full: PathBuf = root.to_path_buf();
    full.extend(path.segments());
    let failed = |source| Error::read(&full, source);
    let not_plain = || Error::NotPlain { path: path.clone() };

    let folder = full.parent().unwrap_or(root);
    if folder.canonicalize().map_err(failed)? != folder {
        return Err(not_plain());
    }
    let before = fs::symlink_metadata(&full).map_err(failed)?;
    if !before.is_file() {
        return Err(not_plain());
    }
    let file = File::open(&full).map_err(failed)?;
    let opened = file.metadata().map_err(failed)?;
    if !is_same(&before, &opened) {
        return Err(not_plain());
    }
    let mut bytes = Vec::new();
    file.take(max.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    let size = bytes.len() as u64;
    if size > max {
        return Err(Error::TooLarge {
            path: path.clone(),
            size: opened.len().max(size),
            max,
        });
    }
    Ok(bytes)
}

/// All paths in git's index; a conflict has one several times.
fn tracked(repo: &Repo) -> Result<BTreeSet<Vec<u8>>, git2::Error> {
    let mut index = repo.git.index()?;
    index.read(false)?;
    Ok(index.iter().map(|entry| entry.path).collect())
}

struct Listing<'r> {
    repo: &'r Repo,
    tracked: BTreeSet<Vec<u8>>,
    entries: BTreeMap<RepoPath, Entry>,
    refused: Vec<Refused>,
    seen: usize,
}

impl Listing<'_> {
    fn list(&mut self, full: &Path, folder: &str) -> Result<(), Error> {
        let mut found = match fs::read_dir(full) {
            Ok(found) => found
                .collect::<io::Result<Vec<DirEntry>>>()
                .map_err(|source| Error::read(full, source))?,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(()),
            Err(source) => return Err(Error::read(full, source)),
        };
        found.sort_unstable_by_key(DirEntry::file_name);
        for entry in found {
            let full = entry.path();
            let metadata = match entry.metadata() {
                Ok(metadata) => metadata,
                // An editor's passing file.
                Err(e) if e.kind() == ErrorKind::NotFound => continue,
                Err(source) => return Err(Error::read(&full, source)),
            };
            let name = entry.file_name();
            match name.to_str() {
                Some(name) => self.enter(&full, folder, name, &metadata)?,
                None if self.is_ignored(&full, &metadata)? => {}
                None => self.refuse(folder, &name.to_string_lossy(), Refusal::NotUtf8),
            }
        }
        Ok(())
    }

    fn enter(
        &mut self,
        full: &Path,
        folder: &str,
        name: &str,
        metadata: &Metadata,
    ) -> Result<(), Error> {
        self.seen += 1;
        if self.seen > MAX_FILES {
            return Err(Error::TooMany {
                path: self.repo.root.clone(),
                max: MAX_FILES,
            });
        }
        if !self.is_tracked(&below(folder, name), metadata) && self.is_ignored(full, metadata)? {
            return Ok(());
        }
        let path = match path_of(folder, name) {
            Ok(path) => path,
            Err(refused) => {
                self.refused.push(refused);
                return Ok(());
            }
        };
        if metadata.is_symlink() {
            self.refuse(folder, name, Refusal::Symlink);
        } else if metadata.is_dir() {
            if full.join(".git").symlink_metadata().is_ok() {
                self.refuse(folder, name, Refusal::Submodule);
            } else {
                self.list(full, path.as_str())?;
            }
        } else if metadata.is_file() {
            let (executable, size) = (is_executable(metadata), metadata.len());
            self.entries.insert(
                path.clone(),
                Entry {
                    path,
                    executable,
                    size,
                    id: None,
                },
            );
        } else {
            self.refuse(folder, name, Refusal::Special);
        }
        Ok(())
    }

    fn refuse(&mut self, folder: &str, name: &str, reason: Refusal) {
        self.refused.push(Refused {
            raw: shown(&below(folder, name)),
            reason,
        });
    }

    /// Whether git tracks it, or something in it.
    fn is_tracked(&self, path: &str, metadata: &Metadata) -> bool {
        if !metadata.is_dir() {
            return self.tracked.contains(path.as_bytes());
        }
        let start = format!("{path}/").into_bytes();
        self.tracked
            .range(start.clone()..)
            .next()
            .is_some_and(|first| first.starts_with(&start))
            || self.tracked.contains(path.as_bytes())
    }

    fn is_ignored(&self, full: &Path, metadata: &Metadata) -> Result<bool, Error> {
        let mut path = full
            .strip_prefix(&self.repo.root)
            .unwrap_or(full)
            .to_path_buf();
        if metadata.is_dir() {
            path.push(""); // Tells git that it is a folder.
        }
        self.repo
            .git
            .is_path_ignored(&path)
            .map_err(|source| Error::git(full.display(), source))
    }
}

#[cfg(unix)]
fn is_executable(metadata: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o100 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &Metadata) -> bool {
    false
}

#[cfg(unix)]
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

#[cfg(not(unix))]
fn is_same(_: &Metadata, other: &Metadata) -> bool {
    other.is_file()
}

#[cfg(test)]
mod tests;
