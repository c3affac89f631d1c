//! One engine over one workspace: whoever holds the lock of a file beside it. The system lets go of the lock when its process
//! ends, however it ends, so another engine takes over at its next try.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;

/// The lock, while it is held.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of a workspace; none when another engine holds it.
    pub fn take(workspace: &Path) -> io::Result<Option<Self>> {
        let mut name = workspace.as_os_str().to_owned();
        name.push("-engine");
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        let file = options.open(name)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}
