//! Checking a workspace against itself, and mending what can be derived again.
//!
//! Everything that is kept twice is compared: the kept counts with counted ones, the labels of a message with their
//! number, the last step of a message's history with its status, and both text indexes with the texts. An index holds no
//! text to compare, so it is summed up: each pair of a token and a row gives a number, and the sum over the index must be
//! the sum over the texts.

use std::collections::BTreeSet;
use std::fmt;

use rusqlite::Connection;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::codes::Code;
use super::file::{self, Part};
use super::{Result, Store, StoreError, contacts, search};
use crate::domain::folder::Folder;
use crate::domain::message::Cause;

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// SQLite's own check found damage. It cannot be mended here.
    Integrity(String),
    /// Rows that point at rows which are not there.
    Dangling {
        /// The table of the rows.
        table: String,
        /// How many.
        rows: u64,
    },
    /// A folder's kept count is wrong; none stands for the deleted messages.
    FolderCount(Option<Folder>),
    /// Labels whose kept count is wrong, or messages whose number of labels is.
    Labels(u64),
    /// Messages that are not in the folder that the rule gives them, or not in their place there.
    FolderRule(u64),
    /// Messages whose history does not end in their status.
    History(u64),
    /// An index or a trigger of the schema is not there.
    Missing(String),
    /// The index of texts is not that of the texts.
    MessageIndex,
    /// The index of contacts is not that of the contacts.
    ContactIndex,
}

impl Finding {
    /// Whether it can be derived again from what is sound.
    pub fn can_be_mended(&self) -> bool {
        match self {
            Self::Integrity(_) | Self::Dangling { .. } => false,
            Self::FolderCount(_)
            | Self::FolderRule(_)
            | Self::Labels(_)
            | Self::History(_)
            | Self::Missing(_)
            | Self::MessageIndex
            | Self::ContactIndex => true,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integrity(what) => f.write_str(what),
            Self::Dangling { table, rows } => write!(f, "{rows} rows of {table} point nowhere"),
            Self::FolderCount(Some(folder)) => write!(f, "the count of {} is wrong", folder.id()),
            Self::FolderCount(None) => f.write_str("the count of deleted messages is wrong"),
            Self::Labels(rows) => write!(f, "{rows} counts of labels are wrong"),
            Self::FolderRule(rows) => write!(f, "{rows} messages are not in the folder where they belong"),
            Self::History(rows) => write!(f, "the history of {rows} messages does not end in their status"),
            Self::Missing(name) => write!(f, "{name} is missing"),
            Self::MessageIndex => f.write_str("the search index does not fit the messages"),
            Self::ContactIndex => f.write_str("the search index does not fit the contacts"),
        }
    }
}

/// What an examination found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// Messages looked at; in a damaged workspace those that can still be read.
    pub messages: u64,
    /// What is wrong; empty in a sound workspace.
    pub findings: Vec<Finding>,
}

/// How many ids are stepped over where a message cannot be read: fewer than a page of the file holds.
const STEP_OVER: i64 = 8;

/// Both text indexes.
const INDEXES: [&str; 2] = ["message_fts", "contact_fts"];

/// What an index keeps its content in.
const INDEX_PARTS: [&str; 5] = ["data", "idx", "content", "docsize", "config"];

/// How many rows a folder really has, and how many of them are unread.
const COUNTED: &str = "SELECT k.folder,
      CASE k.folder WHEN 7 THEN (SELECT count(*) FROM call) WHEN 8 THEN (SELECT count(*) FROM schedule)
                    ELSE (SELECT count(*) FROM message m WHERE m.folder = k.folder) END AS total,
      (SELECT count(*) FROM message m WHERE m.folder = k.folder AND m.unread = 1) AS unread
    FROM (SELECT column1 AS folder FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8))) k";

/// How many labels a message really carries, where that differs from what it says.
const MISCOUNTED_MESSAGES: &str = "SELECT m.id, count(x.label_id) AS labels FROM message m
    LEFT JOIN message_label x ON x.message_id = m.id GROUP BY m.id HAVING m.labels <> count(x.label_id)";

/// Where the rule puts a message, where that differs from where it is.
const MISPLACED: &str = "SELECT id, placed AS folder, CASE placed WHEN 5 THEN ifnull(sent_on, created_on) ELSE created_on END AS sort_key
    FROM (SELECT *, CASE WHEN visibility = 2 THEN 0
                         WHEN direction = 0 THEN CASE WHEN visibility = 1 THEN 3 WHEN flow_id IS NULL THEN 1 ELSE 2 END
                         ELSE 3 + status / 10 END AS placed FROM message
          WHERE CASE direction WHEN 0 THEN status IN (0, 1)
                               WHEN 1 THEN status IN (10, 11, 12, 20, 21, 22, 23, 30) ELSE 0 END)
    WHERE folder <> placed OR sort_key <> CASE placed WHEN 5 THEN ifnull(sent_on, created_on) ELSE created_on END";

/// Messages whose direction or status is none that exists: nothing says what they were.
const MEANINGLESS: &str = "SELECT 1 FROM message WHERE NOT CASE direction WHEN 0 THEN status IN (0, 1)
    WHEN 1 THEN status IN (10, 11, 12, 20, 21, 22, 23, 30) ELSE 0 END";

/// Messages whose history does not end in their status.
const UNTOLD: &str = "SELECT m.id, m.status, m.modified_on FROM message m WHERE m.status IS NOT
    (SELECT status FROM status_change s WHERE s.message_id = m.id ORDER BY seq DESC LIMIT 1)
    AND m.status IN (0, 1, 10, 11, 12, 20, 21, 22, 23, 30)";

/// Labellings that say wrongly whether their message is visible.
const MISSHOWN: &str = "SELECT 1 FROM message_label x JOIN message m ON m.id = x.message_id
    WHERE x.shown <> (m.visibility = 0)";

/// How many visible messages a label really has, where that differs from what it says.
const MISCOUNTED_LABELS: &str = "SELECT l.id, count(x.message_id) AS total FROM label l
    LEFT JOIN message_label x ON x.label_id = l.id AND x.shown = 1 GROUP BY l.id HAVING l.total <> count(x.message_id)";

impl Store {
    /// Looks at everything and changes nothing. It reads the whole file: seconds for a million messages.
    pub fn examine(&self) -> Result<Report> {
        // The list of an index's tokens becomes a table of this connection's own.
        match self.unguarded(|| self.examine_all()) {
            Err(StoreError::Damaged(what)) => Ok(self.survey(what)),
            // Where the pages of a text index are gone SQLite cannot say more than that it does not open.
            Err(StoreError::Sql(error)) => Ok(self.survey(error.to_string())),
            other => other,
        }
    }

    /// What can be told of a file that is too damaged to be compared with itself.
    fn survey(&self, what: String) -> Report {
        let mut findings = Vec::new();
        if let Ok(mut statement) = self.conn.prepare("PRAGMA integrity_check(10)")
            && let Ok(lines) = statement.query_map([], |row| row.get::<_, String>(0))
        {
            // It may itself stop at the damage.
            let lines = lines.map_while(rusqlite::Result::ok).filter(|line| line != "ok");
            findings.extend(lines.flat_map(|text| {
                text.lines().filter(|line| !line.starts_with("***")).map(str::to_owned).collect::<Vec<_>>()
            }));
        }
        if findings.is_empty() {
            findings.push(what);
        }
        let findings = findings.into_iter().map(Finding::Integrity).collect();
        Report { messages: self.readable_messages(), findings }
    }

    /// How many messages can be read; around a damaged place a few more may be.
    fn readable_messages(&self) -> u64 {
        let number = |sql: &str| self.conn.query_row(sql, [], |row| row.get::<_, i64>(0));
        // Ids are dense, so the kept counts tell the last one where the end of the table is torn.
        let last = number("SELECT max(id) FROM message")
            .or_else(|_| number("SELECT sum(total) FROM folder_count WHERE folder NOT IN (7, 8)"))
            .unwrap_or(0);
        let (mut readable, mut from) = (0, 0);
        while self.read_on(&mut from, &mut readable).is_err() && from < last {
            from += STEP_OVER;
        }
        readable
    }

    /// Reads texts until the end or until one that cannot be read.
    fn read_on(&self, from: &mut i64, readable: &mut u64) -> Result<()> {
        let mut statement =
            self.conn.prepare_cached("SELECT id, text, status FROM message WHERE id > ?1 ORDER BY id")?;
        let mut rows = statement.query([*from])?;
        while let Some(row) = rows.next()? {
            row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?;
            *from = row.get(0)?;
            *readable += 1;
        }
        Ok(())
    }

    fn examine_all(&self) -> Result<Report> {
        // One snapshot: others may write while we compare.
        let snapshot = self.conn.unchecked_transaction()?;
        let number = |sql: &str| -> Result<u64> { Ok(self.conn.query_row(sql, [], |row| row.get(0))?) };
        let count = |rows: &str| number(&format!("SELECT count(*) FROM ({rows})"));
        let mut report = Report { messages: number("SELECT count(*) FROM message")?, findings: Vec::new() };
        // Told below in words that mean something, and mended there.
        let (misplaced, meaningless) = (count(MISPLACED)?, count(MEANINGLESS)?);
        let is_told =
            |line: &str| line == "ok" || misplaced + meaningless > 0 && line.starts_with("CHECK constraint");
        let (lines, stopped) = self.check("10");
        let (of_indexes, lines): (Vec<_>, Vec<_>) =
            lines.into_iter().filter(|line| !is_told(line)).partition(|line| {
                line.to_lowercase().contains("fts5") && INDEXES.iter().any(|index| line.contains(index))
            });
        // A text index that does not even open stops the check.
        if let Some(error) = &stopped
            && !self.tables_are_sound(is_told)?
        {
            return Err(StoreError::Damaged(error.to_string()));
        }
        report.findings.extend(lines.into_iter().map(Finding::Integrity));
        if meaningless > 0 {
            let what = format!("{meaningless} messages have a status that does not exist");
            report.findings.push(Finding::Integrity(what));
        }
        let there = self.schema_names()?;
        let missing = file::fresh_schema()?.into_iter().filter(|part| part.is_missing_in(&there));
        report.findings.extend(missing.map(|part| Finding::Missing(part.name)));
        if misplaced > 0 {
            report.findings.push(Finding::FolderRule(misplaced));
        }
        let mut statement = self
            .conn
            .prepare("SELECT \"table\", count(*) FROM pragma_foreign_key_check GROUP BY \"table\"")?;
        let dangling = statement
            .query_map([], |row| Ok(Finding::Dangling { table: row.get(0)?, rows: row.get(1)? }))?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        report.findings.extend(dangling);
        let mut statement = self.conn.prepare(&format!(
            "SELECT c.folder FROM ({COUNTED}) c LEFT JOIN folder_count k ON c.folder = k.folder
             WHERE k.total IS NOT c.total OR k.unread IS NOT c.unread ORDER BY c.folder"
        ))?;
        let folders = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<i64>>>()?;
        report.findings.extend(folders.into_iter().map(|code| Finding::FolderCount(Folder::from_code(code))));
        let labels = count(MISCOUNTED_MESSAGES)? + count(MISSHOWN)? + count(MISCOUNTED_LABELS)?;
        if labels > 0 {
            report.findings.push(Finding::Labels(labels));
        }
        let history = count(UNTOLD)?;
        if history > 0 {
            report.findings.push(Finding::History(history));
        }
        // A damaged index fails here again; the finding above has said so already.
        if report.findings.iter().all(|finding| !matches!(finding, Finding::Integrity(_))) {
            let told = |index: &str| of_indexes.iter().any(|line| line.contains(index));
            let before = report.findings.len();
            if told("message_fts") || self.index_sum("message_fts")? != Some(self.message_sum()?) {
                report.findings.push(Finding::MessageIndex);
            }
            if told("contact_fts") || self.index_sum("contact_fts")? != Some(self.contact_sum()?) {
                report.findings.push(Finding::ContactIndex);
            }
            if let Some(error) = stopped.filter(|_| report.findings.len() == before) {
                report.findings.push(Finding::Integrity(error.to_string()));
            }
        }
        snapshot.finish()?;
        Ok(report)
    }

    /// Mends what can be derived again: folders, counts, indexes, and the last step of a history. All of it in one
    /// transaction, or nothing.
    pub fn mend(&mut self) -> Result<()> {
        self.write(|tx| {
            let mended = Cause::Mended.code();
            let there: BTreeSet<String> = tx
                .inner
                .prepare("SELECT name FROM sqlite_schema")?
                .query_map([], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            let fresh = file::fresh_schema()?;
            for part in fresh.iter().filter(|part| part.is_missing_in(&there)) {
                tx.inner.execute_batch(&part.sql)?;
            }
            let counts = format!(
                "INSERT INTO folder_count(folder, total, unread) SELECT * FROM ({COUNTED}) WHERE true
                 ON CONFLICT DO UPDATE SET total = excluded.total, unread = excluded.unread"
            );
            for sql in [
                // Right as they are now, so that what moves cannot take away more than there is.
                &counts,
                &format!(
                    "UPDATE message SET folder = c.folder, sort_key = c.sort_key FROM ({MISPLACED}) c
                     WHERE c.id = message.id"
                ),
                &format!(
                    "INSERT INTO status_change(message_id, seq, at, status, cause)
                     SELECT id, 1 + ifnull((SELECT max(seq) FROM status_change s WHERE s.message_id = u.id), 0),
                            modified_on, status, {mended} FROM ({UNTOLD}) u"
                ),
                &format!("UPDATE message SET labels = c.labels FROM ({MISCOUNTED_MESSAGES}) c WHERE c.id = message.id"),
                "UPDATE message_label SET shown = NOT shown
                 WHERE shown <> (SELECT visibility = 0 FROM message m WHERE m.id = message_label.message_id)",
                &format!("UPDATE label SET total = c.total FROM ({MISCOUNTED_LABELS}) c WHERE c.id = label.id"),
                &counts,
            ] {
                tx.inner.execute(sql, [])?;
            }
            for part in fresh.iter().filter(|part| INDEXES.contains(&part.name.as_str())) {
                make_anew(&tx.inner, part)?;
            }
            contacts::feed_newer(&tx.inner, 0)?;
            search::feed_all(&tx.inner)?;
            tx.already_fed();
            Ok(())
        })
    }

    /// What SQLite's own check says, and what stopped it.
    fn check(&self, what: &str) -> (Vec<String>, Option<rusqlite::Error>) {
        let mut lines = Vec::new();
        let stopped =
            self.conn.prepare(&format!("PRAGMA integrity_check({what})")).and_then(|mut statement| {
                let mut rows = statement.query([])?;
                while let Some(row) = rows.next()? {
                    lines.push(row.get::<_, String>(0)?);
                }
                Ok(())
            });
        (lines, stopped.err())
    }

    /// Whether every table is sound that is more than the door to a text index; those in which an index has its content are
    /// looked at as tables.
    fn tables_are_sound(&self, is_told: impl Fn(&str) -> bool) -> Result<bool> {
        let mut statement = self.conn.prepare(
            "SELECT 'sqlite_schema' UNION ALL
             SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'",
        )?;
        let names =
            statement.query_map([], |row| row.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<_>>>()?;
        Ok(names.iter().all(|name| {
            let (lines, stopped) = self.check(&format!("'{}'", name.replace('\'', "''")));
            stopped.is_none() && lines.iter().all(|line| is_told(line))
        }))
    }

    fn schema_names(&self) -> Result<BTreeSet<String>> {
        let mut statement = self.conn.prepare("SELECT name FROM sqlite_schema")?;
        let names = statement.query_map([], |row| row.get(0))?;
        Ok(names.collect::<rusqlite::Result<_>>()?)
    }

    /// The sum over an index; none when it cannot be read.
    fn index_sum(&self, index: &str) -> Result<Option<i64>> {
        let sum = || -> rusqlite::Result<i64> {
            self.conn.execute_batch(&format!(
                "CREATE VIRTUAL TABLE IF NOT EXISTS temp.{index}_tokens USING fts5vocab(main, {index}, instance)"
            ))?;
            let mut statement = self.conn.prepare(&format!("SELECT term, doc FROM temp.{index}_tokens"))?;
            let mut rows = statement.query([])?;
            let mut sum = 0_i64;
            while let Some(row) = rows.next()? {
                sum = sum.wrapping_add(pair(row.get_ref(0)?.as_str()?, row.get(1)?));
            }
            Ok(sum)
        };
        match sum().map_err(StoreError::from) {
            Ok(sum) => Ok(Some(sum)),
            Err(StoreError::Damaged(_) | StoreError::Sql(_)) => Ok(None),
            Err(other) => Err(other),
        }
    }

    fn message_sum(&self) -> Result<i64> {
        let mut statement = self.conn.prepare(
            "SELECT search_document(text, contact_id), search_key FROM message WHERE visibility <> 2",
        )?;
        let mut rows = statement.query([])?;
        let mut sum = 0_i64;
        while let Some(row) = rows.next()? {
            let document = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
            sum = sum.wrapping_add(document_sum(document, row.get(1)?));
        }
        Ok(sum)
    }

    fn contact_sum(&self) -> Result<i64> {
        let mut sum = 0_i64;
        contacts::each_document(&self.conn, 0, |contact, document| {
            sum = sum.wrapping_add(document_sum(document, contact.0));
            Ok(())
        })?;
        Ok(sum)
    }
}

/// Makes a text index anew, with nothing in it. One that does not open cannot be dropped either, so its tables go one by one.
fn make_anew(conn: &Connection, index: &Part) -> Result<()> {
    let name = &index.name;
    conn.pragma_update(None, "writable_schema", true)?;
    let gone = conn.execute("DELETE FROM sqlite_schema WHERE type = 'table' AND name = ?1", [name]);
    conn.pragma_update(None, "writable_schema", "RESET")?;
    gone?;
    for part in INDEX_PARTS {
        conn.execute_batch(&format!("DROP TABLE IF EXISTS {name}_{part}"))?;
    }
    conn.execute_batch(&index.sql)?;
    conn.execute_batch(&format!("INSERT INTO {name}({name}, rank) VALUES('secure-delete', 1)"))?;
    Ok(())
}

/// The sum over the tokens of a document, each counted once.
fn document_sum(document: &str, row: i64) -> i64 {
    let mut tokens: Vec<&str> = document.split(' ').filter(|token| !token.is_empty()).collect();
    tokens.sort_unstable();
    tokens.dedup();
    tokens.into_iter().map(|token| pair(token, row)).fold(0, i64::wrapping_add)
}

/// A number for a token in a row.
#[expect(clippy::cast_possible_wrap, clippy::cast_sign_loss, reason = "only the bits count")]
fn pair(token: &str, row: i64) -> i64 {
    xxh3_64_with_seed(token.as_bytes(), row as u64) as i64
}
