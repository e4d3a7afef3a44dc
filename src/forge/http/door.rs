//! The pages for signing in and out and for the password. Plain forms, no scripts.

use std::sync::Arc;

use axum::Form;
use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::HeaderName;
use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Redirect;
use axum::response::Response;
use axum::routing::get;
use jiff::SignedDuration;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::Semaphore;

use crate::diag::Words;
use crate::forge::accounts::Accounts;
use crate::forge::http::Forge;
use crate::forge::http::Refused;
use crate::forge::http::Shared;
use crate::forge::http::Who;
use crate::forge::pages;
use crate::forge::rights::works_here;
use crate::forge::throttle::Tried;
use crate::records::dates;
use crate::web;
use crate::web::Secret;
use crate::web::blocking;
use crate::web::blocking_in;

/// Where somebody goes who has signed in.
pub(super) const HOME: &str = "/";
const SIGN_IN: &str = "/dang-nhap";
pub(super) const PASSWORD: &str = "/mat-khau";

/// Nothing that was shown is kept for the next person at the same machine.
const FORGOTTEN: [(HeaderName, &str); 1] =
    [(HeaderName::from_static("clear-site-data"), "\"cache\"")];

pub(super) fn router(hashing: Arc<Semaphore>) -> Router<Shared> {
    let (first, second) = (Arc::clone(&hashing), hashing);
    Router::new()
        .route(
            SIGN_IN,
            get(sign_in_page).post(move |state, form| sign_in(state, form, first)),
        )
        .route("/dang-xuat", get(sign_out_page).post(sign_out))
        .route(
            PASSWORD,
            get(password_page)
                .post(move |state, headers, form| password(state, headers, form, second)),
        )
        .route(
            "/trang.css",
            get(|| own_file("text/css; charset=utf-8", pages::STYLE)),
        )
        .route("/trang.svg", get(|| own_file("image/svg+xml", pages::ICON)))
}

async fn own_file(sort: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, sort)], text).into_response()
}

/// A page of this server.
pub(super) fn page(name: &str, status: StatusCode, own: &serde_json::Value) -> Response {
    match pages::render(name, own) {
        Some(html) => (
            status,
            [(header::CONTENT_TYPE, "text/html; charset=utf-8")],
            html,
        )
            .into_response(),
        None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// What a page shows of the school: its name.
fn school(forge: &Forge) -> String {
    let repo = forge.repo().ok();
    let loaded = repo.and_then(|repo| forge.loaded(&repo).ok());
    let day = dates::day(forge.now());
    let name = loaded.and_then(|loaded| {
        loaded
            .records
            .school
            .organisation(day)
            .map(|o| o.ten.clone())
    });
    name.unwrap_or_default()
}

async fn sign_in_page(State(forge): State<Shared>) -> Response {
    asked(forge, StatusCode::OK, String::new(), None).await
}

async fn asked(forge: Shared, status: StatusCode, name: String, fault: Option<Words>) -> Response {
    let own = blocking(
        move || json!({ "school": school(&forge), "name": name, "fault": fault.map(|f| f.vi) }),
    );
    match own.await {
        Ok(own) => page("dang-nhap.html", status, &own),
        Err(response) => response,
    }
}

#[derive(Deserialize)]
struct SignIn {
    ten: String,
    #[serde(rename = "mat-khau")]
    password: SecretString,
}

async fn sign_in(
    State(forge): State<Shared>,
    Form(form): Form<SignIn>,
    hashing: Arc<Semaphore>,
) -> Response {
    let name: String = form.ten.trim().to_lowercase().chars().take(200).collect();
    let Ok(place) = hashing.acquire_owned().await else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let (own, tried) = (Arc::clone(&forge), name.clone());
    let done = match blocking_in(place, move || opened(&own, &tried, &form.password)).await {
        Ok(done) => done,
        Err(response) => return response,
    };
    let (status, words) = match done {
        Ok(Entered::In { cookie, initial }) => {
            let to = if initial { PASSWORD } else { HOME };
            let cookie = set_cookie(&forge, cookie.reveal());
            return with_cookie(Redirect::to(to).into_response(), &cookie);
        }
        Ok(Entered::Wrong) => (
            StatusCode::UNAUTHORIZED,
            Words::new("tên hoặc mật khẩu không đúng", "wrong name or password"),
        ),
        Ok(Entered::Waits(wait)) => (StatusCode::TOO_MANY_REQUESTS, waits(wait)),
        Err(refused) => (refused.status(), refused.words()),
    };
    asked(forge, status, name, Some(words)).await
}

/// What came of a name and a password.
enum Entered {
    /// A new session; whether the password is to be changed first.
    In {
        /// Its cookie.
        cookie: Secret,
        /// Somebody else chose the password.
        initial: bool,
    },
    /// Too many wrong ones; what was given now is not even looked at.
    Waits(SignedDuration),
    /// The name or the password.
    Wrong,
}

fn waits(wait: SignedDuration) -> Words {
    let minutes = wait.as_secs().div_euclid(60) + 1;
    Words::new(
        format!(
            "sai mật khẩu nhiều lần: đợi {minutes} phút rồi thử lại, hoặc nhờ quản trị cấp lại mật khẩu"
        ),
        format!(
            "too many wrong passwords: wait {minutes} minutes, or have the password given anew"
        ),
    )
}

fn opened(forge: &Forge, name: &str, password: &SecretString) -> Result<Entered, Refused> {
    let (now, repo) = (forge.now(), forge.repo()?);
    let loaded = forge.loaded(&repo)?;
    let school = &loaded.records.school;
    // By whatever name: each person waits once.
    let person = school.by_email(name).map_or(name, |person| &person.id);
    let accounts = Accounts::read(&repo)?;
    let tried = match accounts.get(person) {
        Some(_) => Tried::Account(person),
        None => Tried::Nobody(person),
    };
    let wait = forge.throttle().wait(tried, now);
    if let Some(wait) = wait {
        return Ok(Entered::Waits(wait));
    }
    // The hash first: how long the answer takes must not tell who is on the roster.
    let right = accounts.is_password(person, password);
    let here = right && works_here(school, person, dates::day(now));
    let Some(account) = accounts.get(person).filter(|_| here) else {
        forge.throttle().wrong(tried, now);
        return Ok(Entered::Wrong);
    };
    forge.throttle().right(person);
    let begun = forge.sessions().begin(person, account, now);
    Ok(match begun {
        Ok((cookie, _)) => Entered::In {
            cookie,
            initial: account.initial,
        },
        Err(_) => Entered::Wrong,
    })
}

fn set_cookie(forge: &Forge, value: &str) -> String {
    let secure = if forge.secure { "; Secure" } else { "" };
    let name = forge.cookie();
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict{secure}")
}

fn with_cookie(mut response: Response, cookie: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
    response
}

/// A page for who has signed in; others are asked to.
pub(super) async fn within(
    forge: Shared,
    headers: HeaderMap,
    work: impl FnOnce(&Forge, &Who) -> Result<Response, Refused> + Send + 'static,
) -> Response {
    let own = Arc::clone(&forge);
    let done = blocking(move || {
        let who = own.who(&headers)?;
        work(&own, &who)
    });
    match done.await {
        Ok(Ok(response)) => response,
        Ok(Err(Refused::SignIn)) => Redirect::to(SIGN_IN).into_response(),
        Ok(Err(refused)) => {
            let own = json!({ "school": "", "fault": refused.words().vi });
            page("loi.html", refused.status(), &own)
        }
        Err(response) => response,
    }
}

/// What the pages say of who has signed in.
pub(super) fn person(who: &Who, forge: &Forge) -> serde_json::Value {
    let day = dates::day(forge.now());
    let school = &who.loaded.records.school;
    let name = school
        .person(&who.session.person)
        .map(|person| person.ten.clone());
    json!({
        "school": school.organisation(day).map(|o| o.ten.clone()),
        "name": name, "title": school.title_of(&who.session.person, day),
        "initial": who.initial, "token": who.session.token.reveal(), "year": forge.year,
    })
}

async fn sign_out_page(State(forge): State<Shared>, headers: HeaderMap) -> Response {
    within(forge, headers, |forge, who| {
        Ok(page("dang-xuat.html", StatusCode::OK, &person(who, forge)))
    })
    .await
}

#[derive(Deserialize)]
struct Signed {
    ma: String,
}

async fn sign_out(
    State(forge): State<Shared>,
    headers: HeaderMap,
    Form(form): Form<Signed>,
) -> Response {
    let gone = set_cookie(&forge, "; Max-Age=0");
    let response = within(forge, headers.clone(), move |forge, who| {
        if !who.session.token.is(&form.ma) {
            return Err(Refused::SignIn);
        }
        if let Some(cookie) = web::cookie(&headers, forge.cookie()) {
            forge.sessions().end(cookie);
        }
        Ok((FORGOTTEN, Redirect::to(SIGN_IN)).into_response())
    })
    .await;
    with_cookie(response, &gone)
}

async fn password_page(State(forge): State<Shared>, headers: HeaderMap) -> Response {
    within(forge, headers, |forge, who| {
        Ok(page("mat-khau.html", StatusCode::OK, &person(who, forge)))
    })
    .await
}

#[derive(Deserialize)]
struct NewPassword {
    ma: String,
    cu: SecretString,
    moi: SecretString,
    lai: SecretString,
}

async fn password(
    State(forge): State<Shared>,
    headers: HeaderMap,
    Form(form): Form<NewPassword>,
    hashing: Arc<Semaphore>,
) -> Response {
    let Ok(place) = hashing.acquire_owned().await else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    within(forge, headers, move |forge, who| {
        // Until all is done, also when the browser hangs up.
        let _place = place;
        if !who.session.token.is(&form.ma) {
            return Err(Refused::SignIn);
        }
        match changed(forge, who, &form)? {
            Ok(cookie) => {
                let to = Redirect::to(HOME).into_response();
                Ok(with_cookie(to, &set_cookie(forge, cookie.reveal())))
            }
            Err(words) => {
                let mut own = person(who, forge);
                own["fault"] = words.vi.into();
                Ok(page(
                    "mat-khau.html",
                    StatusCode::UNPROCESSABLE_ENTITY,
                    &own,
                ))
            }
        }
    })
    .await
}

/// Changes the password; every other session of the person ends.
fn changed(forge: &Forge, who: &Who, form: &NewPassword) -> Result<Result<Secret, Words>, Refused> {
    use secrecy::ExposeSecret;

    let (id, now, repo) = (&who.session.person, forge.now(), forge.repo()?);
    let wait = forge.throttle().wait(Tried::Account(id), now);
    if let Some(wait) = wait {
        return Ok(Err(waits(wait)));
    }
    if form.moi.expose_secret() != form.lai.expose_secret() {
        return Ok(Err(Words::new(
            "hai lần gõ mật khẩu mới không giống nhau",
            "the new password was not typed the same twice",
        )));
    }
    let _alone = Accounts::alone(&repo)?;
    let accounts = Accounts::read(&repo)?;
    if !accounts.is_password(id, &form.cu) {
        forge.throttle().wrong(Tried::Account(id), now);
        return Ok(Err(Words::new(
            "mật khẩu đang dùng không đúng",
            "the present password is wrong",
        )));
    }
    if form.cu.expose_secret() == form.moi.expose_secret() {
        return Ok(Err(Words::new(
            "mật khẩu mới phải khác mật khẩu đang dùng",
            "the new password must be another one",
        )));
    }
    let accounts = match accounts.with(id, &form.moi, false) {
        Ok(accounts) => accounts,
        Err(error) => return Ok(Err(error.words())),
    };
    accounts.write(&repo)?;
    let account = accounts.get(id).ok_or(Refused::SignIn)?;
    forge.sessions().end_all(id);
    let begun = forge.sessions().begin(id, account, now);
    begun
        .map(|(cookie, _)| Ok(cookie))
        .map_err(|_| Refused::SignIn)
}
