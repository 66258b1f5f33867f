/**
 * Drops what told whether any request is unavailable. `total_count` and `handled_count` tell it
 * (operations/lock-head.ts).
 */
export const sql = `
ALTER TABLE queues DROP COLUMN held_count;
ALTER TABLE queues DROP COLUMN scheduled_until;
`
