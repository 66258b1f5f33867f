import { isHeldBy, unlock } from '../../domain/lifecycle.ts'
import { liveLock } from '../../domain/request.ts'
import type { Millis } from '../../domain/time.ts'
import type { UnlockRequests } from '../params/head-and-locks.ts'
import { countThatFits, type StepSize } from '../steps/steps.ts'
import { moveRequest } from './move-request.ts'
import type { QueueOperation } from './operation.ts'
import type { KnownRequest, QueueSession } from './queue-session.ts'

/** An unlock that is done only if it fits into one step. */
export interface UnlockInOneStep extends UnlockRequests {
  readonly stepSize: StepSize
}

/** One step of an unlock that takes several. */
export interface ReleaseLocksStep extends UnlockRequests {
  readonly requestIds: readonly string[]
}

/** There are more locks than one step releases. `readAt` is when they were counted. */
export interface MoreLocks {
  readonly queueId: string
  readonly readAt: Millis
}

/**
 * Releases every live lock of the client key and of the run (5.4), and keeps their order (3.5). Does nothing
 * if that is more than one step.
 */
export const unlockRequests: QueueOperation<UnlockInOneStep, { unlockedCount: number } | MoreLocks> = {
  right: 'write',
  reads: (params) => ({ heldBy: { ...holderOf(params), countMax: params.stepSize.requests } }),

  perform(session, params) {
    const { clientKey, runId } = holderOf(params)
    const held = session.heldBy(clientKey, runId, params.stepSize.requests)
    const sizes = held?.map(({ state }) => state)
    if (sizes === undefined || countThatFits(sizes, params.stepSize) < sizes.length) {
      return { queueId: session.queue.id, readAt: session.now }
    }
    return release(session, params, held!)
  },
}

/** Releases those of the requests that the client key or the run still holds. */
export const releaseLocks: QueueOperation<ReleaseLocksStep, { unlockedCount: number }> = {
  right: 'write',
  reads: ({ requestIds }) => ({ ids: requestIds }),
  rows: ({ requestIds }) => requestIds.length,

  perform(session, params) {
    const { clientKey, runId } = holderOf(params)
    const held: KnownRequest[] = []
    for (const id of new Set(params.requestIds)) {
      const state = session.state(id)
      const lock = state === null ? null : liveLock(state, session.now)
      if (lock !== null && isHeldBy(lock, clientKey, runId)) held.push({ id, state: state! })
    }
    return release(session, params, held)
  },
}

function release(session: QueueSession, { client }: UnlockRequests, held: readonly KnownRequest[]) {
  const { queue, now } = session
  const before = new Map(held.map(({ id, state }) => [id, state]))
  for (const released of unlock(held, queue.moment(now))) {
    moveRequest(session, released.id, before.get(released.id)!, released, client)
  }
  if (held.length > 0) queue.tally.seen(client, now)
  queue.recordClient(client, now)
  return { unlockedCount: held.length }
}

/** Whose locks are released: those of the client key, if the call gave one, and those of its run. */
export function holderOf({ client, hasClientKey }: UnlockRequests) {
  return { clientKey: hasClientKey ? client.clientKey : null, runId: client.runId }
}
