//! Writes an archive: the only module that writes to disk for a build. A reader never sees half of
//! one.
//!
//! 1. everything goes into a new folder beside the target, and from the file system's cache to disk;
//! 2. new and old change places in one step of the file system;
//! 3. what was there before is taken away.
//!
//! Killed at any instant, the target is the old archive or the new one. What a killed run leaves
//! beside it is taken away by the next.

#![expect(
    clippy::disallowed_methods,
    reason = "`out` is where an archive is written"
)]

use std::fs;
use std::fs::File;
use std::io;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use rayon::prelude::*;

use crate::archive::site::Site;
use crate::diag::Words;

/// The mark by which a folder is known to be an archive of ours.
const MARK: &str = "Bag-Software-Agent: hoso ";

/// The archive could not be written; the previous one stands.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another run is writing here.
    #[error("another run is writing to {path}")]
    Busy {
        /// The target.
        path: PathBuf,
    },
    /// There is something at the target that is no archive of ours.
    #[error("{path} exists and is no archive made by hoso")]
    NotAnArchive {
        /// The target.
        path: PathBuf,
    },
    /// The file system failed.
    #[error("cannot write {path}")]
    Write {
        /// What was being written.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl Error {
    /// What failed, for people.
    pub fn words(&self) -> Words {
        match self {
            Self::Busy { path } => Words::new(
                format!("một lần chạy khác đang ghi vào {}", path.display()),
                format!("another run is writing to {}", path.display()),
            ),
            Self::NotAnArchive { path } => Words::new(
                format!(
                    "{} đã có và không phải kho lưu trữ do hoso tạo ra",
                    path.display()
                ),
                format!("{} exists and is no archive made by hoso", path.display()),
            ),
            Self::Write { path, source } => Words::new(
                format!("không ghi được {}: {source}", path.display()),
                format!("cannot write {}: {source}", path.display()),
            ),
        }
    }

    /// How to go on.
    pub fn hint(&self) -> Words {
        match self {
            Self::Busy { .. } => Words::new("đợi lần chạy kia xong", "wait for the other run"),
            Self::NotAnArchive { .. } => Words::new(
                "chọn thư mục khác bằng `--out`",
                "choose another folder with `--out`",
            ),
            Self::Write { .. } => Words::new(
                "xem chỗ trống và quyền ghi của ổ đĩa",
                "look at the disk's free space and permissions",
            ),
        }
    }
}

/// Publishes `site` at `target`, in place of the archive that may be there.
///
/// # Errors
/// [`Error`]; the previous archive then stands as it was.
pub fn publish(site: &Site, target: &Path) -> Result<(), Error> {
    let target = std::path::absolute(target).map_err(|source| Error::Write {
        path: target.to_owned(),
        source,
    })?;
    let parent = target.parent().map(Path::to_owned).unwrap_or_default();
    fs::create_dir_all(&parent).map_err(failed(&parent))?;
    let replaces = inspect(&target)?;
    let _lock = lock(&parent, &target)?;
    let fresh = beside(&target, "new");
    sweep(&fresh)?;
    write(site, &fresh)?;
    swap(&fresh, &target, replaces)?;
    sweep(&fresh)
}

/// Whether there is an archive of ours at `target`.
fn inspect(target: &Path) -> Result<bool, Error> {
    let info = match fs::symlink_metadata(target) {
        Ok(info) => info,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(source) => {
            return Err(Error::Write {
                path: target.to_owned(),
                source,
            });
        }
    };
    let ours =
        || fs::read_to_string(target.join("bag-info.txt")).is_ok_and(|text| text.contains(MARK));
    let empty = || fs::read_dir(target).is_ok_and(|mut entries| entries.next().is_none());
    if info.is_dir() && (ours() || empty()) {
        Ok(true)
    } else {
        Err(Error::NotAnArchive {
            path: target.to_owned(),
        })
    }
}

/// One writer at a time: an advisory lock on the folder that holds the target, gone with the
/// process however it ends. Where folders cannot be locked there is none.
fn lock(parent: &Path, target: &Path) -> Result<Option<File>, Error> {
    let Ok(folder) = File::open(parent) else {
        return Ok(None);
    };
    match folder.try_lock() {
        Ok(()) => Ok(Some(folder)),
        Err(fs::TryLockError::WouldBlock) => Err(Error::Busy {
            path: target.to_owned(),
        }),
        Err(fs::TryLockError::Error(_)) => Ok(None),
    }
}

fn beside(target: &Path, what: &str) -> PathBuf {
    let name = target
        .file_name()
        .map(|n| n.to_string_lossy().into_owned())
        .unwrap_or_default();
    target.with_file_name(format!(".{name}.hoso-{what}"))
}

fn write(site: &Site, folder: &Path) -> Result<(), Error> {
    let mut folders: Vec<PathBuf> = site
        .files()
        .filter_map(|(path, _)| folder.join(path.as_str()).parent().map(Path::to_owned))
        .collect();
    folders.dedup();
    for folder in &folders {
        fs::create_dir_all(folder).map_err(failed(folder))?;
    }
    let files: Vec<_> = site.files().collect();
    files
        .par_iter()
        .try_for_each(|(path, bytes)| one(&folder.join(path.as_str()), bytes))?;
    settle(folder)
}

/// One file, read-only from the start: an archive is not edited.
fn one(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let mut file = File::create_new(path).map_err(failed(path))?;
    file.write_all(bytes).map_err(failed(path))?;
    let mut rights = file.metadata().map_err(failed(path))?.permissions();
    set_rights(&mut rights);
    file.set_permissions(rights).map_err(failed(path))
}

/// The same rights whatever the user's `umask`, so that two builds are equal.
#[cfg(unix)]
fn set_rights(rights: &mut fs::Permissions) {
    use std::os::unix::fs::PermissionsExt;
    rights.set_mode(0o444);
}

#[cfg(not(unix))]
fn set_rights(rights: &mut fs::Permissions) {
    rights.set_readonly(true);
}

/// Everything of the folder from the cache to the disk, before it takes the old one's place.
#[cfg(target_os = "linux")]
fn settle(folder: &Path) -> Result<(), Error> {
    let open = File::open(folder).map_err(failed(folder))?;
    rustix::fs::syncfs(&open).map_err(|error| Error::Write {
        path: folder.to_owned(),
        source: error.into(),
    })
}

#[cfg(not(target_os = "linux"))]
fn settle(_: &Path) -> Result<(), Error> {
    Ok(())
}

/// New and old change places in one step (`renameat2` with `RENAME_EXCHANGE`), so that there is no
/// instant without an archive.
#[cfg(target_os = "linux")]
fn swap(fresh: &Path, target: &Path, replaces: bool) -> Result<(), Error> {
    use rustix::fs::CWD;
    use rustix::fs::RenameFlags;
    let flags = if replaces {
        RenameFlags::EXCHANGE
    } else {
        RenameFlags::NOREPLACE
    };
    match rustix::fs::renameat_with(CWD, fresh, CWD, target, flags) {
        Ok(()) => Ok(()),
        // Not every file system knows how (NFS, FAT): two steps then, the old one kept beside.
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => {
            swap_in_two(fresh, target, replaces)
        }
        Err(error) => Err(Error::Write {
            path: target.to_owned(),
            source: error.into(),
        }),
    }
}

#[cfg(not(target_os = "linux"))]
fn swap(fresh: &Path, target: &Path, replaces: bool) -> Result<(), Error> {
    swap_in_two(fresh, target, replaces)
}

fn swap_in_two(fresh: &Path, target: &Path, replaces: bool) -> Result<(), Error> {
    let old = beside(target, "old");
    if replaces {
        sweep(&old)?;
        fs::rename(target, &old).map_err(failed(target))?;
    }
    if let Err(source) = fs::rename(fresh, target) {
        if replaces {
            fs::rename(&old, target).map_err(failed(target))?;
        }
        return Err(Error::Write {
            path: target.to_owned(),
            source,
        });
    }
    sweep(&old)
}

/// Takes away a folder of ours, read-only files and all. Only ever called with names made by
/// [`beside`].
fn sweep(folder: &Path) -> Result<(), Error> {
    match fs::symlink_metadata(folder) {
        Ok(info) if info.is_dir() => fs::remove_dir_all(folder).map_err(failed(folder)),
        Ok(_) => fs::remove_file(folder).map_err(failed(folder)),
        Err(_) => Ok(()),
    }
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Write { path, source }
}
