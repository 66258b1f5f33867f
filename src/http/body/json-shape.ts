import { randomInt } from 'node:crypto'
import { limits } from '../../domain/limits.ts'
import { invalidInput } from '../errors/errors.ts'

/** What each byte means outside of strings. Bytes of multi-byte UTF-8 characters are at least 128 and mean nothing. */
const kinds = new Uint8Array(256)
const kindOpens = 1
const kindCloses = 2
const kindComma = 3
const kindColon = 4
const kindQuote = 5
for (const [bytes, kind] of [
  ['{[', kindOpens],
  ['}]', kindCloses],
  [',', kindComma],
  [':', kindColon],
  ['"', kindQuote],
] as const) {
  for (const byte of Buffer.from(bytes)) kinds[byte] = kind
}

const quote = 0x22
const backslash = 0x5c
const listOpens = 0x5b

/** The first bytes of a string are checked in a loop. `indexOf` is only faster for longer strings. */
const nearMax = 64

/**
 * Bodies up to this length need no check. JSON that is nested too deeply is longer, because of its brackets alone. The parser
 * refuses what is not JSON.
 */
export const shapelessBytesMax = 2 * limits.jsonDepthMax

/**
 * Whether a whole body surely passes the check, because it has fewer bytes than values and names are allowed, and fewer opening brackets
 * than levels. Nearly every body does, and this takes an eighth of the time of the check.
 */
export function isSurelyAllowed(bytes: Uint8Array): boolean {
  const { length } = bytes
  if (length > limits.jsonNamesMax) return false
  let brackets = 0
  for (let index = 0; index < length; index++) {
    // Without the bit in which `{` and `[` differ.
    if ((bytes[index]! & 0xdf) === listOpens) brackets++
  }
  return brackets <= limits.jsonDepthMax
}

/**
 * Checks JSON before it is parsed: how deeply it is nested, and how many values it has (rule 2.10). A value of two bytes takes fifty
 * bytes when parsed, and each new name costs a microsecond. So a few hundred well compressed bytes could block a thread for
 * seconds. This check takes a nanosecond per byte and no memory. The JSON may come in pieces.
 *
 * A batch is a list of requests. Each may be as deep as a single request, so that a request read from a queue can be sent back in any
 * call.
 */
export class JsonShape {
  #depth = 0
  #depthMax: number = limits.jsonDepthMax
  /** If the body is a list: the index of the current element. */
  #element = 0
  #valueCount = 0
  #nameCount = 0
  /** The names after the first `jsonNamesMax`, which are free. Null until there are that many. */
  #newNames: NewNames | null = null
  #isInString = false
  /** The previous piece ended in a string, between a backslash and the escaped character. */
  #isEscaped = false
  /** More brackets were closed than opened, so this is not JSON. */
  #isOver = false

  /**
   * Checks the next piece.
   *
   * @throws HeadlockError `invalidInput` as soon as the JSON is too deep or has too many values or names
   */
  take(bytes: Uint8Array): void {
    const end = this.#isOver ? 0 : bytes.length
    let depth = this.#depth
    let valueCount = this.#valueCount
    let index = this.#isInString ? this.#endOfString(bytes, 0) : 0
    // The last string that began in this piece.
    let stringStart = -1
    let stringEnd = -1
    while (index < end) {
      let kind = kinds[bytes[index++]!]
      while (kind === 0 && index < end) kind = kinds[bytes[index++]!]
      switch (kind) {
        case kindOpens:
          if (depth === 0 && bytes[index - 1] === listOpens) this.#depthMax = limits.jsonDepthMax + 1
          if (++depth > this.#depthMax) throw this.#tooDeep()
          // Counts its first member. An empty list or object counts too, since it takes as much memory.
          if (++valueCount > limits.jsonValuesMax) throw tooMany('values', limits.jsonValuesMax)
          break
        case kindCloses:
          if (--depth < 0) {
            this.#isOver = true
            return
          }
          break
        case kindComma:
          if (depth === 1) this.#element++
          if (++valueCount > limits.jsonValuesMax) throw tooMany('values', limits.jsonValuesMax)
          break
        case kindColon:
          // In JSON, each name has a value.
          if (++this.#nameCount > limits.jsonValuesMax) throw tooMany('values', limits.jsonValuesMax)
          // A name that is split between two pieces is not counted. There are at most as many as pieces.
          if (this.#nameCount > limits.jsonNamesMax && stringStart !== -1) {
            this.#newNames ??= new NewNames()
            this.#newNames.take(bytes, stringStart, stringEnd)
          }
          break
        case kindQuote:
          stringStart = index
          index = this.#endOfString(bytes, index)
          stringEnd = index
          break
      }
    }
    this.#depth = depth
    this.#valueCount = valueCount
  }

  /** @returns the index after the closing quote, or the end of the piece */
  #endOfString(bytes: Uint8Array, start: number): number {
    const end = bytes.length
    let index = this.#isEscaped ? start + 1 : start
    this.#isInString = true
    this.#isEscaped = false
    while (index < end) {
      const near = Math.min(end, index + nearMax)
      while (index < near) {
        const byte = bytes[index++]
        if (byte === quote) {
          this.#isInString = false
          return index
        }
        if (byte === backslash) index++
      }
      if (index >= end) break
      const found = bytes.indexOf(quote, index)
      const stop = found === -1 ? end : found
      // After an even number of backslashes the quote is not escaped: the backslashes escape each other.
      let backslashes = 0
      while (stop - backslashes > index && bytes[stop - backslashes - 1] === backslash) backslashes++
      index = backslashes % 2 === 0 ? stop : stop + 1
    }
    this.#isEscaped = index > end
    return end
  }

  #tooDeep(): Error {
    const what = this.#depthMax === limits.jsonDepthMax ? 'the body' : `element ${this.#element}`
    return invalidInput(
      `${what} is nested more than ${limits.jsonDepthMax} levels deep; send what lies deeper as a string`,
    )
  }
}

const slotCount = 1 << 16
/** Random, so that callers cannot find names that share a slot. */
const seed = randomInt(0x7fffffff)

/**
 * Counts the different names after the first `jsonNamesMax`. A list of records repeats the same few names, and a repeated name costs
 * almost nothing.
 */
class NewNames {
  readonly #slots = new Uint8Array(slotCount)
  #count = 0

  /** @throws HeadlockError `invalidInput` if there are too many different names */
  take(bytes: Uint8Array, start: number, end: number): void {
    let hash = seed
    for (let index = start; index < end; index++) hash = Math.imul(hash ^ bytes[index]!, 0x01000193)
    const slot = (hash ^ (hash >>> 15)) & (slotCount - 1)
    if (this.#slots[slot] === 1) return
    this.#slots[slot] = 1
    if (++this.#count > limits.jsonNewNamesMax) {
      throw tooMany('named members, with too many different names', limits.jsonNamesMax)
    }
  }
}

function tooMany(what: string, countMax: number): Error {
  return invalidInput(
    `the body has more than ${countMax} ${what}; send fewer requests at a time, or a long list as one string`,
  )
}
