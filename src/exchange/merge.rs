//! Rows put onto the rows of a record that is there: changed or added, never taken away. Every other
//! byte of the file stays.
//!
//! 1. [`rows`] finds each row by its key and lays the new values over the old;
//! 2. [`splice`] writes that one list anew within the text;
//! 3. what comes of it is read again and must be the old data with the new list, or nothing is done.

use std::collections::BTreeSet;

use serde_json::Map;
use serde_json::Value;

use crate::diag::Place;
use crate::diag::Words;
use crate::diag::words::tame;
use crate::records::header;
use crate::records::header::HEADER_LINE;
use crate::records::yaml::Document;
use crate::scaffold::record;

/// What became of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is new: its key.
    Added(String),
    /// A field of it differs: key, field, before, after.
    Changed(String, String, String, String),
}

impl Change {
    /// The change for people.
    pub fn shown(&self) -> String {
        match self {
            Self::Added(key) => format!("+ {}", tame(key)),
            Self::Changed(key, field, before, after) => {
                let [key, before, after] = [key, before, after].map(|text| tame(text));
                format!("~ {key} {field}: {before} → {after}")
            }
        }
    }
}

/// The field by which rows are found: the child's or thing's code, else a number that both have.
pub fn key_of(row_schema: &Value) -> Option<&'static str> {
    let has = |name: &str| {
        row_schema
            .get("properties")
            .is_some_and(|p| p.get(name).is_some())
    };
    ["ma", "nguoi", "stt"].into_iter().find(|name| has(name))
}

/// Lays rows over those that are there.
///
/// # Errors
/// A key that a new row lacks, or that stands twice on one side.
pub fn rows(
    old: &[Value],
    new: &[Map<String, Value>],
    key: &str,
) -> Result<(Vec<Value>, Vec<Change>), Words> {
    let name = |row: &Map<String, Value>| row.get(key).map(shown);
    let keys = |all: Vec<Option<String>>| -> Result<(), Words> {
        let mut seen = BTreeSet::new();
        match all.iter().flatten().find(|key| !seen.insert(*key)) {
            None => Ok(()),
            Some(twice) => Err(Words::new(
                format!(
                    "`{key}` {} có ở hai dòng, không biết sửa dòng nào",
                    tame(twice)
                ),
                format!(
                    "`{key}` {} stands in two rows; which one is meant cannot be known",
                    tame(twice)
                ),
            )),
        }
    };
    keys(old.iter().map(|row| name(row.as_object()?)).collect())?;
    keys(new.iter().map(name).collect())?;
    let mut out = old.to_vec();
    let mut changes = Vec::new();
    for row in new {
        let Some(wanted) = name(row) else {
            return Err(Words::new(
                format!("có dòng không có `{key}`, không biết là dòng nào của hồ sơ"),
                format!("a row has no `{key}`; which row of the record it is cannot be known"),
            ));
        };
        let found = out.iter_mut().filter_map(Value::as_object_mut);
        let mut found = found.filter(|old| name(old).as_ref() == Some(&wanted));
        if let Some(old) = found.next() {
            lay(old, row, key, &wanted, "", &mut changes);
        } else {
            let mut row = row.clone();
            if row.contains_key("stt") {
                row.insert("stt".to_owned(), Value::from(out.len() + 1));
            }
            out.push(Value::Object(row));
            changes.push(Change::Added(wanted));
        }
    }
    Ok((out, changes))
}

fn lay(
    old: &mut Map<String, Value>,
    new: &Map<String, Value>,
    key: &str,
    name: &str,
    path: &str,
    changes: &mut Vec<Change>,
) {
    for (field, value) in new {
        // The order of the record is its own.
        if path.is_empty() && (field == "stt" || field == key) {
            continue;
        }
        let dotted = format!("{path}{field}");
        match (old.get_mut(field), value) {
            (Some(Value::Object(old)), Value::Object(new)) => {
                lay(old, new, key, name, &format!("{dotted}."), changes);
            }
            (Some(before), value) if before == value => {}
            (before, value) => {
                let before = before.map_or_else(|| "∅".to_owned(), |value| shown(value));
                changes.push(Change::Changed(
                    name.to_owned(),
                    dotted,
                    before,
                    shown(value),
                ));
                old.insert(field.clone(), value.clone());
            }
        }
    }
}

fn shown(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// The text of a record with one list written anew.
///
/// # Errors
/// The reason, when the list cannot be told apart or a comment within it would be lost.
pub fn splice(text: &str, schema: &Value, list: &str, rows: Vec<Value>) -> Result<String, Words> {
    let before = document(text)?;
    let mut expected = before.value.clone();
    let old = expected
        .get(list)
        .cloned()
        .unwrap_or_else(|| Value::Array(Vec::new()));
    let block = |rows: Value| {
        let fields = Map::from_iter([(list.to_owned(), rows)]);
        let written = record::header(schema, fields);
        let own = |line: &&str| !line.starts_with('#');
        written
            .lines()
            .filter(own)
            .map(|line| format!("{line}\n"))
            .collect::<String>()
    };
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let (from, to) = extent(&lines, list).ok_or_else(unclear)?;
    let notes: BTreeSet<String> = block(old).lines().filter_map(comment).collect();
    for (number, line) in (from..to).zip(&lines[from..to]) {
        if comment(line).is_some_and(|comment| !notes.contains(&comment)) {
            let number = number + 1;
            return Err(Words::new(
                format!(
                    "dòng {number} của hồ sơ có lời chú `#` trong danh sách, ghi lại sẽ mất; chuyển lời chú ra ngoài danh sách rồi làm lại"
                ),
                format!(
                    "line {number} of the record has a comment within the list, which would be lost; move it out of the list and try again"
                ),
            ));
        }
    }
    let ending = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let written = block(Value::Array(rows.clone()));
    // The line of the key stays, unless the list stood on it.
    let first = lines[from].trim_end();
    let open = first
        .split(" #")
        .next()
        .is_some_and(|key| key.trim_end().ends_with(':'));
    let written = match written.split_once('\n') {
        Some((_, items)) if open && !rows.is_empty() => format!("{first}\n{items}"),
        _ => written,
    };
    let written = written.replace('\n', ending);
    let out = [lines[..from].concat(), written, lines[to..].concat()].concat();
    let after = document(&out)?;
    if let Some(fields) = expected.as_object_mut() {
        fields.insert(list.to_owned(), Value::Array(rows));
    }
    if after.value == expected && body(text) == body(&out) {
        Ok(out)
    } else {
        Err(unclear())
    }
}

fn unclear() -> Words {
    Words::new(
        "không tự ghi thêm được vào tệp hồ sơ này; viết danh sách thành từng dòng `- …` rồi làm lại",
        "the record's file cannot be added to; write its list as lines of `- …` and try again",
    )
}

fn document(text: &str) -> Result<Document, Words> {
    let parts = header::split(text).map_err(|_| unclear())?;
    Document::read(parts.header, HEADER_LINE, &Place::default()).map_err(|_| unclear())
}

fn body(text: &str) -> Option<&str> {
    header::split(text).ok().map(|parts| parts.body)
}

/// The lines of a top-level key: its own and all below it, without the comments before the next key.
fn extent(lines: &[&str], key: &str) -> Option<(usize, usize)> {
    let names = [format!("{key}:"), format!("\"{key}\":")];
    let end = lines
        .iter()
        .skip(1)
        .position(|line| line.trim_end() == "---")?
        + 1;
    let is_key = |line: &str| names.iter().any(|name| line.starts_with(name.as_str()));
    let from = (1..end).find(|at| is_key(lines[*at]))?;
    let inside = |line: &str| line.trim().is_empty() || line.starts_with([' ', '-', '#', '\t']);
    let mut to = (from + 1..end)
        .find(|at| !inside(lines[*at]))
        .unwrap_or(end);
    let outside = |line: &str| line.trim().is_empty() || line.starts_with('#');
    while to > from + 1 && outside(lines[to - 1]) {
        to -= 1;
    }
    Some((from, to))
}

/// What stands behind a `#` that begins a comment.
fn comment(line: &str) -> Option<String> {
    let line = line.trim_end();
    let whole = line.trim_start().strip_prefix('#');
    let behind = line.rfind(" #").map(|at| &line[at + 2..]);
    whole.or(behind).map(|text| text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn nothing_is_taken_away() {
        let old = [
            json!({"stt": 1, "ma": "1", "ten": "A", "cha": {"ten": "X", "nam": 1990}}),
            json!({"stt": 2, "ma": "2", "ten": "B"}),
        ];
        let new = [
            row(json!({"stt": 9, "ma": "3", "ten": "C"})),
            row(json!({"stt": 8, "ma": "1", "ten": "A2", "cha": {"ten": "Y"}})),
        ];
        let (rows, changes) = rows(&old, &new, "ma").unwrap();
        assert_eq!(
            rows,
            [
                json!({"stt": 1, "ma": "1", "ten": "A2", "cha": {"ten": "Y", "nam": 1990}}),
                json!({"stt": 2, "ma": "2", "ten": "B"}),
                json!({"stt": 3, "ma": "3", "ten": "C"}),
            ]
        );
        let shown: Vec<String> = changes.iter().map(Change::shown).collect();
        assert_eq!(shown, ["+ 3", "~ 1 ten: A → A2", "~ 1 cha.ten: X → Y"]);
        assert!(super::rows(&old, &[row(json!({"ten": "D"}))], "ma").is_err());
        assert!(super::rows(&old, &[new[0].clone(), new[0].clone()], "ma").is_err());
    }

    #[test]
    fn every_other_byte_stays() {
        let schema = json!({"properties": {"tre": {"type": "array", "items": {"properties": {"ma": {"title": "Mã"}, "ten": {}}}}}});
        let text = "---\n# đầu\nngay: 2024-09-05   # ngày\ntre:\n- {ma: \"1\"} # Mã\n\n# cuối\nz: 1\n---\n\ntre:\nlời\n";
        let out = splice(
            text,
            &schema,
            "tre",
            vec![json!({"ma": "1", "ten": "A: b"})],
        )
        .unwrap();
        assert_eq!(
            out,
            "---\n# đầu\nngay: 2024-09-05   # ngày\ntre:\n  - ma: \"1\"  # Mã\n    ten: \"A: b\"\n\n# cuối\nz: 1\n---\n\ntre:\nlời\n"
        );
        let noted = text.replace("# Mã", "# đừng xóa");
        assert!(
            splice(&noted, &schema, "tre", Vec::new())
                .unwrap_err()
                .en
                .contains("line 5")
        );
        assert!(splice("---\n{tre: []}\n---\n", &schema, "tre", Vec::new()).is_err());
    }
}
