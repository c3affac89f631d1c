//! The threads that touch the store, so that the one that draws never does.
//!
//! The reader answers questions, of each sort only the latest: a newer one drops those that wait and interrupts the one
//! that runs. The writer does every change in its order, in slices, with a flag that stops a long one. Between questions
//! the reader looks whether another program wrote, a few times a second.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::event::{Acted, Ask, ConversationPart, Event, Part, Read, Target, Write};
use crate::clock::{Clock, Dice};
use crate::domain::deed::Deed;
use crate::domain::listing::{Cursor, Page};
use crate::domain::{ContactId, MessageId, Time};
use crate::i18n::Texts;
use crate::store::{Access, Done, Interrupter, Store, StoreError, Text, Which};
use crate::words;

/// How often the reader looks whether another program wrote.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Characters of a text that a list shows at the most.
const LIST_TEXT: Text = Text::Start(400);

/// Characters of a text that a conversation shows at the most.
const THREAD_TEXT: Text = Text::Start(20_000);

/// The most messages that a range marks.
const MOST_BETWEEN: usize = 200_000;

/// What the workers have in common.
#[derive(Debug, Clone)]
pub struct Desk {
    /// Where the workspace is.
    pub path: PathBuf,
    /// For the sentences of errors.
    pub texts: Texts,
    /// The present moment.
    pub clock: Clock,
}

/// The sorts of questions, the more urgent first: a list waits for nothing, figures wait for everything.
const SORTS: usize = 7;

fn sort(read: &Read) -> u8 {
    match read {
        Read::Page { .. } => 0,
        Read::Counts => 1,
        Read::Conversation { .. } => 2,
        Read::History(_) => 3,
        Read::Between { .. } => 4,
        Read::Position { .. } => 5,
        Read::Matches { .. } => 6,
    }
}

/// No question runs.
const IDLE: u8 = u8::MAX;

/// What takes longer than a frame is worth a line in the log. Nothing of what messages say goes there.
fn log_slow(what: &'static str, sort: u8, took: Duration) {
    if took > FRAME {
        tracing::warn!(what, sort, ms = took.as_millis(), "slow");
    }
}

/// How long a frame lasts.
const FRAME: Duration = Duration::from_millis(16);

/// The reader's end for those who ask.
pub struct Reader {
    questions: Sender<Read>,
    running: Arc<AtomicU8>,
    interrupt: Interrupter,
    thread: JoinHandle<()>,
}

impl Reader {
    /// Opens a connection and begins to wait for questions.
    pub fn start(desk: Desk, events: Sender<Event>) -> Result<Self, StoreError> {
        let store = Store::open(&desk.path, Access::Read)?;
        let (questions, incoming) = channel();
        let running = Arc::new(AtomicU8::new(IDLE));
        let interrupt = store.interrupter();
        let reading = Reading {
            store,
            desk,
            events,
            running: Arc::clone(&running),
            waiting: Default::default(),
            version: 0,
        };
        let thread = std::thread::spawn(move || reading.run(&incoming));
        Ok(Self { questions, running, interrupt, thread })
    }

    /// Asks. What runs is interrupted when the question replaces it or is more urgent.
    pub fn ask(&self, read: Read) {
        let sort = sort(&read);
        // A closed queue means that the program is ending.
        let _ = self.questions.send(read);
        let running = self.running.load(Ordering::Acquire);
        if running != IDLE && running >= sort {
            self.interrupt.interrupt();
        }
    }

    /// Ends the thread.
    pub fn stop(self) {
        drop(self.questions);
        self.interrupt.interrupt();
        let _ = self.thread.join();
    }
}

struct Reading {
    store: Store,
    desk: Desk,
    events: Sender<Event>,
    running: Arc<AtomicU8>,
    waiting: [Option<Read>; SORTS],
    version: i64,
}

impl Reading {
    fn run(mut self, incoming: &Receiver<Read>) {
        self.version = self.store.data_version().unwrap_or(0);
        let mut looked = Instant::now();
        loop {
            match incoming.recv_timeout(LOOK_EVERY) {
                Ok(read) => self.take(read),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            // Also while a person never stops asking.
            if looked.elapsed() >= LOOK_EVERY {
                self.look_for_others();
                looked = Instant::now();
            }
            loop {
                self.take_all(incoming);
                let Some(read) = self.waiting.iter_mut().find_map(Option::take) else { break };
                self.running.store(sort(&read), Ordering::Release);
                let begun = Instant::now();
                let answer = answer(&self.store, &read);
                self.running.store(IDLE, Ordering::Release);
                log_slow("read", sort(&read), begun.elapsed());
                let told = match answer {
                    Ok(event) => self.events.send(event),
                    Err(StoreError::Interrupted) => {
                        // It was interrupted for a more urgent one, or by a late hand: it goes on unless it was replaced.
                        self.take_all(incoming);
                        let again = self.waiting.get_mut(usize::from(sort(&read)));
                        if let Some(place @ None) = again {
                            *place = Some(read);
                        }
                        Ok(())
                    }
                    Err(error) => self.events.send(self.failure(&read, &error)),
                };
                if told.is_err() {
                    return;
                }
            }
        }
    }

    fn take_all(&mut self, incoming: &Receiver<Read>) {
        while let Ok(read) = incoming.try_recv() {
            self.take(read);
        }
    }

    fn take(&mut self, read: Read) {
        if let Some(place) = self.waiting.get_mut(usize::from(sort(&read))) {
            *place = Some(read);
        }
    }

    fn look_for_others(&mut self) {
        if let Ok(version) = self.store.data_version()
            && version != self.version
        {
            self.version = version;
            let _ = self.events.send(Event::Moved);
        }
    }

    fn failure(&self, read: &Read, error: &StoreError) -> Event {
        let ask = match read {
            Read::Page { ask, .. }
            | Read::Conversation { ask, .. }
            | Read::Position { ask, .. }
            | Read::Matches { ask, .. }
            | Read::Between { ask, .. } => *ask,
            Read::Counts | Read::History(_) => Ask::default(),
        };
        Event::ReadFailed { ask, sentence: sentence(&self.desk, error) }
    }
}

/// Answers a question.
pub fn answer(store: &Store, read: &Read) -> Result<Event, StoreError> {
    Ok(match read {
        Read::Counts => Event::Counted(store.counts()?),
        Read::Page { ask, view, at, limit } => {
            Event::PageLoaded { ask: *ask, page: store.page(view, *at, *limit, LIST_TEXT)? }
        }
        Read::Conversation { ask, contact, part, limit } => {
            let part = Box::new(conversation(store, *contact, *part, *limit)?);
            Event::ConversationLoaded { ask: *ask, part }
        }
        Read::History(message) => {
            Event::HistoryLoaded { message: *message, history: store.load_history(*message)? }
        }
        Read::Position { ask, view, cursor } => {
            let before = store.position(view, *cursor)?;
            Event::PositionCounted { ask: *ask, cursor: *cursor, before }
        }
        Read::Matches { ask, view } => Event::MatchesCounted { ask: *ask, matches: store.count(view)? },
        Read::Between { ask, view, from, to } => {
            let ids = store.between(view, *from, *to, MOST_BETWEEN)?;
            Event::IdsFound { ask: *ask, ids: ids.into_iter().map(MessageId).collect() }
        }
    })
}

fn conversation(
    store: &Store,
    contact: ContactId,
    part: Part,
    limit: usize,
) -> Result<ConversationPart, StoreError> {
    let more = limit + 1;
    let walk = |from: Cursor, later: bool| store.conversation_keys(contact, Some(from), later, more);
    let (keys, more_before, more_after) = match part {
        Part::Before(from) => {
            let mut keys = walk(from, false)?;
            let surplus = keys.len().saturating_sub(limit);
            keys.drain(..surplus);
            (keys, surplus > 0, true)
        }
        Part::After(from) => {
            let mut keys = walk(from, true)?;
            let more_after = keys.len() > limit;
            keys.truncate(limit);
            (keys, true, more_after)
        }
        Part::Around(at, message) => {
            let here = Store::conversation_cursor(at, message);
            let mut keys = walk(here, false)?;
            let surplus = keys.len().saturating_sub(limit);
            keys.drain(..surplus);
            // The message itself is the first one after what stands just before it.
            let before = Cursor { key: here.key, id: here.id - 1 };
            let mut after = walk(before, true)?;
            let more_after = after.len() > limit;
            after.truncate(limit);
            keys.extend(after);
            (keys, surplus > 0, more_after)
        }
    };
    let rows = store.load_messages(&keys, THREAD_TEXT)?;
    let (contact, urns) = store.load_contact(contact)?;
    Ok(ConversationPart { contact, urns, page: Page { rows, more_before, more_after } })
}

/// The writer's end for those who want changes.
pub struct Writer {
    changes: Sender<Write>,
    cancel: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Writer {
    /// Takes a connection and begins to wait for changes.
    pub fn start(store: Store, desk: Desk, dice: Dice, events: Sender<Event>) -> Self {
        let (changes, incoming) = channel();
        let cancel = Arc::new(AtomicBool::new(false));
        let writing = Writing { store, desk, dice, events, cancel: Arc::clone(&cancel) };
        let thread = std::thread::spawn(move || writing.run(&incoming));
        Self { changes, cancel, thread }
    }

    /// Wants a change.
    pub fn want(&self, write: Write) {
        // A closed queue means that the program is ending.
        let _ = self.changes.send(write);
    }

    /// Stops the deed under way after its present slice.
    pub fn cancel(&self) {
        self.cancel.store(true, Ordering::Relaxed);
    }

    /// Lets the thread do what was wanted, and ends it.
    pub fn stop(self) {
        drop(self.changes);
        let _ = self.thread.join();
    }
}

struct Writing {
    store: Store,
    desk: Desk,
    dice: Dice,
    events: Sender<Event>,
    cancel: Arc<AtomicBool>,
}

/// After so long without a change the writer tidies up.
const IDLE_AFTER: Duration = Duration::from_secs(20);

impl Writing {
    fn run(mut self, incoming: &Receiver<Write>) {
        let mut tidy = true;
        loop {
            match incoming.recv_timeout(IDLE_AFTER) {
                Ok(write) => {
                    tidy = false;
                    let event = self.change(write);
                    if event.is_some_and(|event| self.events.send(event).is_err()) {
                        return;
                    }
                }
                Err(RecvTimeoutError::Timeout) if !tidy => {
                    // Another program may be in the middle of something; there will be other idle moments.
                    tidy = self.store.tidy().is_ok();
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }
}

impl Writing {
    fn change(&mut self, write: Write) -> Option<Event> {
        self.cancel.store(false, Ordering::Relaxed);
        let (events, cancel) = (&self.events, &self.cancel);
        let step = |seen| {
            let gone = events.send(Event::Progress { seen }).is_err();
            if gone || cancel.load(Ordering::Relaxed) {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        let begun = Instant::now();
        let changed = change(&mut self.store, write, self.desk.clock.now(), &mut self.dice, step);
        log_slow("write", 0, begun.elapsed());
        changed.unwrap_or_else(|error| {
            tracing::error!(%error, "a write failed");
            Some(Event::WriteFailed(sentence(&self.desk, &error)))
        })
    }
}

/// Makes a change, and says what came of it. `step` hears how far a long one is and may stop it.
pub fn change(
    store: &mut Store,
    write: Write,
    now: Time,
    dice: &mut Dice,
    step: impl FnMut(u64) -> ControlFlow<()>,
) -> Result<Option<Event>, StoreError> {
    Ok(match write {
        Write::Act { deed, target, label } => Some(Event::Acted(act(store, deed, target, label, now, step)?)),
        Write::NewLabel { name, target } => {
            let uuid = dice.uuid(now);
            let label = store.write(|tx| tx.label(&name, || uuid))?;
            Some(Event::Acted(act(store, Deed::Label(label), target, name, now, step)?))
        }
        Write::Undo => Some(undo(store, Which::Undo, now, step)?),
        Write::Redo => Some(undo(store, Which::Redo, now, step)?),
        Write::Opened(message) => store.mark_opened(message, now)?.then_some(Event::Opened),
    })
}

fn act(
    store: &mut Store,
    deed: Deed,
    target: Target,
    label: String,
    now: Time,
    mut step: impl FnMut(u64) -> ControlFlow<()>,
) -> Result<Acted, StoreError> {
    let target = match target {
        Target::Ids(ids) => crate::store::Target::Ids(ids),
        Target::All { view, up_to, except } => crate::store::Target::All { view, up_to, except },
    };
    let done = store.act(deed, &target, now, |progress| step(progress.seen))?;
    Ok(acted(deed, done, label))
}

fn undo(
    store: &mut Store,
    which: Which,
    now: Time,
    mut step: impl FnMut(u64) -> ControlFlow<()>,
) -> Result<Event, StoreError> {
    let undone = store.undo(which, None, now, |progress| step(progress.seen))?;
    let acted = match undone {
        Some(undone) => Some(acted(undone.deed, undone.done, label_of(store, undone.deed)?)),
        None => None,
    };
    Ok(Event::Undone { again: which == Which::Redo, acted })
}

fn acted(deed: Deed, done: Done, label: String) -> Acted {
    Acted { deed, changed: done.changed, unchanged: done.unchanged, cancelled: done.cancelled, label }
}

/// The name of a deed's label; empty when it has none, or when the label is gone.
fn label_of(store: &Store, deed: Deed) -> Result<String, StoreError> {
    let wanted = match deed {
        Deed::Label(label) | Deed::Unlabel(label) => label,
        Deed::Archive | Deed::Restore | Deed::Delete | Deed::MarkRead | Deed::MarkUnread | Deed::Resend => {
            return Ok(String::new());
        }
    };
    let found = store.labels()?.into_iter().find(|label| label.id == wanted);
    Ok(found.map(|label| label.name).unwrap_or_default())
}

fn sentence(desk: &Desk, error: &StoreError) -> String {
    let path: &Path = &desk.path;
    words::store_error(&desk.texts, error, path)
}
