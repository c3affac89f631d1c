//! The file itself: what tells a workspace from other files, making one, and bringing an older one up to date.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, OpenFlags, TransactionBehavior, params};

use super::{Access, Result, Settings, StoreError, configure};

/// The application id in the header of our files: "reco".
const APPLICATION_ID: i32 = 0x7265_636F;

/// The migrations in their order; a published one is never edited.
const MIGRATIONS: [&str; 9] = [
    include_str!("../../assets/migrations/0001_init.sql"),
    include_str!("../../assets/migrations/0002_contact_alias.sql"),
    include_str!("../../assets/migrations/0003_sending.sql"),
    include_str!("../../assets/migrations/0004_drafts.sql"),
    include_str!("../../assets/migrations/0005_fired_for.sql"),
    include_str!("../../assets/migrations/0006_media.sql"),
    include_str!("../../assets/migrations/0007_searches.sql"),
    include_str!("../../assets/migrations/0008_checks.sql"),
    include_str!("../../assets/migrations/0009_media_of_files.sql"),
];

/// The schema that this program knows.
pub const SCHEMA_VERSION: i64 = 9;

/// The files that SQLite has open in this process, with the number of connections.
///
/// On a POSIX system closing any descriptor of a file gives up all locks that the process has on it, those of SQLite too:
/// other programs then take the file for unused and remove its log. So the header is read only while no connection is
/// open, and whoever opens or reads one of our files holds this lock meanwhile.
static OPEN: Mutex<BTreeMap<FileId, usize>> = Mutex::new(BTreeMap::new());

/// What tells one file from another: device and inode.
type FileId = (u64, u64);

#[cfg(unix)]
fn file_id(path: &Path) -> Option<FileId> {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).ok().map(|file| (file.dev(), file.ino()))
}

#[cfg(not(unix))]
fn file_id(_path: &Path) -> Option<FileId> {
    // Elsewhere locks belong to the handle.
    None
}

/// A connection to a file is open. It must be dropped after the connection.
#[derive(Debug)]
pub(super) struct Hold(Option<FileId>);

impl Drop for Hold {
    fn drop(&mut self) {
        let Some(id) = self.0 else { return };
        let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        match open.get_mut(&id) {
            Some(count) if *count > 1 => *count -= 1,
            Some(_) | None => {
                open.remove(&id);
            }
        }
    }
}

/// Opens a connection, and notes that it is open.
pub(super) fn held<T>(path: &Path, open_it: impl FnOnce() -> Result<T>) -> Result<(T, Hold)> {
    let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    let opened = open_it()?;
    let id = file_id(path);
    if let Some(id) = id {
        *open.entry(id).or_default() += 1;
    }
    Ok((opened, Hold(id)))
}

/// What the first bytes of a file say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Header {
    /// A file without content: a workspace can be made in it.
    Empty,
    /// A workspace.
    Workspace,
}

impl Header {
    /// Looks at a file without changing it or anything beside it.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        if file_id(path).is_some_and(|id| open.contains_key(&id)) {
            // It was looked at when it was opened.
            return Ok(Self::Workspace);
        }
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Err(StoreError::Missing),
            Err(error) => return Err(error.into()),
        };
        let length = file.metadata()?.len();
        if file.metadata()?.is_dir() {
            return Err(StoreError::NotAWorkspace);
        }
        if length == 0 {
            return Ok(Self::Empty);
        }
        let mut header = [0_u8; 100];
        if file.read_exact(&mut header).is_err() || !header.starts_with(b"SQLite format 3\0") {
            return Err(StoreError::NotAWorkspace);
        }
        let number =
            |at: usize| header.get(at..at + 4).map_or(0, |b| i32::from_be_bytes([b[0], b[1], b[2], b[3]]));
        if number(68) != APPLICATION_ID {
            return Err(StoreError::NotAWorkspace);
        }
        // The page count is valid when these two agree; the log may hold pages beyond the end of the file.
        let page = match u64::from(header[16]) << 8 | u64::from(header[17]) {
            1 => 65536,
            size => size,
        };
        let pages = u64::from(number(28).unsigned_abs());
        if number(24) == number(92) && length < pages * page && !has_log(path) {
            return Err(StoreError::Damaged(format!("it has {length} bytes of {}", pages * page)));
        }
        Ok(Self::Workspace)
    }
}

/// Whether there is a write-ahead log with something in it.
pub(super) fn has_log(path: &Path) -> bool {
    log_length(path) > 0
}

fn log_length(path: &Path) -> u64 {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    std::fs::metadata(log).map_or(0, |log| log.len())
}

/// Whether a file cannot grow: the disk is full, or a limit is reached. SQLite tells some of that as errors of the disk.
pub(super) fn has_no_room(path: &Path) -> bool {
    let folder = folder_of(path);
    let length = std::fs::metadata(path).map_or(0, |file| file.len()).max(log_length(path));
    let tried = tempfile::tempfile_in(folder).and_then(|mut probe| {
        // Beyond the end of what is there, for limits; and enough for what SQLite wants at once, for the room.
        probe.seek(SeekFrom::Start(length))?;
        probe.write_all(&vec![1; 1 << 16])?;
        probe.sync_all()
    });
    tried.is_err_and(|error| {
        matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::FileTooLarge | ErrorKind::QuotaExceeded)
    })
}

/// Whether a file can be locked; on some file systems of other machines none can. SQLite would take that for a lock of
/// another program, and wait for it.
#[cfg(unix)]
pub(super) fn can_lock(path: &Path) -> Result<bool> {
    use rustix::fs::{FlockOperation, fcntl_lock};
    use rustix::io::Errno;
    let open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    if file_id(path).is_some_and(|id| open.contains_key(&id)) {
        return Ok(true);
    }
    // For the blink of an eye: the lock goes with the file that is closed here.
    let locked = fcntl_lock(File::open(path)?, FlockOperation::NonBlockingLockShared);
    Ok(!locked
        .is_err_and(|error| matches!(error, Errno::NOLCK | Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL)))
}

#[cfg(not(unix))]
pub(super) fn can_lock(_path: &Path) -> Result<bool> {
    Ok(true)
}

/// The folder that a file is in.
pub(super) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// How a file is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// For questions and changes, as far as the file allows it.
    ReadWrite,
    /// For questions; what SQLite keeps beside the file is shared with others.
    ReadOnly,
    /// For questions, as a file that nobody changes: nothing is made or locked beside it. Only right without a log.
    Still,
}

impl Way {
    pub(super) fn open(self, path: &Path) -> Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_NO_MUTEX
            | match self {
                Self::ReadWrite => OpenFlags::SQLITE_OPEN_READ_WRITE,
                Self::ReadOnly => OpenFlags::SQLITE_OPEN_READ_ONLY,
                Self::Still => OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI,
            };
        Ok(match self {
            Self::ReadWrite | Self::ReadOnly => Connection::open_with_flags(path, flags)?,
            Self::Still => Connection::open_with_flags(still_address(&std::fs::canonicalize(path)?), flags)?,
        })
    }
}

/// The address of a file that nobody changes.
fn still_address(path: &Path) -> String {
    format!("file:{}?immutable=1", address_of(path))
}

/// A path as part of an address.
pub(super) fn address_of(path: &Path) -> String {
    let mut address = String::new();
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' => address.push(char::from(*byte)),
            byte if byte.is_ascii_alphanumeric() => address.push(char::from(*byte)),
            byte => {
                let _ = write!(address, "%{byte:02X}");
            }
        }
    }
    address
}

/// Makes a workspace in a new or empty file, readable by its owner only; the folders above it too. A new file gets its name
/// once it is a workspace: whoever looks meanwhile, or after a crash, finds all of it or nothing.
pub(super) fn create(path: &Path, settings: Settings) -> Result<()> {
    let folder = folder_of(path);
    std::fs::create_dir_all(folder)?;
    if path.symlink_metadata().is_ok() {
        return fill(path, settings);
    }
    let part = tempfile::Builder::new().prefix(".recado-").suffix(".part").tempfile_in(folder)?;
    fill(part.path(), settings)?;
    match part.persist_noclobber(path) {
        // Another program made it at the same time.
        Err(error) if error.error.kind() != ErrorKind::AlreadyExists => Err(error.error.into()),
        _ => Ok(()),
    }
}

/// Makes a workspace in an empty file: all of it, or nothing.
fn fill(path: &Path, settings: Settings) -> Result<()> {
    let mut conn = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    configure(&mut conn, Access::Write)?;
    // The schema goes in before the log is switched on: the header that tells our files is then in the file itself.
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version: i64 = tx.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version == 0 {
        tx.pragma_update(None, "application_id", APPLICATION_ID)?;
        migrate(&tx, 0)?;
        let mut insert = tx.prepare("INSERT INTO workspace(key, value) VALUES(?1, ?2)")?;
        insert.execute(params!["uuid", settings.uuid.to_string()])?;
        insert.execute(params!["timezone", settings.zone.name()])?;
        if let Some(country) = settings.country {
            insert.execute(params!["country", country.to_string()])?;
        }
        drop(insert);
    }
    tx.commit()?;
    conn.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    Ok(())
}

/// Brings an older schema up to this program's; refuses a newer one. What it was before stays in a file beside it.
pub(super) fn upgrade(conn: &mut Connection, path: &Path, writable: bool) -> Result<()> {
    let found: i64 = conn.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if found > SCHEMA_VERSION {
        return Err(StoreError::Newer { found });
    }
    if found == SCHEMA_VERSION {
        return Ok(());
    }
    if !writable {
        return Err(StoreError::ReadOnly);
    }
    keep_copy(conn, path, found)?;
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: i64 = tx.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    migrate(&tx, found)?;
    tx.commit()?;
    Ok(())
}

/// How many names are tried for a copy.
const MOST_COPIES: u32 = 100;

/// The name for a copy of a workspace as it is: `NAME.schema-N`, or with a further number where another file has it. None when
/// the copy is there already, as when an upgrade did not come to its end.
fn copy_name(conn: &Connection, path: &Path, version: i64) -> Result<Option<PathBuf>> {
    const STATE: &str =
        "SELECT (SELECT value FROM workspace WHERE key = 'uuid'), (SELECT max(id) FROM message),
        (SELECT max(id) FROM contact), (SELECT user_version FROM pragma_user_version)";
    type State = (Option<String>, Option<i64>, Option<i64>, i64);
    let state = |conn: &Connection| -> Result<State> {
        Ok(conn.query_row(STATE, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?)
    };
    let here = state(conn)?;
    for n in 1..MOST_COPIES {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".schema-{version}"));
        if n > 1 {
            name.push(format!(".{n}"));
        }
        let name = PathBuf::from(name);
        if name.symlink_metadata().is_err() {
            return Ok(Some(name));
        }
        if Way::Still.open(&name).and_then(|copy| state(&copy)).is_ok_and(|there| there == here) {
            return Ok(None);
        }
    }
    Err(std::io::Error::from(ErrorKind::AlreadyExists).into())
}

/// Copies a workspace as it is into a file beside it: an upgrade has no way back.
fn keep_copy(conn: &Connection, path: &Path, version: i64) -> Result<()> {
    let Some(kept) = copy_name(conn, path, version)? else { return Ok(()) };
    let builder = &mut tempfile::Builder::new();
    let copy = builder.prefix(".recado-").suffix(".part").tempfile_in(folder_of(path))?;
    let part = copy.path().to_str().ok_or(StoreError::NotUnicode)?;
    conn.execute("VACUUM INTO ?1", params![part])?;
    copy.as_file().sync_all()?;
    match copy.persist_noclobber(&kept) {
        // Another program had the same in mind.
        Err(error) if error.error.kind() != ErrorKind::AlreadyExists => Err(error.error.into()),
        _ => Ok(()),
    }
}

fn migrate(conn: &Connection, from: i64) -> Result<()> {
    for (version, migration) in (1..).zip(MIGRATIONS) {
        if version > from {
            conn.execute_batch(migration)?;
            conn.pragma_update(None, "user_version", version)?;
        }
    }
    Ok(())
}

/// Something that the schema consists of.
#[derive(Debug)]
pub(super) struct Part {
    is_table: bool,
    pub(super) name: String,
    /// What makes it.
    pub(super) sql: String,
}

impl Part {
    /// Whether it is an index or a trigger that is none of those that are there.
    pub(super) fn is_missing_in(&self, there: &BTreeSet<String>) -> bool {
        !self.is_table && !there.contains(&self.name)
    }
}

/// The schema as the migrations make it, from a workspace that is thrown away.
pub(super) fn fresh_schema() -> Result<Vec<Part>> {
    let mut conn = Connection::open_in_memory()?;
    configure(&mut conn, Access::Write)?;
    migrate(&conn, 0)?;
    let mut statement = conn.prepare(
        "SELECT type = 'table', name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid",
    )?;
    let parts = statement
        .query_map([], |row| Ok(Part { is_table: row.get(0)?, name: row.get(1)?, sql: row.get(2)? }))?;
    Ok(parts.collect::<rusqlite::Result<_>>()?)
}
