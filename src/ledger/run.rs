//! Neighbouring periods that stand alike, drawn together: nineteen lesson plans that all wait for
//! the head of team are one line, not nineteen.

use jiff::civil::Date;

use crate::diag::Words;
use crate::ledger::Entry;
use crate::records::dates;
use crate::records::kind::Every;

/// Entries of one kind, unit and subject whose periods follow each other and that stand alike.
/// Never empty.
#[derive(Clone, Debug)]
pub struct Run<'a> {
    entries: Vec<&'a Entry>,
}

impl<'a> Run<'a> {
    /// Draws entries together, which come in the order of the ledger.
    pub fn all(entries: impl IntoIterator<Item = &'a Entry>) -> Vec<Self> {
        let mut runs: Vec<Self> = Vec::new();
        for entry in entries {
            match runs.last_mut() {
                Some(run) if run.goes_on(entry) => run.entries.push(entry),
                _ => runs.push(Self {
                    entries: vec![entry],
                }),
            }
        }
        runs
    }

    fn goes_on(&self, next: &Entry) -> bool {
        let one = self.first();
        one.kind.id == next.kind.id
            && one.unit.id == next.unit.id
            && one.year == next.year
            && one.subject == next.subject
            && one.state == next.state
            && one.who == next.who
    }

    /// The first entry, which stands for all but in its period.
    pub fn first(&self) -> &'a Entry {
        self.entries[0]
    }

    /// Every entry.
    pub fn entries(&self) -> &[&'a Entry] {
        &self.entries
    }

    /// Days since the first of them was due, while it is not complete.
    pub fn late(&self) -> u32 {
        self.entries.iter().map(|e| e.late).max().unwrap_or(0)
    }

    /// What the periods are called, from the first to the last: `04/9–27/9/2024`, `tháng 9/2024`,
    /// `học kỳ I`.
    pub fn periods(&self) -> Words {
        span(
            self.first(),
            self.entries.last().copied().unwrap_or(self.first()),
        )
    }
}

/// What the periods of one kind are called from the first to the last.
pub fn span(first: &Entry, last: &Entry) -> Words {
    let (a, b) = (period(first), period(last));
    if first.period == last.period {
        return a;
    }
    match first.kind.due.every {
        Every::Ngay => {
            let from = short(first.period.from, last.period.from);
            Words::new(format!("{from}–{}", b.vi), format!("{}–{}", a.en, b.en))
        }
        Every::Tuan => {
            let (from, to) = (first.period.from, last.period.to);
            Words::new(
                format!("tuần {}–{}", short(from, to), dates::official(to)),
                format!("weeks {from}–{to}"),
            )
        }
        Every::Thang => {
            let to = last.period.from;
            let to = format!("{}/{}", to.month(), to.year());
            Words::new(format!("{}–{to}", a.vi), format!("{}–{}", a.en, b.en))
        }
        _ => Words::new(
            format!("{} – {}", a.vi, b.vi),
            format!("{} – {}", a.en, b.en),
        ),
    }
}

/// What the period of an entry is called.
pub fn period(entry: &Entry) -> Words {
    let period = &entry.period;
    let number = period.name.chars().last().unwrap_or_default();
    let (from, to) = (period.from, period.to);
    match entry.kind.due.every {
        Every::Ngay => Words::new(dates::official(from), from.to_string()),
        Every::Tuan => Words::new(
            format!("tuần {}–{}", short(from, to), dates::official(to)),
            format!("week {from}–{to}"),
        ),
        Every::Thang => Words::new(month(from), &period.name),
        Every::Quy => Words::new(format!("đợt {number}"), format!("weighing {number}")),
        Every::HocKy => Words::new(
            format!("học kỳ {}", if number == '1' { "I" } else { "II" }),
            format!("term {number}"),
        ),
        Every::Nam | Every::Khong => Words::new("cả năm", "year"),
    }
}

/// A month as people say it: `tháng 9/2024`.
pub fn month(day: Date) -> String {
    format!("tháng {}/{}", day.month(), day.year())
}

/// A day, without its year where the next one says it.
fn short(day: Date, next: Date) -> String {
    let full = dates::official(day);
    match day.year() == next.year() {
        true => full.rsplit_once('/').map_or("", |(day, _)| day).to_owned(),
        false => full,
    }
}
