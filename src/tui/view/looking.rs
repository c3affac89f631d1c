//! A closer look: at a contact, at what can be opened, at a day, at what was done.

use ratatui::layout::Rect;

use super::dialogs::{choose, first_shown, nothing, open, prompt};
use super::{Look, Pen, dates};
use crate::domain::contact::{ContactStatus, service_name};
use crate::domain::listing::ContactCard;
use crate::i18n::Key;
use crate::tui::model::{DeedLine, Input, Load, Model};
use crate::tui::text::{cut, width};
use crate::tui::theme::Role;
use crate::words;

/// The most columns.
const COLUMNS: usize = 60;

/// The most deeds on the screen at a time.
const MOST_DEEDS: usize = 14;

pub(super) fn contact(
    card: &Load<Box<ContactCard>>,
    model: &Model,
    look: &Look,
    pen: &mut Pen<'_>,
    area: Rect,
) {
    let texts = &look.texts;
    let lines = card.ready().map(|card| contact_lines(card, model, look)).unwrap_or_default();
    let name = card.ready().map(|card| words::one_line(&card.contact.name)).unwrap_or_default();
    let title = if name.is_empty() { texts.get(Key::ColumnContact) } else { &name };
    let inner = open(pen, area, title, COLUMNS, lines.len().max(3));
    let captions = lines.iter().map(|(caption, _)| width(caption)).max().unwrap_or(0) + 2;
    let captions = u16::try_from(captions).unwrap_or(0).min(inner.width / 2);
    let (muted, text) = (pen.role(Role::Muted), pen.role(Role::Text));
    for ((caption, value), y) in lines.iter().zip(inner.top()..inner.bottom()) {
        let room = inner.width.saturating_sub(captions);
        pen.put(
            inner.x,
            y,
            captions.saturating_sub(1),
            &cut(caption, captions.saturating_sub(1).into()),
            muted,
        );
        pen.put(inner.x + captions, y, room, &cut(&words::one_line(value), room.into()), text);
    }
}

fn contact_lines(card: &ContactCard, model: &Model, look: &Look) -> Vec<(String, String)> {
    let texts = &look.texts;
    let dates = dates(model, look);
    let caption = |key: Key| texts.get(key).to_owned();
    let mut lines: Vec<(String, String)> = Vec::new();
    for urn in &card.urns {
        lines.push((service_name(urn.scheme()).to_owned(), urn_text(urn)));
    }
    let status = match card.status {
        ContactStatus::Active => Key::ContactActive,
        ContactStatus::Blocked => Key::ContactBlocked,
        ContactStatus::Stopped => Key::ContactStopped,
        ContactStatus::Archived => Key::ContactArchived,
    };
    lines.push((caption(Key::FieldStatus), caption(status)));
    if !card.language.is_empty() {
        lines.push((caption(Key::FieldLanguage), card.language.clone()));
    }
    if !card.groups.is_empty() {
        lines.push((caption(Key::FieldGroups), card.groups.join(", ")));
    }
    lines.extend(card.flow.as_ref().map(|flow| (caption(Key::FieldFlow), flow.clone())));
    if let Some(seen) = card.last_seen_on {
        let seen = format!("{} · {}", dates.moment(seen, model.now), dates.distance(seen, model.now));
        lines.push((caption(Key::FieldLastSeen), seen));
    }
    lines.push((caption(Key::FieldKnownSince), dates.moment(card.created_on, model.now)));
    let figures = texts.fill(
        Key::ContactFigures,
        &[
            ("received", &texts.number(card.received)),
            ("sent", &texts.number(card.sent)),
            ("calls", &texts.number(card.calls)),
        ],
    );
    lines.push((caption(Key::FieldExchanged), figures));
    for (name, value) in &card.fields {
        lines.push((words::one_line(name), value.clone()));
    }
    lines
}

fn urn_text(urn: &crate::domain::contact::Urn) -> String {
    let (path, national) = (urn.path(), urn.national());
    if national == path { national } else { format!("{national} · {path}") }
}

pub(super) fn links(links: &[String], selected: usize, look: &Look, pen: &mut Pen<'_>, area: Rect) {
    let inner = open(pen, area, look.texts.get(Key::LinksTitle), COLUMNS, links.len());
    let text = pen.role(Role::Text);
    let top = first_shown(selected, inner.height.into());
    for ((n, link), y) in links.iter().enumerate().skip(top).zip(inner.top()..inner.bottom()) {
        if n == selected {
            choose(pen, Rect { y, height: 1, ..inner });
        }
        let room = inner.width.saturating_sub(2);
        pen.put(inner.x + 2, y, room, &cut(&words::one_line(link), room.into()), text);
    }
}

pub(super) fn date(input: &Input, is_wrong: bool, look: &Look, pen: &mut Pen<'_>, area: Rect) -> (u16, u16) {
    let texts = &look.texts;
    let inner = open(pen, area, texts.get(Key::DateTitle), COLUMNS, 2);
    let cursor = prompt("› ", input, texts.get(Key::DateHint), pen, inner);
    if is_wrong {
        let failed = pen.role(Role::Failed);
        pen.put(inner.x, inner.y + 1, inner.width, texts.get(Key::DateWrong), failed);
    }
    cursor
}

pub(super) fn export(input: &Input, look: &Look, pen: &mut Pen<'_>, area: Rect) -> (u16, u16) {
    let texts = &look.texts;
    let inner = open(pen, area, texts.get(Key::ExportTitle), COLUMNS, 2);
    let muted = pen.role(Role::Muted);
    let kinds = texts.get(Key::ExportKinds);
    pen.put(inner.x, inner.y + 1, inner.width, &cut(kinds, inner.width.into()), muted);
    prompt("› ", input, texts.get(Key::ExportHint), pen, inner)
}

pub(super) fn import(input: &Input, look: &Look, pen: &mut Pen<'_>, area: Rect) -> (u16, u16) {
    let texts = &look.texts;
    let inner = open(pen, area, texts.get(Key::ImportTitle), COLUMNS, 2);
    let muted = pen.role(Role::Muted);
    let kinds = texts.get(Key::ImportKinds);
    pen.put(inner.x, inner.y + 1, inner.width, &cut(kinds, inner.width.into()), muted);
    prompt("› ", input, texts.get(Key::ImportHint), pen, inner)
}

pub(super) fn deeds(
    lines: &Load<Vec<DeedLine>>,
    top: usize,
    model: &Model,
    look: &Look,
    pen: &mut Pen<'_>,
    area: Rect,
) {
    let texts = &look.texts;
    let all = lines.ready().map(Vec::as_slice).unwrap_or_default();
    let inner = open(pen, area, texts.get(Key::DeedsTitle), COLUMNS, all.len().clamp(1, MOST_DEEDS));
    let (text, muted) = (pen.role(Role::Text), pen.role(Role::Muted));
    if all.is_empty() {
        return nothing(lines, texts.get(Key::DeedsEmpty), pen, inner);
    }
    let dates = dates(model, look);
    for (line, y) in all.iter().skip(top).zip(inner.top()..inner.bottom()) {
        let when = dates.moment(line.at, model.now);
        let used = pen.put_right(inner.right(), y, inner.width / 2, &when, muted);
        let done = words::done(texts, line.deed, line.changed, &words::one_line(&line.label));
        let (said, style) =
            if line.undone { (texts.fill(Key::DeedUndone, &[("what", &done)]), muted) } else { (done, text) };
        let room = inner.width.saturating_sub(used + 2);
        pen.put(inner.x, y, room, &cut(&said, room.into()), style);
    }
}
