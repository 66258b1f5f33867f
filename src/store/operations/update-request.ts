import { update } from '../../domain/lifecycle.ts'
import { storedBytes } from '../../domain/request.ts'
import type { UpdatedRequest, UpdateRequest } from '../params/requests.ts'
import { addIfAbsent } from './add-requests.ts'
import type { QueueOperation } from './operation.ts'

/** Replaces the stored request, or adds it (6.1 to 6.4, 6.8, 13.9). */
export const updateRequest: QueueOperation<UpdateRequest, UpdatedRequest> = {
  right: 'write',
  reads: ({ request }) => ({ ids: [request.id] }),

  bytes: ({ request }) => storedBytes(request),

  perform(session, { request, client, side }) {
    const { queue, now } = session
    queue.recordClient(client, now)
    const before = session.state(request.id)
    if (before === null) {
      const { requestId, wasAlreadyPresent, wasAlreadyHandled } = addIfAbsent(session, request, side)
      return { requestId, wasAlreadyPresent, wasAlreadyHandled }
    }
    const change = update(before, request, client, side, queue.moment(now), queue.policy.retry)
    session.replace(request, change.state)
    queue.count(change, now)
    queue.writeCount++
    return { requestId: request.id, wasAlreadyPresent: true, wasAlreadyHandled: before.handledAt !== null }
  },
}
