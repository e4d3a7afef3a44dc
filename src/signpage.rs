//! The signing page: `hoso sign --page`. A page of this machine, for whoever sits at it, over the one
//! way of signing that the command has too ([`crate::signing::session`]).
//!
//! | part | what it is |
//! |---|---|
//! | `door` | who is let in: the link's secret, once, against a cookie |
//! | `state` | what is shown now; forms that count once; work under way |
//! | `listing` | what waits for this signer, with its forms |
//! | `work` | one PIN, one commit, and sending it |
//! | `views` | the pages; plain forms, scripts only improve |
//!
//! A form that comes twice, as browsers send it again when a connection broke, finds its nonce used
//! and is shown what came of the first: the key is never asked twice.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Form;
use axum::Router;
use axum::extract::Path;
use axum::extract::RawQuery;
use axum::extract::State as Shared;
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Redirect;
use axum::response::Response;
use axum::routing::get;
use axum::routing::post;
use jiff::Timestamp;

use crate::keys::KeyUri;
use crate::net::HttpUrl;
use crate::web;
use crate::web::Bound;
use crate::web::Ended;
use crate::web::Life;
use crate::web::Limits;
use crate::web::Own;
use crate::web::Rules;
use crate::web::Secret;
use crate::web::blocking;

mod door;
mod listing;
mod state;
#[cfg(test)]
mod tests;
mod views;
mod work;

use state::Shown;
use state::State;
use state::Ticket;

/// The usual port.
pub const PORT: u16 = 7337;
/// After how long without a request the page closes.
const IDLE: Duration = Duration::from_secs(30 * 60);

/// Whose key is used, on what, and what only the caller may touch.
pub struct Setup {
    /// The repository, or a folder within.
    pub dir: PathBuf,
    /// The key.
    pub key: KeyUri,
    /// Who signs, where the key does not say it before it is open.
    pub person: Option<String>,
    /// Sign with RSASSA-PSS.
    pub pss: bool,
    /// The signer's certificate, where the key's place does not hold it.
    pub certificate: Option<Vec<u8>>,
    /// More certificates of authorities.
    pub chain: Vec<Vec<u8>>,
    /// Whom to ask for time-stamps; none: whom the school names.
    pub stampers: Option<Vec<HttpUrl>>,
    /// The clock.
    pub now: fn() -> Option<Timestamp>,
    /// The environment.
    pub environment: fn(&str) -> Option<String>,
    /// Numbers that nobody can guess.
    pub random: fn() -> u64,
}

/// Shows the page until it is closed, or nobody has asked for it for half an hour. `told` is given
/// the link that opens it.
///
/// # Errors
/// When the port or the threads cannot be had.
pub fn run(setup: Setup, port: u16, told: impl FnOnce(&str)) -> Result<Ended, web::Error> {
    let bound = Bound::loopback(port)?;
    let address = bound.address();
    let life = Life::default();
    let secrets = Secret::new().and_then(|start| Ok((start, Secret::new()?)));
    let (start, session) = secrets.map_err(|_| web::Error::NoRandom)?;
    let link = format!("http://{address}/mo/{}", start.reveal());
    let state = Arc::new(State::new(setup, start, session, life.clone()));
    let rules = Rules::new(Own::loopback(address.port()));
    let limits = Limits {
        idle: Some(IDLE),
        ..Limits::default()
    };
    told(&link);
    let ended = web::serve(bound, router(&state), rules, limits, &life)?;
    // What is being signed is brought to its end.
    state.finish();
    Ok(ended)
}

fn router(state: &Arc<State>) -> Router {
    Router::new()
        .route("/mo/{secret}", get(door::open))
        .route("/trang.css", get(|| asset("text/css", views::STYLE)))
        .route("/trang.js", get(|| asset("text/javascript", views::SCRIPT)))
        .route("/favicon.svg", get(|| asset("image/svg+xml", views::ICON)))
        .route("/", get(index))
        .route("/toi-la", post(choose))
        .route("/ky", post(sign))
        .route("/gui", post(send))
        .route("/xong", post(close))
        .route("/viec/{nonce}", get(job))
        .route("/viec/{nonce}/so", get(numbers))
        .route("/xem/{digest}", get(view))
        .route("/bia/{digest}", get(cover))
        .route("/trang/{digest}/{page}", get(sheet))
        .route("/tep/{digest}", get(file))
        .with_state(Arc::clone(state))
}

/// The fields of a form, in order; some come several times.
type Fields = Form<Vec<(String, String)>>;
type Ours = Shared<Arc<State>>;

async fn asset(kind: &'static str, text: &'static str) -> Response {
    let kind = format!("{kind}; charset=utf-8");
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}

async fn index(state: Ours, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    if let Some(stop) = door::stop(&state, &headers, query.as_deref()) {
        return stop;
    }
    if let Some(nonce) = state.running() {
        return Redirect::to(&format!("/viec/{nonce}")).into_response();
    }
    let anew = query.as_deref() == Some("moi");
    if anew {
        // So that loading this page again does not begin anew for ever.
        state.forget();
        return Redirect::to("/").into_response();
    }
    let Shared(state) = state;
    let shown = blocking(move || {
        let shown = state.shown();
        match shown {
            Shown::Who(people) => views::who(&people, &state.ticket(None)),
            Shown::Preparing(job) => views::wait(&job.progress(), None),
            Shown::Trouble(trouble) => views::trouble(&trouble),
            Shown::Listing(listing) => {
                let ticket = state.ticket(Some(Arc::clone(&listing)));
                views::list(&listing, &ticket)
            }
        }
    });
    shown.await.unwrap_or_else(|failed| failed)
}

async fn choose(state: Ours, headers: HeaderMap, Form(fields): Fields) -> Response {
    if let Some(stop) = door::stop(&state, &headers, None) {
        return stop;
    }
    let person = field(&fields, "nguoi").unwrap_or_default().to_owned();
    if let Ticket::Open = state.take(field(&fields, "nonce"), |_| None) {
        state.choose(person);
    }
    Redirect::to("/").into_response()
}

async fn sign(state: Ours, headers: HeaderMap, Form(fields): Fields) -> Response {
    if let Some(stop) = door::stop(&state, &headers, None) {
        return stop;
    }
    let Shared(state) = state;
    let nonce = field(&fields, "nonce").map(str::to_owned);
    let asked = work::Asked::of(fields);
    let begin = |listing: Option<Arc<listing::Listing>>| {
        let listing = listing?;
        let work = {
            let state = Arc::clone(&state);
            move |job: &state::Job| work::sign(&state, &listing, &asked, job)
        };
        Some(Box::new(work) as state::Work)
    };
    begun(&state, nonce, begin)
}

async fn send(state: Ours, headers: HeaderMap, Form(fields): Fields) -> Response {
    if let Some(stop) = door::stop(&state, &headers, None) {
        return stop;
    }
    let Shared(state) = state;
    let nonce = field(&fields, "nonce").map(str::to_owned);
    let begin = |_| {
        let state = Arc::clone(&state);
        Some(Box::new(move |job: &state::Job| work::send(&state, job)) as state::Work)
    };
    begun(&state, nonce, begin)
}

/// Begins what a form asks for, or shows what came of it when it came before.
fn begun(
    state: &Arc<State>,
    nonce: Option<String>,
    begin: impl FnOnce(Option<Arc<listing::Listing>>) -> Option<state::Work>,
) -> Response {
    match state.take(nonce.as_deref(), begin) {
        Ticket::Used => {
            let nonce = nonce.unwrap_or_default();
            Redirect::to(&format!("/viec/{nonce}")).into_response()
        }
        // A page of an earlier run, or no page of ours; or something else is being signed.
        Ticket::Open | Ticket::Unknown => match state.running() {
            Some(running) => Redirect::to(&format!("/viec/{running}")).into_response(),
            None => (StatusCode::GONE, views::old()).into_response(),
        },
    }
}

async fn close(state: Ours, headers: HeaderMap, Form(fields): Fields) -> Response {
    if let Some(stop) = door::stop(&state, &headers, None) {
        return stop;
    }
    if let Some(nonce) = state.running() {
        return Redirect::to(&format!("/viec/{nonce}")).into_response();
    }
    match state.take(field(&fields, "nonce"), |_| None) {
        Ticket::Open => {
            state.life.end();
            views::closed()
        }
        Ticket::Used | Ticket::Unknown => (StatusCode::GONE, views::old()).into_response(),
    }
}

async fn job(state: Ours, headers: HeaderMap, Path(nonce): Path<String>) -> Response {
    if let Some(stop) = door::stop(&state, &headers, None) {
        return stop;
    }
    let Some(job) = state.job(&nonce) else {
        return (StatusCode::NOT_FOUND, views::old()).into_response();
    };
    match job.outcome() {
        Some(outcome) => views::done(&outcome, &state.ticket(None)),
        None => views::wait(&job.progress(), Some(&nonce)),
    }
}

async fn numbers(state: Ours, headers: HeaderMap, Path(nonce): Path<String>) -> Response {
    if !door::is_ours(&state, &headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let Some(job) = state.job(&nonce) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let progress = job.progress();
    axum::Json(serde_json::json!({
        "over": job.outcome().is_some(),
        "done": progress.done,
        "total": progress.total,
        "words": progress.words,
    }))
    .into_response()
}

async fn view(state: Ours, headers: HeaderMap, Path(digest): Path<String>) -> Response {
    if let Some(stop) = door::stop(&state, &headers, None) {
        return stop;
    }
    let Shared(state) = state;
    let shown = blocking(move || {
        let item = state.item(&digest)?;
        let pages = state.drawn(&item);
        Some(views::view(&item, pages.len()))
    });
    or_missing(shown.await)
}

async fn cover(state: Ours, headers: HeaderMap, Path(digest): Path<String>) -> Response {
    picture(state, headers, digest, None).await
}

async fn sheet(
    state: Ours,
    headers: HeaderMap,
    Path((digest, page)): Path<(String, usize)>,
) -> Response {
    picture(state, headers, digest, Some(page)).await
}

async fn picture(state: Ours, headers: HeaderMap, digest: String, page: Option<usize>) -> Response {
    if !door::is_ours(&state, &headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let Shared(state) = state;
    let drawn = blocking(move || {
        let item = state.item(&digest)?;
        let png = match page {
            None => item.cover()?,
            Some(page) => state.drawn(&item).get(page)?.png.clone(),
        };
        Some(([(header::CONTENT_TYPE, "image/png")], png).into_response())
    });
    or_missing(drawn.await)
}

async fn file(state: Ours, headers: HeaderMap, Path(digest): Path<String>) -> Response {
    if !door::is_ours(&state, &headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let Some(item) = state.item(&digest) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, "application/pdf"),
        (header::CONTENT_DISPOSITION, "inline; filename=\"form.pdf\""),
        // What the browser's own reader of PDF needs; nothing in it is run.
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; object-src 'self'; frame-ancestors 'none'",
        ),
    ];
    (headers, item.pdf().to_vec()).into_response()
}

fn or_missing(found: Result<Option<Response>, Response>) -> Response {
    match found {
        Ok(Some(response)) => response,
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(failed) => failed,
    }
}

fn field<'a>(fields: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = fields.iter().find(|(own, _)| own == name);
    found.map(|(_, value)| value.as_str())
}
