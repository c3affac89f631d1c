//! Text with delimiters: a row a line, but for line ends within quotes.

use std::io::{BufRead, Error, ErrorKind};

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::Stop;
use super::raw::Keep;
use super::record::Problem;
use super::rows::{Each, LARGEST_ROW, MOST_COLUMNS, Place, Row};

/// The signs that people's programs put between cells.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dialect {
    delimiter: u8,
    /// The bytes before the first row.
    preface: usize,
}

impl Dialect {
    /// The dialect of a table that begins so: the one in which most cells of the first row are among those that are known.
    /// Gives that row too.
    pub(super) fn told_from(start: &[u8], is_known: impl Fn(&str) -> bool) -> (Self, Vec<String>) {
        let preface = preface(start);
        let body = start.get(preface..).unwrap_or_default();
        // Spreadsheets may name the delimiter in a line of its own.
        let line = start.get(..preface).unwrap_or_default().trim_ascii();
        let named = line.last().filter(|_| !line.is_empty());
        let delimiters: &[u8] = if let Some(named) = named { &[*named] } else { &DELIMITERS };
        let mut best: (usize, usize, u8, Vec<String>) = (0, 0, b',', Vec::new());
        for &delimiter in delimiters {
            let cells = first_row(body, delimiter);
            let known = cells.iter().filter(|cell| is_known(cell)).count();
            if (known, cells.len()) > (best.0, best.1) {
                best = (known, cells.len(), delimiter, cells);
            }
        }
        let (_, _, delimiter, cells) = best;
        (Self { delimiter, preface }, cells)
    }
}

/// The length of a line such as `sep=;`.
fn preface(start: &[u8]) -> usize {
    match start {
        [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', _, b'\r', b'\n', ..] => 7,
        [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', _, b'\r' | b'\n', ..] => 6,
        _ => 0,
    }
}

fn reader(delimiter: u8) -> Reader {
    ReaderBuilder::new().delimiter(delimiter).build()
}

fn first_row(mut bytes: &[u8], delimiter: u8) -> Vec<String> {
    let mut first = Vec::new();
    let take = &mut |_: Place, row: &Row| {
        first.clone_from(&row.cells);
        Err(Stop::Cancelled)
    };
    // It ends with its first row.
    let _ = rows(&mut bytes, delimiter, Keep::Nothing, take);
    first
}

/// Reads the rows of a table.
pub(super) fn table(
    input: &mut dyn BufRead,
    dialect: Dialect,
    keep: Keep,
    each: Each<'_>,
) -> Result<(), Stop> {
    std::io::copy(&mut std::io::Read::take(&mut *input, dialect.preface as u64), &mut std::io::sink())?;
    rows(input, dialect.delimiter, keep, each)
}

/// Whether a row has begun and what comes next belongs to a cell in quotes: only there a line end ends nothing.
fn is_in_quotes(parser: &Reader) -> bool {
    let (result, _, written, _) = parser.clone().read_record(b"\n", &mut [0; 4], &mut [0; 4]);
    written > 0 && matches!(result, ReadRecordResult::InputEmpty)
}

/// Our own loop around the parser, and not the library's: that gathers a row whole, however long it is, and a quote that is
/// never closed makes a row of all that follows.
fn rows(input: &mut dyn BufRead, delimiter: u8, keep: Keep, each: Each<'_>) -> Result<(), Stop> {
    let mut parser = reader(delimiter);
    let mut bytes = vec![0; 4 << 10];
    let mut ends = vec![0; MOST_COLUMNS];
    let (mut length, mut count, mut is_too_large) = (0, 0, false);
    let mut row = Row { raw: keep.gather(), ..Row::default() };
    let mut place = Place::Header;
    loop {
        let there = input.fill_buf()?;
        let is_last = there.is_empty();
        let is_torn = is_last && is_in_quotes(&parser);
        let room = bytes.get_mut(length..).unwrap_or_default();
        let ends_room = ends.get_mut(count..).unwrap_or_default();
        let (result, read, written, ended) = parser.read_record(there, room, ends_room);
        if let Some(raw) = &mut row.raw {
            raw.push(there.get(..read).unwrap_or_default());
        }
        input.consume(read);
        length += written;
        count += ended;
        match result {
            ReadRecordResult::InputEmpty => continue,
            ReadRecordResult::OutputFull if bytes.len() < LARGEST_ROW => {
                bytes.resize(bytes.len() * 2, 0);
                continue;
            }
            // What is too much is read over what is there already.
            ReadRecordResult::OutputFull => {
                (length, is_too_large) = (0, true);
                continue;
            }
            ReadRecordResult::OutputEndsFull => {
                (count, is_too_large) = (0, true);
                continue;
            }
            ReadRecordResult::Record => {}
            ReadRecordResult::End => return Ok(()),
        }
        row.clear();
        row.is_unended = is_last;
        if is_too_large {
            row.flaw = Some(Problem::TooLarge);
        } else {
            let mut start = 0;
            for &end in ends.get(..count).unwrap_or_default() {
                row.push(bytes.get(start..end).unwrap_or_default());
                start = end;
            }
        }
        (length, count, is_too_large) = (0, 0, false);
        // Of a header whose end is missing it is still told which columns there are.
        if !row.is_blank() && (!is_torn || place == Place::Header) {
            each(place, &row)?;
            place = Place::Data;
        }
        if is_torn {
            return Err(Error::from(ErrorKind::UnexpectedEof).into());
        }
        if let Some(raw) = &mut row.raw {
            raw.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8], delimiter: u8) -> Vec<(usize, Option<Problem>)> {
        let mut found = Vec::new();
        let mut input = text;
        let take = &mut |_: Place, row: &Row| {
            found.push((row.cells.len(), row.flaw));
            Ok(())
        };
        assert!(rows(&mut input, delimiter, Keep::Nothing, take).is_ok());
        found
    }

    #[test]
    fn a_row_that_is_too_large_is_one_wrong_row_and_the_next_is_read() {
        let long = "x".repeat(3 * LARGEST_ROW);
        let wide = ",".repeat(3 * MOST_COLUMNS);
        let text = format!("a,b\n{long},1\n{wide}\n\"{long}\",2\nc,d\n");
        let wrong = (0, Some(Problem::TooLarge));
        assert_eq!(read(text.as_bytes(), b','), [(2, None), wrong, wrong, wrong, (2, None)]);
        assert_eq!(read(b"a;b\r\n\r\n;\r\n\"x\r\ny\";\"", b';'), [(2, None), (2, None)]);
    }

    #[test]
    fn the_delimiter_is_the_one_that_makes_known_columns() {
        let told = |text: &str| Dialect::told_from(text.as_bytes(), |cell| cell.len() == 1);
        assert_eq!(told("a,b;c;d\n").0.delimiter, b';');
        assert_eq!(told("a|b\n").1, ["a", "b"]);
        assert_eq!(
            told("sep=;\r\na;b\r\n"),
            (Dialect { delimiter: b';', preface: 7 }, vec!["a".into(), "b".into()])
        );
        assert_eq!(told("").1, Vec::<String>::new());
    }
}
