//! The call table: date, direction, outcome, contact, duration. Where they find no room side by side a call has two lines.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::list::highlighted;
use super::{Look, Pen, dates};
use crate::domain::call::{Outcome, clock_text};
use crate::domain::listing::CallRow;
use crate::domain::message::Direction;
use crate::i18n::{Key, Lang};
use crate::tui::layout::RowShape;
use crate::tui::model::Model;
use crate::tui::theme::Role;
use crate::words;

/// The columns of a date with its time and its year, and the blank after it.
const DATE: u16 = 15;

/// The columns of a duration: its caption, and the blank before it.
const DURATION: u16 = 9;

/// From this many columns on the direction is a word.
const WORDS: u16 = 70;

/// The columns of the table in an area: where each begins, and how wide it is.
struct Columns {
    date: (u16, u16),
    direction: (u16, u16),
    outcome: (u16, u16),
    contact: (u16, u16),
    duration: (u16, u16),
}

impl Columns {
    fn of(area: Rect, look: &Look) -> Self {
        // A longer hour, and `PM` with the blank before it. In a narrow table those of this year find room: names want it too.
        let (wide, narrow) = if look.texts.customs().twelve_hours { (3, 1) } else { (0, 0) };
        // And a comma before the year.
        let comma = u16::from(look.texts.lang() == Lang::En);
        let date = DATE + if area.width >= WORDS { wide + 3 + comma } else { narrow };
        let direction = if area.width >= WORDS { 5 } else { 2 };
        // In a narrow table the contact keeps what the longest outcome would take from it.
        let outcome = if area.width >= WORDS { 14 } else { 12 };
        let x = area.x + 2;
        let contact = area.width.saturating_sub(2 + date + direction + outcome + DURATION + 1);
        Self {
            date: (x, date - 1),
            direction: (x + date, direction),
            outcome: (x + date + direction, outcome - 1),
            contact: (x + date + direction + outcome, contact),
            duration: (area.right().saturating_sub(1), DURATION),
        }
    }
}

pub(super) fn header(look: &Look, pen: &mut Pen<'_>, area: Rect, shape: RowShape) {
    let texts = &look.texts;
    let style = pen.role(Role::Title);
    let (date, outcome, contact, duration) = (
        texts.get(Key::ColumnDate),
        texts.get(Key::ColumnOutcome),
        texts.get(Key::ColumnContact),
        texts.get(Key::ColumnDuration),
    );
    if shape.height > 1 {
        both_ends(pen, (area, area.y, 4), (contact, style), (date, style));
        both_ends(pen, (area, area.y + 1, 4), (outcome, style), (duration, style));
        return;
    }
    let columns = Columns::of(area, look);
    for ((x, width), caption) in
        [(columns.date, date), (columns.outcome, outcome), (columns.contact, contact)]
    {
        pen.put(x, area.y, width, caption, style);
    }
    if columns.direction.1 > 2 {
        pen.put(columns.direction.0, area.y, columns.direction.1, "⇄", style);
    }
    pen.put_right(columns.duration.0, area.y, columns.duration.1, duration, style);
}

/// Writes a text at the left of a line and another one, which is never cut for it, at its right.
fn both_ends(
    pen: &mut Pen<'_>,
    (area, y, indent): (Rect, u16, u16),
    left: (&str, Style),
    right: (&str, Style),
) {
    if y >= area.bottom() {
        return;
    }
    let room = area.width.saturating_sub(indent + 1);
    let taken = pen.put_right(area.right().saturating_sub(1), y, room, right.0, right.1);
    pen.put(area.x + indent, y, room.saturating_sub(taken + 1), left.0, left.1);
}

pub(super) fn row(
    row: &CallRow,
    model: &Model,
    look: &Look,
    pen: &mut Pen<'_>,
    (at, shape): (Rect, RowShape),
) {
    let texts = &look.texts;
    let call = &row.call;
    let (muted, text, found) = (pen.role(Role::Muted), pen.role(Role::Text), pen.role(Role::Match));
    let (sign, word, role) = match call.direction {
        Direction::In => ("↙", Key::CallIn, Role::Incoming),
        Direction::Out => ("↗", Key::CallOut, Role::Outgoing),
    };
    let direction_style = pen.role(role);
    let role = match call.outcome {
        Outcome::Answered => Role::Text,
        Outcome::Missed | Outcome::Failed => Role::Failed,
        Outcome::Busy | Outcome::Rejected | Outcome::Voicemail | Outcome::Blocked => Role::Waiting,
    };
    let outcome = (words::outcome(texts, call.outcome), pen.role(role));
    let name = words::one_line(words::contact(texts, &call.contact.name, &row.national));
    let duration = call.duration.map(clock_text).unwrap_or_default();
    if shape.height > 1 {
        let when = dates(model, look).moment(call.occurred_on, model.now);
        pen.put(at.x + 2, at.y, 1, sign, direction_style);
        let room = at.width.saturating_sub(5);
        let taken = pen.put_right(at.right().saturating_sub(1), at.y, room, &when, muted);
        let name = highlighted(&name, model, text, found);
        pen.put_all(at.x + 4, at.y, room.saturating_sub(taken + 1), &name);
        both_ends(pen, (at, at.y + 1, 4), outcome, (&duration, text));
        return;
    }
    let columns = Columns::of(at, look);
    let when = dates(model, look).moment_within(call.occurred_on, model.now, columns.date.1.into());
    pen.put(columns.date.0, at.y, columns.date.1, &when, muted);
    let direction =
        if columns.direction.1 > 2 { format!("{sign}{}", texts.get(word)) } else { sign.to_owned() };
    pen.put(columns.direction.0, at.y, columns.direction.1, &direction, direction_style);
    pen.put(columns.outcome.0, at.y, columns.outcome.1, outcome.0, outcome.1);
    pen.put_all(columns.contact.0, at.y, columns.contact.1, &highlighted(&name, model, text, found));
    pen.put_right(columns.duration.0, at.y, columns.duration.1, &duration, text);
}
