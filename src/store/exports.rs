//! What leaves in an export beyond what lists show: lives, origins, and all that is known of a contact.

use std::collections::HashMap;

use rusqlite::Transaction;

use super::codes::time;
use super::groups::{ContactFacts, contact_facts};
use super::messages::{coded, id_array};
use super::{Result, Store};
use crate::domain::listing::Cursor;
use crate::domain::message::StatusChange;
use crate::domain::{CallId, ContactId, MessageId};

/// While it lives, everything is read as it was when it was taken, whatever others write meanwhile.
pub struct Snapshot<'s> {
    _transaction: Transaction<'s>,
}

/// By what a call is known elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CallOrigin {
    /// What makes an imported record the same one again.
    pub import_key: Option<i64>,
    /// The file's own name for it.
    pub external_id: String,
}

/// Everything that is known of a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactSheet {
    /// The facts.
    pub facts: ContactFacts,
    /// The groups that it is in, by name.
    pub groups: Vec<String>,
}

impl Store {
    /// Holds still what is read. As long as it is held, the file's journal grows with all that is written.
    pub fn snapshot(&self) -> Result<Snapshot<'_>> {
        Ok(Snapshot { _transaction: self.conn.unchecked_transaction()? })
    }

    /// The places of some messages among all, the oldest first.
    pub fn cursors_of(&self, ids: &[MessageId]) -> Result<Vec<Cursor>> {
        let mut statement = self.conn.prepare_cached(
            "SELECT search_key, id FROM message WHERE id IN rarray(?1) AND visibility <> 2 ORDER BY search_key",
        )?;
        let rows = statement.query_map([id_array(ids.iter().map(|id| id.0))], |row| {
            Ok(Cursor { key: row.get(0)?, id: row.get(1)? })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// The lives of some messages.
    pub fn histories(&self, ids: &[i64]) -> Result<HashMap<MessageId, Vec<StatusChange>>> {
        let mut statement = self.conn.prepare_cached(
            "SELECT message_id, at, status, cause, detail FROM status_change WHERE message_id IN rarray(?1)
             ORDER BY message_id, seq",
        )?;
        let mut rows = statement.query([id_array(ids.iter().copied())])?;
        let mut found: HashMap<MessageId, Vec<StatusChange>> = HashMap::with_capacity(ids.len());
        while let Some(row) = rows.next()? {
            found.entry(MessageId(row.get(0)?)).or_default().push(StatusChange {
                at: time(row.get(1)?),
                status: coded(row, 2)?,
                cause: coded(row, 3)?,
                detail: row.get(4)?,
            });
        }
        Ok(found)
    }

    /// What makes some imported messages the same ones again; others have nothing of the kind.
    pub fn import_keys(&self, ids: &[i64]) -> Result<HashMap<MessageId, i64>> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, import_key FROM message WHERE id IN rarray(?1) AND import_key IS NOT NULL",
        )?;
        let rows = statement
            .query_map([id_array(ids.iter().copied())], |row| Ok((MessageId(row.get(0)?), row.get(1)?)))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// By what some calls are known elsewhere.
    pub fn call_origins(&self, ids: &[i64]) -> Result<HashMap<CallId, CallOrigin>> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT id, import_key, external_id FROM call WHERE id IN rarray(?1)")?;
        let rows = statement.query_map([id_array(ids.iter().copied())], |row| {
            let origin = CallOrigin { import_key: row.get(1)?, external_id: row.get(2)? };
            Ok((CallId(row.get(0)?), origin))
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Everything that is known of a contact.
    pub fn contact_sheet(&self, contact: ContactId) -> Result<ContactSheet> {
        let mut statement = self.conn.prepare_cached(
            "SELECT g.name FROM contact_group_member m JOIN contact_group g ON g.id = m.group_id
             WHERE m.contact_id = ?1 ORDER BY g.name_key",
        )?;
        let groups = statement.query_map([contact.0], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        Ok(ContactSheet { facts: contact_facts(&self.conn, contact)?, groups })
    }

    /// Some contacts above an id, by id.
    pub fn contacts_above(&self, id: i64, most: usize) -> Result<Vec<ContactId>> {
        let mut statement =
            self.conn.prepare_cached("SELECT id FROM contact WHERE id > ?1 ORDER BY id LIMIT ?2")?;
        let rows = statement
            .query_map((id, i64::try_from(most).unwrap_or(i64::MAX)), |row| row.get(0).map(ContactId))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}
