//! The screen, drawn from the model. A view changes nothing, and what it draws depends on the model and the look alone.
//!
//! ```text
//!  recado                   │ Inbox                8 unread · 28 │ Lucía Fernández   +573005550101
//!  1 Inbox             8/28 │▌● Don Jorge (moto)  SMS        11m │ ─────────────── today ──────────────
//!  2 Flows              1/9 │▌  #urgent Nobody opens at Calle 93 │ ▌One more thing: could it say …
//!  …                        │  ● Lucía Fernández  WA         36m │ ▌#orders #urgent
//!  # orders              10 │    In pink, if you can             │ ▌14:05
//!  Total                103 │                                    │               In pink, of course!▐
//! ─────────────────────────────────────────────────────────────────────────────────────────────────────
//!  1 archived · z undoes                                                                         3 / 28
//!  Enter open  a archive  L label  m read  Space mark  / search  ? help  q quit
//! ```

mod begun;
mod calls;
mod charts;
mod columns;
mod compose;
mod conversation;
mod dialogs;
mod drafts;
mod footer;
mod list;
mod looking;
mod palette;
mod pen;
mod plain;
mod plan;
mod schedules;
mod sidebar;
mod totals;

use ratatui::Frame;
use ratatui::layout::Rect;

use super::keymap::Keymap;
use super::layout::Areas;
use super::model::{Model, Pane};
use super::theme::{Role, Theme};
use crate::domain::listing::Place;
use crate::i18n::{Dates, Key, Texts};
use crate::words;
pub(in crate::tui) use footer::status_rows;
use pen::Pen;

/// How things look and what they are called.
#[derive(Debug, Clone)]
pub struct Look {
    /// Colours.
    pub theme: Theme,
    /// Texts.
    pub texts: Texts,
    /// The key table, for hints and help.
    pub keymap: Keymap,
}

/// Draws the screen.
pub fn view(model: &Model, look: &Look, frame: &mut Frame<'_>) {
    let area = frame.area();
    let mut pen = Pen::new(frame.buffer_mut(), &look.theme, model.settings.is_plain());
    let Some(areas) = Areas::of(model).filter(|areas| area.contains((areas.footer.x, areas.footer.y).into()))
    else {
        too_small(look, &mut pen, area);
        return;
    };
    let mut cursor = None;
    // What is heard is one thing at a time: nothing stands beside what is asked or written.
    if !(pen.is_plain() && model.dialog.is_some()) {
        cursor = panes(&areas, model, look, &mut pen);
    }
    footer::hints(model, look, &mut pen, areas.footer);
    footer::status(model, look, &mut pen, areas.status);
    if let Some(dialog) = &model.dialog {
        cursor = dialogs::draw(dialog, model, look, &mut pen);
    }
    begun::draw(model, look, &mut pen, area);
    if let Some((x, y)) = cursor.or(pen.chosen()) {
        frame.set_cursor_position((x, y));
    }
}

/// Draws the panes and the lines between them, and gives the place of the cursor when letters are typed there.
fn panes(areas: &Areas, model: &Model, look: &Look, pen: &mut Pen<'_>) -> Option<(u16, u16)> {
    let mut cursor = None;
    if let Some(area) = areas.sidebar {
        sidebar::draw(model, look, pen, area);
    }
    if let Some(area) = areas.list {
        cursor = list::draw(model, look, pen, area);
    }
    if let Some(area) = areas.reading {
        conversation::draw(model, look, pen, area);
    }
    for area in [areas.list, areas.reading].into_iter().flatten().filter(|area| area.x > 0) {
        pen.vertical_line(area.x - 1, area.y, area.height);
    }
    if let Some(line) = areas.line_below_list() {
        pen.horizontal_line(line.x, line.y, line.width);
        pen.vertical_line(line.x.saturating_sub(1), line.y, line.height);
    }
    cursor
}

fn too_small(look: &Look, pen: &mut Pen<'_>, area: Rect) {
    let text = look.texts.get(Key::TooSmall);
    for (line, range) in super::text::wrap(text, area.width.into()).into_iter().enumerate() {
        let y = area.y + u16::try_from(line).unwrap_or(u16::MAX - area.y);
        pen.put(area.x, y, area.width, text.get(range).unwrap_or_default(), pen.role(Role::Muted));
    }
}

/// What the list shows: a folder, a label, or everything.
fn place_name(model: &Model, look: &Look) -> String {
    match model.view.place {
        Place::Folder(folder) => words::folder(&look.texts, folder).to_owned(),
        Place::Label(label) => format!("# {}", words::one_line(model.label_name(label))),
        Place::Everywhere => look.texts.get(Key::Everywhere).to_owned(),
    }
}

fn dates<'a>(model: &Model, look: &'a Look) -> Dates<'a> {
    Dates::new(&look.texts, model.zone)
}

/// The style of a pane's title.
fn title_role(model: &Model, pane: Pane) -> Role {
    if model.pane == pane { Role::ActiveTitle } else { Role::Title }
}
