//! NIST's Public Key Interoperability Test Suite: all of its paths, with the answers of its document.
//!
//! `tests/fixtures/pkits/tests.txt` holds the tests; docs/pkits.md lists those that do not apply, each
//! with its reason. What does not apply and is expected to be refused is refused all the same.

use std::collections::BTreeMap;
use std::path::PathBuf;

use const_oid::ObjectIdentifier;
use jiff::Timestamp;

use crate::sign::TrustStore;
use crate::sign::certificate::Certificate;
use crate::sign::path;
use crate::sign::path::Rules;
use crate::sign::revocation;
use crate::sign::revocation::Control;
use crate::sign::revocation::Status;
use crate::sign::sample::instant;

/// The suite holds from 2010 to 2030.
fn now() -> Timestamp {
    instant("2026-06-01T00:00:00Z")
}

#[derive(Default)]
struct Test {
    number: String,
    valid: bool,
    certificates: Vec<String>,
    crls: Vec<String>,
    settings: Vec<String>,
}

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/pkits"))
}

fn text(path: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path);
    String::from_utf8(bytes(&path)).expect("text")
}

#[expect(clippy::disallowed_methods, reason = "fixtures of a test")]
fn bytes(path: &std::path::Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn tests() -> Vec<Test> {
    let text = text("tests/fixtures/pkits/tests.txt");
    text.split("\n\n").skip(1).map(test).collect()
}

fn test(paragraph: &str) -> Test {
    let mut test = Test::default();
    for line in paragraph.lines() {
        let words = |list: &str| list.split_whitespace().map(str::to_owned).collect();
        match line.split_once(": ") {
            Some(("expect", answer)) => test.valid = answer == "valid",
            Some(("certs", list)) => test.certificates = words(list),
            Some(("crls", list)) => test.crls = words(list),
            Some(("settings", list)) => test.settings = words(list),
            _ => {
                let (number, name) = line.split_once(' ').expect("a number and a name");
                let part = name
                    .split_once("(Subpart ")
                    .map(|(_, rest)| rest.trim_end_matches(')'));
                assert!(part.is_none_or(|part| number.ends_with(&format!(".{part}"))));
                test.number = number.to_owned();
            }
        }
    }
    test
}

fn rules(settings: &[String]) -> Rules {
    let mut rules = Rules::of_authority();
    for setting in settings {
        match setting.split_once('=') {
            Some(("initial", policies)) => {
                let oid = |number| format!("2.16.840.1.101.3.2.1.48.{number}");
                let oid = |number| ObjectIdentifier::new(&oid(number)).expect("an identifier");
                rules.policies = policies.split(',').map(oid).collect();
            }
            // An output; what decides is in the inputs.
            Some(("constrained", _)) => {}
            None if setting == "explicit" => rules.explicit_policy = true,
            None if setting == "inhibit-mapping" => rules.inhibit_mapping = true,
            None if setting == "inhibit-any" => rules.inhibit_any_policy = true,
            _ => panic!("setting {setting}"),
        }
    }
    rules
}

/// Runs a test; the error says what refused the path.
fn run(test: &Test) -> Result<(), String> {
    let read = |name: &String| bytes(&folder().join("certs").join(format!("{name}.crt")));
    let mut certificates: Vec<Vec<u8>> = test.certificates.iter().map(read).collect();
    let mut store = TrustStore::default();
    store
        .add_signers("nist", &certificates.remove(0))
        .expect("an anchor");
    let leaf = certificates.pop().expect("a target");
    for name in &test.crls {
        // One that cannot be used is as good as none.
        let _ = store.add_crl(&bytes(&folder().join("crls").join(format!("{name}.crl"))));
    }
    let leaf = Certificate::read(&leaf).map_err(|error| error.to_string())?;
    let (rules, policy) = (rules(&test.settings), store.policy());
    let list = &store.signers()[0];
    let path = path::under(&leaf, &certificates, list, &rules, policy, now())
        .map_err(|fault| format!("{fault:?}"))?;
    let control = Control {
        time: now(),
        now: now(),
    };
    let statuses = revocation::status(&path, &certificates, &[], &store, control, &|_| now());
    match statuses
        .iter()
        .all(|one| matches!(one, Status::Good { .. }))
    {
        true => Ok(()),
        false => Err(format!("{statuses:?}")),
    }
}

/// The tests that docs/pkits.md lists as not applicable: the first cell of each row of its table.
fn not_applicable() -> Vec<String> {
    let text = text("docs/pkits.md");
    let table = text
        .split("## ")
        .find(|part| part.starts_with("Not applicable"));
    let rows = table.expect("the section").lines();
    rows.filter_map(|row| row.strip_prefix("| 4."))
        .filter_map(|row| row.split_once(' '))
        .map(|(number, _)| format!("4.{number}"))
        .collect()
}

#[test]
fn every_test_that_applies_gives_the_expected_answer() {
    let (tests, mut skipped) = (tests(), Vec::new());
    assert_eq!(tests.len(), 249);
    let excluded = not_applicable();
    let mut wrong = BTreeMap::new();
    for test in &tests {
        let result = run(test);
        if result.is_ok() == test.valid {
            continue;
        }
        if test.valid && excluded.contains(&test.number) {
            skipped.push(test.number.clone());
        } else {
            wrong.insert(test.number.clone(), (test.valid, result));
        }
    }
    assert!(wrong.is_empty(), "{} wrong: {wrong:#?}", wrong.len());
    assert_eq!(
        skipped, excluded,
        "docs/pkits.md lists what is skipped, and nothing else"
    );
}
