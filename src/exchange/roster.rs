//! The children of a class as rows to begin with, from its class list.

use jiff::civil::Date;
use serde_json::Map;
use serde_json::Value;

use crate::exchange::column::Column;
use crate::records::Record;

/// The kind that lists a class's children.
const CLASS_LIST: &str = "danh-sach-tre";
/// What is known of a child and may stand in rows of other kinds.
const KNOWN: [&str; 5] = ["stt", "ma", "ten", "ngay-sinh", "gioi"];

/// Rows for the children of a unit on a day, in the order of the newest list; none where rows are not
/// about children.
pub fn rows(records: &[Record], unit: &str, day: Date, columns: &[Column]) -> Vec<Value> {
    let is = |name: &str| columns.iter().any(|column| column.path == [name]);
    if !(is("ma") && is("ten") && is("stt")) {
        return Vec::new();
    }
    let of_class = |r: &&Record| r.kind.id == CLASS_LIST && r.unit.id == unit;
    let lists = records.iter().filter(of_class);
    let newest = lists.max_by_key(|r| (r.date <= day, r.date));
    let children = newest
        .and_then(|r| r.fields.get("tre"))
        .and_then(Value::as_array);
    let day = day.to_string();
    let there = |child: &&Map<String, Value>| {
        let at = |key: &str| child.get(key).and_then(Value::as_str);
        // Dates of records sort as they are written.
        at("vao").is_none_or(|from| from <= day.as_str())
            && at("thoi").is_none_or(|to| day.as_str() < to)
    };
    let children = children.into_iter().flatten().filter_map(Value::as_object);
    let rows = children.filter(there).enumerate().map(|(index, child)| {
        let known = KNOWN.iter().filter(|key| is(key));
        let value = |key: &str| match key {
            "stt" => Some(Value::from(index + 1)),
            key => child.get(key).cloned(),
        };
        known
            .filter_map(|key| Some(((*key).to_owned(), value(key)?)))
            .collect::<Map<_, _>>()
    });
    rows.map(Value::Object).collect()
}
