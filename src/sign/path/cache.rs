//! Paths that were found, so that five hundred signatures of thirty people under one authority cost
//! thirty searches.
//!
//! What is kept is only ever that a path *holds*, with the span of instants for which it does: all its
//! certificates are valid, and no algorithm begins or ceases to count. The question is part of the
//! key, certificates that came along included: the answer to a file must not depend on which other
//! file was asked about before.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Mutex;
use std::sync::PoisonError;

use jiff::Timestamp;

use crate::digest::Sha256;
use crate::sign::certificate::Certificate;
use crate::sign::path::Purpose;
use crate::sign::path::ValidPath;
use crate::sign::policy::Policy;

/// Most paths that are kept; a school has some hundred certificates in thirty years.
const MOST: usize = 4096;

/// What was asked: a leaf, what for, and the certificates that came along.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Question {
    leaf: Sha256,
    purpose: Purpose,
    pool: Sha256,
}

impl Question {
    pub(crate) fn new(leaf: &Certificate, pool: &[Vec<u8>], purpose: Purpose) -> Self {
        let digests: Vec<u8> = pool
            .iter()
            .flat_map(|der| *Sha256::of(der).as_bytes())
            .collect();
        Self {
            leaf: leaf.facts().sha256,
            purpose,
            pool: Sha256::of(&digests),
        }
    }
}

/// The paths found so far; a copy starts without any.
#[derive(Default)]
pub(crate) struct Cache {
    found: Mutex<BTreeMap<Question, Vec<Found>>>,
}

struct Found {
    from: Timestamp,
    until: Timestamp,
    path: ValidPath,
}

impl Clone for Cache {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cache")
    }
}

impl Cache {
    pub(crate) fn get(&self, question: &Question, at: Timestamp) -> Option<ValidPath> {
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let holds = |one: &&Found| one.from <= at && at <= until_whole_second(one.until);
        found
            .get(question)?
            .iter()
            .find(holds)
            .map(|one| one.path.clone())
    }

    pub(crate) fn put(&self, question: Question, at: Timestamp, policy: &Policy, path: &ValidPath) {
        let (mut from, mut until) = policy.span(at);
        for certificate in &path.certificates {
            let facts = certificate.facts();
            (from, until) = (from.max(facts.not_before), until.min(facts.not_after));
        }
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        if found.len() < MOST {
            let path = path.clone();
            found
                .entry(question)
                .or_default()
                .push(Found { from, until, path });
        }
    }
}

/// Paths are asked for by the whole second.
fn until_whole_second(until: Timestamp) -> Timestamp {
    let second = jiff::SignedDuration::from_nanos(999_999_999);
    until.saturating_add(second).unwrap_or(Timestamp::MAX)
}
