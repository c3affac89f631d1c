-- What was searched for: the latest searches, and those that were saved.

CREATE TABLE search(
  text TEXT PRIMARY KEY,
  used_on INTEGER NOT NULL,
  saved INTEGER NOT NULL DEFAULT 0 CHECK(saved IN (0, 1))) STRICT, WITHOUT ROWID;
