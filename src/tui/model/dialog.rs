//! What wants an answer or letters: dialogs, questions, the search box.

use super::{Anchor, Compose, GoTo, Load, Palette, Totals};
use crate::domain::deed::Deed;
use crate::domain::draft::KeptDraft;
use crate::domain::listing::{ContactCard, View};
use crate::domain::query::{QueryError, Unfinished};
use crate::domain::{LabelId, ScheduleId, Time};
use crate::i18n::Key;
use crate::tui::event::{Ask, ScheduleDeed, Target};
use crate::tui::keymap::Surface;

/// A line of text being typed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Input {
    /// The text.
    pub text: String,
    /// Where the next letter goes, in bytes.
    pub cursor: usize,
}

/// The search box while it is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchBox {
    /// What was typed.
    pub input: Input,
    /// What is wrong with it.
    pub error: Option<QueryError>,
    /// Where it was opened: what Esc goes back to.
    pub origin: Origin,
    /// What the piece at the cursor may become.
    pub completion: Completion,
    /// Which of the latest searches stands there, while one goes through them.
    pub recent: Option<usize>,
}

/// What the piece of a search that is being typed may become.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Completion {
    /// The last question.
    pub ask: Ask,
    /// The piece.
    pub piece: Option<Unfinished>,
    /// Names or values for it, the likeliest first.
    pub found: Vec<String>,
}

impl SearchBox {
    /// Opens on a text.
    pub fn new(text: String, origin: Origin) -> Self {
        let input = Input::new(text);
        Self { input, error: None, origin, completion: Completion::default(), recent: None }
    }
}

impl SearchBox {
    /// Whether what is wrong is only that the piece at the cursor has not yet become one of those that are offered for it.
    pub fn is_unfinished(&self) -> bool {
        let is_here = |error: &QueryError| error.range.end == self.input.cursor;
        self.error.as_ref().is_some_and(is_here)
            && self.completion.piece.is_some()
            && !self.completion.found.is_empty()
    }
}

/// A saved search, in the sidebar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedSearch {
    /// What is searched for, in all folders.
    pub text: String,
    /// How many messages it finds, once that is known.
    pub total: Option<u64>,
}

/// A view and the place in it, to come back to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The view.
    pub view: View,
    /// The text of its query.
    pub query_text: String,
    /// The selected row.
    pub anchor: Option<Anchor>,
}

/// Something above the panes that wants an answer or a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dialog {
    /// A question that carries what yes does.
    Confirm(Question),
    /// What can be done here, by name.
    Palette(Palette),
    /// Where one can go, by name.
    GoTo(GoTo),
    /// Everything that is known of a contact.
    Contact(Load<Box<ContactCard>>),
    /// What came along with a message, and the links in it: which one to open.
    Links {
        /// Their addresses.
        links: Vec<String>,
        /// The chosen line.
        selected: usize,
    },
    /// The day to go to.
    Date {
        /// What was typed.
        input: Input,
        /// Whether that is no day.
        is_wrong: bool,
    },
    /// The file to bring messages in from.
    Import(Input),
    /// The file to write what is shown into.
    Export(Box<Export>),
    /// What was done last, and can be taken back.
    Deeds {
        /// The deeds, the last one first.
        lines: Load<Vec<DeedLine>>,
        /// The first line shown.
        top: usize,
    },
    /// The keys of a surface.
    Help {
        /// Which one.
        surface: Surface,
        /// What was typed to find one.
        input: Input,
        /// The first line shown.
        top: usize,
    },
    /// The breakdown of the total, and the figures of a period.
    Totals(Box<Totals>),
    /// The choice of labels.
    Labels {
        /// What was typed to find or make one.
        input: Input,
        /// The chosen line.
        selected: usize,
        /// What is wrong with the name that was typed.
        problem: Option<crate::domain::label::BadName>,
        /// What is labelled.
        chosen: Chosen,
        /// The labels that all of it carries, as far as it can be seen.
        carried: Vec<LabelId>,
    },
    /// A message or a schedule that is being written.
    Compose(Box<Compose>),
    /// What was begun and not sent.
    Drafts {
        /// The drafts, the one that was changed last first.
        lines: Load<Vec<KeptDraft>>,
        /// The chosen line.
        selected: usize,
    },
    /// The menu of order and filter.
    Order {
        /// The chosen line.
        selected: usize,
    },
}

/// Writing what is shown into a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Export {
    /// The name of the file.
    pub input: Input,
    /// Whether it is the one that was proposed: what is typed then takes its place.
    pub is_proposed: bool,
    /// How many messages are marked, when only those are written.
    pub marked: Option<u64>,
    /// How far it is.
    pub state: ExportState,
}

/// How far a file is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ExportState {
    /// It is being named.
    #[default]
    Naming,
    /// Its name does not say the format.
    BadEnding,
    /// It is being written.
    Writing,
    /// It could not be written; a sentence.
    Failed(String),
}

/// Something that is asked before it is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// A deed, and to what: a list that is loaded again under the question changes nothing about that.
    Deed {
        /// The deed.
        deed: Deed,
        /// What it is about.
        chosen: Chosen,
    },
    /// Something that is done to a schedule.
    Schedule {
        /// Which one.
        id: ScheduleId,
        /// What.
        deed: ScheduleDeed,
    },
}

/// A deed in the list of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeedLine {
    /// When it was done.
    pub at: Time,
    /// What was done.
    pub deed: Deed,
    /// How many messages it changed.
    pub changed: u64,
    /// The label's name, where the deed has one.
    pub label: String,
    /// Whether it was taken back.
    pub undone: bool,
}

/// What a deed is about, decided once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// The messages.
    pub target: Target,
    /// How many, when that is known.
    pub count: Option<u64>,
    /// Where the list goes when the deed is taken back: to the first of the messages, when that is known.
    pub first: Option<Anchor>,
}

/// The lines of the order menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderChoice {
    /// Newest first.
    Newest,
    /// Oldest first.
    Oldest,
    /// Everything.
    All,
    /// Only unread messages.
    Unread,
}

impl OrderChoice {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Newest, Self::Oldest, Self::All, Self::Unread];

    /// What it is called.
    pub fn key(self) -> Key {
        match self {
            Self::Newest => Key::OrderNewest,
            Self::Oldest => Key::OrderOldest,
            Self::All => Key::OrderAll,
            Self::Unread => Key::OrderUnread,
        }
    }
}
