import { afterEvent, type GroupEvent } from '../../../domain/policy/group-events.ts'
import { hasRank, keyOf, type OrderKey, withRank } from '../../../domain/policy/rank.ts'
import { liveLock, type RequestState } from '../../../domain/request.ts'
import type { Millis } from '../../../domain/time.ts'
import type { QueueSession } from '../queue-session.ts'
import { judgeOf, upToDate } from './judge.ts'
import { putGroup } from './put-group.ts'

/** What the states of a request do not tell. */
export type WhatHappened = Pick<GroupEvent, 'lockGone' | 'pace'> & { readonly isHandOut?: boolean }

/** A request as the groups see it. */
interface Standing {
  readonly group: string
  readonly key: OrderKey
  /** The group that its lock counts in, and the end of that. Null if it has no live lock. */
  readonly lock: { readonly group: string; readonly end: Millis } | null
}

/**
 * Notes in the groups that a request has changed. It leaves one group for another if its URL did (13.3). What
 * happened concerns the group that was worked on.
 */
export function noteInGroups(
  session: QueueSession,
  before: RequestState | null,
  after: RequestState | null,
  { lockGone, pace, isHandOut = false }: WhatHappened,
): void {
  const { now } = session
  const earlier = before === null ? null : standingOf(before, now)
  const later = after === null ? null : standingOf(after, now)
  if (later !== null) rememberRank(session, later.key.rank)
  const workedOn = earlier?.lock?.group ?? earlier?.group
  for (const name of namesOf(earlier, later)) {
    note(session, name, {
      before: earlier?.group === name ? earlier.key : null,
      after: later?.group === name ? later.key : null,
      endBefore: earlier?.lock?.group === name ? earlier.lock.end : null,
      endAfter: later?.lock?.group === name ? later.lock.end : null,
      lockGone,
      isHandOut,
      pace: name === workedOn ? pace : null,
    })
  }
}

function note(session: QueueSession, name: string, event: GroupEvent): void {
  const { queue, groups, now } = session
  const group = upToDate(queue, groups.get(name))
  putGroup(session, afterEvent(group, judgeOf(queue, name), now, event), true)
}

/** Nearly always one name. */
function namesOf(earlier: Standing | null, later: Standing | null): Iterable<string> {
  const group = earlier?.group ?? later?.group
  if (group === undefined) return []
  const isOnlyOne = [earlier, later].every((one) => {
    return one === null || (one.group === group && (one.lock === null || one.lock.group === group))
  })
  if (isOnlyOne) return [group]
  const all = [earlier?.group, earlier?.lock?.group, later?.group, later?.lock?.group]
  return new Set(all.filter((name) => name !== undefined))
}

/** Null if the request is handled, or if it has no group yet. */
function standingOf(state: RequestState, now: Millis): Standing | null {
  const { place, priority, group, lockGroup } = state
  if (place === null || group === null) return null
  const lock = liveLock(state, now)
  return {
    group,
    key: keyOf(place, priority),
    lock: lock === null ? null : { group: lockGroup ?? group, end: lock.expiresAt },
  }
}

export function rememberRank(session: QueueSession, rank: number): void {
  const { ranks } = session.queue
  if (hasRank(ranks, rank)) return
  session.queue.setGroups({ ranks: withRank(ranks, rank) })
  session.saveGroups()
}
