//! recado's own lines, as `recado export` writes them: an object for each message, call, schedule and contact.
//!
//! What they say of a message is kept: its key, its life, when it was last changed. A message that waited to be sent comes in
//! as failed all the same, and a schedule as paused.

use std::collections::BTreeMap;
use std::io::BufRead;

use serde::Deserialize;
use uuid::Uuid;

use super::Stop;
use super::archive::{Verdict, each_line, moment};
use super::raw::Keep;
use super::record::{
    CallRecord, ContactRecord, Item, MessageRecord, NameRecord, Origin, Own, OwnCall, Problem, Record,
    ScheduleRecord, To, attachment, clean_text,
};
use crate::domain::Time;
use crate::domain::call::Outcome;
use crate::domain::contact::{ContactStatus, Urn, clean_name as clean_contact_name};
use crate::domain::label::clean_name;
use crate::domain::message::{Cause, Direction, FailedReason, Kind, Status, StatusChange, Visibility};
use crate::domain::schedule::{Repeat, Timing, Weekdays, weekday};

/// Reads the lines of an export.
pub(super) fn records(
    input: &mut dyn BufRead,
    keep: Keep,
    take: &mut dyn FnMut(Item) -> Result<(), Stop>,
) -> Result<(), Stop> {
    each_line(input, &record, keep, take)
}

fn record(line: &str) -> Verdict {
    #[derive(Deserialize)]
    struct Sort {
        kind: Option<String>,
    }
    let sort: Sort = read(line)?;
    let record = match sort.kind.as_deref() {
        Some("message") => Record::Message(read::<MessageLine>(line)?.record()?),
        Some("call") => Record::Call(read::<CallLine>(line)?.record()?),
        Some("schedule") => Record::Schedule(read::<ScheduleLine>(line)?.record()?),
        Some("contact") => Record::Contact(read::<ContactLine>(line)?.record()?),
        Some("label") => Record::Label(read::<NameLine>(line)?.record()?),
        Some("group") => Record::Group(read::<NameLine>(line)?.record()?),
        _ => return Err(Problem::UnknownType),
    };
    Ok(Ok(record))
}

fn read<'de, T: Deserialize<'de>>(line: &'de str) -> Result<T, Problem> {
    serde_json::from_str(line)
        .map_err(|error| if error.is_data() { Problem::BadRecord } else { Problem::BadJson })
}

fn time(text: &str) -> Result<Time, Problem> {
    moment(text).ok_or(Problem::BadDate)
}

fn maybe_time(text: Option<&str>) -> Result<Option<Time>, Problem> {
    text.map(time).transpose()
}

fn uuid(text: &str) -> Result<Uuid, Problem> {
    text.parse().map_err(|_| Problem::BadRecord)
}

fn named<T: Copy>(all: &[T], name: impl Fn(T) -> &'static str, word: &str) -> Result<T, Problem> {
    all.iter().copied().find(|one| name(*one) == word).ok_or(Problem::BadRecord)
}

fn direction(word: &str) -> Result<Direction, Problem> {
    named(&Direction::ALL, Direction::name, word).map_err(|_| Problem::BadDirection)
}

/// Some words stand for one status of what came in, and for another of what goes out.
fn status(direction: Direction, word: &str) -> Result<Status, Problem> {
    let statuses = Status::ALL.into_iter().filter(|status| status.direction() == direction);
    statuses.into_iter().find(|status| status.name() == word).ok_or(Problem::BadRecord)
}

/// A contact's name, or a word as short as one.
fn name(text: &str) -> String {
    clean_contact_name(&clean_text(text))
}

/// An address as the store keeps it.
fn address(identity: &str, display: &str) -> Result<Urn, Problem> {
    let (scheme, path) = identity.split_once(':').ok_or(Problem::BadAddress)?;
    let is_sound = !scheme.is_empty()
        && scheme.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        && !path.trim().is_empty()
        && !path.contains(char::is_control);
    if is_sound { Ok(Urn::kept(identity, name(display))) } else { Err(Problem::BadAddress) }
}

fn key(text: Option<&str>) -> Result<Option<i64>, Problem> {
    // All sixty-four bits: a key is what a hash gives.
    let bits =
        |text: &str| u64::from_str_radix(text, 16).map(u64::cast_signed).map_err(|_| Problem::BadRecord);
    text.map(bits).transpose()
}

#[derive(Deserialize)]
struct Reference {
    uuid: String,
    #[serde(default)]
    name: Option<String>,
}

impl Reference {
    fn pair(&self) -> Result<(Uuid, String), Problem> {
        Ok((uuid(&self.uuid)?, clean_text(self.name.as_deref().unwrap_or_default())))
    }
}

fn pair(reference: Option<&Reference>) -> Result<Option<(Uuid, String)>, Problem> {
    reference.map(Reference::pair).transpose()
}

#[derive(Deserialize)]
struct NameLine {
    uuid: String,
    name: String,
}

impl NameLine {
    fn record(self) -> Result<NameRecord, Problem> {
        Ok(NameRecord {
            uuid: uuid(&self.uuid)?,
            name: clean_name(&self.name).map_err(|_| Problem::BadRecord)?,
        })
    }
}

#[derive(Deserialize)]
struct AddressJson {
    urn: String,
    #[serde(default)]
    display: Option<String>,
}

#[derive(Deserialize)]
struct ContactLine {
    uuid: String,
    #[serde(default)]
    name: Option<String>,
    status: String,
    #[serde(default)]
    language: String,
    #[serde(default)]
    urns: Vec<AddressJson>,
    #[serde(default)]
    fields: BTreeMap<String, String>,
    #[serde(default)]
    groups: Vec<String>,
    created_on: String,
    #[serde(default)]
    last_seen_on: Option<String>,
}

impl ContactLine {
    fn record(self) -> Result<ContactRecord, Problem> {
        let urns = self.urns.iter().map(|one| address(&one.urn, one.display.as_deref().unwrap_or_default()));
        let groups = self.groups.iter().map(|name| clean_name(name).map_err(|_| Problem::BadRecord));
        let fields = self.fields.iter().map(|(name, value)| (clean_text(name), clean_text(value)));
        Ok(ContactRecord {
            uuid: uuid(&self.uuid)?,
            name: name(self.name.as_deref().unwrap_or_default()),
            status: named(&ContactStatus::ALL, ContactStatus::name, &self.status)?,
            language: name(&self.language),
            urns: urns.collect::<Result<_, _>>()?,
            fields: fields.collect(),
            groups: groups.collect::<Result<_, _>>()?,
            created_on: time(&self.created_on)?,
            last_seen_on: maybe_time(self.last_seen_on.as_deref())?,
        })
    }
}

#[derive(Deserialize)]
struct AttachmentJson {
    content_type: String,
    url: String,
}

#[derive(Deserialize)]
struct ChangeLine {
    at: String,
    status: String,
    cause: String,
    #[serde(default)]
    detail: Option<String>,
}

impl ChangeLine {
    fn change(&self, direction: Direction) -> Result<StatusChange, Problem> {
        Ok(StatusChange {
            at: time(&self.at)?,
            status: status(direction, &self.status)?,
            cause: named(&Cause::ALL, Cause::name, &self.cause)?,
            detail: clean_text(self.detail.as_deref().unwrap_or_default()),
        })
    }
}

#[derive(Deserialize)]
struct MessageLine {
    uuid: String,
    contact: Reference,
    #[serde(default)]
    urn: Option<String>,
    #[serde(default)]
    channel: Option<Reference>,
    #[serde(default)]
    flow: Option<Reference>,
    direction: String,
    #[serde(rename = "type")]
    kind: String,
    status: String,
    visibility: String,
    #[serde(default)]
    unread: bool,
    text: String,
    #[serde(default)]
    attachments: Vec<AttachmentJson>,
    #[serde(default)]
    labels: Vec<Reference>,
    #[serde(default)]
    failed_reason: Option<String>,
    #[serde(default)]
    error_count: u32,
    #[serde(default)]
    external_id: Option<String>,
    created_on: String,
    #[serde(default)]
    sent_on: Option<String>,
    modified_on: String,
    #[serde(default)]
    history: Vec<ChangeLine>,
    #[serde(default)]
    remote_id: Option<i64>,
    #[serde(default)]
    import_key: Option<String>,
}

impl MessageLine {
    fn record(self) -> Result<MessageRecord, Problem> {
        let direction = direction(&self.direction)?;
        let status = status(direction, &self.status)?;
        let visibility = named(&Visibility::ALL, Visibility::name, &self.visibility)?;
        let incoming = direction == Direction::In;
        // Only what came in is archived, and nothing that was deleted is ever written.
        if visibility == Visibility::Deleted || (visibility == Visibility::Archived && !incoming) {
            return Err(Problem::BadRecord);
        }
        // Nothing that comes from a file is sent.
        let was_unfinished = matches!(status, Status::Initializing | Status::Queued | Status::Errored);
        let is_failed = was_unfinished || status == Status::Failed;
        let reason = self.failed_reason.as_deref();
        let reason = reason.map(|word| named(&FailedReason::ALL, FailedReason::name, word)).transpose()?;
        let time_of = time;
        let time = time(&self.created_on)?;
        let contact = self.contact.pair()?;
        let history = self.history.iter().map(|one| one.change(direction)).collect::<Result<Vec<_>, _>>()?;
        let labels = self.labels.iter().map(|label| {
            let (uuid, name) = label.pair()?;
            Ok((Some(uuid), clean_name(&name).map_err(|_| Problem::BadRecord)?))
        });
        let attachments = self.attachments.iter().map(|one| attachment(&one.content_type, &one.url));
        Ok(MessageRecord {
            direction,
            urn: self.urn.as_deref().map(|urn| address(urn, "")).transpose()?,
            countryless: None,
            name: Some(contact.1).filter(|name| !name.is_empty()),
            text: clean_text(&self.text),
            attachments: attachments.collect(),
            time,
            sent_time: maybe_time(self.sent_on.as_deref())?,
            status: if was_unfinished { Status::Failed } else { status },
            was_unfinished,
            external_id: self.external_id.map(|id| clean_text(&id)),
            same: None,
            whose: None,
            origin: Some(Origin {
                uuid: Some(uuid(&self.uuid)?),
                id: self.remote_id,
                contact_uuid: Some(contact.0),
                channel: pair(self.channel.as_ref())?,
                flow: pair(self.flow.as_ref())?,
                labels: labels.collect::<Result<_, Problem>>()?,
                visibility: Some(visibility),
                kind: named(&Kind::ALL, Kind::name, &self.kind)?,
                own: Some(Own {
                    unread: self.unread && incoming && visibility == Visibility::Visible,
                    failed_reason: reason.filter(|_| is_failed && !was_unfinished),
                    error_count: self.error_count,
                    modified_on: time_of(&self.modified_on)?,
                    history,
                    import_key: key(self.import_key.as_deref())?,
                }),
            }),
        })
    }
}

#[derive(Deserialize)]
struct CallLine {
    uuid: String,
    contact: Reference,
    #[serde(default)]
    urn: Option<String>,
    #[serde(default)]
    channel: Option<Reference>,
    direction: String,
    outcome: String,
    occurred_on: String,
    #[serde(default)]
    duration: Option<u32>,
    #[serde(default)]
    external_id: Option<String>,
    #[serde(default)]
    import_key: Option<String>,
}

impl CallLine {
    fn record(self) -> Result<CallRecord, Problem> {
        let contact = self.contact.pair()?;
        Ok(CallRecord {
            direction: direction(&self.direction)?,
            urn: self.urn.as_deref().map(|urn| address(urn, "")).transpose()?,
            countryless: None,
            name: Some(contact.1).filter(|name| !name.is_empty()),
            time: time(&self.occurred_on)?,
            duration: self.duration.unwrap_or_default(),
            outcome: named(&Outcome::ALL, Outcome::name, &self.outcome)?,
            external_id: self.external_id.map(|id| clean_text(&id)),
            source_type: String::new(),
            same: None,
            own: Some(OwnCall {
                uuid: uuid(&self.uuid)?,
                contact_uuid: contact.0,
                channel: pair(self.channel.as_ref())?,
                import_key: key(self.import_key.as_deref())?,
            }),
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum ToJson {
    Contact(Reference),
    Group(Reference),
    Label(Reference),
}

#[derive(Deserialize)]
struct ScheduleLine {
    uuid: String,
    text: String,
    to: Vec<ToJson>,
    #[serde(default)]
    channel: Option<Reference>,
    repeat: String,
    hour: u32,
    minute: u32,
    #[serde(default)]
    month: Option<u32>,
    #[serde(default)]
    day: Option<u32>,
    #[serde(default)]
    next_fire: Option<String>,
    #[serde(default)]
    last_fire: Option<String>,
    created_on: String,
}

impl ScheduleLine {
    fn record(self) -> Result<ScheduleRecord, Problem> {
        let to = self.to.iter().map(|one| {
            let name = |(uuid, name): (Uuid, String)| {
                let name = clean_name(&name).map_err(|_| Problem::BadRecord)?;
                Ok::<_, Problem>(NameRecord { uuid, name })
            };
            Ok(match one {
                ToJson::Contact(contact) => To::Contact(contact.pair()?),
                ToJson::Group(group) => To::Group(name(group.pair()?)?),
                ToJson::Label(label) => To::Label(name(label.pair()?)?),
            })
        });
        let to: Vec<To> = to.collect::<Result<_, Problem>>()?;
        if to.is_empty() || self.hour > 23 || self.minute > 59 {
            return Err(Problem::BadRecord);
        }
        Ok(ScheduleRecord {
            uuid: uuid(&self.uuid)?,
            text: clean_text(&self.text),
            to,
            channel: pair(self.channel.as_ref())?,
            timing: Timing { repeat: self.repeat()?, hour: self.hour, minute: self.minute },
            next_fire: maybe_time(self.next_fire.as_deref())?,
            last_fire: maybe_time(self.last_fire.as_deref())?,
            created_on: time(&self.created_on)?,
        })
    }

    fn repeat(&self) -> Result<Repeat, Problem> {
        let part = |part: Option<u32>, most: u32| {
            part.filter(|number| (1..=most).contains(number)).ok_or(Problem::BadRecord)
        };
        let (name, days) = self.repeat.split_once(':').unwrap_or((&self.repeat, ""));
        Ok(match name {
            "never" => Repeat::Never,
            "daily" => Repeat::Daily,
            "weekly" => {
                let days: Option<Vec<_>> = days.split(',').map(weekday).collect();
                Repeat::Weekly(days.and_then(Weekdays::new).ok_or(Problem::BadRecord)?)
            }
            "monthly" => Repeat::Monthly { day: part(self.day, 31)? },
            "yearly" => Repeat::Yearly { month: part(self.month, 12)?, day: part(self.day, 31)? },
            _ => return Err(Problem::BadRecord),
        })
    }
}
