//! Messages that come in: who they are from, whether they were here before, and where they go.

use chrono::Duration;
use rusqlite::{OptionalExtension, params};
use uuid::Uuid;

use super::codes::{Code, micros};
use super::messages::coded;
use super::write::{NewMessage, Tx, attachments_text};
use super::{Result, Store};
use crate::domain::contact::{ContactStatus, Urn};
use crate::domain::message::{
    Attachment, Cause, Direction, Kind, Standing, Status, StatusChange, Visibility,
};
use crate::domain::{ChannelId, ContactId, MessageId, Time};

/// A message that came in.
#[derive(Debug, Clone)]
pub struct NewIncoming<'a> {
    /// Its public key, unless it was here before.
    pub uuid: Uuid,
    /// The public key of its contact, unless the address is known.
    pub contact: Uuid,
    /// The channel that brought it.
    pub channel: ChannelId,
    /// From whom.
    pub urn: &'a Urn,
    /// The name that the gateway gave; empty when it gave none.
    pub name: &'a str,
    /// The text.
    pub text: &'a str,
    /// What came along.
    pub attachments: &'a [Attachment],
    /// When it was sent, if the gateway said so.
    pub sent_on: Option<Time>,
    /// The gateway's name for it; empty when it gave none.
    pub external_id: &'a str,
}

/// What became of a message that came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// Its number.
    pub id: MessageId,
    /// Its public key: that of the first one when it came again.
    pub uuid: Uuid,
    /// Whether it had been here before and was not kept again.
    pub is_repeat: bool,
}

/// Without a name from the gateway, the same content from the same address within this time is the same message.
const REPEAT: Duration = Duration::seconds(3);

/// The newest message of all, how many unread ones came in, and who wrote the last of them and what.
pub type Arrived = (MessageId, u64, Option<(String, String)>);

/// Characters of a text that are told.
const TOLD: u32 = 400;

impl Store {
    /// What came in after a message and was created since a moment; with no message, only which one is the newest.
    pub fn arrived(&self, after: Option<MessageId>, since: Time) -> Result<Arrived> {
        let newest: Option<i64> =
            self.conn.prepare_cached("SELECT max(id) FROM message")?.query_row([], |row| row.get(0))?;
        let newest = MessageId(newest.unwrap_or(0));
        let Some(after) = after.filter(|after| *after < newest) else { return Ok((newest, 0, None)) };
        let mut statement = self.conn.prepare_cached(
            "SELECT count(*), max(id) FROM message
             WHERE id > ?1 AND id <= ?2 AND direction = 0 AND visibility = 0 AND unread = 1 AND created_on >= ?3",
        )?;
        let (count, last) = statement.query_row(params![after.0, newest.0, micros(since)], |row| {
            Ok((row.get::<_, u64>(0)?, row.get::<_, Option<i64>>(1)?))
        })?;
        let Some(last) = last else { return Ok((newest, 0, None)) };
        let mut statement = self.conn.prepare_cached(
            "SELECT CASE WHEN contact.name <> '' THEN contact.name ELSE coalesce(contact_urn.national, '') END,
               substr(message.text, 1, ?2)
             FROM message JOIN contact ON contact.id = message.contact_id
             LEFT JOIN contact_urn ON contact_urn.id = message.urn_id
             WHERE message.id = ?1",
        )?;
        let last = statement.query_row(params![last, TOLD], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok((newest, count, Some(last)))
    }
}

impl Tx<'_> {
    /// Takes a message in. A new address becomes a contact, a stopped contact is active again, and what a blocked one writes
    /// goes to Archived. One that was here before is recognised and not kept again.
    pub fn receive(&mut self, new: &NewIncoming<'_>, now: Time) -> Result<Arrival> {
        let (contact, urn) = self.contact_with_urn(new.urn, new.name, now, || new.contact)?;
        let repeat = if new.external_id.is_empty() {
            self.find_same_content(new, contact, now)?
        } else {
            self.find_same_id(new, contact)?
        };
        if let Some((id, uuid)) = repeat {
            return Ok(Arrival { id, uuid, is_repeat: true });
        }
        let status = self.contact_status(contact)?;
        if status == ContactStatus::Stopped {
            self.set_contact_status(contact, ContactStatus::Active)?;
        }
        let visibility =
            if status == ContactStatus::Blocked { Visibility::Archived } else { Visibility::Visible };
        let step = |status, cause| StatusChange { at: now, status, cause, detail: String::new() };
        let history = [step(Status::Pending, Cause::Received), step(Status::Handled, Cause::Handling)];
        let id = self.insert_message(&NewMessage {
            uuid: new.uuid,
            contact,
            urn: Some(urn),
            channel: Some(new.channel),
            flow: None,
            kind: Kind::Text,
            standing: Standing {
                direction: Direction::In,
                status: Status::Handled,
                visibility,
                in_flow: false,
                unread: visibility == Visibility::Visible,
            },
            failed_reason: None,
            error_count: 0,
            next_attempt: None,
            created_on: now,
            sent_on: Some(new.sent_on.unwrap_or(now)),
            modified_on: None,
            remote_id: None,
            external_id: new.external_id,
            import_key: None,
            text: new.text,
            folded: None,
            attachments: new.attachments,
            history: &history,
        })?;
        if !new.external_id.is_empty() {
            self.know_by(id, new.channel, new.external_id)?;
        }
        self.want_media((id, new.uuid), new.channel, new.attachments, now)?;
        self.heard(urn, new.channel, now)?;
        self.prepare("UPDATE contact SET last_seen_on = ?2 WHERE id = ?1")?
            .execute(params![contact.0, micros(now)])?;
        Ok(Arrival { id, uuid: new.uuid, is_repeat: false })
    }

    fn find_same_id(&self, new: &NewIncoming<'_>, contact: ContactId) -> Result<Option<(MessageId, Uuid)>> {
        Ok(self
            .prepare(
                "SELECT m.id, m.uuid FROM gateway_id g JOIN message m ON m.id = g.message_id
                 WHERE g.channel_id = ?1 AND g.external_id = ?2 AND m.contact_id = ?3 AND m.direction = 0",
            )?
            .query_row(params![new.channel.0, new.external_id, contact.0], |row| {
                Ok((MessageId(row.get(0)?), Uuid::from_bytes(row.get(1)?)))
            })
            .optional()?)
    }

    /// The last message of the contact, if it is the same one again: nothing was said in between.
    fn find_same_content(
        &self,
        new: &NewIncoming<'_>,
        contact: ContactId,
        now: Time,
    ) -> Result<Option<(MessageId, Uuid)>> {
        Ok(self
            .prepare(
                "SELECT id, uuid FROM (
                   SELECT id, uuid, direction, channel_id, text, attachments FROM message
                   WHERE contact_id = ?1 AND created_on BETWEEN ?2 AND ?3 ORDER BY created_on DESC, id DESC LIMIT 1)
                 WHERE direction = 0 AND channel_id = ?4 AND text = ?5 AND attachments = ?6",
            )?
            .query_row(
                params![
                    contact.0,
                    micros(now - REPEAT),
                    // A clock that was set back has left messages behind that are still to come.
                    micros(now + REPEAT),
                    new.channel.0,
                    new.text,
                    attachments_text(new.attachments)
                ],
                |row| Ok((MessageId(row.get(0)?), Uuid::from_bytes(row.get(1)?))),
            )
            .optional()?)
    }

    /// A contact does not want to hear from us any more. A new address becomes a contact that is stopped.
    pub fn stop_contact(&mut self, urn: &Urn, now: Time, fresh: Uuid) -> Result<ContactId> {
        let (contact, _) = self.contact_with_urn(urn, "", now, || fresh)?;
        if self.contact_status(contact)? == ContactStatus::Active {
            self.set_contact_status(contact, ContactStatus::Stopped)?;
        }
        Ok(contact)
    }

    /// Whether a contact may be written to.
    pub fn contact_status(&self, contact: ContactId) -> Result<ContactStatus> {
        Ok(self
            .prepare("SELECT status FROM contact WHERE id = ?1")?
            .query_row([contact.0], |row| coded(row, 0))?)
    }

    /// Changes whether a contact may be written to.
    pub fn set_contact_status(&mut self, contact: ContactId, status: ContactStatus) -> Result<()> {
        self.prepare("UPDATE contact SET status = ?2 WHERE id = ?1")?.execute([contact.0, status.code()])?;
        Ok(())
    }
}
