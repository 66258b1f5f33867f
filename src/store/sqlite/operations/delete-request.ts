import { isRefusal, type Refusal, remove } from '../../../domain/lifecycle.ts'
import type { QueueState } from '../../queue-state.ts'
import { stateOf } from '../../rows.ts'
import type { ClientAsk, RequestAsk } from '../../store.ts'
import type { Session } from '../session.ts'
import { findState } from './find-state.ts'

/** Deletes one request, locked or not (6.5). */
export function deleteRequest(session: Session, ask: RequestAsk & ClientAsk): Refusal | undefined {
  const queue = session.queue(ask)
  if (isRefusal(queue)) return queue
  if (!deleteIfPresent(session, queue, ask.requestId)) return { refused: 'requestNotFound' }
  queue.touchedBy(ask.client, session.now)
  return undefined
}

/** Whether it was there. */
export function deleteIfPresent(session: Session, queue: QueueState, requestId: string): boolean {
  const row = findState(session, queue, requestId)
  if (row === undefined) return false
  session.statement('DELETE FROM requests WHERE number = ?').run(row.number)
  queue.count(remove(stateOf(row)))
  queue.deleteCount++
  queue.modified(session.now)
  return true
}
