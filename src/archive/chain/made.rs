//! What a build writes so that its archive can be sealed: the list of the signatures that are new in
//! it, in the form that `sha256sum -c` reads.
//!
//! Only what no earlier archive lists goes in, so all lists of a chain together are as long as there
//! are signatures, however many archives there are. A signature to which something was added since
//! (a time-stamp, revocation data) is a new file; a comment line gives the digest of its core, which
//! never changes, so that its existence stays proven.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt::Write;

use crate::archive::site::Site;
use crate::digest::Sha256;
use crate::sign;

/// What a comment line with the digest of a core begins with. `sha256sum -c` passes over it.
const CORE: &str = "#core-sha256 ";

/// The list for a site whose payload is complete; `known` are the digests of all earlier lists.
pub fn list(site: &Site, known: &BTreeMap<Sha256, u32>) -> String {
    let folder = |path: &str| path.rsplit_once('/').map(|(folder, _)| folder.to_owned());
    let signed: BTreeSet<Option<String>> = site
        .files()
        .filter(|(path, _)| path.as_str().ends_with(".p7s"))
        .map(|(path, _)| folder(path.as_str()))
        .collect();
    let mut out = String::new();
    for (path, bytes) in site.files() {
        let is_signature = path.extension() == Some("p7s");
        let is_form = path.file_name() == "form.pdf" && signed.contains(&folder(path.as_str()));
        if !path.starts_with("data") || !(is_signature || is_form) {
            continue;
        }
        let digest = bytes.digest();
        if known.contains_key(&digest) {
            continue;
        }
        let name = path.as_str().replace('%', "%25");
        // What cannot be read back cannot be published either.
        let core = is_signature.then(|| bytes.read().ok()).flatten();
        let core = core.map(|bytes| sign::core_digest(&bytes));
        if let Some(core) = core.filter(|core| *core != digest) {
            let _ = writeln!(out, "{CORE}{core}  {name}");
        }
        let _ = writeln!(out, "{digest}  {name}");
    }
    out
}

/// The digests in a list, those of cores too. Lines that are neither are passed over: the list is
/// covered by a seal, and what it does not say it does not prove.
pub fn listed(list: &[u8]) -> impl Iterator<Item = Sha256> {
    entries(list).map(|(digest, _)| digest)
}

/// The digests in a list with the files that they are of.
pub fn entries(list: &[u8]) -> impl Iterator<Item = (Sha256, &str)> {
    let text = std::str::from_utf8(list).unwrap_or_default();
    text.lines().filter_map(|line| {
        let line = line.strip_prefix(CORE).unwrap_or(line);
        let (digest, name) = line.split_once("  ")?;
        Some((Sha256::parse(digest)?, name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(files: &[(&str, &[u8])]) -> Site {
        let mut site = Site::default();
        for (path, bytes) in files {
            site.put(path, *bytes, &mut Vec::new());
        }
        site
    }

    #[test]
    fn only_what_is_signed_and_new_is_listed() {
        let site = site(&[
            ("data/ho-so/a/form.pdf", b"form"),
            ("data/ho-so/a/x.p7s", b"signature"),
            ("data/ho-so/b/form.pdf", b"unsigned"),
            ("data/ho-so/c/x.p7s", b"known"),
            ("data/index.html", b"page"),
            ("bagit.txt", b"tag"),
        ]);
        let known = BTreeMap::from([(Sha256::of(b"known"), 1)]);
        let list = list(&site, &known);
        let names: Vec<(Sha256, &str)> = entries(list.as_bytes()).collect();
        let expected = [
            (Sha256::of(b"form"), "data/ho-so/a/form.pdf"),
            (Sha256::of(b"signature"), "data/ho-so/a/x.p7s"),
        ];
        assert_eq!(names, expected);
    }

    #[test]
    fn comments_give_cores_and_rubbish_gives_nothing() {
        let (core, file) = (Sha256::of(b"core"), Sha256::of(b"file"));
        let text = format!("{CORE}{core}  data/a.p7s\n{file}  data/a.p7s\n# words\n{file} x\nx\n");
        let digests: Vec<Sha256> = listed(text.as_bytes()).collect();
        assert_eq!(digests, [core, file]);
        assert_eq!(listed(b"\xff\xfe").count(), 0);
    }
}
