//! Counting how often each of very many keys was met, in little memory.

use std::collections::HashMap;

use rusqlite::{Connection, params};

use super::Result;

/// How many keys are kept in memory, in some twenty bytes each.
const MOST: usize = 200_000;

/// How often each key was met. What becomes too much for memory goes into a file that SQLite makes for it, without a name, and
/// removes with the last of its users.
#[derive(Debug)]
pub struct Tally {
    most: usize,
    latest: HashMap<u64, u32>,
    /// The counts of keys that were met before those in memory.
    file: Option<Connection>,
}

impl Default for Tally {
    fn default() -> Self {
        Self::that_holds(MOST)
    }
}

impl Tally {
    /// One that keeps so many keys in memory.
    fn that_holds(most: usize) -> Self {
        Self { most, latest: HashMap::new(), file: None }
    }

    /// Counts a key, and says how often it was met by now.
    pub fn count(&mut self, key: u64) -> Result<u32> {
        if let Some(count) = self.latest.get_mut(&key) {
            *count += 1;
            return Ok(*count);
        }
        if self.latest.len() >= self.most {
            self.spill()?;
        }
        let before = match &self.file {
            Some(file) => file
                .prepare_cached("SELECT ifnull((SELECT count FROM tally WHERE key = ?1), 0)")?
                .query_row([key.cast_signed()], |row| row.get(0))?,
            None => 0,
        };
        self.latest.insert(key, before + 1);
        Ok(before + 1)
    }

    /// No key was met.
    pub fn clear(&mut self) {
        *self = Self::that_holds(self.most);
    }

    fn spill(&mut self) -> Result<()> {
        let file = self.file.take().map_or_else(new_file, Ok)?;
        let mut latest: Vec<(u64, u32)> = self.latest.drain().collect();
        // In the order of the table, whose pages are then each written once.
        latest.sort_unstable_by_key(|(key, _)| key.cast_signed());
        file.execute_batch("BEGIN")?;
        let mut statement = file.prepare_cached(
            "INSERT INTO tally(key, count) VALUES(?1, ?2) ON CONFLICT DO UPDATE SET count = excluded.count",
        )?;
        for (key, count) in latest {
            statement.execute(params![key.cast_signed(), count])?;
        }
        drop(statement);
        file.execute_batch("COMMIT")?;
        self.file = Some(file);
        Ok(())
    }
}

fn new_file() -> Result<Connection> {
    let file = Connection::open("")?;
    file.execute_batch(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -4096;
         CREATE TABLE tally(key INTEGER PRIMARY KEY, count INTEGER NOT NULL)",
    )?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_counted_however_many_there_are() {
        let mut tally = Tally::that_holds(100);
        // Each key is met three times, far from each other.
        let many = 250_u64;
        for turn in 1..=3 {
            for n in 0..many {
                let key = n.wrapping_mul(0x9E37_79B9_7F4A_7C15);
                assert_eq!(tally.count(key).unwrap(), turn);
                assert!(tally.latest.len() <= 100);
            }
        }
        assert_eq!(tally.count(0).unwrap(), 4);
        assert_eq!(tally.count(0).unwrap(), 5);
        tally.clear();
        assert_eq!(tally.count(0).unwrap(), 1);
    }
}
