//! The whole that a bag says to be a part of: `goc/` holds its own files, and every file of the part
//! must be a file of it.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

use crate::archive::bag::check::Bag;
use crate::archive::bag::check::MANIFEST;
use crate::archive::bag::check::bad;
use crate::archive::bag::check::entries;
use crate::archive::bag::check::small;
use crate::archive::bag::check::text;
use crate::archive::catalogue::CATALOGUE;
use crate::archive::chain::Entry;
use crate::archive::chain::INFO;
use crate::archive::chain::NEW;
use crate::archive::chain::SEALED;
use crate::archive::chain::TAGS;
use crate::archive::chain::info::Info;
use crate::diag::Finding;
use crate::digest::Sha256;
use crate::path::SitePath;

/// The folder of the whole's own files.
pub const ORIGINAL: &str = "goc";
/// The digest of the whole's tag manifest: `sha256:<64 hex>`.
pub const PART_OF: &str = "Hoso-Part-Of";
/// What a part makes itself, since the whole's would name what is not there.
const MADE: [&str; 2] = ["data/index.html", CATALOGUE];

/// Which part it is: `2024-2025/mg-5a`.
pub const PART: &str = "Hoso-Part";
const ANY: &str = "*";

/// Which records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// `2024-2025`
    pub year: Option<String>,
    /// `mg-5a`
    pub unit: Option<String>,
}

impl Selection {
    /// Reads `2024-2025/mg-5a`; `*` stands for any.
    pub fn read(text: &str) -> Option<Self> {
        let part = |part: &str| (part != ANY).then(|| part.to_owned());
        let (year, unit) = text.split_once('/')?;
        Some(Self {
            year: part(year),
            unit: part(unit),
        })
    }

    /// Whether it is every record.
    pub fn is_all(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a record is among them, by its id.
    pub fn holds(&self, id: &str) -> bool {
        let mut parts = id.split('/');
        let mut is = |wanted: &Option<String>| {
            let part = parts.next();
            wanted.as_deref().is_none_or(|wanted| part == Some(wanted))
        };
        is(&self.year) && is(&self.unit)
    }

    /// What comes after a name: `-2024-2025-mg-5a`.
    pub fn suffix(&self) -> String {
        let parts = self.year.iter().chain(&self.unit);
        parts.map(|part| format!("-{part}")).collect()
    }
}

impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |part: &Option<String>| part.as_deref().unwrap_or(ANY).to_owned();
        write!(f, "{}/{}", part(&self.year), part(&self.unit))
    }
}

/// The whole.
pub struct Original {
    /// As the last of the chain, with its seal.
    pub entry: Entry,
    /// How many files it has.
    pub files: usize,
    /// Which part of it this is.
    pub selection: Selection,
}

/// What a bag has of the archive that it comes from: the files in `goc/`.
pub struct Evidence {
    /// The archive, with its seal.
    pub entry: Entry,
    /// Every file of its payload.
    pub files: BTreeMap<SitePath, Sha256>,
}

/// What the bag at `root` says of itself under a label.
pub(super) fn label(root: &Path, name: &str) -> Option<String> {
    let own = text(&root.join(INFO)).unwrap_or_default();
    let line = own
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    line.map(str::to_owned)
}

impl Bag {
    /// The archive that this bag names under a label; none when its files are not there. What does not
    /// hold is a finding.
    pub(super) fn evidence(&self, under: &str, findings: &mut Vec<Finding>) -> Option<Evidence> {
        let said = label(self.root(), under)?;
        let said = said.strip_prefix("sha256:").and_then(Sha256::parse);
        let folder = self.root().join(ORIGINAL);
        let read = |name: &str| small(&folder.join(name)).ok();
        let (Some(info), Some(new), Some(tags), Some(manifest)) = (
            read(INFO),
            read(NEW),
            read(TAGS),
            text(&folder.join(MANIFEST)).ok(),
        ) else {
            findings.push(lost(ORIGINAL));
            return None;
        };
        if said != Some(Sha256::of(&tags)) {
            findings.push(lost(&format!("{ORIGINAL}/{TAGS}")));
        }
        let listed = entries(TAGS, &String::from_utf8_lossy(&tags), findings);
        let listed: BTreeMap<SitePath, Sha256> = listed.into_iter().collect();
        let kept = [
            (INFO, &info[..]),
            (NEW, &new),
            (MANIFEST, manifest.as_bytes()),
        ];
        for (name, bytes) in kept {
            if listed.get(name) != Some(&Sha256::of(bytes)) {
                findings.push(lost(&format!("{ORIGINAL}/{name}")));
            }
        }
        let files = entries(MANIFEST, &manifest, findings).into_iter().collect();
        let number = Info::read(&String::from_utf8_lossy(&info)).sequence;
        let entry = Entry::of(
            number.unwrap_or_default(),
            "",
            [info, new, tags],
            read(SEALED),
        );
        Some(Evidence { entry, files })
    }

    /// The whole that this bag is a part of; none when it is none. What does not hold is a finding.
    pub fn original(&self, findings: &mut Vec<Finding>) -> Option<Original> {
        label(self.root(), PART_OF)?;
        let Some(selection) = label(self.root(), PART)
            .as_deref()
            .and_then(Selection::read)
        else {
            findings.push(lost(INFO));
            return None;
        };
        let Evidence { entry, files } = self.evidence(PART_OF, findings)?;
        for (path, digest) in self.listed().filter(|(path, _)| path.starts_with("data")) {
            if !MADE.contains(&path.as_str()) && files.get(path) != Some(digest) {
                findings.push(strange(path));
            }
        }
        let listed: BTreeSet<&SitePath> = self.listed().map(|(path, _)| path).collect();
        for path in files.keys() {
            let id = path.as_str().strip_prefix("data/ho-so/");
            if id.is_some_and(|id| selection.holds(id)) && !listed.contains(path) {
                findings.push(missing(path));
            }
        }
        Some(Original {
            entry,
            files: files.len(),
            selection,
        })
    }
}

/// A file that the whole does not have, or has otherwise.
pub(super) fn strange(path: &SitePath) -> Finding {
    bad(
        path.as_str(),
        "tệp này không phải của kho mà phần này được lấy ra",
        "this file is not of the archive that this is a part of",
    )
}

/// A file that the whole has and that should be here.
pub(super) fn missing(path: &SitePath) -> Finding {
    bad(
        path.as_str(),
        "kho có tệp này, phần được giao thì thiếu",
        "the archive has this file, and the part that was handed over does not",
    )
}

pub(super) fn lost(path: &str) -> Finding {
    bad(
        path,
        "bảng kê của cả kho thiếu hoặc không khớp",
        "what proves the whole archive is missing or does not match",
    )
}
