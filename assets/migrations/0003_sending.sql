-- Sending and receiving: channels with their settings, the queue, drafts, groups, schedules to more than contacts.

-- 0 active, 1 blocked, 2 stopped, 3 archived.
ALTER TABLE contact ADD COLUMN status INTEGER NOT NULL DEFAULT 0 CHECK(status IN (0, 1, 2, 3));
ALTER TABLE contact ADD COLUMN language TEXT NOT NULL DEFAULT '';
ALTER TABLE contact ADD COLUMN fields TEXT NOT NULL DEFAULT '';       -- a JSON object of texts, or nothing
ALTER TABLE contact ADD COLUMN last_seen_on INTEGER;
-- The channel by which it last wrote from this address, and when: answers go back the same way.
ALTER TABLE contact_urn ADD COLUMN channel_id INTEGER REFERENCES channel(id);
ALTER TABLE contact_urn ADD COLUMN heard_on INTEGER;

-- 0 for a channel that is known from a file only; the others send and receive.
ALTER TABLE channel ADD COLUMN gateway INTEGER NOT NULL DEFAULT 0 CHECK(gateway BETWEEN 0 AND 6);
ALTER TABLE channel ADD COLUMN settings TEXT NOT NULL DEFAULT '';     -- a JSON object of texts, or nothing
ALTER TABLE channel ADD COLUMN rate INTEGER CHECK(rate > 0);          -- parts a second
ALTER TABLE channel ADD COLUMN cursor INTEGER NOT NULL DEFAULT 0;     -- where asking the gateway goes on
CREATE UNIQUE INDEX channel_by_name ON channel(name COLLATE NOCASE) WHERE gateway > 0;

ALTER TABLE message ADD COLUMN is_reply INTEGER NOT NULL DEFAULT 0 CHECK(is_reply IN (0, 1));  -- goes before bulk
ALTER TABLE message ADD COLUMN parts_done INTEGER NOT NULL DEFAULT 0; -- parts that the gateway took in this round
ALTER TABLE message ADD COLUMN queued_on INTEGER;                     -- when it last entered the queue; its age counts from then
ALTER TABLE message ADD COLUMN attempt_on INTEGER;                    -- an attempt began then and its outcome is not known yet
ALTER TABLE message ADD COLUMN schedule_id INTEGER;                   -- the schedule that made it, which may be gone
-- The queue of each channel, replies first; what is not due stands behind what is.
CREATE INDEX message_due ON message(channel_id, is_reply, next_attempt) WHERE folder = 4;
CREATE INDEX message_in_attempt ON message(attempt_on) WHERE attempt_on IS NOT NULL;
-- Reports name what was written here by its public key.
CREATE INDEX message_by_uuid ON message(uuid) WHERE direction = 1 AND import_key IS NULL;

-- Gateways' own names for what they took from us or brought: by them reports find their message and repeats are known.
CREATE TABLE gateway_id(
  channel_id INTEGER NOT NULL REFERENCES channel(id),
  external_id TEXT NOT NULL,
  message_id INTEGER NOT NULL REFERENCES message(id),
  PRIMARY KEY(channel_id, external_id, message_id)) STRICT, WITHOUT ROWID;
CREATE INDEX gateway_id_by_message ON gateway_id(message_id);

CREATE TABLE contact_group(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  uuid BLOB NOT NULL UNIQUE CHECK(length(uuid) = 16),
  name TEXT NOT NULL,
  name_key TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE contact_group_member(
  group_id INTEGER NOT NULL REFERENCES contact_group(id) ON DELETE CASCADE,
  contact_id INTEGER NOT NULL REFERENCES contact(id),
  PRIMARY KEY(group_id, contact_id)) STRICT, WITHOUT ROWID;
CREATE INDEX contact_group_by_member ON contact_group_member(contact_id);

-- A schedule goes to contacts, to all of a group, or to all whose messages carry a label.
ALTER TABLE schedule ADD COLUMN channel_id INTEGER REFERENCES channel(id);
CREATE TABLE schedule_to(
  schedule_id INTEGER NOT NULL REFERENCES schedule(id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  contact_id INTEGER REFERENCES contact(id),
  group_id INTEGER REFERENCES contact_group(id) ON DELETE CASCADE,
  label_id INTEGER REFERENCES label(id) ON DELETE CASCADE,
  PRIMARY KEY(schedule_id, position),
  CHECK((contact_id IS NOT NULL) + (group_id IS NOT NULL) + (label_id IS NOT NULL) = 1)) STRICT, WITHOUT ROWID;
INSERT INTO schedule_to(schedule_id, position, contact_id)
  SELECT schedule_id, position, contact_id FROM schedule_recipient;
DROP TABLE schedule_recipient;
ALTER TABLE schedule_to RENAME TO schedule_recipient;
CREATE INDEX schedule_recipient_by_contact ON schedule_recipient(contact_id) WHERE contact_id IS NOT NULL;
CREATE INDEX schedule_recipient_by_group ON schedule_recipient(group_id) WHERE group_id IS NOT NULL;
CREATE INDEX schedule_recipient_by_label ON schedule_recipient(label_id) WHERE label_id IS NOT NULL;

-- What is being written: one for each contact, and one that has no contact yet (0). Kept until it is sent or thrown away.
CREATE TABLE draft(
  contact_id INTEGER PRIMARY KEY,
  recipients TEXT NOT NULL DEFAULT '',
  channel_id INTEGER REFERENCES channel(id),
  text TEXT NOT NULL,
  updated_on INTEGER NOT NULL) STRICT;
