//! How the file of a new record is called: a template that fills in to what the kind's pattern takes.

use serde_json::Value;
use serde_json::json;

use crate::records::kind::Kind;
use crate::records::kind::RecordRules;
use crate::records::schema::required;
use crate::scaffold::record::sample;

/// The fields that say what a record is about, the best first.
const ABOUT: [&str; 5] = ["de-tai", "trich-yeu", "chu-de", "noi-dung", "ten"];

/// How the records of a shelf are called.
pub(super) struct Naming {
    /// With `{{field}}` in it.
    pub(super) template: String,
    /// Whether there can be one record at most.
    pub(super) single: bool,
    /// Whether the writer has to see the name, since what is filled in may not fit or be taken.
    shown: bool,
    pattern: String,
}

impl Naming {
    /// The naming of a kind in a school year.
    pub(super) fn of(kind: &Kind, rules: &RecordRules, year: &str) -> Self {
        let (template, example) = candidates(kind, rules, year)
            .into_iter()
            .find(|(_, example)| fits(rules, example))
            .unwrap_or_else(|| {
                let example = sample(&rules.name_pattern).unwrap_or_else(|| kind.id.clone());
                let dated = rules.fields.text().pointer("/properties/nam").is_some();
                let template = match example.strip_prefix("0000-") {
                    Some(rest) if dated => format!("{{{{nam}}}}-{rest}"),
                    _ => example.clone(),
                };
                (template, example)
            });
        let single = !template.contains("{{");
        let another = fits(rules, &format!("{example}-1"));
        // A number may have fewer digits than the example.
        let padded = example.starts_with("123") && !fits(rules, &example.replacen("123", "7", 1));
        let guessed = single && template != year;
        Self {
            template,
            single: single && !guessed,
            shown: padded || guessed || !another,
            pattern: rules.name_pattern.clone(),
        }
    }

    /// The key `slug` of a collection.
    pub(super) fn config(&self) -> Value {
        if !self.shown || self.single {
            return json!({"template": self.template, "editable": []});
        }
        json!({
            "template": self.template,
            "editable": ["create"],
            "hint": format!("Tên tệp của hồ sơ, theo mẫu {}. Nếu báo trùng thì hồ sơ này đã có: mở hồ sơ đó để sửa.", self.pattern),
            "pattern": [self.pattern, "Tên tệp chưa đúng mẫu, hoặc hồ sơ này đã có."],
        })
    }
}

fn fits(rules: &RecordRules, name: &str) -> bool {
    rules.name.accepts(&Value::String(name.to_owned()))
}

/// Templates with an example of what they fill in to, the most telling first.
fn candidates(kind: &Kind, rules: &RecordRules, year: &str) -> Vec<(String, String)> {
    let properties = rules.fields.text().get("properties");
    let has = |field: &str| properties.and_then(|p| p.get(field));
    let required = required(rules.fields.text());
    let is_required = |field: &str| required.contains(&field);
    let tag = |field: &str| format!("{{{{{field}}}}}");
    let mut all: Vec<(String, String)> = Vec::new();
    let mut add = |template: String, example: &str| all.push((template, example.to_owned()));

    let about = [kind.title_from.as_str()]
        .into_iter()
        .chain(ABOUT)
        .find(|field| has(field).is_some() && is_required(field));
    let date = rules.date_field.as_str();
    let is_date = has(date).and_then(|f| f.get("format")).is_some();
    let (day, month) = match is_date {
        true => (Some(tag(date)), format!("{{{{{date} | date('YYYY-MM')}}}}")),
        false => (None, tag(date)),
    };
    let number = kind
        .numbering
        .as_ref()
        .map(|rule| rule.field.clone())
        .or_else(|| {
            let integers = properties?.as_object()?.iter();
            integers
                .filter(|(key, field)| {
                    is_required(key) && field.get("type").and_then(Value::as_str) == Some("integer")
                })
                .map(|(key, _)| key.clone())
                .next()
        });
    let number = number.filter(|field| is_required(field));

    for field in kind.child.iter().chain(&kind.person) {
        // A person's own id, not one of several children's.
        let example = if kind.child.as_ref() == Some(field) {
            "0123456789"
        } else {
            "mot-nguoi"
        };
        add(tag(field), example);
        if let Some(day) = &day {
            add(
                format!("{day}-{}", tag(field)),
                &format!("2024-09-09-{example}"),
            );
        }
    }
    if let (Some(number), Some(about)) = (&number, about)
        && !fits(rules, "0123456789")
    {
        add(format!("{}-{}", tag(number), tag(about)), "123-ten-ho-so");
    }
    if let (Some(day), Some(about)) = (&day, about) {
        add(format!("{day}-{}", tag(about)), "2024-09-09-ten-ho-so");
    }
    if let Some(about) = about.filter(|_| !fits(rules, "2024-09")) {
        add(tag(about), "ten-ho-so");
    }
    if let Some(about) = about {
        add(format!("{month}-{}", tag(about)), "2024-09-ten-ho-so");
    }
    if let Some(day) = day {
        add(day, "2024-09-09");
    }
    add(month, "2024-09");
    let years = ("tu-nam", "den-nam");
    if has(years.0).is_some() && has(years.1).is_some() {
        add(format!("{}-{}", tag(years.0), tag(years.1)), "2024-2030");
    }
    add(year.to_owned(), year);
    if has("nam").is_some() {
        add(tag("nam"), "2024");
    }
    if let Some(number) = number {
        add(tag(&number), "123");
    }
    all
}
