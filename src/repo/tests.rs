//! Repositories in every state that a school may leave one in.

#![expect(
    clippy::disallowed_methods,
    reason = "folders of the system's temporary one"
)]

use crate::repo::testing::Lab;

use super::*;

#[test]
fn nothing_there() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().canonicalize().unwrap();
    assert!(matches!(Repo::open(&dir), Err(Error::NotARepository { path }) if path == dir));
    assert!(matches!(
        Repo::open(&dir.join("x")),
        Err(Error::Read { .. })
    ));
}

#[test]
fn empty() {
    let lab = Lab::new();
    let repo = lab.open();
    assert!(matches!(repo.revision(None), Err(Error::NoCommits { .. })));
    assert!(matches!(
        repo.revision(Some("HEAD")),
        Err(Error::NoCommits { .. })
    ));
    assert!(matches!(
        repo.revision(Some("v1")),
        Err(Error::NoSuchRevision { .. })
    ));
    assert!(!repo.is_dirty_under(&FOLDERS).unwrap());
    assert!(repo.worktree().unwrap().entries().next().is_none());
}

#[test]
fn revisions() {
    let lab = Lab::new();
    let one = lab.commit(&[], &[("content/a.md", Some("a\n"))]);
    let two = lab.commit(&[one], &[("content/a.md", Some("b\n"))]);
    lab.write("content/2024/x.md", "x");
    let repo = Repo::open(&lab.root().join("content/2024")).unwrap();
    assert_eq!(repo.root(), lab.root().canonicalize().unwrap());
    let head = repo.revision(None).unwrap();
    assert_eq!(
        (head.id.as_str(), head.offset_minutes),
        (two.to_string().as_str(), 420)
    );
    assert_eq!(head.committed.as_second(), Lab::START + 60);
    let older = repo.revision(Some("HEAD~1")).unwrap();
    assert_eq!(older.id, one.to_string());
    assert_eq!(repo.revision(Some(&one.to_string()[..9])).unwrap(), older);
    for given in [
        "HEAD~9",
        "nope",
        "main..main",
        "",
        "HEAD:content/a.md",
        "a b",
        "^{",
        "0000000000",
    ] {
        let answer = repo.revision(Some(given));
        assert!(
            matches!(answer, Err(Error::NoSuchRevision { .. })),
            "{given}: {answer:?}"
        );
    }
    let gone = Revision {
        id: "1".repeat(40),
        ..head
    };
    assert!(matches!(
        repo.snapshot(&gone),
        Err(Error::NoSuchRevision { .. })
    ));
}

#[test]
fn dirty() {
    let lab = Lab::new();
    lab.commit(
        &[],
        &[("content/a.md", Some("a\n")), ("README.md", Some("r\n"))],
    );
    lab.check_out();
    let repo = lab.open();
    let dirty = || repo.is_dirty_under(&FOLDERS).unwrap();
    assert!(!dirty());
    lab.write("README.md", "other");
    assert!(!dirty());
    lab.write("layouts/x/y/new.yaml", "x");
    assert!(dirty());
    assert!(!repo.is_dirty_under(&["content"]).unwrap());
    lab.write("content/a.md", "changed");
    assert!(repo.is_dirty_under(&["content"]).unwrap());
}

#[test]
fn bare() {
    let dir = tempfile::tempdir().unwrap();
    Repository::init_bare(dir.path()).unwrap();
    let repo = Repo::open(dir.path()).unwrap();
    assert!(matches!(repo.worktree(), Err(Error::Bare { .. })));
    assert!(!repo.is_dirty_under(&FOLDERS).unwrap());
}

#[test]
fn user() {
    let lab = Lab::new();
    let mut config = lab.git.config().unwrap();
    config.set_str("user.name", "Nguyễn Thị\tAn Khê").unwrap();
    config.set_str("user.email", "an-khe@example.com").unwrap();
    let user = lab.open().user().unwrap().unwrap();
    assert_eq!(
        (user.name.as_str(), user.email.as_str()),
        ("Nguyễn Thị An Khê", "an-khe@example.com")
    );
}

#[test]
fn linked_worktree() {
    let lab = Lab::new();
    let id = lab.commit(&[], &[("content/a.md", Some("a\n"))]);
    let other = tempfile::tempdir().unwrap();
    lab.git
        .worktree("other", &other.path().join("w"), None)
        .unwrap();
    let repo = Repo::open(&other.path().join("w")).unwrap();
    let revision = repo.revision(None).unwrap();
    assert_eq!(revision.id, id.to_string());
    let snapshot = repo.snapshot(&revision).unwrap();
    let entry = snapshot.entries().next().unwrap();
    assert_eq!(snapshot.read(&entry.path, 9).unwrap(), b"a\n");
    assert_eq!(repo.worktree().unwrap().entries().count(), 1);
}
