//! Searches that are kept: the latest ones, and those that were saved.

use rusqlite::params;

use super::codes::micros;
use super::{Result, Store};
use crate::domain::Time;
use crate::domain::fold::fold;

/// How many of the latest searches are kept.
const MOST_RECENT: i64 = 50;

impl Store {
    /// Remembers a search. The oldest ones that nobody saved are forgotten.
    pub fn note_search(&mut self, text: &str, now: Time) -> Result<()> {
        self.write(|tx| {
            tx.prepare(
                "INSERT INTO search(text, used_on) VALUES(?1, ?2)
                 ON CONFLICT DO UPDATE SET used_on = excluded.used_on",
            )?
            .execute(params![text, micros(now)])?;
            tx.prepare(
                "DELETE FROM search WHERE saved = 0 AND used_on < ifnull(
                   (SELECT used_on FROM search WHERE saved = 0 ORDER BY used_on DESC LIMIT 1 OFFSET ?1), 0)",
            )?
            .execute([MOST_RECENT])?;
            Ok(())
        })
    }

    /// Saves a search, or no longer.
    pub fn save_search(&mut self, text: &str, saved: bool, now: Time) -> Result<()> {
        self.write(|tx| {
            tx.prepare(
                "INSERT INTO search(text, used_on, saved) VALUES(?1, ?2, ?3)
                 ON CONFLICT DO UPDATE SET saved = excluded.saved",
            )?
            .execute(params![text, micros(now), saved])?;
            Ok(())
        })
    }

    /// The latest searches, the last one first, and the saved ones by their text.
    pub fn searches(&self) -> Result<(Vec<String>, Vec<String>)> {
        let texts = |sql: &str| -> Result<Vec<String>> {
            let mut statement = self.conn.prepare_cached(sql)?;
            let rows = statement.query_map([], |row| row.get(0))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        };
        Ok((
            texts("SELECT text FROM search ORDER BY used_on DESC, text")?,
            texts("SELECT text FROM search WHERE saved = 1 ORDER BY text")?,
        ))
    }

    /// The names of channels, or of flows, that have a text in them.
    pub fn names_with(&self, what: NamesOf, typed: &str, most: usize) -> Result<Vec<String>> {
        let sql = match what {
            NamesOf::Channels => "SELECT DISTINCT name FROM channel WHERE name <> '' ORDER BY name",
            NamesOf::Flows => "SELECT DISTINCT name FROM flow WHERE name <> '' ORDER BY name",
        };
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        let (mut found, wanted) = (Vec::new(), fold(typed));
        while let Some(row) = rows.next()? {
            let name: String = row.get(0)?;
            if found.len() < most && fold(&name).contains(&wanted) {
                found.push(name);
            }
        }
        Ok(found)
    }
}

/// What has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamesOf {
    /// Channels.
    Channels,
    /// Flows.
    Flows,
}
