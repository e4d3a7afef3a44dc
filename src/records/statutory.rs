//! Which books the law asks for: `layouts/danh-muc.yaml`, as dated data, since the charter has been
//! replaced before. A kind says by its number which of them it belongs to.

use jiff::civil::Date;
use serde::Deserialize;

use crate::diag::Finding;
use crate::records::dated;
use crate::repo::Snapshot;

/// Where a repository has its list.
const FILE: &str = "layouts/danh-muc.yaml";

/// The list of a repository that has none.
const USUAL: &str = include_str!("../../layouts/danh-muc.yaml");

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
    let written: Written = dated::read(snapshot, FILE, USUAL)?;
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
