//! The first page: what waits for who has signed in.

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::response::Redirect;
use axum::response::Response;
use axum::routing::get;
use serde::Serialize;
use serde_json::Value;
use serde_json::json;

use crate::archive::view;
use crate::forge::http::Forge;
use crate::forge::http::Shared;
use crate::forge::http::Who;
use crate::forge::http::door;
use crate::forge::http::door::HOME;
use crate::forge::http::door::PASSWORD;
use crate::forge::reading;
use crate::forge::tasks::Asker;
use crate::forge::tasks::Tasks;
use crate::records::audience::Audience;

/// So many of a list are seen at once; the others open.
const SEEN: usize = 5;
/// Digits of a commit.
const SHORT: usize = 8;

pub(super) fn router() -> Router<Shared> {
    Router::new().route(HOME, get(home))
}

async fn home(State(forge): State<Shared>, headers: HeaderMap) -> Response {
    door::within(forge, headers, |forge, who| {
        if who.initial {
            return Ok(Redirect::to(PASSWORD).into_response());
        }
        Ok(door::page(
            "trang-dau.html",
            StatusCode::OK,
            &own(forge, who),
        ))
    })
    .await
}

fn own(forge: &Forge, who: &Who) -> Value {
    let shown = forge.room.shown();
    let audience = reading::audience(&who.rights(), forge.now());
    let site = shown.built.as_ref().zip(audience);
    let asker = Asker {
        records: &who.loaded.records,
        person: &who.session.person,
        year: &forge.year,
        site: site.map(|(built, audience)| built.site(audience)),
    };
    let tasks = Tasks::of(&forge.standings(&who.loaded), &asker);
    let built = shown.built.as_ref();
    let id = built.map(|built| built.revision.id.as_str());
    let mut own = door::person(who, forge);
    own["room"] = json!({
        "may": audience.is_some(), "all": audience == Some(Audience::Inspector),
        "at": built.map(|built| view::instant(built.at)), "revision": id.and_then(|id| id.get(..SHORT)),
        "failed": shown.failed, "behind": id.is_some_and(|id| id != who.loaded.revision.id),
    });
    let waits = [
        tasks.returned.len(),
        tasks.to_sign.len(),
        tasks.soon.len(),
        tasks.missing.len(),
    ];
    own["nothing"] = (waits.iter().sum::<usize>() == 0).into();
    own["returned"] = folded(&tasks.returned);
    own["to_sign"] = folded(&tasks.to_sign);
    own["soon"] = folded(&tasks.soon);
    own["missing"] = folded(&tasks.missing);
    own["with_others"] = folded(&tasks.with_others);
    own["lately"] = folded(&tasks.lately);
    own
}

/// What is seen of a list, and what opens.
fn folded<T: Serialize>(list: &[T]) -> Value {
    let (first, rest) = list.split_at(list.len().min(SEEN));
    json!({ "first": first, "rest": rest, "count": list.len() })
}
