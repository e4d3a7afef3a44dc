//! Small histories, one for each rule; `against_git` has the long ones.

use crate::repo::FOLDERS;
use crate::repo::testing::Lab;

use super::*;

const TEXT: &str = "one\ntwo\nthree\nfour\nfive\n";

pub(super) fn read(lab: &Lab) -> History {
    let repo = lab.open();
    let head = repo.revision(None).unwrap();
    History::read(&repo, &head, &FOLDERS, Shallow::Refuse).unwrap()
}

/// The number that `Lab` gave the commit, a letter as git has it, and the path.
pub(super) fn shown(change: &Change) -> String {
    let number = change.commit.summary.strip_prefix("change ").unwrap();
    let name = |path: &RepoPath| path.as_str().replace("content/", "");
    match &change.action {
        Action::Added => format!("{number}A {}", name(&change.path)),
        Action::Modified => format!("{number}M {}", name(&change.path)),
        Action::Deleted => format!("{number}D {}", name(&change.path)),
        Action::Renamed { from } => format!("{number}R {}>{}", name(from), name(&change.path)),
    }
}

fn check(history: &History, path: &str, expected: &[&str]) {
    let path = RepoPath::parse(&format!("content/{path}")).unwrap();
    let found: Vec<String> = history.of(&path).iter().map(shown).collect();
    assert_eq!(found, expected, "{path}");
}

fn gone(history: &History) -> Vec<String> {
    history
        .deleted()
        .map(|(path, change)| format!("{path}: {}", shown(change)))
        .collect()
}

#[test]
fn linear() {
    let lab = Lab::new();
    let a = lab.commit(&[], &[("content/x", Some("1")), ("README", Some("r"))]);
    let b = lab.commit(&[a], &[("content/f/y", Some("1"))]);
    let c = lab.commit(
        &[b],
        &[
            ("content/x", Some("2")),
            ("README", Some("s")),
            ("contents", Some("t")),
        ],
    );
    let d = lab.commit(&[c], &[("content/f/y", None)]);
    let history = read(&lab);
    check(&history, "x", &["0A x", "2M x"]);
    check(&history, "f/y", &["1A f/y", "3D f/y"]);
    check(&history, "z", &[]);
    assert_eq!(history.of(&RepoPath::parse("README").unwrap()), []);
    assert_eq!(gone(&history), ["content/f/y: 3D f/y"]);
    assert_eq!(history.commits().len(), 4);

    let commit = &history.of(&RepoPath::parse("content/x").unwrap())[0].commit;
    assert_eq!(
        (commit.id.as_str(), commit.short.as_str()),
        (&*a.to_string(), &a.to_string()[..10])
    );
    assert_eq!(
        (commit.message.as_str(), commit.merge),
        ("change 0\n\nwhy", false)
    );
    assert_eq!(commit.author.name, "Nguyễn Thị An Khê");
    assert_eq!(commit.authored.civil().to_string(), "2024-09-09T07:00:00");

    // An older revision knows nothing of what came later.
    let repo = lab.open();
    let older = repo.revision(Some(&format!("{d}~1"))).unwrap();
    let history = History::read(&repo, &older, &["content/f"], Shallow::Refuse).unwrap();
    check(&history, "f/y", &["1A f/y"]);
    check(&history, "x", &[]);
    assert_eq!(gone(&history), [""; 0]);
}

#[test]
fn recreated() {
    let lab = Lab::new();
    let a = lab.commit(&[], &[("content/x", Some(TEXT))]);
    let b = lab.commit(&[a], &[("content/x", None)]);
    let c = lab.commit(&[b], &[("content/x", Some(TEXT))]);
    // A file becomes a folder, and a file again.
    let d = lab.commit(&[c], &[("content/x", None), ("content/x/y", Some("other"))]);
    lab.commit(&[d], &[("content/x/y", None), ("content/x", Some("1"))]);
    let history = read(&lab);
    check(&history, "x", &["0A x", "1D x", "2A x", "3D x", "4A x"]);
    check(&history, "x/y", &["3A x/y", "4D x/y"]);
    assert_eq!(gone(&history), ["content/x/y: 4D x/y"]);
}

#[test]
fn renamed() {
    let lab = Lab::new();
    let a = lab.commit(
        &[],
        &[("content/a/x", Some(TEXT)), ("content/y", Some("y"))],
    );
    let b = lab.commit(&[a], &[("content/a/x", None), ("content/b/x", Some(TEXT))]);
    let c = lab.commit(&[b], &[("content/b/x", Some("one\ntwo\nthree\nfour\n5\n"))]);
    let edited = "one\ntwo\nthree\n4\n5\n";
    let d = lab.commit(
        &[c],
        &[("content/b/x", None), ("content/c/z", Some(edited))],
    );
    // The first name is used again, for something else.
    let e = lab.commit(&[d], &[("content/a/x", Some("new"))]);
    lab.commit(
        &[e],
        &[("content/a/x", None), ("content/w", Some("unlike"))],
    );
    let history = read(&lab);
    check(
        &history,
        "c/z",
        &["0A a/x", "1R a/x>b/x", "2M b/x", "3R b/x>c/z"],
    );
    check(
        &history,
        "b/x",
        &["0A a/x", "1R a/x>b/x", "2M b/x", "3R b/x>c/z"],
    );
    check(
        &history,
        "a/x",
        &["0A a/x", "1R a/x>b/x", "4A a/x", "5D a/x"],
    );
    check(&history, "w", &["5A w"]);
    assert_eq!(
        gone(&history),
        ["content/a/x: 5D a/x", "content/b/x: 3R b/x>c/z"]
    );
}

#[test]
fn renamed_to_and_fro() {
    let lab = Lab::new();
    let mut tip = lab.commit(&[], &[("content/x", Some(TEXT))]);
    for i in 0..4 {
        let (from, to) = if i % 2 == 0 {
            ("content/x", "content/y")
        } else {
            ("content/y", "content/x")
        };
        tip = lab.commit(&[tip], &[(from, None), (to, Some(TEXT))]);
    }
    let all = ["0A x", "1R x>y", "2R y>x", "3R x>y", "4R y>x"];
    check(&read(&lab), "x", &all);
    check(&read(&lab), "y", &all);
}

#[test]
fn merged() {
    let lab = Lab::new();
    let root = lab.commit(
        &[],
        &[
            ("content/x", Some("1")),
            ("content/y", Some("1")),
            ("content/z", Some("1")),
        ],
    );
    let left = lab.commit(&[root], &[("content/x", Some("2"))]);
    let right = lab.commit(
        &[root],
        &[("content/y", Some("2")), ("content/z", Some("2"))],
    );
    let merge = lab.commit(
        &[left, right],
        &[("content/y", Some("2")), ("content/z", Some("2"))],
    );
    let history = read(&lab);
    check(&history, "x", &["0A x", "1M x"]);
    check(&history, "y", &["0A y", "2M y"]);
    assert!(history.commits().last().unwrap().merge);

    // Both change one file; the merge joins them, slips in a new file and drops another.
    let left = lab.commit(&[merge], &[("content/x", Some("left"))]);
    let right = lab.commit(&[merge], &[("content/x", Some("right"))]);
    let edits = [
        ("content/x", Some("both")),
        ("content/evil", Some("!")),
        ("content/z", None),
    ];
    lab.commit(&[left, right], &edits);
    let history = read(&lab);
    check(&history, "x", &["0A x", "1M x", "4M x", "5M x", "6M x"]);
    check(&history, "evil", &["6A evil"]);
    check(&history, "z", &["0A z", "2M z", "6D z"]);
}

#[test]
fn dropped_by_a_merge() {
    let lab = Lab::new();
    let root = lab.commit(&[], &[("content/x", Some("1"))]);
    let right = lab.commit(&[root], &[("content/lost", Some("1"))]);
    let left = lab.commit(&[root], &[("content/x", Some("2"))]);
    lab.commit(&[left, right], &[]);
    assert_eq!(gone(&read(&lab)), ["content/lost: 1A lost"]);
}

#[test]
fn renamed_on_one_side() {
    let lab = Lab::new();
    let root = lab.commit(&[], &[("content/x", Some(TEXT))]);
    let left = lab.commit(&[root], &[("content/x", None), ("content/y", Some(TEXT))]);
    let edited = TEXT.replace("one", "1");
    let right = lab.commit(&[root], &[("content/x", Some(&edited))]);
    let merge = lab.commit(&[left, right], &[("content/y", Some(&edited))]);
    lab.commit(&[merge], &[("content/x", Some("another file"))]);
    let history = read(&lab);
    // The other side's change counts for the file; what took the name after the merge does not. The
    // merge made a `y` that neither side had.
    check(&history, "y", &["0A x", "1R x>y", "2M x", "3M y"]);
    check(&history, "x", &["0A x", "1R x>y", "2M x", "4A x"]);
}

#[test]
fn many_parents_and_none() {
    let lab = Lab::new();
    let a = lab.commit(&[], &[("content/a", Some("1"))]);
    let b = lab.commit(&[], &[("content/b", Some("1"))]);
    let c = lab.commit(&[], &[("content/a", Some("2"))]);
    lab.commit(
        &[a, b, c],
        &[("content/a", Some("3")), ("content/b", Some("1"))],
    );
    let history = read(&lab);
    check(&history, "a", &["0A a", "2A a", "3M a"]);
    check(&history, "b", &["1A b"]);
}

#[test]
fn cut_off() {
    let lab = Lab::new();
    let a = lab.commit(&[], &[("content/x", Some("1"))]);
    let b = lab.commit(&[a], &[("content/x", Some("2"))]);
    lab.commit(&[b], &[("content/x", Some("3"))]);
    let other = tempfile::tempdir().unwrap();
    let target = other.path().join("clone");
    let source = format!("file://{}", lab.root().display());
    lab.run(&[
        "clone",
        "--quiet",
        "--depth",
        "2",
        &source,
        target.to_str().unwrap(),
    ]);
    let repo = Repo::open(&target).unwrap();
    let head = repo.revision(None).unwrap();
    assert!(repo.is_shallow());
    let error = History::read(&repo, &head, &FOLDERS, Shallow::Refuse)
        .err()
        .unwrap();
    assert!(matches!(error, Error::Shallow { .. }));
    assert!(error.hint().unwrap().vi.contains("git fetch --unshallow"));
    let history = History::read(&repo, &head, &FOLDERS, Shallow::Allow).unwrap();
    assert!(history.is_cut());
    check(&history, "x", &["1A x", "2M x"]);
}

#[test]
fn improper_names_have_no_history() {
    let lab = Lab::new();
    let a = lab.commit(
        &[],
        &[("content/aux/x.md", Some(TEXT)), ("content/b?", Some("b"))],
    );
    lab.commit(
        &[a],
        &[("content/aux/x.md", None), ("content/x.md", Some(TEXT))],
    );
    let history = read(&lab);
    check(&history, "x.md", &["1A x.md"]);
    assert_eq!(history.deleted().count(), 0);
}
