import { requestIdOf } from '../../src/domain/identity.ts'
import type { NumberRange, Numbers } from './numbers.ts'
import { idLength, urlOf } from './requests.ts'

/** More are not prepared: each costs a hash before the load begins. */
const scatteredMax = 131_072
/** A prime: so far apart are known URLs that are asked for one after the other, and all get their turn. */
const stride = 7919

/** Requests that are in the queues before a load, their IDs hashed ahead of time, in the order in which they are asked for. */
export class KnownRequests {
  /** The ID of each, one after the other. */
  readonly ids: Buffer
  /** The number of the URL of each. */
  readonly numbers: Int32Array
  #next = 0

  private constructor(numbers: Int32Array) {
    this.numbers = numbers
    this.ids = Buffer.alloc(numbers.length * idLength)
    for (let index = 0; index < numbers.length; index++) {
      this.ids.write(requestIdOf(urlOf(numbers[index]!)), index * idLength, 'latin1')
    }
  }

  /** Many of them, all over the range. */
  static scattered(known: NumberRange, steps: Numbers): KnownRequests {
    const count = Math.max(1, Math.min(known.count, scatteredMax))
    return new KnownRequests(Int32Array.from({ length: count }, () => scatteredNumber(known, steps)))
  }

  /** Those of the range that the numbers give, in their order. */
  static inOrder(known: NumberRange, places: Numbers): KnownRequests {
    const numbers: number[] = []
    for (let place = places.next(); place < known.count; place = places.next())
      numbers.push(known.first + place)
    return new KnownRequests(Int32Array.from(numbers))
  }

  /** The place of the next one; -1 when all were taken. */
  take(): number {
    return this.#next < this.numbers.length ? this.#next++ : -1
  }

  /** As `take`, and begins anew when all were taken. */
  takeInTurn(): number {
    if (this.#next === this.numbers.length) this.#next = 0
    return this.#next++
  }
}

/** The number of a known URL, far from the one before it. */
export function scatteredNumber(known: NumberRange, steps: Numbers): number {
  return known.first + ((steps.next() * stride) % Math.max(1, known.count))
}
