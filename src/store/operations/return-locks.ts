import { returnLock } from '../../domain/lifecycle.ts'
import type { ReturnLocks } from '../params/head-and-locks.ts'
import { moveRequest } from './move-request.ts'
import type { QueueOperation } from './operation.ts'

/** No work was done, so none has ended (13.4). */
const undone = { lockGone: 'returned', pace: null } as const

/** Undoes a head/lock whose answer could not be delivered (4.6). Not a touch by a client. */
export const returnLocks: QueueOperation<ReturnLocks, void> = {
  right: 'write',
  reads: ({ requestIds }) => ({ ids: requestIds }),

  perform(session, { requestIds, clientKey, lockExpiresAt }) {
    const { queue, now } = session
    const author = { clientKey, cause: 'undelivered' } as const
    for (const requestId of requestIds) {
      const state = session.state(requestId)
      const returned = state === null ? null : returnLock(state, clientKey, lockExpiresAt, now)
      if (returned !== null) moveRequest(session, requestId, state!, returned, author, undone)
    }
    queue.accessed(now)
    return undefined
  },
}
