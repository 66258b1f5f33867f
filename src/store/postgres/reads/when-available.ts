import { dueRange, untilDue } from '../../../domain/availability.ts'
import type { QueueUser } from '../../../domain/caller.ts'
import type { Millis } from '../../../domain/time.ts'
import { usable } from '../../queue-access.ts'
import { UnsavedQueues } from '../../queue-state.ts'
import { queueOf } from '../batching/transaction.ts'
import { type PostgresClock, wallOf } from '../clock.ts'
import type { Database } from '../connection/pool.ts'
import { withRetries } from '../connection/retries.ts'
import { statement } from '../connection/statement.ts'
import { type PostgresQueueRow, queueRowColumns } from '../rows.ts'

const selectQueue = statement(
  `SELECT ${queueRowColumns}, ${wallOf('$2')} AS wall FROM queues WHERE queue_id = $1`,
)

/** $2 to $3 is due. The normal side begins at $4 and $5, as in `selectDue`. */
const selectNextPlaces = statement(`
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

interface Row extends PostgresQueueRow {
  wall: string
}

interface NextRow {
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
  const askedAt = clock.asked()
  const [found] = await withRetries(() => database.query<Row>(selectQueue, [queueId, clock.wallValue]))
  const row = usable(user, found, 'write')
  // It hands out nothing until its policy changes (13.13).
  const queue = queueOf(row, new UnsavedQueues())
  if (queue.policy.isPaused) return null
  const now = clock.read(Number(row.wall), askedAt, {
    queueId,
    shownAt: row.shown_at,
    leadMs: row.clock_lead,
  })
  const { from, to } = dueRange(now)
  const [sql, values] = queue.handsOutByGroups
    ? [selectNextGroups, [queueId, row.looked_until]]
    : [selectNextPlaces, [queueId, from, to, row.head_from_at, row.head_from_sequence]]
  const [next] = await withRetries(() => database.query<NextRow>(sql, values))
  const { is_due: isDue, forefront_at: forefrontAt, end_at: endAt } = next!
  return untilDue({ isDue, forefrontAt, endAt }, now)
}
