//! When something that is being written leaves: the calendar's steps, and the text in which a plan is kept.

use chrono::{NaiveDate, NaiveDateTime, TimeZone, Utc, Weekday};
use proptest::prelude::*;
use recado::domain::Time;
use recado::domain::plan::{Frequency, Plan, weeks};
use recado::domain::schedule::{Repeat, Weekdays};

use crate::support::{ZONE, noon};

fn at(text: &str) -> NaiveDateTime {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn once(text: &str) -> Plan {
    Plan { start: at(text), repeat: Repeat::Never }
}

#[test]
fn a_plan_is_read_as_people_write_it() {
    let check = |text: &str, start: &str, repeat: Repeat| {
        assert_eq!(Plan::parse(text, noon(), ZONE), Some(Plan { start: at(start), repeat }), "{text}");
    };
    let weekly = |days: &[Weekday]| Repeat::Weekly(Weekdays::new(days.iter().copied()).unwrap());
    // It is Monday, 2 March 2026, noon.
    check("tomorrow 9:30", "2026-03-03 09:30", Repeat::Never);
    check("lunes 9:30, semanal", "2026-03-09 09:30", weekly(&[Weekday::Mon]));
    check("monday 9:30, weekly:tu,th", "2026-03-09 09:30", weekly(&[Weekday::Tue, Weekday::Thu]));
    check("2026-03-31 18:00, monthly", "2026-03-31 18:00", Repeat::Monthly { day: 31 });
    check("2028-02-29 08:00, anual", "2028-02-29 08:00", Repeat::Yearly { month: 2, day: 29 });
    for text in ["", "soon", "tomorrow 25:00", "tomorrow, sometimes", "2026-02-30 09:00"] {
        assert_eq!(Plan::parse(text, noon(), ZONE), None, "{text}");
    }
}

#[test]
fn the_calendar_goes_by_days_and_months_and_the_repeat_follows() {
    let plan = once("2026-01-31 09:07").every(Frequency::Monthly);
    assert_eq!(plan.repeat, Repeat::Monthly { day: 31 });
    let february = plan.months_on(1);
    assert_eq!((february.start, february.repeat), (at("2026-02-28 09:07"), Repeat::Monthly { day: 28 }));
    assert_eq!(plan.days_on(1).repeat, Repeat::Monthly { day: 1 });
    assert_eq!(plan.months_on(-13).start, at("2024-12-31 09:07"));
    let yearly = plan.every(Frequency::Yearly).on(day("2028-02-29"));
    assert_eq!(yearly.repeat, Repeat::Yearly { month: 2, day: 29 });
    // The time keeps to its steps and its day.
    assert_eq!(plan.minutes_on(5).start, at("2026-01-31 09:10"));
    assert_eq!(plan.minutes_on(-5).start, at("2026-01-31 09:05"));
    assert_eq!(plan.minutes_on(60).start, at("2026-01-31 10:07"));
    assert_eq!(once("2026-01-31 23:58").minutes_on(5).start, at("2026-01-31 00:00"));
    assert_eq!(once("2026-01-31 00:00").minutes_on(-5).start, at("2026-01-31 23:55"));
}

#[test]
fn a_week_keeps_at_least_one_day() {
    let plan = once("2026-03-04 09:00").toggle(Weekday::Mon);
    assert_eq!(plan.repeat, Repeat::Weekly(Weekdays::new([Weekday::Mon]).unwrap()));
    assert_eq!(plan.toggle(Weekday::Mon), plan);
    let both = plan.toggle(Weekday::Fri);
    assert_eq!(both.repeat, Repeat::Weekly(Weekdays::new([Weekday::Mon, Weekday::Fri]).unwrap()));
    assert_eq!(both.toggle(Weekday::Fri), plan);
}

#[test]
fn a_time_that_the_clock_leaves_out_is_moved_on_and_what_has_passed_is_no_fire() {
    // In Madrid the clocks go from 2 to 3 on 29 March 2026.
    let madrid = chrono_tz::Europe::Madrid;
    let now: Time = Utc.with_ymd_and_hms(2026, 3, 1, 0, 0, 0).unwrap();
    let fires = once("2026-03-28 02:30").every(Frequency::Daily).upcoming(now, madrid, 3);
    let local: Vec<String> =
        fires.iter().map(|fire| fire.with_timezone(&madrid).format("%d %H:%M").to_string()).collect();
    assert_eq!(local, ["28 02:30", "29 03:30", "30 02:30"]);
    assert_eq!(once("2026-02-28 09:00").first_fire(now, madrid), None);
    let again = once("2026-02-28 09:00").every(Frequency::Weekly).first_fire(now, madrid).unwrap();
    assert_eq!(again.with_timezone(&madrid).date_naive(), day("2026-03-07"));
}

#[test]
fn a_month_has_its_weeks() {
    let march = weeks(day("2026-03-15"), Weekday::Mon);
    assert_eq!(march.len(), 6);
    assert_eq!(march[0], [None, None, None, None, None, None, Some(day("2026-03-01"))]);
    assert_eq!(march[5][1], Some(day("2026-03-31")));
    assert_eq!(weeks(day("2026-03-15"), Weekday::Sun)[0][0], Some(day("2026-03-01")));
    assert_eq!(weeks(day("2026-02-01"), Weekday::Sun).len(), 4);
}

fn any_plan() -> impl Strategy<Value = Plan> {
    let repeat = prop_oneof![
        Just(Repeat::Never),
        Just(Repeat::Daily),
        (1_u8..128).prop_map(|bits| Repeat::Weekly(Weekdays::from_bits(bits).unwrap())),
        (1_u32..=31).prop_map(|day| Repeat::Monthly { day }),
        (1_u32..=12, 1_u32..=31).prop_map(|(month, day)| Repeat::Yearly { month, day }),
    ];
    (0_i64..20_000, 0_i64..24 * 60, repeat).prop_map(|(days, minutes, repeat)| {
        let start = at("2000-01-01 00:00") + chrono::Duration::days(days);
        Plan { start: start + chrono::Duration::minutes(minutes), repeat }
    })
}

proptest! {
    #[test]
    fn what_is_kept_is_the_same_plan(plan in any_plan()) {
        prop_assert_eq!(Plan::from_kept(&plan.kept()), Some(plan));
    }

    #[test]
    fn the_days_of_the_calendar_are_those_of_the_fires(plan in any_plan(), months in 0_u32..30) {
        let now = Utc.with_ymd_and_hms(2026, 3, 2, 17, 0, 0).unwrap();
        let month = day("2026-03-01").checked_add_months(chrono::Months::new(months)).unwrap();
        let next = month.checked_add_months(chrono::Months::new(1)).unwrap();
        let date = |fire: &Time| fire.with_timezone(&ZONE).date_naive();
        let first = plan.first_fire(now, ZONE);
        let fires = std::iter::successors(first, |fire| plan.timing().next_fire(*fire, ZONE));
        let expected: Vec<NaiveDate> =
            fires.map(|fire| date(&fire)).take_while(|day| *day < next).filter(|day| *day >= month).collect();
        prop_assert_eq!(plan.days_in(month, now, ZONE), expected);
    }
}
