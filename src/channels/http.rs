//! The HTTP client of all gateways: one request, one short answer, no surprises.
//!
//! It follows no redirect, reads at most [`LONGEST_REPLY`] of an answer, gives up in time, and connects to public
//! addresses only unless the channel's setting `allow_private` says otherwise; the address that was checked is the one
//! that is connected to.

use std::time::Duration;

/// The most of an answer that is read; what follows is left alone.
pub const LONGEST_REPLY: usize = 64 * 1024;

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
    /// Headers. A value with a line end is refused.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body; empty for none.
    pub body: &'a [u8],
    /// How long the whole may take.
    pub patience: Duration,
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

/// A client with its connections. Shared by threads.
#[derive(Debug, Clone)]
pub struct Client;

impl Client {
    /// A client that reaches so far.
    pub fn new(reach: Reach) -> Self {
        let _ = reach;
        Self
    }

    /// Makes a request.
    pub fn call(&self, call: &Call<'_>) -> Result<Reply, Fault> {
        let _ = call;
        unimplemented!()
    }
}
