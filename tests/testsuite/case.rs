//! One case: a folder with a small repository, the steps taken in it, and what must come of them.
//!
//! 1. a throw-away repository is made, and the case's own files laid over it;
//! 2. the steps are taken, one a line;
//! 3. what the program said, its exit codes and the files asked for are compared with `expected/`.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use snapbox::Assert;
use snapbox::Data;
use snapbox::assert::Action;
use snapbox::assert::DEFAULT_ACTION_ENV;
use snapbox::data::DataFormat;
use snapbox::report::Palette;

use crate::lab::Lab;
use crate::lab::Said;
use crate::lab::files_below;
use crate::lab::name_of;
use crate::lab::project;
use crate::lab::sorted;
use crate::start;

/// What a case's folder may hold besides files of its repository.
const OWN: [&str; 2] = ["expected", "steps"];

/// A case.
pub(crate) struct Case {
    folder: PathBuf,
    verb: String,
}

/// Every case there is, by name. Each folder two levels down is one.
pub(crate) fn all() -> Vec<Case> {
    let suite = project().join("tests/testsuite");
    sorted(&suite)
        .into_iter()
        .filter(|path| path.is_dir() && name_of(path) != "school")
        .flat_map(|folder| {
            let verb = name_of(&folder);
            sorted(&folder).into_iter().map(move |folder| Case {
                folder,
                verb: verb.clone(),
            })
        })
        .collect()
}

impl Case {
    /// `check/sound`.
    pub(crate) fn name(&self) -> String {
        format!("{}/{}", self.verb, name_of(&self.folder))
    }

    /// Everything that the case expects the program to say.
    pub(crate) fn expected_words(&self) -> String {
        let read =
            |name| fs::read_to_string(self.folder.join("expected").join(name)).unwrap_or_default();
        format!("{}{}", read("stdout.txt"), read("stderr.txt"))
    }

    /// Runs the case.
    ///
    /// # Errors
    /// Everything that differs, ready to be read.
    pub(crate) fn run(&self) -> Result<(), String> {
        let steps = self.steps();
        let (lab, steps) = begin(&steps);
        for path in sorted(&self.folder) {
            let name = name_of(&path);
            if !OWN.contains(&name.as_str()) {
                lab.add(&path, &name);
            }
        }
        let mut told = Vec::new();
        for step in steps {
            told.extend(take(&lab, step).map(|said| (step, said)));
        }
        if told.is_empty() {
            return Err(format!("{}: no step runs `hoso`\n", self.name()));
        }
        let differences = self.compare(&lab, &told);
        if differences.is_empty() {
            Ok(())
        } else {
            Err(format!(
                "---- {} ----\n{}",
                self.name(),
                differences.join("\n")
            ))
        }
    }

    /// The steps as written; without a file, everything is committed and the verb is run.
    fn steps(&self) -> Vec<String> {
        match fs::read_to_string(self.folder.join("steps")) {
            Ok(text) => text
                .lines()
                .map(str::trim)
                .filter(|line| !line.is_empty() && !line.starts_with('#'))
                .map(str::to_owned)
                .collect(),
            Err(_) => vec!["commit".to_owned(), format!("hoso {}", self.verb)],
        }
    }

    fn compare(&self, lab: &Lab, told: &[(&str, Said)]) -> Vec<String> {
        let expected = self.folder.join("expected");
        let both = |pick: fn(&Said) -> &str| -> String {
            let sections: Vec<String> = told
                .iter()
                .filter(|(_, said)| !pick(said).is_empty())
                .map(|(step, said)| match told.len() {
                    1 => lab.redact(pick(said)),
                    _ => format!("$ {step}\n{}", lab.redact(pick(said))),
                })
                .collect();
            sections.concat()
        };
        let codes: Vec<String> = told
            .iter()
            .map(|(_, said)| format!("{}\n", said.code))
            .collect();
        let codes = codes.concat();
        let mut differences = Vec::new();
        let mut used = Vec::new();
        for (name, actual) in [
            ("stdout.txt", both(|said| &said.stdout)),
            ("stderr.txt", both(|said| &said.stderr)),
            ("code", codes),
        ] {
            used.push(PathBuf::from(name));
            differences.extend(same(&expected.join(name), &actual));
        }
        for file in files_below(&expected) {
            if let Ok(path) = file.strip_prefix("files") {
                let actual = fs::read_to_string(lab.root().join(path));
                let difference = match actual {
                    Ok(text) => same(&expected.join(&file), &lab.redact(&text)),
                    Err(error) => Some(format!("{}: {error}", path.display())),
                };
                differences.extend(difference);
            } else if !used.contains(&file) {
                differences.push(format!("expected/{} is used by nothing", file.display()));
            }
        }
        differences
    }
}

/// Where the case starts from: `start NAME` as its first step, else the school without records.
fn begin(steps: &[String]) -> (Lab, Vec<&str>) {
    let mut steps: Vec<&str> = steps.iter().map(String::as_str).collect();
    let named = steps.first().and_then(|first| first.strip_prefix("start "));
    let lab = match named {
        Some(name) => {
            start::named(name).unwrap_or_else(|| panic!("nothing to start from is called `{name}`"))
        }
        None => Lab::school(),
    };
    if named.is_some() {
        steps.remove(0);
    }
    (lab, steps)
}

/// Takes one step; the program's words, when it was the program's.
fn take(lab: &Lab, step: &str) -> Option<Said> {
    let top = lab
        .path("")
        .to_string_lossy()
        .trim_end_matches('/')
        .to_owned();
    let words = words(&step.replace("[TEMP]", &top));
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["hoso", ref arguments @ ..] => return Some(lab.hoso(arguments)),
        ["git", ref arguments @ ..] => {
            lab.git(arguments);
        }
        ["commit"] => lab.commit("ghi"),
        ["commit", message] => lab.commit(message),
        ["write", path, text] => lab.write(path, text),
        ["append", path, text] => {
            let path = lab.find(path);
            let old = lab.read(&path);
            lab.write(&path, old + text);
        }
        ["replace", path, from, "=>", to] => {
            let path = lab.find(path);
            let old = lab.read(&path);
            assert_eq!(
                old.matches(from).count(),
                1,
                "`{from}` must stand in {path} once"
            );
            lab.write(&path, old.replace(from, to));
        }
        ["damage", path] => damage(lab, &lab.find(path)),
        ["copy", from, to] => copy(lab, &lab.find(from), to),
        ["move", from, to] => {
            let from = lab.find(from);
            copy(lab, &from, to);
            fs::remove_file(lab.at(&from)).expect("a file");
        }
        ["remove", path] => {
            let full = lab.at(&lab.find(path));
            let gone = if full.is_dir() {
                fs::remove_dir_all(&full)
            } else {
                fs::remove_file(&full)
            };
            gone.expect("something to remove");
        }
        _ => panic!("no such step: {step}"),
    }
    None
}

/// Turns one bit of a file's last byte: of a signature that is the signature value itself, wherever
/// the rest lies.
fn damage(lab: &Lab, path: &str) {
    let mut bytes = fs::read(lab.at(path)).expect("a file");
    *bytes.last_mut().expect("a byte") ^= 1;
    lab.write(path, bytes);
}

/// Copies a file. The folder of the copy may be a pattern too.
fn copy(lab: &Lab, from: &str, to: &str) {
    let bytes = fs::read(lab.at(from)).expect("a file");
    let to = match to.rsplit_once('/') {
        Some((folder, name)) if folder.contains('*') => format!("{}/{name}", lab.find(folder)),
        _ => to.to_owned(),
    };
    lab.write(&to, bytes);
}

/// A step's words: parted by spaces, `"…"` keeps them together, `\n` is a line break.
fn words(step: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quoted = false;
    let mut chars = step.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            ' ' if !quoted => words.extend(word.take()),
            '\\' => match chars.next() {
                Some('n') => word.get_or_insert_default().push('\n'),
                other => word.get_or_insert_default().extend(other),
            },
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    assert!(!quoted, "a quotation mark is missing: {step}");
    words
}

/// Compares with a file. A file that is not there stands for nothing said, or for exit code 0.
fn same(path: &Path, actual: &str) -> Option<String> {
    let usual = if path.ends_with("code") { "0\n" } else { "" };
    let overwrite = matches!(
        Action::with_env_var(DEFAULT_ACTION_ENV),
        Some(Action::Overwrite)
    );
    if actual == usual && (overwrite || !path.exists()) {
        let _ = fs::remove_file(path);
        return None;
    }
    if overwrite && !path.exists() {
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, "").expect("a file");
    }
    let expected = if path.exists() {
        Data::read_from(path, Some(DataFormat::Text))
    } else {
        Data::text(usual)
    };
    let name = path
        .strip_prefix(project())
        .unwrap_or(path)
        .display()
        .to_string();
    Assert::new()
        .action_env(DEFAULT_ACTION_ENV)
        .normalize_paths(false)
        .palette(Palette::plain())
        .try_eq(Some(&name), Data::text(actual), expected)
        .err()
        .map(|error| error.to_string())
}

#[test]
fn steps_are_read_as_they_are_meant() {
    assert_eq!(
        words(r#"write a/b.md "x y\n" "#),
        ["write", "a/b.md", "x y\n"]
    );
    assert_eq!(
        words(r#"replace a "" => "\"""#),
        ["replace", "a", "", "=>", "\""]
    );
}
