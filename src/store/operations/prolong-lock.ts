import { isRefusal, prolong } from '../../domain/lifecycle.ts'
import type { Millis } from '../../domain/time.ts'
import type { ProlongLock } from '../params/head-and-locks.ts'
import { moveRequest } from './move-request.ts'
import type { QueueOperation } from './operation.ts'

/** Restarts a lock from now, or takes back a lock that expired (5.1, 5.2). */
export const prolongLock: QueueOperation<ProlongLock, { lockExpiresAt: Millis }> = {
  right: 'write',
  reads: ({ requestId }) => ({ ids: [requestId] }),

  perform(session, { requestId, client, lockMs, side }) {
    const { queue, now } = session
    const before = session.state(requestId)
    if (before === null) return { refused: 'requestNotFound' }
    const outcome = prolong(before, client, lockMs, side, queue.moment(now))
    if (isRefusal(outcome)) return outcome
    moveRequest(session, requestId, outcome)
    queue.recordClient(client, now)
    return { lockExpiresAt: outcome.state.lock!.expiresAt }
  },
}
