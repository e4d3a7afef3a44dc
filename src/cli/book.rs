//! `hoso book`: a book or a bound volume of any range as a PDF, and its closing (*khóa sổ*).

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;

use hayro_syntax::Pdf;
use jiff::Timestamp;

use crate::cli;
use crate::cli::args::FindingFormat;
use crate::cli::exit::Fault;
use crate::cli::exit::Outcome;
use crate::cli::new::date;
use crate::cli::ui::Ui;
use crate::diag::Report;
use crate::diag::Words;
use crate::diag::words::near_miss;
use crate::diag::words::or_ticked;
use crate::diag::words::tame;
use crate::path::RepoPath;
use crate::pipeline;
use crate::records::Record;
use crate::records::Records;
use crate::records::dates;
use crate::records::school::Person as Member;
use crate::render;
use crate::render::Press;
use crate::render::kept;
use crate::render::kept::Trust;
use crate::render::world::Layouts;
use crate::repo::Entering;
use crate::repo::FOLDERS;
use crate::repo::Person;
use crate::repo::Repo;
use crate::repo::Snapshot;
use crate::scaffold::book;
use crate::scaffold::book::Asked;
use crate::scaffold::book::Range;

/// What `book` takes.
#[derive(Debug, clap::Args)]
pub struct BookArgs {
    #[arg(
        value_name = "UNIT",
        help = "Đơn vị, ví dụ mg-5a; all là cả trường ¦ The unit, such as mg-5a; all: the whole school"
    )]
    unit: String,

    #[arg(
        value_name = "KIND",
        help = "Các loại hồ sơ hoặc sổ; không nêu là mọi loại ¦ Kinds of records or a book; none: every kind"
    )]
    kinds: Vec<String>,

    #[arg(
        long = "tu",
        visible_alias = "from",
        value_name = "DATE",
        help = "Từ ngày ¦ First day"
    )]
    from: Option<String>,

    #[arg(
        long = "den",
        visible_alias = "to",
        value_name = "DATE",
        help = "Đến ngày ¦ Last day"
    )]
    to: Option<String>,

    #[arg(
        long = "thang",
        visible_alias = "month",
        value_name = "2024-09",
        conflicts_with_all = ["from", "to", "year"],
        help = "Một tháng ¦ One month"
    )]
    month: Option<String>,

    #[arg(
        long = "nam",
        visible_alias = "year",
        value_name = "2024-2025",
        conflicts_with_all = ["from", "to"],
        help = "Một năm học ¦ One school year"
    )]
    year: Option<String>,

    #[arg(
        long = "tre",
        visible_alias = "child",
        value_name = "CODE",
        help = "Mọi hồ sơ về một trẻ: mã định danh 10 số ¦ Everything about one child: its ten-digit code"
    )]
    child: Option<String>,

    #[arg(
        long = "tieu-de",
        visible_alias = "title",
        value_name = "TITLE",
        help = "Tên in trên bìa ¦ The title on the cover"
    )]
    title: Option<String>,

    #[arg(
        long = "ten",
        visible_alias = "name",
        value_name = "NAME",
        help = "Tên tệp của quyển ¦ What the volume's file is called"
    )]
    name: Option<String>,

    #[arg(
        short = 'o',
        long = "out",
        value_name = "FILE.pdf",
        conflicts_with = "close",
        help = "Tệp PDF (mặc định: <tên quyển>.pdf) ¦ The PDF (default: <name>.pdf)"
    )]
    out: Option<PathBuf>,

    #[arg(
        long = "khoa",
        visible_alias = "close",
        id = "close",
        help = "Khóa sổ: ghi danh sách hồ sơ kèm mã băm vào kho; sau đó không sửa, thêm, bớt ¦ Close it: enter the list of records with their digests; nothing changes afterwards"
    )]
    close: bool,

    #[arg(
        long = "nguoi",
        visible_alias = "person",
        value_name = "PERSON",
        help = "Người khóa sổ (mặc định: người có thư điện tử trong git) ¦ Who closes it (default: whose address git knows)"
    )]
    person: Option<String>,

    #[arg(
        long = "ngay",
        visible_alias = "date",
        value_name = "DATE",
        help = "Ngày khóa sổ (mặc định: hôm nay) ¦ Day of closing (default: today)"
    )]
    date: Option<String>,
}

impl BookArgs {
    /// Runs it.
    ///
    /// # Errors
    /// When the request does not fit the school, or the form cannot be set, or nothing can be entered.
    pub fn run(&self, dir: &Path, ui: &mut Ui) -> Result<Outcome, Fault> {
        let at = cli::now()?;
        let day = match &self.date {
            Some(text) => date(text)?,
            None => dates::day(at),
        };
        let range = self.range()?;
        let repo = Repo::open(dir)?;
        // A draft shows what lies on the disk; only what is committed can be closed.
        let revision = match self.close {
            true => Some(repo.revision(None)?),
            false => None,
        };
        let snapshot = match &revision {
            Some(revision) => repo.snapshot(revision)?,
            None => repo.worktree()?,
        };
        if self.close && repo.is_dirty_under(&FOLDERS)? {
            ui.say(&Words::new(
                "chú ý: có thay đổi chưa ghi (commit); chỉ khóa những gì đã ghi",
                "note: there are changes not yet committed; only what is committed is closed",
            ));
        }
        let mut report = Report::default();
        let read = pipeline::check(&mut report, &snapshot);
        ui.findings(&report, FindingFormat::Text)?;
        let records = read?;
        report.stop_on_record_errors()?;
        self.known(&records)?;
        let person = self.person(&repo, &records)?;
        if self.close && person.is_none() {
            return Err(nobody());
        }
        let asked = Asked {
            unit: Some(self.unit.as_str()).filter(|unit| *unit != "all"),
            kinds: &self.kinds,
            range,
            child: self.child.as_deref(),
            title: self.title.as_deref(),
            name: self.name.as_deref(),
            day,
            by: person.map(|p| p.id.as_str()),
            closing: self.close,
        };
        let book = book::find(&records, &asked).map_err(|refusal| self.refused(refusal, ui))?;
        match (&revision, person) {
            (Some(revision), Some(person)) => {
                let closing = book::closing(&book, &asked, &person.id).map_err(Fault::at_fault)?;
                let id = enter(&repo, revision, &book, closing, person, at)?;
                self.told(&book, &id, ui)
            }
            _ => self.draft(dir, &snapshot, &records, &book, at, ui),
        }
    }

    fn range(&self) -> Result<Option<Range>, Fault> {
        if let Some(month) = &self.month {
            let end = dates::parse(month).filter(|_| month.len() == 7);
            let end = end.ok_or_else(|| unclear(month, "2024-09"))?;
            return Ok(Some(Range::month(end)));
        }
        if let Some(year) = &self.year {
            let range = Range::year(year).ok_or_else(|| unclear(year, "2024-2025"))?;
            return Ok(Some(range));
        }
        match (&self.from, &self.to) {
            (None, None) if self.child.is_some() => Ok(None),
            (Some(from), Some(to)) => {
                let range = Range::days(date(from)?, date(to)?);
                range.map(Some).ok_or_else(|| {
                    Fault::usage(Words::new(
                        "ngày cuối ở trước ngày đầu",
                        "the last day is before the first",
                    ))
                })
            }
            _ => Err(Fault::usage(Words::new(
                "hãy nói thời gian: --thang 2024-09, --nam 2024-2025, hoặc --tu và --den",
                "say the time: --month 2024-09, --year 2024-2025, or --from and --to",
            ))),
        }
    }

    /// Refuses units and kinds that there are not.
    fn known(&self, records: &Records) -> Result<(), Fault> {
        let units = || records.school.unit_ids();
        if self.unit != "all" && !units().any(|id| id == self.unit) {
            let shown = tame(&self.unit);
            let fault = Fault::at_fault(Words::new(
                format!("trường không có đơn vị `{shown}`"),
                format!("the school has no unit `{shown}`"),
            ));
            return Err(fault.help(hint(&self.unit, units())));
        }
        let kinds = || records.kinds.keys().map(String::as_str);
        match self.kinds.iter().find(|id| !kinds().any(|k| k == **id)) {
            Some(id) => {
                let shown = tame(id);
                let fault = Fault::at_fault(Words::new(
                    format!("không có loại hồ sơ `{shown}`"),
                    format!("there is no kind `{shown}`"),
                ));
                Err(fault.help(hint(id, kinds())))
            }
            None => Ok(()),
        }
    }

    /// Who closes it: the person named, or the one whose address git knows.
    fn person<'a>(&self, repo: &Repo, records: &'a Records) -> Result<Option<&'a Member>, Fault> {
        let school = &records.school;
        if let Some(id) = &self.person {
            let shown = tame(id);
            return match school.person(id) {
                Some(person) => Ok(Some(person)),
                None => Err(Fault::at_fault(Words::new(
                    format!("school.yaml không có người `{shown}`"),
                    format!("school.yaml has no person `{shown}`"),
                ))),
            };
        }
        let user = repo.user()?;
        Ok(user.and_then(|user| school.by_email(&user.email)))
    }

    fn refused(&self, refusal: book::Refusal, ui: &mut Ui) -> Fault {
        match refusal {
            book::Refusal::Words(words) => Fault::at_fault(words),
            book::Refusal::Findings(findings) => {
                let mut report = Report::default();
                report.add(findings);
                let _ = ui.findings(&report, FindingFormat::Text);
                Fault::at_fault(Words::new(
                    "không lập được quyển, xem các dòng trên",
                    "the volume could not be made, see above",
                ))
            }
        }
    }

    fn draft(
        &self,
        dir: &Path,
        snapshot: &Snapshot,
        records: &Records,
        book: &Record,
        at: Timestamp,
        ui: &mut Ui,
    ) -> Result<Outcome, Fault> {
        let layouts = Layouts::read(snapshot)?;
        let mut kept_faults = Vec::new();
        let (store, _) = kept::anchors(snapshot, &mut kept_faults);
        let trust = Trust {
            school: &records.school,
            store: &store,
            at,
        };
        let press = Press {
            snapshot,
            school: &records.school,
            layouts: &layouts,
            trust,
            cache: None,
        };
        // What was signed is printed as it was signed; what is wrong with it, `verify` tells.
        let versions = kept::versions(snapshot, &book.id, trust, &mut kept_faults);
        let pdf = match kept::current(versions, &book.source.digest).0 {
            Some(version) => version.pdf.to_vec(),
            None => render::set(&press, book)
                .map_err(|found| self.refused(book::Refusal::Findings(found), ui))?,
        };
        let path = match &self.out {
            Some(out) => cli::within(dir, out),
            None => cli::within(dir, Path::new(&format!("{}.pdf", book.id.name()))),
        };
        cli::write(&path, &pdf)?;
        let count = book.members().len();
        let sheets = Pdf::new(pdf).map(|pdf| pdf.pages().len()).unwrap_or(0);
        let title = tame(&book.title);
        ui.say(&match book.closing() {
            Some(closing) => {
                let day = dates::official(closing.date);
                let iso = closing.date;
                Words::new(
                    format!("«{title}»: {count} hồ sơ, {sheets} trang; đã khóa sổ ngày {day}"),
                    format!("«{title}»: records {count}, pages {sheets}; closed on {iso}"),
                )
            }
            None => Words::new(
                format!("«{title}»: {count} hồ sơ, {sheets} trang; bản để xem và in, chưa khóa sổ"),
                format!(
                    "«{title}»: records {count}, pages {sheets}; to be read and printed, not closed"
                ),
            ),
        });
        ui.print(&path.display().to_string())?;
        Ok(Outcome::Done)
    }

    fn told(&self, book: &Record, commit: &str, ui: &mut Ui) -> Result<Outcome, Fault> {
        let short: String = commit.chars().take(10).collect();
        let count = book.members().len();
        let title = tame(&book.title);
        let id = &book.id;
        ui.say(&Words::new(
            format!("Đã khóa «{title}»: {count} hồ sơ, ghi vào kho ở commit {short}."),
            format!("Closed «{title}» with its records ({count}), entered as commit {short}."),
        ));
        ui.say(&Words::new(
            "Từ nay hồ sơ trong sổ không sửa, không thêm, không bớt. Bước tiếp theo là ký:",
            "From now on none of its records is changed, added or taken away. Next, sign it:",
        ));
        ui.print(&format!("hoso sign --key FILE.p12 {id}"))?;
        Ok(Outcome::Done)
    }
}

fn enter(
    repo: &Repo,
    revision: &crate::repo::Revision,
    book: &Record,
    closing: (RepoPath, String),
    person: &Member,
    at: Timestamp,
) -> Result<String, Fault> {
    let (path, text) = closing;
    let author = Person {
        name: person.ten.clone(),
        email: person
            .email
            .first()
            .cloned()
            .unwrap_or_else(|| format!("{}@hoso.invalid", person.id)),
    };
    let message = format!("khóa sổ: {} ({})\n", book.id, person.id);
    Ok(repo.enter(&Entering {
        onto: revision,
        files: &BTreeMap::from([(path, text.into_bytes())]),
        author: &author,
        message: &message,
        at,
    })?)
}

fn unclear(text: &str, like: &str) -> Fault {
    let shown = tame(text);
    Fault::usage(Words::new(
        format!("`{shown}` không có dạng như {like}"),
        format!("`{shown}` does not look like {like}"),
    ))
}

fn hint<'a>(given: &str, known: impl Iterator<Item = &'a str>) -> Words {
    let mut all: Vec<&str> = known.collect();
    all.dedup();
    match near_miss(given, all.iter().copied()) {
        Some(near) => Words::new(
            format!("có phải là `{near}`?"),
            format!("did you mean `{near}`?"),
        ),
        None => {
            let all = or_ticked(all);
            Words::new(format!("chọn: {}", all.vi), format!("one of {}", all.en))
        }
    }
}

fn nobody() -> Fault {
    Fault::usage(Words::new(
        "chưa biết ai khóa sổ",
        "it is not known who closes the book",
    ))
    .help(Words::new(
        "nêu `--nguoi MÃ-NGƯỜI`, hoặc đặt thư điện tử của mình: git config user.email …",
        "say `--person PERSON`, or set your address: git config user.email …",
    ))
}
