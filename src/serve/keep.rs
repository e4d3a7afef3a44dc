//! Keeps what is made of a repository up to date with its newest commit, beside a server that people write through:
//! many saves in a row are one build, and building never takes more than half of the time.

use std::thread;
use std::time::Duration;

/// How long is waited for what.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// How often it is looked for a new commit.
    pub look: Duration,
    /// How many looks in a row find nothing new before a build: people save several times in a row.
    pub quiet: u32,
    /// How many looks are waited at most while new commits keep coming.
    pub most: u32,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            look: Duration::from_secs(2),
            quiet: 2,
            most: 30,
        }
    }
}

/// Builds of the newest commit and again whenever there is another one, until `build` says that nobody needs it any longer.
/// `newest` names the newest commit; none while there is none or it cannot be told, which is asked again.
pub fn keep(
    pace: Pace,
    mut newest: impl FnMut() -> Option<String>,
    mut build: impl FnMut() -> bool,
) {
    let mut built: Option<String> = None;
    loop {
        let mut seen = newest();
        if seen.is_none() || seen == built {
            thread::sleep(pace.look);
            continue;
        }
        // The first is waited for by nobody but people.
        let mut quiet = if built.is_none() { pace.quiet } else { 0 };
        for _ in 0..pace.most {
            if quiet >= pace.quiet {
                break;
            }
            thread::sleep(pace.look);
            let now = newest();
            quiet = if now == seen { quiet + 1 } else { 0 };
            seen = now;
        }
        let start = super::Deadline::after(Duration::ZERO);
        if !build() {
            return;
        }
        built = seen;
        thread::sleep(start.passed());
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn saves_in_a_row_are_one_build_and_nothing_new_is_none() {
        let commits = ["a", "a", "b", "c", "d", "d", "d", "d", "d", "e", "e", "e"];
        let (at, builds) = (Cell::new(0), RefCell::new(Vec::new()));
        let pace = Pace {
            look: Duration::ZERO,
            quiet: 2,
            most: 10,
        };
        let newest = || {
            let index = at.replace(at.get() + 1);
            assert!(index < 100, "it never ends");
            commits
                .get(index)
                .or(commits.last())
                .map(|id| (*id).to_owned())
        };
        let build = || {
            let commit = commits.get(at.get() - 1).or(commits.last()).copied();
            builds.borrow_mut().extend(commit);
            builds.borrow().len() < 3
        };
        keep(pace, newest, build);
        assert_eq!(*builds.borrow(), ["a", "d", "e"]);
    }

    #[test]
    fn who_saves_without_end_is_not_waited_for() {
        let at = Cell::new(0);
        let pace = Pace {
            look: Duration::ZERO,
            quiet: 2,
            most: 5,
        };
        let newest = || Some(at.replace(at.get() + 1).to_string());
        let builds = Cell::new(0);
        keep(pace, newest, || {
            builds.set(builds.get() + 1);
            builds.get() < 3
        });
        assert!(at.get() < 20, "{}", at.get());
    }
}
