//! The server on real sockets: what a browser sees.

use std::thread;
use std::time::Duration;

use super::testing::get;
use super::testing::school;
use super::testing::server;
use crate::serve::live::testing::site;

#[test]
fn files() {
    let (address, _) = school();
    let check = |path: &str, kind: &str, body: &str| {
        let got = get(address, path);
        assert_eq!(got.status, 200, "{path}");
        assert!(
            got.head.contains(&format!("\r\nContent-Type: {kind}\r\n")),
            "{}",
            got.head
        );
        assert!(got.body.starts_with(body), "{}", got.body);
    };
    check(
        "/",
        "text/html; charset=utf-8",
        "<body>home<script src=\"/.hoso/reload.js\"",
    );
    check(
        "/index.html?x=1",
        "text/html; charset=utf-8",
        "<body>home<script",
    );
    check(
        "/nam/2024-2025/",
        "text/html; charset=utf-8",
        "<body>year<script",
    );
    check("/style.css", "text/css; charset=utf-8", "p{}");
    check("/a.md", "text/plain; charset=utf-8", "# a");
    check("/Gi%C3%A1o%20%C3%A1n%201.pdf", "application/pdf", "%PDF");
    check("/.hoso/reload.js", "text/javascript; charset=utf-8", "//");
    check("/.hoso/reload.css", "text/css; charset=utf-8", "/*");
}

#[test]
fn folders_have_one_address() {
    let (address, _) = school();
    let got = get(address, "/nam/2024-2025");
    assert_eq!(got.status, 302);
    assert!(
        got.head.contains("\r\nLocation: /nam/2024-2025/"),
        "{}",
        got.head
    );
}

#[test]
fn a_long_poll_ends_with_the_next_build() {
    let (address, state) = school();
    let now = get(address, "/.hoso/generation");
    assert_eq!(now.body, r#"{"generation":1,"fault":false}"#);
    let waiting = thread::spawn(move || get(address, "/.hoso/generation?after=1"));
    thread::sleep(Duration::from_millis(100));
    assert!(!waiting.is_finished());
    state.succeed(site(&[("data/index.html", "new")]));
    assert_eq!(
        waiting.join().unwrap().body,
        r#"{"generation":2,"fault":false}"#
    );
    assert!(get(address, "/").body.starts_with("new"));
}

#[test]
fn a_fault_and_then_a_good_build() {
    let (address, state) = server(&[]);
    let first = get(address, "/nam/");
    assert_eq!(first.status, 503);
    assert!(first.body.contains("Đang dựng kho") && first.body.contains("/.hoso/reload.js"));

    state.fail("<body><main>wrong</main></body>".to_owned());
    for path in ["/", "/any.html"] {
        let got = get(address, path);
        assert_eq!(got.status, 503);
        assert!(
            got.body.starts_with("<body><main>wrong</main><script"),
            "{}",
            got.body
        );
    }
    assert_eq!(get(address, "/style.css").status, 200);

    state.succeed(site(&[("data/index.html", "<body>good</body>")]));
    assert!(
        get(address, "/")
            .body
            .contains("data-generation=\"2\" data-shows=\"site\"></script>")
    );
    assert_eq!(get(address, "/.hoso/fault.html").status, 302);

    state.fail("<body>wrong again</body>".to_owned());
    let page = get(address, "/").body;
    assert!(
        page.starts_with("<body>good") && page.contains(" data-fault></script>"),
        "{page}"
    );
    let fault = get(address, "/.hoso/fault.html");
    assert!(fault.status == 200 && fault.body.starts_with("<body>wrong again"));
}

#[test]
fn fifty_at_once() {
    let (address, _) = school();
    let asking: Vec<_> = (0..50)
        .map(|_| thread::spawn(move || get(address, "/").status))
        .collect();
    assert!(
        asking
            .into_iter()
            .all(|thread| thread.join().unwrap() == 200)
    );
}
