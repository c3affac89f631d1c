//! A message that is being written: to whom, the text, and how many parts it makes.

use ratatui::layout::Rect;

use super::dialogs::open;
use super::{Look, Pen};
use crate::domain::parts::count;
use crate::i18n::Key;
use crate::tui::model::{Compose, ComposeField, ComposeProblem};
use crate::tui::text::{cut, width};
use crate::tui::theme::Role;
use crate::words;

/// The most columns and lines of the text.
const TEXT: (usize, usize) = (72, 10);

/// Draws it, and gives the place of the cursor.
pub(super) fn draw(compose: &Compose, look: &Look, pen: &mut Pen<'_>, area: Rect) -> (u16, u16) {
    let texts = &look.texts;
    let title = match &compose.contact {
        Some((_, name)) => {
            texts.fill(Key::ReplyTitle, &[("name", &words::contact(texts, &words::one_line(name), ""))])
        }
        None => texts.get(Key::ComposeTitle).to_owned(),
    };
    let has_to = compose.contact.is_none();
    let inner = open(pen, area, &title, TEXT.0, TEXT.1 + 2 + usize::from(has_to));
    let mut top = inner.y;
    let mut cursor = (inner.x, inner.y);
    if has_to {
        cursor = to(compose, look, pen, Rect { height: 1, ..inner });
        top += 1;
    }
    let rows = inner.bottom().saturating_sub(top + 2);
    let at = text(compose, pen, Rect { y: top, height: rows.max(1), ..inner });
    if compose.field == ComposeField::Text || !has_to {
        cursor = at;
    }
    let last = inner.bottom().saturating_sub(1);
    pen.horizontal_line(inner.x, last.saturating_sub(1), inner.width);
    let (said, role) = match &compose.problem {
        Some(ComposeProblem::Nobody) => (texts.get(Key::NobodyChosen).to_owned(), Role::Failed),
        Some(ComposeProblem::NoText) => (texts.get(Key::UsageEmptyText).to_owned(), Role::Failed),
        Some(ComposeProblem::Said(sentence)) => (words::one_line(sentence), Role::Failed),
        None => {
            let parts = count(compose.editor.text());
            let left = texts.number(parts.left as u64);
            (texts.count_fill(Key::ComposeParts, parts.parts as u64, &[("left", &left)]), Role::Muted)
        }
    };
    let style = pen.role(role);
    pen.put(inner.x, last, inner.width, &said, style);
    cursor
}

/// The line that says to whom.
fn to(compose: &Compose, look: &Look, pen: &mut Pen<'_>, area: Rect) -> (u16, u16) {
    let texts = &look.texts;
    let (muted, plain) = (pen.role(Role::Muted), pen.role(Role::Text));
    let caption = format!("{}: ", texts.get(Key::ComposeTo));
    let taken = pen.put(area.x, area.y, area.width, &caption, muted);
    let (x, room) = (area.x + taken, area.width.saturating_sub(taken));
    let written = &compose.to.text;
    let (shown, style) =
        if written.is_empty() { (texts.get(Key::ComposeHint), muted) } else { (written.as_str(), plain) };
    pen.put(x, area.y, room, &cut(shown, room.into()), style);
    let before = width(written.get(..compose.to.cursor).unwrap_or_default());
    (x + u16::try_from(before).unwrap_or(0).min(room.saturating_sub(1)), area.y)
}

/// The lines of the text around the cursor.
fn text(compose: &Compose, pen: &mut Pen<'_>, area: Rect) -> (u16, u16) {
    let style = pen.role(Role::Text);
    let columns = usize::from(area.width.saturating_sub(1)).max(1);
    let rows = compose.editor.rows(columns);
    let (row, column) = compose.editor.cursor_row_col(columns);
    let height = usize::from(area.height);
    let top = (row + 1).saturating_sub(height);
    for (range, y) in rows.iter().skip(top).zip(area.top()..area.bottom()) {
        let line = compose.editor.text().get(range.clone()).unwrap_or_default();
        let line = line.replace('\t', " ");
        pen.put(area.x, y, area.width, line.trim_end_matches('\n'), style);
    }
    let x = area.x + u16::try_from(column).unwrap_or(0).min(area.width.saturating_sub(1));
    (x, area.y + u16::try_from(row - top).unwrap_or(0))
}
