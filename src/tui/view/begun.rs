//! What may follow a key that begins a sequence: a box above the two lines at the bottom.

use ratatui::layout::Rect;

use super::{Look, Pen};
use crate::i18n::Key;
use crate::tui::action::Action;
use crate::tui::keymap::caption;
use crate::tui::model::Model;
use crate::tui::text::width;
use crate::tui::theme::Role;
use crate::words;

/// The key that follows, and what it does.
fn lines(model: &Model, look: &Look) -> Vec<(String, String)> {
    let next = look.keymap.continuations(model.surface(), model.begun());
    let said = |action: Option<Action>| match action {
        Some(action) => match action.folder() {
            Some(folder) => words::folder(&look.texts, folder).to_owned(),
            None => action.caption(&look.texts).to_owned(),
        },
        None => format!("{} …", look.texts.get(Key::BriefMore)),
    };
    next.into_iter().map(|(key, action)| (key, said(action))).collect()
}

/// Draws the box, while a sequence is begun.
pub(super) fn draw(model: &Model, look: &Look, pen: &mut Pen<'_>, area: Rect) {
    if model.begun().is_empty() {
        return;
    }
    let lines = lines(model, look);
    let keys = lines.iter().map(|(key, _)| width(key)).max().unwrap_or(0);
    let text = lines.iter().map(|(_, text)| width(text)).max().unwrap_or(0);
    let columns = u16::try_from(keys + text + 6).unwrap_or(area.width).clamp(16, area.width.max(16));
    let wanted = u16::try_from(lines.len() + 2).unwrap_or(area.height);
    // The status and the hints stay in sight.
    let bottom = area.bottom().saturating_sub(2);
    let height = wanted.min(bottom.saturating_sub(area.y));
    let width = columns.min(area.width);
    let at = Rect { x: area.right().saturating_sub(width), y: bottom.saturating_sub(height), width, height };
    pen.clear(at);
    pen.frame(at, &caption(model.begun()));
    let (key_style, style) = (pen.role(Role::Key), pen.role(Role::Text));
    let keys = u16::try_from(keys).unwrap_or(0);
    for ((key, text), y) in lines.iter().zip(at.top() + 1..at.bottom().saturating_sub(1)) {
        pen.put(at.x + 2, y, keys, key, key_style);
        pen.put(at.x + 4 + keys, y, width.saturating_sub(keys + 6), text, style);
    }
}
