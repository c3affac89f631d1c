//! Zip files: which file within is the one to be read, and reading it as a stream.
//!
//! No name within ever becomes the name of a file, so none can lead anywhere. What a zip file says of its sizes is not
//! believed: the reader counts, and a file that grows beyond all reason is refused before and given up while it is read.

use std::fs::File;
use std::io::{BufReader, Error, ErrorKind, Read, Seek, SeekFrom, Take};

use flate2::Crc;
use flate2::read::DeflateDecoder;
use zip::{CompressionMethod, ZipArchive};

use super::input::Trouble;

/// Beyond this, a chat grows no further: its texts alone are a hundredth of that.
const LARGEST: u64 = 4 << 30;

/// How often it may be larger than it is packed, once it is large: texts of people stay far below.
const MOST_TIMES: u64 = 300;

/// What is small may be packed as well as it can.
pub(super) const SMALL: u64 = 64 << 20;

/// Why nothing within a zip file can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ZipProblem {
    /// It is torn, or none at all.
    #[error("the zip file is damaged")]
    Damaged,
    /// There is no chat within.
    #[error("the zip file holds no chat")]
    NoChat,
    /// There are several.
    #[error("the zip file holds several chats")]
    SeveralChats,
    /// A password is needed.
    #[error("the zip file is encrypted")]
    Encrypted,
    /// It is packed in a way that is not read.
    #[error("the zip file is packed in an unknown way")]
    Method,
    /// It would grow beyond all reason.
    #[error("the zip file grows beyond all reason")]
    Bomb,
}

/// A file within a zip file.
#[derive(Debug, Clone)]
pub(super) struct Member {
    /// Its name, without folders.
    pub(super) name: String,
    start: u64,
    /// How many bytes it takes there.
    pub(super) packed: u64,
    size: u64,
    crc: u32,
    is_deflated: bool,
}

/// Whether a file begins as zip files do.
pub(super) fn is_zip(start: &[u8]) -> bool {
    start.starts_with(b"PK\x03\x04") || start.starts_with(b"PK\x05\x06")
}

/// The one file within whose name is of the best kind; the lower the better, and none is not looked at.
pub(super) fn find(file: File, kind: impl Fn(&str) -> Option<u8>) -> Result<Member, ZipProblem> {
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|_| ZipProblem::Damaged)?;
    let mut found: Vec<(u8, usize, String)> = Vec::new();
    for index in 0..archive.len() {
        let Some(Ok(path)) = archive.name_for_index(index) else { continue };
        // What a Mac adds to each file is not that file.
        if path.starts_with("__MACOSX/") || path.ends_with('/') {
            continue;
        }
        let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
        if let Some(kind) = kind(name) {
            found.push((kind, index, name.to_owned()));
        }
    }
    let best = found.iter().map(|(kind, ..)| *kind).min().ok_or(ZipProblem::NoChat)?;
    let mut best = found.into_iter().filter(|(kind, ..)| *kind == best);
    let (Some((_, index, name)), None) = (best.next(), best.next()) else {
        return Err(ZipProblem::SeveralChats);
    };
    member(&mut archive, index, name)
}

/// One of the files within, if it can be unpacked.
pub(super) fn member<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    index: usize,
    name: String,
) -> Result<Member, ZipProblem> {
    let member = archive.by_index_raw(index).map_err(|_| ZipProblem::Damaged)?;
    if member.encrypted() {
        return Err(ZipProblem::Encrypted);
    }
    let is_deflated = member.compression() == CompressionMethod::Deflated;
    if !is_deflated && member.compression() != CompressionMethod::Stored {
        return Err(ZipProblem::Method);
    }
    let (packed, size) = (member.compressed_size(), member.size());
    if is_unreasonable(size, packed) {
        return Err(ZipProblem::Bomb);
    }
    let start = member.data_start().ok_or(ZipProblem::Damaged)?;
    Ok(Member { name, start, packed, size, crc: member.crc32(), is_deflated })
}

fn is_unreasonable(size: u64, packed: u64) -> bool {
    size > LARGEST || (size > SMALL && size / MOST_TIMES > packed)
}

impl Member {
    /// Where its bytes begin in the zip file.
    pub(super) fn start(&self) -> u64 {
        self.start
    }

    /// How many bytes it says that it has.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Goes to where it begins.
    pub(super) fn seek(&self, file: &mut File) -> std::io::Result<()> {
        file.seek(SeekFrom::Start(self.start)).map(drop)
    }

    /// Its content, from the zip file's bytes there.
    pub(super) fn unpack(&self, file: impl Read + Send + 'static) -> Box<dyn Read + Send> {
        let packed = BufReader::new(file).take(self.packed);
        let content = if self.is_deflated {
            Content::Deflated(DeflateDecoder::new(packed))
        } else {
            Content::Stored(packed)
        };
        Box::new(Unpacked { content, crc: Crc::new(), given: 0, member: self.clone() })
    }
}

enum Content<R> {
    Stored(Take<R>),
    Deflated(DeflateDecoder<Take<R>>),
}

struct Unpacked<R> {
    content: Content<R>,
    crc: Crc,
    given: u64,
    member: Member,
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let read = match &mut self.content {
            Content::Stored(content) => content.read(into)?,
            Content::Deflated(content) => content.read(into)?,
        };
        let member = &self.member;
        if read == 0 && !into.is_empty() {
            return if self.given < member.size {
                Err(ErrorKind::UnexpectedEof.into())
            } else if self.crc.sum() != member.crc {
                Err(Error::new(ErrorKind::InvalidData, Trouble::Checksum))
            } else {
                Ok(0)
            };
        }
        self.crc.update(into.get(..read).unwrap_or_default());
        self.given += read as u64;
        // More than it says of itself: what follows may be without end.
        if self.given > member.size {
            return Err(Error::new(ErrorKind::InvalidData, Trouble::Trailing));
        }
        Ok(read)
    }
}
