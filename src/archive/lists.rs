//! The home page, the lists by year, unit, kind and state, and the page that tells how to check
//! everything.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::archive::Material;
use crate::archive::chain::page;
use crate::archive::charts;
use crate::archive::evidence;
use crate::archive::files;
use crate::archive::files::Shown;
use crate::archive::listing::Listing;
use crate::archive::listing::Made;
use crate::archive::pages::Pages;
use crate::archive::people;
use crate::archive::progress;
use crate::archive::progress::YearView;
use crate::archive::shelf::Shelf;
use crate::archive::timeline;
use crate::archive::view;
use crate::archive::view::Common;
use crate::archive::view::FindingView;
use crate::archive::view::Link;
use crate::archive::view::Row;
use crate::archive::view::State;
use crate::ledger::Ledger;
use crate::path::RepoPath;
use crate::records::dates;
use crate::render::FormOrigin;
use crate::seal::Sealed;
use crate::seal::order;
use crate::seal::standing::Standing;
use crate::sign::CertificateFacts;
use crate::sign::TrustStore;
use crate::trace;

/// How many records the home page shows as the latest.
const RECENT: usize = 12;

/// A record as a row of a list.
pub fn row(sealed: &Sealed, shown: &Shown) -> Row {
    let traced = &sealed.rendered.traced;
    let record = &traced.record;
    let seals: Vec<_> = sealed.seals.current.iter().collect();
    let steps = record.steps.iter().filter(|s| s.digital).count();
    let signed = (0..record.steps.len())
        .filter(|i| record.steps[*i].digital && order::is_complete(record, &seals, *i))
        .count();
    Row {
        href: files::page(&record.id),
        id: record.id.to_string(),
        title: record.title.clone(),
        kind: record.kind.id.clone(),
        kind_title: record.kind.title.clone(),
        unit: record.unit.id.clone(),
        unit_name: record.unit.ten.clone(),
        year: record.id.year().to_owned(),
        date: dates::official(record.date),
        date_iso: record.date.to_string(),
        state: state(sealed.seals.standing),
        author: trace::authors(traced.changes())
            .first()
            .map(|a| (*a).to_owned())
            .unwrap_or_default(),
        thumb: shown.thumb.as_ref().map(|_| files::thumb(&record.id)),
        signed,
        steps,
    }
}

/// A standing for a template.
pub fn state(standing: Standing) -> State {
    State {
        code: standing.code(),
        label: standing.label(),
    }
}

#[derive(Serialize)]
struct Counts {
    records: usize,
    books: usize,
    signed: usize,
    waiting: usize,
    unsigned: usize,
    stale: usize,
    faulty: usize,
}

#[derive(Serialize)]
struct Entry {
    id: String,
    code: String,
    title: String,
    label: String,
    number: Option<u8>,
    count: usize,
    href: String,
}

#[derive(Serialize)]
struct Home {
    counts: Counts,
    years: Vec<Entry>,
    units: Vec<Entry>,
    shelf: Shelf,
    states: Vec<Entry>,
    progress: Vec<YearView>,
    views: Vec<Link>,
    recent: Vec<Row>,
    findings: Vec<FindingView>,
}

#[derive(Serialize)]
struct OverviewItem {
    title: String,
    href: String,
    count: usize,
    note: Option<String>,
    bar: Option<usize>,
}

#[derive(Serialize)]
struct Overview {
    heading: String,
    items: Vec<OverviewItem>,
}

/// One way of sorting records into lists.
struct Section<'a> {
    /// The folder, which is also the section of the navigation.
    folder: &'static str,
    heading: &'static str,
    /// Key and title of each list, in the order in which they are shown, with its rows.
    lists: Vec<(String, String, Vec<&'a Row>)>,
    /// How the rows of a list are grouped.
    group: fn(&Row) -> (&str, &str),
}

/// Every page but the records' own.
pub fn pages(
    pages: &Pages,
    material: &Material<'_>,
    common: &Common,
    sealed: &[Sealed],
    rows: &[Row],
    ledger: &Ledger,
) -> Vec<Made> {
    let sections = sections(material, sealed, rows);
    let mut out = vec![
        home(pages, material, common, sealed, rows, &sections, ledger),
        check(pages, material, common, sealed),
    ];
    for section in &sections {
        out.push(overview(pages, common, section));
        for (key, title, rows) in &section.lists {
            let charts = match section.folder {
                "don-vi" => charts::newest_year(ledger, key),
                _ => Vec::new(),
            };
            let listing = Listing {
                nav: section.folder,
                stem: format!("{}/{key}", section.folder),
                heading: title.clone(),
                intro: format!("{} hồ sơ, xếp theo ngày trong từng nhóm.", rows.len()),
                charts,
                crumbs: vec![
                    timeline::home(),
                    Link {
                        title: section.heading.to_owned(),
                        href: format!("{}/index.html", section.folder),
                    },
                ],
                group: section.group,
                rows: rows.clone(),
            };
            out.extend(listing.pages(pages, common));
        }
    }
    out
}

fn sections<'a>(material: &Material<'_>, sealed: &[Sealed], rows: &'a [Row]) -> Vec<Section<'a>> {
    let gather = |key: fn(&Row) -> &str| {
        let mut map: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
        for row in rows {
            map.entry(key(row)).or_default().push(row);
        }
        map
    };
    let years = gather(|r| &r.year)
        .into_iter()
        .rev()
        .map(|(year, rows)| (year.to_owned(), format!("Năm học {year}"), rows))
        .collect();
    // Units in the order of the school's own list, kinds in that of Điều 21.
    let mut by_unit = gather(|r| &r.unit);
    let mut units = Vec::new();
    for id in material.records.school.unit_ids() {
        if let Some(rows) = by_unit.remove(id) {
            let title = rows[0].unit_name.clone();
            units.push((id.to_owned(), title, rows));
        }
    }
    let mut kinds: Vec<_> = gather(|r| &r.kind).into_iter().collect();
    kinds.sort_by_key(|(id, _)| {
        (
            number(sealed, id).filter(|n| *n > 0).unwrap_or(u8::MAX),
            *id,
        )
    });
    let kinds = kinds
        .into_iter()
        .map(|(id, rows)| (id.to_owned(), rows[0].kind_title.clone(), rows))
        .collect();
    let mut by_state = gather(|r| r.state.code);
    let states = Standing::ALL
        .iter()
        .map(|s| {
            (
                s.code().to_owned(),
                s.label().to_owned(),
                by_state.remove(s.code()).unwrap_or_default(),
            )
        })
        .collect();
    vec![
        Section {
            folder: "nam",
            heading: "Năm học",
            lists: years,
            group: |r| (&r.unit, &r.unit_name),
        },
        Section {
            folder: "don-vi",
            heading: "Đơn vị",
            lists: units,
            group: |r| (&r.kind, &r.kind_title),
        },
        Section {
            folder: "loai",
            heading: "Loại hồ sơ",
            lists: kinds,
            group: |r| (&r.unit, &r.unit_name),
        },
        Section {
            folder: "trang-thai",
            heading: "Trạng thái",
            lists: states,
            group: |r| (&r.unit, &r.unit_name),
        },
    ]
}

fn number(sealed: &[Sealed], kind: &str) -> Option<u8> {
    sealed
        .iter()
        .map(|s| &s.rendered.traced.record.kind)
        .find(|k| k.id == kind)
        .map(|k| k.number)
}

fn list_path(section: &Section<'_>, key: &str) -> String {
    format!("{}/{key}.html", section.folder)
}

fn home(
    pages: &Pages,
    material: &Material<'_>,
    common: &Common,
    sealed: &[Sealed],
    rows: &[Row],
    sections: &[Section<'_>],
    ledger: &Ledger,
) -> Made {
    let count = |code: &str| rows.iter().filter(|r| r.state.code == code).count();
    let books = sealed
        .iter()
        .filter(|s| s.rendered.traced.record.kind.is_book())
        .count();
    let entries = |index: usize| -> Vec<Entry> {
        let section = &sections[index];
        let entry = |(key, title, rows): &(String, String, Vec<&Row>)| Entry {
            id: key.clone(),
            code: key.clone(),
            title: title.clone(),
            label: title.clone(),
            number: number(sealed, key).filter(|n| *n > 0),
            count: rows.len(),
            href: list_path(section, key),
        };
        section.lists.iter().map(entry).collect()
    };
    let mut recent: Vec<&Row> = rows.iter().collect();
    recent.sort_by(|a, b| b.date_iso.cmp(&a.date_iso).then_with(|| a.id.cmp(&b.id)));
    let own = Home {
        counts: Counts {
            records: rows.len() - books,
            books,
            signed: count("da-ky"),
            waiting: count("cho-ky"),
            unsigned: count("chua-ky"),
            stale: count("sua-sau-ky"),
            faulty: count("loi"),
        },
        years: entries(0),
        units: entries(1),
        shelf: shelf(material, &sections[2]),
        // What hardly ever happens is listed only when it did.
        states: entries(3)
            .into_iter()
            .filter(|entry| {
                let rare = |s: &&Standing| s.act().is_some() && s.code() == entry.code;
                entry.count > 0 || !Standing::ALL.iter().any(|s| rare(&s))
            })
            .collect(),
        progress: progress::years(pages, ledger),
        views: views(pages),
        recent: recent.into_iter().take(RECENT).cloned().collect(),
        findings: material
            .findings
            .iter()
            .map(|f| FindingView::of(f))
            .collect(),
    };
    let title = common.site.title.clone();
    (
        "index.html".to_owned(),
        pages.render("index.html", common, "index.html", "home", title, own),
    )
}

/// The other ways to look at the records.
fn views(pages: &Pages) -> Vec<Link> {
    let all = [
        (
            people::exists(pages),
            "Theo người: đã viết, đã ký, đang chờ ai",
            "nguoi/index.html",
        ),
        (
            timeline::exists(pages),
            "Theo ngày: ai làm gì, lúc nào",
            "ngay/index.html",
        ),
        (
            evidence::exists(pages),
            "Theo tiêu chí kiểm định: danh mục minh chứng",
            "minh-chung/index.html",
        ),
    ];
    all.into_iter()
        .filter(|(there, ..)| *there)
        .map(|(_, title, href)| Link {
            title: title.to_owned(),
            href: href.to_owned(),
        })
        .collect()
}

fn shelf(material: &Material<'_>, kinds: &Section<'_>) -> Shelf {
    let counts = kinds
        .lists
        .iter()
        .map(|(id, _, rows)| (id.as_str(), rows.len()));
    let counts = counts.collect();
    let date = dates::day(material.at);
    Shelf::of(material.records, date, &counts, |id| list_path(kinds, id))
}

fn overview(pages: &Pages, common: &Common, section: &Section<'_>) -> Made {
    let items = section
        .lists
        .iter()
        .map(|(key, title, rows)| {
            let signed = rows.iter().filter(|r| r.state.code == "da-ky").count();
            // A list by state is all signed or not at all: a share would say nothing.
            let share = Some(signed).filter(|_| section.folder != "trang-thai");
            OverviewItem {
                title: title.clone(),
                href: list_path(section, key),
                count: rows.len(),
                note: share.map(|signed| format!("{signed} đã ký đủ")),
                bar: share.and_then(|signed| (signed * 100).checked_div(rows.len())),
            }
        })
        .collect();
    let path = format!("{}/index.html", section.folder);
    let own = Overview {
        heading: section.heading.to_owned(),
        items,
    };
    let page = pages.render(
        "overview.html",
        common,
        &path,
        section.folder,
        section.heading.to_owned(),
        own,
    );
    (path, page)
}

#[derive(Serialize)]
struct AnchorView {
    href: String,
    subject: String,
    sha256: String,
    not_after: String,
}

#[derive(Serialize)]
struct Sample {
    dir: String,
    pdf: String,
    p7s: String,
    blob: String,
    source: String,
}

#[derive(Serialize)]
struct Check {
    anchors: Vec<AnchorView>,
    sample: Option<Sample>,
    chain: Option<&'static str>,
}

fn check(pages: &Pages, material: &Material<'_>, common: &Common, sealed: &[Sealed]) -> Made {
    let anchors = material
        .anchors
        .iter()
        .flat_map(|(path, bytes)| anchor(path, bytes))
        .collect();
    let sample = sealed.iter().find_map(|one| sample(material, one));
    let title = "Cách kiểm tra".to_owned();
    let page = pages.render(
        "check.html",
        common,
        "kiem-tra.html",
        "kiem-tra",
        title,
        Check {
            anchors,
            sample,
            chain: page::exists(pages).then_some(page::PAGE),
        },
    );
    ("kiem-tra.html".to_owned(), page)
}

/// The certificates of an anchor file; a broken file was found wrong before.
fn anchor(path: &RepoPath, bytes: &[u8]) -> Vec<AnchorView> {
    let mut store = TrustStore::default();
    let _ = store.add_signers(path.file_name(), bytes);
    let view = |facts: &CertificateFacts| AnchorView {
        href: files::anchor(path),
        subject: facts.subject_cn.clone().unwrap_or_default(),
        sha256: facts.sha256.to_string(),
        not_after: view::instant(facts.not_after),
    };
    store.facts().map(view).collect()
}

/// A signed record to stand in the commands of the page.
fn sample(material: &Material<'_>, sealed: &Sealed) -> Option<Sample> {
    let record = &sealed.rendered.traced.record;
    let FormOrigin::Kept(version) = &sealed.rendered.form.origin else {
        return None;
    };
    let entry = material.snapshot.get(record.path()?.as_str())?;
    Some(Sample {
        dir: files::folder(&record.id),
        pdf: "form.pdf".to_owned(),
        p7s: version.signatures.first()?.path.file_name().to_owned(),
        blob: entry.id.clone()?,
        source: record.source_name(),
    })
}
