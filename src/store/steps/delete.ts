/** A batch delete (6.6), in one step where the requests are not very large. */
import type { DeleteRequests } from '../params/requests.ts'

/**
 * Each step deletes as many of the first requests as it takes, and says how many. A repetition after a step that failed
 * finishes it: what is not there is no failure.
 */
export async function deleteInSteps(
  params: DeleteRequests,
  step: (params: DeleteRequests) => Promise<{ readonly doneCount: number }>,
): Promise<void> {
  let { requestIds } = params
  do {
    const { doneCount } = await step({ ...params, requestIds })
    requestIds = requestIds.slice(doneCount)
  } while (requestIds.length > 0)
}
