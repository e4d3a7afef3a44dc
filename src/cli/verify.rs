//! `hoso verify`: every signature of a repository, or all of an archive from its folder alone.

#![expect(
    clippy::disallowed_methods,
    reason = "tells an archive's folder from a record's id"
)]

mod archive;
mod edition;
mod foreign;
mod page;

use std::path::Path;
use std::path::PathBuf;

use jiff::Timestamp;
use serde_json::json;

use crate::archive::actview;
use crate::archive::view;
use crate::cli;
use crate::cli::args::FindingFormat;
use crate::cli::args::Format;
use crate::cli::build::instant;
use crate::cli::exit::Fault;
use crate::cli::exit::Outcome;
use crate::cli::ui::Ui;
use crate::diag::Lang;
use crate::diag::Report;
use crate::diag::Words;
use crate::diag::words::tame;
use crate::pipeline;
use crate::records::Record;
use crate::records::id::RecordId;
use crate::records::school::SCHOOL_FILE;
use crate::repo::FOLDERS;
use crate::repo::History;
use crate::repo::Repo;
use crate::repo::Shallow;
use crate::seal;
use crate::seal::Seal;
use crate::seal::Seals;
use crate::seal::acts;
use crate::sign;
use crate::sign::Act;
use crate::sign::AnchorError;
use crate::sign::AnchorList;
use crate::sign::Answer;
use crate::sign::SubIndication;
use crate::sign::TrustStore;
use crate::sign::Verdict;

/// What `verify` takes.
#[derive(Debug, clap::Args)]
pub struct VerifyArgs {
    #[arg(
        value_name = "ARCHIVE|RECORD",
        help = "Thư mục kho lưu trữ, hoặc mã các hồ sơ; không nêu gì là cả kho git ¦ An archive's folder, or record ids; nothing means the whole repository"
    )]
    what: Vec<String>,

    #[arg(
        long,
        value_name = "FILE.pem",
        help = "Chỉ tin chứng thư gốc trong tệp này, thay cho các gốc đi kèm; dùng được nhiều lần ¦ Trust only the anchors in this file, in place of those that come along; may be repeated"
    )]
    trust: Vec<PathBuf>,

    #[arg(
        long,
        value_name = "FILE",
        help = "Chỉ tin các gốc dấu thời gian trong tệp này, thay cho các gốc đi kèm; dùng được nhiều lần ¦ Trust only the time-stamp anchors in this file, in place of those that come along; may be repeated"
    )]
    trust_tsa: Vec<PathBuf>,

    #[arg(
        long,
        value_name = "INSTANT",
        help = "Kiểm tra như vào thời điểm này (mặc định: bây giờ) ¦ Examine as of this instant (default: now)"
    )]
    at: Option<String>,

    #[arg(
        long,
        value_name = "REV",
        help = "Phiên bản git (mặc định: HEAD) ¦ Git revision (default: HEAD)"
    )]
    revision: Option<String>,

    #[arg(
        long,
        value_name = "OLD",
        help = "Kho lưu trữ cũ (thư mục, riêng tệp tagmanifest-sha256.txt, hoặc SHA-256 của tệp ấy) phải còn trong chuỗi của kho này ¦ An older archive (its folder, its tagmanifest-sha256.txt alone, or the SHA-256 of that) that must be in this one's chain"
    )]
    earlier: Option<PathBuf>,

    #[arg(
        long,
        value_name = "FILE.html",
        help = "Ghi biên bản kiểm tra kho lưu trữ, một trang để đọc và in ¦ Write the report on the archive, one page to be read and printed"
    )]
    report: Option<PathBuf>,

    #[arg(
        long,
        value_name = "FILE.p7s",
        help = "Kiểm tra riêng tệp chữ ký này, của bất kỳ phần mềm nào ¦ Verify this signature file by itself, whatever program made it"
    )]
    signature: Option<PathBuf>,

    #[arg(
        long,
        value_name = "FILE",
        requires = "signature",
        help = "Nội dung mà tệp chữ ký ký lên; không nêu thì lấy nội dung trong tệp ¦ What the signature file is over; without it, the content inside the file"
    )]
    content: Option<PathBuf>,

    #[arg(
        long,
        value_name = "FORMAT",
        hide_possible_values = true,
        default_value = "text",
        help = "Dạng kết quả: text hoặc json ¦ Form of the result: text or json"
    )]
    format: Format,
}

impl VerifyArgs {
    /// Runs it.
    ///
    /// # Errors
    /// When there is nothing that can be read.
    pub fn run(&self, dir: &Path, ui: &mut Ui) -> Result<Outcome, Fault> {
        let at = instant(self.at.as_deref())?;
        if let Some(signature) = &self.signature {
            return self.foreign(dir, signature, at, ui);
        }
        if let Some(archive) = self.archive(dir) {
            return self.whole(dir, &archive, at, ui);
        }
        if self.earlier.is_some() || self.report.is_some() {
            return Err(Fault::usage(Words::new(
                "`--earlier` và `--report` chỉ dùng khi kiểm tra một kho lưu trữ",
                "`--earlier` and `--report` are for verifying an archive",
            )));
        }
        let wanted = self.wanted()?;
        let repo = Repo::open(dir)?;
        let revision = repo.revision(self.revision.as_deref())?;
        let history = History::read(&repo, &revision, &FOLDERS, Shallow::Allow)?;
        let mut report = Report::default();
        report.add(seal::removed(&history));
        let snapshot = repo.snapshot(&revision)?;
        let trust = self.trust(dir)?;
        let bar = ui.bar();
        let verified =
            pipeline::verify(&mut report, &snapshot, trust, at, &bar).unwrap_or_default();
        bar.finish();
        let chosen: Vec<&(Record, Seals)> = verified
            .records
            .iter()
            .filter(|(r, _)| wanted.is_empty() || wanted.contains(&r.id))
            .collect();
        if let Some(missing) = wanted
            .iter()
            .find(|id| !chosen.iter().any(|(r, _)| r.id == **id))
        {
            return Err(Fault::at_fault(Words::new(
                format!("không có hồ sơ `{missing}`"),
                format!("there is no record `{missing}`"),
            )));
        }
        if !wanted.is_empty() {
            report.only(|place| concerns(&wanted, &place.file));
        }
        for (record, seals) in &chosen {
            self.show(record, seals, ui)?;
        }
        ui.findings(&report, FindingFormat::Text)?;
        summary(&chosen, at, ui);
        self.trusted(&verified.store, ui);
        Ok(outcome(&report, is_open(&chosen), &chosen, ui))
    }

    /// The archive to be verified: the one named, or the folder we are in when it is one.
    fn archive(&self, dir: &Path) -> Option<PathBuf> {
        let is_bag = |path: &Path| path.join("bagit.txt").is_file();
        match self.what.as_slice() {
            [] => Some(dir.to_owned()).filter(|path| is_bag(path)),
            [one] => Some(cli::within(dir, Path::new(one)))
                .filter(|path| path.is_dir() && (is_bag(path) || RecordId::parse(one).is_none())),
            _ => None,
        }
    }

    /// The anchors that the user gave; a kind without any means those that come along.
    fn trust(&self, dir: &Path) -> Result<TrustStore, Fault> {
        let mut store = TrustStore::default();
        for file in &self.trust {
            let bytes = cli::read_small(&cli::within(dir, file))?;
            store
                .add_signers(&list(file), &bytes)
                .map_err(|error| unfit(file, &error))?;
        }
        for file in &self.trust_tsa {
            let bytes = cli::read_small(&cli::within(dir, file))?;
            store
                .add_stampers(&list(file), &bytes)
                .map_err(|error| unfit(file, &error))?;
        }
        Ok(store)
    }

    /// Says on whose word the answers rest.
    fn trusted(&self, store: &TrustStore, ui: &mut Ui) {
        let signers = store.facts().map(|anchor| (anchor, self.trust.is_empty()));
        let along = self.trust_tsa.is_empty();
        let stampers = store.stampers().iter().flat_map(AnchorList::facts);
        for (anchor, along) in signers.chain(stampers.map(|anchor| (anchor, along))) {
            let name = tame(anchor.subject_cn.as_deref().unwrap_or("—"));
            let sha256 = anchor.sha256;
            ui.say(&match along {
                true => Words::new(
                    format!("tin theo chứng thư gốc đi kèm: {name}, SHA-256 {sha256}; hãy so với nơi cấp"),
                    format!("trusting the anchor that came along: {name}, SHA-256 {sha256}; compare it with its issuer's"),
                ),
                false => Words::new(
                    format!("tin theo chứng thư gốc đã nêu: {name}, SHA-256 {sha256}"),
                    format!("trusting the anchor given: {name}, SHA-256 {sha256}"),
                ),
            });
        }
    }

    fn wanted(&self) -> Result<Vec<RecordId>, Fault> {
        let parse = |text: &String| {
            RecordId::parse(text).ok_or_else(|| {
                let shown = crate::diag::words::tame(text);
                Fault::usage(Words::new(
                    format!("`{shown}` không phải thư mục kho lưu trữ hay mã hồ sơ"),
                    format!("`{shown}` is neither an archive's folder nor a record id"),
                ))
            })
        };
        self.what.iter().map(parse).collect()
    }

    fn show(&self, record: &Record, seals: &Seals, ui: &mut Ui) -> Result<(), Fault> {
        if self.format == Format::Json {
            return ui.print(&object(record, seals, ui.lang()).to_string());
        }
        if all(seals).next().is_none() {
            return Ok(());
        }
        ui.print(&format!("{}  {}", record.id, seals.standing.label()))?;
        for seal in all(seals) {
            let line = line(record, seal, ui.lang());
            ui.print(&line)?;
        }
        Ok(())
    }
}

/// The name of a list of anchors: that of its file.
fn list(file: &Path) -> String {
    let stem = file.file_stem().unwrap_or_default();
    stem.to_string_lossy().into_owned()
}

fn unfit(file: &Path, error: &AnchorError) -> Fault {
    let (words, file) = (error.words(), file.display());
    Fault::failed(Words::new(
        format!("{file}: {}", words.vi),
        format!("{file}: {}", words.en),
    ))
}

/// Whether a finding at `file` bears on one of the records: its own files, or what all rest on.
fn concerns(wanted: &[RecordId], file: &str) -> bool {
    let own = |id: &RecordId| {
        let signatures = format!("signatures/{id}/");
        // A book has no file; its findings are at its id.
        let text = file.strip_suffix(".md") == Some(&format!("content/{id}"));
        text || file == id.as_str() || file.starts_with(&signatures)
    };
    let trust = ["anchors", "tsa", "revocation"].map(|folder| format!("signatures/{folder}/"));
    let common = file == SCHOOL_FILE || trust.iter().any(|folder| file.starts_with(folder));
    common || wanted.iter().any(own)
}

/// Whether a verdict on a signature is open.
fn is_open(examined: &[&(Record, Seals)]) -> bool {
    let seals = examined.iter().flat_map(|(_, seals)| all(seals));
    seals
        .map(|seal| seal.examined.verdict())
        .any(|verdict| matches!(verdict, Verdict::Indeterminate(_)))
}

/// The exit code. That revocation data is missing is said where that is what leaves it open.
fn outcome(report: &Report, is_open: bool, examined: &[&(Record, Seals)], ui: &mut Ui) -> Outcome {
    let unknown = Verdict::Indeterminate(SubIndication::TryLater);
    let mut seals = examined.iter().flat_map(|(_, seals)| all(seals));
    match (report.has_errors(), is_open) {
        (true, _) => Outcome::AtFault,
        (false, true) => {
            if seals.any(|seal| seal.examined.verdict() == unknown) {
                ui.undetermined();
            }
            Outcome::Undetermined
        }
        (false, false) => Outcome::Done,
    }
}

/// Every signature, and every act, over the present form and those before.
fn all(seals: &Seals) -> impl Iterator<Item = &Seal> {
    let Seals { current, acts, .. } = seals;
    let before = seals.superseded.iter().chain(&seals.superseded_acts);
    current.iter().chain(acts).chain(before.flatten())
}

fn line(record: &Record, seal: &Seal, lang: Lang) -> String {
    let examined = &seal.examined;
    let step = seal
        .step
        .map_or("—", |index| record.steps[index].label.as_str());
    let done = match seal.act() {
        Act::Sign => step.to_owned(),
        act => format!("{} ({step})", acts::words(act).in_lang(lang)),
    };
    let why = [("", seal.reason()), ("→ ", seal.other())]
        .into_iter()
        .filter_map(|(before, text)| Some(format!("\n    {before}{}", tame(text?))))
        .collect::<String>();
    let name = examined
        .certificate()
        .and_then(|c| c.subject_cn.as_deref())
        .map_or_else(|| "—".to_owned(), tame);
    // Who signs for another says so.
    let authority = examined
        .statement()
        .map(|s| s.capacity.as_str())
        .filter(|capacity| capacity.contains(':'))
        .map(|capacity| format!(" ({})", tame(&actview::role(capacity))))
        .unwrap_or_default();
    let when = examined
        .signing_time()
        .map(view::instant)
        .unwrap_or_default();
    let names = match lang {
        Lang::Vi => [
            "nguyên vẹn",
            "đúng chữ ký",
            "tin cậy",
            "thứ tự",
            "danh sách",
            "vai trò",
        ],
        Lang::En => ["intact", "valid", "trusted", "order", "roster", "role"],
    };
    let answers = [
        examined.intact(),
        examined.valid(),
        examined.trusted(),
        seal.order,
        seal.roster,
        seal.role,
    ];
    let marks: Vec<String> = names
        .iter()
        .zip(answers)
        .map(|(name, answer)| format!("{name} {}", mark(answer)))
        .collect();
    let verdict = verdict(&examined.verdict());
    format!(
        "  {done}: {name}{authority}, {when}{why}\n    {} → {verdict}",
        marks.join(" · ")
    )
}

fn mark(answer: Answer) -> &'static str {
    match answer {
        Answer::Yes => "✓",
        Answer::No => "✗",
        Answer::Unknown => "?",
    }
}

fn verdict(verdict: &Verdict) -> String {
    match verdict.sub_indication() {
        Some(sub) => format!("{}/{}", verdict.indication(), sub.as_str()),
        None => verdict.indication().to_owned(),
    }
}

fn object(record: &Record, seals: &Seals, lang: Lang) -> serde_json::Value {
    let seal = |seal: &Seal| {
        let statement = seal.examined.statement();
        let what = json!({
            "file": seal.file.path.as_str(),
            "sha256": seal.file.digest.to_string(),
            "act": seal.act().code(),
            "reason": seal.reason(),
            "other": seal.other(),
            "capacity": statement.map(|s| s.capacity.as_str()),
            "step": seal.step.map(|index| record.steps[index].step.as_str()),
            "signer": seal.signer(),
            "order": view::answer(seal.order),
            "roster": view::answer(seal.roster),
            "role": view::answer(seal.role),
        });
        sign::facts(what, &seal.examined, lang)
    };
    json!({
        "schema": "hoso/verification/2",
        "record": record.id.as_str(),
        "state": seals.standing.code(),
        "signatures": seals.current.iter().map(seal).collect::<Vec<_>>(),
        "acts": seals.acts.iter().map(seal).collect::<Vec<_>>(),
        "superseded_acts": seals.superseded_acts.iter().flatten().map(seal).collect::<Vec<_>>(),
        "superseded": seals.superseded.iter().flatten().map(seal).collect::<Vec<_>>(),
    })
}

/// How many records are signed, how many signatures there are, and how many do not hold.
fn counts(examined: &[&(Record, Seals)]) -> [usize; 3] {
    let signed = examined
        .iter()
        .filter(|(_, seals)| all(seals).next().is_some())
        .count();
    let signatures = examined.iter().flat_map(|(_, seals)| all(seals)).count();
    let present = examined
        .iter()
        .flat_map(|(_, seals)| seals.current.iter().chain(&seals.acts))
        .filter(|seal| !seal.holds());
    let before = examined.iter().flat_map(|(_, seals)| {
        seals
            .superseded
            .iter()
            .chain(&seals.superseded_acts)
            .flatten()
    });
    let faulty = present.count() + before.filter(|seal| !seal.held()).count();
    [signed, signatures, faulty]
}

fn summary(examined: &[&(Record, Seals)], at: Timestamp, ui: &mut Ui) {
    let [signed, signatures, faulty] = counts(examined);
    let when = view::instant(at);
    ui.say(&Words::new(
        format!("{} hồ sơ và sổ, {signed} có chữ ký; {signatures} chữ ký, {faulty} không đúng; kiểm tra vào lúc {when}", examined.len()),
        format!("{} records and books, {signed} signed; {signatures} signatures, {faulty} do not hold; examined as of {when}", examined.len()),
    ));
}
