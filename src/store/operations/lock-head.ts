import { lockedEntry } from '../../domain/history/history.ts'
import type { Client } from '../../domain/lifecycle.ts'
import type { HeadItem } from '../../domain/request.ts'
import type { Millis } from '../../domain/time.ts'
import type { LockedHead, LockHead } from '../params/head-and-locks.ts'
import type { LockToTake } from './hand-out/lock-to-take.ts'
import { type MoreToLookAt, takeByGroups } from './hand-out/take-by-groups.ts'
import { takeByPlace } from './hand-out/take-by-place.ts'
import type { QueueOperation } from './operation.ts'
import type { QueueSession } from './queue-session.ts'

/**
 * Takes the first available requests and locks them for the caller (4.1). Has to be repeated if it answers
 * `MoreToLookAt`.
 */
export const lockHead: QueueOperation<LockHead, LockedHead | MoreToLookAt> = {
  right: 'write',
  reads: ({ limit }) => ({ headTaken: limit }),

  perform(session, { limit, lockMs, client }) {
    const { queue, now } = session
    const lockExpiresAt = now + lockMs
    // A paused queue hands out nothing (13.13).
    const items = queue.policy.isPaused ? [] : take(session, limit, lockOf(session, client, lockExpiresAt))
    if ('moreToLookAt' in items) return items
    // The store locks them together, and a lock moves no count.
    if (items.length > 0) {
      queue.modified(now)
      queue.availability?.availableAt(lockExpiresAt)
    }
    queue.tally.tookHead(client, items.length, lockExpiresAt, now)
    queue.writeCount += items.length
    queue.headItemReadCount += items.length
    queue.recordClient(client, now)
    return {
      queueId: queue.id,
      items,
      lockExpiresAt,
      queueModifiedAt: queue.modifiedAt,
      hadMultipleClients: queue.hadMultipleClients,
      // A head/lock takes at least one request if any is available, and a paused queue has none that is. So if it took none, every pending one is locked,
      // scheduled or held back (12.3), and the counts are exact (7.1).
      queueHasLockedRequests: items.length > 0 || queue.totalCount > queue.handledCount,
    }
  },
}

function lockOf({ queue, now }: QueueSession, client: Client, expiresAt: Millis): LockToTake {
  if (queue.historySince === null) return { client, expiresAt }
  return { client, expiresAt, history: lockedEntry(client.clientKey, now, expiresAt) }
}

function take(session: QueueSession, limit: number, lock: LockToTake): readonly HeadItem[] | MoreToLookAt {
  const { queue } = session
  if (queue.grouping === null) return session.takeHead(limit, lock)
  return queue.handsOutByGroups ? takeByGroups(session, limit, lock) : takeByPlace(session, limit, lock)
}
