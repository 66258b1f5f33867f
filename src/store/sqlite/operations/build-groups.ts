import { continueBuilding } from '../../operations/policy/build.ts'
import { SqliteQueueSession } from '../session/queue-session.ts'
import type { Session } from '../session/session.ts'

const selectBuilding = `
  SELECT id FROM queues INDEXED BY queues_building WHERE building IS NOT NULL AND number > ? ORDER BY number LIMIT 1`

/** How long a step takes, its commit not counted. Other calls run between two steps. */
const stepMs = 6
/** So many requests or groups take far less than that. */
const size = 50

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
  const endsAt = performance.now() + stepMs
  do continueBuilding(new SqliteQueueSession(session, queue), size)
  while (queue.building !== null && performance.now() < endsAt)
  return queue.number
}
