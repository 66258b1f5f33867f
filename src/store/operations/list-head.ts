import type { Head, ListHead } from '../params/head-and-locks.ts'
import type { QueueOperation } from './operation.ts'

/** Reads the first available requests, in order. Nothing is locked (4.5). */
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
