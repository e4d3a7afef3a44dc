//! `hoso import`: a table of another program becomes a record, or rows of one; nothing is half taken
//! in. `--kind nguoi` proposes people for `school.yaml`; `--evidence` keeps PDFs signed elsewhere.

mod evidence;
mod judged;
mod people;
mod plan;
mod put;

use std::path::Path;
use std::path::PathBuf;

use jiff::civil::Date;

use crate::cli;
use crate::cli::args::FindingFormat;
use crate::cli::exit::Fault;
use crate::cli::exit::Outcome;
use crate::cli::new;
use crate::cli::ui::Ui;
use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Report;
use crate::diag::Words;
use crate::diag::words::tame;
use crate::exchange::cell::Sheet;
use crate::exchange::intake::Spot;
use crate::exchange::mapping;
use crate::exchange::mapping::Mapping;
use crate::exchange::open;
use crate::records;
use crate::records::Records;
use crate::records::dates;
use crate::repo::Repo;
use crate::repo::Snapshot;

/// What `import` takes.
#[derive(Debug, clap::Args)]
pub struct ImportArgs {
    #[arg(
        value_name = "FILE",
        required_unless_present = "evidence",
        help = "Bảng .xlsx, .xls, .ods hay .csv ¦ A table: .xlsx, .xls, .ods or .csv"
    )]
    file: Option<PathBuf>,

    #[arg(
        long = "loai",
        visible_alias = "kind",
        value_name = "KIND",
        help = "Loại hồ sơ, ví dụ danh-sach-tre; nguoi: đề nghị mục cho school.yaml. Mẫu do `hoso template` lập đã biết loại ¦ The kind of record, such as danh-sach-tre; nguoi: propose entries for school.yaml. A template of `hoso template` knows its kind"
    )]
    kind: Option<String>,

    #[arg(
        long = "don-vi",
        visible_alias = "unit",
        value_name = "UNIT",
        help = "Đơn vị, ví dụ mg-5a ¦ The unit, such as mg-5a"
    )]
    unit: Option<String>,

    #[arg(
        long = "nam",
        visible_alias = "year",
        value_name = "YEAR",
        conflicts_with = "date",
        help = "Năm học, ví dụ 2024-2025, thay cho ngày ¦ The school year, such as 2024-2025, in place of a date"
    )]
    year: Option<String>,

    #[arg(
        long = "ngay",
        visible_alias = "date",
        value_name = "DATE",
        help = "Ngày của hồ sơ (mặc định: hôm nay) ¦ The record's date (default: today)"
    )]
    date: Option<String>,

    #[arg(
        long = "ten",
        visible_alias = "name",
        value_name = "NAME",
        help = "Phần tên tệp sau ngày hoặc số ¦ What the file is called beside its date or number"
    )]
    name: Option<String>,

    #[arg(
        long = "trang",
        visible_alias = "sheet",
        value_name = "NAME",
        help = "Trang của bảng (mặc định: trang hợp nhất) ¦ The sheet (default: the one that fits best)"
    )]
    sheet: Option<String>,

    #[arg(
        long = "cot",
        visible_alias = "mapping",
        value_name = "NAME|FILE.yaml",
        help = "Cách hiểu các cột: tên trong layouts/trao-doi/, hoặc một tệp (mặc định: cách hợp nhất) ¦ What the columns mean: a name in layouts/trao-doi/, or a file (default: what fits best)"
    )]
    mapping: Option<String>,

    #[arg(
        long = "danh-sach",
        visible_alias = "list",
        value_name = "FIELD",
        help = "Danh sách của hồ sơ mà các dòng thuộc về, khi loại có nhiều danh sách ¦ The list of the record that the rows belong to, where the kind has several"
    )]
    list: Option<String>,

    #[arg(
        long = "dat",
        visible_alias = "set",
        value_name = "KEY=VALUE",
        help = "Giá trị của một trường, hoặc cho ô trống của một cột; dùng được nhiều lần ¦ The value of a field, or for the empty cells of a column; may be repeated"
    )]
    set: Vec<String>,

    #[arg(
        long = "nguoi",
        visible_alias = "person",
        value_name = "PERSON",
        help = "Người ký ghi trong hồ sơ ¦ The signer named in the record"
    )]
    person: Option<String>,

    #[arg(
        long = "vao-ho-so",
        visible_alias = "onto",
        help = "Hồ sơ đã có: sửa, thêm dòng vào đó; không dòng nào bị bỏ ¦ The record is there: change and add rows; none is taken away"
    )]
    onto: bool,

    #[arg(
        long = "xem-truoc",
        visible_alias = "dry-run",
        help = "Chỉ cho xem, không ghi gì ¦ Only show, write nothing"
    )]
    dry_run: bool,

    #[arg(
        long = "tai-lieu",
        visible_alias = "evidence",
        value_name = "FOLDER",
        conflicts_with_all = ["file", "kind", "sheet", "mapping", "list", "onto"],
        help = "Giữ các PDF đã ký ở nơi khác trong thư mục này làm tài liệu, kèm kết quả kiểm tra chữ ký ¦ Keep the PDFs in this folder, signed elsewhere, as evidence, with what their signatures are worth"
    )]
    evidence: Option<PathBuf>,
}

/// What a run works on.
struct Ground {
    repo: Repo,
    snapshot: Snapshot,
    records: Records,
    /// What was wrong before anything came in.
    before: Report,
}

impl ImportArgs {
    /// Runs it.
    ///
    /// # Errors
    /// When the request does not fit the school, or something cannot be read or written.
    pub fn run(&self, dir: &Path, ui: &mut Ui) -> Result<Outcome, Fault> {
        let Some(ground) = ground(dir, ui)? else {
            return Ok(Outcome::AtFault);
        };
        if let Some(folder) = &self.evidence {
            return self.evidence(dir, folder, ground, ui);
        }
        let Some(file) = &self.file else {
            return Ok(Outcome::Done);
        };
        let spot = Spot {
            file: file
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
        };
        let bytes = cli::read_up_to(&cli::within(dir, file), open::MAX_FILE + 1)?;
        let mut report = Report::default();
        let mappings = match mapping::all(&ground.snapshot) {
            Ok(mappings) => mappings.into_values().collect(),
            Err(found) => {
                report.add(found);
                Vec::new()
            }
        };
        let own = self.own_mapping(dir, &mappings)?;
        match (report.has_errors(), open::sheets(&bytes)) {
            (true, _) => {}
            (false, Err(refusal)) => report.add([Finding::new(
                Code::TableRefused,
                spot.at("", None, ""),
                refusal.words(),
            )
            .help(refusal.help())]),
            (false, Ok(sheets)) => {
                let kind = own.as_ref().map(|mapping| mapping.kind.as_str());
                if self.kind.as_deref().or(kind) == Some(mapping::PEOPLE) {
                    return self.people(&ground, &sheets, own.as_ref(), &mappings, &spot, ui);
                }
                return self.record(ground, &sheets, own, &mappings, &spot, ui);
            }
        }
        ui.findings(&report, FindingFormat::Text)?;
        Ok(Outcome::AtFault)
    }

    /// The mapping that was asked for: a name, or a file of the user's.
    fn own_mapping(&self, dir: &Path, all: &[Mapping]) -> Result<Option<Mapping>, Fault> {
        let Some(asked) = &self.mapping else {
            return Ok(None);
        };
        by_name(dir, asked, all).map(Some)
    }

    /// The day that the record is about.
    fn day(&self) -> Result<Option<Date>, Fault> {
        if let Some(text) = &self.date {
            return new::date(text).map(Some);
        }
        let Some(year) = &self.year else {
            return Ok(None);
        };
        let opening =
            dates::school_year(year).and_then(|(from, _)| Date::new(from.year(), 9, 5).ok());
        opening.map(Some).ok_or_else(|| {
            let shown = tame(year);
            Fault::usage(Words::new(
                format!("`{shown}` không phải năm học như 2024-2025"),
                format!("`{shown}` is no school year such as 2024-2025"),
            ))
        })
    }

    /// The sheets that come into question: the named one, or all that are seen.
    fn chosen<'s>(&self, sheets: &'s [Sheet]) -> Result<Vec<&'s Sheet>, Fault> {
        let seen = || {
            sheets
                .iter()
                .filter(|sheet| !sheet.hidden && !sheet.cells.is_empty())
        };
        let Some(wanted) = &self.sheet else {
            return Ok(seen().collect());
        };
        match sheets.iter().find(|sheet| sheet.name == *wanted) {
            Some(sheet) => Ok(vec![sheet]),
            None => {
                let (shown, all) = (tame(wanted), names(seen()));
                Err(Fault::usage(Words::new(
                    format!("bảng không có trang `{shown}`"),
                    format!("the table has no sheet `{shown}`"),
                ))
                .help(Words::new(
                    format!("các trang: {all}"),
                    format!("its sheets: {all}"),
                )))
            }
        }
    }
}

fn names<'a>(sheets: impl Iterator<Item = &'a Sheet>) -> String {
    let names: Vec<String> = sheets
        .map(|sheet| format!("`{}`", tame(&sheet.name)))
        .collect();
    names.join(", ")
}

/// A mapping by its name in `layouts/trao-doi/`, or from a file.
///
/// # Errors
/// That there is none, or what is wrong with the file.
pub(super) fn by_name(dir: &Path, asked: &str, all: &[Mapping]) -> Result<Mapping, Fault> {
    if let Some(found) = all.iter().find(|mapping| mapping.id == asked) {
        return Ok(found.clone());
    }
    let shown = tame(asked);
    if !asked.ends_with(".yaml") {
        let names: Vec<String> = all
            .iter()
            .map(|mapping| format!("`{}`", mapping.id))
            .collect();
        let names = names.join(", ");
        return Err(Fault::usage(Words::new(
            format!("không có cách hiểu cột `{shown}`"),
            format!("there is no mapping `{shown}`"),
        ))
        .help(Words::new(
            format!("có: {names}; hoặc nêu một tệp .yaml"),
            format!("there are {names}; or name a .yaml file"),
        )));
    }
    let bytes = cli::read_small(&cli::within(dir, Path::new(asked)))?;
    let text = String::from_utf8_lossy(&bytes);
    let place = crate::diag::Place::raw(shown);
    mapping::read(asked, &text, &place).map_err(|found| {
        let first = found.into_iter().next();
        let (line, message) = first.map_or((1, Words::new("", "")), |f| {
            (f.place.line.unwrap_or(1), f.message)
        });
        let file = tame(asked);
        Fault::at_fault(Words::new(
            format!("{file}, dòng {line}: {}", message.vi),
            format!("{file}, line {line}: {}", message.en),
        ))
    })
}

/// The repository as it lies there.
fn ground(dir: &Path, ui: &mut Ui) -> Result<Option<Ground>, Fault> {
    let repo = Repo::open(dir)?;
    let snapshot = repo.worktree()?;
    let mut before = Report::default();
    match before.take(records::read(&snapshot)) {
        Some(records) => Ok(Some(Ground {
            repo,
            snapshot,
            records,
            before,
        })),
        None => {
            ui.findings(&before, FindingFormat::Text)?;
            Ok(None)
        }
    }
}
