//! Evidence codes of quality assessment (*mã minh chứng*), `H1-1.5-03`: box, criterion, number. Every
//! record may carry them under [`KEY`]; a kind gives the codes of records that carry none. What codes
//! and criteria are called is dated data, `layouts/minh-chung.yaml`, since the rules have been replaced before.

use std::fmt;

use jiff::civil::Date;
use serde::Deserialize;
use serde_json::Value;

use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Place;
use crate::diag::Words;
use crate::diag::words::tame;
use crate::records::Record;
use crate::records::dated;
use crate::records::yaml::Document;
use crate::repo::Snapshot;

/// The key that every kind's header may have.
pub const KEY: &str = "minh-chung";

/// What people see of the key.
pub const TITLE: &str = "Mã minh chứng";

/// Where a repository has its list of titles.
const FILE: &str = "layouts/minh-chung.yaml";

/// The list of a repository that has none.
const USUAL: &str = include_str!("../../layouts/minh-chung.yaml");

/// An evidence code. Codes sort by criterion, then box and number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EvidenceCode {
    standard: u8,
    criterion: u8,
    case: u8,
    number: u16,
    /// As written: `H1-1.5-03`.
    text: String,
}

impl EvidenceCode {
    /// Reads `H1-1.5-03`, with or without the brackets that self-assessment reports print around it.
    pub fn parse(text: &str) -> Option<Self> {
        let inner = text.strip_prefix('[').and_then(|t| t.strip_suffix(']'));
        let text = inner.unwrap_or(text);
        let (case, rest) = text.strip_prefix('H')?.split_once('-')?;
        let (criterion, number) = rest.split_once('-')?;
        let (standard, criterion) = criterion.split_once('.')?;
        let counted = |text: &str| {
            let plain = matches!(text.len(), 1..=2) && text.bytes().all(|b| b.is_ascii_digit());
            text.parse::<u8>()
                .ok()
                .filter(|n| plain && *n > 0 && !text.starts_with('0'))
        };
        let numbered = matches!(number.len(), 2..=3) && number.bytes().all(|b| b.is_ascii_digit());
        Some(Self {
            standard: counted(standard)?,
            criterion: counted(criterion)?,
            case: counted(case)?,
            number: number.parse().ok().filter(|n| numbered && *n > 0)?,
            text: text.to_owned(),
        })
    }

    /// The code as it is written, without brackets.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The criterion, `1.5`.
    pub fn criterion(&self) -> String {
        format!("{}.{}", self.standard, self.criterion)
    }

    /// The number of the box.
    pub fn case(&self) -> u8 {
        self.case
    }
}

impl fmt::Display for EvidenceCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}]", self.text)
    }
}

/// What criteria and codes are called during a period.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct EvidenceList {
    /// First day on which it holds; none for what held before every other.
    pub tu: Option<Date>,
    /// The legal source.
    pub nguon: String,
    /// What of it is unsure.
    pub ghi_chu: Option<String>,
    /// The criteria whose words are known.
    #[serde(default)]
    pub tieu_chi: Vec<Titled>,
    /// The codes whose titles are known.
    #[serde(default)]
    pub ma: Vec<Titled>,
}

/// A criterion or a code with its title.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Titled {
    /// `1.5`, or `H1-1.5-03`.
    pub ma: String,
    /// Its title.
    pub ten: String,
}

impl EvidenceList {
    /// What a code is called.
    pub fn title(&self, code: &EvidenceCode) -> Option<&str> {
        title(&self.ma, code.as_str())
    }

    /// What a criterion is called.
    pub fn criterion(&self, criterion: &str) -> Option<&str> {
        title(&self.tieu_chi, criterion)
    }
}

fn title<'a>(all: &'a [Titled], wanted: &str) -> Option<&'a str> {
    all.iter()
        .find(|one| one.ma == wanted)
        .map(|one| one.ten.as_str())
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Written {
    minh_chung: Vec<EvidenceList>,
}

/// Every list there was, newest last.
///
/// # Errors
/// What is wrong with the file.
pub fn read(snapshot: &Snapshot) -> Result<Vec<EvidenceList>, Vec<Finding>> {
    let written: Written = dated::read(snapshot, FILE, USUAL)?;
    let mut lists = written.minh_chung;
    for list in &lists {
        if let Some(wrong) = list
            .ma
            .iter()
            .find(|one| EvidenceCode::parse(&one.ma).is_none())
        {
            return Err(vec![malformed(Place::raw(FILE), &wrong.ma)]);
        }
    }
    lists.sort_by_key(|list| list.tu);
    Ok(lists)
}

/// The list in force on `date`; before the first, the first.
pub fn on(lists: &[EvidenceList], date: Date) -> Option<&EvidenceList> {
    lists
        .iter()
        .rev()
        .find(|list| list.tu.is_none_or(|tu| tu <= date))
        .or_else(|| lists.first())
}

/// The codes of a record: its own, else those of its kind.
pub fn of(record: &Record) -> Vec<EvidenceCode> {
    match record.fields.get(KEY).and_then(Value::as_array) {
        Some(own) => own
            .iter()
            .filter_map(Value::as_str)
            .filter_map(EvidenceCode::parse)
            .collect(),
        None => record.kind.evidence.clone(),
    }
}

/// The codes of a header that are none, by their place.
pub fn check(document: &Document, place: &Place) -> Vec<Finding> {
    let codes = document.value.get(KEY).and_then(Value::as_array);
    let codes = codes.into_iter().flatten().enumerate();
    codes
        .filter_map(|(index, code)| Some((index, code.as_str()?)))
        .filter(|(_, code)| EvidenceCode::parse(code).is_none())
        .map(|(index, code)| malformed(document.locate(place, &format!("/{KEY}/{index}")), code))
        .collect()
}

/// What is said of a code that is none.
pub fn malformed(place: Place, code: &str) -> Finding {
    let code = tame(code);
    Finding::new(
        Code::EvidenceCode,
        place,
        Words::new(
            format!("`{code}` không phải là mã minh chứng"),
            format!("`{code}` is no evidence code"),
        ),
    )
    .help(Words::new(
        "viết hộp–tiêu chí–số thứ tự như H1-1.5-03",
        "write box–criterion–number, as H1-1.5-03",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_as_reports_print_them() {
        let code = EvidenceCode::parse("[H1-1.5-03]").expect("a code");
        assert_eq!(code.criterion(), "1.5");
        assert_eq!(code.case(), 1);
        assert_eq!(code.to_string(), "[H1-1.5-03]");
        assert_eq!(EvidenceCode::parse("H1-1.5-03"), Some(code));
        let wrong = [
            "",
            "H",
            "H1",
            "h1-1.5-03",
            "H1-1.5",
            "H1-1.5-3",
            "H1-1.5-00",
            "H1-1-03",
            "H01-1.5-03",
            "H1-1.05-03",
            "H1-1.5-03 ",
            "H1-1.5-0३",
            "H123-1.5-03",
            "H1-1.5-0003",
            "[H1-1.5-03",
            "H1-1.5.2-03",
            "H+1-1.5-03",
            "H1-1.5-+3",
        ];
        for text in wrong {
            assert_eq!(EvidenceCode::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn codes_stand_by_criterion_and_not_by_letter() {
        let mut all: Vec<EvidenceCode> = ["H2-1.10-01", "H9-1.2-01", "H1-1.2-02", "H1-1.2-01"]
            .iter()
            .filter_map(|text| EvidenceCode::parse(text))
            .collect();
        all.sort();
        let all: Vec<&str> = all.iter().map(EvidenceCode::as_str).collect();
        assert_eq!(all, ["H1-1.2-01", "H1-1.2-02", "H9-1.2-01", "H2-1.10-01"]);
    }

    #[test]
    fn the_usual_lists_follow_each_other() {
        let lists = read(&Snapshot::of_files([])).expect("sound");
        let old = on(&lists, Date::constant(2024, 9, 9)).expect("a list");
        let code = EvidenceCode::parse("H1-1.5-03").expect("a code");
        assert!(old.title(&code).is_some());
        let new = on(&lists, Date::constant(2026, 7, 7)).expect("a list");
        assert_ne!(old.nguon, new.nguon);
    }
}
