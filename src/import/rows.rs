//! The rows of a table, from whichever sort of file it is: text with delimiters, or a workbook.

use std::borrow::Cow;

use super::Stop;
use super::raw::Kept;
use super::record::Problem;

/// Cells further to the right are passed over: an export has some forty columns.
pub(super) const MOST_COLUMNS: usize = 256;

/// The most bytes that a row may have. A cell of a spreadsheet has 32,767 characters at most.
pub(super) const LARGEST_ROW: usize = 1 << 20;

/// A row.
#[derive(Debug, Default)]
pub(super) struct Row {
    /// What its cells hold, as text.
    pub(super) cells: Vec<String>,
    /// Why this is not what the file means.
    pub(super) flaw: Option<Problem>,
    /// Whether it holds bytes that are not valid in the file's encoding.
    pub(super) is_misencoded: bool,
    /// Whether the file ends with it and without a line end: it may have been cut off.
    pub(super) is_unended: bool,
    /// How it stands in the file, where it is text and somebody wants to know that.
    pub(super) raw: Option<Kept>,
}

impl Row {
    /// What a cell holds.
    pub(super) fn cell(&self, column: usize) -> &str {
        self.cells.get(column).map_or("", String::as_str)
    }

    /// Whether there is nothing in it.
    pub(super) fn is_blank(&self) -> bool {
        self.flaw.is_none() && self.cells.iter().all(|cell| cell.trim().is_empty())
    }

    /// Makes it an empty one, but for how it stands in the file.
    pub(super) fn clear(&mut self) {
        self.cells.clear();
        self.flaw = None;
        self.is_misencoded = false;
        self.is_unended = false;
    }

    /// Puts a cell's bytes behind the others.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        self.is_misencoded |= matches!(text, Cow::Owned(_));
        self.cells.push(text.into_owned());
    }
}

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// The first one of a sheet.
    Header,
    /// Any other.
    Data,
}

/// What is done with each row that is not blank.
pub(super) type Each<'a> = &'a mut dyn FnMut(Place, &Row) -> Result<(), Stop>;
