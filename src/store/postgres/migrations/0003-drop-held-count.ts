/**
 * Drops the columns that showed whether any request is unavailable. This now follows from `total_count` and `handled_count`
 * (operations/lock-head.ts).
 */
export const sql = `
ALTER TABLE queues DROP COLUMN held_count;
ALTER TABLE queues DROP COLUMN scheduled_until;
`
