import { liveLock } from '../../../domain/request.ts'
import type { ReturnLocks } from '../../store.ts'
import type { QueueOperation } from '../operation.ts'

/** Undoes a lock whose answer never arrived (4.6): back to the place from before, as if it had not been. */
export const returnLocks: QueueOperation<ReturnLocks, void> = {
  needs: ({ requestIds }) => ({ ids: requestIds }),

  perform(session, { requestIds, clientKey, lockExpiresAt }) {
    const { queue, now } = session
    for (const requestId of requestIds) {
      const state = session.state(requestId)
      const lock = state === null ? null : liveLock(state, now)
      if (lock === null || lock.clientKey !== clientKey || lock.expiresAt !== lockExpiresAt) continue
      session.move(requestId, { ...state!, place: lock.placeBefore, lock: null })
      queue.modified(now)
    }
    queue.accessed(now)
    return undefined
  },
}
