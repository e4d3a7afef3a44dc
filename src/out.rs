//! Writes an archive: the only module that writes to disk for a build. A reader never sees half of
//! one.
//!
//! 1. everything goes into a new folder beside the target, and from the file system's cache to disk;
//! 2. new and old change places in one step of the file system;
//! 3. what was there before is taken away.
//!
//! Killed at any instant, the target is the old archive or the new one. Where the file system cannot
//! exchange two folders (FAT, NFS) there is an instant between two renames; the old one then lies
//! beside the target, and the next run puts things in order. What a killed run leaves
//! beside it is taken away by the next.

#![expect(
    clippy::disallowed_methods,
    reason = "`out` is where an archive is written"
)]

pub mod listed;
pub mod stamp;

use std::fs;
use std::fs::File;
use std::io;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use rayon::prelude::*;

use crate::archive::bag::check;
use crate::archive::chain::SEALED;
use crate::archive::chain::TAGS;
use crate::archive::site::Site;
use crate::diag::Words;
use crate::digest::Sha256;
use crate::path::SitePath;
use crate::sign;
use crate::spool::Blob;

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
    /// The archive is sealed, and what would take its place does not know it.
    #[error("{path} is sealed and not in the chain of what would take its place")]
    Sealed {
        /// The target.
        path: PathBuf,
    },
    /// Somebody put files into the archive that is to be replaced; they would be lost.
    #[error("{path} holds files that are not of the archive: {files}")]
    Strangers {
        /// The target.
        path: PathBuf,
        /// Some of them.
        files: String,
    },
    /// There is something at the target that is no archive of ours.
    #[error("{path} exists and is no archive made by hoso")]
    NotAnArchive {
        /// The target.
        path: PathBuf,
    },
    /// There is something at the target that this program did not write there, or that was changed since.
    #[error("{path} holds {file}, which is not as it was written")]
    NotListed {
        /// The target.
        path: PathBuf,
        /// The first such file.
        file: String,
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
            Self::Strangers { path, files } => Words::new(
                format!("{} có tệp không thuộc kho lưu trữ: {files}", path.display()),
                format!(
                    "{} holds files that are not of the archive: {files}",
                    path.display()
                ),
            ),
            Self::Sealed { path } => Words::new(
                format!(
                    "{} đã niêm phong và chưa có trong chuỗi của kho git (hoặc niêm phong khác)",
                    path.display()
                ),
                format!(
                    "{} is sealed and not in the repository's chain (or has another seal)",
                    path.display()
                ),
            ),
            Self::NotAnArchive { path } => Words::new(
                format!(
                    "{} đã có và không phải kho lưu trữ do hoso tạo ra",
                    path.display()
                ),
                format!("{} exists and is no archive made by hoso", path.display()),
            ),
            Self::NotListed { path, file } => Words::new(
                format!(
                    "{} đã có, và `{file}` ở đó không do hoso ghi hoặc đã bị sửa",
                    path.display()
                ),
                format!(
                    "{} exists, and `{file}` in it was not written by hoso or was changed since",
                    path.display()
                ),
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
            Self::Strangers { .. } => Words::new(
                "chuyển các tệp ấy ra ngoài; kho lưu trữ được thay cả thư mục",
                "move those files out; an archive is replaced as a whole folder",
            ),
            Self::Sealed { .. } => Words::new(
                "ghi niêm phong ấy vào kho git bằng `hoso seal`, hoặc chọn thư mục khác bằng `--out`",
                "enter that seal into the repository with `hoso seal`, or choose another folder with `--out`",
            ),
            Self::NotAnArchive { .. } | Self::NotListed { .. } => Words::new(
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
/// Gives the [`stamp`] of what it published.
///
/// # Errors
/// [`Error`]; the previous archive then stands as it was.
pub fn publish(site: &Site, target: &Path) -> Result<Option<Sha256>, Error> {
    let target = std::path::absolute(target).map_err(|source| Error::Write {
        path: target.to_owned(),
        source,
    })?;
    let parent = target.parent().map(Path::to_owned).unwrap_or_default();
    fs::create_dir_all(&parent).map_err(failed(&parent))?;
    let _lock = lock(&parent, &target)?;
    restore(&target)?;
    let replaces = inspect(&target)?;
    forgets(site, &target)?;
    let fresh = beside(&target, "new");
    sweep(&fresh)?;
    write(site, &fresh)?;
    // Before it is where others could put something else.
    let stamp = stamp::of(&fresh);
    // Somebody may have put things of their own there, or a seal, while the archive was being written.
    put(&fresh, &target, replaces, |before| {
        inspect(before).map_err(|_| Error::NotAnArchive {
            path: target.clone(),
        })?;
        forgets(site, before).map_err(|_| Error::Sealed {
            path: target.clone(),
        })
    })?;
    Ok(stamp)
}

/// Puts the seal beside the tag manifest of an archive, whole or not at all, and never in the place of
/// another one.
///
/// # Errors
/// [`Error::Sealed`] when there is another seal; [`Error`].
pub fn seal(archive: &Path, seal: &[u8]) -> Result<(), Error> {
    let failed_at = |source| Error::Write {
        path: archive.to_owned(),
        source,
    };
    let archive = std::path::absolute(archive).map_err(failed_at)?;
    let parent = archive.parent().map(Path::to_owned).unwrap_or_default();
    let _lock = lock(&parent, &archive)?;
    let target = archive.join(SEALED);
    match fs::read(&target) {
        Ok(there) if there == seal => return Ok(()),
        Ok(_) => return Err(Error::Sealed { path: archive }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed(&target)(error)),
    }
    let fresh = beside(&archive, "seal");
    sweep(&fresh)?;
    one(&fresh, seal)?;
    File::open(&fresh)
        .and_then(|file| file.sync_all())
        .map_err(failed(&fresh))?;
    swap(&fresh, &target, false).map(drop)
}

/// Refuses to take away a sealed archive that the chain of the new one does not hold, with this very seal: what was
/// added to a seal since (a time-stamp) makes no other one of it.
fn forgets(site: &Site, target: &Path) -> Result<(), Error> {
    if fs::symlink_metadata(target.join(SEALED)).is_err() {
        return Ok(());
    }
    let tags = fs::read(target.join(TAGS)).map_err(failed(target))?;
    let tags = Sha256::of(&tags);
    let seal = fs::read(target.join(SEALED)).map_err(failed(target))?;
    let seal = sign::core_digest(&seal);
    let holds = |(path, bytes): (&SitePath, &Blob)| {
        let kept = path.starts_with("data/archives") && path.file_name() == TAGS;
        let beside = || {
            let path = path.parent()?.join(SEALED).ok()?;
            Some(sign::core_digest(&site.get(&path)?.read().ok()?))
        };
        kept && bytes.digest() == tags && beside() == Some(seal)
    };
    match site.files().any(holds) {
        true => Ok(()),
        false => Err(Error::Sealed {
            path: target.to_owned(),
        }),
    }
}

/// Puts what is new in the place of what was there, and takes that away, unless `may_go` refuses: it then stands as before.
fn put(
    fresh: &Path,
    target: &Path,
    replaces: bool,
    may_go: impl FnOnce(&Path) -> Result<(), Error>,
) -> Result<(), Error> {
    let before = swap(fresh, target, replaces)?;
    if replaces {
        return finish(fresh, target, &before, may_go);
    }
    sweep(&before)
}

/// Takes `before` away, or puts it back.
fn finish(
    fresh: &Path,
    target: &Path,
    before: &Path,
    may_go: impl FnOnce(&Path) -> Result<(), Error>,
) -> Result<(), Error> {
    if let Err(error) = may_go(before) {
        if before == fresh {
            swap(fresh, target, true)?;
        } else {
            fs::rename(target, fresh).map_err(failed(target))?;
            fs::rename(before, target).map_err(failed(target))?;
        }
        sweep(fresh)?;
        return Err(error);
    }
    sweep(before)
}

/// Puts the previous archive back, if a run was killed between the two renames of [`swap_in_two`].
fn restore(target: &Path) -> Result<(), Error> {
    let old = beside(target, "old");
    match (fs::symlink_metadata(target), fs::symlink_metadata(&old)) {
        (Err(_), Ok(_)) => fs::rename(&old, target).map_err(failed(target)),
        _ => Ok(()),
    }
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
    let refused = || Error::NotAnArchive {
        path: target.to_owned(),
    };
    if !info.is_dir() {
        return Err(refused());
    }
    if fs::read_dir(target).is_ok_and(|mut entries| entries.next().is_none()) {
        return Ok(true);
    }
    if !fs::read_to_string(target.join("bag-info.txt")).is_ok_and(|text| text.contains(MARK)) {
        return Err(refused());
    }
    match check::strangers(target).as_slice() {
        [] => Ok(true),
        files => Err(Error::Strangers {
            path: target.to_owned(),
            files: files.iter().take(5).cloned().collect::<Vec<_>>().join(", "),
        }),
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
    // New, and not what somebody else has put in its place just now.
    fs::create_dir(folder).map_err(failed(folder))?;
    for folder in &folders {
        fs::create_dir_all(folder).map_err(failed(folder))?;
    }
    let files: Vec<_> = site.files().collect();
    files.par_iter().try_for_each(|(path, bytes)| {
        let path = folder.join(path.as_str());
        one(&path, &bytes.read().map_err(failed(&path))?)
    })?;
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
/// instant without an archive. Gives where the old one lies then.
#[cfg(target_os = "linux")]
fn swap(fresh: &Path, target: &Path, replaces: bool) -> Result<PathBuf, Error> {
    use rustix::fs::CWD;
    use rustix::fs::RenameFlags;
    let flags = if replaces {
        RenameFlags::EXCHANGE
    } else {
        RenameFlags::NOREPLACE
    };
    match rustix::fs::renameat_with(CWD, fresh, CWD, target, flags) {
        Ok(()) => Ok(fresh.to_owned()),
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
fn swap(fresh: &Path, target: &Path, replaces: bool) -> Result<PathBuf, Error> {
    swap_in_two(fresh, target, replaces)
}

fn swap_in_two(fresh: &Path, target: &Path, replaces: bool) -> Result<PathBuf, Error> {
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
    Ok(old)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn site() -> Site {
        let mut site = Site::default();
        let info = format!("{MARK}0\n");
        site.put("bag-info.txt", info, &mut Vec::new());
        site
    }

    #[test]
    fn what_came_meanwhile_is_not_lost() {
        let folder = tempfile::tempdir().expect("a folder");
        let (fresh, target) = (folder.path().join("new"), folder.path().join("out"));
        write(&site(), &fresh).expect("an archive");
        fs::create_dir(&target).expect("a folder");
        fs::write(target.join("mine"), "x").expect("a file");
        let may_go = |before: &Path| inspect(before).map(drop);
        let put = put(&fresh, &target, true, may_go);
        assert!(matches!(put, Err(Error::NotAnArchive { .. })), "{put:?}");
        assert!(target.join("mine").exists() && !fresh.exists());
        // As where two folders cannot be exchanged.
        write(&site(), &fresh).expect("an archive");
        let before = swap_in_two(&fresh, &target, true).expect("exchanged");
        assert!(finish(&fresh, &target, &before, may_go).is_err());
        assert!(target.join("mine").exists() && !fresh.exists() && !before.exists());
    }

    #[cfg(unix)]
    #[test]
    fn nothing_is_written_behind_a_link() {
        let [folder, elsewhere] = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
        let link = folder.path().join("new");
        std::os::unix::fs::symlink(elsewhere.path(), &link).expect("a link");
        assert!(write(&site(), &link).is_err());
        let target = folder.path().join("out");
        std::os::unix::fs::symlink(elsewhere.path(), &target).expect("a link");
        let refused = publish(&site(), &target);
        assert!(matches!(refused, Err(Error::NotAnArchive { .. })));
        assert_eq!(fs::read_dir(elsewhere.path()).expect("a folder").count(), 0);
    }
}
