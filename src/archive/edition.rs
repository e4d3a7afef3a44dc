//! An edition of the archive for an audience that may not see all of it: other pages, another search, and
//! only the documents that hide nothing. The archive itself is made first and is what is sealed; its
//! manifests lie in `goc/` of every edition, so that what was left out stays provable by its digest.
//!
//! 1. [`crate::records::audience`] says what of a record is hidden;
//! 2. [`redact`] takes it away before anything is made of the record: pages and search never see it;
//! 3. [`pages`] are the edition's own, made only of what is left.
//!
//! A form is shown whole or not at all. One with fields blotted out would look like the official form and
//! be signed by nobody.

pub mod pages;
pub mod redact;

use std::fmt::Write;

use rayon::prelude::*;
use serde::Serialize;

use crate::archive::Material;
use crate::archive::TOOL;
use crate::archive::bag;
use crate::archive::bag::original::ORIGINAL;
use crate::archive::chain;
use crate::archive::chain::info;
use crate::archive::edition::redact::Shape;
use crate::archive::files;
use crate::archive::files::Shown;
use crate::archive::lists;
use crate::archive::pages::Pages;
use crate::archive::search;
use crate::archive::site::Site;
use crate::archive::view::Common;
use crate::archive::view::EditionView;
use crate::archive::view::Row;
use crate::diag::Checked;
use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Place;
use crate::diag::Words;
use crate::digest::Sha256;
use crate::records::audience::Audience;
use crate::records::audience::Hidden;
use crate::records::dates;
use crate::seal::Sealed;

/// Whom an edition is for: `public`.
pub const AUDIENCE: &str = "Hoso-Audience";
/// The digest of the archive's tag manifest: `sha256:<64 hex>`.
pub const EDITION_OF: &str = "Hoso-Edition-Of";
/// The folders below `data/` of whom the school trusts, which an edition has, too.
pub const SHARED: [&str; 3] = ["anchors", "tsa", "revocation"];
/// Where the edition's catalogue lies.
pub const CATALOGUE: &str = "data/ban-trich.json";
/// The name and version of the edition's catalogue.
pub const SCHEMA: &str = "hoso/edition/1";

/// What an edition is made of besides the records.
pub struct Whole<'a> {
    /// The archive.
    pub site: &'a Site,
    /// Whom the edition is for.
    pub audience: Audience,
    /// The seal over the archive, if it is sealed.
    pub seal: Option<&'a [u8]>,
}

/// One record in an edition.
pub struct Part<'a> {
    /// The record as it is.
    pub sealed: &'a Sealed,
    /// Without what is hidden; none for a record that is only counted.
    pub left: Option<Sealed>,
    /// Its row in lists; hollow for a record that is only counted.
    pub row: Row,
    /// How much of it there is.
    pub shape: Shape,
    /// What is hidden.
    pub hidden: Hidden,
}

/// Makes the edition of an archive for an audience.
pub fn assemble(
    material: &Material<'_>,
    sealed: &[Sealed],
    whole: &Whole<'_>,
) -> Checked<Option<Site>> {
    let mut findings = Vec::new();
    let Some(templates) = Pages::read(material.snapshot, &mut findings) else {
        return Checked::new(None, findings);
    };
    if let Some(missing) = pages::TEMPLATES.iter().find(|name| !templates.has(name)) {
        findings.push(no_template(missing));
        return Checked::new(None, findings);
    }
    let parts: Vec<Part<'_>> = sealed
        .par_iter()
        .map(|one| part(material, whole, one))
        .collect();
    let mut site = Site::default();
    copy(&mut site, whole.site, &parts, &mut findings);
    let common = common(material, sealed, whole);
    let made = pages::pages(&templates, material, &common, &parts, whole);
    let catalogue = catalogue(material, whole, &parts);
    put(&mut site, CATALOGUE, catalogue, &mut findings);
    let (left, rows): (Vec<Sealed>, Vec<Row>) = parts
        .into_iter()
        .filter_map(|part| Some((part.left?, part.row)))
        .unzip();
    let search = search::put(
        &mut site,
        &templates,
        material,
        &common,
        &left,
        &rows,
        &mut findings,
    );
    for (path, page) in made.into_iter().chain(search) {
        match page {
            Ok(html) => put(&mut site, &format!("data/{path}"), html, &mut findings),
            Err(finding) => findings.push(*finding),
        }
    }
    wrap(&mut site, material, whole, &mut findings);
    Checked::new(Some(site), findings)
}

fn part<'a>(material: &Material<'_>, whole: &Whole<'_>, one: &'a Sealed) -> Part<'a> {
    let record = &one.rendered.traced.record;
    let hidden = Hidden::of(record, &material.records.kinds, whole.audience);
    let shape = Shape::of(&hidden);
    let left = redact::left(one, &hidden, shape);
    let mut row = lists::row(one, &Shown::none());
    if shape != Shape::Whole {
        row.author = String::new();
    }
    if let Some(left) = &left {
        row.title = left.rendered.traced.record.title.clone();
    }
    let thumb = files::thumb(&record.id);
    if shape == Shape::Whole && whole.site.has(&format!("data/{thumb}")) {
        row.thumb = Some(thumb);
    }
    Part {
        sealed: one,
        left,
        row,
        shape,
        hidden,
    }
}

/// The documents that hide nothing, as the archive has them, and whom the school trusts.
fn copy(site: &mut Site, whole: &Site, parts: &[Part<'_>], findings: &mut Vec<Finding>) {
    let documents = parts
        .iter()
        .filter(|part| part.shape == Shape::Whole)
        .flat_map(|part| {
            let folder = files::folder(&part.sealed.rendered.traced.record.id);
            let folder = format!("data/{folder}/");
            let below = whole.below(&folder);
            below.filter(move |(path, _)| path.as_str().strip_prefix(&folder).is_some_and(is_shown))
        });
    let shared = SHARED.iter();
    let shared = shared.flat_map(|folder| whole.below(&format!("data/{folder}/")));
    let own = pages::ASSETS.iter();
    let own = own.filter_map(|name| whole.entry(&format!("data/{name}")));
    for (path, bytes) in documents.chain(shared).chain(own) {
        site.put(path.as_str(), bytes.clone(), findings);
    }
}

/// Whether a file of a record, by its path below the record's folder, is there with a record that hides nothing. A
/// version before the present one may have said more.
pub fn is_shown(below: &str) -> bool {
    !is_page(below) && !below.starts_with(files::EARLIER)
}

/// Pages are made anew: those of the archive speak of every record.
pub fn is_page(path: &str) -> bool {
    path.ends_with(".html") || path.ends_with(".js")
}

fn common(material: &Material<'_>, sealed: &[Sealed], whole: &Whole<'_>) -> Common {
    let mut common = Common::of(material, sealed);
    let audience = whole.audience.words().vi;
    common.site.title = format!("{} – bản {audience}", common.site.title);
    common.site.edition = Some(EditionView {
        audience: whole.audience.code(),
        label: audience,
    });
    common
}

#[derive(Serialize)]
struct Catalogue<'a> {
    schema: &'static str,
    audience: &'static str,
    /// The archive's tag manifest.
    whole: String,
    commit: Option<&'a str>,
    records: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    shape: &'static str,
    /// None for a record whose name is hidden, as is its title.
    id: Option<&'a str>,
    title: Option<&'a str>,
    kind: &'a str,
    date: String,
    state: &'a str,
    sha256: String,
    source_sha256: String,
}

fn catalogue(material: &Material<'_>, whole: &Whole<'_>, parts: &[Part<'_>]) -> String {
    let records = parts.iter().map(|part| {
        let record = &part.sealed.rendered.traced.record;
        let named = part.shape != Shape::Counted;
        Entry {
            shape: part.shape.code(),
            id: named.then_some(record.id.as_str()),
            title: named.then_some(part.row.title.as_str()),
            kind: &record.kind.id,
            date: record.date.to_string(),
            state: part.sealed.seals.standing.code(),
            sha256: part.sealed.rendered.form.digest().to_string(),
            source_sha256: record.source.digest.to_string(),
        }
    });
    let catalogue = Catalogue {
        schema: SCHEMA,
        audience: whole.audience.code(),
        whole: whole.digest().map(|d| d.to_string()).unwrap_or_default(),
        commit: material.revision.map(|r| r.id.as_str()),
        records: records.collect(),
    };
    // Plain strings always serialise.
    let mut json = serde_json::to_string_pretty(&catalogue).unwrap_or_default();
    json.push('\n');
    json
}

impl Whole<'_> {
    /// What names the archive.
    fn digest(&self) -> Option<Sha256> {
        let (_, tags) = self.site.entry(chain::TAGS)?;
        Some(tags.digest())
    }
}

/// The edition as a bag, with the archive's own files in `goc/`.
fn wrap(site: &mut Site, material: &Material<'_>, whole: &Whole<'_>, findings: &mut Vec<Finding>) {
    let own = whole.site.files();
    for (path, bytes) in own.filter(|(path, _)| !path.as_str().starts_with("data/")) {
        site.put(&format!("{ORIGINAL}/{path}"), bytes.clone(), findings);
    }
    if let Some(seal) = whole.seal {
        let path = format!("{ORIGINAL}/{}", chain::SEALED);
        site.put(&path, seal, findings);
    }
    let mut info = String::new();
    if let Some(school) = bag::school(material) {
        let _ = writeln!(info, "Source-Organization: {school}");
    }
    let _ = writeln!(info, "{}: {}", info::DATE, dates::day(material.at));
    if let Some(revision) = material.revision {
        let _ = writeln!(info, "{}: git:{}", info::REVISION, revision.id);
    }
    let words = whole.audience.words().vi;
    let _ = writeln!(info, "External-Description: Bản {words} của kho lưu trữ");
    let _ = writeln!(info, "Bag-Software-Agent: {TOOL}");
    let _ = writeln!(info, "{}: {}", info::OXUM, bag::oxum(site));
    let _ = writeln!(info, "{AUDIENCE}: {}", whole.audience.code());
    if let Some(digest) = whole.digest() {
        let _ = writeln!(info, "{EDITION_OF}: sha256:{digest}");
    }
    bag::close(site, info, findings);
}

fn put(site: &mut Site, path: &str, text: String, findings: &mut Vec<Finding>) {
    site.put(path, text, findings);
}

fn no_template(name: &str) -> Finding {
    Finding::new(
        Code::FormFault,
        Place::raw(format!("layouts/site/{name}")),
        Words::new(
            "kho này có mẫu trang riêng nhưng thiếu mẫu cho bản dành cho từng đối tượng",
            "this repository has page templates of its own and lacks those of an audience's edition",
        ),
    )
    .help(Words::new(
        "chép các mẫu edition*.html đi cùng chương trình (`hoso init` ở thư mục khác) vào layouts/site",
        "copy the templates edition*.html that come with the program (`hoso init` elsewhere) into layouts/site",
    ))
}
