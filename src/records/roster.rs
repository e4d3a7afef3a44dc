//! Who signs a record: the steps of its kind's chain, filled from the roster of its date.

use std::collections::BTreeSet;

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
use crate::records::kind::Count;
use crate::records::kind::HeldAt;
use crate::records::kind::Kind;
use crate::records::kind::Step;
use crate::records::school::Person;
use crate::records::school::School;
use crate::records::school::Unit;
use crate::records::school::delegation::Authority;
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
    /// Who signs. Never empty for a record without findings.
    pub people: Vec<SignerPerson>,
    /// How many different people of them must; all, unless the step says any two or more.
    pub needed: usize,
    /// The earlier steps whose signers may not sign this one, as places in the chain.
    pub other_than: Vec<usize>,
}

impl SignerStep {
    /// Whether everyone named must sign.
    pub fn is_for_all(&self) -> bool {
        self.needed >= self.people.len()
    }
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
    /// How, when it is by an entry of `uy-quyen`; the role is then the one that was delegated.
    pub delegated: Option<Authority>,
}

impl SignerPerson {
    /// What the signer states: the role, and how it came to be signed for another,
    /// `hieu-truong:tuq`.
    pub fn capacity(&self) -> String {
        match self.delegated {
            Some(authority) => format!("{}:{}", self.role, authority.code()),
            None => self.role.clone(),
        }
    }
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
    let chain = kind.chain_on(question.date);
    if chain.is_empty() && kind.chains.iter().any(|chain| !chain.steps.is_empty()) {
        findings.push(no_chain(question.date, locate("")));
    }
    let mut steps: Vec<SignerStep> = Vec::new();
    for step in chain {
        let other_than: Vec<usize> = (0..steps.len())
            .filter(|index| step.other_than.contains(&steps[*index].step))
            .collect();
        // Of "any two of them" it is not known yet who signs: the signatures tell.
        let barred = other_than
            .iter()
            .map(|index| &steps[*index])
            .filter(|earlier| earlier.is_for_all())
            .flat_map(|earlier| earlier.people.iter().map(|p| p.id.clone()))
            .collect();
        let filling = Filling {
            kind,
            step,
            q: question,
            barred,
        };
        let people = filling.people(&locate, findings);
        steps.push(SignerStep {
            step: step.id.clone(),
            label: step.label.clone(),
            seal: step.seal,
            digital: step.digital,
            needed: match step.count {
                Some(Count::Some(count)) => usize::from(count),
                _ => people.len(),
            },
            people,
            other_than,
        });
    }
    steps
}

/// Whether `person` holds one of a step's roles on `date`, at the unit where the step asks for it,
/// or signs for who does.
pub fn may_sign(
    kind: &Kind,
    step: &Step,
    school: &School,
    unit: &Unit,
    person: &str,
    date: Date,
) -> bool {
    let question = Question {
        school,
        unit,
        date,
        fields: &Map::new(),
    };
    capacities(kind, step, &question, person).next().is_some()
}

/// The capacities in which `person` may sign a step on the question's date, the level above
/// included.
pub fn capacities<'a>(
    kind: &Kind,
    step: &Step,
    question: &Question<'_>,
    person: &'a str,
) -> impl Iterator<Item = SignerPerson> + 'a {
    let mut all = entitled(kind, step, question);
    if let Some(raised) = step.raised() {
        all.extend(entitled(kind, &raised, question));
    }
    all.into_iter().filter(move |p| p.id == person)
}

/// The unit at which a step's role is held, for telling people; the school where any unit will do.
fn place_of<'a>(step: &Step, q: &Question<'a>) -> Option<&'a Unit> {
    match step.held_at {
        HeldAt::DonVi => Some(q.unit),
        HeldAt::To => q.school.team(q.unit, q.date),
        HeldAt::Truong | HeldAt::BatKy => q.school.whole(q.date),
    }
}

/// Everyone who may sign for one of a step's roles where the step asks for it: delegates first, since
/// that is what the delegation is for; then who holds the role.
fn entitled(kind: &Kind, step: &Step, q: &Question<'_>) -> Vec<SignerPerson> {
    let units: Vec<&str> = match step.held_at {
        HeldAt::BatKy => q.school.unit_ids().collect(),
        _ => place_of(step, q)
            .map(|u| u.id.as_str())
            .into_iter()
            .collect(),
    };
    let mut all: Vec<SignerPerson> = Vec::new();
    let mut add = |person: SignerPerson| {
        let same = |p: &SignerPerson| p.id == person.id && p.delegated == person.delegated;
        if !all.iter().any(same) {
            all.push(person);
        }
    };
    for unit in &units {
        for person in delegates(kind, step, q, unit) {
            add(person);
        }
    }
    for unit in &units {
        for person in holders(step, q, unit) {
            add(person);
        }
    }
    all
}

/// One step being filled.
struct Filling<'a> {
    kind: &'a Kind,
    step: &'a Step,
    q: &'a Question<'a>,
    /// Who signs a step whose signers may not sign this one.
    barred: BTreeSet<String>,
}

impl Filling<'_> {
    fn people(
        &self,
        locate: impl Fn(&str) -> Place,
        findings: &mut Vec<Finding>,
    ) -> Vec<SignerPerson> {
        let Self { kind, step, q, .. } = *self;
        let at = place_of(step, q);
        let before = findings.len();
        let everyone = entitled(kind, step, q);
        let free = |all: Vec<SignerPerson>| -> Vec<SignerPerson> {
            all.into_iter()
                .filter(|p| !self.barred.contains(&p.id))
                .collect()
        };
        let mut holders = free(everyone.clone());
        if holders.is_empty()
            && let Some(raised) = step.raised()
        {
            holders = free(entitled(kind, &raised, q));
        }
        let mut people = match &step.field {
            None if holders.is_empty() && !everyone.is_empty() => {
                findings.push(self.own(None, &[], locate("")));
                Vec::new()
            }
            None => {
                if holders.is_empty() {
                    findings.push(nobody(step, at, q.date, locate("")));
                }
                let one = if step.count.is_none() { 1 } else { usize::MAX };
                holders.into_iter().take(one).collect()
            }
            Some(field) => self.named(field, &everyone, &holders, &locate, findings),
        };
        let Some(count) = step.count else {
            return people;
        };
        // One person twice is one person.
        let mut seen = BTreeSet::new();
        people.retain(|p| seen.insert(p.id.clone()));
        if let Count::Some(count) = count
            && people.len() < usize::from(count)
            && findings.len() == before
        {
            findings.push(too_few(
                step,
                usize::from(count),
                people.len(),
                q.date,
                locate(""),
            ));
        }
        people
    }

    fn named(
        &self,
        field: &str,
        everyone: &[SignerPerson],
        holders: &[SignerPerson],
        locate: impl Fn(&str) -> Place,
        findings: &mut Vec<Finding>,
    ) -> Vec<SignerPerson> {
        let Self { step, q, .. } = *self;
        let mut people = Vec::new();
        for (id, pointer) in named(q.fields.get(field)) {
            let place = || locate(&format!("/{field}{pointer}"));
            match holders.iter().find(|h| h.id == id) {
                Some(found) => {
                    findings.extend(self.unauthorised(found, &locate));
                    people.push(found.clone());
                }
                None if self.barred.contains(id) && everyone.iter().any(|p| p.id == id) => {
                    findings.push(self.own(Some(id), holders, place()));
                }
                None => {
                    let at = place_of(step, q);
                    findings.push(not_entitled(id, step, at, q, holders, place()));
                }
            }
        }
        people
    }

    /// The finding that a record claims TL. or TUQ. for a signer to whom nobody gave it.
    fn unauthorised(
        &self,
        signer: &SignerPerson,
        locate: impl Fn(&str) -> Place,
    ) -> Option<Finding> {
        let field = self.step.authority.as_deref()?;
        let claimed = self.q.fields.get(field).and_then(Value::as_str)?;
        let form = [Authority::Tl, Authority::Tuq]
            .into_iter()
            .find(|form| form.code() == claimed)?;
        if signer.delegated == Some(form) {
            return None;
        }
        let (who, form, date) = (&signer.id, form.printed(), self.q.date);
        let finding = Finding::new(
            Code::RoleMissing,
            locate(&format!("/{field}")),
            Words::new(
                format!("ngày {date} không ai giao cho `{who}` ký {form}"),
                format!("on {date} nobody has let `{who}` sign {form}"),
            ),
        );
        Some(finding.help(Words::new(
            "khai việc giao ký ở `uy-quyen` trong content/school.yaml (NĐ 30/2020, Điều 13)",
            "enter the delegation under `uy-quyen` in content/school.yaml (NĐ 30/2020, Điều 13)",
        )))
    }

    /// The finding that a step would be signed by who signed what it approves.
    fn own(&self, who: Option<&str>, others: &[SignerPerson], place: Place) -> Finding {
        let step = &self.step.id;
        let steps = or_ticked(self.step.other_than.iter().map(String::as_str));
        let message = match who {
            Some(who) => {
                let who = tame(who);
                Words::new(
                    format!(
                        "`{who}` đã ký bước {}, không được ký bước `{step}`: không ai tự duyệt hồ sơ của mình",
                        steps.vi
                    ),
                    format!(
                        "`{who}` signs step {}, and may not sign step `{step}`: nobody approves their own record",
                        steps.en
                    ),
                )
            }
            None => Words::new(
                format!(
                    "bước `{step}` không còn ai ký ngoài người đã ký bước {}: không ai tự duyệt hồ sơ của mình",
                    steps.vi
                ),
                format!(
                    "nobody is left for step `{step}` but who signs step {}: nobody approves their own record",
                    steps.en
                ),
            ),
        };
        let able = or_ticked(others.iter().map(|p| p.id.as_str()));
        Finding::new(Code::SelfApproval, place, message).help(match others {
            [] => Words::new(
                "khai thêm người giữ vai trò trong `vai-tro`, giao ký ở `uy-quyen` (content/school.yaml), hoặc khai `cap-tren` ở bước này của kind.yaml",
                "enter another holder under `vai-tro`, delegate under `uy-quyen` (content/school.yaml), or give the step `cap-tren` in kind.yaml",
            ),
            _ => Words::new(
                format!("người ký được bước này: {}", able.vi),
                format!("this step can be signed by {}", able.en),
            ),
        })
    }
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
                delegated: None,
            });
        }
    }
    all
}

/// Who signs for the holders of a step's roles at `unit`.
fn delegates(kind: &Kind, step: &Step, q: &Question<'_>, unit: &str) -> Vec<SignerPerson> {
    let of = |role: &String| {
        let given = q.school.delegates(role, unit, &kind.id, q.date);
        let person = |(person, authority): (&Person, Authority)| SignerPerson {
            id: person.id.clone(),
            name: person.ten.clone(),
            role: role.clone(),
            title: q.school.title_of(&person.id, q.date).unwrap_or_default(),
            authority: Some(format!("{} {}", authority.printed(), role_title(role))),
            delegated: Some(authority),
        };
        given.map(person).collect::<Vec<_>>()
    };
    step.roles.iter().flat_map(of).collect()
}

fn no_chain(date: Date, place: Place) -> Finding {
    Finding::new(
        Code::RoleMissing,
        place,
        Words::new(
            format!("loại hồ sơ này không có trình tự ký cho ngày {date}"),
            format!("this kind has no approval chain for {date}"),
        ),
    )
    .help(Words::new(
        "sửa `tu`, `den` ở `trinh-ky` của kind.yaml",
        "mend `tu`, `den` under `trinh-ky` of kind.yaml",
    ))
}

fn too_few(step: &Step, count: usize, able: usize, date: Date, place: Place) -> Finding {
    Finding::new(
        Code::RoleMissing,
        place,
        Words::new(
            format!("bước `{}` cần {count} người khác nhau ký, ngày {date} chỉ có {able}", step.id),
            format!("step `{}` needs {count} different people, on {date} there are {able}", step.id),
        ),
    )
    .help(Words::new(
        "khai vai trò trong content/school.yaml, mục `vai-tro`, hoặc nêu đủ người trong hồ sơ",
        "enter the role in content/school.yaml under `vai-tro`, or name enough people in the record",
    ))
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
