import { randomInt } from 'node:crypto'
import { limits } from '../../domain/limits.ts'
import { invalidInput } from '../errors/errors.ts'

/** What a byte outside of a text means. Continuations of UTF-8 mean nothing, and no byte of one is below 128. */
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

/** So far a text is looked through here; only then is it worth to have its end searched for. */
const nearMax = 64

/**
 * A text that is deeper than allowed has at least so many bytes, if it is JSON at all: those of its brackets. Shorter ones need no
 * look; what is no JSON is refused by whoever parses it.
 */
export const shapelessBytesMax = 2 * limits.jsonDepthMax

/**
 * Looks at JSON before it is parsed: how deep it is nested, and of how many values it is made (rule 2.10). Parsed, a value of two
 * bytes is fifty in memory, and a name that was never seen costs a microsecond; so a few hundred bytes that were compressed well
 * could hold up a thread for seconds. This takes a nanosecond a byte, and no memory. The text may come in pieces.
 *
 * A batch is a list of requests, and each of them may be as deep as one that comes alone: what was read from a queue can be sent
 * in any call, and the list that answers it is three levels deeper.
 */
export class JsonShape {
  #depth = 0
  #depthMax: number = limits.jsonDepthMax
  /** Of the list that is the whole body, the element that is looked at. */
  #element = 0
  #valueCount = 0
  #nameCount = 0
  /** Names beside the first ones that no count of names excuses; null until there are so many. */
  #newNames: NewNames | null = null
  #isInText = false
  /** The piece before ended in a text, between a backslash and what it escapes. */
  #isEscaped = false
  /** More was closed than opened: no JSON. */
  #isOver = false

  /**
   * The next piece.
   *
   * @throws HeadlockError `invalidInput` as soon as it is too deep, or too many values
   */
  take(bytes: Uint8Array): void {
    const end = this.#isOver ? 0 : bytes.length
    let depth = this.#depth
    let valueCount = this.#valueCount
    let index = this.#isInText ? this.#endOfText(bytes, 0) : 0
    // Of the last text that began in this piece.
    let textStart = -1
    let textEnd = -1
    while (index < end) {
      let kind = kinds[bytes[index++]!]
      while (kind === 0 && index < end) kind = kinds[bytes[index++]!]
      switch (kind) {
        case kindOpens:
          if (depth === 0 && bytes[index - 1] === listOpens) this.#depthMax = limits.jsonDepthMax + 1
          if (++depth > this.#depthMax) throw this.#tooDeep()
          // Counts for its first member; an empty one counts too, since it takes as much memory.
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
          // Each name has a value, if it is JSON at all.
          if (++this.#nameCount > limits.jsonValuesMax) throw tooMany('values', limits.jsonValuesMax)
          // One that came in two pieces is let pass: there are as few of them as pieces.
          if (this.#nameCount > limits.jsonNamesMax && textStart !== -1) {
            this.#newNames ??= new NewNames()
            this.#newNames.take(bytes, textStart, textEnd)
          }
          break
        case kindQuote:
          textStart = index
          index = this.#endOfText(bytes, index)
          textEnd = index
          break
      }
    }
    this.#depth = depth
    this.#valueCount = valueCount
  }

  /** @returns the index after the quote that ends it, or the end of the piece */
  #endOfText(bytes: Uint8Array, start: number): number {
    const end = bytes.length
    let index = this.#isEscaped ? start + 1 : start
    this.#isInText = true
    this.#isEscaped = false
    while (index < end) {
      const near = Math.min(end, index + nearMax)
      while (index < near) {
        const byte = bytes[index++]
        if (byte === quote) {
          this.#isInText = false
          return index
        }
        if (byte === backslash) index++
      }
      if (index >= end) break
      const found = bytes.indexOf(quote, index)
      const stop = found === -1 ? end : found
      // An even number of backslashes before it are escaped among themselves.
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
      `${what} is nested more than ${limits.jsonDepthMax} levels deep; send what lies deeper as a text`,
    )
  }
}

const slotCount = 1 << 16
/** Nobody outside knows which names share a slot. */
const seed = randomInt(0x7fffffff)

/**
 * The different names among those that come after the first ones. A list of records has the same few names again and again, and
 * a name that was seen before costs next to nothing.
 */
class NewNames {
  readonly #slots = new Uint8Array(slotCount)
  #count = 0

  /** @throws HeadlockError `invalidInput` when there are too many */
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
    `the body has more than ${countMax} ${what}; send fewer requests at a time, or a long list as one text`,
  )
}
