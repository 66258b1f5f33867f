import { isRefusal, type Refusal } from '../../../domain/lifecycle.ts'
import type { ReturnLocks } from '../../store.ts'
import type { Session } from '../session.ts'

/** Undoes a lock whose answer never arrived (4.6): back to the place from before, as if it had not been. */
export function returnLocks(session: Session, ask: ReturnLocks): Refusal | undefined {
  const queue = session.queue(ask)
  if (isRefusal(queue)) return queue
  for (const requestId of ask.requestIds) {
    const { changes } = session
      .statement(`
        UPDATE requests SET
          available_at = available_before, available_before = NULL,
          locked_by = NULL, locked_run = NULL, lock_expires_at = NULL
        WHERE queue_number = ? AND id = ? AND locked_by = ? AND lock_expires_at = ? AND lock_expires_at > ?`)
      .run(queue.number, requestId, ask.clientKey, ask.lockExpiresAt, session.now)
    if (changes > 0) queue.modified(session.now)
  }
  queue.accessed(session.now)
  return undefined
}
