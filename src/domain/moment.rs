//! Moments as people write them: `2026-03-02 09:30`, `tomorrow 9:30`, `lunes`, `+2h`.
//!
//! A day and a time are read on the wall clock of the workspace; where the clock leaves a time out, it is moved forward by
//! the gap. Words are those of the three languages, in either case and without accents, and three letters are enough.

use chrono::{DateTime, Days, Duration, NaiveDate, NaiveTime, Timelike, Weekday};
use chrono_tz::Tz;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::Time;
use super::schedule::{clock_of as wall_clock_of, instant, weekday};

/// Why a text is not a moment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadMoment {
    /// It is written in no way that is known.
    #[error(
        "{0:?} is not a moment such as 2026-03-02 09:30, 2026-03-02, 09:30, tomorrow 9:30, monday 9:30, +30m, +2h, +3d \
         or 2026-03-02T09:30:00-05:00"
    )]
    Unknown(String),
    /// A day that no calendar has.
    #[error("there is no day {0:?}; days are written 2026-03-02")]
    Day(String),
    /// A time that no clock shows.
    #[error("there is no time {0:?}; times are written 09:30, from 00:00 to 23:59")]
    Clock(String),
    /// Beyond the end of the calendar.
    #[error("{0:?} is too far away; the calendar ends before it")]
    TooFar(String),
}

/// The time of a day that is named without one.
const MORNING: (u32, u32) = (9, 0);

/// A moment as it was named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The moment.
    pub at: Time,
    /// The hour and the minute that were named. The clock shows others when that day leaves them out; what repeats goes by
    /// those that were named.
    pub clock: (u32, u32),
}

/// The day that a text names.
enum Day {
    On(NaiveDate),
    Next(Weekday),
}

/// Reads a moment. `now` and `zone` say what today is and what its clock shows; what is read may have passed.
pub fn parse_moment(text: &str, now: Time, zone: Tz) -> Result<Moment, BadMoment> {
    let unknown = || BadMoment::Unknown(text.to_owned());
    let too_far = || BadMoment::TooFar(text.to_owned());
    let shown = |at| Moment { at, clock: wall_clock_of(at, zone) };
    let trimmed = text.trim();
    if let Ok(time) = DateTime::parse_from_rfc3339(trimmed) {
        return Ok(shown(time.to_utc()));
    }
    let plain = plain(trimmed);
    if let Some(span) = plain.strip_prefix('+').or_else(|| after_in(&plain)) {
        let (count, unit) = span_of(span).ok_or_else(unknown)?;
        return later(now, zone, count, unit).map(shown).ok_or_else(too_far);
    }
    let local_now = now.with_timezone(&zone).naive_local();
    let today = local_now.date();
    let (mut day, mut clock) = (None, None);
    for word in &whole_words(&plain) {
        let is_second = if let Some(read) = clock_of(word)? {
            clock.replace(read).is_some()
        } else {
            day.replace(day_of(word, today)?.ok_or_else(unknown)?).is_some()
        };
        if is_second {
            return Err(unknown());
        }
    }
    let is_bare_clock = day.is_none() && clock.is_some();
    let (hour, minute) = MORNING;
    let clock = clock.or_else(|| NaiveTime::from_hms_opt(hour, minute, 0)).ok_or_else(unknown)?;
    let on = |day: NaiveDate| instant(zone, day.and_time(clock)).ok_or_else(too_far);
    let at = match day {
        Some(Day::On(day)) => on(day)?,
        Some(Day::Next(wanted)) => {
            let first = today.week(wanted).checked_first_day().ok_or_else(too_far)?;
            let this = if first == today { today } else { weeks_on(first).ok_or_else(too_far)? };
            match on(this)? {
                time if time > now => time,
                _ => on(weeks_on(this).ok_or_else(too_far)?)?,
            }
        }
        None if is_bare_clock => match on(today)? {
            time if time > now => time,
            _ => on(today.succ_opt().ok_or_else(too_far)?)?,
        },
        None => return Err(unknown()),
    };
    Ok(Moment { at, clock: (clock.hour(), clock.minute()) })
}

/// Lower case and without accents.
fn plain(text: &str) -> String {
    text.to_lowercase().nfd().filter(|c| !is_combining_mark(*c)).collect()
}

/// The span after `in`, in three languages.
fn after_in(text: &str) -> Option<&str> {
    ["in ", "en ", "em ", "dentro de ", "daqui a "].iter().find_map(|word| text.strip_prefix(word))
}

/// The words that say something; a date and a time joined by a `T` are two.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let is_joined = text.len() > 10 && text.starts_with(|c: char| c.is_ascii_digit());
    let at = if is_joined && text.get(10..11) == Some("t") { 10 } else { text.len() };
    let (day, clock) = (text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default());
    let words = day.split([' ', ',']).chain(clock.split(' '));
    words.filter(|word| !matches!(*word, "" | "at" | "on" | "a" | "as" | "la" | "las" | "el" | "em"))
}

/// The words, with am and pm at the time they belong to.
fn whole_words(text: &str) -> Vec<String> {
    let text = text.replace("a.m.", "am").replace("p.m.", "pm");
    let mut whole: Vec<String> = Vec::new();
    for word in words(&text) {
        match whole.last_mut() {
            Some(time) if matches!(word, "am" | "pm") => time.push_str(word),
            _ => whole.push(word.to_owned()),
        }
    }
    whole
}

/// The time of day that a word is, if it is written like one.
fn clock_of(word: &str) -> Result<Option<NaiveTime>, BadMoment> {
    let (figures, half) = match word.split_at_checked(word.len().saturating_sub(2)) {
        Some((figures, half @ ("am" | "pm"))) => (figures, Some(half)),
        _ => (word, None),
    };
    let parts: Option<Vec<u32>> = figures.split(':').map(number).collect();
    if let Some(half) = half {
        let (hour, minute) = match parts.as_deref() {
            Some([hour]) => (*hour, 0),
            Some([hour, minute]) => (*hour, *minute),
            _ => return Ok(None),
        };
        // 12 am is midnight, and 12 pm noon.
        let read = (1..=12).contains(&hour).then(|| hour % 12 + if half == "pm" { 12 } else { 0 });
        let read = read.and_then(|hour| NaiveTime::from_hms_opt(hour, minute, 0));
        return read.map(Some).ok_or_else(|| BadMoment::Clock(word.to_owned()));
    }
    let read = match parts.as_deref() {
        Some([hour, minute]) => NaiveTime::from_hms_opt(*hour, *minute, 0),
        Some([hour, minute, second]) => NaiveTime::from_hms_opt(*hour, *minute, *second),
        Some(_) | None => return Ok(None),
    };
    read.map(Some).ok_or_else(|| BadMoment::Clock(word.to_owned()))
}

/// The day that a word is, if it is written like one.
fn day_of(word: &str, today: NaiveDate) -> Result<Option<Day>, BadMoment> {
    let bad = || BadMoment::Day(word.to_owned());
    let parts: Option<Vec<u32>> = word.split('-').map(number).collect();
    if let Some([year, month, day]) = parts.as_deref() {
        let year = i32::try_from(*year).ok().filter(|year| *year >= 1000);
        let day = year.and_then(|year| NaiveDate::from_ymd_opt(year, *month, *day));
        return day.map(|day| Some(Day::On(day))).ok_or_else(bad);
    }
    if word.len() < 3 {
        return Ok(None);
    }
    let names = [("today", 0), ("hoy", 0), ("hoje", 0), ("tomorrow", 1), ("manana", 1), ("amanha", 1)];
    if let Some((_, days)) = names.iter().find(|(name, _)| name.starts_with(word)) {
        let day = today.checked_add_days(Days::new(*days)).ok_or_else(bad)?;
        return Ok(Some(Day::On(day)));
    }
    Ok(weekday(word).map(Day::Next))
}

fn number(text: &str) -> Option<u32> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?
}

fn weeks_on(day: NaiveDate) -> Option<NaiveDate> {
    day.checked_add_days(Days::new(7))
}

/// What a span is counted in.
#[derive(Clone, Copy)]
enum Unit {
    Minutes,
    Hours,
    Days,
    Weeks,
}

/// `30m`, `2 h`, `3 days`.
fn span_of(text: &str) -> Option<(u32, Unit)> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit())?;
    let unit = match text.get(end..)?.trim() {
        "m" | "min" | "mins" | "minute" | "minutes" | "minuto" | "minutos" => Unit::Minutes,
        "h" | "hour" | "hours" | "hora" | "horas" => Unit::Hours,
        "d" | "day" | "days" | "dia" | "dias" => Unit::Days,
        "w" | "week" | "weeks" | "sem" | "semana" | "semanas" => Unit::Weeks,
        _ => return None,
    };
    Some((text.get(..end)?.parse().ok()?, unit))
}

/// A moment so much later: minutes and hours pass, days and weeks turn the calendar's leaves at the same time of day.
fn later(now: Time, zone: Tz, count: u32, unit: Unit) -> Option<Time> {
    let days = |each: u64| {
        let local = now.with_timezone(&zone).naive_local();
        instant(zone, local.checked_add_days(Days::new(u64::from(count) * each))?)
    };
    match unit {
        Unit::Minutes => now.checked_add_signed(Duration::minutes(count.into())),
        Unit::Hours => now.checked_add_signed(Duration::hours(count.into())),
        Unit::Days => days(1),
        Unit::Weeks => days(7),
    }
}
