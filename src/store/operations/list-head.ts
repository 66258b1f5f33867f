import type { Head, ListHead } from '../params/head-and-locks.ts'
import { headByGroups } from './hand-out/head-by-groups.ts'
import type { MoreToLookAt } from './hand-out/take-by-groups.ts'
import type { QueueOperation } from './operation.ts'

/**
 * Reads the first requests that nobody holds: available ones, then held back ones, then scheduled ones. Nothing is
 * locked (4.5, 12.4). Has to be repeated if it answers `MoreToLookAt`.
 */
export const listHead: QueueOperation<ListHead, Head | MoreToLookAt> = {
  right: 'read',
  reads: ({ limit }) => ({ headListed: limit }),

  perform(session, { limit, client }) {
    const { queue, now } = session
    const items = queue.handsOutByGroups ? headByGroups(session, limit) : session.head(limit)
    if ('moreToLookAt' in items) return items
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
