//! Checks a bag (RFC 8493 §3): every file is listed, every listed file is there with its digest;
//! then hands its files out as the repository they came from, for `pipeline::verify`.

#![expect(
    clippy::disallowed_methods,
    reason = "an archive is read where it lies, as `repo` reads a repository"
)]

use std::collections::BTreeMap;
use std::fs;
use std::fs::File;
use std::io;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;

use rayon::prelude::*;
use sha2::Digest;

use crate::archive::catalogue::CATALOGUE;
use crate::archive::catalogue::Catalogue;
use crate::archive::catalogue::SCHEMA;
use crate::archive::files::form;
use crate::archive::files::is_place;
use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Place;
use crate::diag::Words;
use crate::diag::words::tame;
use crate::digest::Sha256;
use crate::path::RepoPath;
use crate::path::SitePath;
use crate::records::id::RecordId;
use crate::repo;
use crate::repo::Snapshot;

const MANIFEST: &str = "manifest-sha256.txt";
const TAGS: &str = "tagmanifest-sha256.txt";
const MAX_TAG_FILE: u64 = 256 * 1024 * 1024;
/// Most faulty lines told of one manifest; a hostile one could hold a hundred million.
const MAX_FAULTY: usize = 50;

/// Checks the bag at `root` and opens the repository inside. There is none when a manifest cannot be
/// read; findings say why. The number is that of the files listed.
///
/// # Errors
/// When the folder cannot be read at all.
pub fn open(root: &Path) -> Result<(Option<Snapshot>, Vec<Finding>, usize), repo::Error> {
    let mut findings = Vec::new();
    if !root.join("bagit.txt").is_file() {
        findings.push(bad(
            "bagit.txt",
            "thư mục này không phải kho lưu trữ BagIt",
            "this folder is no BagIt archive",
        ));
        return Ok((None, findings, 0));
    }
    let mut listed: BTreeMap<SitePath, Sha256> = BTreeMap::new();
    for manifest in [TAGS, MANIFEST] {
        match text(&root.join(manifest)) {
            Ok(text) => {
                for (path, digest) in entries(manifest, &text, &mut findings) {
                    let twice = *listed.entry(path.clone()).or_insert(digest) != digest;
                    findings.extend(twice.then(|| contradiction(&path)));
                }
            }
            Err(error) => findings.push(unreadable(manifest, &error)),
        }
    }
    if !listed.keys().any(|path| path.as_str() == MANIFEST) {
        findings.push(bad(
            TAGS,
            "bảng kê tag không ghi manifest-sha256.txt",
            "the tag manifest does not list manifest-sha256.txt",
        ));
    }
    findings.extend(extra(root, &listed));
    let wrong: Vec<Finding> = listed
        .par_iter()
        .filter_map(|(path, digest)| differs(root, path, digest))
        .collect();
    findings.extend(wrong);
    let count = listed.len();
    let snapshot = inside(root, &listed, &mut findings);
    Ok((snapshot, findings, count))
}

/// The lines of a manifest (RFC 8493 §2.1.3).
fn entries(manifest: &str, text: &str, findings: &mut Vec<Finding>) -> Vec<(SitePath, Sha256)> {
    let mut out = Vec::new();
    let mut faulty = 0;
    for (index, line) in text.lines().enumerate() {
        let parsed = line
            .split_once(char::is_whitespace)
            .and_then(|(digest, name)| {
                let name = name
                    .trim_start()
                    .trim_start_matches('*')
                    .replace("%25", "%");
                Some((SitePath::parse(&name).ok()?, Sha256::parse(digest)?))
            });
        match parsed {
            Some(entry) => out.push(entry),
            None => {
                let mut finding = bad(
                    manifest,
                    "dòng này không phải `sha256  đường dẫn`",
                    "this line is not `sha256  path`",
                );
                finding.place = finding.place.at(index + 1, None);
                findings.push(finding);
                faulty += 1;
                if faulty == MAX_FAULTY {
                    break;
                }
            }
        }
    }
    out
}

fn contradiction(path: &SitePath) -> Finding {
    bad(
        path.as_str(),
        "bảng kê ghi tệp này hai lần, khác nhau",
        "the manifests list this file twice, and differ",
    )
}

fn differs(root: &Path, path: &SitePath, digest: &Sha256) -> Option<Finding> {
    match hash(&root.join(path.as_str())) {
        Ok(found) if found == *digest => None,
        Ok(_) => Some(bad(
            path.as_str(),
            "tệp đã bị thay đổi: không khớp bảng kê",
            "the file was changed: it does not match the manifest",
        )),
        Err(error) => Some(unreadable(path.as_str(), &error)),
    }
}

/// Opens a plain file: a link is no file of a bag, and opening a pipe would wait for ever.
fn plain(path: &Path) -> io::Result<File> {
    if !fs::symlink_metadata(path)?.is_file() {
        return Err(io::Error::other("not a plain file"));
    }
    File::open(path)
}

fn hash(path: &Path) -> io::Result<Sha256> {
    let mut file = plain(path)?;
    let mut hasher = sha2::Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(Sha256::from_bytes(hasher.finalize().into())),
            read => hasher.update(&buffer[..read]),
        }
    }
}

/// Files that no manifest lists. The tag manifest itself cannot be listed; a signature over it lies
/// beside it.
fn extra(root: &Path, listed: &BTreeMap<SitePath, Sha256>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut open: Vec<PathBuf> = vec![root.to_owned()];
    while let Some(folder) = open.pop() {
        let Ok(entries) = fs::read_dir(&folder) else {
            findings.push(bad(
                &folder.to_string_lossy(),
                "không đọc được thư mục",
                "the folder cannot be read",
            ));
            continue;
        };
        for entry in entries.flatten() {
            let path = entry.path();
            let name = path
                .strip_prefix(root)
                .unwrap_or(&path)
                .to_string_lossy()
                .replace('\\', "/");
            if entry.file_type().is_ok_and(|t| t.is_dir()) {
                open.push(path);
            } else if name != TAGS
                && !name.starts_with("tagmanifest-sha256.txt.")
                && !SitePath::parse(&name).is_ok_and(|path| listed.contains_key(&path))
            {
                findings.push(bad(
                    &name,
                    "tệp này không có trong bảng kê",
                    "the manifests do not list this file",
                ));
            }
        }
    }
    findings
}

/// The repository inside an archive, by its catalogue. Only files that the manifests list are read.
fn inside(
    root: &Path,
    listed: &BTreeMap<SitePath, Sha256>,
    findings: &mut Vec<Finding>,
) -> Option<Snapshot> {
    let broken = |error: &str| {
        bad(
            CATALOGUE,
            &format!("mục lục không đọc được: {}", tame(error)),
            &format!("the catalogue cannot be read: {}", tame(error)),
        )
    };
    let catalogue: Catalogue =
        match text(&root.join(CATALOGUE)).map(|text| serde_json::from_str(&text)) {
            Ok(Ok(catalogue)) => catalogue,
            Ok(Err(error)) => {
                findings.push(broken(&error.to_string()));
                return None;
            }
            Err(error) => {
                findings.push(broken(&error.to_string()));
                return None;
            }
        };
    if catalogue.schema != SCHEMA {
        findings.push(broken(&catalogue.schema));
        return None;
    }
    let mut files = BTreeMap::new();
    for (from, to) in &catalogue.files {
        let is_listed = SitePath::parse(to).is_ok_and(|to| listed.contains_key(&to));
        match (RepoPath::parse(from), RepoPath::parse(to)) {
            // What is examined must be what a reader opens.
            (Ok(_), Ok(_)) if !is_place(from, to) => findings.push(misled(from, to)),
            (Ok(from), Ok(to)) if is_listed => {
                files.insert(from, to);
            }
            _ => findings.push(broken(from)),
        }
    }
    // By its real name: a link on the way to the archive is the user's own business.
    let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    Some(Snapshot::of_archive(&root, files))
}

fn misled(from: &str, to: &str) -> Finding {
    let (from, to) = (tame(from), tame(to));
    bad(
        CATALOGUE,
        &format!("mục lục chỉ `{from}` đến `{to}`, không phải nơi người xem mở"),
        &format!("the catalogue leads `{from}` to `{to}`, which is not where a reader opens it"),
    )
}

/// The digest that the manifests give for the form that a reader opens on the page of a record.
pub fn shown_form(root: &Path, id: &RecordId) -> Option<Sha256> {
    hash(&root.join("data").join(form(id))).ok()
}

/// The files of an archive that are not its own: somebody put them there.
pub fn strangers(root: &Path) -> Vec<String> {
    let mut listed = BTreeMap::new();
    for manifest in [TAGS, MANIFEST] {
        let text = text(&root.join(manifest)).unwrap_or_default();
        listed.extend(entries(manifest, &text, &mut Vec::new()));
    }
    extra(root, &listed)
        .into_iter()
        .map(|finding| finding.place.file)
        .collect()
}

fn text(path: &Path) -> io::Result<String> {
    // A pipe would be waited for, and a link leads elsewhere.
    if !fs::symlink_metadata(path)?.is_file() {
        return Err(io::Error::other("not a plain file"));
    }
    let mut text = String::new();
    plain(path)?.take(MAX_TAG_FILE).read_to_string(&mut text)?;
    Ok(text)
}

fn unreadable(path: &str, error: &io::Error) -> Finding {
    bad(
        path,
        &format!("không đọc được tệp: {error}"),
        &format!("the file cannot be read: {error}"),
    )
}

fn bad(path: &str, vi: &str, en: &str) -> Finding {
    Finding::new(
        Code::ArchiveChanged,
        Place::raw(tame(path)),
        Words::new(vi, en),
    )
    .help(Words::new(
        "lấy lại kho lưu trữ từ nơi đã nhận, hoặc dựng lại từ kho git",
        "get the archive again from where it came, or build it again from the repository",
    ))
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn bag(manifest: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text);
        write("bagit.txt", "BagIt-Version: 1.0\n").expect("a file");
        write(MANIFEST, manifest).expect("a file");
        let tags = format!("{}  {MANIFEST}\n", Sha256::of(manifest.as_bytes()));
        write(TAGS, &tags).expect("a file");
        folder
    }

    #[test]
    fn manifests_that_contradict_themselves_are_told() {
        let digests = [Sha256::of(b"x"), Sha256::of(b"y")];
        let twice: String = digests.iter().map(|d| format!("{d}  data/a\n")).collect();
        let (_, findings, _) = open(bag(&twice).path()).expect("a folder");
        let said = |text| findings.iter().any(|f| f.message.en.contains(text));
        assert!(said("twice"), "{findings:?}");
    }

    proptest! {
        #[test]
        fn lines_are_read_or_refused(
            lines in vec((0..3_usize, "[ *\t]{0,3}", "[a-z./%\\\\ \u{1b}]{0,12}"), 0..70),
        ) {
            let digests = [Sha256::of(b"x").to_string(), String::new(), "g".repeat(64)];
            let line = |(digest, space, path): &(usize, String, String)| {
                format!("{}{space}{path}\n", digests[*digest])
            };
            let text: String = lines.iter().map(line).collect();
            let mut findings = Vec::new();
            let read = entries(MANIFEST, &text, &mut findings);
            prop_assert!(findings.len() == MAX_FAULTY || read.len() + findings.len() == lines.len());
        }
    }

    #[test]
    fn a_manifest_of_rubbish_is_soon_refused() {
        let (_, findings, _) = open(bag(&"x\n".repeat(100_000)).path()).expect("a folder");
        assert!(findings.len() < 2 * MAX_FAULTY, "{}", findings.len());
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_plain_file_is_not_opened() {
        let folder = bag("");
        fs::remove_file(folder.path().join(TAGS)).expect("a file");
        std::os::unix::fs::symlink("/dev/zero", folder.path().join(TAGS)).expect("a link");
        let (_, findings, _) = open(folder.path()).expect("a folder");
        assert!(findings[0].message.en.contains("not a plain file"));
    }
}
