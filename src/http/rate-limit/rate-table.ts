import { keyHashes } from './key-hashes.ts'

/** Bounds how many budgets one second can have. Further ones would not be limited. */
const entryCount = 65_536
const fieldsPerEntry = 4
const lockField = entryCount * fieldsPerEntry

/**
 * Counts calls per key and second, in memory that several threads share. So a limit holds for all threads together. A thread
 * holds a lock only while it counts.
 */
export class RateTable {
  readonly memory: SharedArrayBuffer
  /** Entries of four fields: two hashes of the key, the second, and its calls. The lock is the last field of the table. */
  readonly #fields: Int32Array

  constructor(memory?: SharedArrayBuffer) {
    this.memory = memory ?? new SharedArrayBuffer((lockField + 1) * Int32Array.BYTES_PER_ELEMENT)
    this.#fields = new Int32Array(this.memory)
  }

  /** Takes one call out of the budget of this second. @returns false when it is used up */
  take(key: string, second: number, limit: number): boolean {
    const [first, other] = keyHashes(key)
    const fields = this.#fields
    while (Atomics.compareExchange(fields, lockField, 0, 1) !== 0);
    try {
      const start = (first >>> 0) % entryCount
      for (let step = 0; step < entryCount; step++) {
        const entry = ((start + step) % entryCount) * fieldsPerEntry
        // An entry of another second is free, because nothing reads it any more.
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
