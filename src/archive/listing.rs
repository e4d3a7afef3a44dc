//! Lists of records, in groups. One page as long as it is short; a long one leads from each group to
//! pages of its months, so that fifty thousand records make no giant page.

use serde::Serialize;

use crate::archive::charts::Chart;
use crate::archive::pages::Pages;
use crate::archive::timeline;
use crate::archive::view::Common;
use crate::archive::view::Link;
use crate::archive::view::Row;
use crate::diag::Finding;

const TEMPLATE: &str = "list.html";
/// The most rows of one page.
const MOST: usize = 500;

/// A page's path with its text.
pub type Made = (String, Result<String, Box<Finding>>);

/// A list of records.
pub struct Listing<'a> {
    /// The section of the navigation.
    pub nav: &'static str,
    /// Its path without the ending; the pages of a long list lie below it.
    pub stem: String,
    /// Its heading.
    pub heading: String,
    /// What it says below the heading.
    pub intro: String,
    /// Pictures above the rows.
    pub charts: Vec<Chart>,
    /// The way there.
    pub crumbs: Vec<Link>,
    /// Key and title of a row's group.
    pub group: fn(&Row) -> (&str, &str),
    /// The rows.
    pub rows: Vec<&'a Row>,
}

#[derive(Serialize)]
struct Group<'a> {
    title: &'a str,
    count: usize,
    /// The rows; none when they lie on pages of their own.
    rows: Vec<&'a Row>,
    /// The pages that have the rows.
    parts: Vec<Part>,
}

#[derive(Serialize)]
struct Part {
    title: String,
    href: String,
    count: usize,
}

#[derive(Serialize)]
struct View<'a> {
    heading: &'a str,
    intro: &'a str,
    groups: Vec<Group<'a>>,
    charts: &'a [Chart],
    crumbs: &'a [Link],
}

impl Listing<'_> {
    /// The page, and those below it.
    pub fn pages(&self, pages: &Pages, common: &Common) -> Vec<Made> {
        let path = format!("{}.html", self.stem);
        let mut made = Vec::new();
        let mut groups = self.groups();
        if self.rows.len() > MOST {
            let mut below = self.crumbs.clone();
            below.push(Link {
                title: self.heading.clone(),
                href: path.clone(),
            });
            for (key, group) in &mut groups {
                let rows = std::mem::take(&mut group.rows);
                for (name, title, rows) in parts(&rows) {
                    let href = format!("{}/{key}-{name}.html", self.stem);
                    group.parts.push(Part {
                        title: title.clone(),
                        href: href.clone(),
                        count: rows.len(),
                    });
                    let heading = format!("{}, {}", self.heading, title.to_lowercase());
                    let only = Group {
                        title: group.title,
                        count: rows.len(),
                        rows: rows.to_vec(),
                        parts: Vec::new(),
                    };
                    let view = View {
                        heading: &heading,
                        intro: &self.intro,
                        groups: vec![only],
                        charts: &[],
                        crumbs: &below,
                    };
                    let title = heading.clone();
                    let page = pages.render(TEMPLATE, common, &href, self.nav, title, view);
                    made.push((href, page));
                }
            }
        }
        let view = View {
            heading: &self.heading,
            intro: &self.intro,
            groups: groups.into_iter().map(|(_, group)| group).collect(),
            charts: &self.charts,
            crumbs: &self.crumbs,
        };
        let title = self.heading.clone();
        let page = pages.render(TEMPLATE, common, &path, self.nav, title, view);
        made.push((path, page));
        made
    }

    /// Groups in the order in which they come, each by date.
    fn groups(&self) -> Vec<(&str, Group<'_>)> {
        let mut groups: Vec<(&str, Group<'_>)> = Vec::new();
        for row in self.rows.iter().copied() {
            let (key, title) = (self.group)(row);
            match groups.iter_mut().find(|(known, _)| *known == key) {
                Some((_, group)) => group.rows.push(row),
                None => groups.push((
                    key,
                    Group {
                        title,
                        count: 0,
                        rows: vec![row],
                        parts: Vec::new(),
                    },
                )),
            }
        }
        for (_, group) in &mut groups {
            group
                .rows
                .sort_by(|a, b| (&a.date_iso, &a.id).cmp(&(&b.date_iso, &b.id)));
            group.count = group.rows.len();
        }
        groups
    }
}

/// Rows that are sorted by date, month by month, a full month in several parts: name, title, rows.
fn parts<'a, 'b>(rows: &'b [&'a Row]) -> Vec<(String, String, &'b [&'a Row])> {
    let mut all = Vec::new();
    for month in rows.chunk_by(|a, b| month(a) == month(b)) {
        let Some(first) = month.first() else { continue };
        let name = self::month(first);
        let chunks = month.chunks(MOST);
        let count = chunks.len();
        for (index, rows) in chunks.enumerate() {
            let title = timeline::spoken(name);
            all.push(match count {
                1 => (name.to_owned(), title, rows),
                _ => (
                    format!("{name}-{}", index + 1),
                    format!("{title}, phần {}/{count}", index + 1),
                    rows,
                ),
            });
        }
    }
    all
}

fn month(row: &Row) -> &str {
    row.date_iso.get(..7).unwrap_or(&row.date_iso)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::view::State;

    fn rows(count: usize, date: &str) -> Vec<Row> {
        let row = |index: usize| Row {
            href: format!("ho-so/{date}-{index}/index.html"),
            id: format!("{index:05}"),
            title: format!("Hồ sơ {index}"),
            kind: "giao-an".to_owned(),
            kind_title: "Giáo án".to_owned(),
            unit: "mg-5a".to_owned(),
            unit_name: "Lớp".to_owned(),
            year: "2024-2025".to_owned(),
            date: date.to_owned(),
            date_iso: date.to_owned(),
            state: State {
                code: "chua-ky",
                label: "Chưa ký",
            },
            author: String::new(),
            thumb: None,
            signed: 0,
            steps: 1,
        };
        (0..count).map(row).collect()
    }

    #[test]
    fn a_full_month_is_cut_and_nothing_is_lost() {
        let mut all = rows(MOST * 2 + 1, "2024-09-09");
        all.extend(rows(3, "2024-10-01"));
        let all: Vec<&Row> = all.iter().collect();
        let parts = parts(&all);
        let names: Vec<&str> = parts.iter().map(|(name, ..)| name.as_str()).collect();
        assert_eq!(names, ["2024-09-1", "2024-09-2", "2024-09-3", "2024-10"]);
        assert!(parts.iter().all(|(_, _, rows)| rows.len() <= MOST));
        let count: usize = parts.iter().map(|(_, _, rows)| rows.len()).sum();
        assert_eq!(count, all.len());
        assert_eq!(parts[1].1, "Tháng 9/2024, phần 2/3");
    }
}
