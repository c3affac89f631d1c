//! The shapes of JSON that scripts rely on: the keys of the platform's own API, and ours beside them. Times are UTC in
//! RFC 3339 with microseconds.

use std::io::{Result, Write};

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, Serializer};

use crate::domain::call::Call;
use crate::domain::contact::ContactRef;
use crate::domain::folder::Folder;
use crate::domain::message::{Attachment, FailedReason, Message, StatusChange, Visibility};
use crate::domain::schedule::{Recipient, Schedule, repeat_name};
use crate::domain::{Named, Time};

/// Writes an object as one line. Control characters are escaped, also those that JSON would let through as they are and
/// that a terminal obeys: U+007F and U+0080 to U+009F.
pub(crate) fn write(out: &mut impl Write, value: &impl Serialize) -> Result<()> {
    value.serialize(&mut Serializer::with_formatter(&mut *out, Harmless))?;
    out.write_all(b"\n")
}

struct Harmless;

impl Formatter for Harmless {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(char::is_control) {
            let (before, after) = rest.split_at(at);
            CompactFormatter.write_string_fragment(out, before)?;
            let mut after = after.chars();
            if let Some(c) = after.next() {
                write!(out, "\\u{:04x}", u32::from(c))?;
            }
            rest = after.as_str();
        }
        CompactFormatter.write_string_fragment(out, rest)
    }
}

/// A moment as JSON has it.
pub(crate) fn moment(at: Time) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
}

/// Something that is pointed at by its public key and its name.
#[derive(Serialize)]
pub(crate) struct Reference<'a> {
    uuid: String,
    name: Option<&'a str>,
}

impl<'a> Reference<'a> {
    pub(crate) fn named<Id>(named: &'a Named<Id>) -> Self {
        Self { uuid: named.uuid.to_string(), name: some(&named.name) }
    }

    pub(crate) fn contact(contact: &'a ContactRef) -> Self {
        Self { uuid: contact.uuid.to_string(), name: some(&contact.name) }
    }

    pub(crate) fn recipient(recipient: &'a Recipient) -> Self {
        Self { uuid: recipient.uuid.to_string(), name: some(&recipient.name) }
    }
}

fn some(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

#[derive(Serialize)]
struct AttachmentJson<'a> {
    content_type: &'a str,
    url: &'a str,
}

impl<'a> AttachmentJson<'a> {
    fn new(attachment: &'a Attachment) -> Self {
        Self { content_type: &attachment.content_type, url: &attachment.url }
    }
}

/// A message.
#[derive(Serialize)]
pub(crate) struct MessageJson<'a> {
    uuid: String,
    id: i64,
    folder: Option<&'static str>,
    contact: Reference<'a>,
    urn: Option<String>,
    channel: Option<Reference<'a>>,
    flow: Option<Reference<'a>>,
    direction: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    status: &'static str,
    visibility: &'static str,
    archived: bool,
    unread: bool,
    text: &'a str,
    attachments: Vec<AttachmentJson<'a>>,
    labels: Vec<Reference<'a>>,
    failed_reason: Option<&'static str>,
    error_count: u32,
    next_attempt: Option<String>,
    external_id: Option<&'a str>,
    created_on: String,
    sent_on: Option<String>,
    modified_on: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    history: Option<Vec<ChangeJson<'a>>>,
}

/// A step of a message's life.
#[derive(Serialize)]
struct ChangeJson<'a> {
    at: String,
    status: &'static str,
    cause: &'static str,
    detail: Option<&'a str>,
}

impl<'a> MessageJson<'a> {
    pub(crate) fn new(message: &'a Message) -> Self {
        let standing = &message.standing;
        Self {
            uuid: message.uuid.to_string(),
            id: message.id.0,
            folder: message.folder().map(Folder::id),
            contact: Reference::contact(&message.contact),
            urn: message.urn.as_ref().map(ToString::to_string),
            channel: message.channel.as_ref().map(Reference::named),
            flow: message.flow.as_ref().map(Reference::named),
            direction: standing.direction.name(),
            kind: message.kind.name(),
            status: standing.status.name(),
            visibility: standing.visibility.name(),
            archived: standing.visibility == Visibility::Archived,
            unread: standing.unread,
            text: &message.text,
            attachments: message.attachments.iter().map(AttachmentJson::new).collect(),
            labels: message
                .labels
                .iter()
                .map(|label| Reference { uuid: label.uuid.to_string(), name: some(&label.name) })
                .collect(),
            failed_reason: message.failed_reason.map(FailedReason::name),
            error_count: message.error_count,
            next_attempt: message.next_attempt.map(moment),
            external_id: some(&message.external_id),
            created_on: moment(message.created_on),
            sent_on: message.sent_on.map(moment),
            modified_on: moment(message.modified_on),
            history: None,
        }
    }

    pub(crate) fn with_history(message: &'a Message, history: &'a [StatusChange]) -> Self {
        let history = history.iter().map(|change| ChangeJson {
            at: moment(change.at),
            status: change.status.name(),
            cause: change.cause.name(),
            detail: some(&change.detail),
        });
        Self { history: Some(history.collect()), ..Self::new(message) }
    }
}

/// A call.
#[derive(Serialize)]
pub(crate) struct CallJson<'a> {
    id: i64,
    direction: &'static str,
    outcome: &'static str,
    contact: Reference<'a>,
    urn: Option<String>,
    channel: Option<Reference<'a>>,
    occurred_on: String,
    duration: Option<u32>,
}

impl<'a> CallJson<'a> {
    pub(crate) fn new(call: &'a Call) -> Self {
        Self {
            id: call.id.0,
            direction: call.direction.name(),
            outcome: call.outcome.name(),
            contact: Reference::contact(&call.contact),
            urn: call.urn.as_ref().map(ToString::to_string),
            channel: call.channel.as_ref().map(Reference::named),
            occurred_on: moment(call.occurred_on),
            duration: call.duration,
        }
    }
}

/// A schedule.
#[derive(Serialize)]
pub(crate) struct ScheduleJson<'a> {
    id: i64,
    text: &'a str,
    recipients: Vec<Reference<'a>>,
    next_fire: Option<String>,
    last_fire: Option<String>,
    repeat: String,
    paused: bool,
}

impl<'a> ScheduleJson<'a> {
    pub(crate) fn new(schedule: &'a Schedule) -> Self {
        Self {
            id: schedule.id.0,
            text: &schedule.text,
            recipients: schedule.recipients.iter().map(Reference::recipient).collect(),
            next_fire: schedule.next_fire.map(moment),
            last_fire: schedule.last_fire.map(moment),
            repeat: repeat_name(schedule.timing.repeat),
            paused: schedule.paused,
        }
    }
}
