//! Contacts and their addresses: finding them by address, making new ones, and their own text index.
//!
//! The index holds, for each contact, the tokens of its name and addresses, and every ending of its numbers: what matches
//! the beginning of an ending matches anywhere within the number.

use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::codes::micros;
use super::write::Tx;
use super::{Result, Store};
use crate::domain::contact::{ContactRef, Urn, clean_name};
use crate::domain::fold::fold;
use crate::domain::query::{FEWEST_DIGITS, Words};
use crate::domain::{ContactId, Time, UrnId};

/// More contacts than this with the same ending of a number are not told apart.
const MOST_ALIKE: usize = 16;

impl Tx<'_> {
    /// The contact with an address, and the address's number. A new address makes a new contact; a name fills an empty one.
    pub fn contact_with_urn(
        &mut self,
        urn: &Urn,
        name: &str,
        now: Time,
        fresh: impl FnOnce() -> Uuid,
    ) -> Result<(ContactId, UrnId)> {
        let found = self
            .prepare("SELECT contact_id, id FROM contact_urn WHERE identity = ?1")?
            .query_row([urn.identity()], |row| Ok((ContactId(row.get(0)?), UrnId(row.get(1)?))))
            .optional()?;
        if let Some((contact, urn)) = found {
            self.fill_name(contact, name)?;
            return Ok((contact, urn));
        }
        let contact = self.insert_contact(fresh(), name, now)?;
        let urn = self.insert_urn(contact, urn)?;
        Ok((contact, urn))
    }

    /// The contact with a public key, with an address when one is given. An address that belongs to another contact stays
    /// there, and its number is given all the same: the message shows it.
    pub fn contact_with_uuid(
        &mut self,
        uuid: Uuid,
        urn: Option<&Urn>,
        name: &str,
        now: Time,
    ) -> Result<(ContactId, Option<UrnId>)> {
        let found = self
            .prepare(
                "SELECT id FROM contact WHERE uuid = ?1
                 UNION ALL SELECT contact_id FROM contact_alias WHERE uuid = ?1 LIMIT 1",
            )?
            .query_row([uuid.as_bytes()], |row| row.get(0).map(ContactId))
            .optional()?;
        let contact = match (found, urn) {
            (Some(contact), _) => {
                self.fill_name(contact, name)?;
                contact
            }
            // The same person under a key of another export: the address decides, for what comes under that key later too.
            (None, Some(urn)) => {
                let (contact, urn) = self.contact_with_urn(urn, name, now, || uuid)?;
                self.prepare(
                    "INSERT INTO contact_alias(uuid, contact_id) SELECT ?1, id FROM contact WHERE id = ?2 AND uuid <> ?1",
                )?
                .execute(params![uuid.as_bytes(), contact.0])?;
                return Ok((contact, Some(urn)));
            }
            (None, None) => self.insert_contact(uuid, name, now)?,
        };
        let Some(urn) = urn else { return Ok((contact, None)) };
        let known = self
            .prepare("SELECT id FROM contact_urn WHERE identity = ?1")?
            .query_row([urn.identity()], |row| row.get(0).map(UrnId))
            .optional()?;
        if let Some(urn) = known {
            Ok((contact, Some(urn)))
        } else {
            let id = self.reindexed(contact, |tx| tx.insert_urn(contact, urn))?;
            Ok((contact, Some(id)))
        }
    }

    /// The contact who has an address.
    pub fn find_contact(&self, urn: &Urn) -> Result<Option<ContactId>> {
        Ok(self
            .prepare("SELECT contact_id FROM contact_urn WHERE identity = ?1")?
            .query_row([urn.identity()], |row| row.get(0).map(ContactId))
            .optional()?)
    }

    /// Puts right what an address is, where nobody has the right one yet.
    pub fn correct_urn(&mut self, wrong: &Urn, right: &Urn) -> Result<()> {
        let Some(contact) = self.find_contact(wrong)? else { return Ok(()) };
        if self.find_contact(right)?.is_some() {
            return Ok(());
        }
        self.reindexed(contact, |tx| {
            tx.prepare(
                "UPDATE contact_urn SET identity = ?2, display = ?3, national = ?4 WHERE identity = ?1",
            )?
            .execute(params![
                wrong.identity(),
                right.identity(),
                right.display(),
                right.national()
            ])?;
            Ok(())
        })
    }

    /// The contacts of whom a number ends with the digits of an address, but for a leading zero; a few at the most.
    pub fn contacts_with_ending(&self, urn: &Urn) -> Result<Vec<ContactId>> {
        let digits = urn.path().trim_start_matches(['+', '0']);
        if digits.len() < FEWEST_DIGITS || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Ok(Vec::new());
        }
        let words = Words { tokens: vec![digits.to_owned()], prefix: true };
        Ok(matching(&self.inner, &words, MOST_ALIKE)?.unwrap_or_default())
    }

    fn insert_contact(&mut self, uuid: Uuid, name: &str, now: Time) -> Result<ContactId> {
        self.prepare("INSERT INTO contact(uuid, name, created_on) VALUES(?1, ?2, ?3)")?.execute(params![
            uuid.as_bytes(),
            clean_name(name),
            micros(now)
        ])?;
        Ok(ContactId(self.inner.last_insert_rowid()))
    }

    fn insert_urn(&mut self, contact: ContactId, urn: &Urn) -> Result<UrnId> {
        self.prepare(
            "INSERT INTO contact_urn(contact_id, identity, display, national) VALUES(?1, ?2, ?3, ?4)",
        )?
        .execute(params![contact.0, urn.identity(), urn.display(), urn.national()])?;
        Ok(UrnId(self.inner.last_insert_rowid()))
    }

    fn fill_name(&mut self, contact: ContactId, name: &str) -> Result<()> {
        let name = clean_name(name);
        if name.is_empty() {
            return Ok(());
        }
        let nameless = self
            .prepare("SELECT 1 FROM contact WHERE id = ?1 AND name = ''")?
            .query_row([contact.0], |_| Ok(()))
            .optional()?;
        if nameless.is_some() {
            self.reindexed(contact, |tx| {
                tx.prepare("UPDATE contact SET name = ?2 WHERE id = ?1")?
                    .execute(params![contact.0, name])?;
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Does something that changes what is searched for in a contact. The index keeps no text of its own, so it must be
    /// told the old document to forget it; a contact of this very transaction is not in it yet.
    fn reindexed<T>(&mut self, contact: ContactId, change: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.is_new_contact(contact) {
            return change(self);
        }
        let old = document(&self.inner, contact)?;
        let result = change(self)?;
        self.prepare("INSERT INTO contact_fts(contact_fts, rowid, document) VALUES('delete', ?1, ?2)")?
            .execute(params![contact.0, old])?;
        let new = document(&self.inner, contact)?;
        self.prepare("INSERT INTO contact_fts(rowid, document) VALUES(?1, ?2)")?
            .execute(params![contact.0, new])?;
        Ok(result)
    }
}

impl Store {
    /// A contact, and its addresses from the oldest on, for the head of a conversation.
    pub fn load_contact(&self, contact: ContactId) -> Result<(ContactRef, Vec<Urn>)> {
        let found = self
            .conn
            .prepare_cached("SELECT uuid, name FROM contact WHERE id = ?1")?
            .query_row([contact.0], |row| {
                Ok(ContactRef { id: contact, uuid: Uuid::from_bytes(row.get(0)?), name: row.get(1)? })
            })?;
        let mut statement = self
            .conn
            .prepare_cached("SELECT identity, display FROM contact_urn WHERE contact_id = ?1 ORDER BY id")?;
        let urns =
            statement.query_map([contact.0], |row| Ok(Urn::kept(&row.get::<_, String>(0)?, row.get(1)?)))?;
        Ok((found, urns.collect::<rusqlite::Result<_>>()?))
    }
}

/// The order of a contact's addresses: the one that is written to first is the one heard from last.
pub(super) const FIRST_ADDRESS: &str = "heard_on DESC NULLS LAST, id";

/// The addresses of contact `c` as searches see them: paths and national notations, with blanks between them.
pub(super) const ADDRESSES: &str =
    "(SELECT ifnull(group_concat(substr(identity, instr(identity, ':') + 1) || ' ' || national, ' '), '')
      FROM contact_urn WHERE contact_id = c.id)";

/// The contacts whose name or number matches, when there are at most so many; none when there are more.
pub(super) fn matching(conn: &Connection, words: &Words, most: usize) -> Result<Option<Vec<ContactId>>> {
    let expression = search_expression(words);
    let mut statement = conn.prepare_cached(&format!(
        "SELECT c.id, c.name, {ADDRESSES} FROM contact_fts f CROSS JOIN contact c ON c.id = f.rowid
         WHERE contact_fts MATCH ?1",
    ))?;
    let mut rows = statement.query([expression])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        if words.name_matches(&row.get::<_, String>(1)?, &row.get::<_, String>(2)?) {
            if found.len() == most {
                return Ok(None);
            }
            found.push(ContactId(row.get(0)?));
        }
    }
    Ok(Some(found))
}

/// What the index is asked: all tokens, the last one by its beginning. Digits match by the beginning of an ending.
pub(super) fn search_expression(words: &Words) -> String {
    let mut expression = search_tokens(&words.tokens, words.prefix);
    if let Some(digits) = words.digits() {
        expression = format!("({expression}) OR \"{digits}\"*");
    }
    expression
}

/// Tokens as an expression of the text index: each quoted, all of them wanted.
pub(super) fn search_tokens(tokens: &[String], prefix: bool) -> String {
    let quoted: Vec<String> = tokens.iter().map(|token| format!("\"{token}\"")).collect();
    let star = if prefix { "*" } else { "" };
    format!("{}{star}", quoted.join(" AND "))
}

/// What the index holds of a contact.
fn document(conn: &Connection, contact: ContactId) -> Result<String> {
    let name: String = conn
        .prepare_cached("SELECT name FROM contact WHERE id = ?1")?
        .query_row([contact.0], |row| row.get(0))?;
    let mut document = fold(&name);
    let mut statement =
        conn.prepare_cached("SELECT identity, national FROM contact_urn WHERE contact_id = ?1 ORDER BY id")?;
    let mut rows = statement.query([contact.0])?;
    while let Some(row) = rows.next()? {
        let urn = Urn::kept(&row.get::<_, String>(0)?, String::new());
        for part in [fold(urn.path()), fold(&row.get::<_, String>(1)?)] {
            document.push(' ');
            document.push_str(&part);
        }
        let digits = urn.path().trim_start_matches('+');
        if digits.bytes().all(|b| b.is_ascii_digit()) {
            for start in 1..(digits.len() + 1).saturating_sub(FEWEST_DIGITS) {
                document.push(' ');
                document.push_str(digits.get(start..).unwrap_or_default());
            }
        }
    }
    Ok(document)
}

/// Feeds the index with the contacts above an id.
pub(super) fn feed_newer(conn: &Connection, newest: i64) -> Result<()> {
    each_document(conn, newest, |contact, document| {
        conn.prepare_cached("INSERT INTO contact_fts(rowid, document) VALUES(?1, ?2)")?
            .execute(params![contact.0, document])?;
        Ok(())
    })
}

/// The documents of the contacts above an id.
pub(super) fn each_document(
    conn: &Connection,
    newest: i64,
    mut work: impl FnMut(ContactId, &str) -> Result<()>,
) -> Result<()> {
    let mut statement = conn.prepare_cached("SELECT id FROM contact WHERE id > ?1 ORDER BY id")?;
    let mut rows = statement.query([newest])?;
    while let Some(row) = rows.next()? {
        let contact = ContactId(row.get(0)?);
        work(contact, &document(conn, contact)?)?;
    }
    Ok(())
}
