//! Who signs a new record: for each field of the chain that names a signer, somebody who may.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::Value;

use crate::diag::Words;
use crate::diag::words::or_ticked;
use crate::diag::words::tame;
use crate::records::kind::HeldAt;
use crate::records::kind::Step;
use crate::records::roster;
use crate::records::school::Unit;
use crate::records::school::role_title;
use crate::scaffold::record::did_you_mean;
use crate::scaffold::record::fill::Filler;
use crate::scaffold::record::fill::kind_of;
use crate::scaffold::record::fill::property;
use crate::scaffold::record::hinted;

/// Who stands in the fields that name signers, and who else could.
#[derive(Default)]
pub(super) struct Signers {
    pub(super) named: BTreeMap<String, Value>,
    pub(super) others: BTreeMap<String, Vec<String>>,
    busy: Vec<String>,
}

impl Filler<'_> {
    /// Who signs, for each field of the chain that names signers.
    pub(super) fn signers(&self) -> Result<Signers, Words> {
        let named = self
            .kind
            .chain_on(self.day)
            .iter()
            .filter_map(|step| Some((step, step.field.as_deref()?)));
        let named: Vec<(&Step, &str)> = named.collect();
        let asked = match self.request.person {
            None => None,
            Some(person) => Some((person, self.field_for(person, &named)?)),
        };
        let open = |(_, field): &(&Step, &str)| !self.given.iter().any(|(key, _)| key == field);
        let mut places = Vec::new();
        for (step, field) in named.into_iter().filter(open) {
            let able = self.entitled(step);
            if able.is_empty() {
                return Err(vacant(step, self.unit, self.day));
            }
            places.push((
                asked.filter(|(_, at)| *at == field).map(|(id, _)| id),
                field,
                able,
            ));
        }
        // First whoever was asked for, then the places that few can take.
        places.sort_by_key(|(asked, _, able)| (asked.is_none(), able.len()));
        let mut signers = Signers::default();
        for (asked, field, able) in places {
            self.seat(&mut signers, asked, field, able);
        }
        Ok(signers)
    }

    /// Seats those who sign in one field: one, or all where the field is a list.
    fn seat(&self, signers: &mut Signers, asked: Option<&str>, field: &str, mut able: Vec<String>) {
        let Some(schema) = property(self.rules.fields.text(), field) else {
            return;
        };
        let (wanted, busy) = (asked.or(self.request.author), &signers.busy);
        // One person in two places of one form only if there is nobody else.
        able.sort_by_key(|id| {
            (
                asked != Some(id.as_str()),
                busy.contains(id),
                wanted != Some(id.as_str()),
            )
        });
        let many = kind_of(schema) == "array";
        let most = schema.get("maxItems").and_then(Value::as_u64);
        let most = most.map_or(usize::MAX, |most| most as usize);
        let seats = if many && asked.is_none() { most } else { 1 };
        let rest = able.split_off(able.len().min(seats));
        signers.busy.extend(able.iter().cloned());
        let mut named = able.into_iter().map(Value::String);
        let value = if many {
            named.collect()
        } else {
            named.next().unwrap_or_default()
        };
        signers.named.insert(field.to_owned(), value);
        signers.others.insert(field.to_owned(), rest);
    }

    /// The first field in which the chain lets `person` sign.
    fn field_for<'s>(&self, person: &str, steps: &[(&'s Step, &'s str)]) -> Result<&'s str, Words> {
        let mut able = Vec::new();
        for (step, field) in steps.iter().copied() {
            let holders = self.entitled(step);
            if holders.iter().any(|id| id == person) {
                return Ok(field);
            }
            able.extend(holders);
        }
        let (shown, day) = (tame(person), self.day);
        let message = Words::new(
            format!(
                "ngày {day} `{shown}` không phải người được nêu tên để ký `{}`",
                self.kind.id
            ),
            format!(
                "on {day} `{shown}` is not one of those who are named to sign `{}`",
                self.kind.id
            ),
        );
        let able: Vec<&str> = able.iter().map(String::as_str).collect();
        if able.is_empty() {
            return Err(message);
        }
        let all = or_ticked(able.iter().copied());
        let all = Words::new(
            format!("có thể là: {}", all.vi),
            format!("it can be {}", all.en),
        );
        Err(hinted(message, did_you_mean(person, able).unwrap_or(all)))
    }

    /// Who may sign a step on the record's date, the usual role first.
    fn entitled(&self, step: &Step) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for role in &step.roles {
            let one = Step {
                roles: vec![role.clone()],
                ..step.clone()
            };
            let holders = self.school.people_on(self.day).map(|person| &person.id);
            let holders = holders.filter(|id| {
                roster::may_sign(self.kind, &one, self.school, self.unit, id, self.day)
            });
            let new: Vec<String> = holders.filter(|id| !all.contains(id)).cloned().collect();
            all.extend(new);
        }
        all
    }

    /// The people of the unit, as far as the chain knows them; if it knows none, all of the chain.
    pub(super) fn people(&self) -> Vec<String> {
        let (own, rest): (Vec<&Step>, Vec<&Step>) = self
            .kind
            .chain_on(self.day)
            .iter()
            .partition(|step| step.held_at == HeldAt::DonVi);
        let of = |steps: &[&Step]| {
            let mut all: Vec<String> = Vec::new();
            for id in steps.iter().flat_map(|step| self.entitled(step)) {
                if !all.contains(&id) {
                    all.push(id);
                }
            }
            all
        };
        let people = of(&own);
        if people.is_empty() { of(&rest) } else { people }
    }
}

fn vacant(step: &Step, unit: &Unit, day: Date) -> Words {
    let roles = or_ticked(step.roles.iter().map(|role| role_title(role)));
    hinted(
        Words::new(
            format!(
                "ngày {day} không ai giữ vai trò {} cho bước `{}` của đơn vị `{}`",
                roles.vi, step.id, unit.id
            ),
            format!(
                "on {day} nobody holds the role {} for step `{}` of unit `{}`",
                roles.en, step.id, unit.id
            ),
        ),
        Words::new(
            "khai vai trò trong content/school.yaml, mục `vai-tro`",
            "enter the role in content/school.yaml under `vai-tro`",
        ),
    )
}
