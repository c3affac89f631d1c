//! When something that is being written leaves: a day and a time on the wall clock, and how often.
//!
//! It is what a calendar changes step by step and what a text such as `monday 9:30, weekly` says at once.

use chrono::{Datelike, Days, Duration, Months, NaiveDate, NaiveDateTime, Timelike, Weekday};
use chrono_tz::Tz;

use super::Time;
use super::moment::{Moment, parse_moment};
use super::schedule::{Repeat, Schedule, Timing, Weekdays, instant, parse_repeat, repeat_name};

/// A day, a time and how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Plan {
    /// The first day and time, on the wall clock of the workspace; it may have passed.
    pub start: NaiveDateTime,
    /// How often.
    pub repeat: Repeat,
}

/// How often, without the days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frequency {
    /// Once.
    Never,
    /// Every day.
    Daily,
    /// Some days of the week.
    Weekly,
    /// A day of the month.
    Monthly,
    /// A day of the year.
    Yearly,
}

impl Frequency {
    /// All of them, from the seldom to the often and on to the seldom.
    pub const ALL: [Self; 5] = [Self::Never, Self::Daily, Self::Weekly, Self::Monthly, Self::Yearly];

    /// The frequency of a repeat.
    pub fn of(repeat: Repeat) -> Self {
        match repeat {
            Repeat::Never => Self::Never,
            Repeat::Daily => Self::Daily,
            Repeat::Weekly(_) => Self::Weekly,
            Repeat::Monthly { .. } => Self::Monthly,
            Repeat::Yearly { .. } => Self::Yearly,
        }
    }
}

impl Plan {
    /// Tomorrow at nine, once: what is offered before anything was said.
    pub fn tomorrow(now: Time, zone: Tz) -> Self {
        let today = now.with_timezone(&zone).date_naive();
        let start = today.checked_add_days(Days::new(1)).unwrap_or(today).and_hms_opt(9, 0, 0);
        Self { start: start.unwrap_or_else(|| today.and_time(chrono::NaiveTime::MIN)), repeat: Repeat::Never }
    }

    /// When a schedule goes on: its next fire, or tomorrow when it has none to come.
    pub fn of(schedule: &Schedule, now: Time, zone: Tz) -> Self {
        let Timing { repeat, hour, minute } = schedule.timing;
        let start = schedule.next_fire.and_then(|next| {
            let local = next.with_timezone(&zone).naive_local();
            // What fires once has its moment in the fire alone.
            if repeat == Repeat::Never { Some(local) } else { local.date().and_hms_opt(hour, minute, 0) }
        });
        Self { start: start.unwrap_or(Self::tomorrow(now, zone).start), repeat }
    }

    /// Reads a moment, and after a comma how often: `monday 9:30, weekly:mo,we`. None when it says something else.
    pub fn parse(text: &str, now: Time, zone: Tz) -> Option<Self> {
        // The days of a week have commas of their own, which belong to the repeat.
        let (moment, repeat) = text.split_once(',').unwrap_or((text, "never"));
        let Moment { at, clock: (hour, minute) } = parse_moment(moment, now, zone).ok()?;
        let repeat = parse_repeat(repeat, at, zone).ok()?;
        // The time that was named, also on a day that leaves it out.
        let local = at.with_timezone(&zone).naive_local();
        Some(Self { start: local.date().and_hms_opt(hour, minute, local.second())?, repeat })
    }

    /// As it is kept: `2026-03-02T09:30:00 monthly 31`.
    pub fn kept(self) -> String {
        let day = match self.repeat {
            Repeat::Monthly { day } => format!(" {day}"),
            Repeat::Yearly { month, day } => format!(" {day} {month}"),
            Repeat::Never | Repeat::Daily | Repeat::Weekly(_) => String::new(),
        };
        format!("{} {}{day}", self.start.format("%Y-%m-%dT%H:%M:%S"), repeat_name(self.repeat))
    }

    /// From what [`Plan::kept`] wrote.
    pub fn from_kept(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let start = words.next()?.parse::<NaiveDateTime>().ok()?;
        let repeat = parse_repeat(words.next()?, start.and_utc(), Tz::UTC).ok()?;
        let mut number = || words.next().and_then(|word| word.parse().ok());
        let repeat = match repeat {
            Repeat::Monthly { day } => Repeat::Monthly { day: number().unwrap_or(day) },
            Repeat::Yearly { month, day } => {
                let day = number().unwrap_or(day);
                Repeat::Yearly { month: number().unwrap_or(month), day }
            }
            Repeat::Never | Repeat::Daily | Repeat::Weekly(_) => repeat,
        };
        Some(Self { start, repeat })
    }

    /// As a schedule keeps it.
    pub fn timing(self) -> Timing {
        Timing { repeat: self.repeat, hour: self.start.hour(), minute: self.start.minute() }
    }

    /// The first fire that is still to come; none when it has passed and nothing follows.
    pub fn first_fire(self, now: Time, zone: Tz) -> Option<Time> {
        self.timing().first_fire(instant(zone, self.start)?, now, zone)
    }

    /// The next fires, at most so many.
    pub fn upcoming(self, now: Time, zone: Tz, most: usize) -> Vec<Time> {
        self.timing().upcoming(self.first_fire(now, zone), zone, most)
    }

    /// The days of a month on which it fires.
    pub fn days_in(self, month: NaiveDate, now: Time, zone: Tz) -> Vec<NaiveDate> {
        let within = |day: NaiveDate| (day.year(), day.month()) == (month.year(), month.month());
        let first = month.with_day(1).and_then(|day| instant(zone, day.and_time(chrono::NaiveTime::MIN)));
        let Some((first_fire, month_start)) = self.first_fire(now, zone).zip(first) else {
            return Vec::new();
        };
        let from = if first_fire >= month_start {
            Some(first_fire)
        } else {
            self.timing().next_fire(month_start - Duration::seconds(1), zone)
        };
        let fires = std::iter::successors(from, |fire| self.timing().next_fire(*fire, zone));
        fires
            .map(|fire| fire.with_timezone(&zone).date_naive())
            .take_while(|day| within(*day))
            .take(31)
            .collect()
    }

    /// On another day. What fires on a day of the month or the year follows.
    #[must_use]
    pub fn on(self, day: NaiveDate) -> Self {
        let repeat = match self.repeat {
            Repeat::Monthly { .. } => Repeat::Monthly { day: day.day() },
            Repeat::Yearly { .. } => Repeat::Yearly { month: day.month(), day: day.day() },
            Repeat::Never | Repeat::Daily | Repeat::Weekly(_) => self.repeat,
        };
        Self { start: day.and_time(self.start.time()), repeat }
    }

    /// So many days later or earlier.
    #[must_use]
    pub fn days_on(self, days: i64) -> Self {
        match Duration::try_days(days).and_then(|days| self.start.date().checked_add_signed(days)) {
            Some(day) => self.on(day),
            None => self,
        }
    }

    /// So many months later or earlier, on the same day or the last one of a shorter month.
    #[must_use]
    pub fn months_on(self, months: i32) -> Self {
        let by = Months::new(months.unsigned_abs());
        let day = self.start.date();
        let to = if months < 0 { day.checked_sub_months(by) } else { day.checked_add_months(by) };
        to.map_or(self, |day| self.on(day))
    }

    /// So many minutes later or earlier within the day, in steps of that size: 9:07 goes to 9:10, not to 9:12.
    #[must_use]
    pub fn minutes_on(self, minutes: i64) -> Self {
        let (now, size) = (i64::from(self.start.hour() * 60 + self.start.minute()), minutes.abs().max(1));
        let to = if minutes < 0 { (now - 1).div_euclid(size) * size } else { (now / size + 1) * size };
        // A whole hour keeps its minutes.
        let to = if size % 60 == 0 { now + minutes } else { to };
        let to = u32::try_from(to.rem_euclid(24 * 60)).unwrap_or(0);
        match self.start.date().and_hms_opt(to / 60, to % 60, 0) {
            Some(start) => Self { start, ..self },
            None => self,
        }
    }

    /// Every so often, on the days of its start.
    #[must_use]
    pub fn every(self, period: Frequency) -> Self {
        let day = self.start.date();
        let repeat = match period {
            Frequency::Never => Repeat::Never,
            Frequency::Daily => Repeat::Daily,
            Frequency::Weekly => Weekdays::new([day.weekday()]).map_or(Repeat::Daily, Repeat::Weekly),
            Frequency::Monthly => Repeat::Monthly { day: day.day() },
            Frequency::Yearly => Repeat::Yearly { month: day.month(), day: day.day() },
        };
        Self { repeat, ..self }
    }

    /// The next period, round and round.
    #[must_use]
    pub fn next_frequency(self, back: bool) -> Self {
        let at =
            Frequency::ALL.iter().position(|frequency| *frequency == Frequency::of(self.repeat)).unwrap_or(0);
        let by = if back { Frequency::ALL.len() - 1 } else { 1 };
        self.every(Frequency::ALL.get((at + by) % Frequency::ALL.len()).copied().unwrap_or(Frequency::Never))
    }

    /// Weekly, with a day of the week put in or taken out; the last one stays.
    #[must_use]
    pub fn toggle(self, day: Weekday) -> Self {
        let chosen = match self.repeat {
            Repeat::Weekly(days) => days.iter().collect(),
            Repeat::Never | Repeat::Daily | Repeat::Monthly { .. } | Repeat::Yearly { .. } => Vec::new(),
        };
        let was = chosen.contains(&day);
        let days = chosen.into_iter().filter(|one| *one != day).chain((!was).then_some(day));
        match Weekdays::new(days) {
            Some(days) => Self { repeat: Repeat::Weekly(days), ..self },
            None => self,
        }
    }
}

/// The days of a week that begins with that one.
pub fn week_from(first: Weekday) -> [Weekday; 7] {
    let mut next = first;
    [(); 7].map(|()| {
        let day = next;
        next = day.succ();
        day
    })
}

/// The weeks of a month as a calendar shows them, from that day of the week on; days of the months beside it are none.
pub fn weeks(month: NaiveDate, from: Weekday) -> Vec<[Option<NaiveDate>; 7]> {
    let Some(first) = month.with_day(1) else { return Vec::new() };
    let blanks = first.weekday().days_since(from);
    let mut weeks = vec![[None; 7]];
    for (n, day) in (blanks..).zip(first.iter_days().take_while(|day| day.month() == first.month())) {
        let column = usize::try_from(n % 7).unwrap_or(0);
        if column == 0 && n > 0 {
            weeks.push([None; 7]);
        }
        if let Some(place) = weeks.last_mut().and_then(|week| week.get_mut(column)) {
            *place = Some(day);
        }
    }
    weeks
}
