//! What keys do while a pane has the keyboard: moving about, opening, going back.

use super::Core;
use crate::domain::deed::Deed;
use crate::domain::folder::Folder;
use crate::domain::listing::{Place, Row, View};
use crate::tui::action::Action;
use crate::tui::event::{Effect, ScheduleDeed, Write};
use crate::tui::layout::{Areas, visible_labels, visible_rows};
use crate::tui::model::{Dialog, Input, Marks, Pane};
use crate::tui::thread;

impl Core<'_> {
    pub(super) fn act_in_panes(&mut self, action: Action) {
        match action {
            Action::Up => self.step(-1),
            Action::Down => self.step(1),
            Action::PageUp => self.page(-1),
            Action::PageDown => self.page(1),
            Action::First => self.jump(true),
            Action::Last => self.jump(false),
            Action::NextPane => self.cycle(1),
            Action::PreviousPane => self.cycle(-1),
            Action::Left => self.left(),
            Action::Right | Action::Open => self.right(),
            Action::GoInbox
            | Action::GoFlows
            | Action::GoArchived
            | Action::GoOutbox
            | Action::GoSent
            | Action::GoCalls
            | Action::GoSchedules
            | Action::GoFailed => {
                if let Some(folder) = action.folder() {
                    self.model.pane = Pane::List;
                    self.go_to(Place::Folder(folder));
                }
            }
            Action::Back => self.back(),
            Action::Mark => self.mark(),
            Action::MarkRange => self.mark_range(),
            Action::MarkAll => self.mark_all(),
            Action::Archive => self.wish(Deed::Archive),
            Action::Restore => self.wish(Deed::Restore),
            Action::Delete => self.wish(Deed::Delete),
            Action::Resend if self.ask_about_schedule(ScheduleDeed::Run) => {}
            Action::Resend => self.wish(Deed::Resend),
            Action::ToggleRead => self.toggle_read(),
            Action::Label => self.open_labels(),
            Action::Cancel if self.ask_about_schedule(ScheduleDeed::Cancel) => {}
            Action::Cancel => self.wish(Deed::Cancel),
            Action::Pause => self.pause(),
            Action::Edit => self.edit(),
            Action::Drafts => self.open_drafts(),
            Action::Reply => self.reply(),
            Action::Compose => self.compose(),
            Action::Undo => {
                // What was written last and has not left yet is the last thing that was done.
                if !self.take_back_writing() {
                    self.take_back(Write::Undo);
                }
            }
            Action::Redo => self.take_back(Write::Redo),
            Action::Search => self.open_search(),
            Action::NextMatch => self.match_by(1),
            Action::PreviousMatch => self.match_by(-1),
            Action::Order => self.model.dialog = Some(Dialog::Order { selected: self.current_order() }),
            Action::Totals => self.open_totals(),
            Action::Help => {
                let surface = self.model.surface();
                self.model.dialog =
                    Some(Dialog::Help { surface, input: Input::default(), top: 0, below: None });
            }
            Action::Contact => self.open_contact(),
            Action::View => self.open_links(),
            Action::JumpToDate => self.open_date(),
            Action::Import => self.open_import(),
            Action::Export => self.open_export(),
            Action::Deeds => self.open_deeds(),
            Action::Palette => self.open_palette(),
            Action::GoTo => self.open_go_to(),
            Action::Copy => self.copy(),
            Action::ToggleMouse => self.toggle_mouse(),
            Action::ToggleBubbles => self.toggle_bubbles(),
            Action::Suspend => self.effects.push(Effect::Suspend),
            Action::Quit => self.quit(),
            Action::Yes
            | Action::No
            | Action::ToggleScope
            | Action::Recent
            | Action::Save
            | Action::PreviousPeriod
            | Action::NextPeriod
            | Action::ChoosePeriod
            | Action::Send
            | Action::SendLater
            | Action::NextField
            | Action::PreviousField
            | Action::EditOutside
            | Action::DropDraft => {}
        }
    }

    /// Shows a place from its beginning.
    pub(super) fn go_to(&mut self, place: Place) {
        self.model.view = View::of(place);
        self.model.query_text.clear();
        self.model.origin = None;
        self.model.search = None;
        let at = self.model.places().iter().position(|there| *there == place);
        self.model.side_selected = at.unwrap_or(self.model.side_selected);
        self.keep_side_in_view();
        self.show_from_the_start();
    }

    fn step(&mut self, by: isize) {
        match self.model.pane {
            Pane::Sidebar => self.side_by(by),
            Pane::List => self.move_by(by),
            Pane::Reading => self.choose_by(by),
        }
    }

    fn page(&mut self, pages: isize) {
        match self.model.pane {
            Pane::Sidebar => self.side_by(pages * isize::try_from(Folder::ALL.len()).unwrap_or(8)),
            Pane::List => {
                let rows = isize::try_from(visible_rows(self.model)).unwrap_or(1);
                self.move_by(pages * (rows - 1).max(1));
            }
            Pane::Reading => self.scroll_page(pages),
        }
    }

    fn jump(&mut self, first: bool) {
        match self.model.pane {
            Pane::Sidebar => self.side_by(if first { isize::MIN / 2 } else { isize::MAX / 2 }),
            Pane::List => self.jump_in_list(first),
            Pane::Reading => self.jump_in_conversation(first),
        }
    }

    fn side_by(&mut self, by: isize) {
        let last = self.model.side_lines().saturating_sub(1);
        let to = self.model.side_selected.saturating_add_signed(by).min(last);
        if to == self.model.side_selected {
            return;
        }
        self.show_side_line(to);
    }

    /// Shows what a line of the sidebar stands for: a folder, a label or a saved search.
    pub(super) fn show_side_line(&mut self, line: usize) {
        match self.model.places().get(line).copied() {
            Some(place) => self.go_to(place),
            None => self.show_saved(line),
        }
    }

    pub(super) fn keep_side_in_view(&mut self) {
        let visible = visible_labels(self.model);
        if let Some(label) = self.model.side_selected.checked_sub(Folder::ALL.len()) {
            self.model.side_top = self.model.side_top.clamp((label + 1).saturating_sub(visible), label);
        } else {
            self.model.side_top = 0;
        }
    }

    fn cycle(&mut self, by: isize) {
        let panes = [Pane::Sidebar, Pane::List, Pane::Reading];
        let at = panes.iter().position(|pane| *pane == self.model.pane).unwrap_or(1);
        let count = isize::try_from(panes.len()).unwrap_or(3);
        let to = (isize::try_from(at).unwrap_or(1) + by).rem_euclid(count);
        match panes.get(to.unsigned_abs()) {
            Some(Pane::Reading) if self.model.row().is_some() => self.open(),
            // There is nothing to read: the round goes on.
            Some(Pane::Reading) => self.enter(if by > 0 { Pane::Sidebar } else { Pane::List }),
            Some(pane) => self.enter(*pane),
            None => {}
        }
    }

    /// Gives a pane the keyboard.
    pub(super) fn enter(&mut self, pane: Pane) {
        let left_reading = self.model.pane == Pane::Reading && pane != Pane::Reading;
        self.model.pane = pane;
        if left_reading {
            // The conversation goes back to the row of the list.
            self.follow_selection();
        }
        self.settle();
    }

    fn left(&mut self) {
        match self.model.pane {
            Pane::Sidebar | Pane::List => self.enter(Pane::Sidebar),
            Pane::Reading => self.enter(Pane::List),
        }
    }

    fn right(&mut self) {
        match self.model.pane {
            Pane::Sidebar => self.enter(Pane::List),
            Pane::List => self.open(),
            Pane::Reading => {}
        }
    }

    /// One step back, and never more than one.
    fn back(&mut self) {
        if self.cancel_job() {
            // That was the step.
        } else if self.model.range_from.is_some() {
            self.model.range_from = None;
        } else if self.model.pane == Pane::Reading {
            self.enter(Pane::List);
        } else if !self.model.marks.is_empty() {
            self.model.marks = Marks::None;
        } else if let Some(origin) = self.model.origin.take() {
            self.return_to(origin);
        } else if self.model.pane == Pane::Sidebar {
            self.enter(Pane::List);
        }
    }

    /// Copies a message's text, a caller's address or a schedule's text.
    fn copy(&mut self) {
        match self.model.row() {
            Some(Row::Call(row)) if self.model.pane != Pane::Reading => {
                let address = row.call.urn.as_ref().map(|urn| urn.path().to_owned());
                self.copy_text(address.unwrap_or_default());
            }
            Some(Row::Schedule(row)) => self.copy_text(row.schedule.text.clone()),
            Some(Row::Message(_) | Row::Call(_)) | None => self.copy_messages(),
        }
    }

    /// After the screen or the rows changed: everything that is selected is on the screen, and what is missing is asked for.
    pub(super) fn settle(&mut self) {
        thread::fit(self.model);
        self.keep_side_in_view();
        self.keep_selected_in_view();
        self.extend_list();
        self.load_conversation();
    }

    /// Whether the conversation is on the screen.
    pub(super) fn shows_reading(&self) -> bool {
        Areas::of(self.model).is_some_and(|areas| areas.reading.is_some())
    }
}
