//! Channels as the workspace keeps them: by which gateway messages leave and arrive, and with which settings.
//!
//! What a setting means, which ones a kind of gateway needs and how they go over the wire stands with that kind, in
//! `channels`. Here is only what the rules need: which addresses a channel reaches.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::ChannelId;
use super::contact::Urn;

/// The kind of gateway behind a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Gateway {
    /// Any gateway that takes an HTTP request and makes one.
    External,
    /// The Kannel SMS gateway.
    Kannel,
    /// A Telegram bot.
    Telegram,
    /// The WhatsApp Cloud API.
    WhatsApp,
    /// Twilio, and gateways that speak its API.
    Twilio,
    /// Nothing real: it delivers, fails and answers by itself.
    Simulated,
}

impl Gateway {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::External, Self::Kannel, Self::Telegram, Self::WhatsApp, Self::Twilio, Self::Simulated];

    /// The word in commands and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::External => "external",
            Self::Kannel => "kannel",
            Self::Telegram => "telegram",
            Self::WhatsApp => "whatsapp",
            Self::Twilio => "twilio",
            Self::Simulated => "simulated",
        }
    }

    /// The gateway of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|gateway| gateway.name() == name)
    }

    /// The part after `/c/` in the addresses that the gateway calls: the platform's own type codes in lower case.
    pub fn path_code(self) -> &'static str {
        match self {
            Self::External => "ex",
            Self::Kannel => "kn",
            Self::Telegram => "tg",
            Self::WhatsApp => "wac",
            Self::Twilio => "t",
            Self::Simulated => "sim",
        }
    }

    /// The scheme of the addresses that it reaches unless the setting `scheme` names another; none reaches them all.
    pub fn scheme(self) -> Option<&'static str> {
        match self {
            Self::External | Self::Kannel | Self::Twilio => Some("tel"),
            Self::Telegram => Some("telegram"),
            Self::WhatsApp => Some("whatsapp"),
            Self::Simulated => None,
        }
    }
}

/// A channel that sends and receives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// Its number here.
    pub id: ChannelId,
    /// Its public key, part of the addresses that its gateway calls.
    pub uuid: Uuid,
    /// What people call it; unique among the channels that send, regardless of case.
    pub name: String,
    /// The kind of gateway.
    pub gateway: Gateway,
    /// The gateway's settings by name. A secret may stand as `env:NAME` or `file:PATH`.
    pub settings: BTreeMap<String, String>,
    /// The most parts a second; none for no limit.
    pub rate: Option<u32>,
    /// Where asking for new messages goes on, for gateways that are asked.
    pub cursor: i64,
}

impl Channel {
    /// A setting, when it is there and says something.
    pub fn setting(&self, name: &str) -> Option<&str> {
        self.settings.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Whether it is what it was then. Its cursor moves all the time and changes nothing about a channel.
    pub fn is_unchanged(&self, then: &Self) -> bool {
        *self == Self { cursor: self.cursor, ..then.clone() }
    }

    /// Whether it can reach an address of that scheme.
    pub fn reaches(&self, scheme: &str) -> bool {
        self.setting("scheme").or(self.gateway.scheme()).is_none_or(|reached| reached == scheme)
    }
}

/// A channel by which a message may go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelWay {
    /// The channel.
    pub channel: ChannelId,
    /// What it is called.
    pub name: String,
    /// The address that it reaches, where the contact is known.
    pub urn: Option<Urn>,
}
