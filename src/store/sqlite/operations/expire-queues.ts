import { isExpired } from '../../../domain/queue.ts'
import type { Millis } from '../../../domain/time.ts'
import type { StepSize } from '../../steps/steps.ts'
import type { Session } from '../session/session.ts'
import { dropQueue } from './delete-queue.ts'

/** So many expired ones go in one transaction. */
const expiredPerStepMax = 100

/** One step through all queues in the order in which they were made. */
export interface ExpireSome {
  readonly retentionMs: Millis
  /** The number of the queue that the step before came to; 0 begins anew. */
  readonly after: number
  readonly stepSize: StepSize
}

/**
 * Deletes unnamed queues whose last access is too long ago (7.7), of as many as one step looks at.
 *
 * @returns how many, and where the next step begins: 0 when this one came to the end
 */
export function expireQueues(session: Session, params: ExpireSome): { expired: number; after: number } {
  const looked = session
    .statement('SELECT number FROM queues WHERE number > ? ORDER BY number LIMIT ?')
    .all(params.after, params.stepSize.queues)
  const last = looked.at(-1)?.['number'] as number | undefined
  if (last === undefined) return { expired: 0, after: 0 }
  // An access that is not saved yet is seen below.
  const found = session
    .statement(`
      SELECT number, id FROM queues
      WHERE number > ? AND number <= ? AND name IS NULL AND accessed_at <= ? ORDER BY number LIMIT ?`)
    .all(params.after, last, session.now - params.retentionMs, expiredPerStepMax)
  let expired = 0
  for (const row of found) {
    const queue = session.anyQueue(row['id'] as string)
    if (queue === undefined || !isExpired(queue, params.retentionMs, session.now)) continue
    dropQueue(session, queue)
    expired++
  }
  if (found.length === expiredPerStepMax) return { expired, after: found.at(-1)!['number'] as number }
  return { expired, after: looked.length < params.stepSize.queues ? 0 : last }
}
