//! The archive, for who has signed in: which one, [`reading::audience`] says.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::HeaderName;
use axum::http::StatusCode;
use axum::http::Uri;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Redirect;
use axum::response::Response;
use axum::routing::get;

use crate::forge::http::Forge;
use crate::forge::http::Shared;
use crate::forge::http::Who;
use crate::forge::http::door;
use crate::forge::http::door::PASSWORD;
use crate::forge::reading;
use crate::forge::reading::Found;
use crate::forge::reading::ROOM;

/// What pages are made with is asked for anew each time, and sent anew only when it changed; kept by nobody in between.
const KEPT: &str = "private, no-cache";
/// What people open and can go back to is not kept at all: after signing out the next person at the machine would see it.
const NOT_KEPT: &str = "no-store";
const PAGES: [&str; 5] = [
    "text/html",
    "application/pdf",
    "text/plain",
    "text/csv",
    "application/xml",
];
const NOT_FOUND_BY_SEARCHING: (HeaderName, &str) = (
    HeaderName::from_static("x-robots-tag"),
    "noindex, nofollow, noarchive",
);

pub(super) fn router() -> Router<Shared> {
    Router::new()
        .route("/kho", get(|| async { Redirect::permanent(ROOM) }))
        .route(ROOM, get(file))
        .route("/kho/{*path}", get(file))
}

async fn file(State(forge): State<Shared>, uri: Uri, headers: HeaderMap) -> Response {
    let asked = headers.get(header::IF_NONE_MATCH).cloned();
    // As it came: what is unescaped on the way may mean something else.
    let path = uri.path().strip_prefix(ROOM).unwrap_or_default().to_owned();
    door::within(forge, headers, move |forge, who| {
        if who.initial {
            return Ok(Redirect::to(PASSWORD).into_response());
        }
        let asked = asked.as_ref().map(|asked| asked.as_bytes());
        Ok(answer(forge, who, &path, asked))
    })
    .await
}

fn answer(forge: &Forge, who: &Who, path: &str, asked: Option<&[u8]>) -> Response {
    let Some(audience) = reading::audience(&who.rights(), forge.now()) else {
        let text = "Kho chỉ mở cho người đang giữ một nhiệm vụ trong danh bạ của trường; hiện bạn không giữ nhiệm vụ nào.";
        return told(
            forge,
            who,
            StatusCode::FORBIDDEN,
            "Bạn chưa được xem kho",
            text,
        );
    };
    let shown = forge.room.shown();
    let Some(built) = shown.built else {
        let text = match shown.failed {
            true => {
                "Kho chưa dựng được vì hồ sơ hoặc mẫu đang có lỗi. Xin báo người quản trị của trường chạy hoso check."
            }
            false => {
                "Kho đang được dựng lần đầu từ khi máy chủ chạy; đợi ít phút rồi tải lại trang này."
            }
        };
        return told(
            forge,
            who,
            StatusCode::SERVICE_UNAVAILABLE,
            "Chưa xem được kho",
            text,
        );
    };
    match reading::find(built.site(audience), path) {
        Found::File {
            sort,
            policy,
            tag,
            bytes,
        } => {
            let is_same = asked.is_some_and(|asked| same(asked, tag.as_bytes()));
            let is_page = PAGES.iter().any(|page| sort.starts_with(page));
            let carried = [
                (header::CACHE_CONTROL, if is_page { NOT_KEPT } else { KEPT }),
                NOT_FOUND_BY_SEARCHING,
                (header::CONTENT_TYPE, sort),
                (header::CONTENT_SECURITY_POLICY, policy),
            ];
            let tag = [(header::ETAG, tag)];
            match is_same {
                true => (StatusCode::NOT_MODIFIED, carried, tag).into_response(),
                false => (carried, tag, Vec::from(&*Arc::clone(&bytes))).into_response(),
            }
        }
        Found::Folder(to) => Redirect::to(&to).into_response(),
        Found::Nothing => {
            let text =
                "Bản đang xem không có trang nào ở địa chỉ này, hoặc bạn không được xem trang đó.";
            told(
                forge,
                who,
                StatusCode::NOT_FOUND,
                "Không tìm thấy trang",
                text,
            )
        }
    }
}

/// Whether one of the tags that a browser holds is this one (RFC 9110 §13.1.2).
fn same(asked: &[u8], tag: &[u8]) -> bool {
    asked.split(|byte| *byte == b',').any(|one| {
        let one = one.trim_ascii();
        one.strip_prefix(b"W/").unwrap_or(one) == tag
    })
}

fn told(forge: &Forge, who: &Who, status: StatusCode, heading: &str, text: &str) -> Response {
    let mut own = door::person(who, forge);
    own["heading"] = heading.into();
    own["text"] = text.into();
    door::page("kho.html", status, &own)
}
