//! Messages as they are read: rows to domain types, one message with its history, a page of a conversation.

use std::collections::HashMap;
use std::rc::Rc;

use rusqlite::types::Value;
use rusqlite::{OptionalExtension, Row, params};
use uuid::Uuid;

use super::codes::{Code, micros, time};
use super::write::{self, Mark, Same, attachments_from_text};
use super::{Result, Store, StoreError};
use crate::domain::contact::{ContactRef, Urn};
use crate::domain::label::LabelRef;
use crate::domain::listing::{Cursor, MessageRow};
use crate::domain::message::{Message, Standing, StatusChange};
use crate::domain::{ChannelId, ContactId, FlowId, LabelId, MessageId, Named, Time};

/// Everything of a message but its labels, in the order in which [`message_from_row`] reads it.
const COLUMNS: &str = "m.id, m.uuid, m.remote_id, m.external_id, m.contact_id, c.uuid, c.name, u.identity, u.display,
    u.national, m.channel_id, ch.uuid, ch.name, m.flow_id, f.uuid, f.name, m.kind, m.direction, m.status, m.visibility,
    m.unread, substr(m.text, 1, ?2), m.attachments, m.created_on, m.sent_on, m.modified_on, m.failed_reason,
    m.error_count, m.next_attempt, m.labels";

const JOINS: &str =
    "message m JOIN contact c ON c.id = m.contact_id LEFT JOIN contact_urn u ON u.id = m.urn_id
    LEFT JOIN channel ch ON ch.id = m.channel_id LEFT JOIN flow f ON f.id = m.flow_id";

/// How much of a text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Text {
    /// All of it.
    Whole,
    /// At most so many characters.
    Start(u32),
}

impl Text {
    fn limit(self) -> i64 {
        match self {
            Self::Whole => i64::MAX,
            Self::Start(limit) => limit.into(),
        }
    }
}

impl Store {
    /// The messages at those places of a view, in that order.
    pub fn load_messages(&self, cursors: &[Cursor], text: Text) -> Result<Vec<MessageRow>> {
        let ids = id_array(cursors.iter().map(|cursor| cursor.id));
        let mut statement =
            self.conn.prepare_cached(&format!("SELECT {COLUMNS} FROM {JOINS} WHERE m.id IN rarray(?1)"))?;
        let mut rows = statement.query(params![ids, text.limit()])?;
        let mut found: HashMap<i64, (Message, String)> = HashMap::new();
        let mut labelled = Vec::new();
        while let Some(row) = rows.next()? {
            let (mut message, national, labels) = message_from_row(row)?;
            self.place_media(&mut message);
            if labels > 0 {
                labelled.push(message.id.0);
            }
            found.insert(message.id.0, (message, national));
        }
        for (message, label) in self.labels_of(labelled)? {
            if let Some((message, _)) = found.get_mut(&message.0) {
                message.labels.push(label);
            }
        }
        let rows = cursors.iter().filter_map(|cursor| {
            let (message, national) = found.remove(&cursor.id)?;
            Some(MessageRow { cursor: *cursor, message, national })
        });
        Ok(rows.collect())
    }

    /// One message, whole.
    pub fn load_message(&self, id: MessageId) -> Result<MessageRow> {
        let rows = self.load_messages(&[Cursor { key: 0, id: id.0 }], Text::Whole)?;
        rows.into_iter().next().ok_or_else(|| StoreError::NoMessages(vec![id]))
    }

    /// A message's life, from its first step on.
    pub fn load_history(&self, id: MessageId) -> Result<Vec<StatusChange>> {
        Ok(self.histories(&[id.0])?.remove(&id).unwrap_or_default())
    }

    /// Those of some ids that no message has, the cleared ones counted as gone.
    pub fn unknown_ids(&self, ids: &[MessageId]) -> Result<Vec<MessageId>> {
        let mut statement =
            self.conn.prepare_cached("SELECT 1 FROM message WHERE id = ?1 AND visibility <> 2")?;
        let mut unknown = Vec::new();
        for id in ids {
            if statement.query_row([id.0], |_| Ok(())).optional()?.is_none() {
                unknown.push(*id);
            }
        }
        Ok(unknown)
    }

    /// Whether a record of a file is here already. The contact is found by its address, else by its public key.
    pub fn has_imported(
        &self,
        calls: bool,
        identity: Option<&str>,
        contact: Option<Uuid>,
        same: Same,
    ) -> Result<bool> {
        let (table, time) = if calls { ("call", "occurred_on") } else { ("message", "created_on") };
        let mut statement = self.conn.prepare_cached(&format!(
            "SELECT 1 FROM {table} WHERE contact_id IN (SELECT contact_id FROM contact_urn WHERE identity = ?1
               UNION SELECT id FROM contact WHERE uuid = ?2
               UNION SELECT contact_id FROM contact_alias WHERE uuid = ?2) AND {time} = ?3
               AND (import_key = ?4 OR uuid = ?5)"
        ))?;
        let contact = contact.map(uuid::Uuid::into_bytes);
        let own = same.uuid.map(uuid::Uuid::into_bytes);
        let parameters = params![identity, contact, micros(same.at), same.key, own];
        Ok(statement.query_row(parameters, |_| Ok(())).optional()?.is_some())
    }

    /// The moments between which all messages, or calls, of a contact lie. The contact is found as in [`Self::has_imported`].
    pub fn imported_between(
        &self,
        calls: bool,
        identity: Option<&str>,
        contact: Option<Uuid>,
    ) -> Result<Option<(Time, Time)>> {
        let (table, time) = if calls { ("call", "occurred_on") } else { ("message", "created_on") };
        let mut statement = self.conn.prepare_cached(&format!(
            "SELECT min(first), max(last) FROM (
               SELECT (SELECT min({time}) FROM {table} t WHERE t.contact_id = c.contact_id) AS first,
                      (SELECT max({time}) FROM {table} t WHERE t.contact_id = c.contact_id) AS last
               FROM (SELECT contact_id FROM contact_urn WHERE identity = ?1
                     UNION SELECT id FROM contact WHERE uuid = ?2
                     UNION SELECT contact_id FROM contact_alias WHERE uuid = ?2) c)"
        ))?;
        let contact = contact.map(uuid::Uuid::into_bytes);
        Ok(statement.query_row(params![identity, contact], write::moments)?)
    }

    /// Hands over what makes all that is here of a contact at a moment the same again, until nobody wants more. The contact
    /// is found as in [`Self::has_imported`].
    pub fn imported_at(
        &self,
        calls: bool,
        identity: Option<&str>,
        contact: Option<Uuid>,
        at: Time,
        take: &mut dyn FnMut(Mark) -> bool,
    ) -> Result<()> {
        let (table, time) = if calls { ("call", "occurred_on") } else { ("message", "created_on") };
        let mut statement = self.conn.prepare_cached(&format!(
            "SELECT import_key, uuid FROM {table}
             WHERE contact_id IN (SELECT contact_id FROM contact_urn WHERE identity = ?1
               UNION SELECT id FROM contact WHERE uuid = ?2
               UNION SELECT contact_id FROM contact_alias WHERE uuid = ?2) AND {time} = ?3"
        ))?;
        let contact = contact.map(uuid::Uuid::into_bytes);
        write::marks(statement.query(params![identity, contact, micros(at)])?, take)
    }

    /// A part of the conversation with a contact, oldest first. Deleted messages are left out.
    pub fn conversation_keys(
        &self,
        contact: ContactId,
        from: Option<Cursor>,
        later: bool,
        limit: usize,
    ) -> Result<Vec<Cursor>> {
        let (order, compare) = if later { ("ASC", ">") } else { ("DESC", "<") };
        let (start, no_start) = if later { (i64::MIN, i64::MIN) } else { (i64::MAX, i64::MAX) };
        let from = from.unwrap_or(Cursor { key: start, id: no_start });
        let mut keys = Vec::new();
        // Two arms: a comparison of row values would scan all messages of one moment.
        for arm in [
            format!("created_on = ?2 AND id {compare} ?3 ORDER BY id {order}"),
            format!("created_on {compare} ?2 AND ?3 = ?3 ORDER BY created_on {order}, id {order}"),
        ] {
            let left = i64::try_from(limit.saturating_sub(keys.len())).unwrap_or(i64::MAX);
            if left == 0 {
                break;
            }
            let mut statement = self.conn.prepare_cached(&format!(
                "SELECT created_on, id FROM message WHERE contact_id = ?1 AND folder <> 0 AND {arm} LIMIT ?4"
            ))?;
            let rows = statement.query_map(params![contact.0, from.key, from.id, left], |row| {
                Ok(Cursor { key: row.get(0)?, id: row.get(1)? })
            })?;
            for row in rows {
                keys.push(row?);
            }
        }
        if !later {
            keys.reverse();
        }
        Ok(keys)
    }

    /// Where a moment stands in a conversation.
    pub fn conversation_cursor(at: Time, id: MessageId) -> Cursor {
        Cursor { key: micros(at), id: id.0 }
    }

    fn labels_of(&self, messages: Vec<i64>) -> Result<Vec<(MessageId, LabelRef)>> {
        if messages.is_empty() {
            return Ok(Vec::new());
        }
        let mut statement = self.conn.prepare_cached(
            "SELECT x.message_id, l.id, l.uuid, l.name FROM message_label x JOIN label l ON l.id = x.label_id
             WHERE x.message_id IN rarray(?1) ORDER BY l.name_key",
        )?;
        let rows = statement.query_map([id_array(messages.into_iter())], |row| {
            let label =
                LabelRef { id: LabelId(row.get(1)?), uuid: Uuid::from_bytes(row.get(2)?), name: row.get(3)? };
            Ok((MessageId(row.get(0)?), label))
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

/// Ids as a table that a statement can look into.
pub(super) fn id_array(ids: impl Iterator<Item = i64>) -> Rc<Vec<Value>> {
    Rc::new(ids.map(Value::from).collect())
}

/// A value that is kept as a number; an unknown number means a damaged row.
pub(super) fn coded<T: Code>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let code = row.get(column)?;
    T::from_code(code).ok_or(rusqlite::Error::IntegralValueOutOfRange(column, code))
}

fn message_from_row(row: &Row<'_>) -> rusqlite::Result<(Message, String, i64)> {
    let flow: Option<i64> = row.get(13)?;
    let identity: Option<String> = row.get(7)?;
    let urn = match identity {
        Some(identity) => Some(Urn::kept(&identity, row.get(8)?)),
        None => None,
    };
    let message = Message {
        id: MessageId(row.get(0)?),
        uuid: Uuid::from_bytes(row.get(1)?),
        remote_id: row.get(2)?,
        external_id: row.get(3)?,
        contact: ContactRef {
            id: ContactId(row.get(4)?),
            uuid: Uuid::from_bytes(row.get(5)?),
            name: row.get(6)?,
        },
        urn,
        channel: named(row, 10, ChannelId)?,
        flow: named(row, 13, FlowId)?,
        kind: coded(row, 16)?,
        standing: Standing {
            direction: coded(row, 17)?,
            status: coded(row, 18)?,
            visibility: coded(row, 19)?,
            in_flow: flow.is_some(),
            unread: row.get(20)?,
        },
        text: row.get(21)?,
        attachments: attachments_from_text(&row.get::<_, String>(22)?),
        labels: Vec::new(),
        created_on: time(row.get(23)?),
        sent_on: row.get::<_, Option<i64>>(24)?.map(time),
        modified_on: time(row.get(25)?),
        failed_reason: match row.get::<_, Option<i64>>(26)? {
            Some(_) => Some(coded(row, 26)?),
            None => None,
        },
        error_count: row.get(27)?,
        next_attempt: row.get::<_, Option<i64>>(28)?.map(time),
    };
    let national: Option<String> = row.get(9)?;
    Ok((message, national.unwrap_or_default(), row.get(29)?))
}

/// Id, uuid and name in three columns from one on; none when the first is null.
pub(super) fn named<Id>(
    row: &Row<'_>,
    at: usize,
    id: impl Fn(i64) -> Id,
) -> rusqlite::Result<Option<Named<Id>>> {
    Ok(match row.get::<_, Option<i64>>(at)? {
        Some(number) => {
            Some(Named { id: id(number), uuid: Uuid::from_bytes(row.get(at + 1)?), name: row.get(at + 2)? })
        }
        None => None,
    })
}
