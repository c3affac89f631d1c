-- The public keys under which other exports know contacts that are here already. Which contact it is was decided once, by
-- an address that both had; what comes later under such a key, with whatever address, is the same contact's.
CREATE TABLE contact_alias(
  uuid BLOB PRIMARY KEY CHECK(length(uuid) = 16),
  contact_id INTEGER NOT NULL REFERENCES contact(id)) STRICT, WITHOUT ROWID;
