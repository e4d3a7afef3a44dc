//! A whole archive, from its folder alone: the bag, the seal and the chain before it, every signature,
//! every proof link.

use std::path::Path;

use jiff::Timestamp;

use crate::archive::bag::check::Bag;
use crate::archive::bag::original::Selection;
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
use crate::records::Record;
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
    /// Of a part of an archive: which, and how many files the whole has.
    pub part: Option<(Selection, usize)>,
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
    let original = report.with(|findings| bag.original(findings));
    let own = match original {
        Some(original) => {
            whole.part = Some((original.selection, original.files));
            Some(original.entry)
        }
        None => report.with(|findings| bag.own(findings)),
    };
    let is_part = whole.part.is_some();
    let holds = |id: &str| whole.part.as_ref().is_none_or(|(part, _)| part.holds(id));
    if own.as_ref().is_none_or(|own| own.seal.is_none()) {
        report.add([unsealed()]);
    }
    let snapshot = report.with(|findings| bag.snapshot(findings));
    if let Some(snapshot) = snapshot
        && let Ok(mut records) = within(report, is_part, |said| pipeline::check(said, &snapshot))
    {
        let mut all = std::mem::take(&mut records.all);
        if is_part {
            // A book over records that a part does not have cannot be made again from the part.
            let listed = bag
                .catalogue()
                .map(|catalogue| catalogue.records.as_slice());
            let same = |record: &Record| {
                let mut entries = listed.unwrap_or_default().iter();
                let digest = record.source.digest.to_string();
                entries.any(|e| e.id == record.id.as_str() && e.source_sha256 == digest)
            };
            all.retain(|record| record.path().is_some() || same(record));
        }
        let input = Signed {
            snapshot: &snapshot,
            school: &records.school,
            own,
            trust: question.trust,
            at: question.at,
        };
        let verified = within(report, is_part, |said| {
            pipeline::examine(said, input, all, progress)
        });
        progress.begin(Stage::Proofs, verified.records.len());
        report.with(|f| proofs::check(&bag, &verified.records, is_part, &|| progress.step(), f));
        report.with(|findings| proofs::lost(&bag, &verified.chain, &holds, findings));
        if let Some(earlier) = question.earlier {
            report.with(|findings| earlier.check(&bag, &verified.chain, findings));
        }
        whole.verified = verified;
        whole.inside = Some((snapshot, records));
    }
    whole.bag = Some(bag);
    whole
}

/// What `work` finds. Where a part speaks of records that it does not have, nobody can say whether they
/// agree: that was looked at in the whole.
fn within<T>(report: &mut Report, is_part: bool, work: impl FnOnce(&mut Report) -> T) -> T {
    let mut said = Report::default();
    let done = work(&mut said);
    let found = said.sorted().into_iter().cloned();
    report.add(found.filter(|finding| !(is_part && finding.code.is_of_several())));
    done
}

/// That an archive has no seal.
pub(super) fn unsealed() -> Finding {
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
