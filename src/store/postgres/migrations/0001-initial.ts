/**
 * The first schema. A migration that was released never changes; the next one is a file of its own.
 *
 * Everything of a queue begins with its ID, so that the tables can be spread over machines by it (docs/scaling.md).
 * Texts that are compared have the collation of their bytes: the order of IDs is the same on every machine.
 */
export const sql = `
CREATE TABLE users (
  id text COLLATE "C" PRIMARY KEY,
  username text NOT NULL,
  username_folded text COLLATE "C" NOT NULL UNIQUE,
  created_at bigint NOT NULL
);

CREATE TABLE tokens (
  id text COLLATE "C" PRIMARY KEY,
  user_id text COLLATE "C" NOT NULL REFERENCES users (id),
  token_hash text COLLATE "C" NOT NULL UNIQUE,
  label text,
  run_id text,
  read_only boolean NOT NULL,
  created_at bigint NOT NULL
);

-- Names are apart from the queues, because a unique index over all queues cannot be spread by queue.
CREATE TABLE queue_names (
  owner_id text COLLATE "C" NOT NULL,
  name_folded text COLLATE "C" NOT NULL,
  queue_id text COLLATE "C" NOT NULL,
  PRIMARY KEY (owner_id, name_folded)
);

-- The order in which queues were made; of two made in one millisecond the list shows the first one first.
CREATE SEQUENCE queue_numbers;

-- Rows change with every transaction on their queue: room on the page and no index on what changes let PostgreSQL
-- replace them in place.
CREATE TABLE queues (
  queue_id text COLLATE "C" PRIMARY KEY,
  number bigint NOT NULL,
  owner_id text COLLATE "C" NOT NULL,
  owner_name text NOT NULL,
  name text,
  title text,
  general_access text,
  created_at bigint NOT NULL,
  modified_at bigint NOT NULL,
  accessed_at bigint NOT NULL,
  total_count bigint NOT NULL,
  handled_count bigint NOT NULL,
  last_ticket bigint NOT NULL,
  first_client_key text,
  had_multiple_clients boolean NOT NULL,
  write_count bigint NOT NULL,
  read_count bigint NOT NULL,
  delete_count bigint NOT NULL,
  head_item_read_count bigint NOT NULL,
  storage_bytes bigint NOT NULL,
  -- The queue's time: the latest that was shown, and how far it is ahead of the database's clock (clock.ts).
  shown_at bigint NOT NULL,
  clock_lead bigint NOT NULL,
  -- Requests with a lock, alive or run out: none means that no index has to be asked whether one is alive.
  held_count bigint NOT NULL,
  -- No request on the normal side has a place before this one: where a search for the head begins (low-water-mark.ts).
  head_from_at bigint NOT NULL,
  head_from_sequence bigint NOT NULL
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 1000);
CREATE INDEX queues_by_age ON queues (owner_id, created_at, number);

-- available_at and sequence are the place (domain/order.ts); null exactly when handled.
CREATE TABLE requests (
  queue_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  available_at bigint,
  sequence bigint,
  handled_at bigint,
  locked_by text COLLATE "C",
  locked_run text COLLATE "C",
  lock_expires_at bigint,
  available_before bigint,
  bytes bigint NOT NULL,
  retry_count bigint NOT NULL,
  method text NOT NULL,
  unique_key text NOT NULL,
  url text NOT NULL,
  other_fields text NOT NULL,
  PRIMARY KEY (queue_id, id)
) WITH (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000,
  autovacuum_analyze_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.1,
  autovacuum_vacuum_cost_delay = 1);
CREATE INDEX requests_in_order ON requests (queue_id, available_at, sequence) WHERE available_at IS NOT NULL;
CREATE INDEX requests_by_client ON requests (queue_id, locked_by, lock_expires_at) WHERE locked_by IS NOT NULL;
CREATE INDEX requests_by_run ON requests (queue_id, locked_run, lock_expires_at) WHERE locked_run IS NOT NULL;

-- Queues that were deleted and whose requests are being cleared away in small steps (rule 7.9).
CREATE TABLE purges (queue_id text COLLATE "C" PRIMARY KEY);
`
