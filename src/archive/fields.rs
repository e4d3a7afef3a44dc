//! A record's header as a page shows it: labels from the kind's schema, dates and names as people
//! write them, lists and tables as such.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Map;
use serde_json::Value;

use crate::records::Record;
use crate::records::dates;
use crate::records::evidence;
use crate::records::kind::FormKind;
use crate::records::school::School;

/// One field.
#[derive(Debug, Serialize)]
pub struct FieldView {
    label: String,
    key: String,
    value: Option<String>,
    list: Vec<String>,
    table: Option<Table>,
    sensitive: bool,
}

impl FieldView {
    /// Its values, a line each.
    pub fn into_texts(self) -> Vec<String> {
        let rows = self.table.map(|table| table.rows).unwrap_or_default();
        let rows = rows.into_iter().map(|row| row.join(" | "));
        self.value
            .into_iter()
            .chain(self.list)
            .chain(rows)
            .collect()
    }
}

/// A field that is a list of groups.
#[derive(Debug, Serialize)]
pub struct Table {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// The fields of a record, in the order of its header.
pub fn of(record: &Record, school: &School) -> Vec<FieldView> {
    let FormKind::Record(rules) = &record.kind.form else {
        return Vec::new();
    };
    let naming = Naming { school };
    let mut out = Vec::new();
    for (key, value) in &record.fields {
        let schema = rules
            .fields
            .text()
            .get("properties")
            .and_then(|p| p.get(key));
        let sensitive = record.kind.personal.contains(key);
        naming.field(
            key.clone(),
            match (schema, key.as_str()) {
                (None, evidence::KEY) => evidence::TITLE.to_owned(),
                _ => title(schema, key),
            },
            value,
            schema,
            sensitive,
            &mut out,
        );
    }
    out
}

/// What some fields of a record are called.
pub fn titles(record: &Record, keys: &BTreeSet<String>) -> Vec<String> {
    let FormKind::Record(rules) = &record.kind.form else {
        return Vec::new();
    };
    let properties = rules.fields.text().get("properties");
    let one = |key: &String| title(properties.and_then(|p| p.get(key)), key);
    keys.iter().map(one).collect()
}

struct Naming<'a> {
    school: &'a School,
}

impl Naming<'_> {
    fn field(
        &self,
        key: String,
        label: String,
        value: &Value,
        schema: Option<&Value>,
        sensitive: bool,
        out: &mut Vec<FieldView>,
    ) {
        let mut view = FieldView {
            label,
            key,
            value: None,
            list: Vec::new(),
            table: None,
            sensitive,
        };
        match value {
            Value::Object(group) => {
                for (inner, value) in group {
                    let schema = schema
                        .and_then(|s| s.get("properties"))
                        .and_then(|p| p.get(inner));
                    let label = format!("{} – {}", view.label, title(schema, inner));
                    self.field(
                        format!("{}.{inner}", view.key),
                        label,
                        value,
                        schema,
                        sensitive,
                        out,
                    );
                }
                return;
            }
            Value::Array(items) if items.iter().any(Value::is_object) => {
                view.table = Some(self.table(items, schema.and_then(|s| s.get("items"))));
            }
            Value::Array(items) => {
                let schema = schema.and_then(|s| s.get("items"));
                view.list = items.iter().map(|item| self.text(item, schema)).collect();
            }
            Value::Null => {}
            other => view.value = Some(self.text(other, schema)),
        }
        out.push(view);
    }

    fn table(&self, items: &[Value], schema: Option<&Value>) -> Table {
        let properties = schema
            .and_then(|s| s.get("properties"))
            .and_then(Value::as_object);
        let used = |key: &str| items.iter().any(|item| item.get(key).is_some());
        let keys: Vec<&String> = properties
            .map(|p| p.keys().filter(|k| used(k)).collect())
            .unwrap_or_default();
        let rows = items
            .iter()
            .map(|item| {
                keys.iter()
                    .map(|key| self.cell(item.get(key.as_str()), property(properties, key)))
                    .collect()
            })
            .collect();
        Table {
            head: keys
                .iter()
                .map(|key| title(property(properties, key), key))
                .collect(),
            rows,
        }
    }

    fn cell(&self, value: Option<&Value>, schema: Option<&Value>) -> String {
        match value {
            Some(Value::Array(items)) => {
                let inner = schema.and_then(|s| s.get("items")).or(schema);
                let texts: Vec<String> = items.iter().map(|item| self.text(item, inner)).collect();
                texts.join(match items.iter().any(Value::is_object) {
                    true => "; ",
                    false => ", ",
                })
            }
            Some(value) => self.text(value, schema),
            None => String::new(),
        }
    }

    /// A single value: the label of a choice, a person's name, a date as the forms write it.
    fn text(&self, value: &Value, schema: Option<&Value>) -> String {
        if let Some(label) = choice(value, schema) {
            return label;
        }
        match value {
            Value::String(text) => match (self.school.person(text), text.len(), dates::parse(text))
            {
                (Some(person), _, _) => person.ten.clone(),
                (None, 7, Some(date)) => format!("tháng {}/{}", date.month(), date.year()),
                (None, 10, Some(date)) => dates::official(date),
                _ => text.clone(),
            },
            Value::Bool(true) => "có".to_owned(),
            Value::Bool(false) => "không".to_owned(),
            Value::Null => String::new(),
            // A group within a row: its values, as a form prints them side by side.
            Value::Object(group) => {
                let properties = schema
                    .and_then(|s| s.get("properties"))
                    .and_then(Value::as_object);
                let texts = group
                    .iter()
                    .map(|(key, value)| self.cell(Some(value), property(properties, key)))
                    .filter(|text| !text.is_empty());
                texts.collect::<Vec<_>>().join(" – ")
            }
            other => other.to_string(),
        }
    }
}

fn property<'a>(properties: Option<&'a Map<String, Value>>, key: &str) -> Option<&'a Value> {
    properties.and_then(|p| p.get(key))
}

fn title(schema: Option<&Value>, key: &str) -> String {
    schema
        .and_then(|s| s.get("title"))
        .and_then(Value::as_str)
        .unwrap_or(key)
        .to_owned()
}

/// The label that the schema's `x-nhan` gives to a choice.
fn choice(value: &Value, schema: Option<&Value>) -> Option<String> {
    schema?
        .get("x-nhan")?
        .get(value.as_str()?)?
        .as_str()
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_group_within_a_row_reads_as_text() {
        let school = json!({"truong": [], "don-vi": [], "nguoi": [], "vai-tro": []});
        let school: School = serde_json::from_value(school).expect("a school");
        let naming = Naming { school: &school };
        let cell =
            json!([{"noi-dung": "Dự giờ", "thuc-hien": "Tổ trưởng"}, {"noi-dung": "Cân đo"}]);
        assert_eq!(naming.cell(Some(&cell), None), "Dự giờ – Tổ trưởng; Cân đo");
        assert_eq!(naming.cell(Some(&json!(["a", "b"])), None), "a, b");
    }
}
