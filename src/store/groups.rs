//! Groups of contacts: making and filling them, and what expressions and recipient pickers know of a contact.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::channels::{map_from_text, map_text};
use super::codes::{Code, micros, time};
use super::contacts::FIRST_ADDRESS;
use super::exports::ContactSheet;
use super::messages::coded;
use super::write::Tx;
use super::{Result, Store, StoreError, contacts};
use crate::domain::contact::{ContactRef, ContactStatus, Urn};
use crate::domain::fold::tokens;
use crate::domain::label::name_key;
use crate::domain::listing::ContactCard;
use crate::domain::query::Words;
use crate::domain::recipient::Wanted;
use crate::domain::schedule::RecipientId;
use crate::domain::{ContactId, GroupId, Time};

/// A group with its members counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its number.
    pub id: GroupId,
    /// Its public key.
    pub uuid: Uuid,
    /// Its name.
    pub name: String,
    /// How many contacts are in it.
    pub members: u64,
}

/// What a message to a contact may say of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactFacts {
    /// Its public key.
    pub uuid: Uuid,
    /// Its name.
    pub name: String,
    /// Its language, ISO 639-3; empty when it is not known.
    pub language: String,
    /// Its own fields.
    pub fields: BTreeMap<String, String>,
    /// Its addresses, the one that is written to first.
    pub urns: Vec<Urn>,
    /// Whether it may be written to.
    pub status: ContactStatus,
    /// When it was first known.
    pub created_on: Time,
    /// When it last wrote.
    pub last_seen_on: Option<Time>,
}

impl Tx<'_> {
    /// Whom a person means. A new address becomes a contact; a name must match one contact and no other.
    pub fn recipient(&mut self, wanted: &Wanted, now: Time, fresh: Uuid) -> Result<RecipientId> {
        match wanted {
            Wanted::Address(urn) => {
                Ok(RecipientId::Contact(self.contact_with_urn(urn, "", now, || fresh)?.0))
            }
            Wanted::Group(name) => {
                let found = self
                    .prepare("SELECT id FROM contact_group WHERE name_key = ?1")?
                    .query_row([name_key(name)], |row| row.get(0).map(GroupId))
                    .optional()?;
                found.map(RecipientId::Group).ok_or_else(|| StoreError::NoGroup(name.clone()))
            }
            Wanted::Label(name) => self
                .find_label(name)?
                .map(RecipientId::Label)
                .ok_or_else(|| StoreError::NoLabel(name.clone())),
            Wanted::Name(name) => {
                let tokens: Vec<String> = tokens(name).into_iter().map(|token| token.folded).collect();
                if tokens.is_empty() {
                    return Err(StoreError::NoContact(name.clone()));
                }
                let words = Words { tokens, prefix: true };
                match contacts::matching(&self.inner, &words, 1)?.as_deref() {
                    Some([contact]) => Ok(RecipientId::Contact(*contact)),
                    Some(_) => Err(StoreError::NoContact(name.clone())),
                    None => Err(StoreError::SeveralContacts(name.clone())),
                }
            }
        }
    }

    /// The group of that name, regardless of case, else the one with that key, which was renamed since; it is made when
    /// there is none. The name must be clean, as a label's.
    pub fn group(&mut self, name: &str, fresh: impl FnOnce() -> Uuid) -> Result<GroupId> {
        self.by_name_or_key("contact_group", name, fresh).map(GroupId)
    }

    /// Adds to a contact what a file knows of it: what is known here already stays, but whom one side does not write to, the
    /// other does not write to either.
    pub fn complete_contact(&mut self, contact: ContactId, known: &ContactFacts) -> Result<()> {
        let here = contact_facts(&self.inner, contact)?;
        let mut fields = known.fields.clone();
        fields.extend(here.fields);
        let language = if here.language.is_empty() { &known.language } else { &here.language };
        let status = if here.status == ContactStatus::Active { known.status } else { here.status };
        self.prepare(
            "UPDATE contact SET language = ?2, fields = ?3, status = ?4, created_on = ?5, last_seen_on = ?6
             WHERE id = ?1",
        )?
        .execute(params![
            contact.0,
            language,
            map_text(&fields),
            status.code(),
            micros(here.created_on.min(known.created_on)),
            here.last_seen_on.max(known.last_seen_on).map(micros),
        ])?;
        Ok(())
    }

    /// Puts a contact into a group; whether it was not in it.
    pub fn join_group(&mut self, group: GroupId, contact: ContactId) -> Result<bool> {
        let joined = self
            .prepare("INSERT INTO contact_group_member(group_id, contact_id) VALUES(?1, ?2) ON CONFLICT DO NOTHING")?
            .execute([group.0, contact.0])?;
        Ok(joined > 0)
    }

    /// Takes a contact out of a group; whether it was in it.
    pub fn leave_group(&mut self, group: GroupId, contact: ContactId) -> Result<bool> {
        let left = self
            .prepare("DELETE FROM contact_group_member WHERE group_id = ?1 AND contact_id = ?2")?
            .execute([group.0, contact.0])?;
        Ok(left > 0)
    }

    /// What a message to a contact may say of it.
    pub fn contact_facts(&self, contact: ContactId) -> Result<ContactFacts> {
        contact_facts(&self.inner, contact)
    }
}

pub(super) fn contact_facts(conn: &Connection, contact: ContactId) -> Result<ContactFacts> {
    let mut statement = conn.prepare_cached(&format!(
        "SELECT identity, display FROM contact_urn WHERE contact_id = ?1 ORDER BY {FIRST_ADDRESS}",
    ))?;
    let urns = statement
        .query_map([contact.0], |row| Ok(Urn::kept(&row.get::<_, String>(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let mut statement = conn.prepare_cached(
        "SELECT uuid, name, language, fields, status, created_on, last_seen_on FROM contact WHERE id = ?1",
    )?;
    Ok(statement.query_row([contact.0], |row| {
        Ok(ContactFacts {
            uuid: Uuid::from_bytes(row.get(0)?),
            name: row.get(1)?,
            language: row.get(2)?,
            fields: map_from_text(&row.get::<_, String>(3)?),
            urns,
            status: coded(row, 4)?,
            created_on: time(row.get(5)?),
            last_seen_on: row.get::<_, Option<i64>>(6)?.map(time),
        })
    })?)
}

impl Store {
    /// Everything that is shown of a contact.
    pub fn contact_card(&self, contact: ContactId) -> Result<ContactCard> {
        let ContactSheet { facts, groups } = self.contact_sheet(contact)?;
        let mut statement = self.conn.prepare_cached(
            "SELECT ifnull(sum(direction = 0), 0), ifnull(sum(direction = 1), 0),
                    (SELECT count(*) FROM call WHERE contact_id = ?1)
             FROM message WHERE contact_id = ?1 AND visibility <> 2",
        )?;
        let (received, sent, calls) =
            statement.query_row([contact.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let mut statement = self.conn.prepare_cached(
            "SELECT f.name FROM message m LEFT JOIN flow f ON f.id = m.flow_id
             WHERE m.contact_id = ?1 AND m.direction = 0 ORDER BY m.created_on DESC, m.id DESC LIMIT 1",
        )?;
        let flow: Option<Option<String>> = statement.query_row([contact.0], |row| row.get(0)).optional()?;
        Ok(ContactCard {
            contact: ContactRef { id: contact, uuid: facts.uuid, name: facts.name },
            urns: facts.urns,
            status: facts.status,
            language: facts.language,
            fields: facts.fields,
            groups,
            flow: flow.flatten().filter(|name| !name.is_empty()),
            created_on: facts.created_on,
            last_seen_on: facts.last_seen_on,
            received,
            sent,
            calls,
        })
    }

    /// The groups, by name.
    pub fn groups(&self) -> Result<Vec<Group>> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, uuid, name, (SELECT count(*) FROM contact_group_member m WHERE m.group_id = g.id)
             FROM contact_group g ORDER BY name_key",
        )?;
        let rows = statement.query_map([], |row| {
            Ok(Group {
                id: GroupId(row.get(0)?),
                uuid: Uuid::from_bytes(row.get(1)?),
                name: row.get(2)?,
                members: row.get(3)?,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// The group of that name, regardless of case.
    pub fn find_group(&self, name: &str) -> Result<GroupId> {
        self.conn
            .prepare_cached("SELECT id FROM contact_group WHERE name_key = ?1")?
            .query_row([name_key(name)], |row| row.get(0).map(GroupId))
            .optional()?
            .ok_or_else(|| StoreError::NoGroup(name.to_owned()))
    }

    /// Removes a group, from schedules too; its contacts stay.
    pub fn delete_group(&mut self, group: GroupId) -> Result<()> {
        self.write(|tx| {
            tx.prepare("DELETE FROM contact_group WHERE id = ?1")?.execute([group.0])?;
            Ok(())
        })
    }
}
