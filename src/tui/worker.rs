//! The threads that touch the store, so that the one that draws never does.
//!
//! The reader answers questions, of each sort only the latest: a newer one drops those that wait and interrupts the one
//! that runs. The writer does every change in its order, in slices; each has a number by which it can be stopped. Between
//! questions the reader looks whether another program wrote, a few times a second.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::event::{Acted, Ask, ConversationPart, Event, Part, Read, Target, Task, Write};
use crate::clock::{Clock, Dice};
use crate::domain::contact::display_name;
use crate::domain::deed::Deed;
use crate::domain::draft::Draft;
use crate::domain::listing::{At, Cursor, MessageRow, Page, Row};
use crate::domain::message::Cause;
use crate::domain::recipient::Wanted;
use crate::domain::schedule::{RecipientId, Timing};
use crate::domain::{ContactId, DeedId, MessageId, Time};
use crate::i18n::Texts;
use crate::store::{Access, Done, Interrupter, NewOutgoing, NewSchedule, Store, StoreError, Text, Tx, Which};
use crate::words;

/// How often the reader looks whether another program wrote.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Characters of a text that a list shows at the most.
const LIST_TEXT: Text = Text::Start(400);

/// Characters of a text that a conversation shows at the most.
const THREAD_TEXT: u32 = 20_000;

/// The most messages that a range marks.
pub const MOST_BETWEEN: usize = 200_000;

/// The most messages whose texts are copied at once.
pub const MOST_COPIED: usize = 1000;

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
const SORTS: usize = 9;

fn sort(read: &Read) -> u8 {
    match read {
        Read::Page { .. } => 0,
        Read::Counts => 1,
        Read::Conversation { .. } => 2,
        Read::History(_) => 3,
        Read::Between { .. } => 4,
        Read::Draft(_) => 5,
        Read::WholeText { .. } => 6,
        Read::Position { .. } => 7,
        Read::Matches { .. } => 8,
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
    stopped: Arc<AtomicBool>,
    interrupt: Interrupter,
    thread: JoinHandle<()>,
}

impl Reader {
    /// Opens a connection and begins to wait for questions.
    pub fn start(desk: Desk, events: Sender<Event>) -> Result<Self, StoreError> {
        let store = Store::open(&desk.path, Access::Read)?;
        let (questions, incoming) = channel();
        let running = Arc::new(AtomicU8::new(IDLE));
        let stopped = Arc::new(AtomicBool::new(false));
        let interrupt = store.interrupter();
        let reading = Reading {
            store,
            desk,
            events,
            running: Arc::clone(&running),
            stopped: Arc::clone(&stopped),
            waiting: Default::default(),
            version: 0,
        };
        let thread = std::thread::spawn(move || reading.run(&incoming));
        Ok(Self { questions, running, stopped, interrupt, thread })
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

    /// Ends the thread, whatever it looks for.
    pub fn stop(self) {
        self.stopped.store(true, Ordering::Release);
        drop(self.questions);
        // One that is just about to begin is missed by a single interrupt.
        while !self.thread.is_finished() {
            self.interrupt.interrupt();
            std::thread::sleep(STOP_AGAIN);
        }
        let _ = self.thread.join();
    }
}

/// How often a reader that is to end is interrupted.
const STOP_AGAIN: Duration = Duration::from_millis(1);

struct Reading {
    store: Store,
    desk: Desk,
    events: Sender<Event>,
    running: Arc<AtomicU8>,
    stopped: Arc<AtomicBool>,
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
                if !self.take_all(incoming) || self.stopped.load(Ordering::Acquire) {
                    return;
                }
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
                        if !self.take_all(incoming) {
                            return;
                        }
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

    /// Takes what was asked meanwhile; false when nobody will ask any more.
    fn take_all(&mut self, incoming: &Receiver<Read>) -> bool {
        loop {
            match incoming.try_recv() {
                Ok(read) => self.take(read),
                Err(TryRecvError::Empty) => return true,
                Err(TryRecvError::Disconnected) => return false,
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

    fn failure(&self, read: &Read, error: &StoreError) -> Event {
        let ask = match read {
            Read::Page { ask, .. }
            | Read::Conversation { ask, .. }
            | Read::Position { ask, .. }
            | Read::Matches { ask, .. }
            | Read::Between { ask, .. }
            | Read::WholeText { ask, .. } => *ask,
            Read::Counts | Read::History(_) | Read::Draft(_) => Ask::default(),
        };
        Event::ReadFailed { ask, sentence: sentence(&self.desk, error) }
    }
}

/// Answers a question.
pub fn answer(store: &Store, read: &Read) -> Result<Event, StoreError> {
    Ok(match read {
        Read::Counts => Event::Counted(store.counts()?),
        Read::Draft(contact) => Event::DraftFound { contact: *contact, draft: store.find_draft(*contact)? },
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
            Event::IdsFound { ask: *ask, ids: ids.map(|ids| ids.into_iter().map(MessageId).collect()) }
        }
        Read::WholeText { ask, target } => Event::TextFound { ask: *ask, text: whole_text(store, target)? },
    })
}

/// The texts of messages, the oldest first, with a line end between them; none when there are too many.
fn whole_text(store: &Store, target: &Target) -> Result<Option<String>, StoreError> {
    let mut rows: Vec<MessageRow> = match target {
        Target::Ids(ids) if ids.len() > MOST_COPIED => return Ok(None),
        Target::Ids(ids) => {
            let keys: Vec<Cursor> = ids.iter().map(|id| Cursor { key: 0, id: id.0 }).collect();
            store.load_messages(&keys, Text::Whole)?
        }
        Target::All { view, up_to, except, .. } => {
            let page = store.page(view, At::First, MOST_COPIED + except.len(), Text::Whole)?;
            if page.more_after {
                return Ok(None);
            }
            let rows = page.rows.into_iter().filter_map(|row| match row {
                Row::Message(row) => Some(*row),
                Row::Call(_) | Row::Schedule(_) => None,
            });
            rows.filter(|row| row.message.id <= *up_to && !except.contains(&row.message.id)).collect()
        }
    };
    rows.sort_by_key(|row| (row.message.created_on, row.message.id));
    let texts: Vec<String> = rows.into_iter().map(|row| row.message.text).collect();
    Ok(Some(texts.join("\n")))
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
    let rows = store.load_messages(&keys, Text::Start(THREAD_TEXT))?;
    let shown = usize::try_from(THREAD_TEXT).unwrap_or(usize::MAX);
    let mut beyond = BTreeMap::new();
    // So few messages are that long that each of them may be read once more.
    for message in rows.iter().map(|row| &row.message).filter(|message| message.text.len() >= shown) {
        let here = message.text.chars().count();
        let whole =
            if here < shown { here } else { store.load_message(message.id)?.message.text.chars().count() };
        let more = whole.saturating_sub(here);
        if more > 0 {
            beyond.insert(message.id, more as u64);
        }
    }
    let (contact, urns) = store.load_contact(contact)?;
    Ok(ConversationPart { contact, urns, page: Page { rows, more_before, more_after }, beyond })
}

/// The writer's end for those who want changes.
pub struct Writer {
    changes: Sender<(Task, Write)>,
    cancelled: Arc<Mutex<BTreeSet<Task>>>,
    thread: JoinHandle<()>,
}

impl Writer {
    /// Takes a connection and begins to wait for changes.
    pub fn start(store: Store, desk: Desk, dice: Dice, events: Sender<Event>) -> Self {
        let (changes, incoming) = channel();
        let cancelled = Arc::new(Mutex::new(BTreeSet::new()));
        let own = Own::default();
        let writing = Writing { store, desk, dice, events, own, cancelled: Arc::clone(&cancelled) };
        let thread = std::thread::spawn(move || writing.run(&incoming));
        Self { changes, cancelled, thread }
    }

    /// Wants a change.
    pub fn want(&self, task: Task, write: Write) {
        // A closed queue means that the program is ending.
        let _ = self.changes.send((task, write));
    }

    /// Stops a change after its present slice, or before it begins.
    pub fn cancel(&self, task: Task) {
        self.cancelled.lock().unwrap_or_else(PoisonError::into_inner).insert(task);
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
    own: Own,
    cancelled: Arc<Mutex<BTreeSet<Task>>>,
}

/// After so long without a change the writer tidies up.
const IDLE_AFTER: Duration = Duration::from_secs(20);

impl Writing {
    fn run(mut self, incoming: &Receiver<(Task, Write)>) {
        let mut tidy = true;
        loop {
            match incoming.recv_timeout(IDLE_AFTER) {
                Ok((task, write)) => {
                    tidy = false;
                    let event = self.change(task, write);
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
    fn change(&mut self, task: Task, write: Write) -> Option<Event> {
        let (events, cancelled) = (&self.events, &self.cancelled);
        let is_cancelled = || cancelled.lock().unwrap_or_else(PoisonError::into_inner).contains(&task);
        let event = if is_cancelled() {
            Some(Event::Dropped { task })
        } else {
            let step = |seen| {
                let gone = events.send(Event::Progress { task, seen }).is_err();
                if gone || is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            };
            let begun = Instant::now();
            let now = self.desk.clock.now();
            let changed = change(&mut self.store, (task, write), now, &mut self.dice, &mut self.own, step);
            log_slow("write", 0, begun.elapsed());
            changed.unwrap_or_else(|error| {
                tracing::error!(%error, "a write failed");
                Some(Event::WriteFailed { task, sentence: sentence(&self.desk, &error) })
            })
        };
        // What comes now comes too late for this one, and no other one has its number.
        cancelled.lock().unwrap_or_else(PoisonError::into_inner).retain(|other| *other > task);
        event
    }
}

/// The deeds that were done from this screen, in their order. Only the writer knows them all when a key asks to take the
/// last one back: it may have been asked for a moment ago.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Own {
    done: Vec<(Task, DeedId)>,
    taken_back: Vec<(Task, DeedId)>,
}

impl Own {
    /// A new deed ends what could be done again.
    fn note(&mut self, task: Task, done: Done) {
        if let Some(deed) = done.deed {
            self.done.push((task, deed));
            self.taken_back.clear();
        }
    }

    fn last(&self, which: Which) -> Option<(Task, DeedId)> {
        match which {
            Which::Undo => self.done.last().copied(),
            Which::Redo => self.taken_back.last().copied(),
        }
    }

    fn forget(&mut self, which: Which) -> Option<(Task, DeedId)> {
        match which {
            Which::Undo => self.done.pop(),
            Which::Redo => self.taken_back.pop(),
        }
    }

    /// The last one goes over to the other side.
    fn turn(&mut self, which: Which) {
        let last = self.forget(which);
        match which {
            Which::Undo => self.taken_back.extend(last),
            Which::Redo => self.done.extend(last),
        }
    }
}

/// Makes a change, and says what came of it. `step` hears how far a long one is and may stop it.
pub fn change(
    store: &mut Store,
    (task, write): (Task, Write),
    now: Time,
    dice: &mut Dice,
    own: &mut Own,
    step: impl FnMut(u64) -> ControlFlow<()>,
) -> Result<Option<Event>, StoreError> {
    Ok(match write {
        Write::Act { deed, target, label } => {
            let done = act(store, deed, target, now, step)?;
            own.note(task, done);
            Some(Event::Acted { task, acted: acted(deed, done, label) })
        }
        Write::NewLabel { name, target } => {
            let uuid = dice.uuid(now);
            let label = store.write(|tx| tx.label(&name, || uuid))?;
            let deed = Deed::Label(label);
            let done = act(store, deed, target, now, step)?;
            own.note(task, done);
            Some(Event::Acted { task, acted: acted(deed, done, name) })
        }
        Write::Undo => Some(undo(store, (task, Which::Undo), now, own, step)?),
        Write::Redo => Some(undo(store, (task, Which::Redo), now, own, step)?),
        Write::SaveDraft(draft) => {
            store.save_draft(&draft, now)?;
            None
        }
        Write::Send { draft, hold } => {
            let leaves_on = now + chrono::Duration::seconds(hold.into());
            let messages = send(store, &draft, (hold > 0).then_some(leaves_on), now, dice)?;
            Some(Event::Queued { task, messages, leaves_on })
        }
        Write::Schedule { draft, timing, first } => {
            schedule(store, &draft, (timing, first), now, dice)?;
            Some(Event::Scheduled { task, first })
        }
        Write::TakeBack(messages) => Some(Event::CameBack(take_back(store, &messages, now)?)),
        Write::Opened(message) => store.mark_opened(message, now)?.then_some(Event::Opened),
    })
}

/// Puts what was written into the queue, in place of its draft: all of it, or nothing.
fn send(
    store: &mut Store,
    draft: &Draft,
    leaves_on: Option<Time>,
    now: Time,
    dice: &mut Dice,
) -> Result<Vec<MessageId>, StoreError> {
    let wanted = wanted(store, draft)?;
    store.write(|tx| {
        let recipients = recipients(tx, draft, &wanted, now, dice)?;
        let contacts = tx.contacts_of(recipients)?;
        // Of many some may fail, and Failed says why; what is written to one is better not lost out of sight.
        if let [contact] = contacts.as_slice()
            && tx.route(*contact, draft.channel)?.is_none()
        {
            return Err(StoreError::NoRoute);
        }
        let is_reply = contacts.len() == 1;
        let mut queued = Vec::with_capacity(contacts.len());
        for contact in contacts {
            queued.push(tx.queue_message(&NewOutgoing {
                uuid: dice.uuid(now),
                contact,
                channel: draft.channel,
                text: draft.text.trim_end(),
                attachments: &[],
                is_reply,
                schedule: None,
                now,
                leaves_on,
                cause: Cause::Written,
                detail: "",
            })?);
        }
        tx.drop_draft(draft.contact)?;
        Ok(queued)
    })
}

/// Schedules what was written, in place of its draft.
fn schedule(
    store: &mut Store,
    draft: &Draft,
    (timing, first): (Timing, Time),
    now: Time,
    dice: &mut Dice,
) -> Result<(), StoreError> {
    let wanted = wanted(store, draft)?;
    store.write(|tx| {
        let recipients = recipients(tx, draft, &wanted, now, dice)?;
        tx.insert_schedule(&NewSchedule {
            uuid: dice.uuid(now),
            text: draft.text.trim_end(),
            recipients: &recipients,
            channel: draft.channel,
            timing,
            next_fire: Some(first),
            last_fire: None,
            paused: false,
            created_on: now,
        })?;
        tx.drop_draft(draft.contact)
    })
}

/// Whom a draft names, when it answers nobody.
fn wanted(store: &Store, draft: &Draft) -> Result<Vec<Wanted>, StoreError> {
    if draft.contact.is_some() {
        return Ok(Vec::new());
    }
    Wanted::parse_all(&draft.recipients, store.settings()?.country).map_err(StoreError::NoContact)
}

fn recipients(
    tx: &mut Tx<'_>,
    draft: &Draft,
    wanted: &[Wanted],
    now: Time,
    dice: &mut Dice,
) -> Result<Vec<RecipientId>, StoreError> {
    let mut recipients: Vec<RecipientId> = draft.contact.map(RecipientId::Contact).into_iter().collect();
    for one in wanted {
        recipients.push(tx.recipient(one, now, dice.uuid(now))?);
    }
    Ok(recipients)
}

/// Takes messages back that have not left: they become one draft again, which is kept at once. With it comes what its
/// contact is called. None when all of them have left.
fn take_back(
    store: &mut Store,
    messages: &[MessageId],
    now: Time,
) -> Result<Option<(Draft, String)>, StoreError> {
    let mut back = Vec::new();
    for id in messages {
        let row = store.load_message(*id)?;
        if let Some((contact, text)) = store.write(|tx| tx.take_back(*id, now))? {
            back.push((contact, text, row));
        }
    }
    let Some((contact, text, row)) = back.first() else { return Ok(None) };
    let addresses: Vec<String> =
        back.iter().filter_map(|(_, _, row)| row.message.urn.as_ref().map(ToString::to_string)).collect();
    let draft = Draft {
        contact: (back.len() == 1).then_some(*contact),
        recipients: if back.len() == 1 { String::new() } else { addresses.join(", ") },
        channel: None,
        text: text.clone(),
    };
    store.save_draft(&draft, now)?;
    let name = display_name(&row.message.contact.name, &row.national).to_owned();
    Ok(Some((draft, name)))
}

fn act(
    store: &mut Store,
    deed: Deed,
    target: Target,
    now: Time,
    mut step: impl FnMut(u64) -> ControlFlow<()>,
) -> Result<Done, StoreError> {
    let target = match target {
        Target::Ids(ids) => crate::store::Target::Ids(ids),
        Target::All { view, up_to, except, as_of } => {
            crate::store::Target::All { view, up_to, except, as_of }
        }
    };
    store.act(deed, &target, now, |progress| step(progress.seen))
}

/// Takes back, or does again, what was done last here; without such a deed, what was done last in the workspace.
fn undo(
    store: &mut Store,
    (task, which): (Task, Which),
    now: Time,
    own: &mut Own,
    mut step: impl FnMut(u64) -> ControlFlow<()>,
) -> Result<Event, StoreError> {
    let again = which == Which::Redo;
    loop {
        let candidate = own.last(which);
        let wanted = candidate.map(|(_, deed)| deed);
        let Some(undone) = store.undo(which, wanted, now, |progress| step(progress.seen))? else {
            if candidate.is_some() {
                // Somebody else did that already, or the journal no longer has it.
                own.forget(which);
                continue;
            }
            return Ok(Event::Undone { task, again, of: None, acted: None });
        };
        // One that was stopped before its end is still the last one.
        if candidate.is_some() && !undone.done.cancelled {
            own.turn(which);
        }
        let acted = acted(undone.deed, undone.done, label_of(store, undone.deed)?);
        return Ok(Event::Undone { task, again, of: candidate.map(|(task, _)| task), acted: Some(acted) });
    }
}

fn acted(deed: Deed, done: Done, label: String) -> Acted {
    Acted { deed, changed: done.changed, unchanged: done.unchanged, cancelled: done.cancelled, label }
}

/// The name of a deed's label; empty when it has none, or when the label is gone.
fn label_of(store: &Store, deed: Deed) -> Result<String, StoreError> {
    let wanted = match deed {
        Deed::Label(label) | Deed::Unlabel(label) => label,
        Deed::Archive
        | Deed::Restore
        | Deed::Delete
        | Deed::MarkRead
        | Deed::MarkUnread
        | Deed::Resend
        | Deed::Cancel => {
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
