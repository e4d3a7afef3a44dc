//! `hoso verify EDITION`: what is said of an edition for an audience.

use std::path::Path;

use jiff::Timestamp;
use serde_json::Value;
use serde_json::json;

use crate::archive::view;
use crate::cli::args::FindingFormat;
use crate::cli::args::Format;
use crate::cli::exit::Fault;
use crate::cli::exit::Outcome;
use crate::cli::ui::Ui;
use crate::cli::verify;
use crate::cli::verify::VerifyArgs;
use crate::cli::verify::archive::Line;
use crate::cli::verify::archive::sure;
use crate::cli::verify::archive::table;
use crate::diag::Code;
use crate::diag::Report;
use crate::diag::Words;
use crate::diag::words::tame;
use crate::pipeline::edition;
use crate::pipeline::edition::Extract;
use crate::sign::Answer;
use crate::sign::TrustStore;

impl VerifyArgs {
    /// Verifies an edition from its folder alone.
    pub(super) fn edition(
        &self,
        archive: &Path,
        trust: TrustStore,
        at: Timestamp,
        ui: &mut Ui,
    ) -> Result<Outcome, Fault> {
        if self.earlier.is_some() || self.report.is_some() {
            return Err(Fault::usage(Words::new(
                "`--earlier` và `--report` dùng cho cả kho lưu trữ, không dùng cho bản trích",
                "`--earlier` and `--report` are for a whole archive, not for an edition",
            )));
        }
        let mut report = Report::default();
        let bar = ui.bar();
        let extract = edition::verify(&mut report, archive, trust, at, &bar);
        bar.finish();
        let Some(extract) = extract else {
            ui.findings(&report, FindingFormat::Text)?;
            return Ok(Outcome::AtFault);
        };
        let lines = lines(&extract, &report);
        match self.format {
            Format::Json => ui.print(&object(&extract, &lines, at).to_string())?,
            Format::Text => ui.print_bytes(table(&lines, ui.lang()).as_bytes())?,
        }
        ui.findings(&report, FindingFormat::Text)?;
        self.trusted(&extract.store, ui);
        let is_open = lines.iter().any(|line| line.state == Answer::Unknown);
        Ok(verify::outcome(&report, is_open, &[], ui))
    }
}

fn lines(extract: &Extract, report: &Report) -> [Line; 4] {
    let found = |codes: &[Code]| {
        let mut findings = report.sorted().into_iter();
        findings.any(|finding| codes.contains(&finding.code))
    };
    let changed = found(&[Code::ArchiveChanged, Code::ArchiveOxum]);
    let files = extract.bag.len();
    let bag = Line {
        name: Words::new("Bảng kê (BagIt)", "Manifests (BagIt)"),
        what: match changed {
            true => Words::new(
                "có tệp không khớp bảng kê, hoặc không phải của kho",
                "files differ from the manifests, or are not the archive's",
            ),
            false => Words::new(
                format!("{files} tệp khớp bảng kê, không thừa, không thiếu"),
                format!("{files} files match the manifests, none more, none less"),
            ),
        },
        state: match changed {
            true => Answer::No,
            false => Answer::Yes,
        },
    };
    [bag, whole(extract), sealed(extract), signatures(extract)]
}

fn whole(extract: &Extract) -> Line {
    let name = Words::new("Bản trích", "Edition");
    let Some(edition) = &extract.edition else {
        return Line {
            name,
            what: Words::new("không rõ lấy từ kho nào", "of no archive that is known"),
            state: Answer::No,
        };
    };
    let (whole, left) = (edition.whole, edition.left_out);
    let audience = edition.audience.words();
    let (archive, files) = (
        edition.evidence.entry.digest.short(),
        edition.evidence.files.len(),
    );
    Line {
        name,
        what: Words::new(
            format!(
                "bản {}: {whole} tài liệu của kho {archive} ({files} tệp); {left} tài liệu không đưa vào, kho có đủ giá trị băm",
                audience.vi
            ),
            format!(
                "for {}: {whole} documents of the archive {archive} ({files} files); {left} are left out, the archive lists the digest of each",
                audience.en
            ),
        ),
        state: Answer::Yes,
    }
}

fn sealed(extract: &Extract) -> Line {
    let name = Words::new("Niêm phong của kho", "The archive's seal");
    let Some(seal) = &extract.seal else {
        return Line {
            name,
            what: Words::new("chưa niêm phong", "not sealed"),
            state: Answer::Unknown,
        };
    };
    let who = seal.certificate().and_then(|c| c.subject_cn.as_deref());
    let who = who.map_or_else(|| "—".to_owned(), tame);
    let when = seal.signing_time().map(view::instant).unwrap_or_default();
    let verdict = verify::verdict(&seal.verdict());
    let what = format!("{who}, {when} → {verdict}");
    Line {
        name,
        what: Words::new(what.clone(), what),
        state: match seal.is_sound() {
            true => sure(&seal.verdict()),
            false => Answer::No,
        },
    }
}

fn signatures(extract: &Extract) -> Line {
    let all = &extract.signatures;
    let faulty = all.iter().filter(|(_, one)| !one.is_sound()).count();
    let open = all
        .iter()
        .any(|(_, one)| sure(&one.verdict()) != Answer::Yes);
    let count = all.len();
    Line {
        name: Words::new("Chữ ký", "Signatures"),
        what: Words::new(
            format!(
                "{count} chữ ký trên các bản in có ở đây, {faulty} không đúng; thẩm quyền của người ký: xem kho lưu trữ"
            ),
            format!(
                "{count} signatures on the forms that are here, {faulty} do not hold; whether the signers were entitled, the archive tells"
            ),
        ),
        state: match (faulty, open) {
            (0, false) => Answer::Yes,
            (0, true) => Answer::Unknown,
            _ => Answer::No,
        },
    }
}

/// `hoso/edition-verification/1`.
fn object(extract: &Extract, lines: &[Line; 4], at: Timestamp) -> Value {
    let [bag, edition, sealed, hold] = lines;
    let known = extract.edition.as_ref();
    json!({
        "schema": "hoso/edition-verification/1",
        "audience": known.map(|e| e.audience.code()),
        "archive_tagmanifest_sha256": known.map(|e| e.evidence.entry.digest.to_string()),
        "examined_at": at.to_string(),
        "files": extract.bag.len(),
        "whole": known.map(|e| e.whole),
        "left_out": known.map(|e| e.left_out),
        "signatures": extract.signatures.len(),
        "bag": view::answer(bag.state),
        "edition": view::answer(edition.state),
        "sealed": view::answer(sealed.state),
        "signatures_hold": view::answer(hold.state),
    })
}
