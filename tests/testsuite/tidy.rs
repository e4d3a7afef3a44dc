//! The shape of the project, held by a test: the direction of dependencies, the length and the head
//! of files, and documents that name everything there is.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use hoso::diag::Code;

use crate::lab::files_below;
use crate::lab::project;

/// Longest file before its tests: what one can hold in the head at once.
const MAX_LINES: usize = 600;

/// A source file of the program.
struct File {
    /// Relative to `src/`.
    path: String,
    text: String,
    /// Whether all of it is tests.
    is_test: bool,
}

impl File {
    /// What is not tests.
    fn program(&self) -> &str {
        if self.is_test {
            return "";
        }
        let end = self
            .text
            .find("#[cfg(test)]\nmod tests {")
            .unwrap_or(self.text.len());
        &self.text[..end]
    }

    /// The module of `lib.rs` that it belongs to.
    fn module(&self) -> &str {
        let first = self.path.split('/').next().unwrap_or(&self.path);
        first.strip_suffix(".rs").unwrap_or(first)
    }
}

fn sources() -> Vec<File> {
    let src = project().join("src");
    let mut files: Vec<File> = files_below(&src)
        .into_iter()
        .filter(|path| path.extension().is_some_and(|e| e == "rs"))
        .map(|path| File {
            text: fs::read_to_string(src.join(&path)).expect("a source file"),
            path: path.to_string_lossy().replace('\\', "/"),
            is_test: false,
        })
        .collect();
    let tests: BTreeSet<String> = files.iter().flat_map(test_modules).collect();
    for file in &mut files {
        file.is_test = tests.iter().any(|module| {
            file.path == format!("{module}.rs") || file.path.starts_with(&format!("{module}/"))
        });
    }
    files
}

/// The modules that a file declares for tests only, as paths without an ending.
fn test_modules(file: &File) -> Vec<String> {
    let folder = match file.path.as_str() {
        "lib.rs" | "main.rs" => "",
        path => path.strip_suffix(".rs").unwrap_or(path),
    };
    let lines: Vec<&str> = file.text.lines().map(str::trim).collect();
    lines
        .iter()
        .enumerate()
        .filter(|(_, line)| **line == "#[cfg(test)]")
        .filter_map(|(at, _)| lines[at + 1..].iter().find(|line| !line.starts_with("#[")))
        .filter_map(|line| line.rsplit_once("mod ")?.1.strip_suffix(';'))
        .map(|name| {
            format!("{folder}/{name}")
                .trim_start_matches('/')
                .to_owned()
        })
        .collect()
}

/// The line, from 1, of a byte of a text.
fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

#[track_caller]
fn nothing_wrong(offenders: Vec<String>) {
    assert!(offenders.is_empty(), "\n{}\n", offenders.join("\n"));
}

#[test]
fn a_module_names_only_modules_below_it() {
    let root = fs::read_to_string(project().join("src/lib.rs")).expect("lib.rs");
    let order: BTreeMap<&str, usize> = root
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .enumerate()
        .map(|(place, name)| (name, place))
        .collect();
    assert!(order.len() > 5, "the modules of lib.rs were not found");
    let mut offenders = Vec::new();
    for file in sources() {
        let Some(own) = order.get(file.module()) else {
            continue;
        };
        for (at, _) in file.text.match_indices("crate::") {
            let line_start = file.text[..at].rfind('\n').map_or(0, |n| n + 1);
            if file.text[line_start..at].trim_start().starts_with("//") {
                continue;
            }
            let name: String = file.text[at + "crate::".len()..]
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            if order.get(name.as_str()).is_some_and(|place| place < own) {
                let line = line_of(&file.text, at);
                offenders.push(format!(
                    "{}:{line}: `{}` names `{name}`",
                    file.path,
                    file.module()
                ));
            }
        }
    }
    nothing_wrong(offenders);
}

#[test]
fn every_file_says_what_it_is_for() {
    let mut files: Vec<(String, String)> =
        sources().into_iter().map(|f| (f.path, f.text)).collect();
    let suite = project().join("tests/testsuite");
    for path in files_below(&suite) {
        if path.extension().is_some_and(|e| e == "rs") {
            let text = fs::read_to_string(suite.join(&path)).expect("a source file");
            files.push((format!("tests/testsuite/{}", path.display()), text));
        }
    }
    nothing_wrong(
        files
            .into_iter()
            // The crate's documentation is ARCHITECTURE.md.
            .filter(|(path, text)| path != "lib.rs" && !text.starts_with("//! "))
            .map(|(path, _)| format!("{path}:1: does not open with `//! `"))
            .collect(),
    );
}

#[test]
fn no_file_is_too_long() {
    nothing_wrong(
        sources()
            .iter()
            .map(|file| (&file.path, file.program().lines().count()))
            .filter(|(_, lines)| *lines > MAX_LINES)
            .map(|(path, lines)| {
                format!("{path}: {lines} lines before its tests, at most {MAX_LINES}")
            })
            .collect(),
    );
}

#[test]
fn nothing_is_left_undone() {
    const BANNED: [&str; 5] = ["todo!(", "unimplemented!(", "dbg!(", ".unwrap()", "TODO"];
    let mut offenders = Vec::new();
    for file in sources() {
        for (number, line) in file.program().lines().enumerate() {
            let code = !line.trim_start().starts_with("//");
            for word in BANNED {
                if line.contains(word) && (code || word == "TODO") {
                    offenders.push(format!("{}:{}: `{word}`", file.path, number + 1));
                }
            }
        }
    }
    nothing_wrong(offenders);
}

#[test]
fn one_path_a_line_is_imported() {
    let mut offenders = Vec::new();
    for file in sources() {
        for (number, line) in file.text.lines().enumerate() {
            let line = line.trim_start();
            let own = ["use crate::", "use super::", "pub use crate::"]
                .iter()
                .any(|p| line.starts_with(p));
            if own && line.contains('{') {
                offenders.push(format!("{}:{}: {line}", file.path, number + 1));
            }
        }
    }
    nothing_wrong(offenders);
}

#[test]
fn every_document_can_be_found_from_the_readme() {
    let root = project();
    let mut seen: BTreeSet<PathBuf> = BTreeSet::new();
    let mut open = vec![PathBuf::from("README.md")];
    let mut offenders = Vec::new();
    while let Some(path) = open.pop() {
        if !seen.insert(path.clone()) {
            continue;
        }
        let Ok(text) = fs::read_to_string(root.join(&path)) else {
            offenders.push(format!("{}: cannot be read", path.display()));
            continue;
        };
        for target in links(&text) {
            let folder = path.parent().unwrap_or(Path::new(""));
            let target = normal(&folder.join(target));
            if !root.join(&target).exists() {
                offenders.push(format!(
                    "{}: links to {}, which is not there",
                    path.display(),
                    target.display()
                ));
            } else if target.extension().is_some_and(|e| e == "md") {
                open.push(target);
            }
        }
    }
    for document in files_below(&root.join("docs")) {
        let document = Path::new("docs").join(document);
        if document.extension().is_some_and(|e| e == "md") && !seen.contains(&document) {
            offenders.push(format!(
                "{}: no way leads here from README.md",
                document.display()
            ));
        }
    }
    nothing_wrong(offenders);
}

/// The targets of a document's links that are files of the project. What stands between backticks
/// is only shown.
fn links(text: &str) -> Vec<&str> {
    text.split('`')
        .step_by(2)
        .flat_map(|text| text.match_indices("](").map(move |(at, _)| &text[at + 2..]))
        .filter_map(|after| after.split_once(')'))
        .map(|(target, _)| target.split(['#', ' ']).next().unwrap_or_default())
        .filter(|target| !target.is_empty() && !target.contains(':'))
        .collect()
}

/// A path without `.` and `..`.
fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => {
                out.pop();
            }
            part => out.push(part),
        }
    }
    out
}

#[test]
fn every_finding_has_its_heading() {
    let text = fs::read_to_string(project().join("docs/findings.md")).expect("docs/findings.md");
    let headings: Vec<&str> = text
        .lines()
        .filter_map(|line| {
            line.strip_prefix("## `")?
                .split_once('`')
                .map(|(code, _)| code)
        })
        .collect();
    let codes: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    let missing = codes.iter().filter(|code| !headings.contains(code));
    let stray = headings.iter().filter(|code| !codes.contains(code));
    nothing_wrong(
        missing
            .map(|code| format!("docs/findings.md: no heading `{code}`"))
            .chain(stray.map(|code| format!("docs/findings.md: there is no code `{code}`")))
            .collect(),
    );
    let mut sorted = headings.clone();
    sorted.sort_unstable();
    assert_eq!(
        headings, sorted,
        "the headings of docs/findings.md are in alphabetical order"
    );
}

#[test]
fn every_dependency_says_why_it_is_here() {
    let manifest = fs::read_to_string(project().join("Cargo.toml")).expect("Cargo.toml");
    let text =
        fs::read_to_string(project().join("docs/dependencies.md")).expect("docs/dependencies.md");
    let mut section = "";
    let mut offenders = Vec::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            section = line;
        }
        let listed = section.contains("dependencies]");
        let name = line.split_once('=').map(|(name, _)| name.trim());
        if let Some(name) = name.filter(|n| listed && !n.starts_with('#'))
            && !text.contains(&format!("`{name}`"))
        {
            offenders.push(format!("docs/dependencies.md: `{name}` is not there"));
        }
    }
    nothing_wrong(offenders);
}
