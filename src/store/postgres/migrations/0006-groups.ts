/** Adds the columns of groups of requests (docs/decisions/0015-policies.md). */
export const sql = `
ALTER TABLE queues ADD COLUMN grouping text;
ALTER TABLE queues ADD COLUMN ranks bigint NOT NULL DEFAULT 0;
ALTER TABLE queues ADD COLUMN keeps_groups boolean NOT NULL DEFAULT false;
ALTER TABLE queues ADD COLUMN building text;
-- The code that creates a queue sets them. A default would look like foreign code (foreign-code.ts).
ALTER TABLE queues ALTER COLUMN ranks DROP DEFAULT;
ALTER TABLE queues ALTER COLUMN keeps_groups DROP DEFAULT;

ALTER TABLE requests ADD COLUMN lock_expiries bigint;
ALTER TABLE requests ADD COLUMN group_name text;
ALTER TABLE requests ADD COLUMN rank bigint;
ALTER TABLE requests ADD COLUMN lock_group text;
`
