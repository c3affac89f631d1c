//! How a record stands in its source: what somebody needs who wants to mend one that is wrong and import it again.

use std::fmt::Write as _;

use super::rows::Row;

/// The most bytes of a record that are kept as they stand.
const LONGEST: usize = 64 << 10;

/// How a record stands in its source, without line ends around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raw {
    /// The text. What is not valid in the encoding of its file is U+FFFD.
    pub text: Box<str>,
    /// Whether the record goes on behind it.
    pub is_cut: bool,
}

impl Raw {
    fn of(bytes: &[u8], is_cut: bool) -> Self {
        let (mut bytes, is_cut) = match bytes.get(..LONGEST) {
            Some(first) if bytes.len() > LONGEST => (first, true),
            _ => (bytes, is_cut),
        };
        // A cut may be within a character.
        if is_cut
            && let Err(error) = std::str::from_utf8(bytes)
            && error.error_len().is_none()
        {
            bytes = bytes.get(..error.valid_up_to()).unwrap_or_default();
        }
        let text = String::from_utf8_lossy(bytes);
        Self { text: text.trim_matches(['\r', '\n']).into(), is_cut }
    }
}

/// Whether records that are wrong are kept as they stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    /// Somebody wants them.
    Raw,
    /// Nobody does.
    Nothing,
}

impl Keep {
    /// What is kept of a record whose bytes are at hand.
    pub(super) fn raw(self, bytes: &[u8]) -> Option<Raw> {
        (self == Self::Raw).then(|| Raw::of(bytes, false))
    }

    /// What is kept of a record of which only the beginning is at hand.
    pub(super) fn cut(self, bytes: &[u8]) -> Option<Raw> {
        (self == Self::Raw).then(|| Raw::of(bytes, true))
    }

    /// What is kept of a row of which only the cells are at hand: a line with commas between so many of them.
    pub(super) fn cells(self, row: &Row, width: usize) -> Option<Raw> {
        (self == Self::Raw).then(|| Raw::of(line(row, width).as_bytes(), false))
    }

    /// Where bytes are gathered while a record is read.
    pub(super) fn gather(self) -> Option<Kept> {
        (self == Self::Raw).then(Kept::default)
    }
}

/// The bytes of a record that is being read.
#[derive(Debug, Default)]
pub(super) struct Kept {
    bytes: Vec<u8>,
    is_cut: bool,
}

impl Kept {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        let room = LONGEST.saturating_sub(self.bytes.len());
        self.is_cut |= bytes.len() > room;
        self.bytes.extend_from_slice(bytes.get(..room.min(bytes.len())).unwrap_or_default());
    }

    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.is_cut = false;
    }

    pub(super) fn raw(&self) -> Raw {
        Raw::of(&self.bytes, self.is_cut)
    }
}

fn line(row: &Row, width: usize) -> String {
    let mut line = String::new();
    for (column, cell) in row.cells.iter().take(width).enumerate() {
        if column > 0 {
            line.push(',');
        }
        if cell.contains([',', '"', '\r', '\n']) || cell.trim() != cell {
            let _ = write!(line, "\"{}\"", cell.replace('"', "\"\""));
        } else {
            line.push_str(cell);
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_is_cut_between_characters() {
        let long = format!("\r\na{}", "é".repeat(LONGEST));
        let raw = Keep::Raw.raw(long.as_bytes()).unwrap();
        assert!(raw.is_cut && raw.text.starts_with("aé") && raw.text.ends_with('é'));
        let mut kept = Keep::Raw.gather().unwrap();
        long.as_bytes().chunks(1000).for_each(|part| kept.push(part));
        assert_eq!(kept.raw(), raw);
        kept.clear();
        kept.push(b"\n<a\xFF>\r\n");
        assert_eq!(kept.raw(), Raw { text: "<a\u{fffd}>".into(), is_cut: false });
        assert_eq!(Keep::Nothing.raw(b"x"), None);
    }

    #[test]
    fn cells_are_a_line_that_gives_them_again() {
        let cells = ["a", "b,c", "d \"e\"\nf", " g", "", "beyond"].map(str::to_owned).to_vec();
        let row = Row { cells, ..Row::default() };
        let raw = Keep::Raw.cells(&row, 5).unwrap();
        assert_eq!(&*raw.text, "a,\"b,c\",\"d \"\"e\"\"\nf\",\" g\",");
    }
}
