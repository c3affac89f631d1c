//! Attempts to send: how each ended, what gateways report later, and what of that is kept.
//!
//! A claim and its outcome are two transactions, with nothing held in between: a message whose attempt has begun and has no
//! outcome is in doubt when the next engine starts. Parts that a gateway took are counted as they are taken, so that no
//! part is sent again.

use chrono::Duration;
use rusqlite::{OptionalExtension, Row, params};
use uuid::Uuid;

use super::codes::{Code, folder_code, micros, time};
use super::messages::coded;
use super::write::Tx;
use super::{Result, Store};
use crate::domain::contact::ContactStatus;
use crate::domain::delivery::{Delivery, Outcome, Report};
use crate::domain::folder::{folder_of, sort_time};
use crate::domain::message::{Cause, Direction, Standing, Status, Visibility};
use crate::domain::{ChannelId, MessageId, Time};

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

/// What is kept of a message's delivery, and what its place in a folder follows from besides.
pub(super) struct Kept {
    pub(super) delivery: Delivery,
    visibility: Visibility,
    created_on: Time,
}

/// The most messages that one transaction names as in doubt.
const MOST_AT_ONCE: i64 = 1_000;

impl Tx<'_> {
    /// The gateway took a part: it is never sent again, and the gateway's name for it finds the message.
    pub fn part_taken(
        &mut self,
        message: MessageId,
        channel: ChannelId,
        external_id: &str,
        parts_done: usize,
    ) -> Result<()> {
        self.prepare(
            "UPDATE message SET parts_done = ?2, external_id = iif(external_id = '', ?3, external_id) WHERE id = ?1",
        )?
        .execute(params![message.0, parts_done, external_id])?;
        if external_id.is_empty() { Ok(()) } else { self.know_by(message, channel, external_id) }
    }

    /// Whether a message has failed.
    pub fn has_failed(&self, message: MessageId) -> Result<bool> {
        Ok(self.kept(message)?.delivery.status == Status::Failed)
    }

    /// Puts a message back into the queue when parts of it have not been taken, though a report of the others was quicker.
    pub fn keep_rest_queued(&mut self, message: MessageId, now: Time) -> Result<()> {
        let before = self.kept(message)?;
        let after = before.delivery.with_rest();
        if after == before.delivery {
            return Ok(());
        }
        self.set_delivery(message, &before, after, Cause::Attempt, "", now)
    }

    /// The rest of a message goes back into the queue, to leave later; nothing of it is on its way.
    pub fn put_back(&mut self, message: MessageId) -> Result<()> {
        self.prepare("UPDATE message SET attempt_on = NULL WHERE id = ?1")?.execute([message.0])?;
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
    ) -> Result<()> {
        let before = self.kept(message)?;
        let after = before.delivery.after_attempt(outcome, now);
        if before.delivery.is_pending() {
            let after = wait.map_or(after, |wait| after.left_alone(wait, now));
            return self.set_delivery(message, &before, after, Cause::Attempt, detail, now);
        }
        // A report was quicker than the answer.
        self.put_back(message)?;
        self.note_step(message, after.status, Cause::LateReport, outcome.name(), now)
    }

    /// Writes down that a gateway may have taken a message although its answer was lost: the next attempt may send it a
    /// second time.
    pub fn note_doubt(&mut self, message: MessageId, now: Time, detail: &str) -> Result<()> {
        let status = self.kept(message)?.delivery.status;
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
        let before = self.kept(message)?;
        let after = before.delivery.after_report(report, now);
        if after == before.delivery {
            let words = if detail.is_empty() {
                report.name().to_owned()
            } else {
                format!("{}: {detail}", report.name())
            };
            self.note_step(message, after.status, Cause::LateReport, &words, now)?;
            return Ok(ReportEffect::Late(message));
        }
        self.set_delivery(message, &before, after, Cause::Report, detail, now)?;
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
        let ids = self.message_ids(
            "SELECT id FROM message WHERE attempt_on IS NOT NULL LIMIT ?1",
            params![MOST_AT_ONCE],
        )?;
        for id in &ids {
            let before = self.kept(*id)?;
            let after = before.delivery.after_doubt(now);
            self.set_delivery(*id, &before, after, Cause::Doubt, "", now)?;
        }
        Ok(ids.len() as u64)
    }

    /// What is kept of a message's delivery.
    pub(super) fn kept(&self, message: MessageId) -> Result<Kept> {
        Ok(self
            .prepare(
                "SELECT status, error_count, next_attempt, failed_reason, sent_on, attempt_on, visibility, created_on,
                        parts_done
                 FROM message WHERE id = ?1",
            )?
            .query_row([message.0], kept_from_row)?)
    }

    /// Writes the delivery part of a message, and the step of its history.
    pub(super) fn set_delivery(
        &mut self,
        message: MessageId,
        before: &Kept,
        after: Delivery,
        cause: Cause,
        detail: &str,
        now: Time,
    ) -> Result<()> {
        let standing = Standing {
            direction: Direction::Out,
            status: after.status,
            visibility: before.visibility,
            in_flow: false,
            unread: false,
        };
        let folder = folder_of(&standing);
        self.prepare(
            "UPDATE message SET status = ?2, error_count = ?3, next_attempt = ?4, failed_reason = ?5, sent_on = ?6,
                                attempt_on = ?7, parts_done = ?8, folder = ?9, sort_key = ?10, modified_on = ?11
             WHERE id = ?1",
        )?
        .execute(params![
            message.0,
            after.status.code(),
            after.error_count,
            after.next_attempt.map(micros),
            after.failed_reason.map(Code::code),
            after.sent_on.map(micros),
            after.attempt_on.map(micros),
            after.parts_done,
            folder_code(folder),
            micros(sort_time(folder, before.created_on, after.sent_on)),
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
    /// Messages that were in doubt at some time: an attempt's outcome was lost.
    pub fn doubtful(&self) -> Result<u64> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT count(DISTINCT message_id) FROM status_change WHERE cause = ?1")?;
        Ok(statement.query_row([Cause::Doubt.code()], |row| row.get(0))?)
    }
}

fn kept_from_row(row: &Row<'_>) -> rusqlite::Result<Kept> {
    let moment = |column| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(column)?.map(time));
    Ok(Kept {
        delivery: Delivery {
            status: coded(row, 0)?,
            error_count: row.get(1)?,
            next_attempt: moment(2)?,
            failed_reason: match row.get::<_, Option<i64>>(3)? {
                Some(_) => Some(coded(row, 3)?),
                None => None,
            },
            sent_on: moment(4)?,
            attempt_on: moment(5)?,
            parts_done: row.get(8)?,
        },
        visibility: coded(row, 6)?,
        created_on: time(row.get(7)?),
    })
}
