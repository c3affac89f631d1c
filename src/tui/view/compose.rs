//! What is being written: to whom, by which channel, when, the text, and how many parts it makes.

use chrono::Datelike;
use ratatui::layout::Rect;

use super::dialogs::{choose, wrapped};
use super::{Look, Pen, dates, plan};
use crate::domain::channel::ChannelWay;
use crate::domain::contact::service_name;
use crate::domain::draft::DraftKey;
use crate::domain::message::LONGEST_TEXT;
use crate::domain::parts::count;
use crate::domain::recipient::{Suggestion, pieces};
use crate::i18n::Key;
use crate::tui::layout::compose::{ComposeAreas, caption_columns, no_channel};
use crate::tui::layout::dialog::first_shown;
use crate::tui::model::{Compose, ComposeField, ComposeProblem, Input, Model};
use crate::tui::text::{cut, width, wrap};
use crate::tui::theme::Role;
use crate::tui::update::first_row;
use crate::words;

/// A place of the cursor.
type Place = (u16, u16);

/// Draws it, and gives the place of the cursor.
pub(super) fn draw(compose: &Compose, model: &Model, look: &Look, pen: &mut Pen<'_>) -> Option<Place> {
    let areas = ComposeAreas::of(model, compose);
    pen.clear(areas.frame);
    pen.frame(areas.frame, &title(compose, look));
    for line in [areas.above, areas.below].into_iter().flatten() {
        pen.horizontal_line(line.x, line.y, line.width);
    }
    let mut cursor = None;
    if let Some(area) = areas.to {
        let place = to(compose, look, pen, area);
        cursor = cursor.or(place.filter(|_| compose.field == ComposeField::To));
    }
    if let Some(area) = areas.channel {
        channel(compose, look, pen, area);
    }
    if let Some(area) = areas.when {
        let place = when(compose, model, look, pen, area);
        cursor = cursor.or(place.filter(|_| compose.field == ComposeField::When));
    }
    if !compose.is_loaded {
        let muted = pen.role(Role::Muted);
        pen.put(areas.body.x, areas.body.y, areas.body.width, look.texts.get(Key::ComposeOpening), muted);
    } else if compose.field.is_plan() {
        plan::draw(compose, model, look, pen, &areas.plan());
    } else if !compose.picks().is_empty() {
        picker(compose, model, look, pen, areas.body);
    } else {
        let place = text(compose, pen, areas.body);
        cursor = cursor.or((compose.field == ComposeField::Text).then_some(place));
    }
    let (said, role) = said(compose, model, look);
    let style = pen.role(role);
    let said_at = said_area(&said, role, &areas);
    pen.clear(said_at);
    wrapped(&said, style, pen, said_at);
    cursor
}

/// Where the last line stands: what is wrong goes on above it where it is longer, the keys of a field only where a line
/// parts them from the body.
fn said_area(said: &str, role: Role, areas: &ComposeAreas) -> Rect {
    let at = areas.said;
    let rows = u16::try_from(wrap(said, at.width.into()).len()).unwrap_or(1).max(1);
    let most = match (role, areas.below) {
        (Role::Failed, _) => at.y.saturating_sub(areas.body.y).max(1),
        (_, Some(_)) => 2,
        (_, None) => 1,
    };
    let height = rows.min(most);
    Rect { y: at.y + 1 - height, height, ..at }
}

fn title(compose: &Compose, look: &Look) -> String {
    let texts = &look.texts;
    let name = words::one_line(&compose.name);
    let name = words::contact(texts, &name, "");
    match compose.key {
        DraftKey::New(_) => texts.get(Key::ComposeTitle).to_owned(),
        DraftKey::Reply(_) => texts.fill(Key::ReplyTitle, &[("name", &name)]),
        DraftKey::Edit(_) => texts.fill(Key::EditTitle, &[("name", &name)]),
        DraftKey::Schedule(_) => texts.get(Key::ScheduleTitle).to_owned(),
    }
}

/// The captions of the fields have a column of their own, as wide as the widest.
fn caption(
    key: Key,
    compose: &Compose,
    field: ComposeField,
    look: &Look,
    pen: &mut Pen<'_>,
    at: Rect,
) -> Rect {
    let texts = &look.texts;
    let columns = caption_columns(texts).min(at.width);
    let is_here = compose.field == field || (field == ComposeField::When && compose.field.is_plan());
    let style = pen.role(if is_here { Role::ActiveTitle } else { Role::Muted });
    pen.put(at.x, at.y, columns, texts.get(key), style);
    Rect { x: at.x + columns, width: at.width - columns, ..at }
}

fn to(compose: &Compose, look: &Look, pen: &mut Pen<'_>, area: Rect) -> Option<Place> {
    let area = caption(Key::ComposeTo, compose, ComposeField::To, look, pen, area);
    if compose.field == ComposeField::To || compose.to.text.is_empty() {
        return Some(line(&compose.to, look.texts.get(Key::ComposeHint), pen, area));
    }
    // Once it is written, the names say enough.
    let names = pieces(&compose.to.text).into_iter().filter_map(|range| compose.to.text.get(range));
    let names = names.map(|piece| piece.split_once('<').map_or(piece, |(name, _)| name).trim());
    let names: Vec<&str> = names.filter(|name| !name.is_empty()).collect();
    let style = pen.role(Role::Text);
    pen.put(area.x, area.y, area.width, &cut(&names.join(", "), area.width.into()), style);
    None
}

fn channel(compose: &Compose, look: &Look, pen: &mut Pen<'_>, area: Rect) {
    let texts = &look.texts;
    let area = caption(Key::ComposeVia, compose, ComposeField::Channel, look, pen, area);
    let to_one = !compose.key.has_recipients();
    if compose.ways.is_empty() {
        let style = pen.role(Role::Waiting);
        wrapped(no_channel(compose, texts), style, pen, area);
        return;
    }
    let chosen = compose.ways.iter().find(|way| Some(way.channel) == compose.channel);
    let shown = match chosen.or(compose.ways.first().filter(|_| to_one)) {
        Some(way) => way_text(way),
        None => texts.get(Key::ComposeAutomatic).to_owned(),
    };
    choice(&shown, compose.ways.len() > 1, compose.field == ComposeField::Channel, pen, area);
}

fn way_text(way: &ChannelWay) -> String {
    let name = words::one_line(&way.name);
    match &way.urn {
        Some(urn) => format!("{name} · {}", words::one_line(&urn.national())),
        None => name,
    }
}

/// What is chosen among several: between arrows, which say that there are others.
pub(super) fn choice(text: &str, has_others: bool, is_here: bool, pen: &mut Pen<'_>, area: Rect) {
    let style = pen.role(if is_here { Role::ActiveTitle } else { Role::Text });
    let arrows = pen.role(if is_here { Role::Key } else { Role::Muted });
    if has_others {
        let text = cut(text, usize::from(area.width).saturating_sub(4));
        pen.put_all(area.x, area.y, area.width, &[("‹ ", arrows), (&text, style), (" ›", arrows)]);
    } else {
        pen.put(area.x, area.y, area.width, &cut(text, area.width.into()), style);
    }
}

fn when(compose: &Compose, model: &Model, look: &Look, pen: &mut Pen<'_>, area: Rect) -> Option<Place> {
    let when = compose.when.as_ref()?;
    let area = caption(Key::ComposeWhen, compose, ComposeField::When, look, pen, area);
    let is_unclear = when.is_unclear(model.now, model.zone);
    if compose.field == ComposeField::When || is_unclear {
        return Some(line(&when.typed, look.texts.get(Key::ComposeWhenHint), pen, area));
    }
    let dates = dates(model, look);
    let first = when.plan.first_fire(model.now, model.zone);
    let repeat = words::repeat(&look.texts, &dates, &when.plan.timing());
    let (text, role) = match first {
        Some(first) => {
            let day = dates.short_weekday(dates.date(first).weekday());
            (format!("{day} {} · {repeat}", dates.moment(first, model.now)), Role::Text)
        }
        None => (look.texts.get(Key::PlanPassed).to_owned(), Role::Failed),
    };
    let style = pen.role(role);
    pen.put(area.x, area.y, area.width, &cut(&text, area.width.into()), style);
    None
}

/// A line being typed, scrolled so that its cursor is on the screen; what could be written there while it is empty.
pub(super) fn line(input: &Input, hint: &str, pen: &mut Pen<'_>, area: Rect) -> Place {
    if input.text.is_empty() {
        let muted = pen.role(Role::Muted);
        pen.put(area.x, area.y, area.width, &cut(hint, area.width.into()), muted);
        return (area.x, area.y);
    }
    let room = usize::from(area.width.saturating_sub(1)).max(1);
    let before = input.text.get(..input.cursor).unwrap_or_default();
    let mut start = 0;
    let mut used = width(before);
    for grapheme in unicode_segmentation::UnicodeSegmentation::graphemes(before, true) {
        if used <= room {
            break;
        }
        used -= width(grapheme);
        start += grapheme.len();
    }
    let style = pen.role(Role::Text);
    let shown = cut(input.text.get(start..).unwrap_or_default(), area.width.into());
    pen.put(area.x, area.y, area.width, &shown, style);
    (area.x + u16::try_from(used).unwrap_or(0).min(area.width.saturating_sub(1)), area.y)
}

/// Whom the name that is being typed may mean.
fn picker(compose: &Compose, model: &Model, look: &Look, pen: &mut Pen<'_>, area: Rect) {
    let texts = &look.texts;
    let (plain, muted, label) = (pen.role(Role::Text), pen.role(Role::Muted), pen.role(Role::Label));
    let selected = compose.picker.selected;
    let top = first_shown(model.dialog_top, selected, area.height.into());
    for ((n, one), y) in compose.picks().iter().enumerate().skip(top).zip(area.top()..area.bottom()) {
        if n == selected {
            choose(pen, Rect { y, height: 1, ..area });
        }
        let (name, style, detail) = match one {
            Suggestion::Contact { name, urn, .. } if name.is_empty() => {
                (urn.national(), plain, service_name(urn.scheme()).to_owned())
            }
            Suggestion::Contact { name, urn, .. } => {
                (name.clone(), plain, format!("{} · {}", service_name(urn.scheme()), urn.national()))
            }
            Suggestion::Address(urn) => (urn.national(), plain, texts.get(Key::PickerNew).to_owned()),
            Suggestion::Group { name, members } => {
                (format!("@{name}"), label, texts.count(Key::PickerMembers, *members))
            }
            Suggestion::Label { name, messages } => {
                (format!("#{name}"), label, texts.count(Key::PickerMessages, *messages))
            }
        };
        let detail = words::one_line(&detail);
        let (x, right) = (area.x + 2, area.right().saturating_sub(1));
        let wide = pen.put_right(right, y, (area.width / 2).max(1), &detail, muted);
        let left = right.saturating_sub(x).saturating_sub(wide + 1);
        pen.put(x, y, left, &cut(&words::one_line(&name), left.into()), style);
    }
}

/// The rows of the text around the cursor.
fn text(compose: &Compose, pen: &mut Pen<'_>, area: Rect) -> Place {
    let style = pen.role(Role::Text);
    let columns = usize::from(area.width.saturating_sub(1)).max(1);
    let rows = compose.editor.rows(columns);
    let (row, column) = compose.editor.cursor_row_col(columns);
    let top = first_row(compose, columns, area.height.into());
    for (range, y) in rows.iter().skip(top).zip(area.top()..area.bottom()) {
        let line = compose.editor.text().get(range.clone()).unwrap_or_default();
        let line = line.replace('\t', " ");
        pen.put(area.x, y, area.width, line.trim_end_matches('\n'), style);
    }
    let x = area.x + u16::try_from(column).unwrap_or(0).min(area.width.saturating_sub(1));
    (x, area.y + u16::try_from(row - top).unwrap_or(0))
}

/// The last line: what is wrong, what the keys of the field are, or how many parts the text makes.
fn said(compose: &Compose, model: &Model, look: &Look) -> (String, Role) {
    let texts = &look.texts;
    let problem = |text: String| (text, Role::Failed);
    match &compose.problem {
        Some(ComposeProblem::Nobody) => return problem(texts.get(Key::NobodyChosen).to_owned()),
        Some(ComposeProblem::NoText) => return problem(texts.get(Key::UsageEmptyText).to_owned()),
        Some(ComposeProblem::TooLong(n)) => {
            return problem(texts.fill(Key::UsageLongText, &[("n", n), ("most", &LONGEST_TEXT)]));
        }
        Some(ComposeProblem::Said(sentence)) => return problem(words::one_line(sentence)),
        Some(ComposeProblem::NoMoment) => return problem(texts.get(Key::ComposeNoMoment).to_owned()),
        None => {}
    }
    let is_unclear = compose.when.as_ref().is_some_and(|when| when.is_unclear(model.now, model.zone));
    let keys = match compose.field {
        ComposeField::When if is_unclear => Key::ComposeNoMoment,
        ComposeField::When => Key::KeysWhen,
        ComposeField::Day => Key::KeysDay,
        ComposeField::Time => Key::KeysTime,
        ComposeField::Repeat => Key::KeysRepeat,
        ComposeField::Channel => Key::KeysChannel,
        ComposeField::To => Key::KeysPicker,
        ComposeField::Text => {
            let parts = count(compose.editor.text());
            let left = texts.number(parts.left as u64);
            return (
                texts.count_fill(Key::ComposeParts, parts.parts as u64, &[("left", &left)]),
                Role::Muted,
            );
        }
    };
    (texts.get(keys).to_owned(), Role::Muted)
}
