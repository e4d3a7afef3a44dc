//! Who signs a record: the steps of its kind's chain, filled from the roster of its date.

use jiff::civil::Date;
use serde_json::Map;
use serde_json::Value;

use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Place;
use crate::diag::Words;
use crate::diag::words::near_miss;
use crate::diag::words::or_ticked;
use crate::diag::words::tame;
use crate::records::kind::HeldAt;
use crate::records::kind::Kind;
use crate::records::kind::Step;
use crate::records::school::School;
use crate::records::school::Unit;
use crate::records::school::role_title;

/// One step of the chain of one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignerStep {
    /// The step's id, `to-duyet`.
    pub step: String,
    /// What stands over the signature.
    pub label: String,
    /// Whether it is the organisation's seal.
    pub seal: bool,
    /// Whether a digital signature is required.
    pub digital: bool,
    /// Who signs; all of them must. Never empty for a record without findings.
    pub people: Vec<SignerPerson>,
}

/// A person as the signer of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignerPerson {
    /// The person's id.
    pub id: String,
    /// Full name.
    pub name: String,
    /// The role in which the person signs.
    pub role: String,
    /// The printed title.
    pub title: String,
    /// `KT. Hiệu trưởng`, when the person signs for another (NĐ 30/2020 Điều 13).
    pub authority: Option<String>,
}

/// What a record is asked about.
pub struct Question<'a> {
    /// The school.
    pub school: &'a School,
    /// The record's unit.
    pub unit: &'a Unit,
    /// The record's date.
    pub date: Date,
    /// Its fields; empty for a book.
    pub fields: &'a Map<String, Value>,
}

/// Fills the chain of `kind`; `locate` gives the place of a field for findings.
pub fn fill(
    kind: &Kind,
    question: &Question<'_>,
    locate: impl Fn(&str) -> Place,
    findings: &mut Vec<Finding>,
) -> Vec<SignerStep> {
    kind.chain
        .iter()
        .map(|step| {
            let people = people(step, question, &locate, findings);
            SignerStep {
                step: step.id.clone(),
                label: step.label.clone(),
                seal: step.seal,
                digital: step.digital,
                people,
            }
        })
        .collect()
}

/// Whether `person` holds one of a step's roles on `date`, at the unit where the step asks for it.
pub fn may_sign(step: &Step, school: &School, unit: &Unit, person: &str, date: Date) -> bool {
    let question = Question {
        school,
        unit,
        date,
        fields: &Map::new(),
    };
    entitled(step, &question).iter().any(|p| p.id == person)
}

/// The unit at which a step's role is held, for telling people; the school where any unit will do.
fn place_of<'a>(step: &Step, q: &Question<'a>) -> Option<&'a Unit> {
    match step.held_at {
        HeldAt::DonVi => Some(q.unit),
        HeldAt::To => q.school.team(q.unit, q.date),
        HeldAt::Truong | HeldAt::BatKy => q.school.whole(q.date),
    }
}

/// Everyone who holds one of a step's roles where the step asks for it.
fn entitled(step: &Step, q: &Question<'_>) -> Vec<SignerPerson> {
    let units: Vec<&str> = match step.held_at {
        HeldAt::BatKy => q.school.unit_ids().collect(),
        _ => place_of(step, q)
            .map(|u| u.id.as_str())
            .into_iter()
            .collect(),
    };
    let mut all: Vec<SignerPerson> = Vec::new();
    for unit in units {
        for person in holders(step, q, unit) {
            if !all.iter().any(|p| p.id == person.id) {
                all.push(person);
            }
        }
    }
    all
}

fn people(
    step: &Step,
    q: &Question<'_>,
    locate: impl Fn(&str) -> Place,
    findings: &mut Vec<Finding>,
) -> Vec<SignerPerson> {
    let at = place_of(step, q);
    let holders = entitled(step, q);
    let Some(field) = &step.field else {
        if holders.is_empty() {
            findings.push(nobody(step, at, q.date, locate("")));
        }
        return holders.into_iter().take(1).collect();
    };
    named(q.fields.get(field))
        .into_iter()
        .filter_map(|(id, pointer)| {
            let found = holders.iter().find(|h| h.id == id).cloned();
            if found.is_none() {
                findings.push(not_entitled(
                    id,
                    step,
                    at,
                    q,
                    &holders,
                    locate(&format!("/{field}{pointer}")),
                ));
            }
            found
        })
        .collect()
}

/// The person ids in a field, with the rest of the pointer to each.
fn named(value: Option<&Value>) -> Vec<(&str, String)> {
    match value {
        Some(Value::String(id)) => vec![(id, String::new())],
        Some(Value::Array(ids)) => ids
            .iter()
            .enumerate()
            .filter_map(|(i, id)| id.as_str().map(|id| (id, format!("/{i}"))))
            .collect(),
        _ => Vec::new(),
    }
}

fn holders(step: &Step, q: &Question<'_>, unit: &str) -> Vec<SignerPerson> {
    let usual = step.roles.first().map(String::as_str);
    let mut all: Vec<SignerPerson> = Vec::new();
    for role in &step.roles {
        for (person, assignment) in q.school.holders(role, unit, q.date) {
            if all.iter().any(|p| p.id == person.id) {
                continue;
            }
            let deputy = matches!(
                (usual, role.as_str()),
                (Some("hieu-truong"), "pho-hieu-truong") | (Some("to-truong"), "to-pho")
            );
            all.push(SignerPerson {
                id: person.id.clone(),
                name: person.ten.clone(),
                role: role.clone(),
                title: assignment
                    .chuc_danh
                    .clone()
                    .unwrap_or_else(|| role_title(role).to_owned()),
                authority: usual
                    .filter(|_| deputy)
                    .map(|usual| format!("KT. {}", role_title(usual))),
            });
        }
    }
    all
}

fn roles_of(step: &Step) -> Words {
    or_ticked(step.roles.iter().map(|r| role_title(r)))
}

fn nobody(step: &Step, at: Option<&Unit>, date: Date, place: Place) -> Finding {
    let roles = roles_of(step);
    let unit = at.map_or("—", |u| u.id.as_str());
    Finding::new(
        Code::RoleMissing,
        place,
        Words::new(
            format!(
                "ngày {date} không ai giữ vai trò {} tại `{unit}` cho bước `{}`",
                roles.vi, step.id
            ),
            format!(
                "on {date} nobody holds the role {} at `{unit}` for step `{}`",
                roles.en, step.id
            ),
        ),
    )
    .help(Words::new(
        "khai vai trò trong content/school.yaml, mục `vai-tro`",
        "enter the role in content/school.yaml under `vai-tro`",
    ))
}

fn not_entitled(
    id: &str,
    step: &Step,
    at: Option<&Unit>,
    q: &Question<'_>,
    holders: &[SignerPerson],
    place: Place,
) -> Finding {
    let shown = tame(id);
    let date = q.date;
    if q.school.person(id).is_none_or(|p| !p.period.holds(date)) {
        let known = q.school.people_on(date).map(|p| p.id.as_str());
        let help = match near_miss(id, known) {
            Some(near) => Words::new(
                format!("có phải là `{near}`?"),
                format!("did you mean `{near}`?"),
            ),
            None => Words::new(
                "khai người này trong content/school.yaml, mục `nguoi`",
                "enter this person in content/school.yaml under `nguoi`",
            ),
        };
        return Finding::new(
            Code::PersonUnknown,
            place,
            Words::new(
                format!("ngày {date} không có người `{shown}` trong school.yaml"),
                format!("on {date} school.yaml has no person `{shown}`"),
            ),
        )
        .help(help);
    }
    let roles = roles_of(step);
    let unit = at.map_or("—", |u| u.id.as_str());
    let able = or_ticked(holders.iter().map(|h| h.id.as_str()));
    Finding::new(
        Code::RoleMissing,
        place,
        Words::new(
            format!(
                "ngày {date} `{shown}` không giữ vai trò {} tại `{unit}`",
                roles.vi
            ),
            format!(
                "on {date} `{shown}` does not hold the role {} at `{unit}`",
                roles.en
            ),
        ),
    )
    .help(match holders {
        [] => Words::new(
            "khai vai trò trong content/school.yaml, mục `vai-tro`",
            "enter the role in content/school.yaml under `vai-tro`",
        ),
        _ => Words::new(
            format!("người giữ vai trò này: {}", able.vi),
            format!("the role is held by {}", able.en),
        ),
    })
}
