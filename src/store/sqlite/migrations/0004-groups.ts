/** Adds groups of requests (docs/decisions/0015-policies.md). */
export const sql = `
ALTER TABLE queues ADD COLUMN grouping TEXT;
ALTER TABLE queues ADD COLUMN ranks INTEGER NOT NULL DEFAULT 0;
ALTER TABLE queues ADD COLUMN keeps_groups INTEGER NOT NULL DEFAULT 0;
ALTER TABLE queues ADD COLUMN building TEXT;
CREATE INDEX queues_building ON queues (number) WHERE building IS NOT NULL;

ALTER TABLE requests ADD COLUMN lock_expiries INTEGER;
ALTER TABLE requests ADD COLUMN group_name TEXT;
ALTER TABLE requests ADD COLUMN rank INTEGER;
ALTER TABLE requests ADD COLUMN lock_group TEXT;
-- Requests of queues without groups are not in it.
CREATE INDEX requests_in_groups ON requests (queue_number, group_name, rank, available_at, sequence)
  WHERE group_name IS NOT NULL;

-- A row is a GroupState (domain/policy/group.ts). lock_ends is a list in JSON.
CREATE TABLE groups (
  number INTEGER PRIMARY KEY,
  queue_number INTEGER NOT NULL,
  name TEXT NOT NULL,
  unhandled_count INTEGER NOT NULL,
  lock_ends TEXT NOT NULL,
  handed_out_at INTEGER,
  ended_at INTEGER,
  slowed_to_ms INTEGER NOT NULL,
  cooldown_until INTEGER,
  judged_by INTEGER NOT NULL,
  first_rank INTEGER,
  first_at INTEGER,
  first_sequence INTEGER,
  look_at INTEGER
) STRICT;
CREATE UNIQUE INDEX groups_by_name ON groups (queue_number, name);
CREATE INDEX groups_open ON groups (queue_number, first_rank, first_at, first_sequence)
  WHERE first_at IS NOT NULL;
CREATE INDEX groups_to_look_at ON groups (queue_number, look_at) WHERE look_at IS NOT NULL;
`
