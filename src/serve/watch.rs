//! Waits until something that an archive is made from has changed.
//!
//! The system tells (inotify and its like, through `notify`); where it cannot, `poll` looks again and
//! again. Files come in crowds (editors write beside and rename, git writes hundreds), so a change
//! counts once it has been quiet for a moment.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io;
use std::path::Component;
use std::path::Path;
use std::path::PathBuf;
use std::sync::mpsc;
use std::sync::mpsc::Receiver;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use notify::Config;
use notify::EventKind;
use notify::RecommendedWatcher;
use notify::RecursiveMode;
use notify::Watcher as _;
use notify::event::MetadataKind;
use notify::event::ModifyKind;

use crate::serve::Deadline;
use crate::serve::Error;
use poll::Poller;

mod poll;

/// How long nothing may have changed.
const QUIET: Duration = Duration::from_millis(150);
/// How long it is waited for that: a file that is written all the time must not hold up the rest.
const AT_MOST: Duration = Duration::from_secs(5);

/// Watches folders below a root.
pub struct Watcher {
    /// Invariant: canonical, as the paths in events are.
    root: PathBuf,
    folders: Vec<String>,
    events: Receiver<notify::Result<notify::Event>>,
    source: Source,
}

enum Source {
    Told(RecommendedWatcher),
    Looking(#[expect(dead_code, reason = "looks as long as it is kept")] Poller),
}

/// What has changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The files and folders, from the root.
    pub paths: BTreeSet<PathBuf>,
    /// Whether anything else may have changed as well: the system has lost count.
    pub anything: bool,
}

impl Changes {
    fn is_empty(&self) -> bool {
        self.paths.is_empty() && !self.anything
    }
}

impl Watcher {
    /// Watches `folders` below `root`, with all that is in them; those that do not exist yet count
    /// from when they appear. What changes from now on is seen by the next [`Watcher::wait`].
    ///
    /// # Errors
    /// [`Error::Watch`], if `root` is not a folder that can be reached.
    pub fn new(root: &Path, folders: &[&str]) -> Result<Watcher, Error> {
        let root = canonical(root)?;
        let folders: Vec<String> = folders.iter().map(|&folder| folder.to_owned()).collect();
        // Whatever is the matter (no inotify, too many watches), looking oneself always works.
        match tell(&root, &folders) {
            Ok((watcher, events)) => Ok(Watcher {
                root,
                folders,
                events,
                source: Source::Told(watcher),
            }),
            Err(_) => Watcher::looking(root, folders),
        }
    }

    fn looking(root: PathBuf, folders: Vec<String>) -> Result<Watcher, Error> {
        let (sender, events) = mpsc::channel();
        let poller = poll::start(&root, &folders, sender).map_err(|source| Error::Watch {
            path: root.clone(),
            source,
        })?;
        Ok(Watcher {
            root,
            folders,
            events,
            source: Source::Looking(poller),
        })
    }

    /// Waits until something has changed and then nothing more for a moment.
    ///
    /// # Errors
    /// [`Error::Watch`], if the folders can no longer be watched in any way.
    pub fn wait(&mut self) -> Result<Changes, Error> {
        let mut changes = Changes::default();
        while changes.is_empty() {
            match self.events.recv() {
                Ok(event) => self.note(event, &mut changes)?,
                Err(_) => self.give_up(&mut changes)?,
            };
        }
        let latest = Deadline::after(AT_MOST);
        let mut quiet = Deadline::after(QUIET);
        while let (Some(left), Some(_)) = (quiet.left(), latest.left()) {
            let noted = match self.events.recv_timeout(left) {
                Ok(event) => self.note(event, &mut changes)?,
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => self.give_up(&mut changes)?,
            };
            if noted {
                quiet = Deadline::after(QUIET);
            }
        }
        Ok(changes)
    }

    /// Notes an event, and tells whether it is a change to what is watched.
    fn note(
        &mut self,
        event: notify::Result<notify::Event>,
        changes: &mut Changes,
    ) -> Result<bool, Error> {
        // An error is one of the whole source: a queue that cannot be read, no more watches.
        let Ok(event) = event else {
            return self.give_up(changes);
        };
        if event.need_rescan() {
            changes.anything = true;
            return if self.watch_folders() {
                Ok(true)
            } else {
                self.give_up(changes)
            };
        }
        let access = ModifyKind::Metadata(MetadataKind::AccessTime);
        if event.kind.is_access() || event.kind == EventKind::Modify(access) {
            return Ok(false);
        }
        let relevant: Vec<&Path> = event
            .paths
            .iter()
            .filter_map(|p| self.relevant(p))
            .collect();
        let is_folder = |path: &&Path| path.components().count() == 1;
        let (noted, moved) = (!relevant.is_empty(), relevant.iter().any(is_folder));
        changes
            .paths
            .extend(relevant.into_iter().map(Path::to_path_buf));
        // A folder that has come, or come back, is not watched by itself.
        if moved && !self.watch_folders() {
            return self.give_up(changes);
        }
        Ok(noted)
    }

    /// The path from the root, if it lies in a folder that is watched and is not noise.
    fn relevant<'a>(&self, path: &'a Path) -> Option<&'a Path> {
        let path = path.strip_prefix(&self.root).ok()?;
        let mut names = path.components().map(Component::as_os_str);
        let folder = names.next()?;
        let watched = self
            .folders
            .iter()
            .any(|watched| folder == OsStr::new(watched));
        (watched && !names.any(is_noise)).then_some(path)
    }

    /// Watches the folders that exist, as far as they are not watched yet.
    fn watch_folders(&mut self) -> bool {
        match &mut self.source {
            Source::Told(watcher) => watch_folders(watcher, &self.root, &self.folders).is_ok(),
            Source::Looking(_) => true,
        }
    }

    /// The source has failed: looks for itself from now on.
    fn give_up(&mut self, changes: &mut Changes) -> Result<bool, Error> {
        changes.anything = true;
        *self = Watcher::looking(self.root.clone(), self.folders.clone())?;
        Ok(true)
    }
}

type Told = (RecommendedWatcher, Receiver<notify::Result<notify::Event>>);

fn tell(root: &Path, folders: &[String]) -> notify::Result<Told> {
    let (sender, events) = mpsc::channel();
    let config = Config::default().with_follow_symlinks(false);
    let mut watcher = RecommendedWatcher::new(sender, config)?;
    // Tells when one of the folders comes or goes.
    watcher.watch(root, RecursiveMode::NonRecursive)?;
    watch_folders(&mut watcher, root, folders)?;
    Ok((watcher, events))
}

fn watch_folders(
    watcher: &mut RecommendedWatcher,
    root: &Path,
    folders: &[String],
) -> notify::Result<()> {
    for folder in folders {
        match watcher.watch(&root.join(folder), RecursiveMode::Recursive) {
            Err(error) if !is_missing(&error) => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

fn is_missing(error: &notify::Error) -> bool {
    match &error.kind {
        notify::ErrorKind::PathNotFound => true,
        notify::ErrorKind::Io(error) => error.kind() == io::ErrorKind::NotFound,
        _ => false,
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "only to know the root again in what the system tells"
)]
fn canonical(root: &Path) -> Result<PathBuf, Error> {
    let failed = |source| Error::Watch {
        path: root.to_path_buf(),
        source,
    };
    let canonical = root.canonicalize().map_err(failed)?;
    if !canonical.is_dir() {
        return Err(failed(io::ErrorKind::NotADirectory.into()));
    }
    Ok(canonical)
}

/// Names of what editors, office programs and systems put beside a file for a while, and git's own.
fn is_noise(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    let begins = |with: &[&str]| with.iter().any(|with| name.starts_with(with));
    let ends = |with: &[&str]| with.iter().any(|with| name.ends_with(with));
    matches!(
        &*name,
        ".git" | ".DS_Store" | "4913" | "Thumbs.db" | "desktop.ini"
    ) || begins(&[".#", ".~lock.", ".goutputstream-", "~$"])
        || ends(&[
            "~",
            ".swp",
            ".swo",
            ".swx",
            ".tmp",
            "___jb_tmp___",
            "___jb_old___",
        ])
        || (name.starts_with('#') && name.ends_with('#'))
}

#[cfg(test)]
mod tests;
