//! The server as its clients meet it: over sockets, with hostile ones among them.

use std::io::Read;
use std::io::Write;
use std::net::SocketAddr;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::thread;
use std::thread::JoinHandle;
use std::time::Duration;

use axum::Extension;
use axum::Router;
use axum::routing::get;
use axum::routing::post;

use super::*;

struct Lab {
    address: SocketAddr,
    life: Life,
    acted: Arc<AtomicUsize>,
    thread: Option<JoinHandle<Ended>>,
}

const QUICK: Limits = Limits {
    connections: 4,
    asking: Duration::from_millis(400),
    connection: Duration::from_secs(20),
    idle: None,
    leaving: Duration::from_millis(50),
};

impl Lab {
    fn new(limits: Limits) -> Self {
        let bound = Bound::loopback(0).unwrap();
        let address = bound.address();
        let acted = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&acted);
        let act = move |body: String| async move {
            let length = body.len();
            blocking(move || count.fetch_add(length, Ordering::SeqCst))
                .await
                .map(|_| "done")
        };
        let peer = |Extension(Peer(peer)): Extension<Peer>| async move { peer.ip().to_string() };
        let late = || async {
            tokio::time::sleep(Duration::from_secs(30)).await;
        };
        let router = Router::new()
            .route("/", get(|| async { "hello" }))
            .route("/peer", get(peer))
            .route("/late", get(late))
            .route(
                "/panic",
                get(|| async {
                    blocking(|| assert_eq!(1, 2, "on purpose"))
                        .await
                        .map(|()| "")
                }),
            )
            .route("/act", post(act));
        let rules = Rules {
            body: 1000,
            sending: Duration::from_millis(400),
            answering: Duration::from_millis(400),
            ..Rules::new(Own::loopback(address.port()))
        };
        let life = Life::default();
        let own = life.clone();
        let thread = thread::spawn(move || serve(bound, router, rules, limits, &own).unwrap());
        Self {
            address,
            life,
            acted,
            thread: Some(thread),
        }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        let limit = Some(Duration::from_secs(10));
        stream.set_read_timeout(limit).unwrap();
        stream
    }

    /// Sends bytes, and reads until the other side hangs up.
    fn raw(&self, bytes: &str) -> String {
        let mut stream = self.connect();
        stream.write_all(bytes.as_bytes()).unwrap();
        rest(&mut stream)
    }

    fn ask(&self, line: &str, more: &str, body: &str) -> String {
        let (host, length) = (self.address, body.len());
        self.raw(&format!(
            "{line} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {length}\r\n{more}\r\n{body}"
        ))
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        self.life.end();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn rest(stream: &mut TcpStream) -> String {
    let mut all = Vec::new();
    let _ = stream.read_to_end(&mut all);
    String::from_utf8_lossy(&all).into_owned()
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or("none")
}

#[test]
fn every_answer_carries_what_keeps_other_pages_out() {
    let lab = Lab::new(QUICK);
    for (line, expect) in [
        ("GET /", "200"),
        ("GET /nothing", "404"),
        ("POST /act", "403"),
        ("TRACE /", "403"),
    ] {
        let answer = lab.ask(line, "", "").to_ascii_lowercase();
        assert_eq!(status(&answer), expect, "{line}");
        for header in [
            "content-security-policy: default-src 'none'",
            "frame-ancestors 'none'",
            "x-frame-options: deny",
            "x-content-type-options: nosniff",
            "cache-control: no-store",
            "referrer-policy: same-origin",
            "cross-origin-resource-policy: same-origin",
        ] {
            assert!(answer.contains(header), "{line}: {header}\n{answer}");
        }
        assert!(!answer.contains("access-control-"), "{answer}");
    }
}

#[test]
fn a_name_or_page_of_others_changes_nothing() {
    let lab = Lab::new(QUICK);
    let own = format!("Origin: http://{}\r\n", lab.address);
    assert_eq!(status(&lab.ask("POST /act", &own, "12345")), "200");
    assert_eq!(lab.acted.load(Ordering::SeqCst), 5);
    for more in [
        "",
        "Origin: http://evil.example\r\n",
        "Origin: null\r\n",
        "Sec-Fetch-Site: cross-site\r\n",
    ] {
        assert_eq!(
            status(&lab.ask("POST /act", more, "12345")),
            "403",
            "{more}"
        );
    }
    let rebound = "POST /act HTTP/1.1\r\nHost: evil.example\r\nOrigin: http://evil.example\r\nContent-Length: 1\r\n\r\nx";
    assert_eq!(status(&lab.raw(rebound)), "421");
    assert_eq!(status(&lab.raw("GET / HTTP/1.0\r\n\r\n")), "421");
    let preflight = "Origin: http://evil.example\r\nAccess-Control-Request-Method: POST\r\n";
    assert_eq!(status(&lab.ask("OPTIONS /act", preflight, "")), "403");
    assert_eq!(lab.acted.load(Ordering::SeqCst), 5);
}

#[test]
fn bodies_are_bounded_however_they_come() {
    let lab = Lab::new(QUICK);
    let own = format!("Origin: http://{}\r\n", lab.address);
    assert_eq!(
        status(&lab.ask("POST /act", &own, &"x".repeat(1000))),
        "200"
    );
    assert_eq!(
        status(&lab.ask("POST /act", &own, &"x".repeat(1001))),
        "413"
    );
    let chunked = format!(
        "POST /act HTTP/1.1\r\nHost: {}\r\n{own}Transfer-Encoding: chunked\r\n\r\n{}0\r\n\r\n",
        lab.address,
        format!("1f4\r\n{}\r\n", "x".repeat(500)).repeat(3)
    );
    assert_eq!(status(&lab.raw(&chunked)), "413");
    let long = format!("X: {}\r\n", "x".repeat(100_000));
    assert_eq!(status(&lab.ask("GET /", &long, "")), "431");
    assert_eq!(lab.acted.load(Ordering::SeqCst), 1000);
}

#[test]
fn whoever_is_slow_is_cut_off_and_holds_up_nobody() {
    let lab = Lab::new(QUICK);
    // As many as there are places, each with half a request.
    let mut slow: Vec<TcpStream> = (0..QUICK.connections).map(|_| lab.connect()).collect();
    for stream in &mut slow {
        stream.write_all(b"GET / HTTP/1.1\r\nHost:").unwrap();
    }
    assert_eq!(status(&lab.ask("GET /", "", "")), "200");
    let half = format!(
        "POST /act HTTP/1.1\r\nHost: {0}\r\nOrigin: http://{0}\r\nContent-Length: 10\r\n\r\n123",
        lab.address
    );
    assert_eq!(status(&lab.raw(&half)), "408");
    assert_eq!(lab.acted.load(Ordering::SeqCst), 0);
    assert_eq!(status(&lab.ask("GET /late", "", "")), "504");
}

#[test]
fn a_request_that_breaks_off_did_not_happen() {
    let lab = Lab::new(QUICK);
    let mut stream = lab.connect();
    let half = format!(
        "POST /act HTTP/1.1\r\nHost: {0}\r\nOrigin: http://{0}\r\nContent-Length: 10\r\n\r\n123",
        lab.address
    );
    stream.write_all(half.as_bytes()).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    rest(&mut stream);
    assert_eq!(lab.acted.load(Ordering::SeqCst), 0);
}

#[test]
fn both_loopback_addresses_are_ours_and_a_handler_that_panics_is_500() {
    let lab = Lab::new(QUICK);
    assert!(lab.ask("GET /peer", "", "").ends_with("127.0.0.1"));
    assert_eq!(status(&lab.ask("GET /panic", "", "")), "500");
    let taken = Bound::loopback(lab.address.port()).unwrap_err();
    assert!(matches!(taken, Error::PortTaken { .. }));
    assert_ne!(taken.words().vi, taken.words().en);
    if let Ok(mut stream) = TcpStream::connect(("::1", lab.address.port())) {
        let asked = format!(
            "GET /peer HTTP/1.1\r\nHost: [::1]:{}\r\nConnection: close\r\n\r\n",
            lab.address.port()
        );
        stream.write_all(asked.as_bytes()).unwrap();
        assert!(rest(&mut stream).ends_with("::1"));
    }
}

#[test]
fn it_ends_when_asked_and_after_idle_time() {
    let mut asked = Lab::new(QUICK);
    asked.life.end();
    assert_eq!(asked.thread.take().unwrap().join().unwrap(), Ended::Asked);
    let mut idle = Lab::new(Limits {
        idle: Some(Duration::from_millis(600)),
        ..QUICK
    });
    // Asked again and again, it goes on.
    for _ in 0..4 {
        thread::sleep(Duration::from_millis(300));
        assert_eq!(status(&idle.ask("GET /", "", "")), "200");
    }
    assert_eq!(idle.thread.take().unwrap().join().unwrap(), Ended::Idle);
}

#[test]
fn who_hangs_up_does_not_make_room_for_more_work() {
    use tokio::sync::Semaphore;

    let places = Arc::new(Semaphore::new(1));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .build()
        .unwrap();
    let (go_on, waits) = std::sync::mpsc::channel::<()>();
    let (begun, begins) = std::sync::mpsc::channel();
    let place = Arc::clone(&places).try_acquire_owned().unwrap();
    let asked = runtime.spawn(blocking_in(place, move || {
        begun.send(()).unwrap();
        waits.recv().unwrap();
    }));
    begins.recv().unwrap();
    asked.abort();
    let ended = runtime.block_on(asked);
    assert!(ended.is_err_and(|error| error.is_cancelled()));
    assert_eq!(places.available_permits(), 0);
    go_on.send(()).unwrap();
    runtime.block_on(places.acquire()).unwrap().forget();
}
