//! The periods that records and books are about: days, weeks, months, weighings, terms, years.

use jiff::Span;
use jiff::civil::Date;
use jiff::civil::Weekday;

use crate::records::dates;
use crate::records::kind::Every;
use crate::records::school::School;

/// One period of a school year.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Period {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// Its name within the year, also that of its book: `2024-09-09`, `2024-09`, `quy-1`, `hk1`,
    /// `ca-nam`.
    pub name: String,
}

/// The teaching part of a school year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchoolYear {
    /// `2024-2025`.
    pub name: String,
    /// First school day.
    pub from: Date,
    /// Last day of the first term.
    pub first_term: Date,
    /// Last school day.
    pub to: Date,
}

impl SchoolYear {
    /// A year as the time frame of the Ministry has it, where `nam-hoc` of `school.yaml` says
    /// nothing: 5 September, term 1 to 15 January, 31 May (35 weeks).
    pub fn usual(name: &str) -> Option<Self> {
        let (from, to) = dates::school_year(name)?;
        Some(Self {
            name: name.to_owned(),
            from: Date::new(from.year(), 9, 5).ok()?,
            first_term: Date::new(to.year(), 1, 15).ok()?,
            to: Date::new(to.year(), 5, 31).ok()?,
        })
    }
}

/// The period of `year` that `date` lies in, for books: every date of the year's folder (1 August to
/// 31 July) has one. None for `Khong`, which a book takes as the year.
pub fn of(every: Every, year: &SchoolYear, date: Date) -> Option<Period> {
    let (first, last) = dates::school_year(&year.name)?;
    let named = |from: Date, to: Date, name: String| Period { from, to, name };
    Some(match every {
        Every::Ngay => named(date, date, date.to_string()),
        Every::Tuan => {
            let (from, to) = week(date)?;
            named(from, to, from.to_string())
        }
        Every::Thang => {
            let name = format!("{:04}-{:02}", date.year(), date.month());
            named(date.first_of_month(), date.last_of_month(), name)
        }
        Every::Quy => {
            let (index, from, to) = quarters(first, last)?
                .into_iter()
                .enumerate()
                .find(|(_, (from, to))| *from <= date && date <= *to)
                .map(|(i, (from, to))| (i, from, to))?;
            named(from, to, format!("quy-{}", index + 1))
        }
        Every::HocKy if date <= year.first_term => named(first, year.first_term, "hk1".into()),
        Every::HocKy => named(year.first_term.tomorrow().ok()?, last, "hk2".into()),
        Every::Nam | Every::Khong => named(first, last, "ca-nam".into()),
    })
}

/// Every period of a school year in which a record falls due: school days, weeks and months with
/// school days, the four weighings, the terms, the year. Empty for `Khong`.
pub fn all(every: Every, year: &SchoolYear, school: &School) -> Vec<Period> {
    let days = || {
        year.from
            .series(Span::new().days(1))
            .take_while(|day| *day <= year.to)
            .filter(|day| is_school_day(school, *day))
    };
    let mut periods: Vec<Period> = match every {
        Every::Khong => Vec::new(),
        // Teaching, not the folder's year, is what a term and a year are about.
        Every::Nam => vec![Period {
            from: year.from,
            to: year.to,
            name: "ca-nam".into(),
        }],
        Every::HocKy => vec![
            Period {
                from: year.from,
                to: year.first_term,
                name: "hk1".into(),
            },
            Period {
                from: year.first_term.tomorrow().unwrap_or(year.first_term),
                to: year.to,
                name: "hk2".into(),
            },
        ],
        Every::Quy => [0, 3, 6, 8]
            .iter()
            .enumerate()
            .filter_map(|(i, months)| {
                let month = Date::new(year.from.year(), 9, 1)
                    .ok()?
                    .checked_add(Span::new().months(*months))
                    .ok()?;
                Some(Period {
                    from: month,
                    to: month.last_of_month(),
                    name: format!("quy-{}", i + 1),
                })
            })
            .collect(),
        Every::Ngay | Every::Tuan | Every::Thang => {
            days().filter_map(|day| of(every, year, day)).collect()
        }
    };
    periods.dedup();
    periods
}

/// Whether children come on `day`.
pub fn is_school_day(school: &School, day: Date) -> bool {
    !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) && school.day_off(day).is_none()
}

/// Monday and Sunday of a date's week.
pub fn week(date: Date) -> Option<(Date, Date)> {
    let since = i64::from(date.weekday().to_monday_zero_offset());
    let monday = date.checked_sub(Span::new().days(since)).ok()?;
    Some((monday, monday.checked_add(Span::new().days(6)).ok()?))
}

/// The year in four parts around the weighings of September, December, March and May.
fn quarters(first: Date, last: Date) -> Option<[(Date, Date); 4]> {
    let day = |year: i16, month, day| Date::new(year, month, day).ok();
    let (a, b) = (first.year(), last.year());
    Some([
        (first, day(a, 10, 31)?),
        (day(a, 11, 1)?, day(b, 1, 31)?),
        (day(b, 2, 1)?, day(b, 4, 30)?),
        (day(b, 5, 1)?, last),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn year() -> SchoolYear {
        SchoolYear::usual("2024-2025").expect("a year")
    }

    fn name(every: Every, date: Date) -> String {
        of(every, &year(), date).expect("a period").name
    }

    #[test]
    fn every_date_of_the_folder_has_its_period() {
        let september = Date::constant(2024, 9, 12);
        assert_eq!(name(Every::Ngay, september), "2024-09-12");
        assert_eq!(name(Every::Tuan, september), "2024-09-09");
        assert_eq!(name(Every::Thang, september), "2024-09");
        assert_eq!(name(Every::Quy, september), "quy-1");
        assert_eq!(name(Every::Quy, Date::constant(2025, 1, 31)), "quy-2");
        assert_eq!(name(Every::Quy, Date::constant(2025, 7, 31)), "quy-4");
        assert_eq!(name(Every::HocKy, Date::constant(2024, 8, 1)), "hk1");
        assert_eq!(name(Every::HocKy, Date::constant(2025, 1, 16)), "hk2");
        assert_eq!(name(Every::Khong, september), "ca-nam");
    }

    #[test]
    fn a_week_runs_from_monday_over_the_turn_of_the_year() {
        let (from, to) = week(Date::constant(2025, 1, 1)).expect("a week");
        assert_eq!(
            (from, to),
            (Date::constant(2024, 12, 30), Date::constant(2025, 1, 5))
        );
    }
}
