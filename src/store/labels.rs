//! Labels: making, renaming, removing and finding them. Putting them on messages is a deed.

use rusqlite::{OptionalExtension, params};
use uuid::Uuid;

use super::write::Tx;
use super::{Result, Store, StoreError};
use crate::domain::LabelId;
use crate::domain::label::name_key;

impl Tx<'_> {
    /// The label of that name, regardless of case, else the one with that key, which was renamed since; it is made when
    /// there is none. The name must be clean.
    pub fn label(&mut self, name: &str, fresh: impl FnOnce() -> Uuid) -> Result<LabelId> {
        if let Some(label) = self.find_label(name)? {
            return Ok(label);
        }
        let uuid = fresh();
        let renamed = self
            .prepare("SELECT id FROM label WHERE uuid = ?1")?
            .query_row([uuid.as_bytes()], |row| row.get(0).map(LabelId))
            .optional()?;
        if let Some(label) = renamed {
            return Ok(label);
        }
        self.prepare("INSERT INTO label(uuid, name, name_key) VALUES(?1, ?2, ?3)")?.execute(params![
            uuid.as_bytes(),
            name,
            name_key(name)
        ])?;
        Ok(LabelId(self.inner.last_insert_rowid()))
    }

    pub(super) fn find_label(&self, name: &str) -> Result<Option<LabelId>> {
        Ok(self
            .prepare("SELECT id FROM label WHERE name_key = ?1")?
            .query_row([name_key(name)], |row| row.get(0).map(LabelId))
            .optional()?)
    }
}

impl Store {
    /// The label of that name, regardless of case.
    pub fn find_label(&self, name: &str) -> Result<LabelId> {
        self.conn
            .prepare_cached("SELECT id FROM label WHERE name_key = ?1")?
            .query_row([name_key(name)], |row| row.get(0).map(LabelId))
            .optional()?
            .ok_or_else(|| StoreError::NoLabel(name.to_owned()))
    }

    /// Makes a label; an existing one of that name is an error. The name must be clean.
    pub fn create_label(&mut self, name: &str, uuid: Uuid) -> Result<LabelId> {
        self.write(|tx| match tx.find_label(name)? {
            Some(_) => Err(StoreError::LabelExists(name.to_owned())),
            None => tx.label(name, || uuid),
        })
    }

    /// Gives a label another name; its own in other case is fine.
    pub fn rename_label(&mut self, label: LabelId, name: &str) -> Result<()> {
        self.write(|tx| {
            if tx.find_label(name)?.is_some_and(|other| other != label) {
                return Err(StoreError::LabelExists(name.to_owned()));
            }
            tx.prepare("UPDATE label SET name = ?2, name_key = ?3 WHERE id = ?1")?.execute(params![
                label.0,
                name,
                name_key(name)
            ])?;
            Ok(())
        })
    }

    /// Removes a label, from all messages too; the messages stay.
    pub fn delete_label(&mut self, label: LabelId) -> Result<()> {
        self.write(|tx| {
            tx.prepare("DELETE FROM message_label WHERE label_id = ?1")?.execute([label.0])?;
            tx.prepare("DELETE FROM label WHERE id = ?1")?.execute([label.0])?;
            Ok(())
        })
    }
}
