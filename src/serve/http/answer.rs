//! Decides what a request gets. Nothing here touches a socket.

use std::io;
use std::io::Write;
use std::sync::Arc;

use super::head::Fault;
use super::head::Head;
use crate::path::SitePath;
use crate::serve::Shown;
use crate::serve::live;
use crate::serve::live::OWN;
use crate::serve::live::Stands;
use crate::web::address;
use crate::web::media;
use crate::web::media::HTML;
use crate::web::media::TEXT;

/// Where in the archive its site lies; what surrounds it is not for browsing.
const DATA: &str = "data/";
const INDEX: &str = "index.html";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// For every answer. `no-store`: what is shown changes with every build, and children's data has
/// no business in a browser's cache.
const HEADERS: &str = "Cache-Control: no-store\r\n\
    Connection: close\r\n\
    Cross-Origin-Resource-Policy: same-origin\r\n\
    Referrer-Policy: no-referrer\r\n\
    X-Content-Type-Options: nosniff\r\n\
    X-Frame-Options: DENY\r\n";

/// Nothing but what this server itself hands out, and WebAssembly in its scripts: a record's page
/// verifies signatures. The last three are not covered by the first.
const POLICY: &str = "Content-Security-Policy: default-src 'none'; img-src 'self'; \
    style-src 'self'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n";

/// An answer, not yet sent.
pub(super) struct Answer {
    status: Status,
    kind: &'static str,
    body: Arc<[u8]>,
}

/// What became of the request (RFC 9110 §15).
#[derive(Clone, Debug, PartialEq, Eq)]
enum Status {
    Ok,
    Found { location: String },
    BadRequest,
    Forbidden,
    NotFound,
    MethodNotAllowed,
    UriTooLong,
    HeadersTooLong,
    NotBuilt,
    Version,
}

impl Status {
    fn line(&self) -> &'static str {
        match self {
            Status::Ok => "200 OK",
            Status::Found { .. } => "302 Found",
            Status::BadRequest => "400 Bad Request",
            Status::Forbidden => "403 Forbidden",
            Status::NotFound => "404 Not Found",
            Status::MethodNotAllowed => "405 Method Not Allowed",
            Status::UriTooLong => "414 URI Too Long",
            Status::HeadersTooLong => "431 Request Header Fields Too Large",
            Status::NotBuilt => "503 Service Unavailable",
            Status::Version => "505 HTTP Version Not Supported",
        }
    }
}

impl Answer {
    fn new(status: Status, kind: &'static str, body: impl Into<Arc<[u8]>>) -> Answer {
        Answer {
            status,
            kind,
            body: body.into(),
        }
    }

    pub(super) fn json(text: String) -> Answer {
        Answer::new(Status::Ok, "application/json", text.into_bytes())
    }

    /// Whether the request may have been longer than what was read of it.
    pub(super) fn is_refusal(&self) -> bool {
        !matches!(
            self.status,
            Status::Ok | Status::Found { .. } | Status::NotFound
        )
    }

    /// Sends it; `whole` or, as for `HEAD`, without the body.
    pub(super) fn send(&self, to: &mut impl Write, whole: bool) -> io::Result<()> {
        let (line, kind, length) = (self.status.line(), self.kind, self.body.len());
        let mut head = format!(
            "HTTP/1.1 {line}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n{HEADERS}{POLICY}"
        );
        match &self.status {
            Status::Found { location } => head.push_str(&format!("Location: {location}\r\n")),
            Status::MethodNotAllowed => head.push_str("Allow: GET, HEAD\r\n"),
            _ => {}
        }
        head.push_str("\r\n");
        to.write_all(head.as_bytes())?;
        if whole {
            to.write_all(&self.body)
        } else {
            Ok(())
        }
    }
}

/// The answer to what cannot be read.
pub(super) fn unreadable(fault: Fault) -> Answer {
    let status = match fault {
        Fault::Malformed => Status::BadRequest,
        Fault::TargetTooLong => Status::UriTooLong,
        Fault::TooLong => Status::HeadersTooLong,
        Fault::Version => Status::Version,
    };
    Answer::new(status, TEXT, "Không đọc được yêu cầu này.\n".as_bytes())
}

/// Refuses what no browser of this machine asks for.
///
/// The name must be one of ours: a strange site whose name is made to lead to this machine could
/// otherwise read everything (DNS rebinding).
pub(super) fn refusal(head: &Head, port: u16) -> Option<Answer> {
    let host = head
        .host
        .as_deref()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let ours = ["127.0.0.1", "localhost", "[::1]"];
    let is_ours = |name: &str| match host.strip_prefix(name) {
        Some("") => port == 80,
        Some(rest) => rest.strip_prefix(':') == Some(port.to_string().as_str()),
        None => false,
    };
    if !ours.into_iter().any(is_ours) {
        let text = "Máy chủ này chỉ trả lời dưới tên localhost hoặc 127.0.0.1.\n";
        return Some(Answer::new(Status::Forbidden, TEXT, text.as_bytes()));
    }
    if !matches!(head.method.as_str(), "GET" | "HEAD") {
        let text = "Máy chủ này chỉ để xem: chỉ nhận GET và HEAD.\n";
        return Some(Answer::new(Status::MethodNotAllowed, TEXT, text.as_bytes()));
    }
    None
}

/// The generation that a question for the next one already knows.
pub(super) fn asks_after(head: &Head) -> Option<u64> {
    (head.path.strip_prefix(OWN)? == "generation").then_some(())?;
    // Whoever does not say what it knows gets an answer at once: no generation has this number.
    Some(
        head.query
            .strip_prefix("after=")
            .and_then(|n| n.parse().ok())
            .unwrap_or(u64::MAX),
    )
}

/// A file of the archive or one of our own.
pub(super) fn file(head: &Head, shown: &Shown) -> Answer {
    if let Some(name) = head.path.strip_prefix(OWN) {
        return own(name, shown);
    }
    let Some(site) = &shown.site else {
        return not_built(&head.path, shown);
    };
    let Some(path) = address::decoded(&head.path) else {
        return not_found(shown);
    };
    let get = |name: &str| {
        let path = SitePath::parse(&format!("{DATA}{name}")).ok()?;
        // What the disk does not give back is not there.
        Some((site.get(&path)?.read().ok()?, path))
    };
    if path.is_empty() || path.ends_with('/') {
        return match get(&format!("{path}{INDEX}")) {
            Some((bytes, _)) => html(&bytes, shown),
            None => not_found(shown),
        };
    }
    match get(&path) {
        Some((bytes, path)) => match media::of(path.as_str()) {
            HTML => html(&bytes, shown),
            kind => Answer::new(Status::Ok, kind, bytes),
        },
        None if get(&format!("{path}/{INDEX}")).is_some() => {
            redirect(format!("/{}/", address::encoded(&path)))
        }
        None => not_found(shown),
    }
}

fn own(name: &str, shown: &Shown) -> Answer {
    match (name, &shown.fault) {
        ("reload.js", _) => Answer::new(Status::Ok, SCRIPT, live::SCRIPT.as_bytes()),
        ("reload.css", _) => Answer::new(Status::Ok, CSS, live::STYLE.as_bytes()),
        ("fault.html", Some(fault)) => {
            let page = live::page(fault.as_bytes(), shown, Stands::InFor);
            Answer::new(Status::Ok, HTML, page)
        }
        ("fault.html", None) => redirect("/".to_owned()),
        _ => not_found(shown),
    }
}

fn html(bytes: &[u8], shown: &Shown) -> Answer {
    Answer::new(
        Status::Ok,
        HTML,
        live::page(bytes, shown, Stands::ForItself),
    )
}

fn redirect(location: String) -> Answer {
    Answer::new(Status::Found { location }, TEXT, Vec::new())
}

/// There has never been a good build: what is wrong is shown in every page's place.
fn not_built(path: &str, shown: &Shown) -> Answer {
    match &shown.fault {
        // The fault page is made for an archive's style, which is not there either.
        _ if path == "/style.css" => Answer::new(Status::Ok, CSS, live::STYLE.as_bytes()),
        Some(fault) => {
            let page = live::page(fault.as_bytes(), shown, Stands::InFor);
            Answer::new(Status::NotBuilt, HTML, page)
        }
        None => {
            let text = "Kho đang được dựng lần đầu; trang này sẽ tự mở khi xong.";
            notice(Status::NotBuilt, "Đang dựng kho", text, shown)
        }
    }
}

fn not_found(shown: &Shown) -> Answer {
    let text = "Bản đang xem không có trang nào ở địa chỉ này. <a href=\"/\">Về trang chủ</a>";
    notice(Status::NotFound, "Không tìm thấy trang", text, shown)
}

/// A page of our own; it gives way as soon as there is something else to show.
fn notice(status: Status, title: &str, text: &str, shown: &Shown) -> Answer {
    let html = format!(
        "<!DOCTYPE html>\n<html lang=\"vi\">\n<head>\n<meta charset=\"utf-8\">\n\
        <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
        <title>{title} – hoso</title>\n<link rel=\"stylesheet\" href=\"/style.css\">\n</head>\n\
        <body>\n<main class=\"wrap fault\">\n<h1>{title}</h1>\n<p class=\"lead\">{text}</p>\n\
        </main>\n</body>\n</html>\n"
    );
    Answer::new(
        status,
        HTML,
        live::page(html.as_bytes(), shown, Stands::InFor),
    )
}
