//! The one door for YAML: two passes over the same text.
//!
//! 1. `saphyr-parser` walks the events: it refuses what a record may not use (anchors and aliases,
//!    which can grow a few bytes into gigabytes; tags; repeated keys; deep nesting) and remembers
//!    on which line each value stands, which `serde_yaml` does not tell.
//! 2. `serde_yaml` makes the values, from text that is known to be harmless.
//!
//! Two readers may read one text in two ways. What the first has not seen is never taken from the
//! second: every value must have been marked, and every mark must have its value.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use saphyr_parser::Event;
use saphyr_parser::Parser;
use serde_json::Value;

use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Place;
use crate::diag::Words;
use crate::diag::words::tame;
use crate::records::marks::Marks;

/// Deepest nesting of a header; real ones need four.
const MAX_DEPTH: usize = 16;
/// Most values of a header; a month of attendance for sixty children needs about a thousand.
const MAX_NODES: usize = 50_000;
/// Longest key, in bytes. The place of a value is made of the keys around it, so that without a bound
/// a header of a megabyte would need gigabytes.
const MAX_KEY: usize = 128;
/// Most findings of one text; showing thousands takes long and helps nobody.
const MAX_FINDINGS: usize = 50;

/// A YAML text as data, with the line of every value.
#[derive(Clone, Debug)]
pub struct Document {
    /// The data.
    pub value: Value,
    first_line: usize,
    /// JSON pointer → line (from 1, in the file) and column (from 1).
    marks: BTreeMap<String, (usize, usize)>,
}

impl Document {
    /// Reads `text`, which starts at `first_line` of the file at `place`.
    ///
    /// # Errors
    /// Everything found wrong, each with its line.
    pub fn read(text: &str, first_line: usize, place: &Place) -> Result<Self, Vec<Finding>> {
        let mut walk = Walk {
            first_line,
            place,
            marks: BTreeMap::new(),
            findings: Vec::new(),
        };
        walk.run(text);
        walk.one_line_each(text);
        let Walk {
            marks, findings, ..
        } = walk;
        if !findings.is_empty() {
            return Err(findings
                .into_iter()
                .map(|f| with_excerpt(f, text, first_line))
                .collect());
        }
        match serde_yaml::from_str::<Value>(text) {
            Ok(value) if is_marked(&value, &marks) => Ok(Self {
                value,
                first_line,
                marks,
            }),
            Ok(_) => Err(vec![ambiguous(place)]),
            Err(error) => {
                let mark = error
                    .location()
                    .map(|l| (l.line() + first_line - 1, l.column()));
                Err(vec![with_excerpt(
                    syntax(place, mark, &error.to_string()),
                    text,
                    first_line,
                )])
            }
        }
    }

    /// The line of the file on which the text starts.
    pub fn first_line(&self) -> usize {
        self.first_line
    }

    /// The line and column of the value at a JSON pointer, or of the nearest value around it.
    pub fn mark(&self, pointer: &str) -> Option<(usize, usize)> {
        let mut pointer = pointer;
        loop {
            if let Some(mark) = self.marks.get(pointer) {
                return Some(*mark);
            }
            pointer = &pointer[..pointer.rfind('/')?];
        }
    }

    /// Every text in the data with its pointer, in the order in which they stand.
    pub fn strings(&self) -> Vec<(String, &str)> {
        let mut out = Vec::new();
        let mut open = vec![(String::new(), &self.value)];
        while let Some((pointer, value)) = open.pop() {
            match value {
                Value::String(text) => out.push((pointer, text.as_str())),
                Value::Array(items) => {
                    let inner = items.iter().enumerate().rev();
                    open.extend(inner.map(|(i, item)| (format!("{pointer}/{i}"), item)));
                }
                Value::Object(group) => {
                    let inner = group.iter().rev();
                    let below = |key: &str| format!("{pointer}/{}", escape(key));
                    open.extend(inner.map(|(key, item)| (below(key), item)));
                }
                _ => {}
            }
        }
        out
    }

    /// `place`, at the line of the value at a JSON pointer and named as a field.
    pub fn locate(&self, place: &Place, pointer: &str) -> Place {
        let place = place.clone().field(dotted(pointer));
        match self.mark(pointer) {
            Some((line, column)) => place.at(line, Some(column)),
            None => place,
        }
    }
}

/// `/tien-hanh/2/co` as people write it: `tien-hanh[3].co`, counted from 1.
pub fn dotted(pointer: &str) -> String {
    let mut out = String::new();
    for part in pointer.split('/').skip(1) {
        let part = part.replace("~1", "/").replace("~0", "~");
        match part.parse::<usize>() {
            Ok(index) => out.push_str(&format!("[{}]", index + 1)),
            Err(_) if out.is_empty() => out.push_str(&tame(&part)),
            Err(_) => {
                out.push('.');
                out.push_str(&tame(&part));
            }
        }
    }
    out
}

/// One step of a JSON pointer.
pub fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// Whether `marks` are those of the values of `value`, no more and no less.
fn is_marked(value: &Value, marks: &BTreeMap<String, (usize, usize)>) -> bool {
    let mut open = vec![(String::new(), value)];
    let mut seen = 0;
    while let Some((pointer, value)) = open.pop() {
        let inner: Vec<(String, &Value)> = match value {
            Value::Object(group) => group
                .iter()
                .map(|(key, inner)| (format!("{pointer}/{}", escape(key)), inner))
                .collect(),
            Value::Array(items) => items
                .iter()
                .enumerate()
                .map(|(index, inner)| (format!("{pointer}/{index}"), inner))
                .collect(),
            _ => continue,
        };
        if !inner.iter().all(|(pointer, _)| marks.contains_key(pointer)) {
            return false;
        }
        seen += inner.len();
        open.extend(inner);
    }
    seen == marks.len()
}

fn with_excerpt(mut finding: Finding, text: &str, first_line: usize) -> Finding {
    let place = finding.place.clone();
    finding.place.line = place.line.map(|l| (l + 1).saturating_sub(first_line));
    let mut finding = finding.excerpt(text);
    finding.place = place;
    finding
}

fn syntax(place: &Place, mark: Option<(usize, usize)>, detail: &str) -> Finding {
    let place = match mark {
        Some((line, column)) => place.clone().at(line, Some(column)),
        None => place.clone(),
    };
    let detail = tame(detail);
    Finding::new(
        Code::HeaderSyntax,
        place,
        Words::new(format!("YAML sai cú pháp: {detail}"), format!("malformed YAML: {detail}")),
    )
    .help(Words::new(
        "mỗi dòng có dạng `khóa: giá trị`; lùi dòng bằng dấu cách; giá trị có dấu hai chấm thì đặt trong ngoặc kép",
        "each line reads `key: value`; indent with spaces; quote a value that holds a colon",
    ))
}

fn ambiguous(place: &Place) -> Finding {
    Finding::new(
        Code::HeaderSyntax,
        place.clone(),
        Words::new(
            "YAML này có thể được hiểu theo hai cách",
            "this YAML can be read in two ways",
        ),
    )
    .help(Words::new(
        "đặt trong ngoặc kép mọi giá trị bắt đầu bằng `?`; viết danh sách thành từng dòng `- …`",
        "quote every value that starts with `?`; write lists as lines of `- …`",
    ))
}

/// What stands open while the events go by.
enum Open {
    Mapping {
        pointer: String,
        keys: BTreeSet<String>,
        key: Option<String>,
    },
    Sequence {
        pointer: String,
        next: usize,
    },
}

struct Walk<'a> {
    first_line: usize,
    place: &'a Place,
    marks: BTreeMap<String, (usize, usize)>,
    findings: Vec<Finding>,
}

impl Walk<'_> {
    fn run(&mut self, text: &str) {
        let mut open: Vec<Open> = Vec::new();
        let mut documents = 0;
        for (seen, event) in Parser::new_from_str(text).enumerate() {
            let (event, span) = match event {
                Ok(event) => event,
                Err(error) => {
                    let mark = (
                        error.marker().line() + self.first_line - 1,
                        error.marker().col() + 1,
                    );
                    self.findings
                        .push(syntax(self.place, Some(mark), error.info()));
                    return;
                }
            };
            let mark = (
                span.start.line() + self.first_line - 1,
                span.start.col() + 1,
            );
            if seen > MAX_NODES || open.len() > MAX_DEPTH {
                self.refuse(
                    mark,
                    "quá nhiều giá trị hoặc lồng quá sâu",
                    "too many values or nested too deep",
                );
                return;
            }
            match event {
                Event::DocumentStart(_) => {
                    documents += 1;
                    if documents > 1 {
                        self.refuse(
                            mark,
                            "nhiều hơn một tài liệu YAML",
                            "more than one YAML document",
                        );
                        return;
                    }
                }
                Event::Alias(_) => self.refuse(mark, "bí danh `*`", "an alias `*`"),
                Event::Scalar(text, _, anchor, tag) => {
                    self.plain(mark, anchor, tag.is_some());
                    if Marks::default().too_many(&text) {
                        self.refuse(
                            mark,
                            "quá nhiều dấu trên một chữ",
                            "too many marks on one letter",
                        );
                    }
                    self.scalar(&mut open, &text, mark);
                }
                Event::SequenceStart(anchor, tag) => {
                    self.plain(mark, anchor, tag.is_some());
                    if let Some(pointer) = self.enter(&mut open, mark) {
                        open.push(Open::Sequence { pointer, next: 0 });
                    }
                }
                Event::MappingStart(anchor, tag) => {
                    self.plain(mark, anchor, tag.is_some());
                    if let Some(pointer) = self.enter(&mut open, mark) {
                        open.push(Open::Mapping {
                            pointer,
                            keys: BTreeSet::new(),
                            key: None,
                        });
                    }
                }
                Event::SequenceEnd | Event::MappingEnd => {
                    open.pop();
                }
                _ => {}
            }
            if self.findings.len() >= MAX_FINDINGS
                || self.findings.iter().any(|f| f.code == Code::HeaderSyntax)
            {
                return;
            }
        }
    }

    /// YAML 1.1 ends a line, and with it a comment, at characters that YAML 1.2, editors and git show
    /// within the line: what looks like a comment would be data.
    fn one_line_each(&mut self, text: &str) {
        for (index, line) in text.split('\n').enumerate() {
            if line.contains(['\u{85}', '\u{2028}', '\u{2029}']) {
                self.refuse(
                    (index + self.first_line, 1),
                    "ký tự xuống dòng ẩn (U+0085, U+2028, U+2029)",
                    "a hidden line break (U+0085, U+2028, U+2029)",
                );
                return;
            }
        }
    }

    /// A value that is not a scalar begins: where is it?
    fn enter(&mut self, open: &mut [Open], mark: (usize, usize)) -> Option<String> {
        match open.last_mut() {
            Some(Open::Mapping { key: None, .. }) => {
                self.findings
                    .push(syntax(self.place, Some(mark), "a key must be plain text"));
                None
            }
            Some(Open::Mapping { pointer, key, .. }) => {
                key.take().map(|key| format!("{pointer}/{}", escape(&key)))
            }
            Some(Open::Sequence { pointer, next }) => {
                let here = format!("{pointer}/{next}");
                *next += 1;
                self.marks.insert(here.clone(), mark);
                Some(here)
            }
            None => Some(String::new()),
        }
    }

    fn scalar(&mut self, open: &mut [Open], text: &str, mark: (usize, usize)) {
        match open.last_mut() {
            Some(Open::Mapping { pointer, keys, key }) => match key.take() {
                Some(_) => {}
                None if text.len() > MAX_KEY => {
                    self.refuse(mark, "khóa quá dài", "a key that is too long");
                    *key = Some(String::new());
                }
                None => {
                    let here = format!("{pointer}/{}", escape(text));
                    if !keys.insert(text.to_owned()) {
                        let key = tame(text);
                        let what = format!("khóa `{key}` đứng hai lần");
                        self.refuse(mark, &what, &format!("key `{key}` stands twice"));
                    }
                    self.marks.insert(here, mark);
                    *key = Some(text.to_owned());
                }
            },
            Some(Open::Sequence { pointer, next }) => {
                self.marks.insert(format!("{pointer}/{next}"), mark);
                *next += 1;
            }
            None => {}
        }
    }

    fn plain(&mut self, mark: (usize, usize), anchor: usize, tagged: bool) {
        if anchor != 0 {
            self.refuse(mark, "neo `&`", "an anchor `&`");
        }
        if tagged {
            self.refuse(mark, "thẻ `!`", "a tag `!`");
        }
    }

    fn refuse(&mut self, mark: (usize, usize), vi: &str, en: &str) {
        let place = self.place.clone().at(mark.0, Some(mark.1));
        let message = Words::new(
            format!("YAML không được dùng ở đây: {vi}"),
            format!("YAML that is not taken here: {en}"),
        );
        self.findings.push(
            Finding::new(Code::YamlRefused, place, message).help(Words::new(
                "viết giá trị đầy đủ, mỗi khóa một lần",
                "write the value out, each key once",
            )),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Document, Vec<Finding>> {
        Document::read(text, 2, &Place::raw("a.md"))
    }

    fn codes(text: &str) -> Vec<Code> {
        read(text)
            .expect_err("must be refused")
            .iter()
            .map(|f| f.code)
            .collect()
    }

    #[test]
    fn every_value_has_its_line() {
        let document = read("a: 1\nb:\n  - x: 2\n    y: 3\n  - 4\n").expect("sound");
        assert_eq!(document.mark("/a").map(|m| m.0), Some(2));
        assert_eq!(document.mark("/b/0/y").map(|m| m.0), Some(5));
        assert_eq!(document.mark("/b/1").map(|m| m.0), Some(6));
        assert_eq!(document.mark("/b/1/none").map(|m| m.0), Some(6));
        assert_eq!(dotted("/b/0/y"), "b[1].y");
    }

    #[test]
    fn bombs_tags_and_repeated_keys_are_refused() {
        assert_eq!(
            codes("a: &x [1]\nb: *x\n"),
            [Code::YamlRefused, Code::YamlRefused]
        );
        assert_eq!(
            codes("a: !!python/object:os.system x\n"),
            [Code::YamlRefused]
        );
        assert_eq!(codes("a: 1\na: 2\n"), [Code::YamlRefused]);
        assert_eq!(
            codes(&format!("a: {}", "[".repeat(40))),
            [Code::YamlRefused]
        );
    }

    #[test]
    fn what_looks_like_a_comment_is_no_data() {
        for hidden in ['\u{85}', '\u{2028}', '\u{2029}'] {
            let text = format!("a: 1\n# note{hidden}a: 2\n");
            let findings = read(&text).expect_err("two readings");
            assert_eq!(findings[0].code, Code::YamlRefused);
            assert_eq!(findings[0].place.line, Some(3));
        }
        assert_eq!(codes("a: [?t, 1]\n"), [Code::HeaderSyntax]);
        let marks = read("a: [1]\n").expect("sound").marks;
        assert!(is_marked(&serde_json::json!({"a": [1]}), &marks));
        for other in [
            serde_json::json!({"a": []}),
            serde_json::json!({"a": [1], "b": 2}),
        ] {
            assert!(!is_marked(&other, &marks));
        }
    }

    #[test]
    fn long_keys_and_many_faults_are_bounded() {
        let items = vec!["1"; 20_000].join(",");
        let text = format!("? {}\n: [{items}]\n", "k".repeat(400_000));
        assert_eq!(codes(&text), [Code::YamlRefused]);
        assert_eq!(codes(&"- &a x\n".repeat(20_000)).len(), MAX_FINDINGS);
        let marks = format!("a: \"a{}\"\n", "\\u0301".repeat(17));
        assert_eq!(codes(&marks), [Code::YamlRefused]);
    }

    #[test]
    fn broken_yaml_names_its_line() {
        let findings = read("a: 1\nb: [1\nc: 2\n").expect_err("broken");
        assert_eq!(findings[0].code, Code::HeaderSyntax);
        assert!(findings[0].place.line.is_some_and(|l| l >= 3));
    }
}
