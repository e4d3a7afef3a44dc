//! Requests to a service that the user named, over TLS: forges, signing services. Unlike what is fetched
//! for certificates, nothing here is signed by itself, so the connection has to be.
//!
//! TLS 1.2 and 1.3 by rustls on aws-lc-rs; trusted are Mozilla's authorities, or those that the user names
//! for a server of the school's own. Plain HTTP reaches only this machine, unless it is asked for by name.
//! Nothing is redirected, no proxy used, no cookie kept; secrets are sent and never shown.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret;
use secrecy::SecretString;
use serde_json::Value;
use ureq::Agent;
use ureq::http::Request;
use ureq::http::Uri;
use ureq::tls::Certificate;
use ureq::tls::PemItem;
use ureq::tls::RootCerts;
use ureq::tls::TlsConfig;
use ureq::tls::TlsProvider;
use ureq::tls::parse_pem;

use crate::diag::Words;
use crate::net::NetError;

/// Largest answer that is taken.
const MAX_ANSWER: u64 = 16 * 1024 * 1024;
/// One exchange.
const TIME: Duration = Duration::from_secs(60);

/// How a service is reached.
#[derive(Clone, Debug, Default)]
pub struct Access {
    /// Authorities to trust in place of the public ones, as PEM.
    pub authorities: Vec<u8>,
    /// Whether plain HTTP may leave this machine.
    pub plain_http: bool,
    /// The longest for one exchange; a minute if nothing is said.
    pub time: Option<Duration>,
}

/// An address of `https`; of plain `http` only on this machine, unless it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpsUrl(String);

impl HttpsUrl {
    /// Reads an address, without query and fragment; a slash at its end is of no account.
    ///
    /// # Errors
    /// [`NetError::UrlUnsound`], with the reason.
    pub fn parse(text: &str) -> Result<Self, NetError> {
        Self::parse_with(text, false)
    }

    fn parse_with(text: &str, plain_http: bool) -> Result<Self, NetError> {
        let text = text.trim_end_matches('/');
        sound(text, plain_http)?;
        Ok(Self(text.to_owned()))
    }

    /// The address, without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A service, by the beginning of its addresses.
#[derive(Clone)]
pub struct Service {
    agent: Agent,
    base: HttpsUrl,
    time: Duration,
    headers: Vec<(&'static str, SecretString)>,
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Service({})", self.base.0)
    }
}

/// An answer, whatever its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status of HTTP.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON, null when there is none; nothing for a proxy's page of HTML and its like.
    pub fn json(&self) -> Option<Value> {
        match self.body.is_empty() {
            true => Some(Value::Null),
            false => serde_json::from_slice(&self.body).ok(),
        }
    }
}

impl Service {
    /// The service at `base`, with headers that go along with each request.
    ///
    /// # Errors
    /// [`NetError::UrlUnsound`]; [`NetError::Refused`] for authorities that are none.
    pub fn new(
        base: &str,
        access: &Access,
        headers: Vec<(&'static str, SecretString)>,
    ) -> Result<Self, NetError> {
        let base = HttpsUrl::parse_with(base, access.plain_http)?;
        let time = access.time.unwrap_or(TIME);
        let mut tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .unversioned_rustls_crypto_provider(Arc::new(
                rustls::crypto::aws_lc_rs::default_provider(),
            ));
        if !access.authorities.is_empty() {
            tls = tls.root_certs(authorities(&base.0, &access.authorities)?);
        }
        let config = Agent::config_builder()
            .proxy(None)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(time))
            .max_response_header_size(64 * 1024)
            .user_agent(concat!("hoso/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls.build())
            .build();
        Ok(Self {
            agent: Agent::new_with_config(config),
            base,
            time,
            headers,
        })
    }

    /// The beginning of its addresses.
    pub fn base(&self) -> &str {
        &self.base.0
    }

    /// Sends a request for `path`, which begins with `/` and is escaped, with a body of JSON if there is one.
    ///
    /// # Errors
    /// [`NetError`], when there is no answer that can be read.
    pub fn request(
        &self,
        method: &str,
        path: &str,
        body: Option<&[u8]>,
    ) -> Result<Answer, NetError> {
        let url = format!("{}{path}", self.base.0);
        let mut request = Request::builder()
            .method(method)
            .uri(&url)
            .header("Accept", "application/json");
        for (name, value) in &self.headers {
            request = request.header(*name, value.expose_secret());
        }
        let failed = |reason: String| NetError::Connection {
            url: url.clone(),
            reason,
        };
        let answer = match body {
            Some(body) => {
                let request = request.header("Content-Type", "application/json");
                let request = request.body(body.to_vec());
                self.agent.run(request.map_err(|e| failed(e.to_string()))?)
            }
            None => {
                let request = request.body(());
                self.agent.run(request.map_err(|e| failed(e.to_string()))?)
            }
        };
        let answer = answer.map_err(|error| match error {
            ureq::Error::HostNotFound => NetError::HostNotFound { url: url.clone() },
            ureq::Error::Timeout(_) => NetError::TimeLimit {
                url: url.clone(),
                seconds: self.time.as_secs(),
            },
            error => failed(error.to_string()),
        })?;
        let status = answer.status().as_u16();
        let body = answer
            .into_body()
            .into_with_config()
            .limit(MAX_ANSWER)
            .read_to_vec()
            .map_err(|error| failed(error.to_string()))?;
        Ok(Answer { status, body })
    }
}

/// The authorities of a PEM file.
fn authorities(url: &str, pem: &[u8]) -> Result<RootCerts, NetError> {
    let unfit = |reason: &str| NetError::Refused {
        url: url.to_owned(),
        why: Words::new(
            format!("tệp chứng thư gốc của máy chủ không đọc được: {reason}"),
            format!("the server's authorities cannot be read: {reason}"),
        ),
    };
    let mut found: Vec<Certificate<'static>> = Vec::new();
    for item in parse_pem(pem) {
        if let PemItem::Certificate(one) = item.map_err(|e| unfit(&e.to_string()))? {
            found.push(one);
        }
    }
    match found.is_empty() {
        true => Err(unfit("PEM")),
        false => Ok(RootCerts::new_with_certs(&found)),
    }
}

/// Refuses an address that hides something, and plain HTTP over a network.
fn sound(text: &str, plain_http: bool) -> Result<(), NetError> {
    let unsound = |reason| {
        Err(NetError::UrlUnsound {
            url: text.chars().take(200).collect(),
            reason,
        })
    };
    if text.len() > 2048 || !text.bytes().all(|b| b.is_ascii_graphic()) {
        return unsound("not visible ASCII");
    }
    if text.contains(['#', '?']) {
        return unsound("with a query or a fragment");
    }
    let Ok(uri) = text.parse::<Uri>() else {
        return unsound("not a URL");
    };
    let Some(authority) = uri.authority() else {
        return unsound("without a host");
    };
    if authority.as_str().contains('@') {
        return unsound("with a user's name or password");
    }
    let host = authority.host().trim_matches(['[', ']']);
    let here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    match uri.scheme_str() {
        Some("https") => Ok(()),
        Some("http") if here || plain_http => Ok(()),
        _ => unsound("not https://"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::testing;
    use crate::net::testing::Server;

    #[test]
    fn secrets_go_over_tls_or_stay_on_this_machine() {
        for good in [
            "https://git.truong.example",
            "https://git.truong.example:3000/kho",
            "http://127.0.0.1:3000",
            "http://[::1]:3000",
            "http://localhost",
        ] {
            assert!(sound(good, false).is_ok(), "{good}");
        }
        for bad in [
            "http://git.truong.example",
            "http://127.0.0.1.evil.example",
            "http://localhost.evil.example",
            "https://a:b@c",
            "https://a/?b",
            "https://a/#b",
            "ftp://a",
            "git.truong.example",
            "https://a/\r\nX: y",
        ] {
            assert!(sound(bad, false).is_err(), "{bad}");
        }
        assert!(sound("http://git.truong.example", true).is_ok());
    }

    #[test]
    fn an_answer_is_an_answer_whatever_its_status() {
        let server = Server::start(|request| match request.path.as_str() {
            "/api/a" => testing::Answer::ok("application/json", &request.body),
            "/api/away" => testing::Answer::redirect("http://evil.example/"),
            _ => testing::Answer::status(404),
        });
        let base = server.url("/api").to_string();
        let secret = SecretString::from("ma-bi-mat");
        let service = Service::new(&base, &Access::default(), vec![("Authorization", secret)]);
        let service = service.expect("a service");
        assert!(!format!("{service:?}").contains("bi-mat"));
        let said = service
            .request("POST", "/a", Some(b"{}"))
            .expect("an answer");
        assert_eq!((said.status, said.body), (200, b"{}".to_vec()));
        let status = |path| service.request("GET", path, None).map(|said| said.status);
        assert_eq!(status("/none"), Ok(404));
        assert_eq!(status("/away"), Ok(302));
    }

    #[test]
    fn a_server_without_tls_ends_the_talk() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            use std::io::Write;
            while let Ok((mut stream, _)) = listener.accept() {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
            }
        });
        let service = Service::new(&url, &Access::default(), Vec::new()).expect("a service");
        let found = service.request("POST", "/x", Some(b"{}"));
        assert!(
            matches!(found, Err(NetError::Connection { .. })),
            "{found:?}"
        );
    }

    #[test]
    fn authorities_that_are_none_are_refused() {
        let access = Access {
            authorities: b"khong phai PEM".to_vec(),
            ..Access::default()
        };
        assert!(Service::new("https://a.example", &access, Vec::new()).is_err());
    }
}
