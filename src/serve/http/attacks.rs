//! The server on real sockets: what no browser of ours would do.

use std::io::Write;
use std::net::TcpStream;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use super::LEAVING;
use super::POLLS;
use super::testing::ask;
use super::testing::get;
use super::testing::school;
use super::testing::server;
use crate::serve::live::testing::site;

#[test]
fn nothing_outside_the_site() {
    let (address, _) = school();
    let outside = [
        "/bagit.txt",
        "/../bagit.txt",
        "/nam/../../bagit.txt",
        "/%2e%2e/bagit.txt",
        "/.%2E/bagit.txt",
        "/%252e%252e/bagit.txt",
        "/..%2fbagit.txt",
        "/nam%2f2024-2025/",
        "/..%5cbagit.txt",
        "/..\\bagit.txt",
        "//bagit.txt",
        "/./index.html",
        "/nam//2024-2025/",
        "/index.html%00",
        "/index.html%00.css",
        "/index.html/",
        "/%ff",
        "/%",
        "/c:/windows",
        "/etc/passwd",
        "/.git/config",
        "/.hoso/",
        "/.hoso/../bagit.txt",
        "//evil.example/nam/2024-2025",
    ];
    for path in outside {
        let got = get(address, path);
        assert_eq!(got.status, 404, "{path}");
        assert!(got.body.contains("Không tìm thấy trang") && !got.head.contains("Location"));
    }
    assert_eq!(get(address, "/\0").status, 400);
    assert_eq!(get(address, "bagit.txt").status, 400);
}

#[test]
fn every_answer_is_guarded() {
    let (address, _) = school();
    for path in [
        "/",
        "/style.css",
        "/x",
        "/nam/2024-2025",
        "/.hoso/generation",
    ] {
        let head = get(address, path).head;
        for header in [
            "Content-Security-Policy: default-src 'none'; img-src 'self'; style-src 'self'; \
             script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; ",
            "X-Content-Type-Options: nosniff",
            "Referrer-Policy: no-referrer",
            "Cache-Control: no-store",
            "X-Frame-Options: DENY",
            "Cross-Origin-Resource-Policy: same-origin",
        ] {
            assert!(head.contains(header), "{path} {header} {head}");
        }
    }
}

#[test]
fn only_under_our_own_name() {
    let (address, _) = school();
    let port = address.port();
    let status = |host: &str| ask(address, &format!("GET / HTTP/1.1\r\n{host}\r\n")).status;
    for name in ["127.0.0.1", "localhost", "LocalHost", "[::1]"] {
        assert_eq!(status(&format!("Host: {name}:{port}\r\n")), 200, "{name}");
        assert_eq!(
            status(&format!("Host: {name}:{}\r\n", port ^ 1)),
            403,
            "{name}"
        );
        assert_eq!(status(&format!("Host: {name}\r\n")), 403, "{name}");
        assert_eq!(
            status(&format!("Host: {name}.evil.example:{port}\r\n")),
            403,
            "{name}"
        );
    }
    for host in [
        "evil.example",
        "0.0.0.0",
        "127.0.0.2",
        "localhost.",
        "x@localhost",
        "",
    ] {
        assert_eq!(status(&format!("Host: {host}:{port}\r\n")), 403, "{host}");
    }
    assert_eq!(status(""), 403);
    assert_eq!(
        status(&format!("Host: {address}\r\nHost: evil.example\r\n")),
        400
    );
}

#[test]
fn only_for_looking() {
    let (address, _) = school();
    let ask = |text: &str| ask(address, &text.replace("HOST", &format!("Host: {address}")));
    let (whole, head) = (get(address, "/"), ask("HEAD / HTTP/1.1\r\nHOST\r\n\r\n"));
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    assert_eq!(head.head, whole.head);
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "CONNECT", "get"] {
        let got = ask(&format!(
            "{method} / HTTP/1.1\r\nHOST\r\nContent-Length: 3\r\n\r\nabc"
        ));
        assert_eq!(got.status, 405, "{method}");
        assert!(got.head.contains("\r\nAllow: GET, HEAD"));
    }
    let huge = ask("POST / HTTP/1.1\r\nHOST\r\nContent-Length: 99999999999999\r\n\r\n");
    assert_eq!(huge.status, 405);
    // What follows is not taken for a second request.
    let two = ask("GET /style.css HTTP/1.1\r\nHOST\r\n\r\nGET / HTTP/1.1\r\nHOST\r\n\r\n");
    assert_eq!(two.body, "p{}");
}

#[test]
fn limits() {
    let (address, _) = school();
    assert_eq!(get(address, &format!("/{}", "a".repeat(5000))).status, 414);
    let long = format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "a".repeat(20_000));
    assert_eq!(ask(address, &long).status, 431);
    assert_eq!(ask(address, "GET / HTTP/3.0\r\n\r\n").status, 505);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "measures that nothing waits")]
fn the_slow_and_the_hostile_hold_up_nobody() {
    let large = "x".repeat(32 << 20);
    let (address, state) = server(&[("data/index.html", "home"), ("data/large.txt", &large)]);
    let connect = |text: String| {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        stream
    };
    // Say nothing, never end, never read, wait for ever: 60 of the 64 places.
    let request = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n");
    let mut held = Vec::new();
    for _ in 0..10 {
        held.push(connect(String::new()));
        held.push(connect("GET / HTTP/1.1\r\nX:".to_owned()));
        held.push(connect(request("/large.txt")));
    }
    held.extend((0..30).map(|_| connect(request("/.hoso/generation?after=1"))));
    thread::sleep(Duration::from_millis(200));
    let start = Instant::now();
    for _ in 0..20 {
        assert_eq!(get(address, "/").body.split('<').next(), Some("home"));
    }
    // No place is left for a question, so this one is answered at once, and so is the build.
    assert_eq!(
        get(address, "/.hoso/generation?after=1").body.as_bytes()[14],
        b'1'
    );
    state.succeed(site(&[("data/index.html", "new")]));
    assert!(
        start.elapsed() < Duration::from_secs(2),
        "{:?}",
        start.elapsed()
    );
    drop(held);
}

#[test]
fn who_has_gone_gives_the_place_back() {
    let (address, _) = school();
    for _ in 0..2 * POLLS {
        let mut stream = TcpStream::connect(address).unwrap();
        write!(
            stream,
            "GET /.hoso/generation?after=1 HTTP/1.1\r\nHost: {address}\r\n\r\n"
        )
        .unwrap();
    }
    thread::sleep(LEAVING * 2);
    let waiting = thread::spawn(move || get(address, "/.hoso/generation?after=1"));
    thread::sleep(Duration::from_millis(200));
    assert!(!waiting.is_finished(), "a place was free");
}
