//! Takes away what an audience may not see of a record, before a page or an index is made of it.

use crate::records::Record;
use crate::records::audience::Hidden;
use crate::records::dates;
use crate::render::Rendered;
use crate::seal::Sealed;
use crate::seal::Seals;
use crate::trace::Traced;

/// How much of a record an edition has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// All of it: form, text, signatures.
    Whole,
    /// A page with what is left, and the digests.
    Extract,
    /// Its digests, in the catalogue: its very name is hidden.
    Counted,
}

impl Shape {
    /// That of a record of which so much is hidden.
    pub fn of(hidden: &Hidden) -> Self {
        match (hidden.name, hidden.is_empty()) {
            (true, _) => Self::Counted,
            (false, true) => Self::Whole,
            (false, false) => Self::Extract,
        }
    }

    /// Its name in the catalogue.
    pub fn code(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Extract => "extract",
            Self::Counted => "counted",
        }
    }
}

/// What is left of a record. Its form and its text are still those of the record and are for digests
/// only; an extract says nothing of who wrote and who signed, since a form says that, too.
pub fn left(one: &Sealed, hidden: &Hidden, shape: Shape) -> Option<Sealed> {
    match shape {
        Shape::Whole => Some(one.clone()),
        Shape::Counted => None,
        Shape::Extract => Some(Sealed {
            rendered: Rendered {
                traced: Traced::bare(record(&one.rendered.traced.record, hidden)),
                form: one.rendered.form.clone(),
                superseded: Vec::new(),
            },
            seals: Seals {
                standing: one.seals.standing,
                ..Seals::default()
            },
        }),
    }
}

fn record(record: &Record, hidden: &Hidden) -> Record {
    let mut left = record.clone();
    left.fields.retain(|key, _| !hidden.fields.contains(key));
    left.computed.clear();
    if hidden.body {
        left.body.clear();
    }
    for step in &mut left.steps {
        step.people.clear();
    }
    if is_in_title(&record.kind.title_from, hidden) {
        left.title = format!("{} {}", record.kind.title, dates::official(record.date));
    }
    left
}

/// Whether a title made by the rule says something hidden.
fn is_in_title(rule: &str, hidden: &Hidden) -> bool {
    let within = |key: &String| rule == key || rule.contains(&format!("{{{key}}}"));
    hidden.fields.iter().any(within)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_title_says_nothing_hidden() {
        let hidden = Hidden {
            fields: BTreeSet::from(["ten".to_owned()]),
            ..Hidden::default()
        };
        assert!(is_in_title("ten", &hidden));
        assert!(is_in_title("Sổ của {ten}, {nam}", &hidden));
        assert!(!is_in_title("ten-tep", &hidden));
        assert!(!is_in_title("{ten-tep}", &hidden));
    }

    #[test]
    fn a_hidden_name_is_only_counted() {
        let nothing = Hidden::default();
        assert_eq!(Shape::of(&nothing), Shape::Whole);
        let within = Hidden {
            within: true,
            ..nothing.clone()
        };
        assert_eq!(Shape::of(&within), Shape::Extract);
        let name = Hidden {
            name: true,
            ..within
        };
        assert_eq!(Shape::of(&name), Shape::Counted);
    }
}
