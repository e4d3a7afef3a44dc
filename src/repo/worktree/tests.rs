//! Working trees with everything in them that can be on a disk.

use crate::repo::testing::Lab;

use super::*;

fn listed(snapshot: &Snapshot) -> Vec<&str> {
    snapshot
        .entries()
        .map(|entry| entry.path.as_str())
        .collect()
}

fn refused(snapshot: &Snapshot) -> Vec<(&str, Refusal)> {
    snapshot
        .refused()
        .iter()
        .map(|refused| (refused.raw.as_str(), refused.reason))
        .collect()
}

#[test]
fn what_git_would_add() {
    let lab = Lab::new();
    lab.commit(
        &[],
        &[
            ("content/a/kept.log", Some("1")),
            ("content/build/kept.md", Some("2")),
        ],
    );
    lab.check_out();
    lab.write(".gitignore", "*.log\nbuild/\n~*\n");
    lab.write("content/a/other.log", "");
    lab.write("content/a/new.md", "abc");
    lab.write("content/build/new.md", "");
    lab.write("content/b/.gitignore", "x.md\n");
    lab.write("content/b/x.md", "");
    lab.write("content/c/build/y.md", "");
    lab.write("content.md", "");
    lab.write("src/x.rs", "");
    let snapshot = lab.open().worktree().unwrap();
    // `git add content` would leave out build/new.md as well.
    let expected = [
        "content/a/kept.log",
        "content/a/new.md",
        "content/b/.gitignore",
        "content/build/kept.md",
    ];
    assert_eq!(listed(&snapshot), expected);
    assert_eq!(refused(&snapshot), []);
    let path = RepoPath::parse("content/a/new.md").unwrap();
    assert_eq!(snapshot.read(&path, 3).unwrap(), b"abc");
    assert!(matches!(
        snapshot.read(&path, 2),
        Err(Error::TooLarge {
            size: 3,
            max: 2,
            ..
        })
    ));
}

#[cfg(unix)]
#[test]
fn what_is_not_a_file() {
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;
    let lab = Lab::new();
    let content = lab.root().join("content");
    lab.write("content/a.md", "a");
    lab.write("content/aux/x.md", "");
    lab.write("content/other/.git/HEAD", "");
    lab.write("content/other/x.md", "");
    symlink("/etc/passwd", content.join("link.md")).unwrap();
    symlink("..", content.join("up")).unwrap();
    symlink("content", lab.root().join("layouts")).unwrap();
    let raw = std::ffi::OsStr::from_bytes(b"t\xeb.md");
    lab.write_at(&content.join(raw), "");
    let _socket = std::os::unix::net::UnixListener::bind(content.join("socket")).unwrap();
    let snapshot = lab.open().worktree().unwrap();
    assert_eq!(listed(&snapshot), ["content/a.md"]);
    let reserved = Refusal::Malformed(crate::path::Reason::ReservedName);
    let expected = [
        ("content/aux", reserved),
        ("content/link.md", Refusal::Symlink),
        ("content/other", Refusal::Submodule),
        ("content/socket", Refusal::Special),
        ("content/t\u{fffd}.md", Refusal::NotUtf8),
        ("content/up", Refusal::Symlink),
        ("layouts", Refusal::Symlink),
    ];
    assert_eq!(refused(&snapshot), expected);
}

#[cfg(unix)]
#[test]
fn exchanged_after_listing() {
    use std::os::unix::fs::symlink;
    let lab = Lab::new();
    lab.write("content/a/x.md", "x");
    lab.write("content/b.md", "b");
    lab.write("outside/x.md", "secret");
    let root = lab.root();
    let snapshot = lab.open().worktree().unwrap();
    fs::remove_file(root.join("content/b.md")).unwrap();
    symlink("../outside/x.md", root.join("content/b.md")).unwrap();
    fs::rename(root.join("content/a"), root.join("gone")).unwrap();
    symlink("../outside", root.join("content/a")).unwrap();
    for path in ["content/a/x.md", "content/b.md"] {
        let answer = snapshot.read(&RepoPath::parse(path).unwrap(), 100);
        assert!(
            matches!(answer, Err(Error::NotPlain { .. })),
            "{path}: {answer:?}"
        );
    }
    fs::remove_file(root.join("content/b.md")).unwrap();
    let answer = snapshot.read(&RepoPath::parse("content/b.md").unwrap(), 100);
    assert!(matches!(answer, Err(Error::Read { .. })));
}
