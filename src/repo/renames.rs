//! Which of the files that one commit removed and added are the same file under another name.
//!
//! 1. the same content under the same last name
//! 2. the same content
//! 3. at least half of it the same lines, the most similar pairs first; of equals the same last name,
//!    then the order of the paths
//!
//! Each file is used once. An empty file is like every other empty file, so it never counts.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::collections::VecDeque;
use std::hash::DefaultHasher;
use std::hash::Hash;
use std::hash::Hasher;

use git2::Oid;

use crate::path::RepoPath;

/// A file on one side of a commit.
pub(super) struct Side<'a> {
    pub(super) path: &'a RepoPath,
    pub(super) id: Oid,
}

/// Most pairs that are compared line by line in one commit; beyond it only files of the same name.
const MAX_PAIRS: usize = 400;
/// Largest file that is compared line by line.
pub(super) const MAX_SIZE: usize = 128 * 1024;

/// For each of `added`, the one of `removed` that it was, if any. `load` gives the content of a file,
/// or nothing if it is larger than [`MAX_SIZE`].
pub(super) fn pair(
    removed: &[Side<'_>],
    added: &[Side<'_>],
    mut load: impl FnMut(Oid) -> Option<Vec<u8>>,
) -> Vec<Option<usize>> {
    let mut pairs = Pairs {
        from: vec![None; added.len()],
        used: vec![false; removed.len()],
    };
    if removed.is_empty() || added.is_empty() {
        return pairs.from;
    }
    pairs.identical(removed, added, |side| {
        (side.id, side.path.file_name().to_owned())
    });
    pairs.identical(removed, added, |side| side.id);
    pairs.similar(removed, added, &mut load);
    pairs.from
}

struct Pairs {
    from: Vec<Option<usize>>,
    used: Vec<bool>,
}

impl Pairs {
    fn identical<K: Eq + Hash>(
        &mut self,
        removed: &[Side<'_>],
        added: &[Side<'_>],
        key: impl Fn(&Side<'_>) -> K,
    ) {
        let mut waiting: HashMap<K, VecDeque<usize>> = HashMap::new();
        let empty = Oid::from_str(EMPTY).ok();
        for (i, side) in removed.iter().enumerate() {
            if !self.used[i] && Some(side.id) != empty {
                waiting.entry(key(side)).or_default().push_back(i);
            }
        }
        for (i, side) in added.iter().enumerate() {
            if self.from[i].is_none()
                && let Some(from) = waiting.get_mut(&key(side)).and_then(VecDeque::pop_front)
            {
                self.take(from, i);
            }
        }
    }

    fn similar(
        &mut self,
        removed: &[Side<'_>],
        added: &[Side<'_>],
        load: &mut impl FnMut(Oid) -> Option<Vec<u8>>,
    ) {
        let candidates = self.candidates(removed, added);
        let mut lines: HashMap<Oid, Option<Lines>> = HashMap::new();
        for &(from, to) in &candidates {
            for id in [removed[from].id, added[to].id] {
                lines
                    .entry(id)
                    .or_insert_with(|| load(id).map(|bytes| Lines::of(&bytes)));
            }
        }
        let mut scored = Vec::new();
        for (from, to) in candidates {
            if let (Some(old), Some(new)) = (&lines[&removed[from].id], &lines[&added[to].id])
                && let Some(score) = old.likeness(new)
            {
                let renamed = removed[from].path.file_name() != added[to].path.file_name();
                scored.push((Reverse(score), renamed, from, to));
            }
        }
        scored.sort_unstable();
        for (_, _, from, to) in scored {
            if !self.used[from] && self.from[to].is_none() {
                self.take(from, to);
            }
        }
    }

    fn candidates(&self, removed: &[Side<'_>], added: &[Side<'_>]) -> Vec<(usize, usize)> {
        let removed_left: Vec<usize> = (0..removed.len()).filter(|&i| !self.used[i]).collect();
        let added_left: Vec<usize> = (0..added.len())
            .filter(|&i| self.from[i].is_none())
            .collect();
        if removed_left.len().saturating_mul(added_left.len()) <= MAX_PAIRS {
            let pairs = removed_left
                .iter()
                .map(|&from| added_left.iter().map(move |&to| (from, to)));
            return pairs.flatten().collect();
        }
        let mut named: HashMap<&str, Vec<usize>> = HashMap::new();
        for from in removed_left {
            named
                .entry(removed[from].path.file_name())
                .or_default()
                .push(from);
        }
        let same = |&to: &usize| named.get(added[to].path.file_name()).map(|all| (to, all));
        let pairs = added_left
            .iter()
            .filter_map(same)
            .flat_map(|(to, all)| all.iter().map(move |&from| (from, to)));
        pairs.take(MAX_PAIRS).collect()
    }

    fn take(&mut self, from: usize, to: usize) {
        self.used[from] = true;
        self.from[to] = Some(from);
    }
}

/// The id of the empty file.
const EMPTY: &str = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";

/// The lines of a file: how many bytes stand in lines of each content.
struct Lines {
    bytes: BTreeMap<u64, usize>,
    total: usize,
}

impl Lines {
    fn of(text: &[u8]) -> Lines {
        let mut lines = Lines {
            bytes: BTreeMap::new(),
            total: 0,
        };
        for line in text.split_inclusive(|&byte| byte == b'\n') {
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let mut hasher = DefaultHasher::new();
            line.hash(&mut hasher);
            *lines.bytes.entry(hasher.finish()).or_default() += line.len() + 1;
            lines.total += line.len() + 1;
        }
        lines
    }

    /// How much of the larger one stands in both, in thousandths, as git counts; none below one half.
    fn likeness(&self, other: &Lines) -> Option<usize> {
        let (less, more) = (self.total.min(other.total), self.total.max(other.total));
        if less == 0 || less * 2 < more {
            return None;
        }
        let both = |(line, bytes): (&u64, &usize)| Some(*other.bytes.get(line)?.min(bytes));
        let common: usize = self.bytes.iter().filter_map(both).sum();
        (common * 2 >= more).then(|| common * 1000 / more)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(removed: &[(&str, &str)], added: &[(&str, &str)], expected: &[Option<usize>]) {
        let mut store = HashMap::new();
        let mut side = |(path, text): &(&str, &str)| {
            let id = Oid::hash_object(git2::ObjectType::Blob, text.as_bytes()).unwrap();
            store.insert(id, text.as_bytes().to_vec());
            (RepoPath::parse(path).unwrap(), id)
        };
        let removed: Vec<_> = removed.iter().map(&mut side).collect();
        let added: Vec<_> = added.iter().map(&mut side).collect();
        fn sides(all: &[(RepoPath, Oid)]) -> Vec<Side<'_>> {
            all.iter()
                .map(|(path, id)| Side { path, id: *id })
                .collect()
        }
        let found = pair(&sides(&removed), &sides(&added), |id| {
            store.get(&id).cloned()
        });
        assert_eq!(found, expected);
    }

    #[test]
    fn identical() {
        check(
            &[("a/1", "x"), ("a/2", "x")],
            &[("b/2", "x"), ("b/3", "x"), ("b/4", "x")],
            &[Some(1), Some(0), None],
        );
        check(&[("a", "")], &[("b", "")], &[None]);
        check(&[], &[("b", "x")], &[None]);
    }

    #[test]
    fn similar() {
        check(
            &[("a", "1\n2\n3\n4\n")],
            &[("b", "1\n2\n3\n5\n")],
            &[Some(0)],
        );
        check(
            &[("a", "1\n2\n3\n4\n")],
            &[("b", "1\n2\n5\n6\n")],
            &[Some(0)],
        );
        check(&[("a", "1\n2\n3\n4\n")], &[("b", "1\n7\n5\n6\n")], &[None]);
        check(&[("a", "1\r\n2\r\n3")], &[("b", "1\n2\n3\n")], &[Some(0)]);
        // The most similar wins, whatever the order.
        check(
            &[("a", "1\n2\n3\n4\n")],
            &[("b", "1\n2\n3\n5\n"), ("c", "1\n2\n3\n4\n6\n")],
            &[None, Some(0)],
        );
        // Then the same name.
        check(
            &[("a/x", "1\n2\n3\n4\n")],
            &[("b/w", "1\n2\n3\n5\n"), ("b/x", "1\n2\n3\n6\n")],
            &[None, Some(0)],
        );
    }

    #[test]
    fn bounded() {
        let text = |i: usize, last: &str| format!("same {i}\nlines {i}\nhere {i}\n{last}\n");
        let all: Vec<_> = (0..1000)
            .map(|i| {
                (
                    format!("a/{i}"),
                    format!("b/{i}"),
                    text(i, "1"),
                    text(i, "2"),
                )
            })
            .collect();
        let removed: Vec<_> = all
            .iter()
            .map(|(a, _, old, _)| (a.as_str(), old.as_str()))
            .collect();
        let added: Vec<_> = all
            .iter()
            .map(|(_, b, _, new)| (b.as_str(), new.as_str()))
            .collect();
        let expected: Vec<_> = (0..1000).map(|i| (i < MAX_PAIRS).then_some(i)).collect();
        check(&removed, &added, &expected);
    }
}
