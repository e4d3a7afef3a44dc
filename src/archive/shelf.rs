//! The home page's shelf: the books that the law asks for, in its order and words, each with the
//! kinds that make it up, so that an inspector finds them by the number in the charter.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;

use crate::records::Records;
use crate::records::kind::Kind;
use crate::records::names::NameOrder;
use crate::records::statutory;

/// The shelf.
#[derive(Serialize)]
pub struct Shelf {
    /// The legal source of the list.
    source: Option<String>,
    groups: Vec<Group>,
    /// Kinds outside the list.
    others: Vec<KindEntry>,
}

#[derive(Serialize)]
struct Group {
    title: String,
    books: Vec<Book>,
}

#[derive(Serialize)]
struct Book {
    number: u8,
    title: String,
    clause: String,
    count: usize,
    kinds: Vec<KindEntry>,
}

#[derive(Serialize)]
struct KindEntry {
    title: String,
    /// The kind's list; none while it has no records.
    href: Option<String>,
    count: usize,
}

impl Shelf {
    /// The shelf as of `date`. `counts` says how many records each kind has, `href` where its list is.
    /// A kind that the school does not use is named only when it has records all the same.
    pub fn of(
        records: &Records,
        date: Date,
        counts: &BTreeMap<&str, usize>,
        href: impl Fn(&str) -> String,
    ) -> Self {
        let entry = |kind: &Kind| {
            let count = counts.get(kind.id.as_str()).copied().unwrap_or_default();
            KindEntry {
                title: kind.title.clone(),
                href: (count > 0).then(|| href(&kind.id)),
                count,
            }
        };
        let order = NameOrder::new();
        let kinds = |number: u8| -> Vec<KindEntry> {
            let mut of: Vec<&Kind> = records
                .kinds
                .values()
                .map(AsRef::as_ref)
                .filter(|kind| kind.number == number)
                .filter(|kind| {
                    counts.contains_key(kind.id.as_str()) || records.school.uses(kind, date)
                })
                .collect();
            // Books before what they are made of; then by title.
            of.sort_by_cached_key(|kind| {
                let title = order.as_ref().map(|order| order.title_key(&kind.title));
                (!kind.is_book(), title)
            });
            of.into_iter().map(entry).collect()
        };
        let list = statutory::on(&records.statutory, date);
        let mut groups: Vec<Group> = Vec::new();
        for book in list.iter().flat_map(|list| &list.muc) {
            let kinds = kinds(book.so);
            let view = Book {
                number: book.so,
                title: book.ten.clone(),
                clause: book.cho.clone(),
                count: kinds.iter().map(|kind| kind.count).sum(),
                kinds,
            };
            match groups.iter_mut().find(|group| group.title == book.nhom) {
                Some(group) => group.books.push(view),
                None => groups.push(Group {
                    title: book.nhom.clone(),
                    books: vec![view],
                }),
            }
        }
        let listed = |number: u8| list.is_some_and(|l| l.muc.iter().any(|b| b.so == number));
        let mut numbers: Vec<u8> = records.kinds.values().map(|kind| kind.number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let others = numbers.into_iter().filter(|n| !listed(*n)).flat_map(kinds);
        Self {
            source: list.map(|list| list.nguon.clone()),
            others: others.collect(),
            groups,
        }
    }
}
