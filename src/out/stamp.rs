//! How an archive lies on the disk right after it was written: names, sizes, inodes and times, as one digest. While it is the
//! same, nobody has touched a file, and a run that would write the same archive again need not.
//!
//! What git does with its index. It answers "must I build again?", never "is this archive whole?": that is asked of
//! the manifests.

#![expect(
    clippy::disallowed_methods,
    reason = "`out` is where an archive is written"
)]

use std::fs;
use std::io;
use std::path::Path;

use rayon::prelude::*;

use crate::cache::Key;
use crate::digest::Sha256;

/// The stamp of a folder; none where the file system tells too little, or when something there is neither file nor folder.
pub fn of(folder: &Path) -> Option<Sha256> {
    let mut lines = Vec::new();
    walk(folder, "", &mut lines).ok()?;
    lines.sort_unstable();
    let with = |key: Key, line: &String| key.with(line.as_bytes());
    Some(lines.iter().fold(Key::new("stamp"), with).digest())
}

/// One line for each file below `folder`, in no order.
fn walk(folder: &Path, prefix: &str, lines: &mut Vec<String>) -> io::Result<()> {
    let mut folders = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_str().ok_or(io::ErrorKind::InvalidData)?;
        let path = format!("{prefix}{name}");
        let sort = entry.file_type()?;
        if sort.is_dir() {
            folders.push((entry.path(), format!("{path}/")));
        } else if sort.is_file() {
            lines.push(line(&path, &entry.metadata()?)?);
        } else {
            return Err(io::ErrorKind::InvalidData.into());
        }
    }
    let below: Result<Vec<Vec<String>>, io::Error> = folders
        .par_iter()
        .map(|(folder, prefix)| {
            // An empty folder is something that somebody has made, too.
            let mut lines = vec![prefix.clone()];
            walk(folder, prefix, &mut lines)?;
            Ok(lines)
        })
        .collect();
    lines.extend(below?.into_iter().flatten());
    Ok(())
}

/// The time of change (`ctime`) is the system's own: whoever sets a file's date back cannot set that.
#[cfg(unix)]
fn line(path: &str, info: &fs::Metadata) -> io::Result<String> {
    use std::os::unix::fs::MetadataExt;

    Ok(format!(
        "{path}\0{} {} {} {}.{} {}.{}",
        info.len(),
        info.ino(),
        info.mode(),
        info.mtime(),
        info.mtime_nsec(),
        info.ctime(),
        info.ctime_nsec()
    ))
}

#[cfg(not(unix))]
fn line(_: &str, _: &fs::Metadata) -> io::Result<String> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs::File;
    use std::os::unix::fs::symlink;
    use std::time::Duration;

    use super::*;

    #[test]
    fn any_touch_is_another_stamp() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("data/a")).expect("folders");
        for name in ["bagit.txt", "data/index.html", "data/a/form.pdf"] {
            fs::write(at(name), name).expect("written");
        }
        let mut seen = vec![of(folder.path()).expect("a stamp")];
        assert_eq!(of(folder.path()), Some(seen[0]));
        let mut next = |what: &str| {
            let stamp = of(folder.path()).expect("a stamp");
            assert!(!seen.contains(&stamp), "{what}");
            seen.push(stamp);
        };
        let old = fs::metadata(at("data/a/form.pdf")).expect("there");
        std::thread::sleep(Duration::from_millis(20));
        fs::write(at("data/a/form.pdf"), "data/a/FORM.pdf").expect("written");
        let file = File::options().write(true).open(at("data/a/form.pdf"));
        let set = file
            .expect("open")
            .set_modified(old.modified().expect("a time"));
        set.expect("set back");
        next("same size, same date, other bytes");
        fs::write(at("data/new.txt"), "").expect("written");
        next("a stranger");
        fs::remove_file(at("bagit.txt")).expect("removed");
        next("a file gone");
        fs::create_dir(at("data/empty")).expect("a folder");
        next("an empty folder");
        symlink("/etc/passwd", at("data/link")).expect("a link");
        assert_eq!(of(folder.path()), None, "a link");
    }
}
