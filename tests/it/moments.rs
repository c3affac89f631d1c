//! Moments and repeats as people write them.

use chrono::{NaiveDateTime, Weekday};
use chrono_tz::Tz;
use proptest::prelude::*;
use recado::domain::Time;
use recado::domain::moment::{BadMoment, parse_moment};
use recado::domain::plan::Plan;
use recado::domain::schedule::{BadRepeat, Repeat, Weekdays, instant, parse_repeat, repeat_name, weekday};

const ZONE: Tz = chrono_tz::America::New_York;

fn local(text: &str) -> Time {
    instant(ZONE, NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap()).unwrap()
}

/// Read on Wednesday, 4 March 2026, at 10:00.
fn check(text: &str, expected: &str) {
    let read = parse_moment(text, local("2026-03-04 10:00"), ZONE);
    let shown = read.map(|read| read.at.with_timezone(&ZONE).format("%Y-%m-%d %H:%M").to_string());
    assert_eq!(shown, Ok(expected.to_owned()), "{text:?}");
}

#[test]
fn moments_are_read_in_many_notations() {
    check("2026-03-02T09:30:00-05:00", "2026-03-02 09:30");
    check("2026-03-02T14:30:00Z", "2026-03-02 09:30");
    check("2026-03-05 09:30", "2026-03-05 09:30");
    check(" 2026-03-05  9:30 ", "2026-03-05 09:30");
    check("2026-03-05T09:30", "2026-03-05 09:30");
    check("2026-03-05 9:30 pm", "2026-03-05 21:30");
    check("9:30PM 2026-03-05", "2026-03-05 21:30");
    check("2026-03-05 9 a.m.", "2026-03-05 09:00");
    check("2026-03-05 12am", "2026-03-05 00:00");
    check("2026-03-05 12:15 p.m.", "2026-03-05 12:15");
    check("mañana a las 9pm", "2026-03-05 21:00");
    check("2026-03-05", "2026-03-05 09:00");
    check("9:30 2026-03-05", "2026-03-05 09:30");
    check("10:01", "2026-03-04 10:01");
    check("10:00", "2026-03-05 10:00");
    check("09:30", "2026-03-05 09:30");
    check("today 9:30", "2026-03-04 09:30");
    check("tomorrow 9:30", "2026-03-05 09:30");
    check("Tomorrow", "2026-03-05 09:00");
    check("mañana a las 9:30", "2026-03-05 09:30");
    check("manana 9:30", "2026-03-05 09:30");
    check("amanhã às 9:30", "2026-03-05 09:30");
    check("hoy 18:00", "2026-03-04 18:00");
    check("hoje 18:00", "2026-03-04 18:00");
}

#[test]
fn days_of_the_week_are_the_next_such_day() {
    check("monday 9:30", "2026-03-09 09:30");
    check("Lunes", "2026-03-09 09:00");
    check("segunda-feira 9:30", "2026-03-09 09:30");
    check("seg 9:30", "2026-03-09 09:30");
    check("thu 9:30", "2026-03-05 09:30");
    check("sábado", "2026-03-07 09:00");
    check("terça", "2026-03-10 09:00");
    check("miér 10:01", "2026-03-04 10:01");
    check("wednesday 10:00", "2026-03-11 10:00");
    check("qua 9:00", "2026-03-11 09:00");
}

#[test]
fn spans_count_from_now() {
    check("+30m", "2026-03-04 10:30");
    check("+2h", "2026-03-04 12:00");
    check("+3d", "2026-03-07 10:00");
    // Summer time begins on the 8th; days keep the time of day, hours do not.
    check("+1w", "2026-03-11 10:00");
    check("+168h", "2026-03-11 11:00");
    check("in 2 h", "2026-03-04 12:00");
    check("en 5 minutos", "2026-03-04 10:05");
    check("dentro de 1 día", "2026-03-05 10:00");
    check("em 2 horas", "2026-03-04 12:00");
}

#[test]
fn a_time_that_the_clock_leaves_out_moves_forward_and_one_that_comes_twice_is_the_first() {
    check("2026-03-08 02:30", "2026-03-08 03:30");
    let read = parse_moment("2026-11-01 01:30", local("2026-03-04 10:00"), ZONE).unwrap();
    assert_eq!(read.at.to_rfc3339(), "2026-11-01T05:30:00+00:00");
    // What repeats goes by the time that was named, not by the one it was moved to.
    let now = local("2026-03-04 10:00");
    let fires = Plan::parse("2026-03-08 02:30, daily", now, ZONE).unwrap().upcoming(now, ZONE, 3);
    assert_eq!(fires, ["2026-03-08 03:30", "2026-03-09 02:30", "2026-03-10 02:30"].map(local));
}

#[test]
fn what_is_wrong_is_said() {
    let wrong = |text: &str| parse_moment(text, local("2026-03-04 10:00"), ZONE).unwrap_err();
    for text in [
        "",
        "soon",
        "mo 9:30",
        "9",
        "+",
        "+5",
        "+5 x",
        "in a while",
        "9:30 9:30",
        "monday friday",
        "at",
        "+-5m",
    ] {
        assert_eq!(wrong(text), BadMoment::Unknown(text.to_owned()));
    }
    assert_eq!(wrong("2026-02-30 9:30"), BadMoment::Day("2026-02-30".to_owned()));
    assert_eq!(wrong("26-03-02"), BadMoment::Day("26-03-02".to_owned()));
    assert_eq!(wrong("tomorrow 24:00"), BadMoment::Clock("24:00".to_owned()));
    assert_eq!(wrong("+4000000000w"), BadMoment::TooFar("+4000000000w".to_owned()));
    assert!(wrong("soon").to_string().contains("tomorrow 9:30"));
}

#[test]
fn repeats_are_read_as_they_are_written() {
    // Sunday evening in New York is Monday in UTC.
    let start = local("2026-03-01 22:00");
    let read = |text: &str| parse_repeat(text, start, ZONE);
    let week = |days: &[Weekday]| Ok(Repeat::Weekly(Weekdays::new(days.iter().copied()).unwrap()));
    assert_eq!(read("never"), Ok(Repeat::Never));
    assert_eq!(read(" Once "), Ok(Repeat::Never));
    assert_eq!(read("daily"), Ok(Repeat::Daily));
    assert_eq!(read("weekly"), week(&[Weekday::Sun]));
    assert_eq!(read("weekly:mo,we"), week(&[Weekday::Mon, Weekday::Wed]));
    assert_eq!(read("weekly:lu, mié, dom"), week(&[Weekday::Mon, Weekday::Wed, Weekday::Sun]));
    assert_eq!(read("weekly:seg,qua,sex"), week(&[Weekday::Mon, Weekday::Wed, Weekday::Fri]));
    assert_eq!(read("monthly"), Ok(Repeat::Monthly { day: 1 }));
    assert_eq!(read("yearly"), Ok(Repeat::Yearly { month: 3, day: 1 }));
    assert_eq!(read("hourly"), Err(BadRepeat::Unknown("hourly".to_owned())));
    assert_eq!(read("weekly:,"), Err(BadRepeat::NoDays));
    // Segunda or sexta, quarta or quinta.
    for bad in ["x", "m", "se", "qu", "monx"] {
        assert_eq!(read(&format!("weekly:mo,{bad}")), Err(BadRepeat::Day(bad.to_owned())));
    }
    for day in Weekdays::ALL {
        assert_eq!(weekday(&format!("{day:?}")), Some(day));
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "([0-9]{1,4}|-|:|T| |\\+|in|h|d|monday|tomorrow|é|🦀){0,8}") {
        let _ = parse_moment(&text, local("2026-03-04 10:00"), ZONE);
        let _ = parse_repeat(&text, local("2026-03-04 10:00"), ZONE);
    }

    #[test]
    fn a_bare_time_or_day_is_the_next_one(day in 0_usize..7, hour in 0_u32..24, minute in 0_u32..60, now in 0_i64..30_000_000) {
        let now = local("2026-01-01 00:00") + chrono::Duration::seconds(now);
        let read = parse_moment(&format!("{hour}:{minute:02}"), now, ZONE).unwrap().at;
        prop_assert!(read > now && read - now <= chrono::Duration::hours(25));
        let read = parse_moment(&format!("{:?} {hour}:{minute:02}", Weekdays::ALL[day]), now, ZONE).unwrap().at;
        prop_assert!(read > now && read - now <= chrono::Duration::hours(7 * 24 + 1));
    }

    #[test]
    fn a_repeat_that_is_written_is_read_again(bits in 1_u8..128) {
        let repeat = Repeat::Weekly(Weekdays::from_bits(bits).unwrap());
        prop_assert_eq!(parse_repeat(&repeat_name(repeat), local("2026-03-04 10:00"), ZONE), Ok(repeat));
    }
}
