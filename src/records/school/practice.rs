//! How the school keeps its books: its years, the kinds it uses, its series of numbers.

use jiff::civil::Date;
use serde::Deserialize;

use crate::records::kind::Kind;
use crate::records::period::SchoolYear;
use crate::records::school::Period;
use crate::records::school::School;

/// The teaching part of a school year, where it differs from the usual.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct YearEntry {
    /// `2024-2025`.
    pub nam: String,
    /// First school day.
    pub tu: Date,
    /// Last day of the first term.
    pub het_hoc_ky_1: Date,
    /// Last school day.
    pub den: Date,
}

/// Whether the school keeps a kind.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Use {
    /// The kind.
    pub loai: String,
    /// Kept or not.
    pub dung: bool,
    /// When this was so.
    #[serde(flatten)]
    pub period: Period,
}

/// How a series of numbers is kept.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Series {
    /// The series.
    pub day: String,
    /// One for all, or one for each type.
    pub theo: SeriesBy,
    /// When this was so.
    #[serde(flatten)]
    pub period: Period,
}

/// What a series of numbers is kept for (NĐ 30/2020, Điều 15).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SeriesBy {
    /// All documents together.
    #[default]
    Chung,
    /// Each type of document.
    Loai,
}

/// Where a series goes on from a paper register.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct FirstNumber {
    /// The series.
    pub day: String,
    /// The calendar year.
    pub nam: i16,
    /// The type, where the series is kept by type.
    pub loai: Option<String>,
    /// The first number kept here.
    pub so: u32,
}

/// A number that was skipped or given twice, and why; issued documents cannot be renumbered.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct OddNumber {
    /// The series.
    pub day: String,
    /// The calendar year.
    pub nam: i16,
    /// The type, where the series is kept by type.
    pub loai: Option<String>,
    /// The number.
    pub so: u32,
    /// Why.
    pub ly_do: String,
}

impl School {
    /// Whether the frame of a school year is entered.
    pub fn has_year(&self, name: &str) -> bool {
        self.nam_hoc.iter().any(|entry| entry.nam == name)
    }

    /// The teaching part of a school year such as `2024-2025`.
    pub fn year(&self, name: &str) -> Option<SchoolYear> {
        let written = self.nam_hoc.iter().find(|y| y.nam == name);
        written.map_or_else(
            || SchoolYear::usual(name),
            |y| {
                Some(SchoolYear {
                    name: y.nam.clone(),
                    from: y.tu,
                    first_term: y.het_hoc_ky_1,
                    to: y.den,
                })
            },
        )
    }

    /// Whether the school keeps a kind on `date`.
    pub fn uses(&self, kind: &Kind, date: Date) -> bool {
        self.su_dung
            .iter()
            .rev()
            .find(|u| u.loai == kind.id && u.period.holds(date))
            .map_or(kind.on, |u| u.dung)
    }

    /// Whether completeness is asked for on `date`: books kept on paper before, or after, are not
    /// missing here.
    pub fn is_followed(&self, date: Date) -> bool {
        self.theo_doi.is_empty() || self.theo_doi.iter().any(|p| p.holds(date))
    }

    /// How a series of numbers is kept on `date`.
    pub fn series(&self, name: &str, date: Date) -> SeriesBy {
        self.danh_so
            .iter()
            .rev()
            .find(|s| s.day == name && s.period.holds(date))
            .map_or(SeriesBy::Chung, |s| s.theo)
    }

    /// The first number of a series in a calendar year that is kept here; 1, unless a paper register
    /// went before.
    pub fn first_number(&self, name: &str, year: i16, kind: Option<&str>) -> u32 {
        self.so_dau
            .iter()
            .find(|f| f.day == name && f.nam == year && f.loai.as_deref() == kind)
            .map_or(1, |f| f.so)
    }

    /// Why a number of a series is missing or stands twice, if the school says so.
    pub fn odd_number(
        &self,
        name: &str,
        year: i16,
        kind: Option<&str>,
        number: u32,
    ) -> Option<&str> {
        self.so_ngoai_le
            .iter()
            .find(|o| o.day == name && o.nam == year && o.loai.as_deref() == kind && o.so == number)
            .map(|o| o.ly_do.as_str())
    }
}
