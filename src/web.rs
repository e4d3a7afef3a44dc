//! What servers that take something in have in common (`sign --page`, `serve --edit`); what they are
//! asked is theirs alone.
//!
//! | part | what it is |
//! |---|---|
//! | `bound` | sockets that listen, on this machine only unless something else is asked for |
//! | `run` | connections: how many, for how long; and the end, on a word or after idle time |
//! | `guard` | which requests are let in, how much of them is read, what each answer carries |
//! | `own` | the addresses that are ours: DNS rebinding and foreign pages stop there |
//! | `secret` | what nobody can guess, and cookies |
//! | `address`, `media` | paths in addresses, and the types of what lies there |
//!
//! Handlers are `axum`'s. Work that blocks (git, Typst, a token) goes through [`blocking`].

use std::io;
use std::net::IpAddr;

use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::response::Response;
use tokio::sync::OwnedSemaphorePermit;

use crate::diag::Words;

pub mod address;
mod bound;
mod guard;
pub mod media;
mod own;
mod run;
mod secret;
#[cfg(test)]
mod tests;

pub use bound::Bound;
pub use guard::Judge;
pub use guard::Larger;
pub use guard::Rules;
pub use own::Own;
pub use run::Ended;
pub use run::Life;
pub use run::Limits;
pub use run::Peer;
pub use run::serve;
pub use secret::Secret;
pub use secret::cookie;

/// Runs what would hold up other requests on a thread of its own. It runs to its end even if whoever
/// asked hangs up.
///
/// # Errors
/// An answer with status 500 when `work` panicked.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Response> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

/// As [`blocking`], for what takes so much that only few may do it at a time: the place is held until the work
/// is done. Whoever hangs up meanwhile does not make room for another one while the work goes on.
///
/// # Errors
/// An answer with status 500 when `work` panicked.
pub async fn blocking_in<T: Send + 'static>(
    place: OwnedSemaphorePermit,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Response> {
    blocking(move || {
        let _place = place;
        work()
    })
    .await
}

/// Why nobody is answered.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words().en)]
pub enum Error {
    /// The system does not let us listen.
    Bind {
        /// The address.
        address: IpAddr,
        /// The port.
        port: u16,
        /// What the system says.
        source: io::Error,
    },
    /// The system gives no random numbers; without them nothing is secret.
    NoRandom,
    /// The system does not give threads.
    NoThread {
        /// What the system says.
        source: io::Error,
    },
    /// An address that is to be ours is none.
    NotAnOrigin {
        /// What was given.
        given: String,
    },
    /// Another program listens there.
    PortTaken {
        /// The port.
        port: u16,
    },
}

impl Error {
    /// The sentence for people.
    pub fn words(&self) -> Words {
        let (vi, en) = match self {
            Error::Bind {
                address,
                port,
                source,
            } => (
                format!("không mở được cổng {port} ở {address}: {source}"),
                format!("cannot listen on port {port} of {address}: {source}"),
            ),
            Error::NoRandom => (
                "hệ thống không cho số ngẫu nhiên".to_owned(),
                "the system gives no random numbers".to_owned(),
            ),
            Error::NoThread { source } => (
                format!("hệ thống không cho chạy thêm luồng nào: {source}"),
                format!("the system gives no further thread: {source}"),
            ),
            Error::NotAnOrigin { given } => {
                let given = crate::diag::words::tame(given);
                (
                    format!("`{given}` không phải địa chỉ dạng https://so.truong.edu.vn"),
                    format!("`{given}` is no address like https://so.truong.edu.vn"),
                )
            }
            Error::PortTaken { port } => (
                format!("cổng {port} đang được một chương trình khác dùng"),
                format!("port {port} is in use by another program"),
            ),
        };
        Words::new(vi, en)
    }

    /// How to mend it, where that is known.
    pub fn hint(&self) -> Option<Words> {
        match self {
            Error::Bind { .. } | Error::PortTaken { .. } => Some(Words::new(
                "chọn cổng khác với --port; --port 0 lấy một cổng còn trống bất kỳ",
                "choose another one with --port; --port 0 takes any that is free",
            )),
            Error::NoRandom | Error::NoThread { .. } | Error::NotAnOrigin { .. } => None,
        }
    }
}
