import { figureSteps, secondOf } from '../../series/figure-columns.ts'
import type { Database } from '../connection/pool.ts'
import { statement } from '../connection/statement.ts'

/** Bounds the rows that one step deletes: of so many queues, a few rows each. */
const rowsMax = 1000

const selectOld = statement(`
  SELECT queue_id, max(at) AS at FROM (
    SELECT queue_id, at FROM queue_figures WHERE step_secs = $1 AND at < $2::bigint ORDER BY at LIMIT ${rowsMax}) AS old
  GROUP BY queue_id ORDER BY queue_id`)
const deleteOld = statement(
  'DELETE FROM queue_figures WHERE queue_id = $1 AND step_secs = $2 AND at <= $3::bigint',
)

/**
 * Deletes some of the figures that are older than they are kept (14.8). Each statement is about one queue, because the
 * queues of a cluster are on several machines. Servers that do it at the same time delete nothing twice.
 *
 * @returns whether there may be more
 */
export async function deleteOldFigures(database: Database, now: number): Promise<boolean> {
  let hasMore = false
  for (const { stepSecs, keptSecs } of figureSteps) {
    const before = secondOf(now) - keptSecs
    const old = await database.query<{ queue_id: string; at: number }>(selectOld, [stepSecs, before])
    for (const { queue_id, at } of old) {
      await database.query(deleteOld, [queue_id, stepSecs, at])
      hasMore = true
    }
  }
  return hasMore
}
