//! The editor, made for who asks: the kinds of her units in the school year that is written.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Redirect;
use axum::response::Response;
use axum::routing::get;
use jiff::civil::Date;

use crate::digest::Sha256;
use crate::editor;
use crate::editor::Backend;
use crate::editor::Edition;
use crate::editor::Files;
use crate::editor::Order;
use crate::forge::gitea;
use crate::forge::http::Forge;
use crate::forge::http::Refused;
use crate::forge::http::Shared;
use crate::forge::http::Who;
use crate::forge::http::lock;
use crate::records::dates;
use crate::web::blocking;
use crate::web::media;

/// Most editors kept.
const KEPT: usize = 100;

pub(super) fn router() -> Router<Shared> {
    Router::new()
        .route(
            "/bien-tap",
            get(|| async { Redirect::permanent("/bien-tap/") }),
        )
        .route("/bien-tap/", get(index))
        .route("/bien-tap/{*path}", get(file))
}

async fn index(state: State<Shared>, headers: HeaderMap) -> Response {
    file(state, Path("index.html".to_owned()), headers).await
}

async fn file(
    State(forge): State<Shared>,
    Path(path): Path<String>,
    headers: HeaderMap,
) -> Response {
    let asked = headers.get(header::IF_NONE_MATCH).cloned();
    let is_page = path == "index.html";
    let done = blocking(move || {
        let who = forge.who(&headers)?;
        if who.initial {
            return Err(Refused::Initial);
        }
        Ok(files(&forge, &who).map(|files| (files.get(&path).cloned(), path)))
    });
    let found = match done.await {
        Ok(Ok(found)) => found,
        Ok(Err(Refused::SignIn)) if is_page => return Redirect::to("/dang-nhap").into_response(),
        Ok(Err(Refused::Initial)) if is_page => return Redirect::to("/mat-khau").into_response(),
        Ok(Err(refused)) => return refused.into_response(),
        Err(response) => return response,
    };
    let (bytes, path) = match found {
        Ok((Some(bytes), path)) => (bytes, path),
        Ok((None, _)) => return StatusCode::NOT_FOUND.into_response(),
        Err(error) => return super::told(StatusCode::NOT_FOUND, &error.words()),
    };
    let tag = format!("\"{}\"", Sha256::of(&bytes).short());
    let policy = format!("{}; frame-ancestors 'none'", editor::policy(&backend()));
    // Asked for anew each time, sent anew only when it changed: two megabytes are long on a phone. What is made for this
    // person is not kept, for the next one at the same machine.
    let is_own = ["html", "json"].contains(&path.rsplit('.').next().unwrap_or_default());
    let kept = if is_own {
        "no-store"
    } else {
        "private, no-cache"
    };
    let carried = [
        (header::CONTENT_TYPE, media::of(&path).to_owned()),
        (header::CACHE_CONTROL, kept.to_owned()),
        (header::ETAG, tag.clone()),
        (header::CONTENT_SECURITY_POLICY, policy),
    ];
    if asked.is_some_and(|asked| asked.as_bytes() == tag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, carried).into_response();
    }
    (carried, bytes.into_owned()).into_response()
}

fn backend() -> Backend {
    Backend::Own {
        branch: gitea::BRANCH.to_owned(),
    }
}

/// The editor of a person as of the newest commit.
fn files(forge: &Forge, who: &Who) -> Result<Arc<Files>, editor::Error> {
    let (person, revision) = (&who.session.person, &who.loaded.revision.id);
    let known = lock(&forge.state.editors).get(person).cloned();
    if let Some((_, files)) = known.filter(|(of, _)| of == revision) {
        return Ok(files);
    }
    let order = Order {
        records: &who.loaded.records,
        year: &forge.year,
        date: day(&forge.year, dates::day(forge.now())),
        edition: Edition::Person(person),
        backend: &backend(),
    };
    let files = Arc::new(editor::files(&order)?);
    let mut editors = lock(&forge.state.editors);
    if editors.len() >= KEPT {
        editors.clear();
    }
    editors.insert(person.clone(), (revision.clone(), Arc::clone(&files)));
    Ok(files)
}

/// The day for which the editor is made: today, or in another school year a day on which it runs.
fn day(year: &str, today: Date) -> Date {
    match dates::school_year(year) {
        Some((from, to)) if today < from || to < today => {
            from.with().month(9).day(15).build().unwrap_or(from)
        }
        _ => today,
    }
}
