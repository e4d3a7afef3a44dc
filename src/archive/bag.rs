//! The archive as a BagIt 1.0 bag (RFC 8493), checkable with `sha256sum -c` and any BagIt tool.

pub mod check;
pub mod edition;
pub mod original;
pub mod proofs;

use std::fmt::Write;

use crate::archive::Material;
use crate::archive::TOOL;
use crate::archive::chain;
use crate::archive::chain::info;
use crate::archive::site::Site;
use crate::diag::Finding;
use crate::records::dates;

/// The declaration every bag starts with (RFC 8493 §2.1.1).
const BAGIT: &str = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";

/// Adds the bag's own files to a site whose payload lies below `data/`.
pub fn wrap(site: &mut Site, material: &Material<'_>, findings: &mut Vec<Finding>) {
    let info = self::info(site, material);
    let new = chain::made::list(site, &material.chain.listed());
    site.put(chain::NEW, new, findings);
    close(site, info, findings);
}

/// Adds the declaration, what the bag says of itself, and the manifests over payload and tag files.
pub(super) fn close(site: &mut Site, info: String, findings: &mut Vec<Finding>) {
    let manifest = manifest(site, |path| path.starts_with("data/"));
    let mut put = |site: &mut Site, name: &str, text: String| site.put(name, text, findings);
    put(site, "bagit.txt", BAGIT.to_owned());
    put(site, chain::INFO, info);
    put(site, "manifest-sha256.txt", manifest);
    let tags = self::manifest(site, |path| !path.starts_with("data/"));
    put(site, chain::TAGS, tags);
}

/// `digest  path` for each file (RFC 8493 §2.1.3), as `sha256sum` writes and reads it.
fn manifest(site: &Site, wanted: impl Fn(&str) -> bool) -> String {
    let mut out = String::new();
    for (path, bytes) in site.files().filter(|(path, _)| wanted(path.as_str())) {
        // A `SitePath` holds no control characters; a percent sign is the one to be escaped.
        let name = path.as_str().replace('%', "%25");
        let _ = writeln!(out, "{}  {name}", bytes.digest());
    }
    out
}

/// What the bag says of itself (RFC 8493 §2.2.2). The date is the revision's, so that the same
/// revision gives the same bag.
fn info(site: &Site, material: &Material<'_>) -> String {
    let mut out = String::new();
    if let Some(school) = school(material) {
        let _ = writeln!(out, "Source-Organization: {school}");
    }
    let _ = writeln!(out, "{}: {}", info::DATE, dates::day(material.at));
    if let Some(revision) = material.revision {
        let _ = writeln!(out, "{}: git:{}", info::REVISION, revision.id);
    }
    let _ = writeln!(out, "Bag-Software-Agent: {TOOL}");
    let _ = writeln!(out, "{}: {}", info::OXUM, oxum(site));
    let _ = writeln!(out, "{}: {}", info::SEQUENCE, material.chain.next());
    if let Some(before) = material.chain.last() {
        let _ = writeln!(out, "{}: sha256:{}", info::PREVIOUS, before.entry.digest);
    }
    out
}

/// The school's name.
pub(super) fn school(material: &Material<'_>) -> Option<String> {
    let date = dates::day(material.at);
    let school = material.records.school.organisation(date)?;
    Some(one_line(&school.ten))
}

/// Octets and count of the payload's files (RFC 8493 §2.2.2).
pub(super) fn oxum(site: &Site) -> String {
    let payload = site
        .files()
        .filter(|(path, _)| path.as_str().starts_with("data/"));
    let (octets, count) = payload.fold((0_u64, 0_u64), |(octets, count), (_, bytes)| {
        (octets + bytes.len() as u64, count + 1)
    });
    format!("{octets}.{count}")
}

fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}
