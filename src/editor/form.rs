//! A kind's JSON Schema as the fields of a form, in the order of the schema.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::editor::choices::Choices;
use crate::records::kind::BodyRule;
use crate::records::kind::HeldAt;
use crate::records::kind::Kind;
use crate::records::kind::RecordRules;
use crate::records::schema::required;
use crate::records::school::Unit;

/// Texts that may be longer than this get a box of several lines.
const ONE_LINE: u64 = 300;

/// The field of the text below the header.
pub(super) const BODY: &str = "body";

/// The field that shows what `check` finds and leads to the printed form; it stores nothing.
pub(super) const PREVIEW: &str = "xem-truoc";

/// What the forms of one shelf are made from.
pub(super) struct Form<'a> {
    pub(super) choices: &'a Choices<'a>,
    pub(super) kind: &'a Kind,
    pub(super) rules: &'a RecordRules,
    pub(super) unit: &'a Unit,
    /// Whether the page can ask for previews.
    pub(super) preview: bool,
    /// The unit's team and the school, for roles that are held there.
    pub(super) team: Option<&'a str>,
    pub(super) whole: Option<&'a str>,
}

/// What is known of a field beside its schema.
struct At<'a> {
    name: &'a str,
    /// Names from the top, `tre/*/chua-dat`.
    path: String,
    required: bool,
}

impl Form<'_> {
    /// The fields, and the paths of lists that must be there but may be empty: Sveltia leaves out what is empty and not
    /// required, so the page writes them before a record is saved.
    pub(super) fn fields(&self) -> (Vec<Value>, Vec<String>) {
        let mut lists = Vec::new();
        let mut fields = self.object(self.rules.fields.text(), "", &mut lists);
        if !fields.iter().any(|field| field["name"] == "minh-chung") {
            fields.push(evidence());
        }
        if self.rules.body != BodyRule::Khong {
            fields.push(json!({
                "name": BODY, "label": "Nội dung", "widget": "markdown",
                "required": self.rules.body == BodyRule::BatBuoc,
                "hint": "Phần lời của hồ sơ, đứng sau các mục ở trên.",
                "buttons": ["bold", "italic", "heading-two", "heading-three", "bulleted-list", "numbered-list", "quote"],
                "editor_components": ["image"],
                // The rich editor writes Markdown its own way, without the alignment of tables: where the text is the
                // document, people see what is stored.
                "modes": if self.rules.body == BodyRule::BatBuoc { ["raw", "rich_text"] } else { ["rich_text", "raw"] },
                "linked_images": false,
                "use_emoji_autocomplete": false,
            }));
        }
        // First, so that it is there as soon as the form is: Sveltia sets up the fields that are in sight.
        if self.preview {
            fields.insert(0, json!({
                "name": PREVIEW, "label": "Bản in", "widget": "xem-truoc", "required": false, "preview": false,
            }));
        }
        (fields, lists)
    }

    fn object(&self, schema: &Value, path: &str, lists: &mut Vec<String>) -> Vec<Value> {
        let required = required(schema);
        let is_required = |name: &str| required.contains(&name);
        let properties = schema.get("properties").and_then(Value::as_object);
        let mut fields = Vec::new();
        for (name, schema) in properties.into_iter().flatten() {
            // What the kind's program computes is copied from paper books at most; Sveltia keeps what it does not know.
            if schema.get("x-tinh") == Some(&Value::Bool(true)) {
                continue;
            }
            let path = match path {
                "" => name.clone(),
                path => format!("{path}/{name}"),
            };
            let at = At {
                name,
                path,
                required: is_required(name),
            };
            fields.push(self.field(schema, &at, lists));
        }
        fields
    }

    fn field(&self, schema: &Value, at: &At<'_>, lists: &mut Vec<String>) -> Value {
        let text = |key: &str| schema.get(key).and_then(Value::as_str);
        let mut field = Map::new();
        field.insert("name".into(), at.name.into());
        field.insert("label".into(), text("title").unwrap_or(at.name).into());
        if let Some(hint) = hint(schema) {
            field.insert("hint".into(), hint.into());
        }
        field.insert("required".into(), at.required.into());
        let own = match text("type") {
            Some("object") => json!({
                "widget": "object", "collapsed": false,
                "fields": self.object(schema, &at.path, lists),
            }),
            Some("array") => self.list(schema, at, lists),
            _ => self.scalar(schema, at),
        };
        // What the special case says stands.
        if let Value::Object(own) = own {
            field.extend(own);
        }
        Value::Object(field)
    }

    fn list(&self, schema: &Value, at: &At<'_>, lists: &mut Vec<String>) -> Value {
        let count = |key: &str| schema.get(key).and_then(Value::as_u64);
        let (least, most) = (count("minItems").unwrap_or(0), count("maxItems"));
        let item = schema.get("items").unwrap_or(&Value::Null);
        let may_be_empty = at.required && least == 0;
        if may_be_empty {
            lists.push(at.path.clone());
        }
        let mut list = Map::new();
        if may_be_empty {
            list.insert("required".into(), false.into());
        }
        if let Some(grid) = schema.get("x-luoi").and_then(Value::as_str)
            && let Some(own) = self.grid(grid, item)
        {
            list.extend(own);
            return Value::Object(list);
        }
        if at.required && least > 0 {
            list.insert("min".into(), least.into());
        }
        list.extend(most.map(|most| ("max".to_owned(), most.into())));
        // A list of choices is ticked, not put together.
        if let Some(options) = self.options(item, "") {
            list.insert("widget".into(), "select".into());
            list.insert("multiple".into(), true.into());
            list.insert("options".into(), options);
            if let Some(default) = self.signers(at.name, true) {
                list.insert("default".into(), default);
            }
            return Value::Object(list);
        }
        list.insert("widget".into(), "list".into());
        let title = item.get("title").and_then(Value::as_str);
        list.extend(title.map(|title| ("label_singular".to_owned(), title.into())));
        let inner = format!("{}/*", at.path);
        if item.get("type").and_then(Value::as_str) == Some("object") {
            let fields = self.object(item, &inner, lists);
            list.insert("collapsed".into(), "auto".into());
            list.extend(summary(&fields).map(|summary| ("summary".to_owned(), summary.into())));
            list.insert("fields".into(), fields.into());
            if at.path == "tre" {
                let rows = self.choices.rows(self.unit, item);
                list.insert("minimize_collapsed".into(), "auto".into());
                if !rows.is_empty() {
                    list.insert("default".into(), rows.into());
                }
            }
        } else {
            let at = At {
                name: "muc",
                path: inner,
                required: true,
            };
            let mut field = self.field(item, &at, lists);
            if let Value::Object(field) = &mut field {
                // The list has said it already.
                field.remove("hint");
            }
            list.insert("field".into(), field);
        }
        Value::Object(list)
    }

    /// One of our own widgets for a list of rows.
    fn grid(&self, grid: &str, item: &Value) -> Option<Map<String, Value>> {
        let config = match grid {
            "diem-danh" => json!({
                "widget": "diem-danh", "rows": "tre", "month": self.rules.date_field,
                "off": self.choices.days_off(), "default": [],
            }),
            "danh-gia" => json!({
                "widget": "danh-gia", "columns": "muc-tieu", "default": self.choices.rows(self.unit, item),
            }),
            _ => return None,
        };
        match config {
            Value::Object(config) => Some(config),
            _ => None,
        }
    }

    fn scalar(&self, schema: &Value, at: &At<'_>) -> Value {
        let text = |key: &str| schema.get(key).and_then(Value::as_str);
        if let Some(options) = self.options(schema, &at.path) {
            let mut field = json!({"widget": "select", "options": options});
            if let Some(default) = self.default_choice(schema, at) {
                field["default"] = default;
            }
            return field;
        }
        match text("type") {
            Some(kind @ ("integer" | "number")) => number(schema, kind == "integer"),
            // Three answers where none is needed: yes, no, nothing said.
            Some("boolean") if !at.required => json!({
                "widget": "select",
                "options": [{"label": "Có", "value": true}, {"label": "Không", "value": false}],
            }),
            Some("boolean") => json!({"widget": "boolean", "default": false}),
            _ if text("format") == Some("date") => {
                let mut field = json!({
                    "widget": "datetime", "type": "date", "format": "YYYY-MM-DD", "time_format": false,
                });
                if at.path == self.rules.date_field {
                    field["default"] = "{{now}}".into();
                }
                field
            }
            _ => self.text(schema, at),
        }
    }

    fn text(&self, schema: &Value, at: &At<'_>) -> Value {
        let count = |key: &str| schema.get(key).and_then(Value::as_u64);
        let longest = count("maxLength");
        let long = longest.is_none_or(|longest| longest > ONE_LINE);
        let mut field = Map::new();
        let widget = if long { "text" } else { "string" };
        field.insert("widget".into(), widget.into());
        field.insert("use_emoji_autocomplete".into(), false.into());
        if at.required {
            let least = count("minLength").filter(|least| *least > 1);
            field.extend(least.map(|least| ("minlength".to_owned(), least.into())));
        }
        field.extend(longest.map(|longest| ("maxlength".to_owned(), longest.into())));
        if let Some(pattern) = schema.get("pattern").and_then(Value::as_str) {
            let told = schema.get("description").and_then(Value::as_str);
            let message = told.map_or("Chưa đúng mẫu.".to_owned(), |told| {
                format!("Chưa đúng mẫu: {told}")
            });
            // Nothing at all is right where nothing is asked for.
            let pattern = match at.required {
                true => pattern.to_owned(),
                false => format!("^$|{pattern}"),
            };
            field.insert("pattern".into(), json!([pattern, message]));
        }
        Value::Object(field)
    }

    /// The choices of a schema: its own, or people, units, children, months.
    fn options(&self, schema: &Value, path: &str) -> Option<Value> {
        if let Some(values) = schema.get("enum").and_then(Value::as_array) {
            let label = |value: &Value| {
                let key = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned);
                let label = schema
                    .get("x-nhan")
                    .and_then(|labels| labels.get(&key)?.as_str());
                json!({"label": label.unwrap_or(&key), "value": value})
            };
            return Some(values.iter().map(label).collect());
        }
        let list = |options: &[Value]| (!options.is_empty()).then(|| Value::from(options));
        match schema.get("x-chon").and_then(Value::as_str) {
            Some("nguoi") => return list(self.choices.people()),
            Some("don-vi") => return list(self.choices.units()),
            _ => {}
        }
        if path == self.rules.date_field && schema.get("format").is_none() {
            return list(&self.choices.months());
        }
        // A record about a child of the class; a child who comes from elsewhere is not in the list yet.
        let about_child =
            self.kind.child.as_deref() == Some(path) && self.unit.loai.as_str() == "lop";
        if about_child {
            let options: Vec<Value> = self
                .choices
                .children(self.unit)
                .into_iter()
                .filter_map(|child| {
                    let (code, name) = (child.get("ma")?.as_str()?, child.get("ten")?.as_str()?);
                    Some(crate::editor::choices::option(name, code))
                })
                .collect();
            return list(&options);
        }
        None
    }

    fn default_choice(&self, schema: &Value, at: &At<'_>) -> Option<Value> {
        if schema.get("x-chon").and_then(Value::as_str) == Some("nguoi") {
            return self.signers(&at.path, false);
        }
        if at.path == self.rules.date_field {
            return self.choices.this_month().map(Value::from);
        }
        None
    }

    /// Who signs where a record names the signer: the person at the keyboard if it is her part, else who holds the role.
    fn signers(&self, field: &str, several: bool) -> Option<Value> {
        let own = self.choices.own();
        let steps = self.kind.chains.iter().rev().flat_map(|chain| &chain.steps);
        let found = steps.filter(|step| step.field.as_deref() == Some(field));
        let mut candidates = Vec::new();
        for step in found {
            let at = match step.held_at {
                HeldAt::DonVi => Some(self.unit.id.as_str()),
                HeldAt::To => self.team,
                HeldAt::Truong | HeldAt::BatKy => self.whole,
            };
            candidates = at
                .map(|at| self.choices.holders(&step.roles, at))
                .unwrap_or_default();
            if !candidates.is_empty() {
                break;
            }
        }
        let own = own.filter(|own| candidates.iter().any(|id| id == own));
        match (several, own, candidates.len()) {
            (_, _, 0) => None,
            (true, _, 1..=3) => Some(candidates.into()),
            (true, ..) => None,
            (false, Some(own), _) => Some(own.into()),
            (false, None, 1) => Some(candidates.remove(0).into()),
            (false, None, _) => None,
        }
    }
}

/// What helps people who choose and pick dates: nothing of codes and of how dates are typed into files.
fn hint(schema: &Value) -> Option<&str> {
    let inner = schema.get("items").unwrap_or(schema);
    let chosen = ["x-nhan", "x-chon"]
        .iter()
        .any(|key| inner.get(key).is_some());
    let told = schema.get("description").and_then(Value::as_str)?;
    let told = told
        .split(", viết năm-tháng")
        .next()
        .unwrap_or(told)
        .trim_end_matches('.');
    (!chosen && !told.is_empty()).then_some(told)
}

fn number(schema: &Value, whole: bool) -> Value {
    let bound = |key: &str| schema.get(key).filter(|value| value.is_number()).cloned();
    let mut field = Map::new();
    field.insert("widget".into(), "number".into());
    field.insert(
        "value_type".into(),
        if whole { "int" } else { "float" }.into(),
    );
    field.extend(bound("minimum").map(|least| ("min".to_owned(), least)));
    field.extend(bound("maximum").map(|most| ("max".to_owned(), most)));
    let step = bound("multipleOf").or_else(|| (!whole).then(|| json!(0.1)));
    field.extend(step.map(|step| ("step".to_owned(), step)));
    Value::Object(field)
}

/// What a closed item of a list shows: its first plain fields.
fn summary(fields: &[Value]) -> Option<String> {
    let plain = |field: &&Value| {
        let widget = field["widget"].as_str().unwrap_or_default();
        matches!(widget, "string" | "text" | "number" | "datetime" | "select")
            && field["multiple"] != Value::Bool(true)
            && field["required"] == Value::Bool(true)
    };
    let shown: Vec<String> = fields
        .iter()
        .filter(plain)
        .take(2)
        .filter_map(|field| Some(format!("{{{{fields.{}}}}}", field["name"].as_str()?)))
        .collect();
    (!shown.is_empty()).then(|| shown.join(" · "))
}

/// What every header may have besides, whatever its kind.
fn evidence() -> Value {
    json!({
        "name": "minh-chung", "label": "Mã minh chứng", "widget": "list", "required": false, "max": 20,
        "label_singular": "Mã", "minimize_collapsed": true,
        "hint": "Chỉ ghi khi hồ sơ là minh chứng khác với mã chung của loại hồ sơ, ví dụ H1-1.5-03.",
        "field": {"name": "muc", "label": "Mã", "widget": "string", "maxlength": 20, "use_emoji_autocomplete": false},
    })
}
