//! Dates as the forms and the law speak of them.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::civil::Weekday;
use jiff::tz::Offset;

/// Vietnam has one time zone and no summer time: the day of an instant is the day there.
pub const VIETNAM: Offset = Offset::constant(7);

/// The day of an instant in Vietnam.
pub fn day(instant: Timestamp) -> Date {
    VIETNAM.to_datetime(instant).date()
}

/// Parses `2024-09-09`, or `2024-09` as the last day of that month.
pub fn parse(text: &str) -> Option<Date> {
    match text.len() {
        10 => text.parse().ok(),
        7 => format!("{text}-01")
            .parse::<Date>()
            .ok()
            .map(Date::last_of_month),
        _ => None,
    }
}

/// `Thứ Hai` … `Chủ nhật`.
pub fn weekday_name(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Thứ Hai",
        Weekday::Tuesday => "Thứ Ba",
        Weekday::Wednesday => "Thứ Tư",
        Weekday::Thursday => "Thứ Năm",
        Weekday::Friday => "Thứ Sáu",
        Weekday::Saturday => "Thứ Bảy",
        Weekday::Sunday => "Chủ nhật",
    }
}

/// `T2` … `CN`, as over the columns of a grid.
pub fn weekday_short(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "T2",
        Weekday::Tuesday => "T3",
        Weekday::Wednesday => "T4",
        Weekday::Thursday => "T5",
        Weekday::Friday => "T6",
        Weekday::Saturday => "T7",
        Weekday::Sunday => "CN",
    }
}

/// A date as administrative documents write it: a leading zero for days below 10 and for months 1
/// and 2 only (NĐ 30/2020 PL I ô 4).
pub fn official(date: Date) -> String {
    let month = if date.month() <= 2 {
        format!("{:02}", date.month())
    } else {
        date.month().to_string()
    };
    format!("{:02}/{month}/{}", date.day(), date.year())
}

/// The first and last day of a school year named `2024-2025`: 1 August to 31 July, so that summer
/// work belongs to one year and to one only.
pub fn school_year(name: &str) -> Option<(Date, Date)> {
    let (from, to) = name.split_once('-')?;
    if from.len() != 4 || to.len() != 4 {
        return None;
    }
    let (from, to): (i16, i16) = (from.parse().ok()?, to.parse().ok()?);
    if from < 1900 || from.checked_add(1) != Some(to) {
        return None;
    }
    Some((Date::new(from, 8, 1).ok()?, Date::new(to, 7, 31).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_mean_their_last_day() {
        assert_eq!(
            parse("2024-02").map(|d| d.to_string()),
            Some("2024-02-29".into())
        );
        assert_eq!(parse("2024-02-30"), None);
        assert_eq!(parse("9/9/2024"), None);
    }

    #[test]
    fn leading_zeros_follow_the_decree() {
        assert_eq!(official(Date::constant(2024, 9, 9)), "09/9/2024");
        assert_eq!(official(Date::constant(2025, 1, 15)), "15/01/2025");
    }

    #[test]
    fn school_years_are_consecutive() {
        assert!(school_year("2024-2025").is_some());
        for bad in ["2024-2026", "2024", "24-25", "abcd-efgh", "9999-10000"] {
            assert_eq!(school_year(bad), None, "{bad}");
        }
    }
}
