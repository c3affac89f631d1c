//! The lines of a file that holds a record a line, in bounded memory.

use std::io::BufRead;

/// The longest line that is kept. Asterisk writes none above 1,023 bytes.
const LONGEST_LINE: usize = 64 << 10;

/// Reads lines.
pub(super) struct Lines<'a> {
    input: &'a mut dyn BufRead,
    line: Vec<u8>,
}

/// A line that is not blank.
pub(super) enum Line<'l> {
    /// All of it, without its end.
    Whole(&'l [u8]),
    /// It is longer than any record: its beginning.
    TooLong(&'l [u8]),
}

impl<'a> Lines<'a> {
    pub(super) fn new(input: &'a mut dyn BufRead) -> Self {
        Self { input, line: Vec::new() }
    }

    /// The next line that is not blank; none at the end of the file.
    pub(super) fn next(&mut self) -> std::io::Result<Option<Line<'_>>> {
        loop {
            self.line.clear();
            let limited = &mut std::io::Read::take(&mut *self.input, LONGEST_LINE as u64);
            if limited.read_until(b'\n', &mut self.line)? == 0 {
                return Ok(None);
            }
            if self.line.len() == LONGEST_LINE && !self.line.ends_with(b"\n") {
                self.input.skip_until(b'\n')?;
                return Ok(Some(Line::TooLong(&self.line)));
            }
            if !self.line.trim_ascii().is_empty() {
                break;
            }
        }
        let end = self.line.iter().rposition(|byte| !matches!(byte, b'\r' | b'\n')).map_or(0, |at| at + 1);
        Ok(Some(Line::Whole(self.line.get(..end).unwrap_or_default())))
    }
}
