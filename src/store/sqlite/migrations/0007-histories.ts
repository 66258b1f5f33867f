/** Adds what requests went through (domain/history/history.ts). */
export const sql = `
ALTER TABLE queues ADD COLUMN history_since INTEGER;
-- Policies could ask for histories before anything kept them. They are stored as JSON without spaces.
UPDATE queues SET history_since = policy_version WHERE policy LIKE '%"history":true%';

ALTER TABLE requests ADD COLUMN history_since INTEGER;
ALTER TABLE requests ADD COLUMN history TEXT;
ALTER TABLE requests ADD COLUMN handed_out INTEGER;
`
