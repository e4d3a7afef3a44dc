//! The chain of sealed archives: what a repository keeps of each archive that the school has sealed,
//! so that every later archive names the one before, and a past that was rewritten shows.
//!
//! ```text
//! signatures/archives/0001/bag-info.txt                  sequence, date, commit, the digest of the one before
//!                          tagmanifest-sha256.txt        the digest of its manifests: one file stands for all bytes
//!                          signatures-sha256.txt         the signatures that were new in it
//!                          tagmanifest-sha256.txt.p7s    the school's seal over the tag manifest
//! ```
//!
//! 1. [`Chain::read`] takes them from a revision or an archive; an archive's own files are one more
//!    [`Entry`], whose seal may still be missing.
//! 2. [`links`] holds each entry against the one before: sequence, digest, time, seal.
//! 3. [`Chain::examine`] examines the seals. One seal with a time-stamp proves that every signature
//!    listed in its archive existed then; that goes into the [`TrustStore`].
//!
//! [`made`] is what a build writes for all this, [`page`] what it shows; [`earlier`] holds it against an
//! older archive that was kept elsewhere.

pub mod earlier;
pub mod info;
pub mod links;
pub mod made;
pub mod page;

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;

use crate::archive::chain::info::Info;
use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Place;
use crate::diag::Words;
use crate::digest::Sha256;
use crate::path::RepoPath;
use crate::records::dates::day;
use crate::records::school::School;
use crate::repo::Snapshot;
use crate::seal::SEAL;
use crate::sign;
use crate::sign::Act;
use crate::sign::Answer;
use crate::sign::Examined;
use crate::sign::Statement;
use crate::sign::TrustStore;

/// Where a repository keeps the chain.
pub const FOLDER: &str = "signatures/archives";
/// The description of a bag (RFC 8493 §2.2.2).
pub const INFO: &str = "bag-info.txt";
/// The list of the bag's own files (RFC 8493 §2.2.1): what is sealed.
pub const TAGS: &str = "tagmanifest-sha256.txt";
/// The list of the signatures that are new in an archive.
pub const NEW: &str = "signatures-sha256.txt";
/// The seal, over [`TAGS`].
pub const SEALED: &str = "tagmanifest-sha256.txt.p7s";
/// The files of an entry.
pub const FILES: [&str; 4] = [INFO, NEW, TAGS, SEALED];
/// The step that a seal is for, and the act that it does.
pub const STEP: &str = "niem-phong";

/// Largest file of an entry but for its list of signatures.
const MAX_FILE: u64 = 1024 * 1024;
/// Largest list of signatures: of some 100,000 of them.
const MAX_NEW: u64 = 32 * 1024 * 1024;
/// The last number that fits four digits.
const MAX_NUMBER: u32 = 9999;

/// One sealed archive, as far as it is kept.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its place in the chain, from 1.
    pub number: u32,
    /// The folder of its files, as findings name it; empty for the archive that is read.
    pub folder: String,
    /// What it says of itself.
    pub info: Info,
    /// The digest of its tag manifest, by which the next one names it.
    pub digest: Sha256,
    /// The bytes of [`INFO`].
    pub info_bytes: Arc<[u8]>,
    /// The bytes of [`TAGS`].
    pub tags: Arc<[u8]>,
    /// The bytes of [`NEW`].
    pub new: Arc<[u8]>,
    /// The bytes of [`SEALED`]; none while an archive is not sealed.
    pub seal: Option<Arc<[u8]>>,
}

/// An entry with its seal examined.
#[derive(Clone, Debug)]
pub struct Link {
    /// The archive.
    pub entry: Entry,
    /// Its seal; none when there is none.
    pub seal: Option<Seal>,
}

/// The seal of an archive, examined.
#[derive(Clone, Debug)]
pub struct Seal {
    /// What `sign` says of it.
    pub examined: Examined,
    /// Whether the certificate was the school's seal on the day, by the roster.
    pub roster: Answer,
    /// Whether it states that it seals this archive, after the seal before.
    pub stated: Answer,
}

impl Seal {
    /// Whether nothing about it is known to be wrong.
    pub fn holds(&self) -> bool {
        self.examined.is_sound() && [self.roster, self.stated] == [Answer::Yes; 2]
    }
}

/// What a seal must name as the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prior {
    /// Nothing: it is the first.
    First,
    /// The core of this seal.
    Seal(Sha256),
    /// Something that is not there any more, which is a finding of its own.
    Unknown,
}

impl Prior {
    /// What the statement says, where it is known.
    pub fn core(self) -> Option<Sha256> {
        match self {
            Self::Seal(core) => Some(core),
            Self::First | Self::Unknown => None,
        }
    }
}

/// The sealed archives of a repository, oldest first; of an archive, itself as the last.
#[derive(Clone, Debug, Default)]
pub struct Chain {
    links: Vec<Link>,
}

impl Entry {
    /// An entry of these files.
    pub fn of(number: u32, folder: &str, files: [Vec<u8>; 3], seal: Option<Vec<u8>>) -> Self {
        let [info, new, tags] = files;
        Self {
            number,
            folder: folder.to_owned(),
            info: Info::read(&String::from_utf8_lossy(&info)),
            digest: Sha256::of(&tags),
            info_bytes: info.into(),
            new: new.into(),
            tags: tags.into(),
            seal: seal.map(Arc::from),
        }
    }

    /// Where one of its files is.
    pub fn place(&self, file: &str) -> Place {
        match self.folder.as_str() {
            "" => Place::raw(file),
            folder => Place::raw(format!("{folder}/{file}")),
        }
    }

    /// The digest that stands for its seal through all levels.
    pub fn core(&self) -> Option<Sha256> {
        self.seal.as_deref().map(sign::core_digest)
    }

    /// The files that are entered into a repository once it is sealed.
    pub fn files(&self) -> impl Iterator<Item = (&'static str, &Arc<[u8]>)> {
        [
            (INFO, &self.info_bytes),
            (NEW, &self.new),
            (TAGS, &self.tags),
        ]
        .into_iter()
        .chain(self.seal.as_ref().map(|seal| (SEALED, seal)))
    }
}

/// `0001`: an archive's number as folders spell it.
pub fn spelled(number: u32) -> String {
    format!("{number:04}")
}

/// What the seal of archive `number` states; `prior` is the core of the seal before.
pub fn statement(number: u32, prior: Option<Sha256>) -> Statement {
    Statement {
        act: Act::SealArchive,
        subject: format!("kho/{}", spelled(number)),
        step: STEP.to_owned(),
        signer: SEAL.to_owned(),
        capacity: SEAL.to_owned(),
        prior: prior.into_iter().collect(),
        ..Statement::default()
    }
}

impl Chain {
    /// Reads the chain of a revision or an archive. Whatever is not a whole entry is a finding.
    pub fn read(snapshot: &Snapshot, findings: &mut Vec<Finding>) -> Self {
        let mut numbers: BTreeSet<u32> = BTreeSet::new();
        for entry in snapshot.under(FOLDER) {
            match parsed(&entry.path) {
                Some(number) => {
                    numbers.insert(number);
                }
                None => findings.push(misplaced(&entry.path)),
            }
        }
        let entries = numbers
            .into_iter()
            .filter_map(|number| entry(snapshot, number, findings));
        let links = entries.map(|entry| Link { entry, seal: None }).collect();
        Self { links }
    }

    /// Adds the archive that is read as the last.
    pub fn push(&mut self, entry: Entry) {
        self.links.push(Link { entry, seal: None });
    }

    /// The archives, oldest first.
    pub fn links(&self) -> &[Link] {
        &self.links
    }

    /// The latest.
    pub fn last(&self) -> Option<&Link> {
        self.links.last()
    }

    /// The number that the next archive will have.
    pub fn next(&self) -> u32 {
        self.last()
            .map_or(1, |link| link.entry.number.saturating_add(1))
    }

    /// Examines the seals, the latest first: what a later one proves to have existed helps an earlier
    /// one. What they prove is noted in `store`.
    pub fn examine(
        &mut self,
        school: &School,
        store: &mut TrustStore,
        at: Timestamp,
        findings: &mut Vec<Finding>,
    ) {
        let priors: Vec<Prior> = (0..self.links.len())
            .map(|index| self.prior(index))
            .collect();
        for (link, prior) in self.links.iter_mut().zip(priors).rev() {
            let Some(file) = &link.entry.seal else {
                continue;
            };
            let seal = examined(&link.entry, file, prior, school, store, at);
            if seal.holds()
                && let Some(proven) = seal.examined.best_signature_time()
            {
                for digest in made::listed(&link.entry.new) {
                    store.add_existence(digest, proven);
                }
            }
            findings.extend(links::seal_faults(&link.entry, &seal));
            link.seal = Some(seal);
        }
        findings.extend(links::faults(&self.links));
    }

    /// What comes before one of the archives.
    fn prior(&self, index: usize) -> Prior {
        let own = self.links.get(index).map_or(0, |link| link.entry.number);
        let before = index.checked_sub(1).and_then(|index| self.links.get(index));
        match before {
            None if own <= 1 => Prior::First,
            Some(link) if link.entry.number.checked_add(1) == Some(own) => {
                link.entry.core().map_or(Prior::Unknown, Prior::Seal)
            }
            _ => Prior::Unknown,
        }
    }

    /// What comes before the latest.
    pub fn prior_of_last(&self) -> Prior {
        self.links
            .len()
            .checked_sub(1)
            .map_or(Prior::First, |index| self.prior(index))
    }

    /// Every digest that the archives list, with the archive that first did.
    pub fn listed(&self) -> BTreeMap<Sha256, u32> {
        let mut all = BTreeMap::new();
        for link in &self.links {
            for digest in made::listed(&link.entry.new) {
                all.entry(digest).or_insert(link.entry.number);
            }
        }
        all
    }
}

/// Examines one seal.
pub fn examined(
    entry: &Entry,
    file: &[u8],
    prior: Prior,
    school: &School,
    store: &TrustStore,
    at: Timestamp,
) -> Seal {
    let examined = sign::verify(&*entry.tags, file, store, at);
    let answer = |holds: bool| if holds { Answer::Yes } else { Answer::No };
    let own = examined
        .certificate()
        .zip(examined.signing_time())
        .is_some_and(|(certificate, time)| school.is_seal(&certificate.sha256, day(time)));
    let stated = examined.statement().is_some_and(|stated| {
        let mut expected = statement(entry.number, prior.core());
        if prior == Prior::Unknown {
            expected.prior.clone_from(&stated.prior);
        }
        *stated == expected
    });
    Seal {
        roster: answer(own),
        stated: answer(stated),
        examined,
    }
}

fn parsed(path: &RepoPath) -> Option<u32> {
    let mut names = path.strip_prefix(FOLDER)?.split('/');
    let (number, file) = (names.next()?, names.next()?);
    let plain = number.len() == 4 && number.bytes().all(|b| b.is_ascii_digit());
    let known = names.next().is_none() && FILES.contains(&file);
    let number: u32 = number.parse().ok()?;
    (plain && known && (1..=MAX_NUMBER).contains(&number)).then_some(number)
}

fn entry(snapshot: &Snapshot, number: u32, findings: &mut Vec<Finding>) -> Option<Entry> {
    let folder = format!("{FOLDER}/{}", spelled(number));
    let mut read = |name: &str| {
        let max = if name == NEW { MAX_NEW } else { MAX_FILE };
        let path = RepoPath::parse(&format!("{folder}/{name}")).ok()?;
        match snapshot.read(&path, max) {
            Ok(bytes) => Some(bytes),
            Err(error) => {
                findings.push(lost(Place::file(&path), error.words()));
                None
            }
        }
    };
    // All four are asked for, so that each that is missing is named.
    let [info, new, tags, seal] = FILES.map(&mut read);
    Some(Entry::of(
        number,
        &folder,
        [info?, new?, tags?],
        Some(seal?),
    ))
}

/// The finding that a part of the chain is not there.
pub fn lost(place: Place, message: Words) -> Finding {
    Finding::new(Code::ArchivePreviousMissing, place, message).help(Words::new(
        "lấy lại thư mục ấy từ lịch sử git hoặc từ một kho lưu trữ đã niêm phong sau đó",
        "get that folder back from git's history, or from an archive that was sealed later",
    ))
}

fn misplaced(path: &RepoPath) -> Finding {
    Finding::new(
        Code::SignatureMisplaced,
        Place::file(path),
        Words::new(
            "tệp này không thuộc kho lưu trữ đã niêm phong nào",
            "this file belongs to no sealed archive",
        ),
    )
    .help(Words::new(
        "mỗi kho đã niêm phong là một thư mục bốn chữ số với bốn tệp do `hoso seal` ghi vào",
        "each sealed archive is a folder of four digits with the four files that `hoso seal` enters",
    ))
}

#[cfg(test)]
mod tests;
