import { movedTo } from '../../../domain/order.ts'
import { afterEvent } from '../../../domain/policy/group-events.ts'
import type { HeadItem } from '../../../domain/request.ts'
import { countToTake } from '../../head-size.ts'
import type { QueueSession } from '../queue-session.ts'
import { judgeOf, upToDate } from './judge.ts'
import type { LockToTake } from './lock-to-take.ts'

/**
 * Takes the first requests by their places alone, and notes it in the groups: those are being built, and
 * requests are handed out by the policy before until they are (13.2).
 */
export function takeByPlace(session: QueueSession, limit: number, lock: LockToTake): readonly HeadItem[] {
  const { queue, groups, now } = session
  const due = groups.dueByPlace(limit)
  const taken = due.slice(0, countToTake(due))
  if (taken.length === 0) return []
  groups.lockAll(taken, lock)
  for (const { group, key } of taken) {
    if (group === null) continue
    const after = { ...movedTo(key, lock.expiresAt), rank: key.rank }
    const ends = { endBefore: null, endAfter: lock.expiresAt }
    const event = { before: key, after, ...ends, lockGone: 'ended', isHandOut: true, pace: null } as const
    groups.put(afterEvent(upToDate(queue, groups.get(group)), judgeOf(queue, group), now, event))
  }
  return taken.map(({ item }) => item)
}
