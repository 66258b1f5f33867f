import type { Millis } from '../../../domain/time.ts'

/**
 * How many queues can count reads at once. If a queue finds its slot taken, its reads are counted by message
 * instead.
 */
const slotCount = 65_536

export interface TakenReads {
  readonly readCount: number
  readonly readAt: Millis
}

/**
 * Counts the requests that reading connections gave out, and when, for each queue, in memory that all threads
 * share. A reader counts before it answers. The storage thread takes the counts before it shows statistics.
 * So the numbers are exact, and a read costs no message (rule 7.4).
 */
export class SharedReads {
  readonly memory: SharedArrayBuffer
  /** The number of the queue that uses a slot. 0 if the slot is free. */
  readonly #owners: Int32Array
  readonly #counts: Int32Array
  readonly #readAt: Float64Array

  constructor(memory?: SharedArrayBuffer) {
    this.memory = memory ?? new SharedArrayBuffer(slotCount * 16)
    this.#readAt = new Float64Array(this.memory, 0, slotCount)
    this.#owners = new Int32Array(this.memory, slotCount * 8, slotCount)
    this.#counts = new Int32Array(this.memory, slotCount * 12, slotCount)
  }

  /** @returns false if the slot belongs to another queue, and nothing was counted */
  count(queueNumber: number, readAt: Millis): boolean {
    const slot = queueNumber % slotCount
    const owner = Atomics.load(this.#owners, slot)
    if (owner !== queueNumber) {
      if (owner !== 0 || Atomics.compareExchange(this.#owners, slot, 0, queueNumber) !== 0) return false
    }
    this.#readAt[slot] = readAt
    Atomics.add(this.#counts, slot, 1)
    return true
  }

  /** Takes what was counted since the last time. Null if there is nothing. Only for the storage thread. */
  take(queueNumber: number): TakenReads | null {
    const slot = queueNumber % slotCount
    if (this.#counts[slot] === 0 || this.#owners[slot] !== queueNumber) return null
    return { readCount: Atomics.exchange(this.#counts, slot, 0), readAt: this.#readAt[slot]! }
  }

  /** Undoes `take`, because its transaction failed. */
  giveBack(queueNumber: number, { readCount }: TakenReads): void {
    const slot = queueNumber % slotCount
    if (this.#owners[slot] === queueNumber) Atomics.add(this.#counts, slot, readCount)
  }

  /** The numbers of the queues with counted reads. */
  *waiting(): Generator<number> {
    for (let slot = 0; slot < slotCount; slot++) {
      if (this.#counts[slot] !== 0) yield this.#owners[slot]!
    }
  }

  /** Frees the slot of a deleted queue. */
  release(queueNumber: number): void {
    const slot = queueNumber % slotCount
    if (this.#owners[slot] !== queueNumber) return
    Atomics.store(this.#counts, slot, 0)
    Atomics.store(this.#owners, slot, 0)
  }
}
