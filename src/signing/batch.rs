//! Many signatures with one key. Each is in the journal before the next is asked for, so a run that
//! is cut off anywhere is taken up where it was: the key never signs the same thing twice.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use jiff::Timestamp;
use rayon::prelude::*;

use crate::diag::Finding;
use crate::diag::Words;
use crate::digest::Sha256;
use crate::path::Malformed;
use crate::path::RepoPath;
use crate::records::id::RecordId;
use crate::render;
use crate::render::kept;
use crate::render::kept::SignatureFile;
use crate::render::kept::Version;
use crate::repo::Journal;
use crate::sign;
use crate::sign::Answer;
use crate::sign::Credential;
use crate::sign::Prepared;
use crate::sign::Profile;
use crate::sign::Signer;
use crate::signing::Desk;
use crate::signing::Turn;

/// What a batch is made with.
pub struct Batch<'a> {
    /// The turns, in any order.
    pub turns: &'a [Turn],
    /// The key.
    pub signer: &'a (dyn Signer + Sync),
    /// Where each signature is kept at once.
    pub journal: &'a Journal,
    /// Called once for each signature that there is.
    pub progress: &'a (dyn Fn() + Sync),
}

/// What came of a batch.
#[derive(Default)]
pub struct Made {
    /// New files by path.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The records they are for.
    pub records: Vec<RecordId>,
    /// How many of the signatures an earlier run had made.
    pub resumed: usize,
    /// Their names in the journal, to be cleared once they are committed.
    pub journalled: Vec<Sha256>,
    /// Forms that could not be set, and signatures that would not hold.
    pub findings: Vec<Finding>,
    /// What the key said when it failed; nothing was asked of it after that.
    pub stopped: Option<(RecordId, Words)>,
}

/// Why there is no signature.
#[derive(Clone, Debug)]
pub enum Failure {
    /// A form could not be set, or the signature would not hold.
    Findings(Vec<Finding>),
    /// The key did not sign, or the signature could not be kept.
    Key {
        /// The record.
        id: RecordId,
        /// What it said.
        words: Words,
    },
    /// The key had failed before; it was not asked.
    NotAsked,
}

/// A form that lies ready for its signature.
pub struct Laid {
    version: Version,
    new: bool,
}

impl Laid {
    /// SHA-256 of the form.
    pub fn digest(&self) -> Sha256 {
        self.version.digest
    }

    /// Its size in bytes.
    pub fn size(&self) -> usize {
        self.version.pdf.len()
    }

    /// Its bytes.
    pub fn bytes(&self) -> Arc<[u8]> {
        Arc::clone(&self.version.pdf)
    }

    /// Where it lies, or will.
    pub fn path(&self) -> String {
        format!("{}/form.pdf", self.version.folder)
    }
}

/// One signature with the files it brings.
struct One {
    id: RecordId,
    files: Vec<(String, Vec<u8>)>,
    resumed: bool,
    journalled: Sha256,
}

/// A turn on the way to its signature.
enum Way {
    There(One),
    Asked {
        laid: Laid,
        prepared: Box<Prepared>,
        name: Sha256,
    },
}

impl Desk<'_> {
    /// Makes the signatures. One that fails does not stop the others, unless it was the key.
    pub fn sign(&self, batch: &Batch<'_>) -> Made {
        let stop = AtomicBool::new(false);
        let outcomes: Vec<Result<One, Failure>> = batch
            .turns
            .par_chunks(batch.signer.at_once().max(1))
            .flat_map_iter(|some| self.some(batch, some, &stop))
            .collect();
        comemo::evict(0);
        let mut made = Made::default();
        for outcome in outcomes {
            match outcome {
                Ok(one) => {
                    made.files.extend(one.files);
                    made.records.push(one.id);
                    made.resumed += usize::from(one.resumed);
                    made.journalled.push(one.journalled);
                }
                Err(Failure::Findings(found)) => made.findings.extend(found),
                Err(Failure::Key { id, words }) => {
                    made.stopped.get_or_insert((id, words));
                }
                Err(Failure::NotAsked) => {}
            }
        }
        made
    }

    /// Those that are asked for together.
    fn some(
        &self,
        batch: &Batch<'_>,
        turns: &[Turn],
        stop: &AtomicBool,
    ) -> Vec<Result<One, Failure>> {
        let ways: Vec<Result<Way, Failure>> = turns
            .par_iter()
            .map(|turn| match stop.load(Ordering::Relaxed) {
                true => Err(Failure::NotAsked),
                false => self.way(batch, turn),
            })
            .collect();
        let asked: Vec<&[u8]> = ways
            .iter()
            .filter_map(|way| match way {
                Ok(Way::Asked { prepared, .. }) => Some(prepared.to_be_signed()),
                _ => None,
            })
            .collect();
        let mut answers = match asked.is_empty() || stop.load(Ordering::Relaxed) {
            true => Vec::new(),
            false => batch.signer.sign_all(&asked),
        }
        .into_iter();
        let finish = |(turn, way): (&Turn, Result<Way, Failure>)| {
            let one = match way? {
                Way::There(one) => one,
                Way::Asked {
                    laid,
                    prepared,
                    name,
                } => {
                    let id = &turn.traced.record.id;
                    let key = |words| {
                        stop.store(true, Ordering::Relaxed);
                        let id = id.clone();
                        Failure::Key { id, words }
                    };
                    let raw = answers.next().ok_or(Failure::NotAsked)?;
                    let raw = raw.map_err(|error| key(error.words()))?;
                    let bytes = prepared
                        .complete(&laid.version.pdf, &raw)
                        .map_err(|error| key(error.words()))?;
                    let kept = batch.journal.put(&name, &bytes);
                    kept.map_err(|error| key(error.words()))?;
                    One {
                        id: id.clone(),
                        files: self.enter(turn, &laid, bytes)?,
                        resumed: false,
                        journalled: name,
                    }
                }
            };
            (batch.progress)();
            Ok(one)
        };
        turns.iter().zip(ways).map(finish).collect()
    }

    /// Lays a form, and looks whether its signature is there already.
    fn way(&self, batch: &Batch<'_>, turn: &Turn) -> Result<Way, Failure> {
        let id = &turn.traced.record.id;
        let laid = self.lay(turn)?;
        let credential = Credential::of(batch.signer);
        let failed = |error: sign::SignError| Failure::Key {
            id: id.clone(),
            words: error.words(),
        };
        let at = self.press.trust.at;
        let prepared = self.prepare(turn, &laid, &credential, at).map_err(failed)?;
        let name = journal_name(turn, &laid, &credential).map_err(failed)?;
        let left = batch.journal.get(&name);
        let left = left.filter(|bytes| self.is_the_same(turn, &laid, &credential, bytes));
        if let Some(bytes) = left
            && let Ok(files) = self.enter(turn, &laid, bytes)
        {
            return Ok(Way::There(One {
                id: id.clone(),
                files,
                resumed: true,
                journalled: name,
            }));
        }
        Ok(Way::Asked {
            laid,
            prepared: Box::new(prepared),
            name,
        })
    }

    /// The form of a turn: the one that others have signed, or set now.
    ///
    /// # Errors
    /// What keeps it from being set.
    pub fn lay(&self, turn: &Turn) -> Result<Laid, Failure> {
        if let Some(version) = &turn.version {
            return Ok(Laid {
                version: version.clone(),
                new: false,
            });
        }
        let record = &turn.traced.record;
        let pdf = render::set(self.press, record).map_err(Failure::Findings)?;
        let digest = Sha256::of(&pdf);
        let folder = RepoPath::parse(&kept::folder(&record.id, &digest))
            .map_err(|error| unsound_path(&record.id, &error))?;
        Ok(Laid {
            version: Version {
                folder,
                pdf: pdf.into(),
                digest,
                source: Some(record.source.digest),
                signatures: Vec::new(),
                standing: 0,
            },
            new: true,
        })
    }

    /// What is to be signed for a turn.
    ///
    /// # Errors
    /// As [`sign::prepare`].
    pub fn prepare(
        &self,
        turn: &Turn,
        laid: &Laid,
        credential: &Credential<'_>,
        at: Timestamp,
    ) -> Result<Prepared, sign::SignError> {
        let profile = Profile::Cades(&turn.statement);
        sign::prepare(&laid.version.pdf, profile, credential, at)
    }

    /// Puts in a signature that was made elsewhere, and gives the files to be entered.
    ///
    /// # Errors
    /// [`Failure`], and then nothing of it may be entered.
    pub fn attach(
        &self,
        turn: &Turn,
        laid: &Laid,
        prepared: &Prepared,
        raw: &[u8],
    ) -> Result<Vec<(String, Vec<u8>)>, Failure> {
        let bytes = prepared.complete(&laid.version.pdf, raw).map_err(|error| {
            let id = turn.traced.record.id.clone();
            let words = error.words();
            Failure::Key { id, words }
        })?;
        self.enter(turn, laid, bytes)
    }

    /// Whether bytes from the journal are a good signature with this very certificate over this
    /// very form, and state this very thing.
    fn is_the_same(
        &self,
        turn: &Turn,
        laid: &Laid,
        credential: &Credential<'_>,
        bytes: &[u8],
    ) -> bool {
        let trust = self.press.trust;
        let examined = sign::verify(&*laid.version.pdf, bytes, trust.store, trust.at);
        let own = examined
            .certificate()
            .is_some_and(|facts| facts.sha256 == Sha256::of(credential.certificate));
        own && [examined.intact(), examined.valid()] == [Answer::Yes; 2]
            && examined.statement() == Some(&turn.statement)
    }

    /// The files that a signature brings, examined as `verify` will: what would not hold is never
    /// entered, since nothing that is entered can be taken away.
    fn enter(
        &self,
        turn: &Turn,
        laid: &Laid,
        bytes: Vec<u8>,
    ) -> Result<Vec<(String, Vec<u8>)>, Failure> {
        let mut version = laid.version.clone();
        let name = kept::file_name(&turn.statement.step, &turn.statement.signer);
        let path = version
            .folder
            .join(&name)
            .map_err(|error| unsound_path(&turn.traced.record.id, &error))?;
        let file =
            SignatureFile::beside(&version.pdf, path.clone(), bytes.clone(), self.press.trust);
        version.signatures.push(file);
        let mut findings = Vec::new();
        let record = &turn.traced.record;
        let examination = self.examination();
        let seals = examination.examine(record, Some(&version), &[], &mut findings);
        let holds = seals
            .current
            .iter()
            .any(|seal| seal.file.path == path && seal.holds());
        findings.retain(|finding| finding.place.file == path.as_str());
        if !holds {
            return Err(Failure::Findings(findings));
        }
        let mut files = vec![(path.to_string(), bytes)];
        if laid.new {
            files.push((laid.path(), version.pdf.to_vec()));
        }
        Ok(files)
    }
}

/// What a signature answers, as its name in the journal: the form, the statement with all that came
/// before, the certificate and the algorithm.
fn journal_name(
    turn: &Turn,
    laid: &Laid,
    credential: &Credential<'_>,
) -> Result<Sha256, sign::SignError> {
    let (form, certificate) = (laid.digest(), Sha256::of(credential.certificate));
    let asked = [
        form.as_bytes().as_slice(),
        certificate.as_bytes(),
        credential.scheme.name().as_bytes(),
        &[0],
        &turn.statement.to_der()?,
    ];
    Ok(Sha256::of(&asked.concat()))
}

fn unsound_path(id: &RecordId, error: &Malformed) -> Failure {
    Failure::Key {
        id: id.clone(),
        words: Words::new(error.vi(), error.en()),
    }
}
