//! Drafts: what is being written, kept until it is sent or thrown away. One for each contact, and one without a contact.

use rusqlite::{OptionalExtension, params};

use super::codes::micros;
use super::write::Tx;
use super::{Result, Store};
use crate::domain::draft::Draft;
use crate::domain::{ChannelId, ContactId, Time};

/// The contact of the draft that has none yet.
const NOBODY: i64 = 0;

impl Tx<'_> {
    /// Throws a draft away: it was sent.
    pub fn drop_draft(&mut self, contact: Option<ContactId>) -> Result<()> {
        self.prepare("DELETE FROM draft WHERE contact_id = ?1")?
            .execute([contact.map_or(NOBODY, |contact| contact.0)])?;
        Ok(())
    }
}

impl Store {
    /// Keeps a draft in place of the one before; an empty one goes away.
    pub fn save_draft(&mut self, draft: &Draft, now: Time) -> Result<()> {
        let contact = draft.contact.map_or(NOBODY, |contact| contact.0);
        self.write(|tx| {
            if draft.is_empty() {
                return tx.drop_draft(draft.contact);
            }
            tx.prepare(
                "INSERT INTO draft(contact_id, recipients, channel_id, text, updated_on) VALUES(?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT DO UPDATE SET recipients = excluded.recipients, channel_id = excluded.channel_id,
                                           text = excluded.text, updated_on = excluded.updated_on",
            )?
            .execute(params![
                contact,
                draft.recipients,
                draft.channel.map(|channel| channel.0),
                draft.text,
                micros(now)
            ])?;
            Ok(())
        })
    }

    /// The draft to a contact, or the one that has no contact yet.
    pub fn find_draft(&self, contact: Option<ContactId>) -> Result<Option<Draft>> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT recipients, channel_id, text FROM draft WHERE contact_id = ?1")?;
        let found = statement.query_row([contact.map_or(NOBODY, |contact| contact.0)], |row| {
            Ok(Draft {
                contact,
                recipients: row.get(0)?,
                channel: row.get::<_, Option<i64>>(1)?.map(ChannelId),
                text: row.get(2)?,
            })
        });
        Ok(found.optional()?)
    }
}
