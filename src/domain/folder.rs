//! The eight folders, and which one a message is in.
//!
//! A folder is never assigned: it follows from direction, visibility, status and flow. The store keeps a copy of the
//! answer beside each message, and a `CHECK` there says the same rule again in SQL; a test compares the two over every
//! combination.

use super::Time;
use super::message::{Direction, Standing, Status, Visibility};

/// A folder of the sidebar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Folder {
    /// Incoming, visible, not handled by a flow.
    Inbox,
    /// Incoming, visible, handled by a flow.
    Flows,
    /// Incoming, archived.
    Archived,
    /// Outgoing and not yet taken by a provider, waiting for a retry included.
    Outbox,
    /// Outgoing and taken by a provider, read ones included.
    Sent,
    /// Calls made and received.
    Calls,
    /// Messages to be sent in the future.
    Schedules,
    /// Outgoing, given up.
    Failed,
}

impl Folder {
    /// All eight, in the order of the sidebar.
    pub const ALL: [Self; 8] = [
        Self::Inbox,
        Self::Flows,
        Self::Archived,
        Self::Outbox,
        Self::Sent,
        Self::Calls,
        Self::Schedules,
        Self::Failed,
    ];

    /// The word in commands and in JSON.
    pub fn id(self) -> &'static str {
        match self {
            Self::Inbox => "inbox",
            Self::Flows => "flows",
            Self::Archived => "archived",
            Self::Outbox => "outbox",
            Self::Sent => "sent",
            Self::Calls => "calls",
            Self::Schedules => "schedules",
            Self::Failed => "failed",
        }
    }

    /// The folder with that id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|folder| folder.id() == id)
    }

    /// Whether its rows are messages; calls and schedules are not.
    pub fn holds_messages(self) -> bool {
        !matches!(self, Self::Calls | Self::Schedules)
    }
}

/// The folder of a message: exactly one, unless it is deleted.
pub fn folder_of(standing: &Standing) -> Option<Folder> {
    match (standing.direction, standing.visibility) {
        (_, Visibility::Deleted) => None,
        (Direction::In, Visibility::Archived) => Some(Folder::Archived),
        (Direction::In, Visibility::Visible) if standing.in_flow => Some(Folder::Flows),
        (Direction::In, Visibility::Visible) => Some(Folder::Inbox),
        (Direction::Out, Visibility::Visible | Visibility::Archived) => {
            Some(outgoing_folder(standing.status))
        }
    }
}

fn outgoing_folder(status: Status) -> Folder {
    match status {
        Status::Initializing | Status::Queued | Status::Errored => Folder::Outbox,
        Status::Wired | Status::Sent | Status::Delivered | Status::Read => Folder::Sent,
        Status::Failed => Folder::Failed,
        // No outgoing message has these; the store refuses them. Where a person would look first:
        Status::Pending | Status::Handled => Folder::Outbox,
    }
}

/// The moment by which a message is sorted in its folder: Sent goes by the time it left, the others by creation.
pub fn sort_time(folder: Option<Folder>, created_on: Time, sent_on: Option<Time>) -> Time {
    match folder {
        Some(Folder::Sent) => sent_on.unwrap_or(created_on),
        Some(
            Folder::Inbox
            | Folder::Flows
            | Folder::Archived
            | Folder::Outbox
            | Folder::Calls
            | Folder::Schedules
            | Folder::Failed,
        )
        | None => created_on,
    }
}
