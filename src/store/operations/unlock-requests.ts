import { unlock } from '../../domain/lifecycle.ts'
import type { UnlockRequests } from '../store.ts'
import type { QueueOperation } from './operation.ts'

/** Releases every live lock of the client key and of the run (5.4), in the order they had (3.5). */
export const unlockRequests: QueueOperation<UnlockRequests, { unlockedCount: number }> = {
  reads: (params) => ({ heldBy: holderOf(params) }),

  perform(session, params) {
    const { queue, now } = session
    const { clientKey, runId } = holderOf(params)
    const held = session.heldBy(clientKey, runId)
    for (const { id, state } of unlock(held, queue.moment(now))) session.move(id, state)
    if (held.length > 0) queue.modified(now)
    queue.touchedBy(params.client, now)
    return { unlockedCount: held.length }
  },
}

function holderOf({ client, hasClientKey }: UnlockRequests) {
  return { clientKey: hasClientKey ? client.clientKey : null, runId: client.runId }
}
