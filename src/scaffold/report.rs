//! The school's periodic report to its parent body, as a draft of an outgoing document: the head
//! reads, mends, numbers and signs it like every other (TT 52/2020, Điều 10: the head answers for
//! the school's work before the body above).
//!
//! 1. [`Term`]: the month, term or year that it is about;
//! 2. `text`: what it says, every figure counted from the ledger and the records;
//! 3. the header, with nothing that only people can know: no number, no judgement;
//! 4. the whole is read as `check` does, so that the draft is never at fault.

mod text;

use jiff::civil::Date;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::diag::Severity;
use crate::diag::Words;
use crate::diag::words::tame;
use crate::ledger::Ledger;
use crate::path::RepoPath;
use crate::records::Record;
use crate::records::Records;
use crate::records::dates;
use crate::records::kind::Every;
use crate::records::kind::FormKind;
use crate::records::parse;
use crate::records::period;
use crate::records::school::Organisation;
use crate::records::school::School;
use crate::records::school::Unit;
use crate::repo::Snapshot;
use crate::scaffold::record::NewRecord;
use crate::scaffold::record::header;
use crate::scaffold::school_year;

/// The kind of an outgoing document.
const LETTER: &str = "van-ban-di";
/// The kind of an incoming one.
const INCOMING: &str = "van-ban-den";
/// Why there are books at all.
const GROUNDS: &str = "Căn cứ Thông tư số 52/2020/TT-BGDĐT ngày 31 tháng 12 năm 2020 của Bộ trưởng Bộ Giáo dục và Đào tạo ban hành Điều lệ Trường mầm non";

/// What a report is about: a month, a part of a school year, or the whole of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// The school year, `2024-2025`.
    pub year: String,
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// As in a file's name: `2024-09`, `2024-2025-hk1`, `2024-2025`.
    pub slug: String,
    /// As in a sentence: `tháng 9 năm 2024`, `học kỳ I năm học 2024-2025`.
    pub words: String,
}

impl Term {
    /// Reads `2024-09`, `2024-2025/hk1`, `2024-2025/hk2` or `2024-2025`.
    pub fn parse(school: &School, text: &str) -> Option<Self> {
        let (year, part) = match text.split_once('/') {
            Some((year, part)) => (year.to_owned(), part),
            None if text.len() == 7 => (school_year(dates::parse(text)?), text),
            None => (text.to_owned(), ""),
        };
        let teaching = school.year(&year)?;
        let (first, last) = dates::school_year(&year)?;
        let second = teaching.first_term.tomorrow().ok()?;
        let (every, day, words) = match part {
            "" => (Every::Nam, first, format!("năm học {year}")),
            "hk1" => (Every::HocKy, first, format!("học kỳ I năm học {year}")),
            "hk2" => (Every::HocKy, second, format!("học kỳ II năm học {year}")),
            _ => {
                let day = dates::parse(text).filter(|day| first <= *day && *day <= last)?;
                let words = format!("tháng {} năm {}", day.month(), day.year());
                (Every::Thang, day, words)
            }
        };
        let period = period::of(every, &teaching, day)?;
        Some(Self {
            from: period.from,
            to: period.to,
            slug: match part {
                "" => year.clone(),
                "hk1" | "hk2" => format!("{year}-{part}"),
                month => month.to_owned(),
            },
            words,
            year,
        })
    }

    fn holds(&self, day: Date) -> bool {
        self.from <= day && day <= self.to
    }
}

/// What a report is made from.
pub struct Basis<'a> {
    /// The files, without the report.
    pub snapshot: &'a Snapshot,
    /// School and kinds.
    pub records: &'a Records,
    /// Every record that is there.
    pub all: Vec<&'a Record>,
    /// The ledger as of the report's day.
    pub ledger: &'a Ledger,
    /// The days of all signatures, with whether each holds.
    pub signatures: &'a [(Date, bool)],
}

/// Drafts the report; its day is that of the ledger. `to`: whom it goes to; nobody means the parent
/// body.
///
/// # Errors
/// What stands in the way of a sound draft: a term that has not begun, a school without a head, a
/// repository without the kind of outgoing documents.
pub fn draft(basis: &Basis<'_>, term: &Term, to: &[String]) -> Result<(NewRecord, Record), Words> {
    let (school, on) = (&basis.records.school, basis.ledger.on);
    if on < term.from {
        return Err(Words::new(
            format!("đến ngày {on}, {} chưa bắt đầu", term.words),
            format!("on {on} the period {} has not begun", term.slug),
        ));
    }
    let nobody = |vi: &str, en: &str| {
        Words::new(
            format!("ngày {on} trường không có {vi}"),
            format!("on {on} the school has no {en}"),
        )
    };
    let organisation = school
        .organisation(on)
        .ok_or_else(|| nobody("tên", "name"))?;
    let whole = school
        .whole(on)
        .ok_or_else(|| nobody("đơn vị loại `truong`", "unit of the kind `truong`"))?;
    let head = ["hieu-truong", "pho-hieu-truong"]
        .iter()
        .find_map(|role| school.holders(role, &whole.id, on).next())
        .map(|(person, _)| person.id.as_str())
        .ok_or_else(|| nobody("hiệu trưởng", "head"))?;
    let schema = match basis.records.kinds.get(LETTER).map(|kind| &kind.form) {
        Some(FormKind::Record(rules)) => rules.fields.text(),
        _ => {
            return Err(Words::new(
                format!("kho không có loại hồ sơ `{LETTER}`"),
                format!("the repository has no kind `{LETTER}`"),
            ));
        }
    };
    let fields = fields(organisation, term, to, head, on);
    let body = text::body(basis, term, organisation);
    let text = format!("---\n{}---\n\n{body}", header(schema, fields));
    let path = path(whole, term, on)?;
    let record = read(basis, &path, &text)?;
    Ok((NewRecord { path, text }, record))
}

fn fields(
    organisation: &Organisation,
    term: &Term,
    to: &[String],
    head: &str,
    on: Date,
) -> Map<String, Value> {
    let to = match to {
        [] => vec![in_running_text(&organisation.chu_quan)],
        to => to.to_vec(),
    };
    let fields = [
        ("ky-hieu", json!(organisation.viet_tat)),
        ("ngay", json!(on.to_string())),
        ("loai-van-ban", json!("bao-cao")),
        (
            "trich-yeu",
            json!(format!(
                "Tình hình lập, quản lý hồ sơ, sổ sách điện tử {}",
                term.words
            )),
        ),
        ("kinh-gui", json!(to)),
        ("can-cu", json!([GROUNDS])),
        (
            "noi-nhan",
            json!(["Như trên", "Các tổ chuyên môn, tổ văn phòng"]),
        ),
        ("luu", json!("VT")),
        ("nguoi-ky", json!(head)),
    ];
    fields
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
}

fn path(whole: &Unit, term: &Term, on: Date) -> Result<RepoPath, Words> {
    let folder = format!("content/{}/{}/{LETTER}", school_year(on), whole.id);
    RepoPath::parse(&format!("{folder}/bao-cao-{}.md", term.slug))
        .map_err(|malformed| Words::new(malformed.vi(), malformed.en()))
}

/// Reads the draft as `check` does.
fn read(basis: &Basis<'_>, path: &RepoPath, text: &str) -> Result<Record, Words> {
    let context = parse::Context {
        snapshot: basis.snapshot,
        school: &basis.records.school,
        kinds: &basis.records.kinds,
    };
    let (record, findings) = parse::draft(&context, path, text.as_bytes());
    let fault = findings.iter().find(|f| f.severity == Severity::Error);
    match (record, fault) {
        (Some(record), _) => Ok(record),
        (None, Some(fault)) => Err(Words::new(
            format!("không lập được báo cáo: {}", fault.message.vi),
            format!("the report cannot be made: {}", fault.message.en),
        )),
        (None, None) => Err(Words::new(
            format!("không lập được báo cáo `{}`", tame(path.as_str())),
            format!("the report `{}` cannot be made", tame(path.as_str())),
        )),
    }
}

/// The name of a body as running text has it, from the capitals at the head of a form:
/// `ỦY BAN NHÂN DÂN PHƯỜNG TÂN HÒA` → `Ủy ban nhân dân phường Tân Hòa`. A name not in capitals is
/// left as it is.
fn in_running_text(name: &str) -> String {
    const COMMON: [&str; 11] = [
        "ỦY BAN NHÂN DÂN",
        "UBND",
        "THÀNH PHỐ",
        "THỊ XÃ",
        "THỊ TRẤN",
        "ĐẶC KHU",
        "PHƯỜNG",
        "QUẬN",
        "HUYỆN",
        "TỈNH",
        "XÃ",
    ];
    if name != name.to_uppercase() {
        return name.to_owned();
    }
    let mut words: Vec<String> = Vec::new();
    let mut rest = name.trim();
    while !rest.is_empty() {
        let own = COMMON.iter().find(|common| {
            rest.strip_prefix(**common)
                .is_some_and(|after| after.is_empty() || after.starts_with(' '))
        });
        let length = match own {
            Some(common) => common.len(),
            None => rest.find(' ').unwrap_or(rest.len()),
        };
        let (word, after) = rest.split_at(length);
        words.push(match own {
            Some(&"UBND") => word.to_owned(),
            Some(_) if words.is_empty() => capital(word),
            Some(_) => word.to_lowercase(),
            // The names of offices: `Phòng Giáo dục và Đào tạo`.
            None => match word {
                "VÀ" | "DỤC" | "TẠO" => word.to_lowercase(),
                _ => capital(word),
            },
        });
        rest = after.trim_start();
    }
    words.join(" ")
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().into_iter();
    first.chain(letters.flat_map(char::to_lowercase)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_capitals_become_running_text() {
        for (capitals, running) in [
            (
                "ỦY BAN NHÂN DÂN THÀNH PHỐ BẠCH VÂN",
                "Ủy ban nhân dân thành phố Bạch Vân",
            ),
            (
                "ỦY BAN NHÂN DÂN XÃ TÂN XÃ ĐÔNG",
                "Ủy ban nhân dân xã Tân xã Đông",
            ),
            ("UBND PHƯỜNG TÂN HÒA", "UBND phường Tân Hòa"),
            ("PHÒNG GIÁO DỤC VÀ ĐÀO TẠO", "Phòng Giáo dục và Đào tạo"),
            ("Ủy ban nhân dân xã A", "Ủy ban nhân dân xã A"),
        ] {
            assert_eq!(in_running_text(capitals), running);
        }
    }
}
