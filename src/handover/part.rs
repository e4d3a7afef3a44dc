//! A part of an archive, one year or one unit of it, as a bag of its own.
//!
//! Every file of the part is a file of the whole, byte for byte, but for its first page and its
//! catalogue, which name only what is there. The whole's own files lie in `goc/`, its seal with
//! them: what was left out stays provable by its digest, and so does that nothing was added.

mod home;

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use crate::archive::TOOL;
use crate::archive::bag::check;
use crate::archive::bag::check::Bag;
use crate::archive::bag::check::MANIFEST;
use crate::archive::bag::original::ORIGINAL;
use crate::archive::bag::original::PART;
use crate::archive::bag::original::PART_OF;
use crate::archive::bag::original::Selection;
use crate::archive::catalogue::CATALOGUE;
use crate::archive::catalogue::Catalogue;
use crate::archive::catalogue::Entry;
use crate::archive::chain::INFO;
use crate::archive::chain::NEW;
use crate::archive::chain::SEALED;
use crate::archive::chain::TAGS;
use crate::archive::chain::info;
use crate::diag::Place;
use crate::digest::Sha256;
use crate::handover::Bundle;
use crate::handover::Error;
use crate::path::RepoPath;
use crate::records::yaml::Document;

/// The first page.
const HOME: &str = "data/index.html";
/// Pages, pictures and scripts beside the records that name nobody.
const SHARED: [&str; 7] = [
    "data/style.css",
    "data/favicon.svg",
    "data/verify.js",
    "data/verifier.js",
    "data/trust.js",
    "data/kiem-tra.html",
    "data/niem-phong.html",
];
/// Folders that proofs rest on.
const PROOFS: [&str; 4] = [
    "data/anchors/",
    "data/tsa/",
    "data/revocation/",
    "data/archives/",
];
/// Largest `kind.yaml` that is read.
const MAX_KIND: u64 = 1024 * 1024;
/// Largest file of the whole that is kept as evidence.
const MAX_EVIDENCE: u64 = 256 * 1024 * 1024;

/// Whether a file of the archive belongs to the part.
fn takes(selection: &Selection, path: &str) -> bool {
    if let Some(id) = path.strip_prefix("data/ho-so/") {
        return selection.holds(id);
    }
    if let Some(file) = path.strip_prefix("data/kho/content/") {
        // `school.yaml` and its like belong to every record.
        return !file.contains('/') || selection.holds(file);
    }
    let below = |folder: &&str| path.starts_with(*folder);
    SHARED.contains(&path) || path.starts_with("data/kho/") || PROOFS.iter().any(below)
}

/// The part of an archive that holds the records of `selection`; none when there is no such record.
///
/// # Errors
/// [`Error`], when a file cannot be read.
pub fn of(name: &str, bag: &Bag, selection: &Selection) -> Result<Option<Bundle>, Error> {
    let Some(whole) = bag.catalogue() else {
        return Ok(None);
    };
    let records: Vec<Entry> = whole
        .records
        .iter()
        .filter(|entry| selection.holds(&entry.id))
        .cloned()
        .collect();
    if records.is_empty() {
        return Ok(None);
    }
    let mut bundle = Bundle::new(name);
    let mut manifest: BTreeMap<String, Sha256> = BTreeMap::new();
    for (path, digest) in bag
        .listed()
        .filter(|(path, _)| takes(selection, path.as_str()))
    {
        bundle.file(path.as_str(), bag.root().join(path.as_str()));
        manifest.insert(path.as_str().to_owned(), *digest);
    }
    let info = read(bag.root(), INFO)?;
    let info = String::from_utf8_lossy(&info);
    let catalogue = Catalogue {
        schema: whole.schema.clone(),
        commit: whole.commit.clone(),
        examined_at: whole.examined_at.clone(),
        files: whole
            .files
            .iter()
            .filter(|(_, to)| manifest.contains_key(*to))
            .map(|(from, to)| (from.clone(), to.clone()))
            .collect(),
        records,
    };
    let mut made = |path: &str, bytes: Vec<u8>| {
        manifest.insert(path.to_owned(), Sha256::of(&bytes));
        bundle.bytes(path, bytes);
    };
    made(
        HOME,
        home::page(
            &catalogue,
            &titles(bag.root(), &catalogue),
            selection,
            label(&info, "Source-Organization"),
        )
        .into_bytes(),
    );
    // Plain strings always serialise.
    let mut json = serde_json::to_vec_pretty(&catalogue).unwrap_or_default();
    json.push(b'\n');
    made(CATALOGUE, json);
    tags(&mut bundle, bag.root(), &info, &manifest, selection)?;
    Ok(Some(bundle))
}

/// What the kinds of the records are called; a kind that cannot be read keeps its id.
fn titles(root: &Path, catalogue: &Catalogue) -> BTreeMap<String, String> {
    let kinds: BTreeSet<&str> = catalogue.records.iter().map(|e| e.kind.as_str()).collect();
    let title = |kind: &str| {
        let path = RepoPath::parse(&format!("layouts/{kind}/kind.yaml")).ok()?;
        let bytes = check::bytes(&root.join("data/kho").join(path.as_str()), MAX_KIND).ok()?;
        let place = Place::file(&path);
        let kind = Document::read(std::str::from_utf8(&bytes).ok()?, 1, &place).ok()?;
        Some(kind.value.get("ten")?.as_str()?.to_owned())
    };
    let named = kinds
        .into_iter()
        .filter_map(|kind| Some((kind.to_owned(), title(kind)?)));
    named.collect()
}

/// The years and units that an archive has records of: `2024-2025/mg-5a`.
pub fn known(bag: &Bag) -> Vec<String> {
    let entries = bag.catalogue().map(|whole| whole.records.as_slice());
    places(
        entries
            .unwrap_or_default()
            .iter()
            .map(|entry| entry.id.as_str()),
    )
}

/// The years and units of some records, each once.
pub(super) fn places<'a>(ids: impl Iterator<Item = &'a str>) -> Vec<String> {
    let place = |id: &str| id.splitn(3, '/').take(2).collect::<Vec<_>>().join("/");
    let places: BTreeSet<String> = ids.map(place).collect();
    places.into_iter().collect()
}

/// The bag's own files, and those of the whole in `goc/`.
fn tags(
    bundle: &mut Bundle,
    root: &Path,
    whole: &str,
    manifest: &BTreeMap<String, Sha256>,
    selection: &Selection,
) -> Result<(), Error> {
    let mut tags: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for name in ["bagit.txt", INFO, MANIFEST, NEW, TAGS, SEALED] {
        if name != SEALED || check::is_sealed(root) {
            tags.insert(format!("{ORIGINAL}/{name}"), read(root, name)?);
        }
    }
    let part_of = tags
        .get(&format!("{ORIGINAL}/{TAGS}"))
        .map(|tags| Sha256::of(tags));
    let octets = octets(bundle, manifest)?;
    let mut info = String::new();
    for line in ["Source-Organization", info::DATE, info::REVISION] {
        if let Some(value) = label(whole, line) {
            let _ = writeln!(info, "{line}: {value}");
        }
    }
    let said = [("năm học", &selection.year), ("đơn vị", &selection.unit)];
    let said = said
        .iter()
        .filter_map(|(what, value)| Some(format!("{what} {}", value.as_ref()?)));
    let said: Vec<String> = said.collect();
    let _ = writeln!(
        info,
        "External-Description: Một phần của kho lưu trữ: {}",
        said.join(", ")
    );
    let _ = writeln!(info, "Bag-Software-Agent: {TOOL}");
    let _ = writeln!(info, "{}: {octets}.{}", info::OXUM, manifest.len());
    if let Some(digest) = part_of {
        let _ = writeln!(info, "{PART_OF}: sha256:{digest}");
        let _ = writeln!(info, "{PART}: {selection}");
    }
    tags.insert(INFO.to_owned(), info.into_bytes());
    tags.insert("bagit.txt".to_owned(), read(root, "bagit.txt")?);
    tags.insert(MANIFEST.to_owned(), lines(manifest).into_bytes());
    let digests = tags
        .iter()
        .map(|(path, bytes)| (path.clone(), Sha256::of(bytes)));
    let own = lines(&digests.collect());
    for (path, bytes) in tags {
        bundle.bytes(&path, bytes);
    }
    bundle.bytes(TAGS, own.into_bytes());
    Ok(())
}

fn octets(bundle: &Bundle, manifest: &BTreeMap<String, Sha256>) -> Result<u64, Error> {
    let mut octets = 0;
    for file in bundle.each() {
        let (path, bytes) = file?;
        if manifest.contains_key(path) {
            octets += bytes.len() as u64;
        }
    }
    Ok(octets)
}

/// `digest  path` for each file, as `hoso build` writes it.
fn lines(files: &BTreeMap<String, Sha256>) -> String {
    let line =
        |(path, digest): (&String, &Sha256)| format!("{digest}  {}\n", path.replace('%', "%25"));
    files.iter().map(line).collect()
}

fn read(root: &Path, name: &str) -> Result<Vec<u8>, Error> {
    let path = root.join(name);
    check::bytes(&path, MAX_EVIDENCE).map_err(|source| Error::Read { path, source })
}

fn label<'a>(info: &'a str, name: &str) -> Option<&'a str> {
    let line = info
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    line.map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_asked_for_is_taken() {
        let one = Selection {
            year: Some("2024-2025".to_owned()),
            unit: Some("mg-5a".to_owned()),
        };
        for taken in [
            "data/ho-so/2024-2025/mg-5a/giao-an/x/form.pdf",
            "data/kho/content/school.yaml",
            "data/kho/content/2024-2025/mg-5a/giao-an/anh.png",
            "data/kho/layouts/giao-an/kind.yaml",
            "data/anchors/a.pem",
            "data/style.css",
            "data/trust.js",
        ] {
            assert!(takes(&one, taken), "{taken}");
        }
        for left in [
            "data/ho-so/2024-2025/mg-5b/giao-an/x/form.pdf",
            "data/ho-so/2025-2026/mg-5a/giao-an/x/form.pdf",
            "data/kho/content/2024-2025/mg-5b/giao-an/anh.png",
            "data/index.html",
            "data/muc-luc.json",
            "data/nam/2024-2025/index.html",
            "data/anchorsx",
        ] {
            assert!(!takes(&one, left), "{left}");
        }
        assert_eq!(one.suffix(), "-2024-2025-mg-5a");
        assert!(Selection::default().holds("2024-2025/truong/x/y"));
    }
}
