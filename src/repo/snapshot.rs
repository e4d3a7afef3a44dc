//! The files of one revision, or of the working tree, in one order and with nothing left out silently.
//!
//! A snapshot is a list made at once and contents read when asked for, from any thread.

use std::collections::BTreeMap;
use std::io;
use std::ops::Bound;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use git2::ObjectType;
use git2::Odb;
use git2::Oid;

use crate::diag::Words;
use crate::path::Reason;
use crate::path::RepoPath;
use crate::path::shown;
use crate::repo::Error;
use crate::repo::FOLDERS;
use crate::repo::Repo;
use crate::repo::Revision;
use crate::repo::blob_id;
use crate::repo::trees::KIND;
use crate::repo::trees::Trees;
use crate::repo::trees::below;
use crate::repo::worktree;

/// The files below [`FOLDERS`] at one moment.
pub struct Snapshot {
    pub(super) entries: BTreeMap<RepoPath, Entry>,
    pub(super) refused: Vec<Refused>,
    pub(super) source: Source,
    /// The first failure to read what was listed.
    pub(super) lost: Mutex<Option<Error>>,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where it lies.
    pub path: RepoPath,
    /// Whether it is marked as a program.
    pub executable: bool,
    /// Its size in bytes; in a working tree, when it was listed.
    pub size: u64,
    /// git's name for its content, 40 hexadecimal digits; none in a working tree.
    pub id: Option<String>,
}

/// Something that is there but is not a file that a record, a layout or a signature can be in.
/// Of a folder, nothing below it is listed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refused {
    /// Its path, fit to be shown; not fit to be opened.
    pub raw: String,
    /// What it is.
    pub reason: Refusal,
}

/// Why something is not taken as a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// Its name is not a path.
    Malformed(Reason),
    /// Its name is not UTF-8.
    NotUtf8,
    /// A socket, a device, a pipe, or a kind of entry that git does not know.
    Special,
    /// Another repository.
    Submodule,
    /// A symbolic link.
    Symlink,
}

impl Refusal {
    /// The reason for people.
    pub fn words(self) -> Words {
        match self {
            Refusal::Malformed(reason) => Words::new(reason.vi(), reason.en()),
            Refusal::NotUtf8 => Words::new("tên không phải UTF-8", "its name is not UTF-8"),
            Refusal::Special => Words::new("không phải là tệp thường", "it is not a plain file"),
            Refusal::Submodule => Words::new("là một kho git khác", "it is another git repository"),
            Refusal::Symlink => Words::new("là liên kết (symlink)", "it is a symbolic link"),
        }
    }
}

pub(super) enum Source {
    /// Each file lies somewhere below the root of an archive.
    Archive(PathBuf, BTreeMap<RepoPath, RepoPath>),
    Disk(PathBuf),
    #[cfg(test)]
    Memory(BTreeMap<RepoPath, Vec<u8>>),
    /// Some files are those of the first, all others those of the second.
    Joined(Box<Source>, Box<Source>, fn(&str) -> bool),
    /// Some files are not where the others are.
    Over(Box<Source>, BTreeMap<RepoPath, Vec<u8>>),
    Store(Odb<'static>),
}

/// Most files and folders of one snapshot: a few forged trees can stand for more than fit any disk.
pub(super) const MAX_FILES: usize = 1_000_000;

impl Snapshot {
    /// Lists the files of `revision`.
    ///
    /// # Errors
    /// [`Error::NoSuchRevision`], [`Error::TooMany`], [`Error::Git`] for an object that is missing
    /// or damaged.
    pub fn of_revision(repo: &Repo, revision: &Revision) -> Result<Snapshot, Error> {
        let tip = repo.commit(revision)?.tree_id();
        // A store of its own, because the library's repository must not be shared between threads.
        let objects = repo.git.commondir().join("objects");
        let failed = |source| Error::git(objects.display(), source);
        let store = Odb::new().map_err(failed)?;
        let text = objects
            .to_str()
            .ok_or_else(|| git2::Error::from_str("path is not UTF-8"));
        text.and_then(|objects| store.add_disk_alternate(objects))
            .map_err(failed)?;
        let (entries, refused, trees) = (BTreeMap::new(), Vec::new(), Trees::new(repo));
        let mut listing = Listing {
            repo,
            store: &store,
            trees,
            entries,
            refused,
            seen: 0,
        };
        listing.list(tip, "")?;
        let Listing {
            entries,
            mut refused,
            ..
        } = listing;
        refused.sort_unstable();
        Ok(Snapshot {
            entries,
            refused,
            source: Source::Store(store),
            lost: Mutex::default(),
        })
    }

    /// Lists the files as they lie on the disk, without those that git is told to ignore. Links are
    /// never followed.
    ///
    /// # Errors
    /// [`Error::Bare`], [`Error::TooMany`], [`Error::Read`] for a folder that cannot be read,
    /// [`Error::Git`].
    pub fn of_worktree(repo: &Repo) -> Result<Snapshot, Error> {
        worktree::list(repo)
    }

    /// The files of an archive under the paths they had in the repository; `files` says where each
    /// lies below `root`. The caller has checked them against the archive's manifests.
    pub fn of_archive(root: &Path, files: BTreeMap<RepoPath, RepoPath>) -> Snapshot {
        let entry = |path: &RepoPath| Entry {
            path: path.clone(),
            executable: false,
            size: 0,
            id: None,
        };
        let entries = files
            .keys()
            .map(|path| (path.clone(), entry(path)))
            .collect();
        let source = Source::Archive(root.to_path_buf(), files);
        Snapshot {
            entries,
            refused: Vec::new(),
            source,
            lost: Mutex::default(),
        }
    }

    /// A snapshot of files that are nowhere, for tests of what comes after.
    #[cfg(test)]
    pub fn of_files<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Snapshot {
        let named =
            |(path, bytes): (&str, &[u8])| (RepoPath::parse(path).expect("a path"), bytes.to_vec());
        let files: BTreeMap<RepoPath, Vec<u8>> = files.into_iter().map(named).collect();
        let entry = |(path, bytes): (&RepoPath, &Vec<u8>)| {
            let (path, size) = (path.clone(), bytes.len() as u64);
            (
                path.clone(),
                Entry {
                    path,
                    executable: false,
                    size,
                    id: None,
                },
            )
        };
        let entries = files.iter().map(entry).collect();
        Snapshot {
            entries,
            refused: Vec::new(),
            source: Source::Memory(files),
            lost: Mutex::default(),
        }
    }

    /// The same with some files changed, added (`Some`) or taken away (`None`), as a commit of them would
    /// make it.
    #[must_use]
    pub fn with(mut self, changes: &BTreeMap<RepoPath, Option<Vec<u8>>>) -> Snapshot {
        let mut over = BTreeMap::new();
        for (path, bytes) in changes {
            let Some(bytes) = bytes else {
                self.entries.remove(path);
                continue;
            };
            let entry = Entry {
                path: path.clone(),
                executable: false,
                size: bytes.len() as u64,
                id: blob_id(bytes),
            };
            self.entries.insert(path.clone(), entry);
            over.insert(path.clone(), bytes.clone());
        }
        self.source = Source::Over(Box::new(self.source), over);
        self
    }

    /// The same with one file that is still to be written, to be judged before it is.
    #[must_use]
    pub fn with_draft(self, path: RepoPath, bytes: Vec<u8>) -> Snapshot {
        self.with(&BTreeMap::from([(path, Some(bytes))]))
    }

    /// The same files, but those that `is_given` names are what `given` has, or not there.
    pub fn with_files_of(self, given: Snapshot, is_given: fn(&str) -> bool) -> Snapshot {
        let pick = |from: &Snapshot, wanted: bool| -> Vec<(RepoPath, Entry)> {
            let all = from.entries.iter();
            all.filter(|(path, _)| is_given(path.as_str()) == wanted)
                .map(|(path, entry)| (path.clone(), entry.clone()))
                .collect()
        };
        let mut entries: BTreeMap<RepoPath, Entry> = pick(&self, false).into_iter().collect();
        entries.extend(pick(&given, true));
        let of = |from: &Snapshot, wanted: bool| -> Vec<Refused> {
            let all = from.refused.iter();
            all.filter(|refused| is_given(&refused.raw) == wanted)
                .cloned()
                .collect()
        };
        let mut refused = of(&self, false);
        refused.extend(of(&given, true));
        refused.sort_unstable();
        let source = Source::Joined(Box::new(given.source), Box::new(self.source), is_given);
        Snapshot {
            entries,
            refused,
            source,
            lost: Mutex::default(),
        }
    }

    /// All files, ordered by the bytes of their paths.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = &Entry> {
        self.entries.values()
    }

    /// The files below a folder (with or without `/` at its end), in the same order.
    pub fn under(&self, folder: &str) -> impl DoubleEndedIterator<Item = &Entry> {
        let folder = folder.strip_suffix('/').unwrap_or(folder);
        // `0` follows `/`.
        let (first, end) = (format!("{folder}/"), format!("{folder}0"));
        let range = (
            Bound::Included(first.as_str()),
            Bound::Excluded(end.as_str()),
        );
        self.entries.range::<str, _>(range).map(|(_, entry)| entry)
    }

    /// What is there but was not taken, in order. Each is worth a finding.
    pub fn refused(&self) -> &[Refused] {
        &self.refused
    }

    /// One file; `path` need not be a proper path.
    pub fn get(&self, path: &str) -> Option<&Entry> {
        self.entries.get(path)
    }

    /// Whether there is such a file.
    pub fn contains(&self, path: &RepoPath) -> bool {
        self.entries.contains_key(path)
    }

    /// Reads a file of at most `max` bytes.
    ///
    /// # Errors
    /// [`Error::Missing`], [`Error::TooLarge`]; for a revision [`Error::Git`]; for a working tree
    /// [`Error::NotPlain`] and [`Error::Read`].
    pub fn read(&self, path: &RepoPath, max: u64) -> Result<Vec<u8>, Error> {
        let Some(entry) = self.entries.get(path) else {
            return Err(Error::Missing { path: path.clone() });
        };
        self.source.read(entry, max).inspect_err(|error| {
            let mut lost = self.lock();
            if lost.is_none() {
                *lost = failure(error);
            }
        })
    }

    /// Whether everything that was asked for since the last time could be read. Whoever took a file that the disk did not give for one that is
    /// not there would make an archive with a gap.
    ///
    /// # Errors
    /// The first failure.
    pub fn whole(&self) -> Result<(), Error> {
        match self.lock().take() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Error>> {
        self.lost.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The same failure of disk or store once more; none when the file is merely not what the caller takes.
fn failure(error: &Error) -> Option<Error> {
    match error {
        Error::Git { path, source } => Some(Error::git(
            path,
            git2::Error::new(source.code(), source.class(), source.message()),
        )),
        Error::Read { path, source } => {
            let source = io::Error::new(source.kind(), source.to_string());
            Some(Error::read(path, source))
        }
        _ => None,
    }
}

impl Source {
    fn read(&self, entry: &Entry, max: u64) -> Result<Vec<u8>, Error> {
        let path = &entry.path;
        let bytes = match self {
            // The size on the disk is that of now, not of the listing.
            Source::Disk(root) => return worktree::read(root, path, max),
            Source::Joined(given, own, is_given) => {
                let from = if is_given(path.as_str()) { given } else { own };
                return from.read(entry, max);
            }
            Source::Over(below, files) => match files.get(path) {
                Some(bytes) if bytes.len() as u64 <= max => bytes.clone(),
                Some(bytes) => {
                    return Err(Error::TooLarge {
                        path: path.clone(),
                        size: bytes.len() as u64,
                        max,
                    });
                }
                None => return below.read(entry, max),
            },
            _ if entry.size > max => {
                return Err(Error::TooLarge {
                    path: path.clone(),
                    size: entry.size,
                    max,
                });
            }
            Source::Archive(root, files) => {
                let missing = || Error::Missing { path: path.clone() };
                return worktree::read(root, files.get(path).ok_or_else(missing)?, max);
            }
            #[cfg(test)]
            Source::Memory(files) => files[path].clone(),
            Source::Store(store) => {
                let id = Oid::from_str(entry.id.as_deref().unwrap_or_default());
                let object = id.and_then(|id| store.read(id));
                object
                    .map_err(|source| Error::git(path, source))?
                    .data()
                    .to_vec()
            }
        };
        Ok(bytes)
    }

    fn store(&self) -> Option<&Odb<'static>> {
        match self {
            Source::Store(store) => Some(store),
            Source::Joined(given, own, _) => own.store().or_else(|| given.store()),
            Source::Over(below, _) => below.store(),
            _ => None,
        }
    }
}

impl Snapshot {
    /// Reads a content that some commit of the repository had, by git's name for it. None where there
    /// is no store of contents (a working tree, an archive), for what is not a file of at most `max`
    /// bytes, and for what is not there.
    pub fn past(&self, blob: &str, max: u64) -> Option<Vec<u8>> {
        let store = self.source.store()?;
        let id = Oid::from_str(blob).ok()?;
        let (size, kind) = store.read_header(id).ok()?;
        if kind != ObjectType::Blob || size as u64 > max {
            return None;
        }
        Some(store.read(id).ok()?.data().to_vec())
    }
}

struct Listing<'r> {
    repo: &'r Repo,
    store: &'r Odb<'static>,
    trees: Trees<'r>,
    entries: BTreeMap<RepoPath, Entry>,
    refused: Vec<Refused>,
    seen: usize,
}

impl Listing<'_> {
    fn list(&mut self, id: Oid, folder: &str) -> Result<(), Error> {
        let tree = self.trees.get(id)?;
        self.seen += tree.files.len() + tree.folders.len() + tree.others.len();
        if self.seen > MAX_FILES {
            return Err(Error::TooMany {
                path: self.repo.root.clone(),
                max: MAX_FILES,
            });
        }
        let ours = |name: &str| !folder.is_empty() || FOLDERS.contains(&name);
        for file in tree.files.iter().filter(|file| ours(tree.name(file))) {
            let Some(path) = self.accept(folder, tree.name(file)) else {
                continue;
            };
            let header = self.store.read_header(file.id);
            let (size, _) = header.map_err(|source| Error::git(&path, source))?;
            let (executable, id) = (file.mode & 0o100 != 0, Some(file.id.to_string()));
            let entry = Entry {
                path: path.clone(),
                executable,
                size: size as u64,
                id,
            };
            self.entries.insert(path, entry);
        }
        for (name, mode) in &tree.others {
            let lossy = String::from_utf8_lossy(name);
            if ours(&lossy) {
                let reason = refusal(name, *mode);
                self.refused.push(Refused {
                    raw: shown(&below(folder, &lossy)),
                    reason,
                });
            }
        }
        for child in tree.folders.iter().filter(|child| ours(tree.name(child))) {
            if let Some(path) = self.accept(folder, tree.name(child)) {
                self.list(child.id, path.as_str())?;
            }
        }
        Ok(())
    }

    /// The path, or a refusal.
    fn accept(&mut self, folder: &str, name: &str) -> Option<RepoPath> {
        path_of(folder, name)
            .map_err(|refused| self.refused.push(refused))
            .ok()
    }
}

/// The path of something in a folder, or why it has none.
pub(super) fn path_of(folder: &str, name: &str) -> Result<RepoPath, Refused> {
    let path = below(folder, name);
    RepoPath::parse(&path).map_err(|e| Refused {
        raw: e.path,
        reason: Refusal::Malformed(e.reason),
    })
}

fn refusal(name: &[u8], mode: i32) -> Refusal {
    match mode & KIND {
        0o120_000 => Refusal::Symlink,
        0o160_000 => Refusal::Submodule,
        _ if str::from_utf8(name).is_err() => Refusal::NotUtf8,
        0o100_000 | 0o040_000 => Refusal::Malformed(Reason::EmptyName), // A slash in a name.
        _ => Refusal::Special,
    }
}

#[cfg(test)]
mod tests;
