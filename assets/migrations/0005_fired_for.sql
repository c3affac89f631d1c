-- The moment for which a schedule last fired, which may be long before it did: no moment is fired for twice, whatever the
-- clock does.
ALTER TABLE schedule ADD COLUMN fired_for INTEGER;
