//! The listener: gateways call in over HTTP, at the addresses that the platform's own receiver has.
//!
//! One thread reads requests, another one writes to the store, many at a time in one transaction; a request is answered
//! only after the commit. Size, time and the number of connections are limited. Nothing is said about what would have
//! proved a request.

mod answer;
mod keeper;

use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming as Body};
use hyper::header::{CONNECTION, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::sync::{Semaphore, oneshot};
use uuid::Uuid;

use crate::channels::{Answer, Refusal, Request};
use crate::clock::{Clock, Dice};
use crate::domain::channel::Gateway;
use crate::store::Store;
use keeper::{Called, Doors, Keeper};

pub use crate::engine::Opener;
pub use keeper::Unserved;

/// The most bytes of a body.
const LONGEST_BODY: usize = 1 << 20;

/// The most bytes of the head of a request.
const LONGEST_HEAD: usize = 64 << 10;

/// How long a request may take, from its first byte to the answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long a connection may be silent before its request is whole.
const HEAD_PATIENCE: Duration = Duration::from_secs(15);

/// The most connections at a time; further ones wait to be taken.
const MOST_CONNECTIONS: usize = 256;

/// A listener at work.
pub struct Listener {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: JoinHandle<()>,
    keeper: JoinHandle<()>,
}

impl Listener {
    /// Begins to listen. Beyond this machine only channels that are guarded are served.
    pub fn start(
        socket: TcpListener,
        store: Store,
        clock: Clock,
        dice: Dice,
        open: Opener,
        unserved: Unserved,
    ) -> std::io::Result<Self> {
        let address = socket.local_addr()?;
        socket.set_nonblocking(true)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let on_this_machine = address.ip().is_loopback();
        let (keeper, keeping) = Keeper::start(store, clock, dice, open, on_this_machine, unserved);
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            runtime.block_on(async move {
                // Connections that are still open end with the runtime; what they brought was kept or not answered.
                tokio::spawn(serve(socket, keeper, clock));
                let _ = stopped.await;
            });
        });
        Ok(Self { address, stop: Some(stop), thread, keeper: keeping })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more requests, and ends.
    pub fn stop(mut self) {
        drop(self.stop.take());
        let _ = self.thread.join();
        let _ = self.keeper.join();
    }
}

async fn serve(socket: TcpListener, keeper: Keeper, clock: Clock) {
    let Ok(socket) = tokio::net::TcpListener::from_std(socket) else { return };
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let stream = match socket.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                // Too many open files, say: others may close theirs.
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        // Small answers shall not wait for more.
        let _ = stream.set_nodelay(true);
        let keeper = keeper.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let keeper = keeper.clone();
                async move { Ok::<_, Infallible>(respond(request, &keeper, clock).await) }
            });
            let served = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD_PATIENCE)
                .max_buf_size(LONGEST_HEAD)
                .serve_connection(TokioIo::new(stream), service)
                .await;
            if let Err(error) = served {
                tracing::debug!(%error, "a connection broke");
            }
            drop(place);
        });
    }
}

async fn respond(request: hyper::Request<Body>, keeper: &Keeper, clock: Clock) -> Response<Full<Bytes>> {
    let answered = tokio::time::timeout(PATIENCE, handle(request, keeper, clock)).await;
    let (answer, close) = answered.unwrap_or_else(|_| (answer::error(408, &["it took too long"]), true));
    let mut response = Response::new(Full::new(Bytes::from(answer.body)));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
    if close {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// The answer, and whether the connection is of no more use: its body was not read to the end.
async fn handle(request: hyper::Request<Body>, keeper: &Keeper, clock: Clock) -> (Answer, bool) {
    let (head, body) = request.into_parts();
    let path = head.uri.path().trim_end_matches('/').to_owned();
    let Some((gateway, uuid, action)) = place(&path) else {
        return (answer::refused(&Refusal::NotFound), true);
    };
    let is_post = match head.method {
        Method::POST => true,
        Method::GET => false,
        _ => return (answer::refused(&Refusal::Method), true),
    };
    let Doors { open, stuck } = keeper.doors();
    let is_meant = |kind: Gateway, key: Uuid| kind == gateway && uuid.is_none_or(|uuid| key == uuid);
    let meant = open.into_iter().filter(|called| is_meant(called.record.gateway, called.record.uuid));
    let called: Vec<Arc<Called>> = meant.collect();
    let is_stuck = stuck.into_iter().any(|(kind, key)| is_meant(kind, key));
    if called.is_empty() {
        let refused = answer::refused(&Refusal::NotFound);
        return (if is_stuck { answer::error(503, &["not now; try again"]) } else { refused }, true);
    }
    let body = match Limited::new(body, LONGEST_BODY).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => {
            return (answer::error(413, &["the body is longer than a megabyte"]), true);
        }
        Err(_) => return (answer::error(400, &["the body could not be read"]), true),
    };
    let headers: Vec<(String, String)> = head
        .headers
        .iter()
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect();
    let host = headers.iter().find(|(name, _)| name == "host").map_or("", |(_, host)| host.as_str());
    let url = format!("http://{host}{}", head.uri.path_and_query().map_or("", |there| there.as_str()));
    let request = Request {
        is_post,
        action: &action,
        url: &url,
        query: head.uri.query().unwrap_or_default(),
        headers: &headers,
        body: &body,
        now: clock.now(),
    };
    (hand_over(&called, &request, keeper).await, false)
}

/// Hands a request to the channel that it is for. Without a channel in its address the first one that takes it has it.
async fn hand_over(called: &[Arc<Called>], request: &Request<'_>, keeper: &Keeper) -> Answer {
    let mut refused = None;
    for called in called {
        match called.channel.receive(request) {
            Ok(received) => {
                let Some(taken) = keeper.keep(called, received.clone()).await else {
                    return answer::error(503, &["it could not be kept; try again"]);
                };
                let own = called.channel.answer(request);
                return own.unwrap_or_else(|| answer::kept(called, &received, &taken));
            }
            Err(refusal) => {
                let answer = called.channel.answer_refused(&refusal);
                refused.get_or_insert_with(|| answer.unwrap_or_else(|| answer::refused(&refusal)));
            }
        }
    }
    refused.unwrap_or_else(|| answer::refused(&Refusal::NotFound))
}

/// The gateway, the channel and the action of an address: `/c/ex/UUID/receive`, and `/c/wac/receive` where the body tells
/// the channel.
fn place(path: &str) -> Option<(Gateway, Option<Uuid>, String)> {
    let mut parts = path.strip_prefix("/c/")?.split('/');
    let code = parts.next()?.to_lowercase();
    let gateway = match code.as_str() {
        // The platform has a code for each flavour of the same API.
        "tms" | "tw" | "twa" | "sw" => Gateway::Twilio,
        code => Gateway::ALL.into_iter().find(|gateway| gateway.path_code() == code)?,
    };
    let (uuid, action) = match (parts.next()?, parts.next(), parts.next()) {
        (uuid, Some(action), None) => (Some(Uuid::parse_str(uuid).ok()?), action),
        (action, None, None) if gateway == Gateway::WhatsApp => (None, action),
        _ => return None,
    };
    Some((gateway, uuid, action.to_lowercase()))
}
