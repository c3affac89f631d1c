//! The HTTP client of all gateways: one request, one short answer, no surprises.
//!
//! It follows no redirect, reads no more of an answer than it was told, gives up in time, uses no proxy, and connects to
//! public addresses only unless the channel's setting `allow_private` says otherwise; the address that was checked is the
//! one that is connected to. Whether a request may have reached the gateway is known for certain, not guessed from the
//! error: the connection itself notes when the first byte of a request is handed to it.

use std::cell::Cell;
use std::io::Read;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use ureq::http::{HeaderName, HeaderValue, Request, Uri};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, DefaultConnector, NextTimeout, Transport,
};
use ureq::{Agent, Body, Error};

use super::reach::{Checking, Forbidden};

/// The most of an answer that is usually read; what follows is left alone.
pub const LONGEST_REPLY: usize = 64 * 1024;

/// The most connections that wait for the next request.
const MOST_IDLE: usize = 16;

/// Where a client may connect to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Public addresses only.
    Public,
    /// Also this machine and private networks.
    Private,
}

/// The method of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// GET
    Get,
    /// POST
    Post,
    /// PUT
    Put,
}

/// A request.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// Its method.
    pub method: Method,
    /// Where to. May hold secrets: it stands in no error and no log.
    pub url: &'a str,
    /// Headers; of two with the same name the later one is sent. A value with a line end is refused.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body; empty for none.
    pub body: &'a [u8],
    /// How long the whole may take.
    pub patience: Duration,
    /// The most of the answer that is read, in bytes; what follows is left alone.
    pub longest: usize,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The beginning of the body.
    pub body: Vec<u8>,
    /// How long the server asked to be left alone (`Retry-After` in seconds).
    pub retry_after: Option<Duration>,
}

/// Why there is no answer. The sentences hold no address and no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The request did not reach the gateway: it may be made again without harm.
    NotSent(String),
    /// The request may have reached the gateway; its answer did not reach us.
    InDoubt(String),
    /// The request cannot be made at all: a bad URL, a forbidden address, a header with a line end.
    Impossible(String),
}

impl Fault {
    /// The sentence.
    pub fn reason(&self) -> &str {
        match self {
            Self::NotSent(reason) | Self::InDoubt(reason) | Self::Impossible(reason) => reason,
        }
    }
}

/// A client with its connections. Shared by threads.
#[derive(Debug, Clone)]
pub struct Client {
    agent: Agent,
    checking: Checking,
}

impl Client {
    /// A client that reaches so far.
    pub fn new(reach: Reach) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .user_agent(concat!("recado/", env!("CARGO_PKG_VERSION")))
            .max_idle_connections(MOST_IDLE)
            .max_idle_connections_per_host(MOST_IDLE)
            .build();
        let checking = Checking(reach);
        Self { agent: Agent::with_parts(config, Watching(DefaultConnector::new()), checking), checking }
    }

    /// Makes a request.
    pub fn call(&self, call: &Call<'_>) -> Result<Reply, Fault> {
        let uri = checked_url(call.url).map_err(Fault::Impossible)?;
        let method = match call.method {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
        };
        let mut builder = Request::builder().method(method).uri(uri);
        for (name, value) in call.headers {
            let (name, value) = checked_header(name, value).map_err(Fault::Impossible)?;
            if let Some(headers) = builder.headers_mut() {
                headers.insert(name, value);
            }
        }
        let unmade = |_| Fault::Impossible("the request cannot be put together".to_owned());
        HANDED_OVER.set(false);
        // A GET without a body must not even say that its body is empty.
        let answered = if call.method == Method::Get && call.body.is_empty() {
            let request = self.agent.configure_request(builder.body(()).map_err(unmade)?);
            self.agent.run(request.timeout_global(Some(call.patience)).build())
        } else {
            let request = self.agent.configure_request(builder.body(call.body).map_err(unmade)?);
            self.agent.run(request.timeout_global(Some(call.patience)).build())
        };
        let answered = answered.and_then(|answer| {
            let status = answer.status().as_u16();
            let retry_after = answer.headers().get("retry-after").and_then(|value| value.to_str().ok());
            let retry_after =
                retry_after.and_then(|value| value.trim().parse().ok()).map(Duration::from_secs);
            Ok(Reply { status, retry_after, body: beginning(answer.into_body(), call.longest)? })
        });
        answered.map_err(|error| fault(&error, HANDED_OVER.get(), call.patience))
    }

    /// Whether something listens at the host of a URL: connects, and says nothing.
    pub fn knock(&self, url: &str, patience: Duration) -> Result<(), Fault> {
        let uri = checked_url(url).map_err(Fault::Impossible)?;
        let until = Instant::now() + patience;
        let failed = |error: &Error| fault(error, false, patience);
        let addresses = self.checking.addresses(&uri, patience).map_err(|error| failed(&error))?;
        let mut last = Error::HostNotFound;
        for address in addresses {
            // Zero would mean no limit.
            let left = until.saturating_duration_since(Instant::now()).max(Duration::from_millis(10));
            match TcpStream::connect_timeout(&address, left) {
                Ok(_) => return Ok(()),
                Err(error) => last = Error::Io(error),
            }
        }
        Err(failed(&last))
    }
}

/// Reads a URL that a request can be made to. The sentence does not repeat it.
pub(super) fn checked_url(url: &str) -> Result<Uri, String> {
    if url.bytes().any(|b| b.is_ascii_whitespace() || b.is_ascii_control()) {
        return Err("a URL holds a blank or a line end".to_owned());
    }
    let uri: Uri = url.parse().map_err(|_| "it is not a URL".to_owned())?;
    if !matches!(uri.scheme_str(), Some("http" | "https")) {
        return Err("a URL begins with http:// or https://".to_owned());
    }
    match uri.authority() {
        Some(place) if place.as_str().contains('@') => {
            Err("a URL with a user and a password in it cannot be used; a header can carry them".to_owned())
        }
        // A port that is too high reads as none, and none would mean the usual one.
        Some(place) if place.port_u16().is_none() && place.as_str() != place.host() => {
            Err("the port of a URL is from 1 to 65535".to_owned())
        }
        Some(place) if !place.host().is_empty() => Ok(uri),
        Some(_) | None => Err("a URL needs a host".to_owned()),
    }
}

/// Reads a header that can be sent. The sentence does not repeat its value.
pub(super) fn checked_header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), String> {
    let bad_name = |_| format!("{name:?} is not the name of a header");
    let bad_value = |_| format!("the value of the header {name} holds something that cannot be sent");
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(bad_name)?;
    let value = HeaderValue::from_bytes(value.as_bytes()).map_err(bad_value)?;
    Ok((name, value))
}

/// The beginning of a body. When there is more, the connection is dropped with the rest unread.
fn beginning(body: Body, longest: usize) -> Result<Vec<u8>, Error> {
    let mut read = Vec::new();
    body.into_reader().take(longest as u64).read_to_end(&mut read)?;
    Ok(read)
}

/// What an error means for a request that was, or was not yet, handed to a connection.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the client has many errors, and may have more, that mean no more"
)]
fn fault(error: &Error, handed_over: bool, patience: Duration) -> Fault {
    let seconds = patience.as_secs_f32();
    if handed_over {
        return Fault::InDoubt(match error {
            Error::Timeout(_) => format!("no answer within {seconds} s"),
            Error::Io(broken) => {
                format!("the connection broke before the answer was complete ({})", broken.kind())
            }
            Error::Protocol(_) | Error::LargeResponseHeader(..) => "the answer is not HTTP".to_owned(),
            _ => "the answer could not be read".to_owned(),
        });
    }
    match error {
        Error::Other(other) => match other.downcast_ref::<Forbidden>() {
            Some(forbidden) => Fault::Impossible(forbidden.to_string()),
            None => Fault::NotSent("no connection".to_owned()),
        },
        Error::Http(_) | Error::BadUri(_) | Error::Protocol(_) | Error::RequireHttpsOnly(_) => {
            Fault::Impossible("the request cannot be put together".to_owned())
        }
        Error::HostNotFound => Fault::NotSent("the host was not found".to_owned()),
        Error::Timeout(_) => Fault::NotSent(format!("no connection within {seconds} s")),
        // What rustls finds wrong comes as data that is not valid; its words say what.
        Error::Io(failed) if failed.kind() == std::io::ErrorKind::InvalidData => {
            Fault::NotSent(format!("no secure connection ({failed})"))
        }
        Error::Io(failed) => Fault::NotSent(format!("no connection ({})", failed.kind())),
        Error::Tls(_) | Error::Rustls(_) | Error::Pem(_) | Error::TlsRequired => {
            Fault::NotSent(format!("no secure connection ({error})"))
        }
        _ => Fault::NotSent("no connection".to_owned()),
    }
}

thread_local! {
    /// Whether the request that this thread makes was handed to a connection. A call runs on one thread from its
    /// beginning to its end, and handing over is the last moment at which nothing can have happened.
    static HANDED_OVER: Cell<bool> = const { Cell::new(false) };
}

/// Connects as ever, with a watch on what comes of it. TLS is settled before the watch begins.
#[derive(Debug)]
struct Watching(DefaultConnector);

impl Connector for Watching {
    type Out = Watched;

    fn connect(&self, details: &ConnectionDetails, chained: Option<()>) -> Result<Option<Watched>, Error> {
        Ok(self.0.connect(details, chained)?.map(Watched))
    }
}

#[derive(Debug)]
struct Watched(Box<dyn Transport>);

impl Transport for Watched {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.0.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        HANDED_OVER.set(true);
        self.0.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.0.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.0.is_open()
    }

    fn is_tls(&self) -> bool {
        self.0.is_tls()
    }
}
