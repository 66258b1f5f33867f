import { keyHashes } from './key-hashes.ts'

/** So many budgets of one second at once; more would not be limited. */
const entryCount = 65_536
const fieldsPerEntry = 4
const lockField = entryCount * fieldsPerEntry

/**
 * Counts calls per key and second in memory that several threads share, so that a limit is one limit however the
 * calls are spread. A thread that counts holds a lock for the few steps it takes.
 */
export class RateTable {
  readonly memory: SharedArrayBuffer
  /** Entries of four fields: two hashes of the key, the second, the calls in it. The last field of all is the lock. */
  readonly #fields: Int32Array

  constructor(memory?: SharedArrayBuffer) {
    this.memory = memory ?? new SharedArrayBuffer((lockField + 1) * Int32Array.BYTES_PER_ELEMENT)
    this.#fields = new Int32Array(this.memory)
  }

  /** Takes one call out of the budget of this second; false when nothing is left. */
  take(key: string, second: number, limit: number): boolean {
    const [first, other] = keyHashes(key)
    const fields = this.#fields
    while (Atomics.compareExchange(fields, lockField, 0, 1) !== 0);
    try {
      const start = (first >>> 0) % entryCount
      for (let step = 0; step < entryCount; step++) {
        const entry = ((start + step) % entryCount) * fieldsPerEntry
        // What belongs to another second is free: nothing looks for it any more.
        const isFree = fields[entry + 2] !== second
        if (!isFree && (fields[entry] !== first || fields[entry + 1] !== other)) continue
        if (isFree) {
          fields[entry] = first
          fields[entry + 1] = other
          fields[entry + 2] = second
          fields[entry + 3] = 0
        }
        if (fields[entry + 3]! >= limit) return false
        fields[entry + 3]!++
        return true
      }
      return true
    } finally {
      Atomics.store(fields, lockField, 0)
    }
  }
}
