//! Two machines and the repository that they share.

#![expect(
    clippy::disallowed_methods,
    reason = "tests make and look at their own files"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use super::*;
use crate::path::RepoPath;
use crate::repo::Entering;
use crate::repo::Person;

struct Shared {
    top: TempDir,
}

const PLAN: &str = "content/2024-2025/a/giao-an/mot.md";
const SIGNED: &str = "signatures/2024-2025/a/giao-an/mot/0123456789abcdef/soan-an.p7s";

impl Shared {
    /// A shared repository with one record and two clones of it, `one` and `two`.
    fn new() -> Self {
        let lab = Self {
            top: tempfile::tempdir().unwrap(),
        };
        lab.git(".", &["init", "-q", "--bare", "-b", "main", "shared"]);
        lab.git(".", &["clone", "-q", "shared", "one"]);
        lab.git("one", &["checkout", "-q", "-b", "main"]);
        lab.write("one", PLAN, "text");
        lab.commit("one", "first");
        lab.git("one", &["push", "-q", "-u", "origin", "main"]);
        lab.git(".", &["clone", "-q", "shared", "two"]);
        lab
    }

    fn at(&self, name: &str) -> PathBuf {
        self.top.path().join(name)
    }

    fn git(&self, name: &str, arguments: &[&str]) -> String {
        let done = Command::new("git")
            .arg("-C")
            .arg(self.at(name))
            .args(["-c", "user.name=A", "-c", "user.email=a@truong.example"])
            .args(arguments)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .output()
            .unwrap();
        assert!(done.status.success(), "{arguments:?}: {done:?}");
        String::from_utf8_lossy(&done.stdout).trim().to_owned()
    }

    fn write(&self, name: &str, path: &str, text: &str) {
        let path = self.at(name).join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn commit(&self, name: &str, message: &str) {
        self.git(name, &["add", "-A"]);
        self.git(name, &["commit", "-q", "-m", message]);
    }

    fn open(&self, name: &str) -> Repo {
        Repo::open(&self.at(name)).unwrap()
    }

    /// As `sign` enters.
    fn enter(&self, name: &str, path: &str) {
        let repo = self.open(name);
        let revision = repo.revision(None).unwrap();
        let files = BTreeMap::from([(RepoPath::parse(path).unwrap(), b"signature".to_vec())]);
        let author = Person {
            name: "Người ký".to_owned(),
            email: "ky@truong.example".to_owned(),
        };
        repo.enter(&Entering {
            onto: &revision,
            files: &files,
            author: &author,
            message: "ký số: 1 hồ sơ (an)\n",
            at: revision.committed,
        })
        .unwrap();
    }

    fn others_write(&self, path: &str) {
        self.git("two", &["pull", "-q"]);
        self.write("two", path, "others");
        self.commit("two", "others");
        self.git("two", &["push", "-q"]);
    }
}

#[test]
fn what_others_entered_comes_in_and_what_was_signed_goes_out() {
    let lab = Shared::new();
    let repo = lab.open("one");
    assert_eq!(repo.receive().unwrap(), Exchanged::Equal);
    lab.others_write("content/other.md");
    assert_eq!(repo.receive().unwrap(), Exchanged::Equal);
    assert!(lab.at("one/content/other.md").exists());
    lab.enter("one", SIGNED);
    assert_eq!(repo.receive().unwrap(), Exchanged::Ahead { count: 1 });
    assert_eq!(repo.send().unwrap(), Exchanged::Equal);
    let (there, here) = (
        lab.git("shared", &["rev-parse", "main"]),
        lab.git("one", &["rev-parse", "HEAD"]),
    );
    assert_eq!(there, here);
}

#[test]
fn signatures_that_others_overtook_are_joined_and_nothing_is_lost() {
    let lab = Shared::new();
    let repo = lab.open("one");
    lab.enter("one", SIGNED);
    let first = lab.git("one", &["rev-parse", "HEAD"]);
    lab.others_write("content/other.md");
    let theirs = lab.git("shared", &["rev-parse", "main"]);
    // What nobody committed stays as it is.
    lab.write("one", "content/draft.md", "draft");
    assert_eq!(repo.send().unwrap(), Exchanged::Equal);
    // Nothing is rewritten: both sides' commits are where they were, joined.
    let log = lab.git("shared", &["log", "--format=%s", "--topo-order", "main"]);
    let joined = "ký số: gộp với những gì người khác vừa ghi";
    assert_eq!(log, format!("{joined}\nothers\nký số: 1 hồ sơ (an)\nfirst"));
    let parents = lab.git("shared", &["log", "-1", "--format=%P", "main"]);
    assert_eq!(parents, format!("{first} {theirs}"));
    let content = lab.git("shared", &["show", "main:content/other.md"]);
    assert_eq!(content, lab.git("one", &["show", "HEAD:content/other.md"]));
    assert_eq!(
        lab.git("one", &["status", "--porcelain"]),
        "?? content/draft.md"
    );
    assert_eq!(
        lab.git("one", &["show", &format!("HEAD:{SIGNED}")]),
        "signature"
    );
}

#[test]
fn a_record_that_changed_there_is_not_signed_over() {
    for path in [
        PLAN,
        "signatures/2024-2025/a/giao-an/mot/0123456789abcdef/duyet-binh.p7s",
    ] {
        let lab = Shared::new();
        let repo = lab.open("one");
        lab.enter("one", SIGNED);
        let own = lab.git("one", &["rev-parse", "HEAD"]);
        lab.others_write(path);
        let there = lab.git("shared", &["rev-parse", "main"]);
        let found = repo.send().unwrap();
        assert!(
            matches!(&found, Exchanged::Apart { paths, .. } if paths == &[path]),
            "{found:?}"
        );
        assert_eq!(lab.git("one", &["rev-parse", "HEAD"]), own);
        assert_eq!(lab.git("shared", &["rev-parse", "main"]), there);
    }
}

#[test]
fn commits_that_are_not_signatures_are_left_to_people() {
    let lab = Shared::new();
    let repo = lab.open("one");
    lab.write("one", "content/mine.md", "mine");
    lab.commit("one", "mine");
    let own = lab.git("one", &["rev-parse", "HEAD"]);
    lab.others_write("content/other.md");
    let found = repo.send().unwrap();
    assert!(
        matches!(&found, Exchanged::Apart { paths, .. } if paths == &["content/mine.md"]),
        "{found:?}"
    );
    assert_eq!(lab.git("one", &["rev-parse", "HEAD"]), own);
}

#[test]
fn uncommitted_work_in_the_way_stops_everything() {
    let lab = Shared::new();
    let repo = lab.open("one");
    lab.enter("one", SIGNED);
    let own = lab.git("one", &["rev-parse", "HEAD"]);
    lab.others_write("content/other.md");
    lab.write("one", "content/other.md", "my own");
    assert!(matches!(repo.send().unwrap(), Exchanged::Apart { .. }));
    assert_eq!(lab.git("one", &["rev-parse", "HEAD"]), own);
    assert_eq!(
        fs::read_to_string(lab.at("one/content/other.md")).unwrap(),
        "my own"
    );
}

#[test]
fn no_remote_no_network_and_a_refusal_are_told_apart() {
    let lab = Shared::new();
    let repo = lab.open("one");
    lab.enter("one", SIGNED);
    let hook = lab.at("shared/hooks/pre-receive");
    fs::write(&hook, "#!/bin/sh\nexit 1\n").unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
        assert!(matches!(repo.send().unwrap(), Exchanged::Refused { .. }));
    }
    fs::rename(lab.at("shared"), lab.at("gone")).unwrap();
    assert!(matches!(repo.send().unwrap(), Exchanged::Offline { .. }));
    assert!(matches!(repo.receive().unwrap(), Exchanged::Offline { .. }));
    lab.git("one", &["remote", "remove", "origin"]);
    assert_eq!(lab.open("one").send().unwrap(), Exchanged::NoRemote);
}

#[test]
fn a_file_belongs_to_its_record_and_no_other() {
    assert_eq!(
        record_of(SIGNED).as_deref(),
        Some("2024-2025/a/giao-an/mot")
    );
    for path in [
        "signatures/anchors/goc.pem",
        "signatures/revocation/0123456789abcdef.crl",
        PLAN,
        "signatures/0123456789abcdef/x",
    ] {
        assert_eq!(record_of(path), None, "{path}");
    }
    assert!(belongs(PLAN, "2024-2025/a/giao-an/mot"));
    assert!(!belongs(PLAN, "2024-2025/a/giao-an/mo"));
    assert!(!belongs(
        "content/2024-2025/a/giao-an/mot-hai.md",
        "2024-2025/a/giao-an/mot"
    ));
}
