//! Connections: how many, for how long; and the end, on a word or after idle time.

use std::net::SocketAddr;
use std::net::TcpListener;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::middleware;
use axum::middleware::Next;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::rt::TokioTimer;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpStream;
use tokio::runtime;
use tokio::sync::Semaphore;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio::time::sleep;
use tokio::time::timeout;
use tokio::time::timeout_at;

use crate::web::Bound;
use crate::web::Error;
use crate::web::Rules;

/// Before trying again, when the system gives no connection.
const PAUSE: Duration = Duration::from_millis(50);
/// Threads that only pass bytes on; handlers that work have [`crate::web::blocking`].
const WORKERS: usize = 2;

/// What connections never go beyond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections at a time; the next ones wait.
    pub connections: usize,
    /// How long the head of a request may take to arrive; so long an idle connection is kept.
    pub asking: Duration,
    /// How long a connection may be used at all; a slow reader is cut off with it.
    pub connection: Duration,
    /// After how long without a request the server ends; none to go on for ever.
    pub idle: Option<Duration>,
    /// How long the last answers have to be sent, once the end was asked for.
    pub leaving: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 64,
            asking: Duration::from_secs(15),
            connection: Duration::from_secs(300),
            idle: None,
            leaving: Duration::from_secs(1),
        }
    }
}

/// Who asks, as an extension of each request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer(pub SocketAddr);

/// Why a server ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Somebody asked for it.
    Asked,
    /// Nobody had asked anything for a long time.
    Idle,
}

/// Ends a server, from any thread.
#[derive(Clone, Debug)]
pub struct Life {
    over: Arc<watch::Sender<bool>>,
    last: Arc<watch::Sender<Instant>>,
}

impl Default for Life {
    fn default() -> Self {
        Self {
            over: Arc::new(watch::Sender::new(false)),
            last: Arc::new(watch::Sender::new(Instant::now())),
        }
    }
}

impl Life {
    /// Ends the server once the answers under way are sent.
    pub fn end(&self) {
        self.over.send_replace(true);
    }

    /// As if something had been asked: whoever works on something is not idle.
    pub fn touch(&self) {
        self.last.send_replace(Instant::now());
    }

    async fn over(&self, idle: Option<Duration>) -> Ended {
        let mut over = self.over.subscribe();
        loop {
            let last = *self.last.borrow();
            let ended = over.wait_for(|over| *over);
            let Some(idle) = idle else {
                // The sender is `self`, so there is a word before there is an error.
                let _ = ended.await;
                return Ended::Asked;
            };
            if timeout_at(last + idle, ended).await.is_ok() {
                return Ended::Asked;
            }
            if *self.last.borrow() == last {
                return Ended::Idle;
            }
        }
    }
}

/// Answers until the end, on threads of its own; returns then.
///
/// # Errors
/// [`Error::NoThread`].
pub fn serve(
    bound: Bound,
    router: Router,
    rules: Rules,
    limits: Limits,
    life: &Life,
) -> Result<Ended, Error> {
    let failed = |source| Error::NoThread { source };
    let runtime = runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .thread_name("hoso-web")
        .enable_io()
        .enable_time()
        .build()
        .map_err(failed)?;
    let touched = life.clone();
    let router =
        rules
            .over(router)
            .layer(middleware::from_fn(move |request: Request, next: Next| {
                touched.touch();
                next.run(request)
            }));
    let places = Arc::new(Semaphore::new(limits.connections));
    life.touch();
    for listener in bound.listeners {
        let (router, places) = (router.clone(), Arc::clone(&places));
        runtime.spawn(take(listener, router, places, limits));
    }
    let ended = runtime.block_on(async {
        let ended = life.over(limits.idle).await;
        sleep(limits.leaving).await;
        ended
    });
    runtime.shutdown_timeout(limits.leaving);
    Ok(ended)
}

async fn take(listener: TcpListener, router: Router, places: Arc<Semaphore>, limits: Limits) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else {
        return;
    };
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        let Ok((stream, peer)) = listener.accept().await else {
            sleep(PAUSE).await;
            continue;
        };
        let router = router.clone();
        tokio::spawn(async move {
            let _place = place;
            talk(stream, peer, router, limits).await;
        });
    }
}

/// One connection.
async fn talk(stream: TcpStream, peer: SocketAddr, router: Router, limits: Limits) {
    let router = router.layer(axum::Extension(Peer(peer)));
    let service = TowerToHyperService::new(router);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.asking)
        .max_headers(64)
        .max_header_size(32 * 1024)
        .max_buf_size(64 * 1024)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    // A browser that has gone or is too slow is not told anything.
    if timeout(limits.connection, connection.as_mut())
        .await
        .is_err()
    {
        connection.as_mut().graceful_shutdown();
        let _ = timeout(limits.asking, connection).await;
    }
}
