//! The command palette and the go-to picker: a line to type in, and what it finds.

use super::dialogs::{choose, open, prompt};
use super::{Look, Pen};
use crate::domain::contact::service_name;
use crate::domain::listing::Place;
use crate::i18n::Key;
use crate::tui::action::Action;
use crate::tui::layout::dialog::DialogAreas;
use crate::tui::model::{Command, GoTo, Model, Palette};
use crate::tui::text::cut;
use crate::tui::theme::Role;
use crate::tui::update::{GoToLine, go_to_lines};
use crate::words;

pub(super) fn palette(
    palette: &Palette,
    model: &Model,
    look: &Look,
    pen: &mut Pen<'_>,
    areas: &DialogAreas,
) -> (u16, u16) {
    let texts = &look.texts;
    let entries = model.wording.entries(&palette.input.text, &palette.possible);
    let inner = open(pen, areas, texts.get(Key::PaletteTitle));
    let cursor = prompt(": ", &palette.input, texts.get(Key::PalettePrompt), pen, inner);
    let lines = entries.iter().map(|entry| {
        let keys = match entry.command {
            Command::Act(action) => key_of(action, model, look),
            Command::Label(_)
            | Command::Search(_)
            | Command::Export(_)
            | Command::Speak(_)
            | Command::Paint(_) => String::new(),
        };
        (words::one_line(&entry.caption), Role::Text, keys, Role::Key)
    });
    choices(&lines.collect::<Vec<_>>(), palette.selected, look, pen, areas);
    cursor
}

/// The first key of an action where the palette was opened.
fn key_of(action: Action, model: &Model, look: &Look) -> String {
    // Under a dialog stands the pane that had the keyboard.
    let surface = model.pane_surface();
    words::key(&look.texts, &look.keymap.first_caption(surface, action).unwrap_or_default())
}

pub(super) fn go_to(
    go_to: &GoTo,
    model: &Model,
    look: &Look,
    pen: &mut Pen<'_>,
    areas: &DialogAreas,
) -> (u16, u16) {
    let texts = &look.texts;
    let inner = open(pen, areas, texts.get(Key::GoToTitle));
    let cursor = prompt("› ", &go_to.input, texts.get(Key::GoToPrompt), pen, inner);
    let lines = go_to_lines(model, go_to).into_iter().map(|line| match line {
        GoToLine::Place(Place::Folder(folder), name) => {
            (name, Role::Text, key_of(Action::go_to(folder), model, look), Role::Key)
        }
        GoToLine::Place(Place::Label(_) | Place::Everywhere, name) => {
            (format!("# {}", words::one_line(&name)), Role::Label, String::new(), Role::Muted)
        }
        GoToLine::Contact { name, urn, .. } => {
            let national = urn.national();
            let name = if name.is_empty() { national.clone() } else { name };
            let detail = format!("{} · {national}", service_name(urn.scheme()));
            (words::one_line(&name), Role::Text, words::one_line(&detail), Role::Muted)
        }
    });
    choices(&lines.collect::<Vec<_>>(), go_to.selected, look, pen, areas);
    cursor
}

/// The lines below what is typed, each with something at its right.
fn choices(
    lines: &[(String, Role, String, Role)],
    selected: usize,
    look: &Look,
    pen: &mut Pen<'_>,
    areas: &DialogAreas,
) {
    let (inner, body) = (areas.inner, areas.body);
    pen.horizontal_line(inner.x, inner.y + 1, inner.width);
    if lines.is_empty() {
        let muted = pen.role(Role::Muted);
        pen.put(body.x, body.y, body.width, look.texts.get(Key::NothingFound), muted);
    }
    for (n, at) in areas.shown() {
        let Some((text, role, detail, side)) = lines.get(n) else { break };
        if n == selected {
            choose(pen, at);
        }
        let (style, side) = (pen.role(*role), pen.role(*side));
        let right = at.right().saturating_sub(1);
        let most = usize::from(at.width / 2);
        let used = pen.put_right(right, at.y, at.width / 2, &cut(detail, most), side);
        let left = at.width.saturating_sub(used + 4);
        pen.put(at.x + 2, at.y, left, &cut(text, left.into()), style);
    }
}
