//! What may take the place of a committed file, and what may not.

#![expect(clippy::disallowed_methods, reason = "looks at a throw-away folder")]

use std::collections::BTreeMap;
use std::fs;

use jiff::Timestamp;

use crate::path::RepoPath;
use crate::repo::Entering;
use crate::repo::Error;
use crate::repo::Person;
use crate::repo::Repo;
use crate::repo::testing::Lab;
use crate::sign;
use crate::sign::Act;
use crate::sign::Pkcs12;
use crate::sign::Statement;
use crate::sign::demo::Authority;
use crate::sign::demo::KeyChoice;
use crate::sign::demo::Person as Subject;
use crate::sign::demo::Validity;
use crate::sign::level;

const PATH: &str = "signatures/2024-2025/mg-5a/giao-an/a/0123456789abcdef/soan-a.p7s";

struct World {
    lab: Lab,
    repo: Repo,
    /// Two signatures by one person, and a list to add to either.
    files: [Vec<u8>; 2],
    list: Vec<u8>,
}

fn at() -> Timestamp {
    Timestamp::from_second(Lab::START).expect("an instant")
}

fn path(text: &str) -> RepoPath {
    RepoPath::parse(text).expect("a path")
}

impl World {
    fn new() -> Self {
        let year = jiff::SignedDuration::from_hours(24 * 365);
        let validity = Validity {
            from: at() - year,
            until: at() + year,
        };
        let authority = Authority::new("x", KeyChoice::P256, validity).expect("an authority");
        let subject = Subject {
            name: "A",
            uid: "CCCD:1",
            key: KeyChoice::P256,
            validity,
        };
        let identity = authority.issue(&subject, "p").expect("a key");
        let key = Pkcs12::open(&identity.pkcs12, "p").expect("a key");
        let statement = Statement {
            act: Act::Sign,
            subject: "2024-2025/mg-5a/giao-an/a".to_owned(),
            step: "soan".to_owned(),
            signer: "a".to_owned(),
            capacity: "giao-vien".to_owned(),
            prior: Vec::new(),
            reason: None,
            other: None,
        };
        let files = [b"1", b"2"]
            .map(|content| sign::sign(content, &statement, &key, at()).expect("a signature"));
        let [list, _] = authority.lists(validity, &[]).expect("a list");
        let lab = Lab::new();
        lab.commit(&[], &[("content/a", Some("1"))]);
        lab.check_out();
        let repo = lab.open();
        let world = Self {
            lab,
            repo,
            files,
            list,
        };
        let first = BTreeMap::from([(path(PATH), world.files[0].clone())]);
        world.write(&first, &BTreeMap::new()).expect("entered");
        world
    }

    fn write(
        &self,
        files: &BTreeMap<RepoPath, Vec<u8>>,
        raised: &BTreeMap<RepoPath, Vec<u8>>,
    ) -> Result<String, Error> {
        let revision = self.repo.revision(None)?;
        let author = Person {
            name: "A".to_owned(),
            email: "a@truong.example".to_owned(),
        };
        let entering = Entering {
            onto: &revision,
            files,
            author: &author,
            message: "x",
            at: at(),
        };
        self.repo.raise(&entering, raised)
    }

    fn raise(&self, to: &str, bytes: &[u8]) -> Result<String, Error> {
        let raised = BTreeMap::from([(path(to), bytes.to_vec())]);
        self.write(&BTreeMap::new(), &raised)
    }

    fn with_list(&self, file: &[u8]) -> Vec<u8> {
        let list = self.list.clone();
        level::with_revocation(file, &[list], &[]).expect("a list inside")
    }

    fn on_disk(&self) -> Vec<u8> {
        fs::read(self.lab.root().join(PATH)).expect("a file")
    }

    fn committed(&self) -> Vec<u8> {
        let revision = self.repo.revision(None).expect("a revision");
        let snapshot = self.repo.snapshot(&revision).expect("a snapshot");
        snapshot.read(&path(PATH), 1 << 20).expect("a file")
    }

    fn clean(&self) -> bool {
        !self.repo.is_dirty_under(&["signatures"]).expect("a status")
    }
}

#[test]
fn a_signature_is_replaced_by_itself_with_something_added() {
    let world = World::new();
    let raised = world.with_list(&world.files[0]);
    assert_ne!(raised, world.files[0]);
    world.raise(PATH, &raised).expect("raised");
    assert_eq!(
        (world.on_disk(), world.committed()),
        (raised.clone(), raised)
    );
    assert!(world.clean());
    // And not back again.
    let error = world.raise(PATH, &world.files[0]).expect_err("less");
    assert!(matches!(error, Error::NotRaised { .. }), "{error}");
}

#[test]
fn nothing_else_takes_its_place() {
    let world = World::new();
    let raised = world.with_list(&world.files[0]);
    let mut trailing = raised.clone();
    trailing.push(0);
    for bytes in [&world.files[1], &b"x".to_vec(), &trailing] {
        let error = world.raise(PATH, bytes).expect_err("another file");
        assert!(matches!(error, Error::NotRaised { .. }), "{error}");
        assert_ne!(error.words().vi, error.words().en);
    }
    let error = world.raise("content/a", b"2").expect_err("a record");
    assert!(matches!(error, Error::NotRaised { .. }), "{error}");
    let error = world.raise("signatures/b.p7s", &raised).expect_err("new");
    assert!(matches!(error, Error::Missing { .. }), "{error}");
    // Nor under the cover of a new file.
    let both = BTreeMap::from([(path(PATH), raised)]);
    let error = world.write(&both, &both).expect_err("twice");
    assert!(matches!(error, Error::Exists { .. }), "{error}");
    assert_eq!(world.committed(), world.files[0]);
    assert!(world.clean());
}

#[test]
fn what_somebody_else_changed_stays() {
    let world = World::new();
    let raised = world.with_list(&world.files[0]);
    let full = world.lab.root().join(PATH);
    for changed in [Some(&b"x"[..]), None] {
        match changed {
            Some(bytes) => fs::write(&full, bytes).expect("written"),
            None => fs::remove_file(&full).expect("removed"),
        }
        let error = world.raise(PATH, &raised).expect_err("changed");
        assert!(matches!(error, Error::Modified { .. }), "{error}");
        assert!(error.hint().is_some());
    }
    // A run that was cut off left it raised already.
    fs::write(&full, &raised).expect("written");
    world.raise(PATH, &raised).expect("raised");
    assert!(world.clean());
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link() {
    let world = World::new();
    let raised = world.with_list(&world.files[0]);
    let full = world.lab.root().join(PATH);
    let elsewhere = world.lab.root().join("elsewhere");
    fs::rename(&full, &elsewhere).expect("moved");
    std::os::unix::fs::symlink(&elsewhere, &full).expect("a link");
    let error = world.raise(PATH, &raised).expect_err("a link");
    assert!(matches!(error, Error::NotPlain { .. }), "{error}");
    assert_eq!(fs::read(&elsewhere).expect("a file"), world.files[0]);
}
