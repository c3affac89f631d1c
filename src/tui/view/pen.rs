//! Writing into cells: by display width, in grapheme clusters.
//!
//! Right-to-left text is written as it comes, letter after letter: marks that isolate it have no width, and terminals that
//! do not know them lose what follows.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::tui::text::{cut, width};
use crate::tui::theme::{Role, Theme};

/// Writes into a buffer.
pub(super) struct Pen<'a> {
    buffer: &'a mut Buffer,
    theme: &'a Theme,
    /// Whether the screen is for those who hear it: no lines, no bars, no signs.
    is_plain: bool,
    /// Where what is chosen begins.
    chosen: Option<(u16, u16)>,
}

/// Whether a letter draws something: boxes, bars and blocks.
fn is_drawing(letter: char) -> bool {
    ('\u{2500}'..='\u{259F}').contains(&letter)
}

/// A text without what is only to be seen.
fn plain(text: &str) -> Cow<'_, str> {
    let is_sign = |letter: char| matches!(letter, '●' | '✓' | '✗' | '↻' | '‖' | '↙' | '↗');
    if !text.contains(|letter| is_drawing(letter) || is_sign(letter) || letter == '•') {
        return Cow::Borrowed(text);
    }
    let replaced = text.chars().filter(|letter| !is_sign(*letter));
    Cow::Owned(
        replaced
            .map(|letter| if is_drawing(letter) { ' ' } else { letter })
            .map(|letter| if letter == '•' { '*' } else { letter })
            .collect(),
    )
}

impl<'a> Pen<'a> {
    pub(super) fn new(buffer: &'a mut Buffer, theme: &'a Theme, is_plain: bool) -> Self {
        Self { buffer, theme, is_plain, chosen: None }
    }

    /// Whether the screen is for those who hear it.
    pub(super) fn is_plain(&self) -> bool {
        self.is_plain
    }

    /// Where what is chosen begins, on a screen for those who hear it.
    pub(super) fn chosen(&self) -> Option<(u16, u16)> {
        self.chosen.filter(|_| self.is_plain)
    }

    /// Puts the sign of what is chosen at the beginning of its line.
    pub(super) fn choose(&mut self, x: u16, y: u16) {
        let style = self.role(Role::ActiveTitle);
        let sign = if self.is_plain { ">" } else { "▌" };
        self.chosen = Some((x, y));
        self.put(x, y, 1, sign, style);
    }

    /// The style of a role.
    pub(super) fn role(&self, role: Role) -> Style {
        self.theme.style(role)
    }

    /// Writes a text from a place on, cut to a width, and gives the columns that it took. The text must be clean.
    pub(super) fn put(&mut self, x: u16, y: u16, columns: u16, text: &str, style: Style) -> u16 {
        let room = self.buffer.area.right().saturating_sub(x).min(columns);
        if y >= self.buffer.area.bottom() || room == 0 {
            return 0;
        }
        let text = if self.is_plain { plain(text) } else { Cow::Borrowed(text) };
        let text = cut(&text, room.into());
        let mut at = x;
        for grapheme in text.graphemes(true) {
            let wide = u16::try_from(grapheme.width()).unwrap_or(0);
            if wide == 0 {
                continue;
            }
            if wide > x + room - at {
                break;
            }
            if let Some(cell) = self.buffer.cell_mut((at, y)) {
                cell.set_symbol(grapheme).set_style(style);
            }
            // The rest of a wide letter belongs to it. It is not a blank: when a blank comes there, it has to be drawn, for
            // not every terminal empties the second half of a letter whose first half is overwritten.
            for rest in at + 1..at + wide {
                if let Some(cell) = self.buffer.cell_mut((rest, y)) {
                    cell.set_symbol("").set_style(style);
                }
            }
            at += wide;
        }
        at - x
    }

    /// Writes a text so that it ends at a column, cut to a width, and gives the columns that it took.
    pub(super) fn put_right(&mut self, right: u16, y: u16, columns: u16, text: &str, style: Style) -> u16 {
        let text = cut(text, columns.into());
        let wide = u16::try_from(width(&text)).unwrap_or(columns);
        self.put(right.saturating_sub(wide), y, wide, &text, style)
    }

    /// Writes pieces one after the other, as far as there is room, and gives the columns that they took.
    pub(super) fn put_all(&mut self, x: u16, y: u16, columns: u16, pieces: &[(&str, Style)]) -> u16 {
        let mut used = 0;
        let mut after: usize = pieces.iter().map(|(text, _)| width(text)).sum();
        for (text, style) in pieces {
            let room = columns.saturating_sub(used);
            after -= width(text);
            if after > 0 && width(text) == usize::from(room) {
                // It fills the room, and more would follow: that is said by its end.
                let begun = format!("{text}…");
                return used + self.put(x + used, y, room, &begun, *style);
            }
            used += self.put(x + used, y, room, text, *style);
            // Behind what was cut nothing follows, even where a blank before the cut left a column free.
            if width(text) > room.into() {
                break;
            }
        }
        used
    }

    /// Gives the cells of an area a style, beside what is written in them.
    pub(super) fn paint(&mut self, area: Rect, style: Style) {
        self.buffer.set_style(area.intersection(self.buffer.area), style);
    }

    /// Gives back what colours would spoil: where the selection turns letters and background round, a coloured word would
    /// become a coloured block.
    pub(super) fn unpaint(&mut self, area: Rect, style: Style) {
        if style.add_modifier.contains(Modifier::REVERSED) {
            let plain = Style::new().fg(Color::Reset).bg(Color::Reset);
            self.buffer.set_style(area.intersection(self.buffer.area), plain);
        }
    }

    /// Empties an area.
    pub(super) fn clear(&mut self, area: Rect) {
        for y in area.top()..area.bottom() {
            for x in area.left()..area.right() {
                if let Some(cell) = self.buffer.cell_mut((x, y)) {
                    cell.reset();
                }
            }
        }
    }

    /// The line between two panes.
    pub(super) fn vertical_line(&mut self, x: u16, y: u16, height: u16) {
        let style = self.role(Role::Border);
        for y in y..y + height {
            self.put(x, y, 1, "│", style);
        }
    }

    /// A line across an area.
    pub(super) fn horizontal_line(&mut self, x: u16, y: u16, columns: u16) {
        let style = self.role(Role::Border);
        self.put(x, y, columns, &"─".repeat(columns.into()), style);
    }

    /// A frame around an area, with a title in its upper edge.
    pub(super) fn frame(&mut self, area: Rect, title: &str) {
        let style = self.role(Role::Border);
        let (right, bottom) = (area.right().saturating_sub(1), area.bottom().saturating_sub(1));
        self.horizontal_line(area.x, area.y, area.width);
        self.horizontal_line(area.x, bottom, area.width);
        self.vertical_line(area.x, area.y, area.height);
        self.vertical_line(right, area.y, area.height);
        for (x, y, corner) in
            [(area.x, area.y, "╭"), (right, area.y, "╮"), (area.x, bottom, "╰"), (right, bottom, "╯")]
        {
            self.put(x, y, 1, corner, style);
        }
        let title = format!(" {title} ");
        let active = self.role(Role::ActiveTitle);
        self.put(area.x + 2, area.y, area.width.saturating_sub(4), &title, active);
    }
}
