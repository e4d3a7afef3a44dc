//! `hoso report`: the school's periodic report to its parent body, drafted as an outgoing document.

use std::path::Path;
use std::path::PathBuf;

use crate::cli;
use crate::cli::args::FindingFormat;
use crate::cli::exit::Fault;
use crate::cli::exit::Outcome;
use crate::cli::init;
use crate::cli::status;
use crate::cli::status::Shelf;
use crate::cli::ui::Ui;
use crate::diag::Report;
use crate::diag::Words;
use crate::diag::words::tame;
use crate::ledger::Ledger;
use crate::pipeline;
use crate::repo::Repo;
use crate::scaffold::Files;
use crate::scaffold::report;
use crate::scaffold::report::Basis;
use crate::scaffold::report::Term;
use crate::seal::Seal;

/// What `report` takes.
#[derive(Debug, clap::Args)]
pub struct ReportArgs {
    #[arg(
        long,
        visible_alias = "ky",
        value_name = "PERIOD",
        help = "Kỳ báo cáo: 2024-09, 2024-2025/hk1, 2024-2025/hk2 hoặc 2024-2025 ¦ What it is about: 2024-09, 2024-2025/hk1, 2024-2025/hk2 or 2024-2025"
    )]
    period: String,

    #[arg(
        long,
        visible_alias = "kinh-gui",
        value_name = "OFFICE",
        help = "Nơi nhận báo cáo (mặc định: cơ quan chủ quản); dùng được nhiều lần ¦ Whom it goes to (default: the parent body); may be repeated"
    )]
    to: Vec<String>,

    #[arg(
        long,
        visible_alias = "ngay",
        value_name = "DATE",
        help = "Ngày báo cáo, số liệu tính đến ngày này (mặc định: hôm nay) ¦ The day of the report and of its figures (default: today)"
    )]
    on: Option<String>,

    #[arg(
        long,
        value_name = "FILE",
        help = "Chỉ xem: in ra tệp PDF này, không ghi hồ sơ ¦ Only look: set it into this PDF, without writing the record"
    )]
    pdf: Option<PathBuf>,
}

impl ReportArgs {
    /// Runs it.
    ///
    /// # Errors
    /// When the records are at fault, the period is none, or the file is there already.
    pub fn run(&self, dir: &Path, ui: &mut Ui) -> Result<Outcome, Fault> {
        let on = status::day(self.on.as_deref())?;
        let shelf = Shelf::read(dir, None, ui)?;
        let term = Term::parse(&shelf.records.school, &self.period).ok_or_else(|| {
            let shown = tame(&self.period);
            Fault::usage(Words::new(
                format!("`{shown}` không phải kỳ như 2024-09, 2024-2025/hk1 hay 2024-2025"),
                format!("`{shown}` is no period such as 2024-09, 2024-2025/hk1 or 2024-2025"),
            ))
        })?;
        let kept = shelf.kept();
        let ledger = Ledger::of(&shelf.sources(&kept, on), &[&term.year]);
        let signatures: Vec<_> = shelf
            .signed
            .iter()
            .flat_map(|(_, seals)| {
                let present = seals.current.iter().map(|seal| (seal, seal.holds()));
                let before = seals.superseded.iter().flatten();
                present.chain(before.map(|seal| (seal, seal.held())))
            })
            .filter_map(|(seal, holds): (&Seal, bool)| Some((seal.day()?, holds)))
            .collect();
        let basis = Basis {
            snapshot: &shelf.snapshot,
            records: &shelf.records,
            all: shelf.signed.iter().map(|(record, _)| record).collect(),
            ledger: &ledger,
            signatures: &signatures,
        };
        let (made, record) = report::draft(&basis, &term, &self.to).map_err(Fault::at_fault)?;
        if let Some(file) = &self.pdf {
            let mut report = Report::default();
            let set = pipeline::proof(
                &mut report,
                &shelf.snapshot,
                &shelf.records,
                record,
                cli::now()?,
            );
            ui.findings(&report, FindingFormat::Text)?;
            write_pdf(&cli::within(dir, file), set?)?;
            ui.say(&Words::new(
                "Đã in báo cáo để xem; chưa ghi hồ sơ nào.",
                "Set the report to look at; no record was written.",
            ));
            ui.print(&file.display().to_string())?;
            return Ok(Outcome::Done);
        }
        if shelf.snapshot.contains(&made.path) {
            let path = &made.path;
            let fault = Fault::at_fault(Words::new(
                format!("đã có `{path}`, không ghi đè"),
                format!("there is `{path}` already, which is not overwritten"),
            ));
            return Err(fault.help(Words::new(
                "sửa ngay trong tệp ấy; muốn soạn lại từ đầu thì xóa nó trước (nếu chưa ký)",
                "edit that file; to draft it anew, remove it first (unless it is signed)",
            )));
        }
        init::write(
            Repo::open(dir)?.root(),
            &Files::from([(made.path.to_string(), made.text.into_bytes())]),
        )?;
        ui.say(&Words::new(
            "Đã soạn báo cáo; viết phần đánh giá ở cuối, rồi `hoso check`, lấy số và ký như mọi văn bản đi.",
            "Drafted the report; write the judgement at its end, then `hoso check`, number and sign it like every outgoing document.",
        ));
        ui.print(made.path.as_str())?;
        Ok(Outcome::Done)
    }
}

fn write_pdf(path: &Path, pdf: Vec<u8>) -> Result<(), Fault> {
    let name = path.file_name().and_then(|name| name.to_str());
    let Some(name) = name else {
        let shown = path.display();
        return Err(Fault::usage(Words::new(
            format!("`{shown}` không phải tên tệp"),
            format!("`{shown}` is no file name"),
        )));
    };
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    init::write(folder, &Files::from([(name.to_owned(), pdf)]))
}
