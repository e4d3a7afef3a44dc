//! The first line of a file that `hoso setup` writes: version and digest of what follows. A file that
//! still has its digest was changed by nobody, and a newer version may write it anew; every other file is
//! somebody's.

use std::collections::BTreeMap;

use crate::digest::Sha256;
use crate::scaffold::Files;

const MARK: &str = "hoso-setup ";

/// What becomes of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is not there and is written.
    New,
    /// It is there as it should be.
    Same,
    /// An older version of hoso wrote it and nobody changed it: it is written anew.
    Renewed,
    /// Somebody else's text is there, and the user named it to be replaced.
    Replaced,
    /// Somebody else's text is there: it is left as it is.
    Kept,
}

/// Puts the line over a text.
pub fn stamped(path: &str, text: &str) -> Vec<u8> {
    let version = env!("CARGO_PKG_VERSION");
    let said = format!("{MARK}{version} sha256={}", Sha256::of(text.as_bytes()));
    let line = match path.ends_with(".md") {
        true => format!("<!-- {said} -->"),
        false => format!("# {said}"),
    };
    format!("{line}\n{text}").into_bytes()
}

/// Whether a file has our line, and what follows has the digest that stands in it.
pub fn is_untouched(bytes: &[u8]) -> bool {
    let Some((line, rest)) = std::str::from_utf8(bytes)
        .ok()
        .and_then(|text| text.split_once('\n'))
    else {
        return false;
    };
    let line = line.trim_start_matches("# ").trim_start_matches("<!-- ");
    let digest = line
        .strip_prefix(MARK)
        .and_then(|line| line.split_once(" sha256="))
        .map(|(_, digest)| digest.trim_end_matches(" -->"));
    digest.and_then(Sha256::parse) == Some(Sha256::of(rest.as_bytes()))
}

/// What becomes of each file that is wanted. `there` are the files that exist; `older` is told of texts
/// that earlier versions wrote without the line.
pub fn fates(
    wanted: &Files,
    there: &BTreeMap<String, Vec<u8>>,
    replace: &[String],
    older: impl Fn(&str, &[u8]) -> bool,
) -> BTreeMap<String, Fate> {
    wanted
        .iter()
        .map(|(path, bytes)| {
            let fate = match there.get(path) {
                None => Fate::New,
                Some(old) if old == bytes => Fate::Same,
                Some(old) if is_untouched(old) || older(path, old) => Fate::Renewed,
                Some(_) if replace.contains(path) => Fate::Replaced,
                Some(_) => Fate::Kept,
            };
            (path.clone(), fate)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_file_is_somebodys() {
        for path in ["a.yml", "a.md"] {
            let bytes = stamped(path, "một\nhai\n");
            assert!(is_untouched(&bytes), "{path}");
            let mut other = bytes.clone();
            other.extend(b"ba\n");
            assert!(!is_untouched(&other));
            let text = String::from_utf8(bytes).unwrap();
            assert!(!is_untouched(text.replace("hai", "hai ").as_bytes()));
        }
        assert!(!is_untouched(b"name: x\n") && !is_untouched(b"") && !is_untouched(b"\xff\n"));
    }

    #[test]
    fn nothing_of_others_is_replaced_unless_it_is_named() {
        let wanted: Files = ["a", "b", "c", "d", "e"]
            .into_iter()
            .map(|path| (path.to_owned(), stamped(path, "mới\n")))
            .collect();
        let there = BTreeMap::from([
            ("b".to_owned(), stamped("b", "mới\n")),
            ("c".to_owned(), stamped("c", "cũ\n")),
            ("d".to_owned(), b"cua toi".to_vec()),
            ("e".to_owned(), b"cua toi".to_vec()),
        ]);
        let fates = fates(&wanted, &there, &["e".to_owned()], |_, _| false);
        let fates: Vec<Fate> = fates.into_values().collect();
        assert_eq!(
            fates,
            [
                Fate::New,
                Fate::Same,
                Fate::Renewed,
                Fate::Kept,
                Fate::Replaced
            ]
        );
    }
}
