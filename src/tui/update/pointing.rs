//! The mouse where something stands above the panes: a click chooses a line, a click on the chosen one does what Enter does,
//! the wheel goes on, and a click beside it goes back where that loses nothing that was written.

#![expect(clippy::wildcard_enum_match_arm, reason = "the terminal's events are not ours to list")]

use chrono::Duration;
use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use super::Core;
use super::mouse::{DOUBLE_CLICK_MS, WHEEL};
use crate::tui::action::Action;
use crate::tui::event::Typed;
use crate::tui::layout::Areas;
use crate::tui::layout::compose::ComposeAreas;
use crate::tui::layout::dialog::{DialogAreas, answers, first_shown, offers};
use crate::tui::layout::hints::hints;
use crate::tui::model::{Dialog, Model};
use crate::tui::view::status_rows;

impl Core<'_> {
    pub(super) fn mouse_in_dialog(&mut self, mouse: MouseEvent) {
        let Some(areas) = DialogAreas::of(self.model, self.keymap) else {
            self.mouse_in_totals(mouse);
            return self.mouse_in_compose(mouse);
        };
        let at = Position { x: mouse.column, y: mouse.row };
        match mouse.kind {
            MouseEventKind::Down(MouseButton::Left) => self.click_in_dialog(&areas, at),
            MouseEventKind::ScrollDown => self.wheel_in_dialog(Action::Down),
            MouseEventKind::ScrollUp => self.wheel_in_dialog(Action::Up),
            _ => {}
        }
    }

    /// Does what a click means. Of one that does what a key does, the second half of a double click means nothing more.
    fn click_in_dialog(&mut self, areas: &DialogAreas, at: Position) {
        let answer = answers(self.model, self.keymap).into_iter().find(|answer| answer.area.contains(at));
        let action = if let Some(answer) = answer {
            answer.action
        } else if !areas.frame.contains(at) {
            // What was written is not lost by a hand that slips.
            if is_written(self.model) {
                return;
            }
            if matches!(self.model.dialog, Some(Dialog::Confirm(_))) { Action::No } else { Action::Back }
        } else if let Some(line) = areas.line_at(at) {
            let Some(chosen) = chosen_line(self.model) else { return };
            if *chosen != line {
                *chosen = line;
                return;
            }
            Action::Open
        } else {
            return;
        };
        self.spend_click(at);
        self.act(self.model.surface(), action);
    }

    /// Where there are lines to choose it chooses the next one, else it scrolls.
    fn wheel_in_dialog(&mut self, action: Action) {
        let times = if chosen_line(self.model).is_some() { 1 } else { WHEEL.unsigned_abs() };
        // A question, and a line that is typed, have nothing to go on to.
        if matches!(
            self.model.dialog,
            Some(Dialog::Confirm(_) | Dialog::Date { .. } | Dialog::Import(_) | Dialog::Export(_))
        ) {
            return;
        }
        for _ in 0..times {
            self.act(self.model.surface(), action);
        }
    }

    /// A key at the bottom, when one was clicked: it is as if it were typed.
    pub(super) fn click_hint(&mut self, areas: &Areas, at: Position) -> bool {
        // What was said last may stand where the keys are else.
        if !self.model.begun().is_empty() || status_rows(self.model, self.keymap) > 1 {
            return false;
        }
        let hint =
            hints(self.model, self.keymap, areas.footer).into_iter().find(|hint| hint.area.contains(at));
        let Some(hint) = hint else { return false };
        let keys = self.keymap.first_keys(self.model.surface(), hint.action).cloned().unwrap_or_default();
        // What stands there afterwards is not meant by the second half of a double click.
        self.spend_click(at);
        for press in keys {
            self.typed(Typed::Key(press.event()));
        }
        true
    }

    /// A name that a search offers, when one was clicked in the status line.
    pub(super) fn click_offer(&mut self, areas: &Areas, at: Position) -> bool {
        let Some((_, places)) = offers(self.model).filter(|_| at.y == areas.status.y) else { return false };
        let column = usize::from(at.x).checked_sub(usize::from(areas.status.x) + 1);
        let found = column.and_then(|column| places.iter().position(|place| place.contains(&column)));
        found.is_some_and(|offer| self.take_offer(offer))
    }

    /// Another click at this place within the time of a double click means nothing more.
    fn spend_click(&mut self, at: Position) {
        self.model.spent_click = Some((self.model.now, at.x, at.y));
    }

    /// Whether a click is the second one of a double click whose first one did it all.
    pub(super) fn is_spent(&self, at: Position) -> bool {
        self.model.spent_click.is_some_and(|(then, x, y)| {
            (x, y) == (at.x, at.y) && self.model.now - then <= Duration::milliseconds(DOUBLE_CLICK_MS)
        })
    }

    /// Keeps the chosen line of what is open on the screen, and the others where they are.
    pub(super) fn keep_line_in_view(&mut self) {
        self.model.dialog_top = match &self.model.dialog {
            None => 0,
            Some(Dialog::Compose(compose)) => {
                let room = ComposeAreas::of(self.model, compose).body.height;
                first_shown(self.model.dialog_top, compose.picker.selected, room.into())
            }
            Some(_) => DialogAreas::of(self.model, self.keymap).map_or(0, |areas| areas.first),
        };
    }
}

/// Where the chosen line of a dialog is kept, when it has one.
fn chosen_line(model: &mut Model) -> Option<&mut usize> {
    match model.dialog.as_mut()? {
        Dialog::Palette(palette) => Some(&mut palette.selected),
        Dialog::GoTo(go_to) => Some(&mut go_to.selected),
        Dialog::Links { selected, .. }
        | Dialog::Labels { selected, .. }
        | Dialog::Drafts { selected, .. }
        | Dialog::Order { selected } => Some(selected),
        Dialog::Confirm(_)
        | Dialog::Contact(_)
        | Dialog::Date { .. }
        | Dialog::Import(_)
        | Dialog::Export(_)
        | Dialog::Deeds { .. }
        | Dialog::Help { .. }
        | Dialog::Totals(_)
        | Dialog::Compose(_) => None,
    }
}

/// Whether something was typed that would be typed again: not what narrows a list.
fn is_written(model: &Model) -> bool {
    match &model.dialog {
        Some(Dialog::Date { input, .. } | Dialog::Import(input) | Dialog::Labels { input, .. }) => {
            !input.text.trim().is_empty()
        }
        Some(Dialog::Export(export)) => !export.is_proposed && !export.input.text.trim().is_empty(),
        Some(Dialog::Compose(_) | Dialog::Totals(_)) => true,
        Some(
            Dialog::Confirm(_)
            | Dialog::Palette(_)
            | Dialog::GoTo(_)
            | Dialog::Contact(_)
            | Dialog::Links { .. }
            | Dialog::Deeds { .. }
            | Dialog::Help { .. }
            | Dialog::Drafts { .. }
            | Dialog::Order { .. },
        )
        | None => false,
    }
}
