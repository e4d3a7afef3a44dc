//! Which records may be changed, and that nothing else is.

#![expect(clippy::disallowed_methods, reason = "looks at a throw-away folder")]

use std::fs;

use jiff::Timestamp;

use super::*;
use crate::repo::Person;
use crate::repo::blob_id;
use crate::repo::testing::Lab;

const PATH: &str = "content/2024-2025/mg-5a/giao-an/a.md";

fn path(text: &str) -> RepoPath {
    RepoPath::parse(text).expect("a path")
}

fn seen(text: &str) -> Seen {
    Seen {
        blob: blob_id(text.as_bytes()).expect("a name"),
    }
}

fn changed(file: &str, from: &str, to: &str) -> Revising {
    Revising {
        changed: BTreeMap::from([(path(file), (seen(from), to.into()))]),
        moved: BTreeMap::new(),
    }
}

struct Desk {
    lab: Lab,
    repo: Repo,
}

impl Desk {
    fn new() -> Desk {
        let lab = Lab::new();
        lab.commit(&[], &[(PATH, Some("one")), ("layouts/b", Some("b"))]);
        lab.check_out();
        let repo = lab.open();
        Desk { lab, repo }
    }

    fn revise(&self, files: &[(&str, &str)], revising: &Revising) -> Result<String, Error> {
        let author = Person {
            name: "A".to_owned(),
            email: "a@truong.example".to_owned(),
        };
        let files = files.iter();
        let files: BTreeMap<RepoPath, Vec<u8>> = files
            .map(|(name, text)| (path(name), text.as_bytes().to_vec()))
            .collect();
        let onto = self.repo.revision(None).expect("a revision");
        let entering = Entering {
            onto: &onto,
            files: &files,
            author: &author,
            message: "x",
            at: Timestamp::from_second(Lab::START + 60).expect("an instant"),
        };
        self.repo.revise(&entering, revising)
    }

    fn committed(&self, name: &str) -> Option<String> {
        let head = self.repo.revision(None).expect("a revision");
        let snapshot = self.repo.snapshot(&head).expect("a snapshot");
        let bytes = snapshot.read(&path(name), 99).ok()?;
        Some(String::from_utf8(bytes).expect("text"))
    }

    fn on_disk(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.lab.root().join(name)).ok()
    }
}

#[test]
fn the_new_text_is_committed_and_on_the_disk() {
    let desk = Desk::new();
    desk.revise(&[], &changed(PATH, "one", "two"))
        .expect("changed");
    assert_eq!(desk.committed(PATH).as_deref(), Some("two"));
    assert_eq!(desk.on_disk(PATH).as_deref(), Some("two"));
    assert!(!desk.repo.is_dirty_under(&["content"]).expect("a state"));
}

#[test]
fn a_text_that_somebody_else_changed_is_not_overwritten() {
    let desk = Desk::new();
    desk.revise(&[], &changed(PATH, "one", "two"))
        .expect("changed");
    let error = desk
        .revise(&[], &changed(PATH, "one", "three"))
        .expect_err("stale");
    assert!(matches!(error, Error::Stale { .. }), "{error}");
    assert_eq!(desk.committed(PATH).as_deref(), Some("two"));
}

#[test]
fn a_file_that_somebody_works_on_is_not_overwritten() {
    let desk = Desk::new();
    fs::write(desk.lab.root().join(PATH), "mine").expect("written");
    let error = desk
        .revise(&[], &changed(PATH, "one", "two"))
        .expect_err("modified");
    assert!(matches!(error, Error::Modified { .. }), "{error}");
    assert_eq!(desk.on_disk(PATH).as_deref(), Some("mine"));
    assert_eq!(desk.committed(PATH).as_deref(), Some("one"));
}

#[test]
fn nothing_but_records_is_changed() {
    let desk = Desk::new();
    let error = desk
        .revise(&[], &changed("layouts/b", "b", "c"))
        .expect_err("a layout");
    assert!(matches!(error, Error::NotPlain { .. }), "{error}");
    assert_eq!(desk.committed("layouts/b").as_deref(), Some("b"));
}

#[test]
fn a_record_gets_another_name() {
    let desk = Desk::new();
    let other = "content/2024-2025/mg-5a/giao-an/b.md";
    let moved = BTreeMap::from([(path(PATH), seen("one"))]);
    let revising = Revising {
        changed: BTreeMap::new(),
        moved,
    };
    desk.revise(&[(other, "one!")], &revising).expect("moved");
    assert_eq!((desk.committed(PATH), desk.on_disk(PATH)), (None, None));
    assert_eq!(desk.committed(other).as_deref(), Some("one!"));
    assert_eq!(desk.on_disk(other).as_deref(), Some("one!"));
    assert!(!desk.repo.is_dirty_under(&["content"]).expect("a state"));
}
