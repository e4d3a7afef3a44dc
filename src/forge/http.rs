//! What answers which request.
//!
//! | address | what |
//! |---|---|
//! | `/dang-nhap`, `/dang-xuat`, `/mat-khau` | pages without scripts |
//! | `/` | the first page: what waits for who has signed in |
//! | `/kho/` | the archive |
//! | `/phien` | who has signed in, for the editor's page |
//! | `/bien-tap/` | the editor, made for that person |
//! | `/api/v1/` | the part of the Gitea API that the editor calls |
//! | `/xem-truoc` | the official form of what is being written |
//!
//! A request of the editor carries the cookie, which scripts cannot read, and a token, which other sites
//! cannot know. Everything blocking happens on threads of its own; one save at a time.

mod api;
mod door;
mod home;
mod room;
mod write;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use axum::Json;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::HeaderMap;
use axum::http::Method;
use axum::http::StatusCode;
use axum::http::header;
use axum::http::request::Parts;
use axum::response::IntoResponse;
use axum::response::Redirect;
use axum::response::Response;
use axum::routing::get;
use axum::routing::post;
use jiff::Timestamp;
use serde_json::json;
use tokio::sync::Semaphore;

use crate::diag::Words;
use crate::editor::Files;
use crate::forge::accounts;
use crate::forge::accounts::Accounts;
use crate::forge::latest::Latest;
use crate::forge::loaded::Loaded;
use crate::forge::loaded::Unreadable;
use crate::forge::reading::Room;
use crate::forge::rights;
use crate::forge::rights::Rights;
use crate::forge::sessions::Session;
use crate::forge::sessions::Sessions;
use crate::forge::tasks::Standings;
use crate::forge::throttle::Throttle;
use crate::records::dates;
use crate::repo;
use crate::repo::Repo;
use crate::web;
use crate::web::Larger;
use crate::web::Own;
use crate::web::Rules;

/// The cookie over plain HTTP on this machine, and over TLS: there the name itself says that no other host of
/// the domain has set it (RFC 6265bis §4.1.3.2).
const COOKIES: [&str; 2] = ["hoso-phien", "__Host-hoso-phien"];
/// Most bytes of one save: a record and two or three photos, in base64.
const BODY: usize = 16 * 1024 * 1024;
/// Most bytes of a draft to be shown: a record of the largest size, in JSON.
const DRAFT: usize = 4 * 1024 * 1024;
/// Most bytes of a list of files that are asked for.
const ASKED: usize = 1024 * 1024;
/// Passwords hashed at a time: each takes 19 MB and a core.
const HASHING: usize = 2;
/// Drafts shown at a time: each takes a core, and memory as its text will have it.
const SETTING: usize = 2;

/// What all requests share.
pub struct Forge {
    /// The school's folder.
    pub folder: PathBuf,
    /// Reads the clock.
    pub clock: fn() -> Timestamp,
    /// Whether browsers reach us by TLS, so that the cookie never goes without.
    pub secure: bool,
    /// The school year whose books are written, `2026-2027`.
    pub year: String,
    /// The archive; whoever builds it puts it here.
    pub room: Arc<Room>,
    state: State,
}

#[derive(Default)]
struct State {
    sessions: Mutex<Sessions>,
    throttle: Mutex<Throttle>,
    loaded: Latest<Loaded>,
    standings: Mutex<Option<Arc<Standings>>>,
    editors: Mutex<BTreeMap<String, (String, Arc<Files>)>>,
    saving: Mutex<()>,
}

/// Shared by all requests.
pub type Shared = Arc<Forge>;

impl Forge {
    /// A forge over the repository in a folder.
    pub fn new(folder: PathBuf, clock: fn() -> Timestamp, secure: bool, year: String) -> Self {
        Self {
            folder,
            clock,
            secure,
            year,
            room: Arc::default(),
            state: State::default(),
        }
    }

    /// Everything that is answered, and what requests are held to, at addresses that are ours.
    pub fn answers(self, own: Own) -> (Router, Rules) {
        let forge = Arc::new(self);
        let judge = Arc::clone(&forge);
        let rules = Rules {
            larger: Some(Arc::new(move |head: &Parts| judge.larger(head))),
            ..Rules::new(own)
        };
        (Self::router(forge), rules)
    }

    fn router(forge: Shared) -> Router {
        let hashing = Arc::new(Semaphore::new(HASHING));
        let setting = Arc::new(Semaphore::new(SETTING));
        Router::new()
            .merge(door::router(hashing))
            .nest("/api/v1", api::router())
            .merge(write::router())
            .merge(home::router())
            .merge(room::router())
            .route("/phien", get(api::session))
            .route(
                "/xem-truoc",
                post(move |state, headers, body| api::preview(state, headers, body, setting)),
            )
            // Where Sveltia thinks that a forge signs people in: whoever comes here is led to where it is done.
            .route(
                "/login/oauth/authorize",
                get(|| async { Redirect::to("/") }),
            )
            .fallback(|| async { StatusCode::NOT_FOUND })
            .layer(DefaultBodyLimit::max(BODY))
            .with_state(forge)
    }

    /// What may be larger than a form: what is saved, what is shown before, a list of many files. Of who has
    /// signed in only; what others send is not even kept.
    fn larger(&self, head: &Parts) -> Option<Larger> {
        let path = head.uri.path();
        let most = match path.strip_prefix("/api/v1/repos/") {
            _ if head.method != Method::POST => return None,
            None if path == "/xem-truoc" => DRAFT,
            Some(rest) if rest.ends_with("/contents") => BODY,
            Some(rest) if rest.ends_with("/file-contents") => ASKED,
            _ => return None,
        };
        let cookie = web::cookie(&head.headers, self.cookie());
        let session = cookie.and_then(|cookie| self.sessions().find(cookie, self.now()));
        let is_known = session.is_some_and(|session| is_token(&session, &head.headers));
        Some(match is_known {
            true => Larger::Kept(most),
            false => Larger::Dropped(most),
        })
    }

    /// What the cookie is called.
    fn cookie(&self) -> &'static str {
        COOKIES[usize::from(self.secure)]
    }

    fn now(&self) -> Timestamp {
        (self.clock)()
    }

    fn repo(&self) -> Result<Repo, repo::Error> {
        Repo::open(&self.folder)
    }

    fn sessions(&self) -> MutexGuard<'_, Sessions> {
        lock(&self.state.sessions)
    }

    fn throttle(&self) -> MutexGuard<'_, Throttle> {
        lock(&self.state.throttle)
    }

    /// The newest state; while somebody else reads it after a new commit, the one before.
    fn loaded(&self, repo: &Repo) -> Result<Arc<Loaded>, Unreadable> {
        let read = |last: Option<&Arc<Loaded>>| Loaded::newest(repo, last);
        self.state.loaded.at_hand(read)
    }

    /// The newest state, also if it is to be read first.
    fn newest(&self, repo: &Repo) -> Result<Arc<Loaded>, Unreadable> {
        let read = |last: Option<&Arc<Loaded>>| Loaded::newest(repo, last);
        self.state.loaded.newest(read)
    }

    /// How everything stands at the newest state, looked at once for each commit and day.
    fn standings(&self, loaded: &Loaded) -> Arc<Standings> {
        let now = self.now();
        let mut last = lock(&self.state.standings);
        let known = last
            .as_ref()
            .filter(|known| known.revision == loaded.revision.id && known.day == dates::day(now));
        if let Some(known) = known {
            return Arc::clone(known);
        }
        let made = Arc::new(Standings::of(loaded, &self.year, now));
        *last = Some(Arc::clone(&made));
        made
    }

    /// Who asks: by the cookie, as long as the person is on the roster and has an account.
    fn who(&self, headers: &HeaderMap) -> Result<Who, Refused> {
        let now = self.now();
        let cookie = web::cookie(headers, self.cookie()).ok_or(Refused::SignIn)?;
        let session = self.sessions().find(cookie, now).ok_or(Refused::SignIn)?;
        let repo = self.repo()?;
        let loaded = self.loaded(&repo)?;
        let school = &loaded.records.school;
        if !rights::works_here(school, &session.person, dates::day(now)) {
            self.sessions().end_all(&session.person);
            return Err(Refused::SignIn);
        }
        let accounts = Accounts::read(&repo)?;
        let Some(account) = accounts.get(&session.person) else {
            self.sessions().end_all(&session.person);
            return Err(Refused::SignIn);
        };
        if !session.is_of(account) {
            self.sessions().end(cookie);
            return Err(Refused::SignIn);
        }
        Ok(Who {
            initial: account.initial,
            session,
            loaded,
        })
    }

    /// Who asks through the editor: the token as well.
    fn editor(&self, headers: &HeaderMap) -> Result<Who, Refused> {
        let who = self.who(headers)?;
        if !is_token(&who.session, headers) {
            return Err(Refused::SignIn);
        }
        match who.initial {
            true => Err(Refused::Initial),
            false => Ok(who),
        }
    }
}

/// Whether a request carries the token of a session.
fn is_token(session: &Session, headers: &HeaderMap) -> bool {
    let given = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let given = given.and_then(|text| text.split_once(' '));
    given.is_some_and(|(_, token)| session.token.is(token))
}

/// Who asks, and what there is.
struct Who {
    session: Session,
    initial: bool,
    loaded: Arc<Loaded>,
}

impl Who {
    fn rights(&self) -> Rights<'_> {
        Rights {
            records: &self.loaded.records,
            person: &self.session.person,
        }
    }
}

/// Why somebody is not answered.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("not signed in")]
    SignIn,
    #[error("the password is to be changed first")]
    Initial,
    #[error("the request cannot be read")]
    Malformed,
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    #[error(transparent)]
    Accounts(#[from] accounts::Error),
    #[error(transparent)]
    Repo(#[from] repo::Error),
}

impl Refused {
    fn words(&self) -> Words {
        match self {
            Self::SignIn => Words::new(
                "phiên làm việc đã hết; hãy đăng nhập lại",
                "the session is over; sign in again",
            ),
            Self::Initial => Words::new(
                "hãy đổi mật khẩu được cấp trước khi làm việc",
                "change the password that was given to you first",
            ),
            Self::Malformed => Words::new("yêu cầu không đọc được", "the request cannot be read"),
            Self::Unreadable(error) => error.words(),
            Self::Accounts(error) => error.words(),
            Self::Repo(error) => error.words(),
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::SignIn => StatusCode::UNAUTHORIZED,
            Self::Initial => StatusCode::FORBIDDEN,
            Self::Malformed => StatusCode::BAD_REQUEST,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        told(self.status(), &self.words())
    }
}

/// A fault as the Gitea API tells it.
fn told(status: StatusCode, words: &Words) -> Response {
    (status, Json(json!({ "message": words.vi }))).into_response()
}

// What is guarded is whole at any moment, so a thread that panicked does no harm.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
