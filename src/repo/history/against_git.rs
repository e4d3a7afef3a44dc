//! Long random histories, compared with what git itself says about them.

use std::io::Write;

use crate::repo::testing::Lab;

use super::tests::read;
use super::tests::shown;
use super::*;

/// Small, fast, the same everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }
}

/// A linear history of random additions, edits, removals, revivals and renamings, some with edits.
fn random(lab: &Lab, seed: u64, commits: usize) {
    // Into one pack: thousands of loose files are slow to make.
    let store = lab.git.odb().unwrap();
    let memory = store.add_new_mempack_backend(999).unwrap();
    let mut school = School {
        dice: Dice(seed),
        files: Vec::new(),
        gone: Vec::new(),
    };
    let mut tip = None;
    for number in 0..commits {
        let edits = school.work(number);
        let edits: Vec<_> = edits
            .iter()
            .map(|(path, text)| (&**path, text.as_deref()))
            .collect();
        tip = Some(lab.commit(tip.as_slice(), &edits));
    }
    let mut bytes = git2::Buf::new();
    memory.dump(&lab.git, &mut bytes).unwrap();
    let mut pack = store.packwriter().unwrap();
    pack.write_all(&bytes).unwrap();
    pack.commit().unwrap();
}

struct School {
    dice: Dice,
    files: Vec<(String, Vec<String>)>,
    gone: Vec<String>,
}

impl School {
    /// What is written and removed in one commit.
    fn work(&mut self, number: usize) -> Vec<(String, Option<String>)> {
        let fresh = format!(
            "content/{}/{}/{number}.md",
            self.dice.roll(4),
            self.dice.roll(5)
        );
        let action = if self.files.len() < 3 {
            0
        } else {
            self.dice.roll(10)
        };
        if action < 3 {
            let again = !self.gone.is_empty() && self.dice.roll(3) == 0;
            let path = if again {
                self.gone.swap_remove(0)
            } else {
                fresh
            };
            // Nearly every line is its own, so that nobody takes one file for a copy of another.
            let line = |i| format!("line {i} of {number}: {}", self.dice.roll(1 << 20));
            let lines: Vec<String> = (0..12).map(line).collect();
            self.files.push((path.clone(), lines.clone()));
            return vec![(path, Some(lines.join("\n")))];
        }
        let pick = self.dice.roll(self.files.len());
        if action == 7 {
            let (path, _) = self.files.swap_remove(pick);
            self.gone.push(path.clone());
            return vec![(path, None)];
        }
        let (path, lines) = &mut self.files[pick];
        if action != 8 {
            lines[self.dice.roll(12)] = format!("edited in {number}");
        }
        let mut edits = Vec::new();
        if action > 7 {
            edits.push((std::mem::replace(path, fresh), None));
        }
        edits.push((path.clone(), Some(lines.join("\n"))));
        edits
    }
}

/// What `git log --follow` says, in our words, oldest first.
fn followed(lab: &Lab, path: &str) -> Vec<String> {
    let said = lab.run(&[
        "log",
        "--follow",
        "--name-status",
        "--format=@%s",
        "--",
        path,
    ]);
    let mut found = Vec::new();
    let mut number = "";
    for line in said.lines().filter(|line| !line.is_empty()) {
        if let Some(next) = line.strip_prefix("@change ") {
            number = next;
            continue;
        }
        let (letter, paths) = line.split_once('\t').unwrap();
        let paths = paths.replace("content/", "").replace('\t', ">");
        found.push(format!("{number}{} {paths}", &letter[..1]));
    }
    found.reverse();
    found
}

#[test]
fn agrees_with_git() {
    let mut compared = 0;
    for seed in 1..=3 {
        let lab = Lab::new();
        random(&lab, seed, 150);
        let history = read(&lab);
        let repo = lab.open();
        for entry in repo
            .snapshot(&repo.revision(None).unwrap())
            .unwrap()
            .entries()
        {
            let ours: Vec<String> = history.of(&entry.path).iter().map(shown).collect();
            assert_eq!(
                ours,
                followed(&lab, entry.path.as_str()),
                "{} with seed {seed}",
                entry.path
            );
            compared += ours.len();
        }
    }
    assert!(compared > 150, "{compared}");
}

/// Branches that are merged all the time, over a few files with a few contents, so that each way in
/// which a merge can be like one of its parents comes up.
fn random_graph(lab: &Lab, seed: u64, commits: usize) {
    let mut dice = Dice(seed);
    let mut states: HashMap<Oid, BTreeMap<String, String>> = HashMap::new();
    let mut tips: Vec<Oid> = Vec::new();
    for _ in 0..commits {
        let mut parents = Vec::new();
        for _ in 0..[0, 1, 1, 1, 2, 2, 2, 3][if tips.is_empty() { 0 } else { 1 + dice.roll(7) }] {
            let tip = tips[tips.len() - 1 - dice.roll(tips.len().min(5))];
            if !parents.contains(&tip) {
                parents.push(tip);
            }
        }
        let before = parents
            .first()
            .map(|id| states[id].clone())
            .unwrap_or_default();
        let mut after = before.clone();
        for file in 0..8 {
            let path = format!("content/{}/{file}", file % 3);
            let text = match dice.roll(10) {
                0 => None,
                1 => Some(format!("text {}", dice.roll(3))),
                side if parents.is_empty() => Some(format!("text {}", side % 3)),
                side => states[&parents[side % parents.len()]].get(&path).cloned(),
            };
            match text {
                Some(text) => after.insert(path, text),
                None => after.remove(&path),
            };
        }
        let removed = before
            .keys()
            .filter(|path| !after.contains_key(*path))
            .map(|path| (path.as_str(), None));
        let written = after
            .iter()
            .map(|(path, text)| (path.as_str(), Some(text.as_str())));
        let edits: Vec<_> = removed.chain(written).collect();
        let id = lab.commit(&parents, &edits);
        tips.push(id);
        states.insert(id, after);
    }
}

#[test]
fn agrees_with_git_on_merges() {
    for seed in 1..=3 {
        let lab = Lab::new();
        random_graph(&lab, seed, 250);
        let said = lab.run(&["log", "-c", "--no-renames", "--name-only", "--format=@%H"]);
        let mut theirs = BTreeSet::new();
        let mut commit = "";
        for line in said.lines().filter(|line| !line.is_empty()) {
            match line.strip_prefix('@') {
                Some(id) => commit = id,
                None => {
                    theirs.insert((commit.to_owned(), line.to_owned()));
                }
            }
        }
        let mut ours = BTreeSet::new();
        for change in &read(&lab).changes {
            ours.insert((change.commit.id.clone(), change.path.to_string()));
            if let Action::Renamed { from } = &change.action {
                ours.insert((change.commit.id.clone(), from.to_string()));
            }
        }
        assert_eq!(ours, theirs, "with seed {seed}");
        assert!(ours.len() > 150, "{}", ours.len());
    }
}

#[test]
fn long_and_the_same_however_it_is_stored() {
    let lab = Lab::new();
    random(&lab, 7, 3000);
    let told = |history: &History| -> Vec<String> { history.changes.iter().map(shown).collect() };
    let before = read(&lab);
    lab.run(&["gc", "--quiet"]);
    let after = read(&lab);
    assert_eq!(told(&before), told(&after));
    assert_eq!(before.commits().len(), 3000);
}
