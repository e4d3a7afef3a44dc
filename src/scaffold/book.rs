//! Which book or volume is asked for, and the file that closes it.

use std::fmt::Write as _;

use jiff::civil::Date;

use crate::diag::Finding;
use crate::diag::Words;
use crate::path::RepoPath;
use crate::records::Record;
use crate::records::Records;
use crate::records::dates;
use crate::records::id::RecordId;
use crate::records::id::is_slug;
use crate::records::kind::FormKind;
use crate::records::kind::Kind;
use crate::records::school::School;
use crate::records::volume;
use crate::records::volume::Draft;
use crate::records::volume::Selection;
use crate::scaffold::school_year;

/// A stretch of days and what people call it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// For a title, `tháng 9/2024`.
    pub said: String,
    /// For a name, `2024-09`.
    pub slug: String,
}

impl Range {
    /// The month of a day.
    pub fn month(day: Date) -> Self {
        Self {
            from: day.first_of_month(),
            to: day.last_of_month(),
            said: format!("tháng {}/{}", day.month(), day.year()),
            slug: format!("{:04}-{:02}", day.year(), day.month()),
        }
    }

    /// A school year by its name.
    pub fn year(name: &str) -> Option<Self> {
        let (from, to) = dates::school_year(name)?;
        Some(Self {
            from,
            to,
            said: format!("năm học {name}"),
            slug: "ca-nam".to_owned(),
        })
    }

    /// From one day to another; none when they are the wrong way round.
    pub fn days(from: Date, to: Date) -> Option<Self> {
        (from <= to).then(|| Self {
            from,
            to,
            said: format!("từ {} đến {}", dates::official(from), dates::official(to)),
            slug: format!("{from}-den-{to}"),
        })
    }
}

/// What is asked for.
pub struct Asked<'a> {
    /// The unit; none for the whole school.
    pub unit: Option<&'a str>,
    /// The kinds; none for every kind.
    pub kinds: &'a [String],
    /// The days; none for all there are.
    pub range: Option<Range>,
    /// The child that it is about.
    pub child: Option<&'a str>,
    /// The title on the cover.
    pub title: Option<&'a str>,
    /// What the file is called.
    pub name: Option<&'a str>,
    /// Today, or the day of closing.
    pub day: Date,
    /// Who closes it.
    pub by: Option<&'a str>,
    /// Whether it is to be closed, and must have who signs it.
    pub closing: bool,
}

/// Why there is no such book.
pub enum Refusal {
    /// In one sentence.
    Words(Words),
    /// As findings.
    Findings(Vec<Finding>),
}

impl From<Words> for Refusal {
    fn from(words: Words) -> Self {
        Self::Words(words)
    }
}

/// The one book of a kind that gathers, when just that is asked for; else a volume bound of the
/// records.
///
/// # Errors
/// [`Refusal`].
pub fn find(records: &Records, asked: &Asked<'_>) -> Result<Record, Refusal> {
    let school = &records.school;
    let whole = school.whole(asked.day).map(|unit| unit.id.as_str());
    let unit = asked.unit.or(whole).unwrap_or_default();
    if let Some(book) = gathered(records, asked, unit) {
        return Ok(book.clone());
    }
    let kind = records.kinds.values().find(|kind| kind.is_volume());
    let kind = kind.ok_or_else(|| {
        Words::new(
            "kho không có loại quyển đóng theo yêu cầu (layouts/dong-quyen)",
            "the repository has no kind of volumes (layouts/dong-quyen)",
        )
    })?;
    let mut selection = Selection {
        unit: unit.to_owned(),
        from: Date::MIN,
        to: Date::MAX,
        kinds: asked.kinds.to_vec(),
        child: asked.child.map(str::to_owned),
    };
    if let Some(range) = &asked.range {
        (selection.from, selection.to) = (range.from, range.to);
    }
    let taken = selection.of(school, &records.all);
    let days: Vec<Date> = taken.iter().map(|record| record.date).collect();
    let (Some(first), Some(last)) = (days.iter().min(), days.iter().max()) else {
        return Err(nothing().into());
    };
    if taken.len() > volume::MAX_RECORDS {
        return Err(too_many(taken.len()).into());
    }
    // A child's file has no range of its own: it ends when it is closed.
    if asked.range.is_none() {
        (selection.from, selection.to) = (*first, asked.day.max(*last));
    }
    let year = asked.range.as_ref().map_or(asked.day, |range| range.from);
    let name = asked.name.map_or_else(|| name(asked), str::to_owned);
    let id = format!("{}/{unit}/{}/{name}", school_year(year), kind.id);
    let id = RecordId::parse(&id).filter(|_| is_slug(&name));
    let id = id.ok_or_else(|| {
        Words::new(
            format!("tên `{name}` chỉ được gồm chữ thường không dấu, số và dấu gạch nối"),
            format!("the name `{name}` may only hold lower-case letters without marks, digits and hyphens"),
        )
    })?;
    if let Some(there) = records.all.iter().find(|record| record.id == id) {
        return Ok(there.clone());
    }
    let title = asked
        .title
        .map_or_else(|| title(records, asked), str::to_owned);
    let draft = Draft {
        id,
        kind,
        title: &title,
        selection,
        date: date(school, asked),
        by: asked.by.unwrap_or_default(),
        strict: asked.closing,
    };
    volume::draft(school, &records.all, draft).map_err(Refusal::Findings)
}

/// A draft shows names as of the end of its range, a closing those of its day.
fn date(school: &School, asked: &Asked<'_>) -> Date {
    match &asked.range {
        Some(range) if !asked.closing => {
            let year = school.year(&school_year(range.from));
            let end = year.map_or(range.to, |year| year.to.min(range.to));
            end.max(range.from).min(asked.day.max(range.from))
        }
        _ => asked.day,
    }
}

/// The book of one gathering kind in the range, if that is what is asked for and there is just one.
fn gathered<'a>(records: &'a Records, asked: &Asked<'_>, unit: &str) -> Option<&'a Record> {
    let [kind] = asked.kinds else { return None };
    let gathers = |kind: &Kind| matches!(&kind.form, FormKind::Book { of, .. } if !of.is_empty());
    if asked.child.is_some() || !records.kinds.get(kind).is_some_and(|kind| gathers(kind)) {
        return None;
    }
    let inside = |book: &Record| {
        let (Some(range), Some((from, to))) = (&asked.range, book.range()) else {
            return false;
        };
        range.from <= from && to <= range.to
    };
    let mut books = records
        .all
        .iter()
        .filter(|book| book.kind.id == *kind && book.unit.id == unit && inside(book));
    let book = books.next()?;
    books.next().is_none().then_some(book)
}

fn name(asked: &Asked<'_>) -> String {
    let what = match (asked.child, asked.kinds) {
        (Some(child), _) => format!("tre-{child}"),
        (None, [kind]) => kind.clone(),
        (None, _) => "ho-so".to_owned(),
    };
    match &asked.range {
        Some(range) => format!("{what}-{}", range.slug),
        None => what,
    }
}

fn title(records: &Records, asked: &Asked<'_>) -> String {
    let what = match (asked.child, asked.kinds) {
        (Some(child), _) => format!("Hồ sơ của trẻ {child}"),
        (None, [kind]) => records
            .kinds
            .get(kind)
            .map_or_else(|| kind.clone(), |kind| kind.title.clone()),
        (None, _) => "Hồ sơ, sổ sách".to_owned(),
    };
    match &asked.range {
        Some(range) => format!("{what} {}", range.said),
        None => what,
    }
}

/// The file that closes a book: its path and its text.
///
/// # Errors
/// When it is closed already.
pub fn closing(book: &Record, asked: &Asked<'_>, by: &str) -> Result<(RepoPath, String), Words> {
    let id = &book.id;
    if let Some(closing) = book.closing() {
        let (day, iso) = (dates::official(closing.date), closing.date);
        return Err(Words::new(
            format!("sổ `{id}` đã khóa ngày {day}"),
            format!("the book `{id}` was closed on {iso}"),
        ));
    }
    let path = RepoPath::parse(&format!("content/{id}.md"))
        .map_err(|malformed| Words::new(malformed.vi(), malformed.en()))?;
    let mut text = String::from("---\n");
    // Writing to a string does not fail.
    let _ = writeln!(text, "khoa-so: {}", asked.day);
    let _ = writeln!(text, "nguoi-khoa: {by}");
    if let Some(selection) = book.selection() {
        let title = serde_json::Value::from(book.title.as_str());
        let _ = writeln!(text, "tieu-de: {title}");
        let _ = writeln!(text, "tu: {}", selection.from);
        let _ = writeln!(text, "den: {}", selection.to);
        if !selection.kinds.is_empty() {
            let _ = writeln!(text, "loai: [{}]", selection.kinds.join(", "));
        }
        if let Some(child) = &selection.child {
            let _ = writeln!(text, "tre: \"{child}\"");
        }
    }
    text.push_str("ho-so:\n");
    for member in book.members() {
        let _ = writeln!(
            text,
            "  - {{id: {}, sha256: {}}}",
            member.id,
            quoted(&member.digest.to_string())
        );
    }
    text.push_str("---\n");
    Ok((path, text))
}

/// Sixty-four digits without a letter, or with one `e`, would be a number in YAML.
fn quoted(digest: &str) -> String {
    format!("\"{digest}\"")
}

fn nothing() -> Words {
    Words::new(
        "không có hồ sơ nào như vậy trong thời gian này",
        "there is no such record in this time",
    )
}

fn too_many(count: usize) -> Words {
    let most = volume::MAX_RECORDS;
    Words::new(
        format!(
            "có {count} hồ sơ; một quyển đóng nhiều nhất {most}: chia theo tháng hoặc theo loại"
        ),
        format!(
            "there are {count} records; one volume holds {most} at most: divide by month or by kind"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_have_names() {
        let month = Range::month(Date::constant(2024, 2, 10));
        assert_eq!(
            (month.to, month.slug.as_str(), month.said.as_str()),
            (Date::constant(2024, 2, 29), "2024-02", "tháng 2/2024")
        );
        let year = Range::year("2024-2025").expect("a year");
        assert_eq!(
            (year.from, year.to),
            (Date::constant(2024, 8, 1), Date::constant(2025, 7, 31))
        );
        assert_eq!(Range::year("2024-2026"), None);
        let (from, to) = (Date::constant(2024, 9, 1), Date::constant(2024, 9, 15));
        let days = Range::days(from, to).expect("days");
        assert_eq!(days.slug, "2024-09-01-den-2024-09-15");
        assert_eq!(Range::days(to, from), None);
    }
}
