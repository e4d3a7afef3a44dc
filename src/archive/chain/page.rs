//! `niem-phong.html`: the chain of sealed archives that this one continues, and how to check that it
//! was sealed itself. An archive cannot hold the verdict on its own seal.

use serde::Serialize;

use crate::archive::Material;
use crate::archive::chain::Chain;
use crate::archive::chain::Link;
use crate::archive::chain::SEALED;
use crate::archive::chain::spelled;
use crate::archive::files;
use crate::archive::listing::Made;
use crate::archive::pages::Pages;
use crate::archive::view;
use crate::archive::view::Common;
use crate::records::dates;
use crate::repo::Snapshot;

/// Where the page lies, below `data/`.
pub const PAGE: &str = "niem-phong.html";
const TEMPLATE: &str = "chain.html";

#[derive(Serialize)]
struct Row {
    number: String,
    date: String,
    date_iso: String,
    commit: String,
    sha256: String,
    sealed_at: String,
    verdict: &'static str,
    holds: bool,
    sentence: String,
    href: String,
}

#[derive(Serialize)]
struct Own {
    number: String,
    previous: Option<String>,
    rows: Vec<Row>,
    anchor: Option<String>,
}

/// Whether the templates have a page for the chain; a school's own need not.
pub fn exists(pages: &Pages) -> bool {
    pages.has(TEMPLATE)
}

/// The same, of a revision whose templates are not read yet.
pub fn is_of(snapshot: &Snapshot) -> bool {
    let mut own = snapshot.under("layouts/site");
    own.next().is_none() || snapshot.get("layouts/site/chain.html").is_some()
}

/// The page.
pub fn page(pages: &Pages, material: &Material<'_>, common: &Common) -> Option<Made> {
    if !exists(pages) {
        return None;
    }
    let chain: &Chain = material.chain;
    let own = Own {
        number: spelled(chain.next()),
        previous: chain.last().map(|link| link.entry.digest.to_string()),
        rows: chain.links().iter().rev().map(row).collect(),
        anchor: material
            .anchors
            .first()
            .map(|(path, _)| files::anchor(path)),
    };
    let title = "Niêm phong".to_owned();
    let page = pages.render(TEMPLATE, common, PAGE, "kiem-tra", title, own);
    Some((PAGE.to_owned(), page))
}

fn row(link: &Link) -> Row {
    let entry = &link.entry;
    let seal = link.seal.as_ref();
    let examined = seal.map(|seal| &seal.examined);
    let number = spelled(entry.number);
    let time = examined.and_then(|examined| examined.signing_time());
    Row {
        date: entry.info.date.map(dates::official).unwrap_or_default(),
        date_iso: entry.info.date.map(|d| d.to_string()).unwrap_or_default(),
        commit: entry.info.commit.clone().unwrap_or_default(),
        sha256: entry.digest.to_string(),
        sealed_at: time.map(view::instant).unwrap_or_default(),
        verdict: examined.map_or("INDETERMINATE", |e| e.verdict().indication()),
        holds: seal.is_some_and(super::Seal::holds),
        sentence: examined.map(view::sentence).unwrap_or_default(),
        href: format!("archives/{number}/{SEALED}"),
        number,
    }
}
