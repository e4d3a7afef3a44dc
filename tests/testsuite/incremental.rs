//! What was made before is used again and changes nothing: after any edits, a build that remembers gives the same bytes and says
//! the same as one that has never seen the school.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use proptest::prelude::*;
use proptest::sample::Index;

use crate::lab::Lab;
use crate::lab::Said;

/// The records that edits choose from: of four kinds.
const RECORDS: [&str; 4] = [
    "content/2024-2025/mg-5a/giao-an/2024-09-09.md",
    "content/2024-2025/mg-5a/giao-an/2024-09-16.md",
    "content/2024-2025/truong/van-ban-den/251-khai-giang.md",
    "content/2024-2025/to-mau-giao/bien-ban-sinh-hoat-to/2024-09-06.md",
];

/// What somebody does between two builds.
#[derive(Clone, Debug)]
enum Edit {
    /// Writes on.
    Text(Index),
    /// Gives a record another name.
    Rename(Index),
    /// Writes a lesson plan of another day.
    Add(u8),
    /// Takes a record away.
    Delete(Index),
    /// Changes what a kind's form looks like.
    Layout(Index),
    /// Changes what every form shares.
    Shared,
    /// Changes what the school is called.
    Roster,
    /// Takes the last change back.
    Back,
    /// Writes into the archive that was built.
    Archive,
    /// Damages what was remembered.
    Cache(Index, u8),
    /// Does nothing.
    Nothing,
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        3 => any::<Index>().prop_map(Edit::Text),
        1 => any::<Index>().prop_map(Edit::Rename),
        2 => (10_u8..28).prop_map(Edit::Add),
        1 => any::<Index>().prop_map(Edit::Delete),
        1 => any::<Index>().prop_map(Edit::Layout),
        1 => Just(Edit::Shared),
        1 => Just(Edit::Roster),
        2 => Just(Edit::Back),
        1 => Just(Edit::Archive),
        1 => (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Edit::Cache(at, byte)),
        1 => Just(Edit::Nothing),
    ]
}

impl Edit {
    fn carry_out(&self, lab: &Lab) {
        let pick = |at: &Index| *at.get(&RECORDS);
        let change = |path: &str, change: &dyn Fn(String) -> String| {
            if lab.at(path).exists() {
                lab.write(path, change(lab.read(path)));
            }
        };
        match self {
            Edit::Text(at) => change(pick(at), &|text| text + "\nThêm một câu.\n"),
            Edit::Rename(at) => {
                let (from, to) = (pick(at), pick(at).replace(".md", "-2.md"));
                if lab.at(from).exists() {
                    fs::rename(lab.at(from), lab.at(&to)).expect("renamed");
                }
            }
            Edit::Add(day) => {
                let text = lab.read("../giao-an.md");
                let date = format!("2024-10-{day}");
                let path = format!("content/2024-2025/mg-5a/giao-an/{date}.md");
                lab.write(&path, text.replace("2024-09-09", &date));
            }
            Edit::Delete(at) => drop(fs::remove_file(lab.at(pick(at)))),
            Edit::Layout(at) => {
                let kind = pick(at).split('/').nth(3).expect("a kind");
                change(&format!("layouts/{kind}/form.typ"), &|text| {
                    text + "\n#[Mẫu đã sửa.]\n"
                });
            }
            Edit::Shared => change("layouts/chung/co-ban.typ", &|text| text + "\n// shared\n"),
            Edit::Roster => change("content/school.yaml", &|text| {
                text.replacen("Hoa Sen", "Hoa Sen Hồng", 1)
            }),
            Edit::Back => {
                let parents = lab.git(&["rev-list", "--count", "HEAD"]);
                if parents.trim() != "1" {
                    lab.git(&["revert", "--no-edit", "HEAD"]);
                }
            }
            Edit::Archive => {
                let page = lab.at("out/data/index.html");
                if page.exists() {
                    fs::remove_file(&page).expect("removed");
                    lab.write("out/data/index.html", "<!-- -->");
                }
            }
            Edit::Cache(at, byte) => {
                let cache = tree(&lab.at(".git/hoso/cache"));
                let paths: Vec<&String> = cache.keys().collect();
                if !paths.is_empty() {
                    let path = format!(".git/hoso/cache/{}", at.get(&paths));
                    let mut bytes = fs::read(lab.at(&path)).expect("there");
                    let at = at.index(bytes.len());
                    bytes[at] ^= byte;
                    lab.write(&path, bytes);
                }
            }
            Edit::Nothing => {}
        }
        // The archive and what was remembered are no part of a revision: the next build is of the same one.
        let changed = lab.git(&["status", "--porcelain", "--", "content", "layouts"]);
        if !changed.is_empty() {
            lab.commit("sửa");
        }
    }
}

/// Every file below a folder with its bytes.
fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).into_iter().flatten() {
            let path = entry.expect("an entry").path();
            match path.is_dir() {
                true => folders.push(path),
                false => {
                    let name = path.strip_prefix(folder).expect("below");
                    let name = name.to_string_lossy().into_owned();
                    files.insert(name, fs::read(&path).expect("a file"));
                }
            }
        }
    }
    files
}

/// What was said of the records; the last line names the folder and says whether anything was new.
fn told(said: &Said) -> String {
    let lines = said.stderr.lines();
    let said = lines.filter(|line| !line.contains("hồ sơ và sổ"));
    said.collect::<Vec<_>>().join("\n")
}

#[track_caller]
fn same_as_clean(lab: &Lab, what: &str) {
    let remembering = lab.hoso(&["build"]);
    let _ = fs::remove_dir_all(lab.path("clean"));
    let clean = lab.hoso(&["build", "--no-cache", "--out", "../clean"]);
    assert_eq!(remembering.code, clean.code, "{what}: {}", clean.all());
    assert_eq!(told(&remembering), told(&clean), "{what}");
    if clean.code > 1 || !lab.path("clean").exists() {
        return;
    }
    let [out, clean] = [lab.at("out"), lab.path("clean")].map(|folder| tree(&folder));
    assert!(out.keys().eq(clean.keys()), "{what}: other files");
    for (path, bytes) in &out {
        assert!(*bytes == clean[path], "{what}: {path} differs");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2, max_shrink_iters: 8, ..ProptestConfig::default() })]

    #[test]
    fn remembering_changes_nothing(edits in prop::collection::vec(edit(), 3..7)) {
        let lab = Lab::with_records();
        lab.write("../giao-an.md", lab.read(RECORDS[0]));
        same_as_clean(&lab, "at first");
        for edit in &edits {
            edit.carry_out(&lab);
            same_as_clean(&lab, &format!("{edit:?} of {edits:?}"));
        }
    }
}

/// Nothing is written when nothing has changed, and whatever somebody did to the archive is put right.
#[test]
fn what_stands_is_left_alone() {
    let lab = Lab::with_records();
    let first = lab.hoso(&["build"]).ended(0);
    assert!(first.stderr.starts_with("Xong:"), "{}", first.stderr);
    let inode = |path: &str| {
        let info = fs::metadata(lab.at(path)).expect("there");
        #[cfg(unix)]
        return std::os::unix::fs::MetadataExt::ino(&info);
        #[cfg(not(unix))]
        return info.modified().expect("a time");
    };
    let before = inode("out/data/index.html");
    let second = lab.hoso(&["build"]).ended(0);
    assert!(
        second.stderr.starts_with("Không có gì thay đổi:"),
        "{}",
        second.stderr
    );
    assert_eq!(second.stdout, first.stdout);
    assert_eq!(inode("out/data/index.html"), before);
    let page = fs::read(lab.at("out/data/index.html")).expect("a page");
    lab.write("out/data/index.html", "rubbish");
    lab.hoso(&["build"]).ended(0);
    assert!(fs::read(lab.at("out/data/index.html")).expect("a page") == page);
    // Another folder, audience or revision is something else.
    for more in [&["--out", "../other"][..], &["--audience", "public"]] {
        let said = lab.hoso(&[&["build"], more].concat()).ended(0);
        assert!(said.stderr.starts_with("Xong:"), "{}", said.stderr);
    }
}

/// One folder for several repositories and runs, as a CI keeps it.
#[test]
fn a_cache_is_shared() {
    let lab = Lab::with_records();
    lab.hoso(&["build", "--cache", "../cache"]).ended(0);
    assert!(!lab.at(".git/hoso/cache").exists());
    let kept = tree(&lab.path("cache"));
    let other = lab.copy();
    let cache = lab.path("cache").to_string_lossy().into_owned();
    other
        .hoso_with(&["build"], &[("HOSO_CACHE", &cache)])
        .ended(0);
    // Where it published is the one thing new.
    assert_eq!(tree(&lab.path("cache")).len(), kept.len() + 1);
    lab.hoso(&["build", "--no-cache", "--cache", "../cache"])
        .ended(2);
}

/// Several machines make the forms, one the archive: the same bytes as of one machine alone.
#[test]
fn shares_make_the_whole() {
    let lab = Lab::with_records();
    for number in 1..=3 {
        // Whatever carries the folders together copies files.
        let (share, own) = (format!("{number}/3"), format!("../cache-{number}"));
        let said = lab.hoso(&["build", "--shard", &share, "--cache", &own]);
        let said = said.ended(0);
        assert!(
            said.stderr.starts_with(&format!("Phần {share}: ")),
            "{}",
            said.stderr
        );
        for (path, bytes) in tree(&lab.at(&own)) {
            lab.write(&format!("../cache/{path}"), bytes);
        }
    }
    assert!(!lab.at("out").exists());
    let shares = tree(&lab.path("cache"));
    lab.hoso(&["build", "--cache", "../cache"]).ended(0);
    // What was published is the one thing new: no form and no picture.
    assert_eq!(tree(&lab.path("cache")).len(), shares.len() + 1);
    lab.hoso(&["build", "--no-cache", "--out", "../clean"])
        .ended(0);
    assert!(tree(&lab.at("out")) == tree(&lab.path("clean")));
    for no_share in ["0/3", "4/3", "3", "x/y"] {
        lab.hoso(&["build", "--shard", no_share]).ended(2);
    }
}
