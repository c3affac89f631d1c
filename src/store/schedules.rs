//! Schedules: putting them in, and the rows of their list.

use rusqlite::{OptionalExtension, params};
use uuid::Uuid;

use super::codes::{micros, repeat_columns, repeat_from_columns, time};
use super::write::Tx;
use super::{Result, Store};
use crate::domain::contact::ContactRef;
use crate::domain::listing::{Cursor, Row, ScheduleRow};
use crate::domain::schedule::{Recipient, Schedule, Timing};
use crate::domain::{ContactId, ScheduleId, Time};

/// A schedule to be put in.
#[derive(Debug, Clone)]
pub struct NewSchedule<'a> {
    /// Its public key.
    pub uuid: Uuid,
    /// What is sent.
    pub text: &'a str,
    /// To whom; not empty.
    pub recipients: &'a [ContactId],
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

impl Tx<'_> {
    /// Puts a schedule in.
    pub fn insert_schedule(&mut self, new: &NewSchedule<'_>) -> Result<ScheduleId> {
        let (repeat, weekdays, month, day) = repeat_columns(new.timing.repeat);
        let next_fire = new.next_fire.map(micros);
        self.prepare(
            "INSERT INTO schedule(uuid, repeat, weekdays, month, day, hour, minute, next_fire, last_fire, paused,
                                  created_on, sort_key, text)
             VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        )?
        .execute(params![
            new.uuid.as_bytes(),
            repeat,
            weekdays,
            month,
            day,
            new.timing.hour,
            new.timing.minute,
            next_fire,
            new.last_fire.map(micros),
            new.paused,
            micros(new.created_on),
            next_fire.unwrap_or(i64::MAX),
            new.text,
        ])?;
        let id = ScheduleId(self.inner.last_insert_rowid());
        let mut insert = self.prepare(
            "INSERT INTO schedule_recipient(schedule_id, position, contact_id) VALUES(?1, ?2, ?3)",
        )?;
        for (position, contact) in (1_i64..).zip(new.recipients) {
            insert.execute(params![id.0, position, contact.0])?;
        }
        Ok(id)
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

    /// One schedule; none when there is no such one.
    pub fn find_schedule(&self, id: ScheduleId) -> Result<Option<Schedule>> {
        let mut statement = self.conn.prepare_cached(
            "SELECT uuid, repeat, weekdays, month, day, hour, minute, next_fire, last_fire, paused, created_on, text
             FROM schedule WHERE id = ?1",
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
                    timing: Timing { repeat, hour: row.get(5)?, minute: row.get(6)? },
                    next_fire: row.get::<_, Option<i64>>(7)?.map(time),
                    last_fire: row.get::<_, Option<i64>>(8)?.map(time),
                    paused: row.get(9)?,
                    created_on: time(row.get(10)?),
                })
            })
            .optional()?;
        let Some(mut schedule) = found else { return Ok(None) };
        let mut statement = self.conn.prepare_cached(
            "SELECT c.id, c.uuid, c.name,
                    ifnull((SELECT national FROM contact_urn u WHERE u.contact_id = c.id ORDER BY id LIMIT 1), '')
             FROM schedule_recipient r JOIN contact c ON c.id = r.contact_id WHERE r.schedule_id = ?1 ORDER BY r.position",
        )?;
        let recipients = statement.query_map([id.0], |row| {
            let contact = ContactRef {
                id: ContactId(row.get(0)?),
                uuid: Uuid::from_bytes(row.get(1)?),
                name: row.get(2)?,
            };
            Ok(Recipient { contact, national: row.get(3)? })
        })?;
        schedule.recipients = recipients.collect::<rusqlite::Result<_>>()?;
        Ok(Some(schedule))
    }
}
