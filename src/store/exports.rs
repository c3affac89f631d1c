//! What leaves in an export beyond what lists show: lives, origins, and all that is known of a contact.

use std::collections::HashMap;

use rusqlite::{OptionalExtension, Transaction};
use uuid::Uuid;

use super::codes::time;
use super::groups::{ContactFacts, contact_facts};
use super::messages::{coded, id_array};
use super::{Result, Store};
use crate::domain::listing::Cursor;
use crate::domain::message::StatusChange;
use crate::domain::{ContactId, MessageId};

/// While it lives, everything is read as it was when it was taken, whatever others write meanwhile.
pub struct Snapshot<'s> {
    _transaction: Transaction<'s>,
}

/// By what a message or a call is known elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origins {
    /// What makes an imported record the same one again.
    pub import_key: Option<i64>,
    /// The number on the platform that it came from.
    pub remote_id: Option<i64>,
    /// The gateway's or the file's own name for it.
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

    /// By what some messages are known elsewhere.
    pub fn message_origins(&self, ids: &[i64]) -> Result<HashMap<i64, Origins>> {
        self.origins("SELECT id, import_key, remote_id, external_id FROM message WHERE id IN rarray(?1)", ids)
    }

    /// By what some calls are known elsewhere.
    pub fn call_origins(&self, ids: &[i64]) -> Result<HashMap<i64, Origins>> {
        self.origins("SELECT id, import_key, NULL, external_id FROM call WHERE id IN rarray(?1)", ids)
    }

    fn origins(&self, sql: &str, ids: &[i64]) -> Result<HashMap<i64, Origins>> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let rows = statement.query_map([id_array(ids.iter().copied())], |row| {
            let origins =
                Origins { import_key: row.get(1)?, remote_id: row.get(2)?, external_id: row.get(3)? };
            Ok((row.get(0)?, origins))
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

    /// The names and public keys of the labels, by name.
    pub fn label_keys(&self) -> Result<Vec<(Uuid, String)>> {
        let mut statement = self.conn.prepare_cached("SELECT uuid, name FROM label ORDER BY name_key")?;
        let rows = statement.query_map([], |row| Ok((Uuid::from_bytes(row.get(0)?), row.get(1)?)))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// The contact with a public key.
    pub fn contact_by_uuid(&self, uuid: Uuid) -> Result<Option<ContactId>> {
        let mut statement = self.conn.prepare_cached("SELECT id FROM contact WHERE uuid = ?1")?;
        Ok(statement.query_row([uuid.as_bytes()], |row| row.get(0).map(ContactId)).optional()?)
    }
}
