//! The two lists worth reading first: what comes into the core of the screen, and what it asks for.
//!
//! An [`Effect`] is plain data. `worker.rs` runs reads and writes on threads of their own and answers with an [`Event`]; a
//! read carries an [`Ask`], and an answer to an older one is dropped.

use std::collections::BTreeMap;

use crossterm::event::{KeyEvent, MouseEvent};

use super::choices::{Background, Choices};
use super::model::{DeedLine, Leaving};
use crate::config::Mistake;
use crate::domain::call::Call;
use crate::domain::channel::ChannelWay;
use crate::domain::contact::{ContactRef, Urn};
use crate::domain::deed::Deed;
use crate::domain::draft::{Draft, DraftKey, KeptDraft};
use crate::domain::listing::{At, ContactCard, Counts, Cursor, MessageRow, Page, Row, View};
use crate::domain::message::StatusChange;
use crate::domain::period::Period;
use crate::domain::query::Named;
use crate::domain::recipient::Suggestion;
use crate::domain::schedule::Timing;
use crate::domain::stats::Stats;
use crate::domain::{ContactId, MessageId, ScheduleId, Time};
use crate::i18n::Lang;

/// The number of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Ask(pub u64);

/// The number of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Task(pub u64);

/// Something that happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// A key was pressed.
    Key(KeyEvent),
    /// A text was pasted.
    Paste(String),
    /// The mouse was used.
    Mouse(MouseEvent),
    /// The terminal has another size: columns and rows.
    Resize(u16, u16),
    /// The terminal says that one looks at it again.
    FocusGained,
    /// What the terminal's background is by now.
    Background(Background),
    /// The terminal says that one looks elsewhere.
    FocusLost,
    /// The configuration was changed, and is sound.
    ConfigRead(Box<Choices>),
    /// The configuration was changed, and is not: what is wrong.
    ConfigRefused(Vec<Mistake>),
    /// What came in since it was asked last.
    Arrived(Arrivals),
    /// What another program was to do did not come about (opening a link, telling of a message, an import), in a sentence.
    OutsideFailed(String),
    /// A file was written with what was shown, in a sentence.
    Exported(String),
    /// It was not, in a sentence.
    ExportFailed(String),
    /// Time has passed.
    Tick(Time),
    /// The terminal has gone, or somebody asked the program to end.
    EndAsked,
    /// Another program wrote to the workspace.
    Moved,
    /// A channel cannot do its work: what is to leave by it waits, or what comes in by it stays away.
    ChannelFailed {
        /// What it is called.
        channel: String,
        /// Why.
        problem: String,
    },
    /// A channel that could not do its work can; what it is called.
    ChannelMended(String),
    /// The figures of the sidebar.
    Counted(Counts),
    /// A part of the list.
    PageLoaded {
        /// Which question it answers.
        ask: Ask,
        /// The rows.
        page: Page<Row>,
    },
    /// How many rows stand before the first one asked about.
    PositionCounted {
        /// Which question it answers.
        ask: Ask,
        /// The row.
        cursor: Cursor,
        /// Rows before it.
        before: u64,
    },
    /// How many rows a search has.
    MatchesCounted {
        /// Which question it answers.
        ask: Ask,
        /// All of them.
        matches: u64,
    },
    /// The messages between two rows.
    IdsFound {
        /// Which question it answers.
        ask: Ask,
        /// In the order of the list; none when there are more than can be marked one by one.
        ids: Option<Vec<MessageId>>,
    },
    /// The whole text of messages, to be copied.
    TextFound {
        /// Which question it answers.
        ask: Ask,
        /// The text; none when there are more messages than can be copied.
        text: Option<String>,
    },
    /// A part of a conversation.
    ConversationLoaded {
        /// Which question it answers.
        ask: Ask,
        /// The part.
        part: Box<ConversationPart>,
    },
    /// The life of the chosen message.
    HistoryLoaded {
        /// Whose.
        message: MessageId,
        /// Its steps.
        history: Vec<StatusChange>,
    },
    /// A long deed is under way.
    Progress {
        /// Which one.
        task: Task,
        /// Messages looked at so far.
        seen: u64,
    },
    /// A deed was done.
    Acted {
        /// Which change it was.
        task: Task,
        /// What it did.
        acted: Acted,
    },
    /// A deed was taken back or done again; none when there was no such deed.
    Undone {
        /// Which change it was.
        task: Task,
        /// Whether it was done again.
        again: bool,
        /// By which change of this screen the deed had been done, when it was one.
        of: Option<Task>,
        /// The deed as it was done first, and what taking it back did.
        acted: Option<Acted>,
    },
    /// What something that is to be written begins with.
    WritingOpened {
        /// Which question it answers.
        ask: Ask,
        /// That.
        writing: Box<Writing>,
    },
    /// Whom a name that is being typed may mean.
    Suggested {
        /// Which question it answers.
        ask: Ask,
        /// The likeliest first.
        found: Vec<Suggestion>,
    },
    /// What the piece of a search may become.
    Completed {
        /// Which question it answers.
        ask: Ask,
        /// The likeliest first.
        found: Vec<String>,
    },
    /// The searches that are kept.
    SearchesFound {
        /// The latest ones, the last one first.
        recent: Vec<String>,
        /// The saved ones.
        saved: Vec<String>,
    },
    /// How many messages the saved searches find, each with its text.
    SavedCounted(Vec<(String, u64)>),
    /// What was begun and not sent.
    DraftsListed(Vec<KeptDraft>),
    /// Everything that is known of a contact.
    ContactFound(Box<ContactCard>),
    /// What was done last.
    DeedsListed(Vec<DeedLine>),
    /// What was written is in the queue.
    Queued {
        /// Which write it was.
        task: Task,
        /// The messages.
        messages: Vec<MessageId>,
        /// When they leave.
        leaves_on: Time,
        /// What was written.
        draft: Box<Draft>,
    },
    /// What was written is scheduled.
    Scheduled {
        /// Which write it was.
        task: Task,
        /// What was written.
        key: DraftKey,
        /// Its first fire; none when a schedule was changed that goes on as before.
        first: Option<Time>,
    },
    /// Something was done to a schedule.
    ScheduleDone {
        /// Which change it was.
        task: Task,
        /// What.
        deed: ScheduleDeed,
        /// How many messages that made.
        messages: u64,
    },
    /// What was being written is kept.
    DraftSaved {
        /// Which write it was.
        task: Task,
    },
    /// Messages were taken back and are this draft again, or one that was thrown away is. None when they had left.
    CameBack(Option<Box<Draft>>),
    /// What another program made of the text that is being written; a sentence when it could not be run.
    EditedOutside(Result<String, String>),
    /// A message was opened for the first time.
    Opened,
    /// The figures of a period.
    FiguresCounted {
        /// Which question it answers.
        ask: Ask,
        /// The figures.
        stats: Box<Stats>,
    },
    /// A change was stopped before it began.
    Dropped {
        /// Which one.
        task: Task,
    },
    /// A write failed.
    WriteFailed {
        /// Which one.
        task: Task,
        /// What happened and what to do.
        sentence: String,
    },
    /// A read failed, in a sentence.
    ReadFailed {
        /// Which question it was.
        ask: Ask,
        /// What happened and what to do.
        sentence: String,
    },
}

/// What came in since a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrivals {
    /// The newest message of all.
    pub newest: MessageId,
    /// How many came in just now.
    pub count: u64,
    /// The last of them: the contact's name, or its number, and what it says.
    pub last: Option<(String, String)>,
}

/// What a person types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Typed {
    /// A key.
    Key(KeyEvent),
    /// A text that was pasted.
    Paste(String),
}

/// What a deed did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acted {
    /// The deed.
    pub deed: Deed,
    /// Messages that it changed.
    pub changed: u64,
    /// Messages that were already so, or that it is not for.
    pub unchanged: u64,
    /// Whether it was stopped before its end.
    pub cancelled: bool,
    /// The label's name, where the deed has one.
    pub label: String,
}

/// What something that is to be written begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Writing {
    /// The draft, when there is one.
    pub kept: Option<Draft>,
    /// What it begins with when there is none: nothing, or the message or schedule as it stands.
    pub begin: Draft,
    /// What the contact is called whom it goes to; empty where recipients are written.
    pub name: String,
    /// The channels to choose from; for a contact, those that reach it, the best first.
    pub ways: Vec<ChannelWay>,
}

/// Something that is done to a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScheduleDeed {
    /// Hold it back.
    Pause,
    /// Let it go on.
    Resume,
    /// Remove it.
    Cancel,
    /// Send its message now as well.
    Run,
}

/// A part of the conversation with a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationPart {
    /// The contact.
    pub contact: ContactRef,
    /// Its addresses.
    pub urns: Vec<Urn>,
    /// The messages, oldest first.
    pub page: Page<MessageRow>,
    /// How many characters the texts that are too long for the pane have beyond what is here.
    pub beyond: BTreeMap<MessageId, u64>,
    /// The calls in that time, oldest first.
    pub calls: Vec<Call>,
    /// The sizes in bytes of the files that came along and are here, by message and place.
    pub sizes: BTreeMap<(MessageId, usize), u64>,
}

/// Which part of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// What was said around a moment; the message with the id, if there is one, is among it.
    Around(Time, MessageId),
    /// What was said before a row.
    Before(Cursor),
    /// What was said after a row.
    After(Cursor),
}

/// Something to be done outside of the core.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// A question to the store.
    Read(Read),
    /// A change of the store. Writes keep their order and none is dropped.
    Write(Task, Write),
    /// Put a text on the clipboard, through the terminal.
    Copy(String),
    /// Bring messages in from a file, with the terminal given to what tells of it.
    Import(String),
    /// Write what is shown or marked into a file.
    Export(Box<Exporting>),
    /// Open a web page or a file with the program that the system has for it.
    OpenOutside(String),
    /// Speak another language.
    Speak(Lang),
    /// Use the colours of a theme.
    Paint(String),
    /// Go by another configuration.
    Adopt(Box<Choices>),
    /// Ask the terminal what its background is by now, where the colours go by it.
    AskBackground,
    /// Use the colours for a background, unless others were chosen.
    Background(Background),
    /// Use the mouse, or leave it to the terminal.
    UseMouse(bool),
    /// Tell that messages came in: how many, and who wrote the last of them and what.
    Notify {
        /// How many.
        count: u64,
        /// The contact.
        name: String,
        /// What it says; empty when that is not to be told.
        text: String,
    },
    /// Let the person's own editor have a text, and the terminal.
    EditOutside(String),
    /// Stop a change after its present slice, or before it begins.
    CancelDeed(Task),
    /// Give the terminal back to the shell until the program is continued.
    Suspend,
}

/// A question to the store. Of each sort only the latest one matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Read {
    /// The figures of the sidebar.
    Counts,
    /// A part of the list.
    Page {
        /// Its number.
        ask: Ask,
        /// Of which rows.
        view: View,
        /// Which part.
        at: At,
        /// How many rows.
        limit: usize,
    },
    /// A part of a conversation.
    Conversation {
        /// Its number.
        ask: Ask,
        /// With whom.
        contact: ContactId,
        /// Which part.
        part: Part,
        /// How many messages.
        limit: usize,
    },
    /// The life of a message.
    History(MessageId),
    /// What something that is to be written begins with.
    Writing {
        /// Its number.
        ask: Ask,
        /// What is to be written.
        key: DraftKey,
        /// Whether a new message goes on with the one that was begun last, when there is one.
        newest: bool,
    },
    /// Whom a name that is being typed may mean.
    Suggest {
        /// Its number.
        ask: Ask,
        /// What was typed.
        typed: String,
    },
    /// What the value of a search operator may become.
    Complete {
        /// Its number.
        ask: Ask,
        /// What is named.
        named: Named,
        /// What was typed.
        typed: String,
    },
    /// The searches that are kept.
    Searches,
    /// How many messages saved searches find.
    CountSaved(Vec<String>),
    /// What was begun and not sent.
    Drafts,
    /// Everything that is known of a contact.
    Contact(ContactId),
    /// What was done last.
    Deeds,
    /// What came in since a message; none to learn which one is the newest.
    Arrivals(Option<MessageId>),
    /// The figures of a period.
    Figures {
        /// Its number.
        ask: Ask,
        /// Which period.
        period: Period,
    },
    /// How many rows stand before a row.
    Position {
        /// Its number.
        ask: Ask,
        /// Of which rows.
        view: View,
        /// The row.
        cursor: Cursor,
    },
    /// How many rows a view has.
    Matches {
        /// Its number.
        ask: Ask,
        /// The view.
        view: View,
    },
    /// The messages between two rows, both with them.
    Between {
        /// Its number.
        ask: Ask,
        /// Of which rows.
        view: View,
        /// The one end.
        from: Cursor,
        /// The other end.
        to: Cursor,
    },
    /// The whole text of messages.
    WholeText {
        /// Its number.
        ask: Ask,
        /// Of which ones.
        target: Target,
    },
}

/// A change of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// Do a deed.
    Act {
        /// The deed.
        deed: Deed,
        /// To which messages.
        target: Target,
        /// The label's name, where the deed has one.
        label: String,
    },
    /// Put a label on messages that may not exist yet.
    NewLabel {
        /// Its name, clean.
        name: String,
        /// To which messages.
        target: Target,
    },
    /// Take the last deed back.
    Undo,
    /// Do the last deed that was taken back again.
    Redo,
    /// Keep what is being written.
    SaveDraft(Draft),
    /// Put what was written into the queue, in place of its draft.
    Send {
        /// What, and to whom.
        draft: Draft,
        /// How many seconds it waits, to be taken back.
        hold: u32,
    },
    /// Schedule what was written, in place of its draft.
    Schedule {
        /// What, and to whom.
        draft: Draft,
        /// When, and the first fire.
        timing: (Timing, Time),
    },
    /// Give a schedule what was written, in place of its draft.
    EditSchedule {
        /// Which one.
        id: ScheduleId,
        /// What, and to whom.
        draft: Draft,
        /// When, and the first fire; none when it goes on as before.
        timing: Option<(Timing, Time)>,
    },
    /// Keep a draft again that was thrown away.
    BringBack(Draft),
    /// Take messages back that have not left, and make them the draft again that they were.
    TakeBack(Leaving),
    /// Do something to a schedule.
    ChangeSchedule(ScheduleId, ScheduleDeed),
    /// A message was opened: take its unread mark off.
    Opened(MessageId),
    /// Remember a search.
    NoteSearch(String),
    /// Save a search, or no longer.
    SaveSearch {
        /// Its text.
        text: String,
        /// Whether it is saved.
        saved: bool,
    },
}

/// Which messages a deed is done to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// These.
    Ids(Vec<MessageId>),
    /// All of a view that had arrived when it was decided, but some.
    All {
        /// The view.
        view: View,
        /// The newest message at that moment.
        up_to: MessageId,
        /// The moment at which it was decided.
        as_of: Time,
        /// The ones left out.
        except: Vec<MessageId>,
    },
}

/// What is written into a file, in the words of `recado export`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exporting {
    /// The file, as it was typed.
    pub file: String,
    /// The arguments.
    pub arguments: Vec<String>,
    /// The messages that it reads from its standard input.
    pub ids: Vec<MessageId>,
}
