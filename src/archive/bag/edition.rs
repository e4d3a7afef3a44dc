//! An edition, read: whom it is for, that its documents are the archive's and all that it says to have,
//! and that what it leaves out is listed by the archive.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;

use serde::Deserialize;

use crate::archive::bag::check::Bag;
use crate::archive::bag::check::bad;
use crate::archive::bag::check::text;
use crate::archive::bag::original::Evidence;
use crate::archive::bag::original::label;
use crate::archive::bag::original::lost;
use crate::archive::bag::original::missing;
use crate::archive::bag::original::strange;
use crate::archive::chain::INFO;
use crate::archive::edition::AUDIENCE;
use crate::archive::edition::CATALOGUE;
use crate::archive::edition::EDITION_OF;
use crate::archive::edition::SCHEMA;
use crate::archive::edition::SHARED;
use crate::archive::edition::is_page;
use crate::archive::edition::is_shown;
use crate::diag::Finding;
use crate::diag::words::tame;
use crate::digest::Sha256;
use crate::path::RepoPath;
use crate::path::SitePath;
use crate::records::audience::Audience;
use crate::repo::Snapshot;

const RECORDS: &str = "data/ho-so/";

/// An edition.
pub struct Edition {
    /// Whom it is for.
    pub audience: Audience,
    /// The archive that it is of.
    pub evidence: Evidence,
    /// How many documents are there.
    pub whole: usize,
    /// How many are not.
    pub left_out: usize,
}

#[derive(Deserialize)]
struct Catalogue {
    schema: String,
    records: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    shape: String,
    id: Option<String>,
    sha256: String,
}

/// Whether the bag at `root` says that it is an edition.
pub fn is_edition(root: &Path) -> bool {
    label(root, AUDIENCE).is_some()
}

impl Bag {
    /// The edition that this bag is; none when it is none. What does not hold is a finding.
    pub fn edition(&self, findings: &mut Vec<Finding>) -> Option<Edition> {
        let said = label(self.root(), AUDIENCE)?;
        let mut all = Audience::ALL.into_iter();
        let audience = all.find(|audience| audience.code() == said);
        let evidence = self.evidence(EDITION_OF, findings);
        let catalogue = match read(self) {
            Ok(catalogue) => Some(catalogue),
            Err(error) => {
                let error = tame(&error);
                findings.push(bad(
                    CATALOGUE,
                    &format!("mục lục không đọc được: {error}"),
                    &format!("the catalogue cannot be read: {error}"),
                ));
                None
            }
        };
        let (Some(audience), Some(evidence), Some(catalogue)) = (audience, evidence, catalogue)
        else {
            findings.push(lost(INFO));
            return None;
        };
        let (whole, rest): (Vec<&Entry>, Vec<&Entry>) = catalogue
            .records
            .iter()
            .partition(|one| one.shape == "whole");
        self.documents(&evidence, &whole, findings);
        let digests: BTreeSet<&Sha256> = evidence.files.values().collect();
        let unknown = rest.iter().filter(|one| {
            let digest = Sha256::parse(&one.sha256);
            digest.is_none_or(|digest| !digests.contains(&digest))
        });
        findings.extend(unknown.map(|one| {
            let digest = tame(&one.sha256);
            bad(
                CATALOGUE,
                &format!("kho không có bản in nào có giá trị băm {digest}"),
                &format!("the archive has no form with the digest {digest}"),
            )
        }));
        Some(Edition {
            audience,
            evidence,
            whole: whole.len(),
            left_out: rest.len(),
        })
    }

    /// Whether the documents are those of the archive, no more and no fewer than the catalogue says.
    fn documents(&self, evidence: &Evidence, whole: &[&Entry], findings: &mut Vec<Finding>) {
        let listed: BTreeMap<&SitePath, &Sha256> = self.listed().collect();
        let known: BTreeSet<&str> = whole.iter().filter_map(|one| one.id.as_deref()).collect();
        for (path, digest) in &listed {
            let is_document = match path.as_str().strip_prefix(RECORDS) {
                Some(below) => !is_page(below),
                None => is_shared(path.as_str()),
            };
            if is_document && evidence.files.get(*path) != Some(*digest) {
                findings.push(strange(path));
            }
        }
        for path in evidence.files.keys() {
            let below = path.as_str().strip_prefix(RECORDS);
            let is_whole =
                below.is_some_and(|below| known.contains(&*id(below)) && is_shown(within(below)));
            if is_whole && !listed.contains_key(path) {
                findings.push(missing(path));
            }
        }
    }

    /// Whom the school trusts, as the repository has it: the anchors and what authorities said.
    pub fn trusted(&self) -> Snapshot {
        let paths = self.listed().map(|(path, _)| path.as_str());
        let files = paths.filter(|path| is_shared(path)).filter_map(|path| {
            let from = format!("signatures/{}", path.strip_prefix("data/")?);
            Some((RepoPath::parse(&from).ok()?, RepoPath::parse(path).ok()?))
        });
        Snapshot::of_archive(self.root(), files.collect())
    }

    /// The signature files beside forms, each with its form.
    pub fn signed(&self) -> Vec<(SitePath, SitePath)> {
        let paths = self.listed().map(|(path, _)| path);
        let signatures = paths
            .filter(|path| path.as_str().starts_with(RECORDS) && path.as_str().ends_with(".p7s"));
        signatures
            .filter_map(|path| Some((path.clone(), path.parent()?.join("form.pdf").ok()?)))
            .collect()
    }
}

fn read(bag: &Bag) -> Result<Catalogue, String> {
    let text = text(&bag.root().join(CATALOGUE)).map_err(|error| error.to_string())?;
    let catalogue: Catalogue = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    match catalogue.schema == SCHEMA {
        true => Ok(catalogue),
        false => Err(catalogue.schema),
    }
}

/// The record of a file below `data/ho-so/`: its first four names.
fn id(below: &str) -> String {
    let names: Vec<&str> = below.split('/').take(4).collect();
    names.join("/")
}

/// What comes after that: `form.pdf`.
fn within(below: &str) -> &str {
    let start = below
        .match_indices('/')
        .nth(3)
        .map_or(below.len(), |(at, _)| at + 1);
    below.get(start..).unwrap_or_default()
}

fn is_shared(path: &str) -> bool {
    let folder = path.strip_prefix("data/").and_then(|p| p.split('/').next());
    folder.is_some_and(|folder| SHARED.contains(&folder))
}
