//! Values that must appear elsewhere in the same record (`doi-chieu` of a kind): what JSON Schema
//! cannot say, said as data.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

use crate::records::yaml::escape;

/// Most values told of one record.
const MAX_FOUND: usize = 50;

/// Every value at `gia-tri` must be among those at `thuoc`. Both are JSON pointers in which `*`
/// stands for every item of a list.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Reference {
    /// Where the values are that must be found.
    #[serde(rename = "gia-tri")]
    pub values: String,
    /// Where they must be found.
    #[serde(rename = "thuoc")]
    pub within: String,
}

impl Reference {
    /// The first values that lead nowhere, with their pointers.
    pub fn dangling<'a>(&self, record: &'a Value) -> Vec<(String, &'a Value)> {
        // As text: comparing each with each would take the product of two long lists.
        let known: BTreeSet<String> = select(record, &self.within)
            .into_iter()
            .map(|(_, v)| v.to_string())
            .collect();
        select(record, &self.values)
            .into_iter()
            .filter(|(_, value)| !known.contains(&value.to_string()))
            .take(MAX_FOUND)
            .collect()
    }
}

fn select<'a>(value: &'a Value, pattern: &str) -> Vec<(String, &'a Value)> {
    let mut found = vec![(String::new(), value)];
    for part in pattern.split('/').skip(1) {
        found = found
            .into_iter()
            .flat_map(|(pointer, value)| match (part, value) {
                ("*", Value::Array(items)) => items
                    .iter()
                    .enumerate()
                    .map(|(i, item)| (format!("{pointer}/{i}"), item))
                    .collect(),
                (key, value) => value
                    .get(key)
                    .map(|inner| (format!("{pointer}/{}", escape(key)), inner))
                    .into_iter()
                    .collect::<Vec<_>>(),
            })
            .collect();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_lead_nowhere_are_named() {
        let record =
            serde_json::json!({"tre": [{"stt": 1}, {"stt": 2}], "vang": [{"co-phep": [1, 3]}, {}]});
        let rule = Reference {
            values: "/vang/*/co-phep/*".into(),
            within: "/tre/*/stt".into(),
        };
        let dangling: Vec<String> = rule.dangling(&record).into_iter().map(|(p, _)| p).collect();
        assert_eq!(dangling, ["/vang/0/co-phep/1"]);
    }

    #[test]
    fn long_lists_take_no_time() {
        let many: Vec<usize> = (0..40_000).collect();
        let record = serde_json::json!({"a": many, "b": many});
        let rule = Reference {
            values: "/a/*".into(),
            within: "/b/*".into(),
        };
        assert!(rule.dangling(&record).is_empty());
        let record = serde_json::json!({"a": many});
        assert_eq!(rule.dangling(&record).len(), MAX_FOUND);
    }
}
