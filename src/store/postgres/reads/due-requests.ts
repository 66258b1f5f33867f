import { dueRange } from '../../../domain/availability.ts'
import type { Place } from '../../../domain/order.ts'
import type { Millis } from '../../../domain/time.ts'
import { type Parameter, type Statement, statement } from '../connection/statement.ts'

/**
 * Selects the first requests that may be handed out, in order: forefront first, then the normal side. All reads
 * of the head use it, so that a rule about what is handed out changes one statement. Its parameters are
 * `dueParameters`: $2 to $3 is due, $4 and $5 are where the normal side begins.
 *
 * @param columns of the table `requests`
 */
export function selectDue(columns: string): Statement {
  return statement(`
  SELECT * FROM (
    (SELECT ${columns} FROM requests
      WHERE queue_id = $1 AND available_at >= $2::bigint AND available_at < 0
      ORDER BY available_at, sequence LIMIT $6)
    UNION ALL
    (SELECT ${columns} FROM requests
      WHERE queue_id = $1 AND (available_at, sequence) >= ($4::bigint, $5::bigint) AND available_at <= $3::bigint
      ORDER BY available_at, sequence LIMIT $6)
  ) AS sides
  LIMIT $6`)
}

/**
 * Selects scheduled requests by the moment at which they become available (rule 12.4). Those of one moment come
 * in the order in which they will be handed out. Its parameters are the queue, the time and a limit.
 *
 * @param columns of the table `requests`
 */
export function selectScheduled(columns: string): Statement {
  return statement(`
  SELECT ${columns} FROM requests WHERE queue_id = $1 AND scheduled_at > $2::bigint
  ORDER BY scheduled_at, sequence LIMIT $3`)
}

/** @param first no request on the normal side has a place before this one (batching/low-water-mark.ts) */
export function dueParameters(queueId: string, now: Millis, first: Place, limit: number): Parameter[] {
  const { from, to } = dueRange(now)
  return [queueId, from, to, first.availableAt, first.sequence, limit]
}
