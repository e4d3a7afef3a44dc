//! What is asked for, and by when: the periods of the kinds that a school uses, for the units that
//! exist in them, and for their children or people where there is one record each.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Span;
use jiff::civil::Date;
use serde_json::Value;

use crate::ledger::Named;
use crate::ledger::Sources;
use crate::ledger::kept::Index;
use crate::records::Record;
use crate::records::kind::Deadline;
use crate::records::kind::Each;
use crate::records::kind::Every;
use crate::records::kind::Kind;
use crate::records::period;
use crate::records::period::Period;
use crate::records::period::SchoolYear;
use crate::records::roster;
use crate::records::school::School;
use crate::records::school::Unit;
use crate::records::school::UnitKind;

/// The kind that lists the children of a class; without such a list no child is missed.
pub const CLASS_LIST: &str = "danh-sach-tre";

/// The roles that a roster knows, for asking whether somebody belongs to a unit.
const ROLES: [&str; 10] = [
    "hieu-truong",
    "pho-hieu-truong",
    "to-truong",
    "to-pho",
    "giao-vien",
    "van-thu",
    "ke-toan",
    "y-te",
    "cap-duong",
    "bao-ve",
];

/// Who is asked for what: a kind of a unit in a school year.
#[derive(Clone)]
pub struct Demand<'a> {
    /// The kind.
    pub kind: &'a Arc<Kind>,
    /// The unit, as of `day`.
    pub unit: &'a Unit,
    /// The school year.
    pub year: Arc<SchoolYear>,
    /// The day by which unit and roster are looked up: the last of the period on which the unit
    /// exists.
    pub day: Date,
}

/// One thing asked for.
#[derive(Clone)]
pub struct Asked<'a> {
    /// Of whom.
    pub demand: Demand<'a>,
    /// The period.
    pub period: Period,
    /// The child or person, where there is one record each.
    pub subject: Option<Named>,
    /// The last day on which it is not late.
    pub due: Date,
}

/// Everything that is asked for by the day of `sources`, in the order of
/// [`crate::ledger::Ledger::entries`], for the years that have records and for `more`. Periods that
/// have not begun and whose deadline is not over ask for nothing yet.
pub fn all<'a>(sources: &Sources<'a>, index: &Index<'_>, more: &[&str]) -> Vec<Asked<'a>> {
    let school = sources.school;
    let names: BTreeSet<&str> = index.years().chain(more.iter().copied()).collect();
    let mut units: Vec<&str> = Vec::new();
    for id in school.unit_ids() {
        if !units.contains(&id) {
            units.push(id);
        }
    }
    let mut kinds: Vec<&Arc<Kind>> = sources.kinds.values().collect();
    // As Điều 21 numbers them; those outside the eleven come last.
    kinds.sort_by_key(|kind| (kind.number == 0, kind.number, &kind.id));
    let mut all = Vec::new();
    for year in names.iter().filter_map(|name| school.year(name)) {
        let year = Arc::new(year);
        for unit in &units {
            for kind in &kinds {
                let mut asked = of_unit(sources, index, kind, unit, &year);
                // Each child's periods stand together.
                asked.sort_by(|a, b| (&a.subject, &a.period).cmp(&(&b.subject, &b.period)));
                all.extend(asked);
            }
        }
    }
    all
}

fn of_unit<'a>(
    sources: &Sources<'a>,
    index: &Index<'_>,
    kind: &'a Arc<Kind>,
    unit: &str,
    year: &Arc<SchoolYear>,
) -> Vec<Asked<'a>> {
    let school = sources.school;
    let mut all = Vec::new();
    if kind.due.every == Every::Khong || !school.unit_ids().any(|id| id == unit) {
        return all;
    }
    for period in period::all(kind.due.every, year, school) {
        let due = deadline(kind.due.by, &period);
        if period.from > sources.on && due >= sources.on {
            continue;
        }
        let Some((day, unit)) = unit_during(school, unit, &period, year) else {
            continue;
        };
        // What fell due before the books were kept here, or is about a time after, is not missing.
        let followed = school.is_followed(due.min(day));
        let asks = kind.is_kept_at(unit)
            && school.uses(kind, day)
            && followed
            && kind.version_on(day).is_some();
        if !asks {
            continue;
        }
        let demand = Demand {
            kind,
            unit,
            year: Arc::clone(year),
            day,
        };
        let one = |subject| Asked {
            demand: demand.clone(),
            period: period.clone(),
            subject,
            due,
        };
        match kind.due.each {
            Each::DonVi => all.push(one(None)),
            // A book gathers what there is, whoever it is about.
            _ if kind.is_book() => all.push(one(None)),
            // Who has left before today is not asked about any more.
            Each::Tre => {
                let day = day.min(sources.on.max(period.from));
                all.extend(children(index, &demand, day).into_iter().map(Some).map(one));
            }
            Each::Nguoi => all.extend(people(school, &demand).into_iter().map(Some).map(one)),
        }
    }
    all
}

/// The last day of the period on which the unit exists, with the unit as of then: a class that was
/// opened or ended within a month keeps that month's books.
fn unit_during<'a>(
    school: &'a School,
    unit: &str,
    period: &Period,
    year: &SchoolYear,
) -> Option<(Date, &'a Unit)> {
    let (first, last) = (period.from.max(year.from), period.to.min(year.to));
    let mut day = last;
    while day >= first {
        if let Some(unit) = school.unit(unit, day) {
            return Some((day, unit));
        }
        day = day.yesterday().ok()?;
    }
    None
}

fn deadline(by: Deadline, period: &Period) -> Date {
    let days = |days: u16| Span::new().days(i64::from(days));
    match by {
        Deadline::Truoc(before) => period.from.saturating_sub(days(before)),
        Deadline::Vao(after) => period.from.saturating_add(days(after)),
        Deadline::Sau(after) => period.to.saturating_add(days(after)),
    }
}

/// The children of a unit on `day`: of the newest class list of each class in it.
fn children(index: &Index<'_>, demand: &Demand<'_>, day: Date) -> Vec<Named> {
    let unit = demand.unit;
    let lists = index.class_lists(&demand.year.name, |record| match unit.loai {
        UnitKind::Lop => record.unit.id == unit.id,
        UnitKind::To => record.team.as_ref().is_some_and(|team| team.id == unit.id),
        UnitKind::Truong => true,
    });
    lists
        .into_iter()
        .flat_map(|list| listed(list, day))
        .collect()
}

/// The children of a class list who belong to the class on `day`.
pub fn listed(list: &Record, day: Date) -> Vec<Named> {
    let children = list.fields.get("tre").and_then(Value::as_array);
    children
        .into_iter()
        .flatten()
        .filter(|child| attends(child, day))
        .filter_map(|child| {
            Some(Named {
                id: child.get("ma")?.as_str()?.to_owned(),
                name: child.get("ten")?.as_str()?.to_owned(),
            })
        })
        .collect()
}

/// Whether a child of a class list belongs to the class on `day`.
fn attends(child: &Value, day: Date) -> bool {
    let date = |key: &str| child.get(key)?.as_str()?.parse::<Date>().ok();
    date("vao").is_none_or(|from| from <= day) && date("thoi").is_none_or(|to| day < to)
}

/// The people of a unit; of the school, everybody who works there.
fn people(school: &School, demand: &Demand<'_>) -> Vec<Named> {
    let (unit, day) = (demand.unit, demand.day);
    let belongs = |person: &str| {
        unit.loai == UnitKind::Truong
            || ROLES.iter().any(|role| {
                school
                    .holders(role, &unit.id, day)
                    .any(|(holder, _)| holder.id == person)
            })
    };
    school
        .people_on(day)
        .filter(|person| belongs(&person.id))
        .map(|person| Named {
            id: person.id.clone(),
            name: person.ten.clone(),
        })
        .collect()
}

/// Who is to write it: those who may take the first step of its chain.
pub fn writers(school: &School, asked: &Asked<'_>) -> Vec<Named> {
    let demand = &asked.demand;
    let Some(step) = demand.kind.chain_on(demand.day).first() else {
        return Vec::new();
    };
    school
        .people_on(demand.day)
        .filter(|person| {
            roster::may_sign(
                demand.kind,
                step,
                school,
                demand.unit,
                &person.id,
                demand.day,
            )
        })
        .map(|person| Named {
            id: person.id.clone(),
            name: person.ten.clone(),
        })
        .collect()
}
