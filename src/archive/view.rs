//! What templates see. These are the only types that a page is made from; a change here is a change
//! of the published format and of nothing else.

use jiff::Timestamp;
use jiff::civil::DateTime;
use serde::Serialize;

use crate::archive::Material;
use crate::archive::TOOL;
use crate::diag::Finding;
use crate::diag::Lang;
use crate::diag::Severity;
use crate::records::dates;
use crate::seal::Sealed;
use crate::sign::Answer;
use crate::sign::Examined;

/// What every page has.
#[derive(Clone, Debug, Serialize)]
pub struct Common {
    /// The site as a whole.
    pub site: SiteView,
}

/// The site as a whole.
#[derive(Clone, Debug, Serialize)]
pub struct SiteView {
    /// The school's name, as of the revision's day.
    pub school: String,
    /// Its parent body.
    pub school_parent: String,
    /// The title of the archive.
    pub title: String,
    /// The commit, 40 hex digits; empty for a working tree.
    pub commit: String,
    /// Its first ten.
    pub commit_short: String,
    /// When it was made.
    pub commit_date: String,
    /// As of when signatures were examined.
    pub checked_at: String,
    /// The program and its version.
    pub tool: &'static str,
    /// How many records and books there are.
    pub total: usize,
    /// Of an edition: whom it is for.
    pub edition: Option<EditionView>,
}

/// Whom an edition is for.
#[derive(Clone, Debug, Serialize)]
pub struct EditionView {
    /// Its name in files, `public`.
    pub audience: &'static str,
    /// Its name as people say it.
    pub label: String,
}

impl Common {
    /// What every page of this archive has.
    pub fn of(material: &Material<'_>, sealed: &[Sealed]) -> Self {
        let school = material
            .records
            .school
            .organisation(dates::day(material.at));
        let revision = material.revision;
        let name = school.map(|s| s.ten.clone()).unwrap_or_default();
        Self {
            site: SiteView {
                title: format!("Kho hồ sơ điện tử {name}"),
                school: name,
                school_parent: school.map(|s| s.chu_quan.clone()).unwrap_or_default(),
                commit: revision.map(|r| r.id.clone()).unwrap_or_default(),
                commit_short: revision
                    .map(|r| r.id.chars().take(10).collect())
                    .unwrap_or_default(),
                commit_date: revision.map(|r| instant(r.committed)).unwrap_or_default(),
                checked_at: instant(material.at),
                tool: TOOL,
                total: sealed.len(),
                edition: None,
            },
        }
    }
}

/// A page: what all have, where it lies, and what it alone has.
#[derive(Debug, Serialize)]
pub struct Page<'a, T> {
    /// What every page has.
    #[serde(flatten)]
    pub common: &'a Common,
    /// The relative way up to the site's root: empty, or `../../`.
    pub root: String,
    /// The section of the navigation.
    pub nav: &'static str,
    /// The title.
    pub page_title: String,
    /// What this page alone has.
    #[serde(flatten)]
    pub own: T,
}

/// A link.
#[derive(Clone, Debug, Serialize)]
pub struct Link {
    /// What it says.
    pub title: String,
    /// Where it leads, from the site's root.
    pub href: String,
}

/// A record in a list.
#[derive(Clone, Debug, Serialize)]
#[expect(
    missing_docs,
    reason = "each is the record's property of the same name"
)]
pub struct Row {
    pub href: String,
    pub id: String,
    pub title: String,
    pub kind: String,
    pub kind_title: String,
    pub unit: String,
    pub unit_name: String,
    pub year: String,
    pub date: String,
    pub date_iso: String,
    pub state: State,
    pub author: String,
    pub thumb: Option<String>,
    pub signed: usize,
    pub steps: usize,
}

/// A state with its label.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct State {
    /// `da-ky`
    pub code: &'static str,
    /// `Đã ký đủ`
    pub label: &'static str,
}

/// A finding on a page.
#[derive(Clone, Debug, Serialize)]
#[expect(
    missing_docs,
    reason = "each is the finding's property of the same name"
)]
pub struct FindingView {
    pub severity: &'static str,
    pub code: &'static str,
    pub message: String,
    pub place: String,
}

impl FindingView {
    /// A finding as a page shows it, in Vietnamese.
    pub fn of(finding: &Finding) -> Self {
        let place = &finding.place;
        let line = place
            .line
            .map(|line| format!(":{line}"))
            .unwrap_or_default();
        Self {
            severity: match finding.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Notice => "notice",
            },
            code: finding.code.as_str(),
            message: finding.message.in_lang(Lang::Vi).to_owned(),
            place: format!("{}{line}", place.file),
        }
    }
}

/// `yes`, `no` or `unknown`.
pub fn answer(answer: Answer) -> &'static str {
    answer.as_str()
}

/// An instant as people in Vietnam read it: `09/9/2024 07:30`.
pub fn instant(instant: Timestamp) -> String {
    civil(dates::VIETNAM.to_datetime(instant))
}

/// A local time: `09/9/2024 07:30`.
pub fn civil(time: DateTime) -> String {
    format!(
        "{} {:02}:{:02}",
        dates::official(time.date()),
        time.hour(),
        time.minute()
    )
}

/// A size as people read it.
pub fn size(bytes: usize) -> String {
    const KILO: usize = 1000;
    match bytes {
        0..KILO => format!("{bytes} B"),
        KILO..1_000_000 => format!("{} kB", (bytes + KILO / 2) / KILO),
        _ => format!("{},{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

/// What is to be said of a signature, in Vietnamese.
pub fn sentence(examined: &Examined) -> String {
    let words = examined.words();
    let mut letters = words.in_lang(Lang::Vi).chars();
    // Messages start in lower case, since they mostly follow a colon; a page shows a sentence.
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}
