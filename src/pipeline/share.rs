//! A share of the records of a school: what one of several machines makes.

use std::fmt;

/// Share `number` of `of`, counted from 1. Every record is in exactly one share, the same one on each machine: records
/// stand in the order of their ids and are dealt out like cards, so that each share has as many of every kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    number: usize,
    of: usize,
}

/// Most shares.
const MOST: usize = 10_000;

impl Share {
    /// All records.
    pub const WHOLE: Self = Self { number: 1, of: 1 };

    /// Reads `2/4`; none when it is no share.
    pub fn read(text: &str) -> Option<Self> {
        let (number, of) = text.split_once('/')?;
        let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let share = Self {
            number: number.parse().ok().filter(|_| plain(number))?,
            of: of.parse().ok().filter(|_| plain(of))?,
        };
        let sound = (1..=share.of).contains(&share.number) && share.of <= MOST;
        sound.then_some(share)
    }

    /// Whether the record at `index` of all is in it.
    pub fn holds(self, index: usize) -> bool {
        index % self.of == self.number - 1
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_record_is_in_one_share() {
        for of in 1..6 {
            let shares: Vec<Share> = (1..=of)
                .map(|number| Share::read(&format!("{number}/{of}")).expect("a share"))
                .collect();
            for index in 0..20 {
                let holding = shares.iter().filter(|share| share.holds(index)).count();
                assert_eq!(holding, 1, "{index} of {of}");
            }
        }
        assert!((0..9).all(|index| Share::WHOLE.holds(index)));
    }

    #[test]
    fn what_is_no_share_is_refused() {
        for text in [
            "", "1", "/", "0/1", "2/1", "1/0", "+1/2", "1/ 2", "1/2/3", "-1/2", "1/99999",
        ] {
            assert_eq!(Share::read(text), None, "{text}");
        }
        assert_eq!(
            Share::read("2/4").map(|share| share.to_string()).as_deref(),
            Some("2/4")
        );
    }
}
