import { isRefusal, deleteLock as lockDeleted } from '../../domain/lifecycle.ts'
import type { DeleteLock } from '../params/head-and-locks.ts'
import { moveRequest } from './move-request.ts'
import type { QueueOperation } from './operation.ts'

/** Gives one request back (3.4, 5.2, 5.3). */
export const deleteLock: QueueOperation<DeleteLock, void> = {
  right: 'write',
  reads: ({ requestId }) => ({ ids: [requestId] }),

  perform(session, { requestId, client, side }) {
    const { queue, now } = session
    const before = session.state(requestId)
    if (before === null) return { refused: 'requestNotFound' }
    const outcome = lockDeleted(before, client, side, queue.moment(now))
    if (isRefusal(outcome)) return outcome
    if (outcome !== null) {
      moveRequest(session, requestId, before, outcome, client)
      queue.tally.seen(client, now)
    }
    queue.recordClient(client, now)
    return undefined
  },
}
