//! Signatures made elsewhere: `--prepare` writes what is to be signed, without key and network;
//! `--attach` puts in what came back. Nothing in the file is believed: what is to be signed is made
//! again from the repository and compared, byte for byte.

#![expect(
    clippy::disallowed_methods,
    reason = "a job is a file of the user, not of the repository"
)]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::Path;

use rayon::prelude::*;

use crate::cli;
use crate::cli::args::FindingFormat;
use crate::cli::exit::Fault;
use crate::cli::exit::Outcome;
use crate::cli::sign::Room;
use crate::cli::sign::SignArgs;
use crate::cli::sign::stamp;
use crate::cli::sign::told;
use crate::cli::sign::unknown;
use crate::cli::sign::unsigned;
use crate::cli::ui::Ui;
use crate::diag::Report;
use crate::diag::Words;
use crate::keys::file;
use crate::keys::job::Item;
use crate::keys::job::JOB_LIMIT;
use crate::keys::job::Job;
use crate::records::id::RecordId;
use crate::sign::Credential;
use crate::sign::Scheme;
use crate::signing::Desk;
use crate::signing::Failure;
use crate::signing::NotNow;
use crate::signing::Turn;
use crate::signing::Who;
use crate::signing::session;
use crate::trace::Traced;

/// Older jobs would claim a signing time long past.
const DAY_SECONDS: i64 = 24 * 60 * 60;
/// Clocks differ.
const AHEAD_SECONDS: i64 = 5 * 60;

/// What became of one item.
enum Fate {
    Attached(Box<Turn>, Vec<(String, Vec<u8>)>),
    /// Not answered yet.
    Open,
    /// The record has this signature already.
    Done(RecordId),
    Refused(Words),
    Findings(Vec<crate::diag::Finding>),
}

impl SignArgs {
    /// Writes the job.
    pub(super) fn prepare(
        &self,
        room: &Room<'_>,
        path: &Path,
        (given, chain): (Option<Vec<u8>>, Vec<Vec<u8>>),
        traced: Vec<Traced>,
        ui: &mut Ui,
    ) -> Result<Outcome, Fault> {
        let certificate = given.unwrap_or_default();
        let who = Who::of(&certificate, room.press.school, room.at)?;
        let desk = Desk {
            press: room.press,
            who: &who,
        };
        let asked = self.asked(&desk, traced);
        let (turns, passed_over) = self.turns(&desk, asked, ui)?;
        if turns.is_empty() {
            self.nothing(&who, ui);
            return Ok(passed_over);
        }
        let chain = file::path_above(&certificate, &chain);
        let scheme = Scheme::of_certificate(&certificate, self.pss)
            .map_err(|error| Fault::failed(error.words()))?;
        let credential = Credential {
            certificate: &certificate,
            chain: &chain,
            scheme,
        };
        let at = room.at;
        let items: Vec<Result<Item, Failure>> = turns
            .par_iter()
            .map(|turn| {
                let laid = desk.lay(turn)?;
                let prepared = desk.prepare(turn, &laid, &credential, at);
                let prepared = prepared.map_err(|error| failed(turn, error.words()))?;
                let signed = prepared.to_be_signed();
                let record = &turn.traced.record;
                let mut item = Item::of(signed, &scheme.hash(signed));
                item.record = record.id.to_string();
                item.title = record.title.clone();
                item.step = turn.statement.step.clone();
                item.file = laid.path();
                item.file_sha256 = laid.digest().to_string();
                item.file_size = laid.size() as u64;
                Ok(item)
            })
            .collect();
        let mut job = Job::new(&credential, room.at);
        let mut report = Report::default();
        for item in items {
            match item {
                Ok(item) => job.items.push(item),
                Err(Failure::Findings(found)) => report.add(found),
                Err(Failure::Key { id, words }) => {
                    return Err(Fault::failed(Words::new(
                        format!("`{id}`: {}", words.vi),
                        format!("`{id}`: {}", words.en),
                    )));
                }
                Err(Failure::NotAsked) => {}
            }
        }
        ui.findings(&report, FindingFormat::Text)?;
        if job.items.is_empty() || !report.is_empty() && !self.all {
            return Err(Fault::at_fault(Words::new(
                "không ghi ra việc ký nào",
                "no job was written",
            )));
        }
        let path = cli::within(room.dir, path);
        write_new(&path, &job.to_json())?;
        let (count, shown) = (job.items.len(), path.display());
        ui.say(&Words::new(
            format!("{shown}: {count} chữ ký cần làm; điền `sig` rồi chạy `hoso sign --attach {shown}` trong 24 giờ"),
            format!("{shown}: {count} signatures to be made; fill in `sig`, then run `hoso sign --attach {shown}` within 24 hours"),
        ));
        Ok(match report.is_empty() {
            true => passed_over,
            false => Outcome::AtFault,
        })
    }

    /// Puts in what came back.
    pub(super) fn attach(
        &self,
        room: &Room<'_>,
        path: &Path,
        traced: Vec<Traced>,
        ui: &mut Ui,
    ) -> Result<Outcome, Fault> {
        let path = cli::within(room.dir, path);
        let bytes = file::read(&path, JOB_LIMIT)?;
        let refused = |vi: &str, en: &str| {
            let shown = path.display();
            Fault::at_fault(Words::new(
                format!("{shown}: {vi}"),
                format!("{shown}: {en}"),
            ))
        };
        let job = Job::read(&bytes).map_err(|error| {
            let words = error.words();
            refused(&words.vi, &words.en)
        })?;
        let age = room.at.as_second().saturating_sub(job.created.as_second());
        if !(-AHEAD_SECONDS..=DAY_SECONDS).contains(&age) {
            return Err(refused(
                "việc ký lập quá 24 giờ trước (hoặc ở tương lai); hãy lập lại bằng `--prepare`",
                "the job is older than 24 hours (or of the future); make a new one with `--prepare`",
            ));
        }
        let Some((certificate, chain)) = job.certificates() else {
            return Err(refused(
                "chứng thư trong tệp không phải base64",
                "a certificate in it is no base64",
            ));
        };
        let who = Who::of(&certificate, room.press.school, room.at)?;
        let scheme = [false, true]
            .into_iter()
            .filter_map(|pss| Scheme::of_certificate(&certificate, pss).ok())
            .find(|scheme| scheme.name() == job.alg);
        let Some(scheme) = scheme else {
            return Err(refused(
                "thuật toán không hợp với khóa của chứng thư",
                "the algorithm does not fit the key of the certificate",
            ));
        };
        let credential = Credential {
            certificate: &certificate,
            chain: &file::path_above(&certificate, &chain),
            scheme,
        };
        let desk = Desk {
            press: room.press,
            who: &who,
        };
        let mut by_id: BTreeMap<RecordId, Traced> = traced
            .into_iter()
            .map(|t| (t.record.id.clone(), t))
            .collect();
        // Taken out one by one: an item that comes twice finds nothing the second time.
        let asked: Vec<(&Item, Result<Traced, Words>)> = job
            .items
            .iter()
            .map(|item| {
                let found = RecordId::parse(&item.record).and_then(|id| by_id.remove(&id));
                (item, found.ok_or_else(|| unknown(&item.record, &by_id)))
            })
            .collect();
        let fates: Vec<Fate> = asked
            .into_par_iter()
            .map(|(item, traced)| match traced {
                Ok(traced) => fate(&desk, item, traced, &credential, &job),
                Err(words) => Fate::Refused(words),
            })
            .collect();
        self.enter_all(room, &desk, fates, ui)
    }

    fn enter_all(
        &self,
        room: &Room<'_>,
        desk: &Desk<'_>,
        fates: Vec<Fate>,
        ui: &mut Ui,
    ) -> Result<Outcome, Fault> {
        let mut files = BTreeMap::new();
        let mut turns = Vec::new();
        let mut report = Report::default();
        let (mut open, mut refused) = (0, 0);
        let mut unstamped = Vec::new();
        for fate in fates {
            match fate {
                Fate::Attached(turn, made) => {
                    files.extend(made);
                    turns.push(turn);
                }
                Fate::Open => open += 1,
                Fate::Done(id) => ui.say(&NotNow::Done.words(&id)),
                Fate::Refused(words) => {
                    refused += 1;
                    ui.say(&words);
                }
                Fate::Findings(found) => {
                    refused += 1;
                    report.add(found);
                }
            }
        }
        ui.findings(&report, FindingFormat::Text)?;
        if !turns.is_empty() {
            let Some(journal) = room.journal else {
                return Ok(Outcome::Done);
            };
            let stamper = self.stamper(room)?;
            let bar = ui.bar();
            let stamped = stamp::stamp(&stamper, files, (room, journal), &bar);
            bar.finish();
            stamp::say(&stamped.failed, ui);
            let message = session::signed_message(desk.who, turns.len());
            let entered = session::enter(room.repo, room.revision, stamped.files, desk, &message);
            let id = entered.map_err(|failed| unsigned(failed, ui))?;
            journal.clear(&stamped.journalled);
            let shown: Vec<&Turn> = turns.iter().map(AsRef::as_ref).collect();
            self.show(&shown, ui)?;
            told(turns.len(), &id, ui);
            unstamped = stamped.failed;
        }
        if open > 0 {
            ui.say(&Words::new(
                format!("{open} mục chưa có chữ ký (`sig`); điền xong chạy lại"),
                format!("{open} items have no signature (`sig`) yet; fill them in and run again"),
            ));
        }
        if refused > 0 && turns.is_empty() {
            return Err(Fault::at_fault(Words::new(
                "không gắn chữ ký nào",
                "nothing was attached",
            )));
        }
        stamp::outcome(unstamped)?;
        Ok(match refused {
            0 => Outcome::Done,
            _ => Outcome::AtFault,
        })
    }
}

/// Makes an item again from the repository, compares, and puts the signature in.
fn fate(
    desk: &Desk<'_>,
    item: &Item,
    traced: Traced,
    credential: &Credential<'_>,
    job: &Job,
) -> Fate {
    let id = traced.record.id.clone();
    let refused = |vi: &str, en: &str| {
        Fate::Refused(Words::new(format!("`{id}`: {vi}"), format!("`{id}`: {en}")))
    };
    let raw = match item.signature() {
        None => return Fate::Open,
        Some(None) => return refused("`sig` không phải base64", "`sig` is no base64"),
        Some(Some(raw)) => raw,
    };
    let turn = match desk.turn(traced) {
        Ok(turn) => turn,
        Err(NotNow::Done) => return Fate::Done(id),
        Err(why) => return Fate::Refused(why.words(&id)),
    };
    let made = desk.lay(&turn).and_then(|laid| {
        let prepared = desk.prepare(&turn, &laid, credential, job.created);
        let prepared = prepared.map_err(|error| failed(&turn, error.words()))?;
        // Another text, form, step or earlier signature than when the job was written.
        if !item.asks_for(prepared.to_be_signed()) {
            return Err(failed(
                &turn,
                Words::new(
                    "hồ sơ, bản in hoặc chữ ký trước đó đã khác lúc lập việc ký; hãy lập lại bằng `--prepare`",
                    "the record, its form or the signatures before it are no longer those of the job; make a new one with `--prepare`",
                ),
            ));
        }
        desk.attach(&turn, &laid, &prepared, &raw)
    });
    match made {
        Ok(files) => Fate::Attached(Box::new(turn), files),
        Err(Failure::Findings(found)) => Fate::Findings(found),
        Err(Failure::Key { words, .. }) => refused(&words.vi, &words.en),
        Err(Failure::NotAsked) => Fate::Open,
    }
}

fn failed(turn: &Turn, words: Words) -> Failure {
    Failure::Key {
        id: turn.traced.record.id.clone(),
        words,
    }
}

/// Writes a file that is not there yet: an older job may hold signatures already.
fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Fault> {
    let failed = |error: std::io::Error| {
        let path = path.display();
        Fault::failed(Words::new(
            format!("không ghi được {path}: {error}"),
            format!("cannot write {path}: {error}"),
        ))
    };
    let mut file = File::create_new(path).map_err(failed)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    if written.is_err() {
        // Half a job is none; if even this fails, reading it will say so.
        let _ = std::fs::remove_file(path);
    }
    written.map_err(failed)
}
