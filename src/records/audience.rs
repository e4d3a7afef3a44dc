//! Who reads an edition of the archive, and what of a record they may not see. The kinds say it: `ca-nhan`
//! names what is personal, `nhay-cam` what is sensitive (Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15).

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Map;
use serde_json::Value;

use crate::diag::Words;
use crate::records::Record;
use crate::records::kind::Kind;

/// What stands for the text below the header among a kind's marks.
pub const BODY: &str = "than";

/// Whom an edition is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Audience {
    /// Inspectors: everything. This is the archive itself.
    #[default]
    Inspector,
    /// The school's staff: nothing sensitive.
    School,
    /// Everybody: nothing personal.
    Public,
}

impl Audience {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Inspector, Self::School, Self::Public];

    /// Its name on the command line and in files.
    pub fn code(self) -> &'static str {
        match self {
            Self::Inspector => "inspector",
            Self::School => "school",
            Self::Public => "public",
        }
    }

    /// Its name as people say it.
    pub fn words(self) -> Words {
        match self {
            Self::Inspector => Words::new("thanh tra, kiểm tra", "inspectors"),
            Self::School => Words::new("trong trường", "the school's staff"),
            Self::Public => Words::new("công khai", "the public"),
        }
    }

    /// The names of what it may not see in records of a kind.
    fn kept_from(self, kind: &Kind) -> &[String] {
        match self {
            Self::Inspector => &[],
            Self::School => &kind.sensitive,
            Self::Public => &kind.personal,
        }
    }
}

/// What of one record an audience may not see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hidden {
    /// Top-level fields that are not empty.
    pub fields: BTreeSet<String>,
    /// The text below the header.
    pub body: bool,
    /// Something in a record that the book or volume is made of.
    pub within: bool,
    /// The child or the person that the record is named after.
    pub name: bool,
}

impl Hidden {
    /// What `audience` may not see of `record`.
    pub fn of(record: &Record, kinds: &BTreeMap<String, Arc<Kind>>, audience: Audience) -> Self {
        let marks = audience.kept_from(&record.kind);
        let named = [&record.kind.child, &record.kind.person];
        Self {
            fields: filled(marks, &record.fields),
            body: marks.iter().any(|mark| mark == BODY) && !record.body.is_empty(),
            within: within(record, kinds, audience),
            name: named.into_iter().flatten().any(|key| marks.contains(key)),
        }
    }

    /// Whether all of it may be seen.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The marked fields that hold something.
fn filled(marks: &[String], fields: &Map<String, Value>) -> BTreeSet<String> {
    let holds = |key: &&String| fields.get(key.as_str()).is_some_and(is_something);
    marks.iter().filter(holds).cloned().collect()
}

fn is_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => items.iter().any(is_something),
        Value::Object(group) => group.values().any(is_something),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

/// A book prints what its records say; which part of it, only its layout knows.
fn within(record: &Record, kinds: &BTreeMap<String, Arc<Kind>>, audience: Audience) -> bool {
    let whole = |one: &Arc<Record>| !Hidden::of(one, kinds, audience).is_empty();
    record.bound().iter().any(whole)
        || record.members().iter().any(|member| {
            kinds.get(member.id.kind()).is_none_or(|kind| {
                let marks = audience.kept_from(kind);
                marks.iter().any(|mark| mark == BODY) || !filled(marks, &member.fields).is_empty()
            })
        })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_empty_hides_nothing() {
        let marks = ["a", "b", "c", "d", "e"].map(str::to_owned);
        let fields = json!({"a": "", "b": [], "c": [{"x": null}], "d": 0, "f": "free"});
        let Value::Object(fields) = fields else {
            unreachable!("an object")
        };
        let hidden: Vec<String> = filled(&marks, &fields).into_iter().collect();
        assert_eq!(hidden, ["d"]);
    }
}
