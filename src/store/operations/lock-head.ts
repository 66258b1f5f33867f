import type { LockedHead, LockHead } from '../params/head-and-locks.ts'
import type { QueueOperation } from './operation.ts'

/** Takes the first available requests and locks them for the caller (4.1). */
export const lockHead: QueueOperation<LockHead, LockedHead> = {
  right: 'write',
  reads: ({ limit }) => ({ headTaken: limit, unavailable: true }),

  perform(session, { limit, lockMs, client }) {
    const { queue, now } = session
    const lockExpiresAt = now + lockMs
    const items = session.takeHead(limit, { client, expiresAt: lockExpiresAt })
    if (items.length > 0) queue.modified(now)
    queue.writeCount += items.length
    queue.headItemReadCount += items.length
    queue.recordClient(client, now)
    return {
      queueId: queue.id,
      items,
      lockExpiresAt,
      queueModifiedAt: queue.modifiedAt,
      hadMultipleClients: queue.hadMultipleClients,
      queueHasLockedRequests: items.length > 0 || session.hasUnavailable(),
    }
  },
}
