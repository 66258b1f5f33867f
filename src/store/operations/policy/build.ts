/**
 * How a policy that was stored comes into force (13.2). The first step is part of the call that stores it. The
 * others are steps of the store, with other calls between them (`continueBuilding`).
 */
import { needsGroups, type Policy } from '../../../domain/policy/policy.ts'
import type { Building, EarlierPolicy } from '../../building.ts'
import type { QueueState } from '../../queue-state.ts'
import { policyOfText } from '../../stored-policy.ts'
import { lookAt, lookAtGroups } from '../hand-out/look-at-groups.ts'
import type { QueueSession } from '../queue-session.ts'
import { areFewRequests, followRevisits, revisitsToFollow } from '../revisit/follow-revisits.ts'
import { gather } from './gather.ts'

/** How much a step does within the call that stores the policy, and the first step of a store. */
export const stepSize = 200
/** A queue with so few unhandled requests gets its groups within the call that stores the policy. */
export const smallQueueMax = 1000

/**
 * How many policies before are known, because the row of the queue has them. A group that was judged by an earlier one is taken to
 * have been under the oldest of them since.
 */
const earlierPoliciesMax = 4

/** How many steps look at groups within that call. */
const looksAtOnceMax = 4

/** Has to be called after a policy was stored. @param before the text of the policy before */
export function startBuilding(session: QueueSession, before: string | null): void {
  startGroups(session, before)
  startRevisits(session)
  startHistory(session)
}

/**
 * Histories begin with the policy that says so. They end with the one that does not: what happens then is not noted,
 * so what was noted before would be wrong (14.7).
 */
function startHistory(session: QueueSession): void {
  const { queue } = session
  if (queue.newestPolicy.keepsHistory === (queue.historySince !== null)) return
  queue.setGroups({ historySince: queue.historySince === null ? queue.policyVersion : null })
  session.saveGroups()
}

function startGroups(session: QueueSession, before: string | null): void {
  const { queue } = session
  const policy = queue.newestPolicy
  // The traces of earlier groups are deleted first. What then comes is decided at their end.
  if (queue.building?.phase === 'clear') return
  if (!needsGroups(policy) && !queue.keepsGroups) {
    if (queue.grouping !== null) begin(session, { grouping: null }, { phase: 'clear', cursor: '' })
    return
  }
  if (changesGrouping(queue, policy)) {
    begin(session, { grouping: null }, { phase: 'clear', cursor: '' })
    return
  }
  const earlier = policyOfText(before)
  const { building } = queue
  const judgedBefore = earlierPolicies(session, before)
  if (queue.grouping === null) {
    const handsOutBy = { policy: before }
    // In a small queue, all requests are read at once anyway.
    const first = isSmall(queue) ? {} : { place: null }
    begin(
      session,
      { grouping: policy.groupBy ?? 'host' },
      { phase: 'gather', cursor: '', ...first, handsOutBy },
    )
  } else if (hasOtherPriorities(earlier, policy)) {
    const rest = building?.handsOutBy === undefined ? {} : { handsOutBy: building.handsOutBy }
    begin(session, {}, { phase: 'gather', cursor: '', before: judgedBefore, ...rest })
  } else if (building?.phase === 'gather') {
    save(session, { ...building, before: judgedBefore })
  } else if (hasOtherRules(earlier, policy)) {
    begin(session, {}, { phase: 'look', cursor: '', before: judgedBefore })
  } else if (building?.before !== undefined) {
    save(session, { ...building, before: judgedBefore })
  }
}

/** With the policy that was just replaced. A group that was not looked at since is judged by each of them for its time. */
function earlierPolicies({ queue, now }: QueueSession, before: string | null): readonly EarlierPolicy[] {
  const replaced = { version: queue.policyVersion - 1, policy: before, until: now }
  return [...(queue.building?.before ?? []), replaced].slice(-earlierPoliciesMax)
}

/** Revisits come last, because nothing that is handed out now waits for them. */
function startRevisits(session: QueueSession): void {
  const { queue } = session
  if (queue.building !== null && queue.building.phase !== 'revisit') return
  const building = revisitsToFollow(queue)
  if (building === null) return
  save(session, building)
  if (areFewRequests(queue)) while (queue.building !== null) continueBuilding(session)
}

/**
 * Whether the policy can follow the present one. Other groups are built after the old ones are gone, and no rule
 * could be kept meanwhile. So a large queue takes them only while no rule is in force. Its groups may be there
 * nevertheless, for cooldowns and priorities that requests ask for. The former end then.
 */
export function mayChangeTo(queue: QueueState, policy: Policy): boolean {
  return isSmall(queue) || !needsGroups(queue.newestPolicy) || !changesGrouping(queue, policy)
}

/** Whether the policy has other groups than the queue has. */
function changesGrouping({ grouping }: QueueState, policy: Policy): boolean {
  return grouping !== null && needsGroups(policy) && (policy.groupBy ?? 'host') !== grouping
}

export function isSmall({ totalCount, handledCount }: QueueState): boolean {
  return totalCount - handledCount <= smallQueueMax
}

/** Makes the queue one with groups, if it is not (13.8, 13.10). They stay when its policy goes. */
export function keepGroups(session: QueueSession): void {
  const { queue } = session
  if (queue.keepsGroups) return
  queue.setGroups({ keepsGroups: true })
  session.saveGroups()
  if (queue.grouping === null) startBuilding(session, queue.policyText)
}

function begin(
  session: QueueSession,
  changes: Partial<Pick<QueueState, 'grouping'>>,
  building: Omit<Building, 'done' | 'total'>,
): void {
  const { queue } = session
  const total = Math.max(0, queue.totalCount - queue.handledCount)
  save(session, { ...building, done: 0, total }, changes)
  if (!isSmall(queue)) return
  // A small queue may have had very many groups. The new rules are in force before all of them are looked at.
  for (let looks = 0; queue.building !== null && looks < looksAtOnceMax; ) {
    if (queue.building.phase === 'revisit') return
    if (queue.building.phase === 'look') looks++
    continueBuilding(session)
  }
}

/**
 * Does one step of what remains to be done. Nothing if nothing does.
 *
 * @param size how many requests get their group, or how many groups are looked at
 */
export function continueBuilding(session: QueueSession, size = stepSize): void {
  const { building } = session.queue
  if (building === null) return
  if (building.phase === 'gather') save(session, gather(session, building, size))
  else if (building.phase === 'look') look(session, building, size)
  else if (building.phase === 'revisit') save(session, followRevisits(session, building))
  else clear(session, building, size)
}

function look(session: QueueSession, building: Building, size: number): void {
  const { queue, groups, now } = session
  const found = groups.after(building.cursor, size)
  // The group of URLs without a host comes before every name.
  const nameless =
    building.cursor === '' ? [groups.get('')].filter(({ unhandledCount }) => unhandledCount > 0) : []
  for (const group of [...nameless, ...found]) {
    if (group.judgedBy === queue.policyVersion && (group.lookAt === null || group.lookAt > now)) continue
    lookAt(session, group)
  }
  const cursor = found.at(-1)?.name ?? building.cursor
  const looked = { ...building, cursor, done: building.done + found.length }
  if (found.length === size || (mayLookAgain(queue, looked) && lookAtGroups(session, size))) {
    const again = found.length === size ? {} : { again: (building.again ?? 0) + size }
    save(session, { ...looked, ...again })
    return
  }
  save(session, null)
  startRevisits(session)
}

/**
 * Hand-outs by the policy before leave groups to be looked at. The first head/lock by the new policy would look at all of
 * them. So this is done before, until it has taken as long as the first look.
 */
function mayLookAgain(queue: QueueState, { handsOutBy, again = 0, done }: Building): boolean {
  return handsOutBy !== undefined && !isSmall(queue) && again <= done
}

function clear(session: QueueSession, building: Building, size: number): void {
  const cleared = session.groups.clear(size)
  if (cleared === size) {
    save(session, { ...building, done: building.done + cleared })
    return
  }
  save(session, null)
  // A policy may have come meanwhile.
  startBuilding(session, null)
}

function save(
  session: QueueSession,
  building: Building | null,
  changes: Partial<Pick<QueueState, 'grouping'>> = {},
): void {
  session.queue.setGroups({ ...changes, buildingText: building === null ? null : JSON.stringify(building) })
  session.saveGroups()
}

function hasOtherPriorities(a: Policy, b: Policy): boolean {
  return JSON.stringify(a.priorities) !== JSON.stringify(b.priorities)
}

function hasOtherRules(a: Policy, b: Policy): boolean {
  const decisive = ({ rules, adaptiveMaxDelayMs }: Policy) => JSON.stringify([rules, adaptiveMaxDelayMs])
  return decisive(a) !== decisive(b)
}
