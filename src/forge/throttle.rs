//! Who has tried too often. After some wrong passwords for one name, that name has to wait, longer each
//! time; what is tried while it waits is not even looked at.
//!
//! Names with an account are each remembered by themselves, and nothing that is tried with other names makes
//! them forgotten. Invented names share a fixed number of places: they have to wait just as real ones do, so that
//! waiting tells nobody who is on the roster, and however many are invented, they take no more memory.

use std::collections::BTreeMap;
use std::hash::BuildHasher;
use std::hash::RandomState;

use jiff::SignedDuration;
use jiff::Timestamp;

/// Wrong passwords before a name has to wait.
const FREE: u32 = 5;
/// The first wait; each further wrong password doubles it.
const FIRST: SignedDuration = SignedDuration::from_secs(30);
/// The longest wait: a teacher who forgot is back after a break, and somebody who guesses gets a hundred a day.
const LONGEST: SignedDuration = SignedDuration::from_mins(15);
/// After so long without a wrong password all is forgotten.
const FORGET: SignedDuration = SignedDuration::from_hours(24);
/// Places that invented names share: so many that filling them, to tell real names by their own place, takes hours of
/// hashing.
const PLACES: usize = 1 << 16;

/// For whom a password is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tried<'a> {
    /// The id of a person who has an account.
    Account(&'a str),
    /// A name without an account.
    Nobody(&'a str),
}

#[derive(Clone, Copy, Default)]
struct Tries {
    wrong: u32,
    last: Timestamp,
}

impl Tries {
    fn until(self) -> Option<Timestamp> {
        let over = self.wrong.checked_sub(FREE)?;
        let wait = FIRST.checked_mul(1 << over.min(10)).unwrap_or(LONGEST);
        self.last.checked_add(wait.min(LONGEST)).ok()
    }

    fn is_forgotten(self, now: Timestamp) -> bool {
        now.duration_since(self.last) >= FORGET
    }

    /// With one more.
    fn and(self, now: Timestamp) -> Self {
        let before = if self.is_forgotten(now) {
            0
        } else {
            self.wrong
        };
        Self {
            wrong: before.saturating_add(1),
            last: now,
        }
    }
}

/// What was tried, by name.
pub struct Throttle {
    accounts: BTreeMap<String, Tries>,
    others: Box<[Tries]>,
    // Keyed anew at each start: nobody can choose names that share a place.
    places: RandomState,
}

impl Default for Throttle {
    fn default() -> Self {
        Self {
            accounts: BTreeMap::new(),
            others: vec![Tries::default(); PLACES].into(),
            places: RandomState::new(),
        }
    }
}

impl Throttle {
    /// How long a name still has to wait, if it has to.
    pub fn wait(&self, tried: Tried<'_>, now: Timestamp) -> Option<SignedDuration> {
        let tries = match tried {
            Tried::Account(id) => self.accounts.get(id),
            Tried::Nobody(name) => self.others.get(self.place(name)),
        };
        let until = tries?.until()?;
        Some(until.duration_since(now)).filter(|left| left.is_positive())
    }

    /// A wrong password for a name.
    pub fn wrong(&mut self, tried: Tried<'_>, now: Timestamp) {
        let tries = match tried {
            // As many as there are accounts.
            Tried::Account(id) => Some(self.accounts.entry(id.to_owned()).or_default()),
            Tried::Nobody(name) => {
                let place = self.place(name);
                self.others.get_mut(place)
            }
        };
        if let Some(tries) = tries {
            *tries = tries.and(now);
        }
    }

    /// The right password.
    pub fn right(&mut self, id: &str) {
        self.accounts.remove(id);
    }

    fn place(&self, name: &str) -> usize {
        // The remainder is below `PLACES`.
        (self.places.hash_one(name) % PLACES as u64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_725_840_000 + seconds).expect("an instant")
    }

    #[test]
    fn each_wrong_password_costs_more_time_with_an_account_or_without() {
        for tried in [Tried::Account("a"), Tried::Nobody("a")] {
            let mut throttle = Throttle::default();
            for _ in 0..4 {
                throttle.wrong(tried, at(0));
            }
            assert_eq!(throttle.wait(tried, at(0)), None);
            let mut waits = Vec::new();
            for _ in 0..8 {
                throttle.wrong(tried, at(0));
                waits.push(throttle.wait(tried, at(0)).map_or(0, |wait| wait.as_secs()));
            }
            assert_eq!(waits, [30, 60, 120, 240, 480, 900, 900, 900]);
            assert_eq!(throttle.wait(tried, at(900)), None);
            assert_eq!(throttle.wait(Tried::Account("b"), at(0)), None);
            // A day later it begins anew.
            throttle.wrong(tried, at(24 * 60 * 60));
            assert_eq!(throttle.wait(tried, at(24 * 60 * 60)), None);
        }
        let mut throttle = Throttle::default();
        for _ in 0..FREE {
            throttle.wrong(Tried::Account("a"), at(0));
        }
        throttle.right("a");
        assert_eq!(throttle.wait(Tried::Account("a"), at(0)), None);
    }

    #[test]
    fn invented_names_neither_fill_the_memory_nor_make_a_real_one_forgotten() {
        let (mut throttle, real) = (Throttle::default(), Tried::Account("a"));
        for _ in 0..4 {
            throttle.wrong(real, at(0));
        }
        for name in 0..(3 * PLACES) {
            throttle.wrong(Tried::Nobody(&name.to_string()), at(1));
        }
        assert_eq!(throttle.others.len(), PLACES);
        assert_eq!(throttle.accounts.len(), 1);
        assert_eq!(throttle.wait(real, at(1)), None);
        throttle.wrong(real, at(1));
        assert!(throttle.wait(real, at(1)).is_some());
    }
}
