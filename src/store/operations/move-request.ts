import type { Change } from '../../domain/lifecycle.ts'
import type { QueueSession } from './queue-session.ts'

/** Gives a request the state that a rule decided, and counts the change. */
export function moveRequest(session: QueueSession, requestId: string, change: Change): void {
  session.move(requestId, change.state)
  session.queue.count(change, session.now)
}
