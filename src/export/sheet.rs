//! Tables as a workbook of Excel. The library writes each sheet to a temporary file as it grows, so a million rows take no
//! more memory than a thousand.

use std::io::{Error, Seek, Write};

use rust_xlsxwriter::{Format, XlsxError};

use super::table::{Cell, Kind, Table};
use super::{ExportError, Wanted, Writer};
use crate::domain::formula::guarded;
use crate::domain::listing::{Place, Row};
use crate::store::Store;

/// The rows of a sheet, the headings included.
const MOST_ROWS: u32 = 1_048_576;

/// The longest text of a cell, in UTF-16 units.
pub const LONGEST_CELL: usize = 32_767;

/// A workbook on its way.
pub(super) struct Workbook<W> {
    out: Option<W>,
    book: rust_xlsxwriter::Workbook,
    table: Table,
    moments: Format,
    bold: Format,
    /// What the last sheet is of, its number, and its next row.
    sheet: Option<(Kind, u32, u32)>,
    cut: u64,
}

impl<W> Workbook<W> {
    pub(super) fn new(out: W, store: &Store, wanted: &Wanted) -> Self {
        Self {
            out: Some(out),
            book: rust_xlsxwriter::Workbook::new(),
            table: Table::new(store, wanted),
            moments: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
            bold: Format::new().set_bold(),
            sheet: None,
            cut: 0,
        }
    }

    /// A further sheet, with its headings.
    fn add_sheet(&mut self, kind: Kind, number: u32) -> Result<(), ExportError> {
        let headings = self.table.headings(kind);
        let sheet = self.book.add_worksheet_with_constant_memory().map_err(told)?;
        sheet.set_name(format!("{} {number}", kind.name())).map_err(told)?;
        for (column, heading) in (0..).zip(headings) {
            let width = match heading.as_str() {
                "Contact UUID" => 37.0,
                "Text" => 60.0,
                "Date" | "Next" | "Last" => 20.0,
                _ => 16.0,
            };
            sheet.set_column_width(column, width).map_err(told)?;
            sheet.write_string_with_format(0, column, heading, &self.bold).map_err(told)?;
        }
        sheet.set_freeze_panes(1, 0).map_err(told)?;
        self.sheet = Some((kind, number, 1));
        Ok(())
    }
}

fn told(error: XlsxError) -> ExportError {
    if let XlsxError::IoError(error) = error {
        return error.into();
    }
    Error::other(error.to_string()).into()
}

/// What of a text fits into a cell; none when all of it does.
fn fitting(text: &str) -> Option<String> {
    // A text of so few bytes has no more units.
    if text.len() <= LONGEST_CELL {
        return None;
    }
    let mut units = 0;
    let mut end = text.len();
    for (at, c) in text.char_indices() {
        // The last one says that there was more.
        if units + c.len_utf16() > LONGEST_CELL - 1 && end == text.len() {
            end = at;
        }
        units += c.len_utf16();
    }
    (units > LONGEST_CELL).then(|| format!("{}…", text.get(..end).unwrap_or_default()))
}

impl<W: Write + Send> Writer for Workbook<W> {
    fn begin(&mut self, _: &Store, _: &Wanted) -> Result<(), ExportError> {
        Ok(())
    }

    fn rows(&mut self, store: &Store, place: Place, rows: &[Row]) -> Result<(), ExportError> {
        let kind = Kind::of(place);
        if self.sheet.is_none_or(|(last, ..)| last != kind) {
            self.add_sheet(kind, 1)?;
        }
        for row in rows {
            let cells = self.table.cells(store, row)?;
            if let Some((kind, number, next)) = self.sheet
                && next == MOST_ROWS
            {
                self.add_sheet(kind, number + 1)?;
            }
            let Some((_, _, next)) = &mut self.sheet else { continue };
            let last = self.book.worksheets().len().saturating_sub(1);
            let sheet = self.book.worksheet_from_index(last).map_err(told)?;
            for (column, cell) in (0..).zip(cells) {
                match cell {
                    Cell::Empty => {}
                    Cell::Word(word) => drop(sheet.write_string(*next, column, word).map_err(told)?),
                    Cell::Text(text) => {
                        // The library writes texts as texts; the guard is there for who saves it as csv.
                        let text = guarded(text);
                        let cut = fitting(&text);
                        self.cut += u64::from(cut.is_some());
                        sheet
                            .write_string(*next, column, cut.unwrap_or_else(|| text.into_owned()))
                            .map_err(told)?;
                    }
                    Cell::Moment(at) => {
                        // Excel counts days from 1900 on.
                        if at.date() < chrono::NaiveDate::from_ymd_opt(1900, 3, 1).unwrap_or_default() {
                            let text = at.format("%Y-%m-%d %H:%M:%S").to_string();
                            sheet.write_string(*next, column, text).map_err(told)?;
                        } else {
                            sheet
                                .write_datetime_with_format(*next, column, at, &self.moments)
                                .map_err(told)?;
                        }
                    }
                    Cell::Number(number) => drop(sheet.write_number(*next, column, number).map_err(told)?),
                }
            }
            *next += 1;
        }
        Ok(())
    }

    fn end(&mut self, _: &Store, _: &Wanted) -> Result<u64, ExportError> {
        if let Some(mut out) = self.out.take() {
            // The library says aloud when it cannot finish: whoever has seen enough of a pipe is met only by the copy.
            let mut whole = tempfile::tempfile()?;
            self.book.save_to_writer(&mut whole).map_err(told)?;
            whole.rewind()?;
            std::io::copy(&mut whole, &mut out)?;
        }
        Ok(self.cut)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_too_long_for_a_cell_is_cut_at_a_character() {
        assert_eq!(fitting(&"a".repeat(LONGEST_CELL)), None);
        assert_eq!(fitting(&"ñ".repeat(LONGEST_CELL)), None);
        let cut = fitting(&"a".repeat(LONGEST_CELL + 1)).unwrap();
        assert_eq!((cut.chars().count(), cut.ends_with('…')), (LONGEST_CELL, true));
        let cut = fitting(&"😀".repeat(LONGEST_CELL)).unwrap();
        assert_eq!(cut.encode_utf16().count(), LONGEST_CELL);
    }
}
