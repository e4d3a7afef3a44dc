//! `hoso status`: what the kinds ask for, against what is there.

use std::path::Path;

use comfy_table::ColumnConstraint;
use comfy_table::ContentArrangement;
use comfy_table::LineStyle;
use comfy_table::Table;
use comfy_table::TableStyle;
use jiff::civil::Date;
use serde_json::Value;
use serde_json::json;

use crate::cli;
use crate::cli::args::FindingFormat;
use crate::cli::args::Format;
use crate::cli::exit::Fault;
use crate::cli::exit::Outcome;
use crate::cli::new::date;
use crate::cli::ui::Ui;
use crate::diag::Lang;
use crate::diag::Report;
use crate::diag::Words;
use crate::diag::words::near_miss;
use crate::diag::words::tame;
use crate::ledger::Entry;
use crate::ledger::Ledger;
use crate::ledger::Sources;
use crate::ledger::State;
use crate::ledger::kept;
use crate::ledger::kept::Kept;
use crate::ledger::run::Run;
use crate::ledger::tally::Tally;
use crate::pipeline;
use crate::pipeline::Signed;
use crate::records::Record;
use crate::records::Records;
use crate::records::dates;
use crate::repo;
use crate::repo::FOLDERS;
use crate::repo::History;
use crate::repo::Repo;
use crate::repo::Shallow;
use crate::repo::Snapshot;
use crate::seal::Seals;
use crate::sign::TrustStore;

/// Columns of the table; a terminal narrower than this wraps it.
const WIDTH: u16 = 110;

/// One line, below the headings.
const STYLE: TableStyle =
    TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// What `status` takes.
#[derive(Debug, clap::Args)]
pub struct StatusArgs {
    #[arg(
        long,
        visible_alias = "nam",
        value_name = "YEAR",
        help = "Chỉ năm học này, ví dụ 2024-2025 (mặc định: mọi năm có hồ sơ) ¦ Only this school year, such as 2024-2025 (default: every year with records)"
    )]
    year: Option<String>,

    #[arg(
        long,
        visible_alias = "don-vi",
        value_name = "UNIT",
        help = "Chỉ đơn vị này; dùng được nhiều lần ¦ Only this unit; may be repeated"
    )]
    unit: Vec<String>,

    #[arg(
        long,
        visible_alias = "loai",
        value_name = "KIND",
        help = "Chỉ loại hồ sơ này; dùng được nhiều lần ¦ Only this kind; may be repeated"
    )]
    kind: Vec<String>,

    #[arg(
        long,
        visible_alias = "nguoi",
        value_name = "PERSON",
        help = "Chỉ những gì đang chờ người này, hoặc về người này ¦ Only what waits for this person, or is about them"
    )]
    person: Option<String>,

    #[arg(
        long,
        visible_alias = "tu",
        value_name = "DATE",
        help = "Từ kỳ có ngày này ¦ From the period of this day on"
    )]
    from: Option<String>,

    #[arg(
        long,
        visible_alias = "den",
        value_name = "DATE",
        help = "Đến kỳ có ngày này ¦ Up to the period of this day"
    )]
    to: Option<String>,

    #[arg(
        long,
        visible_alias = "ngay",
        value_name = "DATE",
        help = "Tính đến ngày này (mặc định: hôm nay) ¦ As of this day (default: today)"
    )]
    on: Option<String>,

    #[arg(
        long,
        visible_alias = "tat-ca",
        help = "Kể cả những gì đã đủ hoặc chưa đến hạn ¦ Also what is complete or not due yet"
    )]
    all: bool,

    #[arg(
        long,
        value_name = "FORMAT",
        hide_possible_values = true,
        default_value = "text",
        help = "Dạng kết quả: text hoặc json ¦ Form of the result: text or json"
    )]
    format: Format,

    #[arg(
        long,
        value_name = "REV",
        help = "Xem một phiên bản git thay vì các tệp đang sửa ¦ Look at a git revision instead of the files being edited"
    )]
    revision: Option<String>,
}

impl StatusArgs {
    /// Runs it.
    ///
    /// # Errors
    /// When the repository cannot be read, or something is asked about that the school does not
    /// have.
    pub fn run(&self, dir: &Path, ui: &mut Ui) -> Result<Outcome, Fault> {
        let on = day(self.on.as_deref())?;
        let from = self.from.as_deref().map(date).transpose()?;
        let to = self.to.as_deref().map(date).transpose()?;
        let shelf = Shelf::read(dir, self.revision.as_deref(), ui)?;
        self.known(&shelf.records)?;
        let kept = shelf.kept();
        let ledger = Ledger::of(&shelf.sources(&kept, on), self.year.as_deref().as_slice());
        let asked = |entry: &&Entry| {
            let own =
                |wanted: &[String], id: &str| wanted.is_empty() || wanted.iter().any(|w| w == id);
            self.year.as_ref().is_none_or(|year| *year == entry.year)
                && own(&self.unit, &entry.unit.id)
                && own(&self.kind, &entry.kind.id)
                && self.person.as_ref().is_none_or(|p| entry.concerns(p))
                && from.is_none_or(|from| from <= entry.anchor)
                && to.is_none_or(|to| entry.anchor <= to)
        };
        let asked: Vec<&Entry> = ledger.entries.iter().filter(asked).collect();
        let shown = asked
            .iter()
            .copied()
            .filter(|entry| self.all || entry.is_due && !entry.state.is_complete());
        let tally = Tally::of(asked.iter().copied());
        match self.format {
            Format::Text => {
                let runs = Run::all(shown);
                for unit in runs.chunk_by(|a, b| {
                    let (a, b) = (a.first(), b.first());
                    (&a.year, &a.unit.id) == (&b.year, &b.unit.id)
                }) {
                    ui.print(&section(unit, ui.lang()))?;
                }
                summary(&tally, on, ui);
            }
            Format::Json => {
                for entry in shown {
                    ui.print(&object(entry, on).to_string())?;
                }
                ui.print(&total(&tally, on).to_string())?;
            }
        }
        Ok(match tally.missing {
            0 => Outcome::Done,
            _ => Outcome::AtFault,
        })
    }

    /// What is asked about must be there, or a typing mistake would look like a clean slate.
    fn known(&self, records: &Records) -> Result<(), Fault> {
        let school = &records.school;
        let units: Vec<&str> = school.unit_ids().collect();
        for unit in &self.unit {
            among(unit, units.iter().copied(), "đơn vị", "unit")?;
        }
        for kind in &self.kind {
            let kinds = records.kinds.keys().map(String::as_str);
            among(kind, kinds, "loại hồ sơ", "kind")?;
        }
        if let Some(person) = self.person.as_ref().filter(|p| school.person(p).is_none()) {
            among(person, std::iter::empty(), "người", "person")?;
        }
        match &self.year {
            Some(year) if school.year(year).is_none() => {
                let shown = tame(year);
                Err(Fault::usage(Words::new(
                    format!("`{shown}` không phải năm học như 2024-2025"),
                    format!("`{shown}` is no school year such as 2024-2025"),
                )))
            }
            _ => Ok(()),
        }
    }
}

fn among<'a>(
    wanted: &str,
    all: impl Iterator<Item = &'a str> + Clone,
    vi: &str,
    en: &str,
) -> Result<(), Fault> {
    if all.clone().any(|id| id == wanted) {
        return Ok(());
    }
    let shown = tame(wanted);
    let fault = Fault::usage(Words::new(
        format!("không có {vi} `{shown}`"),
        format!("there is no {en} `{shown}`"),
    ));
    Err(match near_miss(wanted, all) {
        Some(near) => fault.help(Words::new(
            format!("có phải là `{near}`?"),
            format!("did you mean `{near}`?"),
        )),
        None => fault,
    })
}

/// The day as of which: the one given, else today in Vietnam.
///
/// # Errors
/// When it is no date.
pub fn day(given: Option<&str>) -> Result<Date, Fault> {
    match given {
        Some(text) => date(text),
        None => Ok(dates::day(cli::now()?)),
    }
}

/// Everything that a ledger is made from, as it lies in the repository.
pub struct Shelf {
    /// The files.
    pub snapshot: Snapshot,
    /// School and kinds; its records are in `signed`.
    pub records: Records,
    /// Every record and book with its signatures.
    pub signed: Vec<(Record, Seals)>,
    history: History,
}

impl Shelf {
    /// Reads the working tree, or a revision. What is wrong is said in one line: a record that
    /// cannot be read counts as missing.
    ///
    /// # Errors
    /// When the repository or the school cannot be read.
    pub fn read(dir: &Path, revision: Option<&str>, ui: &mut Ui) -> Result<Self, Fault> {
        let repo = Repo::open(dir)?;
        let mut report = Report::default();
        let found = match repo.revision(revision) {
            // Before the first commit nothing was entered.
            Err(repo::Error::NoCommits { .. }) if revision.is_none() => None,
            found => Some(found?),
        };
        let history = match &found {
            Some(found) => History::read(&repo, found, &FOLDERS, Shallow::Allow)?,
            None => History::default(),
        };
        if history.is_cut() {
            ui.say(&Words::new(
                "chú ý: kho git bị cắt lịch sử (shallow), nên ngày nộp có thể sai; chạy `git fetch --unshallow`",
                "note: the history is cut off (shallow), so days of entry may be wrong; run `git fetch --unshallow`",
            ));
        }
        let snapshot = match found.filter(|_| revision.is_some()) {
            Some(found) => repo.snapshot(&found)?,
            None => repo.worktree()?,
        };
        let mut records = match pipeline::check(&mut report, &snapshot) {
            Ok(records) => records,
            Err(refused) => {
                ui.findings(&report, FindingFormat::Text)?;
                return Err(refused.into());
            }
        };
        let all = std::mem::take(&mut records.all);
        let bar = ui.bar();
        let input = Signed {
            snapshot: &snapshot,
            school: &records.school,
            own: None,
            trust: TrustStore::default(),
            at: cli::now()?,
        };
        let signed = pipeline::examine(&mut report, input, all, &bar).records;
        bar.finish();
        if report.has_errors() {
            ui.say(&Words::new(
                "chú ý: kho có lỗi, xem `hoso check` và `hoso verify`; hồ sơ không đọc được tính là thiếu",
                "note: the repository is at fault, see `hoso check` and `hoso verify`; a record that cannot be read counts as missing",
            ));
        }
        Ok(Self {
            snapshot,
            records,
            signed,
            history,
        })
    }

    /// Every record and book with where it stands.
    pub fn kept(&self) -> Vec<Kept<'_>> {
        let entered = |record: &Record| {
            let path = record.path()?;
            kept::first_day(self.history.of(path))
        };
        self.signed
            .iter()
            .map(|(record, seals)| Kept::of(record, seals, entered(record)))
            .collect()
    }

    /// What the ledger of a day is made from.
    pub fn sources<'a>(&'a self, kept: &'a [Kept<'a>], on: Date) -> Sources<'a> {
        Sources {
            school: &self.records.school,
            kinds: &self.records.kinds,
            kept,
            on,
        }
    }
}

/// A unit as a heading with its table below.
fn section(runs: &[Run<'_>], lang: Lang) -> String {
    let Some(one) = runs.first().map(Run::first) else {
        return String::new();
    };
    let mut table = Table::new();
    table
        .load_style(STYLE)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(WIDTH);
    table.set_header(match lang {
        Lang::Vi => ["Loại hồ sơ", "Kỳ", "Số kỳ", "Trạng thái", "Chờ ai", "Trễ"],
        Lang::En => ["Kind", "Period", "Periods", "State", "Who", "Late"],
    });
    for run in runs {
        table.add_row(row(run, lang));
    }
    // Dates and days stay on one line; names and titles wrap.
    for narrow in [1, 2, 3, 5] {
        if let Some(column) = table.column_mut(narrow) {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    let heading = match lang {
        Lang::Vi => format!("{} ({}), năm học {}", one.unit.ten, one.unit.id, one.year),
        Lang::En => format!(
            "{} ({}), school year {}",
            one.unit.ten, one.unit.id, one.year
        ),
    };
    let table: Vec<String> = table
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect();
    format!("{heading}\n{}\n", table.join("\n"))
}

fn row(run: &Run<'_>, lang: Lang) -> [String; 6] {
    let one = run.first();
    let title = match lang {
        Lang::Vi => &one.kind.title,
        Lang::En => &one.kind.title_en,
    };
    let title = match &one.subject {
        Some(subject) => format!("{title}: {}", tame(&subject.name)),
        None => title.clone(),
    };
    let mut state = one.state.words().in_lang(lang).to_owned();
    if one.needed > 1 && matches!(one.state, State::Missing | State::Open) {
        state.push_str(&format!(" ({}/{})", one.records.len(), one.needed));
    }
    [
        title,
        run.periods().in_lang(lang).to_owned(),
        run.entries().len().to_string(),
        state,
        people(one),
        lateness(run).in_lang(lang).to_owned(),
    ]
}

/// Three names at most; whoever wants all asks for JSON.
fn people(entry: &Entry) -> String {
    const SHOWN: usize = 3;
    let names = entry.who.iter().map(|who| tame(&who.name));
    let mut text = names.take(SHOWN).collect::<Vec<_>>().join(", ");
    if let Some(more) = entry.who.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        text.push_str(&format!(" +{more}"));
    }
    text
}

fn lateness(run: &Run<'_>) -> Words {
    let most = |late: fn(&Entry) -> Option<u32>| {
        let all = run.entries().iter().filter_map(|entry| late(entry));
        all.max().unwrap_or(0)
    };
    let days = |vi: &str, en: &str, days: u32| match days {
        0 => Words::new("", ""),
        1 => Words::new(format!("{vi}1 ngày"), format!("{en}1 day")),
        n => Words::new(format!("{vi}{n} ngày"), format!("{en}{n} days")),
    };
    let signed = most(Entry::signed_late);
    match (run.late(), signed) {
        (0, 0) => days("nộp trễ ", "entered late by ", most(Entry::entered_late)),
        (0, late) => days("ký trễ ", "signed late by ", late),
        (late, _) => days("", "", late),
    }
}

fn object(entry: &Entry, on: Date) -> Value {
    let named = |name: &crate::ledger::Named| json!({"id": name.id, "name": name.name});
    json!({
        "schema": "hoso/status/1",
        "on": on.to_string(),
        "year": entry.year,
        "unit": entry.unit.id,
        "kind": entry.kind.id,
        "period": entry.period.name,
        "from": entry.period.from.to_string(),
        "to": entry.period.to.to_string(),
        "subject": entry.subject.as_ref().map(named),
        "due": entry.due.to_string(),
        "state": entry.state.code(),
        "needed": entry.needed,
        "records": entry.records.iter().map(|id| id.as_str()).collect::<Vec<_>>(),
        "waits_for": entry.who.iter().map(named).collect::<Vec<_>>(),
        "late_days": entry.late,
        "entered": entry.entered.map(|day| day.to_string()),
        "entered_late_days": entry.entered_late(),
        "signed": entry.signed.map(|day| day.to_string()),
        "signed_late_days": entry.signed_late(),
    })
}

fn total(tally: &Tally, on: Date) -> Value {
    json!({
        "schema": "hoso/status-total/1",
        "on": on.to_string(),
        "due": tally.due,
        "there": tally.there,
        "signed": tally.signed,
        "on_time": tally.on_time,
        "missing": tally.missing,
    })
}

fn summary(tally: &Tally, on: Date, ui: &mut Ui) {
    let day = dates::official(on);
    if tally.due == 0 {
        return ui.say(&Words::new(
            format!("Tính đến {day}: chưa có gì đến hạn"),
            format!("As of {on}: nothing was due"),
        ));
    }
    let [there, signed, on_time] =
        [tally.there, tally.signed, tally.on_time].map(|part| (part, tally.percent(part)));
    ui.say(&Words::new(
        format!(
            "Tính đến {day}: {} đến hạn; đã có {} ({}%), ký đủ {} ({}%), đúng hạn {} ({}%), thiếu {}",
            tally.due, there.0, there.1, signed.0, signed.1, on_time.0, on_time.1, tally.missing
        ),
        format!(
            "As of {on}: {} due; {} there ({}%), {} signed ({}%), {} on time ({}%), {} missing",
            tally.due, there.0, there.1, signed.0, signed.1, on_time.0, on_time.1, tally.missing
        ),
    ));
}
