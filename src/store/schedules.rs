//! Schedules: keeping them, the rows of their list, and what is due.

use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::codes::{micros, repeat_columns, repeat_from_columns, time};
use super::messages::named;
use super::write::Tx;
use super::{Result, Store, StoreError};
use crate::domain::listing::{Cursor, Row, ScheduleRow};
use crate::domain::schedule::{Recipient, RecipientId, Schedule, Timing};
use crate::domain::{ChannelId, ContactId, GroupId, LabelId, ScheduleId, Time};

/// A schedule to be put in.
#[derive(Debug, Clone)]
pub struct NewSchedule<'a> {
    /// Its public key; it keeps the one it has when it is edited.
    pub uuid: Uuid,
    /// What is sent.
    pub text: &'a str,
    /// To whom; not empty.
    pub recipients: &'a [RecipientId],
    /// By which channel; the one that reaches each recipient when it is not said.
    pub channel: Option<ChannelId>,
    /// When.
    pub timing: Timing,
    /// The next fire.
    pub next_fire: Option<Time>,
    /// When it last fired.
    pub last_fire: Option<Time>,
    /// Whether it is held back.
    pub paused: bool,
    /// When it was made.
    pub created_on: Time,
}

fn has_schedule(conn: &Connection, uuid: Uuid) -> Result<bool> {
    let mut statement = conn.prepare_cached("SELECT 1 FROM schedule WHERE uuid = ?1")?;
    Ok(statement.query_row([uuid.as_bytes()], |_| Ok(())).optional()?.is_some())
}

impl Tx<'_> {
    /// Puts a schedule in.
    pub fn insert_schedule(&mut self, new: &NewSchedule<'_>) -> Result<ScheduleId> {
        self.prepare(
            "INSERT INTO schedule(uuid, repeat, hour, minute, created_on, last_fire, paused, sort_key, text)
             VALUES(?1, 0, 0, 0, ?2, ?3, ?4, ?5, '')",
        )?
        .execute(params![
            new.uuid.as_bytes(),
            micros(new.created_on),
            new.last_fire.map(micros),
            new.paused,
            i64::MAX
        ])?;
        let id = ScheduleId(self.inner.last_insert_rowid());
        self.change_schedule(id, new)?;
        Ok(id)
    }

    /// Whether there is a schedule with that public key.
    pub fn has_schedule(&self, uuid: Uuid) -> Result<bool> {
        has_schedule(&self.inner, uuid)
    }

    /// Gives a schedule other content and another time. Its key, its age, its last fire and whether it is held back stay.
    pub fn change_schedule(&mut self, id: ScheduleId, new: &NewSchedule<'_>) -> Result<()> {
        let (repeat, weekdays, month, day) = repeat_columns(new.timing.repeat);
        let next_fire = new.next_fire.map(micros);
        let changed = self
            .prepare(
                "UPDATE schedule SET repeat = ?2, weekdays = ?3, month = ?4, day = ?5, hour = ?6, minute = ?7,
                                     next_fire = ?8, sort_key = ?9, channel_id = ?10, text = ?11 WHERE id = ?1",
            )?
            .execute(params![
                id.0,
                repeat,
                weekdays,
                month,
                day,
                new.timing.hour,
                new.timing.minute,
                next_fire,
                next_fire.unwrap_or(i64::MAX),
                new.channel.map(|channel| channel.0),
                new.text,
            ])?;
        if changed == 0 {
            return Err(StoreError::NoSchedule(id));
        }
        self.prepare("DELETE FROM schedule_recipient WHERE schedule_id = ?1")?.execute([id.0])?;
        let mut insert = self.prepare(
            "INSERT INTO schedule_recipient(schedule_id, position, contact_id, group_id, label_id)
             VALUES(?1, ?2, ?3, ?4, ?5)",
        )?;
        for (position, recipient) in (1_i64..).zip(new.recipients) {
            let (contact, group, label) = match recipient {
                RecipientId::Contact(contact) => (Some(contact.0), None, None),
                RecipientId::Group(group) => (None, Some(group.0), None),
                RecipientId::Label(label) => (None, None, Some(label.0)),
            };
            insert.execute(params![id.0, position, contact, group, label])?;
        }
        Ok(())
    }

    /// When a schedule fires next, and when it last did; none leaves the last fire as it is.
    pub fn set_fires(&mut self, id: ScheduleId, last: Option<Time>, next: Option<Time>) -> Result<()> {
        let next = next.map(micros);
        let changed = self
            .prepare(
                "UPDATE schedule SET last_fire = ifnull(?2, last_fire), next_fire = ?3, sort_key = ?4 WHERE id = ?1",
            )?
            .execute(params![id.0, last.map(micros), next, next.unwrap_or(i64::MAX)])?;
        if changed == 0 { Err(StoreError::NoSchedule(id)) } else { Ok(()) }
    }

    /// A schedule has fired for a moment, and fires next.
    pub(super) fn record_fire(&mut self, id: ScheduleId, moment: Time, now: Time, next: Time) -> Result<()> {
        self.prepare("UPDATE schedule SET fired_for = ?2 WHERE id = ?1")?
            .execute(params![id.0, micros(moment)])?;
        self.set_fires(id, Some(now), Some(next))
    }

    /// The schedules that fired at a moment that is still to come: the clock was set back since.
    pub(super) fn fired_in_the_future(&self, now: Time) -> Result<Vec<ScheduleId>> {
        let mut statement = self.prepare("SELECT id FROM schedule WHERE last_fire > ?1")?;
        let rows = statement.query_map([micros(now)], |row| row.get(0).map(ScheduleId))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Holds a schedule back, or lets it go on.
    pub fn set_paused(&mut self, id: ScheduleId, paused: bool) -> Result<()> {
        let changed =
            self.prepare("UPDATE schedule SET paused = ?2 WHERE id = ?1")?.execute(params![id.0, paused])?;
        if changed == 0 { Err(StoreError::NoSchedule(id)) } else { Ok(()) }
    }

    /// Removes a schedule; what it sent stays.
    pub fn delete_schedule(&mut self, id: ScheduleId) -> Result<()> {
        let gone = self.prepare("DELETE FROM schedule WHERE id = ?1")?.execute([id.0])?;
        if gone == 0 { Err(StoreError::NoSchedule(id)) } else { Ok(()) }
    }

    /// The schedules that are due, the longest due first.
    pub fn due_schedules(&self, now: Time, most: usize) -> Result<Vec<ScheduleId>> {
        let mut statement = self.prepare(
            "SELECT id FROM schedule WHERE sort_key <= ?1 AND paused = 0 ORDER BY sort_key, id LIMIT ?2",
        )?;
        let rows = statement.query_map(params![micros(now), most], |row| row.get(0).map(ScheduleId))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// One schedule; none when there is no such one.
    pub fn find_schedule(&self, id: ScheduleId) -> Result<Option<Schedule>> {
        find_schedule(&self.inner, id)
    }

    /// The contacts that recipients stand for now, each once. Of a group or a label only the active ones.
    pub fn contacts_of(&self, recipients: impl IntoIterator<Item = RecipientId>) -> Result<Vec<ContactId>> {
        let mut found = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for recipient in recipients {
            let (sql, id) = match recipient {
                RecipientId::Contact(contact) => ("SELECT ?1", contact.0),
                RecipientId::Group(group) => (
                    "SELECT c.id FROM contact_group_member g JOIN contact c ON c.id = g.contact_id
                     WHERE g.group_id = ?1 AND c.status = 0 ORDER BY c.id",
                    group.0,
                ),
                RecipientId::Label(label) => (
                    "SELECT DISTINCT c.id FROM message_label l JOIN message m ON m.id = l.message_id
                       JOIN contact c ON c.id = m.contact_id
                     WHERE l.label_id = ?1 AND c.status = 0 AND m.visibility <> 2 ORDER BY c.id",
                    label.0,
                ),
            };
            let mut statement = self.prepare(sql)?;
            let rows = statement.query_map([id], |row| row.get(0).map(ContactId))?;
            for contact in rows {
                let contact = contact?;
                if seen.insert(contact) {
                    found.push(contact);
                }
            }
        }
        Ok(found)
    }
}

impl Store {
    /// The schedules at those places of a view, in that order.
    pub(super) fn load_schedules(&self, cursors: &[Cursor]) -> Result<Vec<Row>> {
        let mut rows = Vec::with_capacity(cursors.len());
        for cursor in cursors {
            if let Some(schedule) = self.find_schedule(ScheduleId(cursor.id))? {
                rows.push(Row::Schedule(Box::new(ScheduleRow { cursor: *cursor, schedule })));
            }
        }
        Ok(rows)
    }

    /// Whether there is a schedule with that public key.
    pub fn has_schedule(&self, uuid: Uuid) -> Result<bool> {
        has_schedule(&self.conn, uuid)
    }

    /// One schedule; none when there is no such one.
    pub fn find_schedule(&self, id: ScheduleId) -> Result<Option<Schedule>> {
        find_schedule(&self.conn, id)
    }

    /// When the next schedule fires; none when none is left to.
    pub fn next_schedule(&self) -> Result<Option<Time>> {
        let mut statement = self.conn.prepare_cached(
            "SELECT sort_key FROM schedule WHERE paused = 0 AND next_fire IS NOT NULL ORDER BY sort_key LIMIT 1",
        )?;
        Ok(statement.query_row([], |row| row.get(0)).optional()?.map(time))
    }
}

fn find_schedule(conn: &rusqlite::Connection, id: ScheduleId) -> Result<Option<Schedule>> {
    let mut statement = conn.prepare_cached(
        "SELECT s.uuid, repeat, weekdays, month, day, hour, minute, next_fire, last_fire, paused, created_on, text,
                ch.id, ch.uuid, ch.name, fired_for
         FROM schedule s LEFT JOIN channel ch ON ch.id = s.channel_id WHERE s.id = ?1",
    )?;
    let found = statement
        .query_row([id.0], |row| {
            let code = row.get(1)?;
            let repeat = repeat_from_columns(code, row.get(2)?, row.get(3)?, row.get(4)?)
                .ok_or(rusqlite::Error::IntegralValueOutOfRange(1, code))?;
            Ok(Schedule {
                id,
                uuid: Uuid::from_bytes(row.get(0)?),
                text: row.get(11)?,
                recipients: Vec::new(),
                channel: named(row, 12, ChannelId)?,
                timing: Timing { repeat, hour: row.get(5)?, minute: row.get(6)? },
                next_fire: row.get::<_, Option<i64>>(7)?.map(time),
                last_fire: row.get::<_, Option<i64>>(8)?.map(time),
                fired_for: row.get::<_, Option<i64>>(15)?.map(time),
                paused: row.get(9)?,
                created_on: time(row.get(10)?),
            })
        })
        .optional()?;
    let Some(mut schedule) = found else { return Ok(None) };
    let mut statement = conn.prepare_cached(
        "SELECT r.contact_id, r.group_id, r.label_id, coalesce(c.uuid, g.uuid, l.uuid), coalesce(c.name, g.name, l.name),
                ifnull((SELECT national FROM contact_urn u WHERE u.contact_id = c.id ORDER BY id LIMIT 1), '')
         FROM schedule_recipient r LEFT JOIN contact c ON c.id = r.contact_id
           LEFT JOIN contact_group g ON g.id = r.group_id LEFT JOIN label l ON l.id = r.label_id
         WHERE r.schedule_id = ?1 ORDER BY r.position",
    )?;
    let recipients = statement.query_map([id.0], |row| {
        let id = match (row.get::<_, Option<i64>>(0)?, row.get::<_, Option<i64>>(1)?) {
            (Some(contact), _) => RecipientId::Contact(ContactId(contact)),
            (None, Some(group)) => RecipientId::Group(GroupId(group)),
            (None, None) => RecipientId::Label(LabelId(row.get(2)?)),
        };
        Ok(Recipient { id, uuid: Uuid::from_bytes(row.get(3)?), name: row.get(4)?, national: row.get(5)? })
    })?;
    schedule.recipients = recipients.collect::<rusqlite::Result<_>>()?;
    Ok(Some(schedule))
}
