//! The verbs. This is the only place that reads the clock and the environment, and that talks.

pub mod account;
pub mod act;
pub mod args;
pub mod book;
pub mod build;
pub mod check;
pub mod editor;
pub mod doctor;
pub mod exit;
pub mod export;
pub mod forge;
pub mod format;
pub mod help;
pub mod import;
pub mod init;
pub mod key;
pub mod log;
pub mod new;
pub mod new_year;
pub mod number;
pub mod renew;
pub mod report;
pub mod seal;
pub mod serve;
pub mod setup;
pub mod sign;
pub mod status;
pub mod template;
pub mod ui;
pub mod verify;

use std::ffi::OsString;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::CommandFactory;
use clap::FromArgMatches;
use jiff::Timestamp;
use secrecy::SecretString;

use crate::cache::Cache;
use crate::cli::args::Args;
use crate::cli::args::Verb;
use crate::cli::exit::Fault;
use crate::cli::exit::Outcome;
use crate::cli::ui::Ui;
use crate::diag::Lang;
use crate::diag::Words;
use crate::digest::Sha256;
use crate::keys;
use crate::keys::KeyError;
use crate::repo::Repo;
use crate::sign::Act;

/// Runs the program on a command line.
pub fn run(line: impl IntoIterator<Item = OsString>) -> ExitCode {
    let line: Vec<OsString> = line.into_iter().collect();
    let lang = help::language(&line, environment("HOSO_LANG").as_deref());
    let matches = match help::in_language(Args::command(), lang).try_get_matches_from(line) {
        Ok(matches) => matches,
        Err(error) => {
            return match help::fault(&error) {
                Some(fault) => Ui::new(lang).fault(&fault),
                // Help or version, which clap prints itself; a reader that went away is no fault.
                None => {
                    let _ = error.print();
                    ExitCode::from(if error.use_stderr() {
                        exit::USAGE
                    } else {
                        exit::DONE
                    })
                }
            };
        }
    };
    let args = match Args::from_arg_matches(&matches) {
        Ok(args) => args,
        Err(error) => error.exit(),
    };
    let mut ui = Ui::new(lang);
    match dispatch(&args, &mut ui) {
        Ok(outcome) => outcome.code(),
        Err(fault) => ui.fault(&fault),
    }
}

fn dispatch(args: &Args, ui: &mut Ui) -> Result<Outcome, Fault> {
    let dir = &args.dir;
    match &args.verb {
        Verb::Init(verb) => verb.run(dir, ui),
        Verb::New(verb) => verb.run(dir, ui),
        Verb::Import(verb) => verb.run(dir, ui),
        Verb::Template(verb) => verb.run(dir, ui),
        Verb::Setup(verb) => verb.run(dir, ui),
        Verb::Doctor(verb) => verb.run(dir, ui),
        Verb::NewYear(verb) => verb.run(dir, ui),
        Verb::Comment(verb) => verb.run(dir, ui),
        Verb::Number(verb) => verb.run(dir, ui),
        Verb::Book(verb) => verb.run(dir, ui),
        Verb::Renew(verb) => verb.run(dir, ui),
        Verb::Report(verb) => verb.run(dir, ui),
        Verb::Serve(verb) => verb.run(dir, ui),
        Verb::Account { verb } => verb.run(dir, ui),
        Verb::Editor(verb) => verb.run(dir, ui),
        Verb::Check(verb) => verb.run(dir, ui),
        Verb::Build(verb) => verb.run(dir, ui),
        Verb::Sign(verb) => verb.run(dir, ui),
        Verb::Export(verb) => verb.run(dir, ui),
        Verb::Return(verb) => verb.run(Act::Return, dir, ui),
        Verb::Withdraw(verb) => verb.run(Act::Withdraw, dir, ui),
        Verb::Supersede(verb) => verb.run(dir, ui),
        Verb::Status(verb) => verb.run(dir, ui),
        Verb::Seal(verb) => verb.run(dir, ui),
        Verb::Verify(verb) => verb.run(dir, ui),
        Verb::Log(verb) => verb.run(dir, ui),
        Verb::Completions { shell } => help::completions(*shell, ui),
        Verb::Man => help::manual(ui),
    }
}

/// The present instant, whole seconds; `SOURCE_DATE_EPOCH` stands in for it where it is set
/// (reproducible-builds.org).
///
/// # Errors
/// When `SOURCE_DATE_EPOCH` is no number of seconds.
pub fn now() -> Result<Timestamp, Fault> {
    let at = match environment("SOURCE_DATE_EPOCH") {
        Some(text) => text
            .parse()
            .ok()
            .and_then(|seconds| Timestamp::from_second(seconds).ok())
            .ok_or_else(|| {
                Fault::usage(Words::new(
                    format!("SOURCE_DATE_EPOCH=`{text}` không phải số giây"),
                    format!("SOURCE_DATE_EPOCH=`{text}` is no number of seconds"),
                ))
            })?,
        None => clock(),
    };
    Ok(Timestamp::from_second(at.as_second()).unwrap_or(at))
}

/// Reads a small file that is no part of a repository: a key, a password, a list of anchors.
///
/// # Errors
/// When it cannot be read.
pub fn read_small(path: &Path) -> Result<Vec<u8>, Fault> {
    read_up_to(path, MAX_SMALL)
}

/// Reads the first `most` bytes of a file that is no part of a repository.
///
/// # Errors
/// When it cannot be read.
#[expect(
    clippy::disallowed_methods,
    reason = "keys, anchors and copies of the user are not part of the repository"
)]
pub fn read_up_to(path: &Path, most: u64) -> Result<Vec<u8>, Fault> {
    let failed = |error: std::io::Error| {
        let path = path.display();
        Fault::failed(Words::new(
            format!("không đọc được {path}: {error}"),
            format!("cannot read {path}: {error}"),
        ))
    };
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(most).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

/// Writes what the user asked for at the place that the user named.
///
/// # Errors
/// When it cannot be written.
#[expect(
    clippy::disallowed_methods,
    reason = "copies and reports of the user are not part of the repository"
)]
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Fault> {
    std::fs::write(path, bytes).map_err(|error| {
        let path = path.display();
        Fault::failed(Words::new(
            format!("không ghi được {path}: {error}"),
            format!("cannot write {path}: {error}"),
        ))
    })
}

/// A password or PIN: the first line of a file, or asked for on the terminal.
///
/// # Errors
/// When the file cannot be read, or there is nobody to ask.
pub fn secret(
    dir: &Path,
    file: Option<&Path>,
    what: &Words,
    lang: Lang,
) -> Result<SecretString, KeyError> {
    match file {
        Some(path) => keys::file::secret(&within(dir, path)),
        None => Ui::new(lang)
            .ask_secret(what)
            .map_err(|error| KeyError::NoSecret {
                reason: error.to_string(),
            }),
    }
}

/// Largest key or list of anchors.
const MAX_SMALL: u64 = 1024 * 1024;

/// What earlier runs of this very program made, in `folder`, in that of `HOSO_CACHE`, or else beside the repository. None
/// when the program cannot read itself: then nothing tells its work from that of another one.
#[expect(
    clippy::disallowed_methods,
    reason = "the program that runs is part of the environment"
)]
pub fn cache(repo: &Repo, folder: Option<PathBuf>) -> Option<Cache> {
    let program = std::env::current_exe().and_then(std::fs::File::open);
    let (program, _) = Sha256::of_all(program.ok()?).ok()?;
    let folder = folder
        .or_else(|| environment("HOSO_CACHE").map(PathBuf::from))
        .unwrap_or_else(|| repo.private_path(CACHE));
    Some(Cache::new(folder, program))
}

/// The folder of what earlier runs made, below the repository's own.
const CACHE: &str = "cache";

/// A path that was typed, as seen from the folder that `-C` names.
pub fn within(dir: &Path, path: &Path) -> PathBuf {
    if dir == Path::new(".") {
        path.to_owned()
    } else {
        dir.join(path)
    }
}

#[expect(clippy::disallowed_methods, reason = "the one clock of the program")]
fn clock() -> Timestamp {
    Timestamp::now()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one reader of the environment"
)]
pub(crate) fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// A number that nobody can guess.
pub fn random() -> u64 {
    let mut bytes = [0; 8];
    // The backend's own source cannot fail on a system that runs at all; a nonce of zero would only
    // be refused or guessed, and the time-stamp is checked in every other way too.
    let _ = aws_lc_rs::rand::fill(&mut bytes);
    u64::from_be_bytes(bytes)
}

/// The language of messages on this command line, for what runs before the arguments are read.
pub fn default_language() -> Lang {
    help::language(&[], environment("HOSO_LANG").as_deref())
}
