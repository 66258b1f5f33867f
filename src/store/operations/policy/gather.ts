import { isPriority } from '../../../domain/policy/rank.ts'
import type { RequestContent, RequestState } from '../../../domain/request.ts'
import type { QueueState } from '../../queue-state.ts'
import { inGroupAgain } from '../hand-out/in-group.ts'

/**
 * The state of a stored request with its group and its priority. What the request asked for itself is read
 * from what it brought, because a stored request has lost its wishes.
 */
export function gathered(queue: QueueState, content: RequestContent, state: RequestState): RequestState {
  const priority = wishedPriority(content.otherFields)
  const wishing = priority === null ? content : { ...content, wishes: { priority } }
  return inGroupAgain(queue, state, wishing, state, Number.NEGATIVE_INFINITY)
}

/** Null if the request asks for no priority, or for a wrong one: it may have come before there were any. */
export function wishedPriority(otherFields: string): number | null {
  if (!otherFields.includes('"headlock"')) return null
  const { userData } = JSON.parse(`{${otherFields}}`) as {
    userData?: { headlock?: { priority?: unknown } | null } | null
  }
  const priority = userData?.headlock?.priority
  return isPriority(priority) ? priority : null
}
