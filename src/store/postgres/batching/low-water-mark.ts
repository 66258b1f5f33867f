import { comparePlaces, type Place, sideOf } from '../../../domain/order.ts'

/**
 * Where a search for the head begins on the normal side: no request there has a place before it. An index of PostgreSQL
 * keeps the entries of requests that have moved on until they are vacuumed; without this every search would first pass by
 * all that were handed out since, and a long drain would get slower and slower.
 *
 * It holds because places are only given at the present moment or later, to which the calls below have not come yet, and
 * what is put back to an older place lowers it. The forefront side has none: its places count backwards from the present,
 * where the next one comes before all others. It is for a few urgent requests, not for a backlog of millions.
 */
export class LowWaterMark {
  #place: Place

  constructor(place: Place) {
    this.#place = place
  }

  get place(): Place {
    return this.#place
  }

  /** Everything before this one was taken. */
  raise(taken: Place): void {
    if (comparePlaces(taken, this.#place) > 0) this.#place = taken
  }

  /** A request has this place now. */
  lower(given: Place): void {
    if (sideOf(given) === 'end' && comparePlaces(given, this.#place) < 0) this.#place = given
  }
}
