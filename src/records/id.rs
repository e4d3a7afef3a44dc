//! A record's name for ever: its path under `content/` without the ending. Never changed, never
//! used again.

use std::fmt;

use crate::digest::Sha256;

/// `2024-2025/mg-5a/giao-an/2024-09-09`.
///
/// Invariant: four segments, each made of the letters that every file system and every address
/// keeps as they are (`a–z`, digits, `-`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordId(String);

impl RecordId {
    /// Parses an id as it is written in a path or on a command line; a leading `content/` and the
    /// ending `.md` are taken off, so that a path completed by the shell works too.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix("content/").unwrap_or(text);
        let text = text.strip_suffix(".md").unwrap_or(text);
        let sound = text.split('/').count() == 4 && text.split('/').all(is_slug);
        sound.then(|| Self(text.to_owned()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The school year, `2024-2025`.
    pub fn year(&self) -> &str {
        self.segment(0)
    }

    /// The unit, `mg-5a`.
    pub fn unit(&self) -> &str {
        self.segment(1)
    }

    /// The kind, `giao-an`.
    pub fn kind(&self) -> &str {
        self.segment(2)
    }

    /// The name within its kind, `2024-09-09`.
    pub fn name(&self) -> &str {
        self.segment(3)
    }

    /// The short code printed on each page, `7KQ-29F-3MA`: 45 bits of the id's digest in Crockford's
    /// base 32, which has no letters that a reader takes for digits. Of 50,000 records, two share
    /// one with a chance of 1 in 28,000; `ma/` of the archive then lists both.
    pub fn code(&self) -> String {
        const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        let digest = Sha256::of(self.0.as_bytes());
        let bits = digest.as_bytes()[..8]
            .iter()
            .fold(0u64, |bits, byte| bits << 8 | u64::from(*byte));
        let mut code = String::with_capacity(11);
        for place in 0..9 {
            if place > 0 && place % 3 == 0 {
                code.push('-');
            }
            let index = (bits >> (59 - 5 * place)) & 31;
            code.push(char::from(ALPHABET[index as usize]));
        }
        code
    }

    fn segment(&self, index: usize) -> &str {
        self.0.split('/').nth(index).unwrap_or_default()
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether `text` is made of lower-case letters without marks, digits and inner hyphens.
pub fn is_slug(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 100
        && !text.starts_with('-')
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_never_change() {
        let id = RecordId::parse("2024-2025/mg-5a/giao-an/2024-09-09").expect("sound");
        assert_eq!(id.code(), "FHP-C7W-15K");
    }

    #[test]
    fn ids_are_parsed_or_refused() {
        let id = RecordId::parse("content/2024-2025/mg-5a/giao-an/2024-09-09.md").expect("sound");
        assert_eq!(id.as_str(), "2024-2025/mg-5a/giao-an/2024-09-09");
        assert_eq!(
            (id.year(), id.unit(), id.kind(), id.name()),
            ("2024-2025", "mg-5a", "giao-an", "2024-09-09")
        );
        for bad in [
            "",
            "a/b/c",
            "a/b/c/d/e",
            "a/../b/c",
            "a/B/c/d",
            "a/b/c/đ",
            "a//c/d",
        ] {
            assert_eq!(RecordId::parse(bad), None, "{bad}");
        }
    }
}
