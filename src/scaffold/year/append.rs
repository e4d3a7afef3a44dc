//! Lines added to the lists of `school.yaml`: every byte that is there stays, and the result is read again
//! and must be the old data with items added at the ends of lists, or nothing is done.

use serde_json::Value;

use crate::diag::Words;
use crate::records::school::SCHOOL_FILE;
use crate::records::yaml::Document;
use crate::scaffold::school::document;

/// Lines for the end of a list at the top of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addition {
    /// The list.
    pub list: &'static str,
    /// Comments and items, without indentation.
    pub lines: Vec<String>,
}

/// Adds the lines.
///
/// # Errors
/// The reason, when the text cannot be read or is laid out as nobody writes it.
pub fn append(text: &str, additions: &[Addition]) -> Result<String, Words> {
    let before = document(text)?;
    let ending = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut insertions: Vec<(usize, usize, String)> = Vec::new();
    for (order, addition) in additions.iter().enumerate() {
        let (at, inserted) =
            place(text, &before, addition, ending).ok_or_else(|| unreadable(addition.list))?;
        insertions.push((at, order, inserted));
    }
    // From the end, so that the places before stay right.
    insertions.sort_by_key(|(at, order, _)| std::cmp::Reverse((*at, *order)));
    let mut out = text.to_owned();
    for (at, _, inserted) in insertions {
        out.insert_str(at, &inserted);
    }
    let list = additions.first().map_or("", |addition| addition.list);
    let after = document(&out).map_err(|_| unreadable(list))?;
    match only_adds(&before.value, &after.value, additions) {
        true => Ok(out),
        false => Err(unreadable(list)),
    }
}

/// Whether `after` is `before` with items added at the ends of these lists, as many as were asked for.
fn only_adds(before: &Value, after: &Value, additions: &[Addition]) -> bool {
    let (Value::Object(before), Value::Object(after)) = (before, after) else {
        return false;
    };
    let asked = |list: &str| -> usize {
        let own = additions.iter().filter(|addition| addition.list == list);
        let lines = own.flat_map(|addition| &addition.lines);
        lines.filter(|line| line.starts_with('-')).count()
    };
    let nothing = Vec::new();
    let grown = after
        .iter()
        .all(|(key, value)| match (before.get(key), value) {
            (Some(old), new) if asked(key) == 0 => old == new,
            (old, Value::Array(new)) => {
                let old = match old {
                    Some(Value::Array(old)) => old,
                    None => &nothing,
                    Some(_) => return false,
                };
                new.len() == old.len() + asked(key) && new.starts_with(old)
            }
            _ => false,
        });
    grown && before.keys().all(|key| after.contains_key(key))
}

/// Where to insert what.
fn place(
    text: &str,
    document: &Document,
    addition: &Addition,
    ending: &str,
) -> Option<(usize, String)> {
    let indented = |indent: &str| -> String {
        let lines = addition.lines.iter();
        lines
            .map(|line| format!("{indent}{line}{ending}"))
            .collect()
    };
    let start = |line: usize| -> usize {
        let lines = text.split_inclusive('\n').take(line.saturating_sub(1));
        lines.map(str::len).sum()
    };
    let has_items = addition.lines.iter().any(|line| line.starts_with('-'));
    match document.value.get(addition.list) {
        // At the end of the file.
        None if has_items => {
            let open = if text.ends_with('\n') { "" } else { ending };
            let list = addition.list;
            Some((
                text.len(),
                format!("{open}{ending}{list}:{ending}{}", indented("  ")),
            ))
        }
        None => {
            let open = if text.ends_with('\n') { "" } else { ending };
            let note = format!("{open}{ending}# {}:{ending}{}", addition.list, indented(""));
            Some((text.len(), note))
        }
        Some(Value::Array(items)) if items.is_empty() => {
            let (line, _) = document.mark(&format!("/{}", addition.list))?;
            let from = start(line);
            let row = text[from..].split('\n').next()?;
            let end = from + row.len() + usize::from(from + row.len() < text.len());
            // Comments may stand below `[]`; items may not.
            (!has_items).then(|| {
                let open = if text[..end].ends_with('\n') {
                    ""
                } else {
                    ending
                };
                (end, format!("{open}{}", indented("  ")))
            })
        }
        Some(Value::Array(items)) => {
            let (line, column) =
                document.mark(&format!("/{}/{}", addition.list, items.len() - 1))?;
            let from = start(line);
            let first = text[from..].split('\n').next()?;
            let dash = first.find('-')?;
            let before: String = first.chars().take(column - 1).collect();
            // An item of a list in brackets has no dash before it.
            if before.trim() != "-" {
                return None;
            }
            let mut end = from;
            for (index, row) in text[from..].split_inclusive('\n').enumerate() {
                let own = row.len() - row.trim_start().len() > dash && !row.trim().is_empty();
                // A comment that is indented less than the item belongs to what follows.
                if index > 0 && !own {
                    break;
                }
                end += row.len();
            }
            let open = if text[..end].ends_with('\n') {
                ""
            } else {
                ending
            };
            Some((end, format!("{open}{}", indented(&first[..dash]))))
        }
        Some(_) => None,
    }
}

fn unreadable(list: &str) -> Words {
    Words::new(
        format!(
            "không tự thêm được vào `{list}` của {SCHOOL_FILE}; viết mỗi mục trên một dòng `- {{…}}`, hoặc chép các dòng của --dry-run vào"
        ),
        format!(
            "nothing can be added to `{list}` of {SCHOOL_FILE}; write each item on a line `- {{…}}`, or copy the lines of --dry-run"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(text: &str, list: &'static str, lines: &[&str]) -> Result<String, Words> {
        let lines = lines.iter().map(|line| (*line).to_owned()).collect();
        append(text, &[Addition { list, lines }])
    }

    #[test]
    fn items_come_last_and_comments_stay_where_they_are() {
        let text = "# đầu\nnghi:\n  - {a: 1} # một\n  # hai\n  - a: 2\n    b: 3\n\n# vai trò\nvai-tro: []\n";
        assert_eq!(
            add(text, "nghi", &["# mới", "- {a: 4}"]).unwrap(),
            "# đầu\nnghi:\n  - {a: 1} # một\n  # hai\n  - a: 2\n    b: 3\n  # mới\n  - {a: 4}\n\n# vai trò\nvai-tro: []\n"
        );
        assert_eq!(
            add("a:\r\n- 1", "a", &["- 2"]).unwrap(),
            "a:\r\n- 1\r\n- 2\r\n"
        );
        assert_eq!(
            add("a: 1\n", "nam-hoc", &["- {x: 1}"]).unwrap(),
            "a: 1\n\nnam-hoc:\n  - {x: 1}\n"
        );
        assert_eq!(
            add("nghi: []\nb: 1\n", "nghi", &["# - x"]).unwrap(),
            "nghi: []\n  # - x\nb: 1\n"
        );
    }

    #[test]
    fn what_cannot_be_added_to_is_refused() {
        for text in ["a: [1, 2]\n", "a: x\n", "a: [\n", "a: []\n", "a: {b: 1}\n"] {
            assert!(add(text, "a", &["- 3"]).is_err(), "{text}");
        }
        // Lines that would say something else than an item.
        assert!(add("a:\n  - 1\n", "a", &["- 2", "b: 3"]).is_err());
        assert!(add("a:\n  - 1\n", "a", &["- 2\nb: 3"]).is_err());
    }
}
