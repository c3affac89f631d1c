//! Pages of a view, by key: never by offset, so that a page costs the same wherever it is.
//!
//! Rows with equal keys are walked in an arm of their own. A comparison of row values would do it in one, but SQLite then
//! uses only the key and scans all rows of that moment, which are a hundred thousand after a broadcast.

use rusqlite::{OptionalExtension, ToSql, params_from_iter};

use super::codes::{Code, direction_words};
use super::messages::Text;
use super::{Result, Store};
use crate::domain::folder::Folder;
use crate::domain::listing::{At, Cursor, Order, Page, Place, Row, View};

/// Rows that are walked at a time when many are wanted.
const STRETCH: usize = 4000;

/// Whether the row of a cursor belongs to what is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edge {
    /// From the next row on.
    Beyond,
    /// That row too.
    Including,
}

/// A walk through a view.
#[derive(Debug, Clone, Copy)]
pub(super) struct Walk {
    /// Where it begins; none is the end that it walks away from.
    pub from: Option<(Cursor, Edge)>,
    /// Whether it goes in the view's order or against it.
    pub forward: bool,
    /// How many rows at the most.
    pub limit: usize,
}

/// An index that gives rows in order.
#[derive(Debug, Clone)]
pub(super) struct Source {
    /// The tables after FROM.
    pub from: String,
    /// Conditions that every row meets, joined by AND; not empty.
    pub filter: String,
    /// The sort key's column.
    pub key: &'static str,
    /// The id's column.
    pub id: &'static str,
    /// Whether the smallest key comes first in the usual order.
    pub ascending: bool,
    /// Whether no two rows have the same key.
    pub unique: bool,
}

impl Source {
    /// The rows of a place without a query. `?1` is the folder or the label.
    fn of(place: Place) -> Self {
        let (from, filter, key, id) = match place {
            Place::Folder(Folder::Calls) => ("call", "?1 = ?1", "occurred_on", "id"),
            Place::Folder(Folder::Schedules) => ("schedule", "?1 = ?1", "sort_key", "id"),
            Place::Folder(_) => ("message", "folder = ?1", "sort_key", "id"),
            Place::Label(_) => ("message_label", "label_id = ?1 AND shown = 1", "created_on", "message_id"),
            Place::Everywhere => ("message", "folder <> ?1", "search_key", "id"),
        };
        Self {
            from: from.to_owned(),
            filter: filter.to_owned(),
            key,
            id,
            ascending: place == Place::Folder(Folder::Schedules),
            unique: place == Place::Everywhere,
        }
    }

    /// The statements that walk it, each with the cursor in `?2` and `?3` and the limit in `?4`. They run one after the
    /// other until there are enough rows.
    pub(super) fn arms(&self, order: Order, walk: &Walk, columns: &str) -> Vec<String> {
        let Self { from, filter, key, id, .. } = self;
        let (sort, compare) = direction_words(order, walk.forward, self.ascending);
        let equal = match walk.from {
            Some((_, Edge::Including)) => "=",
            Some((_, Edge::Beyond)) | None => "",
        };
        let select = format!("SELECT {key}, {id}{columns} FROM {from} WHERE {filter}");
        let every = "AND ?2 IS ?2 AND ?3 IS ?3";
        match walk.from {
            // A second key, though it decides nothing, would make SQLite sort what comes in order.
            None if self.unique => vec![format!("{select} {every} ORDER BY {key} {sort} LIMIT ?4")],
            None => vec![format!("{select} {every} ORDER BY {key} {sort}, {id} {sort} LIMIT ?4")],
            Some(_) if self.unique => {
                vec![format!(
                    "{select} AND {key} {compare}{equal} ?2 AND ?3 = ?3 ORDER BY {key} {sort} LIMIT ?4"
                )]
            }
            Some(_) => vec![
                format!("{select} AND {key} = ?2 AND {id} {compare}{equal} ?3 ORDER BY {id} {sort} LIMIT ?4"),
                format!(
                    "{select} AND {key} {compare} ?2 AND ?3 = ?3 ORDER BY {key} {sort}, {id} {sort} LIMIT ?4"
                ),
            ],
        }
    }
}

/// The number that a place's statements want in `?1`.
pub(super) fn place_number(place: Place) -> i64 {
    match place {
        Place::Folder(folder) => folder.code(),
        Place::Label(label) => label.0,
        Place::Everywhere => super::codes::NO_FOLDER,
    }
}

impl Store {
    /// A page of a view, with texts cut to what a list shows.
    pub fn page(&self, view: &View, at: At, limit: usize, text: Text) -> Result<Page<Row>> {
        let keys = self.page_keys(view, at, limit)?;
        let rows = match view.place {
            Place::Folder(Folder::Calls) => self.load_calls(&keys.rows)?,
            Place::Folder(Folder::Schedules) => self.load_schedules(&keys.rows)?,
            Place::Folder(_) | Place::Label(_) | Place::Everywhere => self
                .load_messages(&keys.rows, text)?
                .into_iter()
                .map(|row| Row::Message(Box::new(row)))
                .collect(),
        };
        Ok(Page { rows, more_before: keys.more_before, more_after: keys.more_after })
    }

    fn page_keys(&self, view: &View, at: At, limit: usize) -> Result<Page<Cursor>> {
        // One row more than asked for tells whether there are more.
        let walk = |from, forward, limit: usize| -> Result<(Vec<Cursor>, bool)> {
            let mut keys = self.walk(view, &Walk { from, forward, limit: limit + 1 })?;
            let more = keys.len() > limit;
            keys.truncate(limit);
            if !forward {
                keys.reverse();
            }
            Ok((keys, more))
        };
        Ok(match at {
            At::First => {
                let (rows, more_after) = walk(None, true, limit)?;
                Page { rows, more_before: false, more_after }
            }
            At::Last => {
                let (rows, more_before) = walk(None, false, limit)?;
                Page { rows, more_before, more_after: false }
            }
            At::After(cursor) => {
                let (rows, more_after) = walk(Some((cursor, Edge::Beyond)), true, limit)?;
                Page { rows, more_before: true, more_after }
            }
            At::Before(cursor) => {
                let (rows, more_before) = walk(Some((cursor, Edge::Beyond)), false, limit)?;
                Page { rows, more_before, more_after: true }
            }
            At::Around(cursor) => {
                let half = limit.div_ceil(2);
                let (mut rows, more_before) = walk(Some((cursor, Edge::Beyond)), false, half)?;
                let (after, more_after) = walk(Some((cursor, Edge::Including)), true, half)?;
                rows.extend(after);
                Page { rows, more_before, more_after }
            }
        })
    }

    /// Walks a view from a place on.
    pub(super) fn walk(&self, view: &View, walk: &Walk) -> Result<Vec<Cursor>> {
        if view.query.is_empty() {
            let source = Source::of(view.place);
            return self.walk_arms(
                &source.arms(view.order, walk, ""),
                &[&place_number(view.place)],
                walk,
                |_| Ok(true),
            );
        }
        self.walk_search(view, walk)
    }

    /// Runs the statements of a walk until there are enough rows that pass a test. The statements' first parameters are
    /// `?1` and those from `?5` on.
    pub(super) fn walk_arms(
        &self,
        arms: &[String],
        parameters: &[&dyn ToSql],
        walk: &Walk,
        test: impl Fn(&rusqlite::Row<'_>) -> Result<bool>,
    ) -> Result<Vec<Cursor>> {
        let from = walk.from.map(|(cursor, _)| cursor);
        let (key, id) = (from.map(|from| from.key), from.map(|from| from.id));
        let mut found = Vec::new();
        for arm in arms {
            if found.len() >= walk.limit {
                break;
            }
            let left = i64::try_from(walk.limit - found.len()).unwrap_or(i64::MAX);
            let mut all: Vec<&dyn ToSql> = Vec::with_capacity(parameters.len() + 3);
            let (first, others) = parameters.split_at(1);
            all.extend_from_slice(first);
            all.push(&key);
            all.push(&id);
            all.push(&left);
            all.extend_from_slice(others);
            let mut statement = self.conn.prepare_cached(arm)?;
            let mut rows = statement.query(params_from_iter(all))?;
            while let Some(row) = rows.next()? {
                if test(row)? {
                    found.push(Cursor { key: row.get(0)?, id: row.get(1)? });
                    if found.len() >= walk.limit {
                        break;
                    }
                }
            }
        }
        Ok(found)
    }

    /// The ids of the rows between two rows, both with them, in the order of the view; none when there are more than so
    /// many. The rows themselves may have gone: it is their places that count.
    pub fn between(&self, view: &View, from: Cursor, to: Cursor, limit: usize) -> Result<Option<Vec<i64>>> {
        let rising = view.is_rising();
        let mut ids = Vec::new();
        let mut at = Some((from, Edge::Including));
        loop {
            let keys = self.walk(view, &Walk { from: at, forward: true, limit: STRETCH })?;
            let Some(last) = keys.last() else { break };
            at = Some((*last, Edge::Beyond));
            let inside = keys.iter().take_while(|key| if rising { **key <= to } else { **key >= to });
            let before = ids.len();
            ids.extend(inside.map(|key| key.id));
            if ids.len() > limit {
                return Ok(None);
            }
            if ids.len() - before < STRETCH {
                break;
            }
        }
        Ok(Some(ids))
    }

    /// Where the row with an id stands in a view; none when there is no such row.
    pub fn cursor_of(&self, view: &View, id: i64) -> Result<Option<Cursor>> {
        let key = match view.place {
            Place::Folder(Folder::Calls) => "occurred_on FROM call",
            Place::Folder(Folder::Schedules) => "sort_key FROM schedule",
            Place::Folder(_) | Place::Label(_) | Place::Everywhere if super::search::goes_by_time(view) => {
                "search_key FROM message"
            }
            Place::Folder(_) => "sort_key FROM message",
            Place::Label(_) => "created_on FROM message",
            Place::Everywhere => "search_key FROM message",
        };
        let mut statement = self.conn.prepare_cached(&format!("SELECT {key} WHERE id = ?1"))?;
        let key = statement.query_row([id], |row| row.get(0)).optional()?;
        Ok(key.map(|key| Cursor { key, id }))
    }

    /// How many rows stand before a row, in a view without a query. It walks an index: microseconds for thousands of rows,
    /// tens of milliseconds for millions.
    pub fn position(&self, view: &View, cursor: Cursor) -> Result<u64> {
        let walk = Walk { from: Some((cursor, Edge::Beyond)), forward: false, limit: 1 };
        let source = Source::of(view.place);
        let mut before = 0;
        for arm in source.arms(view.order, &walk, "") {
            let counting = format!("SELECT count(*) FROM ({})", without_limit(&arm));
            let mut statement = self.conn.prepare_cached(&counting)?;
            before += statement.query_row((place_number(view.place), cursor.key, cursor.id, 0), |row| {
                row.get::<_, u64>(0)
            })?;
        }
        Ok(before)
    }
}

/// A walk's statement that does not stop by itself; its parameters stay the same.
pub(super) fn without_limit(arm: &str) -> String {
    arm.replace("LIMIT ?4", "LIMIT -1 + 0 * ?4")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::LabelId;
    use crate::domain::query::Query;
    use crate::domain::schedule::instant;
    use crate::store::{Settings, StoreError};

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::TempDir::new().unwrap();
        let settings = Settings { uuid: uuid::Uuid::nil(), country: None, zone: chrono_tz::UTC };
        let store = Store::create(&folder.path().join("w.db"), settings).unwrap();
        (folder, store)
    }

    fn plan(store: &Store, sql: &str) -> String {
        let mut statement = store.conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let lines =
            statement.raw_query().mapped(|row| row.get::<_, String>(3)).collect::<rusqlite::Result<Vec<_>>>();
        lines.unwrap().join(" / ")
    }

    #[test]
    fn a_page_walks_an_index_and_sorts_nothing() {
        let (_folder, store) = store();
        let places = [
            Place::Folder(Folder::Inbox),
            Place::Folder(Folder::Calls),
            Place::Folder(Folder::Schedules),
            Place::Label(LabelId(1)),
            Place::Everywhere,
        ];
        for place in places {
            for from in [
                None,
                Some((Cursor { key: 5, id: 5 }, Edge::Beyond)),
                Some((Cursor { key: 5, id: 5 }, Edge::Including)),
            ] {
                for forward in [true, false] {
                    let walk = Walk { from, forward, limit: 50 };
                    for arm in Source::of(place).arms(Order::NewestFirst, &walk, "") {
                        let plan = plan(&store, &arm);
                        let index = plan.contains("USING INDEX")
                            || plan.contains("USING COVERING INDEX")
                            || plan.contains("USING PRIMARY KEY");
                        assert!(index && !plan.contains("TEMP B-TREE"), "{place:?}: {plan}");
                        if matches!(place, Place::Folder(folder) if folder.holds_messages()) {
                            assert!(plan.starts_with("SEARCH message USING"), "{plan}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_count_reads_no_message() {
        let (_folder, store) = store();
        assert_eq!(plan(&store, "SELECT folder, total, unread FROM folder_count"), "SCAN folder_count");
        assert!(plan(&store, "SELECT max(id) FROM message").starts_with("SEARCH message"));
    }

    #[test]
    fn a_search_is_driven_by_the_text_index_and_sorts_nothing() {
        let (_folder, store) = store();
        // So many rows that no place counts as small.
        store.conn.execute_batch("UPDATE folder_count SET total = 100000").unwrap();
        let today = instant(chrono_tz::UTC, chrono::NaiveDateTime::default()).unwrap().date_naive();
        for place in [Place::Everywhere, Place::Folder(Folder::Inbox)] {
            let view = View { query: Query::parse("hola mun", today).unwrap(), ..View::of(place) };
            let walk =
                Walk { from: Some((Cursor { key: 5, id: 5 }, Edge::Beyond)), forward: true, limit: 50 };
            for arm in store.search_arms(&view, &walk).unwrap() {
                let plan = plan(&store, &arm);
                assert!(
                    plan.starts_with("SCAN f VIRTUAL TABLE INDEX") && !plan.contains("TEMP B-TREE"),
                    "{plan}"
                );
                assert!(plan.contains("SEARCH m USING INDEX message_by_search (search_key=?)"), "{plan}");
            }
        }
    }

    #[test]
    fn a_full_disk_is_told_and_leaves_what_was_committed() {
        let (_folder, mut store) = store();
        let pages: i64 = store.conn.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
        store.conn.pragma_update(None, "max_page_count", pages + 20).unwrap();
        store.create_label("uno", uuid::Uuid::from_u128(1)).unwrap();
        let full = store.write(|tx| {
            (2..9000).try_for_each(|n| {
                tx.label(&format!("label number {n}"), || uuid::Uuid::from_u128(n)).map(drop)
            })
        });
        assert!(matches!(full, Err(StoreError::Full)), "{full:?}");
        assert_eq!(store.labels().unwrap().len(), 1);
        assert_eq!(store.examine().unwrap().findings, vec![]);
    }
}
