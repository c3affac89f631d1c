//! Gateways: what goes over the wire to them and comes back, a file per kind behind one trait.
//!
//! A channel cuts a message into parts, tries to send one part, and reads what its gateway calls in with. It knows neither
//! the store nor the clock: what an outcome does to a message is decided in `domain::delivery`, and the engine and the
//! listener carry it out. Nothing here writes a secret into an error, a log or an answer.

pub mod external;
mod form;
pub mod http;
pub mod kannel;
mod outcome;
mod proof;
mod reach;
mod simulated;
mod telegram;
mod template;
mod twilio;
mod whatsapp;
mod wire;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use uuid::Uuid;

use crate::domain::Time;
use crate::domain::channel::{Channel as Record, Gateway};
use crate::domain::contact::Urn;
use crate::domain::delivery::Report;
use crate::domain::message::Attachment;

/// A part of a message on its way out.
#[derive(Debug, Clone, Copy)]
pub struct Sending<'a> {
    /// The message's public key: what the gateway's reports name it by.
    pub message: Uuid,
    /// To whom.
    pub to: &'a Urn,
    /// The text of this part.
    pub text: &'a str,
    /// What goes along with this part.
    pub attachments: &'a [Attachment],
    /// Which part it is, from 0.
    pub part: usize,
    /// How many parts the message has.
    pub parts: usize,
    /// Whether it answers somebody, and so goes before bulk where the gateway can tell them apart.
    pub is_reply: bool,
}

/// A part of a message before it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its text.
    pub text: String,
    /// What goes along with it.
    pub attachments: Vec<Attachment>,
}

/// How an attempt to send a part ended. Reasons are for people: the gateway's own words where it gave any, without secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tried {
    /// The gateway took it.
    Accepted {
        /// The gateway's name for it; empty when it gave none.
        external_id: String,
    },
    /// It did not work now and may work later.
    TryAgain {
        /// Why.
        reason: String,
        /// How long the gateway asked to be left alone.
        wait: Option<Duration>,
        /// Whether the request may have reached the gateway, so that the next attempt may send it a second time.
        in_doubt: bool,
    },
    /// It will never work.
    Refused {
        /// Why.
        reason: String,
        /// Whether the contact does not want to hear from us any more.
        stops_contact: bool,
    },
}

/// What a gateway calls in with, as the listener heard it.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Whether it is a POST; otherwise it is a GET. The listener refuses the others.
    pub is_post: bool,
    /// The last part of the path: `receive`, `status`, `delivered` and so on, in lower case.
    pub action: &'a str,
    /// The address as the gateway called it: scheme, host, path and query, for signatures over it.
    pub url: &'a str,
    /// What follows the `?`, still encoded.
    pub query: &'a str,
    /// The headers, their names in lower case.
    pub headers: &'a [(String, String)],
    /// The body, as it came.
    pub body: &'a [u8],
    /// When it came: proofs grow old.
    pub now: Time,
}

impl Request<'_> {
    /// The value of a header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(there, _)| there == name).map(|(_, value)| value.as_str())
    }
}

/// Something that came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// A message.
    Message(Incoming),
    /// What became of a message that we sent.
    Report(Reported),
    /// A contact does not want to hear from us any more.
    Stopped(Urn),
    /// Something that we have no use for; why, in English, for whoever looks after the gateway.
    Ignored(String),
}

/// A message that came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incoming {
    /// From whom.
    pub urn: Urn,
    /// The name that the gateway gave; empty when it gave none.
    pub name: String,
    /// The text, harmless to keep: valid, without NUL.
    pub text: String,
    /// What came along.
    pub attachments: Vec<Attachment>,
    /// When it was sent; now when the gateway did not say.
    pub at: Option<Time>,
    /// The gateway's name for it; empty when it gave none.
    pub external_id: String,
}

/// Which message a report is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// Ours, by its public key.
    Message(Uuid),
    /// By the gateway's name for it.
    External(String),
}

/// What a gateway reports of a message that we sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reported {
    /// Which message.
    pub about: About,
    /// What became of it.
    pub report: Report,
    /// The gateway's own words; empty when it gave none.
    pub detail: String,
}

/// Why a request is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// It does not prove that it comes from the gateway. Says nothing of what would have.
    Forbidden,
    /// It cannot be read; each sentence names a field or a fault.
    Bad(Vec<String>),
    /// There is nothing by that name.
    NotFound,
    /// That action takes another method.
    Method,
}

/// What a gateway is answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The content type.
    pub content_type: &'static str,
    /// The body.
    pub body: String,
}

/// Why what came along with a message could not be fetched, in a sentence without secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfetched {
    /// Why.
    pub reason: String,
    /// Whether it may work later.
    pub may_try_again: bool,
}

/// A gateway that keeps what came along with messages, and gives it to who asks by its id.
pub trait Media {
    /// Fetches what an attachment is about; at most [`LONGEST_MEDIA`](crate::domain::media::LONGEST_MEDIA) bytes. Blocks
    /// until it is here or time is up.
    fn fetch(&self, attachment: &Attachment) -> Result<Vec<u8>, Unfetched>;
}

/// A gateway at work. It is shared by the threads that send through it.
pub trait Channel: Send + Sync {
    /// Cuts a message into the parts that are sent one by one; at least one.
    fn parts(&self, text: &str, attachments: &[Attachment]) -> Vec<Part>;

    /// Tries to send a part. It blocks until the gateway answered or time is up.
    fn send(&self, sending: &Sending<'_>) -> Tried;

    /// How many parts may be on their way at once.
    fn connections(&self) -> usize {
        4
    }

    /// Reads what the gateway called in with; everything in it, for one request may hold several things.
    fn receive(&self, request: &Request<'_>) -> Result<Vec<Received>, Refusal>;

    /// What to answer instead of the platform's own JSON, once everything was kept. None for that JSON.
    fn answer(&self, request: &Request<'_>) -> Option<Answer> {
        let _ = request;
        None
    }

    /// What to answer when a request is refused, where the gateway cannot bear an error. None for the plain error.
    fn answer_refused(&self, refusal: &Refusal) -> Option<Answer> {
        let _ = refusal;
        None
    }

    /// Whether the gateway is asked for what came in, with [`Channel::poll`], instead of calling. Each kind must say it:
    /// one that forgot would never be asked.
    fn asks(&self) -> bool;

    /// Whether nothing is taken from a request that does not prove that it comes from the gateway, by a token, a secret
    /// or a signature; so it is too where no request is taken at all. A channel that is not guarded is not served but on
    /// this machine itself, and each kind must say it.
    fn is_guarded(&self) -> bool;

    /// The gateway as one that keeps what came along with messages; none where it hands them over, or there are none. Each
    /// kind must say it.
    fn media(&self) -> Option<&dyn Media>;

    /// Asks the gateway for what came in, where it is asked instead of calling: what it has, and the cursor to go on
    /// from. Blocks for at most `patience`. None for gateways that call.
    fn poll(&self, cursor: i64, patience: Duration) -> Option<Result<(Vec<Received>, i64), String>> {
        let _ = (cursor, patience);
        None
    }

    /// What comes back by itself some time after a part was accepted; only a simulated gateway knows.
    fn afterwards(&self, sending: &Sending<'_>) -> Vec<(Duration, Received)> {
        let _ = sending;
        Vec::new()
    }

    /// Whether the gateway can be reached and knows us, without sending anything to anybody; a sentence either way.
    fn test(&self) -> Result<String, String>;
}

/// A setting of a kind of gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// Its name, as in the platform's configuration.
    pub name: &'static str,
    /// Whether there is no channel without it.
    pub required: bool,
    /// Whether it is never shown.
    pub secret: bool,
    /// What it is, for the help.
    pub help: &'static str,
}

/// What is wrong with a channel's settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadSettings {
    /// A required one is missing.
    #[error("the setting {0} is missing")]
    Missing(&'static str),
    /// There is no such one.
    #[error("there is no setting {0:?} for this kind of channel")]
    Unknown(String),
    /// Its value cannot be used.
    #[error("the setting {name}: {problem}")]
    Wrong {
        /// Which one.
        name: String,
        /// What is wrong; never the value of a secret.
        problem: String,
    },
}

/// Where a secret that stands as `env:NAME` or `file:PATH` is read: given by `main`. The error names what is missing.
pub type Secrets<'a> = &'a dyn Fn(&str) -> Result<String, String>;

/// The settings that a kind of gateway has.
pub fn settings(gateway: Gateway) -> &'static [Setting] {
    match gateway {
        Gateway::External => external::SETTINGS,
        Gateway::Kannel => kannel::SETTINGS,
        Gateway::Telegram => telegram::SETTINGS,
        Gateway::WhatsApp => whatsapp::SETTINGS,
        Gateway::Twilio => twilio::SETTINGS,
        Gateway::Simulated => simulated::SETTINGS,
    }
}

/// The values of a channel's settings, secrets read, checked against what its kind has.
#[derive(Clone)]
pub struct Values {
    values: BTreeMap<String, String>,
}

impl Values {
    /// Reads and checks them.
    fn read(record: &Record, secrets: Secrets<'_>) -> Result<Self, BadSettings> {
        let known = settings(record.gateway);
        let mut values = BTreeMap::new();
        for (name, value) in &record.settings {
            let setting = known
                .iter()
                .find(|setting| setting.name == name)
                .ok_or_else(|| BadSettings::Unknown(name.clone()))?;
            let value = if setting.secret {
                secrets(value).map_err(|problem| BadSettings::Wrong { name: name.clone(), problem })?
            } else {
                value.clone()
            };
            if value.chars().any(|c| c == '\r' || c == '\n' || c == '\0') {
                return Err(BadSettings::Wrong {
                    name: name.clone(),
                    problem: "it holds a line end".to_owned(),
                });
            }
            values.insert(name.clone(), value);
        }
        let values = Self { values };
        match known.iter().find(|setting| setting.required && values.get(setting.name).is_none()) {
            Some(missing) => Err(BadSettings::Missing(missing.name)),
            None => Ok(values),
        }
    }

    /// A value, when it is there and says something.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A value that says yes or no; no when it is not there.
    pub fn flag(&self, name: &str) -> Result<bool, BadSettings> {
        match self.get(name) {
            None | Some("false" | "no" | "0") => Ok(false),
            Some("true" | "yes" | "1") => Ok(true),
            Some(_) => {
                Err(BadSettings::Wrong { name: name.to_owned(), problem: "say true or false".to_owned() })
            }
        }
    }

    /// A number, or a default.
    pub fn number<N: std::str::FromStr>(&self, name: &str, default: N) -> Result<N, BadSettings> {
        match self.get(name) {
            None => Ok(default),
            Some(value) => value.parse().map_err(|_| BadSettings::Wrong {
                name: name.to_owned(),
                problem: format!("{value:?} is not a number that fits"),
            }),
        }
    }
}

/// The secrets of a channel that cannot be read now, with why.
pub fn unread_secrets(record: &Record, secrets: Secrets<'_>) -> BTreeMap<String, String> {
    let is_secret =
        |name: &str| settings(record.gateway).iter().any(|there| there.secret && there.name == name);
    let kept = record.settings.iter().filter(|(name, _)| is_secret(name));
    kept.filter_map(|(name, value)| Some((name.clone(), secrets(value).err()?))).collect()
}

/// Checks what can be checked of a channel's settings while some of its secrets cannot be read.
pub fn check(record: &Record, secrets: Secrets<'_>) -> Result<(), BadSettings> {
    let unread = unread_secrets(record, secrets);
    match open(record, &|text| Ok(secrets(text).unwrap_or_else(|_| "secret".to_owned()))) {
        // What stands in for a secret need not be one.
        Err(BadSettings::Wrong { name, .. }) if unread.contains_key(&name) => Ok(()),
        checked => checked.map(|_| ()),
    }
}

/// A configuration for the gateway itself, with which it serves the channel; none where there is none to write. It holds
/// the channel's secrets. `file` is where it is going to be.
pub fn configuration(
    record: &Record,
    secrets: Secrets<'_>,
    file: &Path,
) -> Result<Option<String>, BadSettings> {
    let values = Values::read(record, secrets)?;
    match record.gateway {
        Gateway::Kannel => kannel::Kannel::new(record, values)?.configuration(file).map(Some),
        Gateway::External | Gateway::Telegram | Gateway::WhatsApp | Gateway::Twilio | Gateway::Simulated => {
            Ok(None)
        }
    }
}

/// Opens a channel: reads its secrets, checks its settings. Touches no network.
pub fn open(record: &Record, secrets: Secrets<'_>) -> Result<Box<dyn Channel>, BadSettings> {
    let values = Values::read(record, secrets)?;
    Ok(match record.gateway {
        Gateway::External => Box::new(external::External::new(record, values)?),
        Gateway::Kannel => Box::new(kannel::Kannel::new(record, values)?),
        Gateway::Telegram => Box::new(telegram::Telegram::new(record, values)?),
        Gateway::WhatsApp => Box::new(whatsapp::WhatsApp::new(record, values)?),
        Gateway::Twilio => Box::new(twilio::Twilio::new(record, values)?),
        Gateway::Simulated => Box::new(simulated::Simulated::new(record, &values)?),
    })
}
