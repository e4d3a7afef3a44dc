//! The files with what they lacked.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::diag::Words;
use crate::digest::Sha256;
use crate::path::RepoPath;
use crate::renewal::Case;
use crate::renewal::MAX_CONTENT;
use crate::renewal::Need;
use crate::renewal::evidence::Gatherer;
use crate::renewal::holding;
use crate::renewal::stamps::Stamping;
use crate::renewal::stands;
use crate::repo::Snapshot;
use crate::sign;
use crate::sign::TrustStore;
use crate::sign::level;
use crate::sign::level::LevelError;

/// What is needed to raise files.
pub struct Desk<'a> {
    /// Where the contents are.
    pub snapshot: &'a Snapshot,
    /// Whom and what the school trusts.
    pub store: &'a TrustStore,
    /// Who gives time-stamps.
    pub stamping: Stamping<'a>,
}

/// What came of raising.
#[derive(Debug, Default)]
pub struct Raised {
    /// Files with something added, by path.
    pub files: BTreeMap<RepoPath, Vec<u8>>,
    /// New revocation data, by path.
    pub evidence: BTreeMap<String, Vec<u8>>,
    /// Files that could not be raised, and why not.
    pub failed: Vec<(RepoPath, Words)>,
    /// Names in the journal, to be cleared once the files are committed.
    pub journalled: Vec<Sha256>,
}

/// A file on its way.
struct Work<'a> {
    case: &'a Case,
    bytes: Vec<u8>,
    content: Vec<u8>,
    /// How many time-stamps were added.
    stamped: usize,
    fault: Option<Words>,
}

impl Desk<'_> {
    /// Gets what the files lack and adds it. One that fails does not keep the others back.
    pub fn raise(&self, cases: &[Case], gatherer: &mut Gatherer<'_>) -> Raised {
        let mut raised = Raised::default();
        let mut works: Vec<Work<'_>> = cases.iter().map(|case| self.work(case)).collect();
        self.stamp(&mut works, Need::Stamp, &mut raised.journalled);
        for work in &mut works {
            if work.lacks(Need::Revocation) {
                let added = gatherer.add(&work.content, &work.bytes);
                work.now(added);
            }
        }
        self.stamp(&mut works, Need::ArchiveStamp, &mut raised.journalled);
        // Of the evidence too, only what goes into some file or speaks for one is kept.
        let store = gatherer.store();
        for work in works {
            let path = work.case.path.clone();
            if let Some(words) = work.fault.clone() {
                raised.failed.push((path.clone(), words));
            }
            // What it got before something failed stays.
            if work.bytes != work.case.bytes {
                match work.judged(store, (self.stamping.clock)()) {
                    Ok(bytes) => drop(raised.files.insert(path, bytes)),
                    Err(words) => raised.failed.push((path, words)),
                }
            }
        }
        raised.evidence = gatherer.kept();
        raised.journalled.extend(gatherer.journalled());
        raised
    }

    fn work<'a>(&self, case: &'a Case) -> Work<'a> {
        let (content, fault) = match self.snapshot.read(&case.content, MAX_CONTENT) {
            Ok(content) => (content, None),
            Err(error) => (Vec::new(), Some(error.words())),
        };
        Work {
            case,
            bytes: case.bytes.clone(),
            content,
            stamped: 0,
            fault,
        }
    }

    /// Adds a time-stamp to every file that lacks it.
    fn stamp(&self, works: &mut [Work<'_>], need: Need, journalled: &mut Vec<Sha256>) {
        let imprints: Vec<Option<Result<Sha256, LevelError>>> = works
            .iter()
            .map(|work| work.lacks(need).then(|| work.imprint(need)))
            .collect();
        let asked: Vec<Sha256> = imprints
            .iter()
            .flatten()
            .filter_map(|imprint| imprint.as_ref().ok().copied())
            .collect();
        let stamps = self.stamping.all(&asked);
        for (work, imprint) in works.iter_mut().zip(imprints) {
            let stamp = match imprint {
                None => continue,
                Some(Err(error)) => Err(error.words()),
                Some(Ok(imprint)) => match stamps.get(&imprint) {
                    Some(Ok(stamped)) => Ok(stamped),
                    Some(Err(words)) => Err(words.clone()),
                    None => continue,
                },
            };
            let added = stamp.and_then(|stamped| {
                journalled.push(stamped.key);
                let added = match need {
                    Need::ArchiveStamp => {
                        let content = Sha256::of(&work.content);
                        level::with_archive_stamp(&work.bytes, content, &stamped.token)
                    }
                    _ => level::with_signature_stamp(&work.bytes, &stamped.token),
                };
                added.map_err(|error| error.words())
            });
            work.stamped += usize::from(added.is_ok());
            work.now(added);
        }
    }
}

impl Work<'_> {
    fn lacks(&self, need: Need) -> bool {
        self.fault.is_none() && self.case.needs.contains(&need)
    }

    fn imprint(&self, need: Need) -> Result<Sha256, LevelError> {
        match need {
            Need::ArchiveStamp => {
                level::archive_stamp_imprint(&self.bytes, Sha256::of(&self.content))
            }
            _ => level::signature_stamp_imprint(&self.bytes),
        }
    }

    fn now(&mut self, added: Result<Vec<u8>, Words>) {
        match added {
            Ok(bytes) => self.bytes = bytes,
            Err(words) => self.fault = Some(words),
        }
    }

    /// Examines what came out as `verify` will: nothing may be worse than before, and every
    /// time-stamp that was added must count.
    fn judged(self, store: &TrustStore, now: Timestamp) -> Result<Vec<u8>, Words> {
        let examined = sign::verify(&*self.content, &self.bytes, store, now);
        let stamped = holding(&examined) >= self.case.stamps + self.stamped;
        let same = sign::only_adds(&self.case.bytes, &self.bytes);
        match stands(&examined) && stamped && same {
            true => Ok(self.bytes),
            false => Err(examined.words()),
        }
    }
}
