import { labelOf } from '../../../domain/label.ts'
import { groupOf } from '../../../domain/policy/group-of.ts'
import { priorityOf } from '../../../domain/policy/rules.ts'
import { liveLock, type RequestContent, type RequestState } from '../../../domain/request.ts'
import type { Millis } from '../../../domain/time.ts'
import type { QueueState } from '../../queue-state.ts'

/**
 * The state of a request that is added, or that gets a new content, in a queue with groups: with the group of
 * its URL (13.3), and with the priority that it asks for or that a rule gives it (13.11).
 */
export function inGroup(queue: QueueState, content: RequestContent, state: RequestState): RequestState {
  if (state.place === null) return state
  return {
    ...state,
    group: groupOf(content.url, queue.grouping),
    priority: content.wishes?.priority ?? ruledPriority(queue, content),
  }
}

/**
 * The same for a request that gets a new content. While another client holds it, its lock counts in the group
 * that it was handed out for: that client works on the old URL.
 */
export function inGroupAgain(
  queue: QueueState,
  before: RequestState,
  content: RequestContent,
  state: RequestState,
  now: Millis,
): RequestState {
  const next = inGroup(queue, content, state)
  if (before.group === null || liveLock(state, now) === null) return next
  const lockGroup = before.lockGroup ?? before.group
  return { ...next, lockGroup: lockGroup === next.group ? null : lockGroup }
}

function ruledPriority({ newestPolicy }: QueueState, { url, otherFields }: RequestContent): number {
  const { priorities } = newestPolicy
  if (priorities.length === 0) return 0
  const needsLabel = priorities.some((rule) => 'label' in rule)
  return priorityOf(newestPolicy, url, needsLabel ? labelOf(otherFields) : undefined)
}
