//! `bag-info.txt` as far as a chain of archives rests on it (RFC 8493 §2.2.2).

use jiff::civil::Date;

use crate::digest::Sha256;

/// The place of an archive in the chain.
pub const SEQUENCE: &str = "Hoso-Sequence";
/// The digest of the tag manifest of the sealed archive before: `sha256:<64 hex>`.
pub const PREVIOUS: &str = "Hoso-Previous";
/// The day of the revision.
pub const DATE: &str = "Bagging-Date";
/// The revision, `git:<40 hex>`.
pub const REVISION: &str = "External-Identifier";
/// Octets and count of the payload's files, `279164409832.1198` (RFC 8493 §2.2.2).
pub const OXUM: &str = "Payload-Oxum";

/// What a bag says of itself. A label that stands twice says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Info {
    /// Its place in the chain.
    pub sequence: Option<u32>,
    /// What it says of the archive before.
    pub previous: Previous,
    /// The day of the revision.
    pub date: Option<Date>,
    /// The commit, 40 hexadecimal digits.
    pub commit: Option<String>,
    /// What it says of the size of its payload.
    pub oxum: Oxum,
}

/// What a bag says of the archive before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Previous {
    /// That there is none.
    #[default]
    None,
    /// The digest of its tag manifest.
    Named(Sha256),
    /// Something that is no digest.
    Malformed,
}

/// The size of a bag's payload.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Oxum {
    /// It is not said.
    #[default]
    None,
    /// So much.
    Said {
        /// Bytes of all files together.
        octets: u64,
        /// How many files.
        count: u64,
    },
    /// Something that is no size.
    Malformed,
}

impl Info {
    /// Reads the file.
    pub fn read(text: &str) -> Self {
        let labels = labels(text);
        let one = |label: &str| {
            let mut all = labels.iter().filter(|(name, _)| name == label);
            match (all.next(), all.next()) {
                (None, _) => Ok(None),
                (Some((_, value)), None) => Ok(Some(value.as_str())),
                _ => Err(()),
            }
        };
        Self {
            sequence: one(SEQUENCE).ok().flatten().and_then(number),
            previous: match one(PREVIOUS) {
                Ok(None) => Previous::None,
                Ok(Some(value)) => value
                    .strip_prefix("sha256:")
                    .and_then(Sha256::parse)
                    .map_or(Previous::Malformed, Previous::Named),
                Err(()) => Previous::Malformed,
            },
            date: one(DATE).ok().flatten().and_then(|text| text.parse().ok()),
            commit: one(REVISION)
                .ok()
                .flatten()
                .and_then(|text| text.strip_prefix("git:"))
                .filter(|id| id.len() == 40 && id.bytes().all(|b| b.is_ascii_hexdigit()))
                .map(str::to_owned),
            oxum: match one(OXUM) {
                Ok(None) => Oxum::None,
                Ok(Some(value)) => oxum(value),
                Err(()) => Oxum::Malformed,
            },
        }
    }
}

fn oxum(value: &str) -> Oxum {
    let parsed = value.split_once('.').and_then(|(octets, count)| {
        Some(Oxum::Said {
            octets: octets.parse().ok()?,
            count: count.parse().ok()?,
        })
    });
    parsed.unwrap_or(Oxum::Malformed)
}

fn number(text: &str) -> Option<u32> {
    // `+1` and `01` are no other spellings of 1.
    text.parse()
        .ok()
        .filter(|number: &u32| number.to_string() == text)
}

/// Label and value of each element; a line that begins with a blank goes on with the one before.
fn labels(text: &str) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        match (line.starts_with([' ', '\t']), all.last_mut()) {
            (true, Some((_, value))) => {
                value.push(' ');
                value.push_str(line.trim());
            }
            (true, None) => {}
            (false, _) => {
                if let Some((label, value)) = line.split_once(':') {
                    all.push((label.to_owned(), value.trim().to_owned()));
                }
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_what_a_build_writes() {
        let digest = Sha256::of(b"x");
        let commit = "0123456789abcdef0123456789abcdef01234567";
        let text = format!(
            "Source-Organization: Trường\n  Mầm non\nBagging-Date: 2024-09-30\nExternal-Identifier: git:{commit}\n\
             Hoso-Sequence: 2\nHoso-Previous: sha256:{digest}\nPayload-Oxum: 12.3\n"
        );
        let info = Info::read(&text);
        assert_eq!(info.sequence, Some(2));
        assert_eq!(info.previous, Previous::Named(digest));
        assert_eq!(info.date, Some(Date::constant(2024, 9, 30)));
        assert_eq!(info.commit.as_deref(), Some(commit));
        let (octets, count) = (12, 3);
        assert_eq!(info.oxum, Oxum::Said { octets, count });
    }

    #[test]
    fn what_stands_twice_or_is_misspelt_says_nothing() {
        let info = Info::read("Hoso-Sequence: 1\nHoso-Sequence: 1\nPayload-Oxum: 1\n");
        assert_eq!((info.sequence, info.oxum), (None, Oxum::Malformed));
        for text in ["+1", "01", "1 ", "-1", "99999999999"] {
            let read = Info::read(&format!("Hoso-Sequence:{text}x\nHoso-Previous: {text}\n"));
            assert_eq!(read.sequence, None);
            assert_eq!(read.previous, Previous::Malformed);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "([A-Z][a-z-]{0,12}:?[ \t]?[0-9.]{0,22}\n| [a-z]\n|:){0,12}") {
            let _ = Info::read(&text);
        }
    }
}
