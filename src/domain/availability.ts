/**
 * What may be handed out, and when. Everything that compares a place with the clock does it here, and every statement that
 * reads the order gets its ranges from here.
 */
import type { Place } from './order.ts'
import { liveLock, type RequestState } from './request.ts'
import type { Millis } from './time.ts'

/**
 * What a request is at one moment (rule 12.1).
 *
 * - `available`: head/lock may hand it out, unless a rule of its queue holds it back.
 * - `locked`: a client holds a live lock.
 * - `scheduled`: nobody holds it, and its time has not come.
 * - `handled`: it is never handed out again.
 *
 * Held back is not a state of one request: it depends on others of its queue, so whoever hands out decides it.
 */
export type Availability = 'available' | 'locked' | 'scheduled' | 'handled'

export function availabilityOf(state: Pick<RequestState, 'place' | 'lock'>, now: Millis): Availability {
  if (state.place === null) return 'handled'
  if (liveLock(state, now) !== null) return 'locked'
  return isDue(state.place, now) ? 'available' : 'scheduled'
}

/** Whether the moment of this place has come. A live lock has moved its request to a moment that has not. */
export function isDue(place: Pick<Place, 'availableAt'>, now: Millis): boolean {
  return Math.abs(place.availableAt) <= now
}

/** A range of `availableAt`, both ends included. */
export interface PlaceRange {
  readonly from: number
  readonly to: number
}

/** Where the index has what is due, in order: the forefront side newest first, then the other side oldest first. */
export function dueRange(now: Millis): PlaceRange {
  return { from: -now, to: now }
}

/** Where the index has what is not due, locked or scheduled: before everything that is due, and after it. */
export function notDueRanges(now: Millis): readonly [forefront: PlaceRange, end: PlaceRange] {
  return [
    { from: -Number.MAX_SAFE_INTEGER, to: -now - 1 },
    { from: now + 1, to: Number.MAX_SAFE_INTEGER },
  ]
}

/**
 * Where the index has every request that is in one of these states of the API (8.2): others are there too. A scheduled
 * request is pending (12.2), so pending ones are everywhere; locked ones are never due.
 */
export function rangesWith(states: readonly ('locked' | 'pending')[], now: Millis): readonly PlaceRange[] {
  if (!states.includes('pending')) return notDueRanges(now)
  return [{ from: -Number.MAX_SAFE_INTEGER, to: Number.MAX_SAFE_INTEGER }]
}
