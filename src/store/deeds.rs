//! Deeds done to messages, in slices, and the journal that takes them back.
//!
//! What a deed does to a message is decided by [`Deed::apply`]; here it is done to many at once: messages of the same
//! standing are changed by one statement. Each slice is a transaction with its part of the journal, so that nobody waits
//! long, a cancelled or killed deed is whole up to its last slice, and that much can be undone.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

use rusqlite::{OptionalExtension, params};

use super::codes::{Code, deed_code, deed_from_code, folder_code, micros, time};
use super::messages::{coded, id_array};
use super::pages::{Edge, Walk};
use super::write::Tx;
use super::{Result, Store, StoreError, scrub, search};
use crate::domain::deed::Deed;
use crate::domain::folder::folder_of;
use crate::domain::listing::{Cursor, View};
use crate::domain::message::{Cause, FailedReason, Standing, Visibility};
use crate::domain::{DeedId, LabelId, MessageId, Time};

/// How many messages are changed in one transaction.
const SLICE: usize = 4000;

/// A deed that deleted so many has the file scrubbed at once, whatever that costs.
const MANY: u64 = 1000;

/// How many deeds the journal keeps.
const JOURNAL: i64 = 500;

/// What a deed is done to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// These messages.
    Ids(Vec<MessageId>),
    /// All messages of a view that had arrived when somebody decided it.
    All {
        /// The view.
        view: View,
        /// The newest message at that moment.
        up_to: MessageId,
        /// Those left out.
        except: Vec<MessageId>,
        /// The moment at which it was decided: what came there or was changed since is not deleted, for that has no way
        /// back.
        as_of: Time,
    },
}

/// How far a long deed has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Messages looked at so far.
    pub seen: u64,
}

/// What a deed did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Done {
    /// Messages that it changed.
    pub changed: u64,
    /// Messages that were already so, or that it is not for.
    pub unchanged: u64,
    /// Whether it was stopped before its end.
    pub cancelled: bool,
    /// Where the journal has it; none when it changed nothing, or cannot be taken back.
    pub deed: Option<DeedId>,
}

/// A deed as the journal has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Noted {
    /// When it was done.
    pub at: Time,
    /// What was done.
    pub deed: Deed,
    /// How many messages it changed.
    pub changed: u64,
    /// Whether it was taken back.
    pub undone: bool,
}

/// Which end of the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Take the last deed back.
    Undo,
    /// Do the last deed that was taken back again.
    Redo,
}

/// A deed that was taken back or done again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Undone {
    /// The deed as it was done first.
    pub deed: Deed,
    /// What undoing or redoing it did.
    pub done: Done,
}

impl Store {
    /// The deeds of the journal, the last one first.
    pub fn recent_deeds(&self, most: usize) -> Result<Vec<Noted>> {
        let mut statement = self.conn.prepare_cached(
            "SELECT at, kind, label_id, undone, (SELECT ifnull(sum(total), 0) FROM deed_slice s WHERE s.deed_id = d.id)
             FROM deed d ORDER BY id DESC LIMIT ?1",
        )?;
        let mut rows = statement.query([most])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            if let Some(deed) = deed_from_code(row.get(1)?, row.get(2)?) {
                found.push(Noted { at: time(row.get(0)?), deed, undone: row.get(3)?, changed: row.get(4)? });
            }
        }
        Ok(found)
    }

    /// Does a deed to messages. `step` hears of every slice and may stop it there.
    pub fn act(
        &mut self,
        deed: Deed,
        target: &Target,
        now: Time,
        mut step: impl FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Done> {
        if let Deed::Label(label) | Deed::Unlabel(label) = deed {
            self.label_must_exist(label)?;
        }
        if deed == Deed::Delete {
            // What is cleared for good shall not stay in the free parts of the file.
            self.conn.pragma_update(None, "secure_delete", true)?;
        }
        let mut done = Done::default();
        let mut rest = Rest::of(target);
        let mut seen = 0;
        loop {
            let slice = self.next_slice(&mut rest)?;
            if slice.is_empty() {
                break;
            }
            seen += slice.len();
            let changed = self.write(|tx| {
                let meant = match target {
                    Target::All { as_of, .. } if deed == Deed::Delete => {
                        tx.unchanged_since(&slice, *as_of)?
                    }
                    Target::All { .. } | Target::Ids(_) => slice.clone(),
                };
                let changed = tx.change(deed, &meant, now)?;
                if !changed.is_empty() {
                    tx.note(deed, now, &mut done.deed, &changed)?;
                }
                Ok(changed.len())
            })?;
            done.changed += changed as u64;
            done.unchanged += (slice.len() - changed) as u64;
            if rest.is_exhausted() {
                break;
            }
            if step(Progress { seen: seen as u64 }).is_break() {
                done.cancelled = true;
                break;
            }
        }
        if deed == Deed::Delete {
            self.scrub_after(done.changed >= MANY, |()| step(Progress { seen: seen as u64 }))?;
        }
        Ok(done)
    }

    /// Takes the unread mark off a message because it was opened. Nobody undoes that by name, so the journal is not told.
    pub fn mark_opened(&mut self, message: MessageId, now: Time) -> Result<bool> {
        self.write(|tx| Ok(!tx.change(Deed::MarkRead, &[message.0], now)?.is_empty()))
    }

    /// Takes the last deed back, or does again what was taken back last. A wanted deed is that one and no other: somebody
    /// else may have done something since. None when the journal has no such deed.
    pub fn undo(
        &mut self,
        which: Which,
        wanted: Option<DeedId>,
        now: Time,
        mut step: impl FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Option<Undone>> {
        let (undone, order) = match which {
            Which::Undo => (0, "DESC"),
            Which::Redo => (1, "ASC"),
        };
        let found = self
            .conn
            .prepare_cached(&format!(
                "SELECT id, kind, label_id FROM deed WHERE undone = ?1 AND id = ifnull(?2, id) ORDER BY id {order} LIMIT 1"
            ))?
            .query_row(params![undone, wanted.map(|deed| deed.0)], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get(2)?))
            })
            .optional()?;
        let Some((id, kind, label)) = found else { return Ok(None) };
        let Some(deed) = deed_from_code(kind, label) else { return Ok(None) };
        let to_do = match which {
            Which::Undo => deed.inverse(),
            Which::Redo => Some(deed),
        };
        let Some(to_do) = to_do else { return Ok(None) };
        let mut done = Done { deed: Some(DeedId(id)), ..Done::default() };
        loop {
            let sql = format!(
                "SELECT id, ids FROM deed_slice WHERE deed_id = ?1 AND undone = ?2 ORDER BY id {order} LIMIT 1"
            );
            // A slice a transaction, found within it: two programs may undo at once.
            let slice = self.write(|tx| {
                let found = tx
                    .prepare(&sql)?
                    .query_row([id, undone], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?)))
                    .optional()?;
                let Some((slice, ids)) = found else {
                    tx.prepare("UPDATE deed SET undone = ?2 WHERE id = ?1")?.execute([id, 1 - undone])?;
                    return Ok(None);
                };
                let ids = unpack(&ids);
                let changed = tx.change(to_do, &ids, now)?.len();
                tx.prepare("UPDATE deed_slice SET undone = ?2 WHERE id = ?1")?
                    .execute([slice, 1 - undone])?;
                if which == Which::Redo {
                    tx.prepare("UPDATE deed SET undone = 0 WHERE id = ?1")?.execute([id])?;
                }
                Ok(Some((changed, ids.len())))
            })?;
            let Some((changed, all)) = slice else { break };
            done.changed += changed as u64;
            done.unchanged += (all - changed) as u64;
            if step(Progress { seen: done.changed + done.unchanged }).is_break() {
                done.cancelled = true;
                break;
            }
        }
        Ok(Some(Undone { deed, done }))
    }

    /// Whether the deed is for all of these messages. For commands, which change all of what they were told or nothing.
    pub fn check_fit(&self, deed: Deed, ids: &[MessageId]) -> Result<()> {
        let unknown = self.unknown_ids(ids)?;
        if !unknown.is_empty() {
            return Err(StoreError::NoMessages(unknown));
        }
        let array: Vec<i64> = ids.iter().map(|id| id.0).collect();
        let standings = standings(&self.conn, &array)?;
        let unfit: Vec<MessageId> = standings
            .iter()
            .filter(|(_, standing)| !deed.may(standing))
            .map(|(id, _)| MessageId(*id))
            .collect();
        if unfit.is_empty() { Ok(()) } else { Err(StoreError::Unfit(unfit)) }
    }

    fn label_must_exist(&self, label: LabelId) -> Result<()> {
        self.conn
            .prepare_cached("SELECT 1 FROM label WHERE id = ?1")?
            .query_row([label.0], |_| Ok(()))
            .optional()?
            .ok_or(StoreError::LabelGone(label))
    }

    /// The next messages of a target, in the order of their ids.
    fn next_slice(&self, rest: &mut Rest<'_>) -> Result<Vec<i64>> {
        match rest {
            Rest::Ids(ids) => Ok(ids.drain(..SLICE.min(ids.len())).collect()),
            Rest::Rows { view, up_to, except, from, exhausted } => {
                let mut slice = Vec::new();
                while slice.len() < SLICE && !*exhausted {
                    let limit = SLICE - slice.len();
                    let walk = Walk { from: from.map(|from| (from, Edge::Beyond)), forward: true, limit };
                    let keys = self.walk(view, &walk)?;
                    *from = keys.last().copied().or(*from);
                    *exhausted = keys.len() < limit;
                    let wanted = |id: &i64| *id <= up_to.0 && !except.contains(&MessageId(*id));
                    slice.extend(keys.iter().map(|key| key.id).filter(wanted));
                }
                slice.sort_unstable();
                slice.dedup();
                Ok(slice)
            }
        }
    }
}

/// What is left of a target.
enum Rest<'a> {
    /// Ids, each once, in their order.
    Ids(std::collections::VecDeque<i64>),
    /// The rows of a view from a place on.
    Rows { view: &'a View, up_to: MessageId, except: &'a [MessageId], from: Option<Cursor>, exhausted: bool },
}

impl<'a> Rest<'a> {
    fn of(target: &'a Target) -> Self {
        match target {
            Target::Ids(ids) => {
                // An id may be named twice. Doing it here, and not slice by slice, keeps all slices whole.
                let ids: std::collections::BTreeSet<i64> = ids.iter().map(|id| id.0).collect();
                Self::Ids(ids.into_iter().collect())
            }
            Target::All { view, up_to, except, .. } => {
                Self::Rows { view, up_to: *up_to, except, from: None, exhausted: false }
            }
        }
    }

    fn is_exhausted(&self) -> bool {
        match self {
            Self::Ids(ids) => ids.is_empty(),
            Self::Rows { exhausted, .. } => *exhausted,
        }
    }
}

impl Tx<'_> {
    /// Does a deed to messages, and tells which ones it changed.
    fn change(&mut self, deed: Deed, ids: &[i64], now: Time) -> Result<Vec<i64>> {
        let mut groups: HashMap<Standing, Vec<i64>> = HashMap::new();
        // What is on its way to a gateway right now can no longer be held back, nor be sent anew before it is known.
        let touches_queue = matches!(deed, Deed::Cancel | Deed::Resend);
        let under_way = if touches_queue { self.under_way(ids)? } else { HashSet::new() };
        for (id, standing) in
            standings(&self.inner, ids)?.into_iter().filter(|(id, _)| !under_way.contains(id))
        {
            groups.entry(standing).or_default().push(id);
        }
        let mut changed = Vec::new();
        for (before, ids) in groups {
            match deed {
                _ if !deed.may(&before) => {}
                Deed::Label(label) => changed.extend(self.label_those(label, ids, now)?),
                Deed::Unlabel(label) => changed.extend(self.unlabel_those(label, &ids, now)?),
                Deed::Cancel => changed.extend(self.cancel_those(ids, now)?),
                Deed::Resend => changed.extend(self.resend_those(ids, now)?),
                Deed::Archive | Deed::Restore | Deed::Delete | Deed::MarkRead | Deed::MarkUnread => {
                    if let Some(after) = deed.apply(before) {
                        self.move_those(after, &ids, now)?;
                        changed.extend(ids);
                    }
                }
            }
        }
        changed.sort_unstable();
        Ok(changed)
    }

    /// Changes messages of one standing to another one.
    fn move_those(&mut self, after: Standing, ids: &[i64], now: Time) -> Result<()> {
        if after.visibility == Visibility::Deleted {
            self.clear(ids)?;
        }
        self.prepare(
            "UPDATE message SET visibility = ?2, unread = ?3, folder = ?4, modified_on = ?5 WHERE id IN rarray(?1)",
        )?
        .execute(params![
            id_array(ids.iter().copied()),
            after.visibility.code(),
            after.unread,
            folder_code(folder_of(&after)),
            micros(now),
        ])?;
        Ok(())
    }

    /// Takes messages out of the queue, and tells which ones.
    fn cancel_those(&mut self, ids: Vec<i64>, now: Time) -> Result<Vec<i64>> {
        let mut cancelled = Vec::with_capacity(ids.len());
        for id in ids {
            let before = self.kept(MessageId(id))?;
            if let Some(after) = before.delivery.given_up(FailedReason::Cancelled) {
                self.set_delivery(MessageId(id), &before, after, Cause::Cancel, "", now)?;
                cancelled.push(id);
            }
        }
        Ok(cancelled)
    }

    /// Puts messages into the queue again, and tells which ones.
    fn resend_those(&mut self, ids: Vec<i64>, now: Time) -> Result<Vec<i64>> {
        let mut resent = Vec::with_capacity(ids.len());
        for id in ids {
            let before = self.kept(MessageId(id))?;
            if let Some(after) = before.delivery.resent() {
                self.set_delivery(MessageId(id), &before, after, Cause::Resend, "", now)?;
                self.enter_anew(MessageId(id), now)?;
                resent.push(id);
            }
        }
        Ok(resent)
    }

    /// Clears all that messages say, from the text index too.
    pub(super) fn clear(&mut self, ids: &[i64]) -> Result<()> {
        scrub::owe(&self.inner, ids.len())?;
        search::forget(&self.inner, ids)?;
        self.drop_media(ids)?;
        for sql in [
            "DELETE FROM message_label WHERE message_id IN rarray(?1)",
            "DELETE FROM gateway_id WHERE message_id IN rarray(?1)",
            "UPDATE status_change SET detail = '' WHERE message_id IN rarray(?1) AND detail <> ''",
            "UPDATE message SET text = '', attachments = '', external_id = '' WHERE id IN rarray(?1)",
        ] {
            self.prepare(sql)?.execute([id_array(ids.iter().copied())])?;
        }
        Ok(())
    }

    fn label_those(&mut self, label: LabelId, mut ids: Vec<i64>, now: Time) -> Result<Vec<i64>> {
        // The journal may name a label that is gone. Nothing can be done with it, and what else it names can be.
        let there =
            self.prepare("SELECT 1 FROM label WHERE id = ?1")?.query_row([label.0], |_| Ok(())).optional()?;
        if there.is_none() {
            return Ok(Vec::new());
        }
        let labelled = self.labelled(label, &ids)?;
        ids.retain(|id| !labelled.contains(id));
        for id in &ids {
            self.put_label(MessageId(*id), label)?;
        }
        self.touch(&ids, now)?;
        Ok(ids)
    }

    fn unlabel_those(&mut self, label: LabelId, ids: &[i64], now: Time) -> Result<Vec<i64>> {
        let labelled: Vec<i64> = self.labelled(label, ids)?.into_iter().collect();
        self.prepare("DELETE FROM message_label WHERE label_id = ?1 AND message_id IN rarray(?2)")?
            .execute(params![label.0, id_array(labelled.iter().copied())])?;
        self.touch(&labelled, now)?;
        Ok(labelled)
    }

    fn labelled(&self, label: LabelId, ids: &[i64]) -> Result<HashSet<i64>> {
        let mut statement = self.prepare(
            "SELECT message_id FROM message_label WHERE message_id IN rarray(?1) AND label_id = ?2",
        )?;
        let rows = statement.query_map(params![id_array(ids.iter().copied()), label.0], |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Those of some messages that nobody has changed since a moment.
    fn unchanged_since(&self, ids: &[i64], moment: Time) -> Result<Vec<i64>> {
        let mut statement =
            self.prepare("SELECT id FROM message WHERE id IN rarray(?1) AND modified_on <= ?2 ORDER BY id")?;
        let rows =
            statement.query_map(params![id_array(ids.iter().copied()), micros(moment)], |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    fn under_way(&self, ids: &[i64]) -> Result<HashSet<i64>> {
        let mut statement =
            self.prepare("SELECT id FROM message WHERE id IN rarray(?1) AND attempt_on IS NOT NULL")?;
        let rows = statement.query_map([id_array(ids.iter().copied())], |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    fn touch(&mut self, ids: &[i64], now: Time) -> Result<()> {
        self.prepare("UPDATE message SET modified_on = ?2 WHERE id IN rarray(?1)")?
            .execute(params![id_array(ids.iter().copied()), micros(now)])?;
        Ok(())
    }

    /// Writes a slice of a deed into the journal. A new deed ends what could be done again.
    fn note(&mut self, deed: Deed, now: Time, journal: &mut Option<DeedId>, ids: &[i64]) -> Result<()> {
        let Some((kind, label)) = deed_code(deed) else { return Ok(()) };
        // Somebody may have undone what there was of it so far, and a later deed swept that away. The rest is then a deed
        // of its own: hung under an undone one nothing could take it back.
        let under_way = match *journal {
            Some(DeedId(id)) => self
                .prepare("SELECT 1 FROM deed WHERE id = ?1 AND undone = 0")?
                .query_row([id], |_| Ok(()))
                .optional()?,
            None => None,
        };
        if under_way.is_none() {
            *journal = None;
        }
        let id = if let Some(DeedId(id)) = *journal {
            id
        } else {
            self.prepare("DELETE FROM deed WHERE undone = 1")?.execute([])?;
            self.prepare("INSERT INTO deed(at, kind, label_id) VALUES(?1, ?2, ?3)")?.execute(params![
                micros(now),
                kind,
                label
            ])?;
            let id = self.inner.last_insert_rowid();
            self.prepare("DELETE FROM deed WHERE id <= ?1")?.execute([id - JOURNAL])?;
            journal.insert(DeedId(id)).0
        };
        self.prepare("INSERT INTO deed_slice(deed_id, total, ids) VALUES(?1, ?2, ?3)")?.execute(params![
            id,
            ids.len(),
            pack(ids)
        ])?;
        Ok(())
    }
}

/// What the messages with some ids are, in the order of the ids.
pub(super) fn standings(conn: &rusqlite::Connection, ids: &[i64]) -> Result<Vec<(i64, Standing)>> {
    let mut statement = conn.prepare_cached(
        "SELECT id, direction, status, visibility, flow_id IS NOT NULL, unread FROM message WHERE id IN rarray(?1)",
    )?;
    let rows = statement.query_map([id_array(ids.iter().copied())], |row| {
        let standing = Standing {
            direction: coded(row, 1)?,
            status: coded(row, 2)?,
            visibility: coded(row, 3)?,
            in_flow: row.get(4)?,
            unread: row.get(5)?,
        };
        Ok((row.get(0)?, standing))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Increasing ids as differences, seven bits a byte, the lowest first.
fn pack(ids: &[i64]) -> Vec<u8> {
    let mut packed = Vec::with_capacity(ids.len() * 2);
    let mut before = 0;
    for id in ids {
        let mut rest = (id - before).unsigned_abs();
        before = *id;
        loop {
            let low = u8::try_from(rest & 0x7F).unwrap_or(0);
            rest >>= 7;
            if rest == 0 {
                packed.push(low);
                break;
            }
            packed.push(low | 0x80);
        }
    }
    packed
}

fn unpack(packed: &[u8]) -> Vec<i64> {
    let mut ids = Vec::new();
    let (mut before, mut rest, mut shift) = (0_i64, 0_i64, 0_u32);
    for byte in packed {
        rest |= i64::from(byte & 0x7F) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            before += rest;
            ids.push(before);
            (rest, shift) = (0, 0);
        }
    }
    ids
}
