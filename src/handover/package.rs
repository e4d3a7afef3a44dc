//! The package for a state archive (TT 05/2025/TT-BNV): METS by the E-ARK profile, with EAD for what the
//! records are, PREMIS for what was done to them, and every file with its digest.
//!
//! Only what is signed in full and still stands goes in. The package's clock is the archive's: the same
//! archive gives the same package.

mod ead;
mod mets;
mod premis;
mod xml;

use std::path::Path;

use jiff::Timestamp;
use jiff::tz::Offset;

use crate::archive::bag::check;
use crate::archive::bag::check::Bag;
use crate::archive::bag::original::Selection;
use crate::archive::files;
use crate::diag::Report;
use crate::digest::Sha256;
use crate::handover::Bundle;
use crate::handover::Error;
use crate::handover::MAX_FILE;
use crate::handover::part;
use crate::pipeline::Progress;
use crate::pipeline::whole;
use crate::pipeline::whole::Question;
use crate::pipeline::whole::Whole;
use crate::records::Record;
use crate::repo::Change;
use crate::repo::History;
use crate::seal::Seal;
use crate::seal::Seals;
use crate::seal::standing::Standing;
use crate::sign::TrustStore;

/// The published schemas that the package's files keep to.
const SCHEMAS: [(&str, &[u8]); 5] = [
    (
        "DILCISExtensionMETS.xsd",
        include_bytes!("package/schemas/DILCISExtensionMETS.xsd"),
    ),
    ("ead3.xsd", include_bytes!("package/schemas/ead3.xsd")),
    (
        "mets1_12.xsd",
        include_bytes!("package/schemas/mets1_12.xsd"),
    ),
    ("premis.xsd", include_bytes!("package/schemas/premis.xsd")),
    ("xlink.xsd", include_bytes!("package/schemas/xlink.xsd")),
];
const EAD: &str = "metadata/descriptive/EAD.xml";
const PREMIS: &str = "metadata/preservation/PREMIS.xml";
const REPRESENTATION: &str = "representations/rep1";

/// Which of OAIS's packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// What is submitted to an archive.
    Sip,
    /// What an archive keeps.
    Aip,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Sip => "SIP",
            Self::Aip => "AIP",
        }
    }
}

/// An archive that was read and verified, to make a package of.
pub struct Read {
    whole: Whole,
    /// The commit that it was made from.
    pub commit: String,
    at: Timestamp,
}

impl Read {
    /// The years and units that it has records of.
    pub fn known(&self) -> Vec<String> {
        let records = self.whole.verified.records.iter();
        part::places(records.map(|(record, _)| record.id.as_str()))
    }
}

/// A package.
pub struct Made {
    /// Its files.
    pub bundle: Bundle,
    /// How many records were left out, since they are not signed in full or no longer stand.
    pub left_out: usize,
}

/// What a package is made of.
struct Material<'a> {
    kind: Kind,
    at: Timestamp,
    /// Its identifier.
    id: String,
    commit: &'a str,
    school: String,
    items: Vec<Item<'a>>,
    whole: &'a Whole,
}

/// A record of a package.
struct Item<'a> {
    record: &'a Record,
    changes: Vec<&'a Change>,
    files: Vec<File<'a>>,
}

/// A file below `representations/rep1/data/`.
struct File<'a> {
    /// An XML name.
    id: String,
    name: String,
    role: Role<'a>,
    digest: Sha256,
    size: u64,
}

/// What a file is.
enum Role<'a> {
    Form,
    Source,
    Signature(&'a Seal),
}

impl File<'_> {
    fn mime(&self) -> &'static str {
        match self.role {
            Role::Form => "application/pdf",
            Role::Signature(_) => "application/pkcs7-signature",
            Role::Source if self.name.ends_with(".json") => "application/json",
            Role::Source => "text/markdown",
        }
    }
}

/// A file that a METS lists.
struct Listed {
    path: String,
    mime: &'static str,
    digest: Sha256,
    size: u64,
}

impl Listed {
    fn of(path: &str, mime: &'static str, bytes: &[u8]) -> Self {
        Self {
            path: path.to_owned(),
            mime,
            digest: Sha256::of(bytes),
            size: bytes.len() as u64,
        }
    }
}

/// Reads and verifies the archive at `root`, as of the instant that its pages speak of; none when it has no
/// catalogue or names no commit.
pub fn read(report: &mut Report, root: &Path, progress: &dyn Progress) -> Option<Read> {
    let bag = report.with(|findings| Bag::open(root, findings))?;
    let catalogue = bag.catalogue()?;
    let at = catalogue.examined_at.parse().ok()?;
    let commit = catalogue.commit.clone()?;
    if commit.len() != 40 || !commit.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let question = Question {
        trust: TrustStore::default(),
        earlier: None,
        at,
    };
    // `verify` reads the manifests again, and says again what is wrong with them.
    let mut again = Report::default();
    let whole = whole::verify(&mut again, root, question, progress);
    report.add(again.sorted().into_iter().cloned());
    Some(Read { whole, commit, at })
}

/// Makes the package; none when no record would be in it.
///
/// # Errors
/// [`Error`], when a file cannot be read.
pub fn make(
    kind: Kind,
    read: &Read,
    history: &History,
    selection: &Selection,
) -> Result<Option<Made>, Error> {
    let (Some(bag), Some((_, inside))) = (&read.whole.bag, &read.whole.inside) else {
        return Ok(None);
    };
    let records = read.whole.verified.records.iter();
    let chosen: Vec<_> = records
        .filter(|(record, _)| selection.holds(record.id.as_str()))
        .collect();
    let organisation = inside
        .school
        .organisation(crate::records::dates::day(read.at));
    let agency = organisation.map_or("", |o| o.viet_tat.as_str());
    // A package's folder is called as the package is (CSIP1).
    let id = format!(
        "{}_hoso_{}-{}{}",
        kind.name(),
        plain(agency),
        &read.commit[..10],
        selection.suffix()
    );
    let mut bundle = Bundle::new(&id);
    let mut items = Vec::new();
    for (record, seals) in chosen
        .iter()
        .filter(|(_, s)| s.standing == Standing::Signed)
    {
        items.push(item(
            &mut bundle,
            bag,
            (record, seals),
            history,
            agency,
            items.len() + 1,
        )?);
    }
    if items.is_empty() {
        return Ok(None);
    }
    let left_out = chosen.len() - items.len();
    let material = Material {
        kind,
        at: read.at,
        id,
        commit: &read.commit,
        school: organisation.map_or_else(String::new, |o| o.ten.clone()),
        items,
        whole: &read.whole,
    };
    let ead = ead::write(&material)?;
    let premis = premis::write(&material)?;
    let inner = mets::representation(&material)?;
    let mut listed = vec![
        Listed::of(EAD, "application/xml", &ead),
        Listed::of(PREMIS, "application/xml", &premis),
        Listed::of(
            &format!("{REPRESENTATION}/METS.xml"),
            "application/xml",
            &inner,
        ),
    ];
    for (name, bytes) in SCHEMAS {
        let path = format!("schemas/{name}");
        listed.push(Listed::of(&path, "application/xml", bytes));
        bundle.bytes(&path, bytes.to_vec());
    }
    bundle.bytes("METS.xml", mets::root(&material, &listed)?);
    bundle.bytes(EAD, ead);
    bundle.bytes(PREMIS, premis);
    bundle.bytes(&format!("{REPRESENTATION}/METS.xml"), inner);
    Ok(Some(Made { bundle, left_out }))
}

/// The files of a record, and its history.
fn item<'a>(
    bundle: &mut Bundle,
    bag: &Bag,
    (record, seals): (&'a Record, &'a Seals),
    history: &'a History,
    agency: &str,
    number: usize,
) -> Result<Item<'a>, Error> {
    let stem = stem(record, agency, number, seals.superseded.len() + 1);
    let folder = format!("{REPRESENTATION}/data");
    let mut files = Vec::new();
    let mut add = |name: String, role, bytes: &[u8]| {
        files.push(File {
            id: format!("ID{number:06}-{}", files.len() + 1),
            name,
            role,
            digest: Sha256::of(bytes),
            size: bytes.len() as u64,
        });
    };
    let path = bag.root().join(format!("data/{}", files::form(&record.id)));
    let pdf = check::bytes(&path, MAX_FILE).map_err(|source| Error::Read {
        path: path.clone(),
        source,
    })?;
    add(format!("{stem}.pdf"), Role::Form, &pdf);
    bundle.file(&format!("{folder}/{stem}.pdf"), path);
    let source = record.source_name();
    let ending = source.rsplit_once('.').map_or("md", |(_, ending)| ending);
    let name = format!("{stem}.{ending}");
    bundle.bytes(&format!("{folder}/{name}"), record.source.bytes.to_vec());
    add(name, Role::Source, &record.source.bytes);
    for seal in seals.current.iter().chain(&seals.acts) {
        let name = format!("{stem}.{}", seal.file.path.file_name());
        bundle.bytes(&format!("{folder}/{name}"), seal.file.bytes.to_vec());
        add(name, Role::Signature(seal), &seal.file.bytes);
    }
    let mut paths: Vec<_> = record.path().into_iter().collect();
    paths.extend(
        record
            .members()
            .iter()
            .filter_map(|member| member.path.as_ref()),
    );
    paths.extend(record.closing().map(|closing| &closing.path));
    let mut changes: Vec<&Change> = paths
        .into_iter()
        .flat_map(|path| history.of(path))
        .collect();
    changes.sort_by_key(|change| {
        (
            change.commit.committed.time,
            &change.commit.id,
            &change.path,
        )
    });
    Ok(Item {
        record,
        changes,
        files,
    })
}

/// `MNHS_GD_000021_V1_20240909_2024-2025-mg-5a-giao-an-2024-09-09`: document code, day and description, as CV
/// 7197/BKHCN-CĐSQG has it.
fn stem(record: &Record, agency: &str, number: usize, version: usize) -> String {
    let day = record.date.to_string().replace('-', "");
    let description = record.id.as_str().replace('/', "-");
    format!(
        "{}_GD_{number:06}_V{version}_{day}_{description}",
        plain(agency)
    )
}

/// Letters and digits that every system can have in a file name.
fn plain(text: &str) -> String {
    let kept: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    match kept.is_empty() {
        true => "HS".to_owned(),
        false => kept,
    }
}

/// ISO 8601 with Viet Nam's offset, as the circular wants it.
fn instant(at: Timestamp) -> String {
    let offset = Offset::constant(7);
    let time = at.as_second();
    let local = Timestamp::from_second(time).unwrap_or(at);
    local.display_with_offset(offset).to_string()
}
