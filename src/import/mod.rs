//! Bringing messages and calls in from files: what people have on phones and in archives.
//!
//! A file is read as a stream and its format is told from its content. Each reader turns a file into [`Item`]s; what
//! becomes of them, here: they are put into the workspace in slices of a transaction each, or only printed. A bad record is
//! counted with its place and never stops an import, a record that is there already is counted and left alone, and nothing
//! that is imported can be sent: outgoing messages without a final status come in as failed.

mod android;
mod archive;
mod input;
mod record;
mod tags;

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use uuid::Uuid;

use crate::clock::{Clock, Dice};
use crate::domain::contact::{Country, Urn};
use crate::domain::message::{Cause, Direction, FailedReason, Standing, Status, StatusChange, Visibility};
use crate::domain::{ContactId, UrnId};
use crate::store::{NewCall, NewMessage, Settings, Store, StoreError, Tx};

pub use record::{CallRecord, Item, MessageRecord, Origin, Problem, Record, Skip};

/// The formats that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Messages of "SMS Backup & Restore" on Android, and of the programs that write the same.
    SmsBackup,
    /// Calls of the same.
    CallsBackup,
    /// An archive of RapidPro or Weni: an object a line.
    RapidProArchive,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::SmsBackup, Self::CallsBackup, Self::RapidProArchive];

    /// The word in commands and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::SmsBackup => "sms-backup",
            Self::CallsBackup => "calls-backup",
            Self::RapidProArchive => "rapidpro-archive",
        }
    }

    /// The format of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }
}

/// What a file does not say of itself.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The format, when it shall not be told from the content.
    pub format: Option<Format>,
    /// How numbers without a country code are read.
    pub country: Option<Country>,
    /// Our own number or name in the file.
    pub me: Option<String>,
    /// Whether incoming messages come in as already opened.
    pub read: bool,
}

/// Why an import ended before its time.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file could not be read.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The file is empty.
    #[error("the file is empty")]
    Empty,
    /// Its content is of no format that is read.
    #[error("the format is not known")]
    UnknownFormat,
    /// The workspace refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The end of reading a file, when a record's taker wants no more.
pub(crate) enum Stop {
    /// Somebody asked for it.
    Cancelled,
    /// Something broke.
    Failed(ImportError),
}

impl<E: Into<ImportError>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// How many errors are kept with their places; the rest is only counted.
const MOST_ERRORS: usize = 10_000;

/// What an import did.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// The format that was read.
    pub format: Option<Format>,
    /// Records in the file.
    pub seen: u64,
    /// Records that came in; a message to a group is one for each recipient.
    pub imported: u64,
    /// Records that were there already.
    pub duplicates: u64,
    /// Records that are none of ours, by reason.
    pub skipped: BTreeMap<Skip, u64>,
    /// Records that are wrong, with their places.
    pub errors: Vec<(u64, Problem)>,
    /// Wrong records beyond those.
    pub more_errors: u64,
    /// Numbers without a country code that were read without a country: they stay as they are.
    pub countryless: u64,
    /// The place where somebody stopped it.
    pub cancelled_at: Option<u64>,
}

impl Summary {
    fn error(&mut self, src: u64, problem: Problem) {
        if self.errors.len() < MOST_ERRORS {
            self.errors.push((src, problem));
        } else {
            self.more_errors += 1;
        }
    }
}

/// How far an import is.
#[derive(Debug, Clone, Default)]
pub struct Watch {
    /// Bytes of the file read so far.
    pub bytes: Arc<AtomicU64>,
    /// Records so far.
    pub records: Arc<AtomicU64>,
    /// Set it to stop.
    pub cancel: Arc<AtomicBool>,
}

/// Reads a file into a workspace.
pub fn import(
    path: &Path,
    options: &Options,
    store: &mut Store,
    clock: Clock,
    dice: &mut Dice,
    watch: &Watch,
) -> Result<Summary, ImportError> {
    let mut taker = Taker::new(store, options, clock, dice, watch);
    taker.read(path)?;
    Ok(taker.summary)
}

/// What is done with each record that would come in: its place and itself.
type Each<'a> = &'a mut dyn FnMut(u64, &Record) -> std::io::Result<()>;

/// Reads a file as if into a workspace, and hands over each record that would come in. The workspace, where there is one,
/// is only asked what it has already; the file's own repetitions are found by importing into a workspace that is thrown
/// away.
pub fn rehearse(
    path: &Path,
    options: &Options,
    existing: Option<&Store>,
    clock: Clock,
    watch: &Watch,
    each: Each<'_>,
) -> Result<Summary, ImportError> {
    let folder = tempfile::TempDir::new()?;
    let settings = Settings { uuid: Uuid::nil(), country: options.country, zone: chrono_tz::UTC };
    let mut scratch = Store::create(&folder.path().join("rehearsal.db"), settings)?;
    let mut dice = Dice::seeded(0);
    let mut taker = Taker::new(&mut scratch, options, clock, &mut dice, watch);
    taker.existing = existing;
    taker.each = Some(each);
    taker.read(path)?;
    Ok(taker.summary)
}

/// A record on its way, with its place and what makes it the same one again.
struct Waiting {
    src: u64,
    record: Record,
    key: i64,
}

/// Records are put in when so many have gathered. A slice of this size holds the workspace for some hundredths of a second.
const SLICE: usize = 2000;

/// ... or when their texts have so many bytes.
const SLICE_BYTES: usize = 4 << 20;

/// How many contacts are remembered by address.
const MOST_CONTACTS: usize = 50_000;

type Known = (ContactId, Option<UrnId>);

struct Taker<'a> {
    store: &'a mut Store,
    existing: Option<&'a Store>,
    each: Option<Each<'a>>,
    options: &'a Options,
    clock: Clock,
    dice: &'a mut Dice,
    watch: &'a Watch,
    summary: Summary,
    waiting: Vec<Waiting>,
    waiting_bytes: usize,
    /// The contacts of records that were put in, by what the record said of them.
    contacts: HashMap<String, Known>,
    last_src: u64,
}

impl<'a> Taker<'a> {
    fn new(
        store: &'a mut Store,
        options: &'a Options,
        clock: Clock,
        dice: &'a mut Dice,
        watch: &'a Watch,
    ) -> Self {
        Self {
            store,
            existing: None,
            each: None,
            options,
            clock,
            dice,
            watch,
            summary: Summary::default(),
            waiting: Vec::new(),
            waiting_bytes: 0,
            contacts: HashMap::new(),
            last_src: 0,
        }
    }

    fn read(&mut self, path: &Path) -> Result<(), ImportError> {
        let (mut input, found) = input::open(path, &self.watch.bytes)?;
        let format = match self.options.format {
            Some(format) => format,
            None => found?,
        };
        self.summary.format = Some(format);
        let options = self.options;
        let mut take = |item: Item| self.take(item);
        let ended = match format {
            Format::SmsBackup => android::messages(&mut input, options, &mut take),
            Format::CallsBackup => android::calls(&mut input, options, &mut take),
            Format::RapidProArchive => archive::messages(&mut input, &mut take),
        };
        match ended {
            Ok(()) => self.put_waiting()?,
            Err(Stop::Cancelled) => {
                self.put_waiting()?;
                self.summary.cancelled_at = Some(self.last_src);
            }
            // What came before the end of a torn file stays; its end is one error more.
            Err(Stop::Failed(ImportError::Io(error))) => {
                self.put_waiting()?;
                let torn = matches!(
                    error.kind(),
                    std::io::ErrorKind::UnexpectedEof
                        | std::io::ErrorKind::InvalidData
                        | std::io::ErrorKind::InvalidInput
                );
                if !torn {
                    return Err(error.into());
                }
                self.summary.seen += 1;
                self.summary.error(self.last_src + 1, Problem::Truncated);
            }
            Err(Stop::Failed(error)) => return Err(error),
        }
        Ok(())
    }

    fn take(&mut self, item: Item) -> Result<(), Stop> {
        if self.watch.cancel.load(Ordering::Relaxed) {
            return Err(Stop::Cancelled);
        }
        if item.src() != self.last_src {
            self.last_src = item.src();
            self.summary.seen += 1;
            self.watch.records.fetch_add(1, Ordering::Relaxed);
        }
        match item {
            Item::Skipped(_, reason) => *self.summary.skipped.entry(reason).or_default() += 1,
            Item::Wrong(src, problem) => self.summary.error(src, problem),
            Item::Found(src, record) => {
                let key = record.import_key();
                self.summary.countryless +=
                    u64::from(self.options.country.is_none() && record.has_local_number());
                self.waiting_bytes += record.size();
                self.waiting.push(Waiting { src, record: *record, key });
                if self.waiting.len() >= SLICE || self.waiting_bytes >= SLICE_BYTES {
                    self.put_waiting()?;
                }
            }
        }
        Ok(())
    }

    fn put_waiting(&mut self) -> Result<(), ImportError> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let waiting = std::mem::take(&mut self.waiting);
        self.waiting_bytes = 0;
        let mut contacts = std::mem::take(&mut self.contacts);
        if contacts.len() > MOST_CONTACTS {
            contacts.clear();
        }
        let (dice, clock, read) = (&mut *self.dice, self.clock, self.options.read);
        let put = self.store.write(|tx| {
            let mut putter = Putter { tx, contacts: &mut contacts, dice, clock, read };
            waiting.iter().map(|one| putter.put(&one.record, one.key)).collect::<Result<Vec<bool>, _>>()
        })?;
        self.contacts = contacts;
        for (one, new) in waiting.iter().zip(put) {
            if !new || self.is_there_already(one)? {
                self.summary.duplicates += 1;
                continue;
            }
            self.summary.imported += 1;
            if let Some(each) = &mut self.each {
                each(one.src, &one.record)?;
            }
        }
        // Another writer, such as a person's key press, gets its turn.
        std::thread::sleep(Duration::from_millis(1));
        Ok(())
    }

    fn is_there_already(&self, one: &Waiting) -> Result<bool, ImportError> {
        let Some(existing) = self.existing else { return Ok(false) };
        let urn = one.record.urn().map(Urn::identity);
        let calls = matches!(one.record, Record::Call(_));
        Ok(existing.has_imported(
            calls,
            urn.as_deref(),
            one.record.contact_uuid(),
            one.record.time(),
            one.key,
        )?)
    }
}

/// Puts records in within one transaction.
struct Putter<'t, 'c, 'd> {
    tx: &'t mut Tx<'c>,
    contacts: &'d mut HashMap<String, Known>,
    dice: &'d mut Dice,
    clock: Clock,
    read: bool,
}

impl Putter<'_, '_, '_> {
    /// Puts a record in; false when it is there already.
    fn put(&mut self, record: &Record, key: i64) -> Result<bool, StoreError> {
        let (contact, urn) = self.contact(record)?;
        match record {
            Record::Message(message) => {
                if self.tx.has_imported_message(contact, message.time, key)? {
                    return Ok(false);
                }
                self.put_message(message, contact, urn, key)?;
            }
            Record::Call(call) => {
                if self.tx.has_imported_call(contact, call.time, key)? {
                    return Ok(false);
                }
                self.tx.insert_call(&NewCall {
                    uuid: self.dice.uuid(call.time),
                    contact,
                    urn,
                    channel: None,
                    direction: call.direction,
                    outcome: call.outcome,
                    duration: call.duration,
                    occurred_on: call.time,
                    external_id: call.external_id.as_deref().unwrap_or_default(),
                    import_key: Some(key),
                })?;
            }
        }
        Ok(true)
    }

    fn contact(&mut self, record: &Record) -> Result<Known, StoreError> {
        let name = record.name().unwrap_or_default();
        let uuid = record.contact_uuid();
        let said = format!("{uuid:?} {:?} {name}", record.urn());
        if let Some(known) = self.contacts.get(&said) {
            return Ok(*known);
        }
        let now = record.time();
        let known = match (uuid, record.urn()) {
            (Some(uuid), urn) => self.tx.contact_with_uuid(uuid, urn, name, now)?,
            (None, Some(urn)) => {
                let fresh = self.dice.uuid(now);
                let (contact, urn) = self.tx.contact_with_urn(urn, name, now, || fresh)?;
                (contact, Some(urn))
            }
            // A contact known by name only: the same name is the same contact, in this file and in the next.
            (None, None) => self.tx.contact_with_uuid(record::uuid_of_name(name), None, name, now)?,
        };
        self.contacts.insert(said, known);
        Ok(known)
    }

    fn put_message(
        &mut self,
        message: &MessageRecord,
        contact: ContactId,
        urn: Option<UrnId>,
        key: i64,
    ) -> Result<(), StoreError> {
        let origin = message.origin.as_ref();
        let channel = match origin.and_then(|origin| origin.channel.as_ref()) {
            Some((uuid, name)) => Some(self.tx.channel(*uuid, name)?),
            None => None,
        };
        // Only incoming messages are handled by flows here; an outgoing one was sent by one.
        let flow = match origin.and_then(|origin| origin.flow.as_ref()) {
            Some((uuid, name)) => Some(self.tx.flow(*uuid, name)?),
            None => None,
        };
        let incoming = message.direction == Direction::In;
        let archived = incoming && origin.is_some_and(|origin| origin.visibility == Visibility::Archived);
        let standing = Standing {
            direction: message.direction,
            status: message.status,
            visibility: if archived { Visibility::Archived } else { Visibility::Visible },
            in_flow: flow.is_some(),
            unread: incoming && !archived && !self.read,
        };
        let failed = message.status == Status::Failed;
        let reason = if message.was_unfinished { FailedReason::Unsent } else { FailedReason::Refused };
        let step = StatusChange {
            at: self.clock.now(),
            status: message.status,
            cause: Cause::Imported,
            detail: String::new(),
        };
        let id = self.tx.insert_message(&NewMessage {
            uuid: origin.and_then(|origin| origin.uuid).unwrap_or_else(|| self.dice.uuid(message.time)),
            contact,
            urn,
            channel,
            flow,
            kind: origin.map_or(crate::domain::message::Kind::Text, |origin| origin.kind),
            standing,
            failed_reason: failed.then_some(reason),
            error_count: 0,
            next_attempt: None,
            created_on: message.time,
            sent_on: message.sent_time,
            remote_id: origin.and_then(|origin| origin.id),
            external_id: message.external_id.as_deref().filter(|_| origin.is_none()).unwrap_or_default(),
            import_key: Some(key),
            text: &message.text,
            attachments: &message.attachments,
            history: &[step],
        })?;
        for (uuid, name) in origin.iter().flat_map(|origin| &origin.labels) {
            let fresh = uuid.unwrap_or_else(|| self.dice.uuid(message.time));
            let label = self.tx.label(name, || fresh)?;
            self.tx.put_label(id, label)?;
        }
        Ok(())
    }
}

/// A file to be imported and how large it is.
pub fn size_of(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |file| file.len())
}
