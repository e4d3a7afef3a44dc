//! How much of what was due is there, signed, in time.

use crate::ledger::Entry;
use crate::ledger::State;

/// Counts of entries that were due. Each share is of `due`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Entries that were due.
    pub due: usize,
    /// Of them, those that are there.
    pub there: usize,
    /// Of them, those that are signed by all, or closed.
    pub signed: usize,
    /// Of them, those that were there by the day they were due.
    pub on_time: usize,
    /// Of them, those that are there with some steps signed.
    pub waiting: usize,
    /// Of them, those that are not there.
    pub missing: usize,
}

impl Tally {
    /// Counts entries; those not due yet are left out.
    pub fn of<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Self {
        let mut tally = Self::default();
        for entry in entries.into_iter().filter(|entry| entry.is_due) {
            tally.due += 1;
            tally.there += usize::from(entry.is_there());
            tally.signed += usize::from(entry.state.is_complete());
            tally.on_time += usize::from(entry.is_on_time());
            tally.waiting += usize::from(entry.state == State::Waiting);
            tally.missing += usize::from(entry.state == State::Missing);
        }
        tally
    }

    /// Those that are there and wait for their first signature, or for a mend.
    pub fn unsigned(&self) -> usize {
        self.there - self.signed - self.waiting
    }

    /// A share in percent, rounded down, so that 100 means all; 100 of nothing.
    pub fn percent(&self, part: usize) -> usize {
        (part * 100).checked_div(self.due).unwrap_or(100)
    }
}
