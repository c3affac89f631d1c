//! A transaction of changes: putting in messages, and feeding the text indexes at its end.

use std::borrow::Cow;

use rusqlite::{
    CachedStatement, Connection, OptionalExtension, Row, Rows, Transaction, TransactionBehavior, params,
};
use uuid::Uuid;

use super::codes::{Code, folder_code, micros, millis, time};
use super::{Result, contacts, search};
use crate::domain::fold::fold;
use crate::domain::folder::{folder_of, sort_time};
use crate::domain::message::{Attachment, FailedReason, Kind, Standing, StatusChange, Visibility};
use crate::domain::{ChannelId, ContactId, FlowId, LabelId, MessageId, Time, UrnId};

/// A message to be put in.
#[derive(Debug, Clone)]
pub struct NewMessage<'a> {
    /// Its public key.
    pub uuid: Uuid,
    /// Who it was exchanged with.
    pub contact: ContactId,
    /// The address used.
    pub urn: Option<UrnId>,
    /// The channel used.
    pub channel: Option<ChannelId>,
    /// The flow that handled it.
    pub flow: Option<FlowId>,
    /// What sort of content it has.
    pub kind: Kind,
    /// Direction, status, visibility and unread mark; `in_flow` follows from the flow.
    pub standing: Standing,
    /// Why it failed.
    pub failed_reason: Option<FailedReason>,
    /// Failed attempts so far.
    pub error_count: u32,
    /// When the next attempt is due.
    pub next_attempt: Option<Time>,
    /// When it was received or written.
    pub created_on: Time,
    /// When it was sent.
    pub sent_on: Option<Time>,
    /// When it was last changed; when it is not said, its last step tells.
    pub modified_on: Option<Time>,
    /// Its number on the platform that it came from.
    pub remote_id: Option<i64>,
    /// The gateway's or the file's own name for it.
    pub external_id: &'a str,
    /// What makes an imported record the same one again.
    pub import_key: Option<i64>,
    /// The text.
    pub text: &'a str,
    /// The text as searches see it, where somebody made that beforehand: [`fold`] of the text, and nothing else.
    pub folded: Option<&'a str>,
    /// What came with it.
    pub attachments: &'a [Attachment],
    /// Its life so far; the last step's status is the standing's.
    pub history: &'a [StatusChange],
}

/// What makes a record of a file the same one again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Same {
    /// When it was received, written or begun.
    pub at: Time,
    /// The key that its format gives it.
    pub key: i64,
    /// The public key that recado gave it; others have none.
    pub uuid: Option<Uuid>,
}

/// A thing by which a record is known as the same one again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// The key that its format gives it.
    Key(i64),
    /// The public key that recado gave it.
    Uuid(Uuid),
}

/// Reads the first and the last moment of a row; both or none are there.
pub(super) fn moments(row: &Row<'_>) -> rusqlite::Result<Option<(Time, Time)>> {
    let [first, last] = [row.get::<_, Option<i64>>(0)?, row.get(1)?];
    Ok(first.map(time).zip(last.map(time)))
}

/// Reads the marks of rows of a key and a public key, until nobody wants more.
pub(super) fn marks(mut rows: Rows<'_>, take: &mut dyn FnMut(Mark) -> bool) -> Result<()> {
    while let Some(row) = rows.next()? {
        let key: Option<i64> = row.get(0)?;
        let wants_more =
            key.is_none_or(|key| take(Mark::Key(key))) && take(Mark::Uuid(Uuid::from_bytes(row.get(1)?)));
        if !wants_more {
            break;
        }
    }
    Ok(())
}

/// A transaction in which things are put in and changed. It commits in [`super::Store::write`].
pub struct Tx<'c> {
    /// What puts a message in, once one was: a long statement is hashed and compared each time that it is looked up.
    put: Option<Put<'c>>,
    conn: &'c Connection,
    pub(super) inner: Transaction<'c>,
    /// Messages that are not yet in the text index: the search key, and what the index is to hold.
    unfed: Vec<(i64, String)>,
    unfed_bytes: usize,
    /// The newest contact before this transaction: what is newer is not yet in its text index.
    newest_contact: i64,
    keys: Keys,
    /// Files whose messages are cleared; they go once that is committed.
    pub(super) gone_files: Vec<String>,
}

/// How many bytes of texts are gathered before they go into the text index.
const MOST_UNFED: usize = 8 << 20;

/// The statements that put a message in.
struct Put<'c> {
    message: CachedStatement<'c>,
    step: CachedStatement<'c>,
}

/// What is known of the search keys that are taken.
#[derive(Debug)]
struct Keys {
    /// The first and the last one: beyond them all are free.
    span: Option<(i64, i64)>,
    taken: TakenKeys,
}

/// Stretches of search keys that are all taken, each with its first and its last one, the latest at the end. They stay true, for
/// no message is ever removed: a connection remembers some, so that a stream of more than a message a millisecond need not walk
/// along what it took itself.
pub(super) type TakenKeys = Vec<(i64, i64)>;

/// How many stretches are remembered: a file may go to and fro between a few moments.
const MOST_STRETCHES: usize = 8;

/// What it cannot put in takes the transaction along, which nobody goes on with after an error. SQLite need not be able then to take
/// back this statement alone, and copies no page before it changes it.
const PUT_MESSAGE: &str =
    "INSERT OR ROLLBACK INTO message(contact_id, urn_id, channel_id, flow_id, direction, kind, status, visibility, unread,
                         failed_reason, error_count, next_attempt, created_on, sent_on, modified_on, folder,
                         sort_key, search_key, import_key, remote_id, uuid, external_id, attachments, text)
     VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22,
            ?23, ?24)";

const PUT_STEP: &str =
    "INSERT INTO status_change(message_id, seq, at, status, cause, detail) VALUES(?1, ?2, ?3, ?4, ?5, ?6)";

/// A key, or the first one behind it that no message has. Messages that share a millisecond keep their order; a burst of
/// thousands reaches into the seconds after it.
fn next_free_key(conn: &Connection, from: i64) -> Result<i64> {
    let taken = conn
        .prepare_cached("SELECT 1 FROM message WHERE search_key = ?1")?
        .query_row([from], |_| Ok(()))
        .optional()?;
    if taken.is_none() {
        return Ok(from);
    }
    let mut statement = conn.prepare_cached(
        "SELECT search_key + 1 FROM message m WHERE search_key >= ?1
           AND NOT EXISTS (SELECT 1 FROM message n WHERE n.search_key = m.search_key + 1)
         ORDER BY search_key LIMIT 1",
    )?;
    Ok(statement.query_row([from], |row| row.get(0))?)
}

impl Keys {
    /// The wanted key, or the one behind those around it that are taken; `next_free` looks for it from there on.
    fn take(&mut self, wanted: i64, next_free: impl FnOnce(i64) -> Result<i64>) -> Result<i64> {
        let is_beyond = self.span.is_none_or(|(first, last)| wanted < first || wanted > last);
        let key = if is_beyond { wanted } else { next_free(self.behind_taken(wanted))? };
        // All between the two is taken, and makes one with what it meets.
        let mut stretch = (wanted, key);
        self.taken.retain(|(start, end)| {
            let meets = *start <= key + 1 && wanted <= end + 1;
            if meets {
                stretch = (stretch.0.min(*start), stretch.1.max(*end));
            }
            !meets
        });
        if self.taken.len() >= MOST_STRETCHES {
            self.taken.remove(0);
        }
        self.taken.push(stretch);
        self.span = Some(self.span.map_or((key, key), |(first, last)| (first.min(key), last.max(key))));
        Ok(key)
    }

    /// A key, or the first one behind it that is not known to be taken.
    fn behind_taken(&self, wanted: i64) -> i64 {
        let mut key = wanted;
        while let Some((_, end)) = self.taken.iter().find(|(start, end)| (start..=end).contains(&&key)) {
            key = end + 1;
        }
        key
    }
}

impl<'c> Tx<'c> {
    /// Begins a transaction on a connection that has none.
    pub(super) fn begin(conn: &'c Connection, taken: TakenKeys) -> Result<Self> {
        let tx = Transaction::new_unchecked(conn, TransactionBehavior::Immediate)?;
        let newest_contact = tx.query_row("SELECT ifnull(max(id), 0) FROM contact", [], |row| row.get(0))?;
        let span = tx
            .prepare_cached(
                "SELECT (SELECT min(search_key) FROM message), (SELECT max(search_key) FROM message)",
            )?
            .query_row([], |row| Ok(row.get::<_, Option<i64>>(0)?.zip(row.get(1)?)))?;
        Ok(Self {
            put: None,
            conn,
            inner: tx,
            unfed: Vec::new(),
            unfed_bytes: 0,
            newest_contact,
            keys: Keys { span, taken },
            gone_files: Vec::new(),
        })
    }

    /// Feeds the text indexes with what is new, after everything else: between row triggers every row would become a segment of
    /// its own, at three times the cost. Gives the keys that are taken from now on, and the files that are to go now.
    pub(super) fn finish(mut self) -> Result<(TakenKeys, Vec<String>)> {
        contacts::feed_newer(&self.inner, self.newest_contact)?;
        self.feed()?;
        drop(self.put);
        self.inner.commit()?;
        Ok((self.keys.taken, self.gone_files))
    }

    fn feed(&mut self) -> Result<()> {
        self.unfed_bytes = 0;
        search::feed_those(&self.inner, std::mem::take(&mut self.unfed))
    }

    /// Whether a contact was put in by this transaction, and so is not in the text index yet.
    pub(super) fn is_new_contact(&self, contact: ContactId) -> bool {
        contact.0 > self.newest_contact
    }

    /// The index of contacts was fed by hand: nothing is left to do at the end.
    pub(super) fn already_fed(&mut self) {
        self.newest_contact = i64::MAX;
    }

    pub(super) fn prepare(&self, sql: &str) -> Result<CachedStatement<'_>> {
        Ok(self.inner.prepare_cached(sql)?)
    }

    /// Writes a setting of the workspace.
    pub(super) fn set(&mut self, key: &str, value: &str) -> Result<()> {
        self.prepare("INSERT INTO workspace(key, value) VALUES(?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value")?
            .execute([key, value])?;
        Ok(())
    }

    /// Puts a message in, with its history.
    pub fn insert_message(&mut self, new: &NewMessage<'_>) -> Result<MessageId> {
        let standing = Standing { in_flow: new.flow.is_some(), ..new.standing };
        let folder = folder_of(&standing);
        let sort_key = micros(sort_time(folder, new.created_on, new.sent_on));
        let last_step = || new.history.last().map_or(new.created_on, |change| change.at.max(new.created_on));
        let modified_on = new.modified_on.unwrap_or_else(last_step);
        let attachments = attachments_text(new.attachments);
        let conn = self.conn;
        let search_key = self.keys.take(millis(new.created_on), |from| next_free_key(conn, from))?;
        let put = match &mut self.put {
            Some(put) => put,
            none => none.insert(Put {
                message: conn.prepare_cached(PUT_MESSAGE)?,
                step: conn.prepare_cached(PUT_STEP)?,
            }),
        };
        put.message.execute(params![
            new.contact.0,
            new.urn.map(|urn| urn.0),
            new.channel.map(|channel| channel.0),
            new.flow.map(|flow| flow.0),
            standing.direction.code(),
            new.kind.code(),
            standing.status.code(),
            standing.visibility.code(),
            standing.unread,
            new.failed_reason.map(Code::code),
            new.error_count,
            new.next_attempt.map(micros),
            micros(new.created_on),
            new.sent_on.map(micros),
            micros(modified_on),
            folder_code(folder),
            sort_key,
            search_key,
            new.import_key,
            new.remote_id,
            new.uuid.as_bytes(),
            new.external_id,
            attachments,
            new.text,
        ])?;
        let id = MessageId(conn.last_insert_rowid());
        for (seq, change) in (1_i64..).zip(new.history) {
            let (status, cause) = (change.status.code(), change.cause.code());
            put.step.execute(params![id.0, seq, micros(change.at), status, cause, change.detail])?;
        }
        if standing.visibility != Visibility::Deleted {
            let text = new.folded.map_or_else(|| Cow::Owned(fold(new.text)), Cow::Borrowed);
            let document = search::document(&text, new.contact);
            self.unfed_bytes += document.len();
            self.unfed.push((search_key, document));
            // Something sent to very many: a part of the index more costs less than the memory.
            if self.unfed_bytes > MOST_UNFED {
                self.feed()?;
            }
        }
        Ok(id)
    }

    /// A number that moves when another connection or process has written.
    pub fn data_version(&self) -> Result<i64> {
        Ok(self.prepare("PRAGMA data_version")?.query_row([], |row| row.get(0))?)
    }

    /// Hands over what makes the messages, or calls, of a contact at a moment the same ones again, until nobody wants more.
    pub fn imported_at(
        &self,
        calls: bool,
        contact: ContactId,
        at: Time,
        take: &mut dyn FnMut(Mark) -> bool,
    ) -> Result<()> {
        let mut statement = self.prepare(if calls {
            "SELECT import_key, uuid FROM call WHERE contact_id = ?1 AND occurred_on = ?2"
        } else {
            "SELECT import_key, uuid FROM message WHERE contact_id = ?1 AND created_on = ?2"
        })?;
        marks(statement.query(params![contact.0, micros(at)])?, take)
    }

    /// The moments between which all messages, or calls, of a contact lie.
    pub fn imported_between(&self, calls: bool, contact: ContactId) -> Result<Option<(Time, Time)>> {
        // A bare parameter there has SQLite plan the statement anew each time.
        let mut statement = self.prepare(if calls {
            "SELECT (SELECT min(occurred_on) FROM call WHERE contact_id = +?1),
                    (SELECT max(occurred_on) FROM call WHERE contact_id = +?1)"
        } else {
            "SELECT (SELECT min(created_on) FROM message WHERE contact_id = +?1),
                    (SELECT max(created_on) FROM message WHERE contact_id = +?1)"
        })?;
        Ok(statement.query_row([contact.0], moments)?)
    }

    /// The message of a contact that came in with that key at that moment, and what came with it.
    pub fn find_imported(
        &self,
        contact: ContactId,
        at: Time,
        key: i64,
    ) -> Result<Option<(MessageId, Vec<Attachment>)>> {
        Ok(self
            .prepare(
                "SELECT id, attachments FROM message
                 WHERE contact_id = ?1 AND created_on = ?2 AND import_key = ?3 AND visibility <> 2",
            )?
            .query_row(params![contact.0, micros(at), key], |row| {
                Ok((MessageId(row.get(0)?), attachments_from_text(row.get_ref(1)?.as_str()?)))
            })
            .optional()?)
    }

    /// Whether a contact has that message, or call, already.
    pub fn has_imported(&self, calls: bool, contact: ContactId, same: Same) -> Result<bool> {
        let mut statement = self.prepare(if calls {
            "SELECT 1 FROM call WHERE contact_id = ?1 AND occurred_on = ?2 AND (import_key = ?3 OR uuid = ?4)"
        } else {
            "SELECT 1 FROM message WHERE contact_id = ?1 AND created_on = ?2 AND (import_key = ?3 OR uuid = ?4)"
        })?;
        let own = same.uuid.map(Uuid::into_bytes);
        let parameters = params![contact.0, micros(same.at), same.key, own];
        Ok(statement.query_row(parameters, |_| Ok(())).optional()?.is_some())
    }

    /// Puts a label on a message that does not have it yet.
    pub fn put_label(&mut self, message: MessageId, label: LabelId) -> Result<()> {
        self.prepare(
            "INSERT INTO message_label(label_id, shown, created_on, message_id)
             SELECT ?2, visibility = 0, created_on, id FROM message WHERE id = ?1 AND visibility <> 2
             ON CONFLICT DO NOTHING",
        )?
        .execute([message.0, label.0])?;
        Ok(())
    }

    /// The channel with a public key; it is made when there is none.
    pub fn channel(&mut self, uuid: Uuid, name: &str) -> Result<ChannelId> {
        self.named("channel", uuid, name).map(ChannelId)
    }

    /// The flow with a public key; it is made when there is none.
    pub fn flow(&mut self, uuid: Uuid, name: &str) -> Result<FlowId> {
        self.named("flow", uuid, name).map(FlowId)
    }

    fn named(&mut self, table: &str, uuid: Uuid, name: &str) -> Result<i64> {
        let found = self
            .prepare(&format!("SELECT id FROM {table} WHERE uuid = ?1"))?
            .query_row([uuid.as_bytes()], |row| row.get(0))
            .optional()?;
        if let Some(id) = found {
            return Ok(id);
        }
        self.prepare(&format!("INSERT INTO {table}(uuid, name) VALUES(?1, ?2)"))?
            .execute(params![uuid.as_bytes(), name])?;
        Ok(self.inner.last_insert_rowid())
    }
}

/// Attachments as their column keeps them.
pub(super) fn attachments_text(attachments: &[Attachment]) -> String {
    if attachments.is_empty() {
        return String::new();
    }
    let list = attachments.iter().map(|attachment| serde_json::Value::String(attachment.to_string()));
    serde_json::Value::Array(list.collect()).to_string()
}

/// Attachments of their column.
pub(super) fn attachments_from_text(text: &str) -> Vec<Attachment> {
    let list: Vec<String> = serde_json::from_str(text).unwrap_or_default();
    list.iter().map(|attachment| Attachment::parse(attachment)).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn keys_are_taken_once_and_a_file_that_goes_to_and_fro_walks_along_nothing() {
        let mut taken: BTreeSet<i64> = (900..1100).collect();
        let mut keys = Keys { span: Some((900, 1099)), taken: Vec::new() };
        let mut steps = 0;
        for n in 0..3000 {
            // Three moments in turn, that grow into each other and into what was there.
            let wanted = [1000, 1500, 890][n % 3];
            let key = keys
                .take(wanted, |from| {
                    let free = (from..10_000).find(|key| !taken.contains(key)).unwrap();
                    steps += free - from;
                    Ok(free)
                })
                .unwrap();
            assert!(key >= wanted && taken.insert(key), "{key} was taken");
            assert!(keys.taken.len() <= MOST_STRETCHES);
        }
        // What was there is walked along when it is met, and not for each.
        assert!(steps < 1000, "{steps}");
    }
}
