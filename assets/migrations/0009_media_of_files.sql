-- What came with an imported chat was brought by no channel.
CREATE TABLE media_of_any(
  message_id INTEGER NOT NULL REFERENCES message(id),
  position INTEGER NOT NULL CHECK(position >= 0),   -- which of its attachments
  channel_id INTEGER REFERENCES channel(id),
  name TEXT NOT NULL,                               -- of its file; made here, never from outside
  is_here INTEGER NOT NULL DEFAULT 0 CHECK(is_here IN (0, 1)),
  error_count INTEGER NOT NULL DEFAULT 0,           -- attempts that have begun, less the one that succeeded
  next_attempt INTEGER,                             -- none once it is here or given up
  detail TEXT NOT NULL DEFAULT '',                  -- why it is not here, in the words of the gateway
  PRIMARY KEY(message_id, position)) STRICT, WITHOUT ROWID;
INSERT INTO media_of_any SELECT message_id, position, channel_id, name, is_here, error_count, next_attempt, detail FROM media;
DROP TABLE media;
ALTER TABLE media_of_any RENAME TO media;
CREATE INDEX media_due ON media(channel_id, next_attempt) WHERE next_attempt IS NOT NULL;
CREATE UNIQUE INDEX media_by_name ON media(name);
