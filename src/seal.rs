//! Rendered → Sealed: the signatures over a record's form, each examined, and where the record
//! stands in its chain.
//!
//! For every `.p7s` beside a form:
//! 1. `sign::verify` has answered whether it is intact, valid and trusted ([`SignatureFile::examined`]);
//! 2. [`order`] whether it covers the signatures of all earlier steps, and those only;
//! 3. the roster whether the certificate was the signer's, and the role held, on the day.
//!
//! A `.p7s` may also state that the form is returned, withdrawn or superseded: [`acts`].

pub mod acts;
pub mod order;
pub mod standing;

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Map;

use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Place;
use crate::diag::Words;
use crate::digest::Sha256;
use crate::path::RepoPath;
use crate::records::Record;
use crate::records::dates::day;
use crate::records::roster;
use crate::records::roster::Question;
use crate::records::school::School;
use crate::render::Rendered;
use crate::render::kept;
use crate::render::kept::SignatureFile;
use crate::render::kept::Version;
use crate::repo::Change;
use crate::repo::History;
use crate::repo::Snapshot;
use crate::seal::standing::Standing;
use crate::sign::Act;
use crate::sign::Answer;
use crate::sign::Examined;

/// The person name under which the organisation's seal signs.
pub const SEAL: &str = "dau";

/// A record with its form and its signatures.
#[derive(Clone, Debug)]
pub struct Sealed {
    /// The record, its history and its form.
    pub rendered: Rendered,
    /// Its signatures.
    pub seals: Seals,
}

/// The signatures of a record.
#[derive(Clone, Debug, Default)]
pub struct Seals {
    /// Over its present form, in the order of the chain.
    pub current: Vec<Seal>,
    /// What was done to its present form besides signing, by the time that each claims.
    pub acts: Vec<Seal>,
    /// Over the forms it had before, by version.
    pub superseded: Vec<Vec<Seal>>,
    /// What was done to those, by version.
    pub superseded_acts: Vec<Vec<Seal>>,
    /// Where the record stands.
    pub standing: Standing,
    /// The digest of the form that the present signatures are over.
    pub form: Option<Sha256>,
}

impl Seals {
    /// Every act over the present form and those before.
    pub fn all_acts(&self) -> impl Iterator<Item = &Seal> {
        self.acts
            .iter()
            .chain(self.superseded_acts.iter().flatten())
    }

    /// The act that the standing rests on, if it rests on one.
    pub fn deciding(&self) -> Option<&Seal> {
        let act = self.standing.act()?;
        self.all_acts()
            .filter(|seal| seal.act() == act && seal.held())
            .max_by_key(|seal| seal.examined.signing_time())
    }
}

/// One signature, examined.
#[derive(Clone, Debug)]
pub struct Seal {
    /// Its file.
    pub file: SignatureFile,
    /// What `sign` says of it.
    pub examined: Arc<Examined>,
    /// The step of the chain it is for; none when its statement names no step of the kind.
    pub step: Option<usize>,
    /// Whether it covers exactly the signatures before it.
    pub order: Answer,
    /// Whether the certificate was the signer's on the day, by the roster.
    pub roster: Answer,
    /// Whether the signer held the step's role on the day.
    pub role: Answer,
}

impl Seal {
    /// Whether nothing about it is known to be wrong.
    pub fn holds(&self) -> bool {
        self.is_sound() && ![self.order, self.roster, self.role].contains(&Answer::No)
    }

    /// Whether it holds apart from the present text, as a signature of an older version must.
    pub fn held(&self) -> bool {
        self.is_sound() && self.roster != Answer::No
    }

    pub(crate) fn is_sound(&self) -> bool {
        self.examined.is_sound()
    }

    /// What it does; a file whose statement cannot be read passes for a signature.
    pub fn act(&self) -> Act {
        self.examined.statement().map(|s| s.act).unwrap_or_default()
    }

    /// Whether its statement names another file as one that was there before.
    pub fn names(&self, other: &Seal) -> bool {
        let statement = self.examined.statement();
        statement.is_some_and(|s| s.prior.contains(&other.file.core))
    }

    /// Why, as the statement of an act says.
    pub fn reason(&self) -> Option<&str> {
        self.examined.statement()?.reason.as_deref()
    }

    /// The record that replaces this one, as the statement says.
    pub fn other(&self) -> Option<&str> {
        self.examined.statement()?.other.as_deref()
    }

    /// Who signed, as the statement says.
    pub fn signer(&self) -> Option<&str> {
        self.examined.statement().map(|s| s.signer.as_str())
    }

    /// When it was made: the time that is proven, else the one that the signer claims.
    pub fn when(&self) -> Option<Timestamp> {
        let proven = self.examined.best_signature_time();
        proven.or_else(|| self.examined.signing_time())
    }

    /// The day of signing in Vietnam, as the signer claims it.
    pub fn day(&self) -> Option<Date> {
        self.examined.signing_time().map(day)
    }
}

/// What signatures are examined against, besides whom the school trusts.
pub struct Examination<'a> {
    /// The school.
    pub school: &'a School,
}

impl Examination<'_> {
    /// Examines every signature of a record.
    pub fn examine<Pdf>(
        &self,
        record: &Record,
        current: Option<&Version<Pdf>>,
        superseded: &[Version<Pdf>],
        findings: &mut Vec<Finding>,
    ) -> Seals {
        let form = current.map(|version| version.digest);
        let (current, acts) = current
            .map(|version| self.version(record, version))
            .unwrap_or_default();
        for seal in &current {
            match order::is_over_closed(&acts, seal) {
                true => findings.push(order::closed(seal)),
                false => findings.extend(faults(record, seal)),
            }
        }
        for act in &acts {
            findings.extend(acts::faults(record, act));
        }
        let (superseded, superseded_acts): (Vec<Vec<Seal>>, Vec<Vec<Seal>>) = superseded
            .iter()
            .map(|version| self.version(record, version))
            .unzip();
        // Who may sign is a question of the present text; that what was signed before still holds by
        // itself is not.
        for seal in superseded.iter().flatten() {
            findings.extend(unsound(seal));
            findings.extend(not_theirs(seal));
        }
        for act in superseded_acts
            .iter()
            .flatten()
            .filter(|act| !acts::stood(act))
        {
            findings.extend(acts::faults(record, act));
        }
        let mut seals = Seals {
            current,
            acts,
            superseded,
            superseded_acts,
            standing: Standing::default(),
            form,
        };
        seals.standing = Standing::of(record, &seals);
        if seals.standing == Standing::Changed {
            findings.push(changed(record));
        }
        seals
    }

    /// The signatures over a form, and the acts.
    fn version<Pdf>(&self, record: &Record, version: &Version<Pdf>) -> (Vec<Seal>, Vec<Seal>) {
        let (mut seals, mut acts): (Vec<Seal>, Vec<Seal>) = version
            .signatures
            .iter()
            .map(|file| self.signature(record, file))
            .partition(|seal| seal.act() == Act::Sign);
        let judged: Vec<(Answer, Answer)> = acts
            .iter()
            .map(|act| {
                (
                    acts::covers(&seals, &acts, act),
                    acts::entitled(self.school, record, &seals, act),
                )
            })
            .collect();
        for (act, (order, role)) in acts.iter_mut().zip(judged) {
            (act.order, act.role) = (order, role);
        }
        let judged: Vec<(Answer, bool)> = seals
            .iter()
            .map(|seal| {
                let order = match order::is_over_closed(&acts, seal) {
                    true => Answer::No,
                    false => order::covers(record, &seals, seal),
                };
                (order, order::is_own(record, &seals, seal))
            })
            .collect();
        for (seal, (order, own)) in seals.iter_mut().zip(judged) {
            seal.order = order;
            if own {
                seal.role = Answer::No;
            }
        }
        seals.sort_by(|a, b| {
            a.step
                .cmp(&b.step)
                .then_with(|| a.file.path.cmp(&b.file.path))
        });
        let when = |act: &Seal| (act.examined.signing_time(), act.file.path.clone());
        acts.sort_by_cached_key(when);
        (seals, acts)
    }

    fn signature(&self, record: &Record, file: &SignatureFile) -> Seal {
        let examined = Arc::clone(&file.examined);
        let step = examined.statement().and_then(|statement| {
            let named = kept::is_named_after(file.path.file_name(), statement);
            let own = statement.subject == record.id.as_str() && named;
            record
                .steps
                .iter()
                .position(|s| own && s.step == statement.step)
        });
        let roster = self.roster(&examined);
        let role = self.role(record, step, &examined);
        Seal {
            file: file.clone(),
            examined,
            step,
            order: Answer::Unknown,
            roster,
            role,
        }
    }

    /// Whether the roster gives this certificate to the named signer on the day of signing.
    fn roster(&self, examined: &Examined) -> Answer {
        let (Some(statement), Some(certificate), Some(instant)) = (
            examined.statement(),
            examined.certificate(),
            examined.signing_time(),
        ) else {
            return Answer::No;
        };
        let day = day(instant);
        let own = match statement.signer.as_str() {
            SEAL => self.school.is_seal(&certificate.sha256, day),
            person => self
                .school
                .owner(&certificate.sha256, day)
                .is_some_and(|p| p.id == person),
        };
        yes_no(own)
    }

    /// Whether the signer is one of those whom the form names for the step, and held the role both
    /// on the record's date and on the day of signing.
    fn role(&self, record: &Record, step: Option<usize>, examined: &Examined) -> Answer {
        let (Some(index), Some(statement), Some(instant)) =
            (step, examined.statement(), examined.signing_time())
        else {
            return Answer::No;
        };
        let step = &record.steps[index];
        if step.seal {
            return yes_no(statement.signer == SEAL);
        }
        let named = step
            .people
            .iter()
            .any(|p| p.id == statement.signer && p.capacity() == statement.capacity);
        let question = Question {
            school: self.school,
            unit: &record.unit,
            date: day(instant),
            fields: &Map::new(),
        };
        let rule = record.kind.chain_on(record.date).get(index);
        let held = rule.is_some_and(|rule| {
            roster::capacities(&record.kind, rule, &question, &statement.signer).any(|p| {
                // A delegation must hold on both days; of roles, any that the step takes will do.
                let delegated = statement.capacity.contains(':');
                p.capacity() == statement.capacity || (!delegated && p.delegated.is_none())
            })
        });
        yes_no(named && held)
    }
}

fn yes_no(holds: bool) -> Answer {
    if holds { Answer::Yes } else { Answer::No }
}

/// Files under `signatures/` that belong to no record: a signed record is gone, or somebody put
/// something there.
pub fn orphans(snapshot: &Snapshot, records: &[&Record]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    let mut last = String::new();
    for entry in snapshot.under("signatures/") {
        let segments: Vec<&str> = entry.path.segments().collect();
        match segments[..] {
            ["signatures", "anchors" | "tsa" | "revocation", _]
            | ["signatures", "archives", ..] => {}
            ["signatures", year, unit, kind, name, _, _] => {
                let id = format!("{year}/{unit}/{kind}/{name}");
                if id != last
                    && records
                        .binary_search_by(|r| r.id.as_str().cmp(&id))
                        .is_err()
                {
                    findings.push(orphan(&entry.path, &id));
                    last = id;
                }
            }
            _ => findings.push(kept::misplaced(&entry.path)),
        }
    }
    findings
}

fn orphan(path: &RepoPath, id: &str) -> Finding {
    Finding::new(
        Code::SignatureOrphan,
        Place::file(path),
        Words::new(
            format!("hồ sơ `{id}` đã ký nhưng không còn hoặc không đọc được"),
            format!("record `{id}` was signed but is gone or cannot be read"),
        ),
    )
    .help(Words::new(
        "lấy lại hồ sơ từ lịch sử git; hồ sơ đã ký không được xóa",
        "restore the record from git's history; a signed record is never deleted",
    ))
}

fn changed(record: &Record) -> Finding {
    Finding::new(
        Code::RecordChanged,
        record.place(),
        Words::new(
            "hồ sơ đã được sửa sau khi ký",
            "the record was changed after it was signed",
        ),
    )
    .help(Words::new(
        "ký lại bản mới bằng `hoso sign`; bản cũ vẫn được giữ",
        "sign the new version with `hoso sign`; the old one is kept",
    ))
}

/// The finding that a signature by itself does not stand.
fn unsound(seal: &Seal) -> Option<Finding> {
    let finding = || {
        Finding::new(
            Code::SignatureFault,
            Place::file(&seal.file.path),
            seal.examined.words(),
        )
        .help(Words::new(
            "không dùng chữ ký này; người ký phải ký lại",
            "do not rely on this signature; the signer must sign again",
        ))
    };
    (!seal.is_sound()).then(finding)
}

fn faults(record: &Record, seal: &Seal) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(unsound(seal));
    // Of a signature whose certificate cannot even be read nothing more can be said.
    if seal.examined.certificate().is_none() {
        return findings;
    }
    if seal.order == Answer::No {
        findings.push(order::fault(record, seal));
    }
    findings.extend(not_theirs(seal));
    if seal.roster != Answer::No && seal.role == Answer::No {
        let who = seal.signer().unwrap_or("—");
        let day = seal.day().map(|d| d.to_string()).unwrap_or_default();
        findings.push(entitled(
            seal,
            Words::new(
                format!(
                    "`{who}` không phải người ký bước này, hoặc không giữ vai trò đó ngày {day}"
                ),
                format!(
                    "`{who}` is not the signer of this step, or did not hold the role on {day}"
                ),
            ),
        ));
    }
    findings
}

/// The finding that the roster does not give the certificate to who signed.
fn not_theirs(seal: &Seal) -> Option<Finding> {
    let known = seal.roster == Answer::No && seal.examined.certificate().is_some();
    let who = seal.signer().unwrap_or("—");
    let day = seal.day().map(|d| d.to_string()).unwrap_or_default();
    known.then(|| {
        let message = Words::new(
            format!("ngày {day} school.yaml không ghi chứng thư này là của `{who}`"),
            format!("on {day} school.yaml does not give this certificate to `{who}`"),
        );
        entitled(seal, message)
    })
}

fn entitled(seal: &Seal, message: Words) -> Finding {
    Finding::new(Code::SignatureRoster, Place::file(&seal.file.path), message).help(Words::new(
        "kiểm tra mục `chung-thu` và `vai-tro` trong content/school.yaml",
        "look at `chung-thu` and `vai-tro` in content/school.yaml",
    ))
}

/// Signatures and signed forms that were in the repository once and are gone: nothing that was
/// signed may be taken away.
pub fn removed(history: &History) -> Vec<Finding> {
    let finding = |(path, change): (&RepoPath, &Change)| {
        let commit = &change.commit.short;
        let quoted = quoted(path);
        Finding::new(
            Code::SignatureRemoved,
            Place::file(path),
            Words::new(
                format!("tệp đã ký này bị lấy khỏi kho ở commit {commit}"),
                format!("this signed file was taken out of the repository in commit {commit}"),
            ),
        )
        .help(Words::new(
            format!("lấy lại: git checkout {commit}~1 -- {quoted}"),
            format!("get it back: git checkout {commit}~1 -- {quoted}"),
        ))
    };
    history
        .deleted()
        .filter(|(path, _)| is_signed(path))
        .map(finding)
        .collect()
}

/// Whether a file is a signature, a signed form, or of a sealed archive.
pub fn is_signed(path: &RepoPath) -> bool {
    let file = path.file_name();
    let kept = file.ends_with(".p7s") || file == "form.pdf";
    path.starts_with("signatures") && (kept || path.starts_with("signatures/archives"))
}

/// A path as one word of a shell's command: whoever proposes a change chooses the names in it.
pub fn quoted(path: &RepoPath) -> String {
    format!("'{}'", path.as_str().replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_one_word_of_a_command() {
        let said = |text| quoted(&RepoPath::parse(text).expect("a path"));
        assert_eq!(said("signatures/a b.p7s"), "'signatures/a b.p7s'");
        assert_eq!(said("a'$(id)'.p7s"), r"'a'\''$(id)'\''.p7s'");
    }
}
