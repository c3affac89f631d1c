//! The days of a month as a grid, and the moves in it: what the editor of schedules chooses a day with.

use chrono::{Datelike, Duration, Months, NaiveDate, Weekday};

/// A week of the grid; a day that belongs to another month is not there.
pub type Week = [Option<NaiveDate>; 7];

/// The weeks of a month, from its first day to its last; none for a month that no calendar has.
pub fn month(year: i32, month: u32, first_weekday: Weekday) -> Vec<Week> {
    let Some(first) = NaiveDate::from_ymd_opt(year, month, 1) else { return Vec::new() };
    let days = first.iter_days().take_while(|day| day.month() == month && day.year() == year);
    let mut weeks: Vec<Week> = Vec::new();
    for day in days {
        let column = column(day, first_weekday);
        if column == 0 || weeks.is_empty() {
            weeks.push([None; 7]);
        }
        if let Some(cell) = weeks.last_mut().and_then(|week| week.get_mut(column)) {
            *cell = Some(day);
        }
    }
    weeks
}

/// The days of the week in the order of the columns.
pub fn weekdays(first_weekday: Weekday) -> [Weekday; 7] {
    let mut day = first_weekday;
    [(); 7].map(|()| {
        let this = day;
        day = day.succ();
        this
    })
}

/// The column of a day.
pub fn column(day: NaiveDate, first_weekday: Weekday) -> usize {
    usize::try_from(day.weekday().days_since(first_weekday)).unwrap_or(0)
}

/// So many days later, or earlier; the same day at the calendar's ends.
pub fn add_days(day: NaiveDate, days: i64) -> NaiveDate {
    Duration::try_days(days).and_then(|span| day.checked_add_signed(span)).unwrap_or(day)
}

/// The same day so many months later, or earlier: the last one of a shorter month.
pub fn add_months(day: NaiveDate, months: i32) -> NaiveDate {
    let count = Months::new(months.unsigned_abs());
    let moved = if months < 0 { day.checked_sub_months(count) } else { day.checked_add_months(count) };
    moved.unwrap_or(day)
}

/// The first day of the row that a day is in, in whatever month.
pub fn week_start(day: NaiveDate, first_weekday: Weekday) -> NaiveDate {
    day.week(first_weekday).checked_first_day().unwrap_or(day)
}

/// The last day of the row that a day is in, in whatever month.
pub fn week_end(day: NaiveDate, first_weekday: Weekday) -> NaiveDate {
    day.week(first_weekday).checked_last_day().unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn on(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).unwrap()
    }

    fn drawn(weeks: &[Week]) -> Vec<String> {
        let cell = |day: &Option<NaiveDate>| day.map_or("--".to_owned(), |day| day.format("%d").to_string());
        weeks.iter().map(|week| week.iter().map(cell).collect::<Vec<_>>().join(" ")).collect()
    }

    #[test]
    fn a_month_is_drawn_from_the_first_day_of_the_week() {
        assert_eq!(
            drawn(&month(2026, 2, Weekday::Sun)),
            ["01 02 03 04 05 06 07", "08 09 10 11 12 13 14", "15 16 17 18 19 20 21", "22 23 24 25 26 27 28"]
        );
        let march = drawn(&month(2026, 3, Weekday::Mon));
        assert_eq!(march.first().unwrap(), "-- -- -- -- -- -- 01");
        assert_eq!((march.len(), march.last().unwrap().as_str()), (6, "30 31 -- -- -- -- --"));
        assert_eq!(month(2026, 13, Weekday::Mon), Vec::<Week>::new());
        assert_eq!(weekdays(Weekday::Sun)[..3], [Weekday::Sun, Weekday::Mon, Weekday::Tue]);
    }

    #[test]
    fn moves_stay_in_the_calendar() {
        assert_eq!(add_days(on(2024, 2, 28), 2), on(2024, 3, 1));
        assert_eq!(add_days(on(2024, 1, 1), -7), on(2023, 12, 25));
        assert_eq!(add_days(on(2024, 1, 1), i64::MAX), on(2024, 1, 1));
        assert_eq!(add_months(on(2026, 1, 31), 1), on(2026, 2, 28));
        assert_eq!(add_months(on(2026, 1, 31), -2), on(2025, 11, 30));
        assert_eq!(add_months(on(2026, 1, 31), i32::MIN), on(2026, 1, 31));
        assert_eq!(week_start(on(2026, 3, 1), Weekday::Mon), on(2026, 2, 23));
        assert_eq!(week_end(on(2026, 3, 1), Weekday::Mon), on(2026, 3, 1));
        assert_eq!(week_end(NaiveDate::MAX, Weekday::Mon).max(NaiveDate::MAX), NaiveDate::MAX);
    }

    proptest! {
        #[test]
        fn every_day_is_there_once_under_its_weekday(year in 1900_i32..2100, number in 1_u32..=12, first in 0_usize..7) {
            let first = weekdays(Weekday::Mon)[first];
            let weeks = month(year, number, first);
            let days: Vec<NaiveDate> = weeks.iter().flatten().flatten().copied().collect();
            let expected: Vec<NaiveDate> = (1..=31).filter_map(|d| NaiveDate::from_ymd_opt(year, number, d)).collect();
            prop_assert_eq!(days, expected);
            for week in &weeks {
                prop_assert!(week.iter().any(Option::is_some));
                for (cell, weekday) in week.iter().zip(weekdays(first)) {
                    prop_assert!(cell.is_none_or(|day| day.weekday() == weekday));
                }
            }
        }
    }
}
