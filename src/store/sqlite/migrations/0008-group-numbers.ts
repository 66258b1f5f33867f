/** Orders the requests of groups by the number of the group instead of its name (docs/decisions/0015-policies.md). */
export const sql = `
-- The row of the group that group_name names. NULL exactly where group_name is.
ALTER TABLE requests ADD COLUMN group_number INTEGER;
-- By the old index, so that an upgrade reads no request of a queue without groups.
UPDATE requests INDEXED BY requests_in_groups SET group_number = (
  SELECT number FROM groups INDEXED BY groups_by_name
  WHERE groups.queue_number = requests.queue_number AND name = group_name)
WHERE group_name IS NOT NULL;
DROP INDEX requests_in_groups;
-- Requests of queues without groups are not in it. Groups that came one after the other are neighbours.
CREATE INDEX requests_in_groups ON requests (queue_number, group_number, rank, available_at, sequence)
  WHERE group_number IS NOT NULL;
`
