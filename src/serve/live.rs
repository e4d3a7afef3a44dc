//! What is shown now, and how an open page follows it.
//!
//! A page goes out with a script that asks for the next generation (a long poll) and loads the page
//! again when there is one. When the last build failed, the page stays and a bar shows what is wrong.
//! Both are added on the way out: the archive itself holds nothing of this.

use std::sync::Arc;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use crate::archive::site::Site;

/// Folder of the server's own files; no archive has one of this name.
pub(super) const OWN: &str = "/.hoso/";
/// Follows the generations in the browser.
pub(super) const SCRIPT: &str = include_str!("live/reload.js");
/// The bar's looks; until there is an archive with a style of its own, also those of the fault page.
pub(super) const STYLE: &str = include_str!("live/reload.css");

/// How long one question for the next generation may stay open.
const POLL: Duration = Duration::from_secs(25);
/// How often it is looked whether the browser that asked is still there.
const LOOK: Duration = Duration::from_millis(500);

/// What is shown now; shared by the loop that builds and the threads that answer.
#[derive(Default)]
pub struct State {
    shown: Mutex<Shown>,
    changed: Condvar,
}

/// What is shown at one moment.
#[derive(Clone, Default)]
pub struct Shown {
    /// The last good archive; none before the first.
    pub site: Option<Arc<Site>>,
    /// The page that says what is wrong with the last build, if that failed.
    pub fault: Option<Arc<str>>,
    /// How many builds there have been.
    pub generation: u64,
}

impl State {
    /// Shows a new archive, and wakes the pages that wait for it.
    pub fn succeed(&self, site: Site) {
        self.turn(|shown| {
            shown.site = Some(Arc::new(site));
            shown.fault = None;
        });
    }

    /// Shows what is wrong; the last good archive stays.
    pub fn fail(&self, fault: String) {
        self.turn(|shown| shown.fault = Some(fault.into()));
    }

    /// What is shown now.
    pub fn shown(&self) -> Shown {
        self.lock().clone()
    }

    /// What is shown as soon as it is no longer generation `after`, or when the one who asks has
    /// gone or has waited long enough.
    pub(super) fn wait(&self, after: u64, is_there: impl Fn() -> bool) -> Shown {
        let mut waited = Duration::ZERO;
        loop {
            let same = |shown: &mut Shown| shown.generation == after;
            let (shown, slept) = self
                .changed
                .wait_timeout_while(self.lock(), LOOK, same)
                .unwrap_or_else(PoisonError::into_inner);
            waited += LOOK;
            if !slept.timed_out() || waited >= POLL {
                return shown.clone();
            }
            drop(shown);
            if !is_there() {
                return self.shown();
            }
        }
    }

    fn turn(&self, change: impl FnOnce(&mut Shown)) {
        let mut shown = self.lock();
        change(&mut shown);
        shown.generation += 1;
        self.changed.notify_all();
    }

    // What it guards is whole at any moment, so a thread that panicked does no harm.
    fn lock(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The answer to a question for the next generation.
pub(super) fn generation(shown: &Shown) -> String {
    format!(
        "{{\"generation\":{},\"fault\":{}}}",
        shown.generation,
        shown.fault.is_some()
    )
}

/// What a page that goes out stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stands {
    /// For itself: it stays when the next build fails.
    ForItself,
    /// For a page that is not there yet: it gives way to whatever comes next.
    InFor,
}

/// A page as it goes out: it follows the generations.
///
/// The policy that the page carries forbids all scripts, as an archive has none; here the stricter
/// one in the answer's header takes its place.
pub(super) fn page(html: &[u8], shown: &Shown, stands: Stands) -> Vec<u8> {
    let shows = if stands == Stands::ForItself {
        "site"
    } else {
        "stand-in"
    };
    let fault = if shown.fault.is_some() {
        " data-fault"
    } else {
        ""
    };
    let script = format!(
        "<script src=\"{OWN}reload.js\" data-generation=\"{}\" data-shows=\"{shows}\"{fault}></script>\n",
        shown.generation
    );
    let (before, after) = without_policy(html);
    let end = rfind(after, b"</body>").unwrap_or(after.len());
    let (body, rest) = after.split_at(end);
    [before, body, script.as_bytes(), rest].concat()
}

/// What stands before and after the policy in the page's head; a page without one stands after.
fn without_policy(html: &[u8]) -> (&[u8], &[u8]) {
    let head = &html[..find(html, b"<body").unwrap_or(html.len())];
    let Some(start) = find(head, b"<meta http-equiv=\"Content-Security-Policy\"") else {
        return (&[], html);
    };
    match find(&head[start..], b">") {
        Some(length) => (&html[..start], &html[start + length + 1..]),
        None => (&[], html),
    }
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

fn rfind(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).rposition(|window| window == part)
}

#[cfg(test)]
pub(super) mod testing {
    use super::*;

    pub(in crate::serve) fn site(files: &[(&str, &str)]) -> Site {
        let mut site = Site::default();
        for (path, text) in files {
            site.put(path, text.as_bytes(), &mut Vec::new());
        }
        site
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::thread;

    use super::testing::site;
    use super::*;

    #[test]
    fn a_failure_leaves_the_last_good_one() {
        let state = State::default();
        state.fail("bad".to_owned());
        assert!(state.shown().site.is_none());
        state.succeed(site(&[("data/a", "1")]));
        assert!(state.shown().fault.is_none());
        state.fail("worse".to_owned());
        let shown = state.shown();
        assert_eq!(
            (shown.generation, shown.fault.as_deref()),
            (3, Some("worse"))
        );
        assert_eq!(shown.site.unwrap().len(), 1);
        state.succeed(site(&[]));
        assert_eq!(
            generation(&state.shown()),
            r#"{"generation":4,"fault":false}"#
        );
    }

    #[test]
    fn whoever_waits_is_woken() {
        let state = Arc::new(State::default());
        let waiting = thread::spawn({
            let state = Arc::clone(&state);
            move || state.wait(0, || true).generation
        });
        state.succeed(site(&[]));
        assert_eq!(waiting.join().unwrap(), 1);
        assert_eq!(state.wait(0, || unreachable!()).generation, 1);
    }

    #[test]
    fn whoever_has_gone_is_not_waited_for() {
        let asked = Cell::new(0);
        let is_there = || asked.replace(asked.get() + 1) == 0;
        assert_eq!(State::default().wait(0, is_there).generation, 0);
        assert_eq!(asked.get(), 2);
    }

    #[test]
    fn a_page_goes_out_with_the_script_and_without_its_policy() {
        let policy = "<meta http-equiv=\"Content-Security-Policy\" content=\"script-src 'none'\">";
        let check = |html: &str, stands, expect: &str| {
            let shown = Shown {
                generation: 7,
                ..Shown::default()
            };
            let out = String::from_utf8(page(html.as_bytes(), &shown, stands)).unwrap();
            let script = "<script src=\"/.hoso/reload.js\" data-generation=\"7\" data-shows=";
            assert_eq!(
                out.replace(script, "<!").replace("></script>\n", "!>"),
                expect,
                "{html}"
            );
        };
        let whole = format!("<head>{policy}</head><body>a &lt;/body> b</body></html>");
        let expect = "<head></head><body>a &lt;/body> b<!\"site\"!></body></html>";
        check(&whole, Stands::ForItself, expect);
        check("bare", Stands::InFor, "bare<!\"stand-in\"!>");
        let late = format!("<body>{policy}</body>");
        check(
            &late,
            Stands::ForItself,
            &format!("<body>{policy}<!\"site\"!></body>"),
        );
        check("", Stands::ForItself, "<!\"site\"!>");
    }

    #[test]
    fn a_page_knows_of_a_fault_from_the_start() {
        let shown = Shown {
            fault: Some("x".into()),
            ..Shown::default()
        };
        assert!(page(b"", &shown, Stands::ForItself).ends_with(b" data-fault></script>\n"));
    }
}
