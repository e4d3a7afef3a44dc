//! The completeness ledger as pages: `tien-do/index.html` for the newest school year,
//! `tien-do/<year>.html` for those before it.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::Serialize;

use crate::archive::Material;
use crate::archive::files;
use crate::archive::pages::Pages;
use crate::archive::unitprogress;
use crate::archive::unitprogress::Figures;
use crate::archive::view::Common;
use crate::archive::view::Link;
use crate::archive::view::Row;
use crate::diag::Finding;
use crate::diag::Lang;
use crate::ledger::Entry;
use crate::ledger::Ledger;
use crate::ledger::Sources;
use crate::ledger::State;
use crate::ledger::kept;
use crate::ledger::kept::Kept;
use crate::ledger::run::Run;
use crate::ledger::run::month;
use crate::ledger::tally::Tally;
use crate::records::dates;
use crate::seal::Sealed;

/// The template; a repository with page templates of its own may be without it, and then has no
/// such pages.
const TEMPLATE: &str = "progress.html";
const NAV: &str = "tien-do";
/// A table longer than this is folded away.
const FOLDED: usize = 12;
/// The most lines of a unit here; its own page has all.
const MOST: usize = 100;
/// How many people are named; a whole team is not.
const NAMED: usize = 3;

/// The ledger as of the day of the archive, with nothing of today in it.
pub fn ledger(material: &Material<'_>, sealed: &[Sealed]) -> Ledger {
    let kept: Vec<Kept<'_>> = sealed
        .iter()
        .map(|one| {
            let traced = &one.rendered.traced;
            Kept::of(
                &traced.record,
                &one.seals,
                kept::first_day(traced.changes()),
            )
        })
        .collect();
    let sources = Sources {
        school: &material.records.school,
        kinds: &material.records.kinds,
        kept: &kept,
        on: dates::day(material.at),
    };
    Ledger::of(&sources, &[])
}

/// How a school year stands, in numbers and as a bar.
#[derive(Clone, Debug, Serialize)]
pub struct Standing {
    due: usize,
    there: usize,
    signed: usize,
    waiting: usize,
    unsigned: usize,
    missing: usize,
    there_percent: usize,
    signed_percent: usize,
    on_time_percent: usize,
    parts: Vec<Part>,
}

/// A piece of a bar; percents of its width.
#[derive(Clone, Debug, Serialize)]
struct Part {
    code: &'static str,
    x: String,
    width: String,
}

impl Standing {
    /// Counts as a template sees them.
    pub(super) fn of(tally: &Tally) -> Self {
        let pieces = [
            ("da-ky", tally.signed),
            ("cho-ky", tally.waiting),
            ("chua-ky", tally.unsigned()),
            ("thieu", tally.missing),
        ];
        let mut before = 0;
        let mut parts = Vec::new();
        for (code, count) in pieces.into_iter().filter(|(_, count)| *count > 0) {
            let (from, to) = (
                permille(before, tally.due),
                permille(before + count, tally.due),
            );
            before += count;
            parts.push(Part {
                code,
                x: percent(from),
                width: percent(to - from),
            });
        }
        Self {
            due: tally.due,
            there: tally.there,
            signed: tally.signed,
            waiting: tally.waiting,
            unsigned: tally.unsigned(),
            missing: tally.missing,
            there_percent: tally.percent(tally.there),
            signed_percent: tally.percent(tally.signed),
            on_time_percent: tally.percent(tally.on_time),
            parts,
        }
    }
}

fn permille(part: usize, whole: usize) -> usize {
    (part * 1000).checked_div(whole).unwrap_or(0)
}

fn percent(permille: usize) -> String {
    format!("{}.{}", permille / 10, permille % 10)
}

/// A school year on the home page.
#[derive(Clone, Debug, Serialize)]
pub struct YearView {
    title: String,
    href: String,
    standing: Standing,
}

/// The school years of the ledger in which something was due, newest first; none when there is no
/// page to lead to.
pub fn years(pages: &Pages, ledger: &Ledger) -> Vec<YearView> {
    if !pages.has(TEMPLATE) {
        return Vec::new();
    }
    ledger
        .years()
        .into_iter()
        .enumerate()
        .map(|(index, year)| YearView {
            title: format!("Năm học {year}"),
            href: path(index, year),
            standing: Standing::of(&Tally::of(ledger.of_year(year))),
        })
        .collect()
}

fn path(index: usize, year: &str) -> String {
    match index {
        0 => "tien-do/index.html".to_owned(),
        _ => format!("tien-do/{year}.html"),
    }
}

#[derive(Serialize)]
struct View {
    year: String,
    on: String,
    years: Vec<Link>,
    standing: Standing,
    figures: Vec<Figures>,
    months: Vec<Month>,
    units: Vec<Line>,
    kinds: Vec<Line>,
    missing: Vec<Group>,
    waiting: Vec<Group>,
    crumbs: Vec<Link>,
}

/// A month as a column of a table.
#[derive(Serialize)]
pub(super) struct Month {
    /// `9/2024`
    pub(super) short: String,
    /// `tháng 9/2024`
    pub(super) long: String,
}

impl Month {
    /// The month of a day.
    pub(super) fn of(day: Date) -> Self {
        Self {
            short: format!("{}/{}", day.month(), day.year()),
            long: month(day),
        }
    }
}

/// A unit or a kind with how it stands, and month by month.
#[derive(Serialize)]
struct Line {
    title: String,
    href: Option<String>,
    note: Option<String>,
    standing: Standing,
    cells: Vec<Option<Standing>>,
}

#[derive(Serialize)]
struct Group {
    title: String,
    id: String,
    count: usize,
    folded: bool,
    rows: Vec<Item>,
    /// The unit's own page, when it has one and not all is here.
    more: Option<String>,
}

/// A line of what is still to be done.
#[derive(Serialize)]
pub(super) struct Item {
    kind: String,
    subject: Option<String>,
    periods: String,
    count: usize,
    href: Option<String>,
    code: &'static str,
    label: String,
    who: String,
    due: String,
    late: u32,
}

/// The pages.
pub fn pages(
    pages: &Pages,
    common: &Common,
    ledger: &Ledger,
    sealed: &[Sealed],
    rows: &[Row],
) -> Vec<(String, Result<String, Box<Finding>>)> {
    if !pages.has(TEMPLATE) {
        return Vec::new();
    }
    let years = ledger.years();
    let links: Vec<Link> = years
        .iter()
        .enumerate()
        .map(|(index, year)| Link {
            title: format!("Năm học {year}"),
            href: path(index, year),
        })
        .collect();
    // The navigation leads here even when nothing was ever asked for.
    let shown = match years.is_empty() {
        true => vec![""],
        false => years,
    };
    let page = |(index, year): (usize, &str)| {
        let path = path(index, year);
        let view = view(pages, ledger, year, &links, sealed, rows);
        let title = match year {
            "" => "Tiến độ".to_owned(),
            year => format!("Tiến độ năm học {year}"),
        };
        let html = pages.render(TEMPLATE, common, &path, NAV, title, view);
        (path, html)
    };
    shown.into_iter().enumerate().map(page).collect()
}

fn view(
    pages: &Pages,
    ledger: &Ledger,
    year: &str,
    years: &[Link],
    sealed: &[Sealed],
    rows: &[Row],
) -> View {
    let entries: Vec<&Entry> = ledger.of_year(year).filter(|entry| entry.is_due).collect();
    let months: BTreeSet<Date> = entries.iter().map(|e| e.anchor.first_of_month()).collect();
    let with_page = |wanted: fn(&Row) -> &str, id: &str, folder: &str| {
        let there = rows.iter().any(|row| wanted(row) == id);
        there.then(|| format!("{folder}/{id}.html"))
    };
    let units = lines(
        &entries,
        |e| &e.unit.id,
        Some(&months),
        |one| {
            (
                one.unit.ten.clone(),
                with_page(|row| &row.unit, &one.unit.id, "don-vi"),
                None,
            )
        },
    );
    let mut by_kind = entries.clone();
    by_kind.sort_by_key(|e| (e.kind.number == 0, e.kind.number, &e.kind.id));
    let kinds = lines(
        &by_kind,
        |e| &e.kind.id,
        None,
        |one| {
            let number = one.kind.number;
            (
                one.kind.title.clone(),
                with_page(|row| &row.kind, &one.kind.id, "loai"),
                (number > 0).then(|| format!("Hồ sơ số {number}, Điều 21")),
            )
        },
    );
    let of = |wanted: fn(State) -> bool| {
        let wanted = entries.iter().copied().filter(|entry| wanted(entry.state));
        wanted.collect::<Vec<_>>()
    };
    let more = |unit: &str| unitprogress::href(pages, year, unit);
    View {
        year: year.to_owned(),
        on: dates::official(ledger.on),
        years: years.to_vec(),
        standing: Standing::of(&Tally::of(entries.iter().copied())),
        figures: unitprogress::figures(pages, &entries, sealed, year),
        months: months.iter().map(|day| Month::of(*day)).collect(),
        units,
        kinds,
        missing: groups("thieu", &of(|state| state == State::Missing), more),
        waiting: groups(
            "cho",
            &of(|state| state != State::Missing && !state.is_complete()),
            more,
        ),
        crumbs: vec![Link {
            title: "Trang chủ".to_owned(),
            href: "index.html".to_owned(),
        }],
    }
}

/// One line for each value of `key`, in the order in which they come.
fn lines(
    entries: &[&Entry],
    key: fn(&Entry) -> &str,
    months: Option<&BTreeSet<Date>>,
    describe: impl Fn(&Entry) -> (String, Option<String>, Option<String>),
) -> Vec<Line> {
    let mut keys: Vec<&str> = Vec::new();
    for entry in entries {
        if !keys.contains(&key(entry)) {
            keys.push(key(entry));
        }
    }
    keys.into_iter()
        .filter_map(|wanted| {
            let own: Vec<&Entry> = entries
                .iter()
                .copied()
                .filter(|entry| key(entry) == wanted)
                .collect();
            let (title, href, note) = describe(own.first()?);
            let cell = |month: &Date| {
                let tally = Tally::of(
                    own.iter()
                        .copied()
                        .filter(|entry| entry.anchor.first_of_month() == *month),
                );
                (tally.due > 0).then(|| Standing::of(&tally))
            };
            Some(Line {
                title,
                href,
                note,
                standing: Standing::of(&Tally::of(own.iter().copied())),
                cells: months.into_iter().flatten().map(cell).collect(),
            })
        })
        .collect()
}

/// By unit, neighbours drawn together. `more`: the page that has all of a unit.
fn groups(prefix: &str, entries: &[&Entry], more: impl Fn(&str) -> Option<String>) -> Vec<Group> {
    entries
        .chunk_by(|a, b| a.unit.id == b.unit.id)
        .filter_map(|own| {
            let one = own.first()?;
            let runs = Run::all(own.iter().copied());
            Some(Group {
                title: one.unit.ten.clone(),
                id: format!("{prefix}-{}", one.unit.id),
                count: own.len(),
                folded: runs.len() > FOLDED,
                rows: runs.iter().take(MOST).map(item).collect(),
                more: (runs.len() > MOST).then(|| more(&one.unit.id)).flatten(),
            })
        })
        .collect()
}

/// Neighbouring entries as one line.
pub(super) fn item(run: &Run<'_>) -> Item {
    let one = run.first();
    let who: Vec<&str> = one.who.iter().map(|who| who.name.as_str()).collect();
    let more = who.len().saturating_sub(NAMED);
    let missing = one.state == State::Missing;
    let label = one.state.words().in_lang(Lang::Vi).to_owned();
    Item {
        kind: one.kind.title.clone(),
        subject: one.subject.as_ref().map(|subject| subject.name.clone()),
        periods: run.periods().in_lang(Lang::Vi).to_owned(),
        count: run.entries().len(),
        href: match (run.entries(), &one.records[..]) {
            ([_], [id]) => Some(files::page(id)),
            _ => None,
        },
        code: one.state.code(),
        label: match missing && one.needed > 1 {
            true => format!("{label} ({}/{})", one.records.len(), one.needed),
            false => label,
        },
        who: match more {
            0 => who.join(", "),
            _ => format!("{} và {more} người khác", who[..NAMED].join(", ")),
        },
        due: dates::official(one.due),
        late: run.late(),
    }
}
