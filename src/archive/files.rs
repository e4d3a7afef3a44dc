//! Where things lie in the archive. Below `data/`:
//!
//! ```text
//! ho-so/<record id>/index.html        the page
//! ho-so/<record id>/form.pdf          the form; *.p7s beside it
//! ho-so/<record id>/<name>.md         the source
//! ho-so/<record id>/trang-1.png …     the form as pictures; nho.png, a small one
//! ho-so/<record id>/cu/<16 hex>/…     versions signed before
//! ho-so/<record id>/proof.js          its signatures, for the verifier in a browser
//! trust.js                            whom and what the archive trusts, for the same
//! anchors/*.pem                       whom the school trusts
//! tsa/*.pem                           whom it trusts for time-stamps
//! revocation/*.{crl,ocsp}             what authorities said of certificates
//! archives/<NNNN>/…                   the sealed archives before this one
//! kho/…                               the rest of what the forms and signatures were made from
//! ```

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;

use crate::archive::Material;
use crate::archive::chain;
use crate::archive::site::Site;
use crate::cache::Cache;
use crate::cache::Key;
use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Place;
use crate::digest::Sha256;
use crate::path::RepoPath;
use crate::records::Record;
use crate::records::id::RecordId;
use crate::records::school::pictures;
use crate::render::FormOrigin;
use crate::render::kept::Version;
use crate::render::picture;
use crate::render::picture::Picture;
use crate::seal::Seal;
use crate::seal::Sealed;
use crate::spool::Blob;
use crate::spool::Spool;

/// Pixels per point of a page's picture: 108 dpi reads well on a screen.
const PAGE_SCALE: f32 = 1.5;
/// Pixels per point of the small picture in lists.
const THUMB_SCALE: f32 = 0.2;
/// Largest file copied from the repository.
pub const MAX_FILE: u64 = 64 * 1024 * 1024;

/// What of a record is shown: its form as pictures.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The pages.
    pub pages: Vec<Page>,
    /// The first page, small.
    pub thumb: Option<Page>,
}

/// The picture of a page, waiting to be written.
#[derive(Clone, Debug)]
pub struct Page {
    /// PNG.
    pub png: Blob,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

impl Page {
    fn of(picture: &Picture, spool: &Spool) -> Self {
        Self {
            png: spool.put(&picture.png),
            width: picture.width,
            height: picture.height,
        }
    }
}

impl Shown {
    /// Nothing of it.
    pub fn none() -> Self {
        Self {
            pages: Vec::new(),
            thumb: None,
        }
    }

    /// Draws the form of a record, unless it was brought along by somebody whose signature does not
    /// hold: the page then offers the file alone.
    pub fn of(sealed: &Sealed, cache: Option<&Cache>, spool: &Spool) -> Self {
        let form = &sealed.rendered.form;
        let ours = match form.origin {
            FormOrigin::Set => true,
            FormOrigin::Kept(_) => sealed.seals.current.iter().any(Seal::holds),
        };
        // What cannot be read back cannot be published either.
        let drawn = || Drawn::of(&form.pdf.read().unwrap_or_default());
        let drawn = match (ours, cache) {
            (false, _) => return Self::none(),
            (true, None) => drawn(),
            (true, Some(cache)) => Drawn::kept(cache, form.digest(), drawn),
        };
        let page = |picture: &Picture| Page::of(picture, spool);
        Self {
            pages: drawn.pages.iter().map(page).collect(),
            thumb: drawn.thumb.as_ref().map(page),
        }
    }
}

/// The pictures of a form.
struct Drawn {
    pages: Vec<Picture>,
    thumb: Option<Picture>,
}

impl Drawn {
    fn of(pdf: &[u8]) -> Self {
        Self {
            pages: picture::pages(pdf, PAGE_SCALE, picture::MAX_PAGES),
            thumb: picture::pages(pdf, THUMB_SCALE, 1).pop(),
        }
    }

    /// As drawn before, or else now.
    fn kept(cache: &Cache, digest: Sha256, draw: impl Fn() -> Self) -> Self {
        let key = |sort| Key::new(sort).with(digest.as_bytes());
        let mut drawn = None;
        let mut get = |sort, pick: fn(&Self) -> Vec<u8>| {
            let make = || Ok::<_, Infallible>(pick(drawn.get_or_insert_with(&draw)));
            let packed = cache.get_or(key(sort), make);
            picture::unpack(&packed.unwrap_or_else(|never| match never {}))
        };
        let pages = get("pages", |drawn| picture::pack(&drawn.pages));
        let thumb = get("thumb", |drawn| picture::pack(&drawn.thumb));
        match (pages, thumb) {
            (Some(pages), Some(mut thumb)) => Self {
                pages,
                thumb: thumb.pop(),
            },
            _ => draw(),
        }
    }
}

/// The folder of a record, relative to the site's root.
pub fn folder(id: &RecordId) -> String {
    format!("ho-so/{id}")
}

/// The page of a record.
pub fn page(id: &RecordId) -> String {
    format!("{}/index.html", folder(id))
}

/// The form of a record.
pub fn form(id: &RecordId) -> String {
    format!("{}/form.pdf", folder(id))
}

/// The source of a record.
pub fn source(record: &Record) -> String {
    format!("{}/{}", folder(&record.id), record.source_name())
}

/// The picture of a page, counted from 1.
pub fn page_picture(id: &RecordId, number: usize) -> String {
    format!("{}/trang-{number}.png", folder(id))
}

/// The small picture.
pub fn thumb(id: &RecordId) -> String {
    format!("{}/nho.png", folder(id))
}

/// The folder of the versions signed before, within that of a record.
pub const EARLIER: &str = "cu/";

/// The folder of a version signed before.
pub fn superseded(id: &RecordId, version: &Version<Blob>) -> String {
    format!("{}/{EARLIER}{}", folder(id), version.folder.file_name())
}

/// The files that proofs rest on besides the signatures themselves, with their places: the sealed
/// archives before, the anchors for time-stamps, revocation data.
fn proofs<'a>(material: &'a Material<'_>) -> Vec<(&'a RepoPath, String)> {
    let below = |folder: &str, depth: usize| -> Vec<(&'a RepoPath, String)> {
        let kept = material.snapshot.under(folder);
        kept.map(|entry| &entry.path)
            .filter(|path| path.segments().count() == depth)
            .filter_map(|path| Some((path, path.strip_prefix("signatures")?.to_owned())))
            .collect()
    };
    [
        below(chain::FOLDER, 4),
        below("signatures/revocation", 3),
        below("signatures/tsa", 3),
    ]
    .concat()
}

/// A trust anchor.
pub fn anchor(path: &RepoPath) -> String {
    format!("anchors/{}", path.file_name())
}

/// Puts every file but the pages into the site.
pub fn put(
    site: &mut Site,
    material: &Material<'_>,
    sealed: &[Sealed],
    shown: &[Shown],
    findings: &mut Vec<Finding>,
) {
    for (one, shown) in sealed.iter().zip(shown) {
        let record = &one.rendered.traced.record;
        let id = &record.id;
        let mut put =
            |path: String, bytes: Blob| site.put(&format!("data/{path}"), bytes, findings);
        put(form(id), one.rendered.form.pdf.clone());
        put(source(record), Arc::clone(&record.source.bytes).into());
        for (index, picture) in shown.pages.iter().enumerate() {
            put(page_picture(id, index + 1), picture.png.clone());
        }
        if let Some(picture) = &shown.thumb {
            put(thumb(id), picture.png.clone());
        }
        if let FormOrigin::Kept(version) = &one.rendered.form.origin {
            for file in &version.signatures {
                put(
                    format!("{}/{}", folder(id), file.path.file_name()),
                    Arc::clone(&file.bytes).into(),
                );
            }
        }
        for version in &one.rendered.superseded {
            let folder = superseded(id, version);
            put(format!("{folder}/form.pdf"), version.pdf.clone());
            for file in &version.signatures {
                put(
                    format!("{folder}/{}", file.path.file_name()),
                    Arc::clone(&file.bytes).into(),
                );
            }
        }
    }
    for (path, bytes) in material.anchors {
        site.put(
            &format!("data/{}", anchor(path)),
            bytes.as_slice(),
            findings,
        );
    }
    let rest = rest(material, sealed).into_iter();
    let rest = rest.map(|path| (path, format!("kho/{path}")));
    for (path, to) in proofs(material).into_iter().chain(rest) {
        match material.snapshot.read(path, MAX_FILE) {
            Ok(bytes) => site.put(&format!("data/{to}"), material.spool.put(&bytes), findings),
            Err(error) => findings.push(Finding::new(
                Code::FileTooLarge,
                Place::file(path),
                error.words(),
            )),
        }
    }
}

/// Repository path → path below the archive's root, for everything the archive holds.
pub fn map(material: &Material<'_>, sealed: &[Sealed]) -> BTreeMap<String, String> {
    let mut map = placed(material, sealed);
    for path in rest(material, sealed) {
        map.insert(path.as_str().to_owned(), format!("data/kho/{path}"));
    }
    map
}

/// Whether a file of the repository may lie at `to`, a path below an archive's root: the rule that
/// [`map`] follows, for archives that come from elsewhere.
pub fn is_place(from: &str, to: &str) -> bool {
    let parts: Vec<&str> = from.split('/').collect();
    match parts[..] {
        [
            "signatures",
            folder @ ("anchors" | "tsa" | "revocation"),
            name,
        ] => to == format!("data/{folder}/{name}"),
        // As payload, so that the tag manifest that is sealed does not grow with the chain.
        ["signatures", "archives", number, file] => to == format!("data/archives/{number}/{file}"),
        ["signatures", year, unit, kind, name, version, file] => {
            let folder = format!("data/ho-so/{year}/{unit}/{kind}/{name}");
            to == format!("{folder}/{file}") || to == format!("{folder}/cu/{version}/{file}")
        }
        ["content", year, unit, kind, file] if file.ends_with(".md") => {
            let name = file.trim_end_matches(".md");
            to == format!("data/ho-so/{year}/{unit}/{kind}/{name}/{file}")
        }
        _ => to == format!("data/kho/{from}"),
    }
}

/// The files that have a place of their own.
fn placed(material: &Material<'_>, sealed: &[Sealed]) -> BTreeMap<String, String> {
    let mut map = BTreeMap::new();
    let mut put = |from: &RepoPath, to: String| {
        map.insert(from.as_str().to_owned(), format!("data/{to}"));
    };
    for one in sealed {
        let record = &one.rendered.traced.record;
        if let Some(path) = record.path() {
            put(path, source(record));
        }
        let mut version = |version: &Version<Blob>, folder: String| {
            if let Ok(form) = version.folder.join("form.pdf") {
                put(&form, format!("{folder}/form.pdf"));
            }
            for file in &version.signatures {
                put(&file.path, format!("{folder}/{}", file.path.file_name()));
            }
        };
        if let FormOrigin::Kept(kept) = &one.rendered.form.origin {
            version(kept, folder(&record.id));
        }
        for old in &one.rendered.superseded {
            version(old, superseded(&record.id, old));
        }
    }
    for (path, _) in material.anchors {
        put(path, anchor(path));
    }
    for (path, to) in proofs(material) {
        put(path, to);
    }
    map
}

/// Whether a file of the repository goes into its archive. The pictures of signatures and of the seal
/// do not: whoever has them can put them on anything.
pub fn is_kept(path: &RepoPath) -> bool {
    let left_out = ["layouts/fonts", "layouts/site", pictures::FOLDER];
    !left_out.iter().any(|folder| path.starts_with(folder))
}

/// The files without a place of their own: the school, the kinds and their layouts, photos. Fonts
/// and the site's own templates are left out: no proof rests on them.
fn rest<'a>(material: &'a Material<'_>, sealed: &[Sealed]) -> Vec<&'a RepoPath> {
    let placed = placed(material, sealed);
    material
        .snapshot
        .entries()
        .map(|entry| &entry.path)
        .filter(|path| is_kept(path))
        .filter(|path| !placed.contains_key(path.as_str()))
        .collect()
}
