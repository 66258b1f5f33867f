/**
 * A group of requests (a host or a domain), and what may be handed out of it (13.4, 13.5).
 *
 * Everything here is a plain function. Stores keep the state as a row, and find rows by `first` and `lookAt`.
 * The functions promise:
 *
 * - A group whose `lookAt` has not come is **known**: if `first` is set, the group may get a request now, and
 *   `first` is the first one. If it is null, the group gets nothing before `lookAt`, unless something happens.
 * - A group whose `lookAt` has come is **unknown**. `first` means nothing. Nothing is handed out of it before
 *   somebody has looked at it (group-look.ts).
 *
 * So the groups that may be handed out are found by `first`, once all groups whose `lookAt` has come are
 * looked at. Nothing has to run when time passes (12.5).
 */
import type { Millis } from '../time.ts'
import { type GroupLimits, isBounded } from './group-limits.ts'
import { delayOf, type Pace } from './pace.ts'
import type { OrderKey } from './rank.ts'

export interface GroupState extends Pace {
  readonly name: string
  /** Requests of the group that are not handled. */
  readonly unhandledCount: number
  /**
   * When the live locks of the group end, earliest first, each as often as it occurs. Ends that have passed are
   * locks that ran out, and that nothing has noted yet.
   */
  readonly lockEnds: readonly Millis[]
  /** When a request of the group was last handed out. Null if that does not matter, or never happened. */
  readonly handedOutAt: Millis | null
  /** When work on a request of the group last ended: handled, given back or run out. Null as above. */
  readonly endedAt: Millis | null
  /** The group gets nothing before this moment (13.8). */
  readonly cooldownUntil: Millis | null
  /** The version of the policy by which `first` and `lookAt` were found. With another one the group is unknown. */
  readonly judgedBy: number
  /** The request that the group gets next. Null if it gets none now. */
  readonly first: OrderKey | null
  /** When somebody has to look at the group. Null: only after something happened to it. */
  readonly lookAt: Millis | null
}

/** A group that has no requests, and that nothing has happened to. */
export function newGroup(name: string, policyVersion: number): GroupState {
  return {
    name,
    unhandledCount: 0,
    lockEnds: [],
    handedOutAt: null,
    endedAt: null,
    slowedToMs: 0,
    cooldownUntil: null,
    judgedBy: policyVersion,
    first: null,
    lookAt: null,
  }
}

/** Whether nothing of the group matters any more: it may as well be new. */
export function isForgettable(group: GroupState, now: Millis): boolean {
  const { unhandledCount, lockEnds, handedOutAt, endedAt, slowedToMs, cooldownUntil } = group
  if (unhandledCount > 0 || lockEnds.length > 0 || handedOutAt !== null || endedAt !== null) return false
  return slowedToMs === 0 && (cooldownUntil === null || cooldownUntil <= now)
}

/** The group with the locks noted that have run out. */
export function settle(group: GroupState, limits: GroupLimits, now: Millis): GroupState {
  const { lockEnds } = group
  const isForgetful = !isBounded(limits) && (group.handedOutAt !== null || group.endedAt !== null)
  if (!isForgetful && (lockEnds.length === 0 || lockEnds[0]! > now)) return group
  const ranOut = countUpTo(lockEnds, now)
  const settled = ranOut === 0 ? group : { ...group, lockEnds: lockEnds.slice(ranOut) }
  if (!isBounded(limits)) return { ...settled, handedOutAt: null, endedAt: null }
  return { ...settled, endedAt: Math.max(group.endedAt ?? 0, lockEnds[ranOut - 1]!) }
}

/** Why a group gets nothing. */
export type HoldReason = 'paused' | 'cooldown' | 'concurrency' | 'delay'

export interface Opening {
  /** How many requests of the group may be handed out now. */
  readonly room: number
  /** Why that is none. Null if it is more. */
  readonly reason: HoldReason | null
  /**
   * Before this moment the room stays 0, unless something happens to the group. Null if it stays so forever,
   * or if there is room.
   */
  readonly until: Millis | null
}

/** How much of the group may be handed out now. */
export function openingOf(unsettled: GroupState, limits: GroupLimits, now: Millis): Opening {
  const group = settle(unsettled, limits, now)
  if (limits.isPaused) return { room: 0, reason: 'paused', until: null }
  const { lockEnds, cooldownUntil } = group
  const delayMs = delayOf(group, limits)
  const delayedUntil = delayMs === 0 ? 0 : Math.max(group.handedOutAt ?? 0, group.endedAt ?? 0) + delayMs
  const isFull = lockEnds.length >= limits.concurrency
  // The lock whose end makes room. Its end is an end of work too, after which the delay begins anew.
  const fullUntil = isFull ? lockEnds[lockEnds.length - limits.concurrency]! + delayMs : 0
  const until = Math.max(cooldownUntil ?? 0, delayedUntil, fullUntil)
  if (until <= now)
    return { room: delayMs > 0 ? 1 : limits.concurrency - lockEnds.length, reason: null, until: null }
  if (cooldownUntil !== null && cooldownUntil > now) return { room: 0, reason: 'cooldown', until }
  return { room: 0, reason: isFull ? 'concurrency' : 'delay', until }
}

/** Whether the group has as many live locks as its rule allows. */
export function isFull({ lockEnds }: GroupState, { concurrency }: GroupLimits, now: Millis): boolean {
  return lockEnds.length - countUpTo(lockEnds, now) >= concurrency
}

/**
 * The moment at which time alone may take the room of an open group: a lock that runs out is an end of work,
 * after which the delay begins anew. Null if there is none.
 */
export function mayCloseAt(group: GroupState, limits: GroupLimits): Millis | null {
  return delayOf(group, limits) > 0 ? (group.lockEnds[0] ?? null) : null
}

export function earlier(a: Millis | null, b: Millis | null): Millis | null {
  if (a === null) return b
  return b === null ? a : Math.min(a, b)
}

/** How many of the sorted moments are not after this one. */
function countUpTo(moments: readonly Millis[], at: Millis): number {
  let low = 0
  let high = moments.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (moments[middle]! <= at) low = middle + 1
    else high = middle
  }
  return low
}

/** The sorted moments with one more, as often as said. */
export function withMoments(moments: readonly Millis[], at: Millis, count: number): Millis[] {
  const index = countUpTo(moments, at)
  const more = moments.slice(0, index)
  for (let left = count; left > 0; left--) more.push(at)
  for (let rest = index; rest < moments.length; rest++) more.push(moments[rest]!)
  return more
}

/** The sorted moments with one less. Unchanged if this one is not among them. */
export function withoutMoment(moments: readonly Millis[], at: Millis): readonly Millis[] {
  const index = countUpTo(moments, at) - 1
  return moments[index] === at ? moments.toSpliced(index, 1) : moments
}
