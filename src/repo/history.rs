//! Who changed which path when: one pass over all commits.
//!
//! 1. the commits that led to a revision, oldest first (`walk`)
//! 2. for each, the paths that are other than in all of its parents (`trees`): a merge counts only
//!    where it differs from every side, and what the sides did stands in their own commits
//! 3. among what one commit removed and added, the files that only moved (`renames`)
//! 4. per path, on demand: its own changes and, across each renaming, those of its former names

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::OnceLock;

use git2::Oid;

use crate::path::RepoPath;
use crate::repo::Commit;
use crate::repo::Error;
use crate::repo::Repo;
use crate::repo::Revision;
use crate::repo::renames;
use crate::repo::renames::Side;
use crate::repo::trees::Comparison;
use crate::repo::trees::Delta;
use crate::repo::trees::Trees;
use crate::repo::walk::Step;
use crate::repo::walk::walk;

/// The changes of all paths below some folders, up to one revision. The default is that of a
/// repository without commits.
#[derive(Default)]
pub struct History {
    steps: Vec<Step>,
    /// Invariant: in the order of the commits, and by path within one.
    changes: Vec<Change>,
    /// For each change, the place of its commit in `steps`.
    places: Vec<usize>,
    lines: BTreeMap<RepoPath, Line>,
    /// Without merges, later means descended.
    has_merges: bool,
    is_cut: bool,
}

/// What one commit did to one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The commit.
    pub commit: Arc<Commit>,
    /// What it did.
    pub action: Action,
    /// The path, as it is after the change; of a deletion, as it was before.
    pub path: RepoPath,
    /// git's name for the content after the change; none when it was removed.
    pub blob: Option<String>,
}

/// What can be done to a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// It was made.
    Added,
    /// Its content or its permission to run was changed.
    Modified,
    /// It was removed, or made into something that is not a file.
    Deleted,
    /// It was given another name, perhaps with other content as well.
    Renamed {
        /// The name before.
        from: RepoPath,
    },
}

/// What to do where history has been cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shallow {
    /// Take what there is. The oldest commits then seem to have made every file.
    Allow,
    /// Fail.
    Refuse,
}

/// The changes that name one path.
#[derive(Default)]
struct Line {
    /// Those after which it has this path, and those that gave it another one.
    own: Vec<usize>,
    is_there: bool,
    whole: OnceLock<Vec<Change>>,
}

/// Most folders and files that are looked at because they differ; fifty thousand files in
/// ten thousand commits need a fiftieth of it.
pub(super) const BUDGET: usize = 5_000_000;

impl History {
    /// Reads the history of all paths below `folders`, up to `revision`.
    ///
    /// # Errors
    /// [`Error::Shallow`] if it has been cut off and that is refused, [`Error::NoSuchRevision`],
    /// [`Error::TooMany`], [`Error::Git`] for an object that is missing or damaged.
    pub fn read(
        repo: &Repo,
        revision: &Revision,
        folders: &[&str],
        shallow: Shallow,
    ) -> Result<History, Error> {
        let is_cut = repo.is_shallow();
        if is_cut && shallow == Shallow::Refuse {
            return Err(Error::Shallow {
                path: repo.root.clone(),
            });
        }
        let steps = walk(repo, repo.commit(revision)?.id())?;
        let has_merges = steps.iter().any(|step| step.parents.len() > 1);
        let (changes, lines) = (Vec::new(), BTreeMap::new());
        let mut history = History {
            steps,
            changes,
            places: Vec::new(),
            lines,
            has_merges,
            is_cut,
        };
        let mut trees = Trees::new(repo);
        let mut budget = BUDGET;
        for place in 0..history.steps.len() {
            let found = history.compare(place, &mut trees, folders, &mut budget)?;
            history.record(repo, place, found);
        }
        history.mark_present(&mut trees, folders, &mut budget)?;
        Ok(history)
    }

    /// The changes of a path, oldest first, those under its former names included; for a path that is
    /// gone, the last one says how. Empty for a path that never was.
    pub fn of(&self, path: &RepoPath) -> &[Change] {
        let Some(line) = self.lines.get(path) else {
            return &[];
        };
        line.whole.get_or_init(|| self.follow(path))
    }

    /// The paths that once were and are gone, in order, each with the last change that names it: a
    /// deletion, a renaming (its path is the new one), or something else where a merge dropped the file.
    pub fn deleted(&self) -> impl Iterator<Item = (&RepoPath, &Change)> {
        let gone = self.lines.iter().filter(|(_, line)| !line.is_there);
        gone.filter_map(|(path, line)| Some((path, &self.changes[*line.own.last()?])))
    }

    /// All commits, oldest first, whether or not they changed a path here.
    pub fn commits(&self) -> impl ExactSizeIterator<Item = &Arc<Commit>> {
        self.steps.iter().map(|step| &step.commit)
    }

    /// Whether the beginning is missing; see [`Shallow::Allow`].
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }

    fn compare(
        &self,
        place: usize,
        trees: &mut Trees<'_>,
        folders: &[&str],
        budget: &mut usize,
    ) -> Result<Vec<Delta>, Error> {
        let step = &self.steps[place];
        let mut olds: Vec<Option<Oid>> = step
            .parents
            .iter()
            .map(|&i| Some(self.steps[i].tree))
            .collect();
        if olds.is_empty() {
            olds.push(None);
        }
        let mut comparison = Comparison {
            trees,
            folders,
            found: Vec::new(),
            budget,
        };
        comparison.run("", Some(step.tree), &olds)?;
        let mut found = comparison.found;
        found.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        Ok(found)
    }

    /// Enters what one commit changed, renamings recognised.
    fn record(&mut self, repo: &Repo, place: usize, found: Vec<Delta>) {
        let removed: Vec<_> = found
            .iter()
            .filter(|delta| delta.new.is_none())
            .filter_map(removed)
            .collect();
        let added: Vec<_> = found
            .iter()
            .filter(|delta| delta.old.is_none())
            .filter_map(added)
            .collect();
        let from = renames::pair(&removed, &added, |id| load(repo, id));
        let moved = added.iter().zip(&from);
        let moved = moved
            .filter_map(|(side, from)| Some((side.path.clone(), removed[(*from)?].path.clone())));
        let moved: HashMap<RepoPath, RepoPath> = moved.collect();
        let left: HashSet<&RepoPath> = moved.values().collect();

        for delta in &found {
            if left.contains(&delta.path) {
                continue; // Told where it went to.
            }
            let action = match (delta.old, delta.new, moved.get(&delta.path)) {
                (_, _, Some(from)) => Action::Renamed { from: from.clone() },
                (None, _, None) => Action::Added,
                (Some(_), Some(_), None) => Action::Modified,
                (Some(_), None, None) => Action::Deleted,
            };
            let change = self.changes.len();
            if let Action::Renamed { from } = &action {
                self.lines.entry(from.clone()).or_default().own.push(change);
            }
            self.lines
                .entry(delta.path.clone())
                .or_default()
                .own
                .push(change);
            let commit = Arc::clone(&self.steps[place].commit);
            self.changes.push(Change {
                commit,
                action,
                path: delta.path.clone(),
                blob: delta.new.map(|id| id.to_string()),
            });
            self.places.push(place);
        }
    }

    /// Finds out which paths the last commit has: those that differ from nothing at all.
    fn mark_present(
        &mut self,
        trees: &mut Trees<'_>,
        folders: &[&str],
        budget: &mut usize,
    ) -> Result<(), Error> {
        let tip = self.steps.last().map(|step| step.tree);
        let mut comparison = Comparison {
            trees,
            folders,
            found: Vec::new(),
            budget,
        };
        comparison.run("", tip, &[None])?;
        for delta in comparison.found {
            self.lines.entry(delta.path).or_default().is_there = true;
        }
        Ok(())
    }

    /// The changes of a path and of its former names. A former name counts up to the renaming, and on
    /// lines of history beside it; what was later made under that name is another file.
    fn follow(&self, path: &RepoPath) -> Vec<Change> {
        let mut found = BTreeSet::new();
        let mut seen = HashSet::new();
        let mut descent = HashMap::new();
        let mut next: Vec<(&RepoPath, Option<usize>)> = vec![(path, None)];
        while let Some((path, until)) = next.pop() {
            if !seen.insert((path, until)) {
                continue;
            }
            for &i in self.lines.get(path).map_or(&[][..], |line| &line.own) {
                let (change, place) = (&self.changes[i], self.places[i]);
                if until.is_some_and(|until| self.descends(place, until, &mut descent)) {
                    continue;
                }
                found.insert(i);
                if let Action::Renamed { from } = &change.action
                    && change.path == *path
                {
                    next.push((from, Some(place)));
                }
            }
        }
        found.into_iter().map(|i| self.changes[i].clone()).collect()
    }

    /// Whether the commit at `place` has the one at `ancestor` behind it, or is it.
    fn descends(
        &self,
        place: usize,
        ancestor: usize,
        known: &mut HashMap<usize, Vec<bool>>,
    ) -> bool {
        if place <= ancestor || !self.has_merges {
            return place >= ancestor;
        }
        let descendants = known.entry(ancestor).or_insert_with(|| {
            let mut descendants = vec![false; self.steps.len()];
            descendants[ancestor] = true;
            for i in ancestor + 1..self.steps.len() {
                descendants[i] = self.steps[i]
                    .parents
                    .iter()
                    .any(|&parent| descendants[parent]);
            }
            descendants
        });
        descendants[place]
    }
}

fn removed(delta: &Delta) -> Option<Side<'_>> {
    delta.old.map(|id| Side {
        path: &delta.path,
        id,
    })
}

fn added(delta: &Delta) -> Option<Side<'_>> {
    delta.new.map(|id| Side {
        path: &delta.path,
        id,
    })
}

/// A small file's content. One that cannot be read is only not recognised under its new name here;
/// whoever needs the content will say so.
fn load(repo: &Repo, id: Oid) -> Option<Vec<u8>> {
    let store = repo.git.odb().ok()?;
    let (size, _) = store.read_header(id).ok()?;
    (size <= renames::MAX_SIZE).then(|| store.read(id).ok().map(|object| object.data().to_vec()))?
}

#[cfg(test)]
mod against_git;
#[cfg(test)]
mod tests;
