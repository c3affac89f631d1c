//! A closer look: at a contact, at what can be opened, at a day, at what was done.

use ratatui::layout::Rect;

use super::dialogs::{choose, nothing, open, prompt, wrapped};
use super::{Look, Pen, dates};
use crate::domain::contact::{ContactStatus, service_name};
use crate::domain::listing::ContactCard;
use crate::i18n::Key;
use crate::tui::layout::dialog::{ContactRow, DialogAreas, contact_rows, export_said};
use crate::tui::model::{DeedLine, Export, ExportState, Input, Load, Model};
use crate::tui::text::{cut, width};
use crate::tui::theme::Role;
use crate::words;

pub(super) fn contact(
    card: &Load<Box<ContactCard>>,
    model: &Model,
    look: &Look,
    pen: &mut Pen<'_>,
    areas: &DialogAreas,
) {
    let texts = &look.texts;
    let mut lines = card.ready().map(|card| contact_lines(card, model, look)).unwrap_or_default();
    let name = card.ready().map(|card| words::one_line(&card.contact.name)).unwrap_or_default();
    let title = if name.is_empty() { texts.get(Key::ColumnContact) } else { &name };
    let inner = open(pen, areas, title);
    let captions = lines.iter().map(|(caption, _)| width(caption)).max().unwrap_or(0) + 2;
    let captions = u16::try_from(captions).unwrap_or(0).min(inner.width / 2);
    let (muted, text) = (pen.role(Role::Muted), pen.role(Role::Text));
    let room = inner.width.saturating_sub(captions);
    let urns = card.ready().map(|card| card.urns.as_slice()).unwrap_or_default();
    for ((_, value), urn) in lines.iter_mut().zip(urns).filter(|((_, value), _)| width(value) > room.into()) {
        // Of a number that is cut nobody has any use.
        urn.path().clone_into(value);
    }
    for ((caption, value), y) in lines.iter().zip(inner.top()..inner.bottom()) {
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
    contact_rows(card).into_iter().map(|row| contact_line(row, card, model, look)).collect()
}

fn contact_line(row: ContactRow<'_>, card: &ContactCard, model: &Model, look: &Look) -> (String, String) {
    let texts = &look.texts;
    let dates = dates(model, look);
    let line = |key: Key, value: String| (texts.get(key).to_owned(), value);
    match row {
        ContactRow::Urn(urn) => (service_name(urn.scheme()).to_owned(), urn_text(urn)),
        ContactRow::Status => {
            let status = match card.status {
                ContactStatus::Active => Key::ContactActive,
                ContactStatus::Blocked => Key::ContactBlocked,
                ContactStatus::Stopped => Key::ContactStopped,
                ContactStatus::Archived => Key::ContactArchived,
            };
            line(Key::FieldStatus, texts.get(status).to_owned())
        }
        ContactRow::Language => line(Key::FieldLanguage, card.language.clone()),
        ContactRow::Groups => line(Key::FieldGroups, card.groups.join(", ")),
        ContactRow::Flow(flow) => line(Key::FieldFlow, flow.to_owned()),
        ContactRow::LastSeen(seen) => {
            let seen = format!("{} · {}", dates.moment(seen, model.now), dates.distance(seen, model.now));
            line(Key::FieldLastSeen, seen)
        }
        ContactRow::KnownSince => line(Key::FieldKnownSince, dates.moment(card.created_on, model.now)),
        ContactRow::Exchanged => {
            let received = texts.count(Key::StatsIn, card.received);
            let figures = format!("{received} · {}", texts.count(Key::StatsOut, card.sent));
            line(Key::FieldExchanged, figures)
        }
        ContactRow::Calls => line(Key::FolderCalls, texts.number(card.calls)),
        ContactRow::Field(name, value) => (words::one_line(name), value.to_owned()),
    }
}

fn urn_text(urn: &crate::domain::contact::Urn) -> String {
    let (path, national) = (urn.path(), urn.national());
    if national == path { national } else { format!("{national} · {path}") }
}

pub(super) fn links(links: &[String], selected: usize, look: &Look, pen: &mut Pen<'_>, areas: &DialogAreas) {
    open(pen, areas, look.texts.get(Key::LinksTitle));
    let text = pen.role(Role::Text);
    for (n, at) in areas.shown() {
        let Some(link) = links.get(n) else { break };
        if n == selected {
            choose(pen, at);
        }
        let room = at.width.saturating_sub(2);
        pen.put(at.x + 2, at.y, room, &cut(&words::one_line(link), room.into()), text);
    }
}

pub(super) fn date(
    input: &Input,
    is_wrong: bool,
    look: &Look,
    pen: &mut Pen<'_>,
    areas: &DialogAreas,
) -> (u16, u16) {
    let texts = &look.texts;
    let inner = open(pen, areas, texts.get(Key::DateTitle));
    let cursor = prompt("› ", input, texts.get(Key::DateHint), pen, inner);
    if is_wrong {
        let failed = pen.role(Role::Failed);
        wrapped(texts.get(Key::DateWrong), failed, pen, areas.body);
    }
    cursor
}

pub(super) fn export(export: &Export, look: &Look, pen: &mut Pen<'_>, areas: &DialogAreas) -> (u16, u16) {
    let texts = &look.texts;
    let inner = open(pen, areas, texts.get(Key::ExportTitle));
    let said = pen.role(match &export.state {
        ExportState::Naming | ExportState::Writing => Role::Muted,
        ExportState::BadEnding | ExportState::Failed(_) => Role::Failed,
    });
    wrapped(&export_said(export, texts), said, pen, areas.body);
    let cursor = prompt("› ", &export.input, texts.get(Key::ExportHint), pen, inner);
    if export.is_proposed {
        let name = u16::try_from(width(&export.input.text)).unwrap_or(inner.width);
        let name =
            Rect { x: inner.x + 2, height: 1, width: name.min(inner.width.saturating_sub(3)), ..inner };
        let chosen = pen.role(Role::Selected);
        pen.paint(name, chosen);
    }
    cursor
}

pub(super) fn import(input: &Input, look: &Look, pen: &mut Pen<'_>, areas: &DialogAreas) -> (u16, u16) {
    let texts = &look.texts;
    let inner = open(pen, areas, texts.get(Key::ImportTitle));
    let muted = pen.role(Role::Muted);
    wrapped(texts.get(Key::ImportKinds), muted, pen, areas.body);
    prompt("› ", input, texts.get(Key::ImportHint), pen, inner)
}

pub(super) fn deeds(
    lines: &Load<Vec<DeedLine>>,
    model: &Model,
    look: &Look,
    pen: &mut Pen<'_>,
    areas: &DialogAreas,
) {
    let texts = &look.texts;
    let all = lines.ready().map(Vec::as_slice).unwrap_or_default();
    let inner = open(pen, areas, texts.get(Key::DeedsTitle));
    let (text, muted) = (pen.role(Role::Text), pen.role(Role::Muted));
    if all.is_empty() {
        return nothing(lines, texts.get(Key::DeedsEmpty), pen, inner);
    }
    let dates = dates(model, look);
    for (n, at) in areas.shown() {
        let (Some(line), y) = (all.get(n), at.y) else { break };
        let when = dates.moment(line.at, model.now);
        let used = pen.put_right(inner.right(), y, inner.width / 2, &when, muted);
        let done = words::done(texts, line.deed, line.changed, &words::one_line(&line.label));
        let (said, style) =
            if line.undone { (texts.fill(Key::DeedUndone, &[("what", &done)]), muted) } else { (done, text) };
        let room = inner.width.saturating_sub(used + 2);
        pen.put(inner.x, y, room, &cut(&said, room.into()), style);
    }
}
