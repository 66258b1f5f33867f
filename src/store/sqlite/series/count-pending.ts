import type { DatabaseSync } from 'node:sqlite'
import { figureNames } from '../../series/figure-columns.ts'
import { serverNumber, totalStep } from '../../series/server-figures.ts'

const others = figureNames.filter((name) => name !== 'pending_change')
const storeTotal = `
  INSERT INTO queue_figures (queue_number, step_secs, at, ${others.join(', ')}, pending_change)
  SELECT ${serverNumber}, ${totalStep}, 0, ${others.map(() => '0').join(', ')}, coalesce(sum(total_count - handled_count), 0)
  FROM queues WHERE true
  ON CONFLICT (queue_number, step_secs, at) DO UPDATE SET pending_change = excluded.pending_change`

export const selectPending = `
  SELECT pending_change AS pending FROM queue_figures
  WHERE queue_number = ${serverNumber} AND step_secs = ${totalStep} AND at = 0`

/**
 * Counts the pending requests of all queues. The figures of the server go on from there. Comes once, before anything is unsaved: a
 * crash may have lost what the rows of queues have.
 */
export function countPending(db: DatabaseSync): void {
  db.exec(storeTotal)
}

/** How many requests of all queues are pending, as far as the saved figures know. */
export function pendingInFigures(db: DatabaseSync): number {
  return Number(db.prepare(selectPending).get()?.['pending'] ?? 0)
}
