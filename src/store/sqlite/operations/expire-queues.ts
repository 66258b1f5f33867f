import { isExpired } from '../../../domain/queue.ts'
import type { Millis } from '../../../domain/time.ts'
import type { Session } from '../session.ts'
import { dropQueue } from './delete-queue.ts'

/** So many go in one transaction: calls wait for it. */
const expiredPerStepMax = 100

/** Deletes unnamed queues whose last access is too long ago (7.7), so many as are done soon; 0 says that none is left. */
export function expireQueues(session: Session, ask: { retentionMs: Millis }): number {
  session.takeReads()
  session.save()
  const candidates = session
    .statement('SELECT id, owner_id FROM queues WHERE name IS NULL AND accessed_at <= ? LIMIT ?')
    .all(session.now - ask.retentionMs, expiredPerStepMax)
  let expired = 0
  for (const row of candidates) {
    const queue = session.queue({
      userId: row['owner_id'] as string,
      queue: { queueId: row['id'] as string },
    })
    if ('refused' in queue || !isExpired(queue, ask.retentionMs, session.now)) continue
    dropQueue(session, queue)
    expired++
  }
  return expired
}
