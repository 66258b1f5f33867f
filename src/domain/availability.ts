/**
 * Decides what may be handed out, and when. All code that compares a place with the clock is here. Every
 * statement that reads the order gets its ranges from here.
 */
import type { Place } from './order.ts'
import { liveLock, type RequestState } from './request.ts'
import type { Millis } from './time.ts'

/**
 * The availability of a request at one moment (rule 12.1).
 *
 * - `available`: head/lock may hand it out, unless a rule of its queue holds it back.
 * - `locked`: a client holds a live lock.
 * - `scheduled`: nobody holds it, and its time has not come.
 * - `handled`: it is never handed out again.
 *
 * Being held back is not among them. It depends on other requests of the queue, so the code that hands out
 * requests decides it.
 */
export type Availability = 'available' | 'locked' | 'scheduled' | 'handled'

export function availabilityOf(state: Pick<RequestState, 'place' | 'lock'>, now: Millis): Availability {
  if (state.place === null) return 'handled'
  if (liveLock(state, now) !== null) return 'locked'
  return isDue(state.place, now) ? 'available' : 'scheduled'
}

/**
 * Whether the moment of this place has come. A live lock has moved its request to a moment that has not come.
 */
export function isDue(place: Pick<Place, 'availableAt'>, now: Millis): boolean {
  return Math.abs(place.availableAt) <= now
}

/** A range of `availableAt`, both ends included. */
export interface PlaceRange {
  readonly from: number
  readonly to: number
}

/**
 * The range of due requests in the index, in order: the forefront side newest first, then the normal side
 * oldest first.
 */
export function dueRange(now: Millis): PlaceRange {
  return { from: -now, to: now }
}

/** The places on both sides that are the first to become due, null if there are none. */
export interface NextPlaces {
  readonly isDue: boolean
  readonly forefrontAt: number | null
  readonly endAt: number | null
}

/** How long until a request is due: 0 if one is now, null if none ever will be. */
export function untilDue({ isDue, forefrontAt, endAt }: NextPlaces, now: Millis): Millis | null {
  if (isDue) return 0
  if (forefrontAt === null && endAt === null) return null
  const moments = [forefrontAt, endAt].map((at) => (at === null ? Number.POSITIVE_INFINITY : Math.abs(at)))
  return Math.max(0, Math.min(...moments) - now)
}

/** The ranges of requests that are not due, locked or scheduled: before the due range and after it. */
export function notDueRanges(now: Millis): readonly [forefront: PlaceRange, end: PlaceRange] {
  return [
    { from: -Number.MAX_SAFE_INTEGER, to: -now - 1 },
    { from: now + 1, to: Number.MAX_SAFE_INTEGER },
  ]
}

/**
 * Ranges of the index with every request in one of these states of the API (8.2). They may contain other
 * requests too. A scheduled request is pending (12.2), so pending ones can be anywhere. Locked ones are never
 * due.
 */
export function rangesWith(states: readonly ('locked' | 'pending')[], now: Millis): readonly PlaceRange[] {
  if (!states.includes('pending')) return notDueRanges(now)
  return [{ from: -Number.MAX_SAFE_INTEGER, to: Number.MAX_SAFE_INTEGER }]
}
