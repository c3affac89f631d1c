//! Everything that the screen shows, as data. Who has the keyboard is computed from it and never stored.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use chrono_tz::Tz;

use super::compose::{Compose, Leaving};
use super::event::{Ask, ConversationPart, ScheduleDeed, Target, Task, Typed};
use super::keymap::Surface;
use super::thread::Wrapped;
use crate::domain::contact::{ContactRef, Urn};
use crate::domain::deed::Deed;
use crate::domain::draft::{Draft, DraftKey};
use crate::domain::folder::Folder;
use crate::domain::listing::{At, Counts, Cursor, MessageRow, Order, Place, Row, View};
use crate::domain::message::StatusChange;
use crate::domain::query::QueryError;
use crate::domain::{ContactId, LabelId, MessageId, ScheduleId, Time};

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

/// What the reading pane is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct About {
    /// The contact.
    pub contact: ContactId,
    /// The chosen message; for a call, none of that number exists.
    pub message: MessageId,
    /// The moment around which the conversation is shown.
    pub at: Time,
}

/// The conversation that is loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// With whom.
    pub contact: ContactRef,
    /// Its addresses.
    pub urns: Vec<Urn>,
    /// The messages, oldest first.
    pub rows: Vec<MessageRow>,
    /// Whether more were said before.
    pub more_before: bool,
    /// Whether more were said after.
    pub more_after: bool,
    /// How many characters the texts that are too long for the pane have beyond what is here.
    pub beyond: BTreeMap<MessageId, u64>,
    /// The texts as lines, by message: made once, for a text may be long and a key is quick.
    pub wrapped: BTreeMap<MessageId, Wrapped>,
}

impl Conversation {
    /// A conversation as it comes first.
    pub fn new(part: ConversationPart) -> Self {
        let page = part.page;
        Self {
            contact: part.contact,
            urns: part.urns,
            rows: page.rows,
            more_before: page.more_before,
            more_after: page.more_after,
            beyond: part.beyond,
            wrapped: BTreeMap::new(),
        }
    }
}

/// The reading pane.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reading {
    /// What it is about; none for an empty list and for schedules.
    pub about: Option<About>,
    /// The conversation.
    pub conversation: Load<Conversation>,
    /// The last question, and which end its answer extends; both when it replaces everything.
    pub asked: Option<(Ask, Extend)>,
    /// The life of the chosen message.
    pub history: Option<(MessageId, Vec<StatusChange>)>,
    /// The first line on the screen.
    pub top: usize,
}

/// What an answer does to a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extend {
    /// It takes its place.
    Replace,
    /// It takes its place, and what is on the screen by then stays there.
    Reload,
    /// It goes before it.
    Before,
    /// It goes after it.
    After,
}

/// Something above the panes that wants an answer or a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dialog {
    /// A question that carries what yes does.
    Confirm(Question),
    /// The keys of a surface.
    Help {
        /// Which one.
        surface: Surface,
        /// The first line shown.
        top: usize,
    },
    /// The breakdown of the total.
    Totals,
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
        lines: Load<Vec<DraftLine>>,
        /// The chosen line.
        selected: usize,
    },
    /// The menu of order and filter.
    Order {
        /// The chosen line.
        selected: usize,
    },
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

/// A draft in the list of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftLine {
    /// What was written.
    pub draft: Draft,
    /// What the contact is called whom it goes to; empty where recipients are written.
    pub name: String,
    /// When it was last changed.
    pub updated_on: Time,
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
}

/// Something that was just said to the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// A deed was done; undoing it is a key away.
    Done(super::event::Acted),
    /// A deed was taken back, or done again.
    Undone {
        /// Whether it was done again.
        again: bool,
        /// What was done.
        acted: super::event::Acted,
    },
    /// There is nothing to take back, or to do again.
    NothingToUndo {
        /// Whether it was about doing again.
        again: bool,
    },
    /// The deed is not for what is selected.
    NotHere(Deed),
    /// Nothing is selected.
    NothingSelected,
    /// There is no further match.
    NoMatch,
    /// A range is too long to mark its messages one by one.
    RangeTooLong,
    /// So many messages are not copied at once.
    TooManyToCopy,
    /// What was to be done was stopped before it began.
    Stopped,
    /// A text was put on the clipboard.
    Copied,
    /// What was written stays as a draft.
    DraftKept,
    /// What was written was thrown away.
    DraftDropped,
    /// What was written leaves in a moment.
    Leaving(Leaving),
    /// What was written is scheduled; its first fire.
    Scheduled(Time),
    /// A schedule was changed.
    ScheduleSaved,
    /// Something was done to a schedule.
    ScheduleDone {
        /// What.
        deed: ScheduleDeed,
        /// How many messages that made.
        messages: u64,
    },
    /// Nothing that can be edited is selected.
    NothingToEdit,
    /// No schedule is selected.
    NoSchedule,
    /// A message came back and is a draft again.
    TakenBackDraft,
    /// It has left already.
    TooLateToTakeBack,
    /// A channel cannot do its work.
    ChannelFailed {
        /// What it is called.
        channel: String,
        /// Why.
        problem: String,
    },
    /// A channel that could not do its work can; what it is called.
    ChannelMended(String),
    /// Something went wrong, in a sentence.
    Error(String),
}

impl Notice {
    /// Whether it is about where one was when it was said.
    pub fn is_local(&self) -> bool {
        match self {
            Self::NotHere(_)
            | Self::NothingSelected
            | Self::NoMatch
            | Self::RangeTooLong
            | Self::NothingToEdit
            | Self::NoSchedule
            | Self::TooManyToCopy => true,
            Self::Done(_)
            | Self::Undone { .. }
            | Self::NothingToUndo { .. }
            | Self::Stopped
            | Self::Copied
            | Self::DraftKept
            | Self::DraftDropped
            | Self::Leaving(_)
            | Self::Scheduled(_)
            | Self::ScheduleSaved
            | Self::ScheduleDone { .. }
            | Self::TakenBackDraft
            | Self::TooLateToTakeBack
            | Self::ChannelFailed { .. }
            | Self::ChannelMended(_)
            | Self::Error(_) => false,
        }
    }
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
    /// The time zone of the workspace.
    pub zone: Tz,
    /// Whether the workspace is a sample that goes away.
    pub is_sample: bool,
    /// The pane that has the keyboard.
    pub pane: Pane,
    /// The figures of the sidebar.
    pub counts: Load<Counts>,
    /// The chosen line of the sidebar: the folders, then the labels.
    pub side_selected: usize,
    /// The first label on the screen.
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
    /// The search box, while it is open.
    pub search: Option<SearchBox>,
    /// What stands above the panes.
    pub dialog: Option<Dialog>,
    /// What was just said, and when.
    pub notice: Option<(Notice, Time)>,
    /// The changes under way, in their order.
    pub jobs: Vec<Job>,
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
    /// What was written here last and has not left yet.
    pub leaving: Option<Leaving>,
    /// The drafts as this screen saved them last; none for those that are gone. The reader may not know it yet.
    pub drafts: BTreeMap<DraftKey, Option<Draft>>,
    /// The draft that was thrown away last, while taking that back is what `z` does.
    pub dropped: Option<Draft>,
    /// How many seconds a message waits before it leaves, to be taken back; none with zero.
    pub hold: u32,
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
            search: None,
            dialog: None,
            notice: None,
            jobs: Vec::new(),
            scenes: Vec::new(),
            held: VecDeque::new(),
            copy_asked: None,
            side_width: None,
            split: 500,
            dragging: None,
            last_click: None,
            leaving: None,
            drafts: BTreeMap::new(),
            dropped: None,
            hold: HOLD,
            quit: false,
            last_ask: Ask(0),
            last_task: Task(0),
        }
    }

    /// Who has the keyboard.
    pub fn surface(&self) -> Surface {
        match &self.dialog {
            Some(Dialog::Confirm(_)) => return Surface::Confirm,
            Some(Dialog::Help { .. }) => return Surface::Help,
            Some(Dialog::Totals) => return Surface::Totals,
            Some(Dialog::Labels { .. }) => return Surface::Labels,
            Some(Dialog::Order { .. }) => return Surface::Order,
            Some(Dialog::Compose(_)) => return Surface::Compose,
            Some(Dialog::Drafts { .. }) => return Surface::Drafts,
            None => {}
        }
        if self.search.is_some() {
            return Surface::Search;
        }
        match self.pane {
            Pane::Sidebar => Surface::Sidebar,
            Pane::List => Surface::List,
            Pane::Reading => Surface::Reading,
        }
    }

    /// The lines of the sidebar: the folders, then the labels.
    pub fn places(&self) -> Vec<Place> {
        let folders = Folder::ALL.into_iter().map(Place::Folder);
        let labels = self.counts.ready().map(|counts| counts.labels.as_slice()).unwrap_or_default();
        folders.chain(labels.iter().map(|label| Place::Label(label.id))).collect()
    }

    /// The name of a label.
    pub fn label_name(&self, label: LabelId) -> &str {
        let labels = self.counts.ready().map(|counts| counts.labels.as_slice()).unwrap_or_default();
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

    /// The next number of a change.
    pub fn next_task(&mut self) -> Task {
        self.last_task = Task(self.last_task.0 + 1);
        self.last_task
    }

    /// Says something to the person.
    pub fn say(&mut self, notice: Notice) {
        self.notice = Some((notice, self.now));
    }
}

/// How many seconds a message waits before it leaves, unless the configuration says otherwise.
pub const HOLD: u32 = 5;

/// The words by which the filter for unread messages stands in a query.
pub const UNREAD_FILTER: &str = "is:unread";
