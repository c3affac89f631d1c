//! Workbooks: `.xlsx` files, which are zip files of XML.
//!
//! Our own reader and not a library's: those gather a cell, a tag or the list of texts whole before anybody can look at its
//! size, and all of these can be gigabytes in a file of some kilobytes. Here a sheet is read as a stream; only the texts that
//! cells share are kept, up to a limit and most of them in a file, and what a file unfolds to is bounded by its size.

use std::borrow::Cow;
use std::cell::Cell;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Error, ErrorKind, Read, Seek, SeekFrom, Write};

use zip::ZipArchive;
use zip::result::ZipError;

use super::input::{Again, Bytes, Trouble};
use super::record::Problem;
use super::rows::{Each, LARGEST_ROW, MOST_COLUMNS, Place, Row};
use super::xml::Xml;
use super::zipped::ZipProblem;
use super::{ImportError, Stop};

/// The part that tells a workbook from every other zip file.
pub(super) const WORKBOOK: &str = "xl/workbook.xml";

/// So many times its size may a file unfold to. Sheets of real messages are packed ten to thirty times.
const MOST_UNFOLDING: u64 = 200;

/// So much may any file unfold to.
const LEAST_ALLOWED: u64 = 64 << 20;

/// The most bytes of texts that cells share.
const MOST_SHARED: u64 = 256 << 20;

/// So many of them are kept in memory; the others go to a file without a name.
const KEPT_SHARED: usize = 12 << 20;

/// The most texts that cells share: a sheet has a million rows, and of those two or three cells have a text of their own.
const MOST_TEXTS: usize = 4 << 20;

/// How often a workbook is read.
const PASSES: u64 = 2;

/// A workbook that is open.
pub(super) struct Workbook<'a> {
    zip: ZipArchive<BufReader<Bytes>>,
    again: &'a Again,
    /// How much it may unfold to each time that it is read, and how much of that is left.
    allowed: u64,
    left: Cell<u64>,
    sheets: Vec<(String, String)>,
    shared: Option<String>,
    /// Whether its days are counted from 1904 on.
    pub(super) since_1904: bool,
}

impl<'a> Workbook<'a> {
    /// Opens it, and finds its sheets.
    pub(super) fn open(again: &'a Again) -> Result<Self, Stop> {
        let mut file = BufReader::new(again.bytes(PASSES)?);
        let size = file.seek(std::io::SeekFrom::End(0))?;
        let zip = ZipArchive::new(file).map_err(broken)?;
        let allowed = size.saturating_mul(MOST_UNFOLDING).saturating_add(LEAST_ALLOWED);
        let left = Cell::new(allowed);
        let mut workbook =
            Self { zip, again, allowed, left, sheets: Vec::new(), shared: None, since_1904: false };
        let mut targets = Vec::new();
        workbook.part("xl/_rels/workbook.xml.rels", |xml| {
            while xml.next()? {
                if xml.opens("Relationship")
                    && let (Some(id), Some(target)) = (xml.attribute("Id"), xml.attribute("Target"))
                    && targets.len() < MOST_COLUMNS
                {
                    let kind = xml.attribute("Type").unwrap_or_default().to_owned();
                    targets.push((id.to_owned(), whole_path(target), kind));
                }
            }
            Ok(())
        })?;
        let (mut sheets, mut since_1904) = (Vec::new(), false);
        workbook.part(WORKBOOK, |xml| {
            while xml.next()? {
                if xml.opens("workbookPr") {
                    since_1904 = matches!(xml.attribute("date1904"), Some("1" | "true" | "on"));
                } else if xml.opens("sheet") && sheets.len() < MOST_COLUMNS {
                    let id = xml.attribute(":id").unwrap_or_default();
                    let target = targets.iter().find(|(there, ..)| there == id);
                    let name = super::tags::decode(xml.attribute("name").unwrap_or_default());
                    sheets.extend(target.map(|(_, path, _)| (name, path.clone())));
                }
            }
            Ok(())
        })?;
        workbook.sheets = sheets;
        workbook.since_1904 = since_1904;
        workbook.shared =
            targets.into_iter().find(|(.., kind)| kind.ends_with("/sharedStrings")).map(|(_, path, _)| path);
        Ok(workbook)
    }

    /// Reads the rows of the sheets whose name is wanted, or of the first one when none is.
    pub(super) fn rows(&mut self, is_wanted: impl Fn(&str) -> bool, each: Each<'_>) -> Result<(), Stop> {
        self.left.set(self.allowed);
        let shared = self.shared_texts()?;
        let mut wanted: Vec<String> =
            self.sheets.iter().filter(|(name, _)| is_wanted(name)).map(|(_, path)| path.clone()).collect();
        if wanted.is_empty() {
            wanted.extend(self.sheets.first().map(|(_, path)| path.clone()));
        }
        for path in wanted {
            self.part(&path, |xml| sheet(xml, &shared, each))?;
        }
        Ok(())
    }

    fn shared_texts(&mut self) -> Result<Shared, Stop> {
        let mut shared = Shared::default();
        let mut one = String::new();
        if let Some(path) = self.shared.clone() {
            self.part(&path, |xml| {
                while xml.next()? {
                    if xml.opens("si") {
                        one.clear();
                        if !xml.is_empty() {
                            // One that is longer makes the rows that have it too large.
                            text(xml, "si", &mut one, LARGEST_ROW + 1, &mut Row::default())?;
                        }
                        shared.push(&one)?;
                    }
                }
                Ok(())
            })?;
            shared.finish()?;
        }
        Ok(shared)
    }

    /// Reads a part. One that is not there has nothing in it.
    fn part(
        &mut self,
        path: &str,
        read: impl FnOnce(&mut Xml<Entry<'_>>) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        let entry = match self.zip.by_name(path) {
            Ok(entry) => entry,
            Err(ZipError::FileNotFound) => return Ok(()),
            Err(error) => return Err(broken(error).into()),
        };
        let entry = Unfolding { entry: self.again.cancellable(entry), left: &self.left };
        read(&mut Xml::new(BufReader::with_capacity(64 << 10, Box::new(entry))))
    }
}

type Entry<'z> = BufReader<Box<dyn Read + 'z>>;

/// Whether a zip file is a workbook.
pub(super) fn is_workbook(file: impl Read + Seek) -> Result<bool, ImportError> {
    let zip = ZipArchive::new(BufReader::new(file)).map_err(broken)?;
    Ok(zip.index_for_name(WORKBOOK).is_some())
}

fn broken(error: ZipError) -> ImportError {
    if let ZipError::Io(error) = error
        && error.kind() != ErrorKind::UnexpectedEof
    {
        return error.into();
    }
    ZipProblem::Damaged.into()
}

/// The path of a part from what the workbook calls it.
fn whole_path(target: &str) -> String {
    let target = target.replace('\\', "/");
    match target.strip_prefix('/') {
        Some(whole) => whole.to_owned(),
        None => format!("xl/{}", target.trim_start_matches("./")),
    }
}

/// A part on its way out of the file, which may not unfold to more than is left.
struct Unfolding<'z, R> {
    entry: R,
    left: &'z Cell<u64>,
}

impl<R: Read> Read for Unfolding<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let read = self.entry.read(into).map_err(|error| match Trouble::of(&error) {
            Some(_) => error,
            None if error.to_string().contains("checksum") => {
                Error::new(ErrorKind::InvalidData, Trouble::Checksum)
            }
            None => Error::new(ErrorKind::InvalidData, error),
        })?;
        match self.left.get().checked_sub(read as u64) {
            Some(left) => self.left.set(left),
            None => return Err(Error::other(Trouble::Unfolds)),
        }
        Ok(read)
    }
}

/// The texts that cells share, one behind the other: the first ones in memory, the others in a file.
#[derive(Default)]
struct Shared {
    text: String,
    spilled: Option<BufWriter<File>>,
    ends: Vec<u32>,
}

impl Shared {
    fn push(&mut self, text: &str) -> Result<(), Stop> {
        let end = u64::from(self.ends.last().copied().unwrap_or(0)) + text.len() as u64;
        let Some(end) = u32::try_from(end).ok().filter(|end| u64::from(*end) < MOST_SHARED) else {
            return Err(ImportError::from(ZipProblem::Bomb).into());
        };
        if self.ends.len() >= MOST_TEXTS {
            return Err(ImportError::from(ZipProblem::Bomb).into());
        }
        match &mut self.spilled {
            None if self.text.len() + text.len() <= KEPT_SHARED => self.text.push_str(text),
            Some(file) => file.write_all(text.as_bytes())?,
            None => {
                let mut file = BufWriter::new(tempfile::tempfile()?);
                file.write_all(text.as_bytes())?;
                self.spilled = Some(file);
            }
        }
        self.ends.push(end);
        Ok(())
    }

    fn finish(&mut self) -> std::io::Result<()> {
        self.spilled.as_mut().map_or(Ok(()), BufWriter::flush)
    }

    /// The text of a number; none when there is none.
    fn get(&self, index: usize) -> std::io::Result<Option<Cow<'_, str>>> {
        let end = self.ends.get(index).map(|end| *end as usize);
        let start = match index.checked_sub(1) {
            None => Some(0),
            Some(above) => self.ends.get(above).map(|end| *end as usize),
        };
        let (Some(start), Some(end)) = (start, end) else { return Ok(None) };
        if let Some(text) = self.text.get(start..end) {
            return Ok(Some(Cow::Borrowed(text)));
        }
        let (Some(file), Some(at)) = (&self.spilled, start.checked_sub(self.text.len())) else {
            return Ok(None);
        };
        let mut file = file.get_ref();
        file.seek(SeekFrom::Start(at as u64))?;
        let mut text = vec![0; end.saturating_sub(start)];
        file.read_exact(&mut text)?;
        Ok(Some(Cow::Owned(String::from_utf8_lossy(&text).into_owned())))
    }
}

/// The text of an element: all its `t`, but not how it is spoken. Goes on to the element's end.
fn text<R: BufRead>(
    xml: &mut Xml<R>,
    element: &str,
    into: &mut String,
    limit: usize,
    row: &mut Row,
) -> Result<(), Stop> {
    let mut is_spoken = false;
    while xml.next()? {
        if xml.closes("t") && !is_spoken {
            if into.len() < limit {
                unescape(xml.text(), into);
            } else {
                row.flaw = Some(Problem::TooLarge);
            }
            row.is_misencoded |= xml.is_misencoded;
            if xml.is_text_cut {
                row.flaw = Some(Problem::TooLarge);
            }
        } else if xml.opens("rPh") {
            is_spoken = !xml.is_empty();
        } else if xml.closes("rPh") {
            is_spoken = false;
        } else if xml.closes(element) {
            return Ok(());
        }
    }
    Err(Error::from(ErrorKind::UnexpectedEof).into())
}

/// Characters that XML refuses are written `_x000D_`.
fn unescape(text: &str, into: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.find("_x") {
        let (before, escape) = rest.split_at(at);
        into.push_str(before);
        let code = escape.get(2..6).filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let code = code.filter(|_| escape.get(6..7) == Some("_"));
        let c = code.and_then(|hex| u32::from_str_radix(hex, 16).ok()).and_then(char::from_u32);
        if let Some(c) = c {
            into.push(c);
            rest = escape.get(7..).unwrap_or_default();
        } else {
            into.push_str("_x");
            rest = escape.get(2..).unwrap_or_default();
        }
    }
    into.push_str(rest);
}

fn sheet<R: BufRead>(xml: &mut Xml<R>, shared: &Shared, each: Each<'_>) -> Result<(), Stop> {
    let mut row = Row::default();
    let mut place = Place::Header;
    while xml.next()? {
        if xml.opens("row") && !xml.is_empty() {
            row.clear();
            cells(xml, shared, &mut row)?;
            if !row.is_blank() {
                each(place, &row)?;
                place = Place::Data;
            }
        } else if xml.closes("sheetData") || xml.opens("sheetData") && xml.is_empty() {
            return Ok(());
        }
    }
    Err(Error::from(ErrorKind::UnexpectedEof).into())
}

fn cells<R: BufRead>(xml: &mut Xml<R>, shared: &Shared, row: &mut Row) -> Result<(), Stop> {
    let mut size = 0;
    let mut next = 0;
    while xml.next()? {
        if xml.closes("row") {
            return Ok(());
        }
        if !xml.opens("c") {
            continue;
        }
        let column = xml.attribute("r").and_then(column).unwrap_or(next);
        next = column.saturating_add(1);
        if xml.is_empty() {
            continue;
        }
        let kind = Kind::of(xml.attribute("t"));
        let value = value(xml, kind, shared, row)?;
        size += value.len();
        if size > LARGEST_ROW {
            row.flaw = Some(Problem::TooLarge);
        } else if column < MOST_COLUMNS {
            if row.cells.len() <= column {
                row.cells.resize(column + 1, String::new());
            }
            if let Some(cell) = row.cells.get_mut(column) {
                *cell = value;
            }
        }
    }
    Err(Error::from(ErrorKind::UnexpectedEof).into())
}

/// What sort of value a cell says that it has.
#[derive(Clone, Copy)]
enum Kind {
    Number,
    Shared,
    Plain,
}

impl Kind {
    fn of(name: Option<&str>) -> Self {
        match name {
            None | Some("n") => Self::Number,
            Some("s") => Self::Shared,
            Some(_) => Self::Plain,
        }
    }
}

/// The value of a cell as text. Goes on to the cell's end.
fn value<R: BufRead>(xml: &mut Xml<R>, kind: Kind, shared: &Shared, row: &mut Row) -> Result<String, Stop> {
    let mut value = String::new();
    while xml.next()? {
        if xml.closes("c") {
            return Ok(value);
        }
        if xml.closes("v") {
            row.is_misencoded |= xml.is_misencoded;
            match kind {
                Kind::Number => value = number(xml.text().trim()),
                Kind::Shared => {
                    let index: Option<usize> = xml.text().trim().parse().ok();
                    match index.map_or(Ok(None), |index| shared.get(index))? {
                        Some(text) => value = text.into_owned(),
                        None => row.flaw = Some(Problem::BadRow),
                    }
                }
                Kind::Plain => {
                    value.clear();
                    unescape(xml.text(), &mut value);
                }
            }
            if xml.is_text_cut {
                row.flaw = Some(Problem::TooLarge);
            }
        } else if xml.opens("is") && !xml.is_empty() {
            text(xml, "is", &mut value, LARGEST_ROW, row)?;
        }
    }
    Err(Error::from(ErrorKind::UnexpectedEof).into())
}

/// A number as a person would write it: spreadsheets turn a phone number into `5.51190000594E12`.
fn number(text: &str) -> String {
    match text.parse::<f64>() {
        Ok(number) if number.fract() == 0.0 && number.abs() < 1e15 => format!("{number:.0}"),
        _ => text.to_owned(),
    }
}

/// The column, from 0, of a place such as `AB12`.
fn column(place: &str) -> Option<usize> {
    let letters = place.bytes().take_while(u8::is_ascii_alphabetic);
    let column = letters
        .take(4)
        .fold(0, |column, letter| column * 26 + usize::from(letter.to_ascii_uppercase() - b'A') + 1);
    column.checked_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_texts_are_found_again_in_memory_and_in_the_file() {
        let mut shared = Shared::default();
        let texts: Vec<String> = (0..40).map(|n| format!("{n}é").repeat(n << 11)).collect();
        assert!(texts.iter().all(|text| shared.push(text).is_ok()) && shared.finish().is_ok());
        assert!(shared.spilled.is_none());
        let long = "x".repeat(1 << 20);
        assert!((0..20).all(|_| shared.push(&long).is_ok()) && shared.push("last").is_ok());
        assert!(shared.finish().is_ok() && shared.text.len() <= KEPT_SHARED);
        for (index, text) in texts.iter().enumerate().chain([(50, &long), (60, &"last".to_owned())]) {
            assert_eq!(shared.get(index).unwrap().as_deref(), Some(text.as_str()));
        }
        assert_eq!(shared.get(61).unwrap(), None);
        assert!((0..300).any(|_| shared.push(&long).is_err()));
    }

    #[test]
    fn places_numbers_and_escapes_are_read() {
        assert_eq!(
            ["A1", "Z9", "AA1", "XFD1048576", "1", ""].map(column),
            [Some(0), Some(25), Some(26), Some(16383), None, None]
        );
        assert_eq!(
            ["5.51190000594E12", "0", "45323.375", "x"].map(number),
            ["5511900005940", "0", "45323.375", "x"]
        );
        let mut text = String::new();
        unescape("a_x000D_b_x005F_x000D_ _x_ _x00e9_ _xD800_ _x12", &mut text);
        assert_eq!(text, "a\rb_x000D_ _x_ é _xD800_ _x12");
        assert_eq!(whole_path("/xl/worksheets/sheet1.xml"), whole_path("worksheets\\sheet1.xml"));
    }
}
