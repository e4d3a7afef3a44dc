//! Returning, withdrawing, superseding: whether this signer may, and the statement signed. Nothing is
//! written here.

use crate::diag::Finding;
use crate::diag::Words;
use crate::digest::Sha256;
use crate::path::RepoPath;
use crate::records::dates;
use crate::records::id::RecordId;
use crate::render::kept;
use crate::render::kept::SignatureFile;
use crate::render::kept::Version;
use crate::seal::Seal;
use crate::seal::acts::Bench;
use crate::seal::acts::Stage;
use crate::seal::standing::Standing;
use crate::sign;
use crate::sign::Act;
use crate::sign::Signer;
use crate::sign::Statement;
use crate::signing::Desk;
use crate::trace::Traced;

/// What somebody wants to do to a record.
#[derive(Clone, Debug)]
pub struct Wish {
    /// The act.
    pub act: Act,
    /// Why.
    pub reason: String,
    /// The record that replaces this one.
    pub other: Option<RecordId>,
}

/// An act that may be done.
#[derive(Clone, Debug)]
pub struct Acting {
    /// The record with its history.
    pub traced: Traced,
    /// The form that it is about.
    pub version: Version,
    /// What will be stated.
    pub statement: Statement,
    /// How many acts lie beside the form already.
    count: usize,
}

/// Why somebody may not do it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Nobody has signed the present text: there is nothing to return, withdraw or supersede.
    Unsigned,
    /// A signature of the record does not hold.
    Faulty,
    /// It was returned, withdrawn or superseded already.
    Ended(Standing),
    /// Not at this stage.
    Stage(Act, Stage),
    /// Not this person.
    Person(Act, Stage),
}

/// Why an act was not done.
#[derive(Clone, Debug)]
pub enum Undone {
    /// The statement would not hold.
    Findings(Vec<Finding>),
    /// The key did not sign.
    Key(Words),
}

impl Refusal {
    /// The reason as a sentence about record `id`.
    pub fn words(&self, id: &RecordId) -> Words {
        let (vi, en) = match self {
            Self::Unsigned => (
                "bản hiện nay chưa ai ký; cứ sửa văn bản",
                "nobody has signed the present text; just mend it",
            ),
            Self::Faulty => (
                "có chữ ký không đúng, xem `hoso verify`",
                "a signature does not hold, see `hoso verify`",
            ),
            Self::Ended(Standing::Returned) => ("đã được trả lại", "it was returned already"),
            Self::Ended(Standing::Superseded) => ("đã bị thay thế", "it was superseded already"),
            Self::Ended(_) => ("đã rút", "it was withdrawn already"),
            Self::Stage(Act::Return, _) => (
                "đã được duyệt xong, không trả lại được nữa; người có thẩm quyền thu hồi (`hoso withdraw`) hoặc thay thế (`hoso supersede`)",
                "its approval is complete, so it cannot be returned; who has authority withdraws it (`hoso withdraw`) or supersedes it (`hoso supersede`)",
            ),
            Self::Stage(..) => (
                "chưa ký đủ nên chưa thay thế được; trả lại (`hoso return`) hoặc rút (`hoso withdraw`)",
                "not every step is signed, so it cannot be superseded; return it (`hoso return`) or withdraw it (`hoso withdraw`)",
            ),
            Self::Person(Act::Return, _) => (
                "chỉ người ký bước đang chờ hoặc bước sau được trả lại; người soạn thì rút (`hoso withdraw`)",
                "only who signs the step waited for or a later one may return it; its author withdraws it (`hoso withdraw`)",
            ),
            Self::Person(Act::Withdraw, Stage::Waiting(_)) => (
                "khi chưa duyệt xong, chỉ người soạn được rút; người duyệt thì trả lại (`hoso return`)",
                "before its approval is complete only its author may withdraw it; who approves returns it (`hoso return`)",
            ),
            Self::Person(..) => (
                "hồ sơ đã duyệt chỉ người ký bước duyệt cuối được thu hồi hoặc thay thế",
                "once approved, only who signs the last step of approval may withdraw or supersede it",
            ),
        };
        Words::new(format!("`{id}`: {vi}"), format!("`{id}`: {en}"))
    }
}

impl Desk<'_> {
    /// Whether this signer may do an act to a record now.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn acting(&self, traced: Traced, wish: &Wish) -> Result<Acting, Refusal> {
        let record = &traced.record;
        let trust = self.press.trust;
        let mut findings = Vec::new();
        let versions = kept::versions(self.press.snapshot, &record.id, trust, &mut findings);
        let (current, earlier) = kept::current(versions, &record.source.digest);
        let examination = self.examination();
        let seals = examination.examine(record, current.as_ref(), &earlier, &mut findings);
        let version = current.ok_or(Refusal::Unsigned)?;
        match (seals.standing, wish.act) {
            (Standing::Faulty, _) => return Err(Refusal::Faulty),
            // What is superseded may still be withdrawn, and what was withdrawn replaced.
            (Standing::Superseded, Act::Withdraw) | (Standing::Withdrawn, Act::Supersede) => {}
            (standing, _) if standing.act().is_some() => return Err(Refusal::Ended(standing)),
            _ => {}
        }
        let bench = Bench {
            school: self.press.school,
            record,
            seals: seals.current.iter().collect(),
            day: dates::day(trust.at),
        };
        let stage = Stage::of(record, &bench.seals);
        if stage == Stage::Unsigned {
            return Err(Refusal::Unsigned);
        }
        if crate::seal::acts::actor(wish.act, stage).is_none() {
            return Err(Refusal::Stage(wish.act, stage));
        }
        let may = bench.standing_of(wish.act, &self.who.id);
        let Some((step, capacity)) = may.into_iter().next() else {
            return Err(Refusal::Person(wish.act, stage));
        };
        let beside: Vec<&Seal> = seals.current.iter().chain(&seals.acts).collect();
        let mut prior: Vec<Sha256> = beside.iter().map(|s| s.file.core).collect();
        prior.sort_unstable();
        prior.dedup();
        let statement = Statement {
            act: wish.act,
            subject: record.id.to_string(),
            step: record.steps[step].step.clone(),
            signer: self.who.id.clone(),
            capacity,
            prior,
            reason: Some(wish.reason.clone()),
            other: wish.other.as_ref().map(RecordId::to_string),
        };
        Ok(Acting {
            count: seals.acts.len(),
            traced,
            version,
            statement,
        })
    }

    /// Makes the statement, as a file.
    ///
    /// # Errors
    /// What the key said, or that the statement would not hold.
    pub fn act(&self, acting: &Acting, signer: &dyn Signer) -> Result<(RepoPath, Vec<u8>), Undone> {
        let record = &acting.traced.record;
        let Acting {
            version, statement, ..
        } = acting;
        let bytes = sign::sign(&version.pdf, statement, signer, self.press.trust.at)
            .map_err(|error| Undone::Key(error.words()))?;
        let name = kept::act_name(statement.act, &statement.signer, acting.count + 1);
        let path = version
            .folder
            .join(&name)
            .map_err(|error| Undone::Key(Words::new(error.vi(), error.en())))?;
        // Examined as `verify` will: what would not hold is never entered.
        let mut whole = version.clone();
        let trust = self.press.trust;
        let file = SignatureFile::beside(&version.pdf, path.clone(), bytes.clone(), trust);
        whole.signatures.push(file);
        let mut findings = Vec::new();
        let examination = self.examination();
        let seals = examination.examine(record, Some(&whole), &[], &mut findings);
        if seals.acts.iter().any(|a| a.file.path == path && a.holds()) {
            return Ok((path, bytes));
        }
        findings.retain(|finding| finding.place.file == path.as_str());
        Err(Undone::Findings(findings))
    }
}
