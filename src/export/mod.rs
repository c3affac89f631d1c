//! Taking messages, calls and schedules out: as a table for spreadsheets, or as recado's own lines, which come in again.
//!
//! Rows are read a page at a time and written at once, oldest first, from one state of the workspace whatever others write
//! meanwhile. A table has the columns of the platform's own export, and the folder. Whatever begins like a formula is made
//! text: messages come from strangers.

mod lines;
mod sheet;
mod table;

use std::collections::HashSet;
use std::io::{BufWriter, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::domain::MessageId;
use crate::domain::folder::Folder;
use crate::domain::listing::{At, Order, Place, Row, View};
use crate::domain::query::Query;
use crate::store::{Store, StoreError, Text};

pub use self::sheet::LONGEST_CELL;
pub use crate::domain::format::Format;

use self::lines::Lines;
use self::sheet::Workbook;
use self::table::Csv;

/// Which messages of a place are taken out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Only {
    /// All of them.
    #[default]
    All,
    /// These, wherever they are.
    These(Vec<MessageId>),
    /// Those that had arrived with a message, but some.
    Until(MessageId, HashSet<MessageId>),
}

/// What is taken out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// From where; everything when it is not said.
    pub place: Option<Place>,
    /// What it must match.
    pub query: Query,
    /// Which of those.
    pub only: Only,
    /// Fields of contacts that become columns.
    pub fields: Vec<String>,
    /// Groups that become columns.
    pub groups: Vec<String>,
}

impl Wanted {
    /// The places to walk through, and in which order. A search without a folder is one for messages, unless it names
    /// another folder.
    fn places(&self, format: Format) -> Vec<Place> {
        let everywhere = match self.place.or_else(|| self.query.folder_apart().map(Place::Folder)) {
            Some(place) => return vec![place],
            None => Place::Everywhere,
        };
        // The columns of calls and schedules are others than those of messages.
        if self.only != Only::All || self.has_words() || format == Format::Csv {
            vec![everywhere]
        } else {
            vec![everywhere, Place::Folder(Folder::Calls), Place::Folder(Folder::Schedules)]
        }
    }

    /// Whether more is asked of what is taken out than a time.
    fn has_words(&self) -> bool {
        self.query.terms.iter().any(|term| !matches!(term.test, crate::domain::query::Test::On(_)))
    }

    /// Whether it is the whole workspace.
    fn is_all(&self) -> bool {
        self.place.is_none() && self.query.is_empty() && self.only == Only::All
    }
}

/// How far an export is.
#[derive(Debug, Clone, Default)]
pub struct Watch {
    /// Rows so far.
    pub rows: Arc<AtomicU64>,
    /// Set it to stop.
    pub cancel: Arc<AtomicBool>,
}

/// What an export wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Exported {
    /// Messages.
    pub messages: u64,
    /// Calls.
    pub calls: u64,
    /// Schedules.
    pub schedules: u64,
    /// Texts that were longer than a cell of a spreadsheet holds, and were cut.
    pub cut: u64,
}

impl Exported {
    /// All rows.
    pub fn rows(&self) -> u64 {
        self.messages + self.calls + self.schedules
    }
}

/// Why an export came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// Somebody stopped it.
    #[error("stopped")]
    Cancelled,
    /// The workspace could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The folder for temporary files has no room.
    #[error("no room for temporary files")]
    NoTemporaryRoom,
    /// It could not be written.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// How many rows are read at a time.
const PAGE: usize = 1000;

/// What takes the rows of an export.
trait Writer {
    /// What stands before all rows.
    fn begin(&mut self, store: &Store, wanted: &Wanted) -> Result<(), ExportError>;
    /// Rows of a place that follow those before.
    fn rows(&mut self, store: &Store, place: Place, rows: &[Row]) -> Result<(), ExportError>;
    /// What stands behind all rows. Gives how many texts were cut.
    fn end(&mut self, store: &Store, wanted: &Wanted) -> Result<u64, ExportError>;
}

/// Writes what is wanted. What was written before an error is of no use.
pub fn export(
    store: &Store,
    wanted: &Wanted,
    format: Format,
    out: &mut (dyn Write + Send),
    watch: &Watch,
) -> Result<Exported, ExportError> {
    let _snapshot = store.snapshot()?;
    let mut out = BufWriter::with_capacity(1 << 16, out);
    let exported = match format {
        Format::Csv => walk(store, wanted, format, &mut Csv::new(&mut out, store, wanted), watch)?,
        Format::Jsonl => walk(store, wanted, format, &mut Lines::new(&mut out), watch)?,
        Format::Xlsx => {
            without_panic(|| walk(store, wanted, format, &mut Workbook::new(&mut out, store, wanted), watch))?
        }
    };
    out.flush()?;
    Ok(exported)
}

/// The library for workbooks panics where its temporary files find no room.
fn without_panic<T>(work: impl FnOnce() -> Result<T, ExportError>) -> Result<T, ExportError> {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let done = catch_unwind(AssertUnwindSafe(work));
    std::panic::set_hook(hook);
    done.unwrap_or(Err(ExportError::NoTemporaryRoom))
}

fn walk(
    store: &Store,
    wanted: &Wanted,
    format: Format,
    writer: &mut dyn Writer,
    watch: &Watch,
) -> Result<Exported, ExportError> {
    let mut exported = Exported::default();
    writer.begin(store, wanted)?;
    if let Only::These(ids) = &wanted.only {
        for cursors in store.cursors_of(ids)?.chunks(PAGE) {
            if watch.cancel.load(Ordering::Relaxed) {
                return Err(ExportError::Cancelled);
            }
            let rows = store.load_messages(cursors, Text::Whole)?;
            let rows: Vec<Row> = rows.into_iter().map(|row| Row::Message(Box::new(row))).collect();
            writer.rows(store, Place::Everywhere, &rows)?;
            exported.messages += rows.len() as u64;
            watch.rows.fetch_add(rows.len() as u64, Ordering::Relaxed);
        }
        exported.cut = writer.end(store, wanted)?;
        return Ok(exported);
    }
    for place in wanted.places(format) {
        // Schedules begin with the next to fire.
        let order = match place {
            Place::Folder(Folder::Schedules) => Order::NewestFirst,
            Place::Folder(_) | Place::Label(_) | Place::Everywhere => Order::OldestFirst,
        };
        let view = View { place, query: wanted.query.clone(), order };
        let mut at = At::First;
        loop {
            if watch.cancel.load(Ordering::Relaxed) {
                return Err(ExportError::Cancelled);
            }
            let mut page = store.page(&view, at, PAGE, Text::Whole)?;
            let last = page.rows.last().map(Row::cursor);
            if let Only::Until(newest, except) = &wanted.only {
                let is_wanted = |id: MessageId| id <= *newest && !except.contains(&id);
                page.rows.retain(|row| row.message().is_some_and(|message| is_wanted(message.id)));
            }
            writer.rows(store, place, &page.rows)?;
            let count = page.rows.len() as u64;
            watch.rows.fetch_add(count, Ordering::Relaxed);
            match place {
                Place::Folder(Folder::Calls) => exported.calls += count,
                Place::Folder(Folder::Schedules) => exported.schedules += count,
                Place::Folder(_) | Place::Label(_) | Place::Everywhere => exported.messages += count,
            }
            match last {
                Some(last) if page.more_after => at = At::After(last),
                _ => break,
            }
        }
    }
    exported.cut = writer.end(store, wanted)?;
    Ok(exported)
}
