//! What the tests of channels share: opening one, a part to send, a call to receive.

use std::collections::BTreeMap;

use recado::channels::{
    self, BadSettings, Channel, Incoming, Received, Refusal, Reported, Request, Sending, Tried,
};
use recado::domain::contact::Urn;
use recado::domain::{ChannelId, Time, channel};
use uuid::Uuid;

use crate::support::noon;

pub const MESSAGE: Uuid = Uuid::from_u128(0x0191_b2c3);
pub const CHANNEL: Uuid = Uuid::from_u128(0xc4a1);

/// Opens a channel with these settings. A secret `env:PASSWORD` reads as `from-env`.
pub fn open(gateway: channel::Gateway, settings: &[(&str, &str)]) -> Result<Box<dyn Channel>, BadSettings> {
    let settings: BTreeMap<_, _> =
        settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let record = channel::Channel {
        id: ChannelId(1),
        uuid: CHANNEL,
        name: "Test".to_owned(),
        gateway,
        settings,
        rate: None,
        cursor: 0,
    };
    let secrets =
        |value: &str| Ok(if value == "env:PASSWORD" { "from-env".to_owned() } else { value.to_owned() });
    channels::open(&record, &secrets)
}

/// Sends a text as one part.
pub fn send(channel: &dyn Channel, to: &str, text: &str) -> Tried {
    let to = Urn::parse(to, None).unwrap();
    channel.send(&Sending {
        message: MESSAGE,
        to: &to,
        text,
        attachments: &[],
        part: 0,
        parts: 1,
        is_reply: false,
    })
}

/// Why an attempt is to be made again, and whether it is in doubt.
pub fn again(tried: Tried) -> (String, bool) {
    let Tried::TryAgain { reason, in_doubt, .. } = tried else { panic!("{tried:?}") };
    (reason, in_doubt)
}

/// Why an attempt was the last one.
pub fn refused(tried: Tried) -> String {
    let Tried::Refused { reason, stops_contact: false } = tried else { panic!("{tried:?}") };
    reason
}

pub fn accepted() -> Tried {
    Tried::Accepted { external_id: String::new() }
}

/// A call of the gateway's.
#[derive(Debug, Clone)]
pub struct Called {
    pub is_post: bool,
    pub action: &'static str,
    pub query: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub now: Time,
}

impl Called {
    pub fn get(action: &'static str, query: &str) -> Self {
        Self {
            is_post: false,
            action,
            query: query.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
            now: noon(),
        }
    }

    pub fn post(action: &'static str, content_type: &str, body: &[u8]) -> Self {
        Self { is_post: true, body: body.to_vec(), ..Self::get(action, "") }
            .with("content-type", content_type)
    }

    pub fn form(action: &'static str, body: &str) -> Self {
        Self::post(action, "application/x-www-form-urlencoded", body.as_bytes())
    }

    pub fn asking(self, query: &str) -> Self {
        Self { query: query.to_owned(), ..self }
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn request(&self) -> Request<'_> {
        Request {
            is_post: self.is_post,
            action: self.action,
            url: "http://127.0.0.1:8080/c/x/y/z",
            query: &self.query,
            headers: &self.headers,
            body: &self.body,
            now: self.now,
        }
    }

    pub fn to(&self, channel: &dyn Channel) -> Result<Received, Refusal> {
        let mut received = channel.receive(&self.request())?;
        assert_eq!(received.len(), 1);
        Ok(received.remove(0))
    }

    pub fn message(&self, channel: &dyn Channel) -> Incoming {
        let received = self.to(channel).unwrap();
        let Received::Message(message) = received else { panic!("{received:?}") };
        message
    }

    pub fn report(&self, channel: &dyn Channel) -> Reported {
        let received = self.to(channel).unwrap();
        let Received::Report(report) = received else { panic!("{received:?}") };
        report
    }

    /// What is wrong with it.
    pub fn bad(&self, channel: &dyn Channel) -> String {
        let refusal = self.to(channel).unwrap_err();
        let Refusal::Bad(problems) = refusal else { panic!("{refusal:?}") };
        problems.join("; ")
    }
}
