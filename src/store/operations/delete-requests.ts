import type { DeleteRequests } from '../params/requests.ts'
import { countThatFits, type StepSize } from '../steps/steps.ts'
import { deleteIfPresent } from './delete-request.ts'
import type { QueueOperation } from './operation.ts'

/** One step of a batch delete. It deletes as many of the first requests as fit into a step. */
export interface DeleteRequestsStep extends DeleteRequests {
  readonly stepSize: StepSize
}

/** Deletes the requests that exist (6.6). Returns how many of the IDs are done. */
export const deleteRequests: QueueOperation<DeleteRequestsStep, { readonly doneCount: number }> = {
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
