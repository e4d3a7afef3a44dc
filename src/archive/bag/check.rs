//! Checks a bag (RFC 8493 §3): every file is listed, every listed file is there with its digest, and
//! all are as large as it says; then hands its files out as the repository they came from, for
//! `pipeline::verify`, and itself as a link of the chain of archives.

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

use crate::archive::catalogue::CATALOGUE;
use crate::archive::catalogue::Catalogue;
use crate::archive::catalogue::SCHEMA;
use crate::archive::chain::Entry;
use crate::archive::chain::INFO;
use crate::archive::chain::NEW;
use crate::archive::chain::SEALED;
use crate::archive::chain::TAGS;
use crate::archive::chain::info::Info;
use crate::archive::chain::info::Oxum;
use crate::archive::edition;
use crate::archive::files::is_place;
use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Place;
use crate::diag::Words;
use crate::diag::words::tame;
use crate::digest::Sha256;
use crate::path::RepoPath;
use crate::path::SitePath;
use crate::repo::Snapshot;

/// The list of the payload.
pub const MANIFEST: &str = "manifest-sha256.txt";
const MAX_TAG_FILE: u64 = 256 * 1024 * 1024;
/// Largest file that the chain of archives rests on.
const MAX_OWN: u64 = 32 * 1024 * 1024;
/// Most faulty lines told of one manifest; a hostile one could hold a hundred million.
const MAX_FAULTY: usize = 50;

/// A bag as its manifests describe it.
pub struct Bag {
    root: PathBuf,
    listed: BTreeMap<SitePath, Sha256>,
    catalogue: Option<Catalogue>,
}

impl Bag {
    /// Reads the manifests and the catalogue of the bag at `root`. There is none when the folder is
    /// no bag; findings say what is wrong.
    pub fn open(root: &Path, findings: &mut Vec<Finding>) -> Option<Self> {
        if !root.join("bagit.txt").is_file() {
            findings.push(bad(
                "bagit.txt",
                "thư mục này không phải kho lưu trữ BagIt",
                "this folder is no BagIt archive",
            ));
            return None;
        }
        let mut listed: BTreeMap<SitePath, Sha256> = BTreeMap::new();
        for manifest in [TAGS, MANIFEST] {
            match text(&root.join(manifest)) {
                Ok(text) => {
                    for (path, digest) in entries(manifest, &text, findings) {
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
        // An edition has one of its own in place of the archive's.
        let is_edition = listed.contains_key(edition::CATALOGUE);
        let catalogue = match is_edition && !listed.contains_key(CATALOGUE) {
            true => None,
            false => catalogue(root, findings),
        };
        // By its real name: a link on the way to the archive is the user's own business.
        let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
        Some(Self {
            root,
            listed,
            catalogue,
        })
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// How many files the manifests list.
    pub fn len(&self) -> usize {
        self.listed.len()
    }

    /// Whether the manifests list no file.
    pub fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    /// The table of contents.
    pub fn catalogue(&self) -> Option<&Catalogue> {
        self.catalogue.as_ref()
    }

    /// The files that the manifests list, with their digests.
    pub fn listed(&self) -> impl Iterator<Item = (&SitePath, &Sha256)> {
        self.listed.iter()
    }

    /// Reads every file: each is listed, each that is listed is there with its digest, and all
    /// together are as large as the bag says (RFC 8493 §3). `step` is called for each.
    pub fn check(&self, step: &(dyn Fn() + Sync), findings: &mut Vec<Finding>) {
        findings.extend(extra(&self.root, &self.listed));
        let read: Vec<Result<u64, Box<Finding>>> = self
            .listed
            .par_iter()
            .map(|(path, digest)| {
                let size = differs(&self.root, path, digest);
                step();
                size
            })
            .collect();
        let (mut octets, mut count, mut whole) = (0, 0, true);
        for ((path, _), size) in self.listed.iter().zip(read) {
            match size {
                Ok(size) if path.starts_with("data") => {
                    octets += size;
                    count += 1;
                }
                Ok(_) => {}
                Err(finding) => {
                    findings.push(*finding);
                    whole = false;
                }
            }
        }
        // Of files that are not what they were, nobody asks whether they are as large as they were.
        if whole {
            findings.extend(self.oxum(octets, count));
        }
    }

    /// What the bag says of its own size, against what it is.
    fn oxum(&self, octets: u64, count: u64) -> Option<Finding> {
        let info = text(&self.root.join(INFO)).unwrap_or_default();
        let said = match Info::read(&info).oxum {
            Oxum::None => return None,
            Oxum::Said {
                octets: said,
                count: files,
            } if (said, files) == (octets, count) => return None,
            Oxum::Said { octets, count } => format!("{octets}.{count}"),
            Oxum::Malformed => "?".to_owned(),
        };
        let message = Words::new(
            format!("Payload-Oxum ghi {said}, các tệp trong data/ là {octets}.{count}"),
            format!("Payload-Oxum says {said}, the files in data/ are {octets}.{count}"),
        );
        Some(Finding::new(Code::ArchiveOxum, Place::raw(INFO), message).help(again()))
    }

    /// The archive itself as a link of the chain; none when the files that it needs cannot be read,
    /// which is a finding where the manifests list them, or of an archive from before there was one.
    pub fn own(&self, findings: &mut Vec<Finding>) -> Option<Entry> {
        let mut read = |name: &str, wanted: bool| match small(&self.root.join(name)) {
            Ok(bytes) => Some(bytes),
            Err(error) => {
                findings.extend(wanted.then(|| unreadable(name, &error)));
                None
            }
        };
        let info = read(INFO, true)?;
        let number = Info::read(&String::from_utf8_lossy(&info)).sequence;
        let is_sealed = fs::symlink_metadata(self.root.join(SEALED)).is_ok();
        if number.is_none() && !is_sealed {
            return None;
        }
        let (new, tags) = (read(NEW, true)?, read(TAGS, true)?);
        let seal = read(SEALED, is_sealed);
        // A seal over an archive that has no number is over nothing: zero is no archive's.
        let number = number.unwrap_or_default();
        Some(Entry::of(number, "", [info, new, tags], seal))
    }

    /// The repository inside, by the catalogue. Only files that the manifests list are read.
    pub fn snapshot(&self, findings: &mut Vec<Finding>) -> Option<Snapshot> {
        if self.catalogue.is_none() && self.listed.contains_key(edition::CATALOGUE) {
            findings.push(bad(
                INFO,
                "đây là một bản trích nhưng không nói dành cho ai",
                "this is an edition and does not say for whom",
            ));
        }
        let mut files = BTreeMap::new();
        for (from, to) in &self.catalogue.as_ref()?.files {
            let is_listed = SitePath::parse(to).is_ok_and(|to| self.listed.contains_key(&to));
            match (RepoPath::parse(from), RepoPath::parse(to)) {
                // What is examined must be what a reader opens.
                (Ok(_), Ok(_)) if !is_place(from, to) => findings.push(misled(from, to)),
                (Ok(from), Ok(to)) if is_listed => {
                    files.insert(from, to);
                }
                _ => findings.push(broken(from)),
            }
        }
        Some(Snapshot::of_archive(&self.root, files))
    }
}

/// The table of contents of the archive at `root`.
fn catalogue(root: &Path, findings: &mut Vec<Finding>) -> Option<Catalogue> {
    let read = text(&root.join(CATALOGUE)).map_err(|error| error.to_string());
    let parsed = read.and_then(|text| {
        serde_json::from_str(&text).map_err(|error: serde_json::Error| error.to_string())
    });
    match parsed {
        Ok(Catalogue { schema, .. }) if schema != SCHEMA => {
            findings.push(broken(&schema));
            None
        }
        Ok(catalogue) => Some(catalogue),
        Err(error) => {
            findings.push(broken(&error));
            None
        }
    }
}

fn broken(error: &str) -> Finding {
    bad(
        CATALOGUE,
        &format!("mục lục không đọc được: {}", tame(error)),
        &format!("the catalogue cannot be read: {}", tame(error)),
    )
}

/// The lines of a manifest (RFC 8493 §2.1.3).
pub(super) fn entries(
    manifest: &str,
    text: &str,
    findings: &mut Vec<Finding>,
) -> Vec<(SitePath, Sha256)> {
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

/// The size of a file that is what its digest says.
fn differs(root: &Path, path: &SitePath, digest: &Sha256) -> Result<u64, Box<Finding>> {
    match hash(&root.join(path.as_str())) {
        Ok((found, size)) if found == *digest => Ok(size),
        Ok(_) => Err(Box::new(bad(
            path.as_str(),
            "tệp đã bị thay đổi: không khớp bảng kê",
            "the file was changed: it does not match the manifest",
        ))),
        Err(error) => Err(Box::new(unreadable(path.as_str(), &error))),
    }
}

/// Opens a plain file: a link is no file of a bag, and opening a pipe would wait for ever.
fn plain(path: &Path) -> io::Result<File> {
    if !fs::symlink_metadata(path)?.is_file() {
        return Err(io::Error::other("not a plain file"));
    }
    File::open(path)
}

/// The digest of a plain file and its size.
fn hash(path: &Path) -> io::Result<(Sha256, u64)> {
    Sha256::of_all(plain(path)?)
}

/// Whether a seal lies in the archive at `root`.
pub fn is_sealed(root: &Path) -> bool {
    root.join(SEALED).exists()
}

/// The bytes of a plain file of no more than `max`.
///
/// # Errors
/// When it cannot be read, is larger, or is no plain file.
pub fn bytes(path: &Path, max: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // One more than is allowed tells a file that is too long from one that is as long as may be.
    plain(path)?.take(max + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > max {
        true => Err(io::Error::other("too large")),
        false => Ok(bytes),
    }
}

/// Whether there is a folder at `path`.
pub(in crate::archive) fn is_folder(path: &Path) -> bool {
    path.is_dir()
}

pub(super) fn small(path: &Path) -> io::Result<Vec<u8>> {
    bytes(path, MAX_OWN)
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
                && name != SEALED
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

fn misled(from: &str, to: &str) -> Finding {
    let (from, to) = (tame(from), tame(to));
    bad(
        CATALOGUE,
        &format!("mục lục chỉ `{from}` đến `{to}`, không phải nơi người xem mở"),
        &format!("the catalogue leads `{from}` to `{to}`, which is not where a reader opens it"),
    )
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

pub(super) fn text(path: &Path) -> io::Result<String> {
    let bytes = bytes(path, MAX_TAG_FILE)?;
    String::from_utf8(bytes).map_err(io::Error::other)
}

fn unreadable(path: &str, error: &io::Error) -> Finding {
    bad(
        path,
        &format!("không đọc được tệp: {error}"),
        &format!("the file cannot be read: {error}"),
    )
}

pub(super) fn bad(path: &str, vi: &str, en: &str) -> Finding {
    Finding::new(
        Code::ArchiveChanged,
        Place::raw(tame(path)),
        Words::new(vi, en),
    )
    .help(again())
}

fn again() -> Words {
    Words::new(
        "lấy lại kho lưu trữ từ nơi đã nhận, hoặc dựng lại từ kho git",
        "get the archive again from where it came, or build it again from the repository",
    )
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

    fn found(root: &Path) -> Vec<Finding> {
        let mut findings = Vec::new();
        if let Some(bag) = Bag::open(root, &mut findings) {
            bag.check(&|| {}, &mut findings);
        }
        findings
    }

    #[test]
    fn manifests_that_contradict_themselves_are_told() {
        let digests = [Sha256::of(b"x"), Sha256::of(b"y")];
        let twice: String = digests.iter().map(|d| format!("{d}  data/a\n")).collect();
        let findings = found(bag(&twice).path());
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
        let findings = found(bag(&"x\n".repeat(100_000)).path());
        assert!(findings.len() < 2 * MAX_FAULTY, "{}", findings.len());
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_plain_file_is_not_opened() {
        let folder = bag("");
        fs::remove_file(folder.path().join(TAGS)).expect("a file");
        std::os::unix::fs::symlink("/dev/zero", folder.path().join(TAGS)).expect("a link");
        let findings = found(folder.path());
        assert!(findings[0].message.en.contains("not a plain file"));
    }
}
