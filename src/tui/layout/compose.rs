//! Where everything stands in the box in which one writes.
//!
//! ```text
//! ╭ New message ───────────────────────────────╮   ╭ … ─────────────────────────────────────────╮
//! │ To       Ana Ruiz <+573001112233>, @vip    │   │ When     mon 30 nov 09:30, once            │
//! │ By       ‹ automatic ›                     │   │ ────────────────────────────────────────── │
//! │ ────────────────────────────────────────── │   │  ‹ November 2026 ›     Time    09:30       │
//! │ the text, or whom the name may mean        │   │  mo tu we th fr sa su  Repeat  ‹ weekly ›  │
//! │                                            │   │                    1   Next                │
//! │ ────────────────────────────────────────── │   │   2  3  4  5  6  7  8  mon 30 nov 09:30    │
//! │ 1 part, 160 left                           │   │  …                     …                   │
//! ╰────────────────────────────────────────────╯   ╰────────────────────────────────────────────╯
//! ```

use ratatui::layout::{Position, Rect};

use crate::domain::draft::DraftKey;
use crate::i18n::{Key, Texts};
use crate::tui::layout::Areas;
use crate::tui::model::{Compose, ComposeField, Dialog, Model};
use crate::tui::text::{width, wrap};

/// The most columns and rows that the text has.
const BODY: (u16, u16) = (72, 10);

/// The rows of a text that is written below its conversation, the fewest columns for that, and the fewest rows of the
/// conversation beside it.
const IN_PLACE: u16 = 4;
const IN_PLACE_WIDTH: u16 = 40;
const STAYS: u16 = 8;

/// Below this height the lines between the parts are left out.
const LOW: u16 = 18;

/// The columns of a calendar: seven days of two figures and a blank.
pub const CALENDAR: u16 = 21;

/// A body this wide has its calendar beside the rest.
const BESIDE: u16 = CALENDAR + 2 + 20;

/// The rectangles of the box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ComposeAreas {
    /// The box with its frame.
    pub frame: Rect,
    /// The recipients.
    pub to: Option<Rect>,
    /// The channel.
    pub channel: Option<Rect>,
    /// When it leaves, in words.
    pub when: Option<Rect>,
    /// The line above the body, where there is room for it.
    pub above: Option<Rect>,
    /// The text; or the calendar, or whom a name may mean.
    pub body: Rect,
    /// The line below the body.
    pub below: Option<Rect>,
    /// What is wrong, or how many parts it makes.
    pub said: Rect,
}

impl ComposeAreas {
    /// The rectangles: below the conversation that is answered, where it is on the screen and has room for that; else in
    /// the middle.
    pub fn of(model: &Model, compose: &Compose) -> Self {
        let lines = [compose.key.has_recipients(), has_channel(compose), compose.when.is_some()];
        let rows = u16::try_from(lines.iter().filter(|there| **there).count()).unwrap_or(0);
        let size = model.size;
        let in_place = in_place(model, compose);
        let with_lines = in_place.is_some() || size.height >= LOW;
        let frame = in_place.unwrap_or_else(|| {
            let columns = (BODY.0 + 4).min(size.width);
            let more = channel_rows(model, compose, columns).saturating_sub(1);
            let extra = rows + 1 + if with_lines { 2 + more } else { 0 };
            let height = (BODY.1 + extra + 2).min(size.height.saturating_sub(1)).max(3);
            let x = (size.width - columns) / 2;
            Rect { x, y: size.height.saturating_sub(height) / 2, width: columns, height }
        });
        let inner = Rect {
            x: frame.x + 2,
            y: frame.y + 1,
            width: frame.width.saturating_sub(4),
            height: frame.height.saturating_sub(2),
        };
        let mut top = inner.y;
        let mut lines_of = |wanted: bool, height: u16| {
            let at = Rect { y: top, height, ..inner };
            top += if wanted { height } else { 0 };
            wanted.then_some(at)
        };
        let channel_height = if with_lines { channel_rows(model, compose, frame.width).max(1) } else { 1 };
        let [to, channel, when] = fitting(lines, compose.field, inner.height);
        let (to, channel) = (lines_of(to, 1), lines_of(channel, channel_height));
        let when = lines_of(when, 1);
        let above = lines_of(with_lines && rows > 0, 1);
        let said = Rect { y: inner.bottom().saturating_sub(1), height: 1, ..inner };
        let below = with_lines.then(|| Rect { y: said.y.saturating_sub(1), ..said });
        let end = below.map_or(said.y, |below| below.y);
        let body = Rect { y: top, height: end.saturating_sub(top).max(1), ..inner };
        Self { frame, to, channel, when, above, body, below, said }
    }

    /// The calendar and what stands with it.
    pub fn plan(&self) -> PlanAreas {
        PlanAreas::of(self.body)
    }

    /// The field at a place of the screen.
    pub fn field_at(&self, compose: &Compose, at: Position) -> Option<ComposeField> {
        let is_in = |area: Option<Rect>| area.is_some_and(|area| area.contains(at));
        if is_in(self.to) {
            Some(ComposeField::To)
        } else if is_in(self.channel) {
            Some(ComposeField::Channel)
        } else if is_in(self.when) {
            Some(ComposeField::When)
        } else if !self.body.contains(at) {
            None
        } else if !compose.field.is_plan() {
            Some(ComposeField::Text)
        } else {
            let plan = self.plan();
            [
                (plan.month, ComposeField::Day),
                (plan.time, ComposeField::Time),
                (plan.repeat, ComposeField::Repeat),
            ]
            .into_iter()
            .find(|(area, _)| area.contains(at))
            .map(|(_, field)| field)
        }
    }
}

/// Which of the lines above the body are shown in so many rows: the one that is being written, and of the others what leaves
/// the body a row.
fn fitting(wanted: [bool; 3], field: ComposeField, rows: u16) -> [bool; 3] {
    let [to, channel, when] = wanted;
    let written = [ComposeField::To, ComposeField::Channel, ComposeField::When].map(|line| line == field);
    let is_written = written.into_iter().zip(wanted).any(|(written, wanted)| written && wanted);
    let mut left = rows.saturating_sub(2).saturating_sub(u16::from(is_written));
    let mut fits = |wanted: bool, written: bool| {
        let fits = wanted && (written || left > 0);
        left -= u16::from(fits && !written);
        fits
    };
    // To whom matters most, by which channel least.
    let [to_written, channel_written, when_written] = written;
    let to = fits(to, to_written);
    let when = fits(when, when_written);
    [to, fits(channel, channel_written), when]
}

/// The lower part of the conversation that is answered, for writing there.
fn in_place(model: &Model, compose: &Compose) -> Option<Rect> {
    let about = model.reading.about?;
    let is_about = match compose.key {
        DraftKey::Reply(contact) => about.contact == contact,
        DraftKey::Edit(message) => about.message == message,
        DraftKey::New(_) | DraftKey::Schedule(_) => false,
    };
    let pane = Areas::without_compose(model)?.reading.filter(|_| is_about)?;
    let body = if compose.field.is_plan() { BODY.1 } else { IN_PLACE };
    let rows = channel_rows(model, compose, pane.width) + u16::from(compose.when.is_some());
    let height = body + rows + 1 + 2 + 2;
    // As much of the conversation stays in sight.
    let has_room = pane.width >= IN_PLACE_WIDTH && pane.height >= height + STAYS;
    has_room.then(|| Rect { y: pane.bottom() - height, height, ..pane })
}

/// How much of the screen a message takes that is written below its conversation.
pub fn taken(model: &Model) -> u16 {
    let Some(Dialog::Compose(compose)) = &model.dialog else { return 0 };
    in_place(model, compose).map_or(0, |area| area.height)
}

/// The columns of the captions of the fields: as many as the widest has, and two blanks.
pub fn caption_columns(texts: &Texts) -> u16 {
    let all = [Key::ComposeTo, Key::ComposeVia, Key::ComposeWhen];
    let widest = all.into_iter().map(|key| width(texts.get(key))).max().unwrap_or(0);
    u16::try_from(widest + 2).unwrap_or(u16::MAX)
}

/// What is said where no channel can take it.
pub fn no_channel<'t>(compose: &Compose, texts: &'t Texts) -> &'t str {
    texts.get(if compose.key.has_recipients() { Key::ComposeNoChannel } else { Key::ComposeNoWay })
}

/// The rows of the channel in a box of so many columns: one, or those that it takes to say that there is none.
fn channel_rows(model: &Model, compose: &Compose, columns: u16) -> u16 {
    if !has_channel(compose) {
        return 0;
    }
    if !compose.ways.is_empty() {
        return 1;
    }
    let texts = &model.wording.texts;
    let room = columns.saturating_sub(4 + caption_columns(texts));
    u16::try_from(wrap(no_channel(compose, texts), room.into()).len()).unwrap_or(1)
}

/// Whether there is something to say about the channel: there are several, none, or the address matters.
fn has_channel(compose: &Compose) -> bool {
    let to_one = matches!(compose.key, DraftKey::Reply(_) | DraftKey::Edit(_));
    compose.is_loaded && (to_one || compose.ways.len() != 1)
}

/// The rectangles of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlanAreas {
    /// The month: its name, the days of the week, six weeks.
    pub month: Rect,
    /// The time of day.
    pub time: Rect,
    /// How often.
    pub repeat: Rect,
    /// The next fires.
    pub fires: Rect,
}

impl PlanAreas {
    fn of(body: Rect) -> Self {
        if body.width >= BESIDE {
            let x = body.x + CALENDAR + 2;
            let beside = |y: u16, height: u16| {
                let room = body.height.saturating_sub(y);
                Rect {
                    x,
                    y: body.y + y.min(body.height),
                    width: body.width - CALENDAR - 2,
                    height: height.min(room),
                }
            };
            let month = Rect { width: CALENDAR, height: body.height.min(8), ..body };
            return Self { month, time: beside(0, 1), repeat: beside(1, 1), fires: beside(3, 7) };
        }
        let month = Rect { height: body.height.min(8), width: body.width.min(CALENDAR), ..body };
        let below = |n: u16, height: u16| {
            let y = (month.bottom() + n).min(body.bottom());
            Rect { y, height: height.min(body.bottom() - y), ..body }
        };
        // The fires stand beside the weeks; a moment needs no more than what is left there.
        let x = (body.x + CALENDAR + 1).min(body.right());
        let fires = Rect { x, y: body.y + 1, width: body.right() - x, height: body.height.saturating_sub(3) };
        Self { month, time: below(0, 1), repeat: below(1, 1), fires }
    }
}

/// The columns and rows of the text of a message that is being written.
pub fn text_area(model: &Model, compose: &Compose) -> (usize, usize) {
    let body = ComposeAreas::of(model, compose).body;
    // The cursor behind a full row has a column of its own.
    (usize::from(body.width.saturating_sub(1)).max(1), body.height.into())
}
