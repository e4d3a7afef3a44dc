//! The part of the Gitea API (1.24) that the editor calls, over the branch that is checked out. Everybody
//! sees their own part of it: the files that they may read.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::Path;
use axum::extract::Query;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;
use axum::routing::get;
use axum::routing::post;
use base64ct::Base64;
use base64ct::Encoding;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Map;
use serde_json::json;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::diag::Words;
use crate::forge::gitea;
use crate::forge::http::Forge;
use crate::forge::http::Refused;
use crate::forge::http::Shared;
use crate::forge::http::Who;
use crate::forge::http::lock;
use crate::forge::http::told;
use crate::forge::preview::Draft;
use crate::forge::save;
use crate::forge::save::Desk;
use crate::forge::save::Refusal;
use crate::path::RepoPath;
use crate::repo::Entry;
use crate::repo::FOLDERS;
use crate::repo::History;
use crate::repo::Shallow;
use crate::web::blocking;
use crate::web::blocking_in;

/// Largest file that is handed out.
const MAX_FILE: u64 = 24 * 1024 * 1024;
/// How long a draft waits for its turn.
const PATIENCE: Duration = Duration::from_secs(20);

pub(super) fn router() -> Router<Shared> {
    Router::new()
        .route("/version", get(|| async { Json(gitea::version()) }))
        .route("/settings/api", get(|| async { Json(gitea::settings()) }))
        .route("/user", get(user))
        .route("/repos/{owner}/{name}", get(repository))
        .route("/repos/{owner}/{name}/branches/{branch}", get(branch))
        .route("/repos/{owner}/{name}/git/trees/{id}", get(tree))
        .route("/repos/{owner}/{name}/file-contents", post(contents))
        .route("/repos/{owner}/{name}/contents", post(save))
        .route("/repos/{owner}/{name}/commits", get(commits))
        .route("/repos/{owner}/{name}/raw/{*path}", get(raw))
        .route("/repos/{owner}/{name}/media/{branch}/{*path}", get(media))
}

/// Does what blocks for who asks through the editor.
async fn answer(
    forge: Shared,
    headers: HeaderMap,
    work: impl FnOnce(&Forge, &Who) -> Result<Response, Refused> + Send + 'static,
) -> Response {
    let done = blocking(move || {
        let who = forge.editor(&headers)?;
        work(&forge, &who)
    });
    match done.await {
        Ok(Ok(response)) => response,
        Ok(Err(refused)) => refused.into_response(),
        Err(response) => response,
    }
}

/// What a request says. Looked at only once it is known who asks.
fn parsed<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refused> {
    serde_json::from_slice(body).map_err(|_| Refused::Malformed)
}

impl Who {
    /// The files that may be read.
    fn files(&self) -> impl Iterator<Item = &Entry> {
        let rights = self.rights();
        let mut last: Option<(String, bool)> = None;
        self.loaded.snapshot.under("content").filter(move |entry| {
            let folder = entry
                .path
                .parent()
                .map(|folder| folder.to_string())
                .unwrap_or_default();
            let may = match &last {
                Some((known, may)) if *known == folder => *may,
                _ => {
                    let may = rights.may_read_folder(entry.path.as_str());
                    last = Some((folder, may));
                    may
                }
            };
            may && rights.may_read_about(entry.path.as_str())
        })
    }

    /// A file, if it may be read.
    fn entry(&self, path: &str) -> Option<&Entry> {
        let path = RepoPath::parse(path).ok()?;
        let may = path.starts_with("content") && self.rights().may_read_file(path.as_str());
        (self.loaded.snapshot.get(path.as_str())).filter(|_| may)
    }

    fn read(&self, path: &str) -> Option<(RepoPath, Vec<u8>)> {
        let path = self.entry(path)?.path.clone();
        let bytes = self.loaded.snapshot.read(&path, MAX_FILE).ok()?;
        Some((path, bytes))
    }
}

fn nothing() -> Response {
    told(
        StatusCode::NOT_FOUND,
        &Words::new(
            "không có, hoặc không thuộc phần việc của bạn",
            "not there, or not yours",
        ),
    )
}

/// Who has signed in: what the editor's page begins with.
pub(super) async fn session(State(forge): State<Shared>, headers: HeaderMap) -> Response {
    let done = blocking(move || {
        let who = forge.who(&headers)?;
        let person = who.loaded.records.school.person(&who.session.person);
        Ok::<_, Refused>(Json(json!({
            "token": who.session.token.reveal(),
            "user": gitea::user(&who.session.person, person),
        })))
    });
    match done.await {
        Ok(Ok(json)) => json.into_response(),
        Ok(Err(refused)) => refused.into_response(),
        Err(response) => response,
    }
}

async fn user(State(forge): State<Shared>, headers: HeaderMap) -> Response {
    answer(forge, headers, |_, who| {
        let person = who.loaded.records.school.person(&who.session.person);
        Ok(Json(gitea::user(&who.session.person, person)).into_response())
    })
    .await
}

async fn repository(State(forge): State<Shared>, headers: HeaderMap) -> Response {
    answer(forge, headers, |_, _| {
        Ok(Json(gitea::repository()).into_response())
    })
    .await
}

async fn branch(State(forge): State<Shared>, headers: HeaderMap) -> Response {
    answer(forge, headers, |_, who| {
        Ok(Json(gitea::branch(&who.loaded.revision)).into_response())
    })
    .await
}

#[derive(Deserialize)]
struct Page {
    page: Option<usize>,
}

async fn tree(
    State(forge): State<Shared>,
    Query(asked): Query<Page>,
    headers: HeaderMap,
) -> Response {
    answer(forge, headers, move |_, who| {
        let page = asked.page.unwrap_or(1).max(1);
        let all: Vec<&Entry> = who.files().collect();
        Ok(Json(gitea::tree(&who.loaded.revision, &all, page)).into_response())
    })
    .await
}

#[derive(Deserialize)]
struct Asked {
    files: Vec<String>,
}

async fn contents(State(forge): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    answer(forge, headers, move |_, who| {
        let asked: Asked = parsed(&body)?;
        let size = |path: &str| Some(who.entry(path)?.size);
        let all = gitea::files(&asked.files, size, |path| who.read(path));
        Ok(Json(all).into_response())
    })
    .await
}

async fn raw(
    State(forge): State<Shared>,
    Path((_, _, path)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Response {
    file(forge, headers, path).await
}

async fn media(
    State(forge): State<Shared>,
    Path((_, _, _, path)): Path<(String, String, String, String)>,
    headers: HeaderMap,
) -> Response {
    file(forge, headers, path).await
}

/// The bytes of a file. Whatever it says it is, a browser neither runs nor shows it as a page.
async fn file(forge: Shared, headers: HeaderMap, path: String) -> Response {
    answer(forge, headers, move |_, who| {
        let Some((path, bytes)) = who.read(&path) else {
            return Ok(nothing());
        };
        let sort = match path.extension() {
            Some("png") => "image/png",
            Some("jpg" | "jpeg") => "image/jpeg",
            Some("md") => "text/plain; charset=utf-8",
            _ => "application/octet-stream",
        };
        let carried = [
            (header::CONTENT_TYPE, sort),
            (
                header::CONTENT_SECURITY_POLICY,
                "default-src 'none'; sandbox",
            ),
        ];
        Ok((carried, bytes).into_response())
    })
    .await
}

#[derive(Deserialize)]
struct Of {
    path: String,
}

async fn commits(
    State(forge): State<Shared>,
    Query(asked): Query<Of>,
    headers: HeaderMap,
) -> Response {
    answer(forge, headers, move |forge, who| {
        let Some((path, _)) = who.read(&asked.path) else {
            return Ok(nothing());
        };
        let repo = forge.repo()?;
        let history = History::read(&repo, &who.loaded.revision, &FOLDERS, Shallow::Allow)?;
        Ok(Json(gitea::commits(history.of(&path))).into_response())
    })
    .await
}

async fn save(State(forge): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    answer(forge, headers, move |forge, who| {
        let asked: gitea::ChangeFiles = parsed(&body)?;
        let Some(changes) = asked.changes() else {
            let words = Words::new("yêu cầu lưu không đọc được", "the request cannot be read");
            return Ok(told(StatusCode::UNPROCESSABLE_ENTITY, &words));
        };
        let repo = forge.repo()?;
        let desk = Desk {
            repo: &repo,
            person: &who.session.person,
            at: forge.now(),
            newest: &|| forge.newest(&repo),
        };
        let saved = {
            let _one_at_a_time = lock(&forge.state.saving);
            let saved = save::save(&desk, &changes);
            // What this person asks next shows it, and nobody else waits for that.
            saved.inspect(|_| drop(forge.newest(&repo)))
        };
        Ok(match saved {
            Ok(saved) => (StatusCode::CREATED, Json(gitea::saved(&saved))).into_response(),
            Err(refusal) => refused(&refusal),
        })
    })
    .await
}

fn refused(refusal: &Refusal) -> Response {
    let status = match refusal {
        refusal if refusal.is_conflict() => StatusCode::CONFLICT,
        Refusal::NotARecord { .. }
        | Refusal::NotYours { .. }
        | Refusal::Kept { .. }
        | Refusal::Approved { .. }
        | Refusal::Damaged { .. }
        | Refusal::SignedName { .. } => StatusCode::FORBIDDEN,
        Refusal::TooMuch => StatusCode::PAYLOAD_TOO_LARGE,
        Refusal::Empty | Refusal::Faults(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Refusal::Unreadable(_) | Refusal::Repo(_) => StatusCode::INTERNAL_SERVER_ERROR,
    };
    told(status, &refusal.words())
}

/// The official form of what is being written, and what is wrong with it. Few at a time: who writes faster than
/// forms are set asks again anyway, and who hung up while waiting is forgotten.
pub(super) async fn preview(
    State(forge): State<Shared>,
    headers: HeaderMap,
    body: Bytes,
    setting: Arc<Semaphore>,
) -> Response {
    let own = Arc::clone(&forge);
    let asked = blocking(move || {
        let who = own.editor(&headers)?;
        let draft: Draft = parsed(&body)?;
        Ok(match shown(&who, &draft) {
            Some(refused) => Err(refused),
            None => Ok((who, draft)),
        })
    });
    let (who, draft) = match asked.await {
        Ok(Ok(Ok(asked))) => asked,
        Ok(Err(refused)) => return Refused::into_response(refused),
        Ok(Ok(Err(response))) | Err(response) => return response,
    };
    let Ok(Ok(place)) = timeout(PATIENCE, setting.acquire_owned()).await else {
        let words = Words::new(
            "máy chủ đang dựng nhiều bản in; bản in hiện ra ở lần sửa tiếp theo",
            "many forms are being set; this one shows with the next change",
        );
        return told(StatusCode::SERVICE_UNAVAILABLE, &words);
    };
    let set = blocking_in(place, move || {
        let preview = who.loaded.preview(&draft, forge.now())?;
        let pages = preview
            .pages
            .iter()
            .map(|page| format!("data:image/png;base64,{}", Base64::encode_string(&page.png)));
        let pages: Vec<String> = pages.collect();
        Some(json!({ "pages": pages, "findings": preview.findings }))
    });
    match set.await {
        Ok(Some(set)) => Json(set).into_response(),
        Ok(None) => nothing(),
        Err(response) => response,
    }
}

/// Why a draft is not shown: it is nobody's whose books these are not, and no record is so long.
fn shown(who: &Who, draft: &Draft) -> Option<Response> {
    let mut folder = draft.folder.split('/');
    let parts = (
        folder.next(),
        folder.next(),
        folder.next(),
        folder.next(),
        folder.next(),
    );
    let (Some("content"), Some(year), Some(unit), Some(kind), None) = parts else {
        return Some(nothing());
    };
    let kind = who.loaded.records.kinds.get(kind);
    let may = kind.is_some_and(|kind| who.rights().may_write_in(kind, unit, year, &Map::new()));
    match (may, draft.is_too_large()) {
        (false, _) => Some(nothing()),
        (true, true) => Some(told(
            StatusCode::PAYLOAD_TOO_LARGE,
            &Words::new("một hồ sơ dài nhất 1 MB", "a record has 1 MB at most"),
        )),
        (true, false) => None,
    }
}
