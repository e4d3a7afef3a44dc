//! Algorithms and key sizes by date.
//!
//! What is in no row of `algorithm.rs` (SHA-1, RSA below 2048 bits, other curves) never counts. The
//! table here says until when the rest does:
//!
//! | what | until the end of | from |
//! |---|---|---|
//! | SHA-256, SHA-384, SHA-512 | open | SOG-IS Agreed Cryptographic Mechanisms 1.3, §2.3 |
//! | ECDSA on P-256 and P-384 | open | the same, §4.3 |
//! | RSA from 3000 bits, PSS or PKCS#1 v1.5 | open | the same, §4.1; NIST SP 800-57 part 1 rev. 5, table 4 |
//! | RSA from 2048 bits | 2030 | NIST SP 800-57 part 1 rev. 5, table 4 (112 bits of security) |
//!
//! ETSI TS 119 312 V1.5.1 ends RSA below 3000 bits, and PKCS#1 v1.5 altogether, with 2028 for
//! signatures that are made in the Union. Vietnamese law sets no end and its authorities issue
//! 2048 bits with PKCS#1 v1.5, so the later of the two published dates holds here.
//!
//! The date is compared with the time at which the signature is proven to have existed (EN 319 102-1
//! §5.2.8): a time-stamp from before the end keeps it good for ever. Where nothing is proven the
//! present counts, and more proof could still mend it: CRYPTO_CONSTRAINTS_FAILURE_NO_POE.

use jiff::SignedDuration;
use jiff::Timestamp;
use jiff::civil::date;
use jiff::tz::TimeZone;

use crate::sign::algorithm::Key;
use crate::sign::algorithm::KeyKind;
use crate::sign::algorithm::Scheme;
use crate::sign::fault::Fault;

/// Which algorithms and key sizes count, and until when.
#[derive(Clone, Debug)]
pub struct Policy {
    rows: Vec<Row>,
}

/// A row ends keys of RSA with fewer bits than `below`.
#[derive(Clone, Copy, Debug)]
struct Row {
    below: usize,
    /// The first instant at which it no longer counts.
    end: Timestamp,
}

/// An algorithm or a key that no longer counted at the instant that was asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outdated {
    /// Algorithm and key, for people.
    pub algorithm: String,
    /// The last instant at which it counted.
    pub until: Timestamp,
}

impl Default for Policy {
    fn default() -> Self {
        let end = |year| {
            let midnight = date(year, 1, 1).to_zoned(TimeZone::UTC);
            midnight.map_or(Timestamp::MAX, |zoned| zoned.timestamp())
        };
        Self {
            rows: vec![Row {
                below: 3000,
                end: end(2031),
            }],
        }
    }
}

impl Policy {
    /// Asks whether `scheme` with `key` counts at `at`.
    pub(crate) fn at(&self, scheme: Scheme, key: &Key, at: Timestamp) -> Result<(), Outdated> {
        let KeyKind::Rsa { bits } = key.kind() else {
            return Ok(());
        };
        match self
            .rows
            .iter()
            .find(|row| bits < row.below && row.end <= at)
        {
            None => Ok(()),
            Some(row) => Err(Outdated {
                algorithm: format!("{scheme}, {key}"),
                until: last_before(row.end),
            }),
        }
    }

    /// The instants around `at` between which nothing begins or ceases to count.
    pub(crate) fn span(&self, at: Timestamp) -> (Timestamp, Timestamp) {
        let ends = self.rows.iter().map(|row| row.end);
        let (past, future): (Vec<_>, Vec<_>) = ends.partition(|end| *end <= at);
        let before_next = future.into_iter().min().map(last_before);
        (
            past.into_iter().max().unwrap_or(Timestamp::MIN),
            before_next.unwrap_or(Timestamp::MAX),
        )
    }

    /// Asks whether a signature counts that is `proven` to have existed at some instant, or, where
    /// nothing is proven, exists `now`.
    pub(crate) fn fault(
        &self,
        scheme: Scheme,
        key: &Key,
        proven: Option<Timestamp>,
        now: Timestamp,
    ) -> Option<Fault> {
        let outdated = self.at(scheme, key, proven.unwrap_or(now)).err()?;
        Some(outdated.fault(proven.is_some()))
    }
}

/// The last second before `end`.
fn last_before(end: Timestamp) -> Timestamp {
    let second = SignedDuration::from_secs(1);
    end.saturating_sub(second).unwrap_or(Timestamp::MIN)
}

impl Outdated {
    /// The fault; `proven` tells whether the instant asked about was a proven one.
    pub(crate) fn fault(self, proven: bool) -> Fault {
        let Self { algorithm, until } = self;
        match proven {
            true => Fault::AlgorithmOutdated { algorithm, until },
            false => Fault::AlgorithmOutdatedNoPoe { algorithm, until },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign::certificate::Certificate;
    use crate::sign::demo::KeyChoice;
    use crate::sign::sample::fixture;
    use crate::sign::sample::identity;
    use crate::sign::sample::instant;

    fn key(choice: KeyChoice) -> Key {
        let certificate = identity(choice).certificate;
        Certificate::read(&certificate).unwrap().key().unwrap()
    }

    #[test]
    fn rsa_2048_ends_with_2030_unless_proven_older() {
        let (policy, key) = (Policy::default(), key(KeyChoice::Rsa2048));
        let ask = |proven: Option<&str>, now| {
            policy.fault(Scheme::RSA_SHA256, &key, proven.map(instant), instant(now))
        };
        assert_eq!(ask(None, "2030-12-31T23:59:59Z"), None);
        let fault = ask(None, "2031-01-01T00:00:00Z").unwrap();
        assert_eq!(fault.code(), "algorithm-outdated-no-poe");
        assert_eq!(
            ask(Some("2030-12-31T23:59:59Z"), "2050-01-01T00:00:00Z"),
            None
        );
        let fault = ask(Some("2031-06-01T00:00:00Z"), "2050-01-01T00:00:00Z").unwrap();
        let until = instant("2030-12-31T23:59:59Z");
        let algorithm = "RSA SHA-256, RSA-2048".to_string();
        assert_eq!(fault, Fault::AlgorithmOutdated { algorithm, until });
    }

    #[test]
    fn larger_keys_and_curves_have_no_end() {
        let late = instant("2090-01-01T00:00:00Z");
        for (choice, scheme) in [
            (KeyChoice::Rsa3072, Scheme::RSA_PSS_SHA256),
            (KeyChoice::P256, Scheme::ECDSA_SHA256),
        ] {
            assert_eq!(Policy::default().at(scheme, &key(choice), late), Ok(()));
        }
        let ed25519 = Certificate::read(fixture!("ed25519.der")).unwrap();
        assert!(ed25519.key().is_err());
    }
}
