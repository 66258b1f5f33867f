import type { HeadItem } from '../../../domain/request.ts'
import { countToTake } from '../../head-size.ts'
import type { QueueSession } from '../queue-session.ts'
import type { DueRequest, OpenGroup } from './group-rows.ts'
import { judgeOf } from './judge.ts'
import { Line, roomBy } from './line.ts'
import { lookAt, lookAtGroups, lookedAtMax } from './look-at-groups.ts'
import { type MoreToLookAt, moreToLookAt } from './take-by-groups.ts'

/** A head/lock may give requests up before it takes any (13.12). So many are passed over here. */
const passedOverMax = 1000

/** What `takeByGroups` would take now. It takes nothing, and gives nothing up. */
export function peekByGroups(session: QueueSession, limit: number): readonly HeadItem[] | MoreToLookAt {
  if (lookAtGroups(session)) return moreToLookAt
  const { queue, groups, now } = session
  const roomOf = roomBy((name) => judgeOf(queue, name).limits, now)
  const expiriesMax = queue.policy.lockExpiriesMax ?? Number.POSITIVE_INFINITY
  /** How many of the first requests of a group would be given up. They use up no room. */
  const passedOver = new Map<string, number>()
  for (let count = 0; ; ) {
    const open = openGroups(session, limit + count)
    if (open === null) return moreToLookAt
    const line = new Line(
      groups,
      open,
      (group) => roomOf(group) + (passedOver.get(group.name) ?? 0),
      limit + count,
    )
    const first = groups.read(line.take())
    const isGivenUp = ({ lockExpiries }: DueRequest) => lockExpiries >= expiriesMax
    const givenUp = new Set(first.filter(isGivenUp).map(({ key }) => key.sequence))
    if (givenUp.size === count || count > passedOverMax) {
      const left = first.filter((request) => !isGivenUp(request))
      return left.slice(0, countToTake(left)).map(({ item }) => item)
    }
    count = givenUp.size
    for (const { group, taken } of line.takenOfGroups()) {
      const ofGroup = taken.filter(({ sequence }) => givenUp.has(sequence)).length
      if (ofGroup > 0) passedOver.set(group.name, ofGroup)
    }
  }
}

/** The open groups by the policy in force, in order. Null: one step does not look at so many of which nobody knows it. */
function openGroups(session: QueueSession, countMax: number): readonly OpenGroup[] | null {
  for (let lookedAt = 0; lookedAt < lookedAtMax; ) {
    const open = session.groups.open(countMax)
    const stale = open.filter(({ group }) => group.judgedBy !== session.queue.policyVersion)
    if (stale.length === 0) return open
    // The policy has changed since somebody looked at them.
    for (const { group } of stale) lookAt(session, group)
    lookedAt += stale.length
  }
  return null
}
