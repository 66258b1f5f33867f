/** Adds the policy of a queue. */
export const sql = `
ALTER TABLE queues ADD COLUMN policy text;
ALTER TABLE queues ADD COLUMN policy_version bigint NOT NULL DEFAULT 0;
-- The code that creates a queue sets it. A default would look like foreign code (foreign-code.ts).
ALTER TABLE queues ALTER COLUMN policy_version DROP DEFAULT;
`
