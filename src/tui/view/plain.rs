//! The screen for those who hear it: a row of the list in words, one a line, the weightiest first.
//!
//! No line is drawn, and nothing is told by a sign, a colour or a place alone: the pen (`pen.rs`) leaves out boxes and bars,
//! puts `>` before what is chosen, and says where that is, so that the terminal's cursor stands there and readers follow it.

use ratatui::layout::Rect;

use super::list::{highlighted, name, state, when};
use super::{Look, Pen};
use crate::domain::call::clock_text;
use crate::domain::listing::{CallRow, MessageRow, Row, ScheduleRow};
use crate::domain::message::Direction;
use crate::i18n::Key;
use crate::tui::model::Model;
use crate::tui::theme::Role;
use crate::words;

/// Draws a row as one line of words.
pub(super) fn row(row: &Row, model: &Model, look: &Look, pen: &mut Pen<'_>, at: Rect) {
    let (text, role) = match row {
        Row::Message(row) => message(row, model, look),
        Row::Call(row) => (call(row, model, look), Role::Text),
        Row::Schedule(row) => (schedule(row, model, look), Role::Text),
    };
    let (plain, found) = (pen.role(role), pen.role(Role::Match));
    pen.put_all(at.x + 2, at.y, at.width.saturating_sub(2), &highlighted(&text, model, plain, found));
}

fn message(row: &MessageRow, model: &Model, look: &Look) -> (String, Role) {
    let texts = &look.texts;
    let message = &row.message;
    let unread = message.standing.unread;
    let mut words = Vec::new();
    words.extend(model.is_marked(row).then(|| texts.get(Key::PlainMarked).to_owned()));
    words.extend(unread.then(|| texts.get(Key::PlainUnread).to_owned()));
    words.push(name(row, look));
    words.extend(state(message, model, look).map(|(_, words, _)| words));
    words.push(when(message, model, look));
    words.push(words::one_line(words::channel(texts, message)));
    if model.folder().is_none() {
        words.extend(message.folder().map(|folder| words::folder(texts, folder).to_owned()));
    }
    words.extend(message.labels.iter().map(|label| format!("#{}", words::one_line(&label.name))));
    words.extend(message.attachments.first().map(|there| words::attachment(texts, there).to_owned()));
    let said = format!("{}: {}", words.join(", "), words::one_line(&message.text));
    (said, if unread { Role::Unread } else { Role::Text })
}

fn call(row: &CallRow, model: &Model, look: &Look) -> String {
    let texts = &look.texts;
    let call = &row.call;
    let direction = match call.direction {
        Direction::In => Key::CallIn,
        Direction::Out => Key::CallOut,
    };
    let mut words = vec![
        words::one_line(words::contact(texts, &call.contact.name, &row.national)),
        texts.get(direction).to_owned(),
        words::outcome(texts, call.outcome).to_owned(),
        super::dates(model, look).moment(call.occurred_on, model.now),
    ];
    words.extend(call.duration.map(clock_text));
    words.join(", ")
}

fn schedule(row: &ScheduleRow, model: &Model, look: &Look) -> String {
    let schedule = &row.schedule;
    let dates = super::dates(model, look);
    let next = match schedule.next_fire {
        _ if schedule.paused => look.texts.get(Key::Paused).to_owned(),
        Some(next) => dates.moment(next, model.now),
        None => String::new(),
    };
    let repeat = words::repeat(&look.texts, &dates, &schedule.timing);
    let to = words::recipients(&look.texts, schedule);
    let mut words = vec![to, next, repeat];
    words.retain(|word| !word.is_empty());
    format!("{}: {}", words.join(", "), words::one_line(&schedule.text))
}
