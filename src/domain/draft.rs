//! A message that is being written.

use super::{ChannelId, ContactId};

/// What has been written so far. A draft belongs to its contact, not to what is on the screen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Draft {
    /// To whom, when it answers somebody.
    pub contact: Option<ContactId>,
    /// The recipients as they were typed, when it does not.
    pub recipients: String,
    /// By which channel; the one that reaches the contact when it was not chosen.
    pub channel: Option<ChannelId>,
    /// The text.
    pub text: String,
}

impl Draft {
    /// Whether there is nothing worth keeping.
    pub fn is_empty(&self) -> bool {
        self.text.trim().is_empty() && self.recipients.trim().is_empty()
    }
}
