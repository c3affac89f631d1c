//! The call table: date, direction, outcome, contact, duration.

use ratatui::layout::Rect;

use super::list::highlighted;
use super::{Look, Pen, dates};
use crate::domain::call::{Outcome, clock_text};
use crate::domain::listing::CallRow;
use crate::domain::message::Direction;
use crate::i18n::Key;
use crate::tui::model::Model;
use crate::tui::text::width;
use crate::tui::theme::Role;
use crate::words;

/// The columns of the table in an area: where each begins, and how wide it is.
struct Columns {
    date: (u16, u16),
    direction: (u16, u16),
    outcome: (u16, u16),
    contact: (u16, u16),
    duration: (u16, u16),
}

impl Columns {
    fn of(area: Rect) -> Self {
        let (date, direction, outcome, duration) = match area.width {
            64.. => (16, 5, 14, 9),
            48.. => (13, 2, 12, 8),
            _ => (8, 2, 11, 7),
        };
        let x = area.x + 2;
        let contact = area.width.saturating_sub(2 + date + direction + outcome + duration + 1);
        Self {
            date: (x, date - 1),
            direction: (x + date, direction),
            outcome: (x + date + direction, outcome - 1),
            contact: (x + date + direction + outcome, contact),
            duration: (area.right().saturating_sub(1), duration),
        }
    }
}

pub(super) fn header(look: &Look, pen: &mut Pen<'_>, area: Rect) {
    let texts = &look.texts;
    let columns = Columns::of(area);
    let style = pen.role(Role::Title);
    for ((x, width), key) in [
        (columns.date, Key::ColumnDate),
        (columns.outcome, Key::ColumnOutcome),
        (columns.contact, Key::ColumnContact),
    ] {
        pen.put(x, area.y, width, texts.get(key), style);
    }
    if columns.direction.1 > 2 {
        pen.put(columns.direction.0, area.y, columns.direction.1, "⇄", style);
    }
    let caption = texts.get(Key::ColumnDuration);
    if width(caption) <= usize::from(columns.duration.1) {
        pen.put_right(columns.duration.0, area.y, columns.duration.1, caption, style);
    }
}

pub(super) fn row(row: &CallRow, model: &Model, look: &Look, pen: &mut Pen<'_>, at: Rect) {
    let texts = &look.texts;
    let call = &row.call;
    let columns = Columns::of(at);
    let muted = pen.role(Role::Muted);
    let dates = dates(model, look);
    let mut when = dates.moment(call.occurred_on, model.now);
    if width(&when) > usize::from(columns.date.1) {
        when = dates.brief(call.occurred_on, model.now);
    }
    pen.put(columns.date.0, at.y, columns.date.1, &when, muted);
    let (sign, word, role) = match call.direction {
        Direction::In => ("↙", Key::CallIn, Role::Incoming),
        Direction::Out => ("↗", Key::CallOut, Role::Outgoing),
    };
    let direction =
        if columns.direction.1 > 2 { format!("{sign}{}", texts.get(word)) } else { sign.to_owned() };
    let style = pen.role(role);
    pen.put(columns.direction.0, at.y, columns.direction.1, &direction, style);
    let role = match call.outcome {
        Outcome::Answered => Role::Text,
        Outcome::Missed | Outcome::Failed => Role::Failed,
        Outcome::Busy | Outcome::Rejected | Outcome::Voicemail | Outcome::Blocked => Role::Waiting,
    };
    let style = pen.role(role);
    pen.put(columns.outcome.0, at.y, columns.outcome.1, words::outcome(texts, call.outcome), style);
    let name = words::one_line(words::contact(texts, &call.contact.name, &row.national));
    let (plain, found) = (pen.role(Role::Text), pen.role(Role::Match));
    pen.put_all(columns.contact.0, at.y, columns.contact.1, &highlighted(&name, model, plain, found));
    let duration = call.duration.map(clock_text).unwrap_or_default();
    let style = pen.role(Role::Text);
    pen.put_right(columns.duration.0, at.y, columns.duration.1, &duration, style);
}
