/** Adds what requests may ask for themselves: a moment before which they are not handed out, and a priority. */
export const sql = `
-- scheduled_at: the moment a request was scheduled for when it got its place; null if it got its place for at once.
-- priority: null means 0.
ALTER TABLE requests ADD COLUMN scheduled_at bigint, ADD COLUMN priority bigint;
-- Scheduled requests by their moment. Other requests are not in it.
CREATE INDEX requests_scheduled ON requests (queue_id, scheduled_at, sequence) WHERE scheduled_at IS NOT NULL;
`
