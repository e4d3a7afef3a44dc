//! A server as simple as can be, for tests: HTTP/1.1 with kept connections on a free port.

use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use crate::net::Bounds;
use crate::net::Client;
use crate::net::HttpUrl;
use crate::net::Reach;

/// A request as it came.
pub(crate) struct Request {
    /// Counted from 0 over the life of the server.
    pub(crate) number: usize,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) kind: String,
    pub(crate) authorization: String,
    pub(crate) body: Vec<u8>,
}

/// What is answered.
#[derive(Clone)]
pub(crate) struct Answer {
    status: u16,
    kind: String,
    location: String,
    body: Vec<u8>,
    wait: Duration,
    hang_up: bool,
}

impl Answer {
    pub(crate) fn ok(kind: &str, body: &[u8]) -> Self {
        Self {
            status: 200,
            kind: kind.to_owned(),
            location: String::new(),
            body: body.to_vec(),
            wait: Duration::ZERO,
            hang_up: false,
        }
    }

    pub(crate) fn status(status: u16) -> Self {
        Self {
            status,
            ..Self::ok("text/plain", b"no")
        }
    }

    pub(crate) fn with_status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    pub(crate) fn redirect(location: &str) -> Self {
        Self {
            location: location.to_owned(),
            ..Self::status(302)
        }
    }

    pub(crate) fn slow(wait: Duration) -> Self {
        Self {
            wait,
            ..Self::ok("text/plain", b"late")
        }
    }

    pub(crate) fn hang_up() -> Self {
        Self {
            hang_up: true,
            ..Self::status(500)
        }
    }
}

type Handler = dyn Fn(&Request) -> Answer + Send + Sync;

/// A server that lives as long as the process; it ends with the test.
pub(crate) struct Server {
    address: SocketAddr,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    requests: AtomicUsize,
    connections: AtomicUsize,
}

impl Server {
    pub(crate) fn start(handler: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let counts = Arc::new(Counts::default());
        let handler: Arc<Handler> = Arc::new(handler);
        let shared = Arc::clone(&counts);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                shared.connections.fetch_add(1, Ordering::SeqCst);
                let (counts, handler) = (Arc::clone(&shared), Arc::clone(&handler));
                thread::spawn(move || serve(stream, &counts, &*handler));
            }
        });
        Self { address, counts }
    }

    pub(crate) fn url(&self, path: &str) -> HttpUrl {
        HttpUrl::parse(&format!("http://{}{path}", self.address)).expect("an address")
    }

    pub(crate) fn bounds(&self) -> Bounds {
        Bounds {
            time: Duration::from_secs(10),
            ..Bounds::default()
        }
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(Reach::named([&self.url("/")]), self.bounds())
    }

    pub(crate) fn requests(&self) -> usize {
        self.counts.requests.load(Ordering::SeqCst)
    }

    pub(crate) fn connections(&self) -> usize {
        self.counts.connections.load(Ordering::SeqCst)
    }
}

/// Answers the requests of one connection until somebody hangs up.
fn serve(mut stream: TcpStream, counts: &Counts, handler: &Handler) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    loop {
        let request = read(&mut reader, counts)?;
        let answer = handler(&request);
        if answer.hang_up {
            return None;
        }
        thread::sleep(answer.wait);
        let location = match answer.location.as_str() {
            "" => String::new(),
            location => format!("Location: {location}\r\n"),
        };
        let head = format!(
            "HTTP/1.1 {} X\r\nContent-Type: {}\r\n{location}Content-Length: {}\r\n\r\n",
            answer.status,
            answer.kind,
            answer.body.len()
        );
        stream.write_all(head.as_bytes()).ok()?;
        stream.write_all(&answer.body).ok()?;
    }
}

fn read(reader: &mut impl BufRead, counts: &Counts) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|n| *n > 0)?;
    let number = counts.requests.fetch_add(1, Ordering::SeqCst);
    let mut words = line.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let (mut kind, mut authorization, mut length) = (String::new(), String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        match line.trim_end().split_once(": ") {
            None => break,
            Some((name, value)) => match name.to_ascii_lowercase().as_str() {
                "content-type" => kind = value.to_owned(),
                "authorization" => authorization = value.to_owned(),
                "content-length" => length = value.parse().ok()?,
                _ => {}
            },
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request {
        number,
        method,
        path,
        kind,
        authorization,
        body,
    })
}
