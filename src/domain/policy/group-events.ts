/**
 * What happens to a group. An event never searches the requests of the group. Where it cannot know what comes
 * next, it leaves the group unknown, and the next head/lock looks at it (group-look.ts).
 */
import type { Millis } from '../time.ts'
import {
  earlier,
  type GroupState,
  mayCloseAt,
  openingOf,
  settle,
  withMoments,
  withoutMoment,
} from './group.ts'
import type { GroupLimits } from './group-limits.ts'
import { quickened, slowed } from './pace.ts'
import { comesBeforeLater, compareKeys, isSameKey, type OrderKey } from './rank.ts'

/** What a change of a request means for the group. */
export interface GroupEvent {
  /** The key of the request. Null if it was not in the group, or was handled. */
  readonly before: OrderKey | null
  /** Null if it is not in the group any more, or is handled. */
  readonly after: OrderKey | null
  /**
   * The ends of its lock, as far as that is alive and counts in the group. It may count in another group than
   * the request: somebody changed the URL while a client works on the old one.
   */
  readonly endBefore: Millis | null
  readonly endAfter: Millis | null
  /**
   * What a lock that is gone means: work has ended (13.4), or the hand-out could not be delivered, so that no
   * work was done (4.6).
   */
  readonly lockGone: 'ended' | 'returned'
  /** Whether a lock that is new is a hand-out. Otherwise its client took it back (5.1). */
  readonly isHandOut: boolean
  /** Whether the site answered badly or well (13.7). */
  readonly pace: 'slower' | 'faster' | null
}

/** What is known of a group before an event. */
type Knowledge = 'unknown' | 'open' | 'idle' | 'held'

/** The judges of a group: its limits, and the version of the policy that they come from. */
export interface Judge {
  readonly limits: GroupLimits
  readonly policyVersion: number
}

/** The group after an event. */
export function afterEvent(before: GroupState, judge: Judge, now: Millis, event: GroupEvent): GroupState {
  const { limits } = judge
  const settled = settle(before, limits, now)
  const happened = { ...counted(settled, now, event), slowedToMs: paceAfter(settled, limits, event) }
  return placed(happened, knowledgeOf(settled, judge, now), judge, now, event)
}

/**
 * The group after some of its requests were handed out together. They were the first ones.
 *
 * @param lockEnd the end of their locks
 * @param next the first request that is left; undefined if it is not known
 */
export function afterHandOut(
  before: GroupState,
  { limits, policyVersion }: Judge,
  now: Millis,
  { taken, lockEnd, next }: { taken: readonly OrderKey[]; lockEnd: Millis; next: OrderKey | undefined },
): GroupState {
  const settled = settle(before, limits, now)
  const lockEnds = withMoments(settled.lockEnds, lockEnd, taken.length)
  const group = settle({ ...settled, lockEnds, handedOutAt: now, judgedBy: policyVersion }, limits, now)
  const { room, until } = openingOf(group, limits, now)
  if (room === 0) return { ...group, first: null, lookAt: until }
  // They were all that the group had. So the next one is there when their locks end.
  if (group.unhandledCount === taken.length) return { ...group, first: null, lookAt: lockEnd }
  // The look moment only knows of requests that come before the old first one. Those of its own rank become due
  // in their order, but with a later rank there may be more.
  if (next === undefined || next.rank !== before.first?.rank) return unknown(group, now)
  const returns = taken.some(({ rank }) => comesBeforeLater(rank, next)) ? lockEnd : null
  const lookAt = earlier(earlier(before.lookAt, returns), mayCloseAt(group, limits))
  return { ...group, first: next, lookAt }
}

/** The group with a cooldown until then, or without one. Of several cooldowns, the latest counts (13.8). */
export function withCooldown(group: GroupState, judge: Judge, now: Millis, until: Millis | null): GroupState {
  const settled = settle(group, judge.limits, now)
  const cooldownUntil = until === null ? null : Math.max(until, group.cooldownUntil ?? 0)
  const known = knowledgeOf(settled, judge, now)
  return placed({ ...settled, cooldownUntil }, known, judge, now, nothing)
}

const nothing: GroupEvent = {
  before: null,
  after: null,
  endBefore: null,
  endAfter: null,
  lockGone: 'ended',
  isHandOut: false,
  pace: null,
}

/** The group with the change of its count and of its locks. */
function counted(group: GroupState, now: Millis, event: GroupEvent): GroupState {
  const { before, after, endBefore, endAfter } = event
  const unhandledCount = group.unhandledCount + (after === null ? 0 : 1) - (before === null ? 0 : 1)
  if (endBefore === endAfter) return { ...group, unhandledCount }
  let { lockEnds } = group
  if (endBefore !== null) lockEnds = withoutMoment(lockEnds, endBefore)
  if (endAfter !== null) lockEnds = withMoments(lockEnds, endAfter, 1)
  const hasEnded = endAfter === null && event.lockGone === 'ended'
  return {
    ...group,
    unhandledCount,
    lockEnds,
    endedAt: hasEnded ? now : group.endedAt,
    handedOutAt: event.isHandOut ? now : group.handedOutAt,
  }
}

function paceAfter(group: GroupState, limits: GroupLimits, { pace }: GroupEvent): Millis {
  if (pace === null) return group.slowedToMs
  return pace === 'slower' ? slowed(group, limits) : quickened(group, limits)
}

function knowledgeOf(group: GroupState, { limits, policyVersion }: Judge, now: Millis): Knowledge {
  if (group.judgedBy !== policyVersion) return 'unknown'
  if (group.lookAt !== null && group.lookAt <= now) return 'unknown'
  if (group.first !== null) return 'open'
  return openingOf(group, limits, now).room > 0 ? 'idle' : 'held'
}

/** Sets `first` and `lookAt` after what happened, from what was known before it. */
function placed(
  unsettled: GroupState,
  known: Knowledge,
  { limits, policyVersion }: Judge,
  now: Millis,
  { before, after }: GroupEvent,
): GroupState {
  const group = { ...settle(unsettled, limits, now), judgedBy: policyVersion }
  const { room, until } = openingOf(group, limits, now)
  if (room === 0) return { ...group, first: null, lookAt: until }
  if (group.unhandledCount === 0) return { ...group, first: null, lookAt: null }
  if (known === 'unknown' || known === 'held') return unknown(group, now)
  const due = after !== null && isDueKey(after, now) ? after : null
  const later = after !== null && due === null ? Math.abs(after.availableAt) : null
  if (known === 'idle') {
    if (due === null) return { ...group, first: null, lookAt: earlier(group.lookAt, later) }
    return { ...group, first: due, lookAt: earlier(group.lookAt, mayCloseAt(group, limits)) }
  }
  let first = group.first!
  if (before !== null && isSameKey(before, first)) {
    if (due === null || !isSameKey(due, first)) return unknown(group, now)
  } else if (due !== null && compareKeys(due, first) < 0) {
    first = due
  }
  const isBefore = later !== null && comesBeforeLater(after!.rank, first)
  const lookAt = earlier(earlier(group.lookAt, isBefore ? later : null), mayCloseAt(group, limits))
  return { ...group, first, lookAt }
}

function unknown(group: GroupState, now: Millis): GroupState {
  return { ...group, first: null, lookAt: now }
}

function isDueKey({ availableAt }: OrderKey, now: Millis): boolean {
  return Math.abs(availableAt) <= now
}
