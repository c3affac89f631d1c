-- The first schema. Times are microseconds since 1970 in UTC; the numbers of enums stand in src/store/codes.rs.

-- What the workspace knows of itself: uuid, country, timezone.
CREATE TABLE workspace(
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE contact(
  id INTEGER PRIMARY KEY,
  uuid BLOB NOT NULL UNIQUE CHECK(length(uuid) = 16),
  name TEXT NOT NULL DEFAULT '',
  created_on INTEGER NOT NULL) STRICT;

CREATE TABLE contact_urn(
  id INTEGER PRIMARY KEY,
  contact_id INTEGER NOT NULL REFERENCES contact(id),
  identity TEXT NOT NULL UNIQUE,              -- scheme:path, normalised
  display TEXT NOT NULL DEFAULT '',
  national TEXT NOT NULL DEFAULT '') STRICT;  -- as lists show it; derived from identity and display
CREATE INDEX contact_urn_by_contact ON contact_urn(contact_id);

CREATE TABLE channel(
  id INTEGER PRIMARY KEY,
  uuid BLOB NOT NULL UNIQUE CHECK(length(uuid) = 16),
  name TEXT NOT NULL DEFAULT '') STRICT;

CREATE TABLE flow(
  id INTEGER PRIMARY KEY,
  uuid BLOB NOT NULL UNIQUE CHECK(length(uuid) = 16),
  name TEXT NOT NULL DEFAULT '') STRICT;

-- Rows are never removed, so that no id is given twice: a deleted message keeps its row without its content.
CREATE TABLE message(
  id INTEGER PRIMARY KEY,                     -- dense, in the order of arrival
  contact_id INTEGER NOT NULL REFERENCES contact(id),
  urn_id INTEGER REFERENCES contact_urn(id),
  channel_id INTEGER REFERENCES channel(id),
  flow_id INTEGER REFERENCES flow(id),
  direction INTEGER NOT NULL,
  kind INTEGER NOT NULL DEFAULT 0 CHECK(kind IN (0, 1, 2)),
  status INTEGER NOT NULL,
  visibility INTEGER NOT NULL DEFAULT 0 CHECK(visibility IN (0, 1, 2)),
  unread INTEGER NOT NULL DEFAULT 0 CHECK(unread IN (0, 1)),
  labels INTEGER NOT NULL DEFAULT 0 CHECK(labels >= 0),  -- how many it carries
  failed_reason INTEGER,
  error_count INTEGER NOT NULL DEFAULT 0,
  next_attempt INTEGER,
  created_on INTEGER NOT NULL,
  sent_on INTEGER,
  modified_on INTEGER NOT NULL,
  folder INTEGER NOT NULL,                    -- written by domain::folder, proven by the CHECK below
  sort_key INTEGER NOT NULL,
  search_key INTEGER NOT NULL,                -- the text index's rowid: the millisecond of created_on, or the next free one
  import_key INTEGER,                         -- what makes an imported record the same one again
  remote_id INTEGER,
  uuid BLOB NOT NULL CHECK(length(uuid) = 16),
  external_id TEXT NOT NULL DEFAULT '',
  attachments TEXT NOT NULL DEFAULT '',       -- a JSON array of "type:url", or nothing
  text TEXT NOT NULL,                         -- last: it may overflow the page
  CHECK(CASE direction WHEN 0 THEN status IN (0, 1)
                       WHEN 1 THEN status IN (10, 11, 12, 20, 21, 22, 23, 30) AND visibility <> 1 AND unread = 0
                       ELSE 0 END),
  CHECK(folder = CASE WHEN visibility = 2 THEN 0
                      WHEN direction = 0 THEN CASE WHEN visibility = 1 THEN 3 WHEN flow_id IS NULL THEN 1 ELSE 2 END
                      ELSE 3 + status / 10 END),
  CHECK(sort_key = CASE folder WHEN 5 THEN coalesce(sent_on, created_on) ELSE created_on END)) STRICT;
CREATE INDEX message_by_folder ON message(folder, sort_key);  -- the id is the silent third key
CREATE INDEX message_by_contact ON message(contact_id, created_on);
CREATE UNIQUE INDEX message_by_search ON message(search_key);
CREATE INDEX message_unread ON message(folder, sort_key) WHERE unread = 1;

-- Every step of a message's life, the first one included.
CREATE TABLE status_change(
  message_id INTEGER NOT NULL REFERENCES message(id),
  seq INTEGER NOT NULL,
  at INTEGER NOT NULL,
  status INTEGER NOT NULL,
  cause INTEGER NOT NULL,
  detail TEXT NOT NULL DEFAULT '',
  PRIMARY KEY(message_id, seq)) STRICT, WITHOUT ROWID;

CREATE TABLE call(
  id INTEGER PRIMARY KEY,
  uuid BLOB NOT NULL CHECK(length(uuid) = 16),
  contact_id INTEGER NOT NULL REFERENCES contact(id),
  urn_id INTEGER REFERENCES contact_urn(id),
  channel_id INTEGER REFERENCES channel(id),
  direction INTEGER NOT NULL CHECK(direction IN (0, 1)),
  outcome INTEGER NOT NULL CHECK(outcome BETWEEN 0 AND 6),
  duration INTEGER CHECK(duration > 0),       -- seconds
  occurred_on INTEGER NOT NULL,
  import_key INTEGER,
  external_id TEXT NOT NULL DEFAULT '') STRICT;
CREATE INDEX call_by_time ON call(occurred_on);
CREATE INDEX call_by_contact ON call(contact_id, occurred_on);

CREATE TABLE schedule(
  id INTEGER PRIMARY KEY AUTOINCREMENT,       -- schedules do go, and their ids must not come back
  uuid BLOB NOT NULL CHECK(length(uuid) = 16),
  repeat INTEGER NOT NULL CHECK(repeat BETWEEN 0 AND 4),
  weekdays INTEGER NOT NULL DEFAULT 0 CHECK(weekdays BETWEEN 0 AND 127),
  month INTEGER NOT NULL DEFAULT 0 CHECK(month BETWEEN 0 AND 12),
  day INTEGER NOT NULL DEFAULT 0 CHECK(day BETWEEN 0 AND 31),
  hour INTEGER NOT NULL CHECK(hour BETWEEN 0 AND 23),
  minute INTEGER NOT NULL CHECK(minute BETWEEN 0 AND 59),
  next_fire INTEGER,
  last_fire INTEGER,
  paused INTEGER NOT NULL DEFAULT 0 CHECK(paused IN (0, 1)),
  created_on INTEGER NOT NULL,
  sort_key INTEGER NOT NULL CHECK(sort_key = ifnull(next_fire, 9223372036854775807)),
  text TEXT NOT NULL) STRICT;
CREATE INDEX schedule_by_next ON schedule(sort_key);
CREATE TABLE schedule_recipient(
  schedule_id INTEGER NOT NULL REFERENCES schedule(id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  contact_id INTEGER NOT NULL REFERENCES contact(id),
  PRIMARY KEY(schedule_id, position)) STRICT, WITHOUT ROWID;

-- The figures of the sidebar, kept in the transaction that moves a row, so that no path can forget them.
CREATE TABLE folder_count(
  folder INTEGER PRIMARY KEY,
  total INTEGER NOT NULL CHECK(total >= 0),
  unread INTEGER NOT NULL CHECK(unread >= 0)) STRICT;
INSERT INTO folder_count VALUES(0, 0, 0), (1, 0, 0), (2, 0, 0), (3, 0, 0), (4, 0, 0), (5, 0, 0), (6, 0, 0), (7, 0, 0), (8, 0, 0);

CREATE TRIGGER message_inserted AFTER INSERT ON message BEGIN
  UPDATE folder_count SET total = total + 1, unread = unread + new.unread WHERE folder = new.folder;
END;
CREATE TRIGGER message_moved AFTER UPDATE OF folder, unread ON message
  WHEN old.folder <> new.folder OR old.unread <> new.unread BEGIN
  UPDATE folder_count SET total = total - 1, unread = unread - old.unread WHERE folder = old.folder;
  UPDATE folder_count SET total = total + 1, unread = unread + new.unread WHERE folder = new.folder;
END;
CREATE TRIGGER message_kept BEFORE DELETE ON message BEGIN
  SELECT RAISE(ABORT, 'messages are cleared, never removed');
END;
CREATE TRIGGER call_inserted AFTER INSERT ON call BEGIN
  UPDATE folder_count SET total = total + 1 WHERE folder = 7;
END;
CREATE TRIGGER call_removed AFTER DELETE ON call BEGIN
  UPDATE folder_count SET total = total - 1 WHERE folder = 7;
END;
CREATE TRIGGER schedule_inserted AFTER INSERT ON schedule BEGIN
  UPDATE folder_count SET total = total + 1 WHERE folder = 8;
END;
CREATE TRIGGER schedule_removed AFTER DELETE ON schedule BEGIN
  UPDATE folder_count SET total = total - 1 WHERE folder = 8;
END;

CREATE TABLE label(
  id INTEGER PRIMARY KEY AUTOINCREMENT,       -- the journal of deeds names labels that may be gone
  uuid BLOB NOT NULL UNIQUE CHECK(length(uuid) = 16),
  name TEXT NOT NULL,
  name_key TEXT NOT NULL UNIQUE,              -- in lower case: names are unique regardless of it
  total INTEGER NOT NULL DEFAULT 0 CHECK(total >= 0)) STRICT;
CREATE TABLE message_label(
  label_id INTEGER NOT NULL REFERENCES label(id),
  shown INTEGER NOT NULL CHECK(shown IN (0, 1)),  -- whether the message is visible; archived ones leave the count
  created_on INTEGER NOT NULL,
  message_id INTEGER NOT NULL REFERENCES message(id),
  PRIMARY KEY(label_id, shown, created_on, message_id)) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX message_label_by_message ON message_label(message_id, label_id);
CREATE TRIGGER message_label_inserted AFTER INSERT ON message_label BEGIN
  UPDATE label SET total = total + new.shown WHERE id = new.label_id;
  UPDATE message SET labels = labels + 1 WHERE id = new.message_id;
END;
CREATE TRIGGER message_label_removed AFTER DELETE ON message_label BEGIN
  UPDATE label SET total = total - old.shown WHERE id = old.label_id;
  UPDATE message SET labels = labels - 1 WHERE id = old.message_id;
END;
CREATE TRIGGER message_label_shown AFTER UPDATE OF shown ON message_label WHEN old.shown <> new.shown BEGIN
  UPDATE label SET total = total + new.shown - old.shown WHERE id = new.label_id;
END;
CREATE TRIGGER message_shown AFTER UPDATE OF visibility ON message
  WHEN old.labels > 0 AND (old.visibility = 0) <> (new.visibility = 0) BEGIN
  UPDATE message_label SET shown = (new.visibility = 0) WHERE message_id = new.id;
END;

-- What people did, so that it can be taken back, after a restart too. The ids are in slices, as they were done.
CREATE TABLE deed(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  label_id INTEGER,
  undone INTEGER NOT NULL DEFAULT 0 CHECK(undone IN (0, 1))) STRICT;
CREATE TABLE deed_slice(
  id INTEGER PRIMARY KEY,
  deed_id INTEGER NOT NULL REFERENCES deed(id) ON DELETE CASCADE,
  undone INTEGER NOT NULL DEFAULT 0 CHECK(undone IN (0, 1)),
  total INTEGER NOT NULL,
  ids BLOB NOT NULL) STRICT;                  -- increasing ids as differences, seven bits a byte
CREATE INDEX deed_slice_by_deed ON deed_slice(deed_id);

-- Text indexes. They are fed by code at the end of a transaction (a trigger would make them write a segment a row), with
-- text that domain::fold has made ready, so the plainest tokenizer does.
CREATE VIRTUAL TABLE message_fts USING fts5(
  document, content='', columnsize=0, detail=none, tokenize='ascii', prefix='1 2');
INSERT INTO message_fts(message_fts, rank) VALUES('secure-delete', 1);
CREATE VIRTUAL TABLE contact_fts USING fts5(
  document, content='', columnsize=0, detail=none, tokenize='ascii', prefix='1 2');
INSERT INTO contact_fts(contact_fts, rank) VALUES('secure-delete', 1);
