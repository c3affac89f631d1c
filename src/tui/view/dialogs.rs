//! What stands above the panes: a question, help, labels, order.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{Look, Pen};
use crate::domain::LabelId;
use crate::domain::listing::Row;
use crate::domain::schedule::Repeat;
use crate::i18n::Key;
use crate::tui::action::Action;
use crate::tui::event::ScheduleDeed;
use crate::tui::keymap::Surface;
use crate::tui::model::{Dialog, Input, Load, Model, OrderChoice, Question};
use crate::tui::text::{width, wrap};
use crate::tui::theme::Role;
use crate::tui::update::{LabelLine, help_height, help_lines, label_lines};
use crate::words;

/// Draws a dialog over an area, and gives the place of the cursor when letters are typed there.
pub(super) fn draw(
    dialog: &Dialog,
    model: &Model,
    look: &Look,
    pen: &mut Pen<'_>,
    area: Rect,
) -> Option<(u16, u16)> {
    match dialog {
        Dialog::Confirm(question) => confirm(question, model, look, pen, area),
        Dialog::Help { surface, input, top } => {
            return Some(help((*surface, input, *top), model, look, pen, area));
        }
        Dialog::Contact(card) => super::looking::contact(card, model, look, pen, area),
        Dialog::Links { links, selected } => super::looking::links(links, *selected, look, pen, area),
        Dialog::Date { input, is_wrong } => {
            return Some(super::looking::date(input, *is_wrong, look, pen, area));
        }
        Dialog::Import(input) => return Some(super::looking::import(input, look, pen, area)),
        Dialog::Export(input) => return Some(super::looking::export(input, look, pen, area)),
        Dialog::Deeds { lines, top } => super::looking::deeds(lines, *top, model, look, pen, area),
        Dialog::Palette(palette) => return Some(super::palette::palette(palette, model, look, pen, area)),
        Dialog::GoTo(go_to) => return Some(super::palette::go_to(go_to, model, look, pen, area)),
        Dialog::Totals(totals) => return super::totals::draw(totals, model, look, pen),
        Dialog::Labels { input, selected, problem, carried, .. } => {
            return Some(labels((input, *selected, *problem), carried, model, look, pen, area));
        }
        Dialog::Compose(compose) => return super::compose::draw(compose, model, look, pen),
        Dialog::Drafts { lines, selected } => super::drafts::draw(lines, *selected, model, look, pen, area),
        Dialog::Order { selected } => order(*selected, model, look, pen, area),
    }
    None
}

/// Opens a box of at most that size in the middle, and gives its inside.
pub(super) fn open(pen: &mut Pen<'_>, area: Rect, title: &str, columns: usize, lines: usize) -> Rect {
    let width = u16::try_from(columns + 4).unwrap_or(area.width).min(area.width);
    let height = u16::try_from(lines + 2).unwrap_or(area.height).min(area.height.saturating_sub(1)).max(3);
    let mut at = Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + area.height.saturating_sub(height) / 2,
        width,
        height,
    };
    if pen.is_plain() {
        at = Rect { height, ..area };
    }
    pen.clear(at);
    pen.frame(at, title);
    Rect { x: at.x + 2, y: at.y + 1, width: at.width.saturating_sub(4), height: at.height.saturating_sub(2) }
}

/// The first line that is shown of a list whose chosen line must be in so many lines.
pub(super) fn first_shown(selected: usize, room: usize) -> usize {
    (selected + 1).saturating_sub(room.max(1))
}

/// A text over as many lines as it takes.
pub(super) fn wrapped(text: &str, style: Style, pen: &mut Pen<'_>, area: Rect) {
    for (range, y) in wrap(text, area.width.into()).into_iter().zip(area.top()..area.bottom()) {
        pen.put(area.x, y, area.width, text.get(range).unwrap_or_default(), style);
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

/// What is asked, in words.
fn question_text(question: &Question, model: &Model, look: &Look) -> String {
    let texts = &look.texts;
    match question {
        Question::Deed { chosen, .. } => match chosen.count {
            Some(count) => texts.count(Key::AskDelete, count),
            None => texts.get(Key::AskDeleteAll).to_owned(),
        },
        Question::Schedule { id, deed: ScheduleDeed::Run } => {
            let schedule = model.row().and_then(|row| match row {
                Row::Schedule(row) if row.schedule.id == *id => Some(&row.schedule),
                Row::Schedule(_) | Row::Message(_) | Row::Call(_) => None,
            });
            let who = schedule.map(|schedule| words::recipients(texts, schedule)).unwrap_or_default();
            let once = schedule.is_some_and(|schedule| schedule.timing.repeat == Repeat::Never);
            texts.fill(if once { Key::AskScheduleRunOnce } else { Key::AskScheduleRun }, &[("who", &who)])
        }
        Question::Schedule {
            deed: ScheduleDeed::Cancel | ScheduleDeed::Pause | ScheduleDeed::Resume,
            ..
        } => texts.get(Key::AskScheduleCancel).to_owned(),
    }
}

/// What yes means.
pub(super) fn yes<'a>(question: &Question, look: &'a Look) -> &'a str {
    match question {
        Question::Deed { .. } => Action::Yes.brief(&look.texts),
        Question::Schedule { .. } => look.texts.get(Key::BriefSure),
    }
}

fn confirm(question: &Question, model: &Model, look: &Look, pen: &mut Pen<'_>, area: Rect) {
    let texts = &look.texts;
    let yes_brief = yes(question, look);
    let question = question_text(question, model, look);
    let columns = width(&question).min(60);
    let lines = wrap(&question, columns.min(area.width.saturating_sub(4).into()));
    let inner = open(pen, area, texts.get(Key::Question), columns, lines.len() + 2);
    let text = pen.role(Role::Text);
    for (range, y) in lines.iter().zip(inner.top()..inner.bottom()) {
        pen.put(inner.x, y, inner.width, question.get(range.clone()).unwrap_or_default(), text);
    }
    let (key, muted) = (pen.role(Role::Key), pen.role(Role::Muted));
    let caption = |action| look.keymap.first_caption(Surface::Confirm, action).unwrap_or_default();
    let (yes, no) = (caption(Action::Yes), caption(Action::No));
    let yes_text = format!(" {yes_brief}   ");
    let no_text = format!(" {}", Action::No.brief(texts));
    pen.put_all(
        inner.x,
        inner.bottom().saturating_sub(1),
        inner.width,
        &[(&yes, key), (&yes_text, muted), (&no, key), (&no_text, muted)],
    );
}

fn help(
    (surface, input, top): (Surface, &Input, usize),
    model: &Model,
    look: &Look,
    pen: &mut Pen<'_>,
    area: Rect,
) -> (u16, u16) {
    let texts = &look.texts;
    // The page keeps its size while it is narrowed.
    let all = help_lines(model, &look.keymap, surface, "");
    let lines = help_lines(model, &look.keymap, surface, &input.text);
    let keys = all.iter().map(|(keys, _)| width(keys)).max().unwrap_or(0);
    let columns = all.iter().map(|(_, text)| keys + 2 + width(text)).max().unwrap_or(0).max(20);
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
    let inner = open(pen, area, title, columns, all.len().min(help_height(model)) + 2);
    let cursor = prompt("/ ", input, texts.get(Key::HelpPrompt), pen, inner);
    let body = Rect { y: inner.y + 2, height: inner.height.saturating_sub(2), ..inner };
    pen.horizontal_line(inner.x, inner.y + 1, inner.width);
    let (key, text) = (pen.role(Role::Key), pen.role(Role::Text));
    let keys = u16::try_from(keys).unwrap_or(0);
    for ((captions, caption), y) in lines.iter().skip(top).zip(body.top()..body.bottom()) {
        pen.put(body.x, y, keys.min(body.width), captions, key);
        pen.put(body.x + keys + 2, y, body.width.saturating_sub(keys + 2), caption, text);
    }
    let below = lines.len().saturating_sub(top + usize::from(body.height));
    if below > 0 {
        let muted = pen.role(Role::Muted);
        pen.put_right(
            body.right(),
            body.bottom(),
            body.width,
            &texts.count(Key::MoreLines, below as u64),
            muted,
        );
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

/// Labels on the screen at a time.
const MOST_LABELS: usize = 10;

fn labels(
    (input, selected, problem): (&Input, usize, Option<crate::domain::label::BadName>),
    carried: &[LabelId],
    model: &Model,
    look: &Look,
    pen: &mut Pen<'_>,
    area: Rect,
) -> (u16, u16) {
    let texts = &look.texts;
    let lines = label_lines(model, &input.text);
    let inner = open(pen, area, texts.get(Key::LabelsTitle), 36, lines.len().clamp(1, MOST_LABELS) + 2);
    let (text, label) = (pen.role(Role::Text), pen.role(Role::Label));
    let cursor = prompt("# ", input, texts.get(Key::LabelsPrompt), pen, inner);
    if let Some(problem) = problem {
        let failed = pen.role(Role::Failed);
        pen.put(inner.x, inner.y + 1, inner.width, words::bad_name(texts, problem), failed);
    } else {
        pen.horizontal_line(inner.x, inner.y + 1, inner.width);
    }
    let top = first_shown(selected, inner.height.saturating_sub(2).into());
    for ((n, line), y) in lines.iter().enumerate().skip(top).zip(inner.y + 2..inner.bottom()) {
        if n == selected {
            choose(pen, Rect { y, height: 1, ..inner });
        }
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
    cursor
}

fn order(selected: usize, model: &Model, look: &Look, pen: &mut Pen<'_>, area: Rect) {
    let texts = &look.texts;
    let caption = |choice| {
        texts.get(match choice {
            OrderChoice::Newest => Key::OrderNewest,
            OrderChoice::Oldest => Key::OrderOldest,
            OrderChoice::All => Key::OrderAll,
            OrderChoice::Unread => Key::OrderUnread,
        })
    };
    let is_on = |choice| match choice {
        OrderChoice::Newest => model.is_newest_first(),
        OrderChoice::Oldest => !model.is_newest_first(),
        OrderChoice::All => !model.is_filtered_unread(),
        OrderChoice::Unread => model.is_filtered_unread(),
    };
    let columns =
        OrderChoice::ALL.into_iter().map(|choice| width(caption(choice)) + 3).max().unwrap_or(0).max(24);
    let inner = open(pen, area, texts.get(Key::OrderTitle), columns, OrderChoice::ALL.len());
    let (text, muted) = (pen.role(Role::Text), pen.role(Role::Muted));
    for ((n, choice), y) in OrderChoice::ALL.into_iter().enumerate().zip(inner.top()..inner.bottom()) {
        if n == selected {
            choose(pen, Rect { y, height: 1, ..inner });
        }
        let style = if choice == OrderChoice::Unread && !model.lists_messages() { muted } else { text };
        let sign = if is_on(choice) { "• " } else { "  " };
        pen.put_all(
            inner.x + 1,
            y,
            inner.width.saturating_sub(1),
            &[(sign, style), (caption(choice), style)],
        );
    }
}
