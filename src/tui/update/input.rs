//! A line of text being typed.

#![expect(clippy::wildcard_enum_match_arm, reason = "the terminal's keys are not ours to list")]

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use unicode_segmentation::UnicodeSegmentation;

use super::Core;
use crate::tui::keymap::Surface;
use crate::tui::model::{Dialog, Export, ExportState, Input};
use crate::words::is_harmless;

impl Input {
    /// A line with its cursor at the end.
    pub(in crate::tui) fn new(text: String) -> Self {
        Self { cursor: text.len(), text }
    }

    /// Puts a text in at the cursor. Line ends become blanks: what is pasted into a line stays a line.
    pub(super) fn insert(&mut self, text: &str) {
        let text: String = text
            .chars()
            .map(|c| if c.is_whitespace() { ' ' } else { c })
            .filter(|c| is_harmless(*c))
            .collect();
        self.text.insert_str(self.cursor, &text);
        self.cursor += text.len();
    }

    fn before(&self) -> &str {
        self.text.get(..self.cursor).unwrap_or_default()
    }

    fn previous(&self) -> usize {
        self.before().grapheme_indices(true).next_back().map_or(0, |(at, _)| at)
    }

    fn next(&self) -> usize {
        let after = self.text.get(self.cursor..).unwrap_or_default();
        self.cursor + after.graphemes(true).next().map_or(0, str::len)
    }

    /// Where the word before the cursor begins.
    fn word_start(&self) -> usize {
        let before = self.before().trim_end();
        before.char_indices().rev().find(|(_, c)| c.is_whitespace()).map_or(0, |(at, c)| at + c.len_utf8())
    }

    fn remove(&mut self, from: usize, to: usize) {
        self.text.replace_range(from..to, "");
        self.cursor = from;
    }

    /// What a key does to the line; false when it changes no letter.
    pub(super) fn key(&mut self, key: KeyEvent) -> bool {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        let (from, to) = match key.code {
            KeyCode::Char('w') if ctrl => (self.word_start(), self.cursor),
            KeyCode::Char('u') if ctrl => (0, self.cursor),
            KeyCode::Backspace => (self.previous(), self.cursor),
            KeyCode::Delete => (self.cursor, self.next()),
            KeyCode::Char(letter) if !ctrl => {
                self.insert(&letter.to_string());
                return true;
            }
            KeyCode::Left => {
                self.cursor = self.previous();
                return false;
            }
            KeyCode::Right => {
                self.cursor = self.next();
                return false;
            }
            KeyCode::Home => {
                self.cursor = 0;
                return false;
            }
            KeyCode::End => {
                self.cursor = self.text.len();
                return false;
            }
            _ => return false,
        };
        self.remove(from, to);
        from != to
    }
}

impl Core<'_> {
    /// A key that no action has, where letters are typed.
    pub(super) fn type_key(&mut self, key: KeyEvent) {
        if self.model.surface() == Surface::Compose {
            self.type_in_field(key);
            return;
        }
        // At the end of a search what is offered is taken by going on.
        if self.model.surface() == Surface::Search
            && matches!(key.code, KeyCode::Right | KeyCode::End)
            && self.take_completion()
        {
            return;
        }
        self.edit_line(|input| input.key(key));
        self.complete();
    }

    /// A text that was pasted, where letters are typed.
    pub(super) fn paste(&mut self, text: &str) {
        if self.model.surface() == Surface::Compose {
            self.paste_in_field(text);
            return;
        }
        self.edit_line(|input| {
            input.insert(text);
            true
        });
    }

    fn edit_line(&mut self, change: impl Fn(&mut Input) -> bool) {
        if let Some(Dialog::Labels { input, selected, problem, .. }) = &mut self.model.dialog {
            if change(input) {
                *selected = 0;
                *problem = None;
            }
        } else if let Some(Dialog::Palette(palette)) = &mut self.model.dialog {
            if change(&mut palette.input) {
                palette.selected = 0;
            }
        } else if let Some(Dialog::GoTo(go_to)) = &mut self.model.dialog {
            if change(&mut go_to.input) {
                self.ask_go_to();
            }
        } else if let Some(Dialog::Import(input)) = &mut self.model.dialog {
            change(input);
        } else if let Some(Dialog::Export(export)) = &mut self.model.dialog {
            type_name(export, change);
        } else if let Some(Dialog::Date { input, is_wrong }) = &mut self.model.dialog {
            if change(input) {
                *is_wrong = false;
            }
        } else if let Some(Dialog::Help { input, top, .. }) = &mut self.model.dialog {
            if change(input) {
                *top = 0;
            }
        } else if let Some(Dialog::Totals(totals)) = &mut self.model.dialog {
            if let Some(typed) = &mut totals.input
                && change(&mut typed.line)
            {
                typed.is_wrong = false;
            }
        } else if self.model.dialog.is_none()
            && let Some(search) = &mut self.model.search
            && change(&mut search.input)
        {
            self.search_typed();
        }
    }
}

/// Changes the name of a file. The name that was proposed is chosen as a whole: letters take its place, and what removes one
/// removes it.
fn type_name(export: &mut Export, change: impl Fn(&mut Input) -> bool) {
    if export.state == ExportState::Writing {
        return;
    }
    if change(&mut export.input) {
        if export.is_proposed {
            export.input = Input::default();
            change(&mut export.input);
        }
        export.state = ExportState::Naming;
    }
    export.is_proposed = false;
}
