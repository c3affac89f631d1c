//! What stands above the panes: a question, help, labels, order.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{Look, Pen};
use crate::domain::LabelId;
use crate::i18n::Key;
use crate::tui::keymap::Surface;
use crate::tui::layout::dialog::{DialogAreas, answers, question_lines};
use crate::tui::model::{Dialog, Input, Load, Model, OrderChoice};
use crate::tui::text::{width, wrap};
use crate::tui::theme::Role;
use crate::tui::update::{LabelLine, help_lines, label_lines};
use crate::words;

/// Draws a dialog, and gives the place of the cursor when letters are typed there.
pub(super) fn draw(dialog: &Dialog, model: &Model, look: &Look, pen: &mut Pen<'_>) -> Option<(u16, u16)> {
    // Those two have plans of their own.
    if let Dialog::Totals(totals) = dialog {
        return super::totals::draw(totals, model, look, pen);
    }
    if let Dialog::Compose(compose) = dialog {
        return super::compose::draw(compose, model, look, pen);
    }
    let areas = &DialogAreas::of(model, &look.keymap)?;
    match dialog {
        Dialog::Confirm(_) => confirm(model, look, pen, areas),
        Dialog::Help { surface, input, .. } => {
            return Some(help((*surface, input), model, look, pen, areas));
        }
        Dialog::Contact(card) => super::looking::contact(card, model, look, pen, areas),
        Dialog::Links { links, selected } => super::looking::links(links, *selected, look, pen, areas),
        Dialog::Date { input, is_wrong } => {
            return Some(super::looking::date(input, *is_wrong, look, pen, areas));
        }
        Dialog::Import(input) => return Some(super::looking::import(input, look, pen, areas)),
        Dialog::Export(export) => return Some(super::looking::export(export, look, pen, areas)),
        Dialog::Deeds { lines, .. } => super::looking::deeds(lines, model, look, pen, areas),
        Dialog::Palette(palette) => return Some(super::palette::palette(palette, model, look, pen, areas)),
        Dialog::GoTo(go_to) => return Some(super::palette::go_to(go_to, model, look, pen, areas)),
        Dialog::Labels { input, selected, problem, carried, .. } => {
            return Some(labels((input, *selected, *problem), carried, model, look, pen, areas));
        }
        Dialog::Drafts { lines, selected } => super::drafts::draw(lines, *selected, model, look, pen, areas),
        Dialog::Order { selected } => order(*selected, model, look, pen, areas),
        Dialog::Totals(_) | Dialog::Compose(_) => {}
    }
    None
}

/// Opens a box and gives its inside.
pub(super) fn open(pen: &mut Pen<'_>, areas: &DialogAreas, title: &str) -> Rect {
    pen.clear(areas.frame);
    pen.frame(areas.frame, title);
    areas.inner
}

/// A text over as many lines as it takes; where there are fewer it ends in an ellipsis.
pub(super) fn wrapped(text: &str, style: Style, pen: &mut Pen<'_>, area: Rect) {
    let last = area.bottom().saturating_sub(1);
    for (range, y) in wrap(text, area.width.into()).into_iter().zip(area.top()..area.bottom()) {
        let end = if y == last { text.len() } else { range.end };
        pen.put(area.x, y, area.width, text.get(range.start..end).unwrap_or_default(), style);
    }
}

/// A list that has no lines: it is empty, or not here, or cannot be had.
pub(super) fn nothing<T>(lines: &Load<Vec<T>>, empty: &str, pen: &mut Pen<'_>, inner: Rect) {
    let said = match lines {
        Load::Ready(_) => empty,
        Load::Failed(sentence) => sentence,
        Load::Idle | Load::Asked => "",
    };
    wrapped(said, pen.role(Role::Muted), pen, inner);
}

fn confirm(model: &Model, look: &Look, pen: &mut Pen<'_>, areas: &DialogAreas) {
    let (question, lines) = question_lines(model);
    let inner = open(pen, areas, look.texts.get(Key::Question));
    let text = pen.role(Role::Text);
    for (range, y) in lines.into_iter().zip(inner.top()..inner.bottom()) {
        pen.put(inner.x, y, inner.width, question.get(range).unwrap_or_default(), text);
    }
    let (key, muted) = (pen.role(Role::Key), pen.role(Role::Muted));
    for answer in answers(model, &look.keymap) {
        let (at, word) = (answer.area, format!(" {}", answer.word));
        pen.put_all(at.x, at.y, at.width, &[(&answer.key, key), (&word, muted)]);
    }
}

fn help(
    (surface, input): (Surface, &Input),
    model: &Model,
    look: &Look,
    pen: &mut Pen<'_>,
    areas: &DialogAreas,
) -> (u16, u16) {
    let texts = &look.texts;
    let all = help_lines(model, &look.keymap, surface, "");
    let lines = help_lines(model, &look.keymap, surface, &input.text);
    let keys = all.iter().map(|(keys, _)| width(keys)).max().unwrap_or(0);
    let title = texts.get(match surface {
        Surface::Sidebar => Key::HelpSidebar,
        Surface::Reading => Key::HelpReading,
        Surface::List
        | Surface::Panes
        | Surface::Search
        | Surface::Labels
        | Surface::Order
        | Surface::Totals
        | Surface::Period
        | Surface::Help
        | Surface::Compose
        | Surface::Drafts
        | Surface::Palette
        | Surface::GoTo
        | Surface::Contact
        | Surface::Links
        | Surface::Date
        | Surface::Import
        | Surface::Export
        | Surface::Deeds
        | Surface::Confirm => Key::HelpList,
    });
    let inner = open(pen, areas, title);
    let cursor = prompt("/ ", input, texts.get(Key::HelpPrompt), pen, inner);
    pen.horizontal_line(inner.x, inner.y + 1, inner.width);
    let (key, text) = (pen.role(Role::Key), pen.role(Role::Text));
    let keys = u16::try_from(keys).unwrap_or(0);
    for (n, at) in areas.shown() {
        let Some((captions, caption)) = lines.get(n) else { break };
        pen.put(at.x, at.y, keys.min(at.width), captions, key);
        pen.put(at.x + keys + 2, at.y, at.width.saturating_sub(keys + 2), caption, text);
    }
    let body = areas.body;
    let below = lines.len().saturating_sub(areas.first + usize::from(body.height));
    if below > 0 {
        let muted = pen.role(Role::Muted);
        let more = texts.count(Key::MoreLines, below as u64);
        pen.put_right(body.right(), body.bottom(), body.width, &more, muted);
    }
    cursor
}

/// What is typed to find something, behind a sign; and what could be typed while it is empty.
pub(super) fn prompt(sign: &str, input: &Input, hint: &str, pen: &mut Pen<'_>, area: Rect) -> (u16, u16) {
    let key = pen.role(Role::Key);
    let used = pen.put(area.x, area.y, area.width, sign, key);
    let (x, room) = (area.x + used, area.width.saturating_sub(used));
    super::compose::line(input, hint, pen, Rect { x, width: room, height: 1, ..area })
}

/// Marks a chosen line of a dialog.
pub(super) fn choose(pen: &mut Pen<'_>, line: Rect) {
    let style = pen.role(Role::Selected);
    pen.paint(line, style);
    pen.choose(line.x, line.y);
}

fn labels(
    (input, selected, problem): (&Input, usize, Option<crate::domain::label::BadName>),
    carried: &[LabelId],
    model: &Model,
    look: &Look,
    pen: &mut Pen<'_>,
    areas: &DialogAreas,
) -> (u16, u16) {
    let texts = &look.texts;
    let lines = label_lines(model, &input.text);
    let inner = open(pen, areas, texts.get(Key::LabelsTitle));
    let (text, label) = (pen.role(Role::Text), pen.role(Role::Label));
    let cursor = prompt("# ", input, texts.get(Key::LabelsPrompt), pen, inner);
    pen.horizontal_line(inner.x, inner.y + 1, inner.width);
    for (n, at) in areas.shown() {
        let Some(line) = lines.get(n) else { break };
        if n == selected {
            choose(pen, at);
        }
        let y = at.y;
        match line {
            LabelLine::Label(id) => {
                let sign = if carried.contains(id) { "✓ " } else { "  " };
                let name = words::one_line(model.label_name(*id));
                pen.put_all(inner.x + 1, y, inner.width.saturating_sub(1), &[(sign, text), (&name, label)]);
            }
            LabelLine::New(name) => {
                let make = texts.fill(Key::LabelsNew, &[("name", &words::one_line(name))]);
                pen.put(inner.x + 1, y, inner.width.saturating_sub(1), &format!("+ {make}"), text);
            }
        }
    }
    if let Some(problem) = problem {
        let (said, failed) = (words::bad_name(texts, problem), pen.role(Role::Failed));
        let lines = u16::try_from(wrap(said, inner.width.into()).len()).unwrap_or(1);
        let at = Rect { y: inner.y + 1, height: lines.min(inner.height.saturating_sub(1)), ..inner };
        pen.clear(at);
        wrapped(said, failed, pen, at);
    }
    cursor
}

fn order(selected: usize, model: &Model, look: &Look, pen: &mut Pen<'_>, areas: &DialogAreas) {
    let texts = &look.texts;
    let is_on = |choice| match choice {
        OrderChoice::Newest => model.is_newest_first(),
        OrderChoice::Oldest => !model.is_newest_first(),
        OrderChoice::All => !model.is_filtered_unread(),
        OrderChoice::Unread => model.is_filtered_unread(),
    };
    open(pen, areas, texts.get(Key::OrderTitle));
    let (text, muted) = (pen.role(Role::Text), pen.role(Role::Muted));
    for ((n, at), choice) in areas.shown().zip(OrderChoice::ALL) {
        if n == selected {
            choose(pen, at);
        }
        let style = if choice == OrderChoice::Unread && !model.lists_messages() { muted } else { text };
        let sign = if is_on(choice) { "• " } else { "  " };
        let caption = texts.get(choice.key());
        pen.put_all(at.x + 1, at.y, at.width.saturating_sub(1), &[(sign, style), (caption, style)]);
    }
}
