import type { Head, ListHead } from '../../store.ts'
import type { QueueOperation } from '../operation.ts'

/** The first requests that nobody holds, in order (4.5). */
export const listHead: QueueOperation<ListHead, Head> = {
  needs: ({ limit }) => ({ headListed: limit }),

  perform(session, { limit, client }) {
    const { queue, now } = session
    const items = session.head(limit).map(({ item }) => item)
    if (client !== null) {
      queue.headItemReadCount += items.length
      queue.touchedBy(client, now)
    }
    return { items, queueModifiedAt: queue.modifiedAt, hadMultipleClients: queue.hadMultipleClients }
  },
}
