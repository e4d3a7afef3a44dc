//! Where the school asks for time-stamps.

use jiff::civil::Date;
use serde::Deserialize;

use crate::records::school::Period;
use crate::records::school::School;

/// The time-stamp authorities of one period.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Stamping {
    /// When they are asked.
    #[serde(flatten)]
    pub period: Period,
    /// Their addresses, the first preferred.
    pub tsa: Vec<String>,
}

impl School {
    /// The addresses of the time-stamp authorities on `date`, the first preferred; none when the
    /// school uses none.
    pub fn stampers(&self, date: Date) -> impl Iterator<Item = &str> {
        let holding = self.thoi_gian.iter().filter(move |s| s.period.holds(date));
        holding.flat_map(|s| s.tsa.iter().map(String::as_str))
    }
}
