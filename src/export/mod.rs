//! Taking messages, calls and schedules out: as a table for spreadsheets, or as recado's own lines, which come in again.
//!
//! Rows are read a page at a time and written at once, oldest first, from one state of the workspace whatever others write
//! meanwhile. A table has the columns of the platform's own export, and the folder. Whatever begins like a formula is made
//! text: messages come from strangers.

mod lines;
mod sheet;
mod table;

use std::io::{BufWriter, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::domain::folder::Folder;
use crate::domain::listing::{At, Order, Place, Row, View};
use crate::domain::query::Query;
use crate::store::{Store, StoreError, Text};

use self::lines::Lines;
use self::sheet::Workbook;
use self::table::Csv;

/// What an export is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Values with commas between them.
    Csv,
    /// An object a line, with everything that is known; it can be imported again.
    Jsonl,
    /// A workbook of Excel.
    Xlsx,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Csv, Self::Jsonl, Self::Xlsx];

    /// The word in commands, which is also how files of it end.
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
            Self::Xlsx => "xlsx",
        }
    }

    /// The format of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name().eq_ignore_ascii_case(name))
    }
}

/// What is taken out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// From where; everything when it is not said.
    pub place: Option<Place>,
    /// What it must match.
    pub query: Query,
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
        if self.has_words() || format == Format::Csv {
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
        self.place.is_none() && self.query.is_empty()
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
        Format::Xlsx => walk(store, wanted, format, &mut Workbook::new(&mut out, store, wanted), watch)?,
    };
    out.flush()?;
    Ok(exported)
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
            let page = store.page(&view, at, PAGE, Text::Whole)?;
            writer.rows(store, place, &page.rows)?;
            let count = page.rows.len() as u64;
            watch.rows.fetch_add(count, Ordering::Relaxed);
            match place {
                Place::Folder(Folder::Calls) => exported.calls += count,
                Place::Folder(Folder::Schedules) => exported.schedules += count,
                Place::Folder(_) | Place::Label(_) | Place::Everywhere => exported.messages += count,
            }
            match page.rows.last().map(Row::cursor) {
                Some(last) if page.more_after => at = At::After(last),
                _ => break,
            }
        }
    }
    exported.cut = writer.end(store, wanted)?;
    Ok(exported)
}
