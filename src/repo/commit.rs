//! Who, when and why: what a commit says about itself.
//!
//! Whoever may propose a change may write anything into these texts, so they are cleaned here once:
//! valid UTF-8 in NFC, no character that controls a terminal or hides, bounded.

use icu_normalizer::ComposingNormalizerBorrowed;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

use crate::path::is_hidden;

/// One commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// 40 hexadecimal digits.
    pub id: String,
    /// The first 10 of them.
    pub short: String,
    /// Who wrote the change.
    pub author: Person,
    /// Who put it into the repository; the forge itself for an edit on its pages.
    pub committer: Person,
    /// When it was written.
    pub authored: Moment,
    /// When it was put into the repository.
    pub committed: Moment,
    /// The first paragraph of the message, as one line.
    pub summary: String,
    /// The whole message, lines separated by `\n`, without empty lines around it.
    pub message: String,
    /// Whether it joins several lines of history.
    pub merge: bool,
}

/// A name and an address as a commit gives them: a claim, not a proof.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Person {
    /// The name.
    pub name: String,
    /// The e-mail address.
    pub email: String,
}

/// An instant together with the offset of the clock that it was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment {
    /// The instant.
    pub time: Timestamp,
    /// Minutes east of Greenwich.
    pub offset_minutes: i32,
}

impl Commit {
    pub(super) fn read(commit: &git2::Commit<'_>) -> Commit {
        let id = commit.id().to_string();
        let (author, committer) = (commit.author(), commit.committer());
        let message = clean(commit.message_bytes(), 64 * 1024, true);
        Commit {
            short: id[..10].to_owned(),
            id,
            author: Person::read(author.name_bytes(), author.email_bytes()),
            committer: Person::read(committer.name_bytes(), committer.email_bytes()),
            authored: Moment::of(author.when()),
            committed: Moment::of(committer.when()),
            summary: message
                .lines()
                .take_while(|line| !line.is_empty())
                .collect::<Vec<_>>()
                .join(" "),
            message,
            merge: commit.parent_count() > 1,
        }
    }
}

impl Person {
    pub(super) fn read(name: &[u8], email: &[u8]) -> Person {
        Person {
            name: clean(name, 256, false),
            email: clean(email, 256, false),
        }
    }
}

impl Moment {
    /// A time beyond what the calendar holds becomes the nearest that it does.
    pub(super) fn of(time: git2::Time) -> Moment {
        let seconds = time
            .seconds()
            .clamp(Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
        let minutes = time.offset_minutes().clamp(-MAX_OFFSET, MAX_OFFSET);
        Moment {
            time: Timestamp::from_second(seconds).unwrap_or_default(),
            offset_minutes: minutes,
        }
    }

    /// What the clock on the wall showed.
    pub fn civil(self) -> DateTime {
        let offset = Offset::from_seconds(self.offset_minutes.saturating_mul(60));
        offset.unwrap_or(Offset::UTC).to_datetime(self.time)
    }
}

/// A day; nobody's clock is further off, and the calendar takes no more.
const MAX_OFFSET: i32 = 24 * 60;

/// Bytes from outside as text of at most `max` bytes, on one line unless `lines`.
fn clean(bytes: &[u8], max: usize, lines: bool) -> String {
    let cut = bytes.len() > max;
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(max)]).replace("\r\n", "\n");
    let text = ComposingNormalizerBorrowed::new_nfc().normalize(&text);
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' if lines => {
                out.truncate(out.trim_end_matches(' ').len());
                out.push('\n');
            }
            '\t' | '\n' | '\r' => out.push(' '),
            c if is_hidden(c) => {}
            c => out.push(c),
        }
    }
    if cut {
        out.push('…');
    }
    out.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cleans() {
        let cases: [(&[u8], &str); 5] = [
            ("Nguyễn Thị A\u{301}n".as_bytes(), "Nguyễn Thị Án"),
            (b"\x1b[31mred\x07", "[31mred"),
            (b"a\xffb", "a\u{fffd}b"),
            ("\u{202e}gpj.exe\n x".as_bytes(), "gpj.exe  x"),
            (&[b'x'; 300], &format!("{}…", "x".repeat(256))),
        ];
        for (bytes, text) in cases {
            assert_eq!(clean(bytes, 256, false), text);
        }
        assert_eq!(
            clean(b"\n\none \r\ntwo\t\n\nthree\n\n", 256, true),
            "one\ntwo\n\nthree"
        );
        // Cut in the middle of a letter.
        assert_eq!(clean("aế".as_bytes(), 2, false), "a\u{fffd}…");
    }

    #[test]
    fn moments() {
        let moment = Moment::of(git2::Time::new(1_725_840_000, 420));
        assert_eq!(moment.civil().to_string(), "2024-09-09T07:00:00");
        for time in [i64::MIN, i64::MAX] {
            for offset in [i32::MIN, i32::MAX] {
                Moment::of(git2::Time::new(time, offset)).civil();
            }
        }
    }
}
