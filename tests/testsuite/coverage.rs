//! What there is, is tested and written down: every finding code, and the worked example of the guide
//! to kinds.

use std::fs;

use hoso::diag::Code;

use crate::case;
use crate::lab::files_below;
use crate::lab::project;

#[test]
fn every_code_is_found_somewhere() {
    let mut seen: String = case::all().iter().map(case::Case::expected_words).collect();
    let suite = project().join("tests/testsuite");
    for file in files_below(&suite) {
        if file.extension().is_some_and(|e| e == "rs") {
            seen += &fs::read_to_string(suite.join(file)).expect("a source file");
        }
    }
    let missing: Vec<&str> = Code::ALL
        .iter()
        .map(|code| code.as_str())
        .filter(|code| !seen.contains(&format!("[{code}]")))
        .collect();
    assert!(missing.is_empty(), "no case finds {missing:?}");
}

/// The guide's example is the case, letter by letter: whoever copies it gets what was tested.
#[test]
fn the_guide_to_kinds_shows_the_case() {
    const CASE: &str = "tests/testsuite/build/sixth_kind";
    let guide = fs::read_to_string(project().join("docs/kinds.md")).expect("docs/kinds.md");
    for path in [
        "layouts/kiem-ke-do-choi/kind.yaml",
        "layouts/kiem-ke-do-choi/form.typ",
        "content/2024-2025/mg-5a/kiem-ke-do-choi/2024-10.md",
    ] {
        let text = fs::read_to_string(project().join(CASE).join(path)).expect("a file of the case");
        let shown = guide.split("\n```").any(|block| {
            block
                .split_once('\n')
                .is_some_and(|(_, code)| code.trim() == text.trim())
        });
        assert!(shown, "docs/kinds.md does not show {path} as {CASE} has it");
    }
}

#[test]
fn every_kind_has_a_record_and_a_picture() {
    let root = project();
    let readme = fs::read_to_string(root.join("docs/forms/README.md")).expect("docs/forms");
    let records = files_below(&root.join("content"));
    let mut missing = Vec::new();
    for entry in fs::read_dir(root.join("layouts")).expect("layouts") {
        let entry = entry.expect("a folder");
        let Ok(kind) = fs::read_to_string(entry.path().join("kind.yaml")) else {
            continue;
        };
        let name = entry.file_name().to_string_lossy().into_owned();
        if !readme.contains(&format!("]({name}.png)"))
            || !root.join(format!("docs/forms/{name}.png")).is_file()
        {
            missing.push(format!(
                "docs/forms/{name}.png: python3 docs/forms/make.py out"
            ));
        }
        // A book is made of the records of others.
        let is_book = kind.lines().any(|line| line == "loai: so");
        let kept = |path: &std::path::PathBuf| path.iter().nth(2).is_some_and(|k| *k == *name);
        if !is_book && !records.iter().any(kept) {
            missing.push(format!("content/: no record of the kind {name}"));
        }
    }
    missing.sort();
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}
