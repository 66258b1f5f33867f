import type { QueryResultRow } from 'pg'
import type { Millis } from '../../../domain/time.ts'
import { lockedByClients } from '../../locked-by-clients.ts'
import { type Statement, statement } from '../connection/statement.ts'

/** Jumps from one client to the next in the index. Clients that hold nothing now come with a null. */
export const selectLocked = statement(`
  WITH RECURSIVE clients AS (
    (SELECT locked_by, 1 AS number FROM requests WHERE queue_id = $1 AND locked_by > $2 ORDER BY locked_by LIMIT 1)
    UNION ALL
    SELECT next.locked_by, number + 1 FROM clients CROSS JOIN LATERAL (
      SELECT locked_by FROM requests WHERE queue_id = $1 AND locked_by > clients.locked_by
      ORDER BY locked_by LIMIT 1) AS next
    WHERE number < $3)
  SELECT clients.locked_by, locks.id FROM clients LEFT JOIN LATERAL (
    SELECT id FROM requests
    WHERE queue_id = $1 AND locked_by = clients.locked_by AND lock_expires_at > $4::bigint
    ORDER BY lock_expires_at LIMIT $5) AS locks ON true
  LIMIT $3 + $5`)
const clientsPerStep = 1000

type Query = <Row extends QueryResultRow>(what: Statement, ...values: readonly unknown[]) => Promise<Row[]>

/**
 * The IDs of locked requests, at most so many. Null if there are very many clients.
 *
 * @param query gives the queue as the first parameter
 */
export function lockedIds(query: Query, now: Millis, max: number): Promise<readonly string[] | null> {
  return lockedByClients(max, clientsPerStep, async (afterKey, clientsMax, left) => {
    const values = [afterKey, clientsMax, now, left]
    const found = await query<{ locked_by: string; id: string | null }>(selectLocked, ...values)
    const rows = found.flatMap(({ id }) => (id === null ? [] : [id]))
    const clients = new Set(found.map(({ locked_by }) => locked_by))
    const isAtEnd = clients.size < clientsMax && rows.length < left
    return { rows: rows.slice(0, left), lastKey: isAtEnd ? null : found.at(-1)!.locked_by }
  })
}
