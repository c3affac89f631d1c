//! Charts in characters: columns for the days, shades for the hours of the week. Both are read without colours too.

use chrono::{Datelike, NaiveDate};
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::totals::title;
use super::{Look, Pen, dates};
use crate::domain::stats::{Exchange, Stats, Step, shade};
use crate::i18n::Key;
use crate::tui::model::Model;
use crate::tui::text::width;
use crate::tui::theme::Role;
use crate::words;

/// The widest column of a chart, with its gap.
const WIDEST: usize = 8;

/// Messages in and out over time, one chart above the other in one scale.
pub(super) fn days(stats: &Stats, model: &Model, look: &Look, pen: &mut Pen<'_>, area: Rect) {
    let texts = &look.texts;
    let (words_in, words_out) = (texts.get(Key::WordIn), texts.get(Key::WordOut));
    let today = model.today();
    // The largest figure decides how wide the edge is, and the edge how many columns there are.
    let largest =
        |steps: &[(_, Exchange)]| steps.iter().map(|(_, both)| both.incoming.max(both.outgoing)).max();
    let mut edge = width(words_in).max(width(words_out));
    let mut room = usize::from(area.width).saturating_sub(edge + 1);
    let narrowest = width(&texts.number(largest(&stats.steps(today, room).1).unwrap_or(0)));
    if narrowest > edge {
        // A coarser step may have yet larger figures.
        edge = narrowest + 1;
        room = usize::from(area.width).saturating_sub(edge + 1);
    }
    let (step, steps) = stats.steps(today, room);
    let most = largest(&steps).unwrap_or(0);
    title(words::chart(texts, step), "", pen, area);
    if pen.is_plain() {
        return days_in_words(step, &steps, model, look, pen, area);
    }
    if area.height < 5 {
        return;
    }
    let column = (room / steps.len().max(1)).clamp(1, WIDEST);
    let bar = if column > 1 { column - 1 } else { 1 };
    let rows = usize::from(area.height.saturating_sub(3) / 2);
    let (muted, border) = (pen.role(Role::Muted), pen.role(Role::Border));
    let left = area.x + columns(edge + 1);
    let ways: [(&str, Role, Vec<u64>); 2] = [
        (words_in, Role::Incoming, steps.iter().map(|(_, both)| both.incoming).collect()),
        (words_out, Role::Outgoing, steps.iter().map(|(_, both)| both.outgoing).collect()),
    ];
    let mut y = area.y + 1;
    for (word, role, figures) in ways {
        let style = pen.role(role);
        if rows > 1 {
            pen.put_right(left - 1, y, columns(edge), &texts.number(most), muted);
        }
        pen.put_right(left - 1, y + columns(rows.max(1) - 1), columns(edge), word, style);
        bars((&figures, most), (column, bar, rows), style, pen, (left, y, area.right()));
        y += columns(rows);
        if role == Role::Incoming {
            pen.put(left, y, columns(column * steps.len()), &"─".repeat(column * steps.len()), border);
            y += 1;
        }
    }
    // As many dates as find room, evenly spaced.
    let dates = dates(model, look);
    let with_year = steps
        .first()
        .zip(steps.last())
        .is_some_and(|((first, _), (last, _))| first.year() != today.year() || last.year() != today.year());
    let captions: Vec<String> =
        steps.iter().map(|(start, _)| words::step_start(&dates, step, *start, with_year)).collect();
    let widest = captions.iter().map(|caption| width(caption)).max().unwrap_or(1);
    let every = (widest + 2).div_ceil(column).max(1);
    for (n, caption) in captions.iter().enumerate().step_by(every) {
        let x = left + columns(n * column);
        if usize::from(x) + width(caption) <= usize::from(area.right()) {
            pen.put(x, y, columns(width(caption)), caption, muted);
        }
    }
}

/// What the chart of the days shows, a line for each of the latest that had messages.
fn days_in_words(
    step: Step,
    steps: &[(NaiveDate, Exchange)],
    model: &Model,
    look: &Look,
    pen: &mut Pen<'_>,
    area: Rect,
) {
    let (texts, dates) = (&look.texts, dates(model, look));
    let this_year = model.today().year();
    let text = pen.role(Role::Text);
    let there = steps.iter().rev().filter(|(_, both)| both.total() > 0);
    for ((start, both), y) in there.zip(area.y + 1..area.bottom()) {
        let when = words::step_start(&dates, step, *start, start.year() != this_year);
        let (came, went) =
            (texts.count(Key::StatsIn, both.incoming), texts.count(Key::StatsOut, both.outgoing));
        pen.put(area.x, y, area.width, &format!("{when}: {came}, {went}"), text);
    }
}

/// What the shades of the hours show: how many there were on each day of the week, and at which hour most.
fn hours_in_words(stats: &Stats, model: &Model, look: &Look, pen: &mut Pen<'_>, area: Rect) {
    let (texts, dates) = (&look.texts, dates(model, look));
    let text = pen.role(Role::Text);
    let week = stats.week(texts.customs().week_start);
    for ((day, hours), y) in week.into_iter().zip(area.y + 1..area.bottom()) {
        let sum: u64 = hours.iter().map(|hour| hour.total()).sum();
        let mut said = format!("{}: {}", dates.weekday(day), texts.number(sum));
        let peak = (0..24).zip(hours.iter().map(|hour| hour.total())).rev().max_by_key(|(_, total)| *total);
        if let Some((hour, total)) = peak.filter(|(_, total)| *total > 0) {
            let (when, n) = (dates.clock(hour, 0), texts.number(total));
            said = format!("{said}, {}", texts.fill(Key::HeatBusiest, &[("when", &when), ("n", &n)]));
        }
        pen.put(area.x, y, area.width, &said, text);
    }
}

/// Columns that stand on the lower edge of so many rows, in eighths of a row.
fn bars(
    (figures, most): (&[u64], u64),
    (column, bar, rows): (usize, usize, usize),
    style: Style,
    pen: &mut Pen<'_>,
    (left, top, right): (u16, u16, u16),
) {
    let full = rows as u64 * 8;
    for (n, figure) in figures.iter().enumerate() {
        // What is there at all shows at least a sliver.
        let level = figure.saturating_mul(full).div_ceil(most.max(1));
        for row in 0..rows {
            let below = (rows - 1 - row) as u64 * 8;
            let eighths = usize::try_from(level.saturating_sub(below).min(8)).unwrap_or(8);
            let sign = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"][eighths];
            let x = left + columns(n * column);
            pen.put(
                x,
                top + columns(row),
                columns(bar).min(right.saturating_sub(x)),
                &sign.repeat(bar),
                style,
            );
        }
    }
}

/// Messages by weekday and hour: the more, the denser.
pub(super) fn hours(stats: &Stats, model: &Model, look: &Look, pen: &mut Pen<'_>, area: Rect) {
    let texts = &look.texts;
    let dates = dates(model, look);
    let most = stats.busiest();
    let week_start = texts.customs().week_start;
    let (muted, style, text) = (pen.role(Role::Muted), pen.role(Role::Outgoing), pen.role(Role::Text));
    let busiest = (stats.week(week_start).into_iter())
        .flat_map(|(day, hours)| (0..).zip(hours).map(move |(hour, both)| (day, hour, both.total())))
        .max_by_key(|(_, _, total)| *total);
    let note = busiest.map(|(day, hour, total)| {
        let when = format!("{} {}", dates.short_weekday(day), dates.clock(hour, 0));
        texts.fill(Key::HeatBusiest, &[("when", &when), ("n", &texts.number(total))])
    });
    title(texts.get(Key::HeatTitle), note.as_deref().unwrap_or_default(), pen, area);
    if pen.is_plain() {
        return hours_in_words(stats, model, look, pen, area);
    }
    // A weekday, its hours, its sum.
    let (names, sums) = (4, 8);
    let cell = usize::from(area.width.saturating_sub(names + sums) / 24).clamp(1, 3);
    let left = area.x + names;
    let end = left + columns(cell * 24);
    for ((day, hours), y) in stats.week(week_start).into_iter().zip(area.y + 1..area.bottom()) {
        pen.put(area.x, y, names, dates.short_weekday(day), text);
        for (hour, both) in hours.iter().enumerate() {
            let sign = ["·", "░", "▒", "▓", "█"][shade(both.total(), most)];
            let (sign, style) =
                if sign == "·" { (sign.to_owned(), muted) } else { (sign.repeat(cell), style) };
            let x = left + columns(hour * cell);
            pen.put(x, y, columns(cell).min(area.right().saturating_sub(x)), &sign, style);
        }
        let sum: u64 = hours.iter().map(|hour| hour.total()).sum();
        if end + sums <= area.right() {
            pen.put_right(end + sums, y, sums - 1, &texts.number(sum), muted);
        }
    }
    let y = area.y + 8;
    if y < area.bottom() {
        let every = if cell > 1 { 3 } else { 6 };
        for (hour, n) in (0..24).zip(0..).step_by(every) {
            let x = left + columns(n * cell);
            pen.put(x, y, area.right().saturating_sub(x).min(3), &dates.hour(hour), muted);
        }
    }
}

/// A number of columns or rows on the screen.
fn columns(n: usize) -> u16 {
    u16::try_from(n).unwrap_or(u16::MAX)
}
