/** How the revisits of a policy that was stored come to count for requests that were handled before (13.9). */
import type { Building } from '../../building.ts'
import type { QueueState } from '../../queue-state.ts'
import type { QueueSession } from '../queue-session.ts'
import { withRevisit } from './with-revisit.ts'

/** How many requests one step reads. */
const stepSize = 500
/** A queue with so few requests follows its revisits within the call that stores the policy. */
export const fewRequestsMax = 1000
/** `QueueState.revisitsText` while some requests follow other revisits than others. */
const mixed = ''

/** What remains to be done. Null if every request follows the policy, or will when the running steps are done. */
export function revisitsToFollow(queue: QueueState): Building | null {
  const { revisitsText, building } = queue
  const wanted = textOf(queue)
  if (building?.phase === 'revisit') {
    if (building.revisits === wanted) return building
  } else if (revisitsText === wanted) return null
  return { phase: 'revisit', cursor: '', revisits: wanted, done: 0, total: queue.totalCount }
}

/** Whether all steps are done within the call. */
export function areFewRequests({ totalCount }: QueueState): boolean {
  return totalCount <= fewRequestsMax
}

/** Does one step. Returns what remains to be done after it. */
export function followRevisits(session: QueueSession, building: Building): Building | null {
  const { queue, groups } = session
  if (building.cursor === '') queue.setGroups({ revisitsText: mixed })
  const { requests, lastId, count } = groups.requestsAfter(building.cursor, stepSize, 'handled')
  for (const { content, state } of requests) {
    const after = withRevisit(session, content, state)
    if (after.revisitAt !== state.revisitAt) session.move(content.id, after)
  }
  if (count === stepSize) return { ...building, cursor: lastId, done: building.done + count }
  queue.setGroups({ revisitsText: building.revisits ?? null })
  return null
}

function textOf({ newestPolicy: { revisit } }: QueueState): string | null {
  return revisit.length === 0 ? null : JSON.stringify(revisit)
}
