import type { Millis } from '../../../domain/time.ts'
import type { Database } from '../connection/pool.ts'
import { withRetries } from '../connection/retries.ts'
import { statement } from '../connection/statement.ts'

/** The time of a queue may be ahead of the database's clock. */
const selectToRevisit = statement(`
  SELECT queue_id FROM queues
  WHERE revisit_at IS NOT NULL AND revisit_at <= greatest($1::bigint + clock_lead, shown_at)
  ORDER BY revisit_at LIMIT 100`)

/** Some of the queues in which handled requests may be due (13.9). */
export async function queuesToRevisit(database: Database, now: Millis): Promise<string[]> {
  const rows = await withRetries(() => database.query<{ queue_id: string }>(selectToRevisit, [now]))
  return rows.map(({ queue_id }) => queue_id)
}
