//! The pages of an edition: the first one, a list for each year and unit, a page for each record.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::Serialize;

use crate::archive::Material;
use crate::archive::edition::Part;
use crate::archive::edition::Whole;
use crate::archive::edition::redact::Shape;
use crate::archive::fields;
use crate::archive::fields::FieldView;
use crate::archive::files;
use crate::archive::listing::Made;
use crate::archive::lists;
use crate::archive::pages::Pages;
use crate::archive::recordview;
use crate::archive::recordview::Download;
use crate::archive::view;
use crate::archive::view::Common;
use crate::archive::view::Link;
use crate::archive::view::Row;
use crate::archive::view::State;
use crate::records::dates;
use crate::render::FormOrigin;

/// The templates.
pub const TEMPLATES: [&str; 3] = ["edition.html", "edition-list.html", "edition-record.html"];
/// The files of the archive's pages that an edition's need, too.
pub const ASSETS: [&str; 3] = ["style.css", "favicon.svg", "search.js"];

#[derive(Serialize)]
struct Home<'a> {
    counts: Counts,
    sealed: bool,
    whole: String,
    years: Vec<Year>,
    left_out: Vec<LeftOut>,
    sample: Option<&'a str>,
}

#[derive(Default, Serialize)]
struct Counts {
    whole: usize,
    extract: usize,
    counted: usize,
}

#[derive(Serialize)]
struct Year {
    title: String,
    units: Vec<Unit>,
}

#[derive(Serialize)]
struct Unit {
    title: String,
    href: String,
    count: usize,
}

/// The records of a kind that an edition has in part or only counts.
#[derive(Serialize)]
struct LeftOut {
    title: String,
    extract: usize,
    counted: usize,
}

#[derive(Serialize)]
struct List<'a> {
    heading: String,
    groups: Vec<Group<'a>>,
    crumbs: Vec<Link>,
}

#[derive(Serialize)]
struct Group<'a> {
    title: &'a str,
    rows: Vec<&'a Row>,
}

#[derive(Serialize)]
struct RecordPage {
    title: String,
    kind_title: String,
    unit_name: String,
    year: String,
    date: String,
    code: String,
    state: State,
    shape: &'static str,
    hidden: Vec<String>,
    fields: Vec<FieldView>,
    body_text: Option<String>,
    sheets: Vec<Sheet>,
    sha256: String,
    source_sha256: String,
    signatures: Vec<Signature>,
    downloads: Vec<Download>,
    crumbs: Vec<Link>,
}

#[derive(Serialize)]
struct Sheet {
    href: String,
}

#[derive(Serialize)]
struct Signature {
    step: String,
    /// Who signed; none in an extract.
    who: Option<String>,
    at: Option<String>,
    verdict: &'static str,
    sha256: String,
}

/// Every page but the search.
pub fn pages(
    pages: &Pages,
    material: &Material<'_>,
    common: &Common,
    parts: &[Part<'_>],
    whole: &Whole<'_>,
) -> Vec<Made> {
    let mut lists: BTreeMap<(&str, &str), Vec<&Part<'_>>> = BTreeMap::new();
    for part in parts.iter().filter(|part| part.shape != Shape::Counted) {
        let place = (part.row.year.as_str(), part.row.unit.as_str());
        lists.entry(place).or_default().push(part);
    }
    let mut made = vec![home(pages, common, parts, &lists, whole)];
    made.extend(lists.values().map(|parts| list(pages, common, parts)));
    let records = parts.par_iter().filter_map(|part| {
        let left = part.left.as_ref()?;
        let record = &left.rendered.traced.record;
        let path = files::page(&record.id);
        let own = self::record(material, part, whole)?;
        let title = record.title.clone();
        let page = pages.render("edition-record.html", common, &path, "", title, own);
        Some((path, page))
    });
    let records: Vec<Made> = records.collect();
    made.extend(records);
    made
}

fn list_path(row: &Row) -> String {
    format!("danh-sach/{}/{}.html", row.year, row.unit)
}

fn home(
    pages: &Pages,
    common: &Common,
    parts: &[Part<'_>],
    lists: &BTreeMap<(&str, &str), Vec<&Part<'_>>>,
    whole: &Whole<'_>,
) -> Made {
    let count = |shape| parts.iter().filter(|part| part.shape == shape).count();
    let mut years: Vec<Year> = Vec::new();
    for ((year, _), parts) in lists {
        let Some(first) = parts.first() else { continue };
        let unit = Unit {
            title: first.row.unit_name.clone(),
            href: list_path(&first.row),
            count: parts.len(),
        };
        let title = format!("Năm học {year}");
        match years.last_mut().filter(|last| last.title == title) {
            Some(last) => last.units.push(unit),
            None => years.push(Year {
                title,
                units: vec![unit],
            }),
        }
    }
    years.reverse();
    let mut left_out: BTreeMap<&str, LeftOut> = BTreeMap::new();
    for part in parts.iter().filter(|part| part.shape != Shape::Whole) {
        let kind = &part.sealed.rendered.traced.record.kind;
        let entry = left_out.entry(&kind.id).or_insert_with(|| LeftOut {
            title: kind.title.clone(),
            extract: 0,
            counted: 0,
        });
        match part.shape {
            Shape::Counted => entry.counted += 1,
            Shape::Extract | Shape::Whole => entry.extract += 1,
        }
    }
    let sample = parts.iter().find(|part| part.shape == Shape::Extract);
    let own = Home {
        counts: Counts {
            whole: count(Shape::Whole),
            extract: count(Shape::Extract),
            counted: count(Shape::Counted),
        },
        sealed: whole.seal.is_some(),
        whole: whole.digest().map(|d| d.to_string()).unwrap_or_default(),
        years,
        left_out: left_out.into_values().collect(),
        sample: sample.map(|part| part.row.href.as_str()),
    };
    let title = common.site.title.clone();
    let page = pages.render("edition.html", common, "index.html", "home", title, own);
    ("index.html".to_owned(), page)
}

fn list(pages: &Pages, common: &Common, parts: &[&Part<'_>]) -> Made {
    let mut groups: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for part in parts {
        let rows = groups.entry(part.row.kind_title.as_str()).or_default();
        rows.push(&part.row);
    }
    let mut groups: Vec<Group<'_>> = groups
        .into_iter()
        .map(|(title, rows)| Group { title, rows })
        .collect();
    for group in &mut groups {
        group
            .rows
            .sort_by(|a, b| a.date_iso.cmp(&b.date_iso).then_with(|| a.id.cmp(&b.id)));
    }
    let first = parts.first().map(|part| &part.row);
    let heading = first.map(|row| format!("{}, năm học {}", row.unit_name, row.year));
    let heading = heading.unwrap_or_default();
    let path = first.map(list_path).unwrap_or_default();
    let own = List {
        heading: heading.clone(),
        groups,
        crumbs: vec![to_home()],
    };
    let page = pages.render("edition-list.html", common, &path, "", heading, own);
    (path, page)
}

fn to_home() -> Link {
    Link {
        title: "Trang chủ".to_owned(),
        href: "index.html".to_owned(),
    }
}

fn record(material: &Material<'_>, part: &Part<'_>, whole: &Whole<'_>) -> Option<RecordPage> {
    let left = part.left.as_ref()?;
    let record = &left.rendered.traced.record;
    let is_whole = part.shape == Shape::Whole;
    let kept = matches!(left.rendered.form.origin, FormOrigin::Kept(_));
    let sheets = (1..)
        .map(|number| files::page_picture(&record.id, number))
        .take_while(|path| is_whole && whole.site.has(&format!("data/{path}")))
        .map(|href| Sheet { href });
    let signatures = part.sealed.seals.current.iter().filter(|_| kept);
    Some(RecordPage {
        title: record.title.clone(),
        kind_title: record.kind.title.clone(),
        unit_name: record.unit.ten.clone(),
        year: record.id.year().to_owned(),
        date: dates::official(record.date),
        code: record.id.code(),
        state: lists::state(left.seals.standing),
        shape: part.shape.code(),
        hidden: hidden(part),
        fields: fields::of(record, &material.records.school),
        body_text: recordview::body(record).filter(|_| !part.hidden.body),
        sheets: sheets.collect(),
        sha256: left.rendered.form.digest().to_string(),
        source_sha256: record.source.digest.to_string(),
        signatures: signatures
            .map(|seal| {
                let step = seal.step.and_then(|index| record.steps.get(index));
                let who = seal.examined.certificate();
                Signature {
                    step: step.map(|step| step.label.clone()).unwrap_or_default(),
                    who: who.and_then(|c| c.subject_cn.clone()).filter(|_| is_whole),
                    at: seal.examined.signing_time().map(view::instant),
                    verdict: seal.examined.verdict().indication(),
                    sha256: seal.file.digest.to_string(),
                }
            })
            .collect(),
        downloads: match is_whole {
            true => recordview::downloads(left),
            false => Vec::new(),
        },
        crumbs: vec![
            to_home(),
            Link {
                title: format!("{}, {}", record.unit.ten, record.id.year()),
                href: list_path(&part.row),
            },
        ],
    })
}

/// What is hidden, by the names of the fields; never by what they hold.
fn hidden(part: &Part<'_>) -> Vec<String> {
    let record = &part.sealed.rendered.traced.record;
    let labels = fields::titles(record, &part.hidden.fields);
    let body = part.hidden.body.then(|| "Phần lời".to_owned());
    let within = "nội dung của hồ sơ trong sổ".to_owned();
    let within = part.hidden.within.then_some(within);
    labels.into_iter().chain(body).chain(within).collect()
}
