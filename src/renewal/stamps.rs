//! Time-stamps for a batch: none is asked for twice, and none that came is lost.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::diag::Words;
use crate::digest::Sha256;
use crate::net::tsa::Tsa;
use crate::repo::Journal;
use crate::sign::TrustStore;
use crate::sign::level;
use crate::sign::timestamp;
use crate::sign::timestamp::Request;
use crate::sign::timestamp::Token;

/// Who gives time-stamps, and what is needed to take them.
#[derive(Clone, Copy)]
pub struct Stamping<'a> {
    /// Who is asked; none means that only the journal is looked at.
    pub tsa: Option<&'a Tsa>,
    /// What came and is not committed yet.
    pub journal: &'a Journal,
    /// The anchors for time-stamps.
    pub store: &'a TrustStore,
    /// The clock: an answer is about now, or it is not taken.
    pub clock: &'a (dyn Fn() -> Timestamp + Sync),
    /// Numbers that nobody can guess.
    pub nonce: &'a (dyn Fn() -> u64 + Sync),
    /// Called once for each time-stamp that came or failed.
    pub progress: &'a (dyn Fn() + Sync),
}

/// A time-stamp, and its name in the journal.
#[derive(Clone)]
pub struct Stamped {
    /// The token.
    pub token: Token,
    /// Under which name it is journalled.
    pub key: Sha256,
}

/// New files, their signatures time-stamped.
#[derive(Default)]
pub struct Freshly {
    /// The files by path.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Signatures without a time-stamp, and why.
    pub failed: Vec<(String, Words)>,
    /// Names in the journal, to be cleared once the files are committed.
    pub journalled: Vec<Sha256>,
}

impl Stamping<'_> {
    /// Gets a time-stamp for each digest. Equal digests get the same one.
    pub fn all(&self, imprints: &[Sha256]) -> BTreeMap<Sha256, Result<Stamped, Words>> {
        let mut answers = BTreeMap::new();
        let mut open = Vec::new();
        for imprint in imprints {
            if answers.contains_key(imprint) || open.contains(imprint) {
                continue;
            }
            match self.journalled(*imprint) {
                Some(stamped) => {
                    (self.progress)();
                    answers.insert(*imprint, Ok(stamped));
                }
                None => open.push(*imprint),
            }
        }
        let Some(tsa) = self.tsa else {
            answers.extend(open.into_iter().map(|imprint| (imprint, Err(offline()))));
            return answers;
        };
        let requests: Vec<(Request, u64)> = open
            .iter()
            .map(|imprint| {
                let nonce = (self.nonce)();
                (Request::over(*imprint, nonce), nonce)
            })
            .collect();
        let bytes: Vec<Vec<u8>> = requests.iter().map(|(one, _)| one.to_der()).collect();
        let judge = |number: usize, answer: &[u8]| {
            let (request, nonce) = &requests[number];
            let taken = self.take(request, *nonce, answer);
            (self.progress)();
            taken
        };
        for (imprint, answer) in open.into_iter().zip(tsa.ask(&bytes, &judge)) {
            answers.insert(imprint, answer.map_err(|error| error.words()));
        }
        answers
    }

    /// Adds a time-stamp to each `.p7s` among new files. One that gets none stays as it is.
    pub fn signatures(&self, mut files: BTreeMap<String, Vec<u8>>) -> Freshly {
        let mut failed = Vec::new();
        let mut journalled = Vec::new();
        let imprints: BTreeMap<String, Sha256> = files
            .iter()
            .filter(|(path, _)| path.ends_with(".p7s"))
            .filter_map(|(path, bytes)| {
                let imprint = level::signature_stamp_imprint(bytes).ok()?;
                Some((path.clone(), imprint))
            })
            .collect();
        let asked: Vec<Sha256> = imprints.values().copied().collect();
        let stamps = self.all(&asked);
        for (path, imprint) in imprints {
            let Some(bytes) = files.get_mut(&path) else {
                continue;
            };
            let added = match stamps.get(&imprint) {
                Some(Ok(stamped)) => {
                    journalled.push(stamped.key);
                    level::with_signature_stamp(bytes, &stamped.token).map_err(|e| e.words())
                }
                Some(Err(words)) => Err(words.clone()),
                None => continue,
            };
            match added {
                Ok(raised) => *bytes = raised,
                Err(words) => failed.push((path, words)),
            }
        }
        Freshly {
            files,
            failed,
            journalled,
        }
    }

    /// Takes an answer, and has it on the disk before it is used.
    fn take(&self, request: &Request, nonce: u64, answer: &[u8]) -> Result<Stamped, Words> {
        let now = (self.clock)();
        let token = timestamp::accept(answer, request, self.store, now);
        let token = token.map_err(|refusal| refusal.words())?;
        let key = key(request.imprint());
        let entry = [
            &nonce.to_be_bytes()[..],
            &now.as_second().to_be_bytes(),
            answer,
        ];
        let kept = self.journal.put(&key, &entry.concat());
        kept.map_err(|error| error.words())?;
        Ok(Stamped { token, key })
    }

    /// What an earlier run got, judged again as of when it came.
    fn journalled(&self, imprint: Sha256) -> Option<Stamped> {
        let key = key(imprint);
        let entry = self.journal.get(&key)?;
        let (nonce, rest) = entry.split_first_chunk::<8>()?;
        let (came, answer) = rest.split_first_chunk::<8>()?;
        let request = Request::over(imprint, u64::from_be_bytes(*nonce));
        let came = Timestamp::from_second(i64::from_be_bytes(*came)).ok()?;
        let token = timestamp::accept(answer, &request, self.store, came).ok()?;
        Some(Stamped { token, key })
    }
}

/// The journal holds signatures too, under digests of other things.
fn key(imprint: Sha256) -> Sha256 {
    Sha256::of(&[b"RFC 3161 ", &imprint.as_bytes()[..]].concat())
}

fn offline() -> Words {
    Words::new(
        "chưa có dấu thời gian, và không hỏi nơi cấp nào",
        "there is no time-stamp yet, and nobody is asked for one",
    )
}
