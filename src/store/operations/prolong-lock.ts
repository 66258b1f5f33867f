import { isRefusal, prolong } from '../../domain/lifecycle.ts'
import { isFull } from '../../domain/policy/group.ts'
import { liveLock, type RequestState } from '../../domain/request.ts'
import type { Millis } from '../../domain/time.ts'
import type { ProlongLock } from '../params/head-and-locks.ts'
import { judgeOf } from './hand-out/judge.ts'
import { moveRequest } from './move-request.ts'
import type { QueueOperation } from './operation.ts'
import type { QueueSession } from './queue-session.ts'

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
    if (!mayBeTakenBack(session, before)) return { refused: 'lockNotHeld' }
    moveRequest(session, requestId, before, outcome, client)
    queue.recordClient(client, now)
    queue.tally.seen(client, now)
    return { lockExpiresAt: outcome.state.lock!.expiresAt }
  },
}

/** Whether a lock that ran out may be taken back: its group may have as many live locks as its rule allows (13.5). */
function mayBeTakenBack(session: QueueSession, state: RequestState): boolean {
  const { queue, now } = session
  const { group } = state
  if (!queue.handsOutByGroups || group === null || liveLock(state, now) !== null) return true
  return !isFull(session.groups.get(group), judgeOf(queue, group).limits, now)
}
