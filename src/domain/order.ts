import type { Millis } from './time.ts'

/** Which end of the queue a request belongs to: `forefront` comes before everything that is there. */
export type Side = 'end' | 'forefront'

/**
 * The place of an unhandled request: its order number, in two parts that are compared one after the other.
 *
 * - `availableAt`: the moment from which it may be handed out, positive on the normal side and negative on the
 *   forefront side. A request nobody holds became available when it was added or given back; a locked one
 *   becomes available when its lock ends. So one ascending index holds the queue in its order: forefront newest
 *   first, then the rest oldest first, and everything outside [-now, +now] is locked or scheduled. No lock has to be swept.
 * - `sequence`: breaks ties inside one millisecond. Sequence numbers grow by one for each place given in a queue, so
 *   no two requests of a queue share a place. It has the sign of `availableAt`.
 *
 * Why two parts and not one integer: `docs/decisions/0002-order-number.md`.
 */
export interface Place {
  readonly availableAt: number
  readonly sequence: number
}

/** A new place: after everything that is there, or before it. Sequence numbers of a queue must only grow. */
export function placeAt(side: Side, at: Millis, sequence: number): Place {
  return side === 'forefront' ? { availableAt: -at, sequence: -sequence } : { availableAt: at, sequence }
}

export function sideOf(place: Place): Side {
  return place.availableAt < 0 ? 'forefront' : 'end'
}

/** The same side and the same rank among requests that become available together, at another moment (3.3, 3.6). */
export function movedTo(place: Place, availableFromMs: Millis): Place {
  return {
    availableAt: place.availableAt < 0 ? -availableFromMs : availableFromMs,
    sequence: place.sequence,
  }
}

/** Ascending: what comes out of the queue first. */
export function comparePlaces(a: Place, b: Place): number {
  return a.availableAt - b.availableAt || a.sequence - b.sequence
}

/**
 * Ascending: what became available first, whichever side it is on. Where requests are released in several steps, those of
 * a step come before those of the next one by this: on the normal side they then stand in the order they had among
 * themselves (rule 3.5), and on the forefront side too, which is a stack: what is to come first has to come last.
 */
export function compareAges(a: Place, b: Place): number {
  return Math.abs(a.availableAt) - Math.abs(b.availableAt) || Math.abs(a.sequence) - Math.abs(b.sequence)
}

/**
 * New places, all available at once, that keep the order the given places have among themselves (rule 3.5):
 * those of the normal side go to the end, those of the forefront side to the head.
 *
 * @param places in their order
 * @param nextSequence called once for each place
 */
export function placeAllAt(places: readonly Place[], at: Millis, nextSequence: () => number): Place[] {
  const result: Place[] = new Array(places.length)
  // The head is a stack: the request that is to come first has to get the highest sequence number.
  for (let index = places.length - 1; index >= 0; index--) {
    if (sideOf(places[index]!) === 'forefront') result[index] = placeAt('forefront', at, nextSequence())
  }
  for (let index = 0; index < places.length; index++) {
    if (sideOf(places[index]!) === 'end') result[index] = placeAt('end', at, nextSequence())
  }
  return result
}
