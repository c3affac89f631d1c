//! The reading pane: which conversation it shows, the chosen message in it, and scrolling.

use super::Core;
use crate::domain::MessageId;
use crate::domain::listing::{Cursor, MessageRow, Row};
use crate::domain::message::StatusChange;
use crate::tui::event::{Ask, ConversationPart, Part, Read, Write};
use crate::tui::layout::reading_height;
use crate::tui::model::{About, Conversation, Extend, Load, Pane};
use crate::tui::thread::{self, Thread};

/// Messages of a conversation that are loaded at a time.
const PART: usize = 60;

/// More messages than this are not kept: those at the far end are let go.
const MOST: usize = 300;

/// When the screen comes this near to the end of what is loaded, more is asked for.
const NEAR_LINES: usize = 30;

/// What the reading pane shows for a row.
pub(super) fn about(row: &Row) -> Option<About> {
    match row {
        Row::Message(row) => {
            let message = &row.message;
            Some(About { contact: message.contact.id, message: message.id, at: message.created_on })
        }
        // No message has this number.
        Row::Call(row) => {
            Some(About { contact: row.call.contact.id, message: MessageId(0), at: row.call.occurred_on })
        }
        Row::Schedule(_) => None,
    }
}

impl Core<'_> {
    /// The reading pane shows the row that is selected in the list, unless somebody is reading there.
    pub(super) fn follow_selection(&mut self) {
        if self.model.pane != Pane::Reading {
            self.show(self.model.row().and_then(about));
        }
    }

    /// Shows a conversation at a message.
    pub(super) fn show(&mut self, about: Option<About>) {
        if self.model.reading.about == about {
            return;
        }
        let same = match (self.model.reading.about, about) {
            (Some(old), Some(new)) => {
                let loaded = self.model.reading.conversation.ready();
                let here = loaded.is_some_and(|all| all.rows.iter().any(|row| row.message.id == new.message));
                old.contact == new.contact && here
            }
            _ => false,
        };
        self.model.reading.about = about;
        self.model.reading.history = None;
        if same {
            self.keep_chosen_in_view();
        } else {
            self.model.reading.conversation = Load::Idle;
            self.model.reading.asked = None;
        }
    }

    /// Asks for the conversation, and for the life of the chosen message, when they are on the screen and not here.
    pub(super) fn load_conversation(&mut self) {
        let Some(about) = self.model.reading.about else { return };
        if !self.shows_reading() {
            return;
        }
        if self.model.reading.conversation == Load::Idle {
            self.model.reading.conversation = Load::Asked;
            self.ask_conversation(Part::Around(about.at, about.message), Extend::Replace);
        }
        if self.model.reading.history.is_none() {
            self.read_history();
        }
    }

    /// Asks for the conversation again where it stands, because something changed.
    pub(super) fn reload_conversation(&mut self) {
        let Some(about) = self.model.reading.about else { return };
        if self.shows_reading() {
            match self.reading_place() {
                Some(place) => self.ask_conversation(Part::Around(place.at, place.message), Extend::Reload),
                None => self.ask_conversation(Part::Around(about.at, about.message), Extend::Replace),
            }
            self.read_history();
        } else {
            self.model.reading.conversation = Load::Idle;
        }
    }

    fn read_history(&mut self) {
        if let Some(about) = self.model.reading.about.filter(|about| about.message.0 > 0) {
            self.read(Read::History(about.message));
        }
    }

    fn ask_conversation(&mut self, part: Part, extend: Extend) {
        let Some(about) = self.model.reading.about else { return };
        let ask = self.model.next_ask();
        self.model.reading.asked = Some((ask, extend));
        self.read(Read::Conversation { ask, contact: about.contact, part, limit: PART });
    }

    pub(super) fn conversation_loaded(&mut self, ask: Ask, part: ConversationPart) {
        let Some((asked, extend)) = self.model.reading.asked else { return };
        if asked != ask {
            return;
        }
        self.model.reading.asked = None;
        let place = self.reading_place();
        if extend == Extend::Reload
            && let Some(place) = place
            && !place.is_within(&part)
        {
            // Meanwhile somebody scrolled on, beyond what was asked for.
            self.reload_conversation();
            return;
        }
        match (extend, self.model.reading.conversation.ready_mut()) {
            (Extend::Before, Some(all)) => {
                all.more_before = part.page.more_before;
                all.rows.splice(0..0, part.page.rows);
                all.beyond.extend(part.beyond);
                all.add_calls(part.calls);
                all.sizes.extend(part.sizes);
                thread::fit(self.model);
                self.return_to_place(place);
                self.let_go_of_the_end();
            }
            (Extend::After, Some(all)) => {
                all.more_after = part.page.more_after;
                all.rows.extend(part.page.rows);
                all.beyond.extend(part.beyond);
                all.add_calls(part.calls);
                all.sizes.extend(part.sizes);
                thread::fit(self.model);
                self.let_go_of_the_beginning();
            }
            (Extend::Replace | Extend::Reload | Extend::Before | Extend::After, _) => {
                let mut fresh = Conversation::new(part);
                if let Load::Ready(old) = std::mem::take(&mut self.model.reading.conversation) {
                    fresh.inherit(old);
                }
                self.model.reading.conversation = Load::Ready(fresh);
                thread::fit(self.model);
            }
        }
        let place = place.filter(|_| extend != Extend::Replace);
        self.return_to_place(place);
    }

    pub(super) fn history_loaded(&mut self, message: MessageId, history: Vec<StatusChange>) {
        if self.model.reading.about.is_none_or(|about| about.message != message) {
            return;
        }
        let place = self.reading_place();
        self.model.reading.history = Some((message, history));
        self.return_to_place(place);
    }

    /// The chosen message and what is on the screen are always kept.
    fn let_go_of_the_end(&mut self) {
        let shown = self.rows_on_screen();
        if let Some(all) = self.model.reading.conversation.ready_mut()
            && all.rows.len() > MOST.max(shown.1 + 1)
        {
            all.rows.truncate(MOST.max(shown.1 + 1));
            all.more_after = true;
            thread::fit(self.model);
        }
    }

    fn let_go_of_the_beginning(&mut self) {
        let shown = self.rows_on_screen();
        let old_lines = self.lines_len();
        let Some(all) = self.model.reading.conversation.ready_mut() else { return };
        let surplus = all.rows.len().saturating_sub(MOST).min(shown.0);
        if surplus > 0 {
            all.rows.drain(..surplus);
            all.more_before = true;
            thread::fit(self.model);
            let gone = old_lines.saturating_sub(self.lines_len());
            self.model.reading.top = self.model.reading.top.saturating_sub(gone);
        }
    }

    /// The first and the last message that must be kept: those on the screen, and the chosen one.
    fn rows_on_screen(&self) -> (usize, usize) {
        let (top, height) = (self.model.reading.top, reading_height(self.model));
        let mut rows: Vec<usize> = Thread::of(self.model)
            .map(|thread| thread.rows_on(top..top + height).collect())
            .unwrap_or_default();
        let all = self.model.reading.conversation.ready().map(|all| all.rows.as_slice()).unwrap_or_default();
        let chosen = self.model.reading.about.map(|about| about.message);
        rows.extend(all.iter().position(|row| Some(row.message.id) == chosen));
        (rows.iter().copied().min().unwrap_or(0), rows.iter().copied().max().unwrap_or(0))
    }

    pub(super) fn lines_len(&self) -> usize {
        Thread::of(self.model).map_or(0, |thread| thread.len())
    }

    /// Opens the selected row: the keyboard goes to the reading pane, and an unread message is read.
    pub(super) fn open(&mut self) {
        let Some(row) = self.model.row() else { return };
        let unread = row.message().filter(|message| message.standing.unread).map(|message| message.id);
        let about = about(row);
        self.model.pane = Pane::Reading;
        self.show(about);
        self.settle();
        self.keep_chosen_in_view();
        if let Some(message) = unread {
            self.opened(message);
        }
    }

    /// A message that was unread is read by being opened. It shows at once, so that the next key already goes by it.
    fn opened(&mut self, opened: MessageId) {
        if let Some(window) = self.model.list.window.ready_mut() {
            for row in &mut window.rows {
                match row {
                    Row::Message(row) if row.message.id == opened => row.message.standing.unread = false,
                    Row::Message(_) | Row::Call(_) | Row::Schedule(_) => {}
                }
            }
        }
        if let Some(conversation) = self.model.reading.conversation.ready_mut() {
            for row in conversation.rows.iter_mut().filter(|row| row.message.id == opened) {
                row.message.standing.unread = false;
            }
        }
        self.write(Write::Opened(opened));
    }

    /// Chooses another message of the conversation; one that was unread is read by that.
    pub(super) fn choose_by(&mut self, by: isize) {
        let Some(conversation) = self.model.reading.conversation.ready() else { return };
        let Some(about) = self.model.reading.about else { return };
        let rows = &conversation.rows;
        let last = rows.len().saturating_sub(1);
        let to = match rows.iter().position(|row| row.message.id == about.message) {
            Some(at) => at.saturating_add_signed(by).min(last),
            // From a call one goes to what was said before or after it.
            None if by < 0 => rows.iter().rposition(|row| row.message.created_on <= about.at).unwrap_or(0),
            None => rows.iter().position(|row| row.message.created_on > about.at).unwrap_or(last),
        };
        self.choose(to);
    }

    /// Chooses the message at a place of the conversation.
    pub(super) fn choose(&mut self, index: usize) {
        let Some(conversation) = self.model.reading.conversation.ready() else { return };
        let Some(row) = conversation.rows.get(index) else { return };
        let message = &row.message;
        let chosen = About { contact: message.contact.id, message: message.id, at: message.created_on };
        let unread = message.standing.unread;
        if self.model.reading.about != Some(chosen) {
            self.show(Some(chosen));
            self.load_conversation();
            if unread {
                self.opened(chosen.message);
            }
        }
        self.keep_chosen_in_view();
    }

    pub(super) fn jump_in_conversation(&mut self, first: bool) {
        let Some(conversation) = self.model.reading.conversation.ready() else { return };
        let last = conversation.rows.len().saturating_sub(1);
        self.choose(if first { 0 } else { last });
        self.model.reading.top = if first { 0 } else { usize::MAX / 2 };
        self.clamp_reading();
        self.extend_conversation();
    }

    /// Asks for more of the conversation when the screen comes near its end.
    pub(super) fn extend_conversation(&mut self) {
        if self.model.reading.asked.is_some() || !self.shows_reading() {
            return;
        }
        let (top, height) = (self.model.reading.top, reading_height(self.model));
        let length = self.lines_len();
        let Some(all) = self.model.reading.conversation.ready() else { return };
        let cursor = |row: Option<&MessageRow>| row.map(|row| row.cursor);
        let (first, last): (Option<Cursor>, Option<Cursor>) =
            (cursor(all.rows.first()), cursor(all.rows.last()));
        if all.more_before && top < NEAR_LINES {
            if let Some(first) = first {
                self.ask_conversation(Part::Before(first), Extend::Before);
            }
        } else if all.more_after
            && top + height + NEAR_LINES > length
            && let Some(last) = last
        {
            self.ask_conversation(Part::After(last), Extend::After);
        }
    }
}
