//! The numbers by which enums are kept. They are our own and never change their meaning; a platform's letters, which do,
//! are never stored.

use chrono::{DateTime, Datelike};

use crate::domain::Time;
use crate::domain::call::Outcome;
use crate::domain::channel::Gateway;
use crate::domain::contact::ContactStatus;
use crate::domain::deed::Deed;
use crate::domain::folder::Folder;
use crate::domain::message::{Cause, Direction, FailedReason, Kind, Status, Visibility};
use crate::domain::schedule::{Repeat, Weekdays};
use crate::domain::{LabelId, listing::Order};

/// An enum that is kept as a number.
pub(super) trait Code: Copy + PartialEq + Sized + 'static {
    /// Every value.
    const EVERY: &'static [Self];
    /// The number of a value.
    fn code(self) -> i64;
    /// The value with a number.
    fn from_code(code: i64) -> Option<Self> {
        Self::EVERY.iter().copied().find(|value| value.code() == code)
    }
}

impl Code for Direction {
    const EVERY: &'static [Self] = &Self::ALL;
    fn code(self) -> i64 {
        match self {
            Self::In => 0,
            Self::Out => 1,
        }
    }
}

impl Code for Status {
    const EVERY: &'static [Self] = &Self::ALL;
    /// The folder of an outgoing message is 3 plus the tens.
    fn code(self) -> i64 {
        match self {
            Self::Pending => 0,
            Self::Handled => 1,
            Self::Initializing => 10,
            Self::Queued => 11,
            Self::Errored => 12,
            Self::Wired => 20,
            Self::Sent => 21,
            Self::Delivered => 22,
            Self::Read => 23,
            Self::Failed => 30,
        }
    }
}

impl Code for Visibility {
    const EVERY: &'static [Self] = &Self::ALL;
    fn code(self) -> i64 {
        match self {
            Self::Visible => 0,
            Self::Archived => 1,
            Self::Deleted => 2,
        }
    }
}

impl Code for Kind {
    const EVERY: &'static [Self] = &[Self::Text, Self::Voice, Self::OptIn];
    fn code(self) -> i64 {
        match self {
            Self::Text => 0,
            Self::Voice => 1,
            Self::OptIn => 2,
        }
    }
}

impl Code for FailedReason {
    const EVERY: &'static [Self] = &Self::ALL;
    fn code(self) -> i64 {
        match self {
            Self::Suspended => 1,
            Self::ContactInactive => 2,
            Self::NoChannel => 3,
            Self::Looping => 4,
            Self::RetryLimit => 5,
            Self::TooOld => 6,
            Self::ChannelRemoved => 7,
            Self::Refused => 8,
            Self::Unsent => 9,
            Self::Cancelled => 10,
        }
    }
}

impl Code for Cause {
    const EVERY: &'static [Self] = &Self::ALL;
    fn code(self) -> i64 {
        match self {
            Self::Received => 0,
            Self::Handling => 1,
            Self::Written => 2,
            Self::Imported => 3,
            Self::Attempt => 4,
            Self::Report => 5,
            Self::Resend => 6,
            Self::Schedule => 7,
            Self::Doubt => 8,
            Self::LateReport => 9,
            Self::Cancel => 10,
            Self::Engine => 11,
            Self::Edit => 12,
            Self::Mended => 13,
        }
    }
}

impl Code for Outcome {
    const EVERY: &'static [Self] = &Self::ALL;
    fn code(self) -> i64 {
        match self {
            Self::Answered => 0,
            Self::Missed => 1,
            Self::Busy => 2,
            Self::Rejected => 3,
            Self::Failed => 4,
            Self::Voicemail => 5,
            Self::Blocked => 6,
        }
    }
}

impl Code for Gateway {
    const EVERY: &'static [Self] = &Self::ALL;
    /// Zero is a channel that is known from a file only.
    fn code(self) -> i64 {
        match self {
            Self::External => 1,
            Self::Kannel => 2,
            Self::Telegram => 3,
            Self::WhatsApp => 4,
            Self::Twilio => 5,
            Self::Simulated => 6,
        }
    }
}

impl Code for ContactStatus {
    const EVERY: &'static [Self] = &Self::ALL;
    fn code(self) -> i64 {
        match self {
            Self::Active => 0,
            Self::Blocked => 1,
            Self::Stopped => 2,
            Self::Archived => 3,
        }
    }
}

impl Code for Folder {
    const EVERY: &'static [Self] = &Self::ALL;
    fn code(self) -> i64 {
        match self {
            Self::Inbox => 1,
            Self::Flows => 2,
            Self::Archived => 3,
            Self::Outbox => 4,
            Self::Sent => 5,
            Self::Failed => 6,
            Self::Calls => 7,
            Self::Schedules => 8,
        }
    }
}

/// No folder: the code of a deleted message.
pub(super) const NO_FOLDER: i64 = 0;

/// The number of a folder that may be none.
pub(super) fn folder_code(folder: Option<Folder>) -> i64 {
    folder.map_or(NO_FOLDER, Code::code)
}

/// A deed in the journal: its number and its label. None for those that cannot be taken back and so are not kept.
pub(super) fn deed_code(deed: Deed) -> Option<(i64, Option<i64>)> {
    match deed {
        Deed::Archive => Some((0, None)),
        Deed::Restore => Some((1, None)),
        Deed::MarkRead => Some((2, None)),
        Deed::MarkUnread => Some((3, None)),
        Deed::Label(label) => Some((4, Some(label.0))),
        Deed::Unlabel(label) => Some((5, Some(label.0))),
        Deed::Delete | Deed::Resend | Deed::Cancel => None,
    }
}

/// The deed of a row of the journal.
pub(super) fn deed_from_code(code: i64, label: Option<i64>) -> Option<Deed> {
    match (code, label) {
        (0, _) => Some(Deed::Archive),
        (1, _) => Some(Deed::Restore),
        (2, _) => Some(Deed::MarkRead),
        (3, _) => Some(Deed::MarkUnread),
        (4, Some(label)) => Some(Deed::Label(LabelId(label))),
        (5, Some(label)) => Some(Deed::Unlabel(LabelId(label))),
        _ => None,
    }
}

/// A repeat as its columns: repeat, weekdays, month, day.
pub(super) fn repeat_columns(repeat: Repeat) -> (i64, u8, u32, u32) {
    match repeat {
        Repeat::Never => (0, 0, 0, 0),
        Repeat::Daily => (1, 0, 0, 0),
        Repeat::Weekly(days) => (2, days.bits(), 0, 0),
        Repeat::Monthly { day } => (3, 0, 0, day),
        Repeat::Yearly { month, day } => (4, 0, month, day),
    }
}

/// The repeat of those columns.
pub(super) fn repeat_from_columns(code: i64, weekdays: u8, month: u32, day: u32) -> Option<Repeat> {
    match code {
        0 => Some(Repeat::Never),
        1 => Some(Repeat::Daily),
        2 => Weekdays::from_bits(weekdays).map(Repeat::Weekly),
        3 => Some(Repeat::Monthly { day }),
        4 => Some(Repeat::Yearly { month, day }),
        _ => None,
    }
}

/// Microseconds since 1970, in UTC.
pub(super) fn micros(time: Time) -> i64 {
    time.timestamp_micros()
}

/// The moment of so many microseconds; one out of the calendar becomes its nearest end.
pub(super) fn time(micros: i64) -> Time {
    DateTime::from_timestamp_micros(micros).unwrap_or(if micros < 0 { Time::MIN_UTC } else { Time::MAX_UTC })
}

/// Milliseconds since 1970: the unit of the text index's keys.
pub(super) fn millis(time: Time) -> i64 {
    time.timestamp_millis()
}

/// Whether a moment is one that the store keeps: the years 1 to 9999.
pub fn is_storable(time: Time) -> bool {
    (1..=9999).contains(&time.year())
}

/// The SQL words for an order by descending or ascending keys, and the comparison that leads on from a row.
pub(super) fn direction_words(
    order: Order,
    forward: bool,
    ascending_first: bool,
) -> (&'static str, &'static str) {
    let descending = (order == Order::NewestFirst) == forward;
    if descending == ascending_first { ("ASC", ">") } else { ("DESC", "<") }
}
