/** Adds what a request failed with (14.4). */
export const sql = `
ALTER TABLE requests ADD COLUMN failure text COLLATE "C";
-- Requests that failed before errors were grouped. They are one group. State 6 is ERROR in Crawlee.
UPDATE requests SET failure = '(failed before errors were grouped)'
WHERE handled_at IS NOT NULL AND strpos(other_fields, '"errorMessages":["') > 0
  AND other_fields !~ '"__crawlee":\\{[^{}]*"state":([0-57-9]|[0-9][0-9])';
-- For walks through the failed requests, and for counting them by what they failed with. Other requests are not in them.
CREATE INDEX requests_failed ON requests (queue_id, id) WHERE failure IS NOT NULL;
CREATE INDEX requests_by_failure ON requests (queue_id, failure, id) WHERE failure IS NOT NULL;
`
