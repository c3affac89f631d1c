//! Schedules: messages to be sent in the future, once or again and again.
//!
//! A schedule keeps an hour and a minute on the wall clock of the workspace's time zone; the moment in UTC is computed
//! anew for each fire, so both changes of summer time are followed. An hour that does not exist is moved forward by the
//! gap, one that comes twice means its first coming, and nothing fires twice for one day.

use chrono::{
    DateTime, Datelike, Days, Duration, LocalResult, NaiveDate, NaiveDateTime, TimeZone, Timelike, Weekday,
};
use chrono_tz::Tz;
use uuid::Uuid;

use super::fold::fold;
use super::{ChannelId, ContactId, GroupId, LabelId, Named, ScheduleId, Time};

/// The days of a week on which a schedule fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Weekdays(u8);

impl Weekdays {
    /// All seven, from Monday.
    pub const ALL: [Weekday; 7] =
        [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];

    /// Those days; none when there are none, for a week without days never fires.
    pub fn new(days: impl IntoIterator<Item = Weekday>) -> Option<Self> {
        let bits = days.into_iter().fold(0, |bits, day| bits | 1 << day.num_days_from_monday());
        (bits != 0).then_some(Self(bits))
    }

    /// As the store keeps them: Monday is the lowest of seven bits.
    pub fn bits(self) -> u8 {
        self.0
    }

    /// From the store's bits.
    pub fn from_bits(bits: u8) -> Option<Self> {
        (bits != 0 && bits < 128).then_some(Self(bits))
    }

    /// Whether a day is among them.
    pub fn contains(self, day: Weekday) -> bool {
        self.0 & 1 << day.num_days_from_monday() != 0
    }

    /// The days, from Monday.
    pub fn iter(self) -> impl Iterator<Item = Weekday> {
        Self::ALL.into_iter().filter(move |day| self.contains(*day))
    }
}

/// How often a schedule fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Repeat {
    /// Once.
    Never,
    /// Every day.
    Daily,
    /// On some days of every week.
    Weekly(Weekdays),
    /// On a day of every month; the last day of a shorter month.
    Monthly {
        /// 1 to 31.
        day: u32,
    },
    /// On a day of every year; February 29 becomes February 28 in common years.
    Yearly {
        /// 1 to 12.
        month: u32,
        /// 1 to 31.
        day: u32,
    },
}

/// When a schedule fires, on the wall clock of the workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Timing {
    /// How often.
    pub repeat: Repeat,
    /// The hour, 0 to 23.
    pub hour: u32,
    /// The minute, 0 to 59.
    pub minute: u32,
}

impl Timing {
    /// The first fire: the start itself when it is still to come, even off the chosen days; else the next one after now.
    /// None for a single one whose start has passed.
    pub fn first_fire(self, start: Time, now: Time, zone: Tz) -> Option<Time> {
        if start >= now { Some(start) } else { self.next_fire(now, zone) }
    }

    /// The first fire strictly after a moment; none when it fires only once or the calendar ends.
    pub fn next_fire(self, after: Time, zone: Tz) -> Option<Time> {
        let today = after.with_timezone(&zone).date_naive();
        // A gap can push a day's fire into the next day, so yesterday's may still be to come.
        let first_day = today.pred_opt()?;
        match self.repeat {
            Repeat::Never => None,
            Repeat::Daily => self.first_on_days(first_day, after, zone, |_| true),
            Repeat::Weekly(days) => {
                self.first_on_days(first_day, after, zone, |day| days.contains(day.weekday()))
            }
            Repeat::Monthly { day } => {
                let months = (0..).map_while(|n| add_months(first_day, n));
                self.first_of(months.map(|month| clamped(month.year(), month.month(), day)), after, zone)
            }
            Repeat::Yearly { month, day } => {
                let years = first_day.year()..=NaiveDate::MAX.year();
                self.first_of(years.map(|year| clamped(year, month, day)), after, zone)
            }
        }
    }

    /// The next fires after a moment, at most so many.
    pub fn upcoming(self, first: Option<Time>, zone: Tz, most: usize) -> Vec<Time> {
        std::iter::successors(first, |fire| self.next_fire(*fire, zone)).take(most).collect()
    }

    fn first_on_days(
        self,
        from: NaiveDate,
        after: Time,
        zone: Tz,
        chosen: impl Fn(NaiveDate) -> bool,
    ) -> Option<Time> {
        let days = std::iter::successors(Some(from), |day| day.checked_add_days(Days::new(1)));
        self.first_of(days.filter(|day| chosen(*day)).map(Some), after, zone)
    }

    fn first_of(self, days: impl Iterator<Item = Option<NaiveDate>>, after: Time, zone: Tz) -> Option<Time> {
        days.map_while(|day| instant(zone, day?.and_hms_opt(self.hour, self.minute, 0)?))
            .find(|fire| *fire > after)
    }
}

/// The moment at which a wall clock shows that time.
pub fn instant(zone: Tz, local: NaiveDateTime) -> Option<Time> {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(time) => Some(time.to_utc()),
        LocalResult::Ambiguous(first, _) => Some(first.to_utc()),
        LocalResult::None => {
            // The offset before the gap: that reading shows on the clock moved forward by the gap.
            let before = zone.from_utc_datetime(&local.checked_sub_signed(Duration::days(1))?);
            let offset = before.naive_local() - before.naive_utc();
            Some(DateTime::from_naive_utc_and_offset(local.checked_sub_signed(offset)?, chrono::Utc))
        }
    }
}

/// That day of a month, or the month's last when it has fewer.
fn clamped(year: i32, month: u32, day: u32) -> Option<NaiveDate> {
    (28..=day)
        .rev()
        .chain(std::iter::once(day.min(28)))
        .find_map(|day| NaiveDate::from_ymd_opt(year, month, day))
}

fn add_months(from: NaiveDate, months: u32) -> Option<NaiveDate> {
    from.with_day(1)?.checked_add_months(chrono::Months::new(months))
}

/// Who gets a scheduled message, by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RecipientId {
    /// One contact.
    Contact(ContactId),
    /// All of a group, as it is when the schedule fires.
    Group(GroupId),
    /// All whose messages carry a label when the schedule fires.
    Label(LabelId),
}

/// Who gets a scheduled message, with what is shown of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// Who.
    pub id: RecipientId,
    /// Its public key.
    pub uuid: Uuid,
    /// Its name; empty for a contact without one.
    pub name: String,
    /// A contact's address in national notation; empty for the others.
    pub national: String,
}

/// A scheduled message with everything that is shown of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Its number here.
    pub id: ScheduleId,
    /// Its public key.
    pub uuid: Uuid,
    /// What is sent.
    pub text: String,
    /// To whom.
    pub recipients: Vec<Recipient>,
    /// By which channel; the one that reaches each recipient when it was not chosen.
    pub channel: Option<Named<ChannelId>>,
    /// When.
    pub timing: Timing,
    /// The next fire; none when there is none to come.
    pub next_fire: Option<Time>,
    /// When it last fired: the real moment, not the planned one.
    pub last_fire: Option<Time>,
    /// The moment for which it last fired: the planned one.
    pub fired_for: Option<Time>,
    /// Whether it is held back.
    pub paused: bool,
    /// When it was made.
    pub created_on: Time,
}

impl Schedule {
    /// Whether it fired already for what is due now, or for something later: the clock was set back meanwhile and is right
    /// again.
    pub fn has_fired_since(&self, due: Time, now: Time) -> bool {
        self.fired_for.is_some_and(|fired| due <= fired && fired <= now)
    }

    /// The next fire once the clock was set back behind the last one: the next by the clock as it is now, so that nothing
    /// waits for a moment that a wrong clock made up; but not the one that it has fired for. None while the clock is right,
    /// and for what fires only once.
    pub fn next_fire_anew(&self, now: Time, zone: Tz) -> Option<Time> {
        self.last_fire.filter(|last| *last > now)?;
        let next = self.timing.next_fire(now, zone)?;
        if self.fired_for == Some(next) { self.timing.next_fire(next, zone) } else { Some(next) }
    }
}

/// The word for a repeat in commands and JSON: `never`, `daily`, `weekly:mo,we`, `monthly`, `yearly`.
pub fn repeat_name(repeat: Repeat) -> String {
    match repeat {
        Repeat::Never => "never".to_owned(),
        Repeat::Daily => "daily".to_owned(),
        Repeat::Weekly(days) => {
            let names: Vec<_> = days.iter().map(day_name).collect();
            format!("weekly:{}", names.join(","))
        }
        Repeat::Monthly { .. } => "monthly".to_owned(),
        Repeat::Yearly { .. } => "yearly".to_owned(),
    }
}

/// Why a text does not say how often.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadRepeat {
    /// It is none of the words.
    #[error("{0:?} is not how often: never, daily, weekly, weekly:mo,we, monthly and yearly are")]
    Unknown(String),
    /// A day of the week that is none, or could be two.
    #[error("{0:?} is not a day of the week: mo, tu, we, th, fr, sa and su are")]
    Day(String),
    /// A week without days.
    #[error("a week needs days: weekly:mo,we")]
    NoDays,
}

/// Reads how often: what [`repeat_name`] writes, and `once`. Days that are not named are those of the start.
pub fn parse_repeat(text: &str, start: Time, zone: Tz) -> Result<Repeat, BadRepeat> {
    let day = start.with_timezone(&zone).date_naive();
    let lower = text.trim().to_lowercase();
    match lower.as_str() {
        "never" | "once" | "nunca" => Ok(Repeat::Never),
        "daily" | "diario" | "diaria" | "diário" | "diária" => Ok(Repeat::Daily),
        "weekly" | "semanal" => Weekdays::new([day.weekday()]).map(Repeat::Weekly).ok_or(BadRepeat::NoDays),
        "monthly" | "mensual" | "mensal" => Ok(Repeat::Monthly { day: day.day() }),
        "yearly" | "anual" => Ok(Repeat::Yearly { month: day.month(), day: day.day() }),
        _ => {
            let days = lower
                .strip_prefix("weekly:")
                .or_else(|| lower.strip_prefix("semanal:"))
                .ok_or_else(|| BadRepeat::Unknown(text.to_owned()))?;
            let words = days.split([',', ' ']).filter(|word| !word.is_empty());
            let days: Vec<Weekday> = words
                .map(|word| weekday(word).ok_or_else(|| BadRepeat::Day(word.to_owned())))
                .collect::<Result<_, _>>()?;
            Weekdays::new(days).map(Repeat::Weekly).ok_or(BadRepeat::NoDays)
        }
    }
}

/// The day of the week that a word names, in English, Spanish or Portuguese, by its first letters: at least two, and enough
/// to mean one day.
pub fn weekday(word: &str) -> Option<Weekday> {
    const NAMES: [(Weekday, &[&str]); 7] = [
        (Weekday::Mon, &["monday", "lunes", "segunda feira"]),
        (Weekday::Tue, &["tuesday", "martes", "terca feira"]),
        (Weekday::Wed, &["wednesday", "miercoles", "quarta feira"]),
        (Weekday::Thu, &["thursday", "jueves", "quinta feira"]),
        (Weekday::Fri, &["friday", "viernes", "sexta feira"]),
        (Weekday::Sat, &["saturday", "sabado"]),
        (Weekday::Sun, &["sunday", "domingo"]),
    ];
    let word = fold(word);
    if word.len() < 2 {
        return None;
    }
    let is_meant = |names: &[&str]| names.iter().any(|name| name.starts_with(&word));
    let mut meant = NAMES.iter().filter(|(_, names)| is_meant(names)).map(|(day, _)| *day);
    let day = meant.next()?;
    meant.next().is_none().then_some(day)
}

fn day_name(day: Weekday) -> &'static str {
    match day {
        Weekday::Mon => "mo",
        Weekday::Tue => "tu",
        Weekday::Wed => "we",
        Weekday::Thu => "th",
        Weekday::Fri => "fr",
        Weekday::Sat => "sa",
        Weekday::Sun => "su",
    }
}

/// The wall clock's hour and minute at a moment, with which a repeating schedule goes on.
pub fn clock_of(start: Time, zone: Tz) -> (u32, u32) {
    let local = start.with_timezone(&zone);
    (local.hour(), local.minute())
}
