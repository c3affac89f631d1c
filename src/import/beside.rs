//! What lies beside a chat in its zip file: the photos, voices and documents that came with its messages.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use unicode_normalization::UnicodeNormalization;
use zip::ZipArchive;

use super::Watch;
use super::input::Cancellable;
use super::zipped::{self, Member, SMALL, ZipProblem};
use crate::domain::media::Unbrought;
use crate::store::{WantedMedia, write_media};

/// How often all files within may be larger than the zip file: photos and films are packed already.
const MOST_TIMES_IN_ALL: u64 = 20;

/// The files within a zip file.
#[derive(Debug)]
pub(super) struct Files {
    file: File,
    /// By what names are compared with.
    members: HashMap<String, Result<Member, Unbrought>>,
    /// How many bytes may still be unpacked.
    left: u64,
}

/// What names are compared with: whoever packs a file again may write a name in another form or case.
fn compared(name: &str) -> String {
    name.nfc().collect::<String>().to_lowercase()
}

impl Files {
    /// The files within a zip file, which others may be reading meanwhile.
    pub(super) fn of(file: File) -> std::io::Result<Self> {
        let left = SMALL + file.metadata()?.len().saturating_mul(MOST_TIMES_IN_ALL);
        let mut members = HashMap::new();
        if let Ok(mut archive) = ZipArchive::new(BufReader::new(At { file: file.try_clone()?, at: 0 })) {
            for index in 0..archive.len() {
                let Some(Ok(path)) = archive.name_for_index(index) else { continue };
                let name = path.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
                let key = compared(&name);
                if path.starts_with("__MACOSX/") || name.is_empty() || members.contains_key(&key) {
                    continue;
                }
                let member = zipped::member(&mut archive, index, name).map_err(|problem| match problem {
                    ZipProblem::Encrypted => Unbrought::Encrypted,
                    ZipProblem::Method | ZipProblem::Bomb => Unbrought::Unpackable,
                    ZipProblem::Damaged | ZipProblem::NoChat | ZipProblem::SeveralChats => Unbrought::Damaged,
                });
                members.insert(key, member);
            }
        }
        Ok(Self { file, members, left })
    }

    /// Whether there is a file of that name.
    pub(super) fn has(&self, name: &str) -> bool {
        !name.is_empty() && self.members.contains_key(&compared(name))
    }

    /// Brings a file into a folder, or says why it cannot be read where it is. An error is the folder's, or of somebody who
    /// stopped it.
    pub(super) fn bring(
        &mut self,
        wanted: &WantedMedia,
        folder: &Path,
        watch: &Watch,
    ) -> std::io::Result<Option<Unbrought>> {
        let content = match self.open(&wanted.attachment.url)? {
            Ok(content) => Cancellable::new(content, Arc::clone(&watch.cancel)),
            Err(flaw) => return Ok(Some(flaw)),
        };
        let is_of_content = |kind| {
            matches!(kind, ErrorKind::InvalidData | ErrorKind::InvalidInput | ErrorKind::UnexpectedEof)
        };
        match write_media(folder, &wanted.name, content) {
            Ok(()) => Ok(None),
            Err(error) if is_of_content(error.kind()) => Ok(Some(Unbrought::Damaged)),
            Err(error) => Err(error),
        }
    }

    /// A file's content, or why it cannot be had.
    fn open(&mut self, name: &str) -> std::io::Result<Result<impl Read + use<>, Unbrought>> {
        let member = match self.members.get(&compared(name)) {
            Some(Ok(member)) => member,
            Some(Err(flaw)) => return Ok(Err(*flaw)),
            None => return Ok(Err(Unbrought::NotYet)),
        };
        let Some(left) = self.left.checked_sub(member.size()) else {
            return Ok(Err(Unbrought::Unpackable));
        };
        self.left = left;
        Ok(Ok(member.unpack(At { file: self.file.try_clone()?, at: member.start() })))
    }
}

/// Reads a file at a place of its own, whoever else reads it elsewhere.
struct At {
    file: File,
    at: u64,
}

impl Read for At {
    #[cfg(unix)]
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let read = std::os::unix::fs::FileExt::read_at(&self.file, into, self.at)?;
        self.at += read as u64;
        Ok(read)
    }

    #[cfg(not(unix))]
    fn read(&mut self, _into: &mut [u8]) -> std::io::Result<usize> {
        // Elsewhere a file has one place only, at which the chat is read: nothing is found beside it.
        Err(ErrorKind::Unsupported.into())
    }
}

impl Seek for At {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.file.metadata()?.len().checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}
