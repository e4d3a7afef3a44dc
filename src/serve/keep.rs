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
    /// After how many looks a build that failed is tried again; each failure of the same commit doubles it.
    pub again: u32,
    /// After how many looks at most.
    pub longest: u32,
}

/// What came of a build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// It is there.
    Built,
    /// It is not, for now.
    Failed,
    /// Nobody needs it any longer.
    Over,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            look: Duration::from_secs(2),
            quiet: 2,
            most: 30,
            again: 15,
            longest: 450,
        }
    }
}

/// Builds of the newest commit and again whenever there is another one, until nobody needs it any longer. What failed is
/// tried again, since a full disk passes; ever more rarely, since a faulty record stays.
/// `newest` names the newest commit; none while there is none or it cannot be told, which is asked again.
pub fn keep(
    pace: Pace,
    mut newest: impl FnMut() -> Option<String>,
    mut build: impl FnMut() -> Done,
) {
    let mut tried: Option<String> = None;
    // Of the commit that was tried: looks until it is tried again, and how many there will be after that.
    let (mut left, mut pause) = (None, pace.again);
    loop {
        let mut seen = newest();
        if seen.is_none() || seen == tried && left != Some(0) {
            left = left.map(|left: u32| left.saturating_sub(1));
            thread::sleep(pace.look);
            continue;
        }
        // The first is waited for by nobody but people, and one that failed has waited.
        let mut quiet = match &tried {
            Some(_) if seen != tried => 0,
            _ => pace.quiet,
        };
        for _ in 0..pace.most {
            if quiet >= pace.quiet {
                break;
            }
            thread::sleep(pace.look);
            let now = newest();
            quiet = if now == seen { quiet + 1 } else { 0 };
            seen = now;
        }
        if seen != tried {
            pause = pace.again;
        }
        let start = super::Deadline::after(Duration::ZERO);
        left = match build() {
            Done::Built => None,
            Done::Failed => Some(pause),
            Done::Over => return,
        };
        pause = pause.saturating_mul(2).min(pace.longest);
        tried = seen;
        thread::sleep(start.passed());
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::cell::RefCell;

    use super::*;

    fn go_on(more: bool) -> Done {
        if more { Done::Built } else { Done::Over }
    }

    #[test]
    fn what_failed_is_tried_again_and_ever_more_rarely() {
        let (looks, builds) = (Cell::new(0), RefCell::new(Vec::new()));
        let pace = Pace {
            look: Duration::ZERO,
            quiet: 2,
            most: 5,
            again: 3,
            longest: 10,
        };
        let newest = || {
            looks.set(looks.get() + 1);
            Some(if looks.get() < 100 { "a" } else { "b" }.to_owned())
        };
        keep(pace, newest, || {
            builds.borrow_mut().push(looks.get());
            match builds.borrow().len() {
                // Something else was wrong with it for a while, and then nothing.
                1..=4 => Done::Failed,
                5 => Done::Built,
                _ => Done::Over,
            }
        });
        let at = builds.borrow();
        let between: Vec<i32> = at.windows(2).map(|two| two[1] - two[0]).collect();
        assert_eq!(between[..4], [4, 7, 11, 11], "{at:?}");
        // What was built is not built again before there is another commit.
        assert!(at[5] > 100, "{at:?}");
    }

    #[test]
    fn saves_in_a_row_are_one_build_and_nothing_new_is_none() {
        let commits = ["a", "a", "b", "c", "d", "d", "d", "d", "d", "e", "e", "e"];
        let (at, builds) = (Cell::new(0), RefCell::new(Vec::new()));
        let pace = Pace {
            look: Duration::ZERO,
            quiet: 2,
            most: 10,
            ..Pace::default()
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
            go_on(builds.borrow().len() < 3)
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
            ..Pace::default()
        };
        let newest = || Some(at.replace(at.get() + 1).to_string());
        let builds = Cell::new(0);
        keep(pace, newest, || {
            builds.set(builds.get() + 1);
            go_on(builds.get() < 3)
        });
        assert!(at.get() < 20, "{}", at.get());
    }
}
