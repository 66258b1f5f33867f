import { revisitDue } from '../../operations/revisit/revisit-due.ts'
import { SqliteQueueSession } from '../session/queue-session.ts'
import type { Session } from '../session/session.ts'

const selectDue = `
  SELECT id FROM queues INDEXED BY queues_to_revisit
  WHERE revisit_at IS NOT NULL AND revisit_at <= ? ORDER BY revisit_at LIMIT 1`

/** Does one step for the queue that has waited longest (13.9). Returns whether there was one. */
export function revisitRequests(session: Session): boolean {
  const row = session.statement(selectDue).get(session.now)
  const queue = row === undefined ? undefined : session.anyQueue(row['id'] as string)
  if (queue === undefined) return false
  revisitDue(new SqliteQueueSession(session, queue))
  return true
}
