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
        self.by_name_or_key("label", name, fresh).map(LabelId)
    }

    pub(super) fn find_label(&self, name: &str) -> Result<Option<LabelId>> {
        Ok(self.by_name("label", name)?.map(LabelId))
    }

    /// The row of a table of names: by its name, else by its key, else a new one.
    pub(super) fn by_name_or_key(
        &mut self,
        table: &str,
        name: &str,
        fresh: impl FnOnce() -> Uuid,
    ) -> Result<i64> {
        if let Some(id) = self.by_name(table, name)? {
            return Ok(id);
        }
        let uuid = fresh();
        let renamed = self
            .prepare(&format!("SELECT id FROM {table} WHERE uuid = ?1"))?
            .query_row([uuid.as_bytes()], |row| row.get(0))
            .optional()?;
        if let Some(id) = renamed {
            return Ok(id);
        }
        self.prepare(&format!("INSERT INTO {table}(uuid, name, name_key) VALUES(?1, ?2, ?3)"))?
            .execute(params![uuid.as_bytes(), name, name_key(name)])?;
        Ok(self.inner.last_insert_rowid())
    }

    fn by_name(&self, table: &str, name: &str) -> Result<Option<i64>> {
        Ok(self
            .prepare(&format!("SELECT id FROM {table} WHERE name_key = ?1"))?
            .query_row([name_key(name)], |row| row.get(0))
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
