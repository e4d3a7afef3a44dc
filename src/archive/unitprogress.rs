//! `tien-do/<year>/<unit>.html`: one unit's books, month by month, and everything that is missing or late
//! with the day on which it was due; and the quantities that inspections count, for every unit.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::Serialize;

use crate::archive::charts;
use crate::archive::charts::Chart;
use crate::archive::files;
use crate::archive::listing::Made;
use crate::archive::pages::Pages;
use crate::archive::progress::Month;
use crate::archive::progress::Standing;
use crate::archive::timeline;
use crate::archive::view::Common;
use crate::archive::view::Link;
use crate::diag::Lang;
use crate::ledger::Entry;
use crate::ledger::Ledger;
use crate::ledger::run;
use crate::ledger::tally::Tally;
use crate::records::dates;
use crate::records::id::RecordId;
use crate::seal::Sealed;
use crate::seal::standing::Standing as Stands;
use crate::sign::Act;

/// The titles of the records.
type Titles = BTreeMap<RecordId, String>;

const TEMPLATE: &str = "unit-progress.html";
const NAV: &str = "tien-do";

/// What inspections count, of a unit or of the school.
#[derive(Serialize)]
pub struct Figures {
    title: String,
    href: Option<String>,
    due: usize,
    /// Of them, in percent: every step signed.
    full: usize,
    /// There by the day it was due.
    on_time: usize,
    /// Both.
    full_on_time: usize,
    /// Records that were returned, or changed after they were signed.
    found: usize,
    /// Of them, those that are signed by all again.
    mended: usize,
}

#[derive(Serialize)]
struct View {
    heading: String,
    on: String,
    figures: Figures,
    standing: Standing,
    charts: Vec<Chart>,
    months: Vec<Month>,
    books: Vec<Book>,
    late: Vec<Late>,
    list: Option<String>,
    crumbs: Vec<Link>,
}

/// A kind, month by month.
#[derive(Serialize)]
struct Book {
    title: String,
    note: Option<String>,
    standing: Standing,
    cells: Vec<Option<Standing>>,
}

/// What is missing or not complete of a kind.
#[derive(Serialize)]
struct Late {
    id: String,
    title: String,
    folded: bool,
    rows: Vec<LateRow>,
}

#[derive(Serialize)]
struct LateRow {
    what: String,
    /// The records that are there.
    records: Vec<Link>,
    code: &'static str,
    label: String,
    due: String,
    late: u32,
    who: String,
}

fn path(year: &str, unit: &str) -> String {
    format!("tien-do/{year}/{unit}.html")
}

/// A unit's page, if there are such pages.
pub fn href(pages: &Pages, year: &str, unit: &str) -> Option<String> {
    pages.has(TEMPLATE).then(|| path(year, unit))
}

/// The units of a year, in the order of the ledger.
fn units<'a>(entries: &[&'a Entry]) -> Vec<&'a str> {
    let mut units: Vec<&str> = Vec::new();
    for entry in entries {
        if !units.contains(&entry.unit.id.as_str()) {
            units.push(&entry.unit.id);
        }
    }
    units
}

/// What inspections count in a year: of the school, then of each unit.
pub fn figures(pages: &Pages, entries: &[&Entry], sealed: &[Sealed], year: &str) -> Vec<Figures> {
    let mut all = vec![Figures {
        title: "Toàn trường".to_owned(),
        href: None,
        ..of(entries, sealed, year, None)
    }];
    for unit in units(entries) {
        let own = of_unit(entries, unit);
        all.push(Figures {
            href: href(pages, year, unit),
            ..of(&own, sealed, year, Some(unit))
        });
    }
    all
}

fn of_unit<'a>(entries: &[&'a Entry], unit: &str) -> Vec<&'a Entry> {
    let own = entries.iter().copied();
    own.filter(|entry| entry.unit.id == unit).collect()
}

fn of(entries: &[&Entry], sealed: &[Sealed], year: &str, unit: Option<&str>) -> Figures {
    let tally = Tally::of(entries.iter().copied());
    let both = |entry: &&&Entry| entry.is_due && entry.state.is_complete() && entry.is_on_time();
    let own = sealed.iter().filter(|one| {
        let id = &one.rendered.traced.record.id;
        id.year() == year && unit.is_none_or(|unit| id.unit() == unit)
    });
    let found: Vec<&Sealed> = own.filter(|one| is_found(one)).collect();
    let mended = |one: &&&Sealed| one.seals.standing == Stands::Signed;
    Figures {
        title: entries
            .first()
            .map(|entry| entry.unit.ten.clone())
            .unwrap_or_default(),
        href: None,
        due: tally.due,
        full: tally.percent(tally.signed),
        on_time: tally.percent(tally.on_time),
        full_on_time: tally.percent(entries.iter().filter(both).count()),
        mended: found.iter().filter(mended).count(),
        found: found.len(),
    }
}

/// Whether something was found wrong with a record that had signatures: it was returned, or its text
/// changed. A book changes with its records, which count by themselves.
fn is_found(one: &Sealed) -> bool {
    let returned = one.seals.all_acts().any(|act| act.act() == Act::Return);
    let book = one.rendered.traced.record.kind.is_book();
    let changed = one.seals.superseded.iter().any(|seals| !seals.is_empty());
    returned || (changed && !book)
}

/// The pages of all units in all years.
pub fn pages(
    pages: &Pages,
    common: &Common,
    ledger: &Ledger,
    sealed: &[Sealed],
    titles: &Titles,
    has_list: impl Fn(&str) -> bool,
) -> Vec<Made> {
    let mut made = Vec::new();
    if !pages.has(TEMPLATE) || !pages.has("progress.html") {
        return made;
    }
    for (index, year) in ledger.years().into_iter().enumerate() {
        let entries: Vec<&Entry> = ledger.of_year(year).filter(|entry| entry.is_due).collect();
        for unit in units(&entries) {
            let own = of_unit(&entries, unit);
            let figures = of(&own, sealed, year, Some(unit));
            let list = has_list(unit).then(|| format!("don-vi/{unit}.html"));
            let heading = format!("Tiến độ {}, năm học {year}", figures.title);
            let up = match index {
                0 => "tien-do/index.html".to_owned(),
                _ => format!("tien-do/{year}.html"),
            };
            let crumbs = vec![
                timeline::home(),
                Link {
                    title: format!("Tiến độ năm học {year}"),
                    href: up,
                },
            ];
            let view = view(
                ledger.on,
                &own,
                figures,
                heading.clone(),
                (list, titles),
                crumbs,
            );
            let path = path(year, unit);
            let page = pages.render(TEMPLATE, common, &path, NAV, heading, view);
            made.push((path, page));
        }
    }
    made
}

fn view(
    on: Date,
    entries: &[&Entry],
    figures: Figures,
    heading: String,
    (list, titles): (Option<String>, &Titles),
    crumbs: Vec<Link>,
) -> View {
    let months: BTreeSet<Date> = entries.iter().map(|e| e.anchor.first_of_month()).collect();
    let standing = |own: &[&Entry]| Standing::of(&Tally::of(own.iter().copied()));
    let mut books = Vec::new();
    let mut late = Vec::new();
    for own in entries.chunk_by(|a, b| a.kind.id == b.kind.id) {
        let Some(one) = own.first() else { continue };
        let cell = |month: &Date| {
            let own: Vec<&Entry> = own
                .iter()
                .copied()
                .filter(|entry| entry.anchor.first_of_month() == *month)
                .collect();
            (!own.is_empty()).then(|| standing(&own))
        };
        let number = one.kind.number;
        books.push(Book {
            title: one.kind.title.clone(),
            note: (number > 0).then(|| format!("Hồ sơ số {number}, Điều 21")),
            standing: standing(own),
            cells: months.iter().map(cell).collect(),
        });
        let rows: Vec<LateRow> = own
            .iter()
            .filter(|entry| !entry.state.is_complete())
            .map(|entry| late_row(entry, titles))
            .collect();
        if !rows.is_empty() {
            late.push(Late {
                id: format!("con-{}", one.kind.id),
                title: one.kind.title.clone(),
                folded: rows.len() > 12,
                rows,
            });
        }
    }
    View {
        heading,
        on: dates::official(on),
        figures,
        standing: standing(entries),
        charts: charts::year(entries).into_iter().collect(),
        months: months.iter().map(|day| Month::of(*day)).collect(),
        books,
        late,
        list,
        crumbs,
    }
}

fn late_row(entry: &Entry, titles: &Titles) -> LateRow {
    let period = run::period(entry).in_lang(Lang::Vi).to_owned();
    let label = entry.state.words().in_lang(Lang::Vi).to_owned();
    let who: Vec<&str> = entry.who.iter().map(|who| who.name.as_str()).collect();
    LateRow {
        what: match &entry.subject {
            Some(subject) => format!("{}, {period}", subject.name),
            None => period,
        },
        records: entry
            .records
            .iter()
            .map(|id| Link {
                title: titles.get(id).cloned().unwrap_or_else(|| id.to_string()),
                href: files::page(id),
            })
            .collect(),
        code: entry.state.code(),
        label: match entry.needed > 1 && !entry.is_there() {
            true => format!("{label} ({}/{})", entry.records.len(), entry.needed),
            false => label,
        },
        due: dates::official(entry.due),
        late: entry.late,
        who: who.join(", "),
    }
}
