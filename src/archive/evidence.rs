//! `minh-chung/`: the list of evidence of quality assessment, by standard and criterion: each code with
//! its title and its records. A code with many records has a page for each school year.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::archive::Material;
use crate::archive::listing::Listing;
use crate::archive::listing::Made;
use crate::archive::pages::Pages;
use crate::archive::timeline;
use crate::archive::view::Common;
use crate::archive::view::Link;
use crate::archive::view::Row;
use crate::records::dates;
use crate::records::evidence;
use crate::records::evidence::EvidenceCode;
use crate::records::evidence::EvidenceList;
use crate::seal::Sealed;

const TEMPLATE: &str = "evidence.html";
const FOLDER: &str = "minh-chung";
/// A code of more records than this has them on pages of their own.
const FEW: usize = 5;

#[derive(Serialize)]
struct View {
    heading: String,
    source: Option<String>,
    note: Option<String>,
    criteria: Vec<CriterionView>,
    crumbs: Vec<Link>,
}

#[derive(Serialize)]
struct CriterionView {
    code: String,
    title: Option<String>,
    codes: Vec<CodeView>,
}

#[derive(Serialize)]
struct CodeView {
    code: String,
    case: u8,
    title: Option<String>,
    count: usize,
    /// The records of a code that has few.
    rows: Vec<Row>,
    /// The pages of a code that has more.
    years: Vec<YearLink>,
}

#[derive(Serialize)]
struct YearLink {
    title: String,
    href: String,
    count: usize,
}

/// Whether the templates have the page; a school's own need not.
pub fn exists(pages: &Pages) -> bool {
    pages.has(TEMPLATE)
}

/// The pages.
pub fn pages(
    pages: &Pages,
    material: &Material<'_>,
    common: &Common,
    sealed: &[Sealed],
    rows: &[Row],
) -> Vec<Made> {
    if !exists(pages) {
        return Vec::new();
    }
    let mut by_code: BTreeMap<EvidenceCode, Vec<&Row>> = BTreeMap::new();
    for (one, row) in sealed.iter().zip(rows) {
        for code in evidence::of(&one.rendered.traced.record) {
            by_code.entry(code).or_default().push(row);
        }
    }
    let lists = &material.records.evidence;
    let current = evidence::on(lists, dates::day(material.at));
    let mut made = Vec::new();
    let mut criteria: Vec<CriterionView> = Vec::new();
    for (code, rows) in &mut by_code {
        rows.sort_by(|a, b| (&a.date_iso, &a.id).cmp(&(&b.date_iso, &b.id)));
        let title = titled(lists, current, |list| list.title(code));
        let years = match rows.len() > FEW {
            true => years(pages, common, code, title.as_deref(), rows, &mut made),
            false => Vec::new(),
        };
        let view = CodeView {
            code: code.to_string(),
            case: code.case(),
            title,
            count: rows.len(),
            rows: match years.is_empty() {
                true => rows.iter().map(|row| (*row).clone()).collect(),
                false => Vec::new(),
            },
            years,
        };
        let criterion = code.criterion();
        match criteria.last_mut().filter(|last| last.code == criterion) {
            Some(last) => last.codes.push(view),
            None => criteria.push(CriterionView {
                title: titled(lists, current, |list| list.criterion(&criterion)),
                code: criterion,
                codes: vec![view],
            }),
        }
    }
    let own = View {
        heading: "Danh mục minh chứng".to_owned(),
        source: current.map(|list| list.nguon.clone()),
        note: current.and_then(|list| list.ghi_chu.clone()),
        criteria,
        crumbs: vec![timeline::home()],
    };
    let path = format!("{FOLDER}/index.html");
    let heading = own.heading.clone();
    let page = pages.render(TEMPLATE, common, &path, FOLDER, heading, own);
    made.push((path, page));
    made
}

/// What something is called now, else what it was called last.
fn titled<'a>(
    lists: &'a [EvidenceList],
    current: Option<&'a EvidenceList>,
    title: impl Fn(&'a EvidenceList) -> Option<&'a str>,
) -> Option<String> {
    let mut older = current.into_iter().chain(lists.iter().rev());
    older.find_map(title).map(str::to_owned)
}

fn years(
    pages: &Pages,
    common: &Common,
    code: &EvidenceCode,
    title: Option<&str>,
    rows: &[&Row],
    made: &mut Vec<Made>,
) -> Vec<YearLink> {
    let mut by_year: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        by_year.entry(&row.year).or_default().push(row);
    }
    let mut links = Vec::new();
    for (year, rows) in by_year.into_iter().rev() {
        let stem = format!("{FOLDER}/{}-{year}", code.as_str());
        links.push(YearLink {
            title: format!("Năm học {year}"),
            href: format!("{stem}.html"),
            count: rows.len(),
        });
        let heading = match title {
            Some(title) => format!("{code} {title}"),
            None => format!("Minh chứng {code}"),
        };
        let listing = Listing {
            nav: FOLDER,
            stem,
            intro: format!(
                "{} hồ sơ năm học {year} mang mã {code}, xếp theo ngày trong từng loại.",
                rows.len()
            ),
            heading,
            charts: Vec::new(),
            crumbs: vec![
                timeline::home(),
                Link {
                    title: "Danh mục minh chứng".to_owned(),
                    href: format!("{FOLDER}/index.html"),
                },
            ],
            group: |row| (&row.kind, &row.kind_title),
            rows,
        };
        made.extend(listing.pages(pages, common));
    }
    links
}
