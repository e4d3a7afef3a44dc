//! Sentences in both languages, and the grammar that makes lists and counts come out right.

/// The language in which people are spoken to. Codes and formats never change with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    /// Vietnamese, the language of the schools.
    #[default]
    Vi,
    /// English.
    En,
}

/// One sentence in Vietnamese and in English: lower case, no full stop, literals in backticks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Words {
    /// Vietnamese.
    pub vi: String,
    /// English.
    pub en: String,
}

impl Words {
    /// A sentence in both languages.
    pub fn new(vi: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            vi: vi.into(),
            en: en.into(),
        }
    }

    /// The sentence in `lang`.
    pub fn in_lang(&self, lang: Lang) -> &str {
        match lang {
            Lang::Vi => &self.vi,
            Lang::En => &self.en,
        }
    }
}

/// `a`, `b` hoặc `c`: at most eight choices, then how many more.
pub fn or_ticked<'a>(choices: impl IntoIterator<Item = &'a str>) -> Words {
    const SHOWN: usize = 8;
    let all: Vec<&str> = choices.into_iter().collect();
    let shown: Vec<String> = all
        .iter()
        .take(SHOWN)
        .map(|c| format!("`{}`", tame(c)))
        .collect();
    let more = all.len().saturating_sub(SHOWN);
    let join = |or: &str, others: &str| match shown.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some(_) if more > 0 => format!("{} {others}", shown.join(", ")),
        Some((last, rest)) => format!("{} {or} {last}", rest.join(", ")),
    };
    Words::new(
        join("hoặc", &format!("và {more} giá trị khác")),
        join("or", &format!("and {more} more")),
    )
}

/// The choice nearest to what was written, if it is near enough to be a slip of the hand.
pub fn near_miss<'a>(written: &str, choices: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const NEAR: f64 = 0.72;
    /// Longer than any name; comparing takes the product of both lengths.
    const LONGEST: usize = 200;
    if written.len() > LONGEST {
        return None;
    }
    choices
        .into_iter()
        .map(|choice| {
            (
                strsim::normalized_damerau_levenshtein(written, choice),
                choice,
            )
        })
        .filter(|(score, _)| *score >= NEAR)
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))
        .map(|(_, choice)| choice)
}

/// What somebody else wrote, safe to show on a terminal: no control characters (a record must not
/// be able to move the cursor or change colours), and not longer than a line.
pub fn tame(text: &str) -> String {
    const SHOWN: usize = 120;
    let mut out: String = text
        .chars()
        .map(|c| {
            if c.is_control() || is_bidi(c) {
                '\u{fffd}'
            } else {
                c
            }
        })
        .take(SHOWN)
        .collect();
    if text.chars().nth(SHOWN).is_some() {
        out.push('…');
    }
    out
}

/// Characters that change the direction of what follows: used to make one text look like another.
pub fn is_bidi(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{061c}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_read_as_sentences() {
        assert_eq!(or_ticked(["a"]).vi, "`a`");
        assert_eq!(or_ticked(["a", "b", "c"]).en, "`a`, `b` or `c`");
        assert_eq!(
            or_ticked(["1"; 10]).vi,
            "`1`, `1`, `1`, `1`, `1`, `1`, `1`, `1` và 2 giá trị khác"
        );
    }

    #[test]
    fn near_misses_are_near() {
        assert_eq!(
            near_miss("giao-na", ["giao-an", "van-ban-di"]),
            Some("giao-an")
        );
        assert_eq!(near_miss("xyz", ["giao-an", "van-ban-di"]), None);
        let long = "x".repeat(1_000_000);
        assert_eq!(near_miss(&long, [long.as_str()]), None);
    }

    #[test]
    fn hostile_text_is_tamed() {
        assert_eq!(tame("a\u{1b}[31m\u{202e}b"), "a\u{fffd}[31m\u{fffd}b");
    }
}
