//! Whom a person may mean while the name is being typed: contacts, groups, labels, and the number itself.

use rusqlite::{Connection, params};

use super::contacts::{ADDRESSES, FIRST_ADDRESS, search_expression};
use super::{Result, Store};
use crate::domain::ContactId;
use crate::domain::contact::Urn;
use crate::domain::fold::{fold, tokens};
use crate::domain::folder::Folder;
use crate::domain::label::name_key;
use crate::domain::listing::{At, Place, Row, View};
use crate::domain::query::Words;
use crate::domain::recipient::{Suggestion, Wanted};

/// How many contacts that match are looked at for the best of them: one letter may match them all.
const MOST_LOOKED_AT: usize = 400;

/// How many messages of the Inbox are looked at for the contacts who wrote last.
const LATEST: usize = 60;

impl Store {
    /// Whom a text that is being typed may mean, the likeliest first; those who wrote last when nothing is typed yet.
    pub fn suggest(&self, typed: &str, most: usize) -> Result<Vec<Suggestion>> {
        let typed = typed.trim();
        if typed.is_empty() {
            return self.latest_contacts(most);
        }
        if let Some(name) = typed.strip_prefix('@') {
            return self.suggest_groups(name.trim_matches('"'), most);
        }
        if let Some(name) = typed.strip_prefix('#') {
            return self.suggest_labels(name.trim_matches('"'), most);
        }
        let mut found = Vec::new();
        // A number that is typed whole means itself, whoever else has one that begins like it.
        if let Some(Wanted::Address(urn)) = Wanted::parse(typed, self.settings()?.country) {
            found.push(self.contact_at(&urn)?.unwrap_or(Suggestion::Address(urn)));
        }
        for contact in self.matching_contacts(typed, most)? {
            if !found.contains(&contact) {
                found.push(contact);
            }
        }
        found.extend(self.suggest_groups(typed, most)?);
        found.extend(self.suggest_labels(typed, most)?);
        found.truncate(most);
        Ok(found)
    }

    fn latest_contacts(&self, most: usize) -> Result<Vec<Suggestion>> {
        let view = View::of(Place::Folder(Folder::Inbox));
        let page = self.page(&view, At::First, LATEST, super::Text::Start(1))?;
        let mut ids: Vec<ContactId> = Vec::new();
        for contact in page.rows.iter().filter_map(Row::message).map(|message| message.contact.id) {
            if ids.len() < most && !ids.contains(&contact) {
                ids.push(contact);
            }
        }
        let mut found = Vec::new();
        for id in ids {
            found.extend(suggestion(&self.conn, id)?);
        }
        Ok(found)
    }

    /// The contact who has an address.
    fn contact_at(&self, urn: &Urn) -> Result<Option<Suggestion>> {
        let mut statement = self.conn.prepare_cached(
            "SELECT c.name, c.id FROM contact_urn u JOIN contact c ON c.id = u.contact_id WHERE u.identity = ?1",
        )?;
        let mut rows = statement.query([urn.identity()])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let id = ContactId(row.get(1)?);
        Ok(Some(Suggestion::Contact { id, name: row.get(0)?, urn: urn.clone() }))
    }

    /// The contacts whose name or number matches: names that begin so, then who wrote last.
    fn matching_contacts(&self, typed: &str, most: usize) -> Result<Vec<Suggestion>> {
        let tokens: Vec<String> = tokens(typed).into_iter().map(|token| token.folded).collect();
        if tokens.is_empty() {
            return Ok(Vec::new());
        }
        let words = Words { tokens, prefix: true };
        let mut statement = self.conn.prepare_cached(&format!(
            "SELECT c.id, c.name, c.last_seen_on, {ADDRESSES} FROM contact_fts f CROSS JOIN contact c ON c.id = f.rowid
             WHERE contact_fts MATCH ?1 AND c.status = 0",
        ))?;
        let mut rows = statement.query([search_expression(&words)])?;
        let (mut found, wanted) = (Vec::new(), fold(typed));
        while let Some(row) = rows.next()? {
            let name: String = row.get(1)?;
            if words.name_matches(&name, &row.get::<_, String>(3)?) {
                let begins = fold(&name).starts_with(&wanted);
                let seen: Option<i64> = row.get(2)?;
                found.push((!begins, std::cmp::Reverse(seen), ContactId(row.get(0)?)));
                if found.len() == MOST_LOOKED_AT {
                    break;
                }
            }
        }
        found.sort_unstable();
        let mut contacts = Vec::new();
        for (.., id) in found.into_iter().take(most) {
            contacts.extend(suggestion(&self.conn, id)?);
        }
        Ok(contacts)
    }

    fn suggest_groups(&self, typed: &str, most: usize) -> Result<Vec<Suggestion>> {
        let groups = self.groups()?.into_iter().filter(|group| is_meant(&group.name, typed));
        Ok(groups
            .take(most)
            .map(|group| Suggestion::Group { name: group.name, members: group.members })
            .collect())
    }

    fn suggest_labels(&self, typed: &str, most: usize) -> Result<Vec<Suggestion>> {
        let labels = self.labels()?.into_iter().filter(|label| is_meant(&label.name, typed));
        Ok(labels
            .take(most)
            .map(|label| Suggestion::Label { name: label.name, messages: label.total })
            .collect())
    }
}

/// A contact by the address that is written to first; none when it has no address.
fn suggestion(conn: &Connection, contact: ContactId) -> Result<Option<Suggestion>> {
    let mut statement = conn.prepare_cached(&format!(
        "SELECT (SELECT name FROM contact WHERE id = ?1), identity, display FROM contact_urn
         WHERE contact_id = ?1 ORDER BY {FIRST_ADDRESS} LIMIT 1",
    ))?;
    let mut rows = statement.query(params![contact.0])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let urn = Urn::kept(&row.get::<_, String>(1)?, row.get(2)?);
    Ok(Some(Suggestion::Contact { id: contact, name: row.get(0)?, urn }))
}

fn is_meant(name: &str, typed: &str) -> bool {
    let wanted = fold(typed);
    name_key(name).contains(&name_key(typed)) || (!wanted.is_empty() && fold(name).contains(&wanted))
}
