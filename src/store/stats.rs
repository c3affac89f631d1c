//! Figures over a period: how much was exchanged, by folder, day and channel, and how much of it arrived.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rusqlite::params;

use super::codes::{Code, micros, millis, time};
use super::messages::coded;
use super::{Result, Store};
use crate::domain::Time;
use crate::domain::folder::Folder;
use crate::domain::message::{Direction, Status};
use crate::domain::query::start_of;

/// Whole days in the workspace's time zone; both ends belong to it, and an end that is missing is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Period {
    /// The first day.
    pub since: Option<NaiveDate>,
    /// The last day.
    pub until: Option<NaiveDate>,
}

/// What was exchanged on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DayStats {
    /// Messages received.
    pub incoming: u64,
    /// Messages written.
    pub outgoing: u64,
    /// Calls made and received.
    pub calls: u64,
}

/// What went over a channel.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChannelStats {
    /// Its name; empty for messages of which no channel is known.
    pub name: String,
    /// Messages received.
    pub incoming: u64,
    /// Messages written.
    pub outgoing: u64,
}

/// The figures of a period.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stats {
    /// Rows of each folder, in the order of [`Folder::ALL`]; schedules are those that stand now.
    pub folders: [u64; 8],
    /// By day, the days without anything left out.
    pub days: BTreeMap<NaiveDate, DayStats>,
    /// By channel, the busiest first.
    pub channels: Vec<ChannelStats>,
    /// Outgoing messages that a provider accepted, however far they got after that.
    pub accepted: u64,
    /// Those among them that are known to have arrived, read ones included.
    pub delivered: u64,
    /// Those among them that are known to have been read.
    pub read: u64,
    /// Outgoing messages that were given up.
    pub failed: u64,
    /// Outgoing messages that still wait.
    pub pending: u64,
}

impl Stats {
    /// All that was exchanged: the sum of the eight folders.
    pub fn total(&self) -> u64 {
        self.folders.iter().sum()
    }

    /// Of the outgoing messages that are no longer waiting, the part that a provider accepted; none when there are none.
    pub fn delivery_rate(&self) -> Option<f64> {
        let ended = self.accepted + self.failed;
        #[expect(clippy::cast_precision_loss, reason = "a share is shown with one decimal")]
        (ended > 0).then(|| self.accepted as f64 / ended as f64)
    }
}

impl Store {
    /// The figures of a period.
    pub fn stats(&self, period: Period) -> Result<Stats> {
        let from = period.since.and_then(|day| start_of(day, self.zone)).unwrap_or(Time::MIN_UTC);
        let to = period.until.and_then(|day| start_of(day.succ_opt()?, self.zone)).unwrap_or(Time::MAX_UTC);
        let mut stats = Stats::default();
        let mut channels: BTreeMap<Option<i64>, ChannelStats> = BTreeMap::new();
        let mut statement = self.conn.prepare_cached(
            "SELECT created_on, folder, direction, status, channel_id FROM message INDEXED BY message_by_search
             WHERE search_key >= ?1 AND created_on >= ?2 AND created_on < ?3 AND folder <> 0",
        )?;
        let mut rows = statement.query(params![millis(from), micros(from), micros(to)])?;
        while let Some(row) = rows.next()? {
            let day = stats.days.entry(self.day(row.get(0)?)).or_default();
            let channel = channels.entry(row.get(4)?).or_default();
            match coded(row, 2)? {
                Direction::In => {
                    day.incoming += 1;
                    channel.incoming += 1;
                }
                Direction::Out => {
                    day.outgoing += 1;
                    channel.outgoing += 1;
                }
            }
            match coded(row, 3)? {
                Status::Wired | Status::Sent => stats.accepted += 1,
                Status::Delivered => {
                    stats.accepted += 1;
                    stats.delivered += 1;
                }
                Status::Read => {
                    stats.accepted += 1;
                    stats.delivered += 1;
                    stats.read += 1;
                }
                Status::Failed => stats.failed += 1,
                Status::Initializing | Status::Queued | Status::Errored => stats.pending += 1,
                Status::Pending | Status::Handled => {}
            }
            if let Some(folder) = Folder::from_code(row.get(1)?) {
                stats.folders[folder as usize] += 1;
            }
        }
        let mut statement = self
            .conn
            .prepare_cached("SELECT occurred_on FROM call WHERE occurred_on >= ?1 AND occurred_on < ?2")?;
        let mut rows = statement.query(params![micros(from), micros(to)])?;
        while let Some(row) = rows.next()? {
            stats.days.entry(self.day(row.get(0)?)).or_default().calls += 1;
            stats.folders[Folder::Calls as usize] += 1;
        }
        stats.folders[Folder::Schedules as usize] = self.counts()?.of(Folder::Schedules).total;
        stats.channels = self.name_channels(channels)?;
        Ok(stats)
    }

    fn day(&self, created_on: i64) -> NaiveDate {
        time(created_on).with_timezone(&self.zone).date_naive()
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
        named.sort_by_key(|channel| std::cmp::Reverse(channel.incoming + channel.outgoing));
        Ok(named)
    }
}
