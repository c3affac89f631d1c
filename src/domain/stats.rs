//! Figures over a period: how much was exchanged, when, by which channel, with whom, how much of it arrived, and how long
//! contacts waited for an answer.
//!
//! The store counts; what a figure means is said here.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};

use super::contact::ContactRef;
use super::folder::Folder;
use super::message::Status;
use super::period::Period;
use super::plan::week_from;

/// Messages each way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Exchange {
    /// Received.
    pub incoming: u64,
    /// Written.
    pub outgoing: u64,
}

impl Exchange {
    /// Both ways.
    pub fn total(self) -> u64 {
        self.incoming + self.outgoing
    }

    /// Adds what another one counted.
    pub fn add(&mut self, other: Self) {
        self.incoming += other.incoming;
        self.outgoing += other.outgoing;
    }
}

/// What was exchanged on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DayStats {
    /// Messages.
    pub messages: Exchange,
    /// Calls made and received.
    pub calls: u64,
}

/// What became of outgoing messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Delivery {
    /// Those that a provider accepted, however far they got after that.
    pub accepted: u64,
    /// Those among them that are known to have arrived, read ones included.
    pub delivered: u64,
    /// Those among them that are known to have been read.
    pub read: u64,
    /// Those that were given up.
    pub failed: u64,
    /// Those that still wait.
    pub pending: u64,
}

impl Delivery {
    /// Counts a message; an incoming one counts for nothing.
    pub fn count(&mut self, status: Status) {
        match status {
            Status::Wired | Status::Sent => self.accepted += 1,
            Status::Delivered => {
                self.accepted += 1;
                self.delivered += 1;
            }
            Status::Read => {
                self.accepted += 1;
                self.delivered += 1;
                self.read += 1;
            }
            Status::Failed => self.failed += 1,
            Status::Initializing | Status::Queued | Status::Errored => self.pending += 1,
            Status::Pending | Status::Handled => {}
        }
    }

    /// The delivery rate: of the messages that no longer wait, the part that a provider accepted; none when there are none.
    pub fn rate(&self) -> Option<f64> {
        share(self.accepted, self.accepted + self.failed)
    }
}

/// A part of a whole; none when the whole is nothing.
#[expect(clippy::cast_precision_loss, reason = "a share is shown with one decimal")]
pub fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// What went over a channel.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChannelStats {
    /// Its name; empty for messages of which no channel is known.
    pub name: String,
    /// Messages.
    pub messages: Exchange,
    /// What became of the outgoing ones.
    pub delivery: Delivery,
}

/// What was exchanged with a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactStats {
    /// Who.
    pub contact: ContactRef,
    /// Its first address in national notation; empty when it has none.
    pub national: String,
    /// Messages.
    pub messages: Exchange,
}

/// How long contacts waited for an answer.
///
/// A wait begins with an incoming message when the message before it, with the same contact, was an outgoing one, or when
/// there was none: of several incoming messages in a row only the first begins a wait. It ends with the next outgoing
/// message to that contact, whoever wrote it (a person, a schedule, a flow of the platform) and whatever it says. It lasts
/// from the one `created_on` to the other. Messages that failed or were deleted are passed over as if they were not
/// there, and calls do not count. A wait belongs to the period in which it began, though its answer may have come later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Answers {
    /// Waits that ended with an answer.
    pub answered: u64,
    /// Waits that have not ended.
    pub waiting: u64,
    /// Half of the answers took no longer than this, in seconds; none without answers.
    pub median: Option<u32>,
    /// Nine of ten answers took no longer than this, in seconds.
    pub ninetieth: Option<u32>,
}

impl Answers {
    /// The figures of waits: how long each one lasted that was answered, in seconds, and how many were not.
    pub fn of(mut waits: Vec<u32>, waiting: u64) -> Self {
        let answered = waits.len() as u64;
        let mut at_most = |percent: usize| {
            // The smallest one that so many of a hundred do not exceed.
            let rank = (waits.len() * percent).div_ceil(100).checked_sub(1)?;
            Some(*waits.select_nth_unstable(rank).1)
        };
        Self { answered, waiting, median: at_most(50), ninetieth: at_most(90) }
    }
}

/// Contacts among the figures.
pub const TOP_CONTACTS: usize = 10;

/// The figures of a period.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stats {
    /// Of which period.
    pub period: Period,
    /// Rows of each folder, in the order of [`Folder::ALL`]; schedules are those that stand now, in any period.
    pub folders: [u64; 8],
    /// By day in the workspace's time zone, the days without anything left out.
    pub days: BTreeMap<NaiveDate, DayStats>,
    /// Messages by weekday, Monday first, and hour of the workspace's clock.
    pub hours: [[Exchange; 24]; 7],
    /// By channel, the busiest first.
    pub channels: Vec<ChannelStats>,
    /// What became of the outgoing messages.
    pub delivery: Delivery,
    /// How long contacts waited.
    pub answers: Answers,
    /// With how many contacts messages were exchanged.
    pub people: u64,
    /// The contacts with most messages, at most [`TOP_CONTACTS`].
    pub contacts: Vec<ContactStats>,
}

impl Stats {
    /// All that was exchanged: the sum of the eight folders.
    pub fn total(&self) -> u64 {
        self.folders.iter().sum()
    }

    /// The rows of a folder.
    pub fn of(&self, folder: Folder) -> u64 {
        self.folders.get(folder as usize).copied().unwrap_or(0)
    }

    /// The messages, without calls and schedules.
    pub fn messages(&self) -> Exchange {
        let mut all = Exchange::default();
        for day in self.days.values() {
            all.add(day.messages);
        }
        all
    }

    /// The days from the first to the last that a chart shows: those of the period, and where it is open, from the first
    /// day with anything to today, or to the last such day when that is later. None when there are no days.
    pub fn span(&self, today: NaiveDate) -> Option<(NaiveDate, NaiveDate)> {
        let first = self.period.since.or_else(|| self.days.keys().next().copied())?;
        let last = self.days.keys().next_back().map_or(today, |day| today.max(*day));
        let last = self.period.until.map_or(last, |until| until.min(last)).max(first);
        Some((first, last))
    }

    /// The messages of the span in at most so many steps of equal kind, as fine as that allows; empty without days.
    pub fn steps(&self, today: NaiveDate, most: usize) -> (Step, Vec<(NaiveDate, Exchange)>) {
        let Some((first, last)) = self.span(today) else { return (Step::Day, Vec::new()) };
        let fits = |step: &Step| step.count(first, last) <= most.max(1);
        let step = Step::ALL.into_iter().find(fits).unwrap_or(Step::Year);
        let mut steps: BTreeMap<NaiveDate, Exchange> = BTreeMap::new();
        let mut at = Some(step.start(first));
        while let Some(day) = at.filter(|day| *day <= last) {
            steps.insert(day, Exchange::default());
            at = step.next(day);
        }
        for (day, figures) in self.days.range(first..=last) {
            steps.entry(step.start(*day)).or_default().add(figures.messages);
        }
        (step, steps.into_iter().collect())
    }

    /// The hours of each day of a week that begins with that one.
    pub fn week(&self, first: Weekday) -> [(Weekday, &[Exchange; 24]); 7] {
        // Each weekday has its place among the hours.
        week_from(first).map(|day| (day, &self.hours[day.num_days_from_monday() as usize]))
    }

    /// The largest number of messages of an hour of the week.
    pub fn busiest(&self) -> u64 {
        self.hours.iter().flatten().map(|hour| hour.total()).max().unwrap_or(0)
    }
}

/// Which of four shades a figure has beside the largest one, the darkest being 4; nothing has none, and is 0.
pub fn shade(figure: u64, most: u64) -> usize {
    usize::try_from((figure.saturating_mul(4)).div_ceil(most.max(1))).unwrap_or(4).min(4)
}

/// A stretch of days that a chart shows as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A day.
    Day,
    /// A week, from Monday on.
    Week,
    /// A month.
    Month,
    /// Three months, as a year is parted.
    Quarter,
    /// A year.
    Year,
}

impl Step {
    /// All of them, the finest first.
    pub const ALL: [Self; 5] = [Self::Day, Self::Week, Self::Month, Self::Quarter, Self::Year];

    /// The first day of the step in which a day is.
    pub fn start(self, day: NaiveDate) -> NaiveDate {
        let month = |month0: u32| NaiveDate::from_ymd_opt(day.year(), month0 + 1, 1).unwrap_or(day);
        match self {
            Self::Day => day,
            Self::Week => day.week(Weekday::Mon).checked_first_day().unwrap_or(day),
            Self::Month => month(day.month0()),
            Self::Quarter => month(day.month0() / 3 * 3),
            Self::Year => month(0),
        }
    }

    /// The first day of the step after the one that begins on a day.
    fn next(self, start: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Day => start.succ_opt(),
            Self::Week => start.checked_add_days(Days::new(7)),
            Self::Month => start.checked_add_months(Months::new(1)),
            Self::Quarter => start.checked_add_months(Months::new(3)),
            Self::Year => start.checked_add_months(Months::new(12)),
        }
    }

    /// How many steps there are from one day to another, both with theirs.
    fn count(self, first: NaiveDate, last: NaiveDate) -> usize {
        let (from, to) = (self.start(first), self.start(last));
        let days = (to - from).num_days();
        let months =
            i64::from(to.year() - from.year()) * 12 + i64::from(to.month0()) - i64::from(from.month0());
        let steps = match self {
            Self::Day => days,
            Self::Week => days / 7,
            Self::Month => months,
            Self::Quarter => months / 3,
            Self::Year => months / 12,
        };
        usize::try_from(steps.max(0)).unwrap_or(usize::MAX).saturating_add(1)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_median_and_the_ninetieth_are_waits_that_happened() {
        let of = |waits: &[u32]| {
            let answers = Answers::of(waits.to_vec(), 0);
            (answers.median, answers.ninetieth)
        };
        assert_eq!(of(&[]), (None, None));
        assert_eq!(of(&[7]), (Some(7), Some(7)));
        assert_eq!(of(&[9, 1]), (Some(1), Some(9)));
        assert_eq!(of(&[10, 9, 8, 7, 6, 5, 4, 3, 2, 1]), (Some(5), Some(9)));
    }

    proptest! {
        #[test]
        fn steps_hold_every_message_of_the_span_and_fit(
            there in proptest::collection::btree_map(0_u64..4000, (0_u64..50, 0_u64..50), 0..60),
            most in 12_usize..120,
        ) {
            let from = day("2015-01-31");
            let mut stats = Stats::default();
            for (n, (incoming, outgoing)) in &there {
                let figures = DayStats { messages: Exchange { incoming: *incoming, outgoing: *outgoing }, calls: 0 };
                stats.days.insert(from + Days::new(*n), figures);
            }
            let today = from + Days::new(3999);
            let (step, steps) = stats.steps(today, most);
            prop_assert!(steps.len() <= most);
            let mut sum = Exchange::default();
            for (at, exchange) in &steps {
                prop_assert_eq!(step.start(*at), *at);
                sum.add(*exchange);
            }
            prop_assert_eq!(sum, stats.messages());
            let gapless = steps.windows(2).all(|two| step.next(two[0].0) == Some(two[1].0));
            prop_assert!(gapless);
        }
    }
}
