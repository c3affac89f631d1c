//! A conversation as lines: which line shows what, at a width. Shared by the view, which draws the lines, and by the core,
//! which keeps the chosen message on the screen.

use std::ops::Range;

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::model::{Conversation, Model};
use super::{layout, text};
use crate::domain::MessageId;
use crate::domain::message::{Message, StatusChange};

/// What a line shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shows {
    /// Nothing.
    Blank,
    /// That a new day begins.
    Day(NaiveDate),
    /// A part of the message's clean text.
    Text(Range<usize>),
    /// The attachment with that number.
    Attachment(usize),
    /// Its labels.
    Labels,
    /// When it was, and how far it got.
    Foot,
    /// Its number, channel and folder; the chosen message only.
    Facts,
    /// A step of its life; the chosen message only.
    Step(usize),
}

/// A line of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThreadLine {
    /// The message that it belongs to, as a place in the conversation.
    pub row: usize,
    /// What it shows.
    pub shows: Shows,
}

/// The columns that a message's text may take.
pub fn text_width(width: usize) -> usize {
    // A message stands at its side; the other side stays free enough to see which one it is.
    (width.saturating_sub(4) * 5 / 6).max(8)
}

/// The lines of a conversation.
pub fn lines(
    conversation: &Conversation,
    chosen: MessageId,
    history: &[StatusChange],
    width: usize,
    zone: Tz,
) -> Vec<ThreadLine> {
    let mut lines = Vec::new();
    let mut day = None;
    for (row, message) in conversation.rows.iter().enumerate() {
        let message = &message.message;
        let date = message.created_on.with_timezone(&zone).date_naive();
        let mut push = |shows| lines.push(ThreadLine { row, shows });
        if day != Some(date) {
            push(Shows::Day(date));
            day = Some(date);
        }
        for shows in message_lines(message, width) {
            push(shows);
        }
        if message.id == chosen {
            push(Shows::Facts);
            (0..history.len()).for_each(|step| push(Shows::Step(step)));
        }
        push(Shows::Blank);
    }
    lines
}

fn message_lines(message: &Message, width: usize) -> Vec<Shows> {
    let mut lines = Vec::new();
    if !message.text.is_empty() {
        let clean = text::clean_lines(&message.text);
        lines.extend(text::wrap(&clean, text_width(width)).into_iter().map(Shows::Text));
    }
    lines.extend((0..message.attachments.len()).map(Shows::Attachment));
    if !message.labels.is_empty() {
        lines.push(Shows::Labels);
    }
    lines.push(Shows::Foot);
    lines
}

/// The lines of the conversation that a model shows.
pub fn of(model: &Model) -> Option<Vec<ThreadLine>> {
    let conversation = model.reading.conversation.ready()?;
    let about = model.reading.about?;
    let history = match &model.reading.history {
        Some((message, history)) if *message == about.message => history.as_slice(),
        _ => &[],
    };
    Some(lines(conversation, about.message, history, layout::reading_width(model), model.zone))
}
