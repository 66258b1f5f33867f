import { isRefusal, prolong, type Refusal } from '../../../domain/lifecycle.ts'
import type { Millis } from '../../../domain/time.ts'
import { stateOf } from '../../rows.ts'
import type { ProlongLock } from '../../store.ts'
import type { Session } from '../session.ts'
import { findState, storeState } from './find-state.ts'

/** Counts a lock from now, or takes back one that ran out (5.1, 5.2). */
export function prolongLock(session: Session, ask: ProlongLock): { lockExpiresAt: Millis } | Refusal {
  const queue = session.queue(ask)
  if (isRefusal(queue)) return queue
  const row = findState(session, queue, ask.requestId)
  if (row === undefined) return { refused: 'requestNotFound' }
  const outcome = prolong(stateOf(row), ask.client, ask.lockMs, ask.side, queue.moment(session.now))
  if (isRefusal(outcome)) return outcome
  storeState(session, row.number, outcome.state)
  queue.modified(session.now)
  queue.touchedBy(ask.client, session.now)
  return { lockExpiresAt: outcome.state.lock!.expiresAt }
}
