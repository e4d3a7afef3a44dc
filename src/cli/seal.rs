//! `hoso seal`: the school's seal over a whole archive, and the archive into the chain.
//!
//! 1. The archive is verified as anybody would; one with a fault is not sealed.
//! 2. It must be what this repository gives: from HEAD or a commit that led to it, the same files, and
//!    the number that comes next in the chain.
//! 3. The seal is made, examined as `verify` examines it, put into the archive, and entered into the
//!    repository with the three files that the next archive will name.
//!
//! Stopped between the two, the next run enters the seal that is there; it never makes a second one.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;

use jiff::Timestamp;
use rayon::prelude::*;
use serde_json::json;

use crate::archive::chain;
use crate::archive::chain::Chain;
use crate::archive::chain::Entry;
use crate::archive::chain::FOLDER;
use crate::archive::chain::SEALED;
use crate::archive::files;
use crate::cli;
use crate::cli::args::FindingFormat;
use crate::cli::args::Format;
use crate::cli::exit::Fault;
use crate::cli::exit::Outcome;
use crate::cli::key::KeyArgs;
use crate::cli::renew;
use crate::cli::ui::Ui;
use crate::diag::Report;
use crate::diag::Words;
use crate::diag::words::tame;
use crate::digest::Sha256;
use crate::keys::OpenKey;
use crate::net::Bounds;
use crate::net::Client;
use crate::net::Reach;
use crate::net::tsa::Schedule;
use crate::net::tsa::Tsa;
use crate::out;
use crate::path::RepoPath;
use crate::pipeline::whole;
use crate::pipeline::whole::Question;
use crate::pipeline::whole::Whole;
use crate::records::dates;
use crate::records::school::School;
use crate::repo::Entering;
use crate::repo::Person;
use crate::repo::Repo;
use crate::repo::Revision;
use crate::repo::Snapshot;
use crate::seal::SEAL;
use crate::sign;
use crate::sign::CertificateFacts;
use crate::sign::TrustStore;
use crate::sign::level;
use crate::sign::timestamp;
use crate::sign::timestamp::Request;

/// What `seal` takes.
#[derive(Debug, clap::Args)]
pub struct SealArgs {
    #[arg(
        value_name = "ARCHIVE",
        help = "Thư mục kho lưu trữ (mặc định: out/ trong kho) ¦ The archive's folder (default: out/ in the repository)"
    )]
    archive: Option<PathBuf>,

    #[command(flatten)]
    key: KeyArgs,

    #[arg(
        long,
        value_name = "URL",
        conflicts_with = "offline",
        help = "Nơi cấp dấu thời gian, thay cho `thoi-gian` của school.yaml; dùng được nhiều lần, nơi sau được hỏi khi nơi trước không trả lời ¦ Time-stamp authority, in place of `thoi-gian` in school.yaml; may be repeated, the next is asked when one does not answer"
    )]
    tsa: Vec<String>,

    #[arg(
        long,
        help = "Không dùng mạng: niêm phong không có dấu thời gian ¦ No network: the seal gets no time-stamp"
    )]
    offline: bool,

    #[arg(
        long,
        help = "Chỉ đặt niêm phong vào kho lưu trữ, chưa ghi vào kho git; chạy lại không có tùy chọn này để ghi ¦ Only put the seal into the archive, do not enter it into the repository; run again without this to enter it"
    )]
    no_commit: bool,

    #[arg(
        long,
        value_name = "FORMAT",
        hide_possible_values = true,
        default_value = "text",
        help = "Dạng kết quả: text hoặc json ¦ Form of the result: text or json"
    )]
    format: Format,
}

/// What an archive is sealed in.
struct Room<'a> {
    repo: &'a Repo,
    head: &'a Revision,
    school: &'a School,
    store: &'a TrustStore,
    at: Timestamp,
}

/// What is still to be done for an archive.
enum Todo {
    /// It is sealed and entered.
    Nothing,
    /// It was entered; its folder lacks the seal.
    PutBack(Vec<u8>),
    /// It is sealed; the repository does not know.
    Enter,
    /// It is not sealed.
    Seal,
}

impl SealArgs {
    /// Runs it.
    ///
    /// # Errors
    /// When the archive has a fault or is not this repository's, when the key does not answer or is
    /// not the school's seal, when something cannot be written. Nothing is sealed then.
    pub fn run(&self, dir: &Path, ui: &mut Ui) -> Result<Outcome, Fault> {
        let at = cli::now()?;
        self.key.sound()?;
        let repo = Repo::open(dir)?;
        let head = repo.revision(None)?;
        let archive = match &self.archive {
            Some(archive) => cli::within(dir, archive),
            None => repo.root().join("out"),
        };
        let whole = sound(&archive, at, ui)?;
        let (Some(own), Some((inside, records))) = (whole.own(), &whole.inside) else {
            return Err(refused(
                "kho lưu trữ này do một phiên bản cũ của chương trình dựng, không mang số trong chuỗi",
                "this archive was made by an older version of the program and has no number in the chain",
            )
            .help(again()));
        };
        let room = Room {
            repo: &repo,
            head: &head,
            school: &records.school,
            store: &whole.verified.store,
            at,
        };
        room.is_ours(&own.entry, inside)?;
        let todo = room.todo(&own.entry, &whole.verified.chain)?;
        let mut entry = own.entry.clone();
        if let Todo::Seal = todo {
            entry.seal = Some(self.seal(dir, &room, &entry, &whole, ui)?.into());
        }
        if let (Todo::Seal | Todo::Enter, Some(seal)) = (&todo, &entry.seal) {
            out::seal(&archive, seal)?;
        }
        if let Todo::PutBack(seal) = &todo {
            out::seal(&archive, seal)?;
        }
        let commit = match todo {
            Todo::Seal | Todo::Enter if !self.no_commit => Some(room.enter(&entry)?),
            _ => None,
        };
        self.tell(&todo, &entry, commit, ui)
    }

    /// Makes the seal and examines it.
    fn seal(
        &self,
        dir: &Path,
        room: &Room<'_>,
        entry: &Entry,
        whole: &Whole,
        ui: &mut Ui,
    ) -> Result<Vec<u8>, Fault> {
        let links = whole.verified.chain.links();
        let before = links.iter().rev().nth(1);
        let last = before.and_then(|link| link.seal.as_ref()?.examined.signing_time());
        if last.is_some_and(|last| last > room.at) {
            return Err(Fault::failed(Words::new(
                "đồng hồ của máy này đi sau niêm phong trước",
                "this machine's clock is behind the seal before",
            )));
        }
        let prior = whole.verified.chain.prior_of_last();
        let key = self.key.open(dir, ui)?;
        room.may_seal(&key)?;
        let statement = chain::statement(entry.number, prior.core());
        let file = sign::sign(&entry.tags, &statement, &*key, room.at)
            .map_err(|error| Fault::failed(error.words()))?;
        let file = self.stamped(file, room)?;
        let made = chain::examined(entry, &file, prior, room.school, room.store, room.at);
        match made.holds() {
            true => Ok(file),
            false => {
                let words = made.examined.words();
                Err(Fault::at_fault(Words::new(
                    format!("niêm phong vừa tạo không dùng được: {}", words.vi),
                    format!("the seal just made cannot be used: {}", words.en),
                )))
            }
        }
    }

    /// The seal with a time-stamp, which proves for every signature of the archive when it was there
    /// at the latest. Where no authority is named it stays as it is.
    fn stamped(&self, file: Vec<u8>, room: &Room<'_>) -> Result<Vec<u8>, Fault> {
        let urls = match self.offline {
            true => Vec::new(),
            false => renew::stampers(&self.tsa, room.school, room.at)?,
        };
        if urls.is_empty() {
            return Ok(file);
        }
        let failed = |words: Words| {
            Fault::failed(Words::new(
                format!("không niêm phong: {}", words.vi),
                format!("not sealed: {}", words.en),
            ))
            .help(Words::new(
                "thử lại sau; hoặc `--offline`, rồi `hoso renew --all` để thêm dấu thời gian sau",
                "try again later; or `--offline`, and `hoso renew --all` for the time-stamp later",
            ))
        };
        let client = Client::new(Reach::named(&urls), Bounds::default());
        let tsa = Tsa::new(client, urls, Schedule::default());
        let imprint = level::signature_stamp_imprint(&file).map_err(|e| failed(e.words()))?;
        let request = Request::over(imprint, cli::random());
        let judge = |_: usize, answer: &[u8]| {
            let now = cli::now().map_err(|fault| fault.message)?;
            timestamp::accept(answer, &request, room.store, now).map_err(|no| no.words())
        };
        let mut answers = tsa.ask(&[request.to_der()], &judge);
        match answers.pop() {
            Some(Ok(token)) => {
                level::with_signature_stamp(&file, &token).map_err(|e| failed(e.words()))
            }
            Some(Err(error)) => Err(failed(error.words())),
            None => Ok(file),
        }
    }

    fn tell(
        &self,
        todo: &Todo,
        entry: &Entry,
        commit: Option<String>,
        ui: &mut Ui,
    ) -> Result<Outcome, Fault> {
        let number = entry.number;
        let short: Option<String> = commit.as_ref().map(|id| id.chars().take(10).collect());
        match self.format {
            Format::Json => ui.print(
                &json!({
                    "schema": "hoso/seal/1",
                    "sequence": number,
                    "tagmanifest_sha256": entry.digest.to_string(),
                    "seal_sha256": entry.seal.as_deref().map(|seal| Sha256::of(seal).to_string()),
                    "core_sha256": entry.core().map(|core| core.to_string()),
                    "sealed": matches!(todo, Todo::Seal),
                    "commit": commit,
                })
                .to_string(),
            )?,
            Format::Text => {
                ui.print(&format!("{}  {}", chain::spelled(number), entry.digest))?;
            }
        }
        let done = match todo {
            Todo::Nothing => Words::new(
                format!("Kho số {number} đã niêm phong và đã ghi từ trước"),
                format!("Archive {number} was sealed and entered before"),
            ),
            Todo::PutBack(_) => Words::new(
                format!("Kho số {number} đã niêm phong từ trước; đặt lại {SEALED} vào kho"),
                format!("Archive {number} was sealed before; {SEALED} was put back"),
            ),
            Todo::Enter | Todo::Seal => match short {
                Some(short) => Words::new(
                    format!("Đã niêm phong kho số {number}, ghi vào kho git ở commit {short}"),
                    format!("Sealed archive {number}, entered as commit {short}"),
                ),
                None => Words::new(
                    format!("Đã niêm phong kho số {number}; chưa ghi vào kho git"),
                    format!("Sealed archive {number}; not entered into the repository"),
                ),
            },
        };
        ui.say(&done);
        Ok(Outcome::Done)
    }
}

impl Room<'_> {
    /// Whether the archive is what this repository gives at its commit.
    fn is_ours(&self, entry: &Entry, inside: &Snapshot) -> Result<(), Fault> {
        let foreign = || {
            refused(
                "kho lưu trữ này không được dựng từ nhánh đang mở của kho git này",
                "this archive was not built from the branch that is checked out here",
            )
            .help(again())
        };
        let commit = entry.info.commit.as_deref().ok_or_else(foreign)?;
        if !self.repo.is_within(commit, self.head).unwrap_or(false) {
            return Err(foreign());
        }
        let revision = self.repo.revision(Some(commit))?;
        let snapshot = self.repo.snapshot(&revision)?;
        let own = snapshot.entries().map(|entry| &entry.path);
        let own: Vec<&RepoPath> = own.filter(|path| files::is_kept(path)).collect();
        let theirs = inside.entries().map(|entry| &entry.path);
        let same = |path: &&RepoPath| {
            let read = |from: &Snapshot| from.read(path, files::MAX_FILE).ok();
            read(inside).is_some() && read(inside) == read(&snapshot)
        };
        let other = theirs
            .filter(|path| !snapshot.contains(path))
            .chain(
                own.par_iter()
                    .copied()
                    .filter(|path| !same(path))
                    .collect::<Vec<_>>(),
            )
            .min();
        match other {
            None => Ok(()),
            Some(path) => Err(refused(
                &format!("{path} trong kho lưu trữ không phải tệp của lần ghi {commit}"),
                &format!("{path} in the archive is not the file of commit {commit}"),
            )
            .help(again())),
        }
    }

    /// Where the archive stands in the repository's chain as it is now.
    fn todo(&self, entry: &Entry, before: &Chain) -> Result<Todo, Fault> {
        let snapshot = self.repo.snapshot(self.head)?;
        let mut findings = Vec::new();
        let chain = Chain::read(&snapshot, &mut findings);
        let number = entry.number;
        let there = chain
            .links()
            .iter()
            .find(|link| link.entry.number == number);
        if let Some(there) = there {
            return match (&there.entry.seal, there.entry.digest == entry.digest) {
                (Some(_), true) if entry.seal.is_some() => Ok(Todo::Nothing),
                (Some(seal), true) => Ok(Todo::PutBack(seal.to_vec())),
                _ => Err(refused(
                    &format!("số {number} đã được niêm phong cho một kho lưu trữ khác"),
                    &format!("number {number} was given to another archive that was sealed"),
                )
                .help(again())),
            };
        }
        let digests = |chain: &Chain| -> Vec<Sha256> {
            let links = chain
                .links()
                .iter()
                .filter(|link| link.entry.number < number);
            links.map(|link| link.entry.digest).collect()
        };
        if !findings.is_empty() || chain.next() != number || digests(&chain) != digests(before) {
            return Err(refused(
                "chuỗi kho lưu trữ trong kho git nay đã khác lúc dựng",
                "the chain of archives in the repository is another one than when this was built",
            )
            .help(again()));
        }
        Ok(match entry.seal {
            Some(_) => Todo::Enter,
            None => Todo::Seal,
        })
    }

    /// Whether the key is the school's seal today.
    fn may_seal(&self, key: &OpenKey) -> Result<(), Fault> {
        let facts = CertificateFacts::of(key.certificate())
            .map_err(|error| Fault::failed(error.words()))?;
        let (day, sha256) = (dates::day(self.at), facts.sha256);
        if self.school.is_seal(&sha256, day) {
            return Ok(());
        }
        let subject = tame(facts.subject_cn.as_deref().unwrap_or("—"));
        Err(Fault::at_fault(Words::new(
            format!("ngày {day} chứng thư của «{subject}» không phải con dấu của trường"),
            format!("on {day} the certificate of «{subject}» is not the school's seal"),
        ))
        .help(Words::new(
            format!("con dấu ghi ở mục `dau` trong content/school.yaml: sha256: {sha256}"),
            format!("the seal stands under `dau` in content/school.yaml: sha256: {sha256}"),
        )))
    }

    /// Enters the archive into the repository's chain, as one commit.
    fn enter(&self, entry: &Entry) -> Result<String, Fault> {
        let number = entry.number;
        let mut sound = BTreeMap::new();
        for (name, bytes) in entry.files() {
            let path = format!("{FOLDER}/{}/{name}", chain::spelled(number));
            if let Ok(path) = RepoPath::parse(&path) {
                sound.insert(path, bytes.to_vec());
            }
        }
        let organisation = self.school.organisation(dates::day(self.at));
        let author = Person {
            name: organisation.map(|o| o.ten.clone()).unwrap_or_default(),
            email: organisation
                .and_then(|o| o.email.clone())
                .unwrap_or_else(|| format!("{SEAL}@hoso.invalid")),
        };
        let message = format!("niêm phong: kho lưu trữ số {number}\n");
        Ok(self.repo.enter(&Entering {
            onto: self.head,
            files: &sound,
            author: &author,
            message: &message,
            at: self.at,
        })?)
    }
}

/// The archive, if nothing in it is at fault.
fn sound(archive: &Path, at: Timestamp, ui: &mut Ui) -> Result<Whole, Fault> {
    let question = Question {
        trust: TrustStore::default(),
        earlier: None,
        at,
    };
    let mut report = Report::default();
    let bar = ui.bar();
    let whole = whole::verify(&mut report, archive, question, &bar);
    bar.finish();
    // That it is not sealed is why we are here.
    let is_sealed = whole.own().is_some_and(|link| link.entry.seal.is_some());
    report.only(|place| is_sealed || place.file != SEALED);
    ui.findings(&report, FindingFormat::Text)?;
    match report.has_errors() {
        false => Ok(whole),
        true => Err(refused(
            "kho lưu trữ có lỗi, xem các dòng trên",
            "the archive is at fault, see above",
        )),
    }
}

fn refused(vi: &str, en: &str) -> Fault {
    Fault::at_fault(Words::new(
        format!("không niêm phong: {vi}"),
        format!("not sealed: {en}"),
    ))
}

fn again() -> Words {
    Words::new(
        "dựng lại bằng `hoso build` rồi niêm phong kho ấy",
        "build again with `hoso build` and seal that archive",
    )
}
