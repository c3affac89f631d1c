//! The queue of outgoing messages: putting one in, claiming what is due, taking one back.

use rusqlite::{OptionalExtension, Row, params};
use uuid::Uuid;

use super::codes::{micros, time};
use super::messages::id_array;
use super::write::{NewMessage, Tx, attachments_from_text};
use super::{Result, Store};
use crate::domain::contact::{ContactStatus, Urn};
use crate::domain::delivery::{Delivery, LOOPING, is_too_old, loop_span};
use crate::domain::message::{
    Attachment, Cause, Direction, FailedReason, Kind, Standing, Status, StatusChange, Visibility,
};
use crate::domain::{ChannelId, ContactId, MessageId, ScheduleId, Time};

/// A message to be sent.
#[derive(Debug, Clone)]
pub struct NewOutgoing<'a> {
    /// Its public key.
    pub uuid: Uuid,
    /// To whom.
    pub contact: ContactId,
    /// By which channel; the one that reaches the contact when it is not said.
    pub channel: Option<ChannelId>,
    /// The text.
    pub text: &'a str,
    /// What goes along.
    pub attachments: &'a [Attachment],
    /// Whether it goes before bulk: answers and what is written to one contact.
    pub is_reply: bool,
    /// The schedule that made it.
    pub schedule: Option<ScheduleId>,
    /// Now.
    pub now: Time,
    /// When it leaves, if it can be taken back until then.
    pub leaves_on: Option<Time>,
    /// What made it.
    pub cause: Cause,
    /// More about that, for its history.
    pub detail: &'a str,
}

/// A message that was claimed: its attempt has begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// Its number.
    pub id: MessageId,
    /// Its public key.
    pub uuid: Uuid,
    /// To whom.
    pub contact: ContactId,
    /// The address.
    pub urn: Urn,
    /// The text.
    pub text: String,
    /// What goes along.
    pub attachments: Vec<Attachment>,
    /// Whether it goes before bulk.
    pub is_reply: bool,
    /// Parts that the gateway took already.
    pub parts_done: usize,
}

/// What a claim found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Claims {
    /// Messages that were claimed, in the order in which they leave.
    pub messages: Vec<Claimed>,
    /// Messages that were given up instead: their contact may not be written to any more.
    pub given_up: u64,
}

/// Messages that a claim looks at before it gives up finding one whose contact is free.
const MOST_PASSED_OVER: usize = 5_000;

/// Messages to contacts who may not be written to any more that a claim gives up at most.
const MOST_GIVEN_UP: usize = 200;

/// What was never tried, and waits for no moment.
const FRESH: &str = "next_attempt IS NULL AND ?3 = ?3 ORDER BY id";

/// What waited for its moment, which has come.
const DUE: &str = "next_attempt <= ?3 ORDER BY next_attempt, id";

/// The queue of a channel, walked by its index: what is not due is not looked at.
fn claim_sql(due: &str) -> String {
    format!(
        "SELECT id, uuid, contact_id, (SELECT identity FROM contact_urn u WHERE u.id = m.urn_id), text, attachments,
                is_reply, parts_done, ifnull(queued_on, created_on)
         FROM message m INDEXED BY message_due
         WHERE folder = 4 AND channel_id = ?1 AND is_reply = ?2 AND attempt_on IS NULL AND {due}"
    )
}

impl Tx<'_> {
    /// Puts a message into the queue. One that cannot be sent goes to Failed at once: the contact is not active, no channel
    /// reaches it, or the same text went to it too often just now; in this order.
    pub fn queue_message(&mut self, new: &NewOutgoing<'_>) -> Result<MessageId> {
        let route = self.route(new.contact, new.channel)?;
        let reason = if self.contact_status(new.contact)? != ContactStatus::Active {
            Some(FailedReason::ContactInactive)
        } else if route.is_none() {
            Some(FailedReason::NoChannel)
        } else if self.is_looping(new)? {
            Some(FailedReason::Looping)
        } else {
            None
        };
        let mut delivery = Delivery { next_attempt: new.leaves_on, ..Delivery::queued() };
        let step = |status, cause, detail: &str| StatusChange {
            at: new.now,
            status,
            cause,
            detail: detail.to_owned(),
        };
        let mut history = vec![step(Status::Queued, new.cause, new.detail)];
        if let Some(failed) = reason.and_then(|reason| delivery.given_up(reason)) {
            delivery = failed;
            history.push(step(delivery.status, Cause::Engine, ""));
        }
        let urn = match route {
            Some((urn, _)) => Some(urn),
            None => self.first_urn(new.contact)?,
        };
        let id = self.insert_message(&NewMessage {
            uuid: new.uuid,
            contact: new.contact,
            urn,
            channel: route.map(|(_, channel)| channel).or(new.channel),
            flow: None,
            kind: Kind::Text,
            standing: Standing {
                direction: Direction::Out,
                status: delivery.status,
                visibility: Visibility::Visible,
                in_flow: false,
                unread: false,
            },
            failed_reason: delivery.failed_reason,
            error_count: 0,
            next_attempt: delivery.next_attempt,
            created_on: new.now,
            sent_on: None,
            modified_on: None,
            remote_id: None,
            external_id: "",
            import_key: None,
            text: new.text,
            folded: None,
            attachments: new.attachments,
            history: &history,
        })?;
        self.prepare("UPDATE message SET is_reply = ?2, queued_on = ?3, schedule_id = ?4 WHERE id = ?1")?
            .execute(params![id.0, new.is_reply, micros(new.now), new.schedule.map(|schedule| schedule.0)])?;
        Ok(id)
    }

    /// Queues one text for each of these contacts. With `is_personal` the words in it that stand for a contact are worked out
    /// for each, and whoever's text is empty then gets none. `queue` queues the message to one of them with its own text.
    pub fn queue_for_each(
        &mut self,
        contacts: &[ContactId],
        text: &str,
        is_personal: bool,
        mut queue: impl FnMut(&mut Self, ContactId, &str) -> Result<MessageId>,
    ) -> Result<Vec<MessageId>> {
        let mut queued = Vec::with_capacity(contacts.len());
        for contact in contacts {
            let own = if is_personal { self.text_for(*contact, text)? } else { text.to_owned() };
            if own.trim().is_empty() {
                continue;
            }
            queued.push(queue(self, *contact, &own)?);
        }
        Ok(queued)
    }

    /// A message that is in the queue once more is young again. Its channel stays if that reaches the contact; otherwise one is
    /// found like for any message without.
    pub(super) fn enter_anew(&mut self, message: MessageId, now: Time) -> Result<()> {
        self.prepare("UPDATE message SET queued_on = ?2 WHERE id = ?1")?
            .execute(params![message.0, micros(now)])?;
        let wanted: Option<(i64, i64)> = self
            .prepare(
                "SELECT m.contact_id, c.id FROM message m JOIN channel c ON c.id = m.channel_id
                 WHERE m.id = ?1 AND c.gateway > 0",
            )?
            .query_row([message.0], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((contact, channel)) = wanted else { return Ok(()) };
        let (urn, channel) = match self.route(ContactId(contact), Some(ChannelId(channel)))? {
            Some((urn, channel)) => (Some(urn.0), Some(channel.0)),
            None => (None, None),
        };
        self.prepare("UPDATE message SET urn_id = ifnull(?2, urn_id), channel_id = ?3 WHERE id = ?1")?
            .execute(params![message.0, urn, channel])?;
        Ok(())
    }

    fn is_looping(&self, new: &NewOutgoing<'_>) -> Result<bool> {
        let span = loop_span(new.now);
        let same: u32 = self
            .prepare(
                "SELECT count(*) FROM message WHERE contact_id = ?1 AND created_on >= ?2 AND created_on < ?3
                   AND direction = 1 AND text = ?4",
            )?
            .query_row(params![new.contact.0, micros(span.start), micros(span.end), new.text], |row| {
                row.get(0)
            })?;
        Ok(same + 1 >= LOOPING)
    }

    /// Claims messages of a channel that are due, replies first and each kind in its order, at most one of a contact and
    /// none of a contact that is busy. What is too old is left to [`Tx::expire`].
    pub fn claim(
        &mut self,
        channel: ChannelId,
        busy: &mut Vec<ContactId>,
        most: usize,
        now: Time,
    ) -> Result<Claims> {
        let mut claims = Claims::default();
        let mut inactive = Vec::new();
        for is_reply in [1, 0] {
            // What waited for its moment is older than what was never tried, and goes before it.
            for due in [DUE, FRESH] {
                if claims.messages.len() == most || inactive.len() == MOST_GIVEN_UP {
                    break;
                }
                let mut statement = self.prepare(&claim_sql(due))?;
                let mut rows = statement.query(params![channel.0, is_reply, micros(now)])?;
                let mut passed_over = 0;
                while let Some(row) = rows.next()? {
                    let contact = ContactId(row.get(2)?);
                    if busy.contains(&contact) || is_too_old(time(row.get(8)?), now) {
                        passed_over += 1;
                        if passed_over == MOST_PASSED_OVER {
                            break;
                        }
                        continue;
                    }
                    if self.contact_status(contact)? != ContactStatus::Active {
                        inactive.push(MessageId(row.get(0)?));
                        if inactive.len() == MOST_GIVEN_UP {
                            break;
                        }
                        continue;
                    }
                    let Some(message) = claimed_from_row(row)? else { continue };
                    busy.push(contact);
                    claims.messages.push(message);
                    if claims.messages.len() == most {
                        break;
                    }
                }
            }
        }
        let ids = id_array(claims.messages.iter().map(|message| message.id.0));
        self.prepare("UPDATE message SET attempt_on = ?2 WHERE id IN rarray(?1)")?
            .execute(params![ids, micros(now)])?;
        claims.given_up = self.give_up(&inactive, FailedReason::ContactInactive, now)?;
        Ok(claims)
    }

    /// Takes back a message that has not left: it is cleared, and its text is given for the draft that it becomes. None
    /// when it is too late.
    pub fn take_back(&mut self, message: MessageId, now: Time) -> Result<Option<(ContactId, String)>> {
        let found = self
            .prepare(
                "SELECT contact_id, text FROM message WHERE id = ?1 AND folder = 4 AND attempt_on IS NULL
                   AND error_count = 0 AND parts_done = 0 AND next_attempt > ?2",
            )?
            .query_row(params![message.0, micros(now)], |row| Ok((ContactId(row.get(0)?), row.get(1)?)))
            .optional()?;
        if found.is_some() {
            self.clear(&[message.0])?;
            self.prepare(
                "UPDATE message SET visibility = 2, folder = 0, next_attempt = NULL, modified_on = ?2 WHERE id = ?1",
            )?
            .execute(params![message.0, micros(now)])?;
        }
        Ok(found)
    }
}

impl Store {
    /// When the next message of a channel that sends is due; none when none waits for a moment. Messages that wait for
    /// nothing, or for a contact that is busy, are due now and do not count.
    pub fn next_due(&self, after: Time) -> Result<Option<Time>> {
        let mut statement = self.conn.prepare_cached(
            "SELECT min(next) FROM (
               SELECT (SELECT min(next_attempt) FROM message m INDEXED BY message_due
                       WHERE m.folder = 4 AND m.channel_id = c.id AND m.is_reply = r.is_reply AND m.next_attempt > ?1) AS next
               FROM channel c CROSS JOIN (SELECT 0 AS is_reply UNION ALL SELECT 1) r WHERE c.gateway > 0)",
        )?;
        Ok(statement.query_row([micros(after)], |row| row.get::<_, Option<i64>>(0))?.map(time))
    }
}

fn claimed_from_row(row: &Row<'_>) -> Result<Option<Claimed>> {
    let Some(identity) = row.get::<_, Option<String>>(3)? else { return Ok(None) };
    Ok(Some(Claimed {
        id: MessageId(row.get(0)?),
        uuid: Uuid::from_bytes(row.get(1)?),
        contact: ContactId(row.get(2)?),
        urn: Urn::kept(&identity, String::new()),
        text: row.get(4)?,
        attachments: attachments_from_text(&row.get::<_, String>(5)?),
        is_reply: row.get(6)?,
        parts_done: row.get(7)?,
    }))
}

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;

    use super::*;
    use crate::store::Settings;

    #[test]
    fn what_is_not_due_is_not_looked_at() {
        let folder = tempfile::TempDir::new().unwrap();
        let settings = Settings { uuid: Uuid::nil(), country: None, zone: Tz::UTC };
        let store = Store::create(&folder.path().join("w.db"), settings).unwrap();
        for (due, columns) in [
            (FRESH, "channel_id=? AND is_reply=? AND next_attempt=?"),
            (DUE, "channel_id=? AND is_reply=? AND next_attempt>? AND next_attempt<?"),
        ] {
            let mut statement =
                store.conn.prepare(&format!("EXPLAIN QUERY PLAN {}", claim_sql(due))).unwrap();
            let lines = statement.query_map([1, 1, 1], |row| row.get::<_, String>(3)).unwrap();
            let plan: Vec<String> = lines.collect::<rusqlite::Result<_>>().unwrap();
            let walk = &plan[0];
            assert!(walk.contains("USING INDEX message_due"), "{plan:?}");
            assert!(plan.iter().all(|line| !line.contains("TEMP B-TREE")), "{plan:?} for {columns}");
        }
    }
}
