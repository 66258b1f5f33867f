import { continueBuilding } from '../../operations/policy/build.ts'
import { SqliteQueueSession } from '../session/queue-session.ts'
import type { Session } from '../session/session.ts'

const selectBuilding = `
  SELECT id FROM queues INDEXED BY queues_building WHERE building IS NOT NULL AND number > ? ORDER BY number LIMIT 1`

/**
 * Does one step for the next queue whose policy is not in force for every request (13.2).
 *
 * @param after the number of the queue that had the last step; the queues take turns
 * @returns the number of the queue; null if nothing is left to do
 */
export function buildGroups(session: Session, after: number): number | null {
  const row = session.statement(selectBuilding).get(after) ?? session.statement(selectBuilding).get(-1)
  const queue = row === undefined ? undefined : session.anyQueue(row['id'] as string)
  if (queue === undefined) return null
  continueBuilding(new SqliteQueueSession(session, queue))
  return queue.number
}
