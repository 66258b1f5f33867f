import type { Millis } from '../../../domain/time.ts'

/** Queues that can be counted for at once; one more shares nobody's place and is told by message instead. */
const slotCount = 65_536

export interface TakenReads {
  readonly readCount: number
  readonly readAt: Millis
}

/**
 * How many requests each queue gave out on reading connections, and when last, in memory that all threads share. A
 * reader counts before it answers, and the storage thread takes what was counted before it shows a statistic: so the
 * figures are exact, and a read costs no message (rule 7.4).
 */
export class SharedReads {
  readonly memory: SharedArrayBuffer
  /** The number of the queue that a slot counts for; 0 while it is free. */
  readonly #owners: Int32Array
  readonly #counts: Int32Array
  readonly #readAt: Float64Array

  constructor(memory?: SharedArrayBuffer) {
    this.memory = memory ?? new SharedArrayBuffer(slotCount * 16)
    this.#readAt = new Float64Array(this.memory, 0, slotCount)
    this.#owners = new Int32Array(this.memory, slotCount * 8, slotCount)
    this.#counts = new Int32Array(this.memory, slotCount * 12, slotCount)
  }

  /** @returns false when the slot belongs to another queue: nothing was counted */
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

  /** What was counted since the last time; null when nothing was. For the storage thread alone. */
  take(queueNumber: number): TakenReads | null {
    const slot = queueNumber % slotCount
    if (this.#counts[slot] === 0 || this.#owners[slot] !== queueNumber) return null
    return { readCount: Atomics.exchange(this.#counts, slot, 0), readAt: this.#readAt[slot]! }
  }

  /** Undoes `take`: the transaction that took it in failed. */
  giveBack(queueNumber: number, { readCount }: TakenReads): void {
    const slot = queueNumber % slotCount
    if (this.#owners[slot] === queueNumber) Atomics.add(this.#counts, slot, readCount)
  }

  /** The numbers of queues for which something was counted. */
  *waiting(): Generator<number> {
    for (let slot = 0; slot < slotCount; slot++) {
      if (this.#counts[slot] !== 0) yield this.#owners[slot]!
    }
  }

  /** The queue is gone: its slot is free again. */
  release(queueNumber: number): void {
    const slot = queueNumber % slotCount
    if (this.#owners[slot] !== queueNumber) return
    Atomics.store(this.#counts, slot, 0)
    Atomics.store(this.#owners, slot, 0)
  }
}
