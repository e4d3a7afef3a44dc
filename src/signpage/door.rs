//! Who is let in. The link that the program shows has a secret in it, which opens the door once and
//! is exchanged for a cookie; other people of this machine, and other pages, have neither.

use axum::extract::Path;
use axum::extract::State as Shared;
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Redirect;
use axum::response::Response;

use crate::signpage::Ours;
use crate::signpage::state::State;
use crate::signpage::views;
use crate::web::cookie;

const COOKIE: &str = "hoso-ky";
/// What the page adds when it loads itself again.
const AGAIN: &str = "lai";

/// The link of the terminal.
pub(super) async fn open(
    Shared(state): Ours,
    headers: HeaderMap,
    Path(secret): Path<String>,
) -> Response {
    if state.opens(&secret) {
        let session = state.session.reveal();
        let cookie = format!("{COOKIE}={session}; Path=/; HttpOnly; SameSite=Strict");
        return ([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response();
    }
    match is_ours(&state, &headers) {
        true => Redirect::to("/").into_response(),
        false => (StatusCode::FORBIDDEN, views::door(true)).into_response(),
    }
}

/// Whether the cookie is there.
pub(super) fn is_ours(state: &State, headers: &HeaderMap) -> bool {
    cookie(headers, COOKIE).is_some_and(|value| state.session.is(value))
}

/// What whoever is not let in is shown instead.
pub(super) fn stop(state: &State, headers: &HeaderMap, query: Option<&str>) -> Option<Response> {
    if is_ours(state, headers) {
        return None;
    }
    // A link on another site does not bring the cookie along (SameSite=Strict). The page that asks
    // itself again does.
    let elsewhere = headers.get("sec-fetch-site");
    let elsewhere = elsewhere.is_some_and(|site| site == "cross-site" || site == "same-site");
    if elsewhere && query != Some(AGAIN) {
        let again = [(header::REFRESH, format!("0; url=/?{AGAIN}"))];
        return Some((again, views::moment()).into_response());
    }
    Some((StatusCode::FORBIDDEN, views::door(false)).into_response())
}
