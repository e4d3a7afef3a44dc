//! `school.yaml` as text: a sample to be edited, and certificates entered into one that people have
//! written.
//!
//! A certificate is entered in three steps, so that every other byte stays:
//! 1. the lines of the values are taken from the same reader that checks the file;
//! 2. text is inserted at the right place, in the style (flow or block) that it finds there;
//! 3. the result is read again and must be the old data with the certificate, or nothing is done.

use jiff::civil::Date;
use serde_json::Value;

use crate::diag::Place;
use crate::diag::Words;
use crate::records::school::SCHOOL_FILE;
use crate::records::yaml::Document;

/// Where a certificate is entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holder {
    /// Under the person with this index.
    Person(usize),
    /// Under the organisation's seal.
    Seal,
}

/// A certificate to enter.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Where.
    pub(super) holder: Holder,
    /// SHA-256 of the certificate, in hexadecimal digits.
    pub(super) sha256: String,
    /// First day.
    pub(super) from: Date,
    /// Last day.
    pub(super) to: Date,
}

impl Entry {
    fn list(&self) -> String {
        match self.holder {
            Holder::Person(index) => format!("/nguoi/{index}/chung-thu"),
            Holder::Seal => "/dau".to_owned(),
        }
    }

    fn item(&self) -> String {
        format!(
            "{{sha256: {}, tu: {}, den: {}}}",
            self.sha256, self.from, self.to
        )
    }
}

/// A small school that works from one day to another.
pub(super) fn sample(from: Date, to: Date) -> String {
    SAMPLE
        .replace("{tu}", &from.to_string())
        .replace("{den}", &to.to_string())
}

/// Reads a `school.yaml`.
pub(super) fn document(text: &str) -> Result<Document, Words> {
    Document::read(text, 1, &Place::raw(SCHOOL_FILE)).map_err(|findings| {
        let first = findings
            .into_iter()
            .next()
            .map(|finding| (finding.place.line, finding.message));
        let (line, message) = first.unwrap_or((None, Words::new("", "")));
        let line = line.unwrap_or(1);
        Words::new(
            format!("{SCHOOL_FILE}, dòng {line}: {}", message.vi),
            format!("{SCHOOL_FILE}, line {line}: {}", message.en),
        )
    })
}

/// Enters certificates and keeps every byte of `text`.
///
/// # Errors
/// The reason, when the text cannot be read or is laid out as nobody writes it.
pub(super) fn enter(text: &str, entries: &[Entry]) -> Result<String, Words> {
    let before = document(text)?;
    let page = Page {
        text,
        document: &before,
        ending: if text.contains("\r\n") { "\r\n" } else { "\n" },
    };
    let insertions: Option<Vec<_>> = entries.iter().map(|entry| page.insertion(entry)).collect();
    let mut insertions = insertions.ok_or_else(unreadable)?;
    // From the end, so that the places before stay right.
    insertions.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    let mut out = text.to_owned();
    for (at, inserted) in insertions {
        out.insert_str(at, &inserted);
    }
    let after = document(&out).map_err(|_| unreadable())?;
    if after.value == expected(before.value.clone(), entries) {
        Ok(out)
    } else {
        Err(unreadable())
    }
}

fn unreadable() -> Words {
    Words::new(
        format!(
            "không tự thêm được chứng thư vào {SCHOOL_FILE}; viết mỗi người trên một dòng `- {{id: …}}` rồi làm lại"
        ),
        format!(
            "the certificates cannot be entered in {SCHOOL_FILE}; write each person on a line `- {{id: …}}` and try again"
        ),
    )
}

fn expected(mut value: Value, entries: &[Entry]) -> Value {
    for entry in entries {
        let item = serde_json::json!({
            "sha256": entry.sha256, "tu": entry.from.to_string(), "den": entry.to.to_string()
        });
        let (owner, key) = match entry.holder {
            Holder::Person(index) => (&mut value["nguoi"][index], "chung-thu"),
            Holder::Seal => (&mut value, "dau"),
        };
        match &mut owner[key] {
            Value::Array(items) => items.insert(0, item),
            none => *none = Value::Array(vec![item]),
        }
    }
    value
}

struct Page<'a> {
    text: &'a str,
    document: &'a Document,
    ending: &'static str,
}

impl Page<'_> {
    /// Where to insert what; none if the place cannot be found.
    fn insertion(&self, entry: &Entry) -> Option<(usize, String)> {
        let (list, item) = (entry.list(), entry.item());
        match (self.document.value.pointer(&list), entry.holder) {
            (Some(Value::Array(items)), _) if items.is_empty() => {
                let key = self.offset(&list)?;
                Some((key + self.text[key..].find('[')? + 1, item))
            }
            (Some(Value::Array(_)), _) => self.first_item(&list, &item),
            (Some(_), _) => None,
            (None, Holder::Seal) => self.seal_list(&item),
            (None, Holder::Person(index)) => self.person_list(&format!("/nguoi/{index}"), &item),
        }
    }

    fn first_item(&self, list: &str, item: &str) -> Option<(usize, String)> {
        let at = self.offset(&format!("{list}/0"))?;
        let start = self.line_start(at);
        let before = &self.text[start..at];
        if before.trim() == "-" {
            return Some((start, format!("{before}{item}{}", self.ending)));
        }
        Some((at, format!("{item}, ")))
    }

    /// Before the units, and before the comment that stands over them.
    fn seal_list(&self, item: &str) -> Option<(usize, String)> {
        let mut at = self.line_start(self.offset("/don-vi")?);
        while let Some(above) = self.text[..at].strip_suffix('\n') {
            let start = self.line_start(above.len());
            if !self.text[start..].starts_with('#') {
                break;
            }
            at = start;
        }
        let end = self.ending;
        Some((at, format!("dau:{end}  - {item}{end}{end}")))
    }

    fn person_list(&self, person: &str, item: &str) -> Option<(usize, String)> {
        let at = self.offset(person)?;
        if self.text[at..].starts_with('{') {
            let close = at + closing_brace(&self.text[at..])?;
            let inner = self.text[..close].trim_end_matches(' ');
            let comma = if inner.ends_with(',') { "" } else { "," };
            return Some((inner.len(), format!("{comma} chung-thu: [{item}]")));
        }
        // Below the dates, which are the last lines of a person that nothing goes on after.
        let dates = ["tu", "den"].map(|key| {
            self.document
                .value
                .pointer(&format!("{person}/{key}"))
                .map(|_| key)
        });
        let dates = dates
            .into_iter()
            .flatten()
            .filter_map(|key| self.offset(&format!("{person}/{key}")));
        let last = dates.max()?;
        let start = self.line_start(last);
        // The first key of an item stands after a hyphen; the others line up with it.
        let indent = " ".repeat(self.text[start..last].chars().count());
        let line = &self.text[last..];
        let (at, open) = match line.find('\n') {
            Some(end) => (last + end + 1, ""),
            None => (self.text.len(), self.ending),
        };
        Some((
            at,
            format!("{open}{indent}chung-thu: [{item}]{}", self.ending),
        ))
    }

    /// The byte at which the value (of a list) or the key (of a mapping) at a pointer begins.
    fn offset(&self, pointer: &str) -> Option<usize> {
        let (line, column) = self.document.mark(pointer)?;
        let start: usize = self
            .text
            .split_inclusive('\n')
            .take(line - 1)
            .map(str::len)
            .sum();
        let within = self.text[start..].char_indices().nth(column - 1)?.0;
        Some(start + within)
    }

    fn line_start(&self, at: usize) -> usize {
        self.text[..at].rfind('\n').map_or(0, |end| end + 1)
    }
}

/// The brace that closes the one at the beginning.
fn closing_brace(text: &str) -> Option<usize> {
    let (mut depth, mut quote, mut comment) = (0_usize, None, false);
    // A quote or a `#` means something only where a value may begin, or after a space: `H'Hen`, `5#`.
    let (mut value_may_begin, mut last) = (false, ' ');
    for (at, c) in text.char_indices() {
        match (quote, c) {
            _ if comment => comment = c != '\n',
            (Some(open), _) if c == open && last != '\\' => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') if value_may_begin => quote = Some(c),
            (None, '#') if last.is_whitespace() => comment = true,
            (None, '{') => depth += 1,
            (None, '}') => depth -= 1,
            (None, _) => {}
        }
        if depth == 0 {
            return Some(at);
        }
        if !c.is_whitespace() {
            value_may_begin = matches!(c, '{' | '[' | ',' | ':');
        }
        last = c;
    }
    None
}

const SAMPLE: &str = include_str!("school.yaml");

#[cfg(test)]
mod tests {
    use super::*;

    const ITEM: &str = "{sha256: ab, tu: 2024-08-01, den: 2027-07-31}";

    fn entry(holder: Holder) -> Entry {
        let (from, to) = (Date::constant(2024, 8, 1), Date::constant(2027, 7, 31));
        Entry {
            holder,
            sha256: "ab".into(),
            from,
            to,
        }
    }

    fn person(text: &str) -> String {
        enter(text, &[entry(Holder::Person(0))]).unwrap()
    }

    #[test]
    fn a_person_on_one_line() {
        for (line, end) in [
            (
                "- {id: a, ten: H'Hen Niê, tu: 2019-08-01",
                "} # chú thích }",
            ),
            (
                "- {id: a, ten: \"A } B\", email: [a@b.example], tu: 2019-08-01",
                " }",
            ),
            ("- {id: a, ten: 'A { B',", "}"),
            ("- {id: a, # }\n     tu: 2019-08-01", "}"),
        ] {
            let comma = if line.ends_with(',') { "" } else { "," };
            let after =
                format!("nguoi:\n  {line}{comma} chung-thu: [{ITEM}]{end}\n  - {{id: b}}\n");
            assert_eq!(
                person(&format!("nguoi:\n  {line}{end}\n  - {{id: b}}\n")),
                after
            );
        }
    }

    #[test]
    fn a_person_on_many_lines() {
        let before =
            "nguoi:\r\n  - id: a\r\n    tu: 2019-08-01 # từ đầu\r\n    ten: A\r\n  - id: b\r\n";
        let after = before.replace("    ten", &format!("    chung-thu: [{ITEM}]\r\n    ten"));
        assert_eq!(person(before), after);
        assert_eq!(
            person("nguoi:\n- tu: 2019-08-01"),
            format!("nguoi:\n- tu: 2019-08-01\n  chung-thu: [{ITEM}]\n")
        );
    }

    #[test]
    fn a_list_that_is_there_already() {
        for (before, after) in [
            (
                "nguoi: [{id: a, chung-thu: []}]\n",
                format!("nguoi: [{{id: a, chung-thu: [{ITEM}]}}]\n"),
            ),
            (
                "nguoi: [{chung-thu: [{sha256: c}]}]\n",
                format!("nguoi: [{{chung-thu: [{ITEM}, {{sha256: c}}]}}]\n"),
            ),
            (
                "nguoi:\n  - chung-thu:\n      - sha256: c\n        tu: 2020-01-01\n",
                format!(
                    "nguoi:\n  - chung-thu:\n      - {ITEM}\n      - sha256: c\n        tu: 2020-01-01\n"
                ),
            ),
        ] {
            assert_eq!(person(before), after);
        }
    }

    #[test]
    fn the_seal_stands_before_the_units() {
        let seal = |text: &str| enter(text, &[entry(Holder::Seal)]).unwrap();
        assert_eq!(
            seal("truong: 1\n\n# Tổ,\n# lớp\ndon-vi: []\n"),
            format!("truong: 1\n\ndau:\n  - {ITEM}\n\n# Tổ,\n# lớp\ndon-vi: []\n")
        );
        assert_eq!(
            seal("# a\ndon-vi: []\n"),
            format!("dau:\n  - {ITEM}\n\n# a\ndon-vi: []\n")
        );
        assert_eq!(
            seal("dau:\n- {sha256: c}\ndon-vi: []\n"),
            format!("dau:\n- {ITEM}\n- {{sha256: c}}\ndon-vi: []\n")
        );
    }

    #[test]
    fn what_cannot_be_entered_is_refused() {
        for text in [
            "nguoi: [{chung-thu: x}]\n",
            "nguoi: [a]\n",
            "nguoi: [{a: 'it''s }', b: 1}]\n",
            "nguoi: [\n",
            "",
        ] {
            assert!(enter(text, &[entry(Holder::Person(0))]).is_err(), "{text}");
        }
    }
}
