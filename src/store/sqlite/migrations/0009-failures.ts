/** Adds what a request failed with (14.4). */
export const sql = `
ALTER TABLE requests ADD COLUMN failure TEXT;
-- Requests that failed before errors were grouped. They are one group.
UPDATE requests SET failure = '(failed before errors were grouped)'
WHERE handled_at IS NOT NULL AND instr(other_fields, '"errorMessages":["') > 0
  AND CASE WHEN json_valid('{' || other_fields || '}') THEN
    json_array_length('{' || other_fields || '}', '$.errorMessages') > 0
    AND coalesce(json_extract('{' || other_fields || '}', '$.userData.__crawlee.state'), 6) = 6
  END;
-- For walks through the failed requests, and for counting them by what they failed with. Other requests are not in them.
CREATE INDEX requests_failed ON requests (queue_number, id) WHERE failure IS NOT NULL;
CREATE INDEX requests_by_failure ON requests (queue_number, failure, id) WHERE failure IS NOT NULL;
`
