//! The formats that machines read: SARIF as code hosts take it, JSON a line at a time, workflow
//! commands that cannot be forged by a record.

use std::fs;

use serde_json::Value;

use hoso::diag::Code;

use crate::lab::Lab;
use crate::lab::project;

/// A repository with many faults, and hostile words in them.
fn faulty() -> Lab {
    let lab = Lab::school();
    let record = "content/2024-2025/truong/van-ban-den/";
    lab.write(
        &format!("{record}251-a.md"),
        "---\nso-den: \"::error::x%0A\"\ntrich-yue: b\n---\n",
    );
    lab.write(&format!("{record}ảnh, 100%.md"), "---\nso-den: 1\n---\n");
    lab.write(&format!("{record}252-a.md"), "không có phần đầu\n");
    lab.write("content/a\nb::error::c.md", "x\n");
    lab
}

#[test]
fn sarif_is_what_2_1_0_asks_for() {
    let lab = faulty();
    let said = lab.hoso(&["check", "--format", "sarif"]).ended(1);
    let log: Value = serde_json::from_str(&said.stdout).expect("JSON");
    // SARIF 2.1.0 §3.13: version and runs are required, and no other property than these.
    keys(
        &log,
        &["version", "runs"],
        &["$schema", "inlineExternalProperties", "properties"],
    );
    assert_eq!(log["version"], "2.1.0");
    let runs = log["runs"].as_array().expect("runs");
    assert_eq!(runs.len(), 1);
    let run = &runs[0];
    // §3.14.6: a run has a tool; columns count code points, as the text format does.
    keys(
        run,
        &["tool"],
        &["results", "columnKind", "originalUriBaseIds"],
    );
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    // §3.18, §3.19.8: the driver has a name; its rules have ids, each once.
    keys(&run["tool"], &["driver"], &[]);
    let driver = &run["tool"]["driver"];
    keys(
        driver,
        &["name"],
        &["version", "semanticVersion", "informationUri", "rules"],
    );
    let rules: Vec<&str> = driver["rules"]
        .as_array()
        .expect("rules")
        .iter()
        .map(|rule| {
            keys(
                rule,
                &["id"],
                &[
                    "name",
                    "shortDescription",
                    "fullDescription",
                    "help",
                    "helpUri",
                    "defaultConfiguration",
                ],
            );
            message(&rule["shortDescription"]);
            rule["id"].as_str().expect("an id")
        })
        .collect();
    assert_eq!(
        rules,
        Code::ALL
            .iter()
            .map(|code| code.as_str())
            .collect::<Vec<_>>()
    );
    let results = run["results"].as_array().expect("results");
    assert!(results.len() >= 4);
    for result in results {
        // §3.27: a result has a message; its rule is one of the driver's.
        keys(
            result,
            &["message"],
            &["ruleId", "ruleIndex", "level", "locations", "fixes"],
        );
        message(&result["message"]);
        assert!(rules.contains(&result["ruleId"].as_str().expect("a rule")));
        assert!(
            ["error", "warning", "note", "none"]
                .contains(&result["level"].as_str().expect("a level"))
        );
        for location in result["locations"].as_array().expect("locations") {
            keys(
                location,
                &[],
                &["physicalLocation", "logicalLocations", "message"],
            );
            let physical = &location["physicalLocation"];
            keys(physical, &["artifactLocation"], &["region"]);
            // §3.4.3: a relative reference, without what RFC 3986 does not let stand.
            let uri = physical["artifactLocation"]["uri"].as_str().expect("a uri");
            assert!(
                uri.bytes()
                    .all(|b| b.is_ascii_graphic() && !b"<>\"\\^`{|}:".contains(&b)),
                "{uri}"
            );
            if let Some(region) = physical.get("region") {
                // §3.30: lines and columns count from 1.
                keys(
                    region,
                    &[],
                    &[
                        "startLine",
                        "startColumn",
                        "endLine",
                        "endColumn",
                        "snippet",
                    ],
                );
                assert!(region["startLine"].as_u64().is_some_and(|line| line >= 1));
            }
        }
    }
}

/// The schema that OASIS publishes, whole (tests/fixtures/sarif).
#[test]
fn sarif_obeys_the_published_schema() {
    let schema = fs::read(project().join("tests/fixtures/sarif/sarif-schema-2.1.0.json"));
    let mut schema: Value = serde_json::from_slice(&schema.expect("the schema")).expect("JSON");
    // Its one pattern that is no regular expression, of a property that is not written here.
    for part in ["run", "toolComponent"] {
        schema["definitions"][part]["properties"]["language"] = Value::from(false);
    }
    let schema = jsonschema::validator_for(&schema).expect("a schema");
    let lab = faulty();
    lab.commit("hồ sơ sai");
    lab.git(&["checkout", "--quiet", "-b", "de-nghi"]);
    lab.write("layouts/giao-an/ghi-chu.txt", "x");
    lab.commit("quy tắc");
    // An error, a warning or a notice: each level has to be one that SARIF knows.
    let said = lab.hoso(&["check", "--base", "main", "--format", "sarif"]);
    let mut log: Value = serde_json::from_str(&said.stdout).expect("JSON");
    assert!(said.stdout.contains("\"level\": \"note\""));
    let faults: Vec<String> = schema.iter_errors(&log).map(|e| e.to_string()).collect();
    assert!(faults.is_empty(), "{faults:?}");
    log["runs"][0]["results"][0]["level"] = Value::from("notice");
    assert!(
        !schema.is_valid(&log),
        "the schema must refuse what it does not know"
    );
}

/// GitLab's Code Quality report: one array, every issue with the fields that GitLab needs, and a fingerprint
/// that stays when something is written above.
#[test]
fn code_quality_is_what_gitlab_takes() {
    let lab = faulty();
    let issues = |lab: &Lab| -> Vec<Value> {
        let said = lab.hoso(&["check", "--format", "gitlab"]).ended(1);
        serde_json::from_str(&said.stdout).expect("an array")
    };
    let before = issues(&lab);
    assert!(before.len() >= 4);
    let mut prints: Vec<&str> = Vec::new();
    for issue in &before {
        for key in ["description", "check_name", "fingerprint", "severity"] {
            assert!(
                issue[key].as_str().is_some_and(|text| !text.is_empty()),
                "{key}"
            );
        }
        let severity = issue["severity"].as_str().expect("a word");
        assert!(["info", "minor", "major", "critical", "blocker"].contains(&severity));
        assert!(issue["location"]["path"].is_string());
        assert!(
            issue["location"]["lines"]["begin"]
                .as_u64()
                .is_some_and(|line| line >= 1)
        );
        prints.push(issue["fingerprint"].as_str().expect("a word"));
    }
    let mut unique = prints.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(
        unique.len(),
        prints.len(),
        "each finding has a fingerprint of its own"
    );
    let path = "content/2024-2025/truong/van-ban-den/251-a.md";
    let text = lab.read(path);
    lab.write(path, text.replacen("---\n", "---\n# một dòng\n", 1));
    let after = issues(&lab);
    let after: Vec<&str> = after
        .iter()
        .filter_map(|i| i["fingerprint"].as_str())
        .collect();
    assert_eq!(prints, after);
}

#[track_caller]
fn keys(object: &Value, required: &[&str], allowed: &[&str]) {
    let object = object.as_object().expect("an object");
    for key in required {
        assert!(object.contains_key(*key), "`{key}` is missing");
    }
    for key in object.keys() {
        let known = required.iter().chain(allowed).any(|k| k == key);
        assert!(known, "`{key}` is not known here");
    }
}

#[track_caller]
fn message(value: &Value) {
    assert!(
        value["text"].as_str().is_some_and(|text| !text.is_empty()),
        "a message has a text"
    );
}

#[test]
fn json_is_one_object_a_line() {
    let lab = faulty();
    let said = lab.hoso(&["check", "--format", "json"]).ended(1);
    assert_eq!(said.stderr, "", "nothing but the objects");
    assert!(said.stdout.lines().count() >= 4);
    for line in said.stdout.lines() {
        let object: Value = serde_json::from_str(line).expect("JSON");
        assert_eq!(object["schema"], "hoso/finding/1");
        for key in ["severity", "code", "file", "message"] {
            assert!(
                object[key].as_str().is_some_and(|text| !text.is_empty()),
                "{key}: {line}"
            );
        }
    }
}

#[test]
fn a_record_cannot_forge_a_workflow_command() {
    let lab = faulty();
    let said = lab.hoso(&["check", "--format", "github"]).ended(1);
    for line in said.stdout.lines() {
        let (head, _) = line
            .strip_prefix("::error file=")
            .expect("a command")
            .split_once("::")
            .expect("a message");
        let title = head.rsplit_once(",title=").expect("a title").1;
        assert!(
            Code::ALL.iter().any(|code| code.as_str() == title),
            "{line}"
        );
    }
}

#[test]
fn help_stands_in_both_languages() {
    let lab = Lab::empty();
    for verb in [
        "init",
        "new",
        "check",
        "build",
        "serve",
        "sign",
        "verify",
        "status",
        "report",
        "setup",
        "comment",
        "doctor",
        "new-year",
        "log",
        "completions",
        "man",
    ] {
        let vi = lab.hoso(&[verb, "--help"]).ended(0).stdout;
        let en = lab.hoso(&["--lang", "en", verb, "--help"]).ended(0).stdout;
        let by_variable = lab
            .hoso_with(&[verb, "--help"], &[("HOSO_LANG", "en")])
            .ended(0)
            .stdout;
        assert_ne!(vi, en, "{verb}");
        assert_eq!(en, by_variable, "{verb}");
        assert!(!vi.contains('¦') && !en.contains('¦'), "{verb}");
    }
}

/// What goes to a file or a pipe is plain text: no colours unless a terminal asks for them.
#[test]
fn pipes_get_no_colours() {
    let said = faulty().hoso(&["check"]).ended(1);
    assert!(!said.all().contains('\u{1b}'));
}
