/**
 * The groups as they follow from the requests: for verify, for repair, and for a copy. When a group was last
 * asked, its delay and its cooldown cannot be found in requests.
 */
import type { DatabaseSync } from 'node:sqlite'
import type { Millis } from '../../../domain/time.ts'

/**
 * Every group of a queue with its count of unhandled requests, the ends of its live locks, and the end of the last one that ran
 * out and that nothing came after, by name. The group may not have noted that one.
 */
const selectGroups = `
  WITH parts AS (
    SELECT group_name AS name, 1 AS unhandled, NULL AS lock_end FROM requests
    WHERE queue_number = ?1 AND group_name IS NOT NULL AND handled_at IS NULL
    UNION ALL
    SELECT coalesce(lock_group, group_name), 0, lock_expires_at FROM requests
    WHERE queue_number = ?1 AND group_name IS NOT NULL AND handled_at IS NULL
      AND locked_by IS NOT NULL
  )
  SELECT name, sum(unhandled) AS unhandled_count,
    json_group_array(lock_end ORDER BY lock_end) FILTER (WHERE lock_end > ?2) AS lock_ends,
    max(lock_end) FILTER (WHERE lock_end <= ?2) AS ran_out_at
  FROM parts GROUP BY name`

/** The row of the group that a request names. */
const numberOfGroup = `(
  SELECT groups.number FROM groups INDEXED BY groups_by_name
  WHERE groups.queue_number = requests.queue_number AND name = group_name)`

/**
 * The unhandled requests of queues with groups that have none, unless their groups are being built, those
 * whose rank does not follow from their side and priority, and those that are kept in another group than they name.
 */
export const selectWronglyRanked = `
  SELECT requests.number FROM requests JOIN queues ON queues.number = requests.queue_number
  WHERE requests.handled_at IS NULL AND queues.grouping IS NOT NULL AND (
    group_name IS NULL AND queues.building IS NULL
    OR group_name IS NOT NULL
      AND rank IS NOT CASE WHEN available_at < 0 THEN -11 ELSE -coalesce(priority, 0) END
    OR group_number IS NOT ${numberOfGroup})`

/** The first due request of a group: what a group gets next that is open, until it has to be looked at. */
const selectFirst = `
  SELECT rank, available_at, sequence FROM requests INDEXED BY requests_in_groups
  WHERE queue_number = ?1 AND group_number = groups.number AND abs(available_at) <= ?2
  ORDER BY rank, available_at, sequence LIMIT 1`

/** The names of groups whose rows differ from the requests of the queue. Past ends of locks do not matter. */
export function wrongGroups(db: DatabaseSync, queueNumber: number, now: Millis): string[] {
  const rows = db
    .prepare(`
      WITH found AS (${selectGroups}), stored AS (
        SELECT name, unhandled_count, (
          SELECT json_group_array(value ORDER BY value) FROM json_each(lock_ends) WHERE value > ?2
        ) AS lock_ends,
        first_at IS NOT NULL AND (look_at IS NULL OR look_at > ?2)
          AND (first_rank, first_at, first_sequence) IS NOT (${selectFirst}) AS has_wrong_first
        FROM groups WHERE queue_number = ?1)
      SELECT coalesce(found.name, stored.name) AS name
      FROM found FULL JOIN stored ON found.name = stored.name
      WHERE coalesce(found.unhandled_count, 0) <> coalesce(stored.unhandled_count, 0)
        OR coalesce(found.lock_ends, '[]') <> coalesce(stored.lock_ends, '[]') OR stored.has_wrong_first`)
    .all(queueNumber, now)
  return rows.map(({ name }) => String(name))
}

/**
 * Gives each group of a queue what follows from its requests, and makes it unknown, so that the next head/lock
 * looks at it. What only its row knows stays.
 */
export function rebuildGroups(db: DatabaseSync, queueNumber: number, now: Millis): void {
  db.prepare(`
    INSERT INTO groups (queue_number, name, unhandled_count, lock_ends, ended_at, slowed_to_ms, judged_by, look_at)
    SELECT ?1, name, unhandled_count, coalesce(lock_ends, '[]'), ran_out_at, 0, -1, 0
    FROM (${selectGroups}) WHERE true
    ON CONFLICT (queue_number, name) DO UPDATE SET
      unhandled_count = excluded.unhandled_count, lock_ends = excluded.lock_ends,
      ended_at = CASE WHEN excluded.ended_at > coalesce(ended_at, 0) THEN excluded.ended_at ELSE ended_at END`).run(
    queueNumber,
    now,
  )
  db.prepare(`
    UPDATE requests SET group_number = ${numberOfGroup}
    WHERE queue_number = ?1 AND group_number IS NOT ${numberOfGroup}`).run(queueNumber)
  db.prepare(`
    UPDATE groups SET
      first_rank = NULL, first_at = NULL, first_sequence = NULL, look_at = 0, judged_by = -1,
      unhandled_count = CASE WHEN number IN (
        SELECT group_number FROM requests INDEXED BY requests_in_groups
        WHERE queue_number = ?1 AND group_number = groups.number AND handled_at IS NULL
      ) THEN unhandled_count ELSE 0 END
    WHERE queue_number = ?1`).run(queueNumber)
}

/** Keeps requests in the group that they name, by the rank that follows from their side and priority. Returns how many were not. */
export function repairRanks(db: DatabaseSync): number {
  const { changes } = db
    .prepare(`
      UPDATE requests SET
        rank = CASE WHEN available_at < 0 THEN -11 ELSE -coalesce(priority, 0) END,
        group_number = ${numberOfGroup}
      WHERE group_name IS NOT NULL AND number IN (${selectWronglyRanked})`)
    .run()
  return Number(changes)
}
