/** Adds the latest moment for which a queue has scheduled a request, see `scheduled_until` in rows.ts. */
export const sql = 'ALTER TABLE queues ADD COLUMN scheduled_until bigint NOT NULL DEFAULT 0'
