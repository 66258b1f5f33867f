import { randomInt } from 'node:crypto'
import { keyHashes } from '../rate-limit/key-hashes.ts'

/** The hash of a caller selects one group of entries. So finding a caller takes the same time with any number of callers. */
const groupCount = 2048
const entriesPerGroup = 8
/** Two hashes of the caller, the second in which its minute began, and its wrong tokens since then. */
const fieldsPerEntry = 4
const fieldsPerGroup = entriesPerGroup * fieldsPerEntry
const lockField = groupCount * fieldsPerGroup
const seedField = lockField + 1
/** The current minute of the log, its lines, and the addresses that were left out. */
const logMinuteField = lockField + 2
const logLinesField = lockField + 3
const logLeftOutField = lockField + 4
const fieldCount = lockField + 5

const minuteSeconds = 60
/** Bounds the lines in the log in one minute, so that a caller with many addresses cannot fill the disk. */
const logLinesMax = 20
const countMax = 1_000_000_000

export interface WrongTokenCount {
  /** Wrong tokens of this caller within its minute, this one included. */
  readonly count: number
  /** The seconds until the minute ends and the count starts again at zero; at least 1. */
  readonly secondsLeft: number
}

/**
 * Counts wrong tokens per caller. The minute of a caller begins with its first wrong token. The memory is shared by several threads
 * and takes a quarter of a megabyte, with any number of callers. If a group is full, the caller with the fewest wrong tokens is
 * forgotten.
 */
export class WrongTokenTable {
  readonly memory: SharedArrayBuffer
  readonly #fields: Int32Array

  constructor(memory?: SharedArrayBuffer) {
    this.memory = memory ?? new SharedArrayBuffer(fieldCount * Int32Array.BYTES_PER_ELEMENT)
    this.#fields = new Int32Array(this.memory)
    if (memory === undefined) this.#fields[seedField] = randomInt(0x7fffffff)
  }

  /** @param nowMs milliseconds from any starting point that is the same for all threads */
  count(caller: string, nowMs: number): WrongTokenCount {
    const fields = this.#fields
    const [first, other] = keyHashes(caller, fields[seedField])
    const second = secondOf(nowMs)
    return this.#locked(() => {
      const entry = this.#entryOf(first, other, second)
      if (isOver(fields[entry + 2]!, second) || fields[entry] !== first || fields[entry + 1] !== other) {
        fields[entry] = first
        fields[entry + 1] = other
        fields[entry + 2] = second
        fields[entry + 3] = 0
      }
      fields[entry + 3] = Math.min(countMax, fields[entry + 3]! + 1)
      return { count: fields[entry + 3]!, secondsLeft: minuteSeconds - (second - fields[entry + 2]!) }
    })
  }

  /** Returns how many lines were left out before this one. Null if this line must be left out too. */
  logLine(nowMs: number): { readonly leftOut: number } | null {
    const fields = this.#fields
    const minute = Math.floor(secondOf(nowMs) / minuteSeconds) + 1
    return this.#locked(() => {
      if (fields[logMinuteField] !== minute) {
        fields[logMinuteField] = minute
        fields[logLinesField] = 0
      }
      if (fields[logLinesField]! >= logLinesMax) {
        fields[logLeftOutField] = Math.min(countMax, fields[logLeftOutField]! + 1)
        return null
      }
      fields[logLinesField]!++
      const leftOut = fields[logLeftOutField]!
      fields[logLeftOutField] = 0
      return { leftOut }
    })
  }

  /** The entry of the caller. If it has none: a free entry, or the one with the fewest wrong tokens. */
  #entryOf(first: number, other: number, second: number): number {
    const fields = this.#fields
    const start = ((first >>> 0) % groupCount) * fieldsPerGroup
    let best = start
    let fewest = Number.POSITIVE_INFINITY
    for (let entry = start; entry < start + fieldsPerGroup; entry += fieldsPerEntry) {
      if (fields[entry] === first && fields[entry + 1] === other) return entry
      const count = isOver(fields[entry + 2]!, second) ? 0 : fields[entry + 3]!
      if (count < fewest) {
        best = entry
        fewest = count
      }
    }
    return best
  }

  /** A spin lock. The steps are few, so other threads wait in a loop. */
  #locked<Result>(steps: () => Result): Result {
    while (Atomics.compareExchange(this.#fields, lockField, 0, 1) !== 0);
    try {
      return steps()
    } finally {
      Atomics.store(this.#fields, lockField, 0)
    }
  }
}

/** Never 0, which marks an unused entry. */
function secondOf(nowMs: number): number {
  return Math.floor(nowMs / 1000) + 1
}

function isOver(beganSecond: number, second: number): boolean {
  // An earlier second means that the clock was set back.
  return beganSecond === 0 || second - beganSecond >= minuteSeconds || second < beganSecond
}
