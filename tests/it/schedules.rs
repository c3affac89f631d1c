//! When schedules fire: the worked cases of the platforms' own tests, and laws over ten years in ten time zones.

use chrono::{Datelike, Duration, NaiveDate, NaiveDateTime, Offset, TimeZone, Timelike, Weekday};
use chrono_tz::Tz;
use proptest::prelude::*;
use recado::domain::Time;
use recado::domain::schedule::{Repeat, Timing, Weekdays, instant, repeat_name};

fn local(zone: Tz, text: &str) -> Time {
    instant(zone, NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap()).unwrap()
}

fn fires(zone: Tz, repeat: Repeat, start: &str, now: &str, count: usize) -> Vec<String> {
    let (start, now) = (local(zone, start), local(zone, now));
    let wall = start.with_timezone(&zone);
    let timing = Timing { repeat, hour: wall.hour(), minute: wall.minute() };
    let fires = timing.upcoming(timing.first_fire(start, now, zone), zone, count);
    fires.iter().map(|fire| fire.with_timezone(&zone).format("%Y-%m-%d %H:%M").to_string()).collect()
}

fn thursdays_and_saturdays() -> Repeat {
    Repeat::Weekly(Weekdays::new([Weekday::Thu, Weekday::Sat]).unwrap())
}

#[test]
fn the_worked_cases_hold() {
    let kigali = chrono_tz::Africa::Kigali;
    let check = |repeat, start, now, expected: &[&str]| {
        assert_eq!(
            fires(kigali, repeat, start, now, expected.len()),
            expected,
            "{repeat:?} from {start} at {now}"
        );
    };
    check(
        Repeat::Daily,
        "2013-01-02 10:00",
        "2013-01-03 09:00",
        &["2013-01-03 10:00", "2013-01-04 10:00", "2013-01-05 10:00"],
    );
    // The start itself fires, even on a day that is not chosen.
    check(
        thursdays_and_saturdays(),
        "2013-01-02 10:00",
        "2013-01-02 09:00",
        &["2013-01-02 10:00", "2013-01-03 10:00", "2013-01-05 10:00", "2013-01-10 10:00"],
    );
    check(
        thursdays_and_saturdays(),
        "2013-01-02 10:00",
        "2013-01-03 09:00",
        &["2013-01-03 10:00", "2013-01-05 10:00"],
    );
    let on = |day| Repeat::Monthly { day };
    check(
        on(2),
        "2013-01-02 10:35",
        "2013-01-03 00:00",
        &["2013-02-02 10:35", "2013-03-02 10:35", "2013-04-02 10:35"],
    );
    check(
        on(31),
        "2013-01-31 10:35",
        "2013-01-03 00:00",
        &["2013-01-31 10:35", "2013-02-28 10:35", "2013-03-31 10:35", "2013-04-30 10:35"],
    );
    check(Repeat::Daily, "2019-08-19 12:35", "2019-08-20 12:35", &["2019-08-21 12:35"]);
    check(Repeat::Daily, "2019-08-20 12:35", "2019-08-20 12:36", &["2019-08-21 12:35"]);
    check(Repeat::Never, "2013-01-02 10:00", "2013-01-01 00:00", &["2013-01-02 10:00"]);
    assert_eq!(fires(kigali, Repeat::Never, "2013-01-02 10:00", "2013-01-03 00:00", 3), [""; 0]);
    let leap_day = Repeat::Yearly { month: 2, day: 29 };
    check(
        leap_day,
        "2024-02-29 08:00",
        "2024-01-01 00:00",
        &["2024-02-29 08:00", "2025-02-28 08:00", "2026-02-28 08:00", "2027-02-28 08:00", "2028-02-29 08:00"],
    );
}

#[test]
fn equal_means_already_fired() {
    let zone = chrono_tz::UTC;
    let timing = Timing { repeat: Repeat::Daily, hour: 12, minute: 35 };
    let now = local(zone, "2019-08-20 12:35");
    assert_eq!(timing.next_fire(now, zone), Some(local(zone, "2019-08-21 12:35")));
}

#[test]
fn the_wall_clock_holds_over_both_changes_of_summer_time() {
    let zone = chrono_tz::America::Los_Angeles;
    for start in ["2019-03-08 12:30", "2019-11-01 12:30"] {
        for fire in fires(zone, Repeat::Daily, start, start, 6) {
            assert!(fire.ends_with("12:30"), "{fire}");
        }
    }
    let eastern = chrono_tz::US::Eastern;
    assert_eq!(local(eastern, "2050-01-03 23:00").to_rfc3339(), "2050-01-04T04:00:00+00:00");
    let late = fires(eastern, Repeat::Daily, "2050-01-03 23:00", "2050-01-03 12:00", 2);
    assert_eq!(late, ["2050-01-03 23:00", "2050-01-04 23:00"]);
}

#[test]
fn an_hour_that_does_not_exist_moves_forward_by_the_gap_and_one_that_comes_twice_fires_once() {
    let zone = chrono_tz::America::New_York;
    let spring = fires(zone, Repeat::Daily, "2024-03-09 02:30", "2024-03-09 00:00", 3);
    assert_eq!(spring, ["2024-03-09 02:30", "2024-03-10 03:30", "2024-03-11 02:30"]);
    let timing = Timing { repeat: Repeat::Daily, hour: 1, minute: 30 };
    let autumn = timing.upcoming(timing.next_fire(local(zone, "2024-11-02 12:00"), zone), zone, 2);
    assert_eq!(autumn[0].to_rfc3339(), "2024-11-03T05:30:00+00:00", "the first of the two");
    assert_eq!(autumn[1].to_rfc3339(), "2024-11-04T06:30:00+00:00");
    // Samoa left out a whole day.
    let apia = chrono_tz::Pacific::Apia;
    let fires = fires(apia, Repeat::Daily, "2011-12-29 10:00", "2011-12-29 00:00", 3);
    assert_eq!(fires, ["2011-12-29 10:00", "2011-12-31 10:00", "2012-01-01 10:00"]);
}

#[test]
fn repeats_have_names_for_scripts() {
    let week = Repeat::Weekly(Weekdays::new([Weekday::Wed, Weekday::Mon]).unwrap());
    assert_eq!(repeat_name(week), "weekly:mo,we");
    assert_eq!(repeat_name(Repeat::Monthly { day: 3 }), "monthly");
    assert_eq!(Weekdays::new([]), None);
}

const ZONES: [&str; 10] = [
    "UTC",
    "America/Bogota",
    "America/Sao_Paulo",
    "America/New_York",
    "America/St_Johns",
    "Europe/Madrid",
    "Africa/Cairo",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
];

fn repeats() -> impl Strategy<Value = Repeat> {
    prop_oneof![
        Just(Repeat::Daily),
        (1_u8..128).prop_map(|bits| Repeat::Weekly(Weekdays::from_bits(bits).unwrap())),
        (1_u32..=31).prop_map(|day| Repeat::Monthly { day }),
        (1_u32..=12, 1_u32..=31).prop_map(|(month, day)| Repeat::Yearly { month, day }),
    ]
}

/// Whether a day is one on which a schedule fires.
fn is_chosen(repeat: Repeat, day: NaiveDate) -> bool {
    let last = day.succ_opt().unwrap().day() == 1;
    match repeat {
        Repeat::Never | Repeat::Daily => true,
        Repeat::Weekly(days) => days.contains(day.weekday()),
        Repeat::Monthly { day: wanted } => day.day() == wanted || (last && day.day() < wanted),
        Repeat::Yearly { month, day: wanted } => {
            day.month() == month && (day.day() == wanted || (last && day.day() < wanted))
        }
    }
}

proptest! {
    #[test]
    fn ten_years_of_fires_are_in_order_on_chosen_days_and_at_the_chosen_time(
        repeat in repeats(), hour in 0_u32..24, minute in 0_u32..60, zone in 0_usize..10
    ) {
        let zone: Tz = ZONES[zone].parse().unwrap();
        let timing = Timing { repeat, hour, minute };
        let (start, end) = (local(zone, "2009-12-31 23:59"), local(zone, "2020-01-01 00:00"));
        let (mut before, mut last_day) = (start, None);
        let mut count = 0;
        while let Some(fire) = timing.next_fire(before, zone).filter(|fire| *fire < end) {
            prop_assert!(fire > before);
            // A fire falls on a chosen day at the chosen time, or it was moved there by a gap: then the reading that was
            // meant, on this day or the one before, is missing from the wall clock.
            let wall = fire.with_timezone(&zone).naive_local();
            let meant = [wall.date(), wall.date().pred_opt().unwrap()].into_iter().find(|day| {
                let reading = day.and_hms_opt(hour, minute, 0).unwrap();
                let missing = zone.from_local_datetime(&reading).earliest().is_none();
                is_chosen(repeat, *day) && (reading == wall || missing)
            });
            prop_assert!(meant.is_some(), "{wall} for {repeat:?} at {hour}:{minute}");
            let day = meant.unwrap();
            let offset = |at: Time| at.with_timezone(&zone).offset().fix().local_minus_utc();
            let moved = wall - day.and_hms_opt(hour, minute, 0).unwrap();
            let gap = offset(fire) - offset(fire - Duration::days(1));
            prop_assert!(moved.is_zero() || moved.num_seconds() == i64::from(gap), "{wall} is {moved} late");
            prop_assert!(Some(day) > last_day, "{wall} is the second of {day}");
            last_day = Some(day);
            before = fire;
            count += 1;
        }
        match repeat {
            Repeat::Daily => prop_assert!((3651..=3652).contains(&count), "{count}"),
            Repeat::Monthly { .. } => prop_assert_eq!(count, 120),
            Repeat::Yearly { .. } => prop_assert_eq!(count, 10),
            Repeat::Weekly(_) | Repeat::Never => prop_assert!(count >= 520),
        }
    }
}
