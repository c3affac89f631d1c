//! A message that is being written: to whom, the text, and how many parts it makes.

use ratatui::layout::Rect;

use super::dialogs::open;
use super::{Look, Pen};
use crate::domain::moment::parse_timing;
use crate::domain::parts::count;
use crate::i18n::Key;
use crate::tui::layout::COMPOSE;
use crate::tui::model::{Compose, ComposeField, ComposeProblem, Input, Model};
use crate::tui::text::{cut, width};
use crate::tui::theme::Role;
use crate::words;

/// Draws it, and gives the place of the cursor.
pub(super) fn draw(
    compose: &Compose,
    model: &Model,
    look: &Look,
    pen: &mut Pen<'_>,
    area: Rect,
) -> (u16, u16) {
    let texts = &look.texts;
    let title = match &compose.contact {
        Some((_, name)) => {
            texts.fill(Key::ReplyTitle, &[("name", &words::contact(texts, &words::one_line(name), ""))])
        }
        None => texts.get(Key::ComposeTitle).to_owned(),
    };
    let has_to = compose.contact.is_none();
    let inner = open(
        pen,
        area,
        &title,
        COMPOSE.0.into(),
        usize::from(COMPOSE.1) + 2 + usize::from(has_to) + usize::from(compose.when.is_some()),
    );
    let mut top = inner.y;
    let mut cursor = (inner.x, inner.y);
    if has_to {
        let hint = texts.get(Key::ComposeHint);
        cursor = field(texts.get(Key::ComposeTo), &compose.to, hint, pen, Rect { height: 1, ..inner });
        top += 1;
    }
    if let Some(when) = &compose.when {
        let at = Rect { y: top, height: 1, ..inner };
        let place = field(texts.get(Key::ComposeWhen), when, texts.get(Key::ComposeWhenHint), pen, at);
        if compose.field == ComposeField::When {
            cursor = place;
        }
        top += 1;
    }
    let rows = inner.bottom().saturating_sub(top + 2);
    let at = text(compose, pen, Rect { y: top, height: rows.max(1), ..inner });
    if compose.field == ComposeField::Text {
        cursor = at;
    }
    let last = inner.bottom().saturating_sub(1);
    pen.horizontal_line(inner.x, last.saturating_sub(1), inner.width);
    let (said, role) = match &compose.problem {
        Some(ComposeProblem::Nobody) => (texts.get(Key::NobodyChosen).to_owned(), Role::Failed),
        Some(ComposeProblem::NoText) => (texts.get(Key::UsageEmptyText).to_owned(), Role::Failed),
        Some(ComposeProblem::Said(sentence)) => (words::one_line(sentence), Role::Failed),
        Some(ComposeProblem::NoMoment) => (texts.get(Key::ComposeNoMoment).to_owned(), Role::Failed),
        None if compose.when.as_ref().is_some_and(|when| !when.text.trim().is_empty()) => {
            fires(compose, model, look)
        }
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

/// How many fires are shown.
const UPCOMING: usize = 5;

/// The first fires of what is to leave later.
fn fires(compose: &Compose, model: &Model, look: &Look) -> (String, Role) {
    let when = compose.when.as_ref().map_or("", |when| when.text.as_str());
    let Some((timing, first)) = parse_timing(when, model.now, model.zone) else {
        return (look.texts.get(Key::ComposeNoMoment).to_owned(), Role::Muted);
    };
    let dates = super::dates(model, look);
    let fires: Vec<String> = timing
        .upcoming(Some(first), model.zone, UPCOMING)
        .into_iter()
        .map(|fire| dates.moment(fire, model.now))
        .collect();
    (format!("{}: {}", look.texts.get(Key::FieldNextFire), fires.join(" · ")), Role::Waiting)
}

/// A line with its caption, and what could be written there while it is empty.
fn field(caption: &str, input: &Input, hint: &str, pen: &mut Pen<'_>, area: Rect) -> (u16, u16) {
    let (muted, plain) = (pen.role(Role::Muted), pen.role(Role::Text));
    let taken = pen.put(area.x, area.y, area.width, &format!("{caption}: "), muted);
    let (x, room) = (area.x + taken, area.width.saturating_sub(taken));
    let (shown, style) = if input.text.is_empty() { (hint, muted) } else { (input.text.as_str(), plain) };
    pen.put(x, area.y, room, &cut(shown, room.into()), style);
    let before = width(input.text.get(..input.cursor).unwrap_or_default());
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
