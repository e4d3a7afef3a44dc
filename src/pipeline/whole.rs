//! A whole archive, from its folder alone: the bag, the seal and the chain before it, every signature,
//! every proof link.

use std::path::Path;

use jiff::Timestamp;

use crate::archive::bag::check::Bag;
use crate::archive::bag::proofs;
use crate::archive::chain::Link;
use crate::archive::chain::SEALED;
use crate::archive::chain::earlier::Earlier;
use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Place;
use crate::diag::Report;
use crate::diag::Words;
use crate::pipeline;
use crate::pipeline::Progress;
use crate::pipeline::Signed;
use crate::pipeline::Stage;
use crate::pipeline::Verified;
use crate::records::Records;
use crate::repo::Snapshot;
use crate::sign::TrustStore;

/// An archive, verified.
#[derive(Default)]
pub struct Whole {
    /// Its files; none when the folder is no bag.
    pub bag: Option<Bag>,
    /// Its signatures and its chain.
    pub verified: Verified,
    /// The repository inside; none when it cannot be read.
    pub inside: Option<(Snapshot, Records)>,
}

impl Whole {
    /// The archive itself, as the last of its chain.
    pub fn own(&self) -> Option<&Link> {
        let last = self.verified.chain.last();
        last.filter(|link| link.entry.folder.is_empty())
    }
}

/// What an archive is verified with.
pub struct Question<'a> {
    /// Takes the place of the anchors inside, kind by kind.
    pub trust: TrustStore,
    /// An older archive that must be in the chain.
    pub earlier: Option<&'a Earlier>,
    /// The instant as of which.
    pub at: Timestamp,
}

/// Verifies the archive at `root`. Everything that does not hold is in the report.
pub fn verify(
    report: &mut Report,
    root: &Path,
    question: Question<'_>,
    progress: &dyn Progress,
) -> Whole {
    let mut whole = Whole::default();
    let Some(bag) = report.with(|findings| Bag::open(root, findings)) else {
        return whole;
    };
    progress.begin(Stage::Files, bag.len());
    report.with(|findings| bag.check(&|| progress.step(), findings));
    let own = report.with(|findings| bag.own(findings));
    if own.as_ref().is_none_or(|own| own.seal.is_none()) {
        report.add([unsealed()]);
    }
    let snapshot = report.with(|findings| bag.snapshot(findings));
    if let Some(snapshot) = snapshot
        && let Ok(mut records) = pipeline::check(report, &snapshot)
    {
        let all = std::mem::take(&mut records.all);
        let input = Signed {
            snapshot: &snapshot,
            school: &records.school,
            own,
            trust: question.trust,
            at: question.at,
        };
        let verified = pipeline::examine(report, input, all, progress);
        progress.begin(Stage::Proofs, verified.records.len());
        report.with(|f| proofs::check(&bag, &verified.records, &|| progress.step(), f));
        report.with(|findings| proofs::lost(&bag, &verified.chain, findings));
        if let Some(earlier) = question.earlier {
            report.with(|findings| earlier.check(&bag, &verified.chain, findings));
        }
        whole.verified = verified;
        whole.inside = Some((snapshot, records));
    }
    whole.bag = Some(bag);
    whole
}

fn unsealed() -> Finding {
    Finding::new(
        Code::ArchiveUnsealed,
        Place::raw(SEALED),
        Words::new(
            "kho lưu trữ này chưa được niêm phong: không gì cho biết nó là của trường và đủ",
            "this archive is not sealed: nothing says that it is the school's, and all of it",
        ),
    )
    .help(Words::new(
        "nhà trường niêm phong bằng `hoso seal KHO --key KHÓA-CON-DẤU`",
        "the school seals it with `hoso seal ARCHIVE --key SEAL-KEY`",
    ))
}
