//! What is being written: a new message, an answer, or something that is there already and is being edited.

use super::plan::Plan;
use super::{ChannelId, ContactId, MessageId, ScheduleId, Time};

/// What a draft is of. There is one draft for each of these, so that none ever takes the place of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DraftKey {
    /// A message to somebody who is named in it, by the moment at which it was begun.
    New(Time),
    /// An answer to a contact. It belongs to the contact, not to what is on the screen.
    Reply(ContactId),
    /// Another text of a message that has not been sent.
    Edit(MessageId),
    /// Another content of a schedule.
    Schedule(ScheduleId),
}

impl DraftKey {
    /// Whether recipients are written in it; the others know to whom they go.
    pub fn has_recipients(self) -> bool {
        match self {
            Self::New(_) | Self::Schedule(_) => true,
            Self::Reply(_) | Self::Edit(_) => false,
        }
    }
}

/// What has been written so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// What it is of.
    pub key: DraftKey,
    /// The recipients as they were typed, where there are any.
    pub recipients: String,
    /// By which channel; the one that reaches the contact when it was not chosen.
    pub channel: Option<ChannelId>,
    /// When it leaves; none for now.
    pub plan: Option<Plan>,
    /// The text.
    pub text: String,
}

impl Draft {
    /// Nothing yet.
    pub fn new(key: DraftKey) -> Self {
        Self { key, recipients: String::new(), channel: None, plan: None, text: String::new() }
    }

    /// It comes back, and something else was begun in its place: that follows it, so that nothing of either is lost.
    #[must_use]
    pub fn followed_by(self, begun: &Self) -> Self {
        let join = |first: &str, then: &str, between: &str| match (first.trim(), then.trim()) {
            ("", _) => then.to_owned(),
            (_, "") => first.to_owned(),
            (same, other) if same == other => first.to_owned(),
            _ => format!("{}{between}{then}", first.trim_end()),
        };
        Self {
            key: self.key,
            // A comma at the end only waits for the next one.
            recipients: join(self.recipients.trim_end().trim_end_matches(','), &begun.recipients, ", "),
            channel: self.channel.or(begun.channel),
            plan: self.plan.or(begun.plan),
            text: join(&self.text, &begun.text, "\n\n"),
        }
    }

    /// Whether there is nothing worth keeping.
    pub fn is_empty(&self) -> bool {
        self.text.trim().is_empty() && self.recipients.trim().is_empty()
    }
}

/// A draft in the list of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptDraft {
    /// What was written.
    pub draft: Draft,
    /// What the contact is called whom it goes to, or the address; empty where recipients are written.
    pub name: String,
    /// When it was last changed.
    pub updated_on: Time,
}
