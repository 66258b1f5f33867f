import { movedTo } from '../../../domain/order.ts'
import type { LockedHead, LockHead } from '../../store.ts'
import type { QueueOperation } from '../operation.ts'

/** Takes the first available requests and locks them for the caller (4.1). */
export const lockHead: QueueOperation<LockHead, LockedHead> = {
  needs: ({ limit }) => ({ headTaken: limit, locks: true }),

  perform(session, { limit, lockMs, client }) {
    const { queue, now } = session
    const lockExpiresAt = now + lockMs
    const { clientKey, runId } = client
    const taken = session.takeHead(limit)
    for (const { item, state } of taken) {
      const placeBefore = state.place!
      const lock = { clientKey, runId, expiresAt: lockExpiresAt, placeBefore }
      session.move(item.id, { ...state, place: movedTo(placeBefore, lockExpiresAt), lock })
    }
    if (taken.length > 0) queue.modified(now)
    queue.writeCount += taken.length
    queue.headItemReadCount += taken.length
    queue.touchedBy(client, now)
    return {
      items: taken.map(({ item }) => item),
      lockExpiresAt,
      queueModifiedAt: queue.modifiedAt,
      hadMultipleClients: queue.hadMultipleClients,
      queueHasLockedRequests: session.hasLockedRequests,
    }
  },
}
