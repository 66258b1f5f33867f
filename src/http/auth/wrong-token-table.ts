import { randomInt } from 'node:crypto'
import { keyHashes } from '../rate-limit/key-hashes.ts'

/** A caller is in one group of entries, by its hash: to look for it takes as long however many callers there are. */
const groupCount = 2048
const entriesPerGroup = 8
/** Two hashes of the caller, the second in which its minute began, its wrong tokens since. */
const fieldsPerEntry = 4
const fieldsPerGroup = entriesPerGroup * fieldsPerEntry
const lockField = groupCount * fieldsPerGroup
const seedField = lockField + 1
/** The minute of the log, its lines, and what was left out of it. */
const logMinuteField = lockField + 2
const logLinesField = lockField + 3
const logLeftOutField = lockField + 4
const fieldCount = lockField + 5

const minuteSeconds = 60
/** Callers that are told in the log within a minute; who has a large network to call from must not fill the disk. */
const logLinesMax = 20
const countMax = 1_000_000_000

export interface WrongTokenCount {
  /** Wrong tokens of this caller within its minute, this one included. */
  readonly count: number
  /** Until its minute is over and it begins anew; at least 1. */
  readonly secondsLeft: number
}

/**
 * Counts wrong tokens per caller, each in minutes of its own that begin with a wrong token, in memory that several threads share:
 * a quarter of a megabyte, however many callers there are. When there is no room, callers with the fewest wrong tokens are forgotten.
 */
export class WrongTokenTable {
  readonly memory: SharedArrayBuffer
  readonly #fields: Int32Array

  constructor(memory?: SharedArrayBuffer) {
    this.memory = memory ?? new SharedArrayBuffer(fieldCount * Int32Array.BYTES_PER_ELEMENT)
    this.#fields = new Int32Array(this.memory)
    if (memory === undefined) this.#fields[seedField] = randomInt(0x7fffffff)
  }

  /** @param nowMs milliseconds from any beginning, the same for all threads */
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

  /** Whether one more line may go into the log in this minute; the number of those that were left out before it, or null. */
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

  /** Where the caller is counted, or is to be: in a free entry, or in place of the one with the fewest wrong tokens. */
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

  /** For the few steps that one thread takes; the others wait for it in a circle. */
  #locked<Result>(steps: () => Result): Result {
    while (Atomics.compareExchange(this.#fields, lockField, 0, 1) !== 0);
    try {
      return steps()
    } finally {
      Atomics.store(this.#fields, lockField, 0)
    }
  }
}

/** Not 0, which is what an entry says that was never used. */
function secondOf(nowMs: number): number {
  return Math.floor(nowMs / 1000) + 1
}

function isOver(beganSecond: number, second: number): boolean {
  // Below zero: somebody has set back a clock that ought not to go back.
  return beganSecond === 0 || second - beganSecond >= minuteSeconds || second < beganSecond
}
