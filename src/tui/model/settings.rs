//! What the person has chosen of how the screen is laid out and what it tells.

use crate::config::{
    Column, Config, ConversationKind, DateStyle, Notifications, Notify, NotifyWhen, ReadingPane, RowLines,
    ScreenKind, UNDO_SEND,
};

/// What the person has chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// How the screen is drawn.
    pub screen: ScreenKind,
    /// Where the conversation stands.
    pub reading: ReadingPane,
    /// How a conversation is drawn.
    pub conversation: ConversationKind,
    /// How lists show moments.
    pub dates: DateStyle,
    /// How many lines a message takes in the list.
    pub lines: RowLines,
    /// The columns of a list that shows a message on one line; at least one.
    pub columns: Vec<Column>,
    /// How new messages are told.
    pub notifications: Notifications,
    /// How many seconds what was written waits before it leaves.
    pub undo_send: u32,
}

impl Settings {
    /// What a configuration says.
    pub fn of(config: &Config) -> Self {
        Self {
            screen: config.screen,
            reading: config.reading,
            conversation: config.conversation,
            dates: config.dates,
            lines: config.lines,
            columns: config.columns.clone(),
            notifications: config.notifications.clone(),
            undo_send: config.undo_send,
        }
    }

    /// Whether the screen is drawn one thing a line.
    pub fn is_plain(&self) -> bool {
        self.screen == ScreenKind::Plain
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            screen: ScreenKind::default(),
            reading: ReadingPane::default(),
            conversation: ConversationKind::default(),
            dates: DateStyle::default(),
            lines: RowLines::default(),
            columns: Column::usual(),
            notifications: Notifications {
                how: Notify::default(),
                when: NotifyWhen::default(),
                text: true,
                command: Vec::new(),
            },
            undo_send: UNDO_SEND,
        }
    }
}
