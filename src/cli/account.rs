//! `hoso account`: who may sign in to `hoso serve --edit`.

use std::path::Path;
use std::path::PathBuf;

use secrecy::ExposeSecret;
use secrecy::SecretString;

use crate::cli;
use crate::cli::exit::Fault;
use crate::cli::exit::Outcome;
use crate::cli::ui::Ui;
use crate::diag::Words;
use crate::diag::words::tame;
use crate::forge::accounts::Accounts;
use crate::forge::rights::works_here;
use crate::records::dates;
use crate::records::school::School;
use crate::repo::Repo;

/// Letters of a password that is given out: none that a reader takes for another.
const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789x";
/// 12 of them, nearly 60 bits.
const LENGTH: usize = 12;

/// What `account` does.
#[derive(Debug, clap::Subcommand)]
pub enum AccountVerb {
    /// Gives out first passwords.
    #[command(
        about = "Cấp mật khẩu lần đầu, in ra để phát; người nhận phải đổi khi đăng nhập ¦ Give out first passwords, printed for handing over; they are to be changed at the first sign-in"
    )]
    Invite {
        /// Who.
        #[arg(
            value_name = "PERSON",
            help = "Mã người trong school.yaml ¦ Ids of people in school.yaml"
        )]
        people: Vec<String>,
        /// Everybody without an account.
        #[arg(
            long,
            conflicts_with = "people",
            help = "Mọi người đang làm việc mà chưa có tài khoản ¦ Everybody at work who has no account yet"
        )]
        all: bool,
    },
    /// Sets a password.
    #[command(
        about = "Đặt mật khẩu cho một người (hỏi, hoặc đọc từ tệp) ¦ Set somebody's password (asked for, or read from a file)"
    )]
    Set {
        /// Who.
        #[arg(
            value_name = "PERSON",
            help = "Mã người trong school.yaml ¦ Id of a person in school.yaml"
        )]
        person: String,
        /// The file with the password.
        #[arg(
            long,
            value_name = "FILE",
            help = "Đọc mật khẩu từ tệp thay vì hỏi ¦ Read the password from a file instead of asking"
        )]
        password_file: Option<PathBuf>,
    },
    /// Ends an account.
    #[command(
        about = "Bỏ tài khoản; hồ sơ và lịch sử của người ấy vẫn còn ¦ End an account; the person's records and history stay"
    )]
    Remove {
        /// Whose.
        #[arg(value_name = "PERSON", help = "Mã người ¦ Id of the person")]
        person: String,
    },
    /// Lists them.
    #[command(about = "Liệt kê tài khoản ¦ List the accounts")]
    List,
}

impl AccountVerb {
    /// Runs it.
    ///
    /// # Errors
    /// When the person is not at work here, the password is weak or the disk fails.
    pub fn run(&self, dir: &Path, ui: &mut Ui) -> Result<Outcome, Fault> {
        let repo = Repo::open(dir)?;
        let snapshot = repo.worktree()?;
        let school = School::read(&snapshot).map_err(|_| {
            Fault::at_fault(Words::new(
                "không đọc được content/school.yaml",
                "content/school.yaml cannot be read",
            ))
            .help(Words::new("xem lỗi: hoso check", "see why: hoso check"))
        })?;
        match self {
            Self::Invite { people, all } => invite(&repo, &school, (people, *all), ui)?,
            Self::Set {
                person,
                password_file,
            } => {
                at_work(&school, person)?;
                let words = Words::new(
                    format!("Mật khẩu cho {person}"),
                    format!("Password for {person}"),
                );
                let password = cli::secret(dir, password_file.as_deref(), &words, ui.lang())?;
                let _alone = Accounts::alone(&repo)?;
                let accounts = Accounts::read(&repo)?;
                accounts.with(person, &password, false)?.write(&repo)?;
                ui.say(&Words::new(
                    format!("Đã đặt mật khẩu cho {person}."),
                    format!("The password of {person} is set."),
                ));
            }
            Self::Remove { person } => {
                let shown = tame(person);
                let _alone = Accounts::alone(&repo)?;
                let rest = Accounts::read(&repo)?.without(person).ok_or_else(|| {
                    Fault::at_fault(Words::new(
                        format!("`{shown}` không có tài khoản"),
                        format!("`{shown}` has no account"),
                    ))
                })?;
                rest.write(&repo)?;
                ui.say(&Words::new(
                    format!("Đã bỏ tài khoản của {shown}."),
                    format!("The account of {shown} is gone."),
                ));
            }
            Self::List => {
                let today = dates::day(cli::now()?);
                for (id, account) in Accounts::read(&repo)?.people() {
                    let name = school.person(id).map_or("—", |person| person.ten.as_str());
                    let state = match (works_here(&school, id, today), account.initial) {
                        (false, _) => "không còn trong danh bạ: không đăng nhập được",
                        (true, true) => "chưa đổi mật khẩu được cấp",
                        (true, false) => "đang dùng",
                    };
                    ui.print(&format!("{id}\t{name}\t{state}"))?;
                }
            }
        }
        Ok(Outcome::Done)
    }
}

fn invite(
    repo: &Repo,
    school: &School,
    (people, all): (&[String], bool),
    ui: &mut Ui,
) -> Result<(), Fault> {
    let today = dates::day(cli::now()?);
    let _alone = Accounts::alone(repo)?;
    let accounts = Accounts::read(repo)?;
    let ids: Vec<String> = match all {
        true => (school.people_on(today))
            .filter(|person| accounts.get(&person.id).is_none())
            .map(|person| person.id.clone())
            .collect(),
        false => people.to_vec(),
    };
    if ids.is_empty() && !all {
        return Err(Fault::usage(Words::new(
            "hãy nêu mã người, hoặc `--all`",
            "name the people, or say `--all`",
        )));
    }
    for id in &ids {
        at_work(school, id)?;
    }
    let (mut accounts, mut slips) = (accounts, Vec::new());
    for id in ids {
        let password = password()?;
        accounts = accounts.with(&id, &password, true)?;
        slips.push((id, password));
    }
    // Written before anything is printed: a password on paper that opens nothing helps nobody.
    accounts.write(repo)?;
    for (id, password) in &slips {
        let name = school.person(id).map_or("", |person| person.ten.as_str());
        ui.print(&format!("{id}\t{}\t{name}", password.expose_secret()))?;
    }
    let count = slips.len();
    ui.say(&Words::new(
        format!("Đã cấp {count} mật khẩu lần đầu; không xem lại được. Người nhận đổi khi đăng nhập."),
        format!("{count} first passwords given out; they are not shown again and are changed at the first sign-in."),
    ));
    Ok(())
}

fn at_work(school: &School, person: &str) -> Result<(), Fault> {
    let today = dates::day(cli::now()?);
    if works_here(school, person, today) {
        return Ok(());
    }
    let shown = tame(person);
    Err(Fault::at_fault(Words::new(
        format!("ngày {today} school.yaml không có người nào mã `{shown}` đang làm việc"),
        format!("on {today} school.yaml has nobody at work with the id `{shown}`"),
    )))
}

/// A password to be given out.
fn password() -> Result<SecretString, Fault> {
    let mut bytes = [0_u8; LENGTH];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| {
        Fault::failed(Words::new(
            "hệ thống không cho số ngẫu nhiên",
            "the system gives no random numbers",
        ))
    })?;
    let letters = bytes
        .iter()
        .map(|byte| char::from(LETTERS[usize::from(byte & 31)]));
    Ok(SecretString::from(letters.collect::<String>()))
}
