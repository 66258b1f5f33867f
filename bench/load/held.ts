import { batchSize } from './calls.ts'
import { idLength, numberAt } from './requests.ts'

const idName = Buffer.from('"id":"')
const urlName = Buffer.from('"url":"')

/** The requests that a client holds the locks of and has not worked on, read from the answer that gave them. */
export class Held {
  /** The ID of each, one after the other. */
  readonly ids = Buffer.alloc(batchSize * idLength)
  /** The number of the URL of each. */
  readonly numbers = new Int32Array(batchSize)
  #count = 0
  #taken = 0

  /** @returns how many there are */
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

  /** The place of the next one; -1: all were taken. */
  take(): number {
    return this.#taken < this.#count ? this.#taken++ : -1
  }

  /** As `take`, in turn without an end; -1: there is none. */
  takeInTurn(): number {
    if (this.#count === 0) return -1
    return this.#taken++ % this.#count
  }
}

/** How many requests the answer gave. */
export function itemsIn(body: Buffer): number {
  let count = 0
  for (let at = body.indexOf(idName); at >= 0; at = body.indexOf(idName, at + idName.length)) count++
  return count
}
