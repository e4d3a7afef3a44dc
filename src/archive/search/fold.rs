//! Words of a text and the two ways in which search compares them: folded (no marks, `đ` as `d`,
//! lower case), by which typing without marks finds, and spelled, by which exact marks rank first.
//!
//! `layouts/site/search.js` does the same to what a reader types; `.ci/judges/search.mjs` holds the
//! two against each other, word by word, over the whole index.

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_normalizer::DecomposingNormalizerBorrowed;

/// Longest word that is told apart; what is longer is no word of a language.
const MAX_LETTERS: usize = 40;

/// A word of a line: where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word<'a> {
    /// The word as written.
    pub text: &'a str,
    /// Its first byte.
    pub start: usize,
    /// The byte after its last.
    pub end: usize,
}

/// Marks that are written over or under a letter.
fn is_mark(c: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&c)
}

/// Grave, acute, tilde, hook, dot: a syllable has one of them, and where it stands is a matter of
/// schooling (hòa, hoà).
fn is_tone(c: char) -> bool {
    matches!(c, '\u{300}' | '\u{301}' | '\u{303}' | '\u{309}' | '\u{323}')
}

/// The words of a line: longest runs of letters, digits and marks.
pub fn words(line: &str) -> Vec<Word<'_>> {
    let mut out = Vec::new();
    let mut start = None;
    let ends = line.char_indices().chain([(line.len(), ' ')]);
    for (at, c) in ends {
        let inside = at < line.len() && (c.is_alphanumeric() || is_mark(c));
        match (inside, start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                start = None;
                out.push(Word {
                    text: &line[from..at],
                    start: from,
                    end: at,
                });
            }
            _ => {}
        }
    }
    out
}

/// Lower case, taken apart into letters and marks.
fn apart(word: &str) -> String {
    let apart = DecomposingNormalizerBorrowed::new_nfkd();
    let lower = apart.normalize(word).to_lowercase();
    apart.normalize(&lower).into_owned()
}

/// A word without its marks. Leading zeros of a number are dropped: 09/9 and 9/9 are one day.
pub fn fold(word: &str) -> String {
    let letters: String = apart(word)
        .chars()
        .filter(|c| c.is_alphanumeric() && !is_mark(*c))
        .map(|c| match c {
            'đ' | 'ð' | 'ɖ' => 'd',
            c => c,
        })
        .take(MAX_LETTERS)
        .collect();
    if !letters.is_empty() && letters.bytes().all(|b| b.is_ascii_digit()) {
        let number = letters.trim_start_matches('0');
        return if number.is_empty() { "0" } else { number }.to_owned();
    }
    letters
}

/// A word with its marks in one order: the tone stands last, wherever it was written.
pub fn spell(word: &str) -> String {
    let mut tones = Vec::new();
    let mut letters = String::new();
    for c in apart(word)
        .chars()
        .filter(|c| c.is_alphanumeric() || is_mark(*c))
    {
        match c {
            'ð' | 'ɖ' => letters.push('đ'),
            c if is_tone(c) => tones.push(c),
            c => letters.push(c),
        }
    }
    let letters = ComposingNormalizerBorrowed::new_nfc().normalize(&letters);
    tones.sort_unstable();
    letters
        .chars()
        .take(MAX_LETTERS)
        .chain(tones.into_iter().take(2))
        .collect()
}

/// The days and months that a line names, as terms: `d20240909` and `d202409`. A day names its month too.
pub fn dates(line: &str, words: &[Word<'_>]) -> Vec<String> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let Some((used, year, month, day)) = date(line, &words[at..]) else {
            at += 1;
            continue;
        };
        if let Some(day) = day {
            out.push(format!("d{year:04}{month:02}{day:02}"));
        }
        out.push(format!("d{year:04}{month:02}"));
        at += used;
    }
    out
}

/// A date at the head of some words: how many words it takes, year, month, day.
fn date(line: &str, words: &[Word<'_>]) -> Option<(usize, u16, u16, Option<u16>)> {
    let between = |i: usize| &line[words[i].end..words[i + 1].start];
    let glued =
        |i: usize| i + 1 < words.len() && matches!(between(i), "/" | "-" | "." | "\u{2013}");
    let spaced =
        |i: usize| i + 1 < words.len() && between(i).trim().is_empty() && !between(i).is_empty();
    let number = |i: usize, most: usize| -> Option<u16> {
        let text = words.get(i)?.text;
        let sound = text.len() <= most && text.bytes().all(|b| b.is_ascii_digit());
        sound.then(|| text.parse().ok())?
    };
    let year = |i: usize| number(i, 4).filter(|y| (1900..2200).contains(y));
    let month = |i: usize| number(i, 2).filter(|m| (1..=12).contains(m));
    let day = |i: usize| number(i, 2).filter(|d| (1..=31).contains(d));
    let is = |i: usize, word: &str| words.get(i).is_some_and(|w| fold(w.text) == word);
    if glued(0) && glued(1) {
        if let (Some(d), Some(m), Some(y)) = (day(0), month(1), year(2)) {
            return Some((3, y, m, Some(d)));
        }
        if let (Some(y), Some(m), Some(d)) = (year(0), month(1), day(2)) {
            return Some((3, y, m, Some(d)));
        }
    }
    if glued(0) && !glued(1) {
        if let (Some(m), Some(y)) = (month(0), year(1)) {
            return Some((2, y, m, None));
        }
        if let (Some(y), Some(m)) = (year(0), month(1)) {
            return Some((2, y, m, None));
        }
    }
    if (0..4).all(spaced)
        && is(1, "thang")
        && is(3, "nam")
        && let (Some(d), Some(m), Some(y)) = (day(0), month(2), year(4))
    {
        return Some((5, y, m, Some(d)));
    }
    if (0..3).all(spaced)
        && is(0, "thang")
        && is(2, "nam")
        && let (Some(m), Some(y)) = (month(1), year(3))
    {
        return Some((4, y, m, None));
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn marks_are_dropped_and_d_is_d() {
        for (word, folded) in [
            ("Đường", "duong"),
            ("ÐƯỜNG", "duong"),
            ("đ", "d"),
            ("hoà", "hoa"),
            ("hòa", "hoa"),
            ("thuỷ", "thuy"),
            ("Nghĩa", "nghia"),
            ("be\u{301}", "be"),
            ("e\u{302}\u{309}", "e"),
            ("KH", "kh"),
            ("09", "9"),
            ("000", "0"),
            ("5A", "5a"),
            ("m²", "m2"),
        ] {
            assert_eq!(fold(word), folded, "{word}");
        }
    }

    #[test]
    fn a_tone_has_one_place() {
        for (one, other) in [
            ("hoà", "hòa"),
            ("thuỷ", "thủy"),
            ("khoẻ", "khỏe"),
            ("quý", "quy\u{301}"),
            ("ĐÓ", "đo\u{301}"),
            ("Ðó", "đó"),
            ("ế", "e\u{301}\u{302}"),
        ] {
            assert_eq!(spell(one), spell(other), "{one} {other}");
        }
        for (one, other) in [
            ("bé", "bè"),
            ("tô", "to"),
            ("đa", "da"),
            ("09", "9"),
            ("bảng", "bang"),
        ] {
            assert_ne!(spell(one), spell(other), "{one} {other}");
        }
    }

    #[test]
    fn words_end_where_letters_end() {
        let texts: Vec<_> = words("Số: 185/MNTH-5a, «bé»")
            .iter()
            .map(|w| w.text)
            .collect();
        assert_eq!(texts, ["Số", "185", "MNTH", "5a", "bé"]);
        assert!(words(" <>\"'&").is_empty());
    }

    #[test]
    fn dates_are_one_however_written() {
        let of = |line: &str| dates(line, &words(line));
        for line in [
            "09/9/2024",
            "9/9/2024",
            "2024-09-09",
            "9.9.2024",
            "ngày 09 tháng 9 năm 2024",
            "ngay 9 thang 09 nam 2024,",
        ] {
            assert_eq!(of(line), ["d20240909", "d202409"], "{line}");
        }
        for line in ["2024-09", "9/2024", "tháng 9 năm 2024", "tháng 09/2024"] {
            assert_eq!(of(line), ["d202409"], "{line}");
        }
        for line in [
            "2024-2025",
            "13/2024",
            "185/2024",
            "9/9",
            "31/13/2024",
            "1/2/2024/5 0/2024",
        ] {
            let none = of(line);
            assert!(
                none.is_empty() || line.starts_with("1/2"),
                "{line}: {none:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn folding_twice_is_folding_once(word in "\\PC{0,12}") {
            let once = fold(&word);
            prop_assert_eq!(fold(&once), once);
        }

        #[test]
        fn spelling_twice_is_spelling_once(word in "[a-zA-Z0-9À-ỹđĐÐ\u{300}-\u{323}]{0,8}") {
            let once = spell(&word);
            prop_assert_eq!(spell(&once), once);
        }

        #[test]
        fn one_spelling_has_one_folding(word in "\\PC{0,12}") {
            prop_assert_eq!(fold(&spell(&word)), fold(&word));
        }

        #[test]
        fn forms_of_unicode_are_one(word in "[a-zA-Z0-9À-ỹđĐ]{0,8}") {
            let apart = DecomposingNormalizerBorrowed::new_nfd().normalize(&word);
            prop_assert_eq!(fold(&apart), fold(&word));
            prop_assert_eq!(spell(&apart), spell(&word));
        }
    }
}
