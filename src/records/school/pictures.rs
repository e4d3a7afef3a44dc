//! The pictures of handwritten signatures and of the seal: dated entries of `school.yaml` that name
//! files in `content/chu-ky/`. They are shown on signed copies only (`hoso export`), never on forms.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::Deserialize;

use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Place;
use crate::diag::Words;
use crate::pades::picture::Kind;
use crate::pades::picture::MAX_FILE;
use crate::pades::picture::Picture;
use crate::path::RepoPath;
use crate::records::school::Period;
use crate::records::school::SCHOOL_FILE;
use crate::records::school::School;
use crate::repo::Snapshot;

/// Where the pictures are.
pub const FOLDER: &str = "content/chu-ky";
/// The height of a seal in millimetres, where none is given: a school's round seal.
const SEAL_HEIGHT: f64 = 36.0;

/// A picture during one period.
#[derive(Clone, Debug, Deserialize)]
pub struct PictureEntry {
    /// The file's name within [`FOLDER`].
    pub tep: String,
    /// Its real height in millimetres; only a seal has one.
    #[serde(default)]
    pub cao: Option<f64>,
    /// When it was used.
    #[serde(flatten)]
    pub period: Period,
}

impl PictureEntry {
    /// The real height in millimetres.
    pub fn height(&self) -> f64 {
        self.cao.unwrap_or(SEAL_HEIGHT)
    }

    /// Reads the picture.
    ///
    /// # Errors
    /// Why it cannot be used, as a sentence about the file.
    pub fn read(&self, snapshot: &Snapshot, kind: Kind) -> Result<Picture, Words> {
        let file = format!("{FOLDER}/{}", self.tep);
        let of = |words: Words| {
            Words::new(
                format!("{file}: {}", words.vi),
                format!("{file}: {}", words.en),
            )
        };
        let path = RepoPath::parse(&file).map_err(|error| Words::new(error.vi(), error.en()))?;
        if !snapshot.contains(&path) {
            return Err(of(Words::new("không có tệp này", "there is no such file")));
        }
        let bytes = snapshot.read(&path, MAX_FILE).map_err(|e| of(e.words()))?;
        Picture::read(&bytes, kind).map_err(|error| of(error.words()))
    }
}

impl School {
    /// The picture of a person's handwritten signature on `date`.
    pub fn signature_picture(&self, person: &str, date: Date) -> Option<&PictureEntry> {
        let entries = &self.person(person)?.hinh_chu_ky;
        entries.iter().find(|entry| entry.period.holds(date))
    }

    /// The picture of the seal on `date`.
    pub fn seal_picture(&self, date: Date) -> Option<&PictureEntry> {
        let mut entries = self.hinh_dau.iter();
        entries.find(|entry| entry.period.holds(date))
    }

    /// Everything wrong with the pictures: files that are missing or cannot be used, files that
    /// nobody names. Asked of a repository only: an archive holds none of them.
    pub fn check_pictures(&self, snapshot: &Snapshot) -> Vec<Finding> {
        let of_people = self.nguoi.iter().flat_map(|person| &person.hinh_chu_ky);
        let entries = of_people
            .map(|entry| (entry, Kind::Signature))
            .chain(self.hinh_dau.iter().map(|entry| (entry, Kind::Seal)));
        let mut findings = Vec::new();
        let mut named = BTreeSet::new();
        for (entry, kind) in entries {
            named.insert(format!("{FOLDER}/{}", entry.tep));
            if let Err(words) = entry.read(snapshot, kind) {
                findings.push(unusable(words));
            }
        }
        let folder = format!("{FOLDER}/");
        let spare = snapshot
            .under(&folder)
            .filter(|entry| is_picture(&entry.path) && !named.contains(entry.path.as_str()));
        findings.extend(spare.map(|entry| unnamed(&entry.path)));
        findings
    }
}

/// Whether this is the place of a picture.
pub fn is_picture(path: &RepoPath) -> bool {
    let segments: Vec<&str> = path.segments().collect();
    matches!(segments[..], ["content", "chu-ky", name] if name.ends_with(".png"))
}

fn unusable(words: Words) -> Finding {
    Finding::new(Code::SchoolInvalid, Place::raw(SCHOOL_FILE), words).help(Words::new(
        "hình chữ ký là tệp PNG nền trong suốt trong content/chu-ky/: chữ ký xanh, dấu đỏ (Nghị định 30/2020, Phụ lục I)",
        "such a picture is a PNG with a transparent ground in content/chu-ky/: signatures blue, seals red (NĐ 30/2020, annex I)",
    ))
}

fn unnamed(path: &RepoPath) -> Finding {
    Finding::new(
        Code::FileUnused,
        Place::file(path),
        Words::new(
            "school.yaml không khai hình chữ ký này",
            "school.yaml does not name this picture",
        ),
    )
    .help(Words::new(
        "khai ở mục `hinh-chu-ky` của người hoặc `hinh-dau` của trường; tệp thừa thì xóa",
        "name it in `hinh-chu-ky` of a person or in `hinh-dau`; remove what is not needed",
    ))
}
