//! Revisions with everything in them that can be in a tree.

use git2::Oid;

use crate::repo::testing::Lab;

use super::*;

fn at_head(lab: &Lab) -> Snapshot {
    let repo = lab.open();
    let head = repo.revision(None).unwrap();
    repo.snapshot(&head).unwrap()
}

fn listed<'s>(entries: impl Iterator<Item = &'s Entry>) -> Vec<&'s str> {
    entries.map(|entry| entry.path.as_str()).collect()
}

#[test]
fn lists() {
    let lab = Lab::new();
    let files = [
        "content/a.md",
        "content/a/b.md",
        "content/a-b.md",
        "layouts/x.typ",
        "src/x.rs",
        "README.md",
    ];
    lab.commit(&[], &files.map(|path| (path, Some(path))));
    let snapshot = at_head(&lab);
    assert_eq!(
        listed(snapshot.entries()),
        [
            "content/a-b.md",
            "content/a.md",
            "content/a/b.md",
            "layouts/x.typ"
        ]
    );
    for folder in ["content/a", "content/a/"] {
        assert_eq!(listed(snapshot.under(folder)), ["content/a/b.md"]);
    }
    assert_eq!(
        listed(snapshot.under("content").rev()),
        ["content/a/b.md", "content/a.md", "content/a-b.md"]
    );
    assert_eq!(listed(snapshot.under("signatures")), [""; 0]);
    assert_eq!(snapshot.refused(), []);
}

#[test]
fn reads() {
    let lab = Lab::new();
    lab.commit(
        &[],
        &["content/a.md", "README.md"].map(|path| (path, Some(path))),
    );
    let snapshot = at_head(&lab);
    let entry = snapshot.get("content/a.md").unwrap();
    assert_eq!((entry.size, entry.executable), (12, false));
    assert_eq!(
        entry.id.as_deref(),
        Some(lab.blob("content/a.md").to_string().as_str())
    );
    assert!(snapshot.contains(&entry.path) && snapshot.get("README.md").is_none());

    assert_eq!(snapshot.read(&entry.path, 12).unwrap(), b"content/a.md");
    assert!(matches!(
        snapshot.read(&entry.path, 11),
        Err(Error::TooLarge {
            size: 12,
            max: 11,
            ..
        })
    ));
    let other = RepoPath::parse("README.md").unwrap();
    assert!(matches!(snapshot.read(&other, 99), Err(Error::Missing { path }) if path == other));
}

#[test]
fn reads_from_many_threads() {
    let lab = Lab::new();
    let paths: Vec<String> = (0..200).map(|i| format!("content/{i}.md")).collect();
    let edits: Vec<_> = paths
        .iter()
        .map(|path| (path.as_str(), Some(path.as_str())))
        .collect();
    lab.commit(&[], &edits);
    lab.run(&["gc", "--quiet"]);
    let snapshot = at_head(&lab);
    drop(lab.open());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for entry in snapshot.entries() {
                    assert_eq!(
                        snapshot.read(&entry.path, 99).unwrap(),
                        entry.path.as_str().as_bytes()
                    );
                }
            });
        }
    });
}

#[test]
fn refuses_what_is_not_a_file() {
    let lab = Lab::new();
    let commit = lab.commit(&[], &[("README.md", Some("x"))]);
    let blob = lab.blob("text");
    let tree = |entries: &[(&[u8], Oid, i32)]| lab.raw_tree(entries);
    let deep = deep(&lab, blob);
    let content = tree(&[
        (b"a/b.md", blob, 0o100_644),
        (b"aux", deep, 0o40_000),
        (b"deep", deep, 0o40_000),
        (b"esc\x1b.md", blob, 0o100_644),
        (b"link.md", blob, 0o120_000),
        (b"old.md", blob, 0o100_664),
        (b"run.md", blob, 0o100_755),
        (b"sub", commit, 0o160_000),
        (b"t\xeb.md", blob, 0o100_644),
    ]);
    let root = tree(&[
        (b"content", content, 0o40_000),
        (b"layouts", blob, 0o120_000),
        (b"link", blob, 0o120_000),
    ]);
    lab.commit_tree(&[], root);
    let snapshot = at_head(&lab);
    assert_eq!(
        listed(snapshot.entries()),
        ["content/old.md", "content/run.md"]
    );
    assert!(snapshot.get("content/run.md").unwrap().executable);
    let refused: Vec<_> = snapshot
        .refused()
        .iter()
        .map(|r| (r.raw.as_str(), r.reason))
        .collect();
    let too_deep = format!("content/deep{}", "/d".repeat(31));
    let expected = [
        ("content/a/b.md", Refusal::Malformed(Reason::EmptyName)),
        ("content/aux", Refusal::Malformed(Reason::ReservedName)),
        (too_deep.as_str(), Refusal::Malformed(Reason::TooDeep)),
        (
            "content/esc\u{fffd}.md",
            Refusal::Malformed(Reason::Control),
        ),
        ("content/link.md", Refusal::Symlink),
        ("content/sub", Refusal::Submodule),
        ("content/t\u{fffd}.md", Refusal::NotUtf8),
        ("layouts", Refusal::Symlink),
    ];
    assert_eq!(refused, expected);
}

/// Forty folders, one in the other.
fn deep(lab: &Lab, blob: Oid) -> Oid {
    let innermost = lab.raw_tree(&[(b"x.md", blob, 0o100_644)]);
    (0..40).fold(innermost, |id, _| lab.raw_tree(&[(b"d", id, 0o40_000)]))
}

#[test]
fn a_tree_that_stands_for_more_than_fits() {
    let lab = Lab::new();
    let mut id = lab.blob("x");
    let mut mode = 0o100_644;
    for _ in 0..9 {
        let mut builder = lab.git.treebuilder(None).unwrap();
        for i in 0..10 {
            builder.insert(format!("{i}"), id, mode).unwrap();
        }
        (id, mode) = (builder.write().unwrap(), 0o40_000);
    }
    let mut root = lab.git.treebuilder(None).unwrap();
    root.insert("content", id, mode).unwrap();
    lab.commit_tree(&[], root.write().unwrap());
    let repo = lab.open();
    let head = repo.revision(None).unwrap();
    assert!(matches!(repo.snapshot(&head), Err(Error::TooMany { .. })));
}

#[test]
fn borrowed_objects() {
    let lab = Lab::new();
    lab.commit(&[], &[("content/a.md", Some("a"))]);
    let other = tempfile::tempdir().unwrap();
    let target = other.path().join("clone");
    lab.run(&[
        "clone",
        "--quiet",
        "--shared",
        ".",
        target.to_str().unwrap(),
    ]);
    let repo = Repo::open(&target).unwrap();
    let snapshot = repo.snapshot(&repo.revision(None).unwrap()).unwrap();
    assert_eq!(
        snapshot
            .read(&RepoPath::parse("content/a.md").unwrap(), 9)
            .unwrap(),
        b"a"
    );
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the damage is done here")]
fn damaged() {
    let lab = Lab::new();
    let id = lab.commit(&[], &[("content/a.md", Some("a"))]);
    let blob = lab.blob("a").to_string();
    let snapshot = at_head(&lab);
    std::fs::remove_file(
        lab.root()
            .join(format!(".git/objects/{}/{}", &blob[..2], &blob[2..])),
    )
    .unwrap();
    let path = RepoPath::parse("content/a.md").unwrap();
    assert!(
        matches!(snapshot.read(&path, 9), Err(Error::Git { path, .. }) if path == "content/a.md")
    );
    // Whoever took it for a file that is not there is told.
    assert!(matches!(snapshot.whole(), Err(Error::Git { path, .. }) if path == "content/a.md"));
    let repo = lab.open();
    let error = repo
        .snapshot(&repo.revision(Some(&id.to_string())).unwrap())
        .err()
        .unwrap();
    assert!(
        matches!(&error, Error::Git { .. }) && error.hint().is_some(),
        "{error}"
    );
}

#[test]
fn in_memory() {
    let snapshot = Snapshot::of_files([("content/a.md", &b"a"[..])]);
    assert_eq!(
        snapshot
            .read(&RepoPath::parse("content/a.md").unwrap(), 1)
            .unwrap(),
        b"a"
    );
}
