import { isExpired } from '../../../domain/queue.ts'
import type { Millis } from '../../../domain/time.ts'
import type { StepSize } from '../../steps/steps.ts'
import type { Session } from '../session/session.ts'
import { dropQueue } from './delete-queue.ts'

/** How many queues one transaction deletes. */
const expiredPerStepMax = 100

/** One step of an expiry, which goes through all queues in the order of their creation. */
export interface ExpireQueuesStep {
  readonly retentionMs: Millis
  /** The number of the queue where the last step ended. 0 begins at the start. */
  readonly after: number
  readonly stepSize: StepSize
}

/**
 * Deletes unnamed queues whose last access is too long ago (7.7), among as many queues as one step reads.
 *
 * @returns how many were deleted, and where the next step begins: 0 if this one reached the end
 */
export function expireQueues(session: Session, params: ExpireQueuesStep): { expired: number; after: number } {
  const scanned = session
    .statement('SELECT number FROM queues WHERE number > ? ORDER BY number LIMIT +?')
    .all(params.after, params.stepSize.queues)
  const last = scanned.at(-1)?.['number'] as number | undefined
  if (last === undefined) return { expired: 0, after: 0 }
  // The statement does not see accesses that are not saved yet. `isExpired` below does.
  const found = session
    .statement(`
      SELECT number, id FROM queues
      WHERE number > ? AND number <= ? AND name IS NULL AND accessed_at <= ? ORDER BY number LIMIT +?`)
    .all(params.after, last, session.now - params.retentionMs, expiredPerStepMax)
  let expired = 0
  for (const row of found) {
    const queue = session.anyQueue(row['id'] as string)
    if (queue === undefined || !isExpired(queue, params.retentionMs, session.now)) continue
    dropQueue(session, queue)
    expired++
  }
  if (found.length === expiredPerStepMax) return { expired, after: found.at(-1)!['number'] as number }
  return { expired, after: scanned.length < params.stepSize.queues ? 0 : last }
}
