//! What was deleted leaves the file too.
//!
//! Clearing a text overwrites it where it stands. Copies stay behind: when rows move from one page to another SQLite leaves
//! the old bytes in the gap between them, whatever `secure_delete` says, and the text index keeps the words of what is
//! gone until its parts are merged. So after a deletion the index is merged and the file is written anew.
//!
//! That reads the whole file. How many messages were cleared since the last time is kept in the workspace, in the
//! transaction that clears them: what could not be done at once is done in an idle moment, by whoever comes first.

use std::ops::ControlFlow;

use rusqlite::{Connection, OpenFlags, OptionalExtension, params};

use super::search::{self, Merge};
use super::{Result, Store, StoreError, wait_for_others};

/// Scrubbing a file up to this size takes a second or so.
const SMALL_FILE: i64 = 64 << 20;

/// Notes that messages were cleared.
pub(super) fn owe(conn: &Connection, messages: usize) -> Result<()> {
    conn.prepare_cached(
        "INSERT INTO workspace(key, value) VALUES('cleared', ?1)
         ON CONFLICT DO UPDATE SET value = CAST(value AS INTEGER) + CAST(excluded.value AS INTEGER)",
    )?
    .execute([messages.to_string()])?;
    Ok(())
}

impl Store {
    /// Scrubs the file after a deletion of many, or when it is small; otherwise that waits for an idle moment. The
    /// deletion is done, so what hinders the scrubbing does not make it fail.
    pub(super) fn scrub_after(&mut self, many: bool, step: impl FnMut(()) -> ControlFlow<()>) -> Result<()> {
        let size: i64 = self.conn.query_row(
            "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
            [],
            |row| row.get(0),
        )?;
        if !many && size > SMALL_FILE {
            return Ok(());
        }
        match self.scrub(step) {
            Err(StoreError::Busy | StoreError::Full | StoreError::Disk(_) | StoreError::Interrupted) => {
                Ok(())
            }
            other => other,
        }
    }

    /// Drops what is left of cleared messages from the file. `step` may put it off.
    pub fn scrub(&mut self, mut step: impl FnMut(()) -> ControlFlow<()>) -> Result<()> {
        let owed: Option<String> = self
            .conn
            .prepare_cached("SELECT value FROM workspace WHERE key = 'cleared'")?
            .query_row([], |row| row.get(0))
            .optional()?;
        let Some(owed) = owed else { return Ok(()) };
        let mut piece = Merge::Begin;
        while self.write(|tx| search::merge(&tx.inner, piece))? {
            piece = Merge::GoOn;
            if step(()).is_break() {
                return Ok(());
            }
        }
        // On a connection of its own: this one keeps what is temporary in memory, and that is the whole file here.
        let mut conn = Connection::open_with_flags(
            &self.path,
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        wait_for_others(&mut conn)?;
        conn.execute_batch("VACUUM")?;
        let behind: i64 = conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        // Somebody who reads an older state keeps the log, and the old pages, from going.
        if behind == 0 {
            self.write(|tx| {
                tx.prepare("DELETE FROM workspace WHERE key = 'cleared' AND value = ?1")?
                    .execute(params![owed])?;
                Ok(())
            })?;
            self.conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        }
        Ok(())
    }
}
