-- Drafts of more than answers: each new message has its own, and so has each message and schedule that is being edited.

CREATE TABLE draft_of(
  kind INTEGER NOT NULL CHECK(kind BETWEEN 0 AND 3),  -- 0 a new message, 1 an answer, 2 a message's other text, 3 a schedule's
  key INTEGER NOT NULL,                               -- when it was begun in µs, or the contact, the message, the schedule
  recipients TEXT NOT NULL DEFAULT '',
  channel_id INTEGER REFERENCES channel(id),
  plan TEXT NOT NULL DEFAULT '',                      -- when it leaves; empty for now
  text TEXT NOT NULL,
  updated_on INTEGER NOT NULL,
  PRIMARY KEY(kind, key)) STRICT, WITHOUT ROWID;
INSERT INTO draft_of(kind, key, recipients, channel_id, text, updated_on)
  SELECT contact_id > 0, iif(contact_id > 0, contact_id, updated_on), recipients, channel_id, text, updated_on FROM draft;
DROP TABLE draft;
ALTER TABLE draft_of RENAME TO draft;
