//! A folder of files that lists itself: written whole or not at all, and only ever put in the place of one whose every file
//! is as its list says. What somebody has put there or changed is never lost.

#![expect(
    clippy::disallowed_methods,
    reason = "`out` is where folders are written"
)]

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use crate::digest::Sha256;
use crate::out::Error;
use crate::out::beside;
use crate::out::failed;
use crate::out::lock;
use crate::out::one;
use crate::out::put;
use crate::out::restore;
use crate::out::settle;
use crate::out::sweep;

/// The list, as `sha256sum` writes and checks it, below the [`MARK`].
pub const LIST: &str = "SHA256SUMS";

/// The first line of a list of ours: `sha256sum -c` passes over it.
const MARK: &str = "# hoso";

/// Puts files and their list at `target`; their paths are the program's own.
///
/// # Errors
/// [`Error`]; what was there before then stands as it was.
pub fn publish(files: &BTreeMap<String, Cow<'static, [u8]>>, target: &Path) -> Result<(), Error> {
    let target = std::path::absolute(target).map_err(failed(target))?;
    let parent = target.parent().map(Path::to_owned).unwrap_or_default();
    fs::create_dir_all(&parent).map_err(failed(&parent))?;
    let _lock = lock(&parent, &target)?;
    restore(&target)?;
    let replaces = inspect(&target)?;
    let fresh = beside(&target, "new");
    sweep(&fresh)?;
    fs::create_dir(&fresh).map_err(failed(&fresh))?;
    let list: String = [format!("{MARK}\n")]
        .into_iter()
        .chain(
            files
                .iter()
                .map(|(path, bytes)| format!("{}  {path}\n", Sha256::of(bytes))),
        )
        .collect();
    let list = (LIST, list.as_bytes());
    for (path, bytes) in files
        .iter()
        .map(|(path, bytes)| (path.as_str(), bytes.as_ref()))
        .chain([list])
    {
        let full = fresh.join(path);
        let folder = full.parent().unwrap_or(&fresh);
        fs::create_dir_all(folder).map_err(failed(folder))?;
        one(&full, bytes)?;
    }
    settle(&fresh)?;
    // Somebody may have put things of their own there in the meantime.
    put(&fresh, &target, replaces, |before| {
        inspect(before).map(drop)
    })
}

/// Whether a folder of ours, or an empty one, is there; anything else is refused.
fn inspect(target: &Path) -> Result<bool, Error> {
    match fs::symlink_metadata(target) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(source) => return Err(failed(target)(source)),
    }
    let refused = |file: &str| Error::NotListed {
        path: target.to_owned(),
        file: file.to_owned(),
    };
    let mut there = files_below(target, "").ok_or_else(|| refused("."))?;
    there.sort_unstable();
    let Some(first) = there.first() else {
        return Ok(true);
    };
    let list = fs::read_to_string(target.join(LIST)).map_err(|_| refused(first))?;
    if list.lines().next() != Some(MARK) {
        return Err(refused(LIST));
    }
    let listed: BTreeMap<&str, &str> = list
        .lines()
        .filter_map(|line| line.split_once("  "))
        .map(|(digest, path)| (path, digest))
        .collect();
    for path in there.iter().filter(|path| *path != LIST) {
        let digest = listed
            .get(path.as_str())
            .and_then(|digest| Sha256::parse(digest));
        let own = fs::read(target.join(path)).is_ok_and(|bytes| Some(Sha256::of(&bytes)) == digest);
        if !own {
            return Err(refused(path));
        }
    }
    Ok(true)
}

/// The files below a folder; none when something there is neither file nor folder, such as a link.
fn files_below(folder: &Path, within: &str) -> Option<Vec<String>> {
    let mut files = Vec::new();
    if !fs::symlink_metadata(folder).ok()?.is_dir() {
        return None;
    }
    for entry in fs::read_dir(folder).ok()? {
        let entry = entry.ok()?;
        let path = format!("{within}{}", entry.file_name().to_str()?);
        let kind = entry.file_type().ok()?;
        if kind.is_dir() {
            files.extend(files_below(&entry.path(), &format!("{path}/"))?);
        } else if kind.is_file() {
            files.push(path);
        } else {
            return None;
        }
    }
    Some(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(text: &'static str) -> BTreeMap<String, Cow<'static, [u8]>> {
        BTreeMap::from([
            ("a.txt".to_owned(), Cow::Borrowed(text.as_bytes())),
            ("b/c.txt".to_owned(), Cow::Borrowed(b"c".as_slice())),
        ])
    }

    #[test]
    fn nothing_of_anybody_else_is_replaced() {
        let root = tempfile::tempdir().expect("a folder");
        let target = root.path().join("editor");
        publish(&files("1"), &target).expect("a new folder");
        publish(&files("2"), &target).expect("its own folder");
        assert_eq!(fs::read(target.join("a.txt")).expect("a file"), b"2");

        fs::write(target.join("own.txt"), "mine").expect("a file of somebody else");
        assert!(matches!(
            publish(&files("3"), &target),
            Err(Error::NotListed { .. })
        ));
        assert_eq!(
            fs::read(target.join("own.txt")).expect("it is still there"),
            b"mine"
        );
        fs::remove_file(target.join("own.txt")).expect("taken away");

        fs::remove_file(target.join("a.txt")).expect("taken away");
        fs::write(target.join("a.txt"), "changed").expect("changed by hand");
        assert!(
            matches!(publish(&files("3"), &target), Err(Error::NotListed { file, .. }) if file == "a.txt")
        );

        let other = root.path().join("other");
        fs::create_dir(&other).expect("a folder");
        fs::write(other.join("x"), "x").expect("a file");
        assert!(matches!(
            publish(&files("1"), &other),
            Err(Error::NotListed { .. })
        ));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_not_followed() {
        let root = tempfile::tempdir().expect("a folder");
        let (target, elsewhere) = (root.path().join("editor"), root.path().join("elsewhere"));
        fs::create_dir(&elsewhere).expect("a folder");
        std::os::unix::fs::symlink(&elsewhere, &target).expect("a link");
        assert!(publish(&files("1"), &target).is_err());
        assert_eq!(fs::read_dir(&elsewhere).expect("a folder").count(), 0);
    }
}
