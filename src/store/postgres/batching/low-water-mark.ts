import { comparePlaces, type Place, sideOf } from '../../../domain/order.ts'

/**
 * Where a search for the head begins on the normal side: no request there has a place before it. PostgreSQL
 * keeps the index entries of requests that have moved until they are vacuumed. Without this mark, every
 * search would read all of those entries first, and a long drain would get slower and slower.
 *
 * The mark stays valid for two reasons. New places are at the present moment or later, and no search has come
 * that far. A request that returns to an older place lowers the mark. The forefront side has no mark, because
 * each new place there comes before all others. That side is for a few urgent requests, not for a backlog of
 * millions.
 */
export class LowWaterMark {
  #place: Place

  constructor(place: Place) {
    this.#place = place
  }

  get place(): Place {
    return this.#place
  }

  /** All requests before this place were taken. */
  raise(taken: Place): void {
    if (comparePlaces(taken, this.#place) > 0) this.#place = taken
  }

  /** A request was given this place. */
  lower(given: Place): void {
    if (sideOf(given) === 'end' && comparePlaces(given, this.#place) < 0) this.#place = given
  }
}
