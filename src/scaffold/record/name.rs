//! The name of a new record's file: by date, by month, or the next number of a series, whichever the
//! kind's pattern takes.

use std::collections::BTreeSet;

use icu_normalizer::DecomposingNormalizerBorrowed;
use jiff::civil::Date;
use serde_json::Map;
use serde_json::Value;

use crate::diag::Words;
use crate::diag::words::tame;
use crate::path::RepoPath;
use crate::records::Record;
use crate::records::Records;
use crate::records::kind::Kind;
use crate::records::kind::RecordRules;
use crate::records::numbering;
use crate::records::school::Unit;
use crate::scaffold::record::fill::kind_of;
use crate::scaffold::record::fill::month;
use crate::scaffold::record::hinted;
use crate::scaffold::school_year;

/// What a name is made from.
pub(super) struct Naming<'a> {
    pub(super) records: &'a Records,
    pub(super) taken: &'a BTreeSet<String>,
    pub(super) kind: &'a Kind,
    pub(super) rules: &'a RecordRules,
    pub(super) unit: &'a Unit,
    /// The day that was asked for.
    pub(super) date: Date,
    /// The record's own date.
    pub(super) day: Date,
}

impl Naming<'_> {
    /// The path of the new file. In a number series the number is entered in its field too.
    ///
    /// # Errors
    /// A name that the kind does not take, or one that is taken.
    pub(super) fn path(
        &self,
        name: Option<&str>,
        fields: &mut Map<String, Value>,
        given: &[(String, String)],
    ) -> Result<RepoPath, Words> {
        let slug = match name {
            Some(name) => Some(slug(name).ok_or_else(|| nameless(name))?),
            None => None,
        };
        let candidates = match self.number_field(fields) {
            Some(field) => {
                let own = given.iter().any(|(key, _)| *key == field);
                let number = fields.get(&field).and_then(Value::as_u64).filter(|_| own);
                let number = number.unwrap_or_else(|| self.next_number(&field, fields));
                let slug = slug.unwrap_or_else(|| self.slug_of_title(fields));
                fields.insert(field, Value::from(number));
                self.numbered(number, &slug)
            }
            None => {
                self.numbered_inside(fields, given);
                let rule = self.kind.numbering.as_ref();
                // A document that takes its number later is called by what it is about.
                let later = rule.is_some_and(|rule| !fields.contains_key(&rule.field));
                let own = slug.clone().unwrap_or_else(|| self.slug_of_title(fields));
                let own = later.then_some(own).into_iter();
                own.chain(self.dated(slug.as_deref())).collect()
            }
        };
        let Some(file) = candidates.iter().find(|name| self.fits(name)) else {
            return Err(self.unnameable(name.is_some()));
        };
        let path = format!("{}/{file}.md", self.folder());
        if self.taken.contains(&path) {
            return Err(self.taken_already(&path, name.is_some()));
        }
        RepoPath::parse(&path).map_err(|malformed| Words::new(malformed.vi(), malformed.en()))
    }

    /// A number that stands in the header alone.
    fn numbered_inside(&self, fields: &mut Map<String, Value>, given: &[(String, String)]) {
        let Some(rule) = &self.kind.numbering else {
            return;
        };
        let own = given.iter().any(|(key, _)| *key == rule.field);
        if fields.contains_key(&rule.field) && !own {
            let number = self.next_number(&rule.field, fields);
            fields.insert(rule.field.clone(), Value::from(number));
        }
    }

    fn folder(&self) -> String {
        format!(
            "content/{}/{}/{}",
            school_year(self.day),
            self.unit.id,
            self.kind.id
        )
    }

    fn fits(&self, name: &str) -> bool {
        self.rules.name.accepts(&Value::String(name.to_owned()))
    }

    fn dated(&self, slug: Option<&str>) -> Vec<String> {
        let mut stems = vec![
            self.date.to_string(),
            month(self.date),
            school_year(self.day),
            self.date.year().to_string(),
        ];
        match slug {
            Some(slug) => {
                stems
                    .iter_mut()
                    .for_each(|stem| *stem = format!("{stem}-{slug}"));
                stems.push(slug.to_owned());
            }
            None => stems.push(self.kind.id.clone()),
        }
        stems
    }

    fn numbered(&self, number: u64, slug: &str) -> Vec<String> {
        // With leading zeros where the others have them.
        let padded = self
            .others()
            .filter_map(leading_digits)
            .find(|digits| digits.starts_with('0'));
        let widths = padded.map(str::len).into_iter().chain([1, 3, 2, 4]);
        widths
            .map(|width| format!("{number:0width$}-{slug}"))
            .collect()
    }

    /// The field with the number, if the kind's files are named by one: its first required integer.
    fn number_field(&self, fields: &Map<String, Value>) -> Option<String> {
        let schema = self.rules.fields.text();
        let integers = |key: &&String| {
            schema
                .get("properties")
                .and_then(|p| p.get(key))
                .map(kind_of)
                == Some("integer")
        };
        let field = fields.keys().find(integers)?;
        // No date and no month looks like this.
        ["1-x", "001-x", "0001-x"]
            .iter()
            .any(|name| self.fits(name))
            .then(|| field.clone())
    }

    /// One more than the highest of the calendar year (NĐ 30/2020, Điều 15: from 1 January to 31
    /// December), which lies in the folders of two school years and, of a series that kinds share, in
    /// those of several kinds.
    fn next_number(&self, field: &str, fields: &Map<String, Value>) -> u64 {
        let same = |r: &&Record| r.kind.id == self.kind.id && r.unit.id == self.unit.id;
        let read: Vec<_> = self.records.all.iter().filter(same).collect();
        // What could not be read has a number nevertheless.
        let unread = self
            .others()
            .filter(|name| !read.iter().any(|r| r.id.name() == *name));
        let unread = unread.filter_map(|name| leading_digits(name)?.parse::<u64>().ok());
        let after_unread = unread.max().unwrap_or(0).saturating_add(1);
        let rule = self.kind.numbering.as_ref().filter(|r| r.field == field);
        let next = match rule {
            Some(rule) => {
                let school = &self.records.school;
                let series = numbering::series_of(school, rule, self.day, fields);
                let all = numbering::all(school, &self.records.all);
                let taken = all.get(&series).map(Vec::as_slice).unwrap_or_default();
                u64::from(numbering::next(school, &series, taken))
            }
            None => {
                let numbers = read.iter().filter(|r| r.date.year() == self.day.year());
                let numbers = numbers.filter_map(|r| r.fields.get(field).and_then(Value::as_u64));
                numbers.max().unwrap_or(0).saturating_add(1)
            }
        };
        next.max(after_unread)
    }

    /// The names there are in the folder.
    fn others(&self) -> impl Iterator<Item = &str> {
        let folder = self.folder();
        self.taken.iter().filter_map(move |path| {
            path.strip_prefix(&folder)?
                .strip_prefix('/')?
                .strip_suffix(".md")
        })
    }

    fn slug_of_title(&self, fields: &Map<String, Value>) -> String {
        let title = fields.get(&self.kind.title_from).and_then(Value::as_str);
        title.and_then(slug).unwrap_or_else(|| self.kind.id.clone())
    }

    fn unnameable(&self, named: bool) -> Words {
        let (kind, pattern) = (&self.kind.id, tame(&self.rules.name_pattern));
        let message = match named {
            true => Words::new(
                format!("hồ sơ loại `{kind}` không có tên riêng"),
                format!("records of the kind `{kind}` have no names of their own"),
            ),
            false => Words::new(
                format!("hồ sơ loại `{kind}` phải có tên riêng"),
                format!("records of the kind `{kind}` need a name"),
            ),
        };
        hinted(
            message,
            Words::new(
                format!("tên tệp theo mẫu `{pattern}`"),
                format!("file names match `{pattern}`"),
            ),
        )
    }

    fn taken_already(&self, path: &str, named: bool) -> Words {
        let message = Words::new(
            format!("đã có `{path}`"),
            format!("there is `{path}` already"),
        );
        let another = self.dated(Some("x")).iter().any(|name| self.fits(name)) && !named;
        match another {
            true => hinted(
                message,
                Words::new("đặt thêm tên bằng `--ten`", "give a name with `--ten`"),
            ),
            false => message,
        }
    }
}

fn leading_digits(name: &str) -> Option<&str> {
    let digits = name.split('-').next()?;
    (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())).then_some(digits)
}

fn nameless(name: &str) -> Words {
    let shown = tame(name);
    Words::new(
        format!("`{shown}` không đặt làm tên tệp được"),
        format!("`{shown}` cannot be made a file name"),
    )
}

/// A text as part of a file name: `Vẽ quả cam` → `ve-qua-cam`; none if nothing remains.
fn slug(text: &str) -> Option<String> {
    let plain = DecomposingNormalizerBorrowed::new_nfd()
        .normalize(text)
        .to_lowercase()
        .replace('đ', "d");
    // Marks hang on their letters; everything else that is no letter or digit parts words.
    let letters = plain
        .chars()
        .filter(|c| !('\u{300}'..='\u{36f}').contains(c));
    let parted: String = letters
        .map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' })
        .collect();
    let mut slug = String::new();
    for word in parted.split_whitespace() {
        if !slug.is_empty() && slug.len() + word.len() >= LONGEST {
            break;
        }
        if !slug.is_empty() {
            slug.push('-');
        }
        slug.push_str(word);
    }
    slug.truncate(LONGEST);
    (!slug.is_empty()).then_some(slug)
}

/// Longest name that is made from a title.
const LONGEST: usize = 60;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_their_marks() {
        assert_eq!(
            slug("Vẽ quả cam – Đợt 2!").as_deref(),
            Some("ve-qua-cam-dot-2")
        );
        assert_eq!(slug("tao-hinh").as_deref(), Some("tao-hinh"));
        assert_eq!(slug("…"), None);
        assert_eq!(slug(&"dài ".repeat(50)).map(|s| s.len()), Some(59));
        assert_eq!(slug(&"x".repeat(200)).map(|s| s.len()), Some(60));
    }
}
