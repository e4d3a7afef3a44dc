//! The shared repository: what others entered comes in, what was signed here goes out. By the `git`
//! program, which knows the user's keys, passwords and proxies.
//!
//! * Nothing is ever forced or rewritten: a branch here or there only moves on to a descendant.
//! * `join`: signatures that others overtook are joined with theirs by a merge. Only commits of new files
//!   under `signatures/` are, and only when nothing of their records changed there meanwhile.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::thread;
use std::thread::JoinHandle;
use std::time::Duration;

use git2::Delta;
use git2::Oid;
use git2::Signature;
use git2::build::TreeUpdateBuilder;

use crate::repo::Error;
use crate::repo::Repo;

/// Longest time for one exchange with the other side.
const LIMIT: Duration = Duration::from_secs(90);
/// How often it is looked whether it is over.
const LOOK: Duration = Duration::from_millis(50);
/// How often others may overtake us before we say so.
const TRIES: usize = 4;
/// The most that is kept of what git says.
const MOST_SAID: u64 = 64 * 1024;

/// Where the checked-out branch comes from and goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upstream {
    remote: String,
    /// The branch here and there, without `refs/heads/`.
    local: String,
    branch: String,
}

/// How the branch stands with the shared repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exchanged {
    /// There is none.
    NoRemote,
    /// Both have the same commits.
    Equal,
    /// Only this machine has some.
    Ahead {
        /// How many.
        count: usize,
    },
    /// The other side cannot be reached.
    Offline {
        /// What git says.
        reason: String,
    },
    /// The other side does not take it.
    Refused {
        /// What git says.
        reason: String,
    },
    /// Both sides have commits that do not go together by themselves.
    Apart {
        /// What both changed; empty when that is not the reason.
        paths: Vec<String>,
        /// What git says, if it was git.
        reason: String,
    },
}

impl Repo {
    /// Where the checked-out branch comes from: what git's settings say of it, else `origin`.
    ///
    /// # Errors
    /// [`Error::Git`].
    pub fn upstream(&self) -> Result<Option<Upstream>, Error> {
        let failed = |source| Error::git(self.root.display(), source);
        if self.git.head_detached().map_err(failed)? {
            return Ok(None);
        }
        let head = self.git.find_reference("HEAD").map_err(failed)?;
        let target = head.symbolic_target().ok().flatten().unwrap_or_default();
        let Some(local) = target.strip_prefix("refs/heads/") else {
            return Ok(None);
        };
        let config = self.git.config().and_then(|mut config| config.snapshot());
        let config = config.map_err(failed)?;
        let get = |key: &str| config.get_string(&format!("branch.{local}.{key}")).ok();
        let remote = get("remote").unwrap_or_else(|| "origin".to_owned());
        let merge = get("merge");
        let branch = merge
            .as_deref()
            .and_then(|name| name.strip_prefix("refs/heads/"));
        let sound = !remote.starts_with('-') && self.git.find_remote(&remote).is_ok();
        Ok(sound.then(|| Upstream {
            remote,
            local: local.to_owned(),
            branch: branch.unwrap_or(local).to_owned(),
        }))
    }

    /// Gets what others entered, and moves on to it where nothing stands in the way.
    ///
    /// # Errors
    /// [`Error::Git`].
    pub fn receive(&self) -> Result<Exchanged, Error> {
        let Some(upstream) = self.upstream()? else {
            return Ok(Exchanged::NoRemote);
        };
        if let Err(reason) = self.fetch(&upstream) {
            return Ok(Exchanged::Offline { reason });
        }
        self.move_on(&upstream)
    }

    /// Sends what is entered here; gets what others entered first where it must.
    ///
    /// # Errors
    /// [`Error::Git`].
    pub fn send(&self) -> Result<Exchanged, Error> {
        let Some(upstream) = self.upstream()? else {
            return Ok(Exchanged::NoRemote);
        };
        for _ in 0..TRIES {
            let refspec = format!(
                "refs/heads/{}:refs/heads/{}",
                upstream.local, upstream.branch
            );
            let said = self.run(&["push", "--porcelain", &upstream.remote, &refspec]);
            let reason = match said {
                Ok(_) => return Ok(Exchanged::Equal),
                Err(reason) => reason,
            };
            if reason.contains("[remote rejected]") {
                return Ok(Exchanged::Refused { reason });
            }
            if !reason.contains("[rejected]") {
                return Ok(Exchanged::Offline { reason });
            }
            // Somebody was here before us.
            if let Err(reason) = self.fetch(&upstream) {
                return Ok(Exchanged::Offline { reason });
            }
            match self.move_on(&upstream)? {
                Exchanged::Ahead { .. } => {}
                other => return Ok(other),
            }
        }
        let reason = format!("{TRIES}×");
        Ok(Exchanged::Offline { reason })
    }

    fn fetch(&self, upstream: &Upstream) -> Result<(), String> {
        let Upstream { remote, branch, .. } = upstream;
        let refspec = format!("+refs/heads/{branch}:refs/remotes/{remote}/{branch}");
        self.run(&["fetch", "--quiet", "--no-tags", remote, &refspec])
            .map(drop)
    }

    /// Moves the branch on to what was fetched.
    fn move_on(&self, upstream: &Upstream) -> Result<Exchanged, Error> {
        let failed = |source| Error::git(self.root.display(), source);
        let tip = |name: &str| {
            let found = self.git.find_reference(name);
            found
                .and_then(|found| found.peel_to_commit())
                .map(|commit| commit.id())
        };
        let own = tip("HEAD").map_err(failed)?;
        let name = format!("refs/remotes/{}/{}", upstream.remote, upstream.branch);
        // A branch that is not there yet is there after the first push.
        let Ok(theirs) = tip(&name) else {
            return Ok(Exchanged::Ahead { count: 1 });
        };
        let (ahead, behind) = self.git.graph_ahead_behind(own, theirs).map_err(failed)?;
        match (ahead, behind) {
            (0, 0) => Ok(Exchanged::Equal),
            (count, 0) => Ok(Exchanged::Ahead { count }),
            (0, _) => Ok(
                match self.run(&["merge", "--quiet", "--ff-only", &theirs.to_string()]) {
                    Ok(_) => Exchanged::Equal,
                    Err(reason) => {
                        let paths = Vec::new();
                        Exchanged::Apart { paths, reason }
                    }
                },
            ),
            (_, _) => self.join(upstream, own, theirs).map_err(failed),
        }
    }

    /// Joins our commits with theirs.
    fn join(&self, upstream: &Upstream, own: Oid, theirs: Oid) -> Result<Exchanged, git2::Error> {
        let base = self.git.merge_base(own, theirs)?;
        let apart = |paths: BTreeSet<String>, reason: &str| {
            Ok(Exchanged::Apart {
                paths: paths.into_iter().collect(),
                reason: reason.to_owned(),
            })
        };
        let mut walk = self.git.revwalk()?;
        walk.push(own)?;
        walk.hide(theirs)?;
        walk.set_sorting(git2::Sort::TOPOLOGICAL | git2::Sort::REVERSE)?;
        let ours = walk.collect::<Result<Vec<Oid>, _>>()?;
        let mut update = TreeUpdateBuilder::new();
        let count = ours.len();
        let (mut records, mut strange) = (BTreeSet::new(), BTreeSet::new());
        for id in ours {
            let commit = self.git.find_commit(id)?;
            if commit.parent_count() != 1 {
                return apart(BTreeSet::new(), "merge");
            }
            let before = commit.parent(0)?.tree()?;
            let diff = self
                .git
                .diff_tree_to_tree(Some(&before), Some(&commit.tree()?), None)?;
            for delta in diff.deltas() {
                let file = delta.new_file();
                let path = String::from_utf8_lossy(file.path_bytes().unwrap_or_default());
                let path = path.into_owned();
                match record_of(&path).filter(|_| delta.status() == Delta::Added) {
                    Some(record) => {
                        records.insert(record);
                        update.upsert(path.as_str(), file.id(), git2::FileMode::Blob);
                    }
                    None => {
                        strange.insert(path);
                    }
                }
            }
        }
        if !strange.is_empty() {
            return apart(strange, "");
        }
        // What they changed of the records that were signed here: text, form, signatures.
        let trees = (
            self.git.find_commit(base)?.tree()?,
            self.git.find_commit(theirs)?.tree()?,
        );
        let diff = self
            .git
            .diff_tree_to_tree(Some(&trees.0), Some(&trees.1), None)?;
        let mut touched = BTreeSet::new();
        for delta in diff.deltas() {
            for file in [delta.old_file(), delta.new_file()] {
                let path = String::from_utf8_lossy(file.path_bytes().unwrap_or_default());
                if records.iter().any(|record| belongs(&path, record)) {
                    touched.insert(path.into_owned());
                }
            }
        }
        if !touched.is_empty() {
            return apart(touched, "");
        }
        let (tip, other) = (self.git.find_commit(own)?, self.git.find_commit(theirs)?);
        let tree = update.create_updated(&self.git, &other.tree()?)?;
        let tree = self.git.find_tree(tree)?;
        // Whoever signed joins; a commit is never older than its parents.
        let committer = tip.committer();
        let time = match committer.when().seconds() < other.time().seconds() {
            true => other.time(),
            false => committer.when(),
        };
        let by = Signature::new(
            committer.name().unwrap_or("hoso"),
            committer.email().unwrap_or("hoso@hoso.invalid"),
            &time,
        )?;
        let message = "ký số: gộp với những gì người khác vừa ghi";
        let made = self
            .git
            .commit(None, &by, &by, message, &tree, &[&tip, &other])?;
        let (old, new) = (own.to_string(), made.to_string());
        // The files next: git refuses, and changes nothing, where an uncommitted change is in the way.
        if let Err(reason) = self.run(&["read-tree", "-m", "-u", &old, &new]) {
            return apart(BTreeSet::new(), &reason);
        }
        let branch = format!("refs/heads/{}", upstream.local);
        self.git
            .reference_matching(&branch, made, true, own, "hoso: signatures joined")?;
        Ok(Exchanged::Ahead { count })
    }

    /// Runs git here; what it says on both its outputs.
    fn run(&self, arguments: &[&str]) -> Result<String, String> {
        let child = Command::new("git")
            .arg("-C")
            .arg(&self.root)
            .args(arguments)
            // Nobody sits at the terminal to be asked.
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("LC_ALL", "C")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let mut child = child.map_err(|error| format!("git: {error}"))?;
        let readers = [child.stdout.take().map(read), child.stderr.take().map(read)];
        let ended = wait(&mut child);
        if ended.is_none() {
            // It may be over by now. What it left running holds its outputs open, so those are not
            // waited for.
            let _ = child.kill();
            let _ = child.wait();
            return Err(format!("git {}: > {} s", arguments[0], LIMIT.as_secs()));
        }
        let said: Vec<String> = readers
            .into_iter()
            .flatten()
            .map(|reader| reader.join().unwrap_or_default())
            .collect();
        let said = said.join("\n").trim().to_owned();
        match ended {
            Some(true) => Ok(said),
            _ => Err(said),
        }
    }
}

fn read(out: impl Read + Send + 'static) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = out.take(MOST_SAID).read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// Whether it ended well; none when it takes too long.
fn wait(child: &mut Child) -> Option<bool> {
    let mut waited = Duration::ZERO;
    while waited < LIMIT {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status.success()),
            Ok(None) => thread::sleep(LOOK),
            Err(_) => return Some(false),
        }
        waited += LOOK;
    }
    None
}

/// The record that a file of signatures belongs to: `signatures/<record>/<16 hex>/<file>`.
fn record_of(path: &str) -> Option<String> {
    let inner = Path::new(path.strip_prefix("signatures/")?);
    let folder = inner.parent()?;
    let name = folder.file_name()?.to_str()?;
    let hex = name.len() == 16 && name.bytes().all(|b| b.is_ascii_hexdigit());
    let record = folder.parent()?.to_str()?;
    (hex && !record.is_empty()).then(|| record.to_owned())
}

/// Whether a file is a record's text, or a form or signature of it.
fn belongs(path: &str, record: &str) -> bool {
    let within = |folder: &str| {
        let rest = path
            .strip_prefix(folder)
            .and_then(|rest| rest.strip_prefix(record));
        rest.is_some_and(|rest| rest.starts_with('/') || rest.starts_with('.'))
    };
    within("signatures/") || within("content/")
}

#[cfg(test)]
mod tests;
