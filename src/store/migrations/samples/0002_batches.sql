-- Reports come in batches, and leave as blocks: docs/formats/embedded-store.md. The old rows of `report`
-- are packed at the first start and the table then stays empty.

-- One row per transaction: the records of its reports.
CREATE TABLE batch (
  id INTEGER PRIMARY KEY,                 -- never given twice: packs remember how far they are
  records BLOB NOT NULL
) STRICT;

-- identity names this journal, so that the packs of another one are not taken for its own.
CREATE TABLE journal (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  identity INTEGER NOT NULL,
  trimmed INTEGER NOT NULL,        -- batches up to this one are packed and gone; their ids never come again
  raw_from_ms INTEGER NOT NULL,    -- older samples are in coarser tiers only
  minutes_from_ms INTEGER NOT NULL
) STRICT;
INSERT INTO journal (id, identity, trimmed, raw_from_ms, minutes_from_ms)
VALUES (1, abs(random() / 2) + 1, 0, 0, 0);

-- The newest report's record, whole; null while it is still in a batch.
ALTER TABLE server ADD COLUMN newest BLOB;

-- Names are looked up by server and name, or all of a server.
ALTER TABLE entity RENAME TO old_entity;
CREATE TABLE entity (
  server INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  name TEXT NOT NULL,
  number INTEGER NOT NULL,         -- given once per server and never again
  first_ms INTEGER NOT NULL,       -- no sample is older
  seen_ms INTEGER NOT NULL,        -- no sample is newer than an hour after this
  PRIMARY KEY (server, kind, name)
) STRICT, WITHOUT ROWID;
INSERT INTO entity (server, kind, name, number, first_ms, seen_ms)
SELECT server, kind, name, number, first_ms, seen_ms FROM old_entity ORDER BY server, kind, name;
DROP TABLE old_entity;
