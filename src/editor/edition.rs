//! For whom an editor is: the whole school, one unit, or one person with the kinds that her roles write or approve.

use std::sync::Arc;

use jiff::civil::Date;

use crate::editor::Error;
use crate::editor::Order;
use crate::records::kind::HeldAt;
use crate::records::kind::Kind;
use crate::records::school::Assignment;
use crate::records::school::School;
use crate::records::school::Unit;
use crate::records::school::UnitKind;

/// Whose records an editor shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edition<'a> {
    /// Everything.
    School,
    /// One unit's.
    Unit(&'a str),
    /// What one person's roles write or approve; a head of team sees the team's classes.
    Person(&'a str),
}

/// A folder of records: a kind that a unit keeps.
pub(super) struct Shelf<'a> {
    pub(super) unit: &'a Unit,
    pub(super) kind: &'a Arc<Kind>,
}

/// The shelves of an edition, by unit as the roster has them; what is written daily before what is written once a year.
///
/// # Errors
/// When the unit or person does not exist, or there is nothing.
pub(super) fn shelves<'a>(order: &Order<'a>) -> Result<Vec<Shelf<'a>>, Error> {
    let school: &'a School = &order.records.school;
    let name = match order.edition {
        Edition::School => "truong",
        Edition::Unit(id) => {
            let found = school.unit(id, order.date);
            found.ok_or_else(|| Error::NoUnit(id.to_owned()))?;
            id
        }
        Edition::Person(id) => {
            school
                .person(id)
                .ok_or_else(|| Error::NoPerson(id.to_owned()))?;
            id
        }
    };
    let mut kinds: Vec<&Arc<Kind>> = order.records.kinds.values().collect();
    kinds.retain(|kind| !kind.is_book() && school.uses(kind, order.date));
    kinds.sort_by_key(|kind| (kind.due.every, kind.number == 0, kind.number, &kind.id));
    let mut units: Vec<&'a Unit> = school.units_on(order.date).collect();
    if let Edition::Person(id) = order.edition {
        // Her class, then her team, then everybody else's.
        let own = |unit: &Unit| {
            school
                .roles_of(id, order.date)
                .any(|role| role.don_vi == unit.id)
        };
        units.sort_by_key(|unit| match (own(unit), unit.loai) {
            (true, UnitKind::Lop) => 0,
            (true, _) => 1,
            (false, _) => 2,
        });
    }
    let shelves: Vec<Shelf<'a>> = units
        .into_iter()
        .flat_map(|unit| kinds.iter().map(move |kind| Shelf { unit, kind }))
        .filter(|shelf| shelf.kind.is_kept_at(shelf.unit))
        .filter(|shelf| match order.edition {
            Edition::School => true,
            Edition::Unit(id) => shelf.unit.id == id,
            Edition::Person(id) => school
                .roles_of(id, order.date)
                .any(|role| concerns(school, role, shelf, order.date)),
        })
        .collect();
    match shelves.is_empty() {
        true => Err(Error::Nothing(name.to_owned())),
        false => Ok(shelves),
    }
}

/// Whether a role has to do with the records of a shelf: it hands them in, or signs them.
fn concerns(school: &School, role: &Assignment, shelf: &Shelf<'_>, date: Date) -> bool {
    let Shelf { unit, kind } = shelf;
    let held = |at: HeldAt| match at {
        HeldAt::DonVi => role.don_vi == unit.id,
        HeldAt::To => school
            .team(unit, date)
            .is_some_and(|team| team.id == role.don_vi),
        HeldAt::Truong => school
            .whole(date)
            .is_some_and(|whole| whole.id == role.don_vi),
        HeldAt::BatKy => true,
    };
    // The accountant of the office team keeps the school's books; a teacher those of her own class.
    let hands_in = kind.submitter.as_deref() == Some(role.vai_tro.as_str())
        && (role.don_vi == unit.id || unit.loai == UnitKind::Truong || held(HeldAt::Truong));
    let signs = |roles: &[String], at| roles.contains(&role.vai_tro) && held(at);
    let steps = kind.chain_on(date).iter();
    hands_in
        || steps
            .filter(|step| !step.seal)
            .any(|step| signs(&step.roles, step.held_at))
}
