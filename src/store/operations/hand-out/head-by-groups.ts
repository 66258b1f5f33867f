import { compareKeys, hasPriorities } from '../../../domain/policy/rank.ts'
import type { HeadItem } from '../../../domain/request.ts'
import { headThatFits } from '../../head-size.ts'
import type { QueueSession } from '../queue-session.ts'
import type { DueRequest } from './group-rows.ts'
import { Line } from './line.ts'
import { lookAtGroups } from './look-at-groups.ts'
import { type MoreToLookAt, moreToLookAt } from './take-by-groups.ts'

/** How many requests are sorted by their priority, if there are priorities. */
const sortedMax = 2000

/**
 * The head of a queue with groups, for clients that do not lock (12.4): requests that may be handed out, in
 * order; then due ones that are held back, in order; then scheduled ones by their moment.
 *
 * Of very many that are held back, only those with the first places are in the order of their priorities. No
 * index has the order of all.
 */
export function headByGroups(session: QueueSession, limit: number): readonly HeadItem[] | MoreToLookAt {
  const { queue, groups } = session
  if (lookAtGroups(session)) return moreToLookAt
  const available = queue.policy.isPaused ? [] : availableOf(session, limit)
  const shown = [...available]
  if (shown.length < limit) {
    const ids = new Set(available.map(({ item }) => item.id))
    const readMax = hasPriorities(queue.ranks) ? Math.max(sortedMax, limit) : limit
    const due = groups.dueByPlace(readMax + available.length)
    const held = due.filter(({ item }) => !ids.has(item.id)).sort((a, b) => compareKeys(a.key, b.key))
    shown.push(...held)
  }
  const items = shown.slice(0, limit).map(({ item }) => item)
  // `head` shows scheduled ones after all that are due, and all of those are here.
  const scheduled = items.length < limit ? session.head(limit).slice(items.length) : []
  return [...headThatFits([...items, ...scheduled])]
}

/** All requests of open groups are available here: nobody takes them, so they do not use up the room. */
function availableOf({ groups }: QueueSession, limit: number): readonly DueRequest[] {
  const line = new Line(groups, groups.open(limit), () => Number.POSITIVE_INFINITY, limit)
  return groups.read(line.take())
}
