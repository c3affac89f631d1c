//! The list: rows of a view that are loaded, what was asked to extend them, and which messages are marked.

use std::collections::BTreeSet;

use super::Load;
use crate::domain::listing::{At, Cursor, Row, View};
use crate::domain::{MessageId, Time};
use crate::tui::event::Ask;

/// Rows of the list that are loaded, with what was asked to extend them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Window {
    /// The rows, in the order of the view.
    pub rows: Vec<Row>,
    /// Whether more stand before them.
    pub more_before: bool,
    /// Whether more follow.
    pub more_after: bool,
    /// The selected row; meaningless when there are none.
    pub selected: usize,
    /// The first row on the screen.
    pub top: usize,
    /// How many rows of the view stand before the first one loaded, once that is known.
    pub before: Option<u64>,
}

impl Window {
    /// The selected row.
    pub fn row(&self) -> Option<&Row> {
        self.rows.get(self.selected)
    }

    /// Where the selected row stands in the view, from 1.
    pub fn position(&self) -> Option<u64> {
        (!self.rows.is_empty()).then(|| self.before.map(|before| before + self.selected as u64 + 1))?
    }
}

/// The last question about the rows of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// Its number.
    pub ask: Ask,
    /// Which rows were asked for.
    pub at: At,
    /// What the answer does.
    pub filling: Filling,
}

/// What the answer to a question about the list does to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filling {
    /// It takes the place of all rows; the row at a cursor, or what comes there, is selected and keeps its line.
    Replace(Option<Anchor>),
    /// It takes the place of all rows; what is selected by then stays selected and keeps its line.
    Reload,
    /// It goes before the rows.
    Before,
    /// It goes after the rows.
    After,
}

/// What stays where it is when the list is loaded again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anchor {
    /// The selected row.
    pub cursor: Cursor,
    /// How many rows below the top of the pane it stands.
    pub line: usize,
}

/// The list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct List {
    /// The rows.
    pub window: Load<Window>,
    /// The last question about the rows; none when it was answered.
    pub asked: Option<Asked>,
    /// How many rows a search has, once that is known.
    pub matches: Option<u64>,
    /// The last question about figures of this list.
    pub figures: Ask,
    /// Rows that the selection is still to move by, when those that it moves over are here.
    pub owed: isize,
}

/// Which messages are marked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Marks {
    /// None.
    #[default]
    None,
    /// These.
    Some(BTreeSet<MessageId>),
    /// All that were in a view, but some.
    All {
        /// The view.
        view: View,
        /// The newest message when they were marked; later ones are not.
        up_to: MessageId,
        /// When they were marked.
        as_of: Time,
        /// Those left out.
        except: BTreeSet<MessageId>,
        /// How many, when that was known.
        count: Option<u64>,
    },
}

impl Marks {
    /// Whether a message is marked.
    pub fn contains(&self, id: MessageId) -> bool {
        match self {
            Self::None => false,
            Self::Some(ids) => ids.contains(&id),
            Self::All { up_to, except, .. } => id <= *up_to && !except.contains(&id),
        }
    }

    /// How many are marked, when that is known.
    pub fn count(&self) -> Option<u64> {
        match self {
            Self::None => Some(0),
            Self::Some(ids) => Some(ids.len() as u64),
            Self::All { except, count, .. } => count.map(|count| count.saturating_sub(except.len() as u64)),
        }
    }

    /// Whether nothing is marked.
    pub fn is_empty(&self) -> bool {
        self.count() == Some(0)
    }
}
