import { afterEvent, type GroupEvent, type Standing } from '../../../domain/policy/group-events.ts'
import { hasRank, keyOf, withRank } from '../../../domain/policy/rank.ts'
import { liveLock, type RequestState } from '../../../domain/request.ts'
import type { Millis } from '../../../domain/time.ts'
import type { QueueSession } from '../queue-session.ts'
import { judgeOf } from './judge.ts'

/** What the states of a request do not tell. */
export type WhatHappened = Pick<GroupEvent, 'lockGone' | 'pace'> & { readonly isHandOut?: boolean }

/** Notes in the groups that a request has changed. It leaves one group for another if its URL did (13.3). */
export function noteInGroups(
  session: QueueSession,
  before: RequestState | null,
  after: RequestState | null,
  { lockGone, pace, isHandOut = false }: WhatHappened,
): void {
  const { now } = session
  const left = before === null ? null : standingOf(before, now)
  const right = after === null ? null : standingOf(after, now)
  if (right !== null) rememberRank(session, right.key.rank)
  const group = before?.group ?? null
  const nextGroup = after?.group ?? null
  if (group === nextGroup) {
    if (group !== null) note(session, group, { before: left, after: right, lockGone, pace, isHandOut })
    return
  }
  // The site that was asked is that of the old URL.
  if (group !== null) note(session, group, { before: left, after: null, lockGone, pace, isHandOut })
  if (nextGroup !== null) {
    note(session, nextGroup, { before: null, after: right, lockGone, pace: null, isHandOut: false })
  }
}

function note({ queue, groups, now }: QueueSession, name: string, event: GroupEvent): void {
  groups.put(afterEvent(groups.get(name), judgeOf(queue, name), now, event))
}

/** Null if the request is handled. */
function standingOf(state: RequestState, now: Millis): Standing | null {
  const { place, priority } = state
  if (place === null) return null
  return { key: keyOf(place, priority), lockEnd: liveLock(state, now)?.expiresAt ?? null }
}

export function rememberRank(session: QueueSession, rank: number): void {
  const { ranks } = session.queue
  if (hasRank(ranks, rank)) return
  session.queue.setGroups({ ranks: withRank(ranks, rank) })
  session.saveGroups()
}
