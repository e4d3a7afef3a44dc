//! Hands the archive out to browsers on this machine, from memory.
//!
//! 1. Connections are taken on the loopback address only, and no more at a time than [`CONNECTIONS`];
//!    the next ones wait.
//! 2. `head` reads one request, `answer` decides, and the connection is closed: whoever is slow is cut
//!    off, and whoever is hostile holds one of many places for a while. Nobody holds up the build.
//! 3. Questions for the next generation stay open until there is one; they have places of their own.
//!
//! Written on sockets, since it needs so little of HTTP: requests without bodies, one a connection.

use std::io;
use std::io::ErrorKind;
use std::io::Read;
use std::io::Write;
use std::net::Ipv4Addr;
use std::net::Shutdown;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::thread;
use std::time::Duration;

use crate::serve::Deadline;
use crate::serve::Error;
use crate::serve::State;
use crate::serve::live;
use answer::Answer;
use head::Head;

mod answer;
mod head;
#[cfg(test)]
pub(super) mod testing;

/// Most connections at a time.
const CONNECTIONS: usize = 64;
/// Most of them that may be questions for the next generation; more are answered at once.
const POLLS: usize = 24;
/// Longest time for sending a request.
const ASKING: Duration = Duration::from_secs(10);
/// Longest time for taking an answer.
const ANSWERING: Duration = Duration::from_secs(60);
/// Longest time for what is sent after a request that is refused.
const LEAVING: Duration = Duration::from_secs(1);
/// Before trying again, when the system gives no connection or no thread.
const PAUSE: Duration = Duration::from_millis(50);

/// A server that listens but does not answer yet.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
}

impl Server {
    /// Listens on a port of the loopback address; 0 takes any that is free.
    ///
    /// # Errors
    /// [`Error::PortTaken`], [`Error::Bind`].
    pub fn bind(port: u16) -> Result<Server, Error> {
        let failed = |source: io::Error| match source.kind() {
            ErrorKind::AddrInUse => Error::PortTaken { port },
            _ => Error::Bind { port, source },
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Server { listener, address })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers, on threads of its own, until the program ends.
    ///
    /// # Errors
    /// [`Error::NoThread`].
    pub fn start(self, state: Arc<State>) -> Result<(), Error> {
        let places = Places::new(CONNECTIONS);
        let (port, polls) = (self.address.port(), Places::new(POLLS));
        let service = Arc::new(Service { state, port, polls });
        let taking = thread::Builder::new().name("hoso-http".to_owned());
        taking
            .spawn(move || take(&self.listener, &places, &service))
            .map_err(|source| Error::NoThread { source })?;
        Ok(())
    }
}

fn take(listener: &TcpListener, places: &Arc<Places>, service: &Arc<Service>) {
    loop {
        let place = places.wait();
        let Ok((stream, _)) = listener.accept() else {
            thread::sleep(PAUSE);
            continue;
        };
        let service = Arc::clone(service);
        let serving = move || {
            let _place = place;
            // The browser has gone or is too slow: nobody is left to be told.
            let _ = service.serve(&stream);
        };
        // Without a thread the connection is closed, and the browser asks again.
        if thread::Builder::new().spawn(serving).is_err() {
            thread::sleep(PAUSE);
        }
    }
}

/// What every connection's thread needs.
struct Service {
    state: Arc<State>,
    port: u16,
    polls: Arc<Places>,
}

impl Service {
    fn serve(&self, stream: &TcpStream) -> io::Result<()> {
        let request = head::read(&mut Timed {
            stream,
            until: Deadline::after(ASKING),
        })?;
        let (answer, whole) = match &request {
            Ok(head) => (self.answer(head, stream), head.method != "HEAD"),
            Err(fault) => (answer::unreadable(*fault), true),
        };
        answer.send(
            &mut Timed {
                stream,
                until: Deadline::after(ANSWERING),
            },
            whole,
        )?;
        if answer.is_refusal() {
            // If what is still coming met a closed socket, the answer could be lost with it.
            stream.shutdown(Shutdown::Write)?;
            let rest = Timed {
                stream,
                until: Deadline::after(LEAVING),
            };
            io::copy(&mut rest.take(head::MAX_BYTES as u64), &mut io::sink())?;
        }
        Ok(())
    }

    fn answer(&self, head: &Head, stream: &TcpStream) -> Answer {
        if let Some(refusal) = answer::refusal(head, self.port) {
            return refusal;
        }
        let Some(after) = answer::asks_after(head) else {
            return answer::file(head, &self.state.shown());
        };
        let shown = match self.polls.try_take() {
            Some(_place) => self.state.wait(after, || is_there(stream)),
            None => self.state.shown(),
        };
        Answer::json(live::generation(&shown))
    }
}

/// Whether the other side has not hung up.
fn is_there(stream: &TcpStream) -> bool {
    let moment = Some(Duration::from_millis(1));
    match stream
        .set_read_timeout(moment)
        .and_then(|()| stream.peek(&mut [0]))
    {
        Ok(length) => length > 0,
        Err(error) => matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
    }
}

/// A connection that must be done by a deadline, however little arrives at a time.
struct Timed<'a> {
    stream: &'a TcpStream,
    until: Deadline,
}

impl Timed<'_> {
    fn left(&self) -> io::Result<Option<Duration>> {
        self.until
            .left()
            .map(Some)
            .ok_or_else(|| ErrorKind::TimedOut.into())
    }
}

impl Read for Timed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(self.left()?)?;
        self.stream.read(buffer)
    }
}

impl Write for Timed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(self.left()?)?;
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// A number of places to be taken and given back.
struct Places {
    free: Mutex<usize>,
    freed: Condvar,
}

impl Places {
    fn new(count: usize) -> Arc<Places> {
        Arc::new(Places {
            free: Mutex::new(count),
            freed: Condvar::new(),
        })
    }

    fn wait(self: &Arc<Self>) -> Place {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let free = self.freed.wait_while(free, |free| *free == 0);
        *free.unwrap_or_else(PoisonError::into_inner) -= 1;
        Place(Arc::clone(self))
    }

    fn try_take(self: &Arc<Self>) -> Option<Place> {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        *free = free.checked_sub(1)?;
        Some(Place(Arc::clone(self)))
    }
}

/// One place; free again when dropped.
struct Place(Arc<Places>);

impl Drop for Place {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.freed.notify_one();
    }
}

#[cfg(test)]
mod attacks;
#[cfg(test)]
mod tests;
