//! The queue of outgoing messages: putting one in, claiming what is due, recording how an attempt ended.
//!
//! A claim and its outcome are two transactions, with nothing held in between: a message whose attempt has begun and has no
//! outcome is in doubt when the next engine starts. Parts that a gateway took are counted as they are taken, so that no
//! part is sent again.

use chrono::Duration;
use rusqlite::{OptionalExtension, Row, params};
use uuid::Uuid;

use super::codes::{Code, folder_code, micros, time};
use super::messages::{coded, id_array};
use super::write::{NewMessage, Tx, attachments_from_text};
use super::{Result, Store};
use crate::domain::contact::{ContactStatus, Urn};
use crate::domain::delivery::{Delivery, LOOPING, OLDEST, Outcome, Report, loop_span_start};
use crate::domain::folder::{folder_of, sort_time};
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

/// What a report did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportEffect {
    /// The message moved on.
    Applied(MessageId),
    /// It came too late; the history says so.
    Late(MessageId),
    /// There is no such message.
    Unknown,
}

/// Messages that a claim looks at before it gives up finding one whose contact is free.
const MOST_PASSED_OVER: usize = 5_000;

/// The most messages that one transaction gives up.
const SLICE: i64 = 1_000;

/// What was never tried, and waits for no moment.
const FRESH: &str = "next_attempt IS NULL AND ?3 = ?3 ORDER BY id";

/// What waited for its moment, which has come.
const DUE: &str = "next_attempt <= ?3 ORDER BY next_attempt, id";

/// The queue of a channel, walked by its index: what is not due is not looked at.
fn claim_sql(due: &str) -> String {
    format!(
        "SELECT id, uuid, contact_id, (SELECT identity FROM contact_urn u WHERE u.id = m.urn_id), text, attachments,
                is_reply, parts_done
         FROM message m INDEXED BY message_due
         WHERE folder = 4 AND channel_id = ?1 AND is_reply = ?2 AND attempt_on IS NULL AND {due}"
    )
}

const DELIVERY: &str = "status, error_count, next_attempt, failed_reason, sent_on, created_on";

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
            remote_id: None,
            external_id: "",
            import_key: None,
            text: new.text,
            attachments: new.attachments,
            history: &history,
        })?;
        self.prepare("UPDATE message SET is_reply = ?2, queued_on = ?3, schedule_id = ?4 WHERE id = ?1")?
            .execute(params![id.0, new.is_reply, micros(new.now), new.schedule.map(|schedule| schedule.0)])?;
        Ok(id)
    }

    fn is_looping(&self, new: &NewOutgoing<'_>) -> Result<bool> {
        let same: u32 = self
            .prepare(
                "SELECT count(*) FROM message WHERE contact_id = ?1 AND created_on >= ?2 AND direction = 1
                   AND text = ?3",
            )?
            .query_row(params![new.contact.0, micros(loop_span_start(new.now)), new.text], |row| {
                row.get(0)
            })?;
        Ok(same + 1 >= LOOPING)
    }

    /// Claims messages of a channel that are due, replies first and each kind in its order, at most one of a contact and
    /// none of a contact that is busy.
    pub fn claim(
        &mut self,
        channel: ChannelId,
        busy: &mut Vec<ContactId>,
        most: usize,
        now: Time,
    ) -> Result<Vec<Claimed>> {
        let mut claimed = Vec::new();
        for is_reply in [1, 0] {
            // What was never tried, then what waited for its moment.
            for due in [FRESH, DUE] {
                if claimed.len() == most {
                    break;
                }
                let mut statement = self.prepare(&claim_sql(due))?;
                let mut rows = statement.query(params![channel.0, is_reply, micros(now)])?;
                let mut passed_over = 0;
                while let Some(row) = rows.next()? {
                    let contact = ContactId(row.get(2)?);
                    if busy.contains(&contact) {
                        passed_over += 1;
                        if passed_over == MOST_PASSED_OVER {
                            break;
                        }
                        continue;
                    }
                    let Some(message) = claimed_from_row(row)? else { continue };
                    busy.push(contact);
                    claimed.push(message);
                    if claimed.len() == most {
                        break;
                    }
                }
            }
        }
        let ids = id_array(claimed.iter().map(|message| message.id.0));
        self.prepare("UPDATE message SET attempt_on = ?2 WHERE id IN rarray(?1)")?
            .execute(params![ids, micros(now)])?;
        Ok(claimed)
    }

    /// The gateway took a part: it is never sent again, and the gateway's name for it finds the message.
    pub fn part_taken(
        &mut self,
        message: MessageId,
        channel: ChannelId,
        external_id: &str,
        parts_done: usize,
    ) -> Result<()> {
        self.prepare("UPDATE message SET parts_done = ?2 WHERE id = ?1")?
            .execute(params![message.0, parts_done])?;
        if external_id.is_empty() {
            return Ok(());
        }
        self.know_by(message, channel, external_id)?;
        self.prepare("UPDATE message SET external_id = ?2 WHERE id = ?1 AND external_id = ''")?
            .execute(params![message.0, external_id])?;
        Ok(())
    }

    /// Remembers a gateway's name for a message.
    pub(super) fn know_by(
        &mut self,
        message: MessageId,
        channel: ChannelId,
        external_id: &str,
    ) -> Result<()> {
        self.prepare(
            "INSERT INTO gateway_id(channel_id, external_id, message_id) VALUES(?1, ?2, ?3) ON CONFLICT DO NOTHING",
        )?
        .execute(params![channel.0, external_id, message.0])?;
        Ok(())
    }

    /// Records how an attempt ended. A gateway that asked to be left alone is left alone for at least that long.
    pub fn record_attempt(
        &mut self,
        message: MessageId,
        outcome: Outcome,
        wait: Option<Duration>,
        now: Time,
        detail: &str,
    ) -> Result<Delivery> {
        let before = self.delivery(message)?;
        let mut after = before.after_attempt(outcome, now);
        if let (Some(next), Some(wait)) = (after.next_attempt, wait) {
            after.next_attempt = Some(next.max(now + wait));
        }
        if after == before {
            // A report was quicker than the answer, or a person gave it up meanwhile.
            self.note_step(message, after.status, Cause::LateReport, outcome.name(), now)?;
        } else {
            self.set_delivery(message, after, Cause::Attempt, detail, now)?;
        }
        self.prepare("UPDATE message SET attempt_on = NULL WHERE id = ?1")?.execute([message.0])?;
        Ok(after)
    }

    /// Writes down that a gateway may have taken a message although its answer was lost: the next attempt may send it a
    /// second time.
    pub fn note_doubt(&mut self, message: MessageId, now: Time, detail: &str) -> Result<()> {
        let status = self.delivery(message)?.status;
        self.note_step(message, status, Cause::Doubt, detail, now)
    }

    /// The contact of a message does not want to hear from us any more: the gateway says so.
    pub fn stop_contact_of(&mut self, message: MessageId) -> Result<()> {
        self.prepare(
            "UPDATE contact SET status = ?2 WHERE status = 0
               AND id = (SELECT contact_id FROM message WHERE id = ?1)",
        )?
        .execute([message.0, ContactStatus::Stopped.code()])?;
        Ok(())
    }

    /// Records what a gateway reports of one of our messages.
    pub fn record_report(
        &mut self,
        message: MessageId,
        report: Report,
        now: Time,
        detail: &str,
    ) -> Result<ReportEffect> {
        let before = self.delivery(message)?;
        let after = before.after_report(report, now);
        if after == before {
            let words = if detail.is_empty() {
                report.name().to_owned()
            } else {
                format!("{}: {detail}", report.name())
            };
            self.note_step(message, before.status, Cause::LateReport, &words, now)?;
            return Ok(ReportEffect::Late(message));
        }
        self.set_delivery(message, after, Cause::Report, detail, now)?;
        Ok(ReportEffect::Applied(message))
    }

    /// The message that was written here with a public key, if it left or will leave by that channel.
    pub fn find_sent(&self, channel: ChannelId, uuid: Uuid) -> Result<Option<MessageId>> {
        Ok(self
            .prepare(
                "SELECT id FROM message WHERE uuid = ?1 AND direction = 1 AND import_key IS NULL AND channel_id = ?2
                   AND visibility <> 2",
            )?
            .query_row(params![uuid.as_bytes(), channel.0], |row| row.get(0).map(MessageId))
            .optional()?)
    }

    /// The message that a gateway knows by a name.
    pub fn find_by_external_id(&self, channel: ChannelId, external_id: &str) -> Result<Option<MessageId>> {
        Ok(self
            .prepare(
                "SELECT m.id FROM gateway_id g JOIN message m ON m.id = g.message_id
                 WHERE g.channel_id = ?1 AND g.external_id = ?2 AND m.direction = 1 AND m.visibility <> 2
                 ORDER BY m.id DESC LIMIT 1",
            )?
            .query_row(params![channel.0, external_id], |row| row.get(0).map(MessageId))
            .optional()?)
    }

    /// Messages whose attempt began and has no outcome, from an engine that is no more: each is named as in doubt and goes
    /// back to the queue. How many there were.
    pub fn recover_doubtful(&mut self, now: Time) -> Result<u64> {
        let ids =
            self.ids("SELECT id FROM message WHERE attempt_on IS NOT NULL AND ?1 = ?1 LIMIT ?2", now)?;
        for id in &ids {
            let after = self.delivery(*id)?.after_doubt(now);
            self.set_delivery(*id, after, Cause::Doubt, "", now)?;
            self.prepare("UPDATE message SET attempt_on = NULL WHERE id = ?1")?.execute([id.0])?;
        }
        Ok(ids.len() as u64)
    }

    /// Gives up what has waited for a week. How many there were.
    pub fn expire(&mut self, now: Time) -> Result<u64> {
        let ids = self.ids(
            "SELECT id FROM message WHERE folder = 4 AND sort_key < ?1 AND attempt_on IS NULL
               AND ifnull(queued_on, created_on) < ?1 LIMIT ?2",
            now - OLDEST,
        )?;
        self.give_up(&ids, FailedReason::TooOld, now)
    }

    /// Finds a channel for what waits without one that sends; what none reaches is given up. How many there were.
    pub fn route_unrouted(&mut self, now: Time) -> Result<u64> {
        let mut found = self.ids(
            "SELECT id FROM message WHERE folder = 4 AND channel_id IS NULL AND attempt_on IS NULL AND ?1 = ?1 LIMIT ?2",
            now,
        )?;
        found.extend(self.ids(
            "SELECT m.id FROM channel c CROSS JOIN message m ON m.channel_id = c.id
             WHERE c.gateway = 0 AND m.folder = 4 AND m.attempt_on IS NULL AND ?1 = ?1 LIMIT ?2",
            now,
        )?);
        for id in &found {
            let contact: i64 = self
                .prepare("SELECT contact_id FROM message WHERE id = ?1")?
                .query_row([id.0], |row| row.get(0))?;
            match self.route(ContactId(contact), None)? {
                Some((urn, channel)) => {
                    self.prepare("UPDATE message SET urn_id = ?2, channel_id = ?3 WHERE id = ?1")?
                        .execute(params![id.0, urn.0, channel.0])?;
                }
                None => {
                    self.give_up(&[*id], FailedReason::NoChannel, now)?;
                }
            }
        }
        Ok(found.len() as u64)
    }

    /// Gives up what waits for a channel that is going away. How many there were.
    pub fn give_up_channel(&mut self, channel: ChannelId, now: Time) -> Result<u64> {
        let mut statement = self.prepare(
            "SELECT id FROM message WHERE folder = 4 AND channel_id = ?1 AND attempt_on IS NULL LIMIT ?2",
        )?;
        let rows = statement.query_map([channel.0, SLICE], |row| row.get(0).map(MessageId))?;
        let ids: Vec<MessageId> = rows.collect::<rusqlite::Result<_>>()?;
        drop(statement);
        self.give_up(&ids, FailedReason::ChannelRemoved, now)
    }

    fn give_up(&mut self, ids: &[MessageId], reason: FailedReason, now: Time) -> Result<u64> {
        for id in ids {
            if let Some(after) = self.delivery(*id)?.given_up(reason) {
                self.set_delivery(*id, after, Cause::Engine, "", now)?;
            }
        }
        Ok(ids.len() as u64)
    }

    fn ids(&self, sql: &str, at: Time) -> Result<Vec<MessageId>> {
        let mut statement = self.prepare(sql)?;
        let rows = statement.query_map([micros(at), SLICE], |row| row.get(0).map(MessageId))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
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

    pub(super) fn delivery(&self, message: MessageId) -> Result<Delivery> {
        Ok(self
            .prepare(&format!("SELECT {DELIVERY} FROM message WHERE id = ?1"))?
            .query_row([message.0], delivery_from_row)?)
    }

    /// Writes the delivery part of a message, and the step of its history.
    pub(super) fn set_delivery(
        &mut self,
        message: MessageId,
        after: Delivery,
        cause: Cause,
        detail: &str,
        now: Time,
    ) -> Result<()> {
        let (created_on, visibility): (i64, Visibility) = self
            .prepare("SELECT created_on, visibility FROM message WHERE id = ?1")?
            .query_row([message.0], |row| Ok((row.get(0)?, coded(row, 1)?)))?;
        let standing = Standing {
            direction: Direction::Out,
            status: after.status,
            visibility,
            in_flow: false,
            unread: false,
        };
        let folder = folder_of(&standing);
        self.prepare(
            "UPDATE message SET status = ?2, error_count = ?3, next_attempt = ?4, failed_reason = ?5, sent_on = ?6,
                                folder = ?7, sort_key = ?8, modified_on = ?9 WHERE id = ?1",
        )?
        .execute(params![
            message.0,
            after.status.code(),
            after.error_count,
            after.next_attempt.map(micros),
            after.failed_reason.map(Code::code),
            after.sent_on.map(micros),
            folder_code(folder),
            micros(sort_time(folder, time(created_on), after.sent_on)),
            micros(now),
        ])?;
        self.note_step(message, after.status, cause, detail, now)
    }

    /// Adds a step to a message's history.
    pub(super) fn note_step(
        &mut self,
        message: MessageId,
        status: Status,
        cause: Cause,
        detail: &str,
        now: Time,
    ) -> Result<()> {
        self.prepare(
            "INSERT INTO status_change(message_id, seq, at, status, cause, detail)
             SELECT ?1, ifnull(max(seq), 0) + 1, ?2, ?3, ?4, ?5 FROM status_change WHERE message_id = ?1",
        )?
        .execute(params![message.0, micros(now), status.code(), cause.code(), detail])?;
        Ok(())
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

    /// Messages whose attempt has begun and has no outcome yet.
    pub fn in_attempt(&self) -> Result<u64> {
        let mut statement =
            self.conn.prepare_cached("SELECT count(*) FROM message WHERE attempt_on IS NOT NULL")?;
        Ok(statement.query_row([], |row| row.get(0))?)
    }

    /// Messages that were in doubt at some time: an attempt's outcome was lost.
    pub fn doubtful(&self) -> Result<u64> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT count(DISTINCT message_id) FROM status_change WHERE cause = ?1")?;
        Ok(statement.query_row([Cause::Doubt.code()], |row| row.get(0))?)
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

fn delivery_from_row(row: &Row<'_>) -> rusqlite::Result<Delivery> {
    Ok(Delivery {
        status: coded(row, 0)?,
        error_count: row.get(1)?,
        next_attempt: row.get::<_, Option<i64>>(2)?.map(time),
        failed_reason: match row.get::<_, Option<i64>>(3)? {
            Some(_) => Some(coded(row, 3)?),
            None => None,
        },
        sent_on: row.get::<_, Option<i64>>(4)?.map(time),
    })
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
