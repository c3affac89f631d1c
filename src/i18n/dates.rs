//! Moments as people read them: short where there is little room, relative where that says more.

use chrono::{DateTime, Datelike, Duration, NaiveDate, Timelike, Utc, Weekday};
use chrono_tz::Tz;

use super::{DayOrder, Key, Lang, Texts};

/// Dates in a language and a time zone.
#[derive(Debug, Clone, Copy)]
pub struct Dates<'a> {
    texts: &'a Texts,
    zone: Tz,
}

impl<'a> Dates<'a> {
    /// Dates in a language and a time zone.
    pub fn new(texts: &'a Texts, zone: Tz) -> Self {
        Self { texts, zone }
    }

    /// At most eight columns: `14:05` or `2:05 PM` within the same day, `2 mar` within the year, `02/03/24` otherwise.
    pub fn brief(&self, at: DateTime<Utc>, now: DateTime<Utc>) -> String {
        let (local, today) = (at.with_timezone(&self.zone), now.with_timezone(&self.zone));
        if local.date_naive() == today.date_naive() {
            return self.clock(local.hour(), local.minute());
        }
        if local.year() == today.year() {
            return self.day_and_month(local.date_naive());
        }
        self.figures(at)
    }

    /// A day and a time: `2 mar 14:05`, with the year when it is another one.
    pub fn moment(&self, at: DateTime<Utc>, now: DateTime<Utc>) -> String {
        let local = at.with_timezone(&self.zone);
        let time = self.clock(local.hour(), local.minute());
        if local.year() == now.with_timezone(&self.zone).year() {
            format!("{} {time}", self.day_and_month(local.date_naive()))
        } else {
            format!("{} {time}", self.day_of_year(local.date_naive()))
        }
    }

    /// Year, month, day and time in figures, the same in every language: `2026-03-02 14:05`.
    pub fn iso(&self, at: DateTime<Utc>) -> String {
        at.with_timezone(&self.zone).format("%Y-%m-%d %H:%M").to_string()
    }

    /// A day and a time in so many columns: in words where they find room, else in figures, `02/03/24 14:05`. Where 12 hours
    /// find none at all it is told by 24.
    pub fn moment_within(&self, at: DateTime<Utc>, now: DateTime<Utc>, columns: usize) -> String {
        let words = self.moment(at, now);
        let half = self.part(Key::AmPm, at.with_timezone(&self.zone).hour() / 12);
        let figures = format!("{} {}", self.figures(at), self.time(at));
        let close = words.replace(&format!(" {half}"), half);
        let fits = |text: &String| text.chars().count() <= columns;
        let found = [words, close, figures].into_iter().find(fits);
        found.unwrap_or_else(|| {
            let time = at.with_timezone(&self.zone).format("%H:%M");
            format!("{} {time}", self.figures(at))
        })
    }

    /// Whether the month stands before the day: as the region has it, else the language.
    fn is_month_first(&self) -> bool {
        let own = if self.texts.lang() == Lang::En { DayOrder::MonthFirst } else { DayOrder::DayFirst };
        // Spanish and Portuguese name the day first in every region.
        let order = self.texts.customs().day_order.filter(|_| self.texts.lang() == Lang::En);
        order.unwrap_or(own) == DayOrder::MonthFirst
    }

    /// A day in figures: `02/03/24`.
    fn figures(&self, at: DateTime<Utc>) -> String {
        let local = at.with_timezone(&self.zone);
        let (day, month, year) = (local.day(), local.month(), local.year() % 100);
        let (first, second) = if self.is_month_first() { (month, day) } else { (day, month) };
        format!("{first:02}/{second:02}/{year:02}")
    }

    /// The time of day.
    pub fn time(&self, at: DateTime<Utc>) -> String {
        let local = at.with_timezone(&self.zone);
        self.clock(local.hour(), local.minute())
    }

    /// The time of day with seconds.
    pub fn exact_time(&self, at: DateTime<Utc>) -> String {
        let local = at.with_timezone(&self.zone);
        self.clock_with(local.hour(), &format!("{:02}:{:02}", local.minute(), local.second()))
    }

    /// A whole day: `today`, `yesterday`, or `Monday, 2 March 2026`.
    pub fn day(&self, at: DateTime<Utc>, now: DateTime<Utc>) -> String {
        let (day, today) = (self.date(at), self.date(now));
        if day == today {
            return self.texts.get(Key::Today).to_owned();
        }
        if Some(day) == today.pred_opt() {
            return self.texts.get(Key::Yesterday).to_owned();
        }
        let key = if self.is_month_first() { Key::LongDate } else { Key::LongDateDayFirst };
        self.texts.fill(
            key,
            &[
                ("weekday", &self.weekday(day.weekday())),
                ("day", &day.day()),
                ("month", &self.part(Key::Months, day.month0())),
                ("year", &day.year()),
            ],
        )
    }

    /// The day in the time zone.
    pub fn date(&self, at: DateTime<Utc>) -> NaiveDate {
        at.with_timezone(&self.zone).date_naive()
    }

    /// How far away: `in 5 min`, `3 days ago`.
    pub fn distance(&self, at: DateTime<Utc>, now: DateTime<Utc>) -> String {
        let (ahead, span) = if at >= now { (true, at - now) } else { (false, now - at) };
        let choose = |future, past| if ahead { future } else { past };
        let (key, n) = if span < Duration::minutes(1) {
            return self.texts.get(choose(Key::InAMoment, Key::JustNow)).to_owned();
        } else if span < Duration::hours(1) {
            (choose(Key::InMinutes, Key::MinutesAgo), span.num_minutes())
        } else if span < Duration::hours(24) {
            (choose(Key::InHours, Key::HoursAgo), span.num_hours())
        } else if span < Duration::days(60) {
            (choose(Key::InDays, Key::DaysAgo), span.num_days())
        } else {
            (choose(Key::InMonths, Key::MonthsAgo), span.num_days() / 30)
        };
        self.texts.count(key, n.unsigned_abs())
    }

    /// A day of the week in full.
    pub fn weekday(&self, day: Weekday) -> &'a str {
        self.part(Key::Weekdays, day.num_days_from_monday())
    }

    /// A day of the week in two or three letters.
    pub fn short_weekday(&self, day: Weekday) -> &'a str {
        self.part(Key::ShortWeekdays, day.num_days_from_monday())
    }

    /// A day of the week in two letters, each day other ones.
    pub fn calendar_weekday(&self, day: Weekday) -> &'a str {
        self.part(Key::CalendarWeekdays, day.num_days_from_monday())
    }

    /// A month with its year, as the head of a calendar: `March 2026`, `marzo de 2026`.
    pub fn month(&self, day: NaiveDate) -> String {
        let month = self.part(Key::Months, day.month0());
        match self.texts.lang() {
            Lang::En => format!("{month} {}", day.year()),
            Lang::Es | Lang::Pt => format!("{month} de {}", day.year()),
        }
    }

    /// A day without its year: `2 mar`, `Mar 2`.
    pub fn day_and_month(&self, day: NaiveDate) -> String {
        let month = self.part(Key::ShortMonths, day.month0());
        if self.is_month_first() {
            format!("{month} {}", day.day())
        } else {
            format!("{} {month}", day.day())
        }
    }

    /// A day with its year: `2 mar 2026`, `Mar 2, 2026`.
    pub fn day_of_year(&self, day: NaiveDate) -> String {
        let comma = if self.is_month_first() { "," } else { "" };
        format!("{}{comma} {}", self.day_and_month(day), day.year())
    }

    /// A month with its year: `mar 2026`.
    pub fn month_of_year(&self, day: NaiveDate) -> String {
        format!("{} {}", self.part(Key::ShortMonths, day.month0()), day.year())
    }

    /// A time of day, by 24 hours or by 12: `14:05`, `2:05 PM`.
    pub fn clock(&self, hour: u32, minute: u32) -> String {
        self.clock_with(hour, &format!("{minute:02}"))
    }

    /// A full hour, where there is little room: `14`, `2p`.
    pub fn hour(&self, hour: u32) -> String {
        if !self.texts.customs().twelve_hours {
            return hour.to_string();
        }
        let half = self.part(Key::AmPm, hour / 12).chars().take(1).collect::<String>().to_lowercase();
        format!("{}{half}", of_twelve(hour))
    }

    fn clock_with(&self, hour: u32, rest: &str) -> String {
        if !self.texts.customs().twelve_hours {
            return format!("{hour:02}:{rest}");
        }
        format!("{}:{rest} {}", of_twelve(hour), self.part(Key::AmPm, hour / 12))
    }

    /// The n-th of the names that a text lists between commas.
    fn part(&self, key: Key, n: u32) -> &'a str {
        self.texts.get(key).split(',').nth(usize::try_from(n).unwrap_or(usize::MAX)).unwrap_or_default()
    }
}

/// An hour of the day by 12: the first of each half is 12.
fn of_twelve(hour: u32) -> u32 {
    if hour.is_multiple_of(12) { 12 } else { hour % 12 }
}
