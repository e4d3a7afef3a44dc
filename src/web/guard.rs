//! Which requests are let in, how much of them is read, and what each answer carries.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body;
use axum::body::Body;
use axum::extract::DefaultBodyLimit;
use axum::extract::Request;
use axum::extract::State;
use axum::http::HeaderName;
use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::header;
use axum::middleware;
use axum::middleware::Next;
use axum::response::IntoResponse;
use axum::response::Response;
use tokio::time::timeout;

use crate::web::Own;
use crate::web::own::Stranger;

/// What every request is held to.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The addresses that are ours.
    pub own: Own,
    /// The most bytes of a body. Bodies are held in memory, one for each connection.
    pub body: usize,
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
    // Read whole before anybody acts on it: a request that breaks off did not happen.
    let body = match timeout(rules.sending, body::to_bytes(body, rules.body)).await {
        Ok(Ok(bytes)) => Body::from(bytes),
        Ok(Err(_)) => return refused(StatusCode::PAYLOAD_TOO_LARGE),
        Err(_) => return refused(StatusCode::REQUEST_TIMEOUT),
    };
    let request = Request::from_parts(head, body);
    match timeout(rules.answering, next.run(request)).await {
        Ok(response) => response,
        Err(_) => refused(StatusCode::GATEWAY_TIMEOUT),
    }
}

/// What was not read of the body would be taken for the next request.
fn refused(status: StatusCode) -> Response {
    (status, [(header::CONNECTION, "close")]).into_response()
}
