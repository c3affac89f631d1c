//! What happens to an outgoing message on its way: attempts, retries, the provider's reports.
//!
//! Pure state tables. Where the platforms differ or go wrong, this is the corrected rule: a status never moves
//! backwards, and an error does not forget that a provider had accepted the message.

use std::ops::Range;

use chrono::Duration;

use super::Time;
use super::message::{FailedReason, Status};

/// How many failed attempts end a message.
pub const MOST_ERRORS: u32 = 3;

/// Minutes to wait after the nth failed attempt, times n.
const RETRY_MINUTES: i64 = 5;

/// How old a message in the queue may become: a week after it entered.
pub const OLDEST: Duration = Duration::days(7);

/// The longest that anything here waits: between attempts, while a message can still be taken back, or because a gateway
/// asks to be left alone.
pub const LONGEST_WAIT: Duration = Duration::hours(1);

/// A clock that has leapt ahead has so long to be set right before messages are too old by it.
pub const CLOCK_SETTLES: Duration = Duration::minutes(10);

/// Whether a moment is to be waited for: it is to come, and no further off than anything waits. A clock that is set back
/// leaves moments behind that are; they have come.
pub fn is_awaited(moment: Time, now: Time) -> bool {
    moment > now && moment - now <= LONGEST_WAIT
}

/// How long a gateway that asks to be left alone is: it may ask for more than is good, or for more than there is.
pub fn patience(wait: std::time::Duration) -> Duration {
    Duration::from_std(wait).unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT)
}

/// Whether a message that entered the queue then is too old to be sent.
pub fn is_too_old(queued_on: Time, now: Time) -> bool {
    now - queued_on > OLDEST
}

/// So many messages of the same text to the same contact within [`LOOP_MINUTES`] are taken for a loop: the last one fails.
pub const LOOPING: u32 = 20;

/// The span, in minutes, in which equal messages are counted; spans begin on the clock, halfway between its multiples.
const LOOP_MINUTES: i64 = 5;

/// The span in which messages made now are counted for the looping guard.
pub fn loop_span(now: Time) -> Range<Time> {
    let half = Duration::minutes(LOOP_MINUTES) / 2;
    let span = LOOP_MINUTES * 60;
    let since = (now + half).timestamp().rem_euclid(span);
    let start =
        Time::from_timestamp((now + half).timestamp() - since, 0).map_or(now, |rounded| rounded - half);
    start..start + half * 2
}

/// How an attempt to send ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The provider accepted the message.
    Wired,
    /// It did not work; it may work later.
    TryAgain,
    /// It will never work.
    Refused(FailedReason),
}

impl Outcome {
    /// The word for it in a history, where it came too late to change anything.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wired => "wired",
            Self::TryAgain => "errored",
            Self::Refused(_) => "refused",
        }
    }
}

/// What a provider says later of a message that it had accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Report {
    /// It left the provider.
    Sent,
    /// It arrived.
    Delivered,
    /// The contact read it.
    Read,
    /// It could not be delivered.
    Failed,
}

impl Report {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Failed => "failed",
        }
    }
}

/// The delivery part of an outgoing message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivery {
    /// How far it got.
    pub status: Status,
    /// Failed attempts so far.
    pub error_count: u32,
    /// When the next attempt is due, while it is errored.
    pub next_attempt: Option<Time>,
    /// Why it failed, once it has.
    pub failed_reason: Option<FailedReason>,
    /// When a provider first accepted it.
    pub sent_on: Option<Time>,
    /// When an attempt began that has no outcome yet.
    pub attempt_on: Option<Time>,
    /// Parts that the gateway has taken since it last entered the queue.
    pub parts_done: usize,
}

impl Delivery {
    /// A message that waits for its first attempt.
    pub fn queued() -> Self {
        Self {
            status: Status::Queued,
            error_count: 0,
            next_attempt: None,
            failed_reason: None,
            sent_on: None,
            attempt_on: None,
            parts_done: 0,
        }
    }

    /// Whether an attempt may be made at all.
    pub fn is_pending(&self) -> bool {
        matches!(self.status, Status::Initializing | Status::Queued | Status::Errored)
    }

    /// What an attempt's outcome does. A message that is no longer pending stays as it is: its outcome came too late.
    #[must_use]
    pub fn after_attempt(self, outcome: Outcome, now: Time) -> Self {
        let ended = Self { attempt_on: None, ..self };
        if !ended.is_pending() {
            return ended;
        }
        ended.with(outcome, now)
    }

    fn with(self, outcome: Outcome, now: Time) -> Self {
        match outcome {
            Outcome::Wired => Self {
                status: Status::Wired,
                next_attempt: None,
                failed_reason: None,
                sent_on: self.sent_on.or(Some(now)),
                ..self
            },
            Outcome::TryAgain if self.error_count + 1 >= MOST_ERRORS => {
                Self { error_count: self.error_count + 1, ..self.failed(FailedReason::RetryLimit) }
            }
            Outcome::TryAgain => {
                let error_count = self.error_count + 1;
                let wait = Duration::minutes(RETRY_MINUTES * i64::from(error_count));
                Self { status: Status::Errored, error_count, next_attempt: Some(now + wait), ..self }
            }
            Outcome::Refused(reason) => self.failed(reason),
        }
    }

    /// A gateway asked to be left alone: the next attempt is not made before.
    #[must_use]
    pub fn left_alone(self, wait: Duration, now: Time) -> Self {
        let until = now + wait;
        Self { next_attempt: self.next_attempt.map(|next| next.max(until)), ..self }
    }

    /// What it does when the program ended during an attempt: nobody knows whether the gateway took the message. The
    /// attempt counts as a failed one, so that a message that ends the program cannot do so for ever, and the next one is
    /// due at once.
    #[must_use]
    pub fn after_doubt(self, now: Time) -> Self {
        // Parts were taken and an attempt is open: there are more of them, whatever was reported of the first ones.
        let begun = if self.attempt_on.is_some() && self.parts_done > 0 { self.with_rest() } else { self };
        let after = begun.after_attempt(Outcome::TryAgain, now);
        Self { next_attempt: after.next_attempt.map(|_| now), ..after }
    }

    /// Given up by the engine for a reason of its own. None when it does not wait.
    pub fn given_up(self, reason: FailedReason) -> Option<Self> {
        self.is_pending().then(|| self.failed(reason))
    }

    /// Whether the gateway has something of it, or may have.
    fn is_with_gateway(&self) -> bool {
        !self.is_pending() || self.attempt_on.is_some() || self.parts_done > 0
    }

    /// There are parts that the gateway has not taken: what it reported of the others meanwhile does not stand for all of
    /// the message, which is back in the queue. One that failed stays failed.
    #[must_use]
    pub fn with_rest(self) -> Self {
        if progress(self.status).is_none_or(|reached| reached == 0) {
            return self;
        }
        let status = if self.error_count > 0 { Status::Errored } else { Status::Queued };
        Self { status, ..self }
    }

    /// Whether parts of it have gone, and the others wait in the queue.
    fn waits_with_rest(&self) -> bool {
        self.is_pending() && self.attempt_on.is_none() && self.parts_done > 0
    }

    /// What a provider's report does: it only ever moves forward, and after `delivered` a failure is ignored. So is one while
    /// all of the message waits in the queue, for then it is about an attempt that is over. Nor does it end a message that
    /// parts arrived whose rest waits.
    #[must_use]
    pub fn after_report(self, report: Report, now: Time) -> Self {
        let Some(reached) = progress(self.status) else { return self };
        let said = match report {
            Report::Sent | Report::Delivered | Report::Read if self.waits_with_rest() => return self,
            Report::Failed if reached >= progress(Status::Delivered).unwrap_or(u8::MAX) => return self,
            Report::Failed if !self.is_with_gateway() => return self,
            Report::Failed => return self.failed(FailedReason::Refused),
            Report::Sent => Status::Sent,
            Report::Delivered => Status::Delivered,
            Report::Read => Status::Read,
        };
        if progress(said) <= Some(reached) {
            return self;
        }
        Self { status: said, next_attempt: None, sent_on: self.sent_on.or(Some(now)), ..self }
    }

    /// Sent again by a person: back to the queue with its counters reset. None when it neither failed nor waits for its next
    /// attempt.
    pub fn resent(self) -> Option<Self> {
        matches!(self.status, Status::Failed | Status::Errored).then(Self::queued)
    }

    fn failed(self, reason: FailedReason) -> Self {
        Self { status: Status::Failed, next_attempt: None, failed_reason: Some(reason), ..self }
    }
}

/// How far along the way a status is; none for those that a report cannot move.
fn progress(status: Status) -> Option<u8> {
    match status {
        Status::Initializing | Status::Queued | Status::Errored => Some(0),
        Status::Wired => Some(1),
        Status::Sent => Some(2),
        Status::Delivered => Some(3),
        Status::Read => Some(4),
        Status::Failed | Status::Pending | Status::Handled => None,
    }
}
