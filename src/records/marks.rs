//! Marks over and under letters. Setting a letter takes the square of the number of its marks, so that
//! twenty thousand of them, forty kilobytes, would take all memory of a machine.

use icu_normalizer::properties::CanonicalCombiningClassMapBorrowed;

/// Most marks on one letter: NFC leaves none on a Vietnamese one, and no writing needs so many.
const MOST: usize = 16;

/// Counts the marks of a text that comes in pieces.
#[derive(Clone, Copy, Debug, Default)]
pub struct Marks {
    here: usize,
}

impl Marks {
    /// Takes the next piece of text, and says whether some letter has too many marks now.
    pub fn too_many(&mut self, text: &str) -> bool {
        let classes = CanonicalCombiningClassMapBorrowed::new();
        for c in text.chars() {
            if classes.get_u8(c) > 0 {
                self.here += 1;
            } else if c.is_ascii() || c.is_alphanumeric() || c.is_whitespace() {
                self.here = 0;
            }
            // Joiners and the like, which cannot be seen, begin no new letter.
            if self.here > MOST {
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_few_marks() {
        let too_many = |text: &str| Marks::default().too_many(text);
        assert!(!too_many(&"e\u{302}\u{309} ".repeat(1000)));
        assert!(!too_many(&"שׁ\u{5b8}".repeat(1000)));
        assert!(!too_many(&"…".repeat(1000)));
        assert!(too_many(&format!("a{}", "\u{301}".repeat(17))));
        assert!(too_many(&format!(
            "a{}",
            "\u{301}\u{200d}\u{34f}".repeat(17)
        )));
        let mut pieces = Marks::default();
        assert_eq!((0..17).filter(|_| pieces.too_many("\u{301}")).count(), 1);
    }
}
