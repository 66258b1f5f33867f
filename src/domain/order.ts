import type { Millis } from './time.ts'

/** The end of the queue that a request belongs to. `forefront` comes before everything in the queue. */
export type Side = 'end' | 'forefront'

/**
 * The place of an unhandled request in the order. It has two parts, which are compared one after the other.
 *
 * - `availableAt`: the moment from which the request may be handed out, positive on the normal side and
 *   negative on the forefront side. A request that nobody holds became available when it was added or given
 *   back. A locked one becomes available when its lock ends. So one ascending index holds the queue in order:
 *   forefront newest first, then the rest oldest first. Everything outside [-now, +now] is locked or
 *   scheduled. Expired locks need no cleanup.
 * - `sequence`: decides between places of the same millisecond. It grows by one for each place given in a
 *   queue, so no two requests of a queue share a place. It has the sign of `availableAt`.
 *
 * docs/decisions/0002-order-number.md says why there are two parts and not one integer.
 */
export interface Place {
  readonly availableAt: number
  readonly sequence: number
}

/** A new place, after everything in the queue or before it. Sequence numbers of a queue must only grow. */
export function placeAt(side: Side, at: Millis, sequence: number): Place {
  return side === 'forefront' ? { availableAt: -at, sequence: -sequence } : { availableAt: at, sequence }
}

export function sideOf(place: Place): Side {
  return place.availableAt < 0 ? 'forefront' : 'end'
}

/**
 * The place at another moment, with the same side and the same rank among requests of that moment (3.3, 3.6).
 */
export function movedTo(place: Place, availableFromMs: Millis): Place {
  return {
    availableAt: place.availableAt < 0 ? -availableFromMs : availableFromMs,
    sequence: place.sequence,
  }
}

/** Compares places in the order in which requests leave the queue. */
export function comparePlaces(a: Place, b: Place): number {
  return a.availableAt - b.availableAt || a.sequence - b.sequence
}

/**
 * Compares places by when they became available, on either side. When requests are released in several steps,
 * each step has older places than the next one. So on the normal side the requests keep their order (rule
 * 3.5). They do on the forefront side too, which is a stack: the request that is to come first has to be
 * released last.
 */
export function compareAges(a: Place, b: Place): number {
  return Math.abs(a.availableAt) - Math.abs(b.availableAt) || Math.abs(a.sequence) - Math.abs(b.sequence)
}

/**
 * New places that are all available at once, and keep the order of the given places (rule 3.5). Those of the
 * normal side go to the end, those of the forefront side to the head.
 *
 * @param places in their order
 * @param nextSequence called once for each place
 */
export function placeAllAt(places: readonly Place[], at: Millis, nextSequence: () => number): Place[] {
  const result: Place[] = new Array(places.length)
  // The head is a stack. The request that is to come first has to get the highest sequence number.
  for (let index = places.length - 1; index >= 0; index--) {
    if (sideOf(places[index]!) === 'forefront') result[index] = placeAt('forefront', at, nextSequence())
  }
  for (let index = 0; index < places.length; index++) {
    if (sideOf(places[index]!) === 'end') result[index] = placeAt('end', at, nextSequence())
  }
  return result
}
