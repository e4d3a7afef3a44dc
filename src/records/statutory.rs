//! Which books the law asks for: `layouts/danh-muc.yaml`, as dated data, since the charter has been
//! replaced before. A kind says by its number which of them it belongs to.

use jiff::civil::Date;
use serde::Deserialize;

use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Place;
use crate::diag::Words;
use crate::diag::words::tame;
use crate::path::RepoPath;
use crate::records::yaml::Document;
use crate::repo::Snapshot;

/// Where a repository has its list.
const FILE: &str = "layouts/danh-muc.yaml";

/// The list of a repository that has none.
const USUAL: &str = include_str!("../../layouts/danh-muc.yaml");

const MAX_LIST: u64 = 256 * 1024;

/// The books that the law asks for during a period.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct StatutoryList {
    /// First day on which it holds; it holds until the next one does.
    pub tu: Date,
    /// The legal source.
    pub nguon: String,
    /// What of it is unsure.
    pub ghi_chu: Option<String>,
    /// The books, in order.
    pub muc: Vec<StatutoryBook>,
}

/// One of the books.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct StatutoryBook {
    /// Its number, `so` of `kind.yaml`.
    pub so: u8,
    /// Who keeps it.
    pub nhom: String,
    /// Its name.
    pub ten: String,
    /// The clause, as people cite it.
    pub cho: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Written {
    danh_muc: Vec<StatutoryList>,
}

/// Every list there was, newest last.
///
/// # Errors
/// What is wrong with the file.
pub fn read(snapshot: &Snapshot) -> Result<Vec<StatutoryList>, Vec<Finding>> {
    let place = Place::raw(FILE);
    let fail = |words: Words| vec![Finding::new(Code::KindInvalid, place.clone(), words)];
    let own = RepoPath::parse(FILE)
        .ok()
        .filter(|path| snapshot.contains(path));
    let text = match own {
        None => USUAL.to_owned(),
        Some(path) => {
            let bytes = snapshot
                .read(&path, MAX_LIST)
                .map_err(|e| fail(e.words()))?;
            String::from_utf8(bytes)
                .map_err(|_| fail(Words::new("không phải UTF-8", "not UTF-8")))?
        }
    };
    let document = Document::read(&text, 1, &place)?;
    let written: Written = serde_json::from_value(document.value).map_err(|e| {
        let said = tame(&e.to_string());
        fail(Words::new(format!("chưa đúng quy định: {said}"), said))
    })?;
    let mut lists = written.danh_muc;
    lists.sort_by_key(|list| list.tu);
    Ok(lists)
}

/// The list in force on `date`; before the first, the first.
pub fn on(lists: &[StatutoryList], date: Date) -> Option<&StatutoryList> {
    lists
        .iter()
        .rev()
        .find(|list| list.tu <= date)
        .or_else(|| lists.first())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_list_has_the_eleven() {
        let lists = read(&Snapshot::of_files([])).expect("sound");
        let list = on(&lists, Date::constant(2024, 9, 9)).expect("a list");
        let numbers: Vec<u8> = list.muc.iter().map(|book| book.so).collect();
        assert_eq!(numbers, (1..=11).collect::<Vec<_>>());
        assert!(on(&lists, Date::constant(2001, 1, 1)).is_some());
    }
}
