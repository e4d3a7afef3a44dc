//! `ngay/`: what happened day by day. A page for each month; a month of more than [`MOST`] things has a
//! page for each of its days instead, and a day of more several, so that fifty thousand records make no
//! giant page.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::archive::events::Event;
use crate::archive::events::What;
use crate::archive::listing::Made;
use crate::archive::pages::Pages;
use crate::archive::people;
use crate::archive::view::Common;
use crate::archive::view::Link;
use crate::records::dates;

/// The template of a month, a day, and somebody's month.
pub(super) const TEMPLATE: &str = "days.html";
/// The template of the index.
const INDEX: &str = "months.html";
const FOLDER: &str = "ngay";
/// The most that one page tells.
const MOST: usize = 500;

/// One thing that happened, for a template.
#[derive(Serialize)]
struct EventView {
    time: String,
    code: &'static str,
    label: &'static str,
    title: String,
    href: String,
    detail: String,
    who: String,
    who_href: Option<String>,
    holds: bool,
}

/// A day.
#[derive(Serialize)]
struct Day {
    iso: String,
    title: String,
    count: usize,
    events: Vec<EventView>,
}

#[derive(Serialize)]
struct View {
    heading: String,
    intro: String,
    days: Vec<Day>,
    /// Days that have pages of their own, with how much happened on them.
    table: Vec<Month>,
    previous: Option<Link>,
    next: Option<Link>,
    crumbs: Vec<Link>,
}

/// A month or a day with how much happened in it.
#[derive(Serialize)]
pub(super) struct Month {
    title: String,
    href: String,
    written: usize,
    changed: usize,
    signed: usize,
    returned: usize,
}

#[derive(Serialize)]
struct Index {
    heading: String,
    months: Vec<Month>,
    crumbs: Vec<Link>,
}

/// Whether the templates have these pages; a school's own need not.
pub(super) fn exists(pages: &Pages) -> bool {
    pages.has(TEMPLATE) && pages.has(INDEX)
}

/// The pages.
pub fn pages(pages: &Pages, common: &Common, events: &[Event]) -> Vec<Made> {
    if !exists(pages) {
        return Vec::new();
    }
    let own = Index {
        heading: "Theo ngày".to_owned(),
        months: months(events.iter(), |month| format!("{FOLDER}/{month}.html")),
        crumbs: vec![home()],
    };
    let path = format!("{FOLDER}/index.html");
    let title = own.heading.clone();
    let page = pages.render(INDEX, common, &path, FOLDER, title, own);
    let mut made = vec![(path, page)];
    let crumbs = vec![
        home(),
        Link {
            title: "Theo ngày".to_owned(),
            href: format!("{FOLDER}/index.html"),
        },
    ];
    made.extend(
        Lists {
            pages,
            common,
            nav: FOLDER,
            folder: FOLDER.to_owned(),
            heading: String::new(),
            crumbs,
        }
        .pages(events.iter()),
    );
    made
}

/// The way to the first page.
pub(super) fn home() -> Link {
    Link {
        title: "Trang chủ".to_owned(),
        href: "index.html".to_owned(),
    }
}

/// How much happened in each month, newest first.
pub(super) fn months<'a>(
    events: impl Iterator<Item = &'a Event>,
    href: impl Fn(&str) -> String,
) -> Vec<Month> {
    let mut counts: BTreeMap<String, [usize; 4]> = BTreeMap::new();
    for event in events {
        counts.entry(event.month()).or_default()[slot(event)] += 1;
    }
    let all = counts.into_iter().rev();
    all.map(|(month, counts)| Month::of(spoken(&month), href(&month), counts))
        .collect()
}

/// The column in which something counts.
fn slot(event: &Event) -> usize {
    match event.what {
        What::Written => 0,
        What::Changed | What::Moved => 1,
        What::Signed | What::Sealed => 2,
        What::Returned | What::Withdrawn | What::Replaced => 3,
    }
}

impl Month {
    fn of(title: String, href: String, [written, changed, signed, returned]: [usize; 4]) -> Self {
        Self {
            title,
            href,
            written,
            changed,
            signed,
            returned,
        }
    }
}

/// `2024-09` as people say it.
pub(super) fn spoken(month: &str) -> String {
    match month.split_once('-') {
        Some((year, number)) => format!("Tháng {}/{year}", number.trim_start_matches('0')),
        None => month.to_owned(),
    }
}

/// Pages that tell day by day what happened, in one folder.
pub(super) struct Lists<'a> {
    /// The templates.
    pub(super) pages: &'a Pages,
    /// What every page has.
    pub(super) common: &'a Common,
    /// The section of the navigation.
    pub(super) nav: &'static str,
    /// Where the pages lie.
    pub(super) folder: String,
    /// Whose they are; empty for everybody's.
    pub(super) heading: String,
    /// The way there.
    pub(super) crumbs: Vec<Link>,
}

impl Lists<'_> {
    /// A page for each month, and for each day of a full one.
    pub(super) fn pages<'a>(&self, events: impl Iterator<Item = &'a Event>) -> Vec<Made> {
        let mut by_month: BTreeMap<String, Vec<&Event>> = BTreeMap::new();
        for event in events {
            by_month.entry(event.month()).or_default().push(event);
        }
        let names: Vec<&String> = by_month.keys().collect();
        let beside = |index: Option<usize>| {
            names.get(index?).map(|month| Link {
                title: spoken(month),
                href: format!("{}/{month}.html", self.folder),
            })
        };
        let mut made = Vec::new();
        for (index, (month, events)) in by_month.iter().enumerate() {
            let days: Vec<&[&Event]> = events.chunk_by(|a, b| a.day() == b.day()).collect();
            let path = format!("{}/{month}.html", self.folder);
            let mut leaf = Leaf {
                heading: self.titled(&spoken(month)),
                count: events.len(),
                in_days: days.len(),
                pager: (beside(index.checked_sub(1)), beside(Some(index + 1))),
                crumbs: self.crumbs.clone(),
                days: Vec::new(),
                table: Vec::new(),
            };
            if events.len() <= MOST {
                leaf.days = days.into_iter().map(day).collect();
            } else {
                let up = Link {
                    title: spoken(month),
                    href: path.clone(),
                };
                let (table, below) = self.split(month, &up, &days);
                leaf.table = table;
                made.extend(below);
            }
            made.push(self.page(path, leaf));
        }
        made
    }

    /// A page for each day of a full month, several for a full day.
    fn split(&self, month: &str, up: &Link, days: &[&[&Event]]) -> (Vec<Month>, Vec<Made>) {
        let mut parts: Vec<(String, String, &[&Event])> = Vec::new();
        for own in days {
            let chunks = own.chunks(MOST);
            let count = chunks.len();
            for (index, own) in chunks.enumerate() {
                let Some(first) = own.first() else { continue };
                let number = first.day().day();
                let (part, titled) = match count {
                    1 => (String::new(), day_title(first)),
                    _ => (
                        format!("-{}", index + 1),
                        format!("{}, phần {}/{count}", day_title(first), index + 1),
                    ),
                };
                let href = format!("{}/{month}/{number:02}{part}.html", self.folder);
                parts.push((titled, href, own));
            }
        }
        let beside = |index: Option<usize>| {
            parts.get(index?).map(|(title, href, _)| Link {
                title: title.clone(),
                href: href.clone(),
            })
        };
        let mut table = Vec::new();
        let mut made = Vec::new();
        for (index, (title, href, own)) in parts.iter().enumerate() {
            let mut counts = [0; 4];
            for event in *own {
                counts[slot(event)] += 1;
            }
            table.push(Month::of(title.clone(), href.clone(), counts));
            let mut crumbs = self.crumbs.clone();
            crumbs.push(up.clone());
            let leaf = Leaf {
                heading: self.titled(title),
                count: own.len(),
                in_days: 1,
                pager: (beside(index.checked_sub(1)), beside(Some(index + 1))),
                crumbs,
                days: vec![day(own)],
                table: Vec::new(),
            };
            made.push(self.page(href.clone(), leaf));
        }
        (table, made)
    }

    fn titled(&self, what: &str) -> String {
        match self.heading.as_str() {
            "" => what.to_owned(),
            whose => format!("{whose}, {}", what.to_lowercase()),
        }
    }

    fn page(&self, path: String, leaf: Leaf) -> Made {
        let (previous, next) = leaf.pager;
        let heading = leaf.heading.clone();
        let own = View {
            intro: match leaf.in_days {
                1 => format!("{} việc.", leaf.count),
                days => format!("{} việc trong {days} ngày.", leaf.count),
            },
            heading: leaf.heading,
            days: leaf.days,
            table: leaf.table,
            previous,
            next,
            crumbs: leaf.crumbs,
        };
        let page = self
            .pages
            .render(TEMPLATE, self.common, &path, self.nav, heading, own);
        (path, page)
    }
}

/// What one page tells.
struct Leaf {
    heading: String,
    count: usize,
    in_days: usize,
    pager: (Option<Link>, Option<Link>),
    crumbs: Vec<Link>,
    days: Vec<Day>,
    table: Vec<Month>,
}

fn day_title(event: &Event) -> String {
    let date = event.day();
    let weekday = dates::weekday_name(date.weekday());
    format!("{weekday}, {}", dates::official(date))
}

fn day(events: &[&Event]) -> Day {
    let first = events.first();
    Day {
        iso: first
            .map(|event| event.day().to_string())
            .unwrap_or_default(),
        title: first.map(|event| day_title(event)).unwrap_or_default(),
        count: events.len(),
        events: events.iter().map(|event| shown(event)).collect(),
    }
}

fn shown(event: &Event) -> EventView {
    let time = dates::VIETNAM.to_datetime(event.at);
    EventView {
        time: format!("{:02}:{:02}", time.hour(), time.minute()),
        code: match event.holds {
            true => event.what.code(),
            false => "loi",
        },
        label: event.what.label(),
        title: event.title.clone(),
        href: event.href.clone(),
        detail: event.detail.clone(),
        who: event.who.clone(),
        who_href: event.person.as_deref().map(people::href),
        holds: event.holds,
    }
}
