import type { Millis } from '../../src/domain/time.ts'
import { delayOf, revisitTime } from './policy-rules.ts'
import type { StoredQueue } from './stored.ts'

/** The moments after now at which a request of the queue may become available, in order. */
export function momentsAhead(queue: StoredQueue, now: Millis): Millis[] {
  const moments = new Set<Millis>()
  for (const request of queue.requests) {
    const { place, lock } = request
    const revisitAt = revisitTime(queue, request)
    if (revisitAt !== null) moments.add(revisitAt)
    if (place !== null && lock === null) moments.add(place.since)
    if (lock !== null) moments.add(lock.expiresAt)
  }
  for (const [group, { handedOutAt, endedAt, cooldownUntil }] of queue.groups) {
    const delayMs = delayOf(queue, group)
    for (const at of [cooldownUntil, handedOutAt + delayMs, endedAt + delayMs]) moments.add(at)
  }
  return [...moments].filter((at) => at > now).sort((a, b) => a - b)
}
