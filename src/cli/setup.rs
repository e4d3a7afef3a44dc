//! `hoso setup`: the files and settings of a forge. Nothing that somebody wrote is written over.

#![expect(
    clippy::disallowed_methods,
    reason = "reads and writes the forge's files, which no revision of records has"
)]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use similar::TextDiff;

use crate::cli;
use crate::cli::args::FindingFormat;
use crate::cli::exit::Fault;
use crate::cli::exit::Outcome;
use crate::cli::forge::ForgeArgs;
use crate::cli::init;
use crate::cli::ui::Ui;
use crate::diag::Place;
use crate::diag::Report;
use crate::diag::Words;
use crate::diag::words::tame;
use crate::digest::Sha256;
use crate::forges::api::Done;
use crate::forges::api::Step;
use crate::forges::api::Wanted;
use crate::forges::files;
use crate::forges::files::Program;
use crate::forges::files::Request;
use crate::forges::left;
use crate::forges::owners;
use crate::forges::owners::Logins;
use crate::forges::stamp;
use crate::forges::stamp::Fate;
use crate::records::dates;
use crate::records::school::School;
use crate::records::yaml::Document;
use crate::repo::Repo;
use crate::scaffold::Files;

/// Largest file of a forge.
const MAX_FILE: u64 = 1024 * 1024;

/// What `setup` takes.
#[derive(Debug, clap::Args)]
pub struct SetupArgs {
    #[command(flatten)]
    forge: ForgeArgs,

    #[arg(
        long,
        value_name = "BRANCH",
        default_value = "main",
        help = "Nhánh chính ¦ The main branch"
    )]
    branch: String,

    #[arg(
        long,
        value_name = "URL",
        requires = "program_sha256",
        help = "Nơi quy trình tải chương trình hoso (mặc định: biến HOSO_URL của máy chủ git) ¦ Where workflows get hoso (default: the forge's variable HOSO_URL)"
    )]
    program: Option<String>,

    #[arg(
        long,
        value_name = "HEX",
        requires = "program",
        help = "SHA-256 của chương trình ấy ¦ The SHA-256 of that program"
    )]
    program_sha256: Option<String>,

    #[arg(
        long,
        value_name = "FILE.yaml",
        help = "Tên đăng nhập của từng người, `mã-người: tên`; thay cho `dang-nhap` trong danh bạ ¦ People's names on the forge, `person: name`; over `dang-nhap` of the roster"
    )]
    logins: Option<PathBuf>,

    #[arg(
        long,
        value_name = "URL",
        help = "Địa chỉ trang soạn hồ sơ: tạo ứng dụng OAuth2 cho trang ấy (Forgejo, Gitea) ¦ Where the editor is served: makes its OAuth2 application (Forgejo, Gitea)"
    )]
    editor: Option<String>,

    #[arg(
        long,
        help = "Công bố bản cho mọi người (không có thông tin cá nhân) lên Pages (GitHub, GitLab) ¦ Publish the public edition (nothing personal) on Pages (GitHub, GitLab)"
    )]
    pages: bool,

    #[arg(
        long,
        value_name = "PATH",
        help = "Thay tệp này dù trường đã tự sửa; dùng được nhiều lần ¦ Replace this file although somebody changed it; may be repeated"
    )]
    replace: Vec<String>,

    #[arg(
        long,
        help = "Chỉ xem sẽ ghi gì, gửi gì ¦ Only show what would be written and sent"
    )]
    dry_run: bool,
}

impl SetupArgs {
    /// Runs it.
    ///
    /// # Errors
    /// When the repository or the forge cannot be reached, or something typed is wrong.
    pub fn run(&self, dir: &Path, ui: &mut Ui) -> Result<Outcome, Fault> {
        let repo = Repo::open(dir)?;
        let snapshot = repo.worktree()?;
        let school = match School::read(&snapshot) {
            Ok(school) => school,
            Err(findings) => {
                let mut report = Report::default();
                report.add(findings);
                ui.findings(&report, FindingFormat::Text)?;
                return Ok(Outcome::AtFault);
            }
        };
        let today = dates::day(cli::now()?);
        let map = self.map(dir, &school)?;
        let logins = owners::logins(&school, today, &map);
        let program = self.source()?;
        let forge = self.forge.forge;
        let request = Request {
            forge,
            branch: &self.branch,
            program: program.as_ref(),
            pages: self.pages,
            school: &school,
            today,
            logins: &logins,
        };
        let wanted = files::files(&request);
        let there = existing(repo.root(), &wanted)?;
        let fates = stamp::fates(&wanted, &there, &self.replace, files::is_older);
        let kept = self.show(&wanted, &there, &fates, ui)?;
        if kept && !self.dry_run {
            return Err(Fault::at_fault(Words::new(
                "có tệp trường đã tự viết hoặc tự sửa; chưa ghi tệp nào",
                "there are files that somebody wrote or changed; no file was written",
            ))
            .help(Words::new(
                "xem phần khác nhau ở trên; muốn thay tệp nào thì nêu tên: --replace TỆP",
                "look at the differences above; name what is to be replaced: --replace FILE",
            )));
        }
        if !self.dry_run {
            write(&repo, &wanted, &there, &fates)?;
        }
        let steps = match self.forge.api(dir, self.dry_run)? {
            Some(api) => {
                let wanted = Wanted {
                    branch: &self.branch,
                    editor: self.editor.as_deref(),
                };
                api.set_up(&wanted)?
            }
            None => Vec::new(),
        };
        for step in &steps {
            tell(step, ui)?;
        }
        let written = fates.values().any(|fate| *fate != Fate::Same);
        self.left(&steps, written, &logins, &school, ui);
        let refused = |step: &Step| matches!(step.outcome, Done::Refused(..));
        Ok(match kept || steps.iter().any(refused) {
            true => Outcome::AtFault,
            false => Outcome::Done,
        })
    }

    /// Shows what becomes of each file; whether one is left as somebody wrote it.
    fn show(
        &self,
        wanted: &Files,
        there: &BTreeMap<String, Vec<u8>>,
        fates: &BTreeMap<String, Fate>,
        ui: &mut Ui,
    ) -> Result<bool, Fault> {
        for (path, fate) in fates {
            let words = match fate {
                Fate::New => Words::new("mới", "new"),
                Fate::Same => Words::new("đã có", "there"),
                Fate::Renewed => Words::new("cập nhật", "renewed"),
                Fate::Replaced => Words::new("thay", "replaced"),
                Fate::Kept => Words::new("giữ nguyên", "left"),
            };
            ui.print(&format!("{:11} {path}", words.in_lang(ui.lang())))?;
            let shown = *fate == Fate::Kept || (self.dry_run && *fate != Fate::New);
            if let (true, Some(old), Some(new)) = (shown, there.get(path), wanted.get(path)) {
                let [old, new] = [old, new].map(|bytes| String::from_utf8_lossy(bytes));
                let difference = TextDiff::from_lines(&*old, &*new);
                let text = difference
                    .unified_diff()
                    .context_radius(2)
                    .header("trong kho", "hoso setup")
                    .to_string();
                for line in text.lines() {
                    ui.print(&format!("  {}", crate::path::shown(line)))?;
                }
            }
        }
        Ok(fates.values().any(|fate| *fate == Fate::Kept))
    }

    fn source(&self) -> Result<Option<Program>, Fault> {
        let (Some(url), Some(sha256)) = (&self.program, &self.program_sha256) else {
            return Ok(None);
        };
        let wrong = |vi: &str, en: &str| Err(Fault::usage(Words::new(vi, en)));
        let sound = url.bytes().all(|b| b.is_ascii_graphic());
        if !sound || !["https://", "http://"].iter().any(|s| url.starts_with(s)) {
            return wrong(
                "`--program` không phải địa chỉ https://",
                "`--program` is no https:// address",
            );
        }
        match Sha256::parse(sha256) {
            Some(sha256) => Ok(Some(Program {
                url: url.clone(),
                sha256,
            })),
            None => wrong(
                "`--program-sha256` không phải 64 chữ số thập lục phân viết thường",
                "`--program-sha256` is not 64 hexadecimal digits in lower case",
            ),
        }
    }

    /// People's names on the forge, from a file.
    fn map(&self, dir: &Path, school: &School) -> Result<Logins, Fault> {
        let Some(file) = &self.logins else {
            return Ok(Logins::new());
        };
        let bytes = cli::read_small(&cli::within(dir, file))?;
        let place = Place::raw(file.display().to_string());
        let wrong = |words: Words| {
            let file = file.display();
            Fault::usage(Words::new(
                format!("{file}: {}", words.vi),
                format!("{file}: {}", words.en),
            ))
        };
        let text = String::from_utf8(bytes)
            .map_err(|_| wrong(Words::new("không phải UTF-8", "not UTF-8")))?;
        let document = Document::read(&text, 1, &place).map_err(|findings| {
            let first = findings.into_iter().next().map(|finding| finding.message);
            wrong(first.unwrap_or_else(|| Words::new("không đọc được", "cannot be read")))
        })?;
        let mut logins = Logins::new();
        let mut faults: Vec<String> = Vec::new();
        for (person, login) in document.value.as_object().into_iter().flatten() {
            match login.as_str().filter(|login| owners::is_login(login)) {
                Some(login) if school.person(person).is_some() => {
                    logins.insert(person.clone(), login.to_owned());
                }
                _ => faults.push(format!("`{}: {}`", tame(person), tame(&login.to_string()))),
            }
        }
        match faults.as_slice() {
            [] => Ok(logins),
            _ => {
                let all = faults.join(", ");
                Err(wrong(Words::new(
                    format!(
                        "không có người này trong danh bạ, hoặc không phải tên đăng nhập: {all}"
                    ),
                    format!("no such person in the roster, or no name on a forge: {all}"),
                )))
            }
        }
    }

    /// What people still have to do.
    fn left(&self, steps: &[Step], written: bool, logins: &Logins, school: &School, ui: &mut Ui) {
        let without: Vec<&str> = school
            .people()
            .filter(|person| person.period.den.is_none() && !logins.contains_key(&person.id))
            .map(|person| person.ten.as_str())
            .collect();
        let situation = left::Situation {
            forge: self.forge.forge,
            branch: &self.branch,
            program_pinned: self.program.is_some(),
            steps,
            written,
            without_login: &without,
            editor: self.editor.as_deref(),
            pages: self.pages,
        };
        ui.say(&Words::new(
            "Còn lại, làm bằng tay:",
            "Left to be done by hand:",
        ));
        for (number, words) in left::list(&situation).into_iter().enumerate() {
            ui.say(&Words::new(
                format!("{}. {}", number + 1, words.vi),
                format!("{}. {}", number + 1, words.en),
            ));
        }
    }
}

/// Says what was done about one thing.
fn tell(step: &Step, ui: &mut Ui) -> Result<(), Fault> {
    let words = match &step.outcome {
        Done::Same => Words::new("đã có", "there"),
        Done::Sent => Words::new("đã đặt", "set"),
        Done::Would => Words::new("sẽ đặt", "would set"),
        Done::Refused(..) => Words::new("không được", "refused"),
        Done::Later => Words::new("để sau", "later"),
    };
    let lang = ui.lang();
    ui.print(&format!(
        "{:11} {}",
        words.in_lang(lang),
        step.what.in_lang(lang)
    ))?;
    if let Done::Refused(status, said) = &step.outcome {
        ui.print(&format!("  HTTP {status}: {said}"))?;
    }
    match (&step.outcome, &step.call) {
        (Done::Would | Done::Refused(..), Some((call, body))) => {
            ui.print(&format!("  {call} {body}"))
        }
        _ => Ok(()),
    }
}

/// The files that are there of those that are wanted. A link is nobody's file.
pub(super) fn existing(root: &Path, wanted: &Files) -> Result<BTreeMap<String, Vec<u8>>, Fault> {
    let mut there = BTreeMap::new();
    for path in wanted.keys() {
        let full = root.join(path);
        match fs::symlink_metadata(&full) {
            Err(_) => {}
            Ok(info) if info.is_file() && info.len() <= MAX_FILE => {
                there.insert(path.clone(), cli::read_up_to(&full, MAX_FILE)?);
            }
            // Something else is kept, whatever it is.
            Ok(_) => {
                there.insert(path.clone(), Vec::new());
            }
        }
    }
    Ok(there)
}

fn write(
    repo: &Repo,
    wanted: &Files,
    there: &BTreeMap<String, Vec<u8>>,
    fates: &BTreeMap<String, Fate>,
) -> Result<(), Fault> {
    let of = |kinds: &[Fate]| -> Vec<&String> {
        let all = fates.iter();
        all.filter(|(_, fate)| kinds.contains(fate))
            .map(|(path, _)| path)
            .collect()
    };
    let over = of(&[Fate::Renewed, Fate::Replaced]);
    for path in &over {
        let old = there.get(*path).map_or(&[][..], Vec::as_slice);
        if !repo.is_committed(path, old)? {
            return Err(Fault::at_fault(Words::new(
                format!("{path} chưa được ghi vào git: thay thì mất bản đang có; chưa ghi tệp nào"),
                format!("{path} is not committed: replacing it would lose it; no file was written"),
            ))
            .help(Words::new(
                format!("git add {path} && git commit, rồi làm lại"),
                format!("git add {path} && git commit, and try again"),
            )));
        }
    }
    let new: Files = of(&[Fate::New])
        .into_iter()
        .filter_map(|path| Some((path.clone(), wanted.get(path)?.clone())))
        .collect();
    init::write(repo.root(), &new)?;
    for path in over {
        let (Some(bytes), Some(_)) = (wanted.get(path), there.get(path)) else {
            continue;
        };
        put_over(repo.root(), path, bytes)?;
    }
    Ok(())
}

/// Exchanges a plain file below the repository, whole or not at all.
pub(super) fn put_over(root: &Path, path: &str, bytes: &[u8]) -> Result<(), Fault> {
    let full = root.join(path);
    let failed = |error: std::io::Error| {
        let full = full.display();
        Fault::failed(Words::new(
            format!("không ghi được {full}: {error}"),
            format!("cannot write {full}: {error}"),
        ))
    };
    let not_plain = || failed(std::io::ErrorKind::NotADirectory.into());
    let folder = full.parent().ok_or_else(not_plain)?;
    let inside = folder.canonicalize().map_err(failed)?;
    if !inside.starts_with(root.canonicalize().map_err(failed)?)
        || !fs::symlink_metadata(&full).map_err(failed)?.is_file()
    {
        return Err(not_plain());
    }
    let aside = full.with_extension(format!("hoso-{}", cli::random()));
    let mut file = fs::File::create_new(&aside).map_err(failed)?;
    let written = file
        .write_all(bytes)
        .and_then(|()| fs::rename(&aside, &full));
    if written.is_err() {
        let _ = fs::remove_file(&aside);
    }
    written.map_err(failed)
}
