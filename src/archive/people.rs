//! `nguoi/`: what each person wrote, signed and returned, what waits for them, and what came back to
//! them. The page of a person says what is to be done; what was done lies in a page for each month.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;

use crate::archive::Material;
use crate::archive::events::Event;
use crate::archive::events::What;
use crate::archive::listing::Made;
use crate::archive::pages::Pages;
use crate::archive::progress;
use crate::archive::progress::Item;
use crate::archive::timeline;
use crate::archive::timeline::Lists;
use crate::archive::timeline::Month;
use crate::archive::view::Common;
use crate::archive::view::Link;
use crate::archive::view::Row;
use crate::ledger::Entry;
use crate::ledger::Ledger;
use crate::ledger::State;
use crate::ledger::kept::Kept;
use crate::ledger::run::Run;
use crate::records::dates;
use crate::records::names::NameOrder;
use crate::records::school::Person;
use crate::seal::Sealed;

const TEMPLATE: &str = "person.html";
const INDEX: &str = "people.html";
const FOLDER: &str = "nguoi";
/// The most rows of one list; who has more to do sees the oldest.
const MOST: usize = 200;

/// The page of a person.
pub fn href(id: &str) -> String {
    format!("{FOLDER}/{id}.html")
}

#[derive(Serialize)]
struct Entrance {
    name: String,
    title: String,
    href: String,
    written: usize,
    signed: usize,
    waiting: usize,
    returned: usize,
    missing: usize,
}

#[derive(Serialize)]
struct Index {
    heading: String,
    people: Vec<Entrance>,
    crumbs: Vec<Link>,
}

#[derive(Serialize)]
struct View {
    name: String,
    title: String,
    on: String,
    counts: Counts,
    waiting: Todo,
    returned: Todo,
    missing: Vec<Item>,
    months: Vec<Month>,
    latest: Vec<Row>,
    crumbs: Vec<Link>,
}

#[derive(Clone, Copy, Serialize)]
struct Counts {
    /// Records that the person wrote or changed.
    written: usize,
    /// Signatures.
    signed: usize,
    /// Records that the person returned.
    given_back: usize,
    missing: usize,
}

#[derive(Serialize)]
struct Todo {
    count: usize,
    rows: Vec<Row>,
}

/// What waits for somebody.
#[derive(Default)]
struct Waiting {
    sign: Vec<usize>,
    mend: Vec<usize>,
}

/// Everything that the pages are made from.
pub struct All<'a> {
    /// The records.
    pub sealed: &'a [Sealed],
    /// Each as a row.
    pub rows: &'a [Row],
    /// What happened.
    pub events: &'a [Event],
    /// What is missing.
    pub ledger: &'a Ledger,
}

/// Whether the templates have these pages; a school's own need not.
pub fn exists(pages: &Pages) -> bool {
    pages.has(TEMPLATE) && pages.has(INDEX) && timeline::exists(pages)
}

/// The pages.
pub fn pages(pages: &Pages, material: &Material<'_>, common: &Common, all: &All<'_>) -> Vec<Made> {
    if !exists(pages) {
        return Vec::new();
    }
    let on = dates::day(material.at);
    let waiting = waiting(all.sealed);
    let mut events: BTreeMap<&str, Vec<&Event>> = BTreeMap::new();
    for event in all.events {
        if let Some(person) = &event.person {
            events.entry(person).or_default().push(event);
        }
    }
    let mut missing: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
    let late = all.ledger.entries.iter();
    for entry in late.filter(|entry| entry.state == State::Missing) {
        for who in &entry.who {
            missing.entry(&who.id).or_default().push(entry);
        }
    }
    let mut made = Vec::new();
    let mut people = Vec::new();
    let none = Waiting::default();
    for person in sorted(material) {
        let id = person.id.as_str();
        let own = Own {
            person,
            title: title(material, person, on),
            events: events.get(id).map(Vec::as_slice).unwrap_or_default(),
            missing: missing.get(id).map(Vec::as_slice).unwrap_or_default(),
            waiting: waiting.get(id).unwrap_or(&none),
        };
        people.push(own.entrance());
        let (path, view) = own.view(all, on);
        let name = person.ten.clone();
        let page = pages.render(TEMPLATE, common, &path, FOLDER, name.clone(), view);
        made.push((path, page));
        let lists = Lists {
            pages,
            common,
            nav: FOLDER,
            folder: format!("{FOLDER}/{id}"),
            heading: name.clone(),
            crumbs: vec![
                timeline::home(),
                index(),
                Link {
                    title: name,
                    href: href(id),
                },
            ],
        };
        made.extend(lists.pages(own.events.iter().copied()));
    }
    let path = format!("{FOLDER}/index.html");
    let own = Index {
        heading: "Theo người".to_owned(),
        people,
        crumbs: vec![timeline::home()],
    };
    let heading = own.heading.clone();
    let page = pages.render(INDEX, common, &path, FOLDER, heading, own);
    made.push((path, page));
    made
}

fn index() -> Link {
    Link {
        title: "Theo người".to_owned(),
        href: format!("{FOLDER}/index.html"),
    }
}

/// Everybody once, the Vietnamese way: given name first.
fn sorted<'a>(material: &'a Material<'_>) -> Vec<&'a Person> {
    let people: BTreeMap<&str, &Person> = material
        .records
        .school
        .people()
        .map(|person| (person.id.as_str(), person))
        .collect();
    let mut people: Vec<&Person> = people.into_values().collect();
    if let Some(order) = NameOrder::new() {
        people.sort_by_cached_key(|person| (order.key(&person.ten), person.id.clone()));
    }
    people
}

/// What somebody is on a day; of who has left, nothing.
fn title(material: &Material<'_>, person: &Person, on: Date) -> String {
    let school = &material.records.school;
    school.title_of(&person.id, on).unwrap_or_default()
}

/// For whom what waits: whose signature is next, and to whom it came back.
fn waiting(sealed: &[Sealed]) -> BTreeMap<String, Waiting> {
    let mut all: BTreeMap<String, Waiting> = BTreeMap::new();
    for (index, one) in sealed.iter().enumerate() {
        let kept = Kept::of(&one.rendered.traced.record, &one.seals, None);
        for next in kept.next {
            let own = all.entry(next.id).or_default();
            match kept.state {
                State::Draft | State::Waiting => own.sign.push(index),
                State::Returned | State::Changed if !kept.superseded => own.mend.push(index),
                _ => {}
            }
        }
    }
    all
}

struct Own<'a> {
    person: &'a Person,
    title: String,
    events: &'a [&'a Event],
    missing: &'a [&'a Entry],
    waiting: &'a Waiting,
}

impl Own<'_> {
    fn counts(&self) -> Counts {
        let count = |wanted: fn(What) -> bool| {
            let own = self.events.iter().filter(|event| wanted(event.what));
            own.filter_map(|event| event.record).collect::<Vec<usize>>()
        };
        let mut written = count(What::is_writing);
        written.sort_unstable();
        written.dedup();
        Counts {
            written: written.len(),
            signed: count(|what| what == What::Signed).len(),
            given_back: count(|what| what == What::Returned).len(),
            missing: self.missing.len(),
        }
    }

    fn entrance(&self) -> Entrance {
        let counts = self.counts();
        Entrance {
            name: self.person.ten.clone(),
            title: self.title.clone(),
            href: href(&self.person.id),
            written: counts.written,
            signed: counts.signed,
            waiting: self.waiting.sign.len(),
            returned: self.waiting.mend.len(),
            missing: counts.missing,
        }
    }

    fn view(&self, all: &All<'_>, on: Date) -> (String, View) {
        let id = &self.person.id;
        let todo = |wanted: &[usize]| {
            let mut rows: Vec<&Row> = wanted.iter().filter_map(|i| all.rows.get(*i)).collect();
            rows.sort_by(|a, b| (&a.date_iso, &a.id).cmp(&(&b.date_iso, &b.id)));
            Todo {
                count: rows.len(),
                rows: rows.into_iter().take(MOST).cloned().collect(),
            }
        };
        let mut latest: Vec<usize> = Vec::new();
        let written = self.events.iter().rev().filter(|e| e.what.is_writing());
        for index in written.filter_map(|event| event.record) {
            if latest.len() < 12 && !latest.contains(&index) {
                latest.push(index);
            }
        }
        let runs = Run::all(self.missing.iter().copied());
        let view = View {
            name: self.person.ten.clone(),
            title: self.title.clone(),
            on: dates::official(on),
            counts: self.counts(),
            waiting: todo(&self.waiting.sign),
            returned: todo(&self.waiting.mend),
            missing: runs.iter().take(MOST).map(progress::item).collect(),
            months: timeline::months(self.events.iter().copied(), |month| {
                format!("{FOLDER}/{id}/{month}.html")
            }),
            latest: latest
                .into_iter()
                .filter_map(|index| all.rows.get(index).cloned())
                .collect(),
            crumbs: vec![timeline::home(), index()],
        };
        (href(id), view)
    }
}
