//! What a person looks at: a place, narrowed by a query, in an order, a page at a time.
//!
//! Pages go by key: a cursor is the sort key and the id of a row, so that a page costs the same wherever it is and a row
//! that comes or goes moves nothing else.

use std::collections::BTreeMap;

use super::call::Call;
use super::contact::{ContactRef, ContactStatus, Urn};
use super::folder::Folder;
use super::message::Message;
use super::query::Query;
use super::schedule::Schedule;
use super::{LabelId, MessageId, Time};

/// Where the rows come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// One folder.
    Folder(Folder),
    /// The messages with a label, archived ones left out.
    Label(LabelId),
    /// Every message of every folder.
    Everywhere,
}

/// Which end comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Order {
    /// The newest row first; for schedules, the next to fire first.
    #[default]
    NewestFirst,
    /// The other way round.
    OldestFirst,
}

/// A place, a query and an order: everything that decides which rows there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// Where the rows come from.
    pub place: Place,
    /// What they must match; an empty query matches all.
    pub query: Query,
    /// Which end comes first.
    pub order: Order,
}

impl View {
    /// All rows of a place, newest first.
    pub fn of(place: Place) -> Self {
        Self { place, query: Query::default(), order: Order::NewestFirst }
    }

    /// Whether its rows rise: the oldest first, but for schedules, which go from the next fire on.
    pub fn is_rising(&self) -> bool {
        (self.place == Place::Folder(Folder::Schedules)) == (self.order == Order::NewestFirst)
    }
}

/// The place of a row in its view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cursor {
    /// The sort key; its unit is the view's own.
    pub key: i64,
    /// The row's id, which decides between equal keys.
    pub id: i64,
}

/// Which part of a view is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// From the first row on.
    First,
    /// Up to the last row.
    Last,
    /// What follows a row.
    After(Cursor),
    /// What stands before a row.
    Before(Cursor),
    /// The row, or what has taken its place, with as much before it as after.
    Around(Cursor),
}

/// A row of any list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// A message, with the address as lists show it.
    Message(Box<MessageRow>),
    /// A call.
    Call(Box<CallRow>),
    /// A schedule.
    Schedule(Box<ScheduleRow>),
}

impl Row {
    /// Its place in the view that it was loaded for.
    pub fn cursor(&self) -> Cursor {
        match self {
            Self::Message(row) => row.cursor,
            Self::Call(row) => row.cursor,
            Self::Schedule(row) => row.cursor,
        }
    }

    /// The message, when it is one.
    pub fn message(&self) -> Option<&Message> {
        match self {
            Self::Message(row) => Some(&row.message),
            Self::Call(_) | Self::Schedule(_) => None,
        }
    }
}

/// A message in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageRow {
    /// Its place in the view.
    pub cursor: Cursor,
    /// The message.
    pub message: Message,
    /// Its address in national notation; empty when there is none.
    pub national: String,
}

/// A call in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRow {
    /// Its place in the view.
    pub cursor: Cursor,
    /// The call.
    pub call: Call,
    /// Its address in national notation; empty when there is none.
    pub national: String,
}

/// A schedule in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleRow {
    /// Its place in the view.
    pub cursor: Cursor,
    /// The schedule.
    pub schedule: Schedule,
}

/// Some rows of a view, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Whether more stand before them.
    pub more_before: bool,
    /// Whether more follow them.
    pub more_after: bool,
}

/// How many rows a folder has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FolderCount {
    /// All of them.
    pub total: u64,
    /// The unread ones among them.
    pub unread: u64,
}

/// A label and how many visible messages carry it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelCount {
    /// Its number.
    pub id: LabelId,
    /// Its public key.
    pub uuid: uuid::Uuid,
    /// Its name.
    pub name: String,
    /// The visible messages that carry it.
    pub total: u64,
}

/// The figures of the sidebar; always exact.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counts {
    /// A count for each folder, in the order of [`Folder::ALL`].
    pub folders: [FolderCount; 8],
    /// The labels, by name.
    pub labels: Vec<LabelCount>,
    /// How many drafts there are.
    pub drafts: u64,
    /// The newest message's id: what arrives later has a greater one.
    pub newest: Option<MessageId>,
}

impl Counts {
    /// The count of one folder.
    pub fn of(&self, folder: Folder) -> FolderCount {
        self.folders.get(folder as usize).copied().unwrap_or_default()
    }

    /// All messages exchanged: the sum of the eight folders. Labels overlap folders and are not added.
    pub fn total(&self) -> u64 {
        self.folders.iter().map(|count| count.total).sum()
    }
}

/// Everything that is shown of a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactCard {
    /// Who.
    pub contact: ContactRef,
    /// Its addresses, the one that is written to first.
    pub urns: Vec<Urn>,
    /// Whether it may be written to.
    pub status: ContactStatus,
    /// Its language, ISO 639-3; empty when it is not known.
    pub language: String,
    /// Its own fields.
    pub fields: BTreeMap<String, String>,
    /// The groups that it is in, by name.
    pub groups: Vec<String>,
    /// The flow that handled its latest message, when one did.
    pub flow: Option<String>,
    /// When it was first known.
    pub created_on: Time,
    /// When it last wrote.
    pub last_seen_on: Option<Time>,
    /// How many messages it wrote.
    pub received: u64,
    /// How many were written to it.
    pub sent: u64,
    /// How many calls there were with it.
    pub calls: u64,
}
