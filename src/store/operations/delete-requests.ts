import type { DeleteRequests } from '../params/requests.ts'
import { countThatFits, type StepSize } from '../steps/steps.ts'
import { deleteIfPresent } from './delete-request.ts'
import type { QueueOperation } from './operation.ts'

/** Of a batch delete: a step, of as many of the first requests as it takes. */
export interface DeleteSome extends DeleteRequests {
  readonly stepSize: StepSize
}

/** Deletes those that are there (6.6); tells how many of the IDs are done with. */
export const deleteRequests: QueueOperation<DeleteSome, { readonly doneCount: number }> = {
  right: 'write',
  reads: ({ requestIds }) => ({ ids: requestIds }),

  perform(session, { requestIds, client, stepSize }) {
    const sizes = requestIds.map((requestId) => session.state(requestId) ?? { bytes: 0 })
    const doneCount = countThatFits(sizes, stepSize)
    for (const requestId of requestIds.slice(0, doneCount)) deleteIfPresent(session, requestId)
    session.queue.recordClient(client, session.now)
    return { doneCount }
  },
}
