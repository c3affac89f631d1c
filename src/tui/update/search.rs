//! The search box: results as one types, here or everywhere, and the way back.

#![expect(clippy::wildcard_enum_match_arm, reason = "a surface passes over what it has no key for")]

use super::Core;
use crate::domain::listing::{Order, Place, Row, View};
use crate::domain::query::{Query, Unfinished};
use crate::tui::action::Action;
use crate::tui::event::{Ask, Effect, Read, Task, Write};
use crate::tui::model::{Completion, Input, Notice, Origin, Pane, SavedSearch, SearchBox, UNREAD_FILTER};

impl Core<'_> {
    pub(super) fn open_search(&mut self) {
        let origin = Origin {
            view: self.model.view.clone(),
            query_text: self.model.query_text.clone(),
            anchor: self.anchor(),
        };
        // From a conversation one searches in it: in what was exchanged with its contact, in all folders.
        let within = self.conversation_query().filter(|_| self.model.pane == Pane::Reading);
        let text = within.clone().unwrap_or_else(|| self.model.query_text.clone());
        self.enter(Pane::List);
        self.model.search = Some(SearchBox::new(text, origin));
        if within.is_some() {
            self.model.view.place = Place::Everywhere;
            self.search_typed();
        }
        self.complete();
    }

    /// The beginning of a query for what was exchanged with the contact of the conversation.
    fn conversation_query(&self) -> Option<String> {
        let conversation = self.model.reading.conversation.ready()?;
        let address = conversation.urns.first()?.path();
        let quote = if address.contains(char::is_whitespace) { "\"" } else { "" };
        Some(format!("with:{quote}{address}{quote} "))
    }

    pub(super) fn act_in_search(&mut self, action: Action) {
        match action {
            Action::Open => self.accept_search(),
            Action::Back => {
                if let Some(search) = self.model.search.take() {
                    self.return_to(search.origin);
                }
            }
            // What is offered is taken; where nothing is, the scope changes.
            Action::ToggleScope if self.take_completion() => {}
            Action::ToggleScope => self.toggle_scope(),
            Action::Recent => self.recall(),
            Action::Save => self.save_search(),
            Action::Up => self.move_by(-1),
            Action::Down => self.move_by(1),
            Action::PageUp | Action::PageDown => self.act_in_panes(action),
            _ => {}
        }
    }

    /// The box closes and the results stay.
    fn accept_search(&mut self) {
        // What was begun of a value becomes the one that is offered for it.
        let is_begun = |search: &SearchBox| {
            let piece = search.completion.piece.as_ref();
            search.is_unfinished() && piece.is_some_and(|piece| !piece.typed.is_empty())
        };
        if self.model.search.as_ref().is_some_and(is_begun) {
            self.take_completion();
        }
        // What is wrong finds nothing: the box stays, and says so.
        let Some(search) = self.model.search.take_if(|search| search.error.is_none()) else { return };
        let text = search.input.text.trim();
        if !text.is_empty() {
            self.model.recent.retain(|recent| recent != text);
            self.model.recent.insert(0, text.to_owned());
            let text = text.to_owned();
            self.write(Write::NoteSearch(text));
        }
        // From a search within a search one goes back to where the first one began.
        if self.model.origin.is_none() && self.model.view != search.origin.view {
            self.model.origin = Some(search.origin);
        }
        if self.model.query_text.is_empty() && self.model.view.place != Place::Everywhere {
            self.model.origin = None;
        }
    }

    /// Goes back to a view as it was left.
    pub(super) fn return_to(&mut self, origin: Origin) {
        let changed = self.model.view != origin.view;
        self.model.view = origin.view;
        self.model.query_text = origin.query_text;
        if changed {
            self.show_afresh(origin.anchor);
        }
    }

    /// A letter changed: what can be understood is searched for, what cannot is told.
    pub(super) fn search_typed(&mut self) {
        let today = self.model.today();
        let Some(search) = &mut self.model.search else { return };
        match Query::parse(&search.input.text, today) {
            Ok(query) => {
                search.error = None;
                self.model.query_text.clone_from(&search.input.text);
                if self.model.view.query != query {
                    self.model.view.query = query;
                    self.show_from_the_start();
                }
            }
            Err(error) => search.error = Some(error),
        }
        self.complete();
    }

    /// Looks what the piece at the cursor may become.
    pub(super) fn complete(&mut self) {
        let ask = self.model.next_ask();
        let Some(search) = &mut self.model.search else { return };
        let piece = Unfinished::at(&search.input.text, search.input.cursor);
        if search.completion.piece == piece {
            return;
        }
        let found = piece.as_ref().map(Unfinished::known).unwrap_or_default();
        search.completion = Completion { ask, piece: piece.clone(), found };
        if let Some((named, typed)) = piece.and_then(|piece| Some((piece.named()?, piece.typed))) {
            self.read(Read::Complete { ask, named, typed });
        }
    }

    pub(super) fn completed(&mut self, ask: Ask, found: Vec<String>) {
        if let Some(search) = &mut self.model.search
            && search.completion.ask == ask
        {
            search.completion.found = found;
        }
    }

    /// Takes what is offered for the piece at the cursor; false when nothing is, or when it stands there already.
    pub(super) fn take_completion(&mut self) -> bool {
        self.take_offer(0)
    }

    /// The same with another one of what is offered.
    pub(super) fn take_offer(&mut self, offer: usize) -> bool {
        let Some(search) = &mut self.model.search else { return false };
        let Some((piece, value)) = search.completion.piece.clone().zip(search.completion.found.get(offer))
        else {
            return false;
        };
        let taken = piece.with(value);
        let (text, cursor) = (&search.input.text, search.input.cursor);
        let is_at_end = piece.range.end == cursor;
        if !is_at_end || text.get(piece.range.clone()) == Some(taken.trim_end()) {
            return false;
        }
        search.input.text.replace_range(piece.range.clone(), &taken);
        search.input.cursor = piece.range.start + taken.len();
        self.search_typed();
        true
    }

    /// Goes through the latest searches, the last one first.
    fn recall(&mut self) {
        let Some(search) = &mut self.model.search else { return };
        let next = search.recent.map_or(0, |at| at + 1);
        let Some(text) = self.model.recent.get(next).cloned() else { return };
        search.recent = Some(next);
        search.input = Input::new(text);
        self.search_typed();
    }

    /// Saves the search that stands there, or no longer; saved ones stand in the sidebar.
    fn save_search(&mut self) {
        let Some(search) = self.model.search.as_ref().filter(|search| search.error.is_none()) else { return };
        let text = search.input.text.trim().to_owned();
        if text.is_empty() {
            return;
        }
        let saved = self.model.saved.iter().all(|saved| saved.text != text);
        self.model.say(if saved { Notice::SearchSaved } else { Notice::SearchForgotten });
        self.write(Write::SaveSearch { text, saved });
    }

    pub(super) fn searches_found(&mut self, recent: Vec<String>, saved: Vec<String>) {
        self.model.recent = recent;
        let old = std::mem::take(&mut self.model.saved);
        let total = |text: &str| old.iter().find(|saved| saved.text == text).and_then(|saved| saved.total);
        self.model.saved = saved.into_iter().map(|text| SavedSearch { total: total(&text), text }).collect();
        self.model.side_selected = self.model.side_selected.min(self.model.side_lines().saturating_sub(1));
        self.count_saved();
    }

    /// Asks how many messages the saved searches find.
    pub(super) fn count_saved(&mut self) {
        if !self.model.saved.is_empty() {
            let texts = self.model.saved.iter().map(|saved| saved.text.clone()).collect();
            self.read(Read::CountSaved(texts));
        }
    }

    pub(super) fn saved_counted(&mut self, counted: &[(String, u64)]) {
        for saved in &mut self.model.saved {
            let found = counted.iter().find(|(text, _)| *text == saved.text);
            saved.total = found.map(|(_, total)| *total).or(saved.total);
        }
    }

    /// Shows what a saved search finds, in all folders.
    pub(super) fn show_saved(&mut self, index: usize) {
        let Some(text) = self.model.saved_at(index).map(|saved| saved.text.clone()) else { return };
        let today = self.model.today();
        self.go_to(Place::Everywhere);
        self.model.side_selected = index;
        if let Ok(query) = Query::parse(&text, today) {
            self.model.view.query = query;
            self.model.query_text = text;
            self.show_from_the_start();
        }
        self.keep_side_in_view();
    }

    fn toggle_scope(&mut self) {
        let Some(search) = &self.model.search else { return };
        let here = match search.origin.view.place {
            // Opened while everything was searched: here is the place of the sidebar.
            Place::Everywhere => self.model.places().get(self.model.side_selected).copied(),
            place => Some(place),
        };
        self.model.view.place = match self.model.view.place {
            Place::Everywhere => here.unwrap_or(Place::Everywhere),
            Place::Folder(_) | Place::Label(_) => Place::Everywhere,
        };
        self.show_from_the_start();
    }

    /// The next or previous match: a row of the results.
    pub(super) fn match_by(&mut self, by: isize) {
        if self.model.view.query.is_empty() {
            self.model.say(Notice::NoMatch);
            return;
        }
        let before = self.model.row().map(Row::cursor);
        let was_reading = self.model.pane == Pane::Reading;
        self.model.pane = Pane::List;
        self.move_by(by);
        if before == self.model.row().map(Row::cursor) && self.model.list.owed == 0 {
            self.model.say(Notice::NoMatch);
        }
        if was_reading {
            self.open();
        }
    }

    /// Turns the order round, or narrows to what is unread.
    pub(super) fn set_order(&mut self, order: Order) {
        if self.model.view.order != order {
            self.model.view.order = order;
            self.show_from_the_start();
        }
    }

    pub(super) fn set_unread_filter(&mut self, on: bool) {
        if self.model.is_filtered_unread() == on {
            return;
        }
        let words = self.model.query_text.split_whitespace().filter(|word| *word != UNREAD_FILTER);
        let mut words: Vec<&str> = words.collect();
        if on {
            words.insert(0, UNREAD_FILTER);
        }
        let text = words.join(" ");
        let today = self.model.today();
        let Ok(query) = Query::parse(&text, today) else { return };
        let origin = Origin {
            view: View { query: Query::default(), ..self.model.view.clone() },
            query_text: String::new(),
            anchor: self.anchor(),
        };
        self.model.view.query = query;
        self.model.query_text = text;
        if self.model.query_text.is_empty() {
            self.model.origin = None;
        } else if self.model.origin.is_none() {
            self.model.origin = Some(origin);
        }
        self.show_from_the_start();
    }

    /// A change of the store.
    pub(super) fn write(&mut self, write: Write) -> Task {
        let task = self.model.next_task();
        self.effects.push(Effect::Write(task, write));
        task
    }
}
