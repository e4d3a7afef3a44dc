//! A staff list → entries for `nguoi` and `vai-tro` of `school.yaml`, as text to be pasted: who
//! somebody is and may sign is decided by people, not by a table.

use jiff::civil::Date;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::exchange::cell::key;
use crate::exchange::column;
use crate::exchange::column::Columns;
use crate::records::school::School;

/// The columns of a staff list, as a schema.
pub fn columns() -> Columns {
    column::of(&json!({
        "required": ["ten"],
        "properties": {
            "ten": {"type": "string", "minLength": 1, "maxLength": 60, "title": "Họ tên"},
            "email": {"type": "string", "pattern": "^[^@\\s]+@[^@\\s]+$", "title": "Email"},
            "chuc-danh": {"type": "string", "maxLength": 120, "title": "Vị trí việc làm"},
            "don-vi": {"type": "string", "maxLength": 120, "title": "Đơn vị"},
            "tu": {"type": "string", "format": "date", "title": "Ngày vào trường"}
        }
    }))
}

/// What a list of staff comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proposal {
    /// Lines for `nguoi` and `vai-tro`.
    pub text: String,
    /// How many people are new.
    pub new: usize,
    /// People whom the school has already, by name.
    pub known: Vec<String>,
    /// People for whom no role was found.
    pub roleless: Vec<String>,
}

/// What is said of a post, and the role that it is; the longest that fits counts.
const ROLES: [(&str, &str); 17] = [
    ("pho hieu truong", "pho-hieu-truong"),
    ("hieu truong", "hieu-truong"),
    ("hieu pho", "pho-hieu-truong"),
    ("to truong", "to-truong"),
    ("to pho", "to-pho"),
    ("giao vien", "giao-vien"),
    ("van thu", "van-thu"),
    ("ke toan", "ke-toan"),
    ("y te", "y-te"),
    ("y si", "y-te"),
    ("dieu duong", "y-te"),
    ("cap duong", "cap-duong"),
    ("nau an", "cap-duong"),
    ("nha bep", "cap-duong"),
    ("bao ve", "bao-ve"),
    ("gv", "giao-vien"),
    ("pho ht", "pho-hieu-truong"),
];

/// Proposes entries for those whom the school does not have. `from` is the first day of people
/// without one of their own.
pub fn propose(school: &School, rows: &[Map<String, Value>], from: Date) -> Proposal {
    let text = |row: &Map<String, Value>, field: &str| {
        row.get(field).and_then(Value::as_str).map(str::to_owned)
    };
    let mut out = Proposal::default();
    let mut taken: Vec<String> = school.people().map(|p| p.id.clone()).collect();
    let (mut people, mut roles) = (String::new(), String::new());
    for row in rows {
        let Some(name) = text(row, "ten") else {
            continue;
        };
        let email = text(row, "email");
        let known = email
            .as_deref()
            .and_then(|email| school.by_email(email))
            .is_some()
            || school.people().any(|person| key(&person.ten) == key(&name));
        if known {
            out.known.push(name);
            continue;
        }
        let slug = key(&name).replace(' ', "-");
        let numbered = (2..1000).map(|n| format!("{slug}-{n}"));
        let free = |id: &String| !taken.contains(id);
        let Some(id) = [slug.clone()].into_iter().chain(numbered).find(free) else {
            continue;
        };
        taken.push(id.clone());
        let since = text(row, "tu").unwrap_or_else(|| from.to_string());
        let email = email.map(|email| format!(", email: [{}]", quoted(&email)));
        people.push_str(&format!(
            "  - {{id: {id}, ten: {}{}, tu: {since}}}\n",
            quoted(&name),
            email.unwrap_or_default()
        ));
        let post = text(row, "chuc-danh").unwrap_or_default();
        match role(&post) {
            Some(role) => roles.push_str(&format!(
                "  - {{nguoi: {id}, vai-tro: {role}, don-vi: {}, chuc-danh: {}, tu: {since}}}\n",
                unit(school, role, &text(row, "don-vi").unwrap_or_default(), from),
                quoted(&post),
            )),
            None => out.roleless.push(name),
        }
        out.new += 1;
    }
    if out.new > 0 {
        out.text = format!("nguoi:\n{people}");
        if !roles.is_empty() {
            out.text.push_str(&format!("vai-tro:\n{roles}"));
        }
    }
    out
}

fn role(post: &str) -> Option<&'static str> {
    let said = format!(" {} ", key(post));
    let found = ROLES
        .iter()
        .filter(|(words, _)| said.contains(&format!(" {words} ")));
    found
        .max_by_key(|(words, _)| words.len())
        .map(|(_, role)| *role)
}

/// The unit by its name, or the one that such roles are held at.
fn unit(school: &School, role: &str, said: &str, day: Date) -> String {
    let said = key(said);
    let named = school.unit_ids().find(|id| {
        let unit = school.unit(id, day);
        !said.is_empty()
            && unit.is_some_and(|unit| {
                key(&unit.ten).contains(&said) || said.contains(&key(&unit.ten))
            })
    });
    let whole = school.whole(day).map_or("truong", |unit| unit.id.as_str());
    match (named, role) {
        (_, "hieu-truong" | "pho-hieu-truong") => whole.to_owned(),
        (Some(id), _) => id.to_owned(),
        (None, _) => whole.to_owned(),
    }
}

/// A text as YAML within braces; JSON is YAML.
fn quoted(text: &str) -> String {
    let plain = text.chars().all(|c| c.is_alphanumeric() || c == ' ')
        && text.starts_with(char::is_alphabetic)
        && text.contains(' ');
    match plain {
        true => text.to_owned(),
        false => Value::from(text).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn posts_are_roles() {
        let found = [
            "Phó Hiệu trưởng",
            "Hiệu trưởng",
            "GV",
            "Giáo viên mầm non",
            "Nhân viên nấu ăn",
            "Lao công",
        ]
        .map(role);
        assert_eq!(
            found,
            [
                Some("pho-hieu-truong"),
                Some("hieu-truong"),
                Some("giao-vien"),
                Some("giao-vien"),
                Some("cap-duong"),
                None
            ]
        );
    }

    #[test]
    fn what_could_be_yaml_is_quoted() {
        assert_eq!(quoted("Ngô Thị Vi"), "Ngô Thị Vi");
        for text in ["a: b c", "x}, tu: 1", "true", "Vi"] {
            assert!(quoted(text).starts_with('"'), "{text}");
        }
    }
}
