//! The way of an outgoing message: attempts and reports.

use proptest::prelude::*;
use recado::domain::delivery::{Delivery, MOST_ERRORS, Outcome, Report};
use recado::domain::message::{FailedReason, Status};

use crate::support::minutes;

#[derive(Debug, Clone, Copy)]
enum Happening {
    Attempt(Outcome),
    Report(Report),
}

fn happenings() -> impl Strategy<Value = Vec<Happening>> {
    let one = prop_oneof![
        Just(Happening::Attempt(Outcome::Wired)),
        Just(Happening::Attempt(Outcome::TryAgain)),
        Just(Happening::Attempt(Outcome::Refused(FailedReason::NoChannel))),
        Just(Happening::Report(Report::Sent)),
        Just(Happening::Report(Report::Delivered)),
        Just(Happening::Report(Report::Read)),
        Just(Happening::Report(Report::Failed)),
    ];
    prop::collection::vec(one, 1..12)
}

fn rank(status: Status) -> usize {
    let order = [
        Status::Initializing,
        Status::Queued,
        Status::Errored,
        Status::Wired,
        Status::Sent,
        Status::Delivered,
        Status::Read,
        Status::Failed,
    ];
    order.iter().position(|other| *other == status).unwrap()
}

proptest! {
    #[test]
    fn a_status_never_moves_backwards_and_sent_on_is_never_forgotten(happenings in happenings()) {
        let mut delivery = Delivery::queued();
        for (n, happening) in happenings.into_iter().enumerate() {
            let now = minutes(i64::try_from(n).unwrap());
            let after = match happening {
                Happening::Attempt(outcome) => delivery.after_attempt(outcome, now),
                Happening::Report(report) => delivery.after_report(report, now),
            };
            prop_assert!(rank(after.status) >= rank(delivery.status), "{delivery:?} became {after:?}");
            prop_assert!(delivery.sent_on.is_none() || after.sent_on == delivery.sent_on);
            prop_assert!(after.error_count <= MOST_ERRORS);
            prop_assert_eq!(after.next_attempt.is_some(), after.status == Status::Errored);
            prop_assert_eq!(after.failed_reason.is_some(), after.status == Status::Failed);
            delivery = after;
        }
    }
}

#[test]
fn the_third_error_fails_after_waits_of_five_and_ten_minutes() {
    let first = Delivery::queued().after_attempt(Outcome::TryAgain, minutes(0));
    assert_eq!((first.status, first.next_attempt), (Status::Errored, Some(minutes(5))));
    let second = first.after_attempt(Outcome::TryAgain, minutes(5));
    assert_eq!((second.status, second.next_attempt), (Status::Errored, Some(minutes(15))));
    let third = second.after_attempt(Outcome::TryAgain, minutes(15));
    assert_eq!((third.status, third.failed_reason), (Status::Failed, Some(FailedReason::RetryLimit)));
}

#[test]
fn late_reports_change_nothing() {
    let delivered = Delivery::queued()
        .after_attempt(Outcome::Wired, minutes(0))
        .after_report(Report::Delivered, minutes(1));
    assert_eq!(delivered.after_report(Report::Sent, minutes(2)), delivered);
    assert_eq!(delivered.after_report(Report::Failed, minutes(2)), delivered);
    assert_eq!(delivered.after_attempt(Outcome::TryAgain, minutes(2)), delivered);
    assert_eq!(delivered.sent_on, Some(minutes(0)));
}
