//! The life of a sample message: what would have happened to it on its way, by the rules of delivery.

use chrono::Duration;

use crate::domain::Time;
use crate::domain::delivery::{Delivery, Outcome, Report};
use crate::domain::message::{Cause, FailedReason, Status, StatusChange};

/// An outgoing message's delivery and its steps.
pub(super) struct Life {
    pub delivery: Delivery,
    pub history: Vec<StatusChange>,
}

/// What shall become of an outgoing message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It waits for its first attempt.
    Queued,
    /// So many attempts failed, and another one is due.
    Errored(u32),
    /// The provider has it.
    Wired,
    /// The provider says that it left.
    Sent,
    /// It arrived.
    Delivered,
    /// It was read, so long after it arrived.
    Read(Duration),
    /// Three attempts failed.
    GivenUp,
    /// It was refused for good.
    Refused(FailedReason),
}

impl Life {
    /// The life of a message written at a moment. `trouble` is what a failing provider says.
    pub(super) fn new(written: Time, fate: Fate, trouble: &str) -> Self {
        let mut life = Self { delivery: Delivery::queued(), history: Vec::new() };
        life.note(written, Cause::Written, "");
        let soon = written + Duration::seconds(1);
        match fate {
            Fate::Queued => {}
            Fate::Errored(times) => life.fail(soon, times, trouble),
            Fate::GivenUp => life.fail(soon, 3, trouble),
            Fate::Refused(reason) => life.attempt(soon, Outcome::Refused(reason), trouble),
            Fate::Wired => life.attempt(soon, Outcome::Wired, ""),
            Fate::Sent => life.report(soon, &[(Report::Sent, 1)]),
            Fate::Delivered => life.report(soon, &[(Report::Sent, 1), (Report::Delivered, 3)]),
            Fate::Read(after) => {
                let read = 3 + after.num_seconds().max(1);
                life.report(soon, &[(Report::Sent, 1), (Report::Delivered, 3), (Report::Read, read)]);
            }
        }
        life
    }

    fn fail(&mut self, first: Time, times: u32, trouble: &str) {
        let mut at = first;
        for _ in 0..times {
            self.attempt(at, Outcome::TryAgain, trouble);
            at = self.delivery.next_attempt.unwrap_or(at);
        }
    }

    fn attempt(&mut self, at: Time, outcome: Outcome, detail: &str) {
        self.delivery = self.delivery.after_attempt(outcome, at);
        self.note(at, Cause::Attempt, detail);
    }

    fn report(&mut self, wired: Time, reports: &[(Report, i64)]) {
        self.attempt(wired, Outcome::Wired, "");
        for (report, after) in reports {
            let at = wired + Duration::seconds(*after);
            self.delivery = self.delivery.after_report(*report, at);
            self.note(at, Cause::Report, "");
        }
    }

    fn note(&mut self, at: Time, cause: Cause, detail: &str) {
        self.history.push(StatusChange {
            at,
            status: self.delivery.status,
            cause,
            detail: detail.to_owned(),
        });
    }
}

/// The steps of an incoming message: it was received, and a moment later handled.
pub(super) fn received(at: Time) -> [StatusChange; 2] {
    let step = |at, status, cause| StatusChange { at, status, cause, detail: String::new() };
    let handled = at + Duration::milliseconds(40);
    [step(at, Status::Pending, Cause::Received), step(handled, Status::Handled, Cause::Handling)]
}
