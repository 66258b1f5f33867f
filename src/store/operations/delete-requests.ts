import type { DeleteRequests } from '../store.ts'
import { deleteIfPresent } from './delete-request.ts'
import type { QueueOperation } from './operation.ts'

/** Deletes those that are there (6.6). */
export const deleteRequests: QueueOperation<DeleteRequests, void> = {
  reads: ({ requestIds }) => ({ ids: requestIds }),

  perform(session, { requestIds, client }) {
    for (const requestId of requestIds) deleteIfPresent(session, requestId)
    session.queue.touchedBy(client, session.now)
    return undefined
  },
}
