//! The fields of a new record: what was given, who signs, or something to be replaced.

use std::cell::Cell;
use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::Map;
use serde_json::Value;

use crate::diag::Words;
use crate::diag::words::or_ticked;
use crate::diag::words::tame;
use crate::records::kind::Kind;
use crate::records::kind::RecordRules;
use crate::records::schema::Schema;
use crate::records::schema::required;
use crate::records::school::School;
use crate::records::school::Unit;
use crate::scaffold::record::Request;
use crate::scaffold::record::did_you_mean;
use crate::scaffold::record::hinted;
use crate::scaffold::record::sample;
use crate::scaffold::record::signers::Signers;

/// What the fields are made from.
pub(super) struct Filler<'a> {
    pub(super) school: &'a School,
    pub(super) kind: &'a Kind,
    pub(super) rules: &'a RecordRules,
    pub(super) unit: &'a Unit,
    /// The day that was asked for.
    pub(super) date: Date,
    /// The record's own date.
    pub(super) day: Date,
    /// Values in NFC.
    pub(super) given: &'a [(String, String)],
    pub(super) request: &'a Request<'a>,
}

/// The fields in the order of the schema.
pub(super) struct Filled {
    pub(super) fields: Map<String, Value>,
    /// For a field that names a signer: who else could have stood there.
    pub(super) others: BTreeMap<String, Vec<String>>,
}

impl Filler<'_> {
    /// Fills every required field, and those given.
    ///
    /// # Errors
    /// A given field that the kind does not have, or a signer that the school does not have.
    pub(super) fn fields(&self) -> Result<Filled, Words> {
        let schema = self.rules.fields.text();
        for (key, _) in self.given {
            known(schema, key)?;
        }
        let Signers { named, others, .. } = self.signers()?;
        let hours = Cell::new(FIRST_HOUR);
        let values = Values {
            filler: self,
            signers: &named,
            hours: &hours,
        };
        Ok(Filled {
            fields: values.object(schema, ""),
            others,
        })
    }
}

/// Meetings begin in the afternoon.
const FIRST_HOUR: u8 = 16;

struct Values<'a> {
    filler: &'a Filler<'a>,
    signers: &'a BTreeMap<String, Value>,
    /// The next hour to be filled in, so that an end lies behind its beginning.
    hours: &'a Cell<u8>,
}

impl Values<'_> {
    fn object(&self, schema: &Value, path: &str) -> Map<String, Value> {
        let required = required(schema);
        let mut fields = Map::new();
        for (key, property) in schema
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            let at = if path.is_empty() {
                key.clone()
            } else {
                format!("{path}.{key}")
            };
            let within = format!("{at}.");
            let given = self
                .filler
                .given
                .iter()
                .any(|(key, _)| *key == at || key.starts_with(&within));
            let whole = self.filler.request.whole;
            let whole = whole.is_some_and(|whole| whole.contains_key(&at));
            if given || whole || required.contains(&key.as_str()) {
                fields.insert(key.clone(), self.field(property, &at));
            }
        }
        fields
    }

    fn field(&self, schema: &Value, path: &str) -> Value {
        let texts: Vec<&str> = self
            .filler
            .given
            .iter()
            .filter(|(key, _)| key == path)
            .map(|(_, text)| text.as_str())
            .collect();
        match (texts.last(), self.signers.get(path)) {
            (Some(_), _) if kind_of(schema) == "array" => {
                let item = schema.get("items").unwrap_or(&Value::Null);
                texts.iter().map(|text| converted(item, text)).collect()
            }
            (Some(last), _) => converted(schema, last),
            (None, Some(signer)) => signer.clone(),
            (None, None) => self.value(schema, path),
        }
    }

    fn value(&self, schema: &Value, path: &str) -> Value {
        let fixed = schema.get("const").or_else(|| schema.get("default"));
        if let Some(value) = fixed.or_else(|| schema.get("enum").and_then(|choices| choices.get(0)))
        {
            return value.clone();
        }
        match kind_of(schema) {
            "object" => Value::Object(self.object(schema, path)),
            "array" => self.list(schema, path),
            "integer" | "number" => {
                let above = schema
                    .get("exclusiveMinimum")
                    .and_then(Value::as_i64)
                    .map(|least| least + 1);
                Value::from(
                    schema
                        .get("minimum")
                        .and_then(Value::as_i64)
                        .or(above)
                        .unwrap_or(0),
                )
            }
            "boolean" => Value::Bool(false),
            "null" => Value::Null,
            _ => self.text(schema),
        }
    }

    fn list(&self, schema: &Value, path: &str) -> Value {
        let count = |key| schema.get(key).and_then(Value::as_u64).map(|n| n as usize);
        let least = count("minItems").unwrap_or(0);
        let item = schema.get("items").unwrap_or(&Value::Null);
        let one = self.value(item, &format!("{path}[]"));
        let people = self.filler.people();
        if least > 0
            && one
                .as_str()
                .is_some_and(|id| people.iter().any(|p| p == id))
        {
            return people
                .into_iter()
                .take(count("maxItems").unwrap_or(usize::MAX))
                .map(Value::String)
                .collect();
        }
        std::iter::repeat_n(one, least).collect()
    }

    /// Three dots where they are taken; otherwise the first of the things that such patterns mean.
    fn text(&self, schema: &Value) -> Value {
        let filler = self.filler;
        let least = schema
            .get("minLength")
            .and_then(Value::as_u64)
            .unwrap_or(1)
            .clamp(1, LONGEST);
        let day = filler.day;
        let hour = self.hours.get();
        let at = format!("{hour:02}:30");
        let mut choices = vec!["…".repeat(least as usize)];
        choices.extend(
            filler
                .school
                .organisation(day)
                .map(|school| school.viet_tat.clone()),
        );
        choices.extend(filler.people().into_iter().next());
        choices.extend([
            day.to_string(),
            month(filler.date),
            at.clone(),
            "1".to_owned(),
        ]);
        let pattern = schema.get("pattern").and_then(Value::as_str);
        choices.push(day.year().to_string());
        choices.extend(pattern.and_then(sample::sample));
        let fitting = choices
            .iter()
            .find(|choice| accepts(schema, &Value::String((*choice).clone())));
        if fitting == Some(&at) {
            self.hours.set(hour.saturating_add(1).min(23));
        }
        Value::String(fitting.unwrap_or(&choices[0]).clone())
    }
}

/// A text that must be longer is none that a placeholder can stand for.
const LONGEST: u64 = 1000;

/// The month of a day, `2024-09`.
pub(super) fn month(date: Date) -> String {
    format!("{:04}-{:02}", date.year(), date.month())
}

/// A property of an object's schema.
pub(super) fn property<'a>(schema: &'a Value, key: &str) -> Option<&'a Value> {
    schema.get("properties")?.get(key)
}

/// Whether a part of a schema takes a value; one that cannot stand alone is judged with the whole.
pub(super) fn accepts(schema: &Value, value: &Value) -> bool {
    Schema::compile(schema.clone()).map_or(true, |schema| schema.accepts(value))
}

/// The type that a schema asks for, the first of several.
pub(super) fn kind_of(schema: &Value) -> &str {
    let kind = schema.get("type").unwrap_or(&Value::Null);
    let implied = if schema.get("properties").is_some() {
        "object"
    } else {
        "string"
    };
    kind.as_str()
        .or_else(|| kind.get(0)?.as_str())
        .unwrap_or(implied)
}

/// A typed value from what was typed. What does not fit stays text, for the schema to refuse.
fn converted(schema: &Value, text: &str) -> Value {
    let plain = || Value::String(text.to_owned());
    match kind_of(schema) {
        "integer" => text.parse::<i64>().map_or_else(|_| plain(), Value::from),
        "number" => text
            .parse::<f64>()
            .ok()
            .and_then(serde_json::Number::from_f64)
            .map_or_else(plain, Value::Number),
        "boolean" => text.parse().map_or_else(|_| plain(), Value::Bool),
        _ => plain(),
    }
}

fn known(schema: &Value, key: &str) -> Result<(), Words> {
    let mut at = schema;
    for part in key.split('.') {
        let Some(inner) = property(at, part) else {
            let shown = tame(key);
            let message = Words::new(
                format!("không có trường `{shown}`"),
                format!("there is no field `{shown}`"),
            );
            let keys = at
                .get("properties")
                .and_then(Value::as_object)
                .into_iter()
                .flatten();
            let keys: Vec<&str> = keys.map(|(key, _)| key.as_str()).collect();
            let all = or_ticked(keys.iter().copied());
            let all = Words::new(
                format!("các trường được dùng: {}", all.vi),
                format!("the fields are {}", all.en),
            );
            return Err(hinted(message, did_you_mean(part, keys).unwrap_or(all)));
        };
        at = inner;
    }
    Ok(())
}
