//! Search: a query to SQL over the full-text index, newest first.
//!
//! The index's rowid is the message's search key, the millisecond of its creation, so the index itself gives the hits in
//! the order of time, however late an older file was imported, and a page of a common word costs as little as one of a
//! rare word. The index holds no positions: words that must stand side by side, and what a contact is called when too
//! many contacts match, are tested in the rows that it finds, by [`Query::matches`].

use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, Row, ToSql, params};

use super::codes::{Code, micros, millis, time};
use super::contacts::{ADDRESSES, matching, search_tokens};
use super::messages::{coded, id_array};
use super::pages::{Source, Walk, place_number, without_limit};
use super::{Result, Store};
use crate::domain::contact::service_name;
use crate::domain::fold::fold;
use crate::domain::folder::Folder;
use crate::domain::listing::{Cursor, Order, Place, View};
use crate::domain::message::Direction;
use crate::domain::query::{Facts, Query, Term, Test, Words, start_of};
use crate::domain::{ContactId, MessageId};

/// Marks the token that says whose message it is.
const CONTACT_MARK: char = '\u{E000}';

/// A token that no document has.
const NO_TOKEN: &str = "\"\u{E000}\"";

/// A prefix that is longer than those the index keeps is looked up: when no more than so many tokens begin with it, each
/// is asked for by itself. The index then leafs through their rows; for a prefix it would gather and sort them all.
const MOST_TOKENS: usize = 64;

/// The longest prefix that the index keeps.
const LONGEST_KEPT_PREFIX: usize = 2;

/// Up to this many contacts are asked for by name within the index; more are tested row by row.
const MOST_CONTACTS: usize = 64;

/// A place with no more rows than this is walked whole: sorting it costs less than leafing through the index for it.
const SMALL_PLACE: i64 = 5000;

/// Keys may lie after their moment, when many messages share it; no burst is longer than a day.
const LONGEST_BURST_MS: i64 = 24 * 60 * 60 * 1000;

/// Gives SQL the text of a message as the index holds it: `search_document(text, contact_id)`.
pub(super) fn register_document(conn: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    conn.create_scalar_function("search_document", 2, flags, |context| {
        let text =
            context.get_raw(0).as_str().map_err(|error| rusqlite::Error::UserFunctionError(error.into()))?;
        let contact: i64 = context.get(1)?;
        Ok(document(&fold(text), ContactId(contact)))
    })?;
    Ok(())
}

/// What the index holds of a message with that folded text.
pub(super) fn document(folded: &str, contact: ContactId) -> String {
    format!("{folded} {CONTACT_MARK}{}", contact.0)
}

/// Gives SQL the list of the index's tokens, `temp.message_token(term)`, for looking up how a word may go on.
pub(super) fn register_tokens(conn: &Connection) -> Result<()> {
    conn.execute_batch(
        "CREATE VIRTUAL TABLE IF NOT EXISTS temp.message_token USING fts5vocab(main, message_fts, row)",
    )?;
    Ok(())
}

/// Feeds the index with messages, by their search keys. In their order: at a step back it would write what it has gathered as a
/// part of its own.
pub(super) fn feed_those(conn: &Connection, mut documents: Vec<(i64, String)>) -> Result<()> {
    documents.sort_unstable_by_key(|(key, _)| *key);
    let mut statement = conn.prepare_cached("INSERT INTO message_fts(rowid, document) VALUES(?1, ?2)")?;
    for (key, document) in documents {
        statement.execute(params![key, document])?;
    }
    Ok(())
}

/// Feeds an empty index with all messages.
pub(super) fn feed_all(conn: &Connection) -> Result<()> {
    conn.execute(
        "INSERT INTO message_fts(rowid, document) SELECT search_key, search_document(text, contact_id)
         FROM message WHERE visibility <> 2 ORDER BY search_key",
        [],
    )?;
    Ok(())
}

/// Puts a message into the index whose text is another one now.
pub(super) fn feed(conn: &Connection, id: MessageId) -> Result<()> {
    conn.prepare_cached(
        "INSERT INTO message_fts(rowid, document) SELECT search_key, search_document(text, contact_id)
         FROM message WHERE id = ?1",
    )?
    .execute([id.0])?;
    Ok(())
}

/// Up to so many messages are taken out of the index's pages one by one. Of more it only notes that they are gone, which
/// is a hundred times faster; [`merge`] then drops their words.
const FEW: usize = 16;

/// How much of the index one [`merge`] does, in pages: a fraction of a second.
const MERGED_AT_ONCE: i64 = 500;

/// Takes messages out of the index. It must be told what it holds of them, so this comes before their text goes.
pub(super) fn forget(conn: &Connection, ids: &[i64]) -> Result<()> {
    if ids.len() <= FEW {
        return forget_those(conn, ids);
    }
    set_secure_delete(conn, false)?;
    forget_those(conn, ids)?;
    set_secure_delete(conn, true)
}

/// Changing this writes what the index has gathered by then.
fn set_secure_delete(conn: &Connection, on: bool) -> Result<()> {
    conn.prepare_cached("INSERT INTO message_fts(message_fts, rank) VALUES('secure-delete', ?1)")?
        .execute([on])?;
    Ok(())
}

/// How a merge of the whole index begins, and how it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Merge {
    /// All of the index is to become one part.
    Begin,
    /// Some more of it.
    GoOn,
}

/// Does a piece of bringing the parts of the index together, which drops the words of what is gone. Says whether it found
/// something to do.
pub(super) fn merge(conn: &Connection, merge: Merge) -> Result<bool> {
    let before = conn.total_changes();
    let pages = match merge {
        Merge::Begin => -MERGED_AT_ONCE,
        Merge::GoOn => MERGED_AT_ONCE,
    };
    conn.prepare_cached("INSERT INTO message_fts(message_fts, rank) VALUES('merge', ?1)")?
        .execute([pages])?;
    // The command itself counts as one change.
    Ok(conn.total_changes() - before >= 2)
}

/// One statement, and in the order of the index: between two statements, or at a step back, it would write what it has
/// gathered as a part of its own.
fn forget_those(conn: &Connection, ids: &[i64]) -> Result<()> {
    conn.prepare_cached(
        "INSERT INTO message_fts(message_fts, rowid, document)
         SELECT 'delete', search_key, search_document(text, contact_id) FROM message WHERE id IN rarray(?1)
         ORDER BY search_key",
    )?
    .execute([id_array(ids.iter().copied())])?;
    Ok(())
}

/// How the rows of a search are found.
struct Plan {
    source: Source,
    order: Order,
    parameters: Vec<Box<dyn ToSql>>,
    /// Whether every row that the statement gives is a hit.
    exact: bool,
}

impl Plan {
    fn arms(&self, walk: &Walk) -> Vec<String> {
        if self.exact {
            return self.source.arms(self.order, walk, "");
        }
        // The limit is met by counting the rows that pass.
        self.source.arms(self.order, walk, &facts_columns()).iter().map(|arm| without_limit(arm)).collect()
    }
}

/// The scheme of the address `u`.
const SCHEME: &str = "substr(u.identity, 1, instr(u.identity, ':') - 1)";

/// What the query is held against, from columns that begin after the two of the cursor.
const FACTS: &str = ", m.direction, m.folder, m.unread, m.created_on, m.text, c.name";

impl Store {
    /// Walks the rows of a place that match a query.
    pub(super) fn walk_search(&self, view: &View, walk: &Walk) -> Result<Vec<Cursor>> {
        match view.place {
            Place::Folder(Folder::Calls) => return self.walk_calls(view, walk),
            Place::Folder(Folder::Schedules) => return self.walk_schedules(view, walk),
            Place::Folder(_) | Place::Label(_) | Place::Everywhere => {}
        }
        let plan = self.plan(view)?;
        let parameters: Vec<&dyn ToSql> = plan.parameters.iter().map(AsRef::as_ref).collect();
        let arms = plan.arms(walk);
        if plan.exact {
            return self.walk_arms(&arms, &parameters, walk, |_| Ok(true));
        }
        self.walk_arms(&arms, &parameters, walk, |row| self.row_matches(row, &view.query))
    }

    /// The statements that a search runs.
    #[cfg(test)]
    pub(super) fn search_arms(&self, view: &View, walk: &Walk) -> Result<Vec<String>> {
        Ok(self.plan(view)?.arms(walk))
    }

    /// How many rows of a view there are.
    pub fn count(&self, view: &View) -> Result<u64> {
        let everything = Walk { from: None, forward: true, limit: usize::MAX - 1 };
        if view.query.is_empty() {
            let counts = self.counts()?;
            return Ok(match view.place {
                Place::Folder(folder) => counts.of(folder).total,
                Place::Label(label) => {
                    counts.labels.iter().find(|l| l.id == label).map_or(0, |label| label.total)
                }
                Place::Everywhere => {
                    counts.total() - counts.of(Folder::Calls).total - counts.of(Folder::Schedules).total
                }
            });
        }
        let messages = !matches!(view.place, Place::Folder(Folder::Calls | Folder::Schedules));
        let plan = if messages { Some(self.plan(view)?) } else { None };
        match plan {
            Some(plan) if plan.exact => {
                let sql = format!(
                    "SELECT count(*) FROM {} WHERE {} AND ?2 IS ?2 AND ?3 IS ?3 AND ?4 IS ?4",
                    plan.source.from, plan.source.filter
                );
                let mut parameters: Vec<&dyn ToSql> = plan.parameters.iter().map(AsRef::as_ref).collect();
                let nothing = rusqlite::types::Null;
                let at = parameters.len().min(1);
                for _ in 0..3 {
                    parameters.insert(at, &nothing);
                }
                Ok(self.conn.prepare_cached(&sql)?.query_row(parameters.as_slice(), |row| row.get(0))?)
            }
            _ => Ok(u64::try_from(self.walk_search(view, &everything)?.len()).unwrap_or(u64::MAX)),
        }
    }

    fn row_matches(&self, row: &Row<'_>, query: &Query) -> Result<bool> {
        let name: String = row.get(7)?;
        let addresses: String = row.get(8)?;
        let labels: Option<String> = row.get(9)?;
        let labels: Vec<String> =
            labels.iter().flat_map(|all| all.split('\u{1F}')).map(str::to_owned).collect();
        let (channel, flow, scheme): (String, String, String) = (row.get(10)?, row.get(11)?, row.get(13)?);
        let facts = Facts {
            direction: coded(row, 2)?,
            folder: coded(row, 3)?,
            unread: row.get(4)?,
            created_on: time(row.get(5)?),
            text: row.get_ref(6)?.as_str().map_err(rusqlite::Error::from)?,
            name: &name,
            addresses: &addresses,
            labels: &labels,
            channel: if channel.is_empty() { service_name(&scheme) } else { &channel },
            flow: &flow,
            has_attachment: row.get(12)?,
        };
        Ok(query.matches(&facts, self.zone))
    }

    /// Decides how to find the rows. Searches for words, and those within dates, go by the search key; others go by the
    /// order of their place.
    fn plan(&self, view: &View) -> Result<Plan> {
        let mut builder = Builder::new(view.place);
        let by_time = goes_by_time(view);
        let small = self.is_small(view.place)?;
        for term in &view.query.terms {
            self.add_term(&mut builder, term, small)?;
        }
        let source = builder.source(view.place, by_time, small);
        Ok(Plan { source, order: view.order, parameters: builder.parameters, exact: builder.exact })
    }

    fn is_small(&self, place: Place) -> Result<bool> {
        let (sql, number) = match place {
            Place::Folder(folder) => ("SELECT total FROM folder_count WHERE folder = ?1", folder.code()),
            Place::Label(label) => ("SELECT total FROM label WHERE id = ?1", label.0),
            Place::Everywhere => ("SELECT sum(total) FROM folder_count WHERE folder <> ?1", 0),
        };
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query([number])?;
        let total = match rows.next()? {
            Some(row) => row.get::<_, Option<i64>>(0)?.unwrap_or(0),
            None => 0,
        };
        Ok(total <= SMALL_PLACE)
    }

    fn add_term(&self, builder: &mut Builder, term: &Term, small: bool) -> Result<()> {
        let condition = match &term.test {
            Test::Words(words) => {
                let found =
                    if term.negated || small { None } else { matching(&self.conn, words, MOST_CONTACTS)? };
                builder.exact &= found.is_some() && words.tokens.len() == 1;
                if let Some(contacts) = found {
                    builder.fts.push(self.word_expression(words, &contacts)?);
                }
                return Ok(());
            }
            Test::From(words) | Test::To(words) | Test::With(words) => {
                let is_from = matches!(term.test, Test::From(_));
                let one_way = is_from || matches!(term.test, Test::To(_));
                let direction = one_way.then_some(if is_from { Direction::In } else { Direction::Out });
                let contacts = matching(&self.conn, words, usize::MAX)?.unwrap_or_default();
                if !term.negated && !small && contacts.len() <= MOST_CONTACTS {
                    builder.fts.push(contact_expression(&contacts));
                }
                let contacts =
                    builder.parameter(Box::new(id_array(contacts.iter().map(|contact| contact.0))));
                let direction = direction.map(|direction| format!("m.direction = {} AND ", direction.code()));
                format!("({}m.contact_id IN rarray({contacts}))", direction.unwrap_or_default())
            }
            Test::Label(name) => {
                let labels = self.labels()?.into_iter().filter(|label| fold(&label.name) == *name);
                let labels = builder.parameter(Box::new(id_array(labels.map(|label| label.id.0))));
                format!(
                    "EXISTS (SELECT 1 FROM message_label x WHERE x.message_id = m.id AND x.label_id IN rarray({labels}))"
                )
            }
            Test::Channel(name) => {
                let named = self.named_condition(builder, "channel", name)?;
                let nameless = self.service_condition(name)?;
                format!("({named} OR {nameless})")
            }
            Test::Flow(name) => self.named_condition(builder, "flow", name)?,
            Test::Folder(folder) => format!("m.folder = {}", folder.code()),
            Test::Before(day) => {
                let Some(start) = start_of(*day, self.zone) else { return Ok(()) };
                if !term.negated {
                    builder.latest_key = Some(millis(start).saturating_add(LONGEST_BURST_MS));
                }
                format!("m.created_on < {}", micros(start))
            }
            Test::After(day) => {
                let Some(start) = start_of(*day, self.zone) else { return Ok(()) };
                if !term.negated {
                    builder.earliest_key = Some(millis(start));
                }
                format!("m.created_on >= {}", micros(start))
            }
            Test::On(period) => {
                let (start, end) = period.within(self.zone);
                if !term.negated {
                    builder.earliest_key = start.map(millis).or(builder.earliest_key);
                    builder.latest_key =
                        end.map(|end| millis(end).saturating_add(LONGEST_BURST_MS)).or(builder.latest_key);
                }
                let ends = [
                    start.map(|start| format!("m.created_on >= {}", micros(start))),
                    end.map(|end| format!("m.created_on < {}", micros(end))),
                ];
                let ends: Vec<String> = ends.into_iter().flatten().collect();
                if ends.is_empty() {
                    return Ok(());
                }
                format!("({})", ends.join(" AND "))
            }
            Test::Unread => "m.unread = 1".to_owned(),
            Test::Read => "(m.direction = 0 AND m.unread = 0)".to_owned(),
            Test::Attachment => "m.attachments <> ''".to_owned(),
        };
        builder.conditions.push(if term.negated { format!("NOT {condition}") } else { condition });
        Ok(())
    }

    /// A word in the text, or one of the contacts that it names.
    fn word_expression(&self, words: &Words, contacts: &[crate::domain::ContactId]) -> Result<String> {
        let mut text = search_tokens(&words.tokens, words.prefix);
        if let Some((last, first)) = words.tokens.split_last().filter(|_| words.prefix)
            && last.chars().count() > LONGEST_KEPT_PREFIX
            && let Some(tokens) = self.tokens_that_begin(last)?
        {
            let any: Vec<String> =
                tokens.iter().map(|token| search_tokens(std::slice::from_ref(token), false)).collect();
            let any = if any.is_empty() { NO_TOKEN.to_owned() } else { any.join(" OR ") };
            text =
                if first.is_empty() { any } else { format!("{} AND ({any})", search_tokens(first, false)) };
        }
        Ok(match contacts {
            [] => format!("({text})"),
            _ => format!("(({text}) OR {})", contact_expression(contacts)),
        })
    }

    /// The tokens of the index that begin so; none when there are too many.
    fn tokens_that_begin(&self, prefix: &str) -> Result<Option<Vec<String>>> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT term FROM temp.message_token WHERE term >= ?1 AND term < ?2 LIMIT ?3")?;
        // No letter sorts above this one.
        let end = format!("{prefix}\u{10FFFF}");
        let most = i64::try_from(MOST_TOKENS).unwrap_or(i64::MAX);
        let rows = statement.query_map(params![prefix, end, most + 1], |row| row.get(0))?;
        let tokens: Vec<String> = rows.collect::<rusqlite::Result<_>>()?;
        Ok((tokens.len() <= MOST_TOKENS).then_some(tokens))
    }

    fn named_condition(&self, builder: &mut Builder, table: &str, name: &str) -> Result<String> {
        let mut statement = self.conn.prepare_cached(&format!("SELECT id, name FROM {table}"))?;
        let rows = statement.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))?;
        let mut ids = Vec::new();
        for row in rows {
            let (id, found) = row?;
            if fold(&found).contains(name) {
                ids.push(id);
            }
        }
        let ids = builder.parameter(Box::new(id_array(ids.into_iter())));
        Ok(format!("ifnull(m.{table}_id IN rarray({ids}), 0)"))
    }

    /// A message whose channel has no name, and whose address is one of a service that holds that.
    fn service_condition(&self, name: &str) -> Result<String> {
        let mut statement =
            self.conn.prepare_cached(&format!("SELECT DISTINCT {SCHEME} FROM contact_urn u"))?;
        let schemes: Vec<String> =
            statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        let found: Vec<String> = schemes
            .iter()
            .filter(|scheme| fold(service_name(scheme)).contains(name))
            .map(|scheme| format!("'{}'", scheme.replace('\'', "''")))
            .collect();
        Ok(format!(
            "(NOT EXISTS (SELECT 1 FROM channel x WHERE x.id = m.channel_id AND x.name <> '')
              AND EXISTS (SELECT 1 FROM contact_urn u WHERE u.id = m.urn_id AND {SCHEME} IN ({})))",
            found.join(", ")
        ))
    }

    fn walk_calls(&self, view: &View, walk: &Walk) -> Result<Vec<Cursor>> {
        let source = Source {
            from: "call m JOIN contact c ON c.id = m.contact_id LEFT JOIN channel ch ON ch.id = m.channel_id"
                .to_owned(),
            filter: "?1 = ?1".to_owned(),
            key: "m.occurred_on",
            id: "m.id",
            ascending: false,
            unique: false,
        };
        let columns = format!(
            ", m.direction, 7, 0, m.occurred_on, '', c.name, {ADDRESSES}, NULL, ifnull(ch.name, ''), '', 0, ''"
        );
        self.walk_tested(&source, &columns, view, walk)
    }

    fn walk_schedules(&self, view: &View, walk: &Walk) -> Result<Vec<Cursor>> {
        let source = Source {
            from: "schedule m".to_owned(),
            filter: "?1 = ?1".to_owned(),
            key: "m.sort_key",
            id: "m.id",
            ascending: true,
            unique: false,
        };
        let recipients =
            "FROM schedule_recipient r JOIN contact c ON c.id = r.contact_id WHERE r.schedule_id = m.id";
        let columns = format!(
            ", 1, 8, 0, m.created_on, m.text, ifnull((SELECT group_concat(c.name, ' ') {recipients}), ''),
             ifnull((SELECT group_concat({ADDRESSES}, ' ') {recipients}), ''), NULL, '', '', 0, ''"
        );
        self.walk_tested(&source, &columns, view, walk)
    }

    fn walk_tested(&self, source: &Source, columns: &str, view: &View, walk: &Walk) -> Result<Vec<Cursor>> {
        let arms = source.arms(view.order, walk, columns);
        let arms: Vec<String> = arms.iter().map(|arm| without_limit(arm)).collect();
        self.walk_arms(&arms, &[&0_i64], walk, |row| self.row_matches(row, &view.query))
    }
}

/// Whether the rows of a view come by their search key, and not in the order of their place.
pub(super) fn goes_by_time(view: &View) -> bool {
    view.query.terms.iter().any(|term| {
        matches!(term.test, Test::Before(_) | Test::After(_) | Test::On(_))
            || (!term.negated && term.test.words().is_some())
    })
}

/// Gathers the parts of a plan. Parameters `?1` to `?4` belong to the walk.
struct Builder {
    parameters: Vec<Box<dyn ToSql>>,
    conditions: Vec<String>,
    fts: Vec<String>,
    latest_key: Option<i64>,
    earliest_key: Option<i64>,
    exact: bool,
}

impl Builder {
    fn new(place: Place) -> Self {
        Self {
            parameters: vec![Box::new(place_number(place))],
            conditions: Vec::new(),
            fts: Vec::new(),
            latest_key: None,
            earliest_key: None,
            exact: true,
        }
    }

    /// Takes a parameter and gives its name in SQL.
    fn parameter(&mut self, value: Box<dyn ToSql>) -> String {
        self.parameters.push(value);
        format!("?{}", self.parameters.len() + 3)
    }

    fn source(&mut self, place: Place, by_time: bool, small: bool) -> Source {
        self.conditions.push(match place {
            Place::Folder(_) => "m.folder = ?1".to_owned(),
            Place::Label(_) => {
                "m.visibility = 0 AND EXISTS
                (SELECT 1 FROM message_label x WHERE x.message_id = m.id AND x.label_id = ?1 AND x.shown = 1)"
                    .to_owned()
            }
            Place::Everywhere => "m.folder <> ?1".to_owned(),
        });
        // Only rows that must be tested one by one need the contact beside them.
        let contact = if self.exact { "" } else { " JOIN contact c ON c.id = m.contact_id" };
        let (from, key, unique) = if by_time {
            let fts = !small && !self.fts.is_empty();
            let key = if fts { "f.rowid" } else { "m.search_key" };
            self.conditions.extend(self.latest_key.map(|latest| format!("{key} < {latest}")));
            self.conditions.extend(self.earliest_key.map(|earliest| format!("{key} >= {earliest}")));
            let from = match place {
                _ if fts => {
                    let expression = self.fts.join(" AND ");
                    let expression = self.parameter(Box::new(expression));
                    self.conditions.insert(0, format!("f.message_fts MATCH {expression}"));
                    "message_fts f CROSS JOIN message m ON m.search_key = f.rowid"
                }
                // Said outright, or SQLite would rather walk the whole index of keys than sort a handful of rows.
                Place::Folder(_) if small => "message m INDEXED BY message_by_folder",
                Place::Label(_) if small => {
                    self.conditions.push("o.label_id = ?1 AND o.shown = 1".to_owned());
                    "message_label o CROSS JOIN message m ON m.id = o.message_id"
                }
                Place::Folder(_) | Place::Label(_) | Place::Everywhere => {
                    "message m INDEXED BY message_by_search"
                }
            };
            (from, key, true)
        } else {
            match place {
                Place::Folder(_) => ("message m", "m.sort_key", false),
                Place::Label(_) => {
                    self.conditions.push("o.label_id = ?1 AND o.shown = 1".to_owned());
                    ("message_label o CROSS JOIN message m ON m.id = o.message_id", "o.created_on", false)
                }
                Place::Everywhere => ("message m", "m.search_key", true),
            }
        };
        Source {
            from: format!("{from}{contact}"),
            filter: self.conditions.join(" AND "),
            key,
            id: "m.id",
            ascending: false,
            unique,
        }
    }
}

fn facts_columns() -> String {
    format!(
        "{FACTS}, {ADDRESSES},
         CASE WHEN m.labels > 0 THEN (SELECT group_concat(l.name, char(31)) FROM message_label x
                                      JOIN label l ON l.id = x.label_id WHERE x.message_id = m.id) END,
         ifnull((SELECT name FROM channel WHERE id = m.channel_id), ''),
         ifnull((SELECT name FROM flow WHERE id = m.flow_id), ''), m.attachments <> '',
         ifnull((SELECT {SCHEME} FROM contact_urn u WHERE u.id = m.urn_id), '')"
    )
}

/// The messages of some contacts; nothing when there are none.
fn contact_expression(contacts: &[crate::domain::ContactId]) -> String {
    if contacts.is_empty() {
        return NO_TOKEN.to_owned();
    }
    let tokens: Vec<String> = contacts.iter().map(|contact| format!("\"{CONTACT_MARK}{contact}\"")).collect();
    format!("({})", tokens.join(" OR "))
}
