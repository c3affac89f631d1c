//! The search box: results as one types, here or everywhere, and the way back.

#![expect(clippy::wildcard_enum_match_arm, reason = "a surface passes over what it has no key for")]

use super::Core;
use crate::domain::listing::{Order, Place, Row, View};
use crate::domain::query::Query;
use crate::tui::action::Action;
use crate::tui::event::{Effect, Task, Write};
use crate::tui::model::{Input, Notice, Origin, Pane, SearchBox, UNREAD_FILTER};

impl Core<'_> {
    pub(super) fn open_search(&mut self) {
        let origin = Origin {
            view: self.model.view.clone(),
            query_text: self.model.query_text.clone(),
            anchor: self.anchor(),
        };
        let input = Input::new(self.model.query_text.clone());
        self.enter(Pane::List);
        self.model.search = Some(SearchBox { input, error: None, origin });
    }

    pub(super) fn act_in_search(&mut self, action: Action) {
        match action {
            Action::Open => self.accept_search(),
            Action::Back => {
                if let Some(search) = self.model.search.take() {
                    self.return_to(search.origin);
                }
            }
            Action::ToggleScope => self.toggle_scope(),
            Action::Up => self.move_by(-1),
            Action::Down => self.move_by(1),
            Action::PageUp | Action::PageDown => self.act_in_panes(action),
            _ => {}
        }
    }

    /// The box closes and the results stay.
    fn accept_search(&mut self) {
        // What is wrong finds nothing: the box stays, and says so.
        let Some(search) = self.model.search.take_if(|search| search.error.is_none()) else { return };
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
        let today = self.model.now.with_timezone(&self.model.zone).date_naive();
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
        let today = self.model.now.with_timezone(&self.model.zone).date_naive();
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
