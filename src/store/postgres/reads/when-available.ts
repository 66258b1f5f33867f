import { dueRange, type NextPlaces, untilDue } from '../../../domain/availability.ts'
import type { QueueUser } from '../../../domain/caller.ts'
import type { Millis } from '../../../domain/time.ts'
import type { PostgresClock } from '../clock.ts'
import type { Database } from '../connection/pool.ts'
import { withRetries } from '../connection/retries.ts'
import { statement } from '../connection/statement.ts'
import { queueMoment } from './queue-moment.ts'

/** $2 to $3 is due. The normal side begins at $4 and $5, as in `selectDue`. */
export const selectNextPlaces = statement(`
  SELECT
    EXISTS (SELECT FROM requests WHERE queue_id = $1 AND available_at >= $2::bigint AND available_at < 0)
    OR EXISTS (SELECT FROM requests WHERE queue_id = $1
      AND (available_at, sequence) >= ($4::bigint, $5::bigint) AND available_at <= $3::bigint) AS is_due,
    (SELECT available_at FROM requests WHERE queue_id = $1 AND available_at < $2::bigint
      ORDER BY available_at DESC LIMIT 1) AS forefront_at,
    (SELECT available_at FROM requests WHERE queue_id = $1 AND available_at > $3::bigint
      ORDER BY available_at LIMIT 1) AS end_at`)

/** The same for a queue that hands out by groups. No group has to be looked at before $2 (`looked_until`). */
const selectNextGroups = statement(`
  SELECT
    EXISTS (SELECT FROM groups WHERE queue_id = $1 AND first_at IS NOT NULL) AS is_due,
    NULL::bigint AS forefront_at,
    (SELECT look_at FROM groups WHERE queue_id = $1 AND look_at >= $2::bigint ORDER BY look_at LIMIT 1) AS end_at`)

export interface NextRow {
  is_due: boolean
  forefront_at: number | null
  end_at: number | null
}

/**
 * How long until a head/lock may find something, null if it never would. Two statements without a transaction: a
 * change in between is told to everybody who watches the queue.
 */
export async function whenAvailable(
  database: Database,
  clock: PostgresClock,
  queueId: string,
  user: QueueUser,
): Promise<Millis | null> {
  const { row, queue, now } = await queueMoment(database, clock, queueId, user, 'write')
  // It hands out nothing until its policy changes (13.13).
  if (queue.policy.isPaused) return null
  const { from, to } = dueRange(now)
  const [sql, values] = queue.handsOutByGroups
    ? [selectNextGroups, [queueId, row.looked_until]]
    : [selectNextPlaces, [queueId, from, to, row.head_from_at, row.head_from_sequence]]
  const [next] = await withRetries(() => database.query<NextRow>(sql, values))
  return untilDue(nextPlacesOf(next!), now)
}

export function nextPlacesOf({ is_due, forefront_at, end_at }: NextRow): NextPlaces {
  return { isDue: is_due, forefrontAt: forefront_at, endAt: end_at }
}
