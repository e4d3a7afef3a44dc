//! Sealed records → Site: every file of the archive, nothing at its place yet.
//!
//! 1. [`pages`] turns [`view`]s into HTML through Tera;
//! 2. [`files`] lays out forms, sources, signatures and pictures, and the tree that lets
//!    `hoso verify` examine everything again from the archive alone;
//! 3. [`search`] makes the index that the search page reads;
//! 4. [`kit`] lays out what a browser needs to examine the signatures itself;
//! 5. [`bag`] wraps it all as a BagIt bag; [`chain`] ties it to the sealed archives before it.

pub mod actview;
pub mod bag;
pub mod catalogue;
pub mod chain;
pub mod charts;
pub mod codes;
pub mod diffview;
pub mod edition;
pub mod english;
pub mod events;
pub mod evidence;
pub mod fields;
pub mod files;
pub mod kit;
pub mod levelview;
pub mod listing;
pub mod lists;
pub mod pages;
pub mod people;
pub mod progress;
pub mod proof;
pub mod recordview;
pub mod search;
pub mod shelf;
pub mod signatureview;
pub mod site;
pub mod timeline;
pub mod unitprogress;
pub mod view;

use std::collections::BTreeSet;

use jiff::Timestamp;
use rayon::prelude::*;

use crate::archive::chain::Chain;
use crate::archive::files::Shown;
use crate::archive::pages::Pages;
use crate::archive::site::Site;
use crate::cache::Cache;
use crate::diag::Checked;
use crate::diag::Finding;
use crate::path::RepoPath;
use crate::records::Records;
use crate::repo::Revision;
use crate::repo::Snapshot;
use crate::seal::Sealed;
use crate::sign::TrustStore;
use crate::spool::Blob;
use crate::spool::Spool;

/// What the archive is made of besides the records.
pub struct Material<'a> {
    /// The files of the revision.
    pub snapshot: &'a Snapshot,
    /// School and kinds.
    pub records: &'a Records,
    /// The revision; none for a working tree, which is only ever shown, never archived.
    pub revision: Option<&'a Revision>,
    /// The instant as of which signatures were examined.
    pub at: Timestamp,
    /// The sealed archives that this one follows.
    pub chain: &'a Chain,
    /// The trust anchors, as files.
    pub anchors: &'a [(RepoPath, Vec<u8>)],
    /// What signatures were examined against.
    pub store: &'a TrustStore,
    /// What earlier runs made.
    pub cache: Option<&'a Cache>,
    /// Where what this run makes waits to be written.
    pub spool: &'a Spool,
    /// What was found so far; the archive hides nothing of it.
    pub findings: Vec<&'a Finding>,
}

/// The version of the program, as pages and bags name it.
pub const TOOL: &str = concat!("hoso ", env!("CARGO_PKG_VERSION"));

/// Makes the archive. `progress` is called once for each record.
pub fn assemble(
    material: &Material<'_>,
    sealed: &[Sealed],
    progress: &(dyn Fn() + Sync),
) -> Checked<Option<Site>> {
    let mut findings = Vec::new();
    let Some(pages) = Pages::read(material.snapshot, &mut findings) else {
        return Checked::new(None, findings);
    };
    let mut site = Site::default();
    let shown: Vec<Shown> = sealed
        .par_iter()
        .map(|one| {
            let shown = Shown::of(one, material.cache, material.spool);
            progress();
            shown
        })
        .collect();
    files::put(&mut site, material, sealed, &shown, &mut findings);
    kit::put(&mut site, material, sealed, &mut findings);
    let rows: Vec<view::Row> = sealed
        .iter()
        .zip(&shown)
        .map(|(one, shown)| lists::row(one, shown))
        .collect();
    let locks = recordview::locks(sealed);
    let replaced = actview::replaced(sealed);
    let titles = sealed
        .iter()
        .map(|one| &one.rendered.traced.record)
        .map(|record| (record.id.clone(), record.title.clone()))
        .collect();
    let common = view::Common::of(material, sealed);
    let ledger = progress::ledger(material, sealed);
    let events = events::all(material, sealed, chain::page::exists(&pages));
    let people = people::All {
        sealed,
        rows: &rows,
        events: &events,
        ledger: &ledger,
    };
    let listed: BTreeSet<&str> = rows.iter().map(|row| row.unit.as_str()).collect();
    let made: Vec<(String, Result<Blob, Box<Finding>>)> = (0..sealed.len())
        .into_par_iter()
        .map(|index| {
            let all = recordview::All {
                sealed,
                shown: &shown,
                rows: &rows,
                locks: &locks,
                replaced: &replaced,
                titles: &titles,
            };
            recordview::page(&pages, material, &common, &all, index)
        })
        .chain(lists::pages(
            &pages, material, &common, sealed, &rows, &ledger,
        ))
        .chain(codes::pages(&pages, &common, sealed))
        .chain(progress::pages(&pages, &common, &ledger, sealed, &rows))
        .chain(unitprogress::pages(
            &pages,
            &common,
            &ledger,
            sealed,
            &titles,
            |unit| listed.contains(unit),
        ))
        .chain(timeline::pages(&pages, &common, &events))
        .chain(people::pages(&pages, material, &common, &people))
        .chain(evidence::pages(&pages, material, &common, sealed, &rows))
        .chain(
            sealed
                .par_iter()
                .filter_map(|one| diffview::page(&pages, material, &common, one)),
        )
        .chain(chain::page::page(&pages, material, &common))
        .map(|(path, page)| (path, page.map(|html| material.spool.put(html.as_bytes()))))
        .collect();
    let search = search::put(
        &mut site,
        &pages,
        material,
        &common,
        sealed,
        &rows,
        &mut findings,
    );
    let search = search.map(|(path, page)| (path, page.map(Blob::from)));
    for (path, page) in made.into_iter().chain(search) {
        match page {
            Ok(html) => site.put(&format!("data/{path}"), html, &mut findings),
            Err(finding) => findings.push(*finding),
        }
    }
    for (name, bytes) in pages.assets() {
        site.put(&format!("data/{name}"), bytes.as_slice(), &mut findings);
    }
    catalogue::put(&mut site, material, sealed, &mut findings);
    bag::wrap(&mut site, material, &mut findings);
    Checked::new(Some(site), findings)
}
