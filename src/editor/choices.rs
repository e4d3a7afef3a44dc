//! What people choose from instead of typing codes: colleagues, units, children, months.

use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::editor::Order;
use crate::records::Record;
use crate::records::dates;
use crate::records::names::NameOrder;
use crate::records::school::Unit;
use crate::records::school::UnitKind;

/// The kind of the class lists.
const CLASS_LIST: &str = "danh-sach-tre";

/// What can be chosen in one school year.
pub(super) struct Choices<'a> {
    order: &'a Order<'a>,
    /// First and last day of the year.
    days: (Date, Date),
    people: Vec<Value>,
    units: Vec<Value>,
}

impl<'a> Choices<'a> {
    /// The choices of a year; none when it has no such name.
    pub(super) fn new(order: &'a Order<'a>) -> Option<Self> {
        let days = dates::school_year(order.year)?;
        let school = &order.records.school;
        // Whoever was there on any day of the year: a record of September is still read in May.
        let within =
            |from: Date, to: Option<Date>| from <= days.1 && to.is_none_or(|to| days.0 <= to);
        let names = NameOrder::new();
        let mut people: Vec<_> = school
            .people()
            .filter(|person| within(person.period.tu, person.period.den))
            .collect();
        people.sort_by_cached_key(|person| names.as_ref().map(|names| names.key(&person.ten)));
        let people = people
            .into_iter()
            .map(|person| option(&person.ten, &person.id))
            .collect();
        let units = school
            .units_on(order.date)
            .map(|unit| option(&unit.ten, &unit.id))
            .collect();
        Some(Self {
            order,
            days,
            people,
            units,
        })
    }

    /// The people of the year, given names first in order.
    pub(super) fn people(&self) -> &[Value] {
        &self.people
    }

    /// The units of the day.
    pub(super) fn units(&self) -> &[Value] {
        &self.units
    }

    /// The months of the year's folder, August to July.
    pub(super) fn months(&self) -> Vec<Value> {
        let mut month = self.days.0.first_of_month();
        let mut months = Vec::new();
        while month <= self.days.1 && months.len() < 12 {
            let name = format!("Tháng {} năm {}", month.month(), month.year());
            months.push(option(&name, &month_of(month)));
            month = month.saturating_add(1.month());
        }
        months
    }

    /// The month of the day, when it is one of the year.
    pub(super) fn this_month(&self) -> Option<String> {
        let day = self.order.date;
        (self.days.0 <= day && day <= self.days.1).then(|| month_of(day))
    }

    /// The person whose editor this is.
    pub(super) fn own(&self) -> Option<&str> {
        match self.order.edition {
            crate::editor::Edition::Person(id) => Some(id),
            _ => None,
        }
    }

    /// Who holds the first of some roles that is held at a unit.
    pub(super) fn holders(&self, roles: &[String], unit: &str) -> Vec<String> {
        let school = &self.order.records.school;
        roles
            .iter()
            .map(|role| {
                let found = school.holders(role, unit, self.order.date);
                found.map(|(person, _)| person.id.clone()).collect()
            })
            .find(|found: &Vec<String>| !found.is_empty())
            .unwrap_or_default()
    }

    /// The children of a unit as its newest class list of the year has them; of the school: of every class.
    pub(super) fn children(&self, unit: &Unit) -> Vec<&'a Map<String, Value>> {
        let of_unit = |record: &&Record| {
            record.kind.id == CLASS_LIST
                && record.id.year() == self.order.year
                && (unit.loai == UnitKind::Truong || record.unit.id == unit.id)
        };
        let mut lists: Vec<&Record> = self.order.records.all.iter().filter(of_unit).collect();
        lists.sort_by(|a, b| (&a.unit.id, b.date).cmp(&(&b.unit.id, a.date)));
        lists.dedup_by(|a, b| a.unit.id == b.unit.id);
        let rows = lists
            .into_iter()
            .filter_map(|list| list.fields.get("tre")?.as_array())
            .flatten();
        // Whoever left before the day is no longer asked about.
        rows.filter_map(Value::as_object)
            .filter(|child| {
                let left = child
                    .get("thoi")
                    .and_then(Value::as_str)
                    .and_then(dates::parse);
                left.is_none_or(|left| self.order.date < left)
            })
            .collect()
    }

    /// Every day of the year's folder on which the whole school is closed beside weekends: day → why.
    pub(super) fn days_off(&self) -> Map<String, Value> {
        let mut off = Map::new();
        let mut day = self.days.0;
        while day <= self.days.1 {
            if let Some(why) = self.order.records.school.day_off(day) {
                off.insert(day.to_string(), Value::from(why));
            }
            match day.tomorrow() {
                Ok(next) => day = next,
                Err(_) => break,
            }
        }
        off
    }

    /// What an item of a list of children begins with: the fields that its schema shares with the class list.
    pub(super) fn rows(&self, unit: &Unit, item: &Value) -> Vec<Value> {
        let known = item.get("properties").and_then(Value::as_object);
        let Some(known) = known.filter(|known| known.contains_key("ten")) else {
            return Vec::new();
        };
        let shared = |child: &Map<String, Value>| {
            // Entering and leaving are said of a month in which they happen, not of every month.
            let keys = known
                .keys()
                .filter(|key| !matches!(key.as_str(), "vao" | "thoi"));
            let plain = |key: &String| {
                Some((
                    key.clone(),
                    child
                        .get(key)
                        .filter(|v| !v.is_object() && !v.is_array())?
                        .clone(),
                ))
            };
            Value::Object(keys.filter_map(plain).collect())
        };
        self.children(unit).into_iter().map(shared).collect()
    }
}

/// A choice: what is seen, what is stored.
pub(super) fn option(label: &str, value: &str) -> Value {
    json!({"label": label, "value": value})
}

fn month_of(date: Date) -> String {
    format!("{:04}-{:02}", date.year(), date.month())
}
