//! Opening a file: gzip and encodings are undone, the bytes read are counted, and the format is told from the beginning.
//!
//! The readers get UTF-8, or what was meant to be: bytes that are not valid in the file's encoding reach them as bytes
//! that are not valid UTF-8, so that a record that holds some can be told from one that really holds U+FFFD.

use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Error, ErrorKind, Read, Seek};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};
use flate2::bufread::GzDecoder;

use super::beside::Files;
use super::zipped::{self, Member};
use super::{Format, ImportError, Watch, asterisk, calls, sheet, whatsapp, xlsx};

/// How much of the beginning is looked at.
const LOOK: usize = 64 << 10;

/// How long an XML declaration can be.
const DECLARATION: u64 = 200;

/// How many bytes are unpacked at a time: where a file is damaged, the library drops all that it unpacked in that turn.
const UNPACKED: usize = 1 << 10;

/// How many bytes are decoded at a time.
const PIECE: usize = 16 << 10;

/// A file as text.
pub(super) type Input = BufReader<Box<dyn Read + Send>>;

/// Why the reading of a file ended before the file did, beyond what the system says. It travels within an I/O error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Trouble {
    /// Somebody asked for it.
    #[error("stopped")]
    Cancelled,
    /// What a gzip file says of its content does not fit.
    #[error("the checksum does not fit")]
    Checksum,
    /// Something stands behind the end of a gzip file.
    #[error("bytes behind the end")]
    Trailing,
    /// A part of a zip file unfolds to more than any real one.
    #[error("it unfolds to too much")]
    Unfolds,
}

impl Trouble {
    /// The trouble within an I/O error.
    pub(super) fn of(error: &Error) -> Option<Self> {
        error.get_ref()?.downcast_ref().copied()
    }
}

/// A file that was opened.
pub(super) struct Opened {
    /// Its text.
    pub(super) input: Input,
    /// Its format.
    pub(super) format: Format,
    /// Whether the beginning says so, and not only somebody.
    pub(super) is_certain: bool,
    /// Its encoding.
    pub(super) encoding: &'static Encoding,
    /// How it is read once more from its beginning.
    pub(super) again: Again,
    /// What it is called, from the innermost outwards: within a zip file, the file, its folder.
    pub(super) names: Vec<String>,
}

/// Reads a file once more from its beginning: some formats only say in the middle how their beginning is meant.
pub(super) struct Again {
    file: File,
    encoding: Option<&'static Encoding>,
    /// Which file within a zip file it is.
    member: Option<Member>,
    watch: Watch,
}

impl Again {
    /// The file's text, from its beginning, of a file that is read several times: so many passes are done, of so many.
    /// Whatever read the file before is at an end: the place in it is one.
    pub(super) fn pass(&self, done: u64, passes: u64) -> Result<Input, ImportError> {
        let (_, text) = text(self.raw(done, passes)?, self.encoding)?;
        Ok(input(text, &self.watch.cancel))
    }

    /// The file's bytes, from its beginning; of a zip file, those of the one within that counts.
    fn raw(&self, done: u64, passes: u64) -> std::io::Result<Box<dyn Read + Send>> {
        let mut file = self.file.try_clone()?;
        file.rewind()?;
        let whole = file.metadata()?.len();
        if let Some(member) = &self.member {
            member.seek(&mut file)?;
        }
        // What is read of a zip file stands for all of it.
        let part = self.member.as_ref().map_or(whole, |member| member.packed);
        let bytes = Arc::clone(&self.watch.bytes);
        let counted = Counted { file, bytes, read: 0, part, whole, done, passes };
        Ok(match &self.member {
            Some(member) => member.unpack(counted),
            None => Box::new(counted),
        })
    }

    /// The files that lie beside it in its zip file, where it is in one.
    pub(super) fn files(&self) -> std::io::Result<Option<Files>> {
        self.member.as_ref().map(|_| Files::of(self.file.try_clone()?)).transpose()
    }

    /// The file's bytes as they are, from its beginning, for a reader that goes through all of them so many times.
    pub(super) fn bytes(&self, passes: u64) -> std::io::Result<Bytes> {
        let mut file = self.file.try_clone()?;
        file.rewind()?;
        let whole = file.metadata()?.len();
        let bytes = Arc::clone(&self.watch.bytes);
        let part = whole.saturating_mul(passes);
        Ok(Counted { file, bytes, read: 0, part, whole, done: 0, passes: 1 })
    }

    /// Something of the file, whose reading can be stopped.
    pub(super) fn cancellable<R: Read>(&self, text: R) -> Cancellable<R> {
        Cancellable { text, cancel: Arc::clone(&self.watch.cancel) }
    }
}

/// The bytes of a file, which are counted.
pub(super) type Bytes = Counted;

/// Opens a file, and says what its content is. A format and an encoding that somebody named are believed, as far as they
/// can be.
pub(super) fn open(
    path: &Path,
    named: Option<Format>,
    encoding: Option<&'static Encoding>,
    watch: &Watch,
) -> Result<Opened, ImportError> {
    let mut file = seekable(File::open(path)?, watch)?;
    let is_zip = zipped::is_zip(&first_bytes(&mut file)?);
    let is_workbook = is_zip && xlsx::is_workbook(file.try_clone()?)?;
    let member = if is_zip && !is_workbook {
        Some(zipped::find(file.try_clone()?, whatsapp::kind_of_name)?)
    } else {
        None
    };
    let called = names(path, member.as_ref());
    let again = Again { file, encoding, member, watch: watch.clone() };
    let (encoding, text) = text(again.raw(0, 1)?, encoding)?;
    let (start, text) = begin(text, LOOK as u64)?;
    let found = if is_workbook { Ok(Format::RapidProExport) } else { detect(&start) };
    let is_certain = named.is_none_or(|named| found.as_ref().is_ok_and(|found| *found == named));
    let format = match (named, found) {
        (None, found) => found?,
        (Some(format), _) if is_certain => format,
        (Some(format), _) if is_workbook || !could_be(format, &start) => {
            return Err(ImportError::OtherFormat(format));
        }
        (Some(format), _) => format,
    };
    match format {
        Format::RapidProExport => sheet::check(&start, &again)?,
        Format::Asterisk => asterisk::check(&start)?,
        Format::SmsBackup
        | Format::CallsBackup
        | Format::RapidProArchive
        | Format::FreeSwitch
        | Format::WhatsApp
        | Format::Recado => {}
    }
    Ok(Opened {
        input: input(Box::new(text), &watch.cancel),
        format,
        is_certain,
        encoding,
        again,
        names: called,
    })
}

fn first_bytes(file: &mut File) -> std::io::Result<Vec<u8>> {
    let mut start = Vec::new();
    file.rewind()?;
    file.by_ref().take(4).read_to_end(&mut start)?;
    Ok(start)
}

fn names(path: &Path, member: Option<&Member>) -> Vec<String> {
    let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    let within = member.map(|member| member.name.clone());
    let folder = path.parent().and_then(name).filter(|_| member.is_none());
    within.into_iter().chain(name(path)).chain(folder).collect()
}

fn input(text: Box<dyn Read + Send>, cancel: &Arc<AtomicBool>) -> Input {
    BufReader::with_capacity(LOOK, Box::new(Cancellable { text, cancel: Arc::clone(cancel) }))
}

/// A file's text and its encoding: gzip and encodings are undone.
fn text(
    file: impl Read + Send + 'static,
    encoding: Option<&'static Encoding>,
) -> Result<(&'static Encoding, Box<dyn Read + Send>), ImportError> {
    let (start, raw) = begin(file, 2)?;
    let plain: Box<dyn Read + Send> =
        if start == [0x1F, 0x8B] { Box::new(Members::new(BufReader::new(raw))) } else { Box::new(raw) };
    let (start, plain) = begin(plain, DECLARATION)?;
    let mut plain = BufReader::with_capacity(LOOK, plain);
    // A mark at the beginning outdoes what anybody says.
    let (encoding, mark) = Encoding::for_bom(&start)
        .unwrap_or_else(|| (encoding.or_else(|| declared_encoding(&start)).unwrap_or(UTF_8), 0));
    std::io::copy(&mut plain.by_ref().take(mark as u64), &mut std::io::sink())?;
    let text: Box<dyn Read + Send> =
        if encoding == UTF_8 { Box::new(plain) } else { Box::new(Decoded::new(plain, encoding)) };
    Ok((encoding, text))
}

/// A file that can be read twice: what comes through a pipe is written to a file first, which has no name and goes away
/// with the program.
fn seekable(mut file: File, watch: &Watch) -> std::io::Result<File> {
    if file.metadata()?.is_file() {
        return Ok(file);
    }
    let mut kept = tempfile::tempfile()?;
    std::io::copy(&mut Cancellable { text: &mut file, cancel: Arc::clone(&watch.cancel) }, &mut kept)?;
    kept.rewind()?;
    Ok(kept)
}

/// The beginning of a file, and all of it again.
fn begin<R: Read>(mut input: R, length: u64) -> Result<(Vec<u8>, impl Read + use<R>), ImportError> {
    let mut start = Vec::new();
    match input.by_ref().take(length).read_to_end(&mut start) {
        Err(error) if start.is_empty() => return Err(error.into()),
        // A torn gzip file is told when its end is met.
        Err(_) => {}
        Ok(0) => return Err(ImportError::Empty),
        Ok(_) => {}
    }
    Ok((start.clone(), Cursor::new(start).chain(input)))
}

/// What an XML declaration says of its encoding. One that can be read as ASCII is not in UTF-16, whatever it says:
/// programs copy the declaration of a file and write it anew.
fn declared_encoding(start: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(start);
    let (_, rest) = head.trim_start().strip_prefix("<?xml")?.split_once("?>")?.0.split_once("encoding=")?;
    let quote = rest.chars().next()?;
    let (name, _) = rest.get(1..)?.split_once(quote)?;
    Encoding::for_label(name.as_bytes()).filter(|encoding| *encoding != UTF_16LE && *encoding != UTF_16BE)
}

fn has(start: &[u8], word: &[u8]) -> bool {
    start.windows(word.len()).any(|bytes| bytes == word)
}

/// Whether an object has a key, in whichever way programs write the sign behind it.
fn has_key(start: &[u8], key: &[u8]) -> bool {
    let after = |at: usize| start.get(at + key.len()..).unwrap_or_default().trim_ascii_start();
    start.windows(key.len()).enumerate().any(|(at, bytes)| bytes == key && after(at).starts_with(b":"))
}

fn detect(start: &[u8]) -> Result<Format, ImportError> {
    let first = start.iter().find(|byte| !byte.is_ascii_whitespace());
    match first {
        None => Err(ImportError::Empty),
        Some(b'<') if has(start, b"<smses") => Ok(Format::SmsBackup),
        Some(b'<') if has(start, b"<calls") => Ok(Format::CallsBackup),
        // A text may hold the word too, but not without a backslash before the quote.
        Some(b'{') if has_key(start, b"\"kind\"") => Ok(Format::Recado),
        Some(b'{') if has(start, b"\"direction\"") => Ok(Format::RapidProArchive),
        Some(_) if sheet::is_export(start) => Ok(Format::RapidProExport),
        Some(_) if whatsapp::begins_like_one(start) => Ok(Format::WhatsApp),
        Some(_) => calls::format(start).ok_or(ImportError::UnknownFormat),
    }
}

/// Whether a file that begins so can be of a format that somebody named: a torn one, or one with a long preface.
fn could_be(format: Format, start: &[u8]) -> bool {
    let first = start.iter().find(|byte| !byte.is_ascii_whitespace());
    let whole = start.len() < LOOK;
    match format {
        Format::SmsBackup => first == Some(&b'<') && (!whole || has(start, b"<sms") || has(start, b"<mms")),
        Format::CallsBackup => first == Some(&b'<') && (!whole || has(start, b"<call")),
        Format::RapidProArchive | Format::RapidProExport | Format::Asterisk | Format::FreeSwitch => {
            first.is_some_and(|byte| *byte != b'<')
        }
        Format::Recado => first.is_some_and(|byte| *byte != b'<') && (!whole || has_key(start, b"\"kind\"")),
        Format::WhatsApp => first.is_some_and(|byte| !matches!(byte, b'<' | b'{')),
    }
}

/// Counts what is read of a file, as a share of what all passes over it read.
pub(super) struct Counted {
    file: File,
    bytes: Arc<AtomicU64>,
    read: u64,
    /// How many bytes this pass reads, and of how large a file.
    part: u64,
    whole: u64,
    done: u64,
    passes: u64,
}

impl Read for Counted {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let read = self.file.read(into)?;
        self.read += read as u64;
        let share =
            u128::from(self.read.min(self.part)) * u128::from(self.whole) / u128::from(self.part.max(1));
        let before = u128::from(self.done) * u128::from(self.whole);
        let bytes = (before + share) / u128::from(self.passes.max(1));
        self.bytes.store(u64::try_from(bytes).unwrap_or(u64::MAX), Ordering::Relaxed);
        Ok(read)
    }
}

impl Seek for Counted {
    fn seek(&mut self, to: std::io::SeekFrom) -> std::io::Result<u64> {
        self.file.seek(to)
    }
}

/// Looks whether somebody wants it to stop, also within a record of a gigabyte.
pub(super) struct Cancellable<R> {
    text: R,
    cancel: Arc<AtomicBool>,
}

impl<R> Cancellable<R> {
    pub(super) fn new(text: R, cancel: Arc<AtomicBool>) -> Self {
        Self { text, cancel }
    }
}

impl<R: Read> Read for Cancellable<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if self.cancel.load(Ordering::Relaxed) {
            return Err(Error::other(Trouble::Cancelled));
        }
        self.text.read(into)
    }
}

/// The content of a gzip file, which may have several members. Our own loop over them and not the library's, because that
/// calls everything that is wrong with one by the same name.
struct Members<R: BufRead> {
    /// None once the end was met.
    member: Option<GzDecoder<R>>,
    is_first: bool,
    /// What ended it, to be said again to whoever asks again.
    ended: Option<(ErrorKind, Option<Trouble>)>,
}

impl<R: BufRead> Members<R> {
    fn new(raw: R) -> Self {
        Self { member: Some(GzDecoder::new(raw)), is_first: true, ended: None }
    }

    fn read_on(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        loop {
            let Some(member) = &mut self.member else { return Ok(0) };
            let room = into.len().min(UNPACKED);
            let read = member.read(into.get_mut(..room).unwrap_or_default())?;
            if read > 0 || into.is_empty() {
                return Ok(read);
            }
            let Some(mut raw) = self.member.take().map(GzDecoder::into_inner) else { return Ok(0) };
            loop {
                let there = raw.fill_buf()?;
                // Zeros fill up a block of a tape.
                let zeros = there.iter().take_while(|byte| **byte == 0).count();
                match there.get(zeros) {
                    None if zeros == 0 => return Ok(0),
                    Some(0x1F) => break,
                    Some(_) => return Err(Error::new(ErrorKind::InvalidData, Trouble::Trailing)),
                    None => raw.consume(zeros),
                }
            }
            self.is_first = false;
            self.member = Some(GzDecoder::new(raw));
        }
    }

    /// The library's words are all that tells what it found.
    fn trouble(&self, error: &Error) -> Option<Trouble> {
        let words = error.to_string();
        match Trouble::of(error) {
            None if words.contains("checksum") => Some(Trouble::Checksum),
            None if words.contains("header") && !self.is_first => Some(Trouble::Trailing),
            trouble => trouble,
        }
    }
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if self.ended.is_none() {
            match self.read_on(into) {
                Err(error) if error.kind() == ErrorKind::Interrupted => return Err(error),
                Err(error) => self.ended = Some((error.kind(), self.trouble(&error))),
                read => return read,
            }
        }
        Err(match self.ended {
            Some((kind, Some(trouble))) => Error::new(kind, trouble),
            Some((kind, None)) => kind.into(),
            None => ErrorKind::Other.into(),
        })
    }
}

/// A text in another encoding, as UTF-8. What is not valid there becomes a byte that is not valid here; in UTF-16 it is
/// half of a pair, and U+FFFD, as for every other half.
struct Decoded<R> {
    input: R,
    decoder: Decoder,
    invalid: &'static [u8],
    ready: Vec<u8>,
    given: usize,
    is_over: bool,
}

impl<R: BufRead> Decoded<R> {
    fn new(input: R, encoding: &'static Encoding) -> Self {
        let is_utf16 = encoding == UTF_16LE || encoding == UTF_16BE;
        let invalid: &[u8] = if is_utf16 { "\u{FFFD}".as_bytes() } else { &[0xFF] };
        let decoder = encoding.new_decoder_without_bom_handling();
        Self { input, decoder, invalid, ready: Vec::with_capacity(PIECE), given: 0, is_over: false }
    }

    fn decode(&mut self) -> std::io::Result<()> {
        self.ready.resize(PIECE, 0);
        self.given = 0;
        let there = self.input.fill_buf()?;
        let last = there.is_empty();
        // Room is left for what stands for an invalid sequence.
        let room = self.ready.get_mut(..PIECE - self.invalid.len()).unwrap_or_default();
        let (result, read, written) = self.decoder.decode_to_utf8_without_replacement(there, room, last);
        self.input.consume(read);
        self.ready.truncate(written);
        match result {
            DecoderResult::InputEmpty => self.is_over = last,
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(..) => self.ready.extend_from_slice(self.invalid),
        }
        Ok(())
    }
}

impl<R: BufRead> Read for Decoded<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        while self.given == self.ready.len() && !self.is_over {
            self.decode()?;
        }
        let rest = self.ready.get(self.given..).unwrap_or_default();
        let length = rest.len().min(into.len());
        for (to, from) in into.iter_mut().zip(rest) {
            *to = *from;
        }
        self.given += length;
        Ok(length)
    }
}
