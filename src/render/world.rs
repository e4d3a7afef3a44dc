//! What Typst can see: the layouts of the revision, the fonts, one record's data, its source and
//! its pictures. No disk, no network, no packages, no clock.
//!
//! A volume sees its records too: the n-th is a package `@quyen/m<n>:1.0.0`, which nobody fetches. Its
//! root holds the layouts and that record's own data, source and pictures, so that a form runs
//! unchanged where `include` puts it. Typst keeps every path it has ever seen, hence names that are
//! the same in every volume.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;

use typst::Library;
use typst::LibraryExt;
use typst::World;
use typst::diag::FileError;
use typst::diag::FileResult;
use typst::diag::PackageError;
use typst::foundations::Bytes;
use typst::foundations::Datetime;
use typst::foundations::Duration;
use typst::syntax::FileId;
use typst::syntax::RootedPath;
use typst::syntax::Source;
use typst::syntax::VirtualPath;
use typst::syntax::VirtualRoot;
use typst::syntax::package::PackageSpec;
use typst::text::Font;
use typst::text::FontBook;
use typst::utils::LazyHash;

use crate::cache::Key;
use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Place;
use crate::diag::Words;
use crate::digest::Sha256;
use crate::embedded;
use crate::records::Record;
use crate::records::document;
use crate::records::image;
use crate::render::Press;
use crate::repo;
use crate::repo::Snapshot;

/// Largest layout or font file.
const MAX_LAYOUT: u64 = 32 * 1024 * 1024;

/// The layouts of a revision, parsed once for all records.
pub struct Layouts {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
    files: HashMap<FileId, LayoutFile>,
    digest: Sha256,
}

struct LayoutFile {
    source: Option<Source>,
    bytes: Bytes,
}

impl Layouts {
    /// Reads the layouts of a revision. Its own fonts (`layouts/fonts/`) stand before the ones that
    /// come with the program.
    ///
    /// # Errors
    /// When a file of the revision cannot be read.
    pub fn read(snapshot: &Snapshot) -> Result<Self, repo::Error> {
        let mut files = HashMap::new();
        let mut fonts = Vec::new();
        // Without fonts of its own it takes the program's, which the cache knows.
        let mut key = Key::new("layouts");
        for entry in snapshot.under("layouts/") {
            let path = entry.path.as_str();
            // The site's templates are not the forms' business.
            if path.starts_with("layouts/site/") {
                continue;
            }
            let bytes = Bytes::new(snapshot.read(&entry.path, MAX_LAYOUT)?);
            key = key.with(path.as_bytes()).with(&bytes);
            if path.starts_with("layouts/fonts/") {
                fonts.extend(Font::iter(bytes));
                continue;
            }
            let Some(id) = file_id(&format!("/{path}")) else {
                continue;
            };
            let text = path
                .ends_with(".typ")
                .then(|| String::from_utf8_lossy(&bytes).into_owned());
            files.insert(
                id,
                LayoutFile {
                    source: text.map(|text| Source::new(id, text)),
                    bytes,
                },
            );
        }
        if fonts.is_empty() {
            fonts = embedded_fonts();
        }
        Ok(Self {
            library: LazyHash::new(Library::builder().build()),
            book: LazyHash::new(FontBook::from_fonts(&fonts)),
            fonts,
            files,
            digest: key.digest(),
        })
    }
}

fn embedded_fonts() -> Vec<Font> {
    let files = embedded::folder("fonts").into_iter();
    let fonts = files.filter(|(name, _)| name.ends_with(".ttf"));
    fonts
        .flat_map(|(_, bytes)| Font::iter(Bytes::new(bytes)))
        .collect()
}

fn file_id(path: &str) -> Option<FileId> {
    id_below(&VirtualRoot::Project, path)
}

fn id_below(root: &VirtualRoot, path: &str) -> Option<FileId> {
    let path = VirtualPath::new(path).ok()?;
    Some(RootedPath::new(root.clone(), path).intern())
}

/// The world of one record.
pub struct FormWorld<'a> {
    layouts: &'a Layouts,
    main: FileId,
    /// Data, source and pictures. Their paths are the same for every record, since Typst keeps
    /// each path it has ever seen and has room for 65,535.
    overlay: HashMap<FileId, Bytes>,
    /// The layouts as seen from within a record of a volume, as far as they were asked for.
    bound: Mutex<HashMap<FileId, Source>>,
}

/// The namespace of a volume's records.
const NAMESPACE: &str = "quyen";

/// The one version of everything.
const VERSION: &str = "1.0.0";

impl<'a> FormWorld<'a> {
    /// Puts a record beside the layouts.
    ///
    /// # Errors
    /// When the kind's form is missing or a picture cannot be read.
    pub fn new(press: &Press<'a>, record: &Record, data: Vec<u8>) -> Result<Self, Box<Finding>> {
        let main = layout(record);
        let main_id = file_id(&main)
            .filter(|id| press.layouts.files.contains_key(id))
            .ok_or_else(|| no_layout(&main))?;
        let mut overlay = HashMap::new();
        lay(press, record, data, &VirtualRoot::Project, &mut overlay)?;
        for (index, member) in record.bound().iter().enumerate() {
            let spec = format!("@{NAMESPACE}/m{index}:{VERSION}").parse::<PackageSpec>();
            let Ok(spec) = spec else { continue };
            let root = VirtualRoot::Package(spec);
            let data = document::within(press.school, member, record);
            let data = serde_json::to_vec(&data).unwrap_or_default();
            lay(press, member, data, &root, &mut overlay)?;
            let manifest = format!(
                "[package]\nname = \"m{index}\"\nversion = \"{VERSION}\"\nentrypoint = \"{}\"\n",
                layout(member).trim_start_matches('/')
            );
            let manifest = Bytes::new(manifest.into_bytes());
            overlay.extend(id_below(&root, "/typst.toml").map(|id| (id, manifest)));
        }
        Ok(Self {
            layouts: press.layouts,
            main: main_id,
            overlay,
            bound: Mutex::default(),
        })
    }

    /// What the form is made from: everything that Typst can see, and what [`crate::render::pdf`] adds.
    pub fn key(&self, record: &Record) -> Key {
        let key = Key::new("form")
            .with(self.layouts.digest.as_bytes())
            .with(layout(record).as_bytes())
            .with(record.id.to_string().as_bytes())
            .with(record.date.to_string().as_bytes());
        // By path, since a map has no order of its own.
        let mut overlay: Vec<(String, &Bytes)> = self
            .overlay
            .iter()
            .map(|(id, bytes)| (format!("{:?}", id.get()), bytes))
            .collect();
        overlay.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        let put = |key: Key, (path, bytes): (String, &Bytes)| key.with(path.as_bytes()).with(bytes);
        overlay.into_iter().fold(key, put)
    }

    /// The layout file that `id` means, from the project's root or from that of a bound record.
    fn layout(&self, id: FileId) -> Option<&LayoutFile> {
        match id.get().root() {
            VirtualRoot::Project => self.layouts.files.get(&id),
            VirtualRoot::Package(spec) if spec.namespace == NAMESPACE => {
                let own = RootedPath::new(VirtualRoot::Project, id.get().vpath().clone());
                self.layouts.files.get(&own.intern())
            }
            VirtualRoot::Package(_) => None,
        }
    }
}

/// The file of a record's form.
fn layout(record: &Record) -> String {
    format!("/layouts/{}/{}", record.kind.id, record.version.file)
}

/// Lays a record's data, source and pictures below a root.
fn lay(
    press: &Press<'_>,
    record: &Record,
    data: Vec<u8>,
    root: &VirtualRoot,
    overlay: &mut HashMap<FileId, Bytes>,
) -> Result<(), Box<Finding>> {
    let mut put = |path: &str, bytes: Bytes| {
        overlay.extend(id_below(root, path).map(|id| (id, bytes)));
    };
    put("/data.json", Bytes::new(data));
    put(
        document::SOURCE_FILE,
        Bytes::new(Arc::clone(&record.source.bytes)),
    );
    for (index, path) in record.images.values().enumerate() {
        let bytes = press
            .snapshot
            .read(path, image::MAX_BYTES)
            .map_err(|error| {
                Box::new(Finding::new(
                    Code::ImageRefused,
                    Place::file(path),
                    error.words(),
                ))
            })?;
        put(&document::image_file(index), Bytes::new(bytes));
    }
    Ok(())
}

fn no_layout(path: &str) -> Box<Finding> {
    let finding = Finding::new(
        Code::FormFault,
        Place::raw(path.trim_start_matches('/')),
        Words::new("không có tệp mẫu này", "there is no such layout"),
    );
    Box::new(finding.help(Words::new(
        "sửa `tep` trong kind.yaml, hoặc thêm tệp",
        "mend `tep` in kind.yaml, or add the file",
    )))
}

impl World for FormWorld<'_> {
    fn library(&self) -> &LazyHash<Library> {
        &self.layouts.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.layouts.book
    }

    fn main(&self) -> FileId {
        self.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        let source = self.layout(id).and_then(|file| file.source.as_ref());
        let source = source.ok_or_else(|| absent(id))?;
        if source.id() == id {
            return Ok(source.clone());
        }
        // The same text under another root: what it imports lies there too. A poisoned lock means
        // that Typst panicked, which ends this form anyway.
        let Ok(mut bound) = self.bound.lock() else {
            return Err(absent(id));
        };
        let text = || Source::new(id, source.text().to_owned());
        Ok(bound.entry(id).or_insert_with(text).clone())
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        let own = self.overlay.get(&id);
        own.or_else(|| self.layout(id).map(|file| &file.bytes))
            .cloned()
            .ok_or_else(|| absent(id))
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.layouts.fonts.get(index).cloned()
    }

    /// There is no today: a form made twice must be the same.
    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}

fn absent(id: FileId) -> FileError {
    match id.get().root() {
        VirtualRoot::Project => FileError::NotFound(id.get().vpath().get_with_slash().into()),
        VirtualRoot::Package(_) => FileError::Package(PackageError::Other(Some(
            "a layout sees the repository only; put the package's files below layouts/".into(),
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The letters of Vietnamese (TCVN 6909:2001): the vowels with and without each tone, and đ.
    fn letters() -> impl Iterator<Item = char> {
        const LOWER: &str =
            "aàáảãạăằắẳẵặâầấẩẫậeèéẻẽẹêềếểễệiìíỉĩịoòóỏõọôồốổỗộơờớởỡợuùúủũụưừứửữựyỳýỷỹỵđ";
        LOWER
            .chars()
            .flat_map(|c| c.to_lowercase().chain(c.to_uppercase()))
    }

    /// Tones, circumflex, breve and horn as marks of their own.
    const MARKS: [char; 8] = [
        '\u{300}', '\u{301}', '\u{303}', '\u{309}', '\u{323}', '\u{302}', '\u{306}', '\u{31b}',
    ];

    #[test]
    fn the_fonts_have_every_vietnamese_letter_composed_and_decomposed() {
        let fonts = embedded_fonts();
        assert_eq!(fonts.len(), 4);
        assert_eq!(letters().count(), 2 * 73);
        for font in &fonts {
            let info = font.info();
            assert_eq!(info.family, "Liberation Serif");
            for letter in letters().chain(MARKS).chain("–—…“”‘’«»•§°×÷±½²³€₫".chars())
            {
                assert!(
                    info.coverage.contains(letter as u32),
                    "{letter} in {:?}",
                    info.variant
                );
            }
        }
    }
}
