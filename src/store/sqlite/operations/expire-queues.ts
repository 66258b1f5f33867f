import { isExpired } from '../../../domain/queue.ts'
import type { Millis } from '../../../domain/time.ts'
import type { Session } from '../session.ts'
import { dropQueue } from './delete-queue.ts'

/** So many go in one transaction: calls wait for it. */
const expiredPerStepMax = 100

/** Where the next step of a walk through the queues of a session begins: none looks twice at those that stay. */
const walkedUpTo = new WeakMap<Session, number>()

/** Deletes unnamed queues whose last access is too long ago (7.7), so many as are done soon; 0 says that none is left. */
export function expireQueues(session: Session, ask: { retentionMs: Millis }): number {
  session.takeReads()
  session.save()
  const beganAt = walkedUpTo.get(session) ?? 0
  const expired = expireAfter(session, beganAt, ask.retentionMs)
  // The end of a walk that began further back says nothing of those before.
  return expired === 0 && beganAt > 0 ? expireAfter(session, 0, ask.retentionMs) : expired
}

function expireAfter(session: Session, number: number, retentionMs: Millis): number {
  const found = session
    .statement(`
      SELECT number, id, owner_id FROM queues
      WHERE number > ? AND name IS NULL AND accessed_at <= ? ORDER BY number LIMIT ?`)
    .all(number, session.now - retentionMs, expiredPerStepMax)
  walkedUpTo.set(session, found.length < expiredPerStepMax ? 0 : (found.at(-1)!['number'] as number))
  let expired = 0
  for (const row of found) {
    const queue = session.queue({
      userId: row['owner_id'] as string,
      queue: { queueId: row['id'] as string },
    })
    if ('refused' in queue || !isExpired(queue, retentionMs, session.now)) continue
    dropQueue(session, queue)
    expired++
  }
  return expired
}
