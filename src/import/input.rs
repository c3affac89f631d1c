//! Opening a file: gzip and encodings are undone, the bytes read are counted, and the format is told from the beginning.

use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use encoding_rs::Encoding;
use encoding_rs_io::DecodeReaderBytesBuilder;
use flate2::bufread::MultiGzDecoder;

use super::{Format, ImportError};

/// How much of the beginning is looked at.
const LOOK: usize = 64 << 10;

/// A file as text.
pub(super) type Input = BufReader<Box<dyn Read>>;

/// Opens a file, and says what its content is.
pub(super) fn open(
    path: &Path,
    bytes: &Arc<AtomicU64>,
) -> Result<(Input, Result<Format, ImportError>), ImportError> {
    let counted = Counted { file: File::open(path)?, bytes: Arc::clone(bytes) };
    let mut raw = BufReader::with_capacity(LOOK, counted);
    let start = raw.fill_buf()?;
    if start.is_empty() {
        return Err(ImportError::Empty);
    }
    let plain: Box<dyn Read> =
        if start.starts_with(&[0x1F, 0x8B]) { Box::new(MultiGzDecoder::new(raw)) } else { Box::new(raw) };
    let mut plain = BufReader::with_capacity(LOOK, plain);
    let declared = declared_encoding(plain.fill_buf()?);
    let text = DecodeReaderBytesBuilder::new()
        .encoding(declared)
        .utf8_passthru(declared.is_none())
        .strip_bom(true)
        .bom_override(true)
        .build(plain);
    // The decoder gives a few bytes at a time; what was looked at is put before the rest.
    let mut text = text;
    let mut start = Vec::with_capacity(LOOK);
    text.by_ref().take(LOOK as u64).read_to_end(&mut start).or_else(|error| match start.len() {
        0 => Err(error),
        // A torn gzip file is told when its end is met.
        read => Ok(read),
    })?;
    let format = detect(&start);
    Ok((BufReader::with_capacity(LOOK, Box::new(Cursor::new(start).chain(text))), format))
}

/// What an XML declaration says of its encoding, when that is not UTF-8.
fn declared_encoding(start: &[u8]) -> Option<&'static Encoding> {
    let head = start.get(..start.len().min(200))?;
    let head = String::from_utf8_lossy(head);
    let (_, rest) = head.trim_start().strip_prefix("<?xml")?.split_once("?>")?.0.split_once("encoding=")?;
    let quote = rest.chars().next()?;
    let (name, _) = rest.get(1..)?.split_once(quote)?;
    Encoding::for_label(name.as_bytes()).filter(|encoding| *encoding != encoding_rs::UTF_8)
}

fn detect(start: &[u8]) -> Result<Format, ImportError> {
    let has = |word: &[u8]| start.windows(word.len()).any(|bytes| bytes == word);
    let first = start.iter().find(|byte| !byte.is_ascii_whitespace());
    match first {
        None => Err(ImportError::Empty),
        Some(b'<') if has(b"<smses") => Ok(Format::SmsBackup),
        Some(b'<') if has(b"<calls") => Ok(Format::CallsBackup),
        Some(b'{') if has(b"\"direction\"") => Ok(Format::RapidProArchive),
        Some(_) => Err(ImportError::UnknownFormat),
    }
}

struct Counted {
    file: File,
    bytes: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let read = self.file.read(into)?;
        self.bytes.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}
