//! Shows the archive while it is being worked on: build, show, wait for a change, build again.
//!
//! * `watch` waits until something that an archive is made from has changed
//! * `live` holds what is shown now, and makes an open page follow it
//! * `http` hands it out to browsers on this machine
//! * `keep` follows the commits of a repository instead, for a server that people write through
//!
//! Everything is built anew each time. When a build fails, the last good one stays, and what is wrong
//! is shown beside it. Nothing here prints or writes to the disk: the caller builds and talks.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

use crate::archive::site::Site;
use crate::diag::Words;
use crate::path::shown;

mod http;
mod keep;
mod live;
mod watch;

pub use http::Server;
pub use keep::Done;
pub use keep::Pace;
pub use keep::keep;
pub use live::Shown;
pub use live::State;
pub use watch::Changes;
pub use watch::Watcher;

/// What a build came to.
pub enum Outcome {
    /// An archive to show.
    Good(Site),
    /// The page (HTML) that says what is wrong.
    Bad(String),
}

/// What happens, for the caller to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Browsers are answered from now on; the first build begins.
    Ready {
        /// Where.
        address: SocketAddr,
    },
    /// A new archive is shown.
    Built,
    /// The build failed; the last good archive is still shown.
    Failed,
    /// Nothing to do until something changes.
    Waiting,
}

/// Builds and shows until the program is ended; there is nothing to clean up then.
///
/// What changes during a build is not lost: the next wait ends at once.
///
/// # Errors
/// [`Error::NoThread`] or [`Error::Watch`]; it never returns otherwise.
pub fn run(
    server: Server,
    mut watcher: Watcher,
    mut build: impl FnMut() -> Outcome,
    mut told: impl FnMut(Event),
) -> Result<Infallible, Error> {
    let state = Arc::new(State::default());
    let address = server.address();
    server.start(Arc::clone(&state))?;
    told(Event::Ready { address });
    loop {
        match build() {
            Outcome::Good(site) => {
                state.succeed(site);
                told(Event::Built);
            }
            Outcome::Bad(fault) => {
                state.fail(fault);
                told(Event::Failed);
            }
        }
        told(Event::Waiting);
        watcher.wait()?;
    }
}

/// Why the archive cannot be shown.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words().en)]
pub enum Error {
    /// The system does not let us listen.
    Bind {
        /// The port.
        port: u16,
        /// What the system says.
        source: io::Error,
    },
    /// The system does not give a thread.
    NoThread {
        /// What the system says.
        source: io::Error,
    },
    /// Another program listens there.
    PortTaken {
        /// The port.
        port: u16,
    },
    /// A folder cannot be watched.
    Watch {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl Error {
    /// The sentence for people.
    pub fn words(&self) -> Words {
        let (vi, en) = match self {
            Error::Bind { port, source } => (
                format!("không mở được cổng {port} trên máy này: {source}"),
                format!("cannot listen on port {port} of this machine: {source}"),
            ),
            Error::NoThread { source } => (
                format!("hệ thống không cho chạy thêm luồng nào: {source}"),
                format!("the system gives no further thread: {source}"),
            ),
            Error::PortTaken { port } => (
                format!("cổng {port} đang được một chương trình khác dùng"),
                format!("port {port} is in use by another program"),
            ),
            Error::Watch { path, source } => {
                let path = shown(&path.to_string_lossy());
                (
                    format!("không theo dõi được thay đổi trong `{path}`: {source}"),
                    format!("cannot watch `{path}` for changes: {source}"),
                )
            }
        };
        Words::new(vi, en)
    }

    /// How to mend it, where that is known.
    pub fn hint(&self) -> Option<Words> {
        match self {
            Error::Bind { .. } | Error::PortTaken { .. } => Some(Words::new(
                "chọn cổng khác với --port; --port 0 lấy một cổng còn trống bất kỳ",
                "choose another one with --port; --port 0 takes any that is free",
            )),
            Error::NoThread { .. } | Error::Watch { .. } => None,
        }
    }
}

/// A moment after which somebody is not waited for any longer.
#[derive(Clone, Copy)]
struct Deadline(Instant);

impl Deadline {
    #[expect(
        clippy::disallowed_methods,
        reason = "only ever limits how long to wait"
    )]
    fn after(time: Duration) -> Deadline {
        Deadline(Instant::now() + time)
    }

    /// How long ago it was.
    fn passed(self) -> Duration {
        self.0.elapsed()
    }

    /// How long is left; none when it has passed.
    #[expect(
        clippy::disallowed_methods,
        reason = "only ever limits how long to wait"
    )]
    fn left(self) -> Option<Duration> {
        self.0
            .checked_duration_since(Instant::now())
            .filter(|left| !left.is_zero())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::mpsc;
    use std::thread;

    use super::http::testing::get;
    use super::live::testing::site;
    use super::*;

    #[test]
    #[expect(
        clippy::disallowed_methods,
        reason = "changes the folder that is being watched"
    )]
    fn builds_shows_and_builds_again() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().to_path_buf();
        let word = root.join("content/word");
        fs::create_dir(root.join("content")).unwrap();
        fs::write(&word, "one").unwrap();

        let (tell, told) = mpsc::channel();
        let source = word.clone();
        thread::spawn(move || {
            let server = Server::bind(0).unwrap();
            let watcher = Watcher::new(&root, &["content"]).unwrap();
            let build = || match fs::read_to_string(&source).unwrap().as_str() {
                "" => Outcome::Bad("<body>nothing written</body>".to_owned()),
                text => Outcome::Good(site(&[("data/index.html", text)])),
            };
            run(server, watcher, build, |event| tell.send(event).unwrap()).unwrap()
        });
        let next = || told.recv_timeout(Duration::from_secs(10)).unwrap();
        let Event::Ready { address } = next() else {
            panic!("ready comes first")
        };
        let index = || get(address, "/").body;
        assert_eq!((next(), next()), (Event::Built, Event::Waiting));
        assert!(index().starts_with("one"));
        fs::write(&word, "").unwrap();
        assert_eq!((next(), next()), (Event::Failed, Event::Waiting));
        assert!(index().starts_with("one"));
        assert!(
            get(address, "/.hoso/fault.html")
                .body
                .contains("nothing written")
        );
        fs::write(&word, "two").unwrap();
        assert_eq!((next(), next()), (Event::Built, Event::Waiting));
        assert!(index().starts_with("two"));
    }

    #[test]
    fn a_taken_port_is_named() {
        let there = Server::bind(0).unwrap();
        let port = there.address().port();
        let error = Server::bind(port).err().unwrap();
        assert!(matches!(error, Error::PortTaken { port: p } if p == port));
        assert_eq!(
            error.to_string(),
            format!("port {port} is in use by another program")
        );
        assert!(error.hint().is_some());
    }
}
