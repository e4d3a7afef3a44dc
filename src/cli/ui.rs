//! Talking: data to stdout, talk and progress to stderr. Nothing is said by colour alone.

use std::io;
use std::io::IsTerminal;
use std::io::Write;
use std::process::ExitCode;
use std::sync::Mutex;

use indicatif::ProgressBar;
use indicatif::ProgressStyle;
use secrecy::SecretString;

use crate::cli::args::FindingFormat;
use crate::cli::exit;
use crate::cli::exit::Fault;
use crate::cli::format;
use crate::diag::Lang;
use crate::diag::Report;
use crate::diag::Severity;
use crate::diag::Words;
use crate::pipeline::Progress;
use crate::pipeline::Stage;

/// The one voice of the program.
pub struct Ui {
    lang: Lang,
}

impl Ui {
    /// Speaks `lang`.
    pub fn new(lang: Lang) -> Self {
        Self { lang }
    }

    /// The language spoken.
    pub fn lang(&self) -> Lang {
        self.lang
    }

    /// A line of data to stdout.
    ///
    /// # Errors
    /// When stdout cannot be written; a reader that went away is no fault.
    pub fn print(&mut self, line: &str) -> Result<(), Fault> {
        self.print_bytes(line.as_bytes())?;
        self.print_bytes(b"\n")
    }

    /// Data to stdout.
    ///
    /// # Errors
    /// When stdout cannot be written; a reader that went away is no fault.
    pub fn print_bytes(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        match anstream::stdout().lock().write_all(bytes) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(self.cannot_print(&error))
            }
            _ => Ok(()),
        }
    }

    /// The fault that stdout cannot be written.
    pub fn cannot_print(&self, error: &io::Error) -> Fault {
        Fault::failed(Words::new(
            format!("không ghi ra được: {error}"),
            format!("cannot write the output: {error}"),
        ))
    }

    /// Talk, to stderr.
    pub fn say(&mut self, words: &Words) {
        self.tell(words.in_lang(self.lang));
    }

    fn tell(&mut self, line: &str) {
        let _ = writeln!(anstream::stderr().lock(), "{line}");
    }

    /// Shows findings: to stderr as text, else to stdout.
    ///
    /// # Errors
    /// When stdout cannot be written.
    pub fn findings(&mut self, report: &Report, how: FindingFormat) -> Result<(), Fault> {
        if how == FindingFormat::Text {
            for finding in report.sorted() {
                let text = format::text(finding, self.lang);
                self.tell(&text);
            }
            return Ok(());
        }
        self.print_bytes(self.written(report, how).as_bytes())
    }

    /// Findings as they go to a file.
    pub fn written(&self, report: &Report, how: FindingFormat) -> String {
        let findings = report.sorted();
        match how {
            FindingFormat::Text => {
                let text = findings.iter().map(|f| format::text(f, self.lang) + "\n");
                anstream::adapter::strip_str(&text.collect::<String>()).to_string()
            }
            FindingFormat::Json => format::json(&findings, self.lang),
            FindingFormat::Github => format::github(&findings, self.lang),
            FindingFormat::Gitlab => format::gitlab(&findings, self.lang),
            FindingFormat::Markdown => format::markdown::comment(&findings, self.lang, None),
            FindingFormat::Sarif => format::sarif(&findings, self.lang),
        }
    }

    /// How many errors and warnings there are, as a last line.
    pub fn tally(&mut self, report: &Report, records: usize) {
        let findings = report.sorted();
        let of = |weight| findings.iter().filter(|f| f.severity == weight).count();
        let (errors, warnings) = (of(Severity::Error), of(Severity::Warning));
        self.say(&Words::new(
            format!("{records} hồ sơ và sổ, {errors} lỗi, {warnings} cảnh báo"),
            format!("{records} records and books, {errors} errors, {warnings} warnings"),
        ));
    }

    /// Shows why a verb failed.
    pub fn fault(&mut self, fault: &Fault) -> ExitCode {
        let heading = match self.lang {
            Lang::Vi => "lỗi",
            Lang::En => "error",
        };
        let message = fault.message.in_lang(self.lang).to_owned();
        self.tell(&format!("\x1b[1;31m{heading}\x1b[0m: {message}"));
        if let Some(help) = &fault.help {
            let heading = match self.lang {
                Lang::Vi => "cách sửa",
                Lang::En => "help",
            };
            let help = help.in_lang(self.lang).to_owned();
            self.tell(&format!("  \x1b[1;36m{heading}\x1b[0m: {help}"));
        }
        ExitCode::from(fault.code)
    }

    /// A progress bar; silent when stderr is no terminal.
    pub fn bar(&self) -> Bar {
        Bar {
            lang: self.lang,
            shown: io::stderr().is_terminal(),
            bar: Mutex::new(None),
        }
    }

    /// Asks for a password or PIN on the terminal, without showing it.
    ///
    /// # Errors
    /// When there is no terminal to ask on.
    pub fn ask_secret(&self, what: &Words) -> io::Result<SecretString> {
        let prompt = format!("{}: ", what.in_lang(self.lang));
        rpassword::prompt_password(prompt).map(SecretString::from)
    }

    /// The wording of exit code 4.
    pub fn undetermined(&mut self) {
        self.say(&Words::new(
            format!("chưa có dữ liệu thu hồi chứng thư (CRL/OCSP) nên chưa thể kết luận hợp lệ (mã thoát {})", exit::UNDETERMINED),
            format!("no revocation data (CRL/OCSP) yet, so nothing can be called valid (exit code {})", exit::UNDETERMINED),
        ));
    }
}

/// How far a run is, on a terminal.
pub struct Bar {
    lang: Lang,
    shown: bool,
    bar: Mutex<Option<ProgressBar>>,
}

impl Bar {
    /// Takes the bar away.
    pub fn finish(&self) {
        if let Ok(mut bar) = self.bar.lock()
            && let Some(bar) = bar.take()
        {
            bar.finish_and_clear();
        }
    }
}

impl Progress for Bar {
    fn begin(&self, stage: Stage, total: usize) {
        self.finish();
        if !self.shown {
            return;
        }
        let words = match stage {
            Stage::Files => Words::new("Đọc các tệp", "Reading files"),
            Stage::Proofs => Words::new("Kiểm tra mắt xích", "Checking proof links"),
            Stage::Forms => Words::new("Dựng bản in", "Setting forms"),
            Stage::Signatures => Words::new("Kiểm tra chữ ký", "Examining signatures"),
            Stage::Pages => Words::new("Vẽ trang", "Drawing pages"),
            Stage::Signing => Words::new("Ký", "Signing"),
            Stage::Stamps => Words::new("Xin dấu thời gian", "Getting time-stamps"),
        };
        let style = ProgressStyle::with_template("{msg:20} {bar:32} {pos}/{len}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::new(total as u64)
            .with_style(style)
            .with_message(words.in_lang(self.lang).to_owned());
        if let Ok(mut slot) = self.bar.lock() {
            *slot = Some(bar);
        }
    }

    fn step(&self) {
        if let Ok(bar) = self.bar.lock()
            && let Some(bar) = bar.as_ref()
        {
            bar.inc(1);
        }
    }
}
