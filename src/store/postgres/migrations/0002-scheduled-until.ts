/** Adds the latest moment for which a queue has scheduled a request. 0003 drops it again. */
export const sql = `
ALTER TABLE queues ADD COLUMN scheduled_until bigint NOT NULL DEFAULT 0;
-- The code that creates a queue sets it. A default would look like foreign code (foreign-code.ts).
ALTER TABLE queues ALTER COLUMN scheduled_until DROP DEFAULT;
`
