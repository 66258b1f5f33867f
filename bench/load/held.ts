import { batchSize } from './calls.ts'
import { idLength, numberAt } from './requests.ts'

const idName = Buffer.from('"id":"')
const urlName = Buffer.from('"url":"')

/** The requests that a client has locked and not worked on yet, read from the answer to the lock. */
export class Held {
  /** Their IDs, one after the other. */
  readonly ids = Buffer.alloc(batchSize * idLength)
  /** The numbers of their URLs. */
  readonly numbers = new Int32Array(batchSize)
  #count = 0
  #taken = 0

  /** @returns how many requests there are */
  read(body: Buffer): number {
    this.#count = 0
    this.#taken = 0
    for (let at = body.indexOf(idName); at >= 0; at = body.indexOf(idName, at)) {
      const idAt = at + idName.length
      body.copy(this.ids, this.#count * idLength, idAt, idAt + idLength)
      at = body.indexOf(urlName, idAt) + urlName.length
      this.numbers[this.#count++] = numberAt(body, at)
    }
    return this.#count
  }

  /** The index of the next request; -1 when all were taken. */
  take(): number {
    return this.#taken < this.#count ? this.#taken++ : -1
  }

  /** Like `take`, but begins again at the end; -1 when there is none. */
  takeInTurn(): number {
    if (this.#count === 0) return -1
    return this.#taken++ % this.#count
  }
}

/** The number of requests in the answer. */
export function itemsIn(body: Buffer): number {
  let count = 0
  for (let at = body.indexOf(idName); at >= 0; at = body.indexOf(idName, at + idName.length)) count++
  return count
}
