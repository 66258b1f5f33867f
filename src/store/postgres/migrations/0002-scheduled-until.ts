/** Adds the latest moment for which a queue has scheduled a request, see `scheduled_until` in rows.ts. */
export const sql = `
ALTER TABLE queues ADD COLUMN scheduled_until bigint NOT NULL DEFAULT 0;
-- Whoever makes a queue says it: what the tables do by themselves is what somebody else put there (foreign-code.ts).
ALTER TABLE queues ALTER COLUMN scheduled_until DROP DEFAULT;
`
