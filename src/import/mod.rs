//! Bringing messages and calls in from files: what people have on phones and in archives.
//!
//! A file is read as a stream and its format is told from its content. Each reader turns a file into [`Item`]s; what
//! becomes of them, here: they are put into the workspace in slices of a transaction each, or only printed. A bad record is
//! counted with its place and never stops an import, a record that is there already is counted and left alone, and nothing
//! that is imported can be sent: outgoing messages without a final status come in as failed.

mod ahead;
mod android;
mod archive;
mod asterisk;
mod beside;
mod calls;
mod csv;
mod dates;
mod earlier;
mod freeswitch;
mod input;
mod lines;
mod local;
mod own;
mod put;
mod raw;
mod record;
mod rows;
mod sheet;
mod shown;
mod tags;
mod taker;
mod whatsapp;
mod xlsx;
mod xml;
mod zipped;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};

use chrono_tz::Tz;
use encoding_rs::Encoding;
use uuid::Uuid;

use self::taker::Taker;
use crate::clock::{Clock, Dice};
use crate::domain::contact::{Country, Urn};
use crate::store::{Settings, Store, StoreError};

pub use dates::DateOrder;
pub use raw::Raw;
pub use record::{
    CallRecord, ContactRecord, Item, MessageRecord, NameRecord, Origin, Own, OwnCall, Problem, Record,
    ScheduleRecord, Skip, To, Whose,
};
pub use zipped::ZipProblem;

/// The formats that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Messages of "SMS Backup & Restore" on Android, and of the programs that write the same.
    SmsBackup,
    /// Calls of the same.
    CallsBackup,
    /// An archive of RapidPro or Weni: an object a line.
    RapidProArchive,
    /// A message export of RapidPro or Weni: a spreadsheet.
    RapidProExport,
    /// Call records of Asterisk and FreePBX: `Master.csv`.
    Asterisk,
    /// Call records of FreeSWITCH: `cdr-csv`.
    FreeSwitch,
    /// What recado itself writes: an object a line.
    Recado,
    /// A chat that WhatsApp exported, as text or zip file.
    WhatsApp,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::SmsBackup,
        Self::CallsBackup,
        Self::RapidProArchive,
        Self::RapidProExport,
        Self::Asterisk,
        Self::FreeSwitch,
        Self::WhatsApp,
        Self::Recado,
    ];

    /// The word in commands and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::SmsBackup => "sms-backup",
            Self::CallsBackup => "calls-backup",
            Self::RapidProArchive => "rapidpro-archive",
            Self::RapidProExport => "rapidpro-export",
            Self::Asterisk => "asterisk",
            Self::FreeSwitch => "freeswitch",
            Self::Recado => "recado",
            Self::WhatsApp => "whatsapp",
        }
    }

    /// The format of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }
}

/// What a file does not say of itself.
#[derive(Debug, Clone)]
pub struct Options {
    /// The format, when it shall not be told from the content.
    pub format: Option<Format>,
    /// How numbers without a country code are read.
    pub country: Option<Country>,
    /// Our own number or name in the file.
    pub me: Option<String>,
    /// Whether incoming messages come in as already opened.
    pub read: bool,
    /// The encoding of a file that does not say its own.
    pub encoding: Option<&'static Encoding>,
    /// The time zone of dates that name none.
    pub zone: Tz,
    /// How dates are written, where the file does not decide.
    pub date_order: Option<DateOrder>,
    /// Names that were ours in other files; those that the workspace remembers are added.
    pub ours: Vec<String>,
    /// The address of the other one in a chat of two.
    pub number: Option<Urn>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            format: None,
            country: None,
            me: None,
            read: false,
            encoding: None,
            zone: Tz::UTC,
            date_order: None,
            ours: Vec::new(),
            number: None,
        }
    }
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
    /// Its content is not of the format that somebody named.
    #[error("the format is not {}", .0.name())]
    OtherFormat(Format),
    /// A table lacks columns without which its rows say nothing.
    #[error("columns are missing: {}", .0.join(", "))]
    MissingColumns(Vec<&'static str>),
    /// A table has two columns of a name, and nobody knows which one is meant.
    #[error("there are two columns {0:?}")]
    DoubledColumn(String),
    /// A zip file holds nothing that can be read.
    #[error(transparent)]
    Zip(#[from] ZipProblem),
    /// Nobody knows which of those who write is the owner of the file.
    #[error("whose messages are ours is not known: {}", .0.join(", "))]
    UnknownOwner(Vec<String>),
    /// None of those who write is called as somebody says that the owner is.
    #[error("{named} is none of {}", senders.join(", "))]
    NoSuchSender {
        /// Whom somebody named.
        named: String,
        /// Those who write.
        senders: Vec<String>,
    },
    /// Somebody gave the number of the other one, and there are several.
    #[error("a group has no number")]
    NumberOfGroup,
    /// Whoever takes the records that are wrong could not do so.
    #[error("the rejected records could not be written: {0}")]
    Rejected(std::io::Error),
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
    /// Records with bytes that are not valid in the file's encoding; they are among the errors.
    pub misencoded: u64,
    /// The encoding in which the file was read.
    pub encoding: &'static str,
    /// The place where somebody stopped it.
    pub cancelled_at: Option<u64>,
    /// Our own name in the file, where it has one.
    pub me: Option<String>,
    /// Whether nothing in the file says in which order its dates are written.
    pub is_order_guessed: bool,
    /// Photos and files that came along.
    pub files: u64,
    /// Those that could not be read where they are.
    pub unread_files: u64,
    /// Why the files that came along could not be kept; the messages came in.
    pub unkept_files: Option<Arc<std::io::Error>>,
}

impl Summary {
    fn error(&mut self, src: u64, problem: Problem) {
        self.misencoded += u64::from(problem == Problem::BadEncoding);
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

/// A file that is open, and is of a format that is read.
pub struct Source(input::Opened);

/// Opens a file and looks at its beginning. Whoever has no workspace yet makes one only afterwards.
pub fn open(path: &Path, options: &Options, watch: &Watch) -> Result<Source, ImportError> {
    input::open(path, options.format, options.encoding, watch).map(Source)
}

/// Reads a file into a workspace.
pub fn import(
    source: Source,
    options: &Options,
    store: &mut Store,
    clock: Clock,
    dice: &mut Dice,
    watch: &Watch,
    reject: Option<Reject<'_>>,
) -> Result<Summary, ImportError> {
    let mut taker = Taker::new(store, options, clock, dice, watch);
    taker.reject = reject;
    taker.run(source)
}

/// What is done with each record that would come in: its place and itself.
type Each<'a> = &'a mut dyn FnMut(u64, &Record) -> std::io::Result<()>;

/// A record that is wrong.
#[derive(Debug, Clone)]
pub struct Rejected {
    /// Its place.
    pub src: u64,
    /// What is wrong with it; nothing with the header of a table, which stands before the first of its rows.
    pub problem: Option<Problem>,
    /// How it stands in the file; none when it is the file that is wrong.
    pub record: Option<Raw>,
}

/// What is done with each record that is wrong.
pub type Reject<'a> = Box<dyn FnMut(Rejected) -> std::io::Result<()> + 'a>;

/// Reads a file as if into a workspace, and hands over each record that would come in. The workspace, where there is one,
/// is only asked what it has already; the file's own repetitions are found by importing into a workspace that is thrown
/// away.
pub fn rehearse(
    source: Source,
    options: &Options,
    existing: Option<&Store>,
    clock: Clock,
    watch: &Watch,
    each: Each<'_>,
    reject: Option<Reject<'_>>,
) -> Result<Summary, ImportError> {
    let folder = tempfile::TempDir::new()?;
    let settings = Settings { uuid: Uuid::nil(), country: options.country, zone: chrono_tz::UTC };
    let mut scratch = Store::create(&folder.path().join("rehearsal.db"), settings)?;
    let mut dice = Dice::seeded(0);
    let mut taker = Taker::new(&mut scratch, options, clock, &mut dice, watch);
    taker.existing = existing;
    taker.each = Some(each);
    taker.reject = reject;
    taker.run(source)
}

/// A file to be imported and how large it is.
pub fn size_of(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |file| file.len())
}
