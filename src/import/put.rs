//! Putting records into a workspace: whose they are, whether they are there already, and which folder they come to.

use std::collections::HashMap;

use super::record::{MessageRecord, Record, is_local_number, uuid_of_name};
use crate::clock::{Clock, Dice};
use crate::domain::message::{
    Cause, Direction, FailedReason, Kind, Standing, Status, StatusChange, Visibility,
};
use crate::domain::{ContactId, UrnId};
use crate::store::{NewCall, NewMessage, StoreError, Tx};

/// A contact of records that were put in.
#[derive(Debug, Clone)]
pub(super) struct Known {
    contact: ContactId,
    urn: Option<UrnId>,
    /// The contacts whose number ends like that of the records: they are the same one, read with another country or none.
    alike: Vec<ContactId>,
}

/// Puts records in within one transaction.
pub(super) struct Putter<'t, 'c, 'd> {
    pub(super) tx: &'t mut Tx<'c>,
    pub(super) contacts: &'d mut HashMap<String, Known>,
    pub(super) dice: &'d mut Dice,
    pub(super) clock: Clock,
    pub(super) read: bool,
}

impl Putter<'_, '_, '_> {
    /// Puts a record in; false when it is there already.
    pub(super) fn put(&mut self, record: &Record, key: i64) -> Result<bool, StoreError> {
        let known = self.contact(record)?;
        if self.is_there(record, &known, key)? {
            return Ok(false);
        }
        let Known { contact, urn, .. } = known;
        // The country that a number was read with may be named, or named rightly, only later.
        let key = record.countryless_key().unwrap_or(key);
        match record {
            Record::Message(message) => self.put_message(message, contact, urn, key)?,
            Record::Call(call) => {
                self.tx.insert_call(&NewCall {
                    uuid: self.dice.uuid(call.time),
                    contact,
                    urn,
                    channel: None,
                    direction: call.direction,
                    outcome: call.outcome,
                    duration: call.duration,
                    occurred_on: call.time,
                    external_id: call.external_id.as_deref().unwrap_or_default(),
                    import_key: Some(key),
                })?;
            }
        }
        Ok(true)
    }

    /// Whether a record came in before: as it is now, or when its number was read with another country or none.
    fn is_there(&self, record: &Record, known: &Known, key: i64) -> Result<bool, StoreError> {
        let (tx, time) = (&*self.tx, record.time());
        let has = |contact, key| match record {
            Record::Message(_) => tx.has_imported_message(contact, time, key),
            Record::Call(_) => tx.has_imported_call(contact, time, key),
        };
        if has(known.contact, key)? {
            return Ok(true);
        }
        let Some(key) = record.countryless_key() else { return Ok(false) };
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
        let said = format!("{uuid:?} {:?} {:?} {name}", record.urn(), record.countryless());
        if let Some(known) = self.contacts.get(&said) {
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
        self.contacts.insert(said, known.clone());
        Ok(known)
    }

    fn put_message(
        &mut self,
        message: &MessageRecord,
        contact: ContactId,
        urn: Option<UrnId>,
        key: i64,
    ) -> Result<(), StoreError> {
        let origin = message.origin.as_ref();
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
            unread: incoming && !archived && !self.read,
        };
        let failed = message.status == Status::Failed;
        let reason = if message.was_unfinished { FailedReason::Unsent } else { FailedReason::Refused };
        let step = StatusChange {
            at: self.clock.now(),
            status: message.status,
            cause: Cause::Imported,
            detail: String::new(),
        };
        let id = self.tx.insert_message(&NewMessage {
            uuid: origin.and_then(|origin| origin.uuid).unwrap_or_else(|| self.dice.uuid(message.time)),
            contact,
            urn,
            channel,
            flow,
            kind: origin.map_or(Kind::Text, |origin| origin.kind),
            standing,
            failed_reason: failed.then_some(reason),
            error_count: 0,
            next_attempt: None,
            created_on: message.time,
            sent_on: message.sent_time,
            remote_id: origin.and_then(|origin| origin.id),
            external_id: message.external_id.as_deref().filter(|_| origin.is_none()).unwrap_or_default(),
            import_key: Some(key),
            text: &message.text,
            attachments: &message.attachments,
            history: &[step],
        })?;
        for (uuid, name) in origin.iter().flat_map(|origin| &origin.labels) {
            let fresh = uuid.unwrap_or_else(|| self.dice.uuid(message.time));
            let label = self.tx.label(name, || fresh)?;
            self.tx.put_label(id, label)?;
        }
        Ok(())
    }
}
