import { limits as apiLimits } from '../../../domain/limits.ts'
import { afterHandOut } from '../../../domain/policy/group-events.ts'
import type { HeadItem } from '../../../domain/request.ts'
import type { QueueSession } from '../queue-session.ts'
import { giveUp } from './give-up.ts'
import type { DueRequest } from './group-rows.ts'
import { judgeOf } from './judge.ts'
import { Line, roomBy } from './line.ts'
import type { LockToTake } from './lock-to-take.ts'
import { lookAt, lookAtGroups } from './look-at-groups.ts'
import { putGroup } from './put-group.ts'

/** There are more groups to look at than one step does. The call has to be repeated. It has taken nothing. */
export interface MoreToLookAt {
  readonly moreToLookAt: true
}

export const moreToLookAt: MoreToLookAt = { moreToLookAt: true }

/** How many requests one step gives up. */
const givenUpMax = 100

/**
 * Takes the first available requests of a queue with groups, and locks them (4.1, 13.6). No group gets more
 * than its rule allows (13.5).
 */
export function takeByGroups(
  session: QueueSession,
  limit: number,
  lock: LockToTake,
): readonly HeadItem[] | MoreToLookAt {
  for (let count = 0; count < givenUpMax; count++) {
    if (lookAtGroups(session)) return moreToLookAt
    const items = takeUnlessOneGoes(session, limit, lock)
    if (items !== null) return items
  }
  return moreToLookAt
}

/**
 * Null if a request was given up, or if a group had to be looked at. Then other requests may come first, and
 * nothing was taken.
 */
function takeUnlessOneGoes(
  session: QueueSession,
  limit: number,
  lock: LockToTake,
): readonly HeadItem[] | null {
  const { queue, groups, now } = session
  const open = groups.open(limit)
  const stale = open.filter(({ group }) => group.judgedBy !== queue.policyVersion)
  if (stale.length > 0) {
    // The policy has changed since somebody looked at them.
    for (const { group } of stale) lookAt(session, group)
    return null
  }
  const line = new Line(
    groups,
    open,
    roomBy((name) => judgeOf(queue, name).limits, now),
    limit,
  )
  const taken: DueRequest[] = []
  let bytes = 0
  for (const first of groups.read(line.take())) {
    if (first.lockExpiries >= (queue.policy.lockExpiriesMax ?? Number.POSITIVE_INFINITY)) {
      giveUp(session, first)
      return null
    }
    bytes += first.bytes
    if (bytes > apiLimits.lockHeadBytesMax && taken.length > 0) break
    taken.push(first)
  }
  if (taken.length === 0) return []
  line.putBack(taken.length)
  groups.lockAll(taken, lock)
  const lockEnd = lock.expiresAt
  for (const { group, taken, next } of line.takenOfGroups()) {
    const handedOut = { taken, next, lockEnd }
    putGroup(session, afterHandOut(group, judgeOf(queue, group.name), now, handedOut), false)
  }
  return taken.map(({ item }) => item)
}
