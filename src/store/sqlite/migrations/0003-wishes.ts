/** Adds what requests may ask for themselves: a moment before which they are not handed out, and a priority. */
export const sql = `
-- The moment a request was scheduled for when it got its place. NULL if it got its place for at once.
ALTER TABLE requests ADD COLUMN scheduled_at INTEGER;
-- NULL means 0.
ALTER TABLE requests ADD COLUMN priority INTEGER;
-- Scheduled requests by their moment. Other requests are not in it.
CREATE INDEX requests_scheduled ON requests (queue_number, scheduled_at, sequence) WHERE scheduled_at IS NOT NULL;
`
