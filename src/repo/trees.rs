//! git's trees, decoded, and what differs between them.
//!
//! The library's own comparison of trees was 40 times slower on a school's history; this one looks
//! only into folders whose ids differ, and decodes each tree once.

use std::collections::HashMap;
use std::rc::Rc;

use git2::ObjectType;
use git2::Oid;

use crate::path::MAX_DEPTH;
use crate::path::RepoPath;
use crate::repo::Error;
use crate::repo::Repo;

/// One folder of one revision. Invariant: each list is ordered by name, and holds no name twice.
#[derive(Default)]
pub(super) struct Tree {
    pub(super) files: Vec<Item>,
    pub(super) folders: Vec<Item>,
    /// What is neither, or has no proper name.
    pub(super) others: Vec<(Vec<u8>, i32)>,
    /// All names in one piece: one for each would take half of the whole time.
    names: String,
}

#[derive(Clone, Copy)]
pub(super) struct Item {
    pub(super) id: Oid,
    pub(super) mode: i32,
    start: usize,
    end: usize,
}

impl Tree {
    pub(super) fn name(&self, item: &Item) -> &str {
        &self.names[item.start..item.end]
    }
}

/// The kind of an entry, without its permissions.
pub(super) const KIND: i32 = 0o170_000;
const FILE: i32 = 0o100_000;
const FOLDER: i32 = 0o040_000;

/// Decoded trees, the most recently used ones kept.
pub(super) struct Trees<'r> {
    repo: &'r Repo,
    recent: HashMap<Oid, Rc<Tree>>,
    older: HashMap<Oid, Rc<Tree>>,
}

/// How many trees each of the two generations holds: some hundred commits' worth.
const KEPT: usize = 4096;

impl<'r> Trees<'r> {
    pub(super) fn new(repo: &'r Repo) -> Trees<'r> {
        Trees {
            repo,
            recent: HashMap::new(),
            older: HashMap::new(),
        }
    }

    pub(super) fn get(&mut self, id: Oid) -> Result<Rc<Tree>, Error> {
        if let Some(tree) = self.recent.get(&id) {
            return Ok(Rc::clone(tree));
        }
        let tree = match self.older.remove(&id) {
            Some(tree) => tree,
            None => Rc::new(decode(self.repo, id)?),
        };
        if self.recent.len() >= KEPT {
            self.older = std::mem::take(&mut self.recent);
        }
        self.recent.insert(id, Rc::clone(&tree));
        Ok(tree)
    }
}

fn decode(repo: &Repo, id: Oid) -> Result<Tree, Error> {
    let failed = |source| Error::git(id, source);
    let malformed = || failed(git2::Error::from_str("malformed tree"));
    // The library's own reader of trees makes a list of its own first, and keeps it.
    let store = repo.git.odb().map_err(failed)?;
    let object = store.read(id).map_err(failed)?;
    if object.kind() != ObjectType::Tree {
        return Err(malformed());
    }
    let mut tree = Tree::default();
    let mut rest = object.data();
    while !rest.is_empty() {
        let (mode, bytes, id);
        (mode, bytes, id, rest) = entry(rest).ok_or_else(malformed)?;
        // A slash cannot be typed, but it can be forged.
        let name = str::from_utf8(bytes)
            .ok()
            .filter(|name| !name.contains('/'));
        let list = match (mode & KIND, name) {
            (FILE, Some(_)) => &mut tree.files,
            (FOLDER, Some(_)) => &mut tree.folders,
            _ => {
                tree.others.push((bytes.to_vec(), mode));
                continue;
            }
        };
        let start = tree.names.len();
        tree.names.push_str(name.unwrap_or_default());
        list.push(Item {
            id,
            mode,
            start,
            end: tree.names.len(),
        });
    }
    let names = &tree.names;
    for list in [&mut tree.files, &mut tree.folders] {
        list.sort_by_key(|item| &names[item.start..item.end]);
        // A forged tree can have a name twice.
        list.dedup_by(|again, first| {
            let name = &names[again.start..again.end];
            let same = name == &names[first.start..first.end];
            if same {
                tree.others.push((name.as_bytes().to_vec(), again.mode));
            }
            same
        });
    }
    Ok(tree)
}

/// The entry that stands first, and what follows: its mode in octal digits, a space, its name, a zero byte, the 20 bytes of
/// its id; what `git cat-file tree` shows.
fn entry(bytes: &[u8]) -> Option<(i32, &[u8], Oid, &[u8])> {
    let space = bytes.iter().take(8).position(|byte| *byte == b' ')?;
    let mode = str::from_utf8(&bytes[..space]).ok()?;
    let mode = i32::from(u16::from_str_radix(mode, 8).ok()?);
    let rest = &bytes[space + 1..];
    let end = rest.iter().position(|byte| *byte == 0)?;
    let (id, after) = rest[end + 1..].split_at_checked(20)?;
    let id = Oid::from_bytes(id).ok()?;
    (end > 0).then_some((mode, &rest[..end], id, after))
}

/// One path that a commit changed against all its parents.
pub(super) struct Delta {
    pub(super) path: RepoPath,
    /// The file before, in the first parent that has it.
    pub(super) old: Option<Oid>,
    /// The file after; `None` if it is gone.
    pub(super) new: Option<Oid>,
}

/// Compares one tree with those it came from, below some folders.
pub(super) struct Comparison<'a, 'r> {
    pub(super) trees: &'a mut Trees<'r>,
    pub(super) folders: &'a [&'a str],
    pub(super) found: Vec<Delta>,
    /// How much may still be looked at: a few forged trees can stand for more files than fit any disk.
    pub(super) budget: &'a mut usize,
}

impl Comparison<'_, '_> {
    /// Finds the files below `path` that are other in `new` than in each of `olds`: git's rule for
    /// what a merge has itself changed, and for one parent simply what differs.
    ///
    /// Invariant: `olds` is not empty.
    pub(super) fn run(
        &mut self,
        path: &str,
        new: Option<Oid>,
        olds: &[Option<Oid>],
    ) -> Result<(), Error> {
        if olds.contains(&new) {
            return Ok(());
        }
        self.spend()?;
        let load = |id: Option<Oid>| id.map_or_else(|| Ok(Rc::default()), |id| self.trees.get(id));
        let all = std::iter::once(&new).chain(olds).copied().map(load);
        let all: Vec<Rc<Tree>> = all.collect::<Result<_, Error>>()?;

        self.files(path, &all)?;
        self.folders(path, &all)
    }

    /// Invariant of this and the next: the new folder first, then the old ones.
    fn files(&mut self, path: &str, all: &[Rc<Tree>]) -> Result<(), Error> {
        let mut cursor = Cursor::new(all.iter().map(|tree| (&**tree, tree.files.as_slice())));
        while let Some((name, entries)) = cursor.next() {
            let new = entries[0].map(|file| (file.id, file.mode));
            let mut olds = entries[1..]
                .iter()
                .map(|old| old.map(|file| (file.id, file.mode)));
            if olds.clone().any(|old| old == new) || !self.covers(path, name) {
                continue;
            }
            let old = olds.find_map(|old| old).map(|(id, _)| id);
            // What cannot be named has no history; the snapshot refuses it as long as it is there.
            if let Ok(path) = RepoPath::parse(&below(path, name)) {
                self.spend()?;
                self.found.push(Delta {
                    path,
                    old,
                    new: new.map(|(id, _)| id),
                });
            }
        }
        Ok(())
    }

    fn folders(&mut self, path: &str, all: &[Rc<Tree>]) -> Result<(), Error> {
        let mut cursor = Cursor::new(all.iter().map(|tree| (&**tree, tree.folders.as_slice())));
        while let Some((name, entries)) = cursor.next() {
            if entries[1..]
                .iter()
                .any(|old| old.map(|item| item.id) == entries[0].map(|item| item.id))
            {
                continue;
            }
            let ids: Vec<Option<Oid>> = entries
                .iter()
                .map(|folder| folder.map(|item| item.id))
                .collect();
            if self.covers(path, name) || self.leads_to(path, name) {
                let path = below(path, name);
                if path.split('/').count() < MAX_DEPTH {
                    self.run(&path, ids[0], &ids[1..])?;
                }
            }
        }
        Ok(())
    }

    fn spend(&mut self) -> Result<(), Error> {
        let Some(left) = self.budget.checked_sub(1) else {
            let path = self.trees.repo.root.clone();
            return Err(Error::TooMany {
                path,
                max: super::history::BUDGET,
            });
        };
        *self.budget = left;
        Ok(())
    }

    /// Whether `path/name` is one of the folders or lies below one.
    fn covers(&self, path: &str, name: &str) -> bool {
        let path = below(path, name);
        self.folders.iter().any(|folder| {
            path.strip_prefix(folder)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    /// Whether one of the folders lies below `path/name`.
    fn leads_to(&self, path: &str, name: &str) -> bool {
        let path = below(path, name) + "/";
        self.folders.iter().any(|folder| folder.starts_with(&path))
    }
}

pub(super) fn below(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}/{name}")
    }
}

/// Goes through the lists of several trees at once, name by name.
struct Cursor<'t> {
    lists: Vec<(&'t Tree, &'t [Item])>,
    entries: Vec<Option<&'t Item>>,
}

impl<'t> Cursor<'t> {
    fn new(lists: impl Iterator<Item = (&'t Tree, &'t [Item])>) -> Cursor<'t> {
        let lists: Vec<_> = lists.collect();
        Cursor {
            entries: vec![None; lists.len()],
            lists,
        }
    }

    /// The next name, and what each list has under it.
    fn next(&mut self) -> Option<(&'t str, &[Option<&'t Item>])> {
        let first =
            |(tree, list): &(&'t Tree, &'t [Item])| list.first().map(|item| tree.name(item));
        let least = self.lists.iter().filter_map(first).min()?;
        for ((tree, list), entry) in self.lists.iter_mut().zip(&mut self.entries) {
            *entry = list.first().filter(|item| tree.name(item) == least);
            *list = &list[usize::from(entry.is_some())..];
        }
        Some((least, &self.entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_read_or_refused() {
        let whole = [b"100644 a b\0".as_slice(), &[7; 20], b"40000 c\0"].concat();
        let (mode, name, id, rest) = entry(&whole).expect("an entry");
        assert_eq!(
            (mode, name, rest),
            (FILE | 0o644, &b"a b"[..], &b"40000 c\0"[..])
        );
        assert_eq!(id.as_bytes(), [7; 20]);
        for end in 0..whole.len() - rest.len() {
            assert!(entry(&whole[..end]).is_none(), "{end}");
        }
        let id = [7; 20];
        for head in [
            "100648 a\0",
            "9 a\0",
            " a\0",
            "100644  ",
            "100644 \0",
            "1000000000 a\0",
            "777777 a\0",
        ] {
            assert!(
                entry(&[head.as_bytes(), &id].concat()).is_none(),
                "{head:?}"
            );
        }
    }
}
