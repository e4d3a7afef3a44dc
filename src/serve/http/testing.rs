//! A server and a browser as simple as can be, for tests.

use std::io::Read;
use std::io::Write;
use std::net::SocketAddr;
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use super::Server;
use crate::serve::State;
use crate::serve::live::testing::site;

/// An answer as it came.
#[derive(Debug)]
pub(in crate::serve) struct Got {
    pub(in crate::serve) status: u16,
    pub(in crate::serve) head: String,
    pub(in crate::serve) body: String,
}

/// Asks for a path as a browser does.
pub(in crate::serve) fn get(address: SocketAddr, path: &str) -> Got {
    ask(
        address,
        &format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n"),
    )
}

/// Sends a request and reads all that comes.
pub(in crate::serve) fn ask(address: SocketAddr, request: &str) -> Got {
    let mut stream = TcpStream::connect(address).expect("connects");
    stream
        .set_read_timeout(Some(Duration::from_secs(40)))
        .expect("sets a timeout");
    stream.write_all(request.as_bytes()).expect("sends");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("reads");
    let (head, body) = answer.split_once("\r\n\r\n").expect("has a head");
    let status = head
        .get(9..12)
        .and_then(|code| code.parse().ok())
        .expect("has a status");
    Got {
        status,
        head: head.to_owned(),
        body: body.to_owned(),
    }
}

/// A server, with an archive of these files if there are any.
pub(super) fn server(files: &[(&str, &str)]) -> (SocketAddr, Arc<State>) {
    let state = Arc::new(State::default());
    let server = Server::bind(0).expect("a free port");
    let address = server.address();
    server.start(Arc::clone(&state)).expect("a thread");
    if !files.is_empty() {
        state.succeed(site(files));
    }
    (address, state)
}

/// A server with a small archive.
pub(super) fn school() -> (SocketAddr, Arc<State>) {
    server(&[
        ("bagit.txt", "outside"),
        ("data/index.html", "<body>home</body>"),
        ("data/style.css", "p{}"),
        ("data/nam/2024-2025/index.html", "<body>year</body>"),
        ("data/Giáo án 1.pdf", "%PDF"),
        ("data/a.md", "# a"),
    ])
}
