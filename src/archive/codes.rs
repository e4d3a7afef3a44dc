//! `ma/`: from the short code on a printed page to the record. One page for each first letter, so that
//! a reader without scripts finds one of fifty thousand in two steps.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::archive::files;
use crate::archive::listing::Made;
use crate::archive::pages::Pages;
use crate::archive::view::Common;
use crate::archive::view::Link;
use crate::seal::Sealed;

/// The index of the codes.
pub const INDEX: &str = "ma/index.html";

#[derive(Serialize)]
struct Entry {
    code: String,
    /// The target of links to the code; none for the second of two records that share one.
    anchor: Option<String>,
    title: String,
    id: String,
    unit_name: String,
    date: String,
    href: String,
}

#[derive(Serialize)]
struct Letter {
    letter: char,
    href: String,
    count: usize,
}

#[derive(Serialize)]
struct Codes {
    heading: String,
    letters: Vec<Letter>,
    entries: Vec<Entry>,
    crumbs: Vec<Link>,
}

/// Where a record's code is listed.
pub fn href(code: &str) -> String {
    let letter = code.chars().next().unwrap_or('0');
    format!("{}#{code}", page(letter))
}

fn page(letter: char) -> String {
    format!("ma/{}.html", letter.to_ascii_lowercase())
}

/// The index and a page for each letter that there is.
pub fn pages(pages: &Pages, common: &Common, sealed: &[Sealed]) -> Vec<Made> {
    let mut letters: BTreeMap<char, Vec<Entry>> = BTreeMap::new();
    for one in sealed {
        let record = &one.rendered.traced.record;
        let code = record.id.code();
        let Some(letter) = code.chars().next() else {
            continue;
        };
        letters.entry(letter).or_default().push(Entry {
            title: record.title.clone(),
            id: record.id.to_string(),
            unit_name: record.unit.ten.clone(),
            date: crate::records::dates::official(record.date),
            href: files::page(&record.id),
            anchor: None,
            code,
        });
    }
    let list: Vec<(char, usize)> = letters.iter().map(|(l, e)| (*l, e.len())).collect();
    let links = || -> Vec<Letter> {
        let link = |(letter, count): &(char, usize)| Letter {
            letter: *letter,
            href: page(*letter),
            count: *count,
        };
        list.iter().map(link).collect()
    };
    let home = || Link {
        title: "Trang chủ".to_owned(),
        href: "index.html".to_owned(),
    };
    let index = Codes {
        heading: "Tìm theo mã trên trang in".to_owned(),
        letters: links(),
        entries: Vec::new(),
        crumbs: vec![home()],
    };
    let title = index.heading.clone();
    let mut made = vec![(
        INDEX.to_owned(),
        pages.render("codes.html", common, INDEX, "ma", title, index),
    )];
    for (letter, mut entries) in letters {
        entries.sort_by(|a, b| a.code.cmp(&b.code).then_with(|| a.id.cmp(&b.id)));
        let mut before = String::new();
        for entry in &mut entries {
            if entry.code != before {
                entry.anchor = Some(entry.code.clone());
                before.clone_from(&entry.code);
            }
        }
        let path = page(letter);
        let heading = format!("Mã bắt đầu bằng {letter}");
        let own = Codes {
            heading: heading.clone(),
            letters: links(),
            entries,
            crumbs: vec![
                home(),
                Link {
                    title: "Mã trên trang in".to_owned(),
                    href: INDEX.to_owned(),
                },
            ],
        };
        made.push((
            path.clone(),
            pages.render("codes.html", common, &path, "ma", heading, own),
        ));
    }
    made
}
