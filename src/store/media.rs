//! Files that came along with messages: which ones are to be fetched, and the folder beside the workspace where they are.
//!
//! A row says what a file is called before there is a file. A message that is deleted takes its rows along, and the files
//! go right after the commit; what a crash leaves behind has no row, and goes when the next engine begins.

use std::ffi::OsString;
use std::fs::DirEntry;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{OptionalExtension, params};
use uuid::Uuid;

use super::codes::{micros, time};
use super::file::address_of;
use super::write::{Tx, attachments_from_text, attachments_text};
use super::{Result, Store};
use crate::domain::media::{file_name, is_name, is_with_gateway, name_here, next_fetch, url_here};
use crate::domain::message::{Attachment, Message};
use crate::domain::{ChannelId, MessageId, Time};

/// A file that is to be fetched now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedMedia {
    /// Whose it is.
    pub message: MessageId,
    /// Which of the message's attachments.
    pub position: usize,
    /// The attachment, with the gateway's id of it.
    pub attachment: Attachment,
    /// What its file is to be called.
    pub name: String,
}

/// A file that is not here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingMedia {
    /// Which of the message's attachments.
    pub position: usize,
    /// When it is fetched; none when that was given up.
    pub next_attempt: Option<Time>,
    /// Why the last attempt failed; empty when there was none.
    pub detail: String,
    /// Whether it came with a file that was imported, and not by a channel.
    pub is_of_file: bool,
}

/// The folder where a workspace's files are; there may be none.
pub fn media_folder(workspace: &Path) -> PathBuf {
    let mut name: OsString = workspace.as_os_str().to_owned();
    name.push("-media");
    name.into()
}

impl Tx<'_> {
    /// Notes what came along with a message and is to be fetched.
    pub(super) fn want_media(
        &mut self,
        (message, uuid): (MessageId, Uuid),
        channel: ChannelId,
        attachments: &[Attachment],
        now: Time,
    ) -> Result<()> {
        let mut statement = self.prepare(
            "INSERT INTO media(message_id, position, channel_id, name, next_attempt) VALUES(?1, ?2, ?3, ?4, ?5)",
        )?;
        for (position, attachment) in attachments.iter().enumerate() {
            if is_with_gateway(attachment) {
                let name = file_name(uuid, position, attachment);
                statement.execute(params![message.0, position, channel.0, name, micros(now)])?;
            }
        }
        Ok(())
    }

    /// Notes a file that is about to be brought in by whoever imports its message, under a name from a fresh key; none when it
    /// is here.
    pub fn expect_media(
        &mut self,
        (message, fresh): (MessageId, Uuid),
        position: usize,
        attachment: &Attachment,
    ) -> Result<Option<WantedMedia>> {
        self.prepare(
            "INSERT INTO media(message_id, position, name, error_count) VALUES(?1, ?2, ?3, 1)
             ON CONFLICT(message_id, position) DO NOTHING",
        )?
        .execute(params![message.0, position, file_name(fresh, position, attachment)])?;
        let name = self
            .prepare("SELECT name FROM media WHERE message_id = ?1 AND position = ?2 AND is_here = 0")?
            .query_row(params![message.0, position], |row| row.get(0))
            .optional()?;
        Ok(name.map(|name| WantedMedia { message, position, attachment: attachment.clone(), name }))
    }

    /// Claims a file of a channel that is due. The attempt counts from now on, so a crash costs one and is no loop.
    pub fn claim_media(&mut self, channel: ChannelId, now: Time) -> Result<Option<WantedMedia>> {
        let found: Option<(i64, usize, String, u32, String)> = self
            .prepare(
                "SELECT message_id, position, name, error_count,
                        (SELECT attachments FROM message m WHERE m.id = message_id)
                 FROM media WHERE channel_id = ?1 AND next_attempt <= ?2 ORDER BY next_attempt LIMIT 1",
            )?
            .query_row(params![channel.0, micros(now)], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
            })
            .optional()?;
        let Some((message, position, name, attempts, attachments)) = found else { return Ok(None) };
        let attachment = attachments_from_text(&attachments).into_iter().nth(position);
        let next = attachment.as_ref().and_then(|_| next_fetch(attempts + 1, now));
        self.prepare(
            "UPDATE media SET error_count = ?3, next_attempt = ?4 WHERE message_id = ?1 AND position = ?2",
        )?
        .execute(params![message, position, attempts + 1, next.map(micros)])?;
        let message = MessageId(message);
        Ok(attachment.map(|attachment| WantedMedia { message, position, attachment, name }))
    }

    /// A file is here: the attachment names it. When its message was deleted meanwhile, the file goes again.
    pub fn media_fetched(&mut self, wanted: &WantedMedia, now: Time) -> Result<()> {
        let (id, position) = (wanted.message.0, wanted.position);
        let is_here: Option<bool> = self
            .prepare("SELECT is_here FROM media WHERE message_id = ?1 AND position = ?2 AND name = ?3")?
            .query_row(params![id, position, wanted.name], |row| row.get(0))
            .optional()?;
        match is_here {
            None => {
                self.gone_files.push(wanted.name.clone());
                return Ok(());
            }
            // Somebody else has brought the same one meanwhile.
            Some(true) => return Ok(()),
            Some(false) => {}
        }
        self.prepare(
            "UPDATE media SET is_here = 1, error_count = error_count - 1, next_attempt = NULL, detail = ''
             WHERE message_id = ?1 AND position = ?2",
        )?
        .execute(params![id, position])?;
        let attachments: String = self
            .prepare("SELECT attachments FROM message WHERE id = ?1")?
            .query_row([id], |row| row.get(0))?;
        let mut attachments = attachments_from_text(&attachments);
        if let Some(attachment) = attachments.get_mut(position) {
            *attachment = Attachment { url: url_here(&wanted.name), ..wanted.attachment.clone() };
        }
        self.prepare("UPDATE message SET attachments = ?2, modified_on = ?3 WHERE id = ?1")?
            .execute(params![id, attachments_text(&attachments), micros(now)])?;
        Ok(())
    }

    /// A file could not be fetched, and why; without another attempt when the gateway will never give it.
    pub fn media_failed(&mut self, wanted: &WantedMedia, may_try_again: bool, detail: &str) -> Result<()> {
        self.prepare(
            "UPDATE media SET next_attempt = iif(?3, next_attempt, NULL), detail = ?4
             WHERE message_id = ?1 AND position = ?2",
        )?
        .execute(params![wanted.message.0, wanted.position, may_try_again, detail])?;
        Ok(())
    }

    /// What came along with cleared messages goes too: the rows now, the files right after the commit.
    pub(super) fn drop_media(&mut self, ids: &[i64]) -> Result<()> {
        let names: Vec<String> = self
            .prepare("DELETE FROM media WHERE message_id IN rarray(?1) RETURNING name")?
            .query_map([super::messages::id_array(ids.iter().copied())], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        self.gone_files.extend(names);
        Ok(())
    }
}

impl Store {
    /// The folder where the workspace's files are; there may be none.
    pub fn media_folder(&self) -> PathBuf {
        media_folder(&self.path)
    }

    /// When the next file of a channel is to be fetched, if one is.
    pub fn next_media(&self, channel: ChannelId) -> Result<Option<Time>> {
        let mut statement = self.conn.prepare_cached(
            "SELECT min(next_attempt) FROM media WHERE channel_id = ?1 AND next_attempt IS NOT NULL",
        )?;
        Ok(statement.query_row([channel.0], |row| row.get::<_, Option<i64>>(0))?.map(time))
    }

    /// What came along with a message and is not here.
    pub fn missing_media(&self, message: MessageId) -> Result<Vec<MissingMedia>> {
        let mut statement = self.conn.prepare_cached(
            "SELECT position, next_attempt, detail, channel_id IS NULL FROM media WHERE message_id = ?1 AND is_here = 0
             ORDER BY position",
        )?;
        let rows = statement.query_map([message.0], |row| {
            Ok(MissingMedia {
                position: row.get(0)?,
                next_attempt: row.get::<_, Option<i64>>(1)?.map(time),
                detail: row.get(2)?,
                is_of_file: row.get(3)?,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Removes files that no message has: a crash left them behind. For the one engine that is at work; what is half written may
    /// be another program's, which imports.
    pub fn sweep_media(&self) -> Result<()> {
        let folder = self.media_folder();
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let mut known = self.conn.prepare_cached("SELECT 1 FROM media WHERE name = ?1")?;
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            let is_part = name.starts_with(PART) && name.ends_with(PART_END);
            let is_left_behind = if is_part {
                is_old(&entry)
            } else {
                is_name(name) && known.query_row([name], |_| Ok(())).optional()?.is_none()
            };
            if is_left_behind {
                remove(&folder, name);
            }
        }
        Ok(())
    }

    /// Whether a file that somebody wants is still missing.
    pub fn is_media_missing(&self, wanted: &WantedMedia) -> Result<bool> {
        let mut statement = self.conn.prepare_cached(
            "SELECT 1 FROM media WHERE message_id = ?1 AND position = ?2 AND name = ?3 AND is_here = 0",
        )?;
        let parameters = params![wanted.message.0, wanted.position, wanted.name];
        Ok(statement.query_row(parameters, |_| Ok(())).optional()?.is_some())
    }

    /// Says where the files of a message are.
    pub(super) fn place_media(&self, message: &mut Message) {
        for attachment in &mut message.attachments {
            let Some(name) = name_here(attachment) else { continue };
            let place = self.media_folder().join(name);
            let place = std::path::absolute(&place).unwrap_or(place);
            attachment.url = format!("file://{}", address_of(&place));
        }
    }

    /// Copies the files that a copy of this workspace names to where the copy is going to be.
    pub(super) fn copy_media(&self, copy: &Store, to: &Path) -> Result<()> {
        let (from, folder) = (self.media_folder(), media_folder(to));
        let mut statement = copy.conn.prepare("SELECT name FROM media WHERE is_here = 1")?;
        let names: Vec<String> =
            statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        if names.is_empty() {
            return Ok(());
        }
        // One that is there belongs to another workspace.
        private_folder().create(&folder)?;
        for name in names.iter().filter(|name| is_name(name)) {
            match std::fs::copy(from.join(name), folder.join(name)) {
                // Deleted since, or lost before: there is nothing to copy.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => {
                    drop_copy(to);
                    return Err(error.into());
                }
                Ok(_) => {}
            }
        }
        Ok(())
    }
}

/// Removes files of messages that are gone. They are gone from the workspace, so what hinders this only leaves them for the
/// next engine.
pub(super) fn remove_files(workspace: &Path, names: &[String]) {
    for name in names.iter().filter(|name| is_name(name)) {
        remove(&media_folder(workspace), name);
    }
}

fn remove(folder: &Path, name: &str) {
    if let Err(error) = std::fs::remove_file(folder.join(name))
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(%error, "a file of a deleted message could not be removed");
    }
}

const PART: &str = ".fetched-";
const PART_END: &str = ".part";

/// How long nobody has written a file that nobody is writing any more.
const FORSAKEN: Duration = Duration::from_secs(60 * 60);

/// By the clock of the machine, which the file has its time from.
fn is_old(entry: &DirEntry) -> bool {
    let written = entry.metadata().and_then(|file| file.modified());
    written.is_ok_and(|written| written.elapsed().is_ok_and(|age| age > FORSAKEN))
}

/// Writes a file into the folder of a workspace's files: all of it, or nothing. Only its owner may read it.
pub fn write_media(folder: &Path, name: &str, mut content: impl io::Read) -> io::Result<()> {
    if !is_name(name) {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    make_folder(folder)?;
    let mut part = tempfile::Builder::new().prefix(PART).suffix(PART_END).tempfile_in(folder)?;
    io::copy(&mut content, &mut part)?;
    part.as_file().sync_all()?;
    part.persist(folder.join(name)).map_err(|error| error.error)?;
    Ok(())
}

/// Takes copied files away again: the copy came to nothing.
pub(super) fn drop_copy(to: &Path) {
    if let Err(error) = std::fs::remove_dir_all(media_folder(to))
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(%error, "the files of a failed copy could not be removed");
    }
}

fn private_folder() -> std::fs::DirBuilder {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder
}

fn make_folder(folder: &Path) -> io::Result<()> {
    match private_folder().create(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(io::ErrorKind::NotADirectory.into())
        }
        made => made,
    }
}
