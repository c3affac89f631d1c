//! The workspace in one SQLite file: what is kept, and how it is found again.
//!
//! The store decides nothing. All writing goes through [`Store::write`]: one `IMMEDIATE` transaction that commits when its
//! work returns Ok and rolls back otherwise; the text indexes are fed last in it. Reading needs no transaction but where
//! several answers must agree.
//!
//! A file is recognised by its application id before SQLite touches it, so that the database of another program is left
//! exactly as it was.

mod arrivals;
mod attempts;
mod calls;
mod channels;
mod codes;
mod contacts;
mod counts;
mod deeds;
mod doctor;
mod drafts;
mod exports;
mod file;
mod firing;
mod groups;
mod labels;
mod media;
mod messages;
mod outbox;
mod pages;
mod recipients;
mod schedules;
mod scrub;
mod search;
mod searches;
mod stats;
mod stranded;
mod tally;
mod write;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono_tz::Tz;
use rusqlite::{Connection, InterruptHandle, OptionalExtension, params};
use uuid::Uuid;

use crate::domain::contact::Country;
use crate::domain::listing::Counts;
use crate::domain::{LabelId, MessageId, ScheduleId};

pub use arrivals::{Arrival, NewIncoming};
pub use attempts::ReportEffect;
pub use calls::NewCall;
pub use channels::NewChannel;
pub use codes::is_storable;
pub use deeds::{Done, Noted, Progress, Target, Undone, Which};
pub use doctor::{Finding, Report};
pub use drafts::Edited;
pub use exports::{CallOrigin, ContactSheet, Snapshot};
pub use file::SCHEMA_VERSION;
pub use groups::{ContactFacts, Group};
pub use media::{MissingMedia, WantedMedia, media_folder, write_media};
pub use messages::Text;
pub use outbox::{Claimed, Claims, NewOutgoing};
pub use schedules::NewSchedule;
pub use searches::NamesOf;
pub use tally::Tally;
pub use write::{Mark, NewMessage, Same, Tx};

use file::Way;

/// What can go wrong with a workspace.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no file.
    #[error("there is no workspace here")]
    Missing,
    /// The file is something else, or the database of another program.
    #[error("this is not a recado workspace")]
    NotAWorkspace,
    /// A later version of recado made the file.
    #[error("this workspace was made by a newer recado (schema {found}, this one knows {SCHEMA_VERSION})")]
    Newer {
        /// The file's schema version.
        found: i64,
    },
    /// The file cannot be written.
    #[error("this workspace is read-only")]
    ReadOnly,
    /// The file is torn or has been overwritten in part.
    #[error("this workspace is damaged: {0}")]
    Damaged(String),
    /// There is no room left on the disk.
    #[error("the disk is full")]
    Full,
    /// The disk gave an error.
    #[error("the disk gave an error: {0}")]
    Disk(#[source] rusqlite::Error),
    /// The file is where files cannot be locked, so two programs could spoil it.
    #[error("the file system cannot lock")]
    NoLocks,
    /// Another program holds the file for longer than we wait.
    #[error("another program is writing to this workspace")]
    Busy,
    /// A newer question replaced this one.
    #[error("interrupted")]
    Interrupted,
    /// There are no messages with these ids.
    #[error("no such message")]
    NoMessages(Vec<MessageId>),
    /// These messages exist, but the deed is not for them.
    #[error("the deed does not fit these messages")]
    Unfit(Vec<MessageId>),
    /// There is no label of that name.
    #[error("there is no label {0:?}")]
    NoLabel(String),
    /// A label of that name exists already.
    #[error("there is a label {0:?} already")]
    LabelExists(String),
    /// There is no such label any more.
    #[error("label {0} is gone")]
    LabelGone(LabelId),
    /// There is no channel of that name that sends.
    #[error("there is no channel {0:?}")]
    NoChannel(String),
    /// A channel of that name sends already.
    #[error("there is a channel {0:?} already")]
    ChannelExists(String),
    /// There is no group of that name.
    #[error("there is no group {0:?}")]
    NoGroup(String),
    /// No contact has a name like that.
    #[error("there is no contact {0:?}")]
    NoContact(String),
    /// More than one contact has a name like that.
    #[error("several contacts match {0:?}")]
    SeveralContacts(String),
    /// No channel reaches the contact.
    #[error("no channel reaches this contact")]
    NoRoute,
    /// There is nobody to send it to, or nothing of the text is left for any of them.
    #[error("there is nothing to send")]
    NothingToSend,
    /// There is no such schedule.
    #[error("there is no schedule {0}")]
    NoSchedule(ScheduleId),
    /// A path with signs that SQLite cannot be told.
    #[error("this path is not in Unicode")]
    NotUnicode,
    /// The file could not be reached.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// SQLite refused.
    #[error(transparent)]
    Sql(rusqlite::Error),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::NotAWorkspace,
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged(error.to_string()),
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::SystemIoFailure) => Self::Disk(error),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::FileLockingProtocolFailed) => Self::NoLocks,
            Some(ErrorCode::ReadOnly) => Self::ReadOnly,
            Some(ErrorCode::OperationInterrupted) => Self::Interrupted,
            _ => Self::Sql(error),
        }
    }
}

/// What an operation of the store gives.
pub type Result<T> = std::result::Result<T, StoreError>;

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Questions only: a write on it is an error, and a file without write permission will do.
    Read,
    /// Questions and changes.
    Write,
}

/// Stops the question that runs on a connection: it ends with [`StoreError::Interrupted`].
pub struct Interrupter(InterruptHandle);

impl Interrupter {
    /// Stops what runs now, if anything does.
    pub fn interrupt(&self) {
        self.0.interrupt();
    }
}

/// A connection to a workspace. Each thread has its own.
#[derive(Debug)]
pub struct Store {
    conn: Connection,
    path: PathBuf,
    zone: Tz,
    taken_keys: write::TakenKeys,
    /// After the connection: fields go in their order.
    _hold: file::Hold,
}

/// What the workspace knows of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Its public key.
    pub uuid: Uuid,
    /// How numbers without a country code are read; none until somebody said it.
    pub country: Option<Country>,
    /// The time zone of schedules and of dates on the screen.
    pub zone: Tz,
}

impl Store {
    /// Opens the workspace in a file. It is brought up to the schema of this program; nothing else is changed.
    pub fn open(path: &Path, access: Access) -> Result<Self> {
        let header = file::Header::read(path)?;
        if header == file::Header::Empty {
            return Err(StoreError::NotAWorkspace);
        }
        let marked = std::fs::metadata(path)?.permissions().readonly();
        let can_lock = file::can_lock(path)?;
        let opened = match access {
            // What nobody can lock can still be looked at, unless the latest of it stands in a log that others may change.
            Access::Read if !can_lock && !file::has_log(path) => {
                Self::connect(path, Access::Read, Way::Still)
            }
            _ if !can_lock => Err(StoreError::NoLocks),
            Access::Write if marked => Err(StoreError::ReadOnly),
            Access::Write => match Self::connect(path, access, Way::ReadWrite) {
                Ok(store) if store.conn.is_readonly("main")? => Err(StoreError::ReadOnly),
                Err(error) if is_unopenable(&error) => Err(StoreError::ReadOnly),
                other => other,
            },
            Access::Read => Self::connect_somehow(path, marked),
        };
        told(path, opened)
    }

    /// Opens a file for questions: what its permissions say is not yet what may be done with it, and on a full disk or in a
    /// folder of somebody else there is no place for what SQLite keeps beside it.
    fn connect_somehow(path: &Path, marked: bool) -> Result<Self> {
        let mut opened =
            Self::connect(path, Access::Read, if marked { Way::ReadOnly } else { Way::ReadWrite });
        if !marked && opened.as_ref().is_err_and(is_barred) {
            opened = Self::connect(path, Access::Read, Way::ReadOnly);
        }
        if opened.as_ref().is_err_and(is_barred) && !file::has_log(path) {
            // The reason why the usual ways are barred tells more than why this one is.
            opened = Self::connect(path, Access::Read, Way::Still).or(opened);
        }
        opened
    }

    fn connect(path: &Path, access: Access, way: Way) -> Result<Self> {
        let (mut conn, hold) = file::held(path, || way.open(path))?;
        let writable = way == Way::ReadWrite && !conn.is_readonly("main")?;
        configure(&mut conn, access)?;
        file::upgrade(&mut conn, path, writable)?;
        if writable {
            // A backup comes without the log; setting it again where it is on costs nothing.
            conn.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
        }
        search::register_tokens(&conn)?;
        if access == Access::Read {
            conn.pragma_update(None, "query_only", true)?;
        }
        let zone = read_setting(&conn, "timezone")?.and_then(|zone| zone.parse().ok()).unwrap_or(Tz::UTC);
        Ok(Self { conn, path: path.to_owned(), zone, taken_keys: Vec::new(), _hold: hold })
    }

    /// Opens what is left of a damaged workspace, for [`Store::examine`] and nothing else. Nothing is changed.
    pub fn open_damaged(path: &Path) -> Result<Self> {
        let way = if file::has_log(path) { Way::ReadOnly } else { Way::Still };
        let (mut conn, hold) = file::held(path, || way.open(path))?;
        // Before anything is read: SQLite then takes the length of the file for what it is.
        conn.pragma_update(None, "writable_schema", true)?;
        configure(&mut conn, Access::Read)?;
        Ok(Self { conn, path: path.to_owned(), zone: Tz::UTC, taken_keys: Vec::new(), _hold: hold })
    }

    /// Makes a workspace in a file that does not exist yet or is empty, readable by its owner only, and opens it.
    pub fn create(path: &Path, settings: Settings) -> Result<Self> {
        file::create(path, settings)?;
        Self::open(path, Access::Write)
    }

    /// Opens the workspace in a file, or makes one there.
    pub fn open_or_create(path: &Path, settings: Settings) -> Result<Self> {
        match file::Header::read(path) {
            Err(StoreError::Missing) | Ok(file::Header::Empty) => Self::create(path, settings),
            Err(error) => Err(error),
            Ok(file::Header::Workspace) => Self::open(path, Access::Write),
        }
    }

    /// Where the workspace is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the workspace knows of itself.
    pub fn settings(&self) -> Result<Settings> {
        let uuid =
            read_setting(&self.conn, "uuid")?.and_then(|uuid| uuid.parse().ok()).unwrap_or(Uuid::nil());
        let country = read_setting(&self.conn, "country")?.and_then(|code| Country::kept(&code));
        Ok(Settings { uuid, country, zone: self.zone })
    }

    /// Remembers how numbers without a country code are read.
    pub fn set_country(&mut self, country: Country) -> Result<()> {
        self.write(|tx| tx.set("country", &country.to_string()))
    }

    /// The names under which the owner of the workspace writes in chats that were imported.
    pub fn own_names(&self) -> Result<Vec<String>> {
        let names = read_setting(&self.conn, "own_names")?.unwrap_or_default();
        Ok(names.lines().map(str::to_owned).collect())
    }

    /// Remembers a name under which the owner writes.
    pub fn add_own_name(&mut self, name: &str) -> Result<()> {
        let mut names = self.own_names()?;
        if name.contains('\n') || names.iter().any(|known| known == name) {
            return Ok(());
        }
        names.push(name.to_owned());
        self.write(|tx| tx.set("own_names", &names.join("\n")))
    }

    /// The time zone of the workspace.
    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// One transaction of changes: it commits when the work returns Ok, and leaves nothing otherwise.
    pub fn write<T>(&mut self, work: impl FnOnce(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        let written = self.write_at_once(work);
        told(&self.path, written)
    }

    fn write_at_once<T>(&mut self, work: impl FnOnce(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        let mut tx = Tx::begin(&self.conn, std::mem::take(&mut self.taken_keys))?;
        let result = work(&mut tx)?;
        let (taken, gone) = tx.finish()?;
        self.taken_keys = taken;
        media::remove_files(&self.path, &gone);
        Ok(result)
    }

    /// Makes ready for very much that comes in, or for everyday work again.
    pub fn expect_much(&mut self, much: bool) -> Result<()> {
        let (cache, checkpoint) = if much { (BULK_CACHE, BULK_CHECKPOINT) } else { (CACHE, CHECKPOINT) };
        self.conn.pragma_update(None, "cache_size", cache)?;
        self.conn.pragma_update(None, "wal_autocheckpoint", checkpoint)?;
        Ok(())
    }

    /// A number that moves when another connection or process has written. A hint, not a fact: a checkpoint moves it too.
    pub fn data_version(&self) -> Result<i64> {
        let mut statement = self.conn.prepare_cached("PRAGMA data_version")?;
        Ok(statement.query_row([], |row| row.get(0))?)
    }

    /// What stops a question that runs on this connection, from another thread.
    pub fn interrupter(&self) -> Interrupter {
        Interrupter(self.conn.get_interrupt_handle())
    }

    /// Brings the write-ahead log back into the file, drops what is left of deleted messages, and lets SQLite look after
    /// its statistics. For idle moments.
    pub fn tidy(&mut self) -> Result<()> {
        self.scrub(|()| ControlFlow::Continue(()))?;
        self.conn.execute_batch("PRAGMA optimize")?;
        self.conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        Ok(())
    }

    /// Copies the workspace into a new file while others may be writing, checks the copy, and counts what is in it. It gets its
    /// name only when it is whole and sound, but for what can be derived again: a copy that failed leaves nothing, and nothing
    /// is overwritten.
    pub fn backup(&self, to: &Path) -> Result<Counts> {
        if to.symlink_metadata().is_ok() {
            return Err(std::io::Error::from(std::io::ErrorKind::AlreadyExists).into());
        }
        let folder = file::folder_of(to);
        // Told by itself: an error about the temporary name would say nothing to anybody.
        std::fs::metadata(folder)?;
        let copy = tempfile::Builder::new().prefix(".recado-").suffix(".part").tempfile_in(folder)?;
        let name = copy.path().to_str().ok_or(StoreError::NotUnicode)?;
        told(to, self.unguarded(|| Ok(self.conn.execute("VACUUM INTO ?1", params![name])?)))?;
        let copied = Self::connect(copy.path(), Access::Read, Way::Still)?;
        let report = copied.examine()?;
        // What can be derived again is no reason to have no copy.
        if let Some(finding) = report.findings.into_iter().find(|finding| !finding.can_be_mended()) {
            return Err(StoreError::Damaged(finding.to_string()));
        }
        copy.as_file().sync_all()?;
        self.copy_media(&copied, to)?;
        let counts = copied.counts()?;
        drop(copied);
        copy.persist_noclobber(to).map_err(|error| {
            media::drop_copy(to);
            error.error
        })?;
        Ok(counts)
    }
}

impl Store {
    /// Does what SQLite takes for a write although it leaves the workspace alone, on a connection for questions too.
    fn unguarded<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let guarded: bool = self.conn.query_row("PRAGMA query_only", [], |row| row.get(0))?;
        self.conn.pragma_update(None, "query_only", false)?;
        let result = work();
        self.conn.pragma_update(None, "query_only", guarded)?;
        result
    }
}

/// What a writer keeps of the file in memory, in KiB below zero as SQLite wants it.
const CACHE: i64 = -8192;

/// After so many pages the log goes back into the file.
const CHECKPOINT: i64 = 4000;

/// The same while very much comes in: every page of an index is changed again and again then.
const BULK_CACHE: i64 = 3 * CACHE;
const BULK_CHECKPOINT: i64 = 4 * CHECKPOINT;

/// How long a writer waits for another one.
const PATIENCE: Duration = Duration::from_secs(10);

/// SQLite's own waiting sleeps longer and longer and so loses to a busy writer; this one asks every millisecond.
fn wait_for_others(conn: &mut Connection) -> Result<()> {
    conn.busy_handler(Some(|asked| {
        std::thread::sleep(Duration::from_millis(1));
        u128::try_from(asked).is_ok_and(|asked| asked < PATIENCE.as_millis())
    }))?;
    Ok(())
}

/// Whether a file cannot be used in one way, and another one may do.
fn is_barred(error: &StoreError) -> bool {
    is_unopenable(error) || matches!(error, StoreError::ReadOnly | StoreError::Full | StoreError::Disk(_))
}

fn is_unopenable(error: &StoreError) -> bool {
    matches!(error, StoreError::Sql(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::CannotOpen))
}

/// An error of the disk, told as what it is when the disk is full.
fn told<T>(path: &Path, result: Result<T>) -> Result<T> {
    match result {
        Err(StoreError::Disk(_)) if file::has_no_room(path) => Err(StoreError::Full),
        other => other,
    }
}

fn configure(conn: &mut Connection, access: Access) -> Result<()> {
    wait_for_others(conn)?;
    let cache = match access {
        Access::Read => -6144,
        Access::Write => CACHE,
    };
    conn.pragma_update(None, "cache_size", cache)?;
    conn.pragma_update(None, "temp_store", "MEMORY")?;
    conn.pragma_update(None, "foreign_keys", true)?;
    conn.pragma_update(None, "synchronous", "NORMAL")?;
    conn.pragma_update(None, "wal_autocheckpoint", CHECKPOINT)?;
    conn.pragma_update(None, "journal_size_limit", 64 << 20)?;
    conn.set_prepared_statement_cache_capacity(128);
    rusqlite::vtab::array::load_module(conn)?;
    search::register_document(conn)?;
    Ok(())
}

fn read_setting(conn: &Connection, key: &str) -> Result<Option<String>> {
    let mut statement = conn.prepare_cached("SELECT value FROM workspace WHERE key = ?1")?;
    Ok(statement.query_row([key], |row| row.get(0)).optional()?)
}
