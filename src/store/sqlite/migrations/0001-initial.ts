/** The first schema. A migration that was released never changes; the next one is a file of its own. */
export const sql = `
CREATE TABLE users (
  id TEXT PRIMARY KEY,
  username TEXT NOT NULL,
  username_folded TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE tokens (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id),
  token_hash TEXT NOT NULL UNIQUE,
  label TEXT,
  run_id TEXT,
  read_only INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- AUTOINCREMENT: the number of a deleted queue never comes back, so rows still waiting to be cleared away
-- (table purges) cannot turn up in a new queue.
CREATE TABLE queues (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  owner_id TEXT NOT NULL REFERENCES users (id),
  name TEXT,
  name_folded TEXT,
  title TEXT,
  general_access TEXT,
  created_at INTEGER NOT NULL,
  modified_at INTEGER NOT NULL,
  accessed_at INTEGER NOT NULL,
  total_count INTEGER NOT NULL,
  handled_count INTEGER NOT NULL,
  last_ticket INTEGER NOT NULL,
  first_client_key TEXT,
  had_multiple_clients INTEGER NOT NULL,
  write_count INTEGER NOT NULL,
  read_count INTEGER NOT NULL,
  delete_count INTEGER NOT NULL,
  head_item_read_count INTEGER NOT NULL,
  storage_bytes INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX queues_by_name ON queues (owner_id, name_folded) WHERE name_folded IS NOT NULL;
CREATE INDEX queues_by_age ON queues (owner_id, created_at, number);

-- The columns that change come first and the long ones last, so that a head call never reads other_fields.
-- available_at and sequence are the place (domain/order.ts); NULL exactly when handled.
CREATE TABLE requests (
  number INTEGER PRIMARY KEY,
  queue_number INTEGER NOT NULL,
  id TEXT NOT NULL,
  available_at INTEGER,
  sequence INTEGER,
  handled_at INTEGER,
  locked_by TEXT,
  locked_run TEXT,
  lock_expires_at INTEGER,
  available_before INTEGER,
  bytes INTEGER NOT NULL,
  retry_count INTEGER NOT NULL,
  method TEXT NOT NULL,
  unique_key TEXT NOT NULL,
  url TEXT NOT NULL,
  other_fields TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX requests_by_id ON requests (queue_number, id);
CREATE INDEX requests_in_order ON requests (queue_number, available_at, sequence)
  WHERE available_at IS NOT NULL;
-- With the end of the lock, so that those of a client that ran out long ago cost its unlock nothing.
CREATE INDEX requests_by_client ON requests (queue_number, locked_by, lock_expires_at)
  WHERE locked_by IS NOT NULL;
CREATE INDEX requests_by_run ON requests (queue_number, locked_run, lock_expires_at)
  WHERE locked_run IS NOT NULL;

-- Queues that were deleted and whose requests are being cleared away in small steps (rule 7.9).
CREATE TABLE purges (queue_number INTEGER PRIMARY KEY) STRICT;
`
