//! A new school year: last year's classes with new dates, who teaches in them, the lists of children carried
//! up. All of it is a proposal in new files and added lines; people confirm it.
//!
//! 1. `classes`: each class of the last year goes on under its id, if it does not already;
//! 2. whoever taught in it at its end teaches in it again;
//! 3. `children`: those of a class go up to the next age, those who have left or are done stay out;
//! 4. [`append`]: the lines are added to `school.yaml`, where every other byte stays.

pub mod append;
mod children;

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::diag::Words;
use crate::diag::words::tame;
use crate::records::Records;
use crate::records::dates;
use crate::records::kind::Each;
use crate::records::kind::Every;
use crate::records::period::SchoolYear;
use crate::records::school::SCHOOL_FILE;
use crate::records::school::School;
use crate::records::school::Unit;
use crate::records::school::UnitKind;
use crate::scaffold::Files;
use crate::scaffold::year::append::Addition;

/// What is asked for.
pub struct Request<'a> {
    /// The new year, `2025-2026`.
    pub year: &'a str,
    /// The year whose classes go on.
    pub from: &'a str,
    /// Which class the children of a class go up to, where the age does not tell.
    pub up: &'a BTreeMap<String, String>,
    /// The text of `school.yaml`.
    pub school: &'a str,
}

/// What a new year begins with.
#[derive(Debug)]
pub struct Opening {
    /// `school.yaml` with the lines added; none when nothing is to be added.
    pub school: Option<String>,
    /// The lines that were added, to be shown.
    pub added: Vec<String>,
    /// New records.
    pub files: Files,
    /// What people should know.
    pub notes: Vec<Words>,
    /// What falls due at the beginning of the year: the command that begins each, and what it is.
    pub due: Vec<(String, String)>,
}

/// A class of the new year.
pub(super) struct Class<'a> {
    /// As it was.
    old: &'a Unit,
    /// From when to when it is now.
    from: Date,
    to: Date,
    /// Who teaches, by id.
    teachers: Vec<String>,
}

/// Opens a year.
///
/// # Errors
/// What is wrong with the request or with the school.
pub fn open(records: &Records, request: &Request<'_>) -> Result<Opening, Words> {
    let school = &*records.school;
    let (first, _) = days(request.year)?;
    let (_, last) = days(request.from)?;
    if last >= first {
        return Err(Words::new(
            format!(
                "năm học {} không sau năm học {}",
                request.year, request.from
            ),
            format!("{} does not come after {}", request.year, request.from),
        ));
    }
    let classes = classes(school, request)?;
    let mut additions = lines(school, request, &classes);
    additions.extend(year_lines(school, request)?);
    let mut notes = vec![Words::new(
        "Phân công chép từ năm trước, ngày nghỉ chưa đủ: sửa trong content/school.yaml cho đúng quyết định của trường.",
        "Assignments are last year's and days off are not complete: mend content/school.yaml to what the school decides.",
    )];
    let files = children::carry(records, request, &classes, &mut notes)?;
    let added: Vec<String> = additions.iter().flat_map(|one| one.lines.clone()).collect();
    let school_text = match additions.is_empty() {
        true => None,
        false => Some(append::append(request.school, &additions)?),
    };
    let opening_day = SchoolYear::usual(request.year).map_or(first, |year| year.from);
    let due = due(records, &classes, opening_day);
    Ok(Opening {
        school: school_text,
        added,
        files,
        notes,
        due,
    })
}

fn days(year: &str) -> Result<(Date, Date), Words> {
    dates::school_year(year).ok_or_else(|| {
        let shown = tame(year);
        Words::new(
            format!("`{shown}` không phải năm học như 2025-2026"),
            format!("`{shown}` is no school year such as 2025-2026"),
        )
    })
}

/// The classes of the last year with the dates of the new one.
fn classes<'a>(school: &'a School, request: &Request<'_>) -> Result<Vec<Class<'a>>, Words> {
    let (old_first, old_last) = days(request.from)?;
    let (first, _) = days(request.year)?;
    let shift = first.year() - old_first.year();
    let mut classes = Vec::new();
    for old in school.units() {
        let period = &old.period;
        let (Some(den), true) = (period.den, old.loai == UnitKind::Lop) else {
            continue;
        };
        if den < old_first || den > old_last {
            continue;
        }
        let (from, to) = (moved(period.tu.max(old_first), shift), moved(den, shift));
        let teachers = school
            .holders("giao-vien", &old.id, den)
            .filter(|(person, _)| person.period.holds(from))
            .map(|(person, _)| person.id.clone())
            .collect();
        classes.push(Class {
            old,
            from,
            to,
            teachers,
        });
    }
    if classes.is_empty() {
        let (year, from) = (request.year, request.from);
        return Err(Words::new(
            format!(
                "không có lớp nào kết thúc trong năm học {from} để mở tiếp năm học {year}; nêu năm khác bằng --from"
            ),
            format!(
                "no class ends in {from} that could go on in {year}; name another year with --from"
            ),
        ));
    }
    Ok(classes)
}

/// The same day some years later; 29 February becomes the 28th.
fn moved(day: Date, years: i16) -> Date {
    let year = day.year().saturating_add(years);
    Date::new(year, day.month(), day.day())
        .or_else(|_| Date::new(year, day.month(), 28))
        .unwrap_or(day)
}

/// The lines for classes and teachers that are not there yet.
fn lines(school: &School, request: &Request<'_>, classes: &[Class<'_>]) -> Vec<Addition> {
    let mut units = Vec::new();
    let mut roles = Vec::new();
    for class in classes {
        let old = class.old;
        if school.unit(&old.id, class.from).is_none() && school.unit(&old.id, class.to).is_none() {
            let mut item = format!("{{id: {}, loai: lop, ten: {}", old.id, scalar(&old.ten));
            for (key, value) in [("thuoc", &old.thuoc), ("do-tuoi", &old.do_tuoi)] {
                if let Some(value) = value {
                    item += &format!(", {key}: {}", scalar(value));
                }
            }
            units.push(format!("- {item}, tu: {}, den: {}}}", class.from, class.to));
        }
        for person in &class.teachers {
            let known = school
                .assignments()
                .any(|a| a.nguoi == *person && a.don_vi == old.id && a.period.holds(class.from));
            if known {
                continue;
            }
            let title = school
                .assignments()
                .find(|a| a.nguoi == *person && a.don_vi == old.id && a.vai_tro == "giao-vien")
                .and_then(|a| a.chuc_danh.clone());
            let title = title.map(|title| format!(", chuc-danh: {}", scalar(&title)));
            roles.push(format!(
                "- {{nguoi: {person}, vai-tro: giao-vien, don-vi: {}{}, tu: {}, den: {}}}",
                old.id,
                title.unwrap_or_default(),
                class.from,
                class.to
            ));
        }
    }
    let year = request.year;
    let headed = |list: &'static str, heading: String, items: Vec<String>| {
        let lines = std::iter::once(heading).chain(items.clone()).collect();
        (!items.is_empty()).then_some(Addition { list, lines })
    };
    [
        headed(
            "don-vi",
            format!("# Năm học {year}: lớp như năm trước; xác nhận hoặc sửa."),
            units,
        ),
        headed(
            "vai-tro",
            format!("# Năm học {year}: phân công chép từ năm trước; xác nhận hoặc sửa."),
            roles,
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The frame of the year and its days off, as far as they are the same each year.
fn year_lines(school: &School, request: &Request<'_>) -> Result<Vec<Addition>, Words> {
    let (first, _) = days(request.year)?;
    let (this, next) = (first.year(), first.year() + 1);
    let mut all = Vec::new();
    let usual = SchoolYear::usual(request.year);
    if let (false, Some(usual)) = (school.has_year(request.year), usual) {
        all.push(Addition {
            list: "nam-hoc",
            lines: vec![
                "# Khung thường lệ; sửa khi có khung thời gian năm học của tỉnh.".to_owned(),
                format!(
                    "- {{nam: {}, tu: {}, het-hoc-ky-1: {}, den: {}}}",
                    request.year, usual.from, usual.first_term, usual.to
                ),
            ],
        });
    }
    let day = |year: i16, month: i8, day: i8| Date::new(year, month, day).ok();
    let known = day(this, 9, 2).is_some_and(|day| school.day_off(day).is_some());
    let heading = format!(
        "# Năm học {}: bỏ dấu # khi đã có lịch nghỉ chính thức.",
        request.year
    );
    if !known && !request.school.contains(&heading) {
        all.push(Addition {
            list: "nghi",
            lines: vec![
                heading,
                format!("# - {{tu: {this}-09-01, den: {this}-09-02, ly-do: Nghỉ lễ Quốc khánh}}"),
                format!("# - {{tu: {next}-01-01, den: {next}-01-01, ly-do: Nghỉ Tết Dương lịch}}"),
                format!("# - {{tu: {next}-…, den: {next}-…, ly-do: Nghỉ Tết Nguyên đán}}"),
                format!("# - {{tu: {next}-…, den: {next}-…, ly-do: Nghỉ Giỗ Tổ Hùng Vương}}"),
                format!("# - {{tu: {next}-04-30, den: {next}-05-01, ly-do: Nghỉ lễ Ngày Giải phóng miền Nam và ngày Quốc tế Lao động}}"),
            ],
        });
    }
    Ok(all)
}

/// A text as YAML within braces.
fn scalar(text: &str) -> String {
    let plain = text
        .chars()
        .all(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '–' | '.' | '(' | ')' | '/'))
        && (text.starts_with(char::is_alphabetic)
            || text.contains(' ') && text.ends_with(char::is_alphabetic))
        && text.trim() == text
        && !text.contains(" -")
        && !["true", "false", "null", "yes", "no", "on", "off"]
            .contains(&text.to_lowercase().as_str());
    match plain {
        true => text.to_owned(),
        false => serde_json::Value::from(text).to_string(),
    }
}

/// What the kinds ask for once a year or once a term, for each unit of the new year.
fn due(records: &Records, classes: &[Class<'_>], first: Date) -> Vec<(String, String)> {
    let school = &records.school;
    let mut units: Vec<&Unit> = school
        .units_on(first)
        .filter(|unit| !classes.iter().any(|class| class.old.id == unit.id))
        .collect();
    units.extend(classes.iter().map(|class| class.old));
    let mut all = Vec::new();
    for kind in records.kinds.values() {
        let yearly = matches!(kind.due.every, Every::Nam | Every::HocKy);
        if !yearly || kind.is_book() || kind.due.each != Each::DonVi || kind.id == children::LIST {
            continue;
        }
        if !school.uses(kind, first) || kind.version_on(first).is_none() {
            continue;
        }
        for unit in units.iter().filter(|unit| kind.is_kept_at(unit)) {
            all.push((
                format!("hoso new {} --don-vi {} --ngay {first}", kind.id, unit.id),
                format!("{} — {}", kind.title, unit.ten),
            ));
        }
    }
    all
}

/// Where `school.yaml` is, for whoever writes it.
pub const FILE: &str = SCHOOL_FILE;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_some_years_later() {
        assert_eq!(
            moved(Date::constant(2024, 2, 29), 1),
            Date::constant(2025, 2, 28)
        );
        assert_eq!(
            moved(Date::constant(2024, 8, 1), 2),
            Date::constant(2026, 8, 1)
        );
    }

    #[test]
    fn names_are_written_as_what_they_are() {
        for (text, yaml) in [
            ("Lớp mẫu giáo 5 tuổi A", "Lớp mẫu giáo 5 tuổi A"),
            ("5–6 tuổi", "5–6 tuổi"),
            ("2024-08-01", "\"2024-08-01\""),
            ("5", "\"5\""),
            ("Hoa, Sen", "\"Hoa, Sen\""),
            ("a: b", "\"a: b\""),
            ("no", "\"no\""),
        ] {
            assert_eq!(scalar(text), yaml);
        }
    }
}
