//! The folders and labels with their figures, and the total of all.

use ratatui::layout::Rect;

use super::{Look, Pen, title_role};
use crate::domain::folder::Folder;
use crate::domain::listing::FolderCount;
use crate::i18n::Key;
use crate::tui::action::Action;
use crate::tui::keymap::Surface;
use crate::tui::layout::{body, side_line, visible_labels};
use crate::tui::model::{Model, Pane};
use crate::tui::text::width;
use crate::tui::theme::Role;
use crate::words;

pub(super) fn draw(model: &Model, look: &Look, pen: &mut Pen<'_>, area: Rect) {
    let title = pen.role(title_role(model, Pane::Sidebar));
    let used = pen.put(area.x + 1, area.y, area.width.saturating_sub(1), "recado", title);
    if model.is_sample {
        let muted = pen.role(Role::Muted);
        pen.put(
            area.x + 2 + used,
            area.y,
            area.width.saturating_sub(used + 2),
            look.texts.get(Key::Sample),
            muted,
        );
    }
    let body = body(area);
    let counts = model.counts.ready();
    for (index, folder) in Folder::ALL.into_iter().enumerate() {
        let count = counts.map(|counts| counts.of(folder)).unwrap_or_default();
        let mark = format!("{} ", index + 1);
        line(model, look, pen, body, index, (&mark, words::folder(&look.texts, folder)), count);
    }
    let Some(counts) = counts else { return };
    for (n, label) in counts.labels.iter().enumerate() {
        let count = FolderCount { total: label.total, unread: 0 };
        let name = words::one_line(&label.name);
        line(model, look, pen, body, Folder::ALL.len() + n, ("# ", &name), count);
    }
    for (n, saved) in model.saved.iter().enumerate() {
        let count = FolderCount { total: saved.total.unwrap_or(0), unread: 0 };
        let name = words::one_line(&saved.text);
        line(model, look, pen, body, Folder::ALL.len() + counts.labels.len() + n, ("/ ", &name), count);
    }
    let below = counts.labels.len() + model.saved.len();
    if below > visible_labels(model) && visible_labels(model) > 0 {
        let shown = model.side_top + visible_labels(model);
        if shown < below {
            let y = body.y + u16::try_from(Folder::ALL.len() + 1 + visible_labels(model)).unwrap_or(0);
            let more = look.texts.count(Key::MoreLabels, (below - shown) as u64);
            let muted = pen.role(Role::Muted);
            pen.put(body.x + 3, y, body.width.saturating_sub(3), &more, muted);
        }
    }
    let bottom = body.bottom().saturating_sub(1);
    if counts.drafts > 0 && body.height > u16::try_from(Folder::ALL.len() + 1).unwrap_or(9) {
        drafts(counts.drafts, look, pen, Rect { y: bottom - 1, height: 1, ..body });
    }
    if body.height > u16::try_from(Folder::ALL.len()).unwrap_or(8) {
        let muted = pen.role(Role::Muted);
        let total = look.texts.number(counts.total());
        let taken = pen.put_right(body.right().saturating_sub(1), bottom, body.width, &total, muted);
        pen.put(body.x + 1, bottom, body.width.saturating_sub(taken + 3), look.texts.get(Key::Total), muted);
    }
}

/// How much was begun and not sent, and the key that shows it.
fn drafts(count: u64, look: &Look, pen: &mut Pen<'_>, area: Rect) {
    let (key, waiting, muted) = (pen.role(Role::Key), pen.role(Role::Waiting), pen.role(Role::Muted));
    let caption = look.keymap.first_caption(Surface::List, Action::Drafts).unwrap_or_default();
    let taken =
        pen.put_right(area.right().saturating_sub(1), area.y, area.width, &look.texts.number(count), muted);
    let room = area.width.saturating_sub(taken + 3);
    let name = look.texts.get(Key::DraftsTitle);
    pen.put_all(area.x + 1, area.y, room, &[(&caption, key), (" ", muted), (name, waiting)]);
}

fn line(
    model: &Model,
    look: &Look,
    pen: &mut Pen<'_>,
    body: Rect,
    index: usize,
    (mark, name): (&str, &str),
    count: FolderCount,
) {
    let Some(at) = side_line(model, index).filter(|line| *line < body.height) else { return };
    let y = body.y + at;
    if model.side_selected == index {
        let role = if model.pane == Pane::Sidebar { Role::Selected } else { Role::SelectedElsewhere };
        pen.paint(Rect { y, height: 1, ..body }, pen.role(role));
        pen.choose(body.x, y);
    }
    let texts = &look.texts;
    let (muted, unread) = (pen.role(Role::Muted), pen.role(Role::Unread));
    let right = body.right().saturating_sub(1);
    let mut taken = pen.put_right(right, y, body.width, &texts.number(count.total), muted);
    if count.unread > 0 {
        taken += pen.put_right(right - taken, y, body.width - taken, "/", muted);
        taken += pen.put_right(right - taken, y, body.width - taken, &texts.number(count.unread), unread);
    }
    let style = if count.unread > 0 { unread } else { pen.role(Role::Text) };
    let used = pen.put(body.x + 1, y, 2, mark, muted);
    let room = body.width.saturating_sub(used + taken + 3);
    // A name that finds no room ends in an ellipsis; a figure never does.
    debug_assert!(width(name) > 0 || index >= Folder::ALL.len());
    pen.put(body.x + 1 + used, y, room, name, style);
}
