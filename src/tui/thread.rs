//! A conversation as lines: which line shows what, at a width. Shared by the view, which draws the lines, and by the core,
//! which keeps the chosen message on the screen.
//!
//! The texts are wrapped once and kept with the conversation. What a key asks for goes by the number of messages that are
//! loaded and the lines on the screen, never by the length of the texts.

use std::collections::BTreeMap;
use std::ops::Range;

use chrono::NaiveDate;

use super::model::{Conversation, Model};
use super::{layout, text};
use crate::domain::call::Call;
use crate::domain::listing::MessageRow;
use crate::domain::message::{Direction, Message};
use crate::domain::{MessageId, Time};
use crate::i18n::{Dates, Key, Texts};
use crate::words;

/// What a line shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shows {
    /// Nothing.
    Blank,
    /// That a new day begins.
    Day,
    /// The call with that number, which was made before the message or after the last one.
    Call(usize),
    /// The line of the message's text with that number.
    Text(usize),
    /// That the text goes on, by how many characters.
    Beyond(u64),
    /// The attachment with that number.
    Attachment(usize),
    /// Its labels.
    Labels,
    /// When it was, and how far it got.
    Foot,
    /// Its number, channel and folder; the chosen message only.
    Facts,
    /// A line of its life; the chosen message only.
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

/// A text as lines of a width.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrapped {
    /// The text, fit for cells.
    clean: String,
    /// Its lines, in bytes.
    lines: Vec<Range<usize>>,
    /// The columns of the widest one.
    pub widest: usize,
    /// The columns that it was wrapped for.
    columns: usize,
}

impl Wrapped {
    fn new(text: &str, columns: usize) -> Self {
        let clean = text::clean_lines(text);
        let lines = if text.is_empty() { Vec::new() } else { text::wrap(&clean, columns) };
        let widest =
            lines.iter().filter_map(|line| clean.get(line.clone())).map(text::width).max().unwrap_or(0);
        Self { clean, lines, widest, columns }
    }

    /// A line of it.
    pub fn line(&self, n: usize) -> &str {
        self.lines.get(n).and_then(|line| self.clean.get(line.clone())).unwrap_or_default()
    }
}

impl Conversation {
    /// Wraps the texts that are not wrapped yet for so many columns, and lets go of those of messages that are not here.
    /// Before each goes who says it, where that is not seen.
    pub fn wrap(&mut self, columns: usize, who: impl Fn(&MessageRow) -> String) {
        let is_there = |row: &MessageRow| {
            self.wrapped.get(&row.message.id).is_some_and(|wrapped| wrapped.columns == columns)
        };
        if self.wrapped.len() == self.rows.len() && self.rows.iter().all(is_there) {
            return;
        }
        let mut old = std::mem::take(&mut self.wrapped);
        for row in &self.rows {
            let message = &row.message;
            let known = old.remove(&message.id).filter(|wrapped| wrapped.columns == columns);
            let wrapped =
                known.unwrap_or_else(|| Wrapped::new(&format!("{}{}", who(row), message.text), columns));
            self.wrapped.insert(message.id, wrapped);
        }
    }

    /// Takes over the wrapped texts of what this conversation takes the place of, where they say the same.
    pub fn inherit(&mut self, old: Self) {
        let said: BTreeMap<MessageId, &str> =
            old.rows.iter().map(|row| (row.message.id, row.message.text.as_str())).collect();
        let same = |message: &Message| said.get(&message.id) == Some(&message.text.as_str());
        let mut wrapped = old.wrapped;
        for message in self.rows.iter().map(|row| &row.message).filter(|message| same(message)) {
            if let Some(there) = wrapped.remove(&message.id) {
                self.wrapped.insert(message.id, there);
            }
        }
    }
}

/// The lines of a conversation: where each message begins.
#[derive(Debug)]
pub struct Thread<'a> {
    model: &'a Model,
    conversation: &'a Conversation,
    chosen: MessageId,
    /// The life of the chosen message, in lines.
    steps: Vec<String>,
    /// The first line of each message, and the end of the last one.
    starts: Vec<usize>,
}

impl<'a> Thread<'a> {
    /// The lines of the conversation that a model shows.
    pub fn of(model: &'a Model) -> Option<Self> {
        let conversation = model.reading.conversation.ready()?;
        let chosen = model.reading.about?.message;
        let starts = Vec::with_capacity(conversation.rows.len() + 1);
        let steps = steps(model, conversation, chosen);
        let mut thread = Self { model, conversation, chosen, steps, starts };
        let mut start = 0;
        for row in 0..conversation.rows.len() {
            thread.starts.push(start);
            start += thread.shape(row).map_or(0, |shape| shape.height());
        }
        thread.starts.push(start);
        Some(thread)
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.starts.last().copied().unwrap_or(0)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The message that a line belongs to.
    pub fn row_at(&self, line: usize) -> Option<usize> {
        (line < self.len()).then(|| self.starts.partition_point(|start| *start <= line) - 1)
    }

    /// The lines of a message.
    pub fn lines_of(&self, row: usize) -> Range<usize> {
        let at = |row: usize| self.starts.get(row).copied().unwrap_or(self.len());
        at(row)..at(row + 1)
    }

    /// The line of the call that was made at a moment.
    pub fn line_of_call(&self, at: Time) -> Option<usize> {
        let Conversation { rows, calls, .. } = self.conversation;
        // It stands with the first message that is not older, or with the last one.
        let row = rows.partition_point(|row| row.message.created_on < at).min(rows.len().checked_sub(1)?);
        let is_it = |line: &usize| match self.line(*line).map(|line| line.shows) {
            Some(Shows::Call(n)) => calls.get(n).is_some_and(|call| call.occurred_on == at),
            _ => false,
        };
        self.lines_of(row).find(is_it)
    }

    /// The messages on some lines, in their order.
    pub fn rows_on(&self, lines: Range<usize>) -> Range<usize> {
        let end = lines.end.min(self.len());
        match (self.row_at(lines.start), end.checked_sub(1).and_then(|last| self.row_at(last))) {
            (Some(first), Some(last)) => first..last + 1,
            _ => 0..0,
        }
    }

    /// A line of the life of the chosen message.
    pub fn step(&self, n: usize) -> &str {
        self.steps.get(n).map_or("", String::as_str)
    }

    /// What a line shows.
    pub fn line(&self, line: usize) -> Option<ThreadLine> {
        let row = self.row_at(line)?;
        let within = line - self.lines_of(row).start;
        Some(ThreadLine { row, shows: self.shape(row)?.line(within) })
    }

    /// The calls that stand with a message, as places in the conversation.
    fn calls_at(&self, row: usize, day: NaiveDate) -> (Range<usize>, Range<usize>, Range<usize>) {
        let Conversation { rows, calls, more_before, more_after, .. } = self.conversation;
        let when = |row: usize| rows.get(row).map(|row| row.message.created_on);
        let up_to = |moment| calls.partition_point(|call| call.occurred_on <= moment);
        let start = match row.checked_sub(1).and_then(when) {
            Some(before) => up_to(before),
            // What was before that is not here yet.
            None if *more_before => when(row).map_or(0, up_to),
            None => 0,
        };
        let end = when(row).map_or(start, up_to).max(start);
        let is_earlier = |call: &Call| call.occurred_on.with_timezone(&self.model.zone).date_naive() < day;
        let between = calls.get(start..end).unwrap_or_default();
        let middle = start + between.partition_point(is_earlier);
        let is_last = row + 1 == rows.len() && !more_after;
        let later = if is_last { end..calls.len() } else { end..end };
        (start..middle, middle..end, later)
    }

    fn shape(&self, row: usize) -> Option<Shape> {
        let rows = &self.conversation.rows;
        let message = &rows.get(row)?.message;
        let date = |message: &Message| -> NaiveDate {
            message.created_on.with_timezone(&self.model.zone).date_naive()
        };
        let before = row.checked_sub(1).and_then(|before| rows.get(before));
        let is_chosen = message.id == self.chosen;
        let (earlier, same_day, later) = self.calls_at(row, date(message));
        Some(Shape {
            calls: (earlier, same_day, later),
            day: before.is_none_or(|before| date(&before.message) != date(message)),
            text: self.conversation.wrapped.get(&message.id).map_or(0, |wrapped| wrapped.lines.len()),
            beyond: self.conversation.beyond.get(&message.id).copied(),
            attachments: message.attachments.len(),
            labels: !message.labels.is_empty(),
            life: is_chosen.then_some(self.steps.len()),
        })
    }
}

/// The steps of the chosen message's life, each in as many lines as it takes. The day is said where it is another one than
/// the message's.
fn steps(model: &Model, conversation: &Conversation, chosen: MessageId) -> Vec<String> {
    let Some((_, history)) = model.reading.history.as_ref().filter(|(message, _)| *message == chosen) else {
        return Vec::new();
    };
    let Some(row) = conversation.rows.iter().find(|row| row.message.id == chosen) else { return Vec::new() };
    let texts = &model.wording.texts;
    let dates = Dates::new(texts, model.zone);
    let columns = layout::reading_width(model).map_or(usize::MAX, |width| width.saturating_sub(4).max(8));
    let mut lines = Vec::new();
    for change in history {
        let day = dates.date(change.at);
        let is_same = day == dates.date(row.message.created_on);
        let day = if is_same { String::new() } else { format!("{} ", dates.day_and_month(day)) };
        let said = format!("{day}{}  {}", dates.exact_time(change.at), words::step(texts, change));
        let pieces = text::wrap(&said, columns).into_iter().filter_map(|piece| said.get(piece));
        lines.extend(pieces.map(str::to_owned));
    }
    // Why it failed stands at its foot, where it has room there: a time and a sign are before it.
    let reason = row.message.failed_reason.map(|reason| words::failed_reason(texts, reason));
    let foot = |reason: &str| text::width(&dates.time(row.message.created_on)) + 4 + text::width(reason);
    if let Some(reason) = reason.filter(|reason| foot(reason) > columns) {
        let pieces = text::wrap(reason, columns).into_iter().filter_map(|piece| reason.get(piece));
        lines.extend(pieces.map(str::to_owned));
    }
    lines
}

/// Who says a message, for those who hear it.
fn who(row: &MessageRow, texts: &Texts) -> String {
    let name = match row.message.standing.direction {
        Direction::Out => texts.get(Key::PlainOurs).to_owned(),
        Direction::In => words::one_line(words::contact(texts, &row.message.contact.name, &row.national)),
    };
    format!("{name}: ")
}

/// How many lines of each sort a message has, in their order.
#[derive(Debug, Clone)]
struct Shape {
    /// The calls before its day, on its day before it, and after it when it is the last one.
    calls: (Range<usize>, Range<usize>, Range<usize>),
    day: bool,
    text: usize,
    beyond: Option<u64>,
    attachments: usize,
    labels: bool,
    /// The lines of its life, when it is the chosen one.
    life: Option<usize>,
}

impl Shape {
    fn height(&self) -> usize {
        let (earlier, same_day, later) = &self.calls;
        let blanks = usize::from(!same_day.is_empty()) + usize::from(!later.is_empty());
        let calls = earlier.len() + same_day.len() + later.len() + blanks;
        let optional = usize::from(self.day) + usize::from(self.beyond.is_some()) + usize::from(self.labels);
        // The foot and the blank line below.
        calls + optional + self.text + self.attachments + self.life.map_or(0, |steps| 1 + steps) + 2
    }

    fn line(&self, line: usize) -> Shows {
        let (earlier, same_day, later) = &self.calls;
        let parts = [
            (earlier.len(), Shows::Call(earlier.start)),
            (usize::from(self.day), Shows::Day),
            (same_day.len(), Shows::Call(same_day.start)),
            (usize::from(!same_day.is_empty()), Shows::Blank),
            (self.text, Shows::Text(0)),
            (usize::from(self.beyond.is_some()), Shows::Beyond(self.beyond.unwrap_or(0))),
            (self.attachments, Shows::Attachment(0)),
            (usize::from(self.labels), Shows::Labels),
            (1, Shows::Foot),
            (usize::from(self.life.is_some()), Shows::Facts),
            (self.life.unwrap_or(0), Shows::Step(0)),
            // The calls after the last message stand below its blank line.
            (usize::from(!later.is_empty()), Shows::Blank),
            (later.len(), Shows::Call(later.start)),
        ];
        let mut left = line;
        for (count, shows) in parts {
            if left < count {
                return match shows {
                    Shows::Text(_) => Shows::Text(left),
                    Shows::Attachment(_) => Shows::Attachment(left),
                    Shows::Step(_) => Shows::Step(left),
                    Shows::Call(first) => Shows::Call(first + left),
                    Shows::Blank
                    | Shows::Day
                    | Shows::Beyond(_)
                    | Shows::Labels
                    | Shows::Foot
                    | Shows::Facts => shows,
                };
            }
            left -= count;
        }
        Shows::Blank
    }
}

/// Wraps what a model's conversation says for the pane that shows it. A pane that is not on the screen has no width.
pub(in crate::tui) fn fit(model: &mut Model) {
    let columns = layout::reading_width(model).map(|width| layout::text_columns(model, width));
    if let Some(columns) = columns
        && let Some(conversation) = model.reading.conversation.ready_mut()
    {
        let (is_plain, texts) = (model.settings.is_plain(), &model.wording.texts);
        conversation.wrap(columns, |row| if is_plain { who(row, texts) } else { String::new() });
    }
}
