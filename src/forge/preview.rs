//! A record's official form and what is wrong with it, before it is saved: set by the same layouts as the
//! archive's, from the fields that the editor holds.

use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;
use serde_json::Map;
use serde_json::Value;

use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Severity;
use crate::forge::loaded::Loaded;
use crate::path::RepoPath;
use crate::records::kind::FormKind;
use crate::records::kind::RecordRules;
use crate::records::parse;
use crate::records::parse::Context;
use crate::records::parse::MAX_RECORD;
use crate::render;
use crate::render::Press;
use crate::render::kept::Trust;
use crate::render::picture;
use crate::render::picture::Picture;
use crate::scaffold::record::sample;

/// Pixels per point: sharp enough to read on a phone.
const SCALE: f32 = 1.5;
/// Most pages shown; the form itself has all of them.
const PAGES: usize = 6;

/// What the editor holds.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// `content/<year>/<unit>/<kind>`.
    pub folder: String,
    /// The record's name, if it has one already.
    pub name: Option<String>,
    /// The header.
    pub data: Map<String, Value>,
    /// The text below it.
    #[serde(default)]
    pub body: String,
}

impl Draft {
    /// Whether it is longer than a record may be.
    pub fn is_too_large(&self) -> bool {
        text(self).len() as u64 > MAX_RECORD
    }
}

/// What is shown beside the form.
#[derive(Default)]
pub struct Preview {
    /// The pages; none of a text with faults.
    pub pages: Vec<Picture>,
    /// What was found.
    pub findings: Vec<Told>,
}

/// A finding as the editor takes it.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Told {
    /// The stable code.
    pub code: &'static str,
    /// `error` or `warning`.
    pub severity: &'static str,
    /// The field as a JSON pointer, `/tien-hanh/1/co`.
    pub field: Option<String>,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub hint: Option<String>,
}

impl Told {
    /// A finding in Vietnamese.
    pub fn of(finding: &Finding) -> Self {
        Self {
            code: finding.code.as_str(),
            severity: match finding.severity {
                Severity::Error => "error",
                Severity::Warning | Severity::Notice => "warning",
            },
            field: finding.place.field.as_deref().map(pointer),
            message: finding.message.vi.clone(),
            // How a line of YAML is mended helps nobody who fills in a form.
            hint: (finding.help.as_ref())
                .filter(|_| finding.code != Code::FieldMissing)
                .map(|help| help.vi.clone()),
        }
    }
}

/// `tien-hanh[2].co`, in which people count from 1, as `/tien-hanh/1/co`.
fn pointer(field: &str) -> String {
    let mut out = String::new();
    for part in field.split(['.', '[']) {
        let index = part
            .strip_suffix(']')
            .and_then(|part| part.parse::<usize>().ok());
        out.push('/');
        match index {
            Some(index) => out.push_str(&index.saturating_sub(1).to_string()),
            None => out.push_str(&part.replace('~', "~0").replace('/', "~1")),
        }
    }
    out
}

impl Loaded {
    /// Sets a draft. None when its folder is no kind's, or its name is none.
    pub fn preview(&self, draft: &Draft, at: Timestamp) -> Option<Preview> {
        let kind = draft.folder.rsplit('/').next()?;
        let FormKind::Record(rules) = &self.records.kinds.get(kind)?.form else {
            return None;
        };
        let name = match &draft.name {
            Some(name) => name.clone(),
            None => name(rules, &draft.data)?,
        };
        let path = RepoPath::parse(&format!("{}/{name}.md", draft.folder)).ok()?;
        let context = Context {
            snapshot: &self.snapshot,
            school: &self.records.school,
            kinds: &self.records.kinds,
        };
        let (record, mut findings) = parse::draft(&context, &path, &text(draft));
        let mut pages = Vec::new();
        if let Some(record) = record {
            let mut one = [record];
            self.programs
                .compute(&self.records.school, &mut one, &mut findings);
            let [record] = one;
            let (school, others) = (&self.records.school, self.records.all.iter());
            findings.extend(
                self.programs
                    .check_one(&self.snapshot, school, &record, others),
            );
            let press = Press {
                snapshot: &self.snapshot,
                school,
                layouts: &self.layouts,
                trust: Trust {
                    school,
                    store: &self.store,
                    at,
                },
                cache: None,
            };
            match render::set(&press, &record) {
                Ok(pdf) => pages = picture::pages(&pdf, SCALE, PAGES),
                Err(found) => findings.extend(found),
            }
            // Typst remembers what it has laid out.
            comemo::evict(8);
        }
        // What is said of other files is not this text's fault.
        findings.retain(|finding| finding.place.file == path.as_str());
        let findings = findings.iter().map(Told::of).collect();
        Some(Preview { pages, findings })
    }
}

/// The file that the draft would be.
fn text(draft: &Draft) -> Vec<u8> {
    let header = serde_yaml::to_string(&draft.data).unwrap_or_default();
    format!("---\n{header}---\n\n{}", draft.body).into_bytes()
}

/// A name for a record that has none yet: its date, its month, or anything that the kind takes.
fn name(rules: &RecordRules, data: &Map<String, Value>) -> Option<String> {
    let date = data.get(&rules.date_field).and_then(Value::as_str);
    let month = date.and_then(|date| date.get(..7));
    let known = date.into_iter().chain(month).map(str::to_owned);
    let mut all = known.chain(sample::sample(&rules.name_pattern));
    all.find(|name| rules.name.accepts(&Value::String(name.clone())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_a_pointer() {
        assert_eq!(pointer("tien-hanh[2].co"), "/tien-hanh/1/co");
        assert_eq!(pointer("a"), "/a");
    }
}
