//! What waits in the queue for something that will not come: too long, without a channel, for a channel that goes away, or
//! for a moment that a clock put out of reach.

use rusqlite::params;

use super::Result;
use super::codes::micros;
use super::write::Tx;
use crate::domain::delivery::{LONGEST_WAIT, OLDEST};
use crate::domain::message::{Cause, FailedReason};
use crate::domain::{ChannelId, ContactId, MessageId, Time};

/// The most messages that one transaction gives up.
const SLICE: i64 = 1_000;

impl Tx<'_> {
    /// Gives up what has waited for a week. How many there were.
    pub fn expire(&mut self, now: Time) -> Result<u64> {
        let ids = self.message_ids(
            "SELECT id FROM message WHERE folder = 4 AND sort_key < ?1 AND attempt_on IS NULL
               AND ifnull(queued_on, created_on) < ?1 LIMIT ?2",
            params![micros(now - OLDEST), SLICE],
        )?;
        self.give_up(&ids, FailedReason::TooOld, now)
    }

    /// What waits for a moment that the clock put out of reach when it was set back is due now. How many there were.
    pub fn bring_near(&mut self, now: Time) -> Result<u64> {
        let changed = self
            .prepare(
                "UPDATE message SET next_attempt = ?1 WHERE id IN (
                   SELECT m.id FROM channel c CROSS JOIN (SELECT 0 AS is_reply UNION ALL SELECT 1) r
                     CROSS JOIN message m INDEXED BY message_due
                   WHERE c.gateway > 0 AND m.folder = 4 AND m.channel_id = c.id AND m.is_reply = r.is_reply
                     AND m.next_attempt > ?2 LIMIT ?3)",
            )?
            .execute(params![micros(now), micros(now + LONGEST_WAIT), SLICE])?;
        Ok(changed as u64)
    }

    /// Finds a channel for what waits without one that sends; what none reaches is given up. How many there were.
    pub fn route_unrouted(&mut self, now: Time) -> Result<u64> {
        let mut found = self.message_ids(
            "SELECT id FROM message WHERE folder = 4 AND channel_id IS NULL AND attempt_on IS NULL LIMIT ?1",
            params![SLICE],
        )?;
        found.extend(self.message_ids(
            "SELECT m.id FROM channel c CROSS JOIN message m ON m.channel_id = c.id
             WHERE c.gateway = 0 AND m.folder = 4 AND m.attempt_on IS NULL LIMIT ?1",
            params![SLICE],
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
        let ids = self.message_ids(
            "SELECT id FROM message WHERE folder = 4 AND channel_id = ?1 AND attempt_on IS NULL LIMIT ?2",
            params![channel.0, SLICE],
        )?;
        self.give_up(&ids, FailedReason::ChannelRemoved, now)
    }

    /// Gives up messages, of which nothing is on its way, where they still wait. How many were named.
    pub fn give_up(&mut self, ids: &[MessageId], reason: FailedReason, now: Time) -> Result<u64> {
        for id in ids {
            let before = self.kept(*id)?;
            if let Some(after) = before.delivery.given_up(reason) {
                self.set_delivery(*id, &before, after, Cause::Engine, "", now)?;
            }
        }
        Ok(ids.len() as u64)
    }

    pub(super) fn message_ids(&self, sql: &str, parameters: impl rusqlite::Params) -> Result<Vec<MessageId>> {
        let mut statement = self.prepare(sql)?;
        let rows = statement.query_map(parameters, |row| row.get(0).map(MessageId))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}
