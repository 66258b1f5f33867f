/** Adds the policy of a queue. */
export const sql = `
ALTER TABLE queues ADD COLUMN policy TEXT;
ALTER TABLE queues ADD COLUMN policy_version INTEGER NOT NULL DEFAULT 0;
`
