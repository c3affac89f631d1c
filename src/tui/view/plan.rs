//! When it leaves: the calendar of a month with the days on which it fires, the time, how often, and the next fires.

use chrono::{Datelike, Timelike};
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use super::compose::choice;
use super::{Look, Pen, dates};
use crate::domain::plan::{Frequency, week_from, weeks};
use crate::domain::schedule::Repeat;
use crate::i18n::Key;
use crate::tui::layout::compose::PlanAreas;
use crate::tui::model::{Compose, ComposeField, Model, When};
use crate::tui::text::{cut, fit, width};
use crate::tui::theme::Role;

/// How many fires are shown.
const UPCOMING: usize = 5;

/// So many columns have room for the day of the week.
const WITH_WEEKDAY: usize = 19;

pub(super) fn draw(compose: &Compose, model: &Model, look: &Look, pen: &mut Pen<'_>, areas: &PlanAreas) {
    let Some(when) = &compose.when else { return };
    month(when, compose.field, model, look, pen, areas);
    let texts = &look.texts;
    let time = dates(model, look).clock(when.plan.start.hour(), when.plan.start.minute());
    let captions = [texts.get(Key::ComposeTime), texts.get(Key::ComposeRepeat)];
    let columns = captions.iter().map(|caption| width(caption)).max().unwrap_or(0) + 1;
    let field = |caption: &str, text: &str, field: ComposeField, pen: &mut Pen<'_>, at: Rect| {
        let is_here = compose.field == field;
        let style = pen.role(if is_here { Role::ActiveTitle } else { Role::Muted });
        let used = pen.put(
            at.x,
            at.y,
            at.width.min(u16::try_from(columns).unwrap_or(0)),
            &fit(caption, columns),
            style,
        );
        if at.height > 0 {
            choice(text, true, is_here, pen, Rect { x: at.x + used, width: at.width - used, ..at });
        }
    };
    field(captions[0], &time, ComposeField::Time, pen, areas.time);
    field(captions[1], &repeat(when, look, model), ComposeField::Repeat, pen, areas.repeat);
    fires(when, model, look, pen, areas.fires);
}

/// `weekly mo we`.
fn repeat(when: &When, look: &Look, model: &Model) -> String {
    let name = look.texts.get(match Frequency::of(when.plan.repeat) {
        Frequency::Never => Key::PeriodNever,
        Frequency::Daily => Key::PeriodDaily,
        Frequency::Weekly => Key::PeriodWeekly,
        Frequency::Monthly => Key::PeriodMonthly,
        Frequency::Yearly => Key::PeriodYearly,
    });
    let Repeat::Weekly(days) = when.plan.repeat else { return name.to_owned() };
    let dates = dates(model, look);
    let days: Vec<&str> = days.iter().map(|day| dates.short_weekday(day)).collect();
    format!("{name} {}", days.join(" "))
}

fn month(when: &When, field: ComposeField, model: &Model, look: &Look, pen: &mut Pen<'_>, areas: &PlanAreas) {
    let (area, columns) = (areas.month, areas.day_columns());
    let dates = dates(model, look);
    let chosen = when.plan.start.date();
    let today = dates.date(model.now);
    let (plain, muted, fire) = (pen.role(Role::Text), pen.role(Role::Muted), pen.role(Role::Unread));
    let is_here = field == ComposeField::Day;
    let style = pen.role(if is_here { Role::ActiveTitle } else { Role::Title });
    let name = dates.month(chosen);
    // In the middle of the seven days.
    let room = usize::from(area.width);
    let indent = u16::try_from(room.saturating_sub(1 + width(&name)) / 2).unwrap_or(0);
    pen.put(area.x + indent, area.y, area.width - indent.min(area.width), &cut(&name, room), style);
    if area.height < 2 {
        return;
    }
    let week_start = look.texts.customs().week_start;
    for (n, day) in (0_u16..).zip(week_from(week_start)) {
        let name = if columns > 3 { dates.short_weekday(day) } else { dates.calendar_weekday(day) };
        pen.put_right(area.x + n * columns + columns - 1, area.y + 1, columns - 1, name, muted);
    }
    let fires = when.plan.days_in(chosen, model.now, model.zone);
    for (week, y) in weeks(chosen, week_start).iter().zip(area.y + 2..area.bottom()) {
        for (n, day) in (0_u16..).zip(week) {
            let Some(day) = day else { continue };
            let fires_then = fires.contains(day);
            let mut style = match () {
                () if fires_then => fire,
                () if *day < today => muted,
                () => plain,
            };
            if *day == today {
                style = style.add_modifier(Modifier::UNDERLINED);
            }
            if *day == chosen {
                style = style.add_modifier(Modifier::REVERSED);
            }
            let x = area.x + n * columns + columns - 3;
            pen.put(x, y, 2, &format!("{:>2}", day.day()), style);
            // What is told by colour is told by a sign too.
            if fires_then {
                pen.put(x + 2, y, 1, "·", fire);
            }
        }
    }
}

/// The next five fires.
fn fires(when: &When, model: &Model, look: &Look, pen: &mut Pen<'_>, area: Rect) {
    let dates = dates(model, look);
    let fires = when.plan.upcoming(model.now, model.zone, UPCOMING);
    let (muted, next) = (pen.role(Role::Muted), pen.role(Role::Unread));
    if fires.is_empty() {
        let style = pen.role(Role::Failed);
        pen.put(area.x, area.y, area.width, look.texts.get(Key::PlanPassed), style);
        return;
    }
    let mut rows = area.top()..area.bottom();
    // Where there is little room the fires need it all.
    if usize::from(area.height) > UPCOMING
        && let Some(y) = rows.next()
    {
        pen.put(area.x, y, area.width, look.texts.get(Key::FieldNextFire), muted);
    }
    for (n, (fire, y)) in fires.into_iter().zip(rows).enumerate() {
        let room = usize::from(area.width);
        let text = if room < WITH_WEEKDAY {
            dates.moment_within(fire, model.now, room)
        } else {
            let day = dates.short_weekday(dates.date(fire).weekday());
            format!("{day} {}", dates.moment_within(fire, model.now, room - width(day) - 1))
        };
        pen.put(area.x, y, area.width, &text, if n == 0 { next } else { muted });
    }
}
