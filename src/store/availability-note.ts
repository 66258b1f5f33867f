import type { GroupState } from '../domain/policy/group.ts'
import type { RequestState } from '../domain/request.ts'
import type { Millis } from '../domain/time.ts'
import type { AvailabilityNews } from './params/waiting.ts'

/**
 * Notes what the changes of a transaction mean for callers that wait for requests of one queue (13.14). Only
 * queues that somebody waits for have a note, so that others pay nothing.
 */
export class AvailabilityNote {
  #count = 0
  #nextAt: Millis = Number.POSITIVE_INFINITY

  /** A request has this state now, in a queue that hands out by places alone. Null: it was deleted. */
  changed(state: Pick<RequestState, 'place'> | null, now: Millis): void {
    const place = state?.place ?? null
    if (place === null) return
    const availableAt = Math.abs(place.availableAt)
    if (availableAt > now) this.availableAt(availableAt)
    else this.#count++
  }

  /** A group has this state now. @param isEvent whether what happened may let it get requests */
  groupChanged({ first, lookAt }: GroupState, now: Millis, isEvent: boolean): void {
    const isAhead = lookAt !== null && lookAt > now
    if (isAhead) this.availableAt(lookAt)
    if (isEvent && (first !== null || (lookAt !== null && !isAhead))) this.#count++
  }

  /** Something may be available from that moment on, which is after now. */
  availableAt(at: Millis): void {
    if (at < this.#nextAt) this.#nextAt = at
  }

  /** A change of any kind: somebody has to look. */
  unknownChange(): void {
    this.#count++
  }

  /** What was noted since the last time. Null if that is nothing. */
  take(now: Millis): AvailabilityNews | null {
    const count = this.#count
    const inMs = this.#nextAt === Number.POSITIVE_INFINITY ? null : Math.max(0, this.#nextAt - now)
    this.#count = 0
    this.#nextAt = Number.POSITIVE_INFINITY
    return count === 0 && inMs === null ? null : { count, inMs }
  }
}
