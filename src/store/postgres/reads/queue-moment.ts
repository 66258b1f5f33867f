import type { QueueUser, Right } from '../../../domain/caller.ts'
import type { Millis } from '../../../domain/time.ts'
import { usable } from '../../queue-access.ts'
import { type QueueState, UnsavedQueues } from '../../queue-state.ts'
import { queueOf } from '../batching/transaction.ts'
import { type PostgresClock, wallOf } from '../clock.ts'
import type { Database } from '../connection/pool.ts'
import { withRetries } from '../connection/retries.ts'
import { statement } from '../connection/statement.ts'
import { type PostgresQueueRow, queueRowColumns } from '../rows.ts'

const selectQueue = statement(
  `SELECT ${queueRowColumns}, ${wallOf('$2')} AS wall FROM queues WHERE queue_id = $1`,
)

/** A queue as its row was, and the time. */
export interface QueueMoment {
  readonly row: PostgresQueueRow
  /** Made from the row. Its changes are not saved. */
  readonly queue: QueueState
  readonly now: Millis
}

/**
 * Reads a queue without a transaction.
 *
 * @throws HeadlockError `queueNotFound`
 */
export async function queueMoment(
  database: Database,
  clock: PostgresClock,
  queueId: string,
  user: QueueUser,
  right: Right,
): Promise<QueueMoment> {
  const askedAt = clock.asked()
  const [found] = await withRetries(() =>
    database.query<PostgresQueueRow & { wall: string }>(selectQueue, [queueId, clock.wallValue]),
  )
  const row = usable(user, found, right)
  const now = clock.read(Number(row.wall), askedAt, {
    queueId,
    shownAt: row.shown_at,
    leadMs: row.clock_lead,
  })
  return { row, queue: queueOf(row, new UnsavedQueues()), now }
}
