//! Where everything stands: the size of the terminal to rectangles. Shared by the views, the size of a page and the mouse.
//!
//! ```text
//! wide (110 columns and more)        middle (64 to 109)            narrow
//! ┌────────┬────────┬─────────┐      ┌────────┬──────────────┐     ┌───────────┐
//! │ folders│ list   │ conver- │      │ folders│ list, or the │     │ one pane  │
//! │        │        │ sation  │      │        │ conversation │     │ at a time │
//! ├────────┴────────┴─────────┤      ├────────┴──────────────┤     ├───────────┤
//! │ what just happened, where │      │                       │     │           │
//! │ the keys that matter here │      │                       │     │           │
//! └───────────────────────────┘      └───────────────────────┘     └───────────┘
//! ```
//!
//! A person may have the conversation below the list instead, or in its place at any width. Read aloud, the screen is one
//! pane at a time.

pub mod compose;
pub mod dialog;
pub mod hints;
pub mod totals;

use ratatui::layout::{Position, Rect};

use super::model::{Border, Model, Pane};
use super::text;
use crate::config::{ConversationKind, ReadingPane, RowLines};
use crate::domain::folder::Folder;

/// From this many columns on all three panes stand side by side.
const WIDE: u16 = 110;

/// From this many columns on the folders stand beside another pane.
const MIDDLE: u16 = 64;

/// A list this wide shows a message on one line.
const ONE_LINE: u16 = 88;

/// A list this wide shows a call on one line.
const CALL_TABLE: u16 = 60;

/// From this many columns on a conversation is drawn in bubbles, unless somebody says otherwise.
const BUBBLES: u16 = 42;

/// Less than this shows nothing but a word about it.
const SMALLEST: (u16, u16) = (20, 5);

/// From this many rows on the conversation finds room below the list.
const HIGH: u16 = 20;

/// The fewest rows that list and conversation keep when one is below the other, their titles included.
const LOWEST: u16 = 6;

/// The fewest columns that a pane keeps when its border is dragged.
const NARROWEST: u16 = 30;

/// The fewest columns that the folders keep when their border is dragged.
const NARROWEST_SIDEBAR: u16 = 14;

/// The rectangles of the screen. A pane that is not shown has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Areas {
    /// Folders and labels, title included.
    pub sidebar: Option<Rect>,
    /// The list, title included.
    pub list: Option<Rect>,
    /// The conversation, title included.
    pub reading: Option<Rect>,
    /// What just happened.
    pub status: Rect,
    /// The keys that matter here.
    pub footer: Rect,
}

impl Areas {
    /// The rectangles for a model; none when the terminal is too small for anything.
    pub fn of(model: &Model) -> Option<Self> {
        let mut areas = Self::without_compose(model)?;
        let taken = compose::taken(model);
        if let Some(reading) = &mut areas.reading {
            reading.height -= taken.min(reading.height);
        }
        Some(areas)
    }

    /// The rectangles as they are when nothing is written below the conversation.
    fn without_compose(model: &Model) -> Option<Self> {
        let (width, height) = (model.size.width, model.size.height);
        if width < SMALLEST.0 || height < SMALLEST.1 {
            return None;
        }
        let panes = height - 2;
        let rect = |x, width| Rect { x, y: 0, width, height: panes };
        let mut areas = Self {
            sidebar: None,
            list: None,
            reading: None,
            status: Rect { x: 0, y: panes, width, height: 1 },
            footer: Rect { x: 0, y: panes + 1, width, height: 1 },
        };
        if width < MIDDLE || model.settings.is_plain() {
            let whole = Some(rect(0, width));
            match model.pane {
                Pane::Sidebar => areas.sidebar = whole,
                Pane::List => areas.list = whole,
                Pane::Reading => areas.reading = whole,
            }
            return Some(areas);
        }
        let usual = if width >= WIDE { 29 } else { 27 };
        let sidebar = model.side_width.unwrap_or(sidebar_width(model).max(usual));
        let beside = width >= WIDE && model.settings.reading == ReadingPane::Right;
        let below = height >= HIGH && model.settings.reading == ReadingPane::Below;
        let others = if beside { 2 * NARROWEST + 2 } else { NARROWEST + 1 };
        let sidebar = sidebar.clamp(NARROWEST_SIDEBAR, width - others);
        areas.sidebar = Some(rect(0, sidebar));
        let free = width - sidebar - 1;
        if below {
            let main = rect(sidebar + 1, free);
            let wanted = u32::from(panes) * u32::from(model.split) / 1000;
            let list = u16::try_from(wanted).unwrap_or(panes).clamp(LOWEST, panes - LOWEST - 1);
            areas.list = Some(Rect { height: list, ..main });
            areas.reading = Some(Rect { y: list + 1, height: panes - list - 1, ..main });
            return Some(areas);
        }
        if !beside {
            let main = Some(rect(sidebar + 1, free));
            match model.pane {
                Pane::Sidebar | Pane::List => areas.list = main,
                Pane::Reading => areas.reading = main,
            }
            return Some(areas);
        }
        let wanted = u32::from(free) * u32::from(model.split) / 1000;
        let list = u16::try_from(wanted).unwrap_or(free).clamp(NARROWEST, free - NARROWEST - 1);
        areas.list = Some(rect(sidebar + 1, list));
        areas.reading = Some(rect(sidebar + list + 2, free - list - 1));
        Some(areas)
    }

    /// Whether list and conversation stand side by side.
    fn is_wide(&self) -> bool {
        self.list.zip(self.reading).is_some_and(|(list, reading)| list.y == reading.y)
    }

    /// The row between the list and the conversation below it.
    pub fn line_below_list(&self) -> Option<Rect> {
        let (list, reading) = self.list.zip(self.reading).filter(|(list, reading)| list.y < reading.y)?;
        Some(Rect { y: list.bottom(), height: reading.y.saturating_sub(list.bottom()), ..list })
    }

    /// The pane at a place of the screen.
    pub fn pane_at(&self, column: u16, row: u16) -> Option<(Pane, Rect)> {
        let at = Position { x: column, y: row };
        [(Pane::Sidebar, self.sidebar), (Pane::List, self.list), (Pane::Reading, self.reading)]
            .into_iter()
            .find_map(|(pane, area)| area.filter(|area| area.contains(at)).map(|area| (pane, area)))
    }

    /// The border at a place of the screen: the one that begins a pane which does not begin the screen.
    pub fn border_at(&self, column: u16, row: u16) -> Option<Border> {
        let ends_at =
            |pane: Option<Rect>| pane.is_some_and(|pane| column + 1 == pane.x && row < pane.bottom());
        let at = Position { x: column, y: row };
        let is_between = self.line_below_list().is_some_and(|line| line.contains(at));
        if is_between || (self.is_wide() && ends_at(self.reading)) {
            Some(Border::Reading)
        } else {
            (ends_at(self.list) || ends_at(self.reading)).then_some(Border::Sidebar)
        }
    }

    /// The split that a border dragged to a place makes, as a share of a thousand.
    pub fn split_at(&self, column: u16, row: u16) -> Option<u16> {
        let (list, reading) = self.list.zip(self.reading)?;
        if list.y < reading.y {
            let wanted =
                (u32::from(row.saturating_sub(list.y)) * 1000).div_ceil(u32::from(self.status.y).max(1));
            return u16::try_from(wanted.min(1000)).ok();
        }
        let rest = u32::from(list.width) + u32::from(reading.width) + 1;
        let wanted = u32::from(column.saturating_sub(list.x)) * 1000 / rest.max(1);
        u16::try_from(wanted.min(1000)).ok()
    }
}

/// The columns in which the longest name of a folder has room beside its figures: its key, `10/99`, and blanks.
fn sidebar_width(model: &Model) -> u16 {
    let names = model.wording.folders.iter().map(|(_, name)| text::width(name));
    names.max().and_then(|name| u16::try_from(name + 10).ok()).unwrap_or(0).min(MIDDLE / 2)
}

/// A pane without its title.
pub fn body(area: Rect) -> Rect {
    Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area }
}

/// How the rows of a list are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowShape {
    /// Lines of a row.
    pub height: u16,
    /// Lines above the first row.
    pub header: u16,
}

/// How the rows of the list are drawn in an area.
pub fn row_shape(model: &Model, area: Rect) -> RowShape {
    if model.settings.is_plain() {
        return RowShape { height: 1, header: 0 };
    }
    let one_line = match model.settings.lines {
        RowLines::Auto => area.width >= ONE_LINE,
        RowLines::One => true,
        RowLines::Two => false,
    };
    match model.folder() {
        Some(Folder::Calls) if area.width >= CALL_TABLE => RowShape { height: 1, header: 1 },
        // The five columns find no room side by side.
        Some(Folder::Calls) => RowShape { height: 2, header: 2 },
        Some(Folder::Schedules) => RowShape { height: 2, header: 0 },
        _ if one_line => RowShape { height: 1, header: 0 },
        _ => RowShape { height: 2, header: 0 },
    }
}

/// How many rows of the list the screen shows; at least one.
pub fn visible_rows(model: &Model) -> usize {
    // The list's own rectangle, even while the conversation stands in its place.
    let area = Areas::of(model).and_then(|areas| areas.list.or(areas.reading).or(areas.sidebar));
    let Some(area) = area else { return 1 };
    let shape = row_shape(model, area);
    usize::from((body(area).height.saturating_sub(shape.header) / shape.height).max(1))
}

/// How many lines the conversation has on the screen; at least one.
pub fn reading_height(model: &Model) -> usize {
    let area = Areas::of(model).and_then(|areas| areas.reading);
    area.map_or(1, |area| usize::from(body(area).height.max(1)))
}

/// How many columns the conversation has, when it is on the screen.
pub fn reading_width(model: &Model) -> Option<usize> {
    Areas::of(model)?.reading.map(|area| usize::from(area.width))
}

/// How many columns a message's text may take in a conversation of a width.
pub fn text_columns(model: &Model, width: usize) -> usize {
    if has_bubbles(model) {
        // The bubble has a blank on either side of its text, and leaves enough free to see whose it is.
        return (width * 18 / 25).saturating_sub(2).max(8);
    }
    if model.settings.is_plain() {
        return width.saturating_sub(4).max(8);
    }
    // A message stands at its side; the other side stays free enough to see which one it is.
    (width.saturating_sub(4) * 5 / 6).max(8)
}

/// Whether the conversation is drawn in bubbles.
pub fn has_bubbles(model: &Model) -> bool {
    // Where the conversation is not on the screen it will stand in the place of what is.
    let area = Areas::of(model).and_then(|areas| areas.reading.or(areas.list).or(areas.sidebar));
    let has_room = area.is_some_and(|area| area.width >= BUBBLES);
    !model.settings.is_plain()
        && match model.settings.conversation {
            ConversationKind::Auto => has_room,
            ConversationKind::Bubbles => true,
            ConversationKind::Lines => false,
        }
}

/// How many labels the sidebar shows below the folders.
pub fn visible_labels(model: &Model) -> usize {
    let area = Areas::of(model).and_then(|areas| areas.sidebar);
    // The folders, a blank line before the labels, a blank line and the total.
    area.map_or(0, |area| usize::from(body(area).height).saturating_sub(Folder::ALL.len() + 3))
}

/// The line of the sidebar's body at which a place stands; none when it is scrolled away.
pub fn side_line(model: &Model, index: usize) -> Option<u16> {
    let folders = Folder::ALL.len();
    if index < folders {
        return u16::try_from(index).ok();
    }
    let label = (index - folders).checked_sub(model.side_top)?;
    (label < visible_labels(model)).then(|| u16::try_from(folders + 1 + label).ok())?
}

/// The place at a line of the sidebar's body.
pub fn side_index(model: &Model, line: u16) -> Option<usize> {
    (0..model.side_lines()).find(|index| side_line(model, *index) == Some(line))
}

/// The row of the list at a line of the screen.
pub fn list_index(model: &Model, area: Rect, row: u16) -> Option<usize> {
    let shape = row_shape(model, area);
    let line = row.checked_sub(body(area).y + shape.header)?;
    let window = model.list.window.ready()?;
    let index = window.top + usize::from(line / shape.height);
    (index < window.rows.len()).then_some(index)
}
