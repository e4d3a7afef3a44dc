//! `hoso verify --signature FILE`: a signature file that is in no repository and no archive, whoever
//! made it.

use std::io::Read as _;
use std::path::Path;

use jiff::Timestamp;
use serde_json::Value;
use serde_json::json;

use crate::archive::view;
use crate::cli;
use crate::cli::args::Format;
use crate::cli::exit::Fault;
use crate::cli::exit::Outcome;
use crate::cli::ui::Ui;
use crate::cli::verify::VerifyArgs;
use crate::cli::verify::mark;
use crate::cli::verify::verdict;
use crate::diag::Lang;
use crate::diag::Words;
use crate::diag::words::tame;
use crate::render::kept;
use crate::repo::Repo;
use crate::sign;
use crate::sign::Examined;
use crate::sign::Stamp;
use crate::sign::StampKind;
use crate::sign::SubIndication;
use crate::sign::TrustStore;
use crate::sign::Verdict;

impl VerifyArgs {
    /// Verifies every signer of one file.
    pub(super) fn foreign(
        &self,
        dir: &Path,
        signature: &Path,
        at: Timestamp,
        ui: &mut Ui,
    ) -> Result<Outcome, Fault> {
        if !self.what.is_empty()
            || self.revision.is_some()
            || self.earlier.is_some()
            || self.report.is_some()
        {
            return Err(Fault::usage(Words::new(
                "`--signature` kiểm tra riêng một tệp; không dùng cùng hồ sơ, kho lưu trữ, `--revision`, `--earlier` hay `--report`",
                "`--signature` verifies one file by itself; not with records, an archive, `--revision`, `--earlier` or `--report`",
            )));
        }
        let file = read(&cli::within(dir, signature), MAX_SIGNATURE)?;
        let content = self.content.as_deref();
        let content = content.map(|path| read(&cli::within(dir, path), MAX_CONTENT));
        let content = content.transpose()?;
        let store = self.everybody(dir)?;
        let all = sign::verify_all(content.as_deref(), &file, &store, at);
        let name = tame(&signature.display().to_string());
        for (index, examined) in all.iter().enumerate() {
            let number = index + 1;
            match self.format {
                Format::Json => {
                    ui.print(&object(&name, number, examined, ui.lang()).to_string())?;
                }
                Format::Text => {
                    let text = text(&name, number, examined, ui.lang());
                    ui.print(&text)?;
                }
            }
        }
        Ok(outcome(&all, ui))
    }

    /// Whom the repository trusts, if we are in one, or whom the user says.
    fn everybody(&self, dir: &Path) -> Result<TrustStore, Fault> {
        let given = self.trust(dir)?;
        let Ok(repo) = Repo::open(dir) else {
            return Ok(given);
        };
        let snapshot = repo.revision(None).and_then(|head| repo.snapshot(&head));
        Ok(match snapshot {
            Ok(snapshot) => kept::anchors(&snapshot, &mut Vec::new())
                .0
                .replaced_by(given),
            Err(_) => given,
        })
    }
}

/// The library reads no larger ones; base64 makes them a third larger.
const MAX_SIGNATURE: u64 = 6 * 1024 * 1024;
/// What is signed is read into memory.
const MAX_CONTENT: u64 = 1024 * 1024 * 1024;

#[expect(
    clippy::disallowed_methods,
    reason = "a file that the user names is part of no repository"
)]
fn read(path: &Path, limit: u64) -> Result<Vec<u8>, Fault> {
    let failed = |error: String| {
        let path = tame(&path.display().to_string());
        Fault::failed(Words::new(
            format!("không đọc được {path}: {error}"),
            format!("cannot read {path}: {error}"),
        ))
    };
    let file = std::fs::File::open(path).map_err(|error| failed(error.to_string()))?;
    let mut bytes = Vec::new();
    let read = file.take(limit + 1).read_to_end(&mut bytes);
    read.map_err(|error| failed(error.to_string()))?;
    if u64::try_from(bytes.len()).is_ok_and(|size| size > limit) {
        return Err(failed(format!("> {limit} bytes")));
    }
    Ok(bytes)
}

fn outcome(all: &[Examined], ui: &mut Ui) -> Outcome {
    let verdicts = || all.iter().map(Examined::verdict);
    if verdicts().any(|verdict| matches!(verdict, Verdict::TotalFailed(_))) {
        Outcome::AtFault
    } else if verdicts().all(|verdict| verdict == Verdict::TotalPassed) {
        Outcome::Done
    } else {
        let later = |verdict: Verdict| verdict.sub_indication() == Some(SubIndication::TryLater);
        if verdicts().any(later) {
            ui.undetermined();
        }
        Outcome::Undetermined
    }
}

fn text(file: &str, number: usize, examined: &Examined, lang: Lang) -> String {
    let signer = examined.certificate().and_then(|c| c.subject_cn.as_deref());
    let signer = signer.map_or_else(|| "—".to_owned(), tame);
    let when = examined.signing_time().map(view::instant);
    let when = when.unwrap_or_else(|| "—".to_owned());
    let names = match lang {
        Lang::Vi => ["nguyên vẹn", "đúng chữ ký", "tin cậy"],
        Lang::En => ["intact", "valid", "trusted"],
    };
    let answers = [examined.intact(), examined.valid(), examined.trusted()];
    let marks: Vec<String> = names
        .iter()
        .zip(answers)
        .map(|(name, answer)| format!("{name} {}", mark(answer)))
        .collect();
    let mut lines = vec![
        format!("{file} ({number}): {signer}, {when}"),
        format!("  {} → {}", marks.join(" · "), verdict(&examined.verdict())),
        format!("  {}", examined.words().in_lang(lang)),
    ];
    let level = examined.level().as_str();
    if let Some(best) = examined.best_signature_time() {
        let best = view::instant(best);
        let words = Words::new(
            format!("  mức {level}; chứng minh được là đã có từ {best}"),
            format!("  level {level}; proven to have existed since {best}"),
        );
        lines.push(words.in_lang(lang).to_owned());
    }
    for stamp in examined.stamps() {
        let (name, holds) = (stamper(stamp), mark(yes(stamp.holds)));
        let when = view::instant(stamp.gen_time);
        let words = match stamp.kind {
            StampKind::Content => Words::new(
                format!("  dấu thời gian của nội dung {when}, {name} {holds}"),
                format!("  content time-stamp {when}, {name} {holds}"),
            ),
            StampKind::Signature => Words::new(
                format!("  dấu thời gian {when}, {name} {holds}"),
                format!("  time-stamp {when}, {name} {holds}"),
            ),
            StampKind::Archive => Words::new(
                format!("  dấu thời gian lưu trữ {when}, {name} {holds}"),
                format!("  archive time-stamp {when}, {name} {holds}"),
            ),
        };
        lines.push(words.in_lang(lang).to_owned());
    }
    for fault in examined.faults() {
        lines.push(format!("  - {}", tame(fault.words().in_lang(lang))));
    }
    lines.join("\n")
}

fn stamper(stamp: &Stamp) -> String {
    stamp
        .stamper
        .as_deref()
        .map_or_else(|| "—".to_owned(), tame)
}

fn yes(holds: bool) -> sign::Answer {
    if holds {
        sign::Answer::Yes
    } else {
        sign::Answer::No
    }
}

fn object(file: &str, number: usize, examined: &Examined, lang: Lang) -> Value {
    let what = json!({ "schema": "hoso/signature/1", "file": file, "signer": number });
    sign::facts(what, examined, lang)
}
