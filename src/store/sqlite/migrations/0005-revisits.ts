/** Adds handled requests that become pending again. */
export const sql = `
ALTER TABLE queues ADD COLUMN revisits TEXT;
ALTER TABLE queues ADD COLUMN revisit_at INTEGER;
CREATE INDEX queues_to_revisit ON queues (revisit_at) WHERE revisit_at IS NOT NULL;

ALTER TABLE requests ADD COLUMN revisit_at INTEGER;
-- With the ID, so that those of one moment have an order.
CREATE INDEX requests_to_revisit ON requests (queue_number, revisit_at, id) WHERE revisit_at IS NOT NULL;
`
