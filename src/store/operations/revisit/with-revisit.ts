import { revisitAfter } from '../../../domain/policy/rules.ts'
import type { RequestContent, RequestState } from '../../../domain/request.ts'
import type { Millis } from '../../../domain/time.ts'
import type { QueueSession } from '../queue-session.ts'

/**
 * The state of a request that gets a new content or a new policy: with the moment at which it becomes pending again, if
 * it is handled and the policy says so (13.9). The policy that was stored last counts. The queue remembers the earliest
 * moment, so this has to be called before the request is written.
 */
export function withRevisit(
  session: QueueSession,
  content: Pick<RequestContent, 'url'>,
  state: RequestState,
): RequestState {
  const { handledAt } = state
  if (handledAt === null) return state
  const { newestPolicy } = session.queue
  if (newestPolicy.revisit.length === 0 && state.revisitAt === null) return state
  const afterMs = revisitAfter(newestPolicy, content.url)
  const revisitAt = afterMs === null ? null : handledAt + afterMs
  if (revisitAt !== null) noteRevisit(session, revisitAt)
  return { ...state, revisitAt }
}

function noteRevisit(session: QueueSession, at: Millis): void {
  const { queue } = session
  if (queue.revisitAt !== null && queue.revisitAt <= at) return
  queue.setGroups({ revisitAt: at })
  session.saveGroups()
}
