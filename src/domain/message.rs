//! What a message is: its direction, its status, whether it is shown, and what it carries.
//!
//! The platforms write statuses as letters that mean different things in different generations (R is "read" in one and
//! "resent" in another), so only words and this enum are used here.

use uuid::Uuid;

use super::contact::{ContactRef, Urn};
use super::folder::{Folder, folder_of};
use super::label::LabelRef;
use super::{ChannelId, FlowId, MessageId, Named, Time};

/// The longest text of a message that is written here, in characters (the platform's limit).
pub const LONGEST_TEXT: usize = 4096;

/// Which way a message or a call went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Direction {
    /// From a contact to us.
    In,
    /// From us to a contact.
    Out,
}

impl Direction {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::In, Self::Out];

    /// The word in JSON: `in` or `out`.
    pub fn name(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
        }
    }
}

/// How far a message got. The first two belong to incoming messages, the others to outgoing ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// Incoming, received and not yet handled.
    Pending,
    /// Incoming, handled.
    Handled,
    /// Outgoing, not yet given to a queue.
    Initializing,
    /// Outgoing, waiting for its turn.
    Queued,
    /// Outgoing, an attempt failed and another will be made.
    Errored,
    /// Outgoing, accepted by the provider.
    Wired,
    /// Outgoing, the provider says that it was sent.
    Sent,
    /// Outgoing, the provider says that it arrived.
    Delivered,
    /// Outgoing, the contact has read it.
    Read,
    /// Outgoing, given up.
    Failed,
}

impl Status {
    /// All of them, in the order of a message's life.
    pub const ALL: [Self; 10] = [
        Self::Pending,
        Self::Handled,
        Self::Initializing,
        Self::Queued,
        Self::Errored,
        Self::Wired,
        Self::Sent,
        Self::Delivered,
        Self::Read,
        Self::Failed,
    ];

    /// The direction that a message with this status has.
    pub fn direction(self) -> Direction {
        match self {
            Self::Pending | Self::Handled => Direction::In,
            Self::Initializing
            | Self::Queued
            | Self::Errored
            | Self::Wired
            | Self::Sent
            | Self::Delivered
            | Self::Read
            | Self::Failed => Direction::Out,
        }
    }

    /// The word in JSON: the platform's. An incoming message that is not handled yet says `queued`, as it does there.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "queued",
            Self::Handled => "handled",
            Self::Initializing => "initializing",
            Self::Queued => "queued",
            Self::Errored => "errored",
            Self::Wired => "wired",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Failed => "failed",
        }
    }
}

/// Whether a message is shown. Only incoming messages are archived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Visibility {
    /// In its folder.
    Visible,
    /// Put away by a person; it can be restored.
    Archived,
    /// Its content was cleared for good; it is in no folder.
    Deleted,
}

impl Visibility {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Visible, Self::Archived, Self::Deleted];

    /// The word in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Visible => "visible",
            Self::Archived => "archived",
            Self::Deleted => "deleted",
        }
    }
}

/// What sort of content a message has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Text, with or without attachments.
    Text,
    /// Spoken in a call.
    Voice,
    /// A request to opt in.
    OptIn,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Text, Self::Voice, Self::OptIn];

    /// The word in JSON, under `type`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Voice => "voice",
            Self::OptIn => "optin",
        }
    }
}

/// Why a message failed for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailedReason {
    /// The workspace was suspended when the message was made.
    Suspended,
    /// The contact was blocked, stopped or archived.
    ContactInactive,
    /// There was no channel that could reach the contact.
    NoChannel,
    /// The same text went to the same contact too many times in a row.
    Looping,
    /// The third attempt failed too.
    RetryLimit,
    /// It waited longer than a week.
    TooOld,
    /// Its channel was removed.
    ChannelRemoved,
    /// The provider refused it for good.
    Refused,
    /// It came from a file in which it had not been sent. What is imported is never sent by itself.
    Unsent,
    /// A person took it out of the queue.
    Cancelled,
}

impl FailedReason {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Suspended,
        Self::ContactInactive,
        Self::NoChannel,
        Self::Looping,
        Self::RetryLimit,
        Self::TooOld,
        Self::ChannelRemoved,
        Self::Refused,
        Self::Unsent,
        Self::Cancelled,
    ];

    /// The word in JSON, under `failed_reason`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Suspended => "suspended",
            Self::ContactInactive => "contact_inactive",
            Self::NoChannel => "no_channel",
            Self::Looping => "looping",
            Self::RetryLimit => "retry_limit",
            Self::TooOld => "too_old",
            Self::ChannelRemoved => "channel_removed",
            Self::Refused => "refused",
            Self::Unsent => "unsent",
            Self::Cancelled => "cancelled",
        }
    }
}

/// A file, a place or another thing that came with a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// `image/jpeg`, `geo`, `unavailable` and so on.
    pub content_type: String,
    /// Where it is; for `geo` its latitude and longitude, and empty where there is nothing to fetch.
    pub url: String,
}

impl Attachment {
    /// Reads `type:url`. The type ends at the first colon; there is no type with a colon in it.
    pub fn parse(text: &str) -> Self {
        let (content_type, url) = text.split_once(':').unwrap_or((text, ""));
        Self { content_type: content_type.to_owned(), url: url.to_owned() }
    }
}

impl std::fmt::Display for Attachment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.content_type, self.url)
    }
}

/// The part of a message that decides where it is and what may be done to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Standing {
    /// Which way it went.
    pub direction: Direction,
    /// How far it got.
    pub status: Status,
    /// Whether it is shown.
    pub visibility: Visibility,
    /// Whether a flow handled it.
    pub in_flow: bool,
    /// Whether it waits to be opened; only incoming messages do.
    pub unread: bool,
}

impl Standing {
    /// Whether it may still be given another text: it failed, or it waits.
    pub fn may_be_edited(&self) -> bool {
        matches!(folder_of(self), Some(Folder::Failed | Folder::Outbox))
    }
}

/// A message with everything that is shown of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its number here.
    pub id: MessageId,
    /// Its public key.
    pub uuid: Uuid,
    /// Its number on the platform that it came from.
    pub remote_id: Option<i64>,
    /// The gateway's or the file's own name for it; empty when there is none.
    pub external_id: String,
    /// Who it was exchanged with.
    pub contact: ContactRef,
    /// The address used, when it is known.
    pub urn: Option<Urn>,
    /// The channel used, when it is known.
    pub channel: Option<Named<ChannelId>>,
    /// The flow that handled it.
    pub flow: Option<Named<FlowId>>,
    /// What sort of content it has.
    pub kind: Kind,
    /// Direction, status, visibility, flow and unread mark.
    pub standing: Standing,
    /// The text; may be empty when there are attachments.
    pub text: String,
    /// What came with it.
    pub attachments: Vec<Attachment>,
    /// Its labels, by name.
    pub labels: Vec<LabelRef>,
    /// When it was received or written.
    pub created_on: Time,
    /// When the provider took it; for an incoming message, when it was sent to us.
    pub sent_on: Option<Time>,
    /// When anything of it last changed.
    pub modified_on: Time,
    /// Why it failed.
    pub failed_reason: Option<FailedReason>,
    /// How many attempts failed.
    pub error_count: u32,
    /// When the next attempt is due.
    pub next_attempt: Option<Time>,
}

impl Message {
    /// The folder that it is in; none when it is deleted.
    pub fn folder(&self) -> Option<Folder> {
        folder_of(&self.standing)
    }

    /// Whether it may still be given another text: it failed, or it waits.
    pub fn may_be_edited(&self) -> bool {
        self.standing.may_be_edited()
    }
}

/// What made a status change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    /// It was received.
    Received,
    /// A flow, or nothing, handled it.
    Handling,
    /// It was written here.
    Written,
    /// It was read from a file.
    Imported,
    /// An attempt to send it.
    Attempt,
    /// The provider reported.
    Report,
    /// A person sent it again.
    Resend,
    /// A schedule fired.
    Schedule,
    /// The program ended during an attempt, so that nobody knows whether the gateway took it.
    Doubt,
    /// The provider reported something that came too late to matter.
    LateReport,
    /// A person took it out of the queue.
    Cancel,
    /// The engine could not let it wait any longer: too old, no channel.
    Engine,
    /// A person gave it another text and sent it again.
    Edit,
    /// Its history was lost in part, and `doctor --repair` noted what is left.
    Mended,
}

impl Cause {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Received,
        Self::Handling,
        Self::Written,
        Self::Imported,
        Self::Attempt,
        Self::Report,
        Self::Resend,
        Self::Schedule,
        Self::Doubt,
        Self::LateReport,
        Self::Cancel,
        Self::Engine,
        Self::Edit,
        Self::Mended,
    ];
}

impl Cause {
    /// The word in JSON, under `cause`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Handling => "handling",
            Self::Written => "written",
            Self::Imported => "imported",
            Self::Attempt => "attempt",
            Self::Report => "report",
            Self::Resend => "resend",
            Self::Schedule => "schedule",
            Self::Doubt => "doubt",
            Self::LateReport => "late_report",
            Self::Cancel => "cancel",
            Self::Engine => "engine",
            Self::Edit => "edit",
            Self::Mended => "mended",
        }
    }
}

/// One step in a message's life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusChange {
    /// When.
    pub at: Time,
    /// What it became.
    pub status: Status,
    /// What made it so.
    pub cause: Cause,
    /// What the provider said, in its own words; empty when it said nothing.
    pub detail: String,
}
