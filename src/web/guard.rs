//! Which requests are let in, how much of them is read, and what each answer carries.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body;
use axum::body::Body;
use axum::body::Bytes;
use axum::body::HttpBody;
use axum::extract::DefaultBodyLimit;
use axum::extract::Request;
use axum::extract::State;
use axum::http::HeaderName;
use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::header;
use axum::http::request::Parts;
use axum::middleware;
use axum::middleware::Next;
use axum::response::IntoResponse;
use axum::response::Response;
use tokio::time::timeout;

use crate::web::Own;
use crate::web::own::Stranger;

/// What is taken of a body that may be larger than others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Larger {
    /// So many bytes, for whoever answers.
    Kept(usize),
    /// So many bytes are read and thrown away: a browser that is cut off while it sends does not hear why. Whoever answers
    /// finds an empty body.
    Dropped(usize),
}

/// Tells by the head of a request whether its body may be larger than [`Rules::body`].
pub type Judge = Arc<dyn Fn(&Parts) -> Option<Larger> + Send + Sync>;

/// What every request is held to.
#[derive(Clone)]
pub struct Rules {
    /// The addresses that are ours.
    pub own: Own,
    /// The most bytes of a body. Bodies are held in memory, one for each connection.
    pub body: usize,
    /// Which requests may bring more, if any.
    pub larger: Option<Judge>,
    /// How long a body may take to arrive.
    pub sending: Duration,
    /// How long an answer may take to begin.
    pub answering: Duration,
    /// The Content-Security-Policy of answers that bring none of their own.
    pub policy: &'static str,
}

impl Rules {
    /// For small forms on this machine: no script, style, picture or frame but our own files, none
    /// of them inline.
    pub fn new(own: Own) -> Self {
        Self {
            own,
            body: 64 * 1024,
            larger: None,
            sending: Duration::from_secs(10),
            answering: Duration::from_secs(60),
            policy: "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; \
                     connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        }
    }

    /// Holds a router to the rules.
    pub fn over(self, router: Router) -> Router {
        let limit = DefaultBodyLimit::max(self.body);
        let rules = Arc::new(self);
        router
            .layer(limit)
            .layer(middleware::from_fn_with_state(rules, guarded))
    }
}

/// What an answer carries, whatever the handler says. Nothing here or anywhere lets pages of other
/// origins read it (no `Access-Control-Allow-Origin`).
const ALWAYS: [(HeaderName, &str); 7] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    // Not `no-referrer`: with it, browsers say `Origin: null` of our own forms.
    (header::REFERRER_POLICY, "same-origin"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), microphone=(), geolocation=(), usb=()",
    ),
    (HeaderName::from_static("x-dns-prefetch-control"), "off"),
];

async fn guarded(State(rules): State<Arc<Rules>>, request: Request, next: Next) -> Response {
    let mut response = answered(&rules, request, next).await;
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, rules.policy),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        let value = HeaderValue::from_static(value);
        headers.entry(name).or_insert(value);
    }
    response
}

async fn answered(rules: &Rules, request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    if let Err(stranger) = rules.own.admits(&head.method, &head.uri, &head.headers) {
        return refused(match stranger {
            // RFC 9110 §15.5.20.
            Stranger::Host => StatusCode::MISDIRECTED_REQUEST,
            Stranger::Page => StatusCode::FORBIDDEN,
        });
    }
    let larger = rules.larger.as_ref().and_then(|larger| larger(&head));
    // Read whole before anybody acts on it: a request that breaks off did not happen.
    let read = async {
        match larger {
            None => body::to_bytes(body, rules.body).await.ok(),
            Some(Larger::Kept(most)) => body::to_bytes(body, most).await.ok(),
            Some(Larger::Dropped(most)) => dropped(body, most).await,
        }
    };
    let body = match timeout(rules.sending, read).await {
        Ok(Some(bytes)) => Body::from(bytes),
        Ok(None) => return refused(StatusCode::PAYLOAD_TOO_LARGE),
        Err(_) => return refused(StatusCode::REQUEST_TIMEOUT),
    };
    let request = Request::from_parts(head, body);
    match timeout(rules.answering, next.run(request)).await {
        Ok(response) => response,
        Err(_) => refused(StatusCode::GATEWAY_TIMEOUT),
    }
}

/// Reads a body to its end and keeps nothing; none when it is longer, or breaks off.
async fn dropped(mut body: Body, most: usize) -> Option<Bytes> {
    let mut read = 0_usize;
    while let Some(frame) = poll_fn(|task| Pin::new(&mut body).poll_frame(task)).await {
        let data = frame.ok()?.into_data();
        read = read.saturating_add(data.map_or(0, |data| data.len()));
        if read > most {
            return None;
        }
    }
    Some(Bytes::new())
}

/// What was not read of the body would be taken for the next request.
fn refused(status: StatusCode) -> Response {
    (status, [(header::CONNECTION, "close")]).into_response()
}
