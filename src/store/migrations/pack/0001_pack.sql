-- A file of blocks: one day of raw samples, one month of minutes or one year of hours.
-- docs/formats/embedded-store.md describes it. Times are milliseconds since 1970 UTC.

-- A block holds samples of all entities of one kind of one server. Rows come as they are packed, so
-- that pages are full; in a closed pack they are in the order of server and kind.
CREATE TABLE block (
  id INTEGER PRIMARY KEY,
  server INTEGER NOT NULL,
  kind INTEGER NOT NULL,           -- as model::EntityKind
  first_ms INTEGER NOT NULL,       -- the oldest and the newest sample in it
  last_ms INTEGER NOT NULL,
  samples INTEGER NOT NULL,        -- times in it
  data BLOB NOT NULL               -- docs/formats/block.md
) STRICT;
CREATE INDEX block_of_server ON block (server, kind);

-- How far the journal's batches are packed into this file, by server: what a start after a crash
-- need not pack again.
CREATE TABLE packed (
  server INTEGER PRIMARY KEY,
  batch INTEGER NOT NULL
) STRICT;

-- What the file is, and whose journal `packed` means.
CREATE TABLE pack (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  journal INTEGER NOT NULL,
  closed INTEGER NOT NULL          -- 1: its time is over, one block where there were many, and rolled up
) STRICT;
INSERT INTO pack (id, journal, closed) VALUES (1, 0, 0);
