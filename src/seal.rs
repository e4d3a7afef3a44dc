//! Rendered → Sealed: the signatures over a record's form, each examined, and where the record
//! stands in its chain.
//!
//! For every `.p7s` beside a form:
//! 1. `sign::verify` answers whether it is intact, valid and trusted;
//! 2. [`order`] whether it covers the signatures of all earlier steps, and those only;
//! 3. the roster whether the certificate was the signer's, and the role held, on the day.

pub mod order;
pub mod standing;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Place;
use crate::diag::Words;
use crate::digest::Sha256;
use crate::path::RepoPath;
use crate::records::Record;
use crate::records::dates::day;
use crate::records::roster;
use crate::records::school::School;
use crate::render::Rendered;
use crate::render::kept;
use crate::render::kept::SignatureFile;
use crate::render::kept::Version;
use crate::repo::Change;
use crate::repo::History;
use crate::repo::Snapshot;
use crate::seal::standing::Standing;
use crate::sign;
use crate::sign::Answer;
use crate::sign::Examined;
use crate::sign::SubIndication;
use crate::sign::TrustStore;

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
    /// Over the forms it had before, by version.
    pub superseded: Vec<Vec<Seal>>,
    /// Where the record stands.
    pub standing: Standing,
    /// The digest of the form that the present signatures are over.
    pub form: Option<Sha256>,
}

/// One signature, examined.
#[derive(Clone, Debug)]
pub struct Seal {
    /// Its file.
    pub file: SignatureFile,
    /// What `sign` says of it.
    pub examined: Examined,
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

    fn is_sound(&self) -> bool {
        is_sound(&self.examined)
    }

    /// Who signed, as the statement says.
    pub fn signer(&self) -> Option<&str> {
        self.examined.statement().map(|s| s.signer.as_str())
    }

    /// The day of signing in Vietnam, as the signer claims it.
    pub fn day(&self) -> Option<Date> {
        self.examined.signing_time().map(day)
    }
}

/// Whether a signature by itself may stand: intact, valid and trusted, or only open for want of proof
/// of when it was made and of revocation data.
pub fn is_sound(examined: &Examined) -> bool {
    let open = match examined.verdict().sub_indication() {
        None | Some(SubIndication::TryLater | SubIndication::OutOfBoundsNoPoe) => true,
        Some(_) => false,
    };
    open && ![examined.intact(), examined.valid(), examined.trusted()].contains(&Answer::No)
}

/// What signatures are examined against.
pub struct Examination<'a> {
    /// The school.
    pub school: &'a School,
    /// Whom and what the school trusts.
    pub store: &'a TrustStore,
    /// The instant as of which.
    pub at: Timestamp,
}

impl Examination<'_> {
    /// Examines every signature of a record.
    pub fn examine(
        &self,
        record: &Record,
        current: Option<&Version>,
        superseded: &[Version],
        findings: &mut Vec<Finding>,
    ) -> Seals {
        let form = current.map(|version| version.digest);
        let current = current
            .map(|version| self.version(record, version))
            .unwrap_or_default();
        for seal in &current {
            findings.extend(faults(record, seal));
        }
        let superseded: Vec<Vec<Seal>> = superseded
            .iter()
            .map(|version| self.version(record, version))
            .collect();
        // Who may sign is a question of the present text; that what was signed before still holds by
        // itself is not.
        for seal in superseded.iter().flatten() {
            findings.extend(unsound(seal));
            findings.extend(not_theirs(seal));
        }
        let all_held = superseded.iter().flatten().all(Seal::held);
        let standing = match Standing::of(record, &current, !superseded.is_empty()) {
            Standing::Changed if !all_held => Standing::Faulty,
            standing => standing,
        };
        if standing == Standing::Changed {
            findings.push(changed(record));
        }
        Seals {
            current,
            superseded,
            standing,
            form,
        }
    }

    fn version(&self, record: &Record, version: &Version) -> Vec<Seal> {
        let mut seals: Vec<Seal> = version
            .signatures
            .iter()
            .map(|file| self.signature(record, version, file))
            .collect();
        let orders: Vec<Answer> = seals
            .iter()
            .map(|seal| order::covers(record, &seals, seal))
            .collect();
        for (seal, order) in seals.iter_mut().zip(orders) {
            seal.order = order;
        }
        seals.sort_by(|a, b| {
            a.step
                .cmp(&b.step)
                .then_with(|| a.file.path.cmp(&b.file.path))
        });
        seals
    }

    fn signature(&self, record: &Record, version: &Version, file: &SignatureFile) -> Seal {
        let examined = sign::verify(&*version.pdf, &file.bytes, self.store, self.at);
        let step = examined.statement().and_then(|statement| {
            let named = kept::file_name(&statement.step, &statement.signer);
            let own = statement.subject == record.id.as_str() && named == file.path.file_name();
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
        let named = step.people.iter().find(|p| p.id == statement.signer);
        let held = record.kind.chain.get(index).is_some_and(|rule| {
            roster::may_sign(
                rule,
                self.school,
                &record.unit,
                &statement.signer,
                day(instant),
            )
        });
        yes_no(named.is_some_and(|p| p.role == statement.capacity) && held)
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
            ["signatures", "anchors", _] | ["signatures", "archives", ..] => {}
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
    let signed = |path: &RepoPath| {
        let file = path.file_name();
        let kept = file.ends_with(".p7s") || file == "form.pdf";
        path.starts_with("signatures") && (kept || path.starts_with("signatures/archives"))
    };
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
        .filter(|(path, _)| signed(path))
        .map(finding)
        .collect()
}

/// A path as one word of a shell's command: whoever proposes a change chooses the names in it.
fn quoted(path: &RepoPath) -> String {
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
