//! Calls made and received: history only, never sent or changed here.

use uuid::Uuid;

use super::contact::{ContactRef, Urn};
use super::message::Direction;
use super::{CallId, ChannelId, Named, Time};

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Somebody spoke.
    Answered,
    /// It rang and nobody answered.
    Missed,
    /// The line was busy.
    Busy,
    /// It was turned down.
    Rejected,
    /// It could not be put through.
    Failed,
    /// A machine took it.
    Voicemail,
    /// The caller is blocked.
    Blocked,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Answered,
        Self::Missed,
        Self::Busy,
        Self::Rejected,
        Self::Failed,
        Self::Voicemail,
        Self::Blocked,
    ];

    /// The word in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Missed => "missed",
            Self::Busy => "busy",
            Self::Rejected => "rejected",
            Self::Failed => "failed",
            Self::Voicemail => "voicemail",
            Self::Blocked => "blocked",
        }
    }
}

/// A call with everything that is shown of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Its number here.
    pub id: CallId,
    /// Its public key.
    pub uuid: Uuid,
    /// Who was on the other end.
    pub contact: ContactRef,
    /// The address used.
    pub urn: Option<Urn>,
    /// The channel, when it is known.
    pub channel: Option<Named<ChannelId>>,
    /// Who phoned whom.
    pub direction: Direction,
    /// How it ended.
    pub outcome: Outcome,
    /// When it began to ring.
    pub occurred_on: Time,
    /// Seconds of talk. Null, missing and zero all mean "no duration" at the source, so there is no zero here.
    pub duration: Option<u32>,
}

/// Seconds as `M:SS`, or `H:MM:SS` from an hour on.
pub fn clock_text(seconds: u32) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}
