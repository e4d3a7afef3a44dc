//! Any text at all, and texts that look like records: headers and bodies are read or refused, never
//! with a panic, and what is read stays within its bounds. `fuzz/` does the same for hours.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::sample::select;

use crate::diag::Place;
use crate::records::header;
use crate::records::markdown;
use crate::records::markdown::MAX_DEPTH;
use crate::records::yaml::Document;

/// A record with everything in it that a record may have.
const RECORD: &str = include_str!("hostile/record.md");

#[rustfmt::skip]
const YAML: &[&str] = &[
    "a", "b: ", "? ", ": ", "- ", "\n", "\n  ", "\n    - ", "{", "}", "[", "]", ",", "&x ", "*x", "!t ", "\"", "'", "# ",
    "|\n", ">-\n", "<<: ", "~", "1e999", "0x1", "2024-09-09", "\\u0000", "\\", "%YAML 1.1\n", "---\n", "...\n", "\r", "\t",
    "\u{85}", "\u{2028}", "\u{feff}", "đ", "e\u{301}", "\0", "\u{1f600}", "a/b~c: ",
];

#[rustfmt::skip]
const MARKDOWN: &[&str] = &[
    "a", "*", "**", "_", "~~", "`", "```\n", "[", "](b)", "![", "]", "[a]: /b\n", "<", "<b>", "<!--", ">", "> ", "- ", "1. ",
    "# ", "===\n", "---\n", "|", "|-|\n", "|a|b|\n|:-:|-|\n", "\\", "&amp;", "&#0;", "\n", "\n\n", "    ", "\t", "\r", "  \n",
    "\u{2028}", "\0", "đ", "e\u{301}", "$x$", "#eval(1)", "https://a.b", "[^1]", "{a}", ":::\n",
];

fn made_of(pieces: &'static [&'static str]) -> impl Strategy<Value = String> {
    vec(select(pieces), 0..60).prop_map(|pieces| pieces.concat())
}

/// A sound record with some pieces put in, and some of it cut out.
fn mutated(pieces: &'static [&'static str]) -> impl Strategy<Value = String> {
    let edits = vec((any::<Index>(), any::<Index>(), select(pieces)), 1..8);
    edits.prop_map(|edits| {
        let mut letters: Vec<char> = RECORD.chars().collect();
        for (from, length, piece) in edits {
            let from = from.index(letters.len());
            let until = (from + length.index(12)).min(letters.len());
            letters.splice(from..until, piece.chars());
        }
        letters.into_iter().collect()
    })
}

fn any_text(pieces: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop_oneof![".{0,80}", made_of(pieces), mutated(pieces)]
}

fn check_header(text: &str) {
    let place = Place::raw("a.md");
    if let Ok(parts) = header::split(text) {
        let body = text.len() - parts.body.len();
        assert_eq!(text[..body].matches('\n').count() + 1, parts.body_line);
        check_yaml(parts.header, &place);
    }
    check_yaml(text, &place);
}

fn check_yaml(text: &str, place: &Place) {
    match Document::read(text, 2, place) {
        Ok(document) => {
            for pointer in ["", "/a", "/b/0", "/none"] {
                document.locate(place, pointer);
            }
        }
        Err(findings) => {
            assert!(!findings.is_empty() && findings.len() <= 51);
            for finding in findings {
                assert!(finding.place.line.is_none_or(|line| line >= 1));
            }
        }
    }
}

fn check_body(text: &str) {
    let Ok(body) = markdown::read(text, 5) else {
        return;
    };
    let last = 5 + text.matches('\n').count();
    let lines = body.images.iter().chain(&body.links).map(|(_, line)| line);
    assert!(
        lines
            .chain(&body.html)
            .all(|line| (5..=last).contains(line))
    );
    // What is open is at most a group, a list in it, and a list of lists, for each level.
    let json = serde_json::to_string(&body.blocks).expect("plain data");
    assert!(depth(&json) <= (2 * MAX_DEPTH + 1) * 4);
}

fn depth(json: &str) -> usize {
    let (mut depth, mut deepest, mut quoted, mut escaped) = (0, 0, false, false);
    for letter in json.chars() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            '[' | '{' if !quoted => depth += 1,
            ']' | '}' if !quoted => depth -= 1,
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn headers_are_read_or_refused(text in any_text(YAML)) {
        check_header(&text);
    }

    #[test]
    fn bodies_are_read_or_refused(text in any_text(MARKDOWN)) {
        check_body(&text);
    }
}

#[test]
fn the_record_itself_is_sound() {
    let parts = header::split(RECORD).expect("a header");
    let document = Document::read(parts.header, 2, &Place::raw("a.md")).expect("a header");
    assert_eq!(
        document.mark("/muc-dich/ky-nang/2/b/1").map(|mark| mark.0),
        Some(11)
    );
    let body = markdown::read(parts.body, parts.body_line).expect("a body");
    let found = (body.images.len(), body.links.len(), body.html.len());
    assert_eq!(found, (1, 2, 2));
}
