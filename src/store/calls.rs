//! Calls: putting them in, and the rows of the call table.

use std::collections::HashMap;

use rusqlite::params;
use uuid::Uuid;

use super::codes::{Code, micros, time};
use super::messages::{coded, id_array, named};
use super::write::Tx;
use super::{Result, Store};
use crate::domain::call::{Call, Outcome};
use crate::domain::contact::{ContactRef, Urn};
use crate::domain::listing::{CallRow, Cursor, Row};
use crate::domain::message::Direction;
use crate::domain::{CallId, ChannelId, ContactId, Time, UrnId};

/// A call to be put in.
#[derive(Debug, Clone)]
pub struct NewCall<'a> {
    /// Its public key.
    pub uuid: Uuid,
    /// Who was on the other end.
    pub contact: ContactId,
    /// The address used.
    pub urn: Option<UrnId>,
    /// The channel used.
    pub channel: Option<ChannelId>,
    /// Who phoned whom.
    pub direction: Direction,
    /// How it ended.
    pub outcome: Outcome,
    /// Seconds of talk; zero means none.
    pub duration: u32,
    /// When it began to ring.
    pub occurred_on: Time,
    /// The source's own name for it.
    pub external_id: &'a str,
    /// What makes an imported record the same one again.
    pub import_key: Option<i64>,
}

impl Tx<'_> {
    /// Puts a call in.
    pub fn insert_call(&mut self, new: &NewCall<'_>) -> Result<CallId> {
        self.prepare(
            "INSERT INTO call(uuid, contact_id, urn_id, channel_id, direction, outcome, duration, occurred_on,
                              import_key, external_id)
             VALUES(?1, ?2, ?3, ?4, ?5, ?6, nullif(?7, 0), ?8, ?9, ?10)",
        )?
        .execute(params![
            new.uuid.as_bytes(),
            new.contact.0,
            new.urn.map(|urn| urn.0),
            new.channel.map(|channel| channel.0),
            new.direction.code(),
            new.outcome.code(),
            new.duration,
            micros(new.occurred_on),
            new.import_key,
            new.external_id,
        ])?;
        Ok(CallId(self.inner.last_insert_rowid()))
    }
}

impl Store {
    /// The calls with a contact between two moments, both with them, oldest first; no moment is no bound. Of too many, the
    /// latest.
    pub fn calls_with(
        &self,
        contact: ContactId,
        from: Option<Time>,
        to: Option<Time>,
        most: usize,
    ) -> Result<Vec<Call>> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, occurred_on FROM call WHERE contact_id = ?1 AND occurred_on BETWEEN ?2 AND ?3
             ORDER BY occurred_on DESC, id DESC LIMIT ?4",
        )?;
        let (from, to) = (from.map_or(i64::MIN, micros), to.map_or(i64::MAX, micros));
        let cursors = statement
            .query_map(params![contact.0, from, to, most], |row| {
                Ok(Cursor { id: row.get(0)?, key: row.get(1)? })
            })?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        let calls = self.load_calls(&cursors)?.into_iter().rev();
        Ok(calls
            .filter_map(|row| match row {
                Row::Call(row) => Some(row.call),
                Row::Message(_) | Row::Schedule(_) => None,
            })
            .collect())
    }

    /// The calls at those places of a view, in that order.
    pub(super) fn load_calls(&self, cursors: &[Cursor]) -> Result<Vec<Row>> {
        let mut statement = self.conn.prepare_cached(
            "SELECT k.id, k.uuid, k.contact_id, c.uuid, c.name, u.identity, u.display, u.national, k.channel_id, ch.uuid,
                    ch.name, k.direction, k.outcome, k.duration, k.occurred_on
             FROM call k JOIN contact c ON c.id = k.contact_id LEFT JOIN contact_urn u ON u.id = k.urn_id
             LEFT JOIN channel ch ON ch.id = k.channel_id WHERE k.id IN rarray(?1)",
        )?;
        let rows = statement.query_map([id_array(cursors.iter().map(|cursor| cursor.id))], |row| {
            let identity: Option<String> = row.get(5)?;
            let urn = match identity {
                Some(identity) => Some(Urn::kept(&identity, row.get(6)?)),
                None => None,
            };
            let call = Call {
                id: CallId(row.get(0)?),
                uuid: Uuid::from_bytes(row.get(1)?),
                contact: ContactRef {
                    id: ContactId(row.get(2)?),
                    uuid: Uuid::from_bytes(row.get(3)?),
                    name: row.get(4)?,
                },
                urn,
                channel: named(row, 8, ChannelId)?,
                direction: coded(row, 11)?,
                outcome: coded(row, 12)?,
                duration: row.get(13)?,
                occurred_on: time(row.get(14)?),
            };
            let national: Option<String> = row.get(7)?;
            Ok((call.id.0, (call, national.unwrap_or_default())))
        })?;
        let mut found: HashMap<i64, (Call, String)> = rows.collect::<rusqlite::Result<_>>()?;
        let rows = cursors.iter().filter_map(|cursor| {
            let (call, national) = found.remove(&cursor.id)?;
            Some(Row::Call(Box::new(CallRow { cursor: *cursor, call, national })))
        });
        Ok(rows.collect())
    }
}
