//! Where the reading pane stands: scrolling, and staying at the same message when the lines around it change.

use std::ops::Range;

use super::Core;
use crate::domain::listing::MessageRow;
use crate::domain::{MessageId, Time};
use crate::tui::event::ConversationPart;
use crate::tui::layout::reading_height;
use crate::tui::model::Pane;
use crate::tui::thread::Thread;

/// Where the reading pane stands: at a message.
#[derive(Debug, Clone, Copy)]
pub(super) struct ReadingPlace {
    pub(super) at: Time,
    pub(super) message: MessageId,
    /// The first line of the message.
    start: usize,
    /// The first line on the screen.
    top: usize,
    /// Whether it is the chosen one.
    chosen: bool,
    /// Whether only a part of it was on the screen, as it had been scrolled.
    cut: bool,
}

impl ReadingPlace {
    fn key(&self) -> (Time, MessageId) {
        (self.at, self.message)
    }

    /// Whether the message, or what now stands in its place, is in a part.
    pub(super) fn is_within(&self, part: &ConversationPart) -> bool {
        let key = |row: &MessageRow| (row.message.created_on, row.message.id);
        let (Some(first), Some(last)) = (part.page.rows.first(), part.page.rows.last()) else { return true };
        (!part.page.more_before || key(first) <= self.key())
            && (!part.page.more_after || self.key() <= key(last))
    }
}

impl Core<'_> {
    /// Where the pane stands, to come back to it when the lines change: at the chosen message when that is on the screen,
    /// at the one at the top otherwise.
    pub(super) fn reading_place(&self) -> Option<ReadingPlace> {
        let thread = Thread::of(self.model)?;
        let all = self.model.reading.conversation.ready()?;
        let top = self.model.reading.top;
        let chosen = self.model.reading.about?.message;
        let is_chosen = |row: usize| all.rows.get(row).is_some_and(|row| row.message.id == chosen);
        let mut shown = thread.rows_on(top..top + reading_height(self.model));
        let row = shown.find(|row| is_chosen(*row)).or_else(|| thread.row_at(top))?;
        let Range { start, end } = thread.lines_of(row);
        let message = &all.rows.get(row)?.message;
        let cut = start < top || end > top + reading_height(self.model);
        let chosen = is_chosen(row);
        Some(ReadingPlace { at: message.created_on, message: message.id, start, top, chosen, cut })
    }

    /// Scrolls back to a place; to the chosen message without one. When that was on the screen it stays there: all of it when
    /// all of it was.
    pub(super) fn return_to_place(&mut self, place: Option<ReadingPlace>) {
        let mut is_seen = false;
        if let Some(place) = place
            && let Some(thread) = Thread::of(self.model)
            && let Some(all) = self.model.reading.conversation.ready()
        {
            let row = all.rows.iter().position(|row| place.key() <= (row.message.created_on, row.message.id));
            let row = row.unwrap_or(all.rows.len().saturating_sub(1));
            let Range { start, end } = thread.lines_of(row);
            let top = (place.top + start).saturating_sub(place.start);
            is_seen = start < top + reading_height(self.model) && top < end;
            self.model.reading.top = top;
        }
        if place.is_none_or(|place| place.chosen && !(place.cut && is_seen)) {
            self.keep_chosen_in_view();
        } else {
            self.clamp_reading();
            self.extend_conversation();
        }
    }

    /// Scrolls by pages.
    pub(super) fn scroll_page(&mut self, pages: isize) {
        let page = reading_height(self.model).saturating_sub(2).max(1);
        self.scroll_by(pages * isize::try_from(page).unwrap_or(1));
    }

    /// Scrolls by lines. Whoever reads there chooses what comes into view: a key never acts on what is out of sight.
    pub(super) fn scroll_by(&mut self, lines: isize) {
        self.model.reading.top = self.model.reading.top.saturating_add_signed(lines);
        self.clamp_reading();
        self.extend_conversation();
        let place = self.reading_place();
        if self.model.pane == Pane::Reading
            && place.is_some_and(|place| !place.chosen)
            && let Some(row) = self.first_whole_row()
        {
            self.choose(row);
            self.return_to_place(place);
            self.keep_chosen_in_view();
        }
    }

    /// The first message that begins on the screen, or else the one that fills it.
    fn first_whole_row(&self) -> Option<usize> {
        let thread = Thread::of(self.model)?;
        let top = self.model.reading.top;
        let mut rows = thread.rows_on(top..top + reading_height(self.model));
        let first = rows.next()?;
        let is_cut = thread.lines_of(first).start < top;
        Some(if is_cut { rows.next().unwrap_or(first) } else { first })
    }

    pub(super) fn clamp_reading(&mut self) {
        let most = self.lines_len().saturating_sub(reading_height(self.model));
        self.model.reading.top = self.model.reading.top.min(most);
    }

    /// Moves the conversation so that the chosen message is on the screen: all of it, or its beginning.
    pub(super) fn keep_chosen_in_view(&mut self) {
        let Some(about) = self.model.reading.about else { return };
        let Some(thread) = Thread::of(self.model) else { return };
        let height = reading_height(self.model);
        let rows = self.model.reading.conversation.ready().map(|all| all.rows.as_slice()).unwrap_or_default();
        let row = rows.iter().position(|row| row.message.id == about.message);
        let last_before = || rows.iter().rposition(|row| row.message.created_on <= about.at).unwrap_or(0);
        let Range { start: first, end } = match row {
            Some(row) => thread.lines_of(row),
            // A call stands with a message that was written later.
            None => match thread.line_of_call(about.at) {
                Some(line) => line..line + 1,
                None => thread.lines_of(last_before()),
            },
        };
        let top = self.model.reading.top;
        let top = if end > top + height { end.saturating_sub(height) } else { top };
        self.model.reading.top = top.min(first).max(if end - first > height { first } else { 0 });
        self.clamp_reading();
        self.extend_conversation();
    }
}
