//! The archive as a BagIt 1.0 bag (RFC 8493), checkable with `sha256sum -c` and any BagIt tool.

pub mod check;
pub mod proofs;

use std::fmt::Write;
use std::sync::Arc;

use crate::archive::Material;
use crate::archive::TOOL;
use crate::archive::chain;
use crate::archive::chain::info;
use crate::archive::site::Site;
use crate::diag::Finding;
use crate::digest::Sha256;
use crate::records::dates;

/// The declaration every bag starts with (RFC 8493 §2.1.1).
const BAGIT: &str = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";

/// Adds the bag's own files to a site whose payload lies below `data/`.
pub fn wrap(site: &mut Site, material: &Material<'_>, findings: &mut Vec<Finding>) {
    let manifest = manifest(site, |path| path.starts_with("data/"));
    let info = self::info(site, material);
    let new = chain::made::list(site, &material.chain.listed());
    let mut put = |site: &mut Site, name: &str, text: String| {
        site.put(name, Arc::from(text.into_bytes()), findings)
    };
    put(site, "bagit.txt", BAGIT.to_owned());
    put(site, chain::INFO, info);
    put(site, "manifest-sha256.txt", manifest);
    put(site, chain::NEW, new);
    let tags = self::manifest(site, |path| !path.starts_with("data/"));
    put(site, chain::TAGS, tags);
}

/// `digest  path` for each file (RFC 8493 §2.1.3), as `sha256sum` writes and reads it.
fn manifest(site: &Site, wanted: impl Fn(&str) -> bool) -> String {
    let mut out = String::new();
    for (path, bytes) in site.files().filter(|(path, _)| wanted(path.as_str())) {
        // A `SitePath` holds no control characters; a percent sign is the one to be escaped.
        let name = path.as_str().replace('%', "%25");
        let _ = writeln!(out, "{}  {name}", Sha256::of(bytes));
    }
    out
}

/// What the bag says of itself (RFC 8493 §2.2.2). The date is the revision's, so that the same
/// revision gives the same bag.
fn info(site: &Site, material: &Material<'_>) -> String {
    let (octets, count) = site
        .files()
        .filter(|(path, _)| path.as_str().starts_with("data/"))
        .fold((0_u64, 0_u64), |(octets, count), (_, bytes)| {
            (octets + bytes.len() as u64, count + 1)
        });
    let date = dates::day(material.at);
    let mut out = String::new();
    if let Some(school) = material.records.school.organisation(date) {
        let _ = writeln!(out, "Source-Organization: {}", one_line(&school.ten));
    }
    let _ = writeln!(out, "{}: {date}", info::DATE);
    if let Some(revision) = material.revision {
        let _ = writeln!(out, "{}: git:{}", info::REVISION, revision.id);
    }
    let _ = writeln!(out, "Bag-Software-Agent: {TOOL}");
    let _ = writeln!(out, "{}: {octets}.{count}", info::OXUM);
    let _ = writeln!(out, "{}: {}", info::SEQUENCE, material.chain.next());
    if let Some(before) = material.chain.last() {
        let _ = writeln!(out, "{}: sha256:{}", info::PREVIOUS, before.entry.digest);
    }
    out
}

fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}
