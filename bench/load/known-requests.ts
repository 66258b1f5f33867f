import { requestIdOf } from '../../src/domain/identity.ts'
import type { NumberRange, Numbers } from './numbers.ts'
import { idLength, urlOf } from './requests.ts'

/** Upper bound on prepared requests. Each costs a hash before the load begins. */
const scatteredMax = 131_072
/** The distance between known URLs that are used one after the other. It is a prime, so that all are used. */
const stride = 7919

/**
 * Requests that exist before a load, in the order in which they are used. Their IDs are hashed ahead of time.
 */
export class KnownRequests {
  /** Their IDs, one after the other. */
  readonly ids: Buffer
  /** The numbers of their URLs. */
  readonly numbers: Int32Array
  #next = 0

  private constructor(numbers: Int32Array) {
    this.numbers = numbers
    this.ids = Buffer.alloc(numbers.length * idLength)
    for (let index = 0; index < numbers.length; index++) {
      this.ids.write(requestIdOf(urlOf(numbers[index]!)), index * idLength, 'latin1')
    }
  }

  /** Many requests, spread over the range. */
  static scattered(known: NumberRange, steps: Numbers): KnownRequests {
    const count = Math.max(1, Math.min(known.count, scatteredMax))
    return new KnownRequests(Int32Array.from({ length: count }, () => scatteredNumber(known, steps)))
  }

  /** The requests of the range at these places, in order. */
  static inOrder(known: NumberRange, places: Numbers): KnownRequests {
    const numbers: number[] = []
    for (let place = places.next(); place < known.count; place = places.next())
      numbers.push(known.first + place)
    return new KnownRequests(Int32Array.from(numbers))
  }

  /** The index of the next request; -1 when all were taken. */
  take(): number {
    return this.#next < this.numbers.length ? this.#next++ : -1
  }

  /** Like `take`, but begins again when all were taken. */
  takeInTurn(): number {
    if (this.#next === this.numbers.length) this.#next = 0
    return this.#next++
  }
}

/** The number of a known URL, far from the one before it. */
export function scatteredNumber(known: NumberRange, steps: Numbers): number {
  return known.first + ((steps.next() * stride) % Math.max(1, known.count))
}
