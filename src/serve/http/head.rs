//! Reads a request: its first line and its headers (RFC 9112 §2–§5), within narrow limits.
//!
//! A body is never read: no request that is answered has one, and the connection is closed after the
//! answer, so nothing can be taken for a second request.

use std::io;
use std::io::Read;

/// Largest request. Browsers send one or two thousand bytes.
pub(super) const MAX_BYTES: usize = 16 * 1024;
/// Longest path with its query: what the longest path of an archive is when all of it is escaped.
const MAX_TARGET: usize = 4 * 1024;

/// A request, as far as it matters here.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// `GET` and the like.
    pub(super) method: String,
    /// The path, beginning with `/`, escaped as it came.
    pub(super) path: String,
    /// What follows `?`.
    pub(super) query: String,
    /// The server's name as the browser knows it.
    pub(super) host: Option<String>,
}

/// Why a request cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It is not a request.
    Malformed,
    /// The path and query are too long.
    TargetTooLong,
    /// First line and headers are too long.
    TooLong,
    /// It is of a version of HTTP that is not spoken here.
    Version,
}

/// Reads up to the empty line that ends the headers.
///
/// # Errors
/// When the connection fails, is too slow, or is closed before.
pub(super) fn read(from: &mut impl Read) -> io::Result<Result<Head, Fault>> {
    let mut bytes = Vec::new();
    let mut part = [0; 2048];
    loop {
        let length = from.read(&mut part)?;
        if length == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        // The end may begin in what was there before.
        let looked = bytes.len().saturating_sub(END.len() - 1);
        bytes.extend_from_slice(&part[..length]);
        let end = bytes[looked..]
            .windows(END.len())
            .position(|window| window == END);
        match end {
            Some(end) if looked + end <= MAX_BYTES => return Ok(parse(&bytes[..looked + end])),
            None if bytes.len() <= MAX_BYTES => {}
            _ => return Ok(Err(Fault::TooLong)),
        }
    }
}

const END: &[u8] = b"\r\n\r\n";

fn parse(bytes: &[u8]) -> Result<Head, Fault> {
    let text = str::from_utf8(bytes).map_err(|_| Fault::Malformed)?;
    let mut lines = text.split("\r\n");
    let first: Vec<&str> = lines.next().unwrap_or_default().split(' ').collect();
    let [method, target, version] = first[..] else {
        return Err(Fault::Malformed);
    };
    let graphic = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
    if !is_token(method) || !target.starts_with('/') || !graphic(target) {
        return Err(Fault::Malformed);
    }
    if !matches!(version, "HTTP/1.1" | "HTTP/1.0") {
        return Err(if version.starts_with("HTTP/") {
            Fault::Version
        } else {
            Fault::Malformed
        });
    }
    if target.len() > MAX_TARGET {
        return Err(Fault::TargetTooLong);
    }
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    Ok(Head {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        host: host(lines)?,
    })
}

/// The one `Host`; two of them are an attempt to be understood differently by different readers.
fn host<'a>(lines: impl Iterator<Item = &'a str>) -> Result<Option<String>, Fault> {
    let mut host = None;
    for line in lines {
        let (name, value) = line.split_once(':').ok_or(Fault::Malformed)?;
        if !is_token(name) || value.contains(|c: char| c.is_control() && c != '\t') {
            return Err(Fault::Malformed);
        }
        if name.eq_ignore_ascii_case("host") {
            let value = value.trim_matches([' ', '\t']).to_owned();
            if host.replace(value).is_some() {
                return Err(Fault::Malformed);
            }
        }
    }
    Ok(host)
}

/// RFC 9110 §5.6.2.
fn is_token(text: &str) -> bool {
    let is_sign = |b: u8| b"!#$%&'*+-.^_`|~".contains(&b);
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || is_sign(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(request: &str, expect: Result<(&str, &str, Option<&str>), Fault>) {
        let read = read(&mut request.as_bytes()).unwrap();
        let read = read
            .as_ref()
            .map(|h| (&*h.path, &*h.query, h.host.as_deref()));
        assert_eq!(read.map_err(|fault| *fault), expect, "{request:?}");
    }

    #[test]
    fn requests() {
        check("GET / HTTP/1.0\r\n\r\n", Ok(("/", "", None)));
        let plain = "GET /a%20b?c=d?e HTTP/1.1\r\nhOST: \t localhost:80 \r\nX:\r\n\r\nbody";
        check(plain, Ok(("/a%20b", "c=d?e", Some("localhost:80"))));
    }

    #[test]
    fn what_is_not_a_request() {
        let bad = [
            "\r\n\r\n",
            "GET /\r\n\r\n",
            "GET  / HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1 \r\n\r\n",
            "G\0T / HTTP/1.1\r\n\r\n",
            "GET http://localhost/ HTTP/1.1\r\n\r\n",
            "GET /á HTTP/1.1\r\n\r\n",
            "GET /\0 HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\n Host: a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\nb\r\n\r\n",
            "GET / HTTP/1.1\r\nHost\r\n\r\n",
        ];
        for request in bad {
            check(request, Err(Fault::Malformed));
        }
        check("PRI / HTTP/2.0\r\n\r\n", Err(Fault::Version));
    }

    #[test]
    fn limits() {
        let target = |length| format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(length));
        check(&target(MAX_TARGET), Err(Fault::TargetTooLong));
        check(&target(MAX_BYTES), Err(Fault::TooLong));
        check(
            &format!("GET / HTTP/1.1\r\nX: {}", "a".repeat(MAX_BYTES)),
            Err(Fault::TooLong),
        );
        for cut in ["", "GET / HTTP/1.1\r\n"] {
            let error = read(&mut cut.as_bytes()).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        }
    }

    #[test]
    fn byte_by_byte() {
        struct Slow<'a>(&'a [u8]);
        impl Read for Slow<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let length = self.0.len().min(1);
                self.0.read(&mut buffer[..length])
            }
        }
        let head = read(&mut Slow(b"HEAD /a HTTP/1.1\r\nHost: b\r\n\r\n"))
            .unwrap()
            .unwrap();
        assert_eq!((&*head.method, &*head.path), ("HEAD", "/a"));
    }
}
