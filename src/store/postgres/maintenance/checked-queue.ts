import type { Client } from 'pg'
import type { Millis } from '../../../domain/time.ts'
import type { CheckedRow, CheckTime } from '../../maintenance/invariants.ts'
import { wallOf } from '../clock.ts'
import { readRequestRow } from '../columns.ts'
import { type PostgresQueueRow, stateColumns } from '../rows.ts'

/** How many requests are in memory at a time. */
export const requestsPerStep = 10_000

export interface FoundQueue {
  readonly queue: PostgresQueueRow
  readonly time: CheckTime
}

/** The row of a queue and its time. Null if the queue does not exist. */
export async function queueAt(
  client: Client,
  queueId: string,
  wall: Millis | null,
): Promise<FoundQueue | null> {
  const found = await client.query<PostgresQueueRow>('SELECT * FROM queues WHERE queue_id = $1', [queueId])
  const queue = found.rows[0]
  if (queue === undefined) return null
  const clock = await client.query<{ wall: number }>(`SELECT ${wallOf('$1')} AS wall`, [wall])
  const shownAt = queue.shown_at
  return { queue, time: { shownAt, now: Math.max(shownAt, clock.rows[0]!.wall + queue.clock_lead) } }
}

/** The requests of the queue, ordered by ID, read in steps. */
export async function* checkedRows(client: Client, queueId: string): AsyncGenerator<CheckedRow> {
  let after = ''
  for (;;) {
    const { rows } = await client.query<CheckedRow>(
      `SELECT unique_key, ${stateColumns} FROM requests WHERE queue_id = $1 AND id > $2 ORDER BY id LIMIT ${requestsPerStep}`,
      [queueId, after],
    )
    yield* rows.map(readRequestRow)
    if (rows.length < requestsPerStep) return
    after = rows.at(-1)!.id
  }
}

/**
 * The requests that have the same rank as another one of the queue, except one of each rank. Both sides share
 * sequence numbers.
 */
export async function duplicateRanks(client: Client, queueId: string): Promise<{ id: string }[]> {
  const { rows } = await client.query<{ id: string }>(
    `SELECT id FROM (
       SELECT id, abs(sequence) AS sequence, lag(abs(sequence)) OVER (ORDER BY abs(sequence), id) AS ticket_before
       FROM requests WHERE queue_id = $1 AND available_at IS NOT NULL AND sequence IS NOT NULL) AS ranked
     WHERE sequence = ticket_before`,
    [queueId],
  )
  return rows
}

export function storedCountsOf(queue: PostgresQueueRow) {
  const { total_count, handled_count, storage_bytes, last_ticket } = queue
  return { total: total_count, handled: handled_count, bytes: storage_bytes, lastSequence: last_ticket }
}
