-- The relational half: what owners set up and what happened. Numbers of origin, role, kind and state
-- are those of src/model/server.h, src/model/report.h and src/store/registry.h. Times are
-- milliseconds since 1970 UTC.

-- AUTOINCREMENT: an id is never given to another server or user, also after a delete.
CREATE TABLE server (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  origin INTEGER NOT NULL,
  key_hash BLOB UNIQUE,            -- NULL: appeared by a protocol without keys
  created_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE event (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  server INTEGER NOT NULL REFERENCES server (id) ON DELETE CASCADE,
  time_ms INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  from_state INTEGER,              -- only of a changed state
  to_state INTEGER,
  cause TEXT NOT NULL
) STRICT;
CREATE INDEX event_by_time ON event (time_ms, id);
CREATE INDEX event_by_server ON event (server, time_ms, id);

-- Not "user" and "session" alone: the first is a reserved word in other databases.
CREATE TABLE account (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  password_hash TEXT NOT NULL,
  role INTEGER NOT NULL
) STRICT;

CREATE TABLE account_session (
  token_hash BLOB PRIMARY KEY,
  account INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  created_ms INTEGER NOT NULL,
  last_seen_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX account_session_by_account ON account_session (account);

CREATE TABLE setting (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
