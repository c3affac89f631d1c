//! A clock that jumps under the engine: nothing is lost, nothing is stuck, and no schedule fires twice for one moment.

use std::time::Duration as Patience;

use chrono::{Duration, TimeZone, Utc};
use recado::channels::Tried;
use recado::domain::contact::Urn;
use recado::domain::folder::Folder;
use recado::domain::message::{FailedReason, Status};
use recado::domain::schedule::{RecipientId, Repeat, Timing, Weekdays};
use recado::domain::{ScheduleId, Time};
use recado::store::{Arrival, NewIncoming, NewOutgoing};

use crate::scripted::{Bench, Scripted, again, outgoing, schedule};
use crate::support::{fresh, minutes, noon};

/// Jumps ahead and back.
fn jumps() -> [Duration; 5] {
    [Duration::days(1), Duration::days(365), -Duration::hours(2), -Duration::days(1), -Duration::days(365)]
}

#[test]
fn whatever_the_clock_does_what_waits_leaves_and_each_once() {
    for jump in jumps() {
        let mut bench = Bench::new(Scripted::default().answers("errored", vec![again("busy")]));
        let errored = bench.queue(1, "errored");
        bench.run(noon());
        let contact = bench.contact(2);
        let held = bench
            .workspace
            .store
            .write(|tx| {
                tx.queue_message(&NewOutgoing {
                    leaves_on: Some(noon() + Duration::seconds(5)),
                    ..outgoing(fresh("held"), contact, "held", true, noon())
                })
            })
            .unwrap();
        bench.run(noon() + Duration::seconds(1));
        assert_eq!(bench.gateway.heard(), ["errored"], "{jump}");
        let then = noon() + jump;
        bench.run(then);
        // By the clock as it is now, nothing takes longer than it would have. Too far ahead, it is not believed at once.
        bench.run(then + Duration::minutes(5));
        let expected = if jump > Duration::days(7) { Status::Errored } else { Status::Wired };
        assert_eq!((bench.status(errored), bench.folder(Folder::Failed)), (expected, 0), "{jump}");
        if jump <= Duration::days(7) {
            assert_eq!(bench.status(held), Status::Wired, "{jump}");
            let mut heard = bench.gateway.heard();
            heard.sort();
            assert_eq!(heard, ["errored", "errored", "held"], "{jump}");
        }
        bench.workspace.is_sound();
    }
}

#[test]
fn a_clock_that_leaps_ahead_by_a_year_and_is_set_right_makes_nothing_too_old() {
    let mut bench = Bench::new(Scripted::default().answers("hola", vec![again("busy")]));
    let id = bench.queue(1, "hola");
    bench.run(noon());
    let wrong = noon() + Duration::days(365);
    for minute in 0..9 {
        bench.run(wrong + Duration::minutes(minute));
    }
    assert_eq!(bench.status(id), Status::Errored, "neither sent as if it were a year old nor given up");
    bench.run(minutes(10));
    assert_eq!(bench.status(id), Status::Wired);
}

#[test]
fn a_clock_that_goes_on_after_a_leap_is_believed() {
    let mut bench = Bench::new(Scripted::default().answers("hola", vec![again("busy")]));
    let id = bench.queue(1, "hola");
    bench.run(noon());
    let later = noon() + Duration::days(365);
    for minute in 0..12 {
        bench.run(later + Duration::minutes(minute));
    }
    assert_eq!((bench.status(id), bench.reason(id)), (Status::Failed, Some(FailedReason::TooOld)));
    assert_eq!(bench.gateway.heard(), ["hola"]);
    bench.workspace.is_sound();
}

#[test]
fn a_gateway_that_asks_for_ages_is_left_alone_for_an_hour_and_not_by_a_clock_set_back() {
    let busy = |seconds| Tried::TryAgain {
        reason: "busy".to_owned(),
        wait: Some(Patience::from_secs(seconds)),
        in_doubt: false,
    };
    for seconds in [86_400, 9_000_000_000_000, u64::MAX] {
        let gateway = Scripted { connections: Some(1), ..Scripted::default() };
        let mut bench = Bench::new(gateway.answers("one", vec![busy(seconds)]));
        let one = bench.queue(1, "one");
        let two = bench.queue(2, "two");
        bench.run(noon());
        bench.run(minutes(59));
        assert_eq!((bench.status(one), bench.status(two)), (Status::Errored, Status::Queued));
        bench.run(minutes(60));
        assert_eq!((bench.status(one), bench.status(two)), (Status::Wired, Status::Wired));
    }
    let gateway = Scripted { connections: Some(1), ..Scripted::default() };
    let mut bench = Bench::new(gateway.answers("one", vec![busy(1_800)]));
    bench.queue(1, "one");
    let two = bench.queue(2, "two");
    bench.run(noon());
    bench.run(noon() - Duration::days(1));
    assert_eq!(bench.status(two), Status::Wired);
}

fn receive(bench: &mut Bench, text: &str, now: Time) -> Arrival {
    let urn = Urn::parse("tel:+573000000001", None).unwrap();
    let channel = bench.channel;
    let new = NewIncoming {
        uuid: fresh(&format!("{text}{now}")),
        contact: fresh("contact"),
        channel,
        urn: &urn,
        name: "",
        text,
        attachments: &[],
        sent_on: None,
        external_id: "",
    };
    bench.workspace.store.write(|tx| tx.receive(&new, now)).unwrap()
}

#[test]
fn what_comes_in_after_the_clock_was_set_back_is_no_repeat_of_what_came_before() {
    let mut bench = Bench::new(Scripted::default());
    assert!(!receive(&mut bench, "ok", noon()).is_repeat);
    assert!(receive(&mut bench, "ok", noon() + Duration::seconds(2)).is_repeat);
    assert!(!receive(&mut bench, "ok", noon() - Duration::days(1)).is_repeat);
    assert_eq!(bench.folder(Folder::Inbox), 2);
}

#[test]
fn what_was_sent_before_the_clock_was_set_back_is_no_loop() {
    let mut bench = Bench::new(Scripted::default());
    let contact = bench.contact(1);
    for n in 0..19 {
        bench.queue_to(contact, "same", false, noon() + Duration::milliseconds(n));
    }
    let id = bench.queue_to(contact, "same", false, noon() - Duration::days(1));
    assert_eq!(bench.reason(id), None);
}

/// A schedule for 9:00 in Bogota; it is 12:00 there on a Monday.
fn at_nine(bench: &mut Bench, repeat: Repeat, first: Time) -> ScheduleId {
    let contact = bench.contact(1);
    let timing = Timing { repeat, hour: 9, minute: 0 };
    schedule(bench, timing, first, vec![RecipientId::Contact(contact)])
}

fn nine(day: u32) -> Time {
    Utc.with_ymd_and_hms(2026, 3, day, 14, 0, 0).unwrap()
}

/// Lets the engine look at each of these moments, and tells how many messages each made.
fn fires(bench: &mut Bench, moments: &[Time]) -> Vec<u64> {
    moments.iter().map(|moment| bench.run_counted(*moment)).collect()
}

#[test]
fn a_schedule_fires_once_for_a_moment_when_the_clock_leaps_over_it_and_is_set_right() {
    let mut bench = Bench::new(Scripted::default());
    let id = at_nine(&mut bench, Repeat::Daily, nine(3));
    let ahead = noon() + Duration::days(1);
    assert_eq!(fires(&mut bench, &[noon(), ahead, minutes(2)]), [0, 1, 0]);
    let kept = bench.workspace.store.find_schedule(id).unwrap().unwrap();
    assert_eq!((kept.last_fire, kept.next_fire), (Some(minutes(2)), Some(nine(4))), "and it says so");
    assert_eq!(
        fires(&mut bench, &[nine(3), nine(4), nine(4), nine(5)]),
        [0, 1, 0, 1],
        "Tuesday's message left early, by the wrong clock; the others in their time"
    );
    let mut bench = Bench::new(Scripted::default());
    let tuesdays = Weekdays::new([chrono::Weekday::Tue]).unwrap();
    at_nine(&mut bench, Repeat::Weekly(tuesdays), nine(3));
    assert_eq!(fires(&mut bench, &[noon(), ahead, minutes(2), nine(3), nine(10)]), [0, 1, 0, 0, 1]);
}

#[test]
fn a_schedule_is_not_stuck_after_the_clock_was_a_year_ahead() {
    let year = Duration::days(365);
    let mut bench = Bench::new(Scripted::default());
    at_nine(&mut bench, Repeat::Daily, nine(3));
    assert_eq!(
        fires(&mut bench, &[noon(), noon() + year, minutes(2), nine(3), nine(4), nine(5)]),
        [0, 1, 0, 0, 1, 1],
        "a leap of moments"
    );
    let mut bench = Bench::new(Scripted::default());
    at_nine(&mut bench, Repeat::Daily, nine(3) + year);
    assert_eq!(
        fires(&mut bench, &[nine(3) + year, nine(4) + year, nine(4), nine(5), nine(6)]),
        [1, 1, 0, 1, 1],
        "days by the wrong clock"
    );
}

#[test]
fn a_schedule_does_not_fire_again_when_the_clock_was_behind_for_a_while() {
    let mut bench = Bench::new(Scripted::default());
    at_nine(&mut bench, Repeat::Daily, nine(3));
    let behind = nine(3) - Duration::days(365) + Duration::hours(2);
    assert_eq!(fires(&mut bench, &[nine(3), behind, nine(3) + Duration::hours(2), nine(4)]), [1, 0, 0, 1]);
    bench.workspace.is_sound();
}
