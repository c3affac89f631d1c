//! What was just said to the person.

use super::Leaving;
use crate::config::Mistake;
use crate::domain::Time;
use crate::domain::deed::Deed;
use crate::domain::label::BadName;
use crate::tui::event::ScheduleDeed;

/// Something that was just said to the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// A deed was done; undoing it is a key away.
    Done(crate::tui::event::Acted),
    /// A deed was taken back, or done again.
    Undone {
        /// Whether it was done again.
        again: bool,
        /// What was done.
        acted: crate::tui::event::Acted,
    },
    /// There is nothing to take back, or to do again.
    NothingToUndo {
        /// Whether it was about doing again.
        again: bool,
    },
    /// The deed is not for what is selected.
    NotHere(Deed),
    /// Nothing is selected.
    NothingSelected,
    /// Nobody is to be answered: a schedule is selected.
    NotHereReply,
    /// There is nothing in it to open: it is no message.
    NotHereOpen,
    /// There is no further match.
    NoMatch,
    /// A range is too long to mark its messages one by one.
    RangeTooLong,
    /// So many messages are not copied at once.
    TooManyToCopy,
    /// What was to be done was stopped before it began.
    Stopped,
    /// A text was put on the clipboard.
    Copied,
    /// What was written stays as a draft.
    DraftKept,
    /// What was written was thrown away.
    DraftDropped,
    /// What was written leaves in a moment.
    Leaving(Leaving),
    /// What was written is scheduled; its first fire.
    Scheduled(Time),
    /// A schedule was changed.
    ScheduleSaved,
    /// Something was done to a schedule.
    ScheduleDone {
        /// What.
        deed: ScheduleDeed,
        /// How many messages that made.
        messages: u64,
    },
    /// Nothing that can be edited is selected.
    NothingToEdit,
    /// No schedule is selected.
    NoSchedule,
    /// It was; a sentence.
    Exported(String),
    /// The search stands in the sidebar from now on.
    SearchSaved,
    /// The search no longer stands in the sidebar.
    SearchForgotten,
    /// There is nothing to open.
    NothingToOpen,
    /// Another program opens it.
    Opening,
    /// It is no name for a label.
    BadName(BadName),
    /// A message came back and is a draft again.
    TakenBackDraft,
    /// What was written for something that is gone, or has left, goes on as a new message.
    WritingMoved,
    /// It has left already.
    TooLateToTakeBack,
    /// A channel cannot do its work.
    ChannelFailed {
        /// What it is called.
        channel: String,
        /// Why.
        problem: String,
    },
    /// A channel that could not do its work can; what it is called.
    ChannelMended(String),
    /// There is nothing on these keys, as they are shown.
    NoSuchKeys(String),
    /// The mouse is used, or left to the terminal.
    Mouse {
        /// Whether it is used.
        is_used: bool,
    },
    /// Conversations are drawn in bubbles, or in lines.
    Bubbles {
        /// Whether they are in bubbles.
        are_used: bool,
    },
    /// The configuration is mistaken.
    ConfigMistaken(Vec<Mistake>),
    /// The configuration was read again.
    ConfigRead,
    /// The configuration was changed and is mistaken: it stays as it was.
    ConfigRefused(Vec<Mistake>),
    /// Something went wrong, in a sentence.
    Error(String),
}

impl Notice {
    /// Whether it is about where one was when it was said.
    pub fn is_local(&self) -> bool {
        match self {
            Self::NotHere(_)
            | Self::NothingSelected
            | Self::NotHereReply
            | Self::NotHereOpen
            | Self::NoMatch
            | Self::RangeTooLong
            | Self::NothingToEdit
            | Self::NoSchedule
            | Self::BadName(_)
            | Self::NothingToOpen
            | Self::SearchSaved
            | Self::SearchForgotten
            | Self::Opening
            | Self::NoSuchKeys(_)
            | Self::TooManyToCopy => true,
            Self::Done(_)
            | Self::Undone { .. }
            | Self::NothingToUndo { .. }
            | Self::Stopped
            | Self::Exported(_)
            | Self::Copied
            | Self::DraftKept
            | Self::DraftDropped
            | Self::Leaving(_)
            | Self::Scheduled(_)
            | Self::ScheduleSaved
            | Self::ScheduleDone { .. }
            | Self::TakenBackDraft
            | Self::WritingMoved
            | Self::TooLateToTakeBack
            | Self::ChannelFailed { .. }
            | Self::ChannelMended(_)
            | Self::Mouse { .. }
            | Self::Bubbles { .. }
            | Self::ConfigMistaken(_)
            | Self::ConfigRead
            | Self::ConfigRefused(_)
            | Self::Error(_) => false,
        }
    }
}
