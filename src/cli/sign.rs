//! `hoso sign`: signs what is this signer's turn, and commits the signatures.
//!
//! * `plan`: what would be signed, and why not the rest, before any key is touched
//! * `page`: the same on a page of this machine
//! * `stamp`: time-stamps over what was signed, before it is committed
//! * `elsewhere`: the same signatures made by somebody else's signer, with a job file in between

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;

use jiff::Timestamp;
use rayon::prelude::*;

use crate::cli;
use crate::cli::args::FindingFormat;
use crate::cli::args::Format;
use crate::cli::exit::Fault;
use crate::cli::exit::Outcome;
use crate::cli::ui::Ui;
use crate::diag::Finding;
use crate::diag::Report;
use crate::diag::Words;
use crate::diag::words::tame;
use crate::keys;
use crate::keys::KeyUri;
use crate::keys::Means;
use crate::keys::OpenKey;
use crate::pipeline::Progress;
use crate::pipeline::Stage;
use crate::records::id::RecordId;
use crate::render::Press;
use crate::repo::FOLDERS;
use crate::repo::Journal;
use crate::repo::Repo;
use crate::repo::Revision;
use crate::sign::CertificateFacts;
use crate::signing::Desk;
use crate::signing::NotNow;
use crate::signing::Turn;
use crate::signing::Who;
use crate::signing::session;
use crate::signing::session::Books;
use crate::signing::session::Failed;
use crate::signing::session::Order;
use crate::trace::Traced;

mod elsewhere;
mod page;
mod plan;
mod stamp;
mod words;

use words::kept as told_kept;
use words::no_signer;
use words::nothing_signed;
use words::read_first;
use words::told;
use words::unknown;
use words::unseen;

/// What `sign` takes.
#[derive(Debug, clap::Args)]
pub struct SignArgs {
    #[arg(
        value_name = "RECORD",
        help = "Mã các hồ sơ cần ký ¦ Ids of the records to sign"
    )]
    records: Vec<String>,

    #[arg(
        long,
        value_name = "KEY",
        help = "Khóa của người ký: tệp .p12, `pkcs11:token=…` (RFC 7512), `env:TÊN`, `program:TỆP;cert=TỆP`, hoặc dịch vụ ký `csc:https://…` ¦ The signer's key: a .p12 file, `pkcs11:token=…` (RFC 7512), `env:NAME`, `program:PATH;cert=FILE`, or a signing service `csc:https://…`"
    )]
    key: Option<String>,

    #[arg(
        long,
        value_name = "FILE",
        help = "Chứng thư của người ký (PEM hoặc DER), khi nơi giữ khóa không có hoặc có nhiều; với --dry-run và --prepare thay cho khóa ¦ The signer's certificate (PEM or DER), where the key's place has none or several; with --dry-run and --prepare instead of a key"
    )]
    cert: Option<PathBuf>,

    #[arg(
        long,
        value_name = "FILE",
        help = "Thêm chứng thư của cơ quan cấp (PEM), dùng được nhiều lần ¦ More certificates of authorities (PEM); may be repeated"
    )]
    chain: Vec<PathBuf>,

    #[arg(
        long = "as",
        value_name = "PERSON",
        conflicts_with = "cert",
        help = "Với --dry-run: xem việc ký của người này (mã trong school.yaml, hoặc `dau`); với --page: người giữ tệp khóa ¦ With --dry-run: look as this person (an id of school.yaml, or `dau`); with --page: whose key file it is"
    )]
    person: Option<String>,

    #[arg(
        long,
        conflicts_with = "records",
        help = "Ký mọi hồ sơ đến lượt mình ¦ Sign every record whose turn it is"
    )]
    all: bool,

    #[arg(
        long,
        value_name = "FILE",
        help = "Đọc mật khẩu hoặc PIN từ tệp thay vì hỏi (cho máy chạy tự động) ¦ Read the password or PIN from a file instead of asking (for machines)"
    )]
    password_file: Option<PathBuf>,

    #[arg(
        long,
        help = "Ký cả khi token báo chỉ còn một lần nhập PIN ¦ Sign even if the token says that one try of the PIN is left"
    )]
    last_try: bool,

    #[arg(
        long,
        help = "Khóa RSA ký theo RSASSA-PSS ¦ Sign with RSASSA-PSS (RSA keys)"
    )]
    pss: bool,

    #[arg(
        long,
        help = "Ký tiếp lên bản in mà người trước đã ký, dù nay văn bản dựng ra bản khác (mẫu hoặc chương trình đã đổi); hãy đọc form.pdf trước ¦ Sign on over the form that others have signed although the text gives another one now (layouts or program changed); read form.pdf first"
    )]
    as_signed: bool,

    #[arg(
        long,
        value_name = "URL",
        conflicts_with = "no_tsa",
        help = "Xin dấu thời gian ở đây ngay sau khi ký, thay cho `thoi-gian` của school.yaml; dùng được nhiều lần ¦ Get time-stamps here right after signing, in place of `thoi-gian` in school.yaml; may be repeated"
    )]
    tsa: Vec<String>,

    #[arg(
        long,
        help = "Không xin dấu thời gian lúc này (sau này: `hoso renew`) ¦ Get no time-stamps now (later: `hoso renew`)"
    )]
    no_tsa: bool,

    #[arg(
        short = 'n',
        long,
        help = "Chỉ cho xem những gì sẽ ký, không dùng đến khóa ¦ Only show what would be signed; no key is used"
    )]
    dry_run: bool,

    #[arg(
        long,
        requires = "key",
        conflicts_with_all = ["records", "all", "dry_run", "prepare", "attach", "password_file", "last_try", "as_signed"],
        help = "Mở trang ký trong trình duyệt, chỉ trên máy này ¦ Show the signing page in a browser, on this machine only"
    )]
    page: bool,

    #[arg(
        long,
        value_name = "PORT",
        help = "Với --page: cổng trên máy này (7337); 0 là cổng trống bất kỳ ¦ With --page: port on this machine (7337); 0 is any free one"
    )]
    port: Option<u16>,

    #[arg(
        long,
        value_name = "JOB.json",
        requires = "cert",
        conflicts_with_all = ["key", "dry_run", "attach"],
        help = "Không ký mà ghi việc ký ra tệp, để ký ở nơi khác ¦ Do not sign; write what is to be signed into a file, for a signer elsewhere"
    )]
    prepare: Option<PathBuf>,

    #[arg(
        long,
        value_name = "JOB.json",
        conflicts_with_all = ["key", "cert", "dry_run", "all", "records"],
        help = "Gắn các chữ ký đã ký ở nơi khác ¦ Put in the signatures that were made elsewhere"
    )]
    attach: Option<PathBuf>,

    #[arg(
        long,
        value_name = "FORMAT",
        hide_possible_values = true,
        default_value = "text",
        help = "Dạng kết quả: text hoặc json ¦ Form of the result: text or json"
    )]
    format: Format,
}

/// Everything that is read before anybody signs.
struct Room<'a> {
    repo: &'a Repo,
    revision: &'a Revision,
    press: &'a Press<'a>,
    dir: &'a Path,
    at: Timestamp,
    /// Where signatures are to be made: locked for this process.
    journal: Option<&'a Journal>,
}

/// The records asked for, parted.
#[derive(Default)]
struct Asked {
    turns: Vec<Turn>,
    /// Not this signer's turn, and why.
    others: Vec<(RecordId, NotNow)>,
    /// No such record.
    unknown: Vec<Words>,
}

impl Asked {
    /// What keeps records that were named from being signed.
    fn refusals(&self) -> Vec<Words> {
        let others = self.others.iter();
        let others = others.filter(|(_, why)| *why != NotNow::Done);
        let others = others.map(|(id, why)| why.words(id));
        self.unknown.iter().cloned().chain(others).collect()
    }
}

impl SignArgs {
    /// Runs it.
    ///
    /// # Errors
    /// When the repository, the key or the roster does not allow it; nothing is signed then.
    pub fn run(&self, dir: &Path, ui: &mut Ui) -> Result<Outcome, Fault> {
        self.usage()?;
        if self.page {
            return self.page(dir, ui);
        }
        let at = cli::now()?;
        let uri = self.key.as_deref().map(KeyUri::parse).transpose()?;
        let repo = Repo::open(dir)?;
        // Before anything is read that another run may be about to change.
        let journal = match self.dry_run || self.prepare.is_some() {
            true => None,
            false => Some(repo.journal()?),
        };
        if repo.is_dirty_under(&FOLDERS)? {
            ui.say(&Words::new(
                "chú ý: có thay đổi chưa ghi (commit); chỉ ký những gì đã ghi",
                "note: there are changes not yet committed; only what is committed is signed",
            ));
        }
        let mut said = Ok(());
        let books = Books::read(&repo, &mut |report| {
            said = ui.findings(report, FindingFormat::Text);
        });
        said?;
        let mut books = books?;
        let traced = std::mem::take(&mut books.traced);
        let press = books.press(at);
        let room = Room {
            repo: &repo,
            revision: &books.revision,
            press: &press,
            dir,
            at,
            journal: journal.as_ref(),
        };
        if let Some(job) = &self.attach {
            return self.attach(&room, job, traced, ui);
        }
        let chain = self.authorities(dir)?;
        let given = self.given_certificate(dir)?;
        if let Some(job) = &self.prepare {
            return self.prepare(&room, job, (given, chain), traced, ui);
        }
        let (given, uri) = (given.as_deref(), uri.as_ref());
        self.with_key(&room, uri, (given, &chain), traced, ui)
    }

    fn usage(&self) -> Result<(), Fault> {
        if self.page {
            return Ok(());
        }
        if self.port.is_some() {
            return Err(Fault::usage(Words::new(
                "`--port` chỉ dùng với `--page`",
                "`--port` is for `--page`",
            )));
        }
        if self.person.is_some() && (!self.dry_run || self.key.is_some()) {
            return Err(Fault::usage(Words::new(
                "`--as` chỉ dùng với `--dry-run` (thay cho khóa) hoặc `--page`",
                "`--as` is for `--dry-run` (instead of a key) or `--page`",
            )));
        }
        let named = !self.records.is_empty() || self.all;
        if !named && !self.dry_run && self.attach.is_none() {
            return Err(Fault::usage(Words::new(
                "hãy nêu mã hồ sơ, hoặc `--all`",
                "name the records, or say `--all`",
            )));
        }
        let someone = self.key.is_some() || self.attach.is_some() || self.prepare.is_some();
        if someone || self.dry_run && (self.cert.is_some() || self.person.is_some()) {
            return Ok(());
        }
        Err(no_signer(self.dry_run))
    }

    /// The dry run and the signing: everything that begins with a key.
    fn with_key(
        &self,
        room: &Room<'_>,
        uri: Option<&KeyUri>,
        (given, chain): (Option<&[u8]>, &[Vec<u8>]),
        traced: Vec<Traced>,
        ui: &mut Ui,
    ) -> Result<Outcome, Fault> {
        let lang = ui.lang();
        let file = self.password_file.as_deref();
        let ask = |words: &Words| cli::secret(room.dir, file, words, lang);
        let say = |words: &Words| Ui::new(lang).say(words);
        let means = Means {
            dir: room.dir,
            pss: self.pss,
            last_try: self.last_try,
            certificate: given,
            chain,
            ask: &ask,
            say: &say,
            environment: &cli::environment,
        };
        let school = room.press.school;
        let (mut key, mut certificate) = (None, given.map(<[u8]>::to_vec));
        if let Some(uri) = uri {
            match keys::certificate(uri, &means)? {
                Some(found) => certificate = Some(found),
                // Only the password opens the certificate of a PKCS#12 file.
                None => key = Some(keys::open(uri, &means)?),
            }
        }
        if let Some(key) = &key {
            certificate = Some(key.certificate().to_vec());
        }
        let who = match (&certificate, &self.person) {
            (Some(certificate), _) => Who::of(certificate, school, room.at)?,
            (None, Some(person)) => Who::named(person, school, room.at)?,
            (None, None) => return Err(no_signer(self.dry_run)),
        };
        let desk = Desk {
            press: room.press,
            who: &who,
        };
        let asked = self.asked(&desk, traced);
        let Some(journal) = room.journal else {
            let facts = certificate.and_then(|der| CertificateFacts::of(&der).ok());
            return self.plan(&desk, &asked, facts.as_ref(), ui);
        };
        let (turns, passed_over) = self.turns(&desk, asked, ui)?;
        if turns.is_empty() {
            self.nothing(&who, ui);
            return Ok(passed_over);
        }
        let key = match (key, uri) {
            (Some(key), _) => key,
            (None, Some(uri)) => keys::open(uri, &means)?,
            (None, None) => return Err(no_signer(self.dry_run)),
        };
        let signed = self.sign(room, &desk, &turns, (key, journal), ui)?;
        Ok(match signed {
            Outcome::Done => passed_over,
            other => other,
        })
    }

    /// Signs and commits.
    fn sign(
        &self,
        room: &Room<'_>,
        desk: &Desk<'_>,
        turns: &[Turn],
        (key, journal): (OpenKey, &Journal),
        ui: &mut Ui,
    ) -> Result<Outcome, Fault> {
        let stamper = self.stamper(room)?;
        let bar = ui.bar();
        bar.begin(Stage::Signing, turns.len());
        let order = Order {
            repo: room.repo,
            revision: room.revision,
            desk,
            turns,
            acts: &[],
            all: self.all,
            journal,
            progress: &|| bar.step(),
            stamp: &|files| stamp::stamp(&stamper, files, (room, journal), &bar),
        };
        let signed = session::sign(&order, key);
        bar.finish();
        let entered = match signed {
            Ok(entered) => entered,
            Err(failed) => return Err(unsigned(failed, ui)),
        };
        stamp::say(&entered.unstamped, ui);
        let at_fault = !entered.findings.is_empty();
        findings(entered.findings, ui)?;
        let done: Vec<&Turn> = turns
            .iter()
            .filter(|turn| entered.signed.contains(&turn.traced.record.id))
            .collect();
        self.show(&done, ui)?;
        if entered.resumed > 0 {
            let resumed = entered.resumed;
            ui.say(&Words::new(
                format!("{resumed} chữ ký đã có từ lần chạy bị ngắt, không ký lại"),
                format!("{resumed} signatures were there from a run that was cut off, and were not made again"),
            ));
        }
        told(entered.signed.len(), &entered.commit, ui);
        stamp::outcome(entered.unstamped)?;
        Ok(match at_fault {
            true => Outcome::AtFault,
            false => Outcome::Done,
        })
    }

    fn given_certificate(&self, dir: &Path) -> Result<Option<Vec<u8>>, Fault> {
        let Some(path) = &self.cert else {
            return Ok(None);
        };
        let mut all = keys::file::certificates(&cli::within(dir, path))?;
        Ok(Some(all.swap_remove(0)))
    }

    /// Certificates that may lie above the signer's: those given, and what follows the signer's own
    /// in its file.
    fn authorities(&self, dir: &Path) -> Result<Vec<Vec<u8>>, Fault> {
        let mut all = Vec::new();
        for path in self.chain.iter().chain(&self.cert) {
            all.extend(keys::file::certificates(&cli::within(dir, path))?);
        }
        Ok(all)
    }

    /// Parts the records asked for.
    fn asked(&self, desk: &Desk<'_>, traced: Vec<Traced>) -> Asked {
        let mut asked = Asked::default();
        let take = |asked: &mut Asked, traced: Traced| {
            let id = traced.record.id.clone();
            match desk.turn(traced) {
                Ok(turn) => asked.turns.push(turn),
                Err(why) => asked.others.push((id, why)),
            }
        };
        if self.records.is_empty() {
            for traced in traced {
                take(&mut asked, traced);
            }
            return asked;
        }
        let mut by_id: BTreeMap<RecordId, Traced> = traced
            .into_iter()
            .map(|t| (t.record.id.clone(), t))
            .collect();
        for given in &self.records {
            match RecordId::parse(given).and_then(|id| by_id.remove(&id)) {
                Some(traced) => take(&mut asked, traced),
                None => asked.unknown.push(unknown(given, &by_id)),
            }
        }
        asked
    }

    /// The turns that are taken. A record named by hand that cannot be signed stops everything; with
    /// `--all` it is passed over, and the outcome says so where somebody has to look at it.
    fn turns(
        &self,
        desk: &Desk<'_>,
        asked: Asked,
        ui: &mut Ui,
    ) -> Result<(Vec<Turn>, Outcome), Fault> {
        if !self.records.is_empty() {
            for (id, why) in &asked.others {
                if *why == NotNow::Done {
                    ui.say(&why.words(id));
                }
            }
            let refusals = asked.refusals();
            for words in &refusals {
                ui.say(words);
            }
            if !refusals.is_empty() {
                return Err(nothing_signed());
            }
        }
        for (id, why) in &asked.others {
            if *why == NotNow::Faulty && self.records.is_empty() {
                ui.say(&why.words(id));
            }
        }
        let mut turns = asked.turns;
        if self.as_signed {
            return Ok((turns, Outcome::Done));
        }
        let seen: Vec<bool> = turns.par_iter().map(|t| desk.comes_from_text(t)).collect();
        if seen.iter().all(|seen| *seen) {
            return Ok((turns, Outcome::Done));
        }
        for (turn, _) in turns.iter().zip(&seen).filter(|(_, seen)| !**seen) {
            ui.say(&unseen(turn));
        }
        if !self.all || seen.iter().all(|seen| !*seen) {
            return Err(nothing_signed().help(read_first()));
        }
        let mut seen = seen.into_iter();
        turns.retain(|_| seen.next().unwrap_or(false));
        ui.say(&read_first());
        Ok((turns, Outcome::AtFault))
    }

    fn nothing(&self, who: &Who, ui: &mut Ui) {
        ui.say(&Words::new(
            format!("{}: không có hồ sơ nào chờ ký", who.name),
            format!("{}: no record waits for this signature", who.name),
        ));
    }

    /// What was signed, to stdout.
    fn show(&self, turns: &[&Turn], ui: &mut Ui) -> Result<(), Fault> {
        for turn in turns {
            let record = &turn.traced.record;
            let step = &record.steps[turn.step];
            match self.format {
                Format::Json => {
                    let form = turn.version.as_ref().map(|v| v.digest.to_string());
                    ui.print(&plan::json(turn, form, None, &[], true).to_string())?;
                }
                Format::Text => {
                    // What is signed must not be able to repaint what is shown of it.
                    let title = tame(&record.title);
                    ui.print(&format!("{}  {}  {title}", record.id, step.label))?;
                }
            }
        }
        Ok(())
    }
}

/// Why nothing was entered, as the verb's end.
fn unsigned(failed: Failed, ui: &mut Ui) -> Fault {
    match failed {
        Failed::Key { id, words, kept } => {
            told_kept(kept, ui);
            Fault::failed(Words::new(
                format!("`{id}`: {}", words.vi),
                format!("`{id}`: {}", words.en),
            ))
        }
        Failed::Nothing(found) => match findings(found, ui) {
            Ok(()) => Fault::at_fault(Words::new(
                "chưa ký hồ sơ nào, xem các dòng trên",
                "nothing was signed, see above",
            )),
            Err(fault) => fault,
        },
        Failed::Repo { error, kept } => {
            told_kept(kept, ui);
            error.into()
        }
        Failed::Path(words) => Fault::failed(words),
    }
}

fn findings(found: Vec<Finding>, ui: &mut Ui) -> Result<(), Fault> {
    let mut report = Report::default();
    report.add(found);
    ui.findings(&report, FindingFormat::Text)
}
