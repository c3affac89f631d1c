//! The list: its title or the search box, and its rows.

use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::{Look, Pen, calls, dates, place_name, schedules, title_role};
use crate::config::{ColumnName, DateStyle};
use crate::domain::folder::Folder;
use crate::domain::listing::{MessageRow, Place, Row};
use crate::domain::message::{Message, Status};
use crate::i18n::{Key, Lang};
use crate::tui::action::Action;
use crate::tui::keymap::Surface;
use crate::tui::layout::dialog::offers;
use crate::tui::layout::{RowShape, body, row_shape};
use crate::tui::model::{Load, Model, Pane, SearchBox, Window};
use crate::tui::text::{cut, width};
use crate::tui::theme::Role;
use crate::words;

/// Draws the list, and gives the place of the cursor when letters are typed there.
pub(super) fn draw(model: &Model, look: &Look, pen: &mut Pen<'_>, area: Rect) -> Option<(u16, u16)> {
    let cursor = if let Some(search) = &model.search {
        Some(search_box(search, model, look, pen, area))
    } else {
        title(model, look, pen, area);
        None
    };
    let body = body(area);
    match &model.list.window {
        Load::Idle | Load::Asked => {}
        Load::Failed(sentence) => paragraphs(pen, body, &[(sentence, Role::Failed)]),
        Load::Ready(window) if window.rows.is_empty() => empty(model, look, pen, body),
        Load::Ready(window) => rows(window, model, look, pen, area),
    }
    if model.search.as_ref().is_some_and(|search| search.error.is_some()) {
        let muted = pen.role(Role::Muted);
        pen.unpaint(body, Style::new().add_modifier(Modifier::REVERSED));
        pen.paint(body, muted);
    }
    cursor
}

fn title(model: &Model, look: &Look, pen: &mut Pen<'_>, area: Rect) {
    let texts = &look.texts;
    let muted = pen.role(Role::Muted);
    let figures = if model.query_text.is_empty() && model.view.place != Place::Everywhere {
        let unread = model
            .folder()
            .and_then(|folder| model.counts.ready().map(|counts| counts.of(folder).unread))
            .filter(|unread| *unread > 0)
            .map(|unread| texts.count(Key::UnreadCount, unread));
        let total = model.total().map(|total| texts.number(total));
        unread.into_iter().chain(total).collect::<Vec<_>>().join(" · ")
    } else {
        model.total().map(|matches| texts.count(Key::Matches, matches)).unwrap_or_default()
    };
    let order = if model.is_newest_first() { "" } else { "↑ " };
    let figures = format!("{order}{figures}");
    let right = area.right().saturating_sub(1);
    let taken = pen.put_right(right, area.y, area.width.saturating_sub(2), &figures, muted);
    let room = area.width.saturating_sub(taken + 3);
    let style = pen.role(title_role(model, Pane::List));
    let used = pen.put(area.x + 1, area.y, room, &place_name(model, look), style);
    if !model.query_text.is_empty() {
        let query = format!(" / {}", words::one_line(&model.query_text));
        let found = pen.role(Role::Match);
        pen.put(area.x + 1 + used, area.y, room.saturating_sub(used), &query, found);
    }
}

fn search_box(search: &SearchBox, model: &Model, look: &Look, pen: &mut Pen<'_>, area: Rect) -> (u16, u16) {
    let texts = &look.texts;
    let (muted, key) = (pen.role(Role::Muted), pen.role(Role::Key));
    let scope = format!("[{}]", place_name(model, look));
    // What stands below is no answer to what cannot be understood.
    let matches =
        model.total().filter(|_| search.error.is_none()).map(|total| texts.number(total)).unwrap_or_default();
    let right = area.right().saturating_sub(1);
    let mut taken = 0;
    // What is typed keeps at least half of the line.
    let most = area.width / 2;
    if !search.input.text.is_empty() {
        taken += pen.put_right(right, area.y, most, &format!(" {matches}"), muted);
    }
    taken += pen.put_right(right - taken, area.y, most.saturating_sub(taken), &format!(" {scope}"), muted);
    pen.put(area.x, area.y, 2, "/ ", key);
    let room = usize::from(area.width.saturating_sub(taken + 4));
    // The cursor is always seen: a long text is scrolled to it.
    let before = search.input.text.get(..search.input.cursor).unwrap_or_default();
    let skipped = before
        .char_indices()
        .map(|(at, _)| at)
        .find(|at| width(before.get(*at..).unwrap_or_default()) < room)
        .unwrap_or(before.len());
    let shown = search.input.text.get(skipped..).unwrap_or_default();
    let room = u16::try_from(room).unwrap_or(area.width);
    let text = pen.role(Role::Text);
    let used = pen.put(area.x + 2, area.y, room + 1, &cut(shown, usize::from(room) + 1), text);
    // What is wrong is marked where it stands.
    if let Some(error) = search.error.as_ref().filter(|_| !search.is_unfinished()) {
        let failed = pen.role(Role::Failed).add_modifier(Modifier::UNDERLINED);
        let begin = error.range.start.max(skipped);
        let before = width(search.input.text.get(skipped..begin).unwrap_or_default());
        let wrong = width(search.input.text.get(begin..error.range.end).unwrap_or_default());
        let column = u16::try_from(before).unwrap_or(0).min(used);
        let wide = u16::try_from(wrong).unwrap_or(0).min(used - column);
        pen.paint(Rect { x: area.x + 2 + column, width: wide, height: 1, ..area }, failed);
    }
    if search.input.cursor == search.input.text.len() {
        pen.put(area.x + 2 + used, area.y, (room + 1).saturating_sub(used), &ghost(search), muted);
    }
    let column = width(before.get(skipped..).unwrap_or_default());
    (area.x + 2 + u16::try_from(column).unwrap_or(0), area.y)
}

/// What would be taken of what is offered, behind the cursor.
fn ghost(search: &SearchBox) -> String {
    let offered = search.completion.piece.as_ref().zip(search.completion.found.first());
    let Some((piece, value)) = offered.filter(|(piece, _)| piece.range.end == search.input.cursor) else {
        return String::new();
    };
    let begins = value.to_lowercase().starts_with(&piece.typed.to_lowercase());
    let rest: String = value.chars().skip(piece.typed.chars().count()).collect();
    words::one_line(&if begins { rest } else { format!(" → {value}") })
}

/// What an empty list says: in a workspace without anything, how to bring messages in.
fn empty(model: &Model, look: &Look, pen: &mut Pen<'_>, body: Rect) {
    let texts = &look.texts;
    let nothing_at_all = model.counts.ready().is_some_and(|counts| counts.total() == 0);
    if !model.view.query.is_empty() {
        let hint =
            // While something is offered, the key that the hint names takes that.
            if model.view.place == Place::Everywhere || offers(model).is_some() {
                Key::EmptySearch
            } else {
                Key::EmptySearchHere
            };
        let scope = look.keymap.named_key(Surface::Search, Action::ToggleScope);
        paragraphs(pen, body, &[(texts.fill(hint, &[("key", &scope)]).as_str(), Role::Muted)]);
    } else if nothing_at_all {
        let key = |action| look.keymap.named_key(Surface::List, action);
        let import = texts.fill(Key::WelcomeImport, &[("key", &key(Action::Import))]);
        let channel = texts.fill(Key::WelcomeChannel, &[("key", &key(Action::Compose))]);
        let (help, quit) = (key(Action::Help), key(Action::Quit));
        let help = texts.fill(Key::WelcomeHelp, &[("help", &help), ("quit", &quit)]);
        let lines = [
            (texts.get(Key::Welcome), Role::Title),
            (import.as_str(), Role::Text),
            (channel.as_str(), Role::Text),
            (texts.get(Key::WelcomeDemo), Role::Text),
            (help.as_str(), Role::Text),
        ];
        paragraphs(pen, body, &lines);
    } else {
        let key = match model.view.place {
            Place::Folder(Folder::Inbox) => Key::EmptyInbox,
            Place::Folder(Folder::Flows) => Key::EmptyFlows,
            Place::Folder(Folder::Archived) => Key::EmptyArchived,
            Place::Folder(Folder::Outbox) => Key::EmptyOutbox,
            Place::Folder(Folder::Sent) => Key::EmptySent,
            Place::Folder(Folder::Calls) => Key::EmptyCalls,
            Place::Folder(Folder::Schedules) => Key::EmptySchedules,
            Place::Folder(Folder::Failed) => Key::EmptyFailed,
            Place::Label(_) | Place::Everywhere => Key::EmptyLabel,
        };
        paragraphs(pen, body, &[(texts.get(key), Role::Muted)]);
    }
}

/// Writes texts one below the other, wrapped, with a blank line between them.
pub(super) fn paragraphs(pen: &mut Pen<'_>, body: Rect, texts: &[(&str, Role)]) {
    let mut y = body.y + 1;
    let room = body.width.saturating_sub(4);
    for (text, role) in texts {
        for range in crate::tui::text::wrap(text, room.into()) {
            if y >= body.bottom() {
                return;
            }
            let style = pen.role(*role);
            pen.put(body.x + 2, y, room, text.get(range).unwrap_or_default(), style);
            y += 1;
        }
        y += 1;
    }
}

fn rows(window: &Window, model: &Model, look: &Look, pen: &mut Pen<'_>, area: Rect) {
    let shape = row_shape(model, area);
    let body = body(area);
    if model.folder() == Some(Folder::Calls) && shape.header > 0 {
        calls::header(look, pen, body, shape);
    }
    let first = body.y + shape.header;
    let visible = usize::from(body.height.saturating_sub(shape.header) / shape.height);
    for (line, (index, row)) in window.rows.iter().enumerate().skip(window.top).take(visible).enumerate() {
        let y = first + u16::try_from(line).unwrap_or(0) * shape.height;
        let at = Rect { x: body.x, y, width: body.width, height: shape.height };
        let selection = (index == window.selected).then(|| select(model, pen, at));
        match row {
            row if pen.is_plain() => super::plain::row(row, model, look, pen, at),
            Row::Message(row) => message(row, model, look, pen, at, shape),
            Row::Call(row) => calls::row(row, model, look, pen, (at, shape)),
            Row::Schedule(row) => schedules::row(row, model, look, pen, at),
        }
        if let Some(style) = selection {
            pen.unpaint(at, style);
        }
    }
}

/// Marks the selected row, and gives the style of its selection.
fn select(model: &Model, pen: &mut Pen<'_>, at: Rect) -> Style {
    let active = model.pane == Pane::List && model.dialog.is_none();
    let style = pen.role(if active { Role::Selected } else { Role::SelectedElsewhere });
    pen.paint(at, style);
    for y in (at.top()..at.bottom()).rev() {
        pen.choose(at.x, y);
    }
    style
}

fn message(row: &MessageRow, model: &Model, look: &Look, pen: &mut Pen<'_>, at: Rect, shape: RowShape) {
    let texts = &look.texts;
    let message = &row.message;
    let unread = message.standing.unread;
    if model.is_marked(row) {
        pen.put(at.x + 1, at.y, 1, "*", pen.role(Role::Marked));
    } else if unread {
        pen.put(at.x + 1, at.y, 1, "●", pen.role(Role::Unread));
    }
    let name_style = if unread { pen.role(Role::Unread) } else { pen.role(Role::Text) };
    let right = at.right().saturating_sub(1);
    let x = at.x + 3;
    let room = right.saturating_sub(x);
    if shape.height == 1 {
        super::columns::draw(row, model, look, pen, (x, at.y, room));
        return;
    }
    // Two lines: contact, number, channel and time above what was said.
    let muted = pen.role(Role::Muted);
    let has = |name: ColumnName| model.settings.columns.iter().any(|column| column.name == name);
    let mut taken = 0;
    if has(ColumnName::Time) {
        let most = usual_width(ColumnName::Time, model, look) + 2;
        taken = pen.put_right(right, at.y, most, &when(message, model, look), muted) + 1;
    }
    let name_room = room.saturating_sub(taken);
    let mut used = name_at(pen, model, (x, at.y, name_room), &name(row, look), name_style);
    let number = (has(ColumnName::Number), words::one_line(&row.national));
    let channel = (has(ColumnName::Channel), words::one_line(words::channel(texts, message)));
    for (_, text) in [number, channel].iter().filter(|(is_wanted, _)| *is_wanted) {
        if name_room > used + 6 {
            used += 2 + pen.put(x + used + 2, at.y, name_room - used - 2, text, muted);
        }
    }
    content(message, &[], model, look, pen, (x, at.y + 1, room));
}

/// The contact of a message, as a list shows it.
pub(super) fn name(row: &MessageRow, look: &Look) -> String {
    words::one_line(words::contact(&look.texts, &row.message.contact.name, &row.national))
}

/// How wide a column is unless somebody says otherwise.
pub(super) fn usual_width(column: ColumnName, model: &Model, look: &Look) -> u16 {
    let is_longer = column == ColumnName::Time
        && model.settings.dates == DateStyle::Absolute
        && look.texts.customs().twelve_hours;
    // A comma before the year.
    let comma = column == ColumnName::Time
        && model.settings.dates == DateStyle::Absolute
        && look.texts.lang() == Lang::En;
    column.usual_width(model.settings.dates) + if is_longer { 3 } else { 0 } + u16::from(comma)
}

/// The moment of a message, in the style that was chosen.
pub(super) fn when(message: &Message, model: &Model, look: &Look) -> String {
    let (at, dates) = (shown_moment(message), dates(model, look));
    match model.settings.dates {
        DateStyle::Short => dates.brief(at, model.now),
        DateStyle::Relative => dates.distance(at, model.now),
        DateStyle::Absolute => dates.moment(at, model.now),
        DateStyle::Iso => dates.iso(at),
    }
}

/// The moment that a list shows: that of sending in Sent, of creation elsewhere.
fn shown_moment(message: &Message) -> crate::domain::Time {
    crate::domain::folder::sort_time(message.folder(), message.created_on, message.sent_on)
}

/// A name with what a search found in it.
pub(super) fn name_at(
    pen: &mut Pen<'_>,
    model: &Model,
    (x, y, columns): (u16, u16, u16),
    name: &str,
    style: Style,
) -> u16 {
    let found = pen.role(Role::Match);
    let pieces = highlighted(name, model, style, style.patch(found));
    pen.put_all(x, y, columns, &pieces)
}

/// What a message says: what became of it where that tells something, the folder where rows of several are mixed, labels,
/// attachments, and the text; but not what has a column of its own beside it.
pub(super) fn content(
    message: &Message,
    beside: &[ColumnName],
    model: &Model,
    look: &Look,
    pen: &mut Pen<'_>,
    (x, y, columns): (u16, u16, u16),
) {
    let texts = &look.texts;
    let mut used = 0;
    if let Some((sign, words, role)) = state(message, model, look)
        && !beside.contains(&ColumnName::Status)
    {
        let style = pen.role(role);
        used += pen.put(x, y, columns, &format!("{sign} {words} "), style);
    }
    if model.folder().is_none()
        && let Some(folder) = message.folder()
    {
        let muted = pen.role(Role::Muted);
        used += pen.put(
            x + used,
            y,
            columns.saturating_sub(used),
            &format!("{}: ", words::folder(texts, folder)),
            muted,
        );
    }
    let label = pen.role(Role::Label);
    let labels = if beside.contains(&ColumnName::Labels) { &[] } else { message.labels.as_slice() };
    for there in labels {
        let text = format!("#{} ", words::one_line(&there.name));
        // The text keeps at least a third of the line.
        if usize::from(used) + width(&text) > usize::from(columns) * 2 / 3 {
            break;
        }
        used += pen.put(x + used, y, columns.saturating_sub(used), &text, label);
    }
    let mut text = words::one_line(&message.text);
    if let Some(attachment) = message.attachments.first() {
        let kind = words::attachment(texts, attachment);
        text = if text.is_empty() { format!("[{kind}]") } else { format!("[{kind}] {text}") };
    }
    let plain = if message.standing.unread { pen.role(Role::Text) } else { pen.role(Role::Muted) };
    let found = pen.role(Role::Match);
    let pieces = highlighted(&text, model, plain, found);
    pen.put_all(x + used, y, columns.saturating_sub(used), &pieces);
}

/// A text in pieces, with what a search found in its own style.
pub(super) fn highlighted<'t>(
    text: &'t str,
    model: &Model,
    plain: Style,
    found: Style,
) -> Vec<(&'t str, Style)> {
    let mut pieces = Vec::new();
    let mut end = 0;
    for range in model.view.query.highlights(text) {
        pieces.push((text.get(end..range.start).unwrap_or_default(), plain));
        pieces.push((text.get(range.clone()).unwrap_or_default(), found));
        end = range.end;
    }
    pieces.push((text.get(end..).unwrap_or_default(), plain));
    pieces
}

/// How far an outgoing message got: a sign, the words for it, and how both look; nothing for an incoming one.
pub(super) fn state(message: &Message, model: &Model, look: &Look) -> Option<(&'static str, String, Role)> {
    let texts = &look.texts;
    Some(match message.standing.status {
        Status::Pending | Status::Handled => return None,
        Status::Initializing | Status::Queued => ("…", texts.get(Key::BriefQueued).to_owned(), Role::Waiting),
        Status::Errored => {
            let attempt = u64::from(message.error_count) + 1;
            let text = match message.next_attempt.filter(|at| *at > model.now) {
                Some(at) => {
                    let when = dates(model, look).distance(at, model.now);
                    texts.count_fill(Key::BriefErrored, attempt, &[("when", &when)])
                }
                None => texts.count(Key::BriefDue, attempt),
            };
            ("↻", text, Role::Waiting)
        }
        Status::Wired => ("✓", texts.get(Key::BriefWired).to_owned(), Role::Muted),
        Status::Sent => ("✓", texts.get(Key::BriefSent).to_owned(), Role::Muted),
        Status::Delivered => ("✓✓", texts.get(Key::BriefDelivered).to_owned(), Role::Arrived),
        Status::Read => ("✓✓", texts.get(Key::BriefRead).to_owned(), Role::Outgoing),
        Status::Failed => {
            let reason = message.failed_reason.map_or("", |reason| words::failed_reason(texts, reason));
            ("✗", reason.to_owned(), Role::Failed)
        }
    })
}
