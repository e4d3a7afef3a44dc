//! A program that signs: it reads a [`Job`] on its standard input and writes the same job, with `sig`
//! filled in, to its standard output. So services and key stores that are not known here (a
//! provider's REST interface, a cloud's KMS) stay out of this program.
//!
//! It is started without a shell and without arguments; what it writes is bounded, and so is its
//! time. Its standard error is the terminal's, so that it can ask for a confirmation.

use std::io::Read;
use std::io::Write;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::mpsc;
use std::time::Duration;

use jiff::Timestamp;

use crate::keys::KeyError;
use crate::keys::Means;
use crate::keys::OpenKey;
use crate::keys::file;
use crate::keys::job::Item;
use crate::keys::job::JOB_LIMIT;
use crate::keys::job::Job;
use crate::sign::Credential;
use crate::sign::Scheme;
use crate::sign::Signer;
use crate::sign::SignerError;

/// How many signatures are asked for at once: what the smallest of the known services takes.
const AT_ONCE: usize = 50;

/// `program:PATH;cert=FILE[;chain=FILE][;seconds=N]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramUri {
    /// The program's file.
    pub path: PathBuf,
    /// The signer's certificate.
    pub certificate: PathBuf,
    /// Certificates above it.
    pub chain: Option<PathBuf>,
    /// How long it may take for one job.
    pub seconds: u64,
}

impl ProgramUri {
    /// Five minutes: somebody has to find a telephone and confirm on it.
    pub const SECONDS: u64 = 300;
}

struct Program {
    path: PathBuf,
    limit: Duration,
    certificate: Vec<u8>,
    chain: Vec<Vec<u8>>,
    scheme: Scheme,
    /// One job at a time: whoever confirms must not be asked twice at once.
    turn: Mutex<()>,
}

pub(crate) fn open(uri: &ProgramUri, means: &Means<'_>) -> Result<OpenKey, KeyError> {
    let certificate = certificate(uri, means)?;
    let mut pool = means.chain.to_vec();
    if let Some(chain) = &uri.chain {
        pool.extend(file::certificates(&file::within(means.dir, chain))?);
    }
    let path = file::beside(means.dir, &uri.path);
    Ok(Box::new(Program {
        path,
        limit: Duration::from_secs(uri.seconds),
        scheme: Scheme::of_certificate(&certificate, means.pss)?,
        chain: file::path_above(&certificate, &pool),
        certificate,
        turn: Mutex::new(()),
    }))
}

pub(crate) fn certificate(uri: &ProgramUri, means: &Means<'_>) -> Result<Vec<u8>, KeyError> {
    let path = file::within(means.dir, &uri.certificate);
    let mut all = file::certificates(&path)?;
    Ok(all.swap_remove(0))
}

impl Signer for Program {
    fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    fn chain(&self) -> &[Vec<u8>] {
        &self.chain
    }

    fn scheme(&self) -> Scheme {
        self.scheme
    }

    fn at_once(&self) -> usize {
        AT_ONCE
    }

    fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, SignerError> {
        let unanswered = || Err(failed("no answer"));
        self.sign_all(&[bytes]).pop().unwrap_or_else(unanswered)
    }

    fn sign_all(&self, all: &[&[u8]]) -> Vec<Result<Vec<u8>, SignerError>> {
        let mut job = Job::new(&Credential::of(self), Timestamp::UNIX_EPOCH);
        for bytes in all {
            job.items.push(Item::of(bytes, &self.scheme.hash(bytes)));
        }
        let turn = self.turn.lock();
        let answer = self.run(job.to_json());
        drop(turn);
        let answer =
            answer.and_then(|bytes| Job::read(&bytes).map_err(|error| failed(error.to_string())));
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => return all.iter().map(|_| Err(error.clone())).collect(),
        };
        // Found by what was asked for, not by place: a service may answer in another order, or
        // leave some out.
        all.iter()
            .map(|bytes| {
                let item = answer.items.iter().find(|item| item.asks_for(bytes));
                match item.and_then(Item::signature) {
                    Some(Some(signature)) => Ok(signature),
                    Some(None) => Err(failed("`sig` is no base64")),
                    None => Err(failed("no `sig`")),
                }
            })
            .collect()
    }
}

impl Program {
    fn run(&self, input: Vec<u8>) -> Result<Vec<u8>, SignerError> {
        let failed = |reason: String| failed(format!("{}: {reason}", self.path.display()));
        let mut child = Command::new(&self.path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| failed(error.to_string()))?;
        let (sender, answered) = mpsc::channel();
        if let Some(mut stdin) = child.stdin.take() {
            // What is not read is not needed: a program may answer before it has read everything.
            std::thread::spawn(move || drop(stdin.write_all(&input)));
        }
        if let Some(stdout) = child.stdout.take() {
            std::thread::spawn(move || {
                let mut bytes = Vec::new();
                let read = stdout.take(JOB_LIMIT + 1).read_to_end(&mut bytes);
                drop(sender.send(read.map(|_| bytes)));
            });
        }
        let outcome = match answered.recv_timeout(self.limit) {
            Ok(Ok(bytes)) if bytes.len() as u64 <= JOB_LIMIT => Ok(bytes),
            Ok(Ok(_)) => Err(failed(format!("> {JOB_LIMIT} byte"))),
            Ok(Err(error)) => Err(failed(error.to_string())),
            Err(_) => Err(failed(format!("> {} s", self.limit.as_secs()))),
        };
        end(&mut child, outcome.is_err());
        let status = child.wait().map_err(|error| failed(error.to_string()))?;
        match outcome {
            Ok(_) if !status.success() => Err(failed(status.to_string())),
            outcome => outcome,
        }
    }
}

/// A program whose answer was no good is not waited for.
fn end(child: &mut Child, forced: bool) {
    if forced {
        // It may be over already.
        drop(child.kill());
    }
}

fn failed(reason: impl Into<String>) -> SignerError {
    SignerError {
        reason: reason.into(),
    }
}
