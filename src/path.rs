//! Paths inside a repository and inside the archive: relative, normal, and the same on every system.
//!
//! A path here can only be made by parsing, so nothing after that asks again whether it climbs out of
//! its folder, hides a character, or cannot be unpacked on the Windows machine of an inspector.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use icu_normalizer::ComposingNormalizerBorrowed;

mod malformed;

pub use malformed::Malformed;
pub use malformed::Reason;

/// Longest path, in bytes.
pub const MAX_BYTES: usize = 1024;
/// Longest name of one file or folder, in bytes: what common file systems hold.
pub const MAX_NAME_BYTES: usize = 255;
/// Most names in one path; whoever walks folders by recursion may rely on it.
pub const MAX_DEPTH: usize = 32;

macro_rules! path_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Reads a path; the only way to make one.
            ///
            /// # Errors
            /// [`Malformed`] with the first fault found.
            pub fn parse(text: &str) -> Result<$name, Malformed> {
                match fault(text) {
                    Some(reason) => Err(Malformed { path: shown(text), reason }),
                    None => Ok($name(text.into())),
                }
            }

            /// The path as text, names separated by `/`.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The path of `below`, read as relative to this one.
            ///
            /// # Errors
            /// [`Malformed`] if `below` is not a relative, normal path or leads too deep.
            pub fn join(&self, below: &str) -> Result<$name, Malformed> {
                if let Some(reason) = fault(below) {
                    return Err(Malformed { path: shown(below), reason });
                }
                $name::parse(&format!("{}/{below}", self.0))
            }

            /// The folder it lies in; none at the top.
            pub fn parent(&self) -> Option<$name> {
                self.0.rsplit_once('/').map(|(folder, _)| $name(folder.into()))
            }

            /// The last name.
            pub fn file_name(&self) -> &str {
                self.0.rsplit_once('/').map_or(&self.0, |(_, name)| name)
            }

            /// What follows the last dot of the last name; a name that begins with its only dot has none.
            pub fn extension(&self) -> Option<&str> {
                let (stem, ending) = self.file_name().rsplit_once('.')?;
                (!stem.is_empty()).then_some(ending)
            }

            /// The names, from the top.
            pub fn segments(&self) -> impl DoubleEndedIterator<Item = &str> {
                self.0.split('/')
            }

            /// Whether it is `folder` itself or lies below it; whole names are compared.
            pub fn starts_with(&self, folder: &str) -> bool {
                &*self.0 == folder || self.strip_prefix(folder).is_some()
            }

            /// What remains below `folder` (with or without `/` at its end); none if it does not
            /// lie there.
            pub fn strip_prefix(&self, folder: &str) -> Option<&str> {
                self.0.strip_prefix(folder.strip_suffix('/').unwrap_or(folder))?.strip_prefix('/')
            }

            /// The same for two paths that some file system or archive tool would take for one:
            /// normalised to NFC, without difference of case.
            pub fn collision_key(&self) -> String {
                // Upper case first: it joins what lower case alone keeps apart (`ß` and `ss`, `ς` and `σ`).
                let nfc = ComposingNormalizerBorrowed::new_nfc();
                let plain = nfc.normalize(&self.0);
                let upper = plain.chars().flat_map(char::to_uppercase);
                let folded: String = upper.flat_map(char::to_lowercase).collect();
                nfc.normalize(&folded).into_owned()
            }

            /// Whether it is written in the one spelling (NFC) that all text here has.
            pub fn is_nfc(&self) -> bool {
                ComposingNormalizerBorrowed::new_nfc().is_normalized(&self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        // Lets a map keyed by paths be asked for a range of plain text; `str` orders by bytes as well.
        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}

path_type! {
    /// A path inside the repository, from its root. Ordered by bytes.
    RepoPath
}

path_type! {
    /// A path inside the archive, from its root. Ordered by bytes.
    SitePath
}

/// Whether a character must not be shown: it controls a terminal, hides, or reorders what stands
/// around it.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        )
}

/// A text from outside, fit to be shown in a message.
pub fn shown(text: &str) -> String {
    text.chars()
        .map(|c| {
            if is_hidden(c) {
                char::REPLACEMENT_CHARACTER
            } else {
                c
            }
        })
        .collect()
}

fn fault(text: &str) -> Option<Reason> {
    if text.is_empty() {
        return Some(Reason::Empty);
    }
    if text.len() > MAX_BYTES {
        return Some(Reason::TooLong);
    }
    if text.starts_with('/') {
        return Some(Reason::Absolute);
    }
    if text.split('/').count() > MAX_DEPTH {
        return Some(Reason::TooDeep);
    }
    text.split('/').find_map(name_fault)
}

fn name_fault(name: &str) -> Option<Reason> {
    if name.is_empty() {
        return Some(Reason::EmptyName);
    }
    if name.len() > MAX_NAME_BYTES {
        return Some(Reason::TooLong);
    }
    if name == "." || name == ".." {
        return Some(Reason::Dots);
    }
    for c in name.chars() {
        match c {
            '\\' => return Some(Reason::Backslash),
            '<' | '>' | ':' | '"' | '|' | '?' | '*' => return Some(Reason::ReservedCharacter),
            _ if is_hidden(c) => return Some(Reason::Control),
            _ => {}
        }
    }
    if name.ends_with(['.', ' ']) {
        return Some(Reason::TrailingDotOrSpace);
    }
    // The second is the short form under which Windows also finds the first.
    if name.eq_ignore_ascii_case(".git") || name.eq_ignore_ascii_case("git~1") {
        return Some(Reason::GitFolder);
    }
    is_device(name).then_some(Reason::ReservedName)
}

/// The device names of Windows hold with any ending, and also with a superscript digit.
fn is_device(name: &str) -> bool {
    let stem = name
        .split('.')
        .next()
        .unwrap_or(name)
        .trim_end_matches(' ')
        .to_ascii_lowercase();
    if matches!(
        stem.as_str(),
        "con" | "prn" | "aux" | "nul" | "conin$" | "conout$"
    ) {
        return true;
    }
    let number = stem
        .strip_prefix("com")
        .or_else(|| stem.strip_prefix("lpt"));
    number.is_some_and(|number| {
        let mut digits = number.chars();
        matches!(
            (digits.next(), digits.next()),
            (Some('0'..='9' | '¹' | '²' | '³'), None)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts() {
        let path = RepoPath::parse("content/2024-2025/mg-5a/giao-an/2024-09-09.md").unwrap();
        assert_eq!(path.file_name(), "2024-09-09.md");
        assert_eq!(path.extension(), Some("md"));
        assert_eq!(path.segments().nth(2), Some("mg-5a"));
        assert_eq!(
            path.strip_prefix("content"),
            Some("2024-2025/mg-5a/giao-an/2024-09-09.md")
        );
        assert!(path.starts_with("content/2024-2025") && path.starts_with(path.as_str()));
        assert!(!path.starts_with("content/2024") && path.starts_with("content/"));
        let folder = path.parent().unwrap();
        assert_eq!(folder.as_str(), "content/2024-2025/mg-5a/giao-an");
        assert_eq!(folder.join("anh/ve.jpg").unwrap().file_name(), "ve.jpg");
        assert_eq!(
            folder.join("/etc/passwd").unwrap_err().reason,
            Reason::Absolute
        );
        assert_eq!(folder.join("../../x").unwrap_err().reason, Reason::Dots);
        let top = SitePath::parse(".nojekyll").unwrap();
        assert_eq!(
            (top.parent(), top.extension(), top.file_name()),
            (None, None, ".nojekyll")
        );
    }

    #[test]
    fn accepts() {
        for text in [
            "a",
            "Giáo án/bé vẽ tranh.md",
            "content/.gitkeep",
            "com10",
            "lpt",
            "cong/aux-1.md",
            "..a",
        ] {
            assert!(RepoPath::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn refuses() {
        let long_name = "x".repeat(256);
        let long = format!("{}a", "abcdefghi/".repeat(110));
        let deep = format!("{}a", "a/".repeat(32));
        let cases = [
            ("", Reason::Empty),
            ("/a", Reason::Absolute),
            ("a//b", Reason::EmptyName),
            ("a/", Reason::EmptyName),
            ("a/./b", Reason::Dots),
            ("..", Reason::Dots),
            ("a\\b", Reason::Backslash),
            ("a\nb", Reason::Control),
            ("a\u{202e}b", Reason::Control),
            ("a\u{200b}", Reason::Control),
            ("c:/a", Reason::ReservedCharacter),
            ("a/b?.md", Reason::ReservedCharacter),
            ("a./b", Reason::TrailingDotOrSpace),
            ("a ", Reason::TrailingDotOrSpace),
            ("a/.GIT/config", Reason::GitFolder),
            ("a/Aux.md", Reason::ReservedName),
            ("COM¹", Reason::ReservedName),
            ("nul .txt", Reason::ReservedName),
            (&long_name, Reason::TooLong),
            (&long, Reason::TooLong),
            (&deep, Reason::TooDeep),
        ];
        for (text, reason) in cases {
            assert_eq!(
                RepoPath::parse(text).unwrap_err().reason,
                reason,
                "{text:?}"
            );
            assert_eq!(
                SitePath::parse(text).unwrap_err().reason,
                reason,
                "{text:?}"
            );
        }
        let hidden = RepoPath::parse("a\u{1b}[2J").unwrap_err();
        assert_eq!(
            hidden.en(),
            "malformed path `a\u{fffd}[2J`: it holds a control character or a hidden one"
        );
    }

    #[test]
    fn collisions() {
        let key = |text| RepoPath::parse(text).unwrap().collision_key();
        let same = [
            ("Hoa.md", "hoa.MD"),
            ("bé.md", "be\u{301}.md"),
            ("ĐÀO", "đa\u{300}o"),
            ("straße", "STRASSE"),
        ];
        for (one, other) in same {
            assert_eq!(key(one), key(other), "{one} {other}");
        }
        assert_ne!(key("be"), key("bé"));
        assert_ne!(key("do"), key("đo"));
        assert!(RepoPath::parse("bé").unwrap().is_nfc());
        assert!(!RepoPath::parse("be\u{301}").unwrap().is_nfc());
    }
}
