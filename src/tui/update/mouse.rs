//! The mouse: clicks select, a second click opens, the wheel scrolls what is under it, the borders can be dragged.

#![expect(clippy::wildcard_enum_match_arm, reason = "the terminal's events are not ours to list")]

use chrono::Duration;
use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use super::Core;
use crate::tui::layout::{Areas, body, list_index, side_index};
use crate::tui::model::{Border, Pane};
use crate::tui::thread::Thread;

/// Two clicks within this time are a double click.
pub(super) const DOUBLE_CLICK_MS: i64 = 400;

/// Rows or lines of one turn of the wheel.
pub(super) const WHEEL: isize = 3;

impl Core<'_> {
    pub(super) fn mouse(&mut self, mouse: MouseEvent) {
        let Some(areas) = Areas::of(self.model) else { return };
        if let MouseEventKind::Down(MouseButton::Left) = mouse.kind {
            if self.is_spent(Position { x: mouse.column, y: mouse.row }) {
                return;
            }
            // A key that is clicked is typed, behind those that wait.
            if self.click_hint(&areas, Position { x: mouse.column, y: mouse.row }) {
                return;
            }
            // Who points somewhere else no longer means what was typed before.
            self.model.held.clear();
            self.model.begun = None;
        }
        if self.model.dialog.is_some() {
            return self.mouse_in_dialog(mouse);
        }
        let (column, row) = (mouse.column, mouse.row);
        match mouse.kind {
            MouseEventKind::Down(MouseButton::Left) => {
                self.model.dragging = areas.border_at(column, row);
                if self.model.dragging.is_none() {
                    self.click(&areas, column, row);
                }
            }
            MouseEventKind::Drag(MouseButton::Left) if self.model.dragging.is_some() => {
                let place = self.reading_place();
                match self.model.dragging {
                    Some(Border::Sidebar) => self.model.side_width = Some(column),
                    Some(Border::Reading) => {
                        self.model.split = areas.split_at(column, row).unwrap_or(self.model.split);
                    }
                    None => {}
                }
                self.settle();
                self.return_to_place(place);
            }
            MouseEventKind::Up(MouseButton::Left) => self.model.dragging = None,
            MouseEventKind::ScrollDown => self.wheel(&areas, column, row, WHEEL),
            MouseEventKind::ScrollUp => self.wheel(&areas, column, row, -WHEEL),
            _ => {}
        }
    }

    fn click(&mut self, areas: &Areas, column: u16, row: u16) {
        let before = self.model.last_click.replace((self.model.now, column, row));
        let double = before.is_some_and(|(at, x, y)| {
            (x, y) == (column, row) && self.model.now - at <= Duration::milliseconds(DOUBLE_CLICK_MS)
        });
        if self.click_offer(areas, Position { x: column, y: row }) {
            return;
        }
        let Some((pane, area)) = areas.pane_at(column, row) else { return };
        match pane {
            Pane::Sidebar => {
                let line = row.checked_sub(body(area).y);
                let place = line.and_then(|line| side_index(self.model, line));
                if let Some(index) = place {
                    self.enter(Pane::List);
                    self.show_side_line(index);
                }
            }
            Pane::List => {
                self.enter(Pane::List);
                if let Some(index) = list_index(self.model, area, row) {
                    self.select(index);
                    if double {
                        self.open();
                    }
                }
            }
            Pane::Reading => {
                if self.model.pane != Pane::Reading {
                    self.open();
                }
                let line =
                    row.checked_sub(body(area).y).map(|line| self.model.reading.top + usize::from(line));
                let message = line.zip(Thread::of(self.model)).and_then(|(line, thread)| thread.row_at(line));
                if let Some(message) = message {
                    self.choose(message);
                }
            }
        }
    }

    fn wheel(&mut self, areas: &Areas, column: u16, row: u16, by: isize) {
        match areas.pane_at(column, row) {
            Some((Pane::Sidebar | Pane::List, _)) => self.move_by(by),
            Some((Pane::Reading, _)) => self.scroll_by(by),
            None => {}
        }
    }
}
