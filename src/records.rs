//! The records of a revision: every file under `content/` becomes a record, belongs to one, or is a
//! finding. Nothing is skipped.
//!
//! 1. [`school`]: who the school is, as of any date;
//! 2. [`kind`]: what each kind asks for;
//! 3. [`parse`]: one file → one [`Record`], with every fault at its line;
//! 4. [`figures`]: what the kind computes of it;
//! 5. [`book`]: the books over them; [`volume`]: the volumes bound of them; [`lock`]: what of it is closed;
//! 6. [`figures`] and [`numbering`] again: what two records say of one thing must agree.

pub mod attached;
pub mod audience;
pub mod book;
pub mod dated;
pub mod dates;
pub mod document;
pub mod evidence;
pub mod figures;
pub mod header;
#[cfg(test)]
mod hostile;
pub mod id;
pub mod image;
pub mod kind;
pub mod layout;
pub mod lock;
pub mod markdown;
pub mod marks;
pub mod names;
pub mod numbering;
pub mod parse;
pub mod period;
pub mod reference;
pub mod roster;
pub mod schema;
pub mod school;
pub mod statutory;
pub mod volume;
pub mod yaml;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use rayon::prelude::*;
use serde_json::Map;
use serde_json::Value;

use crate::diag::Checked;
use crate::diag::Finding;
use crate::diag::Place;
use crate::digest::Sha256;
use crate::path::RepoPath;
use crate::records::evidence::EvidenceList;
use crate::records::figures::Programs;
use crate::records::id::RecordId;
use crate::records::kind::FormVersion;
use crate::records::kind::Kind;
use crate::records::markdown::Block;
use crate::records::parse::closing;
use crate::records::parse::closing::Written;
use crate::records::roster::SignerStep;
use crate::records::school::School;
use crate::records::school::Unit;
use crate::records::statutory::StatutoryList;
use crate::records::volume::Selection;
use crate::repo::Snapshot;

/// One record, or one book, as the rest of the pipeline sees it. Its type says what holds: the id
/// is sound, the kind exists, the fields obey its schema, every signer is on the roster.
#[derive(Clone, Debug)]
pub struct Record {
    /// Its name for ever.
    pub id: RecordId,
    /// What it is.
    pub kind: Arc<Kind>,
    /// The form that holds on its date.
    pub version: FormVersion,
    /// Its unit, as of its date.
    pub unit: Unit,
    /// The team of its unit, as of its date.
    pub team: Option<Unit>,
    /// The date by which everything is looked up.
    pub date: Date,
    /// What people call it.
    pub title: String,
    /// The header, as written.
    pub fields: Map<String, Value>,
    /// The figures that the kind computes from it.
    pub computed: Map<String, Value>,
    /// The body.
    pub body: Vec<Block>,
    /// Markdown image source → file of the repository.
    pub images: BTreeMap<String, RepoPath>,
    /// Who signs.
    pub steps: Vec<SignerStep>,
    /// The bytes that the form is made from and carries inside.
    pub source: Source,
}

/// What a record's form is made from.
#[derive(Clone, Debug)]
pub struct Source {
    /// The exact bytes: of the file, or of a book's list.
    pub bytes: Arc<[u8]>,
    /// Their digest.
    pub digest: Sha256,
    /// Where they come from.
    pub origin: Origin,
}

/// Where a record's source comes from.
#[derive(Clone, Debug)]
pub enum Origin {
    /// A file of the repository.
    File(RepoPath),
    /// A list of records, made by the program, or written down when the book was closed.
    Book(Box<Book>),
}

/// What a book is over.
#[derive(Clone, Debug)]
pub struct Book {
    /// Its records, in order.
    pub members: Vec<Member>,
    /// First and last day.
    pub range: (Date, Date),
    /// How it was closed, if it was (*khóa sổ*).
    pub closing: Option<Closing>,
    /// What its form contains whole; none for a book whose form only lists its records.
    pub bound: Option<Bound>,
}

/// The records whose whole forms a volume contains.
#[derive(Clone, Debug)]
pub struct Bound {
    /// Which they are.
    pub selection: Selection,
    /// The records, in order.
    pub records: Vec<Arc<Record>>,
}

/// A closed book: its list is a file, its records are locked.
#[derive(Clone, Debug)]
pub struct Closing {
    /// The file.
    pub path: RepoPath,
    /// The day of closing.
    pub date: Date,
    /// Who closed it.
    pub by: String,
}

impl Closing {
    /// That of a closing file.
    pub fn of(written: &Written) -> Self {
        Self {
            path: written.path.clone(),
            date: written.date,
            by: written.by.clone(),
        }
    }
}

/// A record within a book.
#[derive(Clone, Debug)]
pub struct Member {
    /// Which.
    pub id: RecordId,
    /// Its title.
    pub title: String,
    /// Its unit, as of its date.
    pub unit: Unit,
    /// Its date.
    pub date: Date,
    /// Its fields.
    pub fields: Map<String, Value>,
    /// Its computed figures.
    pub computed: Map<String, Value>,
    /// The digest of its source.
    pub digest: Sha256,
    /// Its file; none for a book that was not closed.
    pub path: Option<RepoPath>,
}

impl Record {
    /// The file it is written in; none for a book that was not closed.
    pub fn path(&self) -> Option<&RepoPath> {
        match &self.source.origin {
            Origin::File(path) => Some(path),
            Origin::Book(book) => book.closing.as_ref().map(|closing| &closing.path),
        }
    }

    /// Where a finding about it points: its file, or the id of a book that has none.
    pub fn place(&self) -> Place {
        self.path()
            .map_or_else(|| Place::raw(self.id.as_str()), Place::file)
    }

    /// The records of a book; empty for a record.
    pub fn members(&self) -> &[Member] {
        match &self.source.origin {
            Origin::File(_) => &[],
            Origin::Book(book) => &book.members,
        }
    }

    /// First and last day of a book.
    pub fn range(&self) -> Option<(Date, Date)> {
        match &self.source.origin {
            Origin::File(_) => None,
            Origin::Book(book) => Some(book.range),
        }
    }

    /// The records whose forms a volume contains; empty for everything else.
    pub fn bound(&self) -> &[Arc<Record>] {
        match &self.source.origin {
            Origin::Book(book) => book.bound.as_ref().map_or(&[], |bound| &bound.records),
            Origin::File(_) => &[],
        }
    }

    /// Which records a volume holds.
    pub fn selection(&self) -> Option<&Selection> {
        match &self.source.origin {
            Origin::Book(book) => book.bound.as_ref().map(|bound| &bound.selection),
            Origin::File(_) => None,
        }
    }

    /// How a book was closed.
    pub fn closing(&self) -> Option<&Closing> {
        match &self.source.origin {
            Origin::File(_) => None,
            Origin::Book(book) => book.closing.as_ref(),
        }
    }

    /// The name under which the source is attached to the form.
    pub fn source_name(&self) -> String {
        self.path().map_or_else(
            || format!("{}.json", self.id.name()),
            |path| path.file_name().to_owned(),
        )
    }
}

/// All records and books of a revision.
#[derive(Clone, Debug)]
pub struct Records {
    /// The school.
    pub school: Arc<School>,
    /// The kinds.
    pub kinds: BTreeMap<String, Arc<Kind>>,
    /// The books that the law asks for, newest list last.
    pub statutory: Vec<StatutoryList>,
    /// What evidence codes are called, newest list last.
    pub evidence: Vec<EvidenceList>,
    /// How books were closed.
    pub closings: Arc<[Written]>,
    /// Records and books, by id.
    pub all: Vec<Record>,
}

/// Reads every record of a revision, and everything wrong with any of them.
pub fn read(snapshot: &Snapshot) -> Checked<Option<Records>> {
    let mut findings = layout::names(snapshot);
    let Some((kinds, school)) = ground(snapshot, &mut findings) else {
        return Checked::new(None, findings);
    };
    let context = parse::Context {
        snapshot,
        school: &school,
        kinds: &kinds,
    };
    let files: Vec<&RepoPath> = layout::record_files(snapshot, &mut findings);
    let (closings, files): (Vec<&RepoPath>, Vec<&RepoPath>) = files
        .into_iter()
        .partition(|path| closing::is_closing(&kinds, path));
    let mut all: Vec<Record> = gather(&files, &mut findings, |path| parse::record(&context, path));
    let closings: Vec<Written> = gather(&closings, &mut findings, |path| {
        closing::read(&context, path)
    });
    // What a record that could not be read uses is not known.
    let every_one_read = all.len() == files.len();
    if every_one_read {
        let closed = closings.iter().flat_map(|closing| closing.images.values());
        let used = all.iter().flat_map(|record| record.images.values());
        let attached = attached::check(snapshot, &all, &mut findings);
        findings.extend(layout::unused(
            snapshot,
            used.chain(closed).chain(&attached),
        ));
    }
    let figures = Programs::read(snapshot, &kinds).drain_into(&mut findings);
    figures.compute(&school, &mut all, &mut findings);
    let exists = |id: &RecordId| is_file(snapshot, id);
    let mut books = book::gather(&school, &kinds, &all, &closings, &exists, &mut findings);
    figures.compute(&school, &mut books, &mut findings);
    all.extend(books);
    let volumes = volume::closed(&school, &all, &closings, &exists, &mut findings);
    all.extend(volumes);
    all.sort_by(|a, b| a.id.cmp(&b.id));
    findings.extend(figures.check(snapshot, &school, &all));
    findings.extend(numbering::check(snapshot, &school, &all, every_one_read));
    let statutory = statutory::read(snapshot).unwrap_or_else(|found| {
        findings.extend(found);
        Vec::new()
    });
    let evidence = evidence::read(snapshot).unwrap_or_else(|found| {
        findings.extend(found);
        Vec::new()
    });
    let records = Records {
        school,
        kinds,
        statutory,
        evidence,
        closings: closings.into(),
        all,
    };
    Checked::new(Some(records), findings)
}

/// What every record stands on: the kinds and the school; nothing without the school.
fn ground(snapshot: &Snapshot, findings: &mut Vec<Finding>) -> Option<(BTreeMap<String, Arc<Kind>>, Arc<School>)> {
    let kinds = kind::read_all(snapshot).drain_into(findings);
    match School::read(snapshot) {
        Ok(school) => Some((kinds, Arc::new(school))),
        Err(found) => {
            findings.extend(found);
            None
        }
    }
}

/// School, kinds and how books were closed, but no record: enough to begin one, also in a school that has fifty thousand.
pub fn outline(snapshot: &Snapshot) -> Checked<Option<Records>> {
    let mut findings = Vec::new();
    let Some((kinds, school)) = ground(snapshot, &mut findings) else {
        return Checked::new(None, findings);
    };
    let context = parse::Context {
        snapshot,
        school: &school,
        kinds: &kinds,
    };
    let files: Vec<&RepoPath> = layout::record_files(snapshot, &mut findings);
    let closings: Vec<&RepoPath> = files
        .into_iter()
        .filter(|path| closing::is_closing(&kinds, path))
        .collect();
    let closings: Vec<Written> = gather(&closings, &mut findings, |path| {
        closing::read(&context, path)
    });
    let records = Records {
        school,
        kinds,
        statutory: Vec::new(),
        evidence: Vec::new(),
        closings: closings.into(),
        all: Vec::new(),
    };
    Checked::new(Some(records), findings)
}

/// Reads files side by side; what was found in them is kept apart.
fn gather<T: Send>(
    files: &[&RepoPath],
    findings: &mut Vec<Finding>,
    read: impl Fn(&RepoPath) -> (Option<T>, Vec<Finding>) + Sync,
) -> Vec<T> {
    let read: Vec<(Option<T>, Vec<Finding>)> = files.par_iter().map(|path| read(path)).collect();
    let mut all = Vec::with_capacity(read.len());
    for (one, found) in read {
        all.extend(one);
        findings.extend(found);
    }
    all
}

/// Whether a record's file is there, sound or not.
fn is_file(snapshot: &Snapshot, id: &RecordId) -> bool {
    RepoPath::parse(&format!("content/{id}.md")).is_ok_and(|path| snapshot.contains(&path))
}
