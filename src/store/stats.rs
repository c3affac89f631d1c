//! The figures of a period, counted in two passes: one over its messages, one over its contacts' messages in their order.
//!
//! That takes less than twice as long as only reading what the two passes read, and a tenth of what SQL takes for the same.
//! Of each message a quarter of a byte is kept, of each wait four, of each contact some fifty.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use chrono::{Datelike, NaiveDateTime, Offset, TimeZone, Timelike};
use chrono_tz::Tz;
use rusqlite::types::Value;
use rusqlite::{CachedStatement, OptionalExtension, params};
use uuid::Uuid;

use super::codes::{Code, micros, millis, time};
use super::messages::coded;
use super::{Result, Store};
use crate::domain::contact::ContactRef;
use crate::domain::folder::Folder;
use crate::domain::message::{Direction, Status};
use crate::domain::period::Period;
use crate::domain::stats::{Answers, ChannelStats, ContactStats, Exchange, Stats, TOP_CONTACTS};
use crate::domain::{ContactId, Time};

/// Microseconds of a day, and of a second.
const DAY: i64 = 86_400 * SECOND;
const SECOND: i64 = 1_000_000;

/// The contacts of a period, and what was exchanged with each.
type People = HashMap<i64, Exchange>;

impl Store {
    /// The figures of a period. [`Answers`] says what a wait for an answer is.
    pub fn stats(&self, period: Period) -> Result<Stats> {
        // All of it is counted at one moment, whoever writes meanwhile.
        let snapshot = self.conn.unchecked_transaction()?;
        let (from, to) = period.within(self.zone);
        let (from, to) = (from.unwrap_or(Time::MIN_UTC), to.unwrap_or(Time::MAX_UTC));
        let mut stats = Stats { period, ..Stats::default() };
        let mut wall = WallClock::new(self.zone);
        let (people, ways) = self.count_messages((from, to), &mut wall, &mut stats)?;
        let mut statement = self
            .conn
            .prepare_cached("SELECT occurred_on FROM call WHERE occurred_on >= ?1 AND occurred_on < ?2")?;
        let mut rows = statement.query(params![micros(from), micros(to)])?;
        while let Some(row) = rows.next()? {
            stats.days.entry(wall.local(row.get(0)?).date()).or_default().calls += 1;
            stats.folders[Folder::Calls as usize] += 1;
        }
        stats.folders[Folder::Schedules as usize] = self.counts()?.of(Folder::Schedules).total;
        stats.answers = self.answers((from, to), &people, &ways)?;
        stats.people = people.len() as u64;
        stats.contacts = self.top_contacts(people)?;
        drop(snapshot);
        Ok(stats)
    }

    /// The first pass: everything but answers.
    fn count_messages(
        &self,
        (from, to): (Time, Time),
        wall: &mut WallClock,
        figures: &mut Stats,
    ) -> Result<(People, Ways)> {
        let mut channels: BTreeMap<Option<i64>, ChannelStats> = BTreeMap::new();
        let (mut people, mut ways) = (People::new(), Ways::default());
        let mut statement = self.conn.prepare_cached(
            "SELECT created_on, folder, direction, status, channel_id, contact_id, id
             FROM message INDEXED BY message_by_search
             WHERE search_key >= ?1 AND created_on >= ?2 AND created_on < ?3 AND folder <> 0",
        )?;
        let mut rows = statement.query(params![millis(from), micros(from), micros(to)])?;
        while let Some(row) = rows.next()? {
            let local = wall.local(row.get(0)?);
            let (direction, status): (Direction, Status) = (coded(row, 2)?, coded(row, 3)?);
            let one = match direction {
                Direction::In => Exchange { incoming: 1, outgoing: 0 },
                Direction::Out => Exchange { incoming: 0, outgoing: 1 },
            };
            figures.days.entry(local.date()).or_default().messages.add(one);
            let (weekday, hour) = (local.weekday().num_days_from_monday(), local.hour());
            figures.hours[weekday as usize][hour as usize].add(one);
            figures.delivery.count(status);
            let channel = channels.entry(row.get(4)?).or_default();
            channel.messages.add(one);
            channel.delivery.count(status);
            people.entry(row.get(5)?).or_default().add(one);
            match (direction, status) {
                (Direction::In, _) => ways.set(row.get(6)?, Way::Incoming),
                (Direction::Out, Status::Failed) => {}
                (Direction::Out, _) => ways.set(row.get(6)?, Way::Answer),
            }
            if let Some(folder) = Folder::from_code(row.get(1)?) {
                figures.folders[folder as usize] += 1;
            }
        }
        figures.channels = self.name_channels(channels)?;
        Ok((people, ways))
    }

    /// The second pass: the waits that began in the period, in an index alone. What the first one learned of the messages
    /// spares reading them again.
    fn answers(&self, (from, to): (Time, Time), people: &People, ways: &Ways) -> Result<Answers> {
        let mut ids: Vec<i64> = people.keys().copied().collect();
        ids.sort_unstable();
        let ids = Rc::new(ids.into_iter().map(Value::from).collect::<Vec<_>>());
        let mut statement = self.conn.prepare_cached(
            "SELECT contact_id, created_on, id FROM message INDEXED BY message_by_contact
             WHERE contact_id IN rarray(?1) AND created_on >= ?2 AND created_on < ?3
             ORDER BY contact_id, created_on, id",
        )?;
        let mut waits = Waits::around(self, from, to)?;
        let mut turn = Turn::of(0);
        let mut rows = statement.query(params![ids, micros(from), micros(to)])?;
        while let Some(row) = rows.next()? {
            let (contact, at, id): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            if contact != turn.contact {
                waits.leave(&turn)?;
                turn = Turn::of(contact);
            }
            match ways.of(id) {
                Way::Incoming => {
                    if !turn.waits {
                        // One who waited when the period began goes on with that wait.
                        let waited = !turn.was_seen && waits.waited_before(contact)?;
                        turn.began = (!waited).then_some(at);
                        turn.waits = true;
                    }
                    turn.was_seen = true;
                }
                Way::Answer => {
                    waits.answered.extend(turn.began.take().map(|began| seconds(began, at)));
                    turn.waits = false;
                    turn.was_seen = true;
                }
                Way::Neither => {}
            }
        }
        waits.leave(&turn)?;
        Ok(Answers::of(waits.answered, waits.unanswered))
    }

    fn name_channels(&self, channels: BTreeMap<Option<i64>, ChannelStats>) -> Result<Vec<ChannelStats>> {
        let mut statement = self.conn.prepare_cached("SELECT name FROM channel WHERE id = ?1")?;
        let mut named = Vec::with_capacity(channels.len());
        for (id, stats) in channels {
            let name = match id {
                Some(id) => statement.query_row([id], |row| row.get(0))?,
                None => String::new(),
            };
            named.push(ChannelStats { name, ..stats });
        }
        named.sort_by_key(|channel| std::cmp::Reverse(channel.messages.total()));
        Ok(named)
    }

    fn top_contacts(&self, people: People) -> Result<Vec<ContactStats>> {
        let mut people: Vec<(i64, Exchange)> = people.into_iter().collect();
        let rank = |(id, messages): &(i64, Exchange)| (std::cmp::Reverse(messages.total()), *id);
        if people.len() > TOP_CONTACTS {
            people.select_nth_unstable_by_key(TOP_CONTACTS, rank);
            people.truncate(TOP_CONTACTS);
        }
        people.sort_unstable_by_key(rank);
        let mut statement = self.conn.prepare_cached(
            "SELECT uuid, name, ifnull((SELECT national FROM contact_urn WHERE contact_id = ?1 ORDER BY id LIMIT 1), '')
             FROM contact WHERE id = ?1",
        )?;
        let contact = |(id, messages): (i64, Exchange)| {
            statement.query_row([id], |row| {
                let (uuid, name) = (Uuid::from_bytes(row.get(0)?), row.get(1)?);
                let contact = ContactRef { id: ContactId(id), uuid, name };
                Ok(ContactStats { contact, national: row.get(2)?, messages })
            })
        };
        Ok(people.into_iter().map(contact).collect::<rusqlite::Result<_>>()?)
    }
}

/// What a message is to a wait for an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// It may begin one.
    Incoming,
    /// It ends one.
    Answer,
    /// It failed, or is not among those that are counted.
    Neither,
}

/// What the messages of a period are, by their ids: two bits for each.
#[derive(Debug, Default)]
struct Ways(Vec<u8>);

impl Ways {
    fn place(id: i64) -> (usize, u32) {
        let id = id.unsigned_abs();
        (usize::try_from(id / 4).unwrap_or(usize::MAX), u32::try_from(id % 4).unwrap_or(0) * 2)
    }

    fn set(&mut self, id: i64, way: Way) {
        let bits = match way {
            Way::Incoming => 1,
            Way::Answer => 2,
            Way::Neither => return,
        };
        let (at, shift) = Self::place(id);
        if at >= self.0.len() {
            self.0.resize(at + 1, 0);
        }
        self.0[at] |= bits << shift;
    }

    fn of(&self, id: i64) -> Way {
        let (at, shift) = Self::place(id);
        match self.0.get(at).map_or(0, |bits| bits >> shift & 3) {
            1 => Way::Incoming,
            2 => Way::Answer,
            _ => Way::Neither,
        }
    }
}

/// A contact whose messages are gone through.
struct Turn {
    contact: i64,
    /// Whether a message of it was met.
    was_seen: bool,
    /// Whether it waits for an answer now, and since when if the wait began in the period.
    waits: bool,
    began: Option<i64>,
}

impl Turn {
    fn of(contact: i64) -> Self {
        Self { contact, was_seen: false, waits: false, began: None }
    }
}

/// The waits of a period, and what they need to know of the messages before and after it.
struct Waits<'a> {
    /// How long the answered ones lasted, in seconds.
    answered: Vec<u32>,
    unanswered: u64,
    from: Option<i64>,
    to: Option<i64>,
    before: CachedStatement<'a>,
    after: CachedStatement<'a>,
}

impl<'a> Waits<'a> {
    fn around(store: &'a Store, from: Time, to: Time) -> Result<Self> {
        // Only what is neither deleted nor failed counts: the folders of incoming messages, Outbox and Sent.
        let before = "SELECT direction FROM message INDEXED BY message_by_contact
            WHERE contact_id = ?1 AND created_on < ?2 AND folder BETWEEN 1 AND 5
            ORDER BY created_on DESC, id DESC LIMIT 1";
        let after = "SELECT created_on FROM message INDEXED BY message_by_contact
            WHERE contact_id = ?1 AND created_on >= ?2 AND folder IN (4, 5) ORDER BY created_on, id LIMIT 1";
        Ok(Self {
            answered: Vec::new(),
            unanswered: 0,
            from: (from > Time::MIN_UTC).then(|| micros(from)),
            to: (to < Time::MAX_UTC).then(|| micros(to)),
            before: store.conn.prepare_cached(before)?,
            after: store.conn.prepare_cached(after)?,
        })
    }

    /// Whether a contact waited for an answer when the period began.
    fn waited_before(&mut self, contact: i64) -> Result<bool> {
        let Some(from) = self.from else { return Ok(false) };
        let last =
            self.before.query_row(params![contact, from], |row| coded::<Direction>(row, 0)).optional()?;
        Ok(last == Some(Direction::In))
    }

    /// A contact has no more messages in the period: a wait that is open may have ended later.
    fn leave(&mut self, turn: &Turn) -> Result<()> {
        let Some(began) = turn.began else { return Ok(()) };
        let answer: Option<i64> = match self.to {
            Some(to) => self.after.query_row(params![turn.contact, to], |row| row.get(0)).optional()?,
            None => None,
        };
        match answer {
            Some(at) => self.answered.push(seconds(began, at)),
            None => self.unanswered += 1,
        }
        Ok(())
    }
}

/// Whole seconds from one moment to a later one.
fn seconds(from: i64, to: i64) -> u32 {
    u32::try_from((to - from).max(0) / SECOND).unwrap_or(u32::MAX)
}

/// The clock on the wall of a time zone, for moments of which most are near the one before: a day at whose two ends it
/// differs from UTC by as much is a day on which it was not put forward or back.
struct WallClock {
    zone: Tz,
    day: Option<i64>,
    /// How many microseconds it is ahead of UTC all that day, where it is.
    ahead: Option<i64>,
}

impl WallClock {
    fn new(zone: Tz) -> Self {
        Self { zone, day: None, ahead: None }
    }

    fn local(&mut self, at: i64) -> NaiveDateTime {
        let day = at.div_euclid(DAY);
        if self.day != Some(day) {
            let ahead = |day: i64| {
                let begins = time(day.saturating_mul(DAY)).naive_utc();
                i64::from(self.zone.offset_from_utc_datetime(&begins).fix().local_minus_utc()) * SECOND
            };
            let (first, last) = (ahead(day), ahead(day + 1));
            self.day = Some(day);
            self.ahead = (first == last).then_some(first);
        }
        match self.ahead {
            Some(ahead) => time(at.saturating_add(ahead)).naive_utc(),
            None => time(at).with_timezone(&self.zone).naive_local(),
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::{Duration, Utc};
    use chrono_tz::Tz;
    use proptest::prelude::*;

    use super::*;

    const ZONES: [Tz; 6] = [
        Tz::UTC,
        Tz::America__Bogota,
        Tz::America__Santiago,
        Tz::Europe__Madrid,
        Tz::Australia__Lord_Howe,
        Tz::Asia__Kathmandu,
    ];

    proptest! {
        #[test]
        fn the_wall_clock_shows_what_the_time_zone_says(
            zone in 0_usize..6,
            start in 0_i64..2_000_000_000,
            steps in proptest::collection::vec(-90_000_i64..90_000, 1..50),
        ) {
            let zone = ZONES[zone];
            let mut wall = WallClock::new(zone);
            let mut at = Utc.timestamp_opt(start, 0).unwrap();
            for step in steps {
                at += Duration::seconds(step);
                prop_assert_eq!(wall.local(micros(at)), at.with_timezone(&zone).naive_local());
            }
        }
    }
}
