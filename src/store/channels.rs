//! Channels that send and receive, and which one reaches a contact.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension, Row, params};
use uuid::Uuid;

use super::codes::Code;
use super::contacts::FIRST_ADDRESS;
use super::messages::coded;
use super::write::Tx;
use super::{Result, Store, StoreError};
use crate::domain::channel::{Channel, ChannelWay, Gateway};
use crate::domain::contact::Urn;
use crate::domain::{ChannelId, ContactId, Time, UrnId};

const COLUMNS: &str = "id, uuid, name, gateway, settings, rate, cursor";

/// A channel to be put in.
#[derive(Debug, Clone)]
pub struct NewChannel<'a> {
    /// Its public key.
    pub uuid: Uuid,
    /// Its name.
    pub name: &'a str,
    /// The kind of gateway.
    pub gateway: Gateway,
    /// The gateway's settings.
    pub settings: &'a BTreeMap<String, String>,
    /// The most parts a second.
    pub rate: Option<u32>,
}

impl Tx<'_> {
    /// Puts a channel in. One of that name that sends already is an error.
    pub fn insert_channel(&mut self, new: &NewChannel<'_>) -> Result<ChannelId> {
        if sending_channels(&self.inner)?.iter().any(|there| same_name(&there.name, new.name)) {
            return Err(StoreError::ChannelExists(new.name.to_owned()));
        }
        self.prepare("INSERT INTO channel(uuid, name, gateway, settings, rate) VALUES(?1, ?2, ?3, ?4, ?5)")?
            .execute(params![
                new.uuid.as_bytes(),
                new.name,
                new.gateway.code(),
                map_text(new.settings),
                new.rate
            ])?;
        Ok(ChannelId(self.inner.last_insert_rowid()))
    }

    /// Makes a channel that is known already, from a file or a sample, one that sends.
    pub fn enable_channel(
        &mut self,
        channel: ChannelId,
        gateway: Gateway,
        settings: &BTreeMap<String, String>,
    ) -> Result<()> {
        self.prepare("UPDATE channel SET gateway = ?2, settings = ?3 WHERE id = ?1")?.execute(params![
            channel.0,
            gateway.code(),
            map_text(settings)
        ])?;
        Ok(())
    }

    /// Ends a channel: it sends and receives no more and forgets its settings; its messages keep its name.
    pub fn retire_channel(&mut self, channel: ChannelId) -> Result<()> {
        for sql in [
            "UPDATE channel SET gateway = 0, settings = '', rate = NULL, cursor = 0 WHERE id = ?1",
            "UPDATE contact_urn SET channel_id = NULL WHERE channel_id = ?1",
            "UPDATE schedule SET channel_id = NULL WHERE channel_id = ?1",
            "UPDATE draft SET channel_id = NULL WHERE channel_id = ?1",
            "UPDATE media SET next_attempt = NULL WHERE channel_id = ?1",
        ] {
            self.prepare(sql)?.execute([channel.0])?;
        }
        Ok(())
    }

    /// Where asking a channel's gateway goes on.
    pub fn set_channel_cursor(&mut self, channel: ChannelId, cursor: i64) -> Result<()> {
        self.prepare("UPDATE channel SET cursor = ?2 WHERE id = ?1")?.execute([channel.0, cursor])?;
        Ok(())
    }

    /// The address of a contact to write to, and the channel that reaches it: the address that wrote last comes first, and
    /// answers go back the way it came. With a wanted channel, the first address that it reaches.
    pub fn route(&self, contact: ContactId, wanted: Option<ChannelId>) -> Result<Option<(UrnId, ChannelId)>> {
        let ways = ways_to(&self.inner, contact)?;
        let found = ways.into_iter().find(|(_, _, channel)| wanted.is_none_or(|wanted| wanted == channel.id));
        Ok(found.map(|(urn, _, channel)| (urn, channel.id)))
    }

    /// The address to show for a contact that no channel reaches.
    pub(super) fn first_urn(&self, contact: ContactId) -> Result<Option<UrnId>> {
        Ok(self
            .prepare(&format!(
                "SELECT id FROM contact_urn WHERE contact_id = ?1 ORDER BY {FIRST_ADDRESS} LIMIT 1"
            ))?
            .query_row([contact.0], |row| row.get(0).map(UrnId))
            .optional()?)
    }

    /// Remembers that an address wrote, and by which channel.
    pub(super) fn heard(&mut self, urn: UrnId, channel: ChannelId, now: Time) -> Result<()> {
        self.prepare("UPDATE contact_urn SET channel_id = ?2, heard_on = ?3 WHERE id = ?1")?
            .execute(params![urn.0, channel.0, super::codes::micros(now)])?;
        Ok(())
    }
}

impl Store {
    /// The channels that send and receive, in the order in which they were added.
    pub fn channels(&self) -> Result<Vec<Channel>> {
        sending_channels(&self.conn)
    }

    /// The channel that sends under a name, regardless of case.
    pub fn find_channel(&self, name: &str) -> Result<Channel> {
        self.channels()?
            .into_iter()
            .find(|channel| same_name(&channel.name, name))
            .ok_or_else(|| StoreError::NoChannel(name.to_owned()))
    }

    /// The channels by which a contact can be written to, the one that is taken by itself first.
    pub fn ways_to(&self, contact: ContactId) -> Result<Vec<ChannelWay>> {
        let mut ways: Vec<ChannelWay> = Vec::new();
        for (_, urn, channel) in ways_to(&self.conn, contact)? {
            if ways.iter().all(|way| way.channel != channel.id) {
                ways.push(ChannelWay { channel: channel.id, name: channel.name, urn: Some(urn) });
            }
        }
        Ok(ways)
    }

    /// How many messages wait for a channel.
    pub fn waiting_for(&self, channel: ChannelId) -> Result<u64> {
        let mut statement =
            self.conn.prepare_cached("SELECT count(*) FROM message WHERE folder = 4 AND channel_id = ?1")?;
        Ok(statement.query_row([channel.0], |row| row.get(0))?)
    }
}

/// Every address of a contact with every channel that reaches it, the best first.
fn ways_to(conn: &rusqlite::Connection, contact: ContactId) -> Result<Vec<(UrnId, Urn, Channel)>> {
    let mut statement = conn.prepare_cached(&format!(
        "SELECT id, identity, display, channel_id FROM contact_urn WHERE contact_id = ?1 ORDER BY {FIRST_ADDRESS}",
    ))?;
    let urns = statement
        .query_map([contact.0], |row| {
            let urn = Urn::kept(&row.get::<_, String>(1)?, row.get(2)?);
            Ok((UrnId(row.get(0)?), urn, row.get::<_, Option<i64>>(3)?.map(ChannelId)))
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let channels = sending_channels(conn)?;
    let mut ways = Vec::new();
    for (id, urn, last) in urns {
        let reaching = channels.iter().filter(|channel| channel.reaches(urn.scheme()));
        let (mut first, others): (Vec<&Channel>, Vec<&Channel>) =
            reaching.partition(|channel| Some(channel.id) == last);
        first.extend(others);
        ways.extend(first.into_iter().map(|channel| (id, urn.clone(), channel.clone())));
    }
    Ok(ways)
}

fn sending_channels(conn: &rusqlite::Connection) -> Result<Vec<Channel>> {
    let mut statement =
        conn.prepare_cached(&format!("SELECT {COLUMNS} FROM channel WHERE gateway > 0 ORDER BY id"))?;
    let rows = statement.query_map([], channel_from_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn same_name(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

fn channel_from_row(row: &Row<'_>) -> rusqlite::Result<Channel> {
    Ok(Channel {
        id: ChannelId(row.get(0)?),
        uuid: Uuid::from_bytes(row.get(1)?),
        name: row.get(2)?,
        gateway: coded(row, 3)?,
        settings: map_from_text(&row.get::<_, String>(4)?),
        rate: row.get(5)?,
        cursor: row.get(6)?,
    })
}

/// Texts by name as their column keeps them: a JSON object, or nothing.
pub(super) fn map_text(map: &BTreeMap<String, String>) -> String {
    if map.is_empty() { String::new() } else { serde_json::to_string(map).unwrap_or_default() }
}

/// Texts by name of their column.
pub(super) fn map_from_text(text: &str) -> BTreeMap<String, String> {
    serde_json::from_str(text).unwrap_or_default()
}
