/** A request that a fork copies to another queue (rule 14.6). */
import { withoutErrorMessages } from '../error-messages.ts'
import { add, type Change } from '../lifecycle.ts'
import { type Place, sideOf } from '../order.ts'
import { liveLock, type RequestContent, type RequestState } from '../request.ts'
import type { Millis } from '../time.ts'

/** The copy of a request, and what its place follows from. */
export interface CopiedRequest {
  readonly content: RequestContent
  /** The place in the source, before the lock that it had at the time of the fork. Null if it is handled there. */
  readonly place: Place | null
  /** When it was handled in the source. */
  readonly handledAt: Millis | null
}

/**
 * What is copied of a request: not its errors, and not how often it was tried.
 *
 * @param forkedAt a lock that was alive then counts as alive, whenever the request is read
 */
export function copyOf(content: RequestContent, state: RequestState, forkedAt: Millis): CopiedRequest {
  const otherFields = withoutErrorMessages(content.otherFields)
  return {
    content: { ...content, retryCount: 0, handledAt: null, otherFields },
    place: liveLock(state, forkedAt)?.placeBefore ?? state.place,
    handledAt: content.handledAt,
  }
}

/**
 * Adds the copy: pending, and available at once. Its place is from when it became available in the source, or was handled
 * there. So the copies are in order, whichever is copied first.
 *
 * @param forkedAt what became available later, or will, counts as of then
 * @param lastSequence the last sequence number of the source at that time, which the copy had too
 */
export function copied(
  { content, place, handledAt }: CopiedRequest,
  forkedAt: Millis,
  lastSequence: number,
  nextSequence: () => number,
): Change {
  const at = Math.min(forkedAt, Math.max(0, place === null ? handledAt! : Math.abs(place.availableAt)))
  const sequence = place === null ? lastSequence + 1 : Math.abs(place.sequence)
  return add(content, place === null ? 'end' : sideOf(place), {
    now: at,
    nextSequence: () => (sequence <= lastSequence ? sequence : nextSequence()),
  })
}
