//! The figures of the sidebar, as the triggers keep them.

use rusqlite::OptionalExtension;
use uuid::Uuid;

use super::codes::Code;
use super::{Result, Store};
use crate::domain::folder::Folder;
use crate::domain::listing::{Counts, FolderCount, LabelCount};
use crate::domain::{LabelId, MessageId};

impl Store {
    /// What the sidebar shows. A dozen rows: it costs the same for any number of messages.
    pub fn counts(&self) -> Result<Counts> {
        let mut counts = Counts::default();
        let mut statement = self.conn.prepare_cached("SELECT folder, total, unread FROM folder_count")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let folder = Folder::from_code(row.get(0)?);
            if let Some(count) = folder.and_then(|folder| counts.folders.get_mut(folder as usize)) {
                *count = FolderCount { total: row.get(1)?, unread: row.get(2)? };
            }
        }
        counts.labels = self.labels()?;
        counts.drafts = self.count_drafts()?;
        counts.newest = self
            .conn
            .prepare_cached("SELECT max(id) FROM message")?
            .query_row([], |row| row.get::<_, Option<i64>>(0))
            .optional()?
            .flatten()
            .map(MessageId);
        Ok(counts)
    }

    /// All labels, by name.
    pub fn labels(&self) -> Result<Vec<LabelCount>> {
        let mut statement =
            self.conn.prepare_cached("SELECT id, uuid, name, total FROM label ORDER BY name_key")?;
        let rows = statement.query_map([], |row| {
            Ok(LabelCount {
                id: LabelId(row.get(0)?),
                uuid: Uuid::from_bytes(row.get(1)?),
                name: row.get(2)?,
                total: row.get(3)?,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}
