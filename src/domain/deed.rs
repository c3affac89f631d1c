//! What a person does to messages, as data, and how it is taken back.
//!
//! A deed names one uniform change: the journal needs only the ids of the messages that it really changed, and undoing
//! it is doing its inverse to those of them that are still as the deed left them.

use super::LabelId;
use super::folder::Folder;
use super::message::{Direction, Standing, Status, Visibility};

/// One thing that is done to one or many messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Deed {
    /// Put an incoming message away.
    Archive,
    /// Bring an archived message back to the folder it came from.
    Restore,
    /// Clear an archived message for good.
    Delete,
    /// Take the unread mark off.
    MarkRead,
    /// Put the unread mark on.
    MarkUnread,
    /// Put a label on.
    Label(LabelId),
    /// Take a label off.
    Unlabel(LabelId),
    /// Send a failed message again, or one that waits for its next attempt now.
    Resend,
    /// Take a message that waits out of the queue.
    Cancel,
}

impl Deed {
    /// The deed that takes this one back; none for those that cannot be.
    pub fn inverse(self) -> Option<Self> {
        match self {
            Self::Archive => Some(Self::Restore),
            Self::Restore => Some(Self::Archive),
            Self::MarkRead => Some(Self::MarkUnread),
            Self::MarkUnread => Some(Self::MarkRead),
            Self::Label(label) => Some(Self::Unlabel(label)),
            Self::Unlabel(label) => Some(Self::Label(label)),
            Self::Delete | Self::Resend | Self::Cancel => None,
        }
    }

    /// Whether this sort of deed may be done to such a message. It may still change nothing, as marking a read one read.
    pub fn may(self, standing: &Standing) -> bool {
        let incoming = standing.direction == Direction::In && standing.visibility != Visibility::Deleted;
        match self {
            Self::Archive | Self::Restore | Self::MarkRead | Self::MarkUnread | Self::Label(_) => incoming,
            // An imported file may have put labels on outgoing messages; they can be taken off.
            Self::Unlabel(_) => standing.visibility != Visibility::Deleted,
            Self::Delete => incoming && standing.visibility == Visibility::Archived,
            Self::Resend => {
                matches!(standing.status, Status::Failed | Status::Errored)
                    && standing.visibility != Visibility::Deleted
            }
            Self::Cancel => {
                matches!(standing.status, Status::Initializing | Status::Queued | Status::Errored)
                    && standing.visibility != Visibility::Deleted
            }
        }
    }

    /// The standing afterwards; none when the deed changes nothing about it. Labels are not part of a standing.
    pub fn apply(self, before: Standing) -> Option<Standing> {
        if !self.may(&before) {
            return None;
        }
        let after = match self {
            Self::Archive => Standing { visibility: Visibility::Archived, ..before },
            Self::Restore => Standing { visibility: Visibility::Visible, ..before },
            Self::Delete => Standing { visibility: Visibility::Deleted, unread: false, ..before },
            Self::MarkRead => Standing { unread: false, ..before },
            Self::MarkUnread => Standing { unread: true, ..before },
            Self::Resend => Standing { status: Status::Queued, ..before },
            Self::Cancel => Standing { status: Status::Failed, ..before },
            Self::Label(_) | Self::Unlabel(_) => before,
        };
        (after != before).then_some(after)
    }

    /// Whether a folder is a place for this deed: what its footer and help offer.
    pub fn offered_in(self, folder: Folder) -> bool {
        match self {
            Self::Archive => matches!(folder, Folder::Inbox | Folder::Flows),
            Self::Restore | Self::Delete => folder == Folder::Archived,
            Self::MarkRead | Self::MarkUnread | Self::Label(_) | Self::Unlabel(_) => {
                matches!(folder, Folder::Inbox | Folder::Flows | Folder::Archived)
            }
            Self::Resend => matches!(folder, Folder::Failed | Folder::Outbox),
            Self::Cancel => folder == Folder::Outbox,
        }
    }
}
