//! Search that opens from `file://`: an index in plain scripts, of which a query reads a few.
//!
//! 1. [`text`] says what of a record is searched; [`fold`] how words are compared;
//! 2. [`index`] turns it into postings, [`shards`] into scripts;
//! 3. the page `tim.html` and `search.js` read them. docs/search.md tells why it is our own.

pub mod fold;
pub mod index;
pub mod shards;
pub mod text;

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::Serialize;

use crate::archive::Material;
use crate::archive::listing::Made;
use crate::archive::pages::Pages;
use crate::archive::search::index::Document;
use crate::archive::search::shards::Choice;
use crate::archive::search::shards::Facets;
use crate::archive::site::Site;
use crate::archive::view::Common;
use crate::archive::view::Row;
use crate::diag::Finding;
use crate::records::names::NameOrder;
use crate::records::school::School;
use crate::seal::Sealed;
use crate::seal::standing::Standing;

/// The page.
pub const PAGE: &str = "tim.html";
const TEMPLATE: &str = "search.html";

#[derive(Serialize)]
struct Search<'a> {
    facets: &'a Facets,
    example: Option<Example>,
}

/// What a reader may try: the number and the day of a document that is there.
#[derive(Serialize)]
struct Example {
    number: String,
    date: String,
}

/// Puts the index into a site and makes its page; nothing in a repository whose own pages have none.
pub fn put(
    site: &mut Site,
    pages: &Pages,
    material: &Material<'_>,
    common: &Common,
    sealed: &[Sealed],
    rows: &[Row],
    findings: &mut Vec<Finding>,
) -> Option<Made> {
    if !pages.has(TEMPLATE) {
        return None;
    }
    let school = &material.records.school;
    let facets = facets(school, rows);
    let (documents, facets, example) = documents(sealed, rows, school, facets);
    for (path, script) in shards::scripts(&documents, &facets) {
        let bytes = material.spool.put(script.as_bytes());
        site.put(&format!("data/{path}"), bytes, findings);
    }
    let own = Search {
        facets: &facets,
        example,
    };
    let title = "Tìm kiếm".to_owned();
    Some((
        PAGE.to_owned(),
        pages.render(TEMPLATE, common, PAGE, "tim", title, own),
    ))
}

/// Every record as a document, newest first; the filters with the people among them; the newest document with a number.
fn documents(
    sealed: &[Sealed],
    rows: &[Row],
    school: &School,
    mut facets: Facets,
) -> (Vec<Document>, Facets, Option<Example>) {
    let place = |choices: &[Choice]| -> BTreeMap<String, usize> {
        let ids = choices.iter().map(|choice| choice.id.clone());
        ids.zip(0..).collect()
    };
    let units = place(&facets.units);
    let kinds = place(&facets.kinds);
    let states = place(&facets.states);
    let at = |places: &BTreeMap<String, usize>, id: &str| places.get(id).copied().unwrap_or(0);
    let (mut documents, numbers): (Vec<Document>, Vec<_>) = (sealed, rows)
        .into_par_iter()
        .map(|(one, row)| {
            let searched = text::of(one, row, school);
            let number = searched
                .number
                .map(|number| (&row.date_iso, &row.id, number, &row.date));
            let document = Document {
                id: row.id.clone(),
                title: row.title.clone(),
                kind: at(&kinds, &row.kind),
                unit: at(&units, &row.unit),
                state: at(&states, row.state.code),
                year: row.year.clone(),
                date: row.date_iso.clone(),
                author: row.author.clone(),
                signed: row.signed,
                steps: row.steps,
                thumb: row.thumb.is_some(),
                people: searched.people,
                text: searched.text,
            };
            (document, number)
        })
        .unzip();
    documents.sort_by(|a, b| b.date.cmp(&a.date).then_with(|| a.id.cmp(&b.id)));
    facets.people = people(&documents, school);
    let example = numbers
        .into_iter()
        .flatten()
        .max()
        .map(|(_, _, number, date)| Example {
            number,
            date: date.clone(),
        });
    (documents, facets, example)
}

fn facets(school: &School, rows: &[Row]) -> Facets {
    let gather = |id: fn(&Row) -> &str, label: fn(&Row) -> String| -> Vec<Choice> {
        let mut map: BTreeMap<&str, Choice> = BTreeMap::new();
        for row in rows {
            let choice = map.entry(id(row)).or_insert_with(|| Choice {
                id: id(row).to_owned(),
                label: label(row),
                count: 0,
            });
            choice.count += 1;
        }
        map.into_values().collect()
    };
    let order = NameOrder::new();
    let mut years = gather(|r| &r.year, |r| r.year.clone());
    years.reverse();
    let mut units = gather(|r| &r.unit, |r| r.unit_name.clone());
    let listed: Vec<&str> = school.unit_ids().collect();
    units.sort_by_key(|unit| listed.iter().position(|id| *id == unit.id));
    let mut kinds = gather(|r| &r.kind, |r| r.kind_title.clone());
    kinds.sort_by_cached_key(|kind| order.as_ref().map(|order| order.title_key(&kind.label)));
    let mut states = gather(|r| r.state.code, |r| r.state.label.to_owned());
    states.sort_by_key(|state| Standing::ALL.iter().position(|s| s.code() == state.id));
    Facets {
        years,
        units,
        kinds,
        states,
        people: Vec::new(),
    }
}

/// The people of the documents, in the order of Vietnamese names.
fn people(documents: &[Document], school: &School) -> Vec<Choice> {
    let order = NameOrder::new();
    let sets = index::by(documents, |document| document.people.clone());
    let mut people: Vec<Choice> = sets
        .into_iter()
        .filter_map(|(id, documents)| {
            let label = school.person(&id)?.ten.clone();
            let count = documents.len();
            Some(Choice { id, label, count })
        })
        .collect();
    people.sort_by_cached_key(|person| order.as_ref().map(|order| order.key(&person.label)));
    people
}
