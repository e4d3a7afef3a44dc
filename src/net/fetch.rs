//! Evidence of revocation, as bytes: CRLs by GET, OCSP answers by POST or GET.

use crate::net::Client;
use crate::net::HttpUrl;
use crate::net::NetError;

/// The largest CRL that is fetched unless told otherwise; that of a national authority has some MiB.
pub const CRL_LIMIT: u64 = 32 * 1024 * 1024;

/// The largest OCSP answer: one certificate's status and the responder's chain have below 16 KiB.
const OCSP_LIMIT: u64 = 256 * 1024;

/// RFC 6960 A.1: only shorter requests may be sent in the address itself.
const GET_LIMIT: usize = 255;

const OCSP_REQUEST: &str = "application/ocsp-request";
const OCSP_RESPONSE: &str = "application/ocsp-response";

/// Fetches a CRL, at most `limit` bytes. What its server calls it does not matter (RFC 2585 §4 has
/// a name, few servers use it): it is signed.
///
/// # Errors
/// [`NetError`].
pub fn crl(client: &Client, url: &HttpUrl, limit: u64) -> Result<Vec<u8>, NetError> {
    client.get(url, limit, None)
}

/// Asks an OCSP responder (RFC 6960 A.1): by POST, and by GET if the responder knows only that
/// (RFC 5019 §5).
///
/// # Errors
/// [`NetError`].
pub fn ocsp(client: &Client, url: &HttpUrl, request: &[u8]) -> Result<Vec<u8>, NetError> {
    let posted = client.post(url, OCSP_REQUEST, request, OCSP_LIMIT, OCSP_RESPONSE);
    let unknown_method =
        matches!(&posted, Err(NetError::Status { code, .. }) if matches!(code, 400..=499));
    let segment = escaped(request);
    if !unknown_method || segment.len() >= GET_LIMIT {
        return posted;
    }
    match url.below(&segment) {
        Ok(url) => client.get(&url, OCSP_LIMIT, Some(OCSP_RESPONSE)),
        Err(_) => posted,
    }
}

/// RFC 6960 A.1: the request in base64 (RFC 4648 §4), with what has a meaning in an address escaped.
fn escaped(request: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in request.chunks(3) {
        let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * place) & 63) as usize];
            match digit {
                _ if place > chunk.len() => out.push_str("%3D"),
                b'+' => out.push_str("%2B"),
                b'/' => out.push_str("%2F"),
                plain => out.push(char::from(plain)),
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::testing::Answer;
    use crate::net::testing::Server;

    #[test]
    fn base64_is_escaped() {
        for (bytes, text) in [
            (&b""[..], ""),
            (b"f", "Zg%3D%3D"),
            (b"fo", "Zm8%3D"),
            (b"foo", "Zm9v"),
            (b"\xfb\xff\xbf", "%2B%2F%2B%2F"),
        ] {
            assert_eq!(escaped(bytes), text);
        }
    }

    #[test]
    fn a_list_is_fetched_over_a_redirect_but_not_over_many() {
        let server = Server::start(|request| match request.path.as_str() {
            "/old.crl" => Answer::redirect("/new.crl"),
            "/new.crl" => Answer::ok("text/plain", b"list"),
            "/away.crl" => Answer::redirect("https://example.org/x.crl"),
            _ => Answer::redirect("/loop.crl"),
        });
        let get = |path: &str, limit| crl(&server.client(), &server.url(path), limit);
        assert_eq!(get("/old.crl", 4).as_deref(), Ok(&b"list"[..]));
        for (path, location) in [
            ("/loop.crl", server.url("/loop.crl").to_string()),
            ("/away.crl", "https://example.org/x.crl".to_owned()),
        ] {
            let error = get(path, 4).expect_err("a redirect");
            assert!(
                matches!(&error, NetError::Redirected { location: to, .. } if *to == location),
                "{error}"
            );
        }
        let error = get("/new.crl", 3).expect_err("too large");
        assert!(
            matches!(error, NetError::TooLarge { limit: 3, .. }),
            "{error}"
        );
    }

    #[test]
    fn a_responder_that_knows_no_post_is_asked_by_get() {
        let server = Server::start(|request| match request.method.as_str() {
            "GET" if request.path == "/ocsp/Zm9v" => Answer::ok(OCSP_RESPONSE, b"by get"),
            "POST" if request.path == "/posted" => {
                assert_eq!(request.kind, OCSP_REQUEST);
                Answer::ok(OCSP_RESPONSE, &request.body)
            }
            "POST" if request.path == "/page" => Answer::ok("text/html", b"log in"),
            _ => Answer::status(405),
        });
        let ask = |path: &str, request: &[u8]| ocsp(&server.client(), &server.url(path), request);
        assert_eq!(ask("/ocsp", b"foo").as_deref(), Ok(&b"by get"[..]));
        assert_eq!(ask("/posted", b"foo").as_deref(), Ok(&b"foo"[..]));
        let long = ask("/ocsp", &[0; 200]).expect_err("too long for an address");
        assert!(matches!(long, NetError::Status { code: 405, .. }), "{long}");
        let page = ask("/page", b"foo").expect_err("a page");
        assert!(matches!(page, NetError::ContentType { .. }), "{page}");
    }

    #[test]
    fn nobody_is_led_into_the_local_network() {
        let server = Server::start(|_| Answer::ok("text/plain", b"secret"));
        let stranger = Client::new(crate::net::Reach::default(), server.bounds());
        let error = crl(&stranger, &server.url("/"), 9).expect_err("loopback");
        assert!(
            matches!(error, NetError::AddressNotPublic { .. }),
            "{error}"
        );
        assert_eq!(server.requests(), 0);
    }
}
