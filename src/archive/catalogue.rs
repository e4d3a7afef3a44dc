//! `data/muc-luc.json`: the archive's own table of contents for machines, and the map from the
//! repository's paths to the archive's, by which `hoso verify` reads an archive as if it were the
//! repository.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Serialize;

use crate::archive::Material;
use crate::archive::files;
use crate::archive::site::Site;
use crate::diag::Finding;
use crate::seal::Sealed;

/// Where the catalogue lies.
pub const CATALOGUE: &str = "data/muc-luc.json";

/// The name and version of the format.
pub const SCHEMA: &str = "hoso/catalogue/1";

/// The table of contents of an archive.
#[derive(Debug, Serialize, Deserialize)]
pub struct Catalogue {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// The commit the archive was made from.
    pub commit: Option<String>,
    /// The instant as of which signatures were examined, RFC 3339.
    pub examined_at: String,
    /// Every record and book.
    pub records: Vec<Entry>,
    /// Repository path → path below the archive's root.
    pub files: BTreeMap<String, String>,
}

/// One record of the catalogue.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its kind.
    pub kind: String,
    /// Its date, ISO 8601.
    pub date: String,
    /// Its state, `da-ky`.
    pub state: String,
    /// Its form, below the archive's root.
    pub form: String,
    /// The digest of the form.
    pub sha256: String,
    /// The digest of its source.
    pub source_sha256: String,
    /// git's name for its source, 40 hexadecimal digits; none for a book, which has no text of its own.
    #[serde(default)]
    pub source_blob: Option<String>,
}

/// Puts the catalogue into a site.
pub fn put(
    site: &mut Site,
    material: &Material<'_>,
    sealed: &[Sealed],
    findings: &mut Vec<Finding>,
) {
    let catalogue = Catalogue {
        schema: SCHEMA.to_owned(),
        commit: material.revision.map(|r| r.id.clone()),
        examined_at: material.at.to_string(),
        records: sealed.iter().map(|one| entry(material, one)).collect(),
        files: files::map(material, sealed),
    };
    // Plain strings always serialise.
    let mut json = serde_json::to_vec_pretty(&catalogue).unwrap_or_default();
    json.push(b'\n');
    site.put(CATALOGUE, json, findings);
}

fn entry(material: &Material<'_>, sealed: &Sealed) -> Entry {
    let record = &sealed.rendered.traced.record;
    let path = record.path();
    let file = path.and_then(|path| material.snapshot.get(path.as_str()));
    Entry {
        id: record.id.to_string(),
        title: record.title.clone(),
        kind: record.kind.id.clone(),
        date: record.date.to_string(),
        state: sealed.seals.standing.code().to_owned(),
        form: format!("data/{}", files::form(&record.id)),
        sha256: sealed.rendered.form.digest().to_string(),
        source_sha256: record.source.digest.to_string(),
        source_blob: file.and_then(|file| file.id.clone()),
    }
}
