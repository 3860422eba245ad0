-- The journal of reports. docs/formats/embedded-store.md describes every table and, byte by byte, the
-- three blobs. Times are milliseconds since 1970 UTC.

-- One row per report, clustered by server and time: a page of history is one backward scan.
CREATE TABLE report (
  server INTEGER NOT NULL,
  time_ms INTEGER NOT NULL,
  source INTEGER NOT NULL,         -- which agent run, as a signed number
  sequence INTEGER NOT NULL,
  figures BLOB NOT NULL,
  PRIMARY KEY (server, time_ms, source, sequence)
) STRICT, WITHOUT ROWID;

-- The sequences of an agent run that are stored: how a repeat is recognised, whatever its time.
CREATE TABLE run (
  server INTEGER NOT NULL,
  source INTEGER NOT NULL,
  seen_ms INTEGER NOT NULL,        -- newest sample time of the run
  sequences BLOB NOT NULL,
  PRIMARY KEY (server, source)
) STRICT, WITHOUT ROWID;

-- Containers by a small number, given once per server and never again.
CREATE TABLE entity (
  server INTEGER NOT NULL,
  number INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  name TEXT NOT NULL,
  first_ms INTEGER NOT NULL,       -- no sample is older
  seen_ms INTEGER NOT NULL,        -- no sample is newer than an hour after this
  PRIMARY KEY (server, number)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX entity_by_name ON entity (server, kind, name);

-- One row per server that has reported: what its newest report says beside figures.
CREATE TABLE server (
  id INTEGER PRIMARY KEY,
  next_entity INTEGER NOT NULL,
  facts BLOB NOT NULL
) STRICT;

-- Servers whose history was removed. Their ids never come again, so a late report is known as such.
CREATE TABLE removed (
  server INTEGER PRIMARY KEY,
  done INTEGER NOT NULL            -- 0: rows may be left; the next start takes them away
) STRICT;

-- Written by the health check, to know that writing works.
CREATE TABLE write_check (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  count INTEGER NOT NULL
) STRICT;
INSERT INTO write_check (id, count) VALUES (1, 0);
