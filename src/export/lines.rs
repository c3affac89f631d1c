//! recado's own lines: an object for each message, call and schedule with all that is known of it, and before the first of a
//! contact's the contact itself. What is here comes in again as it was (`recado import` reads it), but for what waits to be
//! sent.

use std::collections::{BTreeMap, HashSet};
use std::io::Write;

use serde::Serialize;

use super::{ExportError, Wanted, Writer};
use crate::domain::ContactId;
use crate::domain::call::Call;
use crate::domain::listing::{Place, Row};
use crate::domain::message::Message;
use crate::domain::schedule::{Recipient, RecipientId, Repeat, Schedule};
use crate::json::{self, CallJson, MessageJson, Reference, ScheduleJson, moment};
use crate::store::{CallOrigin, ContactSheet, Store};

/// The sorts of lines, by the word in `kind`.
const CONTACT: &str = "contact";
const GROUP: &str = "group";
const LABEL: &str = "label";
const MESSAGE: &str = "message";
const CALL: &str = "call";
const SCHEDULE: &str = "schedule";

/// A label or a group.
#[derive(Serialize)]
struct NameLine<'a> {
    kind: &'static str,
    uuid: String,
    name: &'a str,
}

#[derive(Serialize)]
struct AddressJson {
    urn: String,
    display: Option<String>,
}

#[derive(Serialize)]
struct ContactLine<'a> {
    kind: &'static str,
    uuid: String,
    name: &'a str,
    status: &'static str,
    language: &'a str,
    urns: Vec<AddressJson>,
    fields: &'a BTreeMap<String, String>,
    groups: &'a [String],
    created_on: String,
    last_seen_on: Option<String>,
}

impl<'a> ContactLine<'a> {
    fn new(sheet: &'a ContactSheet) -> Self {
        let facts = &sheet.facts;
        let urns = facts.urns.iter().map(|urn| AddressJson {
            urn: urn.identity(),
            display: (!urn.display().is_empty()).then(|| urn.display().to_owned()),
        });
        Self {
            kind: CONTACT,
            uuid: facts.uuid.to_string(),
            name: &facts.name,
            status: facts.status.name(),
            language: &facts.language,
            urns: urns.collect(),
            fields: &facts.fields,
            groups: &sheet.groups,
            created_on: moment(facts.created_on),
            last_seen_on: facts.last_seen_on.map(moment),
        }
    }
}

#[derive(Serialize)]
struct MessageLine<'a> {
    kind: &'static str,
    #[serde(flatten)]
    message: MessageJson<'a>,
    remote_id: Option<i64>,
    import_key: Option<String>,
}

#[derive(Serialize)]
struct CallLine<'a> {
    kind: &'static str,
    uuid: String,
    #[serde(flatten)]
    call: CallJson<'a>,
    external_id: Option<&'a str>,
    import_key: Option<String>,
}

/// Whom a schedule is for: one of the three.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum ToJson<'a> {
    Contact(Reference<'a>),
    Group(Reference<'a>),
    Label(Reference<'a>),
}

impl<'a> ToJson<'a> {
    fn new(recipient: &'a Recipient) -> Self {
        let named = Reference::recipient(recipient);
        match recipient.id {
            RecipientId::Contact(_) => Self::Contact(named),
            RecipientId::Group(_) => Self::Group(named),
            RecipientId::Label(_) => Self::Label(named),
        }
    }
}

#[derive(Serialize)]
struct ScheduleLine<'a> {
    kind: &'static str,
    uuid: String,
    #[serde(flatten)]
    schedule: ScheduleJson<'a>,
    to: Vec<ToJson<'a>>,
    channel: Option<Reference<'a>>,
    hour: u32,
    minute: u32,
    month: Option<u32>,
    day: Option<u32>,
    created_on: String,
}

impl<'a> ScheduleLine<'a> {
    fn new(schedule: &'a Schedule) -> Self {
        let (month, day) = match schedule.timing.repeat {
            Repeat::Monthly { day } => (None, Some(day)),
            Repeat::Yearly { month, day } => (Some(month), Some(day)),
            Repeat::Never | Repeat::Daily | Repeat::Weekly(_) => (None, None),
        };
        Self {
            kind: SCHEDULE,
            uuid: schedule.uuid.to_string(),
            schedule: ScheduleJson::new(schedule),
            to: schedule.recipients.iter().map(ToJson::new).collect(),
            channel: schedule.channel.as_ref().map(Reference::named),
            hour: schedule.timing.hour,
            minute: schedule.timing.minute,
            month,
            day,
            created_on: moment(schedule.created_on),
        }
    }
}

/// A key as text: it has more digits than a number of JavaScript keeps.
fn text(key: i64) -> String {
    format!("{key:016x}")
}

/// Lines on their way.
pub(super) struct Lines<W> {
    out: W,
    /// The contacts whose lines stand before.
    contacts: HashSet<ContactId>,
}

/// How many contacts are read at a time.
const STRETCH: usize = 1000;

impl<W: Write> Lines<W> {
    pub(super) fn new(out: W) -> Self {
        Self { out, contacts: HashSet::new() }
    }

    fn line(&mut self, line: &impl Serialize) -> Result<(), ExportError> {
        Ok(json::write(&mut self.out, line)?)
    }

    fn contact(&mut self, store: &Store, contact: ContactId) -> Result<(), ExportError> {
        if self.contacts.insert(contact) {
            let sheet = store.contact_sheet(contact)?;
            self.line(&ContactLine::new(&sheet))?;
        }
        Ok(())
    }

    fn messages(&mut self, store: &Store, messages: &[&Message]) -> Result<(), ExportError> {
        let ids: Vec<i64> = messages.iter().map(|message| message.id.0).collect();
        let histories = store.histories(&ids)?;
        let keys = store.import_keys(&ids)?;
        for message in messages {
            self.contact(store, message.contact.id)?;
            let history = histories.get(&message.id).map_or(&[][..], Vec::as_slice);
            self.line(&MessageLine {
                kind: MESSAGE,
                message: MessageJson::with_history(message, history),
                remote_id: message.remote_id,
                import_key: keys.get(&message.id).copied().map(text),
            })?;
        }
        Ok(())
    }

    fn calls(&mut self, store: &Store, calls: &[&Call]) -> Result<(), ExportError> {
        let ids: Vec<i64> = calls.iter().map(|call| call.id.0).collect();
        let origins = store.call_origins(&ids)?;
        let nothing = CallOrigin::default();
        for call in calls {
            self.contact(store, call.contact.id)?;
            let origin = origins.get(&call.id).unwrap_or(&nothing);
            let external_id = Some(origin.external_id.as_str()).filter(|id| !id.is_empty());
            self.line(&CallLine {
                kind: CALL,
                uuid: call.uuid.to_string(),
                call: CallJson::new(call),
                external_id,
                import_key: origin.import_key.map(text),
            })?;
        }
        Ok(())
    }
}

impl<W: Write> Writer for Lines<W> {
    /// Labels and groups are named by messages, contacts and schedules; here they get their keys, also those that nothing
    /// names.
    fn begin(&mut self, store: &Store, wanted: &Wanted) -> Result<(), ExportError> {
        if !wanted.is_all() {
            return Ok(());
        }
        for label in store.labels()? {
            self.line(&NameLine { kind: LABEL, uuid: label.uuid.to_string(), name: &label.name })?;
        }
        for group in store.groups()? {
            self.line(&NameLine { kind: GROUP, uuid: group.uuid.to_string(), name: &group.name })?;
        }
        Ok(())
    }

    fn rows(&mut self, store: &Store, _: Place, rows: &[Row]) -> Result<(), ExportError> {
        let (mut messages, mut calls) = (Vec::new(), Vec::new());
        for row in rows {
            match row {
                Row::Message(row) => messages.push(&row.message),
                Row::Call(row) => calls.push(&row.call),
                Row::Schedule(row) => {
                    for recipient in &row.schedule.recipients {
                        if let RecipientId::Contact(contact) = recipient.id {
                            self.contact(store, contact)?;
                        }
                    }
                    self.line(&ScheduleLine::new(&row.schedule))?;
                }
            }
        }
        if !messages.is_empty() {
            self.messages(store, &messages)?;
        }
        if !calls.is_empty() {
            self.calls(store, &calls)?;
        }
        Ok(())
    }

    /// Of the whole workspace, also the contacts with whom nothing was exchanged.
    fn end(&mut self, store: &Store, wanted: &Wanted) -> Result<u64, ExportError> {
        let mut last = 0;
        while wanted.is_all() {
            let contacts = store.contacts_above(last, STRETCH)?;
            let Some(newest) = contacts.last() else { break };
            last = newest.0;
            for contact in contacts {
                self.contact(store, contact)?;
            }
        }
        Ok(0)
    }
}
