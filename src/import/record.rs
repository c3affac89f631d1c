//! What every format is turned into: a message or a call, with its place in the file.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use uuid::Uuid;
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use super::raw::Raw;
use crate::domain::Time;
use crate::domain::call::Outcome;
use crate::domain::contact::{ContactStatus, Urn};
use crate::domain::message::{Attachment, Direction, FailedReason, Kind, Status, StatusChange, Visibility};
use crate::domain::schedule::Timing;

/// The type of what may be anything.
pub(super) const UNKNOWN_TYPE: &str = "application/octet-stream";

/// Why a record is left out although nothing is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Skip {
    /// A message that was never sent, on purpose.
    Draft,
    /// The announcement of a multimedia message that was never fetched.
    MmsNotification,
    /// A call from somebody who hid the number.
    PrivateNumber,
    /// A message that was deleted.
    Deleted,
    /// A call between two of the house.
    InternalCall,
    /// The other half of a call that the file has already.
    OtherLeg,
    /// A notice that the messenger wrote itself.
    System,
}

impl Skip {
    /// The words in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::MmsNotification => "mms notification",
            Self::PrivateNumber => "private number",
            Self::Deleted => "deleted",
            Self::InternalCall => "internal call",
            Self::OtherLeg => "other leg",
            Self::System => "system",
        }
    }
}

/// What is wrong with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// Its type is none of those that are known.
    UnknownType,
    /// Its moment is missing or none.
    BadDate,
    /// Its length is none.
    BadDuration,
    /// It has no address.
    MissingAddress,
    /// Nothing of its address could be one.
    BadAddress,
    /// It is not JSON.
    BadJson,
    /// It is JSON, but not an object.
    NotAnObject,
    /// Its `created_on` is missing or none.
    BadCreatedOn,
    /// Its direction is neither in nor out.
    BadDirection,
    /// It has no contact.
    MissingContact,
    /// It is not well-formed.
    BadRecord,
    /// It is a row of a table that lacks cells, or has a number or a date that is none.
    BadRow,
    /// It holds bytes that are not valid in the file's encoding.
    BadEncoding,
    /// It is larger than anything that a phone writes.
    TooLarge,
    /// The file ends in the middle.
    Truncated,
    /// The file's checksum does not fit its content.
    BadChecksum,
    /// Something stands behind the end of the compressed content.
    TrailingBytes,
}

impl Problem {
    /// Whether it is the file that is wrong, and none of its records.
    pub fn is_of_file(self) -> bool {
        matches!(self, Self::Truncated | Self::BadChecksum | Self::TrailingBytes)
    }

    /// The words in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::UnknownType => "unknown type",
            Self::BadDate => "bad date",
            Self::BadDuration => "bad duration",
            Self::MissingAddress => "missing address",
            Self::BadAddress => "bad address",
            Self::BadJson => "bad json",
            Self::NotAnObject => "not an object",
            Self::BadCreatedOn => "bad created_on",
            Self::BadDirection => "bad direction",
            Self::MissingContact => "missing contact",
            Self::BadRecord => "bad record",
            Self::BadRow => "bad row",
            Self::BadEncoding => "bad encoding",
            Self::TooLarge => "too large",
            Self::Truncated => "truncated file",
            Self::BadChecksum => "bad checksum",
            Self::TrailingBytes => "trailing bytes",
        }
    }
}

/// What a reader gives, with the place in the file, from 1: the n-th element, or the line.
#[derive(Debug)]
pub enum Item<R = Box<Record>> {
    /// A record.
    Found(u64, R),
    /// Something that is none of ours.
    Skipped(u64, Skip),
    /// Something that is none of ours, and that the file had already.
    Repeated(u64),
    /// Something that is wrong, and how it stands in its source, where somebody wants to know that.
    Wrong(u64, Problem, Option<Raw>),
    /// The header of a table, which its rows need to be read again. Only given where somebody wants that.
    Header(Raw),
}

impl<R> Item<R> {
    /// The same with something made of the record.
    pub(super) fn map<S>(self, make: impl FnOnce(R) -> S) -> Item<S> {
        match self {
            Self::Found(src, record) => Item::Found(src, make(record)),
            Self::Skipped(src, skip) => Item::Skipped(src, skip),
            Self::Repeated(src) => Item::Repeated(src),
            Self::Wrong(src, problem, raw) => Item::Wrong(src, problem, raw),
            Self::Header(raw) => Item::Header(raw),
        }
    }

    pub(super) fn src(&self) -> u64 {
        match self {
            Self::Found(src, _) | Self::Skipped(src, _) | Self::Repeated(src) | Self::Wrong(src, ..) => *src,
            Self::Header(_) => 0,
        }
    }
}

/// A record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// A message.
    Message(MessageRecord),
    /// A call.
    Call(CallRecord),
    /// A schedule.
    Schedule(ScheduleRecord),
    /// What is known of a contact.
    Contact(ContactRecord),
    /// A label and its key.
    Label(NameRecord),
    /// A group and its key.
    Group(NameRecord),
}

/// A message of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageRecord {
    /// Which way it went.
    pub direction: Direction,
    /// The contact's address.
    pub urn: Option<Urn>,
    /// What its address would be if nobody had named a country, when that is another one.
    pub countryless: Option<Urn>,
    /// The contact's name.
    pub name: Option<String>,
    /// The text, without control characters.
    pub text: String,
    /// What came with it.
    pub attachments: Vec<Attachment>,
    /// When it was received or written.
    pub time: Time,
    /// When it was sent.
    pub sent_time: Option<Time>,
    /// Its status: a final one.
    pub status: Status,
    /// Whether the file had it as not sent yet.
    pub was_unfinished: bool,
    /// The source's own name for it.
    pub external_id: Option<String>,
    /// What makes it the same record again, where the format has a rule of its own.
    pub same: Option<String>,
    /// What only an archive of a platform says.
    pub origin: Option<Origin>,
    /// In whose conversation it belongs, when that is not simply the one with that address or name.
    pub whose: Option<Box<Whose>>,
}

/// The contact of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whose {
    /// The contact's key.
    pub uuid: Option<Uuid>,
    /// The contact's address.
    pub urn: Option<Urn>,
    /// The contact's name.
    pub name: Option<String>,
}

/// What an archive says of a message beyond the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The message's public key.
    pub uuid: Option<Uuid>,
    /// Its number there.
    pub id: Option<i64>,
    /// The contact's public key; some archives have something else there, or nothing.
    pub contact_uuid: Option<Uuid>,
    /// The channel.
    pub channel: Option<(Uuid, String)>,
    /// The flow that handled it; the nil key stands for one that the file does not name.
    pub flow: Option<(Uuid, String)>,
    /// The labels.
    pub labels: Vec<(Option<Uuid>, String)>,
    /// Whether it was archived, where the source says so.
    pub visibility: Option<Visibility>,
    /// What sort of content it has.
    pub kind: Kind,
    /// What only recado itself says of it.
    pub own: Option<Own>,
}

/// What recado's own lines say of a message beyond what an archive says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Own {
    /// Whether it waited to be opened.
    pub unread: bool,
    /// Why it failed.
    pub failed_reason: Option<FailedReason>,
    /// Failed attempts.
    pub error_count: u32,
    /// When it was last changed.
    pub modified_on: Time,
    /// Its life.
    pub history: Vec<StatusChange>,
    /// What made it the same record again where it came from, when it was imported there.
    pub import_key: Option<i64>,
}

/// What recado's own lines say of a call beyond what others say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnCall {
    /// Its public key.
    pub uuid: Uuid,
    /// The contact's public key.
    pub contact_uuid: Uuid,
    /// The channel.
    pub channel: Option<(Uuid, String)>,
    /// What made it the same record again where it came from, when it was imported there.
    pub import_key: Option<i64>,
}

/// A schedule of recado's own lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleRecord {
    /// Its public key.
    pub uuid: Uuid,
    /// What is sent.
    pub text: String,
    /// To whom; not empty.
    pub to: Vec<To>,
    /// By which channel.
    pub channel: Option<(Uuid, String)>,
    /// When.
    pub timing: Timing,
    /// When it would have fired next.
    pub next_fire: Option<Time>,
    /// When it last fired.
    pub last_fire: Option<Time>,
    /// When it was made.
    pub created_on: Time,
}

/// Whom a schedule is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum To {
    /// A contact, with its name.
    Contact((Uuid, String)),
    /// A group.
    Group(NameRecord),
    /// All whose messages carry a label.
    Label(NameRecord),
}

/// A contact of recado's own lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactRecord {
    /// Its public key.
    pub uuid: Uuid,
    /// Its name; empty when it has none.
    pub name: String,
    /// Whether it may be written to.
    pub status: ContactStatus,
    /// Its language.
    pub language: String,
    /// Its addresses.
    pub urns: Vec<Urn>,
    /// Its own fields.
    pub fields: BTreeMap<String, String>,
    /// The groups that it is in, by name.
    pub groups: Vec<String>,
    /// When it was first known.
    pub created_on: Time,
    /// When it last wrote.
    pub last_seen_on: Option<Time>,
}

/// A label or a group of recado's own lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameRecord {
    /// Its public key.
    pub uuid: Uuid,
    /// Its name.
    pub name: String,
}

/// A call of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRecord {
    /// Who phoned whom.
    pub direction: Direction,
    /// The contact's address.
    pub urn: Option<Urn>,
    /// What its address would be if nobody had named a country, when that is another one.
    pub countryless: Option<Urn>,
    /// The contact's name.
    pub name: Option<String>,
    /// When it began to ring.
    pub time: Time,
    /// Seconds of talk.
    pub duration: u32,
    /// How it ended.
    pub outcome: Outcome,
    /// The source's own name for it.
    pub external_id: Option<String>,
    /// What the source calls this sort of call; a part of what makes it the same one again.
    pub source_type: String,
    /// What makes it the same record again, where the format has a rule of its own.
    pub same: Option<String>,
    /// What only recado itself says of it.
    pub own: Option<OwnCall>,
}

impl Record {
    /// The address of the contact in whose conversation it belongs.
    pub(super) fn urn(&self) -> Option<&Urn> {
        match self {
            Self::Message(MessageRecord { whose: Some(whose), .. }) => whose.urn.as_ref(),
            Self::Message(message) => message.urn.as_ref(),
            Self::Call(call) => call.urn.as_ref(),
            Self::Schedule(_) | Self::Contact(_) | Self::Label(_) | Self::Group(_) => None,
        }
    }

    /// The address that it would have if nobody had named a country, when that is another one.
    pub(super) fn countryless(&self) -> Option<&Urn> {
        match self {
            Self::Message(message) => message.countryless.as_ref(),
            Self::Call(call) => call.countryless.as_ref(),
            Self::Schedule(_) | Self::Contact(_) | Self::Label(_) | Self::Group(_) => None,
        }
    }

    /// The contact's name.
    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Self::Message(MessageRecord { whose: Some(whose), .. }) => whose.name.as_deref(),
            Self::Message(message) => message.name.as_deref(),
            Self::Call(call) => call.name.as_deref(),
            Self::Schedule(_) | Self::Contact(_) | Self::Label(_) | Self::Group(_) => None,
        }
    }

    /// When it was received, written or begun; of what has no such moment, when it was made.
    pub(super) fn time(&self) -> Time {
        match self {
            Self::Message(message) => message.time,
            Self::Call(call) => call.time,
            Self::Schedule(schedule) => schedule.created_on,
            Self::Contact(contact) => contact.created_on,
            Self::Label(_) | Self::Group(_) => Time::default(),
        }
    }

    /// The contact's key.
    pub(super) fn contact_uuid(&self) -> Option<Uuid> {
        match self {
            Self::Message(MessageRecord { whose: Some(whose), .. }) => whose.uuid,
            Self::Message(message) => message.origin.as_ref()?.contact_uuid,
            Self::Call(call) => call.own.as_ref().map(|own| own.contact_uuid),
            Self::Schedule(_) | Self::Contact(_) | Self::Label(_) | Self::Group(_) => None,
        }
    }

    /// Whether it is something that people exchange or plan, and not only what is known beside that.
    pub(super) fn is_counted(&self) -> bool {
        matches!(self, Self::Message(_) | Self::Call(_) | Self::Schedule(_))
    }

    /// The public key that recado itself gave it.
    pub(super) fn own_uuid(&self) -> Option<Uuid> {
        match self {
            Self::Message(MessageRecord { origin: Some(Origin { own: Some(_), uuid, .. }), .. }) => *uuid,
            Self::Call(call) => call.own.as_ref().map(|own| own.uuid),
            Self::Message(_) | Self::Schedule(_) | Self::Contact(_) | Self::Label(_) | Self::Group(_) => None,
        }
    }

    /// About how many bytes it holds.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Message(message) => {
                let attachments: usize =
                    message.attachments.iter().map(|one| one.content_type.len() + one.url.len() + 50).sum();
                let labels = message.origin.as_ref().map_or(0, |origin| origin.labels.len() * 100);
                message.text.len() + attachments + labels + 200
            }
            Self::Call(_) | Self::Schedule(_) | Self::Contact(_) | Self::Label(_) | Self::Group(_) => 200,
        }
    }

    /// Whether its number was given without a country code.
    pub(super) fn has_local_number(&self) -> bool {
        self.urn().is_some_and(is_local_number)
    }

    /// What makes it the same record again: what the format says that it is; an archive's own key; of a text message, all that a phone keeps of it; of a
    /// call, its type, number, moment and length.
    pub(super) fn import_key(&self) -> i64 {
        self.key_with(self.urn())
    }

    /// The key that it has when it is read without a country, when that is another one.
    pub(super) fn countryless_key(&self) -> Option<i64> {
        self.countryless().map(|urn| self.key_with(Some(urn)))
    }

    fn key_with(&self, urn: Option<&Urn>) -> i64 {
        let identity = urn.map(Urn::identity).unwrap_or_default();
        let mut key = String::new();
        match self {
            Self::Message(MessageRecord { same: Some(same), .. })
            | Self::Call(CallRecord { same: Some(same), .. }) => write!(key, "{same}"),
            Self::Message(message) => match &message.origin {
                Some(Origin { own: Some(Own { import_key: Some(known), .. }), .. }) => return *known,
                Some(Origin { uuid: Some(uuid), .. }) => write!(key, "archive {uuid}"),
                Some(Origin { id: Some(id), .. }) => write!(key, "archive id:{id}"),
                _ => write!(
                    key,
                    "message {} {identity} {} {} {}",
                    message.direction.name(),
                    message.time.timestamp_millis(),
                    message.external_id.as_deref().unwrap_or_default(),
                    message.text
                ),
            },
            Self::Call(CallRecord { own: Some(OwnCall { import_key: Some(known), .. }), .. }) => {
                return *known;
            }
            Self::Call(CallRecord { own: Some(OwnCall { uuid, .. }), .. }) => write!(key, "archive {uuid}"),
            Self::Schedule(schedule) => write!(key, "schedule {}", schedule.uuid),
            Self::Contact(contact) => write!(key, "contact {}", contact.uuid),
            Self::Label(name) => write!(key, "label {}", name.uuid),
            Self::Group(name) => write!(key, "group {}", name.uuid),
            Self::Call(call) => write!(
                key,
                "call {} {identity} {} {}",
                call.source_type,
                call.time.timestamp_millis(),
                call.duration
            ),
        }
        .unwrap_or_default();
        xxh3_64(key.as_bytes()).cast_signed()
    }
}

/// Whether an address is a number without a country code, and too long for a short code.
pub(super) fn is_local_number(urn: &Urn) -> bool {
    let digits = urn.path().bytes().all(|b| b.is_ascii_digit());
    urn.scheme() == "tel" && digits && urn.path().len() > 6
}

/// The key of a contact of whom only a name is known.
pub(super) fn uuid_of_name(name: &str) -> Uuid {
    uuid_of("contact", name)
}

/// The key of something of which only a name is known.
pub(super) fn uuid_of(kind: &str, name: &str) -> Uuid {
    uuid::Builder::from_custom_bytes(xxh3_128(format!("{kind} {name}").as_bytes()).to_be_bytes()).into_uuid()
}

/// What makes a row the same again, when that is all of it: short, however long the row is.
pub(super) fn same_row(kind: &str, row: &str) -> String {
    format!("{kind} {:032x}", xxh3_128(row.as_bytes()))
}

/// A text as it is kept: without control characters but tab and line ends.
pub(super) fn clean_text(text: &str) -> String {
    let is_kept = |c: &char| !c.is_control() || matches!(c, '\t' | '\n' | '\r');
    // Most texts have none, and copying a whole text is quicker.
    if text.chars().all(|c| is_kept(&c)) { text.to_owned() } else { text.chars().filter(is_kept).collect() }
}

/// What came with a message. There is no type with a colon in it: where one says so, its address would begin there.
pub(super) fn attachment(content_type: &str, url: &str) -> Attachment {
    let content_type = clean_text(content_type);
    let content_type = if content_type.contains(':') { UNKNOWN_TYPE.to_owned() } else { content_type };
    Attachment { content_type, url: clean_text(url) }
}

/// A name, unless it is one of the words that stand for none.
pub(super) fn real_name(name: &str) -> Option<String> {
    let name = clean_text(name);
    (!matches!(name.trim(), "" | "null" | "(Unknown)")).then_some(name)
}
