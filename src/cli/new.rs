//! `hoso new`: a new record of a kind, filled in as far as the roster and the date allow.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::civil::Date;

use crate::cli;
use crate::cli::args::FindingFormat;
use crate::cli::exit::Fault;
use crate::cli::exit::Outcome;
use crate::cli::init;
use crate::cli::ui::Ui;
use crate::diag::Checked;
use crate::diag::Report;
use crate::diag::Words;
use crate::diag::words::tame;
use crate::records;
use crate::records::Records;
use crate::records::dates;
use crate::repo::Repo;
use crate::repo::Snapshot;
use crate::scaffold::Files;
use crate::scaffold::record;
use crate::scaffold::record::Request;

/// What `new` takes.
#[derive(Debug, clap::Args)]
pub struct NewArgs {
    #[arg(
        value_name = "KIND",
        help = "Loại hồ sơ, ví dụ giao-an ¦ The kind of record, such as giao-an"
    )]
    kind: String,

    #[command(flatten)]
    at: UnitAndDay,

    #[arg(
        long = "ten",
        visible_alias = "name",
        value_name = "NAME",
        help = "Phần tên tệp sau ngày hoặc số ¦ What the file is called beside its date or number"
    )]
    name: Option<String>,

    #[arg(
        long = "dat",
        visible_alias = "set",
        value_name = "KEY=VALUE",
        help = "Giá trị của một trường; dùng được nhiều lần ¦ The value of a field; may be repeated"
    )]
    set: Vec<String>,

    #[arg(
        long = "nguoi",
        visible_alias = "person",
        value_name = "PERSON",
        help = "Người ký ghi trong hồ sơ ¦ The signer named in the record"
    )]
    person: Option<String>,
}

/// Where and when a new record belongs.
#[derive(Debug, clap::Args)]
pub struct UnitAndDay {
    #[arg(
        long = "don-vi",
        visible_alias = "unit",
        value_name = "UNIT",
        help = "Đơn vị, ví dụ mg-5a ¦ The unit, such as mg-5a"
    )]
    pub(super) unit: Option<String>,

    #[arg(
        long = "ngay",
        visible_alias = "date",
        value_name = "DATE",
        help = "Ngày của hồ sơ (mặc định: hôm nay) ¦ The record's date (default: today)"
    )]
    date: Option<String>,
}

impl UnitAndDay {
    /// The day that was typed, else today.
    ///
    /// # Errors
    /// When it is no day.
    pub fn day(&self) -> Result<Date, Fault> {
        day(self.date.as_deref())
    }
}

impl NewArgs {
    /// Runs it.
    ///
    /// # Errors
    /// When the request does not fit the school, or the file is there already.
    pub fn run(&self, dir: &Path, ui: &mut Ui) -> Result<Outcome, Fault> {
        let repo = Repo::open(dir)?;
        let snapshot = repo.worktree()?;
        let Some(records) = told(records::outline(&snapshot), ui)? else {
            return Ok(Outcome::AtFault);
        };
        let date = self.at.day()?;
        let given = self
            .set
            .iter()
            .map(|pair| assignment(pair))
            .collect::<Result<Vec<_>, _>>()?;
        let taken: BTreeSet<String> = snapshot
            .under("content")
            .map(|e| e.path.as_str().to_owned())
            .collect();
        let author = self.author(&repo, &records)?;
        let request = Request {
            kind: &self.kind,
            unit: self.at.unit.as_deref(),
            date,
            name: self.name.as_deref(),
            given: &given,
            whole: None,
            person: self.person.as_deref(),
            author: author.as_deref(),
        };
        let made = record::new(&records, &taken, &request).map_err(Fault::at_fault)?;
        init::write(
            repo.root(),
            &Files::from([(made.path.to_string(), made.text.into_bytes())]),
        )?;
        ui.say(&Words::new(
            "Đã tạo hồ sơ; điền nội dung, rồi `hoso check`.",
            "Wrote the record; fill it in, then `hoso check`.",
        ));
        ui.print(made.path.as_str())?;
        Ok(Outcome::Done)
    }

    /// The person of the roster whose address git knows.
    fn author(&self, repo: &Repo, records: &Records) -> Result<Option<String>, Fault> {
        let Some(user) = repo.user()? else {
            return Ok(None);
        };
        Ok(records
            .school
            .by_email(&user.email)
            .map(|person| person.id.clone()))
    }
}

/// The records as they lie there; none, and the findings told, when not even the school can be read.
///
/// # Errors
/// When nothing can be printed.
pub fn records_of(snapshot: &Snapshot, ui: &mut Ui) -> Result<Option<Records>, Fault> {
    told(records::read(snapshot), ui)
}

fn told(read: Checked<Option<Records>>, ui: &mut Ui) -> Result<Option<Records>, Fault> {
    let mut report = Report::default();
    let records = report.take(read);
    if records.is_none() {
        ui.findings(&report, FindingFormat::Text)?;
    }
    Ok(records)
}

/// A day that was typed, else today.
///
/// # Errors
/// When it is no day.
pub fn day(typed: Option<&str>) -> Result<Date, Fault> {
    match typed {
        Some(text) => date(text),
        None => Ok(dates::day(cli::now()?)),
    }
}

/// A date as files write it, or as people in Vietnam do.
///
/// # Errors
/// When it is no date.
pub fn date(text: &str) -> Result<Date, Fault> {
    let typed = || {
        let mut parts = text.split('/');
        let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
        Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
    };
    text.parse().ok().or_else(typed).ok_or_else(|| {
        let shown = tame(text);
        Fault::usage(Words::new(
            format!("`{shown}` không phải ngày như 2024-09-09 hay 9/9/2024"),
            format!("`{shown}` is no date such as 2024-09-09 or 9/9/2024"),
        ))
    })
}

/// `key=value`, as it is typed.
///
/// # Errors
/// When there is no `=`.
pub(super) fn assignment(pair: &str) -> Result<(String, String), Fault> {
    let shown = tame(pair);
    pair.split_once('=')
        .map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned()))
        .ok_or_else(|| {
            Fault::usage(Words::new(
                format!("`{shown}` không có dạng khóa=giá trị"),
                format!("`{shown}` is not of the form key=value"),
            ))
        })
}
