import { deleteLock as deleteLockOf, isRefusal, type Refusal } from '../../../domain/lifecycle.ts'
import { stateOf } from '../../rows.ts'
import type { DeleteLock } from '../../store.ts'
import type { Session } from '../session.ts'
import { findState, storeState } from './find-state.ts'

/** Gives one request back (3.4, 5.2, 5.3). */
export function deleteLock(session: Session, ask: DeleteLock): Refusal | undefined {
  const queue = session.queue(ask)
  if (isRefusal(queue)) return queue
  const row = findState(session, queue, ask.requestId)
  if (row === undefined) return { refused: 'requestNotFound' }
  const outcome = deleteLockOf(stateOf(row), ask.client, ask.side, queue.moment(session.now))
  if (isRefusal(outcome)) return outcome
  if (outcome !== null) {
    storeState(session, row.number, outcome.state)
    queue.modified(session.now)
  }
  queue.touchedBy(ask.client, session.now)
  return undefined
}
