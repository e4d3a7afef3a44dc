//! The signing page as browsers and others of the machine meet it: what `.ci/judges/signing.mjs` does
//! with a token and a browser, here with plain requests.

use std::io::Read;
use std::io::Write;
use std::net::SocketAddr;
use std::net::TcpStream;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::thread;
use std::thread::JoinHandle;

use super::*;
use crate::signpage::state::Job;
use crate::signpage::state::Work;
use crate::signpage::work::Asked;
use crate::signpage::work::Outcome;

fn setup(dir: PathBuf) -> Setup {
    Setup {
        dir,
        key: KeyUri::Pkcs12("none.p12".into()),
        person: None,
        pss: false,
        certificate: None,
        chain: Vec::new(),
        stampers: None,
        now: || Some(Timestamp::UNIX_EPOCH),
        environment: |_| None,
        random: || 0,
    }
}

struct Lab {
    state: Arc<State>,
    address: SocketAddr,
    start: String,
    thread: Option<JoinHandle<()>>,
    _dir: tempfile::TempDir,
}

impl Lab {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let bound = Bound::loopback(0).unwrap();
        let address = bound.address();
        let (start, session) = (Secret::new().unwrap(), Secret::new().unwrap());
        let link = start.reveal().to_owned();
        let life = Life::default();
        let setup = setup(dir.path().to_path_buf());
        let state = Arc::new(State::new(setup, start, session, life.clone()));
        let routes = router(&state);
        let rules = Rules::new(Own::loopback(address.port()));
        let limits = Limits {
            leaving: Duration::from_millis(50),
            ..Limits::default()
        };
        let thread = thread::spawn(move || {
            web::serve(bound, routes, rules, limits, &life).unwrap();
        });
        Self {
            state,
            address,
            start: link,
            thread: Some(thread),
            _dir: dir,
        }
    }

    fn ask(&self, line: &str, more: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        let (host, length) = (self.address, body.len());
        let text = format!(
            "{line} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n{more}\r\n{body}"
        );
        stream.write_all(text.as_bytes()).unwrap();
        let mut all = Vec::new();
        stream.read_to_end(&mut all).unwrap();
        String::from_utf8_lossy(&all).into_owned()
    }

    fn cookie(&self) -> String {
        format!("Cookie: hoso-ky={}\r\n", self.state.session.reveal())
    }

    fn origin(&self) -> String {
        format!("Origin: http://{}\r\n", self.address)
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        self.state.life.end();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or("none")
}

#[test]
fn the_link_opens_once_and_its_cookie_is_for_no_script_and_no_other_site() {
    let lab = Lab::new();
    assert_eq!(status(&lab.ask("GET /", "", "")), "403");
    let wrong = format!("GET /mo/{}", "0".repeat(64));
    assert_eq!(status(&lab.ask(&wrong, "", "")), "403");
    let link = format!("GET /mo/{}", lab.start);
    let opened = lab.ask(&link, "", "");
    assert_eq!(status(&opened), "303");
    let set = opened
        .lines()
        .find(|line| line.starts_with("set-cookie:"))
        .unwrap();
    assert!(
        set.ends_with("; Path=/; HttpOnly; SameSite=Strict"),
        "{set}"
    );
    assert_eq!(status(&lab.ask(&link, "", "")), "403");
    assert_eq!(status(&lab.ask(&link, &lab.cookie(), "")), "303");
}

#[test]
fn nobody_without_the_cookie_reaches_anything() {
    let lab = Lab::new();
    let ticket = lab.state.ticket(None);
    let body = format!("nonce={ticket}&pin=1");
    for line in ["POST /ky", "POST /gui", "POST /xong", "POST /toi-la"] {
        let guessed = format!("{}Cookie: hoso-ky={}\r\n", lab.origin(), "0".repeat(64));
        assert_eq!(
            status(&lab.ask(line, &lab.origin(), &body)),
            "403",
            "{line}"
        );
        assert_eq!(status(&lab.ask(line, &guessed, &body)), "403", "{line}");
        // With the cookie, but from a page of somebody else.
        let foreign = format!("{}Origin: http://evil.example\r\n", lab.cookie());
        assert_eq!(status(&lab.ask(line, &foreign, &body)), "403", "{line}");
    }
    for line in [
        "GET /viec/x",
        "GET /viec/x/so",
        "GET /xem/x",
        "GET /bia/x",
        "GET /trang/x/0",
        "GET /tep/x",
    ] {
        assert_eq!(status(&lab.ask(line, "", "")), "403", "{line}");
    }
    assert!(matches!(
        lab.state.take(Some(&ticket), |_| None),
        Ticket::Open
    ));
}

#[test]
fn a_link_on_another_site_opens_the_page_of_whoever_is_let_in() {
    let lab = Lab::new();
    let elsewhere = "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Dest: document\r\n";
    // Browsers keep the cookie back on such a way; the page asks itself again.
    let answer = lab.ask("GET /", elsewhere, "");
    assert!(answer.contains("refresh: 0; url=/?lai"), "{answer}");
    assert_eq!(status(&lab.ask("GET /?lai", elsewhere, "")), "403");
    let framed = "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Dest: iframe\r\n";
    assert_eq!(status(&lab.ask("GET /", framed, "")), "403");
}

#[test]
fn a_form_counts_once_however_often_it_comes() {
    let lab = Lab::new();
    let done = Arc::new(AtomicUsize::new(0));
    let ticket = lab.state.ticket(None);
    let take = || {
        let count = Arc::clone(&done);
        lab.state.take(Some(&ticket), move |_| {
            Some(Box::new(move |_: &Job| {
                count.fetch_add(1, Ordering::SeqCst);
                thread::sleep(Duration::from_millis(100));
                Outcome::default()
            }) as Work)
        })
    };
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert!(matches!(take(), Ticket::Used)));
        }
    });
    lab.state.finish();
    assert!(matches!(take(), Ticket::Used));
    assert_eq!(done.load(Ordering::SeqCst), 1);
    assert!(lab.state.job(&ticket).unwrap().outcome().is_some());
    assert!(matches!(
        lab.state.take(Some("guessed"), |_| None),
        Ticket::Unknown
    ));
}

#[test]
fn work_that_breaks_says_so_and_lets_the_next_begin() {
    let lab = Lab::new();
    let ticket = lab.state.ticket(None);
    lab.state.take(Some(&ticket), |_| {
        Some(Box::new(|_: &Job| -> Outcome { panic!("on purpose") }) as Work)
    });
    lab.state.finish();
    let outcome = lab.state.job(&ticket).unwrap().outcome().unwrap();
    assert!(outcome.trouble.is_some());
    assert!(lab.state.running().is_none());
}

#[test]
fn what_is_wrong_is_shown_and_no_pin_ever_is() {
    let lab = Lab::new();
    // The folder is no repository.
    lab.ask("GET /", &lab.cookie(), "");
    for _ in 0..100 {
        if lab
            .ask("GET /", &lab.cookie(), "")
            .contains("Chưa đọc được")
        {
            break;
        }
        thread::sleep(Duration::from_millis(20));
    }
    let answer = lab.ask("GET /", &lab.cookie(), "");
    assert!(answer.contains("không nằm trong kho git nào"), "{answer}");
    let old = format!("{}{}", lab.cookie(), lab.origin());
    let answer = lab.ask("POST /ky", &old, "nonce=x&pin=271828&ky=a");
    assert_eq!(status(&answer), "410");
    assert!(!answer.contains("271828"));
    let asked = Asked::of(vec![("pin".to_owned(), "271828".to_owned())]);
    assert!(!format!("{asked:?}").contains("271828"));
}
