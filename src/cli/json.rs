//! The shapes of JSON that scripts rely on: the keys of the platform's own API, and ours beside them. Times are UTC in
//! RFC 3339 with microseconds.

use std::io::{Result, Write};

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, Serializer};

use crate::domain::call::Call;
use crate::domain::contact::ContactRef;
use crate::domain::message::{Attachment, Message, StatusChange};
use crate::domain::schedule::{Recipient, Schedule, repeat_name};
use crate::domain::{Named, Time};

/// Writes an object as one line. Control characters are escaped, also those that JSON would let through as they are and
/// that a terminal obeys: U+007F and U+0080 to U+009F.
pub(super) fn write(out: &mut impl Write, value: &impl Serialize) -> Result<()> {
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
pub(super) fn moment(at: Time) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
}

/// Something that is pointed at by its public key and its name.
#[derive(Serialize)]
pub(super) struct Reference {
    uuid: String,
    name: Option<String>,
}

impl Reference {
    fn named<Id>(named: &Named<Id>) -> Self {
        Self { uuid: named.uuid.to_string(), name: some(&named.name) }
    }

    pub(super) fn contact(contact: &ContactRef) -> Self {
        Self { uuid: contact.uuid.to_string(), name: some(&contact.name) }
    }

    fn recipient(recipient: &Recipient) -> Self {
        Self { uuid: recipient.uuid.to_string(), name: some(&recipient.name) }
    }
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

#[derive(Serialize)]
struct AttachmentJson {
    content_type: String,
    url: String,
}

impl AttachmentJson {
    fn new(attachment: &Attachment) -> Self {
        Self { content_type: attachment.content_type.clone(), url: attachment.url.clone() }
    }
}

/// A message.
#[derive(Serialize)]
pub(super) struct MessageJson {
    uuid: String,
    id: i64,
    folder: Option<&'static str>,
    contact: Reference,
    urn: Option<String>,
    channel: Option<Reference>,
    flow: Option<Reference>,
    direction: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    status: &'static str,
    visibility: &'static str,
    archived: bool,
    unread: bool,
    text: String,
    attachments: Vec<AttachmentJson>,
    labels: Vec<Reference>,
    failed_reason: Option<&'static str>,
    error_count: u32,
    next_attempt: Option<String>,
    external_id: Option<String>,
    created_on: String,
    sent_on: Option<String>,
    modified_on: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    history: Option<Vec<ChangeJson>>,
}

/// A step of a message's life.
#[derive(Serialize)]
struct ChangeJson {
    at: String,
    status: &'static str,
    cause: &'static str,
    detail: Option<String>,
}

impl MessageJson {
    pub(super) fn new(message: &Message) -> Self {
        let standing = &message.standing;
        Self {
            uuid: message.uuid.to_string(),
            id: message.id.0,
            folder: message.folder().map(crate::domain::folder::Folder::id),
            contact: Reference::contact(&message.contact),
            urn: message.urn.as_ref().map(ToString::to_string),
            channel: message.channel.as_ref().map(Reference::named),
            flow: message.flow.as_ref().map(Reference::named),
            direction: standing.direction.name(),
            kind: message.kind.name(),
            status: standing.status.name(),
            visibility: standing.visibility.name(),
            archived: standing.visibility == crate::domain::message::Visibility::Archived,
            unread: standing.unread,
            text: message.text.clone(),
            attachments: message.attachments.iter().map(AttachmentJson::new).collect(),
            labels: message
                .labels
                .iter()
                .map(|label| Reference { uuid: label.uuid.to_string(), name: some(&label.name) })
                .collect(),
            failed_reason: message.failed_reason.map(crate::domain::message::FailedReason::name),
            error_count: message.error_count,
            next_attempt: message.next_attempt.map(moment),
            external_id: some(&message.external_id),
            created_on: moment(message.created_on),
            sent_on: message.sent_on.map(moment),
            modified_on: moment(message.modified_on),
            history: None,
        }
    }

    pub(super) fn with_history(message: &Message, history: &[StatusChange]) -> Self {
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
pub(super) struct CallJson {
    id: i64,
    direction: &'static str,
    outcome: &'static str,
    contact: Reference,
    urn: Option<String>,
    channel: Option<Reference>,
    occurred_on: String,
    duration: Option<u32>,
}

impl CallJson {
    pub(super) fn new(call: &Call) -> Self {
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
pub(super) struct ScheduleJson {
    id: i64,
    text: String,
    recipients: Vec<Reference>,
    next_fire: Option<String>,
    last_fire: Option<String>,
    repeat: String,
    paused: bool,
}

impl ScheduleJson {
    pub(super) fn new(schedule: &Schedule) -> Self {
        Self {
            id: schedule.id.0,
            text: schedule.text.clone(),
            recipients: schedule.recipients.iter().map(Reference::recipient).collect(),
            next_fire: schedule.next_fire.map(moment),
            last_fire: schedule.last_fire.map(moment),
            repeat: repeat_name(schedule.timing.repeat),
            paused: schedule.paused,
        }
    }
}
