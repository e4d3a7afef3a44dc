//! One request and its answer, within bounds of time, size and number of redirects.

use std::io;
use std::time::Duration;

use ureq::Agent;
use ureq::Body;
use ureq::http::Response;
use ureq::http::header::CONTENT_TYPE;
use ureq::http::header::LOCATION;
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::DefaultConnector;

use crate::net::HttpUrl;
use crate::net::NetError;
use crate::net::Reach;
use crate::net::address::Guarded;
use crate::net::address::NotPublic;

/// What a client never goes beyond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// One exchange, from the look-up of the name to the last byte.
    pub time: Duration,
    /// Until there is a connection.
    pub connect: Duration,
    /// Requests in flight, and connections kept.
    pub in_flight: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            // The government's own authority was measured at 2 to 131 seconds for one time-stamp.
            time: Duration::from_secs(150),
            connect: Duration::from_secs(20),
            in_flight: 8,
        }
    }
}

/// Redirects followed for one GET; authorities that moved need one.
const MAX_REDIRECTS: usize = 3;

/// Talks HTTP/1.1 over connections that are kept.
#[derive(Clone, Debug)]
pub struct Client {
    agent: Agent,
    pub(super) bounds: Bounds,
}

impl Client {
    /// Makes a client. No request is sent yet, no proxy is used, no cookie kept.
    pub fn new(reach: Reach, bounds: Bounds) -> Self {
        let config = Agent::config_builder()
            .proxy(None)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(bounds.time))
            .timeout_connect(Some(bounds.connect.min(bounds.time)))
            .max_idle_connections(bounds.in_flight)
            .max_idle_connections_per_host(bounds.in_flight)
            .max_response_header_size(32 * 1024)
            .user_agent(concat!("hoso/", env!("CARGO_PKG_VERSION")))
            .build();
        let resolver = Guarded {
            reach,
            system: DefaultResolver::default(),
        };
        Self {
            agent: Agent::with_parts(config, DefaultConnector::default(), resolver),
            bounds,
        }
    }

    /// Gets what lies at `url`, at most `limit` bytes of it.
    ///
    /// # Errors
    /// [`NetError`].
    pub(super) fn get(
        &self,
        url: &HttpUrl,
        limit: u64,
        wanted: Option<&'static str>,
    ) -> Result<Vec<u8>, NetError> {
        let mut at = url.clone();
        for _ in 0..=MAX_REDIRECTS {
            let request = self.agent.get(at.as_str());
            let answer = request.call().map_err(|e| self.fault(&at, limit, e))?;
            match redirection(&answer) {
                Some(location) => {
                    at = at.redirected(&location).map_err(|_| NetError::Redirected {
                        url: at.to_string(),
                        location,
                    })?;
                }
                None => return self.body(&at, answer, limit, wanted),
            }
        }
        Err(NetError::Redirected {
            url: url.to_string(),
            location: at.to_string(),
        })
    }

    /// Posts `body` and returns at most `limit` bytes of answer. A POST follows no redirect.
    ///
    /// # Errors
    /// [`NetError`].
    pub(super) fn post(
        &self,
        url: &HttpUrl,
        kind: &'static str,
        body: &[u8],
        limit: u64,
        wanted: &'static str,
    ) -> Result<Vec<u8>, NetError> {
        let request = self.agent.post(url.as_str());
        let request = request.header(CONTENT_TYPE, kind).header("Accept", wanted);
        let answer = request.send(body).map_err(|e| self.fault(url, limit, e))?;
        match redirection(&answer) {
            Some(location) => Err(NetError::Redirected {
                url: url.to_string(),
                location,
            }),
            None => self.body(url, answer, limit, Some(wanted)),
        }
    }

    fn body(
        &self,
        url: &HttpUrl,
        answer: Response<Body>,
        limit: u64,
        wanted: Option<&'static str>,
    ) -> Result<Vec<u8>, NetError> {
        let code = answer.status().as_u16();
        let found = answer.headers().get(CONTENT_TYPE);
        let found = found.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        // A short body is read even of an answer that is refused: the connection can be kept then.
        let read = answer.into_body().into_with_config().limit(limit);
        let body = read.read_to_vec();
        if code != 200 {
            return Err(NetError::Status {
                url: url.to_string(),
                code,
            });
        }
        if let Some(wanted) = wanted
            && !found.as_deref().is_some_and(|found| is_kind(found, wanted))
        {
            return Err(NetError::ContentType {
                url: url.to_string(),
                found: found.unwrap_or_default(),
                wanted,
            });
        }
        body.map_err(|e| self.fault(url, limit, e))
    }

    fn fault(&self, url: &HttpUrl, limit: u64, error: ureq::Error) -> NetError {
        let url = url.to_string();
        let error = match error {
            ureq::Error::Io(error) => match inner(&error) {
                Some(known) => return self.known(url, limit, known),
                None if error.kind() == io::ErrorKind::TimedOut => return self.too_long(url),
                None => ureq::Error::Io(error),
            },
            other => other,
        };
        self.known(url, limit, &error)
    }

    fn known(&self, url: String, limit: u64, error: &ureq::Error) -> NetError {
        match error {
            ureq::Error::HostNotFound => NetError::HostNotFound { url },
            ureq::Error::Timeout(_) => self.too_long(url),
            ureq::Error::BodyExceedsLimit(_) => NetError::TooLarge { url, limit },
            ureq::Error::Other(other) => match other.downcast_ref::<NotPublic>() {
                Some(NotPublic { address }) => NetError::AddressNotPublic {
                    url,
                    address: *address,
                },
                None => NetError::Connection {
                    url,
                    reason: other.to_string(),
                },
            },
            error => NetError::Connection {
                url,
                reason: error.to_string(),
            },
        }
    }

    fn too_long(&self, url: String) -> NetError {
        NetError::TimeLimit {
            url,
            seconds: self.bounds.time.as_secs(),
        }
    }
}

/// What `ureq` packed into an error of reading.
fn inner(error: &io::Error) -> Option<&ureq::Error> {
    error.get_ref()?.downcast_ref::<ureq::Error>()
}

fn redirection(answer: &Response<Body>) -> Option<String> {
    let moved = matches!(answer.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    let location = answer.headers().get(LOCATION);
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    moved.then(|| {
        location
            .map(|value| text(value.as_bytes()))
            .unwrap_or_default()
    })
}

/// Whether a Content-Type names the media type, whatever its parameters.
fn is_kind(found: &str, wanted: &str) -> bool {
    let bare = found.split(';').next().unwrap_or_default().trim();
    bare.eq_ignore_ascii_case(wanted)
}
