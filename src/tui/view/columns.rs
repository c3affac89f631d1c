//! A message on one line of the list, in the columns that were chosen.

use super::list::{content, name, name_at, state, when};
use super::{Look, Pen};
use crate::config::{Column, ColumnName};
use crate::domain::listing::MessageRow;
use crate::tui::model::Model;
use crate::tui::theme::Role;
use crate::words;

/// The columns of a message on one line. Where they would leave the last one less than a third of the line, they
/// become narrower.
pub(super) fn draw(
    row: &MessageRow,
    model: &Model,
    look: &Look,
    pen: &mut Pen<'_>,
    (x, y, room): (u16, u16, u16),
) {
    let Some((last, fixed)) = model.settings.columns.split_last() else { return };
    let width = |column: &Column| column.width.unwrap_or(super::list::usual_width(column.name, model, look));
    // A moment says nothing when it is cut: it keeps its width as long as there is any room.
    let is_whole = |column: &Column| column.name == ColumnName::Time && width(column) < room / 2;
    let sum = |whole: bool| -> u32 {
        let those = fixed.iter().filter(|column| is_whole(column) == whole);
        those.map(|column| u32::from(width(column)) + 1).sum()
    };
    let (whole, wanted) = (sum(true), sum(false));
    let most = (u32::from(room) * 2 / 3).saturating_sub(whole);
    let mut at = x;
    for column in fixed {
        let share = u32::from(width(column)) * most.min(wanted) / wanted.max(1);
        let is_cut = wanted > most && !is_whole(column);
        let columns = if is_cut { u16::try_from(share).unwrap_or(0) } else { width(column) };
        cell(row, column.name, model, look, pen, (at, y, columns));
        at += columns + 1;
    }
    cell(row, last.name, model, look, pen, (at, y, (x + room).saturating_sub(at)));
}

fn cell(
    row: &MessageRow,
    column: ColumnName,
    model: &Model,
    look: &Look,
    pen: &mut Pen<'_>,
    (x, y, columns): (u16, u16, u16),
) {
    let message = &row.message;
    let muted = pen.role(Role::Muted);
    match column {
        ColumnName::Time => _ = pen.put(x, y, columns, &when(message, model, look), muted),
        ColumnName::Name => {
            let style = pen.role(if message.standing.unread { Role::Unread } else { Role::Text });
            name_at(pen, model, (x, y, columns), &name(row, look), style);
        }
        ColumnName::Number => _ = pen.put(x, y, columns, &words::one_line(&row.national), muted),
        ColumnName::Channel => {
            pen.put(x, y, columns, &words::one_line(words::channel(&look.texts, message)), muted);
        }
        ColumnName::Status => {
            if let Some((sign, words, role)) = state(message, model, look) {
                let style = pen.role(role);
                pen.put(x, y, columns, &format!("{sign} {words}"), style);
            }
        }
        ColumnName::Labels => {
            let names: Vec<String> =
                message.labels.iter().map(|label| format!("#{}", words::one_line(&label.name))).collect();
            let style = pen.role(Role::Label);
            pen.put(x, y, columns, &names.join(" "), style);
        }
        ColumnName::Text => {
            let beside: Vec<ColumnName> = model.settings.columns.iter().map(|column| column.name).collect();
            content(message, &beside, model, look, pen, (x, y, columns));
        }
    }
}
