//! `docs/attacks.md` and the tests of attacks hold each other: every row has its test, every test
//! its row, and a row's reason is one that the test names.

use std::collections::BTreeSet;
use std::fs;

use crate::lab::files_below;
use crate::lab::project;

/// Files all of whose tests are attacks; so are those below `src/sign/attacks/`.
const ATTACKS: [&str; 2] = ["src/sign/attacks.rs", "tests/testsuite/forged.rs"];

/// A row: the test and the codes that it must name.
struct Row {
    test: String,
    reasons: Vec<String>,
}

/// What stands between backticks.
fn quoted(cell: &str) -> Vec<String> {
    cell.split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

fn rows() -> Vec<Row> {
    let text = fs::read_to_string(project().join("docs/attacks.md")).expect("docs/attacks.md");
    text.lines()
        .filter_map(|line| {
            let cells: Vec<&str> = line.split('|').collect();
            let [_, _, test, reasons, _] = cells[..] else {
                return None;
            };
            let test = quoted(test).pop()?;
            Some(Row {
                test,
                reasons: quoted(reasons),
            })
        })
        .collect()
}

/// The text that a row's test is made of, if it is there.
fn source(row: &Row) -> Option<String> {
    let read = |path: String| fs::read_to_string(project().join(path)).ok();
    if let Some(case) = row.test.strip_prefix("case ") {
        let expected = project()
            .join("tests/testsuite")
            .join(case)
            .join("expected");
        let files = expected.is_dir().then(|| files_below(&expected))?;
        let texts = files
            .iter()
            .filter_map(|file| fs::read_to_string(expected.join(file)).ok());
        return Some(texts.collect());
    }
    let (file, function) = row.test.split_once("::")?;
    let text = read(format!("{file}.rs"))?;
    text.contains(&format!("fn {function}(")).then_some(text)
}

#[test]
fn every_row_has_its_test_and_its_reason() {
    let rows = rows();
    assert!(rows.len() > 50, "docs/attacks.md has {} rows", rows.len());
    let mut offenders = Vec::new();
    for row in &rows {
        let Some(text) = source(row) else {
            offenders.push(format!("docs/attacks.md: there is no test `{}`", row.test));
            continue;
        };
        let unnamed = row.reasons.iter().filter(|reason| !text.contains(*reason));
        offenders.extend(unnamed.map(|reason| format!("{}: does not name `{reason}`", row.test)));
    }
    assert!(offenders.is_empty(), "\n{}\n", offenders.join("\n"));
}

#[test]
fn every_attack_has_its_row() {
    let named: BTreeSet<String> = rows().into_iter().map(|row| row.test).collect();
    let below = files_below(&project().join("src/sign/attacks"));
    let below = below
        .iter()
        .map(|file| format!("src/sign/attacks/{}", file.display()));
    let mut offenders = Vec::new();
    for path in ATTACKS.map(str::to_owned).into_iter().chain(below) {
        let text = fs::read_to_string(project().join(&path)).expect("a source file");
        let module = path.strip_suffix(".rs").expect("a source file");
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        let tests = lines
            .iter()
            .enumerate()
            .filter(|(_, line)| **line == "#[test]");
        for (at, _) in tests {
            let head = lines[at + 1..]
                .iter()
                .find_map(|line| line.strip_prefix("fn "));
            let name = head
                .and_then(|head| head.split('(').next())
                .expect("a name");
            let test = format!("{module}::{name}");
            // That the tool works at all.
            if name != "an_unbent_forgery_is_a_good_file" && !named.contains(&test) {
                offenders.push(format!("docs/attacks.md: no row for `{test}`"));
            }
        }
    }
    assert!(offenders.is_empty(), "\n{}\n", offenders.join("\n"));
}
