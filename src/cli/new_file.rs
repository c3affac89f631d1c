//! A file that is made for somebody: it gets its name only when it is whole.

use std::fs::File;
use std::io::{Error, ErrorKind, Read, Result, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// Who may read a new file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Readers {
    /// Only who made it: it holds what people wrote.
    Owner,
    /// As any file that is written here: it is to be handed on.
    Usual,
}

/// A file on its way. It is gone when it is dropped before it is kept.
pub(super) struct NewFile {
    part: NamedTempFile,
    file: PathBuf,
    may_replace: bool,
}

impl NewFile {
    /// Begins a file. What is there already under its name is an error, unless it may be replaced.
    pub(super) fn at(file: &Path, may_replace: bool, readers: Readers) -> Result<Self> {
        if !may_replace && file.symlink_metadata().is_ok() {
            return Err(ErrorKind::AlreadyExists.into());
        }
        if is_database(file) {
            return Err(ErrorKind::AlreadyExists.into());
        }
        let folder = match file.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        // Told by itself: an error about the temporary name would say nothing to anybody.
        std::fs::metadata(folder)?;
        if file.is_dir() {
            return Err(Error::from(ErrorKind::IsADirectory));
        }
        let mut builder = tempfile::Builder::new();
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(match readers {
            Readers::Owner => 0o600,
            Readers::Usual => 0o666,
        }));
        let part = builder.prefix(".recado-").suffix(".part").tempfile_in(folder)?;
        Ok(Self { part, file: file.to_owned(), may_replace })
    }

    /// Takes back all behind so many bytes.
    pub(super) fn cut_back(&mut self, length: u64) -> Result<()> {
        self.part.as_file().set_len(length)?;
        self.part.seek(SeekFrom::Start(length)).map(drop)
    }

    /// It is whole: it gets its name.
    pub(super) fn keep(self) -> Result<()> {
        let named = if self.may_replace {
            self.part.persist(&self.file)
        } else {
            self.part.persist_noclobber(&self.file)
        };
        named.map(drop).map_err(|error| error.error)
    }
}

/// Whether a file belongs to a database, a workspace above all: nothing replaces one, whoever asks for it.
fn is_database(file: &Path) -> bool {
    let mut start = [0; 16];
    let begins = File::open(file).is_ok_and(|mut there| there.read_exact(&mut start).is_ok());
    // Its log begins with one of two numbers.
    let is_log = matches!(start, [0x37, 0x7F, 0x06, 0x82 | 0x83, ..]);
    let name = file.to_string_lossy();
    begins && (start == *b"SQLite format 3\0" || is_log) || name.ends_with("-shm") && file.exists()
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        self.part.write(bytes)
    }

    fn flush(&mut self) -> Result<()> {
        self.part.flush()
    }
}
