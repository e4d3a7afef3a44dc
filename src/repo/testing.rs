//! Repositories made for a test: fixed people, fixed times, no settings of this machine.

use std::cell::Cell;
use std::fs;
use std::path::Path;
use std::process::Command;

use git2::FileMode;
use git2::ObjectType;
use git2::Oid;
use git2::Repository;
use git2::Signature;
use git2::Time;
use git2::build::CheckoutBuilder;
use git2::build::TreeUpdateBuilder;
use tempfile::TempDir;

use crate::repo::Repo;

pub(super) struct Lab {
    dir: TempDir,
    pub(super) git: Repository,
    clock: Cell<i64>,
}

impl Lab {
    /// 2024-09-09 07:00 in Viet Nam.
    pub(super) const START: i64 = 1_725_840_000;

    pub(super) fn new() -> Lab {
        let dir = tempfile::tempdir().expect("a folder");
        let git = Repository::init(dir.path()).expect("a repository");
        git.set_head("refs/heads/main").expect("a branch");
        Lab {
            dir,
            git,
            clock: Cell::new(Lab::START),
        }
    }

    pub(super) fn root(&self) -> &Path {
        self.dir.path()
    }

    pub(super) fn open(&self) -> Repo {
        Repo::open(self.root()).expect("a repository")
    }

    pub(super) fn set_clock(&self, seconds: i64) {
        self.clock.set(seconds);
    }

    /// Commits the first parent's files with some written (`Some`) and some removed (`None`), a minute
    /// after the last commit, and checks nothing out.
    pub(super) fn commit(&self, parents: &[Oid], edits: &[(&str, Option<&str>)]) -> Oid {
        // Removals first: a file may become a folder.
        let (mut removals, mut updates) = (TreeUpdateBuilder::new(), TreeUpdateBuilder::new());
        for (path, text) in edits {
            match text {
                Some(text) => updates.upsert(*path, self.blob(text), FileMode::Blob),
                None => removals.remove(*path),
            };
        }
        let mut tree = match parents.first() {
            Some(parent) => self.git.find_commit(*parent).expect("a commit").tree_id(),
            None => self
                .git
                .treebuilder(None)
                .expect("a builder")
                .write()
                .expect("a tree"),
        };
        for mut update in [removals, updates] {
            let base = self.git.find_tree(tree).expect("a tree");
            tree = update.create_updated(&self.git, &base).expect("a tree");
        }
        self.commit_tree(parents, tree)
    }

    pub(super) fn commit_tree(&self, parents: &[Oid], tree: Oid) -> Oid {
        let seconds = self.clock.replace(self.clock.get() + 60);
        let who = Signature::new(
            "Nguyễn Thị An Khê",
            "an-khe@example.com",
            &Time::new(seconds, 420),
        );
        let who = who.expect("a signature");
        let tree = self.git.find_tree(tree).expect("a tree");
        let parents: Vec<_> = parents
            .iter()
            .map(|id| self.git.find_commit(*id).expect("a commit"))
            .collect();
        let parents: Vec<_> = parents.iter().collect();
        let message = format!("change {}\n\nwhy\n", (seconds - Lab::START) / 60);
        let id = self
            .git
            .commit(None, &who, &who, &message, &tree, &parents)
            .expect("a commit");
        self.git
            .reference("refs/heads/main", id, true, "test")
            .expect("a branch");
        id
    }

    /// A tree as it is given, also one that the library would not make.
    pub(super) fn raw_tree(&self, entries: &[(&[u8], Oid, i32)]) -> Oid {
        let mut raw = Vec::new();
        for (name, id, mode) in entries {
            raw.extend_from_slice(format!("{mode:o} ").as_bytes());
            raw.extend_from_slice(name);
            raw.push(0);
            raw.extend_from_slice(id.as_bytes());
        }
        let store = self.git.odb().expect("a store");
        store.write(ObjectType::Tree, &raw).expect("a tree")
    }

    pub(super) fn blob(&self, text: &str) -> Oid {
        self.git.blob(text.as_bytes()).expect("a blob")
    }

    pub(super) fn check_out(&self) {
        self.git
            .checkout_head(Some(CheckoutBuilder::new().force()))
            .expect("files");
    }

    pub(super) fn write(&self, path: &str, text: &str) {
        self.write_at(&self.root().join(path), text);
    }

    #[allow(
        clippy::disallowed_methods,
        reason = "the only writer is the one of the tests"
    )]
    pub(super) fn write_at(&self, path: &Path, text: &str) {
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    /// Runs git itself, to compare with.
    pub(super) fn run(&self, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .current_dir(self.root())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .args(arguments)
            .output()
            .expect("git is installed");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).expect("UTF-8")
    }
}
