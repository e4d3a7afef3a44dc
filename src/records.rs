//! The records of a revision: every file under `content/` becomes a record, belongs to one, or is a
//! finding. Nothing is skipped.
//!
//! 1. [`school`]: who the school is, as of any date;
//! 2. [`kind`]: what each kind asks for;
//! 3. [`parse`]: one file → one [`Record`], with every fault at its line;
//! 4. [`figures`]: what the kind computes of it;
//! 5. [`book`]: the books over them;
//! 6. [`figures`] and [`numbering`] again: what two records say of one thing must agree.

pub mod book;
pub mod dates;
pub mod document;
pub mod figures;
pub mod header;
#[cfg(test)]
mod hostile;
pub mod id;
pub mod image;
pub mod kind;
pub mod layout;
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
pub mod yaml;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use rayon::prelude::*;
use serde_json::Map;
use serde_json::Value;

use crate::diag::Checked;
use crate::diag::Finding;
use crate::digest::Sha256;
use crate::path::RepoPath;
use crate::records::figures::Programs;
use crate::records::id::RecordId;
use crate::records::kind::FormVersion;
use crate::records::kind::Kind;
use crate::records::markdown::Block;
use crate::records::roster::SignerStep;
use crate::records::school::School;
use crate::records::school::Unit;
use crate::records::statutory::StatutoryList;
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
    /// Its file.
    pub path: RepoPath,
}

impl Record {
    /// The file it is written in; none for a book that was not closed.
    pub fn path(&self) -> Option<&RepoPath> {
        match &self.source.origin {
            Origin::File(path) => Some(path),
            Origin::Book(book) => book.closing.as_ref().map(|closing| &closing.path),
        }
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
    /// Records and books, by id.
    pub all: Vec<Record>,
}

/// Reads every record of a revision, and everything wrong with any of them.
pub fn read(snapshot: &Snapshot) -> Checked<Option<Records>> {
    let mut findings = layout::names(snapshot);
    let kinds = kind::read_all(snapshot).drain_into(&mut findings);
    let school = match School::read(snapshot) {
        Ok(school) => Arc::new(school),
        Err(found) => {
            findings.extend(found);
            return Checked::new(None, findings);
        }
    };
    let context = parse::Context {
        snapshot,
        school: &school,
        kinds: &kinds,
    };
    let files: Vec<&RepoPath> = layout::record_files(snapshot, &mut findings);
    let read: Vec<(Option<Record>, Vec<Finding>)> = files
        .par_iter()
        .map(|path| parse::record(&context, path))
        .collect();
    let mut all = Vec::with_capacity(read.len());
    for (record, found) in read {
        all.extend(record);
        findings.extend(found);
    }
    // What a record that could not be read uses is not known.
    if all.len() == files.len() {
        findings.extend(layout::unused(snapshot, &all));
    }
    let figures = Programs::read(snapshot, &kinds).drain_into(&mut findings);
    figures.compute(&school, &mut all, &mut findings);
    let mut books = book::gather(&school, &kinds, &all, &mut findings);
    figures.compute(&school, &mut books, &mut findings);
    all.extend(books);
    all.sort_by(|a, b| a.id.cmp(&b.id));
    findings.extend(figures.check(snapshot, &school, &all));
    findings.extend(numbering::check(snapshot, &school, &all));
    let statutory = statutory::read(snapshot).unwrap_or_else(|found| {
        findings.extend(found);
        Vec::new()
    });
    let records = Records {
        school,
        kinds,
        statutory,
        all,
    };
    Checked::new(Some(records), findings)
}
