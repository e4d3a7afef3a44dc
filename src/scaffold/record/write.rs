//! The header of a new record as text: YAML with the title of every field beside it.

use serde_json::Map;
use serde_json::Value;

use crate::records::dates;
use crate::scaffold::record::fill::Filled;
use crate::scaffold::record::fill::property;

/// Writes the header, without its `---` lines.
pub(super) fn header(schema: &Value, filled: &Filled) -> String {
    let mut out = String::new();
    for (key, value) in &filled.fields {
        let part = property(schema, key).unwrap_or(&Value::Null);
        let mut note = note(part);
        if let Some(others) = filled.others.get(key).filter(|others| !others.is_empty()) {
            note = joined(&note, &format!("cũng có thể là {}", others.join(", ")));
        }
        entry(&mut out, "", key, value, part, &note);
    }
    let optional: Vec<String> = schema
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter(|(key, _)| !filled.fields.contains_key(*key))
        .map(|(key, part)| match title(part) {
            title if title.is_empty() => key.clone(),
            title => format!("{key} ({title})"),
        })
        .collect();
    if !optional.is_empty() {
        out.push_str(&format!("# Có thể thêm: {}\n", line(&optional.join(", "))));
    }
    out
}

fn entry(out: &mut String, indent: &str, key: &str, value: &Value, schema: &Value, note: &str) {
    let comment = if note.is_empty() {
        String::new()
    } else {
        format!("  # {note}")
    };
    let key = scalar(&Value::String(key.to_owned()));
    let inner = format!("{indent}  ");
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            out.push_str(&format!("{indent}{key}:{comment}\n"));
            object(out, &inner, fields, schema);
        }
        Value::Array(items) if !items.is_empty() => {
            out.push_str(&format!("{indent}{key}:{comment}\n"));
            list(
                out,
                &inner,
                items,
                schema.get("items").unwrap_or(&Value::Null),
            );
        }
        _ => out.push_str(&format!("{indent}{key}: {}{comment}\n", scalar(value))),
    }
}

fn object(out: &mut String, indent: &str, fields: &Map<String, Value>, schema: &Value) {
    for (key, value) in fields {
        let part = property(schema, key).unwrap_or(&Value::Null);
        entry(out, indent, key, value, part, &note(part));
    }
}

fn list(out: &mut String, indent: &str, items: &[Value], schema: &Value) {
    for item in items {
        match item {
            Value::Object(fields) if !fields.is_empty() => {
                let start = out.len();
                object(out, &format!("{indent}  "), fields, schema);
                // The first key stands on the line of the hyphen.
                out.replace_range(start..start + indent.len() + 2, &format!("{indent}- "));
            }
            // A list within a list has no key to stand at; JSON is YAML too.
            item => out.push_str(&format!("{indent}- {}\n", scalar(item))),
        }
    }
}

/// What stands beside a field: its title and the choices that it leaves.
fn note(schema: &Value) -> String {
    let of_items = schema
        .get("items")
        .and_then(|items| items.get("properties"))
        .and_then(Value::as_object);
    let choices = schema
        .get("enum")
        .and_then(Value::as_array)
        .filter(|choices| choices.len() > 1);
    let rest = match (choices, of_items) {
        (Some(choices), _) => choices.iter().map(scalar).collect::<Vec<_>>().join(" | "),
        // What an item is made of shows itself, unless there is none.
        (None, Some(keys)) if schema.get("minItems").is_none() => {
            format!(
                "mỗi mục gồm {}",
                keys.keys()
                    .map(String::as_str)
                    .collect::<Vec<_>>()
                    .join(", ")
            )
        }
        _ => String::new(),
    };
    line(&joined(&title(schema), &rest))
}

fn joined(first: &str, second: &str) -> String {
    match (first.is_empty(), second.is_empty()) {
        (false, false) => format!("{first}: {second}"),
        _ => format!("{first}{second}"),
    }
}

fn title(schema: &Value) -> String {
    schema
        .get("title")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

/// A comment ends with its line.
fn line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// A value on one line. What YAML could take for something else is quoted as JSON does it.
fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) if is_plain(text) => text.clone(),
        other => other.to_string(),
    }
}

fn is_plain(text: &str) -> bool {
    if text.len() == 10 && dates::parse(text).is_some() {
        return true;
    }
    let word = |c: char| c.is_alphanumeric() || " …–-,./()".contains(c);
    let reserved = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    text.starts_with(|c: char| c.is_alphabetic() || c == '…')
        && text.chars().all(word)
        && !text.ends_with(' ')
        && !reserved.contains(&text.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_be_misread_is_quoted() {
        for text in [
            "…",
            "Vẽ quả cam",
            "2024-09-09",
            "Hà Nội, 5/9 (chiều)",
            "MNHS-VP",
        ] {
            assert_eq!(scalar(&Value::from(text)), text);
        }
        for text in [
            "", "07:30", "2024-09", "yes", "No", "a: b", "a # b", "- a", "1", "a ", "a\nb", "'a'",
            "{a",
        ] {
            let written = scalar(&Value::from(text));
            assert!(written.starts_with('"'), "{written}");
            assert_eq!(
                serde_yaml::from_str::<Value>(&written).unwrap(),
                Value::from(text)
            );
        }
    }

    #[test]
    fn lists_of_groups_keep_their_shape() {
        let schema = serde_json::json!({"properties": {
            "a": {"title": "Một\nhai", "type": "array", "minItems": 1, "items": {"properties": {"b": {"title": "B"}, "c": {"enum": ["x", "z"]}}}},
            "d": {"title": "D"}
        }});
        let Value::Object(fields) = serde_json::json!({"a": [{"b": "…", "c": ["x"]}, [1]]})
        else {
            unreachable!()
        };
        let text = header(
            &schema,
            &Filled {
                fields: fields.clone(),
                others: Default::default(),
            },
        );
        assert_eq!(
            text,
            "a:  # Một hai\n  - b: …  # B\n    c:  # x | z\n      - x\n  - [1]\n# Có thể thêm: d (D)\n"
        );
        assert_eq!(
            serde_yaml::from_str::<Value>(&text).unwrap(),
            Value::Object(fields)
        );
    }
}
