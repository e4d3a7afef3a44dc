//! What the program has to say about its inputs: findings, each with a stable code, a place,
//! a sentence in Vietnamese and in English, and how to mend it.
//!
//! A stage of the pipeline returns [`Checked`]: its value and everything it found, so that one run
//! shows every fault of every file. [`Report`] gathers them; `cli` prints them.

pub mod code;
pub mod words;

use crate::path::RepoPath;

pub use code::Code;
pub use words::Lang;
pub use words::Words;

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The record, form or signature cannot stand as it is; the verb fails with exit code 1.
    Error,
    /// Something a person should look at; nothing is refused because of it.
    Warning,
    /// Something a reviewer has to know; nothing is wrong with it.
    Notice,
}

/// Where a finding is: a file of the repository, and as near as can be told within it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The path as the repository spells it; lossy where the name is not UTF-8, since a place is
    /// only ever shown.
    pub file: String,
    /// Line, from 1.
    pub line: Option<usize>,
    /// Column in characters, from 1.
    pub column: Option<usize>,
    /// The field of the header, as a dotted path (`tien-hanh[2].co`).
    pub field: Option<String>,
}

impl Place {
    /// A whole file.
    pub fn file(path: &RepoPath) -> Self {
        Self::raw(path.as_str())
    }

    /// A file whose name may not even be a path.
    pub fn raw(name: impl Into<String>) -> Self {
        Self {
            file: name.into(),
            ..Self::default()
        }
    }

    /// The same place, at a line counted from 1.
    #[must_use]
    pub fn at(mut self, line: usize, column: Option<usize>) -> Self {
        self.line = Some(line);
        self.column = column;
        self
    }

    /// The same place, in a field.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>) -> Self {
        let field = field.into();
        self.field = (!field.is_empty()).then_some(field);
        self
    }
}

/// One thing found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Error or warning; fixed by the code.
    pub severity: Severity,
    /// The stable code, never translated.
    pub code: Code,
    /// Where.
    pub place: Place,
    /// What is wrong.
    pub message: Words,
    /// How to mend it.
    pub help: Option<Words>,
    /// The line of the file at `place.line`, for showing.
    pub excerpt: Option<String>,
}

impl Finding {
    /// A finding of `code` at `place`.
    pub fn new(code: Code, place: Place, message: Words) -> Self {
        Self {
            severity: code.severity(),
            code,
            place,
            message,
            help: None,
            excerpt: None,
        }
    }

    /// The same finding, with how to mend it.
    #[must_use]
    pub fn help(mut self, help: Words) -> Self {
        self.help = Some(help);
        self
    }

    /// The same finding, showing the line of `text` that it is at.
    #[must_use]
    pub fn excerpt(mut self, text: &str) -> Self {
        const SHOWN: usize = 160;
        self.excerpt = self
            .place
            .line
            .and_then(|line| text.lines().nth(line.saturating_sub(1)))
            .map(|line| {
                line.chars()
                    .filter(|c| !c.is_control() || *c == '\t')
                    .take(SHOWN)
                    .collect()
            });
        self
    }

    /// Whether it says the same of the same file, wherever in it: an edit moves lines.
    pub fn tells_as(&self, other: &Finding) -> bool {
        (self.code, &self.place.file, &self.message)
            == (other.code, &other.place.file, &other.message)
    }

    fn key(&self) -> (&Place, Severity, Code, &str) {
        (&self.place, self.severity, self.code, &self.message.en)
    }
}

/// A value and what was found while making it.
#[derive(Clone, Debug)]
#[must_use = "findings must be reported: take the value with `Report::take`"]
pub struct Checked<T> {
    value: T,
    findings: Vec<Finding>,
}

impl<T> Checked<T> {
    /// A value with its findings.
    pub fn new(value: T, findings: Vec<Finding>) -> Self {
        Self { value, findings }
    }

    /// Adds this value's findings to `all` and hands the value out.
    pub fn drain_into(self, all: &mut Vec<Finding>) -> T {
        all.extend(self.findings);
        self.value
    }
}

/// All findings of a run, in the order of files, lines and codes.
#[derive(Clone, Debug, Default)]
pub struct Report {
    findings: Vec<Finding>,
}

impl Report {
    /// Takes the value out of a [`Checked`] and keeps its findings.
    pub fn take<T>(&mut self, checked: Checked<T>) -> T {
        checked.drain_into(&mut self.findings)
    }

    /// Adds findings.
    pub fn add(&mut self, findings: impl IntoIterator<Item = Finding>) {
        self.findings.extend(findings);
    }

    /// Lets `work` add to the findings and hands its value out.
    pub fn with<T>(&mut self, work: impl FnOnce(&mut Vec<Finding>) -> T) -> T {
        work(&mut self.findings)
    }

    /// Keeps only the findings at places that are asked about.
    pub fn only(&mut self, asked: impl Fn(&Place) -> bool) {
        self.findings.retain(|finding| asked(&finding.place));
    }

    /// The findings, sorted by place and freed of doubles: the order never depends on threads.
    pub fn sorted(&self) -> Vec<&Finding> {
        let mut all: Vec<&Finding> = self.findings.iter().collect();
        all.sort_by(|a, b| a.key().cmp(&b.key()));
        all.dedup();
        all
    }

    /// The findings that were not there before, sorted as all are.
    pub fn new_since<'a>(&'a self, before: &Report) -> Vec<&'a Finding> {
        let mut all = self.sorted();
        all.retain(|finding| !before.findings.iter().any(|known| known.tells_as(finding)));
        all
    }

    /// Whether any finding is an error.
    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(|f| f.severity == Severity::Error)
    }

    /// Stops the pipeline when a record or a form is at fault. Faults of signatures do not stop it:
    /// an archive shows them.
    ///
    /// # Errors
    /// [`Refused`], when any finding but those of signatures is an error.
    pub fn stop_on_record_errors(&self) -> Result<(), Refused> {
        let stops = |f: &Finding| f.severity == Severity::Error && !f.code.is_of_signatures();
        if self.findings.iter().any(stops) {
            Err(Refused)
        } else {
            Ok(())
        }
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.findings.is_empty()
    }

    /// Stops the pipeline when anything so far is an error.
    ///
    /// # Errors
    /// [`Refused`], when any finding is an error.
    pub fn stop_on_errors(&self) -> Result<(), Refused> {
        if self.has_errors() {
            Err(Refused)
        } else {
            Ok(())
        }
    }
}

/// The inputs are at fault; the findings say how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the repository or archive is at fault")]
pub struct Refused;
