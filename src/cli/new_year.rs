//! `hoso new-year`: opens a school year with what is known of the last one. New files and added lines only.

use std::collections::BTreeMap;
use std::path::Path;

use crate::cli::args::FindingFormat;
use crate::cli::exit::Fault;
use crate::cli::exit::Outcome;
use crate::cli::init;
use crate::cli::setup;
use crate::cli::ui::Ui;
use crate::diag::Report;
use crate::diag::Severity;
use crate::diag::Words;
use crate::diag::words::tame;
use crate::path::RepoPath;
use crate::pipeline;
use crate::records;
use crate::records::dates;
use crate::repo::Repo;
use crate::repo::Snapshot;
use crate::scaffold::year;
use crate::scaffold::year::Opening;
use crate::scaffold::year::Request;

/// Largest `school.yaml`.
const MAX_SCHOOL: u64 = 4 * 1024 * 1024;

/// What `new-year` takes.
#[derive(Debug, clap::Args)]
pub struct NewYearArgs {
    #[arg(
        value_name = "YEAR",
        help = "Năm học mới, ví dụ 2025-2026 ¦ The new school year, such as 2025-2026"
    )]
    year: String,

    #[arg(
        long,
        value_name = "YEAR",
        help = "Lấy lớp và trẻ từ năm học này (mặc định: năm ngay trước) ¦ Take classes and children from this year (default: the one before)"
    )]
    from: Option<String>,

    #[arg(
        long,
        value_name = "CLASS=CLASS",
        help = "Trẻ lớp nào lên lớp nào, khi độ tuổi chưa đủ để biết; dùng được nhiều lần ¦ Which class goes up to which, where the age does not tell; may be repeated"
    )]
    up: Vec<String>,

    #[arg(long, help = "Chỉ xem sẽ thêm gì ¦ Only show what would be added")]
    dry_run: bool,
}

impl NewYearArgs {
    /// Runs it.
    ///
    /// # Errors
    /// When the request does not fit the school, or a file cannot be written.
    pub fn run(&self, dir: &Path, ui: &mut Ui) -> Result<Outcome, Fault> {
        let repo = Repo::open(dir)?;
        let snapshot = repo.worktree()?;
        let mut before = Report::default();
        let Some(records) = before.take(records::read(&snapshot)) else {
            ui.findings(&before, FindingFormat::Text)?;
            return Ok(Outcome::AtFault);
        };
        let from = match &self.from {
            Some(from) => from.clone(),
            None => year_before(&self.year)?,
        };
        let up = self.up()?;
        let school = school_text(&snapshot)?;
        let request = Request {
            year: &self.year,
            from: &from,
            up: &up,
            school: &school,
        };
        let opening = year::open(&records, &request).map_err(Fault::at_fault)?;
        let mut files: BTreeMap<RepoPath, Option<Vec<u8>>> = BTreeMap::new();
        for (path, bytes) in &opening.files {
            files.insert(path_of(path)?, Some(bytes.clone()));
        }
        if let Some(text) = &opening.school {
            files.insert(path_of(year::FILE)?, Some(text.clone().into_bytes()));
        }
        if !self.is_sound(snapshot, files, &before, ui)? {
            return Err(Fault::at_fault(Words::new(
                "năm học mới chưa qua được kiểm tra ở trên; chưa ghi gì",
                "the new year does not pass the check above; nothing was written",
            )));
        }
        self.show(&opening, ui)?;
        if !self.dry_run {
            init::write(repo.root(), &opening.files)?;
            if let Some(text) = &opening.school {
                setup::put_over(repo.root(), year::FILE, text.as_bytes())?;
            }
        }
        Ok(Outcome::Done)
    }

    /// Whether the repository with the new files has no fault that it did not have.
    fn is_sound(
        &self,
        snapshot: Snapshot,
        files: BTreeMap<RepoPath, Option<Vec<u8>>>,
        before: &Report,
        ui: &mut Ui,
    ) -> Result<bool, Fault> {
        let mut after = Report::default();
        let _ = pipeline::check(&mut after, &snapshot.with(&files));
        let mut new = Report::default();
        let errors = after.new_since(before).into_iter();
        new.add(errors.filter(|f| f.severity == Severity::Error).cloned());
        ui.findings(&new, FindingFormat::Text)?;
        Ok(new.is_empty())
    }

    fn show(&self, opening: &Opening, ui: &mut Ui) -> Result<(), Fault> {
        if !opening.added.is_empty() {
            ui.print(year::FILE)?;
            for line in &opening.added {
                ui.print(&format!("+ {line}"))?;
            }
        }
        for path in opening.files.keys() {
            ui.print(path)?;
        }
        for note in &opening.notes {
            ui.say(note);
        }
        if !opening.due.is_empty() {
            ui.say(&Words::new(
                "Kế hoạch và sổ phải lập trong năm học mới:",
                "Plans and registers that the new year asks for:",
            ));
        }
        for (command, what) in &opening.due {
            ui.say(&Words::new(
                format!("  {command}    # {what}"),
                format!("  {command}    # {what}"),
            ));
        }
        ui.say(&match self.dry_run {
            true => Words::new("Chỉ xem: chưa ghi gì.", "Only shown: nothing was written."),
            false => Words::new(
                "Đã mở năm học; xem lại, rồi git add content && git commit. Qua đề nghị: gửi danh bạ trước, danh sách trẻ sau.",
                "The year is open; look at it, then git add content && git commit. By proposals: the roster first, the class lists after it.",
            ),
        });
        Ok(())
    }

    fn up(&self) -> Result<BTreeMap<String, String>, Fault> {
        let pair = |text: &String| {
            let (from, to) = text.split_once('=').ok_or_else(|| {
                let shown = tame(text);
                Fault::usage(Words::new(
                    format!("`{shown}` không có dạng LỚP=LỚP"),
                    format!("`{shown}` is not of the form CLASS=CLASS"),
                ))
            })?;
            Ok((from.to_owned(), to.to_owned()))
        };
        self.up.iter().map(pair).collect()
    }
}

fn year_before(year: &str) -> Result<String, Fault> {
    let first = dates::school_year(year).map(|(first, _)| first.year());
    first
        .map(|year| format!("{:04}-{year:04}", year - 1))
        .ok_or_else(|| {
            let shown = tame(year);
            Fault::usage(Words::new(
                format!("`{shown}` không phải năm học như 2025-2026"),
                format!("`{shown}` is no school year such as 2025-2026"),
            ))
        })
}

fn school_text(snapshot: &Snapshot) -> Result<String, Fault> {
    let bytes = snapshot.read(&path_of(year::FILE)?, MAX_SCHOOL)?;
    String::from_utf8(bytes).map_err(|_| {
        Fault::at_fault(Words::new(
            "content/school.yaml không phải UTF-8",
            "content/school.yaml is not UTF-8",
        ))
    })
}

fn path_of(path: &str) -> Result<RepoPath, Fault> {
    RepoPath::parse(path).map_err(|error| Fault::at_fault(Words::new(error.vi(), error.en())))
}
