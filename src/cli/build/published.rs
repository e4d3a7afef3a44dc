//! What `build` has published, remembered so that a run over the same inputs ends at once.

use std::path::Path;

use serde::Deserialize;
use serde::Serialize;

use crate::archive::site::Site;
use crate::archive::view;
use crate::cache::Cache;
use crate::cache::Key;
use crate::cli::build::Original;
use crate::cli::exit::Fault;
use crate::cli::ui::Ui;
use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Place;
use crate::diag::Report;
use crate::diag::Words;
use crate::digest::Sha256;
use crate::out::stamp;
use crate::records::audience::Audience;
use crate::repo::Revision;

/// An archive at its place.
pub(super) struct Published<'a> {
    /// Where it lies.
    pub(super) target: &'a Path,
    /// What it is made from, see [`key`].
    pub(super) key: Key,
}

/// Everything that decides what lies at `target`.
pub(super) fn key(
    target: &Path,
    revision: &Revision,
    audience: Audience,
    original: Option<&Original>,
) -> Key {
    let target = std::path::absolute(target).unwrap_or_else(|_| target.to_owned());
    let key = Key::new("published")
        .with(target.as_os_str().as_encoded_bytes())
        .with(revision.id.as_bytes())
        .with(audience.code().as_bytes());
    match original {
        Some(original) => key.with(&original.tags).with(&original.seal),
        None => key,
    }
}

#[derive(Serialize, Deserialize)]
struct Remembered {
    stamp: String,
    count: Count,
    findings: Vec<Found>,
}

impl Published<'_> {
    /// How much was published and what was found, if it lies there untouched.
    pub(super) fn stands(&self, cache: &Cache) -> Option<(Count, Report)> {
        let kept = cache.find(self.key.clone())?;
        let kept: Remembered = serde_json::from_slice(&kept).ok()?;
        let now = stamp::of(self.target)?;
        if now.to_string() != kept.stamp {
            return None;
        }
        let findings = kept.findings.into_iter().map(Found::finding);
        let mut report = Report::default();
        report.add(findings.collect::<Option<Vec<_>>>()?);
        Some((kept.count, report))
    }

    /// Remembers it, with the stamp that it got when it was published.
    pub(super) fn keep(&self, cache: &Cache, stamp: Option<Sha256>, count: Count, report: &Report) {
        let Some(stamp) = stamp else {
            return;
        };
        let remembered = Remembered {
            stamp: stamp.to_string(),
            count,
            findings: report.sorted().into_iter().map(Found::of).collect(),
        };
        if let Ok(json) = serde_json::to_vec(&remembered) {
            cache.keep(self.key.clone(), &json);
        }
    }
}

/// A finding as it is remembered.
#[derive(Serialize, Deserialize)]
struct Found {
    code: String,
    place: (String, Option<usize>, Option<usize>, Option<String>),
    message: (String, String),
    help: Option<(String, String)>,
    excerpt: Option<String>,
}

impl Found {
    fn of(finding: &Finding) -> Self {
        let words = |words: &Words| (words.vi.clone(), words.en.clone());
        let place = finding.place.clone();
        Self {
            code: finding.code.as_str().to_owned(),
            place: (place.file, place.line, place.column, place.field),
            message: words(&finding.message),
            help: finding.help.as_ref().map(words),
            excerpt: finding.excerpt.clone(),
        }
    }

    fn finding(self) -> Option<Finding> {
        let words = |(vi, en): (String, String)| Words::new(vi, en);
        let code = Code::ALL.iter().find(|code| code.as_str() == self.code)?;
        let (file, line, column, field) = self.place;
        let place = Place {
            file,
            line,
            column,
            field,
        };
        let finding = Finding::new(*code, place, words(self.message));
        Some(Finding {
            help: self.help.map(words),
            excerpt: self.excerpt,
            ..finding
        })
    }
}

/// How much an archive holds.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) struct Count {
    records: usize,
    files: usize,
    octets: usize,
}

/// What a run did.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Did {
    /// Wrote the archive.
    Everything,
    /// Found it there as it has to be.
    Nothing,
}

impl Count {
    /// Counts.
    pub(super) fn of(site: &Site) -> Self {
        let is_form = |path: &str| path.ends_with("/form.pdf") && !path.contains("/cu/");
        Self {
            records: site
                .files()
                .filter(|(path, _)| is_form(path.as_str()))
                .count(),
            files: site.len(),
            octets: site.files().map(|(_, bytes)| bytes.len()).sum(),
        }
    }

    /// Says what was done, and where it lies.
    pub(super) fn tell(self, ui: &mut Ui, target: &Path, did: Did) -> Result<(), Fault> {
        let Self {
            records,
            files,
            octets,
        } = self;
        let size = view::size(octets);
        let (vi, en) = match did {
            Did::Everything => ("Xong", "Done"),
            Did::Nothing => ("Không có gì thay đổi", "Nothing has changed"),
        };
        ui.say(&Words::new(
            format!("{vi}: {records} hồ sơ và sổ, {files} tệp, {size}. Mở trong trình duyệt:"),
            format!("{en}: {records} records and books, {files} files, {size}. Open in a browser:"),
        ));
        let home = std::path::absolute(target)
            .unwrap_or_else(|_| target.to_owned())
            .join("data")
            .join("index.html");
        ui.print(&home.display().to_string())
    }
}
