//! Lines of text being typed: the cursor, soft wrapping, and steps back.
//!
//! The cursor is always between two graphemes. Rows are what [`text::wrap`] makes of the text; a cursor among the blanks at
//! the end of a row stays on it. Up, down and the pages go by rows; Home, End and the keys that remove go by lines, as the
//! text has them. Only the paragraphs near the cursor are wrapped for a key.

#![expect(clippy::wildcard_enum_match_arm, reason = "the terminal's keys are not ours to list")]

use std::collections::VecDeque;
use std::ops::Range;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};

use super::text;
use crate::words::is_harmless;

/// How many steps can be taken back.
const MOST_STEPS: usize = 1000;

/// How far the page keys go until the height is known.
const PAGE: usize = 10;

/// A text being typed, with its cursor and what was done to it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Editor {
    text: String,
    cursor: usize,
    /// The column that the cursor wants while it goes up and down.
    goal: Option<usize>,
    width: Option<usize>,
    height: Option<usize>,
    steps: VecDeque<Step>,
}

/// A change that can be taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Step {
    at: usize,
    removed: String,
    inserted: usize,
    cursor: usize,
    /// Whether the next letter of the same word belongs to it.
    is_typing: bool,
}

/// Which way the cursor goes by rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Up,
    Down,
}

impl Editor {
    /// A text with the cursor at its end and nothing to take back.
    pub fn new(text: &str) -> Self {
        let text = clean(text);
        Self { cursor: text.len(), text, ..Self::default() }
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where the next letter goes, in bytes.
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// How many columns the rows have by which the cursor goes up and down. A cursor at the end of a full row stands one
    /// column further.
    pub fn set_width(&mut self, columns: usize) {
        self.width = Some(columns);
    }

    /// How many rows the page keys go.
    pub fn set_height(&mut self, rows: usize) {
        self.height = Some(rows);
    }

    /// Puts a text in at the cursor, as one step: what is pasted.
    pub fn insert(&mut self, text: &str) {
        self.replace(self.cursor..self.cursor, &clean(text), false);
    }

    /// Puts another text in place of all of it, as one step, with the cursor at its end.
    pub fn replace_all(&mut self, text: &str) {
        self.replace(0..self.text.len(), &clean(text), false);
    }

    /// What a key does; true when it changed the text.
    pub fn key(&mut self, key: KeyEvent) -> bool {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        let by_word = key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
        let here = self.cursor;
        match key.code {
            KeyCode::Char('w') if ctrl => self.remove(self.word_before(true)..here),
            KeyCode::Char('u') if ctrl => self.remove(self.line().start..here),
            KeyCode::Char('k') if ctrl && self.line().end == here => self.remove(here..self.next()),
            KeyCode::Char('k') if ctrl => self.remove(here..self.line().end),
            // A terminal that knows no better sends Ctrl-7 for both.
            KeyCode::Char('_' | '/' | '7') if ctrl => self.undo(),
            KeyCode::Char('a') if ctrl => self.go(self.line().start),
            KeyCode::Char('e') if ctrl => self.go(self.line().end),
            KeyCode::Char(_) if ctrl => false,
            KeyCode::Char(letter) => self.type_letter(letter),
            KeyCode::Enter => self.type_letter('\n'),
            KeyCode::Backspace if by_word => self.remove(self.word_before(true)..here),
            KeyCode::Delete if by_word => self.remove(here..self.word_after()),
            KeyCode::Backspace => self.remove(self.previous()..here),
            KeyCode::Delete => self.remove(here..self.next()),
            KeyCode::Left if by_word => self.go(self.word_before(false)),
            KeyCode::Right if by_word => self.go(self.word_after()),
            KeyCode::Left => self.go(self.previous()),
            KeyCode::Right => self.go(self.next()),
            KeyCode::Home if ctrl => self.go(0),
            KeyCode::End if ctrl => self.go(self.text.len()),
            KeyCode::Home => self.go(self.line().start),
            KeyCode::End => self.go(self.line().end),
            KeyCode::Up => self.go_rows(Way::Up, 1),
            KeyCode::Down => self.go_rows(Way::Down, 1),
            KeyCode::PageUp => self.go_rows(Way::Up, self.height.unwrap_or(PAGE).max(1)),
            KeyCode::PageDown => self.go_rows(Way::Down, self.height.unwrap_or(PAGE).max(1)),
            _ => false,
        }
    }

    /// The rows of the text when they are so many columns wide, as ranges of its bytes; at least one. Blanks at a break
    /// belong to no row. A tab takes a column.
    pub fn rows(&self, width: usize) -> Vec<Range<usize>> {
        text::wrap(&self.text, width)
    }

    /// The row of the cursor, and the column in it: at most the width.
    pub fn cursor_row_col(&self, width: usize) -> (usize, usize) {
        let rows = self.rows(width);
        let row = row_of(&rows, self.cursor);
        (row, rows.get(row).map_or(0, |range| self.column(range.start, self.cursor)).min(width))
    }

    /// Puts the cursor where the mouse was clicked: at that row and column, or as near as there is text.
    pub fn click(&mut self, width: usize, row: usize, column: usize) {
        let rows = self.rows(width);
        let row = row.min(rows.len().saturating_sub(1));
        let at = self.at_column(&rows, row, column);
        self.go(at);
    }

    /// Moves the cursor; the text stays.
    fn go(&mut self, to: usize) -> bool {
        self.cursor = to;
        self.goal = None;
        false
    }

    fn go_rows(&mut self, way: Way, count: usize) -> bool {
        let width = self.width.unwrap_or(usize::MAX);
        let mut line = self.line();
        let mut rows = self.rows_of(&line, width);
        let mut row = row_of(&rows, self.cursor);
        let start = rows.get(row).map_or(0, |range| range.start);
        let goal = self.goal.unwrap_or_else(|| self.column(start, self.cursor).min(width));
        for _ in 0..count {
            match way {
                Way::Up if row > 0 => row -= 1,
                Way::Down if row + 1 < rows.len() => row += 1,
                Way::Up if line.start == 0 => break,
                Way::Down if line.end == self.text.len() => break,
                Way::Up => {
                    line = self.line_at(line.start - 1);
                    rows = self.rows_of(&line, width);
                    row = rows.len().saturating_sub(1);
                }
                Way::Down => {
                    line = self.line_at(line.end + 1);
                    rows = self.rows_of(&line, width);
                    row = 0;
                }
            }
        }
        let at = self.at_column(&rows, row, goal);
        self.go(at);
        self.goal = Some(goal);
        false
    }

    /// The line that the cursor is in, without its end.
    fn line(&self) -> Range<usize> {
        self.line_at(self.cursor)
    }

    fn line_at(&self, at: usize) -> Range<usize> {
        let start = self.slice(0..at).rfind('\n').map_or(0, |end| end + 1);
        let end = self.slice(at..self.text.len()).find('\n').map_or(self.text.len(), |end| at + end);
        start..end
    }

    fn rows_of(&self, line: &Range<usize>, width: usize) -> Vec<Range<usize>> {
        let rows = text::wrap(self.slice(line.clone()), width).into_iter();
        rows.map(|row| line.start + row.start..line.start + row.end).collect()
    }

    fn column(&self, start: usize, at: usize) -> usize {
        text::width(self.slice(start..at))
    }

    /// The place in a row that is nearest before a column.
    fn at_column(&self, rows: &[Range<usize>], row: usize, column: usize) -> usize {
        let Some(range) = rows.get(row) else { return self.cursor };
        let next = rows.get(row + 1).map(|next| next.start);
        // The blanks at the end of a row are on it; where a word was cut, its end is the next row's beginning.
        let line_end = self.line_at(range.end).end;
        let (end, is_cut) = match next {
            Some(next) if next <= line_end => (range.end, next == range.end),
            Some(_) | None => (line_end, false),
        };
        let (mut at, mut used) = (range.start, 0);
        for grapheme in self.slice(range.start..end).graphemes(true) {
            used += text::width(grapheme);
            let after = at + grapheme.len();
            if used > column || is_cut && after == end {
                break;
            }
            at = after;
        }
        at
    }

    fn slice(&self, range: Range<usize>) -> &str {
        self.text.get(range).unwrap_or_default()
    }

    fn previous(&self) -> usize {
        self.slice(0..self.cursor).grapheme_indices(true).next_back().map_or(0, |(at, _)| at)
    }

    fn next(&self) -> usize {
        let after = self.slice(self.cursor..self.text.len());
        self.cursor + after.graphemes(true).next().map_or(0, str::len)
    }

    /// Where the word before the cursor begins; for removing, the end of the line before is a word of its own.
    fn word_before(&self, within_line: bool) -> usize {
        let line = self.line().start;
        let from = if !within_line {
            0
        } else if line == self.cursor {
            return self.previous();
        } else {
            line
        };
        let before = self.slice(from..self.cursor);
        let word = before.trim_end();
        let start = word.char_indices().rev().find(|(_, c)| c.is_whitespace());
        self.boundary(from + start.map_or(0, |(at, c)| at + c.len_utf8()))
    }

    /// Where the word after the cursor ends.
    fn word_after(&self) -> usize {
        let after = self.slice(self.cursor..self.text.len());
        let blanks = after.len() - after.trim_start().len();
        let end = after.trim_start().find(char::is_whitespace).map_or(after.len(), |end| blanks + end);
        self.boundary(self.cursor + end)
    }

    /// The next place that is between two graphemes.
    fn boundary(&self, at: usize) -> usize {
        let mut place = GraphemeCursor::new(at, self.text.len(), true);
        match place.is_boundary(&self.text, 0) {
            Ok(true) => at,
            Ok(false) | Err(_) => {
                place.next_boundary(&self.text, 0).ok().flatten().unwrap_or(self.text.len())
            }
        }
    }

    fn type_letter(&mut self, letter: char) -> bool {
        let mut buffer = [0; 4];
        let letter = clean(letter.encode_utf8(&mut buffer));
        self.replace(self.cursor..self.cursor, &letter, true)
    }

    fn remove(&mut self, range: Range<usize>) -> bool {
        self.replace(range, "", false)
    }

    fn replace(&mut self, range: Range<usize>, with: &str, is_typing: bool) -> bool {
        if range.is_empty() && with.is_empty() {
            return false;
        }
        let (at, cursor) = (range.start, self.cursor);
        if !(is_typing && self.goes_on(with)) {
            if self.steps.len() == MOST_STEPS {
                self.steps.pop_front();
            }
            let removed = self.slice(range.clone()).to_owned();
            self.steps.push_back(Step { at, removed, inserted: 0, cursor, is_typing });
        }
        if let Some(step) = self.steps.back_mut() {
            step.inserted += with.len();
        }
        self.text.replace_range(range, with);
        // What was put in, or what now follows, may have joined its neighbour.
        let to = self.boundary(at + with.len());
        self.go(to);
        true
    }

    /// Whether a letter belongs to the step before: it is of the same word, or the blank after it.
    fn goes_on(&self, letter: &str) -> bool {
        let Some(step) = self.steps.back() else { return false };
        let before = self.slice(0..self.cursor).chars().next_back();
        let is_new_word =
            before.is_some_and(char::is_whitespace) && letter.trim() == letter && letter != "\n";
        step.is_typing && step.at + step.inserted == self.cursor && !is_new_word && letter != "\n"
    }

    /// Takes the last step back.
    fn undo(&mut self) -> bool {
        let Some(step) = self.steps.pop_back() else { return false };
        self.text.replace_range(step.at..step.at + step.inserted, &step.removed);
        self.go(step.cursor);
        true
    }
}

/// The row on which a place is.
fn row_of(rows: &[Range<usize>], at: usize) -> usize {
    rows.partition_point(|row| row.start <= at).saturating_sub(1)
}

/// A text as it is kept: lines end in `\n`, and nothing in it does anything but show itself.
fn clean(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(c) = letters.next() {
        match c {
            '\r' => {
                letters.next_if_eq(&'\n');
                clean.push('\n');
            }
            '\n' | '\t' => clean.push(c),
            '\u{2028}' | '\u{2029}' => clean.push('\n'),
            c if is_harmless(c) => clean.push(c),
            _ => {}
        }
    }
    clean
}
