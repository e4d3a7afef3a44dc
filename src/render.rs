//! Traced → Rendered: a signed record keeps the bytes that were signed, every other record is set
//! by Typst.
//!
//! 1. [`kept`] finds the forms under `signatures/` and reads the source attached inside each;
//! 2. a record whose current source is the one inside a signed form keeps that form;
//! 3. the others are set: [`crate::records::document`] → [`world`] → [`pdf`], with [`faults`] in between; one of which
//!    nothing has changed comes from the [`Cache`].

pub mod attached;
pub mod faults;
pub mod kept;
pub mod pdf;
pub mod picture;
pub mod world;

use rayon::prelude::*;

use crate::cache::Cache;
use crate::diag::Checked;
use crate::diag::Finding;
use crate::digest::Sha256;
use crate::records::Record;
use crate::records::document;
use crate::records::school::School;
use crate::render::kept::Trust;
use crate::render::kept::Version;
use crate::render::world::Layouts;
use crate::repo::Snapshot;
use crate::spool::Blob;
use crate::spool::Spool;
use crate::trace::Traced;

/// How many forms are set before Typst's memory of them is let go. Typst remembers everything it
/// has laid out; without this, memory grows with the number of records.
const EVICT_EVERY: usize = 32;

/// A record with its form.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// The record and its history.
    pub traced: Traced,
    /// Its form, now.
    pub form: Form,
    /// The versions signed before, whose source is no longer the record's.
    pub superseded: Vec<Version<Blob>>,
}

/// A form: the bytes that people sign.
#[derive(Clone, Debug)]
pub struct Form {
    /// The PDF.
    pub pdf: Blob,
    /// The digest of the source attached inside.
    pub source: Option<Sha256>,
    /// Where the bytes come from.
    pub origin: FormOrigin,
}

/// Where a form's bytes come from.
#[derive(Clone, Debug)]
pub enum FormOrigin {
    /// They were signed and are kept.
    Kept(Version<Blob>),
    /// They were set from the record just now.
    Set,
}

impl Form {
    fn set(pdf: &[u8], spool: &Spool) -> Self {
        Self {
            source: attached::source(pdf).map(|bytes| Sha256::of(&bytes)),
            pdf: spool.put(pdf),
            origin: FormOrigin::Set,
        }
    }

    fn kept(version: Version, spool: &Spool) -> Self {
        let version = version.spooled(spool);
        Self {
            source: version.source,
            pdf: version.pdf.clone(),
            origin: FormOrigin::Kept(version),
        }
    }

    /// Its digest.
    pub fn digest(&self) -> Sha256 {
        self.pdf.digest()
    }
}

/// What forms are made with.
pub struct Press<'a> {
    /// The files of the revision.
    pub snapshot: &'a Snapshot,
    /// The school.
    pub school: &'a School,
    /// Layouts and fonts.
    pub layouts: &'a Layouts,
    /// Whose signatures make a form one to be kept.
    pub trust: Trust<'a>,
    /// Forms that were set before.
    pub cache: Option<&'a Cache>,
}

/// Gives every record its form, the bytes in `spool`. `progress` is called once for each.
pub fn all(
    press: &Press<'_>,
    traced: Vec<Traced>,
    spool: &Spool,
    progress: &(dyn Fn() + Sync),
) -> Checked<Vec<Rendered>> {
    let mut findings = Vec::new();
    let mut rendered = Vec::with_capacity(traced.len());
    let mut rest = traced.into_iter().peekable();
    while rest.peek().is_some() {
        let chunk: Vec<Traced> = rest.by_ref().take(EVICT_EVERY).collect();
        let set: Vec<(Option<Rendered>, Vec<Finding>)> = chunk
            .into_par_iter()
            .map(|traced| {
                let one = self::one(press, traced, spool);
                progress();
                one
            })
            .collect();
        comemo::evict(0);
        for (one, found) in set {
            rendered.extend(one);
            findings.extend(found);
        }
    }
    Checked::new(rendered, findings)
}

/// Gives one record its form.
fn one(press: &Press<'_>, traced: Traced, spool: &Spool) -> (Option<Rendered>, Vec<Finding>) {
    let mut findings = Vec::new();
    let versions = kept::versions(
        press.snapshot,
        &traced.record.id,
        press.trust,
        &mut findings,
    );
    let (current, superseded) = kept::current(versions, &traced.record.source.digest);
    let form = match current {
        Some(version) => Ok(Form::kept(version, spool)),
        None => set(press, &traced.record).map(|pdf| Form::set(&pdf, spool)),
    };
    match form {
        Ok(form) => (
            Some(Rendered {
                traced,
                form,
                superseded: superseded
                    .into_iter()
                    .map(|version| version.spooled(spool))
                    .collect(),
            }),
            findings,
        ),
        Err(found) => {
            findings.extend(found);
            (None, findings)
        }
    }
}

/// Sets a record's form.
///
/// # Errors
/// The layout's faults, each with the layout's line and the record.
pub fn set(press: &Press<'_>, record: &Record) -> Result<Vec<u8>, Vec<Finding>> {
    let data = serde_json::to_vec(&document::of(press.school, record)).unwrap_or_default();
    let world = world::FormWorld::new(press, record, data).map_err(|finding| vec![*finding])?;
    match press.cache {
        Some(cache) => cache.get_or(world.key(record), || pdf::make(&world, record)),
        None => pdf::make(&world, record),
    }
}
