//! What the tests of channels share: opening one, something to send, and a call of its gateway.

use std::net::TcpListener;
use std::time::Duration;

use recado::channels::{self, BadSettings, Channel, Received, Refusal, Request, Sending, Tried};
use recado::domain::channel::{Channel as Record, Gateway as Kind};
use recado::domain::contact::Urn;
use recado::domain::message::Attachment;
use recado::domain::{ChannelId, Time};
use uuid::Uuid;

use crate::gateway::{Gateway, Say};

/// The public key of the channel, and of the message that is sent.
pub const CHANNEL: Uuid = Uuid::from_u128(0xc0ff_ee00);
pub const MESSAGE: Uuid = Uuid::from_u128(0x0191_7000_abcd);

pub fn try_open(kind: Kind, settings: &[(&str, &str)]) -> Result<Box<dyn Channel>, BadSettings> {
    let record = Record {
        id: ChannelId(1),
        uuid: CHANNEL,
        name: "test".to_owned(),
        gateway: kind,
        settings: settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        rate: None,
        cursor: 0,
    };
    channels::open(&record, &|secret| Ok(secret.to_owned()))
}

pub fn open(kind: Kind, settings: &[(&str, &str)]) -> Box<dyn Channel> {
    try_open(kind, settings).unwrap_or_else(|problem| panic!("{problem}"))
}

/// That those settings are refused, with that sentence.
pub fn check_refused(kind: Kind, settings: &[(&str, &str)], sentence: &str) {
    match try_open(kind, settings) {
        Ok(_) => panic!("{settings:?} was taken"),
        Err(problem) => assert_eq!(problem.to_string(), sentence),
    }
}

pub fn urn(text: &str) -> Urn {
    Urn::parse(text, None).unwrap()
}

pub fn attachment(text: &str) -> Attachment {
    Attachment::parse(text)
}

/// Sends a part to somebody.
pub fn send(channel: &dyn Channel, to: &str, text: &str, attachments: &[&str]) -> Tried {
    let attachments: Vec<Attachment> = attachments.iter().map(|text| attachment(text)).collect();
    channel.send(&Sending {
        message: MESSAGE,
        to: &urn(to),
        text,
        attachments: &attachments,
        part: 0,
        parts: 1,
        is_reply: false,
    })
}

pub fn accepted(id: &str) -> Tried {
    Tried::Accepted { external_id: id.to_owned() }
}

pub fn again(reason: &str, wait: Option<u64>) -> Tried {
    Tried::TryAgain { reason: reason.to_owned(), wait: wait.map(Duration::from_secs), in_doubt: false }
}

pub fn refused(reason: &str) -> Tried {
    Tried::Refused { reason: reason.to_owned(), stops_contact: false }
}

pub fn stopping(reason: &str) -> Tried {
    Tried::Refused { reason: reason.to_owned(), stops_contact: true }
}

/// That a channel comes to no harm with a gateway that is broken in every way, and says no secret. `open` gets the address
/// of the gateway; `secrets` must not be said.
pub fn check_broken_gateways(open: impl Fn(&str) -> Box<dyn Channel>, to: &str, secrets: &[&str]) {
    let broken = [
        Say::Drop,
        Say::DropHalf,
        Say::Stall(Duration::from_secs(20)),
        Say::Huge,
        Say::Garbage,
        Say::ok(""),
        Say::ok("<html>You must log in first</html>"),
        Say::ok("[]"),
        Say::ok("null"),
    ];
    for say in broken {
        let gateway = Gateway::saying(say.clone());
        let channel = open(&gateway.url(""));
        match send(channel.as_ref(), to, "Hello", &[]) {
            Tried::TryAgain { reason, in_doubt: true, .. } => check_silent(&reason, secrets),
            other @ (Tried::TryAgain { .. } | Tried::Accepted { .. } | Tried::Refused { .. }) => {
                panic!("{say:?}: {other:?}")
            }
        }
        check_silent(&channel.test().unwrap_err(), secrets);
    }
    // A port at which nothing listens any more.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let channel = open(&format!("http://127.0.0.1:{port}"));
    match send(channel.as_ref(), to, "Hello", &[]) {
        Tried::TryAgain { reason, in_doubt: false, .. } => check_silent(&reason, secrets),
        other @ (Tried::TryAgain { .. } | Tried::Accepted { .. } | Tried::Refused { .. }) => {
            panic!("{other:?}")
        }
    }
    check_silent(&channel.test().unwrap_err(), secrets);
    for status in [301, 400, 401, 403, 404, 429, 500, 503] {
        for body in [String::new(), echo(secrets)] {
            let gateway = Gateway::saying(Say::status(status, &body));
            let channel = open(&gateway.url(""));
            let tried = send(channel.as_ref(), to, "Hello", &[]);
            check_silent(&format!("{tried:?}"), secrets);
            assert_eq!(matches!(tried, Tried::TryAgain { .. }), status == 429 || status >= 500, "{tried:?}");
            check_silent(&channel.test().unwrap_err(), secrets);
        }
    }
}

/// An error in the form of each of the gateways, with secrets in all that it says.
fn echo(secrets: &[&str]) -> String {
    let said = format!("your secrets are {}", secrets.join(" and "));
    serde_json::json!({"ok": false, "description": said, "message": said, "error": {"message": said}})
        .to_string()
}

pub fn check_silent(said: &str, secrets: &[&str]) {
    for secret in secrets {
        assert!(!said.contains(secret), "{said}");
    }
    assert!(!said.contains("127.0.0.1"), "{said}");
    assert!(!said.is_empty());
}

/// A call of the gateway.
#[derive(Debug, Clone)]
pub struct Called {
    pub is_post: bool,
    pub action: &'static str,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Called {
    pub fn post(action: &'static str, body: &[u8]) -> Self {
        let url = format!("https://example.org/c/x/{CHANNEL}/{action}");
        Self { is_post: true, action, url, headers: Vec::new(), body: body.to_vec() }
    }

    pub fn get(action: &'static str, query: &str) -> Self {
        let mut called = Self::post(action, b"");
        called.is_post = false;
        called.query(query)
    }

    pub fn query(mut self, query: &str) -> Self {
        self.url.push('?');
        self.url.push_str(query);
        self
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn with<T>(&self, run: impl FnOnce(&Request<'_>) -> T) -> T {
        run(&Request {
            is_post: self.is_post,
            action: self.action,
            url: &self.url,
            query: self.url.split_once('?').map_or("", |(_, query)| query),
            headers: &self.headers,
            body: &self.body,
            now: Time::from_timestamp(1_800_000_000, 0).unwrap(),
        })
    }

    pub fn received(&self, channel: &dyn Channel) -> Result<Vec<Received>, Refusal> {
        self.with(|request| channel.receive(request))
    }
}
