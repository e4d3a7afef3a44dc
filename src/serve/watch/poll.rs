//! Looks for changes itself, where the system does not tell: compares what the folders hold every
//! two seconds, by time and size.
//!
//! `notify` has such a watcher as well, but one that compares whole seconds (so that the second of
//! two quick changes is lost) or else the contents of all files.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::sync::mpsc;
use std::sync::mpsc::RecvTimeoutError;
use std::sync::mpsc::Sender;
use std::thread;
use std::time::Duration;
use std::time::SystemTime;

use notify::Event;
use notify::EventKind;

/// How long until it looks again.
const EVERY: Duration = Duration::from_secs(2);

/// Looks as long as this is kept.
pub(super) struct Poller {
    _stop: Sender<()>,
}

/// Looks now, and then again and again on a thread of its own.
pub(super) fn start(
    root: &Path,
    folders: &[String],
    events: Sender<notify::Result<Event>>,
) -> io::Result<Poller> {
    let folders: Vec<PathBuf> = folders.iter().map(|folder| root.join(folder)).collect();
    let (stop, stopped) = mpsc::channel();
    let mut before = look(&folders);
    thread::Builder::new()
        .name("hoso-poll".to_owned())
        .spawn(move || {
            while stopped.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                let now = look(&folders);
                let changed = differing(&before, &now);
                before = now;
                if !changed.is_empty() {
                    let event = changed
                        .into_iter()
                        .fold(Event::new(EventKind::Any), Event::add_path);
                    if events.send(Ok(event)).is_err() {
                        return;
                    }
                }
            }
        })?;
    Ok(Poller { _stop: stop })
}

/// What is where; of files also when they were written, and how large they are.
type Seen = BTreeMap<PathBuf, Option<(Option<SystemTime>, u64)>>;

/// Folders that cannot be read are as if empty: to say so is the build's affair.
#[expect(
    clippy::disallowed_methods,
    reason = "looks whether anything changed, never what it holds"
)]
fn look(folders: &[PathBuf]) -> Seen {
    let mut seen = Seen::new();
    let mut ahead = Vec::new();
    for folder in folders {
        if fs::symlink_metadata(folder).is_ok_and(|metadata| metadata.is_dir()) {
            seen.insert(folder.clone(), None);
            ahead.push(folder.clone());
        }
    }
    while let Some(folder) = ahead.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            // Of the entry itself: links are not followed.
            let Ok(metadata) = entry.metadata() else {
                continue;
            };
            let path = entry.path();
            if metadata.is_dir() {
                ahead.push(path.clone());
                seen.insert(path, None);
            } else {
                seen.insert(path, Some((metadata.modified().ok(), metadata.len())));
            }
        }
    }
    seen
}

fn differing(before: &Seen, now: &Seen) -> Vec<PathBuf> {
    let gone = before.keys().filter(|path| !now.contains_key(*path));
    let new = now
        .iter()
        .filter(|&(path, seen)| before.get(path) != Some(seen));
    gone.chain(new.map(|(path, _)| path)).cloned().collect()
}
