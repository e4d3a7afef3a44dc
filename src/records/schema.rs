//! Checks data against a JSON Schema and turns each violation into a finding that names the line,
//! the field, what was expected, and the nearest right spelling.

use jsonschema::Validator;
use jsonschema::error::TypeKind;
use jsonschema::error::ValidationError;
use jsonschema::error::ValidationErrorKind;
use serde_json::Value;

use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Place;
use crate::diag::Words;
use crate::diag::words::near_miss;
use crate::diag::words::or_ticked;
use crate::diag::words::tame;
use crate::records::evidence;
use crate::records::yaml::Document;
use crate::records::yaml::dotted;
use crate::records::yaml::escape;

/// Most violations told of one file; showing thousands takes long and helps nobody.
const MAX_FINDINGS: usize = 50;

/// Most evidence codes of one record.
const MAX_CODES: usize = 20;

/// The properties that an object's schema asks for.
pub fn required(schema: &Value) -> Vec<&str> {
    let names = schema.get("required").and_then(Value::as_array);
    let names = names.into_iter().flatten();
    names.filter_map(Value::as_str).collect()
}

/// A compiled JSON Schema (draft 2020-12), with its own text for the sake of suggestions.
#[derive(Debug)]
pub struct Schema {
    text: Value,
    validator: Validator,
}

impl Schema {
    /// Compiles a schema. Nothing is ever fetched: `$ref` reaches within the schema only.
    ///
    /// # Errors
    /// What is wrong with the schema, in the words of the validator.
    pub fn compile(text: Value) -> Result<Self, String> {
        let validator = jsonschema::draft202012::options()
            .should_validate_formats(true)
            .build(&text)
            .map_err(|error| error.to_string())?;
        Ok(Self { text, validator })
    }

    /// Compiles the schema of a kind's header, which may have what every header may have besides.
    ///
    /// # Errors
    /// What is wrong with the schema, in the words of the validator.
    pub fn of_header(text: Value) -> Result<Self, String> {
        let mut whole = text.clone();
        if let Some(properties) = whole.get_mut("properties").and_then(Value::as_object_mut) {
            let codes = serde_json::json!({
                "type": "array", "maxItems": MAX_CODES, "uniqueItems": true,
                "items": {"type": "string", "maxLength": 20},
            });
            properties.entry(evidence::KEY).or_insert(codes);
        }
        let validator = Self::compile(whole)?.validator;
        Ok(Self { text, validator })
    }

    /// The schema itself.
    pub fn text(&self) -> &Value {
        &self.text
    }

    /// Whether `value` obeys the schema.
    pub fn accepts(&self, value: &Value) -> bool {
        self.validator.is_valid(value)
    }

    /// The violations in `document`, each at its line of the file at `place`.
    pub fn findings(&self, document: &Document, place: &Place) -> Vec<Finding> {
        self.validator
            .iter_errors(&document.value)
            .flat_map(|e| self.explain(&e, document, place))
            .take(MAX_FINDINGS)
            .collect()
    }

    fn explain(
        &self,
        error: &ValidationError<'_>,
        document: &Document,
        place: &Place,
    ) -> Vec<Finding> {
        let pointer = error.instance_path().as_str();
        let found = |code, pointer: &str, message: Words, help: Option<Words>| {
            let finding = Finding::new(code, document.locate(place, pointer), message);
            help.into_iter().fold(finding, Finding::help)
        };
        match error.kind() {
            ValidationErrorKind::AdditionalProperties { unexpected } => unexpected
                .iter()
                .map(|key| {
                    let at = format!("{pointer}/{}", escape(key));
                    found(
                        Code::FieldUnknown,
                        &at,
                        unknown(key),
                        Some(self.suggest(key, error)),
                    )
                })
                .collect(),
            ValidationErrorKind::Required { property } => {
                let key = property.as_str().unwrap_or_default();
                let at = dotted(&format!("{pointer}/{}", escape(key)));
                let title = self.title(error, key);
                let message = Words::new(
                    format!("thiếu trường `{at}`{title}"),
                    format!("field `{at}` is missing"),
                );
                let finding = found(
                    Code::FieldMissing,
                    pointer,
                    message,
                    Some(Words::new(
                        format!("thêm dòng `{key}: …`"),
                        format!("add a line `{key}: …`"),
                    )),
                );
                // The whole header has no line of its own; what is missing from it is missing from
                // its first.
                let line = finding.place.line.or(Some(document.first_line()));
                vec![Finding {
                    place: Place {
                        line,
                        ..finding.place.clone().field(at)
                    },
                    ..finding
                }]
            }
            kind => {
                let value = tame(&shown(error.instance()));
                let rule = expected(kind, error);
                let message = Words::new(
                    format!("`{value}` không hợp lệ: {}", rule.vi),
                    format!("`{value}` is not valid: {}", rule.en),
                );
                let help = match kind {
                    ValidationErrorKind::Enum { options } => nearest(error.instance(), options),
                    _ => None,
                };
                vec![found(Code::FieldInvalid, pointer, message, help)]
            }
        }
    }

    /// The title that the schema gives to a missing field, for showing.
    fn title(&self, error: &ValidationError<'_>, key: &str) -> String {
        self.sibling(error, "properties")
            .and_then(|p| p.get(key))
            .and_then(|p| p.get("title"))
            .and_then(Value::as_str)
            .map(|title| format!(" ({title})"))
            .unwrap_or_default()
    }

    fn suggest(&self, key: &str, error: &ValidationError<'_>) -> Words {
        let known: Vec<&str> = self
            .sibling(error, "properties")
            .and_then(Value::as_object)
            .map(|p| p.keys().map(String::as_str).collect())
            .unwrap_or_default();
        match near_miss(key, known.iter().copied()) {
            Some(near) => Words::new(
                format!("có phải là `{near}`?"),
                format!("did you mean `{near}`?"),
            ),
            None => {
                let all = or_ticked(known);
                Words::new(
                    format!("các trường được dùng: {}", all.vi),
                    format!("the fields are {}", all.en),
                )
            }
        }
    }

    /// The keyword beside the one that failed.
    fn sibling(&self, error: &ValidationError<'_>, keyword: &str) -> Option<&Value> {
        let path = error.schema_path().as_str();
        let parent = &path[..path.rfind('/')?];
        self.text.pointer(&format!("{parent}/{keyword}"))
    }
}

fn unknown(key: &str) -> Words {
    let key = tame(key);
    Words::new(
        format!("không có trường `{key}`"),
        format!("there is no field `{key}`"),
    )
}

fn nearest(value: &Value, options: &Value) -> Option<Words> {
    let options = options.as_array()?.iter().filter_map(Value::as_str);
    let near = near_miss(value.as_str()?, options)?;
    Some(Words::new(
        format!("có phải là `{near}`?"),
        format!("did you mean `{near}`?"),
    ))
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "(trống)".to_owned(),
        other => other.to_string(),
    }
}

fn expected(kind: &ValidationErrorKind, error: &ValidationError<'_>) -> Words {
    use ValidationErrorKind as K;
    match kind {
        K::Enum { options } => {
            let all: Vec<String> = options
                .as_array()
                .into_iter()
                .flatten()
                .map(shown)
                .collect();
            let all = or_ticked(all.iter().map(String::as_str));
            Words::new(
                format!("phải là {}", all.vi),
                format!("it must be {}", all.en),
            )
        }
        K::Format { format } if format == "date" => Words::new(
            "phải là ngày có thật, viết năm-tháng-ngày như 2024-09-09",
            "it must be a date that exists, written year-month-day as 2024-09-09",
        ),
        K::Maximum { limit } => Words::new(
            format!("lớn nhất là {limit}"),
            format!("the most is {limit}"),
        ),
        K::MaxItems { limit } => Words::new(
            format!("nhiều nhất {limit} mục"),
            format!("at most {limit} items"),
        ),
        K::MaxLength { limit } => Words::new(
            format!("dài nhất {limit} ký tự"),
            format!("at most {limit} characters"),
        ),
        K::Minimum { limit } => Words::new(
            format!("nhỏ nhất là {limit}"),
            format!("the least is {limit}"),
        ),
        K::MinItems { limit } => Words::new(
            format!("ít nhất {limit} mục"),
            format!("at least {limit} items"),
        ),
        K::MinLength { .. } => Words::new("không được để trống", "it must not be empty"),
        K::Pattern { pattern } => {
            let pattern = tame(pattern);
            Words::new(
                format!("phải theo mẫu `{pattern}`"),
                format!("it must match `{pattern}`"),
            )
        }
        K::Type { kind } => {
            let (vi, en) = type_names(kind);
            Words::new(format!("phải là {vi}"), format!("it must be {en}"))
        }
        K::UniqueItems => Words::new("các mục không được trùng nhau", "items must not repeat"),
        _ => Words::new(tame(&error.to_string()), tame(&error.to_string())),
    }
}

fn type_names(kind: &TypeKind) -> (String, String) {
    let name = |text: &str| match text {
        "string" => ("chữ", "text"),
        "integer" => ("số nguyên", "a whole number"),
        "number" => ("số", "a number"),
        "boolean" => ("true hoặc false", "true or false"),
        "array" => (
            "danh sách (mỗi dòng bắt đầu bằng `- `)",
            "a list (each line starts with `- `)",
        ),
        "object" => ("nhóm khóa: giá trị", "a group of keys and values"),
        _ => ("trống", "empty"),
    };
    match kind {
        TypeKind::Single(one) => {
            let (vi, en) = name(&one.to_string());
            (vi.to_owned(), en.to_owned())
        }
        TypeKind::Multiple(set) => {
            let all: Vec<_> = set.iter().map(|one| name(&one.to_string())).collect();
            let join = |pick: fn(&(&'static str, &'static str)) -> &'static str, or: &str| {
                all.iter().map(pick).collect::<Vec<_>>().join(or)
            };
            (join(|n| n.0, " hoặc "), join(|n| n.1, " or "))
        }
    }
}
