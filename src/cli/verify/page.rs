//! The report on an archive as one page without anything beside it: to be read, printed, signed and
//! filed by whoever inspected. The same archive and the same `--at` give the same page.

use serde::Serialize;

use crate::archive::TOOL;
use crate::archive::chain;
use crate::archive::pages::Pages;
use crate::archive::view;
use crate::archive::view::FindingView;
use crate::cli::verify;
use crate::cli::verify::archive::Told;
use crate::diag::Finding;
use crate::diag::Lang;
use crate::records::dates;
use crate::records::roster::SignerStep;
use crate::seal::Seal;

const TEMPLATE: &str = "report.html";
/// Most signatures that are listed one by one: a page of more cannot be printed.
const MAX_LISTED: usize = 5000;

#[derive(Serialize)]
struct Page {
    school: String,
    number: Option<String>,
    date: String,
    commit: String,
    sha256: String,
    at: String,
    tool: &'static str,
    lines: Vec<LineView>,
    verdict: &'static str,
    anchors: Vec<AnchorView>,
    given: bool,
    chain: Vec<EntryView>,
    findings: Vec<FindingView>,
    signatures: Vec<SignatureView>,
    left_out: usize,
}

#[derive(Serialize)]
struct LineView {
    name: String,
    what: String,
    state: &'static str,
}

#[derive(Serialize)]
struct AnchorView {
    subject: String,
    sha256: String,
}

#[derive(Serialize)]
struct EntryView {
    number: String,
    date: String,
    sealed_at: String,
    verdict: String,
    holds: bool,
    sha256: String,
}

#[derive(Serialize)]
struct SignatureView {
    record: String,
    step: String,
    signer: String,
    time: String,
    verdict: String,
    holds: bool,
    superseded: bool,
}

/// The report.
///
/// # Errors
/// A finding that names the template.
pub(super) fn page(told: &Told<'_>) -> Result<String, Box<Finding>> {
    let own = told.whole.own().map(|link| &link.entry);
    let day = dates::day(told.at);
    let inside = told.whole.inside.as_ref();
    let school = inside.and_then(|(_, records)| records.school.organisation(day));
    let lines: Vec<LineView> = told
        .lines()
        .iter()
        .map(|line| LineView {
            name: line.name.in_lang(Lang::Vi).to_owned(),
            what: line.what.in_lang(Lang::Vi).to_owned(),
            state: view::answer(line.state),
        })
        .collect();
    let all = signatures(told);
    let page = Page {
        school: school.map(|school| school.ten.clone()).unwrap_or_default(),
        number: own.map(|own| chain::spelled(own.number)),
        date: own
            .and_then(|own| own.info.date)
            .map(dates::official)
            .unwrap_or_default(),
        commit: own
            .and_then(|own| own.info.commit.clone())
            .unwrap_or_default(),
        sha256: own.map(|own| own.digest.to_string()).unwrap_or_default(),
        at: view::instant(told.at),
        tool: TOOL,
        verdict: ["no", "unknown"]
            .into_iter()
            .find(|worst| lines.iter().any(|line| line.state == *worst))
            .unwrap_or("yes"),
        lines,
        anchors: told
            .whole
            .verified
            .anchors
            .iter()
            .map(|anchor| AnchorView {
                subject: anchor.subject_cn.clone().unwrap_or_default(),
                sha256: anchor.sha256.to_string(),
            })
            .collect(),
        given: told.is_trust_given,
        chain: told
            .whole
            .verified
            .chain
            .links()
            .iter()
            .map(entry)
            .collect(),
        findings: told.findings.iter().map(|f| FindingView::of(f)).collect(),
        left_out: all.len().saturating_sub(MAX_LISTED),
        signatures: all.into_iter().take(MAX_LISTED).collect(),
    };
    Pages::embedded()?.alone(TEMPLATE, &page)
}

fn entry(link: &chain::Link) -> EntryView {
    let seal = link.seal.as_ref();
    let time = seal.and_then(|seal| seal.examined.signing_time());
    EntryView {
        number: chain::spelled(link.entry.number),
        date: link
            .entry
            .info
            .date
            .map(dates::official)
            .unwrap_or_default(),
        sealed_at: time.map(view::instant).unwrap_or_default(),
        verdict: seal
            .map(|seal| verify::verdict(&seal.examined.verdict()))
            .unwrap_or_default(),
        holds: seal.is_some_and(chain::Seal::holds),
        sha256: link.entry.digest.to_string(),
    }
}

fn signatures(told: &Told<'_>) -> Vec<SignatureView> {
    let mut all = Vec::new();
    for (record, seals) in &told.records {
        let id = record.id.as_str();
        all.extend(
            seals
                .current
                .iter()
                .map(|seal| signature(id, seal, &record.steps, false)),
        );
        let before = seals.superseded.iter().flatten();
        all.extend(before.map(|seal| signature(id, seal, &record.steps, true)));
    }
    all
}

fn signature(id: &str, seal: &Seal, steps: &[SignerStep], superseded: bool) -> SignatureView {
    let examined = &seal.examined;
    let step = seal.step.and_then(|index| steps.get(index));
    let name = examined.certificate().and_then(|c| c.subject_cn.clone());
    SignatureView {
        record: id.to_owned(),
        step: step.map_or("—".to_owned(), |step| step.label.clone()),
        signer: name.unwrap_or_else(|| "—".to_owned()),
        time: examined
            .signing_time()
            .map(view::instant)
            .unwrap_or_default(),
        verdict: verify::verdict(&examined.verdict()),
        holds: if superseded {
            seal.held()
        } else {
            seal.holds()
        },
        superseded,
    }
}
