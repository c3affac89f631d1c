//! Schedules: next fire, repeat, recipients and text, in the list and in full.

use ratatui::layout::Rect;

use super::list::{highlighted, paragraphs};
use super::{Look, Pen, dates};
use crate::domain::listing::ScheduleRow;
use crate::domain::schedule::Schedule;
use crate::i18n::Key;
use crate::tui::model::Model;
use crate::tui::text::{clean_lines, width};
use crate::tui::theme::Role;
use crate::words;

pub(super) fn row(row: &ScheduleRow, model: &Model, look: &Look, pen: &mut Pen<'_>, at: Rect) {
    let schedule = &row.schedule;
    let dates = dates(model, look);
    let x = at.x + 2;
    let right = at.right().saturating_sub(1);
    let room = right.saturating_sub(x);
    let (muted, text, found) = (pen.role(Role::Muted), pen.role(Role::Text), pen.role(Role::Match));
    let (mut next, role) = next_fire(schedule, model, look);
    let style = pen.role(role);
    let mut repeat = words::repeat(&look.texts, &dates, &schedule.timing);
    let fits = |next: &str, repeat: &str| width(next) + 2 + width(repeat) <= room.into();
    if let Some(fire) = schedule.next_fire.filter(|_| !schedule.paused && !fits(&next, &repeat)) {
        // The time of day stands at the left already; how long it is until then can be reckoned.
        repeat = words::repeat_without_time(&look.texts, &dates, &schedule.timing);
        if !fits(&next, &repeat) {
            next = dates.moment(fire, model.now);
        }
    }
    let used = pen.put(x, at.y, room, &next, style);
    if room > used + 2 {
        pen.put_right(right, at.y, room - used - 2, &repeat, muted);
    }
    let to = words::recipients(&look.texts, schedule);
    let to_room = (room / 3).max(8);
    let used = pen.put_all(x, at.y + 1, to_room, &highlighted(&to, model, text, found));
    let line = words::one_line(&schedule.text);
    if room > used + 2 {
        pen.put_all(x + used + 2, at.y + 1, room - used - 2, &highlighted(&line, model, muted, found));
    }
}

/// When a schedule fires next, as a moment and as a distance.
fn next_fire(schedule: &Schedule, model: &Model, look: &Look) -> (String, Role) {
    let dates = dates(model, look);
    match schedule.next_fire {
        _ if schedule.paused => (format!("‖ {}", look.texts.get(Key::Paused)), Role::Waiting),
        Some(next) => {
            (format!("{} · {}", dates.moment(next, model.now), dates.distance(next, model.now)), Role::Unread)
        }
        None => ("—".to_owned(), Role::Muted),
    }
}

/// How many fires are shown.
const UPCOMING: usize = 5;

/// A schedule in full: what, to whom, how often, and the next fires.
pub(super) fn details(schedule: &Schedule, model: &Model, look: &Look, pen: &mut Pen<'_>, body: Rect) {
    let texts = &look.texts;
    let dates = dates(model, look);
    let field = |key: Key, value: &str| format!("{}: {value}", texts.get(key));
    let text = clean_lines(&schedule.text);
    let to = field(Key::FieldTo, &words::recipients(&look.texts, schedule));
    let mut when = field(Key::FieldRepeat, &words::repeat(texts, &dates, &schedule.timing));
    if schedule.paused {
        when = format!("{when} · {}", texts.get(Key::Paused));
    }
    let last = schedule.last_fire.map(|last| field(Key::FieldLastFire, &dates.moment(last, model.now)));
    let fires = schedule.timing.upcoming(schedule.next_fire, model.zone, UPCOMING);
    let fires: Vec<String> = fires
        .into_iter()
        .map(|fire| {
            let day = dates.short_weekday(chrono::Datelike::weekday(&dates.date(fire)));
            format!("{day} {}", dates.moment(fire, model.now))
        })
        .collect();
    let fires = format!("{}\n{}", texts.get(Key::FieldNextFire), fires.join("\n"));
    let mut lines =
        vec![(text.as_str(), Role::Text), (to.as_str(), Role::Muted), (when.as_str(), Role::Muted)];
    lines.extend(last.as_deref().map(|last| (last, Role::Muted)));
    lines.push((fires.as_str(), Role::Unread));
    paragraphs(pen, body, &lines);
}
