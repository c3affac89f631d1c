//! The reading pane: the conversation with a contact, with the chosen message, its details and its life.

use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::list::{highlighted, paragraphs, state};
use super::{Look, Pen, dates, schedules, title_role};
use crate::domain::call::{Call, Outcome, clock_text};
use crate::domain::contact::{Urn, name_or_number};
use crate::domain::listing::Row;
use crate::domain::message::{Direction, Message};
use crate::i18n::Key;
use crate::tui::action::Action;
use crate::tui::keymap::Surface;
use crate::tui::layout::{body, has_bubbles, text_columns};
use crate::tui::model::{Conversation, Load, Model, Pane};
use crate::tui::text::width;
use crate::tui::theme::Role;
use crate::tui::thread::{Shows, Thread, ThreadLine};
use crate::words;

pub(super) fn draw(model: &Model, look: &Look, pen: &mut Pen<'_>, area: Rect) {
    let inner = body(area);
    if let Some(Row::Schedule(row)) = model.row() {
        let style = pen.role(title_role(model, Pane::Reading));
        pen.put(
            area.x + 1,
            area.y,
            area.width.saturating_sub(2),
            look.texts.get(Key::ScheduledMessage),
            style,
        );
        schedules::details(&row.schedule, model, look, pen, inner);
        return;
    }
    match &model.reading.conversation {
        Load::Idle | Load::Asked => {}
        Load::Failed(sentence) => paragraphs(pen, inner, &[(sentence, Role::Failed)]),
        Load::Ready(conversation) => {
            title(&conversation.contact.name, &conversation.urns, model, look, pen, area);
            if conversation.rows.is_empty() && conversation.calls.is_empty() {
                paragraphs(pen, inner, &[(look.texts.get(Key::EmptyConversation), Role::Muted)]);
            }
            if conversation.rows.is_empty() {
                // Nothing was written: the latest calls are all there is.
                let room = usize::from(inner.height);
                let calls = conversation.calls.iter().rev().take(room).rev();
                for (call, y) in calls.zip(inner.top()..inner.bottom()) {
                    draw_call(call, model, look, pen, (inner, y));
                }
            }
            let Some(thread) = Thread::of(model) else { return };
            let mut drawn = Drawn { model, conversation, look, thread: &thread, bubble: None };
            for (line, y) in (model.reading.top..).zip(inner.top()..inner.bottom()) {
                let Some(line) = thread.line(line) else { break };
                if let Some(row) = conversation.rows.get(line.row) {
                    drawn.line(&line, &row.message, pen, (inner, y));
                }
            }
        }
    }
}

/// The contact's name, and its addresses in full: nothing about them is left to guess.
fn title(name: &str, urns: &[Urn], model: &Model, look: &Look, pen: &mut Pen<'_>, area: Rect) {
    let addresses: Vec<String> = urns.iter().map(address).collect();
    let addresses = words::one_line(&addresses.join(" · "));
    let muted = pen.role(Role::Muted);
    let room = area.width.saturating_sub(2);
    let name = name_or_number(if words::is_blank(name) { "" } else { name }, urns);
    let name = words::one_line(words::contact(&look.texts, &name, ""));
    let style = pen.role(title_role(model, Pane::Reading));
    let used = pen.put(area.x + 1, area.y, room, &name, style);
    if usize::from(room) > usize::from(used) + 8 {
        pen.put_right(area.right().saturating_sub(1), area.y, room - used - 2, &addresses, muted);
    }
}

fn address(urn: &Urn) -> String {
    match urn.scheme() {
        "tel" => urn.path().to_owned(),
        "whatsapp" => format!("WhatsApp +{}", urn.path()),
        "telegram" if !urn.display().is_empty() => format!("Telegram @{}", urn.display()),
        _ => urn.to_string(),
    }
}

/// A conversation while it is drawn.
struct Drawn<'a> {
    model: &'a Model,
    conversation: &'a Conversation,
    look: &'a Look,
    thread: &'a Thread<'a>,
    /// The message that was drawn last, and the columns of what stands in its bubble.
    bubble: Option<(usize, u16)>,
}

/// What a line says, piece by piece.
type Pieces = Vec<(String, Style)>;

impl Drawn<'_> {
    fn line(&mut self, line: &ThreadLine, message: &Message, pen: &mut Pen<'_>, at: (Rect, u16)) {
        let (area, y) = at;
        let (model, look) = (self.model, self.look);
        match line.shows {
            Shows::Blank => return,
            Shows::Day => {
                let dates = dates(model, look);
                let day = dates.day(message.created_on, model.now);
                pen.horizontal_line(area.x + 1, y, area.width.saturating_sub(2));
                let wide = u16::try_from(width(&day)).unwrap_or(0) + 2;
                let muted = pen.role(Role::Muted);
                let x =
                    if pen.is_plain() { area.x + 2 } else { area.x + area.width.saturating_sub(wide) / 2 };
                pen.put(x, y, wide, &format!(" {day} "), muted);
                return;
            }
            Shows::Call(n) => {
                if let Some(call) = self.conversation.calls.get(n) {
                    draw_call(call, model, look, pen, at);
                }
                return;
            }
            Shows::Text(_)
            | Shows::Beyond(_)
            | Shows::Attachment(_)
            | Shows::Labels
            | Shows::Foot
            | Shows::Facts
            | Shows::Step(_) => {}
        }
        let chosen = model.reading.about.is_some_and(|about| about.message == message.id);
        if pen.is_plain() && chosen && pen.chosen().is_none() {
            pen.choose(area.x + 1, y);
        }
        let side = Side::of(message, chosen, model, pen, area);
        let pieces = self.pieces(line, message, pen);
        let pieces: Vec<(&str, Style)> = pieces.iter().map(|(text, style)| (text.as_str(), *style)).collect();
        match (&line.shows, side.bubble(model, pen)) {
            // The life of the chosen message is nothing that it says.
            (Shows::Facts | Shows::Step(_), _) => side.put(pen, y, &pieces),
            (shows, Some(style)) => {
                let columns = self.bubble_columns(line.row, message, pen, area);
                side.put_in_bubble(pen, y, &pieces, (style, columns), *shows == Shows::Foot);
            }
            // The lines of one message begin in one column, on the right side too.
            (Shows::Text(_), None) => {
                let wide = self.conversation.wrapped.get(&message.id).map_or(0, |wrapped| wrapped.widest);
                side.put_block(pen, y, &pieces, wide);
            }
            (_, None) => side.put(pen, y, &pieces),
        }
    }

    /// The columns of what stands in a message's bubble: those of its widest line.
    fn bubble_columns(&mut self, row: usize, message: &Message, pen: &Pen<'_>, area: Rect) -> u16 {
        if let Some((_, columns)) = self.bubble.filter(|(there, _)| *there == row) {
            return columns;
        }
        let most = text_columns(self.model, area.width.into());
        let said = self.conversation.wrapped.get(&message.id).map_or(0, |wrapped| wrapped.widest);
        let mut columns = said;
        for line in self.thread.lines_of(row) {
            let Some(line) = self.thread.line(line) else { break };
            if let Shows::Beyond(_) | Shows::Attachment(_) | Shows::Labels | Shows::Foot = line.shows {
                let pieces = self.pieces(&line, message, pen);
                let wide = pieces.iter().map(|(text, _)| width(text)).sum();
                // How much is missing is told in full, and so is the key for that, and why it failed.
                let is_whole = matches!(line.shows, Shows::Beyond(_) | Shows::Foot);
                columns = columns.max(if is_whole { wide } else { most.min(wide) });
            }
        }
        let columns = u16::try_from(columns).unwrap_or(area.width).min(area.width.saturating_sub(5));
        self.bubble = Some((row, columns));
        columns
    }

    /// What a line of a message says.
    fn pieces(&self, line: &ThreadLine, message: &Message, pen: &Pen<'_>) -> Pieces {
        let Self { model, conversation, look, .. } = self;
        let texts = &look.texts;
        let dates = dates(model, look);
        let (muted, label) = (pen.role(Role::Muted), pen.role(Role::Label));
        match &line.shows {
            Shows::Blank | Shows::Day | Shows::Call(_) => Vec::new(),
            Shows::Text(n) => {
                let Some(wrapped) = conversation.wrapped.get(&message.id) else { return Vec::new() };
                let (plain, found) = (pen.role(Role::Text), pen.role(Role::Match));
                let said = highlighted(wrapped.line(*n), model, plain, found);
                said.into_iter().map(|(text, style)| (text.to_owned(), style)).collect()
            }
            Shows::Beyond(more) => {
                let key = look.keymap.named_key(Surface::Reading, Action::Copy);
                vec![(texts.count_fill(Key::BeyondText, *more, &[("key", &key)]), muted)]
            }
            Shows::Attachment(n) => {
                let attachment = message.attachments.get(*n);
                let kind =
                    attachment.map(|attachment| words::attachment(texts, attachment)).unwrap_or_default();
                let url = attachment.map(|attachment| words::one_line(&attachment.url)).unwrap_or_default();
                let bytes = conversation.sizes.get(&(message.id, *n));
                let bytes = bytes.map(|bytes| format!(" {}", words::size(texts, *bytes)));
                // A file that is here is opened by a key; where it stands says nothing.
                let url = if bytes.is_some() { String::new() } else { format!(" {url}") };
                vec![(format!("[{kind}{}]", bytes.unwrap_or_default()), label), (url, muted)]
            }
            Shows::Labels => {
                let names = message.labels.iter().map(|label| format!("#{}", words::one_line(&label.name)));
                vec![(names.collect::<Vec<_>>().join(" "), label)]
            }
            Shows::Foot => {
                let time = dates.time(message.created_on);
                match state(message, model, look) {
                    Some((sign, words, role)) => {
                        vec![(format!("{time}  "), muted), (format!("{sign} {words}"), pen.role(role))]
                    }
                    None if message.standing.unread => {
                        let sign = if pen.is_plain() { texts.get(Key::PlainUnread) } else { "●" };
                        vec![(format!("{time}  "), muted), (sign.to_owned(), pen.role(Role::Unread))]
                    }
                    None => vec![(time, muted)],
                }
            }
            Shows::Facts => vec![(facts(message, look), muted)],
            Shows::Step(n) => vec![(self.thread.step(*n).to_owned(), muted)],
        }
    }
}

/// A call, in the middle between both sides.
fn draw_call(call: &Call, model: &Model, look: &Look, pen: &mut Pen<'_>, (area, y): (Rect, u16)) {
    let texts = &look.texts;
    let dates = dates(model, look);
    let (sign, word) = match call.direction {
        Direction::In => ("↙", Key::CallIn),
        Direction::Out => ("↗", Key::CallOut),
    };
    let mut said = format!("☎ {} {sign}", dates.moment(call.occurred_on, model.now));
    if pen.is_plain() {
        // The arrow says which way it went; it is not heard.
        said = format!("{said} {} ·", texts.get(word));
    }
    said = format!("{said} {}", words::outcome(texts, call.outcome));
    if let Some(duration) = call.duration {
        said = format!("{said} {}", clock_text(duration));
    }
    let is_chosen =
        model.reading.about.is_some_and(|about| about.message.0 == 0 && about.at == call.occurred_on);
    let role = match call.outcome {
        _ if is_chosen => Role::ActiveTitle,
        Outcome::Missed | Outcome::Failed => Role::Failed,
        Outcome::Answered | Outcome::Busy | Outcome::Rejected | Outcome::Voicemail | Outcome::Blocked => {
            Role::Muted
        }
    };
    let style = pen.role(role);
    let room = area.width.saturating_sub(2);
    let wide = u16::try_from(width(&said)).unwrap_or(room).min(room);
    pen.put(area.x + area.width.saturating_sub(wide) / 2, y, wide, &said, style);
}

/// Where a message stands: the contact's on the left, ours on the right, with a bar at its side.
struct Side {
    area: Rect,
    right: bool,
    bar: &'static str,
    style: Style,
    /// Whether it is the chosen message.
    chosen: bool,
}

impl Side {
    fn of(message: &Message, chosen: bool, model: &Model, pen: &Pen<'_>, area: Rect) -> Self {
        let right = message.standing.direction == Direction::Out;
        let active = chosen && model.pane == Pane::Reading;
        let role = match (active, right) {
            (true, _) => Role::ActiveTitle,
            (false, true) => Role::Outgoing,
            (false, false) => Role::Incoming,
        };
        let bar = match (pen.is_plain(), chosen) {
            // The pen puts a sign before what is chosen, once.
            (true, _) => "",
            (false, true) => "┃",
            (false, false) => "│",
        };
        // What is heard has no sides.
        // A line below it would make a ladder of the bar.
        let style = pen.role(role).remove_modifier(Modifier::UNDERLINED);
        Self { area, right: right && !pen.is_plain(), bar, style, chosen }
    }

    fn put(&self, pen: &mut Pen<'_>, y: u16, pieces: &[(&str, Style)]) {
        if !self.right {
            let room = self.area.width.saturating_sub(4);
            pen.put(self.area.x + 1, y, 1, self.bar, self.style);
            pen.put_all(self.area.x + 3, y, room, pieces);
            return;
        }
        let wide: usize = pieces.iter().map(|(text, _)| width(text)).sum();
        self.put_block(pen, y, pieces, wide);
    }

    /// What the bubble of the message is made of; none where it is drawn in lines, for want of colours too.
    fn bubble(&self, model: &Model, pen: &Pen<'_>) -> Option<Style> {
        let style = pen.role(if self.right { Role::BubbleOut } else { Role::BubbleIn });
        (has_bubbles(model) && style.bg.is_some()).then_some(style)
    }

    /// Writes a line of a bubble, at its end or at its beginning. Only the chosen one has a bar at its side.
    fn put_in_bubble(
        &self,
        pen: &mut Pen<'_>,
        y: u16,
        pieces: &[(&str, Style)],
        (bubble, columns): (Style, u16),
        at_end: bool,
    ) {
        let bar = if self.right { self.area.right().saturating_sub(2) } else { self.area.x + 1 };
        let x = if self.right { bar.saturating_sub(columns + 2) } else { bar + 1 };
        if self.chosen {
            pen.put(bar, y, 1, self.bar, self.style);
        }
        pen.paint(Rect { x, y, width: columns + 2, height: 1 }, bubble);
        let wide: usize = pieces.iter().map(|(text, _)| width(text)).sum();
        let wide = u16::try_from(wide).unwrap_or(columns).min(columns);
        let before = if at_end { columns - wide } else { 0 };
        let pieces: Vec<_> = pieces.iter().map(|(text, style)| (*text, bubble.patch(*style))).collect();
        pen.put_all(x + 1 + before, y, columns - before, &pieces);
    }

    /// Writes a line of a block that is so many columns wide.
    fn put_block(&self, pen: &mut Pen<'_>, y: u16, pieces: &[(&str, Style)], wide: usize) {
        if !self.right {
            self.put(pen, y, pieces);
            return;
        }
        let room = self.area.width.saturating_sub(4);
        let bar = self.area.right().saturating_sub(2);
        pen.put(bar, y, 1, self.bar, self.style);
        let wide = u16::try_from(wide).unwrap_or(room).min(room);
        pen.put_all(bar.saturating_sub(wide + 1), y, wide, pieces);
    }
}

/// The chosen message's number, channel, folder and flow.
fn facts(message: &Message, look: &Look) -> String {
    let texts = &look.texts;
    let mut facts = vec![format!("#{}", message.id), words::one_line(words::channel(texts, message))];
    facts.extend(message.folder().map(|folder| words::folder(texts, folder).to_owned()));
    let flow = message.flow.as_ref().filter(|flow| !flow.name.is_empty());
    facts.extend(flow.map(|flow| format!("{}: {}", texts.get(Key::FieldFlow), words::one_line(&flow.name))));
    facts.join(" · ")
}
