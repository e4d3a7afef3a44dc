//! What of a record is searched. [`of`] is the one place that decides it: what an audience may not see
//! is to be left out here.

use std::collections::BTreeSet;

use crate::archive::fields;
use crate::archive::view::Row;
use crate::records::Record;
use crate::records::dates;
use crate::records::kind::FormKind;
use crate::records::markdown;
use crate::records::markdown::Block;
use crate::records::markdown::Inline;
use crate::records::school::School;
use crate::seal::Sealed;

/// What is known of a record besides its row.
pub struct Searched {
    /// Ids of the people who have to do with it.
    pub people: Vec<String>,
    /// What is found and shown, in lines.
    pub text: String,
    /// The number that its form prints: 05/KH-MNHS.
    pub number: Option<String>,
}

/// The searched texts of a record: a line of what it is, one of who has to do with it, its fields, its body, its id.
pub fn of(sealed: &Sealed, row: &Row, school: &School) -> Searched {
    let record = &sealed.rendered.traced.record;
    let people = people(sealed, school);
    let number = number(record);
    let mut lines = vec![
        head(record, row, number.as_deref()),
        names(row, &people, school),
    ];
    for field in fields::of(record, school) {
        lines.extend(field.into_texts());
    }
    blocks(&record.body, &mut lines);
    // Last: of two lines with the same words a result shows the first.
    lines.push(row.id.clone());
    Searched {
        people,
        text: lines.join("\n"),
        number,
    }
}

/// Kind, unit, dates, number, the code at the foot of its pages.
fn head(record: &Record, row: &Row, number: Option<&str>) -> String {
    let mut head = vec![
        row.kind_title.clone(),
        row.unit_name.clone(),
        row.year.clone(),
        row.date.clone(),
    ];
    if let Some((first, last)) = record.range() {
        head.extend([dates::official(first), dates::official(last)]);
    }
    head.extend(number.map(str::to_owned));
    head.push(record.id.code());
    join(head)
}

fn names(row: &Row, people: &[String], school: &School) -> String {
    let known = people.iter().filter_map(|id| school.person(id));
    let others = known
        .map(|p| p.ten.clone())
        .filter(|ten| *ten != row.author);
    join(std::iter::once(row.author.clone()).chain(others).collect())
}

fn join(mut parts: Vec<String>) -> String {
    parts.retain(|part| !part.is_empty());
    parts.join(" · ")
}

/// The number and symbol of a document as its form prints them: 05/KH-MNHS. The abbreviation of its type is
/// the schema's `x-viet-tat`.
fn number(record: &Record) -> Option<String> {
    let FormKind::Record(rules) = &record.kind.form else {
        return None;
    };
    let number = record.fields.get("so").filter(|so| so.is_number())?;
    let symbol = record.fields.get("ky-hieu")?.as_str()?;
    let properties = rules.fields.text().get("properties")?;
    let short = record.fields.iter().find_map(|(key, value)| {
        let table = properties.get(key)?.get("x-viet-tat")?;
        table.get(value.as_str()?)?.as_str()
    });
    Some(match short {
        Some(short) if symbol != short && !symbol.starts_with(&format!("{short}-")) => {
            format!("{number}/{short}-{symbol}")
        }
        _ => format!("{number}/{symbol}"),
    })
}

/// Whom a field of the header names, who has signed, who has written.
fn people(sealed: &Sealed, school: &School) -> Vec<String> {
    let traced = &sealed.rendered.traced;
    let mut ids = BTreeSet::new();
    let fields = traced.record.fields.values();
    ids.extend(fields.flat_map(|value| {
        let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
        items.iter().chain([value]).filter_map(|v| v.as_str())
    }));
    let seals = &sealed.seals;
    let signatures = seals.current.iter().chain(&seals.acts);
    ids.extend(signatures.filter_map(|seal| seal.signer()));
    let authors = traced.changes().iter().map(|change| &change.commit.author);
    ids.extend(authors.filter_map(|author| school.by_email(&author.email).map(|p| p.id.as_str())));
    let known = ids.into_iter().filter(|id| school.person(id).is_some());
    known.map(str::to_owned).collect()
}

fn blocks(blocks: &[Block], lines: &mut Vec<String>) {
    let cells = |cells: &[Vec<Inline>]| -> String {
        let texts: Vec<String> = cells.iter().map(|cell| markdown::plain(cell)).collect();
        texts.join(" | ")
    };
    for block in blocks {
        match block {
            Block::Code { v } | Block::Html { v } => lines.push(v.clone()),
            Block::H { c, .. } | Block::P { c } => lines.push(markdown::plain(c)),
            Block::Ol { items, .. } | Block::Ul { items } => {
                for item in items {
                    self::blocks(item, lines);
                }
            }
            Block::Quote { c } => self::blocks(c, lines),
            Block::Rule => {}
            Block::Table { head, rows, .. } => {
                lines.push(cells(head));
                lines.extend(rows.iter().map(|row| cells(row)));
            }
        }
    }
}
