//! `hoso sign --dry-run`: what would be signed, over which bytes, by whom, in which step and after
//! which signatures; what about it is stale; and whose turn the rest is. No key is touched.

use std::collections::BTreeMap;

use comfy_table::ContentArrangement;
use comfy_table::LineStyle;
use comfy_table::Table;
use comfy_table::TableStyle;
use rayon::prelude::*;
use serde_json::Value;
use serde_json::json;

use crate::cli::args::FindingFormat;
use crate::cli::args::Format;
use crate::cli::exit::Fault;
use crate::cli::exit::Outcome;
use crate::cli::sign::Asked;
use crate::cli::sign::SignArgs;
use crate::cli::ui::Ui;
use crate::diag::Lang;
use crate::diag::Report;
use crate::diag::Words;
use crate::diag::words::tame;
use crate::digest::Sha256;
use crate::records::dates;
use crate::sign::CertificateFacts;
use crate::signing::Desk;
use crate::signing::Failure;
use crate::signing::NotNow;
use crate::signing::Turn;

/// A certificate that ends sooner is worth a word: issuing a new one takes days.
const SOON_DAYS: i64 = 30;

const STYLE: TableStyle =
    TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// What is not as it was when somebody looked last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stale {
    /// Others signed a form that the text no longer gives.
    FormDiffers,
    /// The record was changed after it was signed; this is a new version.
    RecordChanged,
    /// The certificate ends soon.
    CertificateEnds,
    /// The certificate does not hold now.
    CertificateOver,
}

impl Stale {
    fn code(self) -> &'static str {
        match self {
            Self::FormDiffers => "form-differs",
            Self::RecordChanged => "record-changed",
            Self::CertificateEnds => "certificate-ends",
            Self::CertificateOver => "certificate-over",
        }
    }

    fn words(self) -> Words {
        match self {
            Self::FormDiffers => Words::new(
                "bản in đã ký khác bản văn bản dựng ra",
                "the signed form is not what the text gives",
            ),
            Self::RecordChanged => Words::new(
                "hồ sơ đã sửa sau khi ký; ký lại bản mới",
                "changed after it was signed; a new version",
            ),
            Self::CertificateEnds => {
                Words::new("chứng thư sắp hết hạn", "the certificate ends soon")
            }
            Self::CertificateOver => Words::new(
                "chứng thư chưa có hoặc hết hiệu lực",
                "the certificate is not valid now",
            ),
        }
    }
}

/// One signature that would be made.
struct Row<'a> {
    turn: &'a Turn,
    form: Option<(Sha256, usize)>,
    stale: Vec<Stale>,
}

impl SignArgs {
    /// Shows what would be signed.
    pub(super) fn plan(
        &self,
        desk: &Desk<'_>,
        asked: &Asked,
        certificate: Option<&CertificateFacts>,
        ui: &mut Ui,
    ) -> Result<Outcome, Fault> {
        let ends = certificate.and_then(|facts| ends(facts, desk));
        let laid: Vec<Result<Row<'_>, Failure>> = asked
            .turns
            .par_iter()
            .map(|turn| {
                let form = desk.lay(turn)?;
                let mut stale = Vec::new();
                if !desk.comes_from_text(turn) {
                    stale.push(Stale::FormDiffers);
                }
                if turn.changed {
                    stale.push(Stale::RecordChanged);
                }
                stale.extend(ends);
                let form = Some((form.digest(), form.size()));
                Ok(Row { turn, form, stale })
            })
            .collect();
        let mut report = Report::default();
        let mut rows = Vec::new();
        for one in laid {
            match one {
                Ok(row) => rows.push(row),
                Err(Failure::Findings(found)) => report.add(found),
                Err(Failure::Key { words, .. }) => ui.say(&words),
                Err(Failure::NotAsked) => {}
            }
        }
        ui.findings(&report, FindingFormat::Text)?;
        match self.format {
            Format::Json => self.as_json(&rows, asked, ui)?,
            Format::Text => self.as_text(desk, &rows, asked, ui)?,
        }
        let refused = !self.records.is_empty() && !asked.refusals().is_empty();
        Ok(match refused || !report.is_empty() {
            true => Outcome::AtFault,
            false => Outcome::Done,
        })
    }

    fn as_json(&self, rows: &[Row<'_>], asked: &Asked, ui: &mut Ui) -> Result<(), Fault> {
        for row in rows {
            let (digest, size) = match row.form {
                Some((digest, size)) => (Some(digest.to_string()), Some(size)),
                None => (None, None),
            };
            let stale: Vec<&str> = row.stale.iter().map(|stale| stale.code()).collect();
            let line = json(row.turn, digest, size, &stale, false);
            ui.print(&line.to_string())?;
        }
        for (id, why) in &asked.others {
            let line = json!({
                "schema": "hoso/not-turn/1",
                "record": id.as_str(),
                "reason": why.code(),
                "message": why.words(id).in_lang(ui.lang()),
            });
            ui.print(&line.to_string())?;
        }
        for words in &asked.unknown {
            ui.say(words);
        }
        Ok(())
    }

    fn as_text(
        &self,
        desk: &Desk<'_>,
        rows: &[Row<'_>],
        asked: &Asked,
        ui: &mut Ui,
    ) -> Result<(), Fault> {
        if rows.is_empty() {
            self.nothing(desk.who, ui);
        } else {
            let heading = Words::new(
                format!("{} sẽ ký {} hồ sơ:", desk.who.name, rows.len()),
                format!("{} would sign {} records:", desk.who.name, rows.len()),
            );
            ui.print(heading.in_lang(ui.lang()))?;
            ui.print(&table(rows, ui.lang()))?;
        }
        if self.records.is_empty() {
            if let Some(words) = summary(&asked.others) {
                ui.say(&words);
            }
            for (id, why) in &asked.others {
                if *why == NotNow::Faulty {
                    ui.say(&why.words(id));
                }
            }
            return Ok(());
        }
        for words in &asked.unknown {
            ui.say(words);
        }
        for (id, why) in &asked.others {
            ui.say(&why.words(id));
        }
        Ok(())
    }
}

/// One signature as a line of JSON; fields are added, never renamed.
pub(super) fn json(
    turn: &Turn,
    form: Option<String>,
    size: Option<usize>,
    stale: &[&str],
    signed: bool,
) -> Value {
    let record = &turn.traced.record;
    let statement = &turn.statement;
    json!({
        "schema": "hoso/turn/1",
        "record": record.id.as_str(),
        "title": record.title,
        "step": statement.step,
        "signer": statement.signer,
        "capacity": statement.capacity,
        "form_sha256": form,
        "form_size": size,
        "prior": statement.prior.iter().map(Sha256::to_string).collect::<Vec<_>>(),
        "stale": stale,
        "signed": signed,
    })
}

fn ends(facts: &CertificateFacts, desk: &Desk<'_>) -> Option<Stale> {
    let at = desk.press.trust.at;
    if !facts.is_valid_at(at) {
        return Some(Stale::CertificateOver);
    }
    let left = dates::day(at).until(dates::day(facts.not_after)).ok()?;
    (i64::from(left.get_days()) < SOON_DAYS).then_some(Stale::CertificateEnds)
}

fn table(rows: &[Row<'_>], lang: Lang) -> String {
    let mut table = Table::new();
    table
        .load_style(STYLE)
        .set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(match lang {
        Lang::Vi => [
            "Hồ sơ",
            "Bước",
            "Tư cách",
            "Sau",
            "Lưu ý",
            "Bản in (SHA-256, cỡ)",
        ],
        Lang::En => [
            "Record",
            "Step",
            "Capacity",
            "After",
            "Note",
            "Form (SHA-256, size)",
        ],
    });
    for row in rows {
        let record = &row.turn.traced.record;
        let notes = row.stale.iter().map(|stale| stale.words());
        let notes: Vec<String> = notes.map(|words| words.in_lang(lang).to_owned()).collect();
        let form = row.form.map(|(digest, size)| {
            let size = size.div_ceil(1000);
            format!("{} {size} kB", digest.short())
        });
        table.add_row([
            // What is signed must not be able to repaint what is shown of it.
            format!("{}\n{}", record.id, tame(&record.title)),
            record.steps[row.turn.step].label.clone(),
            row.turn.statement.capacity.clone(),
            row.turn.statement.prior.len().to_string(),
            notes.join("\n"),
            form.unwrap_or_default(),
        ]);
    }
    let lines: Vec<String> = table
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect();
    lines.join("\n")
}

/// How many records are not this signer's turn, by reason.
fn summary(others: &[(crate::records::id::RecordId, NotNow)]) -> Option<Words> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, why) in others {
        *counts.entry(why.code()).or_default() += 1;
    }
    let said = |lang: Lang| -> String {
        let parts = counts.iter().map(|(code, count)| {
            let (vi, en) = match *code {
                "done" => ("đã ký", "signed already"),
                "complete" => ("đã ký đủ", "complete"),
                "faulty" => (
                    "có chữ ký không đúng",
                    "with a signature that does not hold",
                ),
                "open" => ("sổ còn đang ghi", "books still kept"),
                "others" => ("chờ người khác", "waiting for others"),
                "unnumbered" => ("chưa có số", "without a number"),
                other => (other, other),
            };
            let text = if lang == Lang::Vi { vi } else { en };
            format!("{count} {text}")
        });
        parts.collect::<Vec<_>>().join(", ")
    };
    (!others.is_empty()).then(|| {
        Words::new(
            format!("không đến lượt: {}", said(Lang::Vi)),
            format!("not their turn: {}", said(Lang::En)),
        )
    })
}
