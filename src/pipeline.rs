//! The order of things, and nothing else: what `check`, `build`, `verify` and `serve` do, stage by
//! stage. A record is never edited on its way; it is wrapped.

pub mod edition;
pub mod proposal;
pub mod share;
pub mod whole;

use jiff::Timestamp;
use rayon::prelude::*;

use crate::archive;
use crate::archive::Material;
use crate::archive::chain;
use crate::archive::chain::Chain;
use crate::archive::edition::Whole;
use crate::archive::edition::assemble as assemble_edition;
use crate::archive::files::Shown;
use crate::archive::site::Site;
use crate::cache::Cache;
use crate::diag::Finding;
use crate::diag::Refused;
use crate::diag::Report;
use crate::path::RepoPath;
use crate::pipeline::share::Share;
use crate::records;
use crate::records::Record;
use crate::records::Records;
use crate::records::audience::Audience;
use crate::records::figures::Programs;
use crate::records::school::School;
use crate::render;
use crate::render::FormOrigin;
use crate::render::Press;
use crate::render::Rendered;
use crate::render::kept;
use crate::render::kept::Trust;
use crate::render::world::Layouts;
use crate::repo;
use crate::repo::History;
use crate::repo::Revision;
use crate::repo::Snapshot;
use crate::seal;
use crate::seal::Examination;
use crate::seal::Sealed;
use crate::seal::Seals;
use crate::sign::CertificateFacts;
use crate::sign::TrustStore;
use crate::spool::Spool;
use crate::trace;
use crate::trace::Traced;

/// Told how far a long run is; called from many threads.
pub trait Progress: Sync {
    /// A stage of `total` steps begins.
    fn begin(&self, stage: Stage, total: usize);
    /// One step of the stage is done.
    fn step(&self);
}

/// Nobody watches.
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _: Stage, _: usize) {}
    fn step(&self) {}
}

/// The stages that take time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Reading the files of an archive.
    Files,
    /// Setting forms.
    Forms,
    /// Checking the proof chain of each record.
    Proofs,
    /// Examining signatures.
    Signatures,
    /// Drawing pictures and pages.
    Pages,
    /// Making signatures.
    Signing,
    /// Getting time-stamps.
    Stamps,
}

/// Why a run ended without its result.
#[derive(Debug, thiserror::Error)]
pub enum Stop {
    /// The inputs are at fault; the report says how.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The repository could not be read.
    #[error(transparent)]
    Repo(#[from] repo::Error),
}

/// What a run works on.
pub struct Input<'a> {
    /// The files.
    pub snapshot: &'a Snapshot,
    /// The history of the revision.
    pub history: &'a History,
    /// The revision; none for the working tree.
    pub revision: Option<&'a Revision>,
    /// The instant as of which signatures are examined.
    pub at: Timestamp,
    /// Whom the result is for.
    pub audience: Audience,
    /// The seal over the archive, if it is known; for editions.
    pub seal: Option<&'a [u8]>,
    /// What earlier runs made.
    pub cache: Option<&'a Cache>,
    /// Where what this one makes waits to be written.
    pub spool: &'a Spool,
}

/// Reads every record and reports everything wrong with any.
///
/// # Errors
/// [`Refused`], when not even the school can be read.
pub fn check(report: &mut Report, snapshot: &Snapshot) -> Result<Records, Refused> {
    let records = report.take(records::read(snapshot)).ok_or(Refused)?;
    let all: Vec<&Record> = records.all.iter().collect();
    // A record that cannot be read is a finding already; that its signatures then belong to
    // nothing need not be said as well.
    let sound = !report.has_errors();
    report.with(|findings| kept::anchors(snapshot, findings));
    if sound {
        report.add(seal::orphans(snapshot, &all));
    }
    Ok(records)
}

/// Makes the archive of one revision. No partial archive is ever returned. Signatures that do not
/// hold are reported and shown, never hidden; faults of records and forms stop the build.
///
/// # Errors
/// [`Stop`], when there is no archive to be had.
pub fn build(
    report: &mut Report,
    input: &Input<'_>,
    progress: &dyn Progress,
) -> Result<Site, Stop> {
    let made = build_for(report, input, &[input.audience], progress)?;
    made.into_iter().next().ok_or(Stop::Refused(Refused))
}

/// Makes the editions of one revision for several audiences at once, in their order; `input.audience` does not count.
///
/// # Errors
/// [`Stop`], when one of them is not to be had.
pub fn build_for(
    report: &mut Report,
    input: &Input<'_>,
    audiences: &[Audience],
    progress: &dyn Progress,
) -> Result<Vec<Site>, Stop> {
    let Ready {
        records,
        store,
        chain,
        anchors,
        sealed,
    } = ready(report, input, Share::WHOLE, progress)?;
    let known = sealed
        .iter()
        .map(|one| one.rendered.traced.record.id.clone())
        .collect();
    let acts = sealed.iter().flat_map(|one| one.seals.all_acts());
    report.add(seal::acts::dangling(&known, acts));
    progress.begin(Stage::Pages, sealed.len());
    let material = Material {
        snapshot: input.snapshot,
        records: &records,
        revision: input.revision,
        at: input.at,
        chain: &chain,
        anchors: &anchors,
        store: &store,
        cache: input.cache,
        spool: input.spool,
        findings: report.sorted(),
    };
    let mut found = Vec::new();
    let whole = archive::assemble(&material, &sealed, &|| progress.step());
    let made = whole.drain_into(&mut found).and_then(|site| {
        let edition = |audience: &Audience| match audience {
            Audience::Inspector => Some(site.clone()),
            audience => {
                let whole = Whole {
                    site: &site,
                    audience: *audience,
                    seal: input.seal,
                };
                assemble_edition(&material, &sealed, &whole).drain_into(&mut found)
            }
        };
        audiences.iter().map(edition).collect()
    });
    // An archive with a gap must not take the place of a whole one.
    let mut gaps = Report::default();
    gaps.add(found.clone());
    report.add(found);
    input.snapshot.whole()?;
    gaps.stop_on_record_errors()?;
    made.ok_or(Stop::Refused(Refused))
}

/// What an archive is made of.
struct Ready {
    records: Records,
    store: TrustStore,
    chain: Chain,
    anchors: Vec<(RepoPath, Vec<u8>)>,
    sealed: Vec<Sealed>,
}

/// Gives the records of a share their history, their forms and their signatures.
fn ready(
    report: &mut Report,
    input: &Input<'_>,
    share: Share,
    progress: &dyn Progress,
) -> Result<Ready, Stop> {
    let mut records = check(report, input.snapshot)?;
    report.add(records.school.check_pictures(input.snapshot));
    report.stop_on_record_errors()?;

    report.add(seal::removed(input.history));
    report.add(trace::reopened(input.history, &records.kinds));
    let all = std::mem::take(&mut records.all).into_iter().enumerate();
    let all = all.filter(|(index, _)| share.holds(*index));
    let all = all.map(|(_, record)| record).collect();
    let traced = report.take(trace::attach(input.history, all));
    let (mut store, anchors) = report.with(|findings| kept::anchors(input.snapshot, findings));
    let mut chain = report.with(|findings| Chain::read(input.snapshot, findings));
    report.with(|f| chain.examine(&records.school, &mut store, input.at, f));
    let trust = Trust {
        school: &records.school,
        store: &store,
        at: input.at,
    };
    let rendered = render(report, input, &records, trust, traced, progress)?;
    report.stop_on_record_errors()?;

    let examination = Examination {
        school: &records.school,
    };
    let sealed = seal_all(report, &examination, rendered, progress);
    Ok(Ready {
        records,
        store,
        chain,
        anchors,
        sealed,
    })
}

/// Makes the forms and pictures of a share for the cache, and nothing else: whoever then builds the whole with that cache
/// need not make them. Gives how many records that are.
///
/// # Errors
/// [`Stop`], when a record or a form of the share is at fault.
pub fn share(
    report: &mut Report,
    input: &Input<'_>,
    share: Share,
    progress: &dyn Progress,
) -> Result<usize, Stop> {
    let sealed = ready(report, input, share, progress)?.sealed;
    progress.begin(Stage::Pages, sealed.len());
    sealed.par_iter().for_each(|one| {
        Shown::of(one, input.cache, input.spool);
        progress.step();
    });
    input.snapshot.whole()?;
    Ok(sealed.len())
}

fn render(
    report: &mut Report,
    input: &Input<'_>,
    records: &Records,
    trust: Trust<'_>,
    traced: Vec<Traced>,
    progress: &dyn Progress,
) -> Result<Vec<Rendered>, Stop> {
    let layouts = Layouts::read(input.snapshot)?;
    let press = Press {
        snapshot: input.snapshot,
        school: &records.school,
        layouts: &layouts,
        trust,
        cache: input.cache,
    };
    progress.begin(Stage::Forms, traced.len());
    Ok(report.take(render::all(&press, traced, input.spool, &|| {
        progress.step()
    })))
}

fn seal_all(
    report: &mut Report,
    examination: &Examination<'_>,
    rendered: Vec<Rendered>,
    progress: &dyn Progress,
) -> Vec<Sealed> {
    progress.begin(Stage::Signatures, rendered.len());
    let sealed: Vec<(Sealed, Vec<Finding>)> = rendered
        .into_par_iter()
        .map(|rendered| {
            let mut findings = Vec::new();
            let current = match &rendered.form.origin {
                FormOrigin::Kept(version) => Some(version),
                FormOrigin::Set => None,
            };
            let seals = examination.examine(
                &rendered.traced.record,
                current,
                &rendered.superseded,
                &mut findings,
            );
            progress.step();
            (Sealed { rendered, seals }, findings)
        })
        .collect();
    sealed
        .into_iter()
        .map(|(sealed, findings)| {
            report.add(findings);
            sealed
        })
        .collect()
}

/// The signatures of a revision or of an archive, examined.
#[derive(Debug, Default)]
pub struct Verified {
    /// Every record and book with its signatures, by id.
    pub records: Vec<(Record, Seals)>,
    /// The anchors that were trusted.
    pub anchors: Vec<CertificateFacts>,
    /// The sealed archives, oldest first; of an archive, itself as the last.
    pub chain: Chain,
    /// What the answers rest on.
    pub store: TrustStore,
}

/// Examines every signature of a revision or of an archive, without setting a single form. `trust`
/// takes the place of the anchors inside, kind by kind: whoever hands over an archive hands over its anchors too.
///
/// # Errors
/// [`Refused`], when the records cannot be read.
pub fn verify(
    report: &mut Report,
    snapshot: &Snapshot,
    trust: TrustStore,
    at: Timestamp,
    progress: &dyn Progress,
) -> Result<Verified, Refused> {
    let mut records = check(report, snapshot)?;
    let all = std::mem::take(&mut records.all);
    let input = Signed {
        snapshot,
        school: &records.school,
        own: None,
        trust,
        at,
    };
    Ok(examine(report, input, all, progress))
}

/// What signatures are examined in.
pub struct Signed<'a> {
    /// The files.
    pub snapshot: &'a Snapshot,
    /// The school.
    pub school: &'a School,
    /// Takes the place of the anchors inside, kind by kind.
    pub trust: TrustStore,
    /// The archive that is read, as the last of its chain.
    pub own: Option<chain::Entry>,
    /// The instant as of which.
    pub at: Timestamp,
}

/// Examines the signatures of records that were read, without setting a form.
pub fn examine(
    report: &mut Report,
    input: Signed<'_>,
    records: Vec<Record>,
    progress: &dyn Progress,
) -> Verified {
    let Signed {
        snapshot,
        school,
        own,
        trust,
        at,
    } = input;
    let (inside, _) = report.with(|findings| kept::anchors(snapshot, findings));
    let mut store = inside.replaced_by(trust);
    let mut chain = report.with(|findings| Chain::read(snapshot, findings));
    if let Some(own) = own {
        chain.push(own);
    }
    report.with(|f| chain.examine(school, &mut store, at, f));
    let trust = Trust {
        school,
        store: &store,
        at,
    };
    let examination = Examination { school };
    progress.begin(Stage::Signatures, records.len());
    let examined: Vec<(Record, Seals, Vec<Finding>)> = records
        .into_par_iter()
        .map(|record| {
            let mut findings = Vec::new();
            let versions = kept::versions(snapshot, &record.id, trust, &mut findings);
            let (current, superseded) = kept::current(versions, &record.source.digest);
            let seals = examination.examine(&record, current.as_ref(), &superseded, &mut findings);
            progress.step();
            (record, seals, findings)
        })
        .collect();
    let mut verified = Verified {
        records: Vec::new(),
        anchors: store.facts().cloned().collect(),
        chain,
        store: TrustStore::default(),
    };
    for (record, seals, findings) in examined {
        report.add(findings);
        verified.records.push((record, seals));
    }
    let known = verified.records.iter().map(|(r, _)| r.id.clone()).collect();
    let acts = verified.records.iter().flat_map(|(_, s)| s.all_acts());
    report.add(seal::acts::dangling(&known, acts));
    verified.store = store;
    verified
}

/// Sets the form of a record that is not in the repository yet.
///
/// # Errors
/// [`Stop`], when the layouts cannot be read or the form is at fault.
pub fn proof(
    report: &mut Report,
    snapshot: &Snapshot,
    records: &Records,
    record: Record,
    at: Timestamp,
) -> Result<Vec<u8>, Stop> {
    let layouts = Layouts::read(snapshot)?;
    // Nothing of it is signed, so whom the school trusts does not matter.
    let store = TrustStore::default();
    let press = Press {
        snapshot,
        school: &records.school,
        layouts: &layouts,
        trust: Trust {
            school: &records.school,
            store: &store,
            at,
        },
        cache: None,
    };
    let mut all = vec![record];
    let figures = report.take(Programs::read(snapshot, &records.kinds));
    report.with(|findings| figures.compute(&records.school, &mut all, findings));
    let set = all.first().map(|record| render::set(&press, record));
    match set {
        Some(Ok(pdf)) => Ok(pdf),
        Some(Err(findings)) => {
            report.add(findings);
            Err(Stop::Refused(Refused))
        }
        None => Err(Stop::Refused(Refused)),
    }
}
