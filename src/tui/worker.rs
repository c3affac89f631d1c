//! The threads that touch the store, so that the one that draws never does.
//!
//! The reader answers questions, of each sort only the latest: a newer one drops those that wait and interrupts the one
//! that runs. The writer does every change in its order, in slices; each has a number by which it can be stopped. Between
//! questions the reader looks whether another program wrote, a few times a second.

mod writer;
mod writing;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::sync::{Arc, PoisonError, RwLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::event::{Arrivals, Ask, ConversationPart, Event, Part, Read, Target};
use super::model::DeedLine;
use crate::clock::Clock;
use crate::domain::call::Call;
use crate::domain::fold::fold;
use crate::domain::listing::{At, Cursor, MessageRow, Page, Place, Row, View};
use crate::domain::query::{Named, Query};
use crate::domain::recipient::Suggestion;
use crate::domain::{ContactId, MessageId, Time};
use crate::i18n::Texts;
use crate::store::{Access, Interrupter, NamesOf, Store, StoreError, Text};
use crate::words;
pub use writer::{Own, Writer, change};

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

/// The texts of the language that the screen speaks now.
pub type SharedTexts = Arc<RwLock<Texts>>;

/// What the workers have in common.
#[derive(Debug, Clone)]
pub struct Desk {
    /// Where the workspace is.
    pub path: PathBuf,
    /// For the sentences of errors.
    pub texts: SharedTexts,
    /// The present moment.
    pub clock: Clock,
}

/// The sorts of questions, the more urgent first: a list waits for nothing, figures wait for everything.
const SORTS: usize = 18;

fn sort(read: &Read) -> u8 {
    match read {
        Read::Page { .. } => 0,
        Read::Counts => 1,
        Read::Conversation { .. } => 2,
        Read::History(_) => 3,
        Read::Between { .. } => 4,
        Read::Writing { .. } => 5,
        Read::Suggest { .. } => 6,
        Read::Complete { .. } => 7,
        Read::Searches => 8,
        Read::Drafts => 9,
        Read::Contact(_) => 10,
        Read::Deeds => 11,
        Read::WholeText { .. } => 12,
        Read::Position { .. } => 13,
        Read::Matches { .. } => 14,
        // What nobody waits for does not interrupt figures that take their time.
        Read::Figures { .. } => 15,
        Read::CountSaved(_) => 16,
        Read::Arrivals(_) => 17,
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
                let answer = answer(&self.store, &read, self.desk.clock.now());
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
            | Read::Figures { ask, .. }
            | Read::Between { ask, .. }
            | Read::Writing { ask, .. }
            | Read::Suggest { ask, .. }
            | Read::Complete { ask, .. }
            | Read::WholeText { ask, .. } => *ask,
            Read::Counts
            | Read::History(_)
            | Read::Drafts
            | Read::Contact(_)
            | Read::Searches
            | Read::CountSaved(_)
            | Read::Arrivals(_)
            | Read::Deeds => Ask::default(),
        };
        Event::ReadFailed { ask, sentence: sentence(&self.desk, error) }
    }
}

/// Answers a question.
pub fn answer(store: &Store, read: &Read, now: Time) -> Result<Event, StoreError> {
    Ok(match read {
        Read::Counts => Event::Counted(store.counts()?),
        Read::Writing { ask, key, newest } => {
            let writing = Box::new(writing::open(store, *key, *newest, now)?);
            Event::WritingOpened { ask: *ask, writing }
        }
        Read::Suggest { ask, typed } => {
            Event::Suggested { ask: *ask, found: store.suggest(typed, MOST_OFFERED)? }
        }
        Read::Complete { ask, named, typed } => {
            Event::Completed { ask: *ask, found: values(store, *named, typed)? }
        }
        Read::Searches => {
            let (recent, saved) = store.searches()?;
            Event::SearchesFound { recent, saved }
        }
        Read::CountSaved(texts) => Event::SavedCounted(count_saved(store, texts, now)?),
        Read::Arrivals(after) => Event::Arrived(arrivals(store, *after, now)?),
        Read::Drafts => Event::DraftsListed(store.drafts()?),
        Read::Contact(contact) => Event::ContactFound(Box::new(store.contact_card(*contact)?)),
        Read::Deeds => Event::DeedsListed(deeds(store)?),
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
        Read::Figures { ask, period } => {
            Event::FiguresCounted { ask: *ask, stats: Box::new(store.stats(*period)?) }
        }
        Read::Matches { ask, view } => Event::MatchesCounted { ask: *ask, matches: store.count(view)? },
        Read::Between { ask, view, from, to } => {
            let ids = store.between(view, *from, *to, MOST_BETWEEN)?;
            Event::IdsFound { ask: *ask, ids: ids.map(|ids| ids.into_iter().map(MessageId).collect()) }
        }
        Read::WholeText { ask, target } => Event::TextFound { ask: *ask, text: whole_text(store, target)? },
    })
}

/// What came in since a message. What is older than this was brought in from elsewhere, and is no news.
const NEWS: chrono::Duration = chrono::Duration::hours(1);

fn arrivals(store: &Store, after: Option<MessageId>, now: Time) -> Result<Arrivals, StoreError> {
    let (newest, count, last) = store.arrived(after, now - NEWS)?;
    Ok(Arrivals { newest, count, last })
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

/// How many values are offered for a search operator.
const MOST_VALUES: usize = 12;

/// How many recipients are offered while a name is typed.
const MOST_OFFERED: usize = 8;

/// What the value of a search operator may become.
fn values(store: &Store, of: Named, typed: &str) -> Result<Vec<String>, StoreError> {
    Ok(match of {
        Named::Channel => store.names_with(NamesOf::Channels, typed, MOST_VALUES)?,
        Named::Flow => store.names_with(NamesOf::Flows, typed, MOST_VALUES)?,
        Named::Label => {
            let wanted = fold(typed);
            let names = store.labels()?.into_iter().map(|label| label.name);
            names.filter(|name| fold(name).contains(&wanted)).take(MOST_VALUES).collect()
        }
        Named::Contact => {
            let names = store.suggest(typed, MOST_VALUES)?.into_iter().filter_map(|one| match one {
                Suggestion::Contact { name, .. } if !name.is_empty() => Some(name),
                Suggestion::Contact { urn, .. } => Some(urn.path().to_owned()),
                Suggestion::Address(_) | Suggestion::Group { .. } | Suggestion::Label { .. } => None,
            });
            names.collect()
        }
    })
}

/// How many messages saved searches find, in all folders. One that is no search any more finds none.
fn count_saved(store: &Store, texts: &[String], now: Time) -> Result<Vec<(String, u64)>, StoreError> {
    let today = now.with_timezone(&store.zone()).date_naive();
    let mut counted = Vec::with_capacity(texts.len());
    for text in texts {
        let total = match Query::parse(text, today) {
            Ok(query) => store.count(&View { query, ..View::of(Place::Everywhere) })?,
            Err(_) => 0,
        };
        counted.push((text.clone(), total));
    }
    Ok(counted)
}

/// The sizes of the files that came along with messages and are here.
fn sizes(rows: &[MessageRow]) -> BTreeMap<(MessageId, usize), u64> {
    let mut sizes = BTreeMap::new();
    for message in rows.iter().map(|row| &row.message) {
        for (n, attachment) in message.attachments.iter().enumerate() {
            let path = attachment.url.strip_prefix("file://");
            // A file that has gone has no size.
            if let Some(Ok(file)) = path.map(std::fs::metadata) {
                sizes.insert((message.id, n), file.len());
            }
        }
    }
    sizes
}

/// What was done last, with the names of labels.
fn deeds(store: &Store) -> Result<Vec<DeedLine>, StoreError> {
    let mut lines = Vec::new();
    for done in store.recent_deeds(MOST_DEEDS)? {
        lines.push(DeedLine {
            at: done.at,
            deed: done.deed,
            changed: done.changed,
            label: writer::label_of(store, done.deed)?,
            undone: done.undone,
        });
    }
    Ok(lines)
}

/// How many deeds are listed.
const MOST_DEEDS: usize = 200;

/// The calls in the time of a part: up to what is said next, or to the end where nothing is.
fn calls(
    store: &Store,
    contact: ContactId,
    part: Part,
    (rows, more_before, more_after): (&[MessageRow], bool, bool),
) -> Result<Vec<Call>, StoreError> {
    let moment = |cursor: Cursor| chrono::DateTime::from_timestamp_micros(cursor.key);
    let first = rows.first().map(|row| row.message.created_on).filter(|_| more_before);
    let last = rows.last().map(|row| row.message.created_on).filter(|_| more_after);
    let (from, to) = match part {
        Part::Around(..) => (first, last),
        Part::Before(next) => (first, moment(next)),
        Part::After(before) => (moment(before), last),
    };
    store.calls_with(contact, from, to, MOST_CALLS)
}

/// More calls than this are not shown between two parts of a conversation.
const MOST_CALLS: usize = 500;

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
    let calls = calls(store, contact, part, (&rows, more_before, more_after))?;
    let sizes = sizes(&rows);
    let (contact, urns) = store.load_contact(contact)?;
    let page = Page { rows, more_before, more_after };
    Ok(ConversationPart { contact, urns, page, beyond, calls, sizes })
}

fn sentence(desk: &Desk, error: &StoreError) -> String {
    let path: &Path = &desk.path;
    let texts = desk.texts.read().unwrap_or_else(PoisonError::into_inner);
    words::store_error(&texts, error, path)
}
