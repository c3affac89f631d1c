//! Dates in numbers whose order nobody says: what all the dates of a file show together, and local times.
//!
//! `5/1/23` alone can be two days. One date of the file with a part above twelve decides it for all; several that contradict
//! each other are outvoted, for a text may quote a date of elsewhere. Where no date decides, the order of the records may:
//! a chat or a log does not go back in time.

use chrono::{Duration, NaiveDate, NaiveDateTime, Offset, TimeZone};
use chrono_tz::Tz;

use crate::domain::Time;

/// How the parts of a date are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateOrder {
    /// 31/12/2023.
    DayFirst,
    /// 12/31/2023.
    MonthFirst,
    /// 23-12-31. A year of four digits in front needs nobody to say so.
    YearFirst,
}

impl DateOrder {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::DayFirst, Self::MonthFirst, Self::YearFirst];

    /// The word in commands.
    pub fn name(self) -> &'static str {
        match self {
            Self::DayFirst => "day-first",
            Self::MonthFirst => "month-first",
            Self::YearFirst => "year-first",
        }
    }

    /// The order of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|order| order.name() == name)
    }
}

/// A number in a date, and with how many digits it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) value: u32,
    pub(super) digits: u8,
}

impl Part {
    /// A year of two digits is one of this century.
    fn year(self) -> Option<i32> {
        let value = i32::try_from(self.value).ok()?;
        Some(if self.digits < 3 { 2000 + value } else { value })
    }
}

/// The day of a date whose parts stand in that order.
pub(super) fn day(parts: [Part; 3], order: DateOrder) -> Option<NaiveDate> {
    let [one, two, three] = parts;
    let (year, month, day) = match order {
        _ if one.digits > 2 => (one, two, three),
        DateOrder::YearFirst => (one, two, three),
        DateOrder::DayFirst => (three, two, one),
        DateOrder::MonthFirst => (three, one, two),
    };
    NaiveDate::from_ymd_opt(year.year()?, month.value, day.value)
}

/// What the dates of a file, or of a column, show of their order. All of them are looked at before any is read.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    any: bool,
    /// Dates that only one order allows, for each order.
    votes: [u64; 3],
    /// How often the records would go back in time, for each order.
    back: [u64; 3],
    last: [Option<NaiveDate>; 3],
}

/// The order of the dates of a file, and whether that is no more than a custom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decided {
    pub(super) order: DateOrder,
    pub(super) is_guess: bool,
}

impl Evidence {
    /// Takes a date into account.
    pub(super) fn add(&mut self, parts: [Part; 3]) {
        let [one, two, _] = parts;
        // Such a date says itself what it is.
        if one.digits > 2 {
            return;
        }
        self.any = true;
        let [day, month, year] = &mut self.votes;
        *day += u64::from((13..=31).contains(&one.value) && two.value <= 12);
        *month += u64::from((13..=31).contains(&two.value) && one.value <= 12);
        *year += u64::from(one.value > 31 && two.value <= 12);
    }

    /// Takes a date into account that stands below the one before, in a file whose records are in the order of time.
    pub(super) fn add_in_order(&mut self, parts: [Part; 3]) {
        self.add(parts);
        for ((order, last), back) in DateOrder::ALL.into_iter().zip(&mut self.last).zip(&mut self.back) {
            let Some(day) = day(parts, order) else { continue };
            *back += u64::from(last.is_some_and(|last| day < last));
            *last = Some(day);
        }
    }

    /// The order: that of most dates that decide; else what somebody said; else the one that goes back in time less
    /// often; else the day first, as most of the world writes.
    pub(super) fn decide(&self, said: Option<DateOrder>) -> Decided {
        let [day, month, year] = self.votes;
        let sure = |order| Decided { order, is_guess: false };
        let deciding = [day, month, year].into_iter().filter(|votes| *votes > 0).count();
        if let Some(order) = said.filter(|_| deciding != 1) {
            return sure(order);
        }
        if deciding > 0 {
            return sure(match (day.max(month) <= year, day >= month) {
                (true, _) => DateOrder::YearFirst,
                (false, true) => DateOrder::DayFirst,
                (false, false) => DateOrder::MonthFirst,
            });
        }
        let [day, month, _] = self.back;
        match day.cmp(&month) {
            std::cmp::Ordering::Greater => sure(DateOrder::MonthFirst),
            std::cmp::Ordering::Less => sure(DateOrder::DayFirst),
            std::cmp::Ordering::Equal => Decided { order: DateOrder::DayFirst, is_guess: self.any },
        }
    }
}

/// The moment of a local time. In the hour that comes twice it is the earlier one, unless that lies before what stands above
/// it in the file; a time that the clocks leap over is read as by a clock that nobody put forward.
pub(super) fn moment(local: NaiveDateTime, zone: Tz, above: Option<Time>) -> Option<Time> {
    let found = zone.from_local_datetime(&local);
    if let Some(earlier) = found.earliest() {
        let is_past = above.is_some_and(|above| earlier.to_utc() < above);
        let later = found.latest().filter(|_| is_past);
        return Some(later.unwrap_or(earlier).to_utc());
    }
    let before = local.checked_sub_signed(Duration::days(1))?;
    let offset = zone.offset_from_utc_datetime(&before).fix();
    Some(local.checked_sub_offset(offset)?.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> [Part; 3] {
        let mut all = text
            .split(['/', '-'])
            .map(|part| Part { value: part.parse().unwrap(), digits: u8::try_from(part.len()).unwrap() });
        std::array::from_fn(|_| all.next().unwrap())
    }

    fn decided(dates: &str, said: Option<DateOrder>) -> Decided {
        let mut evidence = Evidence::default();
        dates.split(' ').for_each(|date| evidence.add_in_order(parts(date)));
        evidence.decide(said)
    }

    #[test]
    fn one_date_decides_for_all_and_most_of_them_where_they_differ() {
        use DateOrder::{DayFirst, MonthFirst, YearFirst};
        let sure = |order| Decided { order, is_guess: false };
        for (dates, order) in [
            ("1/5/23 2/5/23 13/5/23", DayFirst),
            ("1/5/23 1/13/23", MonthFirst),
            ("23/5/1 45/5/2", YearFirst),
            ("5/30/23 5/31/23 14/6/23", MonthFirst),
            ("14/6/23 5/30/23", DayFirst),
            // May first in both; but read with the month first, the third would be in January again.
            ("1/5/23 2/5/23 1/6/23", DayFirst),
            ("5/1/23 5/2/23 6/1/23", MonthFirst),
        ] {
            assert_eq!(decided(dates, None), sure(order), "{dates}");
        }
        assert_eq!(decided("1/5/23 2/6/23", None), Decided { order: DayFirst, is_guess: true });
        assert_eq!(decided("1/5/23 2/6/23", Some(MonthFirst)), sure(MonthFirst));
        assert_eq!(decided("13/5/23", Some(MonthFirst)), sure(DayFirst), "nothing else is possible");
        assert_eq!(decided("13/5/23 5/13/23", Some(MonthFirst)), sure(MonthFirst));
        assert!(!decided("2023-05-01", None).is_guess, "four digits in front need no order");
    }

    #[test]
    fn days_are_read_in_their_order_or_not_at_all() {
        let date = |year, month, day| NaiveDate::from_ymd_opt(year, month, day);
        assert_eq!(day(parts("1/5/23"), DateOrder::DayFirst), date(2023, 5, 1));
        assert_eq!(day(parts("1/5/2023"), DateOrder::MonthFirst), date(2023, 1, 5));
        assert_eq!(day(parts("23-05-01"), DateOrder::YearFirst), date(2023, 5, 1));
        assert_eq!(day(parts("2023-05-01"), DateOrder::MonthFirst), date(2023, 5, 1));
        for wrong in ["31/2/23", "0/1/23", "1/0/23", "99/99/99"] {
            assert_eq!(day(parts(wrong), DateOrder::DayFirst), None, "{wrong}");
        }
    }

    #[test]
    fn no_local_time_is_lost_where_clocks_are_put_forward_or_back() {
        let at = |text: &str| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap();
        let utc = |text: &str| at(text).and_utc();
        let york = chrono_tz::America::New_York;
        assert_eq!(moment(at("2023-03-12 02:30"), york, None), Some(utc("2023-03-12 07:30")));
        assert_eq!(moment(at("2023-11-05 01:30"), york, None), Some(utc("2023-11-05 05:30")));
        let above = Some(utc("2023-11-05 05:45"));
        assert_eq!(moment(at("2023-11-05 01:30"), york, above), Some(utc("2023-11-05 06:30")));
        assert_eq!(moment(at("2023-11-05 01:45"), york, above), Some(utc("2023-11-05 05:45")));
        // A whole day that Samoa left out.
        assert!(moment(at("2011-12-30 12:00"), chrono_tz::Pacific::Apia, None).is_some());
        let _ = (moment(NaiveDateTime::MIN, york, None), moment(NaiveDateTime::MAX, york, None));
    }
}
