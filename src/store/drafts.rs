//! Drafts: what is being written, kept until it is sent or thrown away, and what a message or a schedule is edited into.

use rusqlite::{OptionalExtension, Row, params};

use super::codes::{micros, time};
use super::deeds::standings;
use super::write::Tx;
use super::{Result, Store, StoreError, scrub, search};
use crate::domain::contact::ContactStatus;
use crate::domain::delivery::Delivery;
use crate::domain::draft::{Draft, DraftKey, KeptDraft};
use crate::domain::message::{Cause, FailedReason};
use crate::domain::plan::Plan;
use crate::domain::{ChannelId, ContactId, MessageId, ScheduleId, Time};

/// Another text for a message that has not been sent.
#[derive(Debug, Clone, Copy)]
pub struct Edited<'a> {
    /// The text.
    pub text: &'a str,
    /// By which channel; the one that reaches the contact when it is not said.
    pub channel: Option<ChannelId>,
    /// When it leaves, if that can be taken back until then.
    pub leaves_on: Option<Time>,
}

impl Tx<'_> {
    fn keep_draft(&mut self, draft: &Draft, now: Time) -> Result<()> {
        if draft.is_empty() {
            return self.drop_draft(draft.key);
        }
        let (kind, key) = columns(draft.key);
        self.prepare(
            "INSERT INTO draft(kind, key, recipients, channel_id, plan, text, updated_on)
             VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT DO UPDATE SET recipients = excluded.recipients, channel_id = excluded.channel_id,
                                       plan = excluded.plan, text = excluded.text, updated_on = excluded.updated_on",
        )?
        .execute(params![
            kind,
            key,
            draft.recipients,
            draft.channel.map(|channel| channel.0),
            draft.plan.map(Plan::kept).unwrap_or_default(),
            draft.text,
            micros(now)
        ])?;
        Ok(())
    }

    /// Throws a draft away: it was sent, or nobody wants it.
    pub fn drop_draft(&mut self, key: DraftKey) -> Result<()> {
        let (kind, key) = columns(key);
        self.prepare("DELETE FROM draft WHERE kind = ?1 AND key = ?2")?.execute([kind, key])?;
        Ok(())
    }

    /// Gives a message that failed or still waits another text and puts it into the queue from the beginning. What its
    /// gateway reports of the text before no longer finds it.
    pub fn edit_message(&mut self, id: MessageId, new: Edited<'_>, now: Time) -> Result<()> {
        let unfit = || StoreError::Unfit(vec![id]);
        let standing = standings(&self.inner, &[id.0])?.first().map(|(_, standing)| *standing);
        let standing = standing.ok_or_else(|| StoreError::NoMessages(vec![id]))?;
        let contact: Option<ContactId> = self
            .prepare("SELECT contact_id FROM message WHERE id = ?1 AND attempt_on IS NULL")?
            .query_row([id.0], |row| row.get(0).map(ContactId))
            .optional()?;
        let contact = contact.filter(|_| standing.may_be_edited());
        let contact = contact.ok_or_else(unfit)?;
        let (urn, channel) = self.route(contact, new.channel)?.ok_or(StoreError::NoRoute)?;
        scrub::owe(&self.inner, 1)?;
        search::forget(&self.inner, &[id.0])?;
        self.prepare("DELETE FROM gateway_id WHERE message_id = ?1")?.execute([id.0])?;
        self.prepare(
            "UPDATE message SET text = ?2, urn_id = ?3, channel_id = ?4, external_id = '', is_reply = 1,
                                queued_on = ?5 WHERE id = ?1",
        )?
        .execute(params![id.0, new.text, urn.0, channel.0, micros(now)])?;
        search::feed(&self.inner, id)?;
        let queued = Delivery { next_attempt: new.leaves_on, ..Delivery::queued() };
        let before = self.kept(id)?;
        self.set_delivery(id, &before, queued, Cause::Edit, "", now)?;
        if self.contact_status(contact)? != ContactStatus::Active
            && let Some(failed) = queued.given_up(FailedReason::ContactInactive)
        {
            self.set_delivery(id, &before, failed, Cause::Engine, "", now)?;
        }
        Ok(())
    }
}

impl Store {
    /// Keeps a draft in place of the one before; an empty one goes away.
    pub fn save_draft(&mut self, draft: &Draft, now: Time) -> Result<()> {
        self.write(|tx| tx.keep_draft(draft, now))
    }

    /// Keeps a draft that comes back: what was begun in its place meanwhile follows it. What is kept now.
    pub fn bring_back_draft(&mut self, draft: Draft, now: Time) -> Result<Draft> {
        self.write(|tx| {
            let draft = match find_draft(&tx.inner, draft.key)? {
                Some(begun) => draft.followed_by(&begun),
                None => draft,
            };
            tx.keep_draft(&draft, now)?;
            Ok(draft)
        })
    }

    /// A draft, when there is one.
    pub fn find_draft(&self, key: DraftKey) -> Result<Option<Draft>> {
        find_draft(&self.conn, key)
    }

    /// The new message that was begun last and has not been sent, when there is one.
    pub fn newest_draft(&self) -> Result<Option<Draft>> {
        let mut statement = self.conn.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM draft WHERE kind = 0 ORDER BY key DESC LIMIT 1"
        ))?;
        Ok(statement.query_row([], draft_from_row).optional()?)
    }

    /// All drafts, the one that was changed last first.
    pub fn drafts(&self) -> Result<Vec<KeptDraft>> {
        let mut statement = self.conn.prepare_cached(&format!(
            "SELECT {COLUMNS}, updated_on,
                    (SELECT coalesce(nullif(c.name, ''),
                            (SELECT national FROM contact_urn u WHERE u.contact_id = c.id ORDER BY id LIMIT 1))
                     FROM contact c WHERE c.id = CASE kind
                       WHEN 1 THEN key WHEN 2 THEN (SELECT contact_id FROM message m WHERE m.id = key) END)
             FROM draft ORDER BY updated_on DESC, kind, key"
        ))?;
        let rows = statement.query_map([], |row| {
            Ok(KeptDraft {
                draft: draft_from_row(row)?,
                name: row.get::<_, Option<String>>(7)?.unwrap_or_default(),
                updated_on: time(row.get(6)?),
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// How many drafts there are.
    pub(super) fn count_drafts(&self) -> Result<u64> {
        Ok(self.conn.prepare_cached("SELECT count(*) FROM draft")?.query_row([], |row| row.get(0))?)
    }
}

const COLUMNS: &str = "kind, key, recipients, channel_id, plan, text";

fn find_draft(conn: &rusqlite::Connection, key: DraftKey) -> Result<Option<Draft>> {
    let (kind, key) = columns(key);
    let mut statement =
        conn.prepare_cached(&format!("SELECT {COLUMNS} FROM draft WHERE kind = ?1 AND key = ?2"))?;
    Ok(statement.query_row([kind, key], draft_from_row).optional()?)
}

fn draft_from_row(row: &Row<'_>) -> rusqlite::Result<Draft> {
    let (kind, key): (i64, i64) = (row.get(0)?, row.get(1)?);
    let key = match kind {
        0 => DraftKey::New(time(key)),
        1 => DraftKey::Reply(ContactId(key)),
        2 => DraftKey::Edit(MessageId(key)),
        3 => DraftKey::Schedule(ScheduleId(key)),
        _ => return Err(rusqlite::Error::IntegralValueOutOfRange(0, kind)),
    };
    Ok(Draft {
        key,
        recipients: row.get(2)?,
        channel: row.get::<_, Option<i64>>(3)?.map(ChannelId),
        plan: Plan::from_kept(&row.get::<_, String>(4)?),
        text: row.get(5)?,
    })
}

fn columns(key: DraftKey) -> (i64, i64) {
    match key {
        DraftKey::New(begun) => (0, micros(begun)),
        DraftKey::Reply(contact) => (1, contact.0),
        DraftKey::Edit(message) => (2, message.0),
        DraftKey::Schedule(schedule) => (3, schedule.0),
    }
}
