//! Splits a record's file into its YAML header and its Markdown body, keeping line numbers.

use crate::diag::Place;
use crate::records::yaml::Document;

/// The two parts of a record's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts<'a> {
    /// The YAML between the two `---` lines.
    pub header: &'a str,
    /// Everything after the second `---` line.
    pub body: &'a str,
    /// The line of the file, from 1, on which the body starts.
    pub body_line: usize,
}

/// The line of the file on which every header starts.
pub const HEADER_LINE: usize = 2;

/// Why a file has no header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The first line is not `---`.
    Start,
    /// There is no second `---` line.
    End,
}

/// Splits `text`.
///
/// # Errors
/// [`Missing`], when one of the two `---` lines is not there.
pub fn split(text: &str) -> Result<Parts<'_>, Missing> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = text.split_inclusive('\n');
    let first = lines
        .next()
        .filter(|line| is_fence(line))
        .ok_or(Missing::Start)?;
    let start = first.len();
    let mut at = start;
    for (index, line) in lines.enumerate() {
        if is_fence(line) {
            let body = &text[at + line.len()..];
            return Ok(Parts {
                header: &text[start..at],
                body,
                body_line: index + HEADER_LINE + 1,
            });
        }
        at += line.len();
    }
    Err(Missing::End)
}

/// The line of a file at which the value of a JSON pointer into its header stands, or that of the
/// nearest value around it; none when the header cannot be read.
pub fn locate(text: &str, place: &Place, pointer: &str) -> Option<Place> {
    let parts = split(text).ok()?;
    let document = Document::read(parts.header, HEADER_LINE, place).ok()?;
    Some(document.locate(place, pointer))
}

fn is_fence(line: &str) -> bool {
    line.trim_end() == "---"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_and_body_are_told_apart() {
        let parts = split("---\na: 1\n---\nbody\n").expect("sound");
        assert_eq!(
            (parts.header, parts.body, parts.body_line),
            ("a: 1\n", "body\n", 4)
        );
        let windows = split("\u{feff}---\r\na: 1\r\n---\r\n").expect("sound");
        assert_eq!(
            (windows.header, windows.body, windows.body_line),
            ("a: 1\r\n", "", 4)
        );
    }

    #[test]
    fn what_is_missing_is_told() {
        assert_eq!(split("a: 1\n"), Err(Missing::Start));
        assert_eq!(split(""), Err(Missing::Start));
        assert_eq!(split("---\na: 1\n"), Err(Missing::End));
    }
}
