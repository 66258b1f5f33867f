/**
 * The groups as they follow from the requests: for verify, for repair, and for a copy. When a group was last
 * asked, its delay and its cooldown cannot be found in requests.
 */
import type { Client } from 'pg'
import { forefrontRank } from '../../../domain/policy/rank.ts'
import type { Millis } from '../../../domain/time.ts'

/**
 * Every group of a queue with its count of unhandled requests, the ends of its live locks, and the end of the last one that ran
 * out and that nothing came after, by name. The group may not have noted that one.
 */
const selectGroups = `
  SELECT name, sum(unhandled) AS unhandled_count,
    '[' || coalesce(
      string_agg(lock_end::text, ',' ORDER BY lock_end) FILTER (WHERE lock_end > $2::bigint), ''
    ) || ']' AS lock_ends,
    max(lock_end) FILTER (WHERE lock_end <= $2::bigint) AS ran_out_at
  FROM (
    SELECT group_name AS name, 1 AS unhandled, NULL::bigint AS lock_end FROM requests
    WHERE queue_id = $1 AND group_name IS NOT NULL AND handled_at IS NULL
    UNION ALL
    SELECT coalesce(lock_group, group_name), 0, lock_expires_at FROM requests
    WHERE queue_id = $1 AND group_name IS NOT NULL AND handled_at IS NULL
      AND locked_by IS NOT NULL) AS parts
  GROUP BY name`

const rank = `CASE WHEN available_at < 0 THEN ${forefrontRank} ELSE -coalesce(priority, 0) END`

/** The ends of live locks in a group's row. Past ends do not matter. */
const storedLockEnds = `
  SELECT '[' || coalesce(string_agg(value, ',' ORDER BY value::bigint), '') || ']'
  FROM json_array_elements_text(groups.lock_ends::json) AS value WHERE value::bigint > $2::bigint`

/** The first due request of a group: what a group gets next that is open, until it has to be looked at. */
const selectFirst = `
  SELECT ROW(rank, available_at, sequence)::text FROM requests
  WHERE queue_id = $1 AND group_name = groups.name AND abs(available_at) <= $2::bigint
  ORDER BY requests.rank, available_at, sequence LIMIT 1`

const selectWrong = `
  WITH found AS (${selectGroups}), stored AS (
    SELECT name, unhandled_count, (${storedLockEnds}) AS lock_ends,
      first_at IS NOT NULL AND (look_at IS NULL OR look_at > $2::bigint)
        AND ROW(first_rank, first_at, first_sequence)::text IS DISTINCT FROM (${selectFirst}) AS has_wrong_first
    FROM groups WHERE queue_id = $1)
  SELECT coalesce(found.name, stored.name) AS name
  FROM found FULL JOIN stored ON found.name = stored.name
  WHERE coalesce(found.unhandled_count, 0) <> coalesce(stored.unhandled_count, 0)
    OR coalesce(found.lock_ends, '[]') <> coalesce(stored.lock_ends, '[]') OR stored.has_wrong_first`

/** The names of groups whose rows differ from the requests of the queue. */
export async function wrongGroups(client: Client, queueId: string, now: Millis): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(selectWrong, [queueId, now])
  return rows.map(({ name }) => name)
}

/** The unhandled requests of a queue with groups that have none. */
export async function ungrouped(client: Client, queueId: string): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>(
    'SELECT id FROM requests WHERE queue_id = $1 AND available_at IS NOT NULL AND group_name IS NULL',
    [queueId],
  )
  return rows.map(({ id }) => id)
}

/** The requests whose rank does not follow from their side and priority. */
export async function wronglyRanked(client: Client, queueId: string): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>(
    `SELECT id FROM requests WHERE queue_id = $1 AND group_name IS NOT NULL AND rank IS DISTINCT FROM ${rank}`,
    [queueId],
  )
  return rows.map(({ id }) => id)
}

/** Gives requests the rank that follows from their side and priority. Returns how many had another one. */
export async function repairRanks(client: Client, queueId: string): Promise<number> {
  const { rowCount } = await client.query(
    `UPDATE requests SET rank = ${rank}
     WHERE queue_id = $1 AND group_name IS NOT NULL AND rank IS DISTINCT FROM ${rank}`,
    [queueId],
  )
  return rowCount!
}

/**
 * Gives each group of a queue what follows from its requests, and makes it unknown, so that the next head/lock
 * looks at it. What only its row knows stays.
 */
export async function rebuildGroups(client: Client, queueId: string, now: Millis): Promise<void> {
  await client.query(
    `UPDATE groups SET unhandled_count = 0, lock_ends = '[]', first_rank = NULL, first_at = NULL,
       first_sequence = NULL, look_at = 0, judged_by = -1
     WHERE queue_id = $1`,
    [queueId],
  )
  await client.query(
    `INSERT INTO groups (queue_id, name, unhandled_count, lock_ends, ended_at, slowed_to_ms, judged_by, look_at)
     SELECT queues.queue_id, counted.name, counted.unhandled_count, counted.lock_ends, counted.ran_out_at, 0, -1, 0
     FROM queues, (${selectGroups}) AS counted WHERE queues.queue_id = $1
     ON CONFLICT (queue_id, name) DO UPDATE SET
       unhandled_count = excluded.unhandled_count, lock_ends = excluded.lock_ends,
       ended_at = greatest(groups.ended_at, excluded.ended_at)`,
    [queueId, now],
  )
  await client.query('UPDATE queues SET looked_until = 0 WHERE queue_id = $1', [queueId])
}
