/** A batch delete (6.6). It takes several steps if the requests are very large. */
import type { DeleteRequests } from '../params/requests.ts'

/**
 * Each step deletes as many of the first requests as fit, and returns how many that was. If a step fails,
 * repeating the call finishes the rest: deleting a missing request is no failure.
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
