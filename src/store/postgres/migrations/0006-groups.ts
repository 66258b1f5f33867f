/** Adds groups of requests (docs/decisions/0015-policies.md). */
export const sql = `
ALTER TABLE queues ADD COLUMN grouping text, ADD COLUMN building text,
  ADD COLUMN ranks bigint NOT NULL DEFAULT 0, ADD COLUMN keeps_groups boolean NOT NULL DEFAULT false,
  ADD COLUMN looked_until bigint NOT NULL DEFAULT 0;
-- The code that creates a queue sets them. A default would look like foreign code (foreign-code.ts).
ALTER TABLE queues ALTER COLUMN ranks DROP DEFAULT, ALTER COLUMN keeps_groups DROP DEFAULT,
  ALTER COLUMN looked_until DROP DEFAULT;
-- Queues whose policy is not in force for every request yet.
CREATE INDEX queues_building ON queues (queue_id) WHERE building IS NOT NULL;

ALTER TABLE requests ADD COLUMN lock_expiries bigint, ADD COLUMN group_name text COLLATE "C", ADD COLUMN rank bigint,
  ADD COLUMN lock_group text COLLATE "C";
-- Requests of queues without groups are not in it.
CREATE INDEX requests_in_groups ON requests (queue_id, group_name, rank, available_at, sequence)
  WHERE group_name IS NOT NULL;

-- A row is a GroupState (domain/policy/group.ts). lock_ends is a list in JSON.
CREATE TABLE groups (
  queue_id text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  unhandled_count bigint NOT NULL,
  lock_ends text NOT NULL,
  handed_out_at bigint,
  ended_at bigint,
  slowed_to_ms bigint NOT NULL,
  cooldown_until bigint,
  judged_by bigint NOT NULL,
  first_rank bigint,
  first_at bigint,
  first_sequence bigint,
  look_at bigint,
  PRIMARY KEY (queue_id, name)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
CREATE INDEX groups_open ON groups (queue_id, first_rank, first_at, first_sequence) WHERE first_at IS NOT NULL;
CREATE INDEX groups_to_look_at ON groups (queue_id, look_at) WHERE look_at IS NOT NULL;
`
