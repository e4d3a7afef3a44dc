//! Who has tried too often. After some wrong passwords for one name, that name has to wait, longer each
//! time; what is tried while it waits is not even looked at.

use std::collections::BTreeMap;

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
/// Most names remembered.
const MOST: usize = 10_000;

#[derive(Clone, Copy)]
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
}

/// What was tried, by name.
#[derive(Default)]
pub struct Throttle {
    names: BTreeMap<String, Tries>,
}

impl Throttle {
    /// How long a name still has to wait, if it has to.
    pub fn wait(&self, name: &str, now: Timestamp) -> Option<SignedDuration> {
        let until = self.names.get(name)?.until()?;
        Some(until.duration_since(now)).filter(|left| left.is_positive())
    }

    /// A wrong password for a name.
    pub fn wrong(&mut self, name: &str, now: Timestamp) {
        self.names
            .retain(|_, tries| now.duration_since(tries.last) < FORGET);
        if self.names.len() >= MOST && !self.names.contains_key(name) {
            // Somebody tries names; the ones who wait stay.
            self.names.retain(|_, tries| tries.wrong >= FREE);
        }
        let tries = self.names.entry(name.to_owned()).or_insert(Tries {
            wrong: 0,
            last: now,
        });
        *tries = Tries {
            wrong: tries.wrong.saturating_add(1),
            last: now,
        };
    }

    /// The right password.
    pub fn right(&mut self, name: &str) {
        self.names.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_725_840_000 + seconds).expect("an instant")
    }

    #[test]
    fn each_wrong_password_costs_more_time() {
        let mut throttle = Throttle::default();
        for _ in 0..4 {
            throttle.wrong("a", at(0));
        }
        assert_eq!(throttle.wait("a", at(0)), None);
        let mut waits = Vec::new();
        for _ in 0..8 {
            throttle.wrong("a", at(0));
            waits.push(throttle.wait("a", at(0)).map_or(0, |wait| wait.as_secs()));
        }
        assert_eq!(waits, [30, 60, 120, 240, 480, 900, 900, 900]);
        assert_eq!(throttle.wait("a", at(900)), None);
        assert_eq!(throttle.wait("b", at(0)), None);
        throttle.right("a");
        assert_eq!(throttle.wait("a", at(0)), None);
    }

    #[test]
    fn a_flood_of_names_does_not_fill_the_memory() {
        let mut throttle = Throttle::default();
        for _ in 0..=FREE {
            throttle.wrong("a", at(0));
        }
        for name in 0..(2 * MOST) {
            throttle.wrong(&name.to_string(), at(1));
        }
        assert!(throttle.names.len() <= MOST);
        assert!(throttle.wait("a", at(1)).is_some());
    }
}
