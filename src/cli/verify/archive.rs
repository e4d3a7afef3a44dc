//! `hoso verify ARCHIVE`: what is said of a whole archive, as a table, as JSON and as a page.

use std::path::Path;

use jiff::Timestamp;
use serde_json::Value;
use serde_json::json;

use crate::archive::bag::edition::is_edition;
use crate::archive::chain;
use crate::archive::chain::Link;
use crate::archive::chain::earlier::Earlier;
use crate::archive::view;
use crate::cli;
use crate::cli::args::FindingFormat;
use crate::cli::args::Format;
use crate::cli::exit::Fault;
use crate::cli::exit::Outcome;
use crate::cli::ui::Ui;
use crate::cli::verify;
use crate::cli::verify::VerifyArgs;
use crate::cli::verify::page;
use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Lang;
use crate::diag::Report;
use crate::diag::Severity;
use crate::diag::Words;
use crate::digest::Sha256;
use crate::pipeline::whole;
use crate::pipeline::whole::Question;
use crate::pipeline::whole::Whole;
use crate::records::Record;
use crate::seal::Seals;
use crate::sign::Answer;
use crate::sign::Verdict;

/// An archive with what was found in it.
pub(super) struct Told<'a> {
    /// The archive.
    pub(super) whole: &'a Whole,
    /// What was found.
    pub(super) findings: Vec<&'a Finding>,
    /// Every record with its signatures.
    pub(super) records: Vec<&'a (Record, Seals)>,
    /// The older archive that it was held against.
    pub(super) earlier: Option<&'a Earlier>,
    /// As of when.
    pub(super) at: Timestamp,
    /// Whether the user chose the anchors.
    pub(super) is_trust_given: bool,
}

/// One thing that was checked.
pub(super) struct Line {
    /// What.
    pub(super) name: Words,
    /// What came of it.
    pub(super) what: Words,
    /// Whether it holds.
    pub(super) state: Answer,
}

impl VerifyArgs {
    /// Verifies an archive from its folder alone.
    pub(super) fn whole(
        &self,
        dir: &Path,
        archive: &Path,
        at: Timestamp,
        ui: &mut Ui,
    ) -> Result<Outcome, Fault> {
        let earlier = self.earlier.as_ref().map(|path| {
            if let Some(digest) = path.to_str().and_then(Sha256::parse) {
                return Ok(Earlier::of_digest(digest));
            }
            Earlier::read(&cli::within(dir, path)).map_err(|error| {
                let path = path.display();
                Fault::failed(Words::new(
                    format!("không đọc được kho cũ {path}: {error}"),
                    format!("cannot read the older archive {path}: {error}"),
                ))
            })
        });
        let earlier = earlier.transpose()?;
        let question = Question {
            trust: self.trust(dir)?,
            earlier: earlier.as_ref(),
            at,
        };
        if is_edition(archive) {
            return self.edition(archive, question.trust, at, ui);
        }
        let mut report = Report::default();
        let bar = ui.bar();
        let whole = whole::verify(&mut report, archive, question, &bar);
        bar.finish();
        let files = whole.bag.as_ref().map_or(0, |bag| bag.len());
        ui.say(&Words::new(
            format!(
                "Kho lưu trữ {}: {files} tệp trong bảng kê",
                archive.display()
            ),
            format!(
                "Archive {}: {files} files in the manifests",
                archive.display()
            ),
        ));
        for (record, seals) in &whole.verified.records {
            self.show(record, seals, ui)?;
        }
        let told = Told {
            whole: &whole,
            findings: report.sorted(),
            records: whole.verified.records.iter().collect(),
            earlier: earlier.as_ref(),
            at,
            is_trust_given: !self.trust.is_empty(),
        };
        match self.format {
            Format::Json => ui.print(&told.object(ui.lang()).to_string())?,
            Format::Text => ui.print_bytes(told.table(ui.lang()).as_bytes())?,
        }
        ui.findings(&report, FindingFormat::Text)?;
        verify::summary(&told.records, at, ui);
        self.trusted(&whole.verified.store, ui);
        if let Some(path) = &self.report {
            let page = page::page(&told).map_err(|finding| Fault::failed(finding.message))?;
            cli::write(&cli::within(dir, path), page.as_bytes())?;
        }
        let (is_open, records) = (told.is_open(), &told.records);
        Ok(verify::outcome(&report, is_open, records, ui))
    }
}

impl Told<'_> {
    /// Whether nothing is wrong and something is not known.
    fn is_open(&self) -> bool {
        self.lines()
            .iter()
            .any(|line| line.state == Answer::Unknown)
    }

    /// Everything that was checked, in the order in which it was.
    pub(super) fn lines(&self) -> Vec<Line> {
        let mut lines = vec![
            self.bag(),
            self.seal(),
            self.chain(),
            self.records(),
            self.signatures(),
            self.proofs(),
        ];
        lines.extend(self.earlier.map(|earlier| self.held_against(earlier)));
        lines
    }

    /// Whether an error with one of the codes was found.
    fn found(&self, codes: &[Code]) -> bool {
        self.findings
            .iter()
            .any(|finding| codes.contains(&finding.code))
    }

    fn bag(&self) -> Line {
        let files = self.whole.bag.as_ref().map_or(0, |bag| bag.len());
        let (what, state) = match self.found(&[Code::ArchiveChanged, Code::ArchiveOxum]) {
            true => (
                Words::new(
                    "có tệp không khớp bảng kê",
                    "files differ from the manifests",
                ),
                Answer::No,
            ),
            false => (
                Words::new(
                    format!("{files} tệp khớp bảng kê, không thừa, không thiếu"),
                    format!("{files} files match the manifests, none more, none less"),
                ),
                Answer::Yes,
            ),
        };
        let what = match &self.whole.part {
            Some((part, all)) => Words::new(
                format!("{} (phần {part} của kho {all} tệp)", what.vi),
                format!("{} (part {part} of an archive of {all} files)", what.en),
            ),
            None => what,
        };
        let name = Words::new("Bảng kê (BagIt)", "Manifests (BagIt)");
        Line { name, what, state }
    }

    fn seal(&self) -> Line {
        let name = Words::new("Niêm phong", "Seal");
        let own = self.whole.own();
        let Some((link, seal)) = own.and_then(|link| Some((link, link.seal.as_ref()?))) else {
            let what = match own {
                Some(Link { entry, .. }) if entry.seal.is_some() => {
                    Words::new("không xem được", "could not be examined")
                }
                _ => Words::new("chưa niêm phong", "not sealed"),
            };
            let state = Answer::Unknown;
            return Line { name, what, state };
        };
        let number = link.entry.number;
        let when = seal.examined.signing_time().map(view::instant);
        let when = when.unwrap_or_default();
        let verdict = verify::verdict(&seal.examined.verdict());
        Line {
            name,
            what: Words::new(
                format!("kho số {number}, con dấu của trường, {when} → {verdict}"),
                format!("archive {number}, the school's seal, {when} → {verdict}"),
            ),
            state: match seal.holds() {
                true => sure(&seal.examined.verdict()),
                false => Answer::No,
            },
        }
    }

    fn chain(&self) -> Line {
        let name = Words::new("Chuỗi kho lưu trữ", "Chain of archives");
        let links = self.whole.verified.chain.links();
        let before: Vec<&Link> = links
            .iter()
            .filter(|l| !l.entry.folder.is_empty())
            .collect();
        let seals = || before.iter().filter_map(|link| link.seal.as_ref());
        let broken = self.found(&[Code::ArchiveChainBroken, Code::ArchivePreviousMissing])
            || !seals().all(chain::Seal::holds);
        let open = seals().any(|seal| sure(&seal.examined.verdict()) == Answer::Unknown);
        let count = before.len();
        let (what, state) = match (broken, count) {
            (true, _) => (
                Words::new("có mắt không khớp", "a link does not hold"),
                Answer::No,
            ),
            (false, 0) => (
                Words::new(
                    "chưa có kho nào niêm phong trước kho này",
                    "none was sealed before",
                ),
                Answer::Yes,
            ),
            (false, _) => (
                Words::new(
                    format!("{count} kho đã niêm phong trước, liền mạch"),
                    format!("{count} sealed before, without a gap"),
                ),
                if open { Answer::Unknown } else { Answer::Yes },
            ),
        };
        Line { name, what, state }
    }

    fn records(&self) -> Line {
        let of_records = |finding: &&&Finding| {
            finding.severity == Severity::Error && !finding.code.is_of_signatures()
        };
        let faults = self.findings.iter().filter(of_records).count();
        let count = self.records.len();
        Line {
            name: Words::new("Hồ sơ và sổ", "Records and books"),
            what: match faults {
                0 => Words::new(
                    format!("{count} hồ sơ và sổ đọc được, đúng quy định của loại"),
                    format!("{count} records and books, sound by their kinds"),
                ),
                _ => Words::new(format!("{faults} lỗi"), format!("{faults} errors")),
            },
            state: match (faults, self.whole.inside.is_some()) {
                (0, true) => Answer::Yes,
                _ => Answer::No,
            },
        }
    }

    fn signatures(&self) -> Line {
        let [signed, signatures, faulty] = verify::counts(&self.records);
        let of_signatures = |finding: &&Finding| {
            finding.severity == Severity::Error && finding.code.as_str().starts_with("signature-")
        };
        let wrong = faulty > 0 || self.findings.iter().any(of_signatures);
        Line {
            name: Words::new("Chữ ký", "Signatures"),
            what: Words::new(
                format!("{signatures} chữ ký trên {signed} hồ sơ, {faulty} không đúng"),
                format!("{signatures} signatures on {signed} records, {faulty} do not hold"),
            ),
            state: match (wrong, verify::is_open(&self.records)) {
                (true, _) => Answer::No,
                (false, true) => Answer::Unknown,
                (false, false) => Answer::Yes,
            },
        }
    }

    fn proofs(&self) -> Line {
        let count = self.records.len();
        let broken = self.found(&[Code::ArchiveProofBroken, Code::ArchiveSignatureLost]);
        Line {
            name: Words::new("Mắt xích chứng minh", "Proof links"),
            what: match broken {
                true => Words::new("có mắt không khớp", "a link does not hold"),
                false => Words::new(
                    format!("văn bản, bản in, chữ ký của {count} hồ sơ khớp nhau"),
                    format!("text, form and signatures of {count} records agree"),
                ),
            },
            state: match (broken, self.whole.inside.is_some()) {
                (true, _) => Answer::No,
                (false, true) => Answer::Yes,
                (false, false) => Answer::Unknown,
            },
        }
    }

    fn held_against(&self, earlier: &Earlier) -> Line {
        let lost = self.found(&[Code::ArchiveRewritten]);
        let short = earlier.digest().short();
        Line {
            name: Words::new("Kho cũ", "Older archive"),
            what: match lost {
                true => Words::new(
                    format!("kho cũ {short} không còn trong chuỗi"),
                    format!("the older archive {short} is not in the chain"),
                ),
                false => Words::new(
                    format!("kho cũ {short} còn nguyên trong chuỗi"),
                    format!("the older archive {short} is in the chain"),
                ),
            },
            state: match (lost, self.whole.inside.is_some()) {
                (true, _) => Answer::No,
                (false, true) => Answer::Yes,
                (false, false) => Answer::Unknown,
            },
        }
    }

    fn table(&self, lang: Lang) -> String {
        table(&self.lines(), lang)
    }

    /// `hoso/archive/1`.
    fn object(&self, lang: Lang) -> Value {
        let own = self.whole.own();
        let info = own.map(|link| &link.entry.info);
        let lines = self.lines();
        let state = |index: usize| lines.get(index).map(|line| view::answer(line.state));
        let [signed, signatures, faulty] = verify::counts(&self.records);
        let weigh = |severity| {
            self.findings
                .iter()
                .filter(|f| f.severity == severity)
                .count()
        };
        let before = self.whole.verified.chain.links().iter();
        let before = before.filter(|link| !link.entry.folder.is_empty());
        json!({
            "schema": "hoso/archive/1",
            "sequence": info.and_then(|info| info.sequence),
            "commit": info.and_then(|info| info.commit.clone()),
            "date": info.and_then(|info| info.date).map(|date| date.to_string()),
            "tagmanifest_sha256": own.map(|link| link.entry.digest.to_string()),
            "examined_at": self.at.to_string(),
            "files": self.whole.bag.as_ref().map_or(0, |bag| bag.len()),
            "records": self.records.len(),
            "signed": signed,
            "signatures": signatures,
            "faulty": faulty,
            "bag": state(0),
            "sealed": state(1),
            "chained": state(2),
            "sound": state(3),
            "signatures_hold": state(4),
            "proofs_hold": state(5),
            "earlier": self.earlier.map(|earlier| json!({
                "tagmanifest_sha256": earlier.digest().to_string(),
                "in_chain": state(6),
            })),
            "seal": own.map(|link| seal(link, lang)),
            "chain": before.map(|link| seal(link, lang)).collect::<Vec<_>>(),
            "errors": weigh(Severity::Error),
            "warnings": weigh(Severity::Warning),
        })
    }
}

/// An archive of the chain and its seal, as JSON.
fn seal(link: &Link, lang: Lang) -> Value {
    let (entry, seal) = (&link.entry, link.seal.as_ref());
    let examined = seal.map(|seal| &seal.examined);
    json!({
        "sequence": entry.number,
        "date": entry.info.date.map(|date| date.to_string()),
        "commit": entry.info.commit,
        "tagmanifest_sha256": entry.digest.to_string(),
        "core_sha256": entry.core().map(|core| core.to_string()),
        "holds": seal.map(chain::Seal::holds),
        "signed_at": examined.and_then(|e| e.signing_time()).map(|time| time.to_string()),
        "certificate_sha256": examined.and_then(|e| e.certificate()).map(|c| c.sha256.to_string()),
        "roster": seal.map(|seal| view::answer(seal.roster)),
        "stated": seal.map(|seal| view::answer(seal.stated)),
        "indication": examined.map(|e| e.verdict().indication()),
        "sub_indication": examined.and_then(|e| e.verdict().sub_indication()).map(|s| s.as_str()),
        "sentence": examined.map(|e| e.words().in_lang(lang).to_owned()),
    })
}

/// What was checked, a line each.
pub(super) fn table(lines: &[Line], lang: Lang) -> String {
    let width = |text: &str| text.chars().count();
    let names = lines.iter().map(|line| width(line.name.in_lang(lang)));
    let most = names.max().unwrap_or_default();
    let line = |line: &Line| {
        let name = line.name.in_lang(lang);
        let blank = " ".repeat(most - width(name));
        let what = line.what.in_lang(lang);
        format!("{} {name}{blank}  {what}\n", verify::mark(line.state))
    };
    lines.iter().map(line).collect()
}

/// Whether a verdict leaves nothing open.
pub(super) fn sure(verdict: &Verdict) -> Answer {
    match verdict {
        Verdict::TotalPassed => Answer::Yes,
        Verdict::Indeterminate(_) => Answer::Unknown,
        Verdict::TotalFailed(_) => Answer::No,
    }
}
