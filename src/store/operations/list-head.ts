import type { Head, ListHead } from '../params/head-and-locks.ts'
import type { QueueOperation } from './operation.ts'

/** Reads the first requests that nobody holds: available ones, then scheduled ones. Nothing is locked (4.5, 12.4). */
export const listHead: QueueOperation<ListHead, Head> = {
  right: 'read',
  reads: ({ limit }) => ({ headListed: limit }),

  perform(session, { limit, client }) {
    const { queue, now } = session
    const items = session.head(limit)
    if (client !== null) {
      queue.headItemReadCount += items.length
      queue.recordClient(client, now)
    }
    return {
      queueId: queue.id,
      items,
      queueModifiedAt: queue.modifiedAt,
      hadMultipleClients: queue.hadMultipleClients,
    }
  },
}
