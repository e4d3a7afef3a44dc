//! The order in which commits are read: parents before their children, otherwise by time, then by id.
//!
//! The order is our own and not the library's, because pages are made from it: it depends on the
//! commits alone, not on how git happens to store them.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::HashMap;
use std::sync::Arc;

use git2::Oid;

use crate::repo::Commit;
use crate::repo::Error;
use crate::repo::Repo;

/// One commit in its place.
pub(super) struct Step {
    pub(super) commit: Arc<Commit>,
    pub(super) tree: Oid,
    /// Invariant: the places of other steps, all before this one; none twice.
    pub(super) parents: Vec<usize>,
}

/// Everything that led to `tip`, oldest first.
pub(super) fn walk(repo: &Repo, tip: Oid) -> Result<Vec<Step>, Error> {
    gather(repo, tip).map(sort)
}

struct Found {
    id: Oid,
    seconds: i64,
    parents: Vec<Oid>,
    tree: Oid,
    commit: Arc<Commit>,
}

fn gather(repo: &Repo, tip: Oid) -> Result<HashMap<Oid, Found>, Error> {
    // Where history was cut off, a parent is named that is not there.
    let shallow = repo.is_shallow();
    let store = repo
        .git
        .odb()
        .map_err(|source| Error::git(repo.root.display(), source))?;
    let mut found = HashMap::new();
    let mut next = vec![tip];
    while let Some(id) = next.pop() {
        if found.contains_key(&id) {
            continue;
        }
        let commit = repo
            .git
            .find_commit(id)
            .map_err(|source| Error::git(id, source))?;
        let mut parents: Vec<Oid> = Vec::with_capacity(commit.parent_count());
        for parent in commit.parent_ids() {
            if !parents.contains(&parent) && (!shallow || store.exists(parent)) {
                parents.push(parent);
            }
        }
        next.extend(&parents);
        let (seconds, tree) = (commit.time().seconds(), commit.tree_id());
        let commit = Arc::new(Commit::read(&commit));
        found.insert(
            id,
            Found {
                id,
                seconds,
                parents,
                tree,
                commit,
            },
        );
    }
    Ok(found)
}

/// Kahn's algorithm with a heap, so that among the commits whose turn it could be the oldest comes first.
fn sort(found: HashMap<Oid, Found>) -> Vec<Step> {
    let mut all: Vec<Found> = found.into_values().collect();
    all.sort_unstable_by_key(|commit| (commit.seconds, commit.id));
    let rank: HashMap<Oid, usize> = all
        .iter()
        .enumerate()
        .map(|(i, commit)| (commit.id, i))
        .collect();

    let mut children = vec![Vec::new(); all.len()];
    let mut missing = vec![0; all.len()];
    let mut ready = BinaryHeap::new();
    for (i, commit) in all.iter().enumerate() {
        missing[i] = commit.parents.len();
        for parent in &commit.parents {
            children[rank[parent]].push(i);
        }
        if commit.parents.is_empty() {
            ready.push(Reverse(i));
        }
    }
    let mut place = vec![0; all.len()];
    let mut steps = Vec::with_capacity(all.len());
    while let Some(Reverse(i)) = ready.pop() {
        place[i] = steps.len();
        let parents = all[i]
            .parents
            .iter()
            .map(|parent| place[rank[parent]])
            .collect();
        steps.push(Step {
            commit: Arc::clone(&all[i].commit),
            tree: all[i].tree,
            parents,
        });
        for &child in &children[i] {
            missing[child] -= 1;
            if missing[child] == 0 {
                ready.push(Reverse(child));
            }
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use crate::repo::testing::Lab;

    use super::*;

    #[test]
    fn parents_come_first_even_with_wrong_clocks() {
        let lab = Lab::new();
        let root = lab.commit(&[], &[("content/a", Some("1"))]);
        lab.set_clock(Lab::START - 86_400);
        let left = lab.commit(&[root], &[("content/a", Some("2"))]);
        lab.set_clock(Lab::START + 86_400);
        let right = lab.commit(&[root], &[("content/b", Some("1"))]);
        lab.set_clock(0);
        let merge = lab.commit(&[right, left], &[("content/a", Some("2"))]);
        let repo = lab.open();
        let steps = walk(&repo, merge).unwrap();
        let ids: Vec<_> = steps.iter().map(|step| step.commit.id.clone()).collect();
        assert_eq!(ids, [root, left, right, merge].map(|id| id.to_string()));
        assert_eq!(steps[3].parents, [2, 1]);
        assert!(steps[3].commit.merge && !steps[2].commit.merge);
    }
}
