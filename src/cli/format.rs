//! Findings as text, JSON lines, workflow commands, SARIF, Code Quality and Markdown. Codes and keys are
//! never translated.

pub mod markdown;

use std::collections::BTreeMap;

use annotate_snippets::AnnotationKind;
use annotate_snippets::Group;
use annotate_snippets::Level;
use annotate_snippets::Origin;
use annotate_snippets::Renderer;
use annotate_snippets::Snippet;
use serde_json::Value;
use serde_json::json;

use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Lang;
use crate::diag::Severity;
use crate::digest::Sha256;

/// The format of a finding as JSON.
const SCHEMA: &str = "hoso/finding/1";

/// A finding for people: code, sentence, place, the line itself, how to mend it.
pub fn text(finding: &Finding, lang: Lang) -> String {
    let (error, warning, notice, help) = match lang {
        Lang::Vi => ("lỗi", "cảnh báo", "lưu ý", "cách sửa"),
        Lang::En => ("error", "warning", "notice", "help"),
    };
    let level = match finding.severity {
        Severity::Error => Level::ERROR.with_name(error),
        Severity::Warning => Level::WARNING.with_name(warning),
        Severity::Notice => Level::NOTE.with_name(notice),
    };
    let place = &finding.place;
    let message = match &place.field {
        Some(field) => format!("{field}: {}", finding.message.in_lang(lang)),
        None => finding.message.in_lang(lang).to_owned(),
    };
    let title = level.primary_title(message).id(finding.code.as_str());
    let mut group: Group<'_> = match (&finding.excerpt, place.line) {
        (Some(line), Some(number)) if !line.trim().is_empty() => {
            let start = line.len() - line.trim_start().len();
            let snippet = Snippet::source(line.as_str())
                .path(place.file.as_str())
                .line_start(number)
                .annotation(AnnotationKind::Primary.span(start..line.trim_end().len()));
            title.element(snippet)
        }
        (_, line) => {
            let origin = Origin::path(place.file.as_str());
            title.element(line.into_iter().fold(origin, Origin::line))
        }
    };
    if let Some(words) = &finding.help {
        group = group.element(
            Level::HELP
                .with_name(help)
                .message(words.in_lang(lang).to_owned()),
        );
    }
    Renderer::styled().render(&[group]).to_string()
}

/// One JSON object a line.
pub fn json(findings: &[&Finding], lang: Lang) -> String {
    findings
        .iter()
        .map(|finding| format!("{}\n", object(finding, lang)))
        .collect()
}

fn object(finding: &Finding, lang: Lang) -> Value {
    let place = &finding.place;
    json!({
        "schema": SCHEMA,
        "severity": severity(finding.severity),
        "code": finding.code.as_str(),
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "field": place.field,
        "message": finding.message.in_lang(lang),
        "help": finding.help.as_ref().map(|help| help.in_lang(lang)),
    })
}

/// Workflow commands: `::error file=…,line=…::…`, with everything hostile escaped.
pub fn github(findings: &[&Finding], lang: Lang) -> String {
    let data = |text: &str| {
        text.replace('%', "%25")
            .replace('\r', "%0D")
            .replace('\n', "%0A")
    };
    let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
    findings
        .iter()
        .map(|finding| {
            let place = &finding.place;
            let line = place
                .line
                .map(|line| format!(",line={line}"))
                .unwrap_or_default();
            let field = place
                .field
                .as_ref()
                .map(|field| format!("{field}: "))
                .unwrap_or_default();
            let help = finding
                .help
                .as_ref()
                .map(|help| format!("\n{}", help.in_lang(lang)))
                .unwrap_or_default();
            let message = format!("{field}{}{help}", finding.message.in_lang(lang));
            let severity = severity(finding.severity);
            let code = property(finding.code.as_str());
            format!(
                "::{severity} file={}{line},title={code}::{}\n",
                property(&place.file),
                data(&message)
            )
        })
        .collect()
}

/// GitLab's Code Quality report: one array. A fingerprint says code, file, field and sentence, and not the
/// line, so that a finding stays the same one when something is written above it.
pub fn gitlab(findings: &[&Finding], lang: Lang) -> String {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let issues: Vec<Value> = findings
        .iter()
        .map(|finding| {
            let place = &finding.place;
            let field = place.field.as_deref().unwrap_or_default();
            let code = finding.code.as_str();
            let own = [code, &place.file, field, &finding.message.en].join("\0");
            let number = seen.entry(own.clone()).or_default();
            *number += 1;
            let severity = match finding.severity {
                Severity::Error => "major",
                Severity::Warning => "minor",
                Severity::Notice => "info",
            };
            let field = match field {
                "" => String::new(),
                field => format!("{field}: "),
            };
            let help = finding.help.as_ref().map(|help| help.in_lang(lang));
            let help = help.map(|help| format!(". {help}")).unwrap_or_default();
            json!({
                "description": format!("{field}{}{help}", finding.message.in_lang(lang)),
                "check_name": code,
                "fingerprint": Sha256::of(format!("{own}\0{number}").as_bytes()).to_string(),
                "severity": severity,
                "location": {"path": place.file, "lines": {"begin": place.line.unwrap_or(1)}},
            })
        })
        .collect();
    format!("{:#}\n", Value::Array(issues))
}

/// SARIF 2.1.0, one run with every rule there is.
pub fn sarif(findings: &[&Finding], lang: Lang) -> String {
    let rules: Vec<Value> = Code::ALL
        .iter()
        .map(|code| {
            json!({
                "id": code.as_str(),
                "shortDescription": {"text": code.rule().in_lang(lang)},
                "defaultConfiguration": {"level": level(code.severity())},
            })
        })
        .collect();
    let results: Vec<Value> = findings
        .iter()
        .map(|finding| result(finding, lang))
        .collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "hoso", "version": env!("CARGO_PKG_VERSION"), "rules": rules}},
            "results": results,
            "columnKind": "unicodeCodePoints",
        }],
    });
    format!("{log:#}\n")
}

fn result(finding: &Finding, lang: Lang) -> Value {
    let place = &finding.place;
    let mut physical =
        json!({"artifactLocation": {"uri": uri(&place.file), "uriBaseId": "%SRCROOT%"}});
    if let Some(line) = place.line {
        physical["region"] = match place.column {
            Some(column) => json!({"startLine": line, "startColumn": column}),
            None => json!({"startLine": line}),
        };
    }
    let mut location = json!({"physicalLocation": physical});
    if let Some(field) = &place.field {
        location["logicalLocations"] = json!([{"fullyQualifiedName": field}]);
    }
    let help = finding
        .help
        .as_ref()
        .map(|help| format!(". {}", help.in_lang(lang)))
        .unwrap_or_default();
    json!({
        "ruleId": finding.code.as_str(),
        "level": level(finding.severity),
        "message": {"text": format!("{}{help}", finding.message.in_lang(lang))},
        "locations": [location],
    })
}

/// A path as a relative URI reference (RFC 3986): everything but unreserved characters and `/`
/// percent-encoded.
fn uri(path: &str) -> String {
    path.bytes()
        .map(|b| match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                char::from(b).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Notice => "notice",
    }
}

/// The same in SARIF's words (§3.27.10).
fn level(weight: Severity) -> &'static str {
    match weight {
        Severity::Notice => "note",
        other => severity(other),
    }
}
