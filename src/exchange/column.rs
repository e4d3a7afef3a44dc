//! The columns of a table that a schema alone gives: one for each value within a row, named by the
//! titles of the fields, so that any kind with a list can be filled without a mapping.

use std::sync::Arc;

use serde_json::Map;
use serde_json::Value;

use crate::exchange::cell::key;
use crate::records::schema;
use crate::records::schema::Schema;

/// One column.
#[derive(Clone, Debug)]
pub struct Column {
    /// The field within the row: `["cha", "ten"]`.
    pub path: Vec<String>,
    /// What stands over it.
    pub title: String,
    /// What else it may be called, folded ([`key`]).
    pub names: Vec<String>,
    /// Whether every row must have it.
    pub required: bool,
    /// What it takes.
    pub shape: Shape,
    /// The field's own schema.
    pub schema: Arc<Schema>,
    /// What the schema says about it.
    pub description: String,
    /// A number that has lost one zero is given it back up to so many digits: telephones.
    pub pad: Option<usize>,
}

/// What a column takes.
#[derive(Clone, Debug)]
pub enum Shape {
    /// Text.
    Text,
    /// Several texts, a line each.
    Texts,
    /// One of these.
    Choice(Vec<Choice>),
    /// Some of these.
    Choices(Vec<Choice>),
    /// Yes or no.
    Yes,
    /// A whole number.
    Whole,
    /// A number.
    Real,
    /// A day.
    Day,
}

/// A value with its names.
#[derive(Clone, Debug)]
pub struct Choice {
    /// The value in the record.
    pub value: Value,
    /// What people see.
    pub label: String,
    /// All its names, folded.
    pub keys: Vec<String>,
}

/// The columns of a row, and what of a row no column can hold.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    /// In the order of the schema.
    pub columns: Vec<Column>,
    /// Fields that are lists of groups, dotted.
    pub nested: Vec<String>,
}

impl Column {
    /// The field, dotted: `cha.ten`.
    pub fn dotted(&self) -> String {
        self.path.join(".")
    }

    /// The value at the column's place within a row.
    pub fn of<'a>(&self, row: &'a Map<String, Value>) -> Option<&'a Value> {
        let (first, rest) = self.path.split_first()?;
        rest.iter()
            .try_fold(row.get(first)?, |value, key| value.get(key))
    }

    /// Puts a value into its place within a row.
    pub fn put(&self, row: &mut Map<String, Value>, value: Value) {
        put(row, &self.path, value);
    }
}

fn put(row: &mut Map<String, Value>, path: &[String], value: Value) {
    match path {
        [] => {}
        [last] => {
            row.insert(last.clone(), value);
        }
        [first, rest @ ..] => {
            let inner = row
                .entry(first.clone())
                .or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}

/// A row with its fields in the order of its schema, as people write records.
pub fn ordered(schema: &Value, mut row: Map<String, Value>) -> Map<String, Value> {
    let mut out = Map::new();
    let properties = schema.get("properties").and_then(Value::as_object);
    for (name, part) in properties.into_iter().flatten() {
        match row.remove(name) {
            Some(Value::Object(inner)) => {
                out.insert(name.clone(), Value::Object(ordered(part, inner)));
            }
            Some(value) => {
                out.insert(name.clone(), value);
            }
            None => {}
        }
    }
    out.extend(row);
    out
}

/// The list fields of a header: their name, and the schema of an item that is a group.
pub fn lists(header: &Value) -> Vec<(&str, &Value)> {
    let properties = header.get("properties").and_then(Value::as_object);
    properties
        .into_iter()
        .flatten()
        .filter_map(|(name, schema)| Some((name.as_str(), items(schema)?)))
        .collect()
}

/// The schema of an item, of a list of groups.
fn items(schema: &Value) -> Option<&Value> {
    let items = schema.get("items")?;
    items.get("properties").map(|_| items)
}

/// The columns of a group: a row, or a whole header (whose lists are then `nested`).
pub fn of(group: &Value) -> Columns {
    let mut out = Columns::default();
    flatten(group, &[], &[], true, &mut out);
    let titles: Vec<String> = out.columns.iter().map(|c| c.title.clone()).collect();
    let twice = |title: &str| titles.iter().filter(|t| key(t) == key(title)).count() > 1;
    let mut columns = std::mem::take(&mut out.columns);
    for column in &mut columns {
        let short = column.title.clone();
        let own = column.description.clone();
        let (long, text) = own.split_once('\u{0}').unwrap_or((&short, &own));
        column.description = text.to_owned();
        // Two groups have the same field: the group says which.
        if twice(&short) {
            column.title = match column.path.len() {
                1 => format!("{short} ({})", column.path[0]),
                _ => long.to_owned(),
            };
        }
        column.names = vec![key(&column.title), key(&column.dotted())];
        if column.path.len() > 1 {
            column.names.push(key(long));
        }
        column.names.dedup();
    }
    out.columns = columns;
    out
}

fn flatten(group: &Value, path: &[String], titles: &[String], required: bool, out: &mut Columns) {
    let needed = schema::required(group);
    let properties = group.get("properties").and_then(Value::as_object);
    for (name, schema) in properties.into_iter().flatten() {
        let path: Vec<String> = path.iter().cloned().chain([name.clone()]).collect();
        let said = |key: &str| schema.get(key).and_then(Value::as_str).unwrap_or_default();
        let title = if said("title").is_empty() {
            name
        } else {
            said("title")
        };
        let titles: Vec<String> = titles.iter().cloned().chain([title.to_owned()]).collect();
        let required = required && needed.contains(&name.as_str());
        if schema.get("properties").is_some() {
            flatten(schema, &path, &titles, required, out);
            continue;
        }
        let (Some(shape), Ok(compiled)) = (shape(schema), Schema::compile(schema.clone())) else {
            out.nested.push(path.join("."));
            continue;
        };
        out.columns.push(Column {
            path,
            title: title.to_owned(),
            names: Vec::new(),
            required,
            shape,
            schema: Arc::new(compiled),
            // Where it stands, until it is known whether the title alone is enough.
            description: format!("{}\u{0}{}", titles.join(" – "), said("description")),
            pad: None,
        });
    }
}

fn shape(schema: &Value) -> Option<Shape> {
    if schema.get("enum").is_some() {
        return Some(Shape::Choice(choices(schema)));
    }
    let kind = schema
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or("string");
    let format = schema.get("format").and_then(Value::as_str);
    match (kind, format) {
        ("string", Some("date")) => Some(Shape::Day),
        ("string", _) => Some(Shape::Text),
        ("integer", _) => Some(Shape::Whole),
        ("number", _) => Some(Shape::Real),
        ("boolean", _) => Some(Shape::Yes),
        ("array", _) => match schema.get("items")? {
            items if items.get("enum").is_some() => Some(Shape::Choices(choices(items))),
            items if items.get("type").and_then(Value::as_str) == Some("string") => {
                Some(Shape::Texts)
            }
            _ => None,
        },
        _ => None,
    }
}

fn choices(schema: &Value) -> Vec<Choice> {
    let values = schema.get("enum").and_then(Value::as_array);
    values
        .into_iter()
        .flatten()
        .map(|value| {
            let name = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            let label = schema.get("x-nhan").and_then(|labels| labels.get(&name));
            let label = label.and_then(Value::as_str).unwrap_or(&name).to_owned();
            Choice {
                keys: vec![key(&label), key(&name)],
                value: value.clone(),
                label,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn groups_are_flattened_and_called_apart() {
        let schema = json!({"required": ["a", "cha"], "properties": {
            "a": {"type": "string", "title": "Họ tên", "description": "Tên."},
            "cha": {"title": "Cha", "required": ["nam"], "properties": {"nam": {"type": "integer", "title": "Năm sinh"}}},
            "me": {"title": "Mẹ", "required": ["nam"], "properties": {"nam": {"type": "integer", "title": "Năm sinh"}}},
            "con": {"type": "array", "items": {"properties": {"b": {"type": "string"}}}}
        }});
        let Columns { columns, nested } = of(&schema);
        let titles: Vec<&str> = columns.iter().map(|c| c.title.as_str()).collect();
        assert_eq!(titles, ["Họ tên", "Cha – Năm sinh", "Mẹ – Năm sinh"]);
        let required: Vec<bool> = columns.iter().map(|c| c.required).collect();
        assert_eq!(required, [true, true, false]);
        assert_eq!(nested, ["con"]);
        assert_eq!(columns[0].description, "Tên.");
        assert_eq!(
            columns[1].names,
            ["cha nam sinh", "cha nam", "cha nam sinh"]
        );
        let mut row = Map::new();
        columns[2].put(&mut row, json!(1990));
        assert_eq!(Value::Object(row.clone()), json!({"me": {"nam": 1990}}));
        assert_eq!(columns[2].of(&row), Some(&json!(1990)));
        assert_eq!(columns[1].of(&row), None);
        let header = json!({"properties": {"x": {"type": "string"}, "tre": {"type": "array", "items": schema}}});
        assert_eq!(lists(&header).len(), 1);
    }
}
