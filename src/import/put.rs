//! Putting records into a workspace: whose they are, whether they are there already, and which folder they come to.

use std::collections::HashMap;
use std::fmt::Write as _;

use super::ahead::Ready;
use super::beside::Files;
use super::earlier::{Conversation, Earlier};
use super::record::{
    ContactRecord, MessageRecord, Record, ScheduleRecord, To, is_local_number, uuid_of_name,
};
use crate::clock::{Clock, Dice};
use crate::domain::message::{
    Attachment, Cause, Direction, FailedReason, Kind, Standing, Status, StatusChange, Visibility,
};
use crate::domain::schedule::RecipientId;
use crate::domain::{ContactId, MessageId, UrnId};
use crate::store::{ContactFacts, NewCall, NewMessage, NewSchedule, Same, StoreError, Tx, WantedMedia};

/// A contact of records that were put in.
#[derive(Debug, Clone)]
pub(super) struct Known {
    contact: ContactId,
    urn: Option<UrnId>,
    /// The contacts whose number ends like that of the records: they are the same one, read with another country or none.
    alike: Vec<ContactId>,
}

/// The contacts of records that were put in, by what the records said of them.
#[derive(Debug, Default)]
pub(super) struct Contacts {
    known: HashMap<String, Known>,
    /// What the last record said; kept, so that asking for a known contact takes no memory.
    said: String,
}

/// How many contacts are remembered.
const MOST_CONTACTS: usize = 20_000;

impl Contacts {
    /// The contact of a record, if another one said the same of it.
    fn find(&mut self, record: &Record) -> Option<&Known> {
        self.said.clear();
        let _ = write!(self.said, "{:?} ", record.contact_uuid());
        for urn in [record.urn(), record.countryless()] {
            match urn {
                Some(urn) => {
                    // The lengths tell where each part ends.
                    for part in [urn.scheme(), urn.path(), urn.display()] {
                        let _ = write!(self.said, "{} {part}", part.len());
                    }
                }
                None => self.said.push('-'),
            }
        }
        self.said.push_str(record.name().unwrap_or_default());
        self.known.get(&self.said)
    }

    /// What was asked for last is this contact.
    fn remember(&mut self, known: Known) {
        if self.known.len() >= MOST_CONTACTS {
            self.known.clear();
        }
        self.known.insert(self.said.clone(), known);
    }
}

/// Puts records in within one transaction.
pub(super) struct Putter<'t, 'c, 'd> {
    pub(super) tx: &'t mut Tx<'c>,
    pub(super) contacts: &'d mut Contacts,
    pub(super) earlier: &'d mut Earlier<ContactId>,
    /// What lies beside the file that is read, and what of it is wanted.
    pub(super) files: Option<&'d Files>,
    pub(super) wanted: &'d mut Vec<WantedMedia>,
    pub(super) dice: &'d mut Dice,
    pub(super) clock: Clock,
    pub(super) read: bool,
}

impl Putter<'_, '_, '_> {
    /// Puts a record in; false when it is there already.
    pub(super) fn put(&mut self, ready: &Ready) -> Result<bool, StoreError> {
        let record = &*ready.record;
        match record {
            Record::Schedule(schedule) => return self.put_schedule(schedule),
            Record::Contact(contact) => return self.put_contact(contact),
            Record::Label(label) => return self.tx.label(&label.name, || label.uuid).map(|_| true),
            Record::Group(group) => return self.tx.group(&group.name, || group.uuid).map(|_| true),
            Record::Message(_) | Record::Call(_) => {}
        }
        let known = self.contact(record)?;
        if self.is_there(ready, &known)? {
            self.want_files_of_known(record, known.contact, ready.key)?;
            return Ok(false);
        }
        let Known { contact, urn, .. } = known;
        // The country that a number was read with may be named, or named rightly, only later.
        let key = ready.countryless_key.unwrap_or(ready.key);
        match record {
            Record::Message(message) => self.put_message(message, contact, urn, (key, &ready.folded))?,
            Record::Call(call) => {
                let channel = call.own.as_ref().and_then(|own| own.channel.as_ref());
                let channel = channel.map(|(uuid, name)| self.tx.channel(*uuid, name)).transpose()?;
                self.tx.insert_call(&NewCall {
                    uuid: call.own.as_ref().map_or_else(|| self.dice.uuid(call.time), |own| own.uuid),
                    contact,
                    urn,
                    channel,
                    direction: call.direction,
                    outcome: call.outcome,
                    duration: call.duration,
                    occurred_on: call.time,
                    external_id: call.external_id.as_deref().unwrap_or_default(),
                    import_key: Some(key),
                })?;
            }
            Record::Schedule(_) | Record::Contact(_) | Record::Label(_) | Record::Group(_) => {}
        }
        let same = Same { at: record.time(), key, uuid: record.own_uuid() };
        self.earlier.add(&conversation(record, contact), same);
        Ok(true)
    }

    /// A schedule comes in held back: nothing that is imported is sent.
    fn put_schedule(&mut self, schedule: &ScheduleRecord) -> Result<bool, StoreError> {
        if self.tx.has_schedule(schedule.uuid)? {
            return Ok(false);
        }
        let mut recipients = Vec::with_capacity(schedule.to.len());
        for to in &schedule.to {
            recipients.push(match to {
                To::Contact((uuid, name)) => {
                    RecipientId::Contact(self.tx.contact_with_uuid(*uuid, None, name, schedule.created_on)?.0)
                }
                To::Group(group) => RecipientId::Group(self.tx.group(&group.name, || group.uuid)?),
                To::Label(label) => RecipientId::Label(self.tx.label(&label.name, || label.uuid)?),
            });
        }
        let channel = schedule.channel.as_ref();
        let channel = channel.map(|(uuid, name)| self.tx.channel(*uuid, name)).transpose()?;
        self.tx.insert_schedule(&NewSchedule {
            uuid: schedule.uuid,
            text: &schedule.text,
            recipients: &recipients,
            channel,
            timing: schedule.timing,
            next_fire: schedule.next_fire,
            last_fire: schedule.last_fire,
            paused: true,
            created_on: schedule.created_on,
        })?;
        Ok(true)
    }

    /// What is known of a contact: it is the one with its key, else the one with one of its addresses.
    fn put_contact(&mut self, record: &ContactRecord) -> Result<bool, StoreError> {
        let (name, now) = (record.name.as_str(), record.created_on);
        let (contact, _) = self.tx.contact_with_uuid(record.uuid, record.urns.first(), name, now)?;
        for urn in record.urns.iter().skip(1) {
            self.tx.contact_with_uuid(record.uuid, Some(urn), name, now)?;
        }
        self.tx.complete_contact(
            contact,
            &ContactFacts {
                uuid: record.uuid,
                name: record.name.clone(),
                language: record.language.clone(),
                fields: record.fields.clone(),
                urns: record.urns.clone(),
                status: record.status,
                created_on: record.created_on,
                last_seen_on: record.last_seen_on,
            },
        )?;
        for name in &record.groups {
            let fresh = self.dice.uuid(now);
            let group = self.tx.group(name, || fresh)?;
            self.tx.join_group(group, contact)?;
        }
        Ok(true)
    }

    /// Whether a record came in before: as it is now, or when its number was read with another country or none.
    fn is_there(&mut self, ready: &Ready, known: &Known) -> Result<bool, StoreError> {
        let Ready { record, key, countryless_key, .. } = ready;
        let (tx, earlier) = (&*self.tx, &mut *self.earlier);
        let mut has = |contact, key| {
            let same = Same { at: record.time(), key, uuid: record.own_uuid() };
            earlier.has(tx, &conversation(record, contact), same)
        };
        if has(known.contact, *key)? {
            return Ok(true);
        }
        let Some(key) = *countryless_key else { return Ok(false) };
        if has(known.contact, key)? {
            return Ok(true);
        }
        for contact in &known.alike {
            if has(*contact, key)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn contact(&mut self, record: &Record) -> Result<Known, StoreError> {
        let name = record.name().unwrap_or_default();
        let uuid = record.contact_uuid();
        if let Some(known) = self.contacts.find(record) {
            return Ok(known.clone());
        }
        let now = record.time();
        // A number that was kept without a country code gets it now, and its contact goes on as the same one.
        if let (Some(urn), Some(local)) = (record.urn(), record.countryless())
            && is_local_number(local)
        {
            self.tx.correct_urn(local, urn)?;
        }
        let (contact, urn) = match (uuid, record.urn()) {
            (Some(uuid), urn) => self.tx.contact_with_uuid(uuid, urn, name, now)?,
            (None, Some(urn)) => {
                let fresh = self.dice.uuid(now);
                let (contact, urn) = self.tx.contact_with_urn(urn, name, now, || fresh)?;
                (contact, Some(urn))
            }
            // A contact known by name only: the same name is the same contact, in this file and in the next.
            (None, None) => self.tx.contact_with_uuid(uuid_of_name(name), None, name, now)?,
        };
        let alike = match record.countryless() {
            Some(local) => self.tx.contacts_with_ending(local)?,
            None => Vec::new(),
        };
        let known = Known { contact, urn, alike };
        self.contacts.remember(known.clone());
        Ok(known)
    }

    /// Wants the files that came with a message and lie beside the file that is read, in place of what is kept of them now.
    fn want_files(
        &mut self,
        message: MessageId,
        kept: &[Attachment],
        read: &[Attachment],
    ) -> Result<(), StoreError> {
        let Some(files) = self.files else { return Ok(()) };
        for (position, (kept, read)) in kept.iter().zip(read).enumerate() {
            // One that was left out of another export has no name.
            if files.has(&read.url) && (kept.url == read.url || kept.url.is_empty()) {
                let fresh = self.dice.uuid(self.clock.now());
                self.wanted.extend(self.tx.expect_media((message, fresh), position, read)?);
            }
        }
        Ok(())
    }

    /// Those of a message that came in before without them: from the chat alone, or when it was stopped.
    fn want_files_of_known(
        &mut self,
        record: &Record,
        contact: ContactId,
        key: i64,
    ) -> Result<(), StoreError> {
        let (Record::Message(message), Some(files)) = (record, self.files) else { return Ok(()) };
        if !message.attachments.iter().any(|attachment| files.has(&attachment.url)) {
            return Ok(());
        }
        match self.tx.find_imported(contact, message.time, key)? {
            Some((id, kept)) => self.want_files(id, &kept, &message.attachments),
            None => Ok(()),
        }
    }

    fn put_message(
        &mut self,
        message: &MessageRecord,
        contact: ContactId,
        urn: Option<UrnId>,
        (key, folded): (i64, &str),
    ) -> Result<(), StoreError> {
        let origin = message.origin.as_ref();
        let own = origin.and_then(|origin| origin.own.as_ref());
        let channel = match origin.and_then(|origin| origin.channel.as_ref()) {
            Some((uuid, name)) => Some(self.tx.channel(*uuid, name)?),
            None => None,
        };
        // Only incoming messages are handled by flows here; an outgoing one was sent by one.
        let flow = match origin.and_then(|origin| origin.flow.as_ref()) {
            Some((uuid, name)) => Some(self.tx.flow(*uuid, name)?),
            None => None,
        };
        let incoming = message.direction == Direction::In;
        let archived =
            incoming && origin.is_some_and(|origin| origin.visibility == Some(Visibility::Archived));
        let standing = Standing {
            direction: message.direction,
            status: message.status,
            visibility: if archived { Visibility::Archived } else { Visibility::Visible },
            in_flow: flow.is_some(),
            unread: incoming && !archived && !self.read && own.is_none_or(|own| own.unread),
        };
        let reason = match (own, message.status, message.was_unfinished) {
            (Some(own), _, false) => own.failed_reason,
            (_, Status::Failed, true) => Some(FailedReason::Unsent),
            (_, Status::Failed, false) => Some(FailedReason::Refused),
            _ => None,
        };
        let mut history = own.map(|own| own.history.clone()).unwrap_or_default();
        // What recado wrote has its life with it; only what waited to be sent has a further step.
        if history.last().is_none_or(|last| last.status != message.status) {
            history.push(StatusChange {
                at: self.clock.now(),
                status: message.status,
                cause: Cause::Imported,
                detail: String::new(),
            });
        }
        let id = self.tx.insert_message(&NewMessage {
            uuid: origin.and_then(|origin| origin.uuid).unwrap_or_else(|| self.dice.uuid(message.time)),
            contact,
            urn,
            channel,
            flow,
            kind: origin.map_or(Kind::Text, |origin| origin.kind),
            standing,
            failed_reason: reason,
            error_count: own.map_or(0, |own| own.error_count),
            next_attempt: None,
            created_on: message.time,
            sent_on: message.sent_time,
            modified_on: own.filter(|_| !message.was_unfinished).map(|own| own.modified_on),
            remote_id: origin.and_then(|origin| origin.id),
            external_id: message
                .external_id
                .as_deref()
                .filter(|_| origin.is_none() || own.is_some())
                .unwrap_or_default(),
            import_key: Some(key),
            text: &message.text,
            folded: Some(folded),
            attachments: &message.attachments,
            history: &history,
        })?;
        self.want_files(id, &message.attachments, &message.attachments)?;
        for (uuid, name) in origin.iter().flat_map(|origin| &origin.labels) {
            let fresh = uuid.unwrap_or_else(|| self.dice.uuid(message.time));
            let label = self.tx.label(name, || fresh)?;
            self.tx.put_label(id, label)?;
        }
        Ok(())
    }
}

fn conversation(record: &Record, whose: ContactId) -> Conversation<ContactId> {
    Conversation { calls: matches!(record, Record::Call(_)), whose }
}
