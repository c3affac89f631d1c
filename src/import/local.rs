//! Local times of a file as moments. The hour that a clock shows twice is the earlier one, unless that would go back
//! before the record above; a time that the clock left out is moved forward by the gap, and not lost.

use chrono::{Duration, LocalResult, NaiveDateTime, TimeZone};
use chrono_tz::Tz;

use crate::domain::Time;
use crate::domain::schedule::instant;
use crate::store::is_storable;

/// The order of the records of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Running {
    /// The oldest first.
    Forward,
    /// The newest first.
    Backward,
    /// In no order of time.
    Unordered,
}

/// Reads the times of a file, record by record.
pub(super) struct LocalClock {
    zone: Tz,
    running: Running,
    /// So far back may a record be before the one above without being of the hour's second turn.
    slack: Duration,
    above: Option<Time>,
}

impl LocalClock {
    pub(super) fn new(zone: Tz, running: Running, slack: Duration) -> Self {
        Self { zone, running, slack, above: None }
    }

    /// The moment at which the clock showed that.
    pub(super) fn read(&mut self, local: NaiveDateTime) -> Option<Time> {
        let time = match self.readings(local)? {
            (only, None) => only,
            (earlier, Some(later)) => match (self.running, self.above) {
                (Running::Forward, Some(above)) if earlier < above - self.slack => later,
                (Running::Backward, Some(above)) if later > above + self.slack => earlier,
                (Running::Backward, _) => later,
                (Running::Forward | Running::Unordered, _) => earlier,
            },
        };
        self.above = Some(time);
        Some(time)
    }

    /// The moments at which a clock showed that: the second one in the hour that it shows twice.
    pub(super) fn readings(&self, local: NaiveDateTime) -> Option<(Time, Option<Time>)> {
        let readings = match self.zone.from_local_datetime(&local) {
            LocalResult::Ambiguous(earlier, later) => (earlier.to_utc(), Some(later.to_utc())),
            LocalResult::Single(time) => (time.to_utc(), None),
            LocalResult::None => (instant(self.zone, local)?, None),
        };
        is_storable(readings.0).then_some(readings)
    }
}

/// Tells from the times of a file, seen one after the other, in which order its records are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Course {
    zone: Tz,
    above: Option<NaiveDateTime>,
    goes_back: bool,
    goes_on: bool,
}

impl Course {
    pub(super) fn new(zone: Tz) -> Self {
        Self { zone, above: None, goes_back: false, goes_on: false }
    }

    pub(super) fn look_at(&mut self, local: NaiveDateTime) {
        if let Some(above) = self.above.replace(local)
            && above != local
        {
            // In the hour that a clock shows twice it goes back although time does not.
            let is_twice =
                |local| matches!(self.zone.from_local_datetime(&local), LocalResult::Ambiguous(..));
            let step = if above < local { &mut self.goes_on } else { &mut self.goes_back };
            *step = *step || !(is_twice(above) && is_twice(local));
        }
    }

    pub(super) fn running(self) -> Running {
        match (self.goes_on, self.goes_back) {
            (_, false) => Running::Forward,
            (false, true) => Running::Backward,
            (true, true) => Running::Unordered,
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;

    fn local(day: u32, hour: u32, minute: u32) -> NaiveDateTime {
        NaiveDate::from_ymd_opt(2023, 11, day).and_then(|date| date.and_hms_opt(hour, minute, 0)).unwrap()
    }

    fn read(running: Running, shown: &[(u32, u32)]) -> Vec<String> {
        let mut clock = LocalClock::new(chrono_tz::America::New_York, running, Duration::zero());
        let times = shown.iter().map(|(hour, minute)| clock.read(local(5, *hour, *minute)).unwrap());
        times.map(|time| time.format("%H:%M").to_string()).collect()
    }

    #[test]
    fn the_hour_that_is_shown_twice_follows_the_record_above() {
        let shown = [(0, 59), (1, 30), (1, 50), (1, 10), (1, 55), (2, 0)];
        assert_eq!(read(Running::Forward, &shown), ["04:59", "05:30", "05:50", "06:10", "06:55", "07:00"]);
        let back: Vec<(u32, u32)> = shown.iter().rev().copied().collect();
        assert_eq!(read(Running::Backward, &back), ["07:00", "06:55", "06:10", "05:50", "05:30", "04:59"]);
        assert_eq!(read(Running::Unordered, &[(1, 50), (1, 10)]), ["05:50", "05:10"]);
    }

    #[test]
    fn the_order_is_told_although_the_clock_goes_back_once() {
        let running = |shown: &[(u32, u32)]| {
            let mut course = Course::new(chrono_tz::America::New_York);
            for (hour, minute) in shown {
                course.look_at(local(5, *hour, *minute));
            }
            course.running()
        };
        let shown = [(0, 59), (0, 59), (1, 30), (1, 10), (2, 0)];
        let back: Vec<(u32, u32)> = shown.iter().rev().copied().collect();
        assert_eq!(running(&shown), Running::Forward);
        assert_eq!(running(&back), Running::Backward);
        assert_eq!(running(&[(0, 59), (2, 0), (0, 10)]), Running::Unordered);
        assert_eq!(running(&[]), Running::Forward);
    }
}
