//! Everything that the screen shows, as data. Who has the keyboard is computed from it and never stored.

mod compose;
mod dialog;
mod list;
mod notice;
mod palette;
mod reading;
mod settings;
mod totals;

use std::collections::{BTreeMap, VecDeque};

use chrono_tz::Tz;

use super::choices::Choices;
use super::event::{Ask, Target, Task, Typed};
use super::keymap::{Keys, Surface};
use crate::domain::draft::{Draft, DraftKey};
use crate::domain::folder::Folder;
use crate::domain::listing::{Counts, Cursor, LabelCount, MessageRow, Order, Place, Row, View};
use crate::domain::{LabelId, MessageId, Time};

pub use compose::{Compose, ComposeField, ComposeProblem, Leaving, OwnDraft, Picker, Saving, When};
pub use dialog::{
    Chosen, Completion, DeedLine, Dialog, Export, ExportState, Input, OrderChoice, Origin, Question,
    SavedSearch, SearchBox,
};
pub use list::{Anchor, Asked, Filling, List, Marks, Window};
pub use notice::Notice;
pub use palette::{Command, Entry, GoTo, Palette, Wording};
pub use reading::{About, Conversation, Extend, Reading};
pub use settings::Settings;
pub use totals::{PeriodChoice, PeriodInput, Totals};

/// Something that is loaded by a worker.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Load<T> {
    /// Nobody wanted it yet.
    #[default]
    Idle,
    /// It was asked for.
    Asked,
    /// It is here.
    Ready(T),
    /// It could not be had; a sentence says why.
    Failed(String),
}

impl<T> Load<T> {
    /// What is here.
    pub fn ready(&self) -> Option<&T> {
        match self {
            Self::Ready(value) => Some(value),
            Self::Idle | Self::Asked | Self::Failed(_) => None,
        }
    }

    /// What is here, to be changed.
    pub fn ready_mut(&mut self) -> Option<&mut T> {
        match self {
            Self::Ready(value) => Some(value),
            Self::Idle | Self::Asked | Self::Failed(_) => None,
        }
    }
}

/// A pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pane {
    /// The folders and labels.
    Sidebar,
    /// The list.
    #[default]
    List,
    /// The conversation.
    Reading,
}

/// A change under way, or waiting for its turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its number.
    pub task: Task,
    /// What was marked of that to which it is done.
    pub marked: Option<Target>,
    /// Messages looked at so far.
    pub seen: u64,
    /// How many there are, when that is known.
    pub total: Option<u64>,
    /// Whether it was asked to stop.
    pub cancelled: bool,
}

/// Whether the selected row is the one on which the next key is meant to act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settling {
    /// It is.
    Settled,
    /// A deed is being done to it.
    Deed(Task),
    /// That was done, and the rows as they are now were asked for.
    Rows,
    /// What was written is on its way back into its box: what is typed now is meant for that.
    Writing(Task),
}

/// Where a deed was done, to come back there when it is taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scene {
    /// The deed's number.
    pub task: Task,
    /// What the list showed.
    pub view: View,
    /// The row.
    pub anchor: Anchor,
}

/// Keys that were pressed and begin a sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// Where.
    pub surface: Surface,
    /// The keys.
    pub keys: Keys,
}

/// Where one looks, as the terminal says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Attention {
    /// At this screen, or the terminal does not say.
    #[default]
    Here,
    /// Elsewhere.
    Away,
}

/// A border between panes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Border {
    /// The folders' right one.
    Sidebar,
    /// Between list and conversation.
    Reading,
}

/// The columns and rows of the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

/// Everything that the screen shows.
#[derive(Debug, Clone)]
pub struct Model {
    /// The present moment, as the last tick told it.
    pub now: Time,
    /// The terminal.
    pub size: Size,
    /// What the person has chosen.
    pub settings: Settings,
    /// Whether the mouse is used.
    pub has_mouse: bool,
    /// Where one looks, as the terminal says.
    pub attention: Attention,
    /// Where it was when what came in last was asked for.
    pub attention_then: Attention,
    /// The newest message that is known, when it is known: what is newer came in since.
    pub newest: Option<MessageId>,
    /// The keys that begin a sequence, while it is not ended.
    pub begun: Option<Begun>,
    /// The time zone of the workspace.
    pub zone: Tz,
    /// Whether the workspace is a sample that goes away.
    pub is_sample: bool,
    /// The pane that has the keyboard.
    pub pane: Pane,
    /// The figures of the sidebar.
    pub counts: Load<Counts>,
    /// The chosen line of the sidebar: the folders, the labels, then the saved searches.
    pub side_selected: usize,
    /// The first line below the folders that is on the screen.
    pub side_top: usize,
    /// What the list shows.
    pub view: View,
    /// The text of its query.
    pub query_text: String,
    /// What Esc goes back to from the results of a search.
    pub origin: Option<Origin>,
    /// The list.
    pub list: List,
    /// Which messages are marked.
    pub marks: Marks,
    /// Where a range of marks began.
    pub range_from: Option<Cursor>,
    /// The question whose answer is to be marked.
    pub range_asked: Option<Ask>,
    /// The reading pane.
    pub reading: Reading,
    /// The latest searches, the last one first.
    pub recent: Vec<String>,
    /// The saved searches, below the labels.
    pub saved: Vec<SavedSearch>,
    /// The search box, while it is open.
    pub search: Option<SearchBox>,
    /// The words of the language that keys go by.
    pub wording: Wording,
    /// What stands above the panes.
    pub dialog: Option<Dialog>,
    /// The first line shown of what can be chosen in it.
    pub dialog_top: usize,
    /// What was just said, and when.
    pub notice: Option<(Notice, Time)>,
    /// The changes under way, in their order.
    pub jobs: Vec<Job>,
    /// What is being done to the row on which the next key would act.
    pub settling: Settling,
    /// Where the last deeds were done.
    pub scenes: Vec<Scene>,
    /// Keys and pasted texts that wait for what was asked before them.
    pub held: VecDeque<Typed>,
    /// The question whose answer is to be copied.
    pub copy_asked: Option<Ask>,
    /// The columns of the folders, when their border was dragged.
    pub side_width: Option<u16>,
    /// Where the border between list and conversation was dragged, as a share of a thousand.
    pub split: u16,
    /// The border that is being dragged.
    pub dragging: Option<Border>,
    /// The last click: when, and where.
    pub last_click: Option<(Time, u16, u16)>,
    /// The last click that did something for which another one is not meant: when, and where.
    pub spent_click: Option<(Time, u16, u16)>,
    /// What was written here last and has not left yet.
    pub leaving: Option<Leaving>,
    /// The drafts that this screen saved, while the reader may not know it yet.
    pub drafts: BTreeMap<DraftKey, OwnDraft>,
    /// The draft that was thrown away last, while taking that back is what `z` does.
    pub dropped: Option<Draft>,
    /// Whether to end.
    pub quit: bool,
    /// The number of the last question.
    pub last_ask: Ask,
    /// The number of the last change.
    pub last_task: Task,
}

impl Model {
    /// A screen before anything is loaded: the Inbox.
    pub fn new(now: Time, size: Size, zone: Tz, is_sample: bool) -> Self {
        Self {
            now,
            size,
            settings: Settings::default(),
            has_mouse: true,
            attention: Attention::default(),
            attention_then: Attention::default(),
            newest: None,
            begun: None,
            zone,
            is_sample,
            pane: Pane::List,
            counts: Load::Idle,
            side_selected: 0,
            side_top: 0,
            view: View::of(Place::Folder(Folder::Inbox)),
            query_text: String::new(),
            origin: None,
            list: List::default(),
            marks: Marks::None,
            range_from: None,
            range_asked: None,
            reading: Reading::default(),
            recent: Vec::new(),
            saved: Vec::new(),
            search: None,
            wording: Wording::default(),
            dialog: None,
            dialog_top: 0,
            notice: None,
            jobs: Vec::new(),
            settling: Settling::Settled,
            scenes: Vec::new(),
            held: VecDeque::new(),
            copy_asked: None,
            side_width: None,
            split: 500,
            dragging: None,
            last_click: None,
            spent_click: None,
            leaving: None,
            drafts: BTreeMap::new(),
            dropped: None,
            quit: false,
            last_ask: Ask(0),
            last_task: Task(0),
        }
    }

    /// Takes over what the person has chosen.
    pub fn begin_with(&mut self, choices: &Choices) {
        self.settings = Settings::of(&choices.config);
        self.has_mouse = choices.config.mouse;
        self.view = View::of(Place::Folder(choices.start));
        self.side_selected = Folder::ALL.iter().position(|folder| *folder == choices.start).unwrap_or(0);
        if !choices.mistakes.is_empty() {
            self.say(Notice::ConfigMistaken(choices.mistakes.clone()));
        }
    }

    /// Who has the keyboard.
    pub fn surface(&self) -> Surface {
        match &self.dialog {
            Some(Dialog::Confirm(_)) => return Surface::Confirm,
            Some(Dialog::Help { .. }) => return Surface::Help,
            Some(Dialog::Totals(totals)) if totals.input.is_some() => return Surface::Period,
            Some(Dialog::Totals(_)) => return Surface::Totals,
            Some(Dialog::Labels { .. }) => return Surface::Labels,
            Some(Dialog::Order { .. }) => return Surface::Order,
            Some(Dialog::Compose(_)) => return Surface::Compose,
            Some(Dialog::Drafts { .. }) => return Surface::Drafts,
            Some(Dialog::Palette(_)) => return Surface::Palette,
            Some(Dialog::GoTo(_)) => return Surface::GoTo,
            Some(Dialog::Contact(_)) => return Surface::Contact,
            Some(Dialog::Links { .. }) => return Surface::Links,
            Some(Dialog::Date { .. }) => return Surface::Date,
            Some(Dialog::Import(_)) => return Surface::Import,
            Some(Dialog::Export(_)) => return Surface::Export,
            Some(Dialog::Deeds { .. }) => return Surface::Deeds,
            None => {}
        }
        if self.search.is_some() {
            return Surface::Search;
        }
        self.pane_surface()
    }

    /// The surface of the pane that has the keyboard when nothing stands above it.
    pub fn pane_surface(&self) -> Surface {
        match self.pane {
            Pane::Sidebar => Surface::Sidebar,
            Pane::List => Surface::List,
            Pane::Reading => Surface::Reading,
        }
    }

    /// The places of the sidebar: the folders, then the labels. Saved searches stand below them.
    pub fn places(&self) -> Vec<Place> {
        let folders = Folder::ALL.into_iter().map(Place::Folder);
        let labels = self.labels();
        folders.chain(labels.iter().map(|label| Place::Label(label.id))).collect()
    }

    /// How many lines the sidebar has: the places, then the saved searches.
    pub fn side_lines(&self) -> usize {
        self.places().len() + self.saved.len()
    }

    /// The saved search at a line of the sidebar.
    pub fn saved_at(&self, index: usize) -> Option<&SavedSearch> {
        self.saved.get(index.checked_sub(self.places().len())?)
    }

    /// The name of a label.
    pub fn label_name(&self, label: LabelId) -> &str {
        let labels = self.labels();
        labels.iter().find(|there| there.id == label).map_or("", |label| label.name.as_str())
    }

    /// The folder that the list shows, when it shows one.
    pub fn folder(&self) -> Option<Folder> {
        match self.view.place {
            Place::Folder(folder) => Some(folder),
            Place::Label(_) | Place::Everywhere => None,
        }
    }

    /// Whether the rows of the list are messages.
    pub fn lists_messages(&self) -> bool {
        self.folder().is_none_or(Folder::holds_messages)
    }

    /// How many rows the list has, when that is known.
    pub fn total(&self) -> Option<u64> {
        if !self.view.query.is_empty() {
            return self.list.matches;
        }
        let counts = self.counts.ready()?;
        match self.view.place {
            Place::Folder(folder) => Some(counts.of(folder).total),
            Place::Label(label) => {
                counts.labels.iter().find(|there| there.id == label).map(|label| label.total)
            }
            Place::Everywhere => self.list.matches,
        }
    }

    /// The selected row of the list.
    pub fn row(&self) -> Option<&Row> {
        self.list.window.ready()?.row()
    }

    /// The chosen message of the conversation.
    pub fn chosen(&self) -> Option<&MessageRow> {
        let about = self.reading.about?;
        let conversation = self.reading.conversation.ready()?;
        conversation.rows.iter().find(|row| row.message.id == about.message)
    }

    /// Whether a message is marked, or stands in the range that is open: what a deed is done to.
    pub fn is_marked(&self, row: &MessageRow) -> bool {
        self.marks.contains(row.message.id) || self.is_in_range(row)
    }

    fn is_in_range(&self, row: &MessageRow) -> bool {
        let Some((from, to)) = self.range_from.zip(self.row().map(Row::cursor)) else { return false };
        // What arrived after everything was marked is not among it.
        let is_late = matches!(&self.marks, Marks::All { up_to, .. } if row.message.id > *up_to);
        !is_late && (from.min(to)..=from.max(to)).contains(&row.cursor)
    }

    /// How many messages are marked or stand in the open range, when that is known.
    pub fn marked(&self) -> Option<u64> {
        let marked = self.marks.count();
        let Some(from) = self.range_from else { return marked };
        let rows = &self.list.window.ready()?.rows;
        // A range whose beginning is out of sight may hold any number.
        rows.iter().find(|row| row.cursor() == from)?;
        let messages = rows.iter().filter_map(|row| match row {
            Row::Message(row) => Some(row),
            Row::Call(_) | Row::Schedule(_) => None,
        });
        let more = messages.filter(|row| self.is_in_range(row) && !self.marks.contains(row.message.id));
        marked.map(|marked| marked + more.count() as u64)
    }

    /// Whether only unread messages are shown.
    pub fn is_filtered_unread(&self) -> bool {
        self.query_text.split_whitespace().any(|word| word == UNREAD_FILTER)
    }

    /// Whether the order is the usual one.
    pub fn is_newest_first(&self) -> bool {
        self.view.order == Order::NewestFirst
    }

    /// The next number of a question.
    pub fn next_ask(&mut self) -> Ask {
        self.last_ask = Ask(self.last_ask.0 + 1);
        self.last_ask
    }

    /// The day that it is in the workspace.
    pub fn today(&self) -> chrono::NaiveDate {
        self.now.with_timezone(&self.zone).date_naive()
    }

    /// The labels that there are, as far as they are known.
    pub fn labels(&self) -> &[LabelCount] {
        self.counts.ready().map(|counts| counts.labels.as_slice()).unwrap_or_default()
    }

    /// The next number of a change.
    pub fn next_task(&mut self) -> Task {
        self.last_task = Task(self.last_task.0 + 1);
        self.last_task
    }

    /// The keys that begin a sequence where the keyboard is now.
    pub fn begun(&self) -> &[super::keymap::Press] {
        let here = self.begun.as_ref().filter(|begun| begun.surface == self.surface());
        here.map(|begun| begun.keys.as_slice()).unwrap_or_default()
    }

    /// Says something to the person.
    pub fn say(&mut self, notice: Notice) {
        self.notice = Some((notice, self.now));
    }
}

/// The words by which the filter for unread messages stands in a query.
pub const UNREAD_FILTER: &str = "is:unread";
