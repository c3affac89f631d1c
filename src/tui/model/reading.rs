//! The reading pane: a conversation, and the life of one message of it.

use std::collections::BTreeMap;

use super::Load;
use crate::domain::call::Call;
use crate::domain::contact::{ContactRef, Urn};
use crate::domain::listing::MessageRow;
use crate::domain::message::StatusChange;
use crate::domain::{ContactId, MessageId, Time};
use crate::tui::event::{Ask, ConversationPart};
use crate::tui::thread::Wrapped;

/// What the reading pane is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct About {
    /// The contact.
    pub contact: ContactId,
    /// The chosen message; for a call, none of that number exists.
    pub message: MessageId,
    /// The moment around which the conversation is shown.
    pub at: Time,
}

/// The conversation that is loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// With whom.
    pub contact: ContactRef,
    /// Its addresses.
    pub urns: Vec<Urn>,
    /// The messages, oldest first.
    pub rows: Vec<MessageRow>,
    /// Whether more were said before.
    pub more_before: bool,
    /// Whether more were said after.
    pub more_after: bool,
    /// How many characters the texts that are too long for the pane have beyond what is here.
    pub beyond: BTreeMap<MessageId, u64>,
    /// The calls in the time of what is loaded, oldest first.
    pub calls: Vec<Call>,
    /// The sizes in bytes of the files that came along and are here, by message and place.
    pub sizes: BTreeMap<(MessageId, usize), u64>,
    /// The texts as lines, by message: made once, for a text may be long and a key is quick.
    pub wrapped: BTreeMap<MessageId, Wrapped>,
}

impl Conversation {
    /// A conversation as it comes first.
    pub fn new(part: ConversationPart) -> Self {
        let page = part.page;
        Self {
            contact: part.contact,
            urns: part.urns,
            rows: page.rows,
            more_before: page.more_before,
            more_after: page.more_after,
            beyond: part.beyond,
            calls: part.calls,
            sizes: part.sizes,
            wrapped: BTreeMap::new(),
        }
    }

    /// Takes in the calls of another part.
    pub fn add_calls(&mut self, calls: Vec<Call>) {
        self.calls.extend(calls);
        self.calls.sort_by_key(|call| (call.occurred_on, call.id));
        self.calls.dedup_by_key(|call| call.id);
    }
}

/// The reading pane.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reading {
    /// What it is about; none for an empty list and for schedules.
    pub about: Option<About>,
    /// The conversation.
    pub conversation: Load<Conversation>,
    /// The last question, and which end its answer extends; both when it replaces everything.
    pub asked: Option<(Ask, Extend)>,
    /// The life of the chosen message.
    pub history: Option<(MessageId, Vec<StatusChange>)>,
    /// The first line on the screen.
    pub top: usize,
}

/// What an answer does to a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extend {
    /// It takes its place.
    Replace,
    /// It takes its place, and what is on the screen by then stays there.
    Reload,
    /// It goes before it.
    Before,
    /// It goes after it.
    After,
}
