//! The threads that touch the store, so that the one that draws never does.
//!
//! The reader answers questions, of each sort only the latest: a newer one drops those that wait and interrupts the one
//! that runs. The writer does every change in its order, in slices, with a flag that stops a long one. Between questions
//! the reader looks whether another program wrote, a few times a second.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::event::{Acted, Ask, ConversationPart, Event, Part, Read, Target, Write};
use crate::clock::{Clock, Dice};
use crate::domain::deed::Deed;
use crate::domain::listing::{Cursor, Page};
use crate::domain::{ContactId, MessageId};
use crate::i18n::Texts;
use crate::store::{Access, Store, StoreError, Text, Which};
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

/// The reader's end for those who ask.
pub struct Reader {
    questions: Sender<Read>,
    running: Arc<AtomicU8>,
    interrupt: Arc<Mutex<rusqlite::InterruptHandle>>,
    thread: JoinHandle<()>,
}

impl Reader {
    /// Opens a connection and begins to wait for questions.
    pub fn start(desk: Desk, events: Sender<Event>) -> Result<Self, StoreError> {
        let store = Store::open(&desk.path, Access::Read)?;
        let (questions, incoming) = channel();
        let running = Arc::new(AtomicU8::new(IDLE));
        let interrupt = Arc::new(Mutex::new(store.interrupt_handle()));
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
            self.interrupt.lock().unwrap_or_else(PoisonError::into_inner).interrupt();
        }
    }

    /// Ends the thread.
    pub fn stop(self) {
        drop(self.questions);
        self.interrupt.lock().unwrap_or_else(PoisonError::into_inner).interrupt();
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
        loop {
            match incoming.recv_timeout(LOOK_EVERY) {
                Ok(read) => self.take(read),
                Err(RecvTimeoutError::Timeout) => self.look_for_others(),
                Err(RecvTimeoutError::Disconnected) => return,
            }
            loop {
                incoming.try_iter().for_each(|read| self.take(read));
                let Some(read) = self.waiting.iter_mut().find_map(Option::take) else { break };
                self.running.store(sort(&read), Ordering::Release);
                let answer = self.answer(&read);
                self.running.store(IDLE, Ordering::Release);
                let told = match answer {
                    Ok(event) => self.events.send(event),
                    Err(StoreError::Interrupted) => {
                        // It was interrupted for a more urgent one, or by a late hand: it goes on unless it was replaced.
                        incoming.try_iter().for_each(|read| self.take(read));
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

    fn answer(&mut self, read: &Read) -> Result<Event, StoreError> {
        Ok(match read {
            Read::Counts => Event::Counted(self.store.counts()?),
            Read::Page { ask, view, at, limit } => {
                Event::PageLoaded { ask: *ask, page: self.store.page(view, *at, *limit, LIST_TEXT)? }
            }
            Read::Conversation { ask, contact, part, limit } => {
                let part = Box::new(self.conversation(*contact, *part, *limit)?);
                Event::ConversationLoaded { ask: *ask, part }
            }
            Read::History(message) => {
                Event::HistoryLoaded { message: *message, history: self.store.load_history(*message)? }
            }
            Read::Position { ask, view, cursor } => {
                let before = self.store.position(view, *cursor)?;
                Event::PositionCounted { ask: *ask, cursor: *cursor, before }
            }
            Read::Matches { ask, view } => {
                Event::MatchesCounted { ask: *ask, matches: self.store.count(view)? }
            }
            Read::Between { ask, view, from, to } => {
                let ids = self.store.between(view, *from, *to, MOST_BETWEEN)?;
                Event::IdsFound { ask: *ask, ids: ids.into_iter().map(MessageId).collect() }
            }
        })
    }

    fn conversation(
        &self,
        contact: ContactId,
        part: Part,
        limit: usize,
    ) -> Result<ConversationPart, StoreError> {
        let more = limit + 1;
        let walk = |from: Cursor, later: bool| self.store.conversation_keys(contact, Some(from), later, more);
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
        let rows = self.store.load_messages(&keys, THREAD_TEXT)?;
        let (contact, urns) = self.store.load_contact(contact)?;
        Ok(ConversationPart { contact, urns, page: Page { rows, more_before, more_after } })
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
                    let event = match self.change(write) {
                        Ok(event) => event,
                        Err(error) => Some(Event::WriteFailed(sentence(&self.desk, &error))),
                    };
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

    fn change(&mut self, write: Write) -> Result<Option<Event>, StoreError> {
        let now = self.desk.clock.now();
        self.cancel.store(false, Ordering::Relaxed);
        Ok(match write {
            Write::Act { deed, target, label } => Some(Event::Acted(self.act(deed, target, label)?)),
            Write::NewLabel { name, target } => {
                let uuid = self.dice.uuid(now);
                let label = self.store.write(|tx| tx.label(&name, || uuid))?;
                Some(Event::Acted(self.act(Deed::Label(label), target, name)?))
            }
            Write::Undo => Some(self.undo(Which::Undo)?),
            Write::Redo => Some(self.undo(Which::Redo)?),
            Write::Opened(message) => self.store.mark_opened(message, now)?.then_some(Event::Opened),
        })
    }

    fn act(&mut self, deed: Deed, target: Target, label: String) -> Result<Acted, StoreError> {
        let target = match target {
            Target::Ids(ids) => crate::store::Target::Ids(ids),
            Target::All { view, up_to, except } => crate::store::Target::All { view, up_to, except },
        };
        let now = self.desk.clock.now();
        let step = progress(&self.events, &self.cancel);
        let done = self.store.act(deed, &target, now, step)?;
        Ok(Acted { deed, changed: done.changed, unchanged: done.unchanged, cancelled: done.cancelled, label })
    }

    fn undo(&mut self, which: Which) -> Result<Event, StoreError> {
        let now = self.desk.clock.now();
        let step = progress(&self.events, &self.cancel);
        let undone = self.store.undo(which, now, step)?;
        let label = |deed| match deed {
            Deed::Label(label) | Deed::Unlabel(label) => self
                .store
                .labels()
                .map(|labels| labels.into_iter().find(|there| there.id == label).map(|label| label.name)),
            Deed::Archive
            | Deed::Restore
            | Deed::Delete
            | Deed::MarkRead
            | Deed::MarkUnread
            | Deed::Resend => Ok(None),
        };
        let acted = match undone {
            None => None,
            Some(undone) => Some(Acted {
                deed: undone.deed,
                changed: undone.done.changed,
                unchanged: undone.done.unchanged,
                cancelled: undone.done.cancelled,
                label: label(undone.deed)?.unwrap_or_default(),
            }),
        };
        Ok(Event::Undone { again: which == Which::Redo, acted })
    }
}

/// Tells the screen of every slice, and stops when somebody asked for it.
fn progress<'a>(
    events: &'a Sender<Event>,
    cancel: &'a AtomicBool,
) -> impl FnMut(crate::store::Progress) -> ControlFlow<()> + use<'a> {
    move |progress| {
        let gone = events.send(Event::Progress { seen: progress.seen }).is_err();
        if gone || cancel.load(Ordering::Relaxed) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }
}

fn sentence(desk: &Desk, error: &StoreError) -> String {
    let path: &Path = &desk.path;
    words::store_error(&desk.texts, error, path)
}
